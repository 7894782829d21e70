package consistency

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// object compares the fields of one object with each other.
func (r *run) object(n *node, fields map[string]any, at *place) {
	for _, o := range n.object.order {
		r.order(o, fields, at)
	}
	for _, order := range n.object.notAbove {
		r.notAbove(order, fields, at)
	}
	for _, e := range n.object.ends {
		r.ends(e, n, fields, at)
	}
	for _, t := range n.object.tests {
		r.test(t, n, fields, at)
	}
	if n.object.reached != nil {
		r.reached(n.object.reached, n, fields, at)
	}
	for _, c := range n.object.counts {
		r.count(c, fields, at)
	}
	for _, possible := range n.object.never {
		r.never(possible, fields, at)
	}
	for _, f := range n.object.fits {
		r.fits(f, fields, at)
	}
	for i := range n.object.named {
		r.named(&n.object.named[i], fields, at)
	}
	for _, o := range n.object.only {
		r.only(o, fields, at)
	}
	for _, l := range n.object.lacks {
		r.lacks(l, fields, at)
	}
	if n.object.over != nil {
		r.over(n.object.over, fields, at)
	}
	if n.object.record != nil {
		r.record(n.object.record, fields, at)
	}
}

// order finds dates that do not stand in their order; those that are not there are passed over.
func (r *run) order(o order, fields map[string]any, at *place) {
	if !o.holds(fields) {
		return
	}
	var before moment
	var beforeField string
	for _, field := range o.Dates {
		date, isDate := momentOf(lookup(fields, field))
		if !isDate {
			continue
		}
		if before.text != "" && before.after(date.later(o.SlackDays)) {
			r.report(at.below(beforeField), "out_of_order", []string{at.pointer() + "/" + field},
				map[string]any{"field": inWords(beforeField), "date": before.text, "other": inWords(field), "other_date": date.text})
		}
		if before.text != "" && o.WithinDays > 0 && date.after(before.later(o.WithinDays)) {
			r.report(at.below(field), "too_far_apart", []string{at.pointer() + "/" + beforeField}, map[string]any{
				"field": inWords(field), "date": date.text, "other": inWords(beforeField), "other_date": before.text, "days": strconv.Itoa(o.WithinDays),
			})
		}
		before, beforeField = date, field
	}
}

// notAbove finds numbers that are more than the next; a path may lead to several.
func (r *run) notAbove(order []string, fields map[string]any, at *place) {
	for i, field := range order[1:] {
		limit, isNumber := number(lookup(fields, field))
		if !isNumber {
			continue
		}
		each(fields, order[i], at, func(value any, place *place) {
			if n, ok := number(value); ok && n > limit {
				r.report(place, "more_than", []string{at.pointer() + "/" + field},
					map[string]any{"field": inWords(place.key), "number": plainText(value), "other": inWords(field), "other_number": plainText(lookup(fields, field))})
			}
		})
	}
}

// each calls a function with what a path leads to; "*" stands for each item of a list.
func each(value any, path string, at *place, do func(value any, at *place)) {
	if path == "" {
		do(value, at)
		return
	}
	name, rest, _ := strings.Cut(path, "/")
	if name != "*" {
		each(lookup(value, name), rest, &place{up: at, key: name}, do)
		return
	}
	items, _ := value.([]any)
	for i, item := range items {
		each(item, rest, &place{up: at, item: i, list: true}, do)
	}
}

// ends finds what happened after an end.
func (r *run) ends(e ends, n *node, fields map[string]any, at *place) {
	var end moment
	var endField string
	for _, field := range e.At {
		if date, isDate := momentOf(lookup(fields, field)); isDate && (endField == "" || end.after(date)) {
			end, endField = date, field
		}
	}
	if endField == "" || e.explained(fields) || !e.says(fields) && r.mentioned(e.Named, n, fields) {
		return
	}
	for _, field := range e.Stops {
		if date, isDate := momentOf(lookup(fields, field)); isDate && date.after(end) {
			r.report(at.below(field), "after_end", []string{at.pointer() + "/" + endField},
				map[string]any{"field": inWords(field), "date": date.text, "other": inWords(endField), "other_date": end.text})
		}
	}
}

func (e *ends) explained(fields map[string]any) bool {
	return len(e.Unless) > 0 && (condition{When: e.Unless}).holds(fields)
}

// says reports whether the object itself says what happened after its end: then nothing else explains it.
func (e *ends) says(fields map[string]any) bool {
	for field := range e.Unless {
		if _, isText := word(fields[field]); isText {
			return true
		}
	}
	return false
}

// mentioned reports whether a field of a list elsewhere names an object, by its id.
func (r *run) mentioned(paths []string, n *node, fields map[string]any) bool {
	for _, path := range paths {
		mentions := of(r, mentionsOf(path), func(r *run) map[string]bool {
			mentions := map[string]bool{}
			section, rest, _ := strings.Cut(path, "/")
			list, field, _ := strings.Cut(rest, "/")
			items, _ := r.view.Lookup(section + "/" + list).([]any)
			for _, item := range items {
				if text, ok := lookup(item, field).(string); ok {
					mentions[spelling.Fold(text)] = true
				}
			}
			return mentions
		})
		for _, name := range n.names {
			id, ok := fields[name].(string)
			if below := n.fields[name]; ok && below.text != nil && below.text.id != "" && mentions[spelling.Fold(id)] {
				return true
			}
		}
	}
	return false
}

