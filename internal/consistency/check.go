package consistency

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/spelling"
)

// Settings are what evidence is compared by, beside the annotations.
type Settings struct {
	Reference  map[string]any
	Parameters map[string]any
	// Rights answers what the policies of resolved evidence give; nil where nothing is known of it.
	Rights func(evidence map[string]any) Rights
	// Found is what does not fit together with something else than the evidence, such as its artifacts: it is listed with the rest.
	Found []Contradiction
	// Memory keeps what follows from parts of the evidence, for the next. It is of one plan, one reference data and the same parameters;
	// nil for none.
	Memory *recall.Memory
}

// Result is what came of one evidence.
type Result struct {
	// Supplied is the evidence that was compared. It has in common with the evidence before what is the same, where there is a Memory.
	Supplied map[string]any
	// Value is the evidence with each person by one name: the person's id in the directory of people, or the one spelling of
	// the text where nobody there is named by it.
	Value map[string]any
	// Contradictions are what does not fit together, by section, as policies see them.
	Contradictions map[string]any
	// Shares are how much is under accepted deviations.
	Shares []Share
	naming naming
}

// Contradiction is one thing that does not fit together with another.
type Contradiction struct {
	Condition string
	Pointer   string
	Related   []string // pointers to what it does not fit together with
	Values    map[string]any
}

// place is a part of the evidence that is looked at, with those above it.
type place struct {
	up   *place
	key  string
	item int // in a list; the key is not used
	list bool
}

func (p *place) pointer() string {
	var parts []string
	for at := p; at.up != nil; at = at.up {
		if at.list {
			parts = append(parts, strconv.Itoa(at.item))
		} else {
			parts = append(parts, at.key)
		}
	}
	slices.Reverse(parts)
	return document.Pointer(parts...)
}

// copied is the place as it is now: a comparison moves its places on.
func (p *place) copied() *place {
	if p == nil {
		return nil
	}
	clone := *p
	clone.up = p.up.copied()
	return &clone
}

// section is the top-level field that a place is in.
func (p *place) section() string {
	at := p
	for at.up != nil && at.up.up != nil {
		at = at.up
	}
	return at.key
}

// item is an object of the evidence that has an id.
type item struct {
	fields map[string]any
	place  *place
	ends   []ends
}

// state is what the object says of its state, or what follows from its dates when its section was read.
func (i *item) state(reading moment) string {
	for _, field := range []string{"state", "status"} {
		if state, isText := i.fields[field].(string); isText {
			return worded(state)
		}
	}
	if len(i.ends) > 0 {
		if end := i.end(); end.text != "" && !end.after(reading) {
			return "ended"
		}
	}
	return "living"
}

// end is the first of the dates on which the object ended.
func (i *item) end() moment {
	var first moment
	for _, e := range i.ends {
		for _, field := range e.At {
			if end, isDate := momentOf(lookup(i.fields, field)); isDate && (first.text == "" || first.after(end)) {
				first = end
			}
		}
	}
	return first
}

// run compares one part of the evidence, or all parts with each other. What it knows of the evidence comes from its view, which notes it.
type run struct {
	plan     *Plan
	tables   map[string]any // of the reference data
	plus     bool           // see naming
	view     *recall.Evidence
	repeated map[string]bool            // section, kind and id of what was reported to lead to several objects
	reports  map[string][]Contradiction // by section
	part     *part
	rights   map[string][]Right // by the person's one name
}

// part is what came of comparing a section. It is not changed afterwards.
type part struct {
	section  string
	resolved any
	reports  []Contradiction
	plain    []any // the same in their order, as policies see them
	// What must fit together with other sections.
	events  []event
	numbers []numbered
	owners  []owner
}

// What is worked out once, and kept while it is the same.
type (
	partOf       string // section
	objectsOf    string // section: its objects with ids
	kindOf       string // kind: the objects of all sections
	readingOf    string // section
	membersOf    string // kind
	mentionsOf   string // path
	ownNamesOf   string // kinds
	spellingsOf  string // table
	theDirectory struct{}
	theDomain    struct{}
	theShares    struct{}
)

// of is what follows from the evidence, which work works out where it is not kept, in a run that has found nothing yet.
func of[T any](r *run, key any, work func(r *run) T) T {
	return recall.Of(r.view, key, func() T {
		return work(&run{plan: r.plan, tables: r.tables, plus: r.plus, view: r.view, repeated: map[string]bool{}, reports: map[string][]Contradiction{}, part: &part{}})
	})
}

