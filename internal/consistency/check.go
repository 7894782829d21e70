package consistency

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
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
}

// Result is what came of one evidence.
type Result struct {
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

// run compares one evidence.
type run struct {
	plan     *Plan
	settings Settings
	value    map[string]any
	domain   string
	kinds    map[string]map[string][]*item // by kind and spelling of the id
	naming
	own       map[string]string // what names this domain or an object in it, by spelling; the pointer to it
	readings  map[string]moment
	reach     map[*reached]*reachable
	joined    map[*with]map[string][]*item // what an annotation compares with, by the text of its field
	mentions  map[string]map[string]bool   // texts of the field of a list, by path
	names     map[*named]map[string]bool
	members   map[string]map[string]bool // names of persons, by kind of the objects that name them
	records   map[string][]event         // by the digest of their file
	numbers   map[string]numbered        // by kind and spelling
	owners    map[string]owner           // by UUID
	spellings map[string]any             // rows of the table of actions by other spellings
	repeated  map[string]bool            // section, kind and id of what was reported to lead to several objects
	rights    map[string][]Right         // by the person's one name
	reports   map[string][]Contradiction
}

// Check compares the facts of evidence, which is not changed. The plan may be nil: then nothing is compared.
func (p *Plan) Check(evidence map[string]any, s Settings) *Result {
	if p == nil {
		return &Result{Value: evidence}
	}
	r := &run{
		plan: p, settings: s, value: evidence, kinds: map[string]map[string][]*item{}, readings: map[string]moment{}, reach: map[*reached]*reachable{},
		repeated: map[string]bool{}, joined: map[*with]map[string][]*item{}, mentions: map[string]map[string]bool{},
		names: map[*named]map[string]bool{}, members: map[string]map[string]bool{}, records: map[string][]event{}, numbers: map[string]numbered{}, owners: map[string]owner{},
		reports: map[string][]Contradiction{},
	}
	if id, ok := lookup(evidence, "metadata/service/id").(string); ok {
		r.domain = spelling.Fold(id)
	}
	r.plus = p.plusIs(s.Parameters)
	for _, contradiction := range s.Found {
		section, _, _ := strings.Cut(strings.TrimPrefix(contradiction.Pointer, "/"), "/")
		r.reports[section] = append(r.reports[section], contradiction)
	}
	top := &place{}
	r.register(p.root, evidence, top, nil)
	r.directory = r.people()
	answer, _ := r.compare(p.root, evidence, top, nil)
	resolved := answer.(map[string]any)
	r.events()
	r.readRights(resolved)
	r.separate(resolved)
	return &Result{Value: resolved, Contradictions: r.contradictions(), Shares: r.shares(), naming: r.naming}
}

// plusIs reports whether mail addresses that differ in what follows a plus are one person's.
func (p *Plan) plusIs(parameters map[string]any) bool {
	value, ok := parameters[p.plus].(json.Number)
	return ok && value != "0"
}

func (r *run) report(at *place, condition string, related []string, values map[string]any) {
	section := at.section()
	r.reports[section] = append(r.reports[section], Contradiction{condition, at.pointer(), related, values})
}

// contradictions are what was found, in a fixed order.
func (r *run) contradictions() map[string]any {
	all := make(map[string]any, len(r.reports))
	for section, list := range r.reports {
		slices.SortFunc(list, func(a, b Contradiction) int {
			return cmp.Or(
				cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Condition, b.Condition), slices.Compare(a.Related, b.Related),
				cmp.Compare(textOf(a.Values), textOf(b.Values)),
			)
		})
		plain := make([]any, len(list))
		for i, c := range list {
			related := make([]any, len(c.Related))
			for k, pointer := range c.Related {
				related[k] = pointer
			}
			plain[i] = map[string]any{"condition": c.Condition, "pointer": c.Pointer, "related": related, "values": c.Values}
		}
		all[section] = plain
	}
	return all
}

func textOf(values map[string]any) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, _ := values[name].(string)
		out.WriteString(name + "=" + text + "\n")
	}
	return out.String()
}

// register notes the objects that have ids. A list where the schema has none has no node for its items.
func (r *run) register(n *node, value any, at *place, within *item) {
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
				r.register(n.fields[name], field, &place{up: at, key: name}, holder)
			}
		}
	case []any:
		for i, item := range v {
			r.register(n.items, item, &place{up: at, item: i, list: true}, within)
		}
	case string:
		if n.text == nil || within == nil {
			return
		}
		for _, kind := range []string{n.text.id, n.text.alias} {
			if kind != "" {
				r.add(kind, v, within)
			}
		}
	}
}

func (r *run) add(kind, id string, object *item) {
	byID := r.kinds[kind]
	if byID == nil {
		byID = map[string][]*item{}
		r.kinds[kind] = byID
	}
	key := r.name(kind, id)
	if !slices.Contains(byID[key], object) {
		byID[key] = append(byID[key], object)
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
		if _, hasSection := r.value[section]; !hasSection {
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
		if n.items == nil {
			return v, false
		}
		resolved, copied := v, false
		below := &place{up: at, list: true}
		for i, item := range v {
			below.item = i
			if to, changed := r.compare(n.items, item, below, around); changed {
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
