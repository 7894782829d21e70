package collect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"raci-check/internal/evidence"
)

// identities are the names of fields that tell the items of a list apart, the best first; a list without one of them goes by
// the first field of its items that is text.
var identities = []string{"id", "path", "login"}

// identity is the field that tells the items of a list apart, and whether two items must never share it; "" where the items
// are no objects.
func identity(root, list *evidence.Form) (field string, strict bool) {
	items := root.Resolve(list.Items)
	if items.Type != "object" {
		return "", false
	}
	for _, name := range identities {
		if items.Properties.Forms[name] != nil {
			return name, true
		}
	}
	for _, name := range items.Properties.Names {
		if root.Resolve(items.Properties.Forms[name]).Type == "string" {
			return name, false
		}
	}
	return "", false
}

// indexed is the items of a list by identity. It fails where an item has none, or two have the same.
func indexed(items []any, field string) (map[string]map[string]any, error) {
	byID := make(map[string]map[string]any, len(items))
	for i, item := range items {
		fields, isObject := item.(map[string]any)
		id, isText := fields[field].(string)
		switch {
		case !isObject || !isText || id == "":
			return nil, fmt.Errorf("item %d has no %s", i, field)
		case byID[id] != nil:
			return nil, fmt.Errorf("two items have the %s %q", field, id)
		}
		byID[id] = fields
	}
	return byID, nil
}

// sorted is the items in the order of their identity.
func sorted(items []any, field string) []any {
	text := func(item any) string { id, _ := item.(map[string]any)[field].(string); return id }
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	return items
}

// joiner joins what several sources know of one section.
type joiner struct {
	root  *evidence.Form
	notes []string
	errs  []error
}

func (j *joiner) note(format string, args ...any) {
	j.notes = append(j.notes, fmt.Sprintf(format, args...))
}

// join adds to a value what another source knows. Where both know a field, the one that was there stays and the difference
// is noted. Of a list in joins, only items that are there are added to.
func (j *joiner) join(pointer string, form *evidence.Form, there, added any, by string, joins []string) any {
	form = j.root.Resolve(form)
	switch a := added.(type) {
	case map[string]any:
		t, isObject := there.(map[string]any)
		if !isObject {
			if there != nil {
				return there
			}
			t = map[string]any{}
		}
		joined := maps.Clone(t)
		for _, name := range slices.Sorted(maps.Keys(a)) {
			below := form.Properties.Forms[name]
			if below == nil {
				below = &evidence.Form{} // the schema will refuse it
			}
			value := j.join(pointer+"/"+name, below, joined[name], a[name], by, joins)
			if value != nil {
				joined[name] = value
			}
		}
		return joined
	case []any:
		if form.Items != nil {
			if field, strict := identity(j.root, form); field != "" {
				return j.joinLists(pointer, form, field, strict, there, a, by, joins)
			}
		}
	}
	if there != nil && !same(there, added) {
		j.note("%s: %s says %s, which differs from a source that takes precedence, %s", pointer, by, shown(added), shown(there))
	}
	if there != nil {
		return there
	}
	return added
}

func (j *joiner) joinLists(pointer string, form *evidence.Form, field string, strict bool, there any, added []any, by string, joins []string) any {
	more, err := indexed(added, field)
	if err != nil {
		if strict {
			j.errs = append(j.errs, fmt.Errorf("%s: %s: %w", pointer, by, err))
		}
		if there != nil {
			return there
		}
		return added
	}
	held, isList := there.([]any)
	only := slices.Contains(joins, pointer)
	if !isList && !only {
		held = []any{}
	}
	byID, err := indexed(held, field)
	if err != nil {
		return held // it was noted when it came
	}
	joined := []any{}
	skipped := 0
	for _, id := range slices.Sorted(maps.Keys(more)) {
		switch {
		case byID[id] != nil:
		case only && isList:
			skipped++
		default:
			byID[id] = map[string]any{}
		}
		if byID[id] != nil {
			byID[id], _ = j.join(pointer+"/"+id, form.Items, byID[id], more[id], by, joins).(map[string]any)
		}
	}
	if skipped > 0 {
		j.note("%s: %d items of %s are left out: no source lists them", pointer, skipped, by)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		joined = append(joined, byID[id])
	}
	return joined
}

// merger merges what sources tell of a section into what is written there, by what they told last time: that is how what
// people wrote is known from what sources wrote.
type merger struct {
	root  *evidence.Form
	joins []string // lists whose items only people list, as pointers with list items as *
	notes []string
}