// Check compares the facts of evidence, which is not changed. The plan may be nil: then nothing is compared.
func (p *Plan) Check(evidence map[string]any, s Settings) *Result {
	if p == nil {
		return &Result{Supplied: evidence, Value: evidence}
	}
	state := s.Memory.Begin(evidence)
	defer s.Memory.Keep(state)
	r := &run{plan: p, tables: s.Reference, plus: p.plusIs(s.Parameters), view: state, reports: map[string][]Contradiction{}}
	r.found(s.Found)
	resolved := state.Value()
	var parts []*part
	for _, name := range p.root.names {
		if !r.view.Has(name) {
			continue
		}
		section := of(r, partOf(name), func(r *run) *part { return r.section(name) })
		parts, resolved[name] = append(parts, section), section.resolved
	}
	if p.root.object != nil {
		r.object(p.root, evidence, &place{})
	}
	r.events(parts)
	r.numbers(parts)
	r.kindsOfIDs(parts)
	r.readRights(s.Rights, resolved)
	r.separate(resolved)
	return &Result{Supplied: state.Value(), Value: resolved, Contradictions: r.contradictions(parts), Shares: of(r, theShares{}, (*run).shares), naming: r.naming()}
}

// section compares what stands in one section.
func (r *run) section(name string) *part {
	value, _ := r.view.Section(name)
	r.part.resolved, _ = r.compare(r.plan.root.fields[name], value, &place{up: &place{}, key: name}, map[string]any{name: value})
	r.part.section, r.part.reports = name, r.reports[name]
	r.part.plain = plain(r.part.reports)
	return r.part
}

// plusIs reports whether mail addresses that differ in what follows a plus are one person's.
func (p *Plan) plusIs(parameters map[string]any) bool {
	value, ok := parameters[p.plus].(json.Number)
	return ok && value != "0"
}

func (r *run) report(at *place, condition string, related []string, values map[string]any) {
	r.reportIn(at.section(), Contradiction{condition, at.pointer(), related, values})
}

func (r *run) reportIn(section string, c Contradiction) {
	r.reports[section] = append(r.reports[section], c)
}

// found notes what was found by somebody else.
func (r *run) found(all []Contradiction) {
	for _, c := range all {
		section, _, _ := strings.Cut(strings.TrimPrefix(c.Pointer, "/"), "/")
		r.reportIn(section, c)
	}
}

// contradictions are what was found in the parts, and by comparing them with each other, in a fixed order.
func (r *run) contradictions(parts []*part) map[string]any {
	all := map[string]any{}
	for _, part := range parts {
		switch more := r.reports[part.section]; {
		case len(more) > 0:
			r.reports[part.section] = slices.Concat(part.reports, more)
		case len(part.plain) > 0:
			all[part.section] = part.plain
		}
	}
	for section, list := range r.reports {
		all[section] = plain(list)
	}
	return all
}

// plain are contradictions as policies see them, in a fixed order.
func plain(list []Contradiction) []any {
	slices.SortFunc(list, Contradiction.compare)
	all := make([]any, len(list))
	for i, c := range list {
		related := make([]any, len(c.Related))
		for k, pointer := range c.Related {
			related[k] = pointer
		}
		all[i] = map[string]any{"condition": c.Condition, "pointer": c.Pointer, "related": related, "values": c.Values}
	}
	return all
}

func (c Contradiction) compare(other Contradiction) int {
	order := cmp.Or(cmp.Compare(c.Pointer, other.Pointer), cmp.Compare(c.Condition, other.Condition), slices.Compare(c.Related, other.Related))
	if order == 0 {
		return cmp.Compare(textOf(c.Values), textOf(other.Values))
	}
	return order
}

func textOf(values map[string]any) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, _ := values[name].(string)
		out.WriteString(name + "=" + text + "\n")
	}
	return out.String()
}

// registry has objects by kind and spelling of the id.
type registry map[string]map[string][]*item

// objects are those of a kind with that id.
func (r *run) objects(kind, id string) []*item { return r.kind(kind)[r.name(kind, id)] }

