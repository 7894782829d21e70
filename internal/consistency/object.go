package consistency

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object compares the fields of one object with each other.
func (r *run) object(n *node, fields map[string]any, at *place) {
	for _, order := range n.object.order {
		r.order(order, fields, at)
	}
	if n.object.ends != nil {
		r.ends(n.object.ends, fields, at)
	}
	for _, t := range n.object.tests {
		r.test(t, n, fields, at)
	}
	for _, rule := range n.object.reached {
		r.reached(rule, fields, at)
	}
	for _, e := range n.object.excludes {
		r.excludes(e, fields, at)
	}
	for _, l := range n.object.least {
		r.least(l, fields, at)
	}
	for _, t := range n.object.tallies {
		r.tally(t, fields, at)
	}
}

// order finds dates that do not stand in their order; those that are not there are passed over.
func (r *run) order(order []string, fields map[string]any, at *place) {
	var before moment
	var beforeField string
	for _, field := range order {
		date, there := momentOf(lookup(fields, field))
		if !there {
			continue
		}
		if before.text != "" && before.after(date) {
			r.report(at.below(beforeField), "out_of_order", []string{at.pointer() + "/" + field},
				map[string]any{"field": inWords(beforeField), "date": before.text, "other": inWords(field), "other_date": date.text})
		}
		before, beforeField = date, field
	}
}

// ends finds what happened after an end.
func (r *run) ends(e *ends, fields map[string]any, at *place) {
	var end moment
	var endField string
	for _, field := range e.At {
		if date, there := momentOf(lookup(fields, field)); there && (endField == "" || end.after(date)) {
			end, endField = date, field
		}
	}
	if endField == "" {
		return
	}
	for _, field := range e.Stops {
		if date, there := momentOf(lookup(fields, field)); there && date.after(end) {
			r.report(at.below(field), "after_end", []string{at.pointer() + "/" + endField},
				map[string]any{"field": inWords(field), "date": date.text, "other": inWords(endField), "other_date": end.text})
		}
	}
}

// excludes finds fields that are given although another field says that they cannot be.
func (r *run) excludes(e excluded, fields map[string]any, at *place) {
	if !e.holds(fields) {
		return
	}
	other := slices.Sorted(maps.Keys(e.When))[0]
	for _, field := range e.Fields {
		if fields[field] != nil {
			r.report(at.below(field), "not_together", []string{at.below(other).pointer()},
				map[string]any{"field": inWords(field), "other": inWords(other), "found": inWords(valueText(fields[other]))})
		}
	}
}

// test finds tests that are older than what they tested.
func (r *run) test(t test, n *node, fields map[string]any, at *place) {
	performed, there := momentOf(lookup(fields, t.At))
	if !there {
		return
	}
	existed, later := 0, []*item(nil)
	for _, path := range t.Of {
		below := n.at(path)
		items, _ := lookup(fields, path).([]any)
		for i, held := range items {
			var found *item
			switch v := held.(type) {
			case map[string]any:
				found = &item{fields: v, place: &place{up: at.below(path), item: i, list: true}}
			case string:
				found = r.tested(below, v)
			}
			if found == nil {
				continue
			}
			if since, known := momentOf(found.fields[t.Since]); known && since.after(performed) {
				later = append(later, found)
			} else {
				existed++
			}
		}
	}
	if len(later) > 0 && (t.Every || existed == 0) {
		first := later[0]
		since, _ := first.fields[t.Since].(string)
		r.report(at.below(t.At), "test_too_old", []string{first.place.pointer() + "/" + t.Since}, map[string]any{"date": performed.text, "other_date": since})
		return
	}
	if sample, ok := whole(lookup(fields, t.Sample)); ok && len(later) > 0 && sample > existed {
		var related []string
		for _, tested := range later[:min(len(later), maxRelated)] {
			related = append(related, tested.place.pointer()+"/"+t.Since)
		}
		r.report(at.below(t.Sample), "sample_too_large", related,
			map[string]any{"sample": strconv.Itoa(sample), "date": performed.text, "existed": strconv.Itoa(existed)})
	}
}

// tested is the object that a text names, as its references say; nil for none.
func (r *run) tested(n *node, text string) *item {
	if n == nil || n.items == nil || n.items.text == nil {
		return nil
	}
	for _, ref := range n.items.text.refs {
		for _, kind := range ref.To {
			if found := r.kinds[kind][r.name(kind, text)]; len(found) > 0 {
				return found[0]
			}
		}
	}
	return nil
}

// least finds counts over a window that are lower than what dates elsewhere show.
func (r *run) least(l least, fields map[string]any, at *place) {
	count, ok := whole(fields[l.Count])
	reading := r.reading(at.section())
	if !ok || reading.text == "" {
		return
	}
	since := moment{at: reading.at.Add(-time.Duration(l.Days) * 24 * time.Hour), day: true}
	var within []string
	for _, path := range l.Of {
		section, rest, _ := strings.Cut(path, "/")
		list, field, _ := strings.Cut(rest, "/")
		items, _ := lookup(r.value, section+"/"+list).([]any)
		for i, held := range items {
			object, _ := held.(map[string]any)
			if date, there := momentOf(object[field]); there && date.after(since) && !date.after(reading) {
				within = append(within, "/"+section+"/"+list+"/"+strconv.Itoa(i)+"/"+field)
			}
		}
	}
	shown := len(within)
	if !l.Each {
		shown = min(shown, 1)
	}
	if count < shown {
		r.report(at.below(l.Count), "count_too_low", within[:min(len(within), maxRelated)], map[string]any{"count": strconv.Itoa(count), "shown": strconv.Itoa(shown)})
	}
}

// tally finds a count that is not that of the list beside it. Of an object there is at least one. What is absent is not compared:
// the check that needs it says so.
func (r *run) tally(t tally, fields map[string]any, at *place) {
	count, ok := whole(fields[t.Count])
	if !ok {
		return
	}
	listed := 0
	switch held := fields[t.Of].(type) {
	case []any:
		listed = len(held)
	case map[string]any:
		listed = max(1, count)
	default:
		return
	}
	if count != listed {
		r.report(at.below(t.Count), "count_differs", []string{at.pointer() + "/" + t.Of},
			map[string]any{"count": strconv.Itoa(count), "listed": strconv.Itoa(listed)})
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
		if !slices.Contains(values, valueText(fields[field])) {
			return false
		}
	}
	return !slices.ContainsFunc(c.Absent, func(field string) bool { _, there := fields[field]; return there })
}

// valueText is a value of a field as annotations have it; empty for none, and for what they cannot ask for.
func valueText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
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