func (m *merger) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// merge answers the value to write. The pattern is the pointer with list items as *, the place has their identities instead;
// a value is nil where there is none.
func (m *merger) merge(pattern, place string, form *evidence.Form, written, last, told any) any {
	form = m.root.Resolve(form)
	if told == nil && (written == nil || last == nil) {
		return written // nobody told it, so it is a person's
	}
	switch form.Type {
	case "object":
		w, _ := written.(map[string]any)
		l, _ := last.(map[string]any)
		t, _ := told.(map[string]any)
		merged := map[string]any{}
		for _, name := range form.Properties.Names {
			if value := m.merge(pattern+"/"+name, place+"/"+name, form.Properties.Forms[name], w[name], l[name], t[name]); value != nil {
				merged[name] = value
			}
		}
		for name, value := range t { // what the form lacks, the schema refuses with its name
			if form.Properties.Forms[name] == nil {
				merged[name] = value
			}
		}
		if len(merged) == 0 && told == nil {
			return nil
		}
		return merged
	case "array":
		if field, _ := identity(m.root, form); field != "" {
			return m.mergeLists(pattern, place, form, field, written, last, told)
		}
	}
	switch {
	case told == nil && same(written, last):
		m.note("%s: removed: no source returns it any more", place)
		return nil
	case told == nil:
		return written // a person changed it
	case written != nil && !same(written, told) && !same(written, last):
		m.note("%s: %s becomes %s, as the sources say", place, shown(written), shown(told))
	}
	return told
}

func (m *merger) mergeLists(pattern, place string, form *evidence.Form, field string, written, last, told any) any {
	w, _ := written.([]any)
	l, _ := last.([]any)
	t, _ := told.([]any)
	here, err := indexed(w, field)
	before, wrong := indexed(l, field)
	there, bad := indexed(t, field)
	if err != nil || wrong != nil || bad != nil { // items that cannot be told apart are replaced together
		if told == nil {
			return written
		}
		return sorted(t, field)
	}
	only := slices.Contains(m.joins, pattern)
	item := func(byID map[string]map[string]any, id string) any {
		if byID[id] == nil {
			return nil
		}
		return byID[id]
	}
	merged := []any{}
	unknown := 0
	for _, id := range slices.Sorted(maps.Keys(there)) {
		if only && here[id] == nil {
			unknown++
			continue
		}
		merged = append(merged, m.merge(pattern+"/*", place+"/"+id, form.Items, item(here, id), item(before, id), there[id]))
	}
	if unknown > 0 {
		m.note("%s: %d items are left out: neither another source nor the evidence lists them", place, unknown)
	}
	for _, id := range slices.Sorted(maps.Keys(here)) {
		switch {
		case there[id] != nil:
		case only:
			if value := m.merge(pattern+"/*", place+"/"+id, form.Items, here[id], item(before, id), map[string]any{field: id}); value != nil {
				merged = append(merged, value)
			}
		case before[id] != nil:
			m.note("%s/%s: removed: it is no longer in the sources", place, id)
		default:
			merged = append(merged, here[id])
			if told != nil {
				m.note("%s/%s: unchanged: no source ever returned it", place, id)
			}
		}
	}
	if len(merged) == 0 && told == nil {
		return nil
	}
	return sorted(merged, field)
}

// differences lists where what a source tells differs from what people wrote, one line each.
func differences(root *evidence.Form, place string, form *evidence.Form, written, told any) []string {
	form = root.Resolve(form)
	switch t := told.(type) {
	case map[string]any:
		w, _ := written.(map[string]any)
		var found []string
		for _, name := range slices.Sorted(maps.Keys(t)) {
			if below := form.Properties.Forms[name]; below != nil {
				found = append(found, differences(root, place+"/"+name, below, w[name], t[name])...)
			}
		}
		return found
	case []any:
		if field, _ := identity(root, form); field != "" {
			w, _ := written.([]any)
			here, wrong := indexed(w, field)
			there, err := indexed(t, field)
			if wrong != nil || err != nil {
				break
			}
			var found []string
			for _, id := range slices.Sorted(maps.Keys(there)) {
				if here[id] == nil {
					found = append(found, fmt.Sprintf("%s/%s is not written there", place, id))
					continue
				}
				found = append(found, differences(root, place+"/"+id, form.Items, here[id], there[id])...)
			}
			for _, id := range slices.Sorted(maps.Keys(here)) {
				if there[id] == nil {
					found = append(found, fmt.Sprintf("%s/%s is written there, and no source has it", place, id))
				}
			}
			return found
		}
	}
	if same(written, told) {
		return nil
	}
	if written == nil {
		return []string{fmt.Sprintf("%s is %s", place, shown(told))}
	}
	return []string{fmt.Sprintf("%s is %s, and not %s", place, shown(told), shown(written))}
}

// same reports whether two plain JSON values say the same; 1.0 is 1.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, same)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y {
			return ok
		}
		if _, err := x.Int64(); err == nil {
			if _, err := y.Int64(); err == nil {
				return false // 1 is written in one way
			}
		}
		p, wrong := x.Float64()
		q, bad := y.Float64()
		return wrong == nil && bad == nil && p == q
	default:
		return a == b
	}
}

// shown is a value as messages repeat it, cut where it is long.
func shown(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "…"
	}
	if text := []rune(string(encoded)); len(text) > 80 {
		return string(text[:79]) + "…"
	}
	return string(encoded)
}