// kind has the objects of a kind, by the spelling of their ids.
func (r *run) kind(kind string) map[string][]*item {
	key := r.plan.keys[kind]
	if key == nil { // no section has any
		return nil
	}
	return of(r, key, func(r *run) map[string][]*item {
		sections := r.plan.inventories[kind]
		if len(sections) == 1 {
			return r.registered(sections[0])[kind]
		}
		all := map[string][]*item{}
		for _, section := range sections {
			for id, objects := range r.registered(section)[kind] {
				all[id] = append(all[id][:len(all[id]):len(all[id])], objects...)
			}
		}
		return all
	})
}

// registered are the objects of a section that have ids.
func (r *run) registered(section string) registry {
	return of(r, objectsOf(section), func(r *run) registry {
		all, n, top := registry{}, r.plan.root.fields[section], &place{}
		at := &place{up: top, key: section}
		if n.fields == nil || slices.ContainsFunc(n.names, func(name string) bool { return n.fields[name].isID() }) {
			value, _ := r.view.Section(section)
			r.register(all, n, value, at, &item{fields: map[string]any{section: value}, place: top})
			return all
		}
		for _, name := range n.names { // the section itself is none of the objects: a change of another field is none of them
			if n.fields[name].registry {
				r.register(all, n.fields[name], r.view.Lookup(section+"/"+name), &place{up: at, key: name}, nil)
			}
		}
		return all
	})
}

// isID reports whether a text, or each text of a list, is an id of the object that it stands in.
func (n *node) isID() bool {
	for n.items != nil {
		n = n.items
	}
	return n.text != nil && (n.text.id != "" || n.text.alias != "")
}

// register notes the objects that have ids. A list where the schema has none has no node for its items.
func (r *run) register(all registry, n *node, value any, at *place, within *item) {
	if n == nil || !n.registry {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		holder := &item{fields: v, place: at}
		if n.object != nil {
			holder.ends = n.object.ends
		}
		for _, name := range n.names {
			if field, hasField := v[name]; hasField && n.fields[name].registry {
				r.register(all, n.fields[name], field, &place{up: at, key: name}, holder)
			}
		}
	case []any:
		for i, item := range v {
			r.register(all, n.items, item, &place{up: at, item: i, list: true}, within)
		}
	case string:
		if n.text == nil {
			return
		}
		for _, kind := range []string{n.text.id, n.text.alias} {
			if kind != "" {
				all.add(kind, r.name(kind, v), within)
			}
		}
	}
}

func (all registry) add(kind, name string, object *item) {
	byName := all[kind]
	if byName == nil {
		byName = map[string][]*item{}
		all[kind] = byName
	}
	if !slices.Contains(byName[name], object) {
		byName[name] = append(byName[name], object)
	}
}

// name is the spelling by which an object of a kind is found.
func (r *run) name(kind, id string) string {
	if kind == personKind {
		return r.spelled(id)
	}
	return spelling.Fold(id)
}

// supplied reports whether every section that holds objects of a kind is in the evidence: what one that is missing would
// hold is for the checks that need it.
func (r *run) supplied(kind string) bool {
	for _, section := range r.plan.inventories[kind] {
		if !r.view.Has(section) {
			return false
		}
	}
	return true
}

// compare looks at a part of the evidence and answers it with its persons resolved, and whether any was. around is the object
// that it is in.
func (r *run) compare(n *node, value any, at *place, around map[string]any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		resolved, copied := v, false
		below := &place{up: at}
		for _, name := range n.names {
			field, hasField := v[name]
			if !hasField {
				continue
			}
			below.key = name
			if to, changed := r.compare(n.fields[name], field, below, v); changed {
				if !copied {
					resolved, copied = maps.Clone(v), true
				}
				resolved[name] = to
			}
		}
		if n.object != nil {
			r.object(n, v, at)
		}
		return resolved, copied
	case []any:
		form := cmp.Or(n.items, n) // of several files, each may have another text
		resolved, copied := v, false
		below := &place{up: at, list: true}
		for i, item := range v {
			below.item = i
			if to, changed := r.compare(form, item, below, around); changed {
				if !copied {
					resolved, copied = slices.Clone(v), true
				}
				resolved[i] = to
			}
		}
		return resolved, copied
	case string:
		if n.text != nil {
			to := r.text(n.text, v, at, around)
			return to, to != v
		}
	}
	return value, false
}