// test finds tests that are older than what they tested.
func (r *run) test(t test, n *node, fields map[string]any, at *place) {
	performed, isDate := momentOf(lookup(fields, t.At))
	if !isDate || !t.holds(fields) {
		return
	}
	existed, later := 0, []*item(nil)
	for _, path := range t.Of {
		for _, object := range r.testedBy(path, n, fields, at) {
			if !(condition{When: t.Where}).holds(object.fields) {
				continue
			}
			if _, since := firstOf(object.fields, t.Since); since.text != "" && since.after(performed) {
				later = append(later, object)
			} else {
				existed++
			}
		}
	}
	if len(later) > 0 && (t.Every || existed == 0) {
		field, since := firstOf(later[0].fields, t.Since)
		r.report(at.below(t.At), "test_too_old", []string{later[0].place.pointer() + "/" + field}, map[string]any{"date": performed.text, "other_date": since.text})
	}
}

// testedBy are the objects of a list that a test is of: its items, or what they name.
func (r *run) testedBy(path string, n *node, fields map[string]any, at *place) []*item {
	list := lookup(fields, path)
	if below, absolute := strings.CutPrefix(path, "/"); absolute {
		path, n, at, list = below, r.plan.root, &place{}, r.view.Lookup(below)
	}
	below := n.at(path)
	items, _ := list.([]any)
	var all []*item
	for i, entry := range items {
		switch v := entry.(type) {
		case map[string]any:
			all = append(all, &item{fields: v, place: &place{up: at.below(path), item: i, list: true}})
		case string:
			if object := r.tested(below, v); object != nil {
				all = append(all, object)
			}
		}
	}
	return all
}

// firstOf is the first of some fields that is a date, and that date; without a text where none is.
func firstOf(fields map[string]any, names []string) (string, moment) {
	for _, name := range names {
		if date, isDate := momentOf(lookup(fields, name)); isDate {
			return name, date
		}
	}
	return "", moment{}
}

// tested is the object that a text names, as its references say; nil for none.
func (r *run) tested(n *node, text string) *item {
	if n == nil || n.items == nil || n.items.text == nil {
		return nil
	}
	for _, ref := range n.items.text.refs {
		for _, kind := range ref.To {
			if objects := r.objects(kind, text); len(objects) > 0 {
				return objects[0]
			}
		}
	}
	return nil
}

// only finds texts that say something that another field takes back. Where that field is absent nothing is said.
func (r *run) only(o only, fields map[string]any, at *place) {
	if o.holds(fields) {
		return
	}
	for _, condition := range slices.Sorted(maps.Keys(o.When)) {
		value, hasValue := word(fields[condition])
		if !hasValue || slices.Contains(o.When[condition], value) {
			continue
		}
		for _, field := range o.Fields {
			if text, _ := fields[field].(string); text != "" {
				r.report(at.below(field), "takes_back", []string{at.below(condition).pointer()},
					map[string]any{"text": text, "field": inWords(field), "other": inWords(condition), "found": inWords(value)})
			}
		}
	}
}

// maxRelated is how many places one contradiction names at most, of those that all say the same.
const maxRelated = 5

// below is the place of a field below a place; a path leads through several.
func (p *place) below(path string) *place {
	for name := range strings.SplitSeq(path, "/") {
		p = &place{up: p, key: name}
	}
	return p
}

// at is the node that a path leads to; nil for none.
func (n *node) at(path string) *node {
	if n == nil {
		return nil
	}
	for name := range strings.SplitSeq(path, "/") {
		if n = n.fields[name]; n == nil {
			return nil
		}
	}
	return n
}

// holds reports whether an annotation is for the object.
func (c condition) holds(fields map[string]any) bool {
	for field, values := range c.When {
		if value, _ := word(fields[field]); !slices.Contains(values, value) {
			return false
		}
	}
	for field, values := range c.Unless {
		if value, ok := word(fields[field]); ok && slices.Contains(values, value) {
			return false
		}
	}
	return !slices.ContainsFunc(c.Absent, func(field string) bool { _, hasField := fields[field]; return hasField })
}

// lookup is the value that a path of fields leads to; nil for none.
func lookup(value any, path string) any {
	for path != "" {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		var name string
		name, path, _ = strings.Cut(path, "/")
		value = fields[name]
	}
	return value
}

// inWords is the name of a field or of a state as a sentence has it.
func inWords(name string) string {
	_, last, nested := strings.Cut(name, "/")
	if nested {
		name = last
	}
	if _, of, follows := strings.Cut(name, "->"); follows {
		name = of
	}
	return strings.ReplaceAll(name, "_", " ")
}

func statesInWords(states []string) string {
	var words []string
	for _, state := range states {
		if state != "living" || len(states) == 1 { // that it says nothing of its state is no state to name
			words = append(words, inWords(state))
		}
	}
	return strings.Join(words, " or ")
}

// kindsInWords is what a text may name, as a sentence has it.
func kindsInWords(kinds []string) string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = strings.ReplaceAll(inWords(kind), "kmip", "KMIP")
	}
	return strings.Join(words, " or ")
}
