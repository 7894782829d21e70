// Package merge joins what several sources tell of a section of evidence, merges it into what people wrote there, and writes it
// as YAML without touching what stays. It knows no sources and no files.
package merge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/sanitize"
)

type Section struct {
	Root *evidence.Form // of all evidence
	Form *evidence.Form // of the section
	Name string
}

// Identity is the field that tells the items of a list of the section apart; empty where they are no objects.
func (s Section) Identity(list string) string {
	field, _ := s.identity(s.field(s.top(), list).form)
	return field
}

// place is where something stands in a section.
type place struct {
	pointer string // with the identities of list items
	pattern string // the same with * for them
	name    string // the last step
	form    *evidence.Form
	names   bool // a list of texts that name the item it stands in
}

func (s Section) top() place {
	return place{pointer: "/" + s.Name, pattern: "/" + s.Name, form: s.Root.Resolve(s.Form)}
}

// field is the place of a field; its form is empty where the schema will refuse it.
func (s Section) field(at place, name string) place {
	form := at.form.Properties.Forms[name]
	if form == nil {
		form = &evidence.Form{}
	}
	form = s.Root.Resolve(form)
	return place{at.pointer + "/" + name, at.pattern + "/" + name, name, form, form.Type == "array" && isName(at.form, form)}
}

func (s Section) item(at place, id string) place {
	return place{pointer: at.pointer + "/" + id, pattern: at.pattern + "/*", name: id, form: s.Root.Resolve(at.form.Items)}
}

// Merge merges what sources told into what is written in the section, by what they told last time: that is how what people
// wrote is known from what sources wrote. It notes what it takes away, changes and leaves out.
func (s Section) Merge(written map[string]any, last any, collected Joined) (merged map[string]any, notes []string) {
	m := merger{Section: s, adds: collected.Adds}
	merged, _ = m.merge(s.top(), versions{written, last, collected.Value}).(map[string]any)
	return merged, m.notes
}

type merger struct {
	Section
	adds  []string // see Joined
	notes []string
}

func (m *merger) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// versions are a value as it is written, as sources told it last time and as they tell it now; nil where there is none.
type versions struct{ written, last, collected any }

func (v versions) field(name string) versions {
	written, _ := v.written.(map[string]any)
	last, _ := v.last.(map[string]any)
	collected, _ := v.collected.(map[string]any)
	return versions{written[name], last[name], collected[name]}
}

func (m *merger) merge(at place, v versions) any {
	if v.collected == nil && (v.written == nil || v.last == nil) {
		return v.written // no source told it, so it is a person's
	}
	switch at.form.Type {
	case "object":
		return m.mergeFields(at, v)
	case "array":
		if at.names {
			return mergeNames(v)
		}
		if field, _ := m.identity(at.form); field != "" {
			return m.mergeList(at, field, v)
		}
	}
	switch {
	case v.written != nil && v.collected != nil && alike(at.form, v.written, v.collected):
		return v.written
	case v.collected == nil && same(v.written, v.last):
		m.note("%s: removed: no source returns it any more", at.pointer)
		return nil
	case v.collected == nil:
		return v.written // a person changed it
	case v.written != nil && !same(v.written, v.collected) && !same(v.written, v.last):
		m.note("%s: %s becomes %s, as the sources say", at.pointer, shown(v.written), shown(v.collected))
	}
	return v.collected
}

func (m *merger) mergeFields(at place, v versions) any {
	merged := map[string]any{}
	for _, name := range at.form.Properties.Names {
		if value := m.merge(m.field(at, name), v.field(name)); value != nil {
			merged[name] = value
		}
	}
	collected, _ := v.collected.(map[string]any)
	for name, value := range collected { // what the form lacks, the schema refuses with its name
		if at.form.Properties.Forms[name] == nil {
			merged[name] = value
		}
	}
	if len(merged) == 0 && v.collected == nil {
		return nil
	}
	return merged
}

// mergeList merges a list of objects. Items that cannot be told apart are replaced together.
func (m *merger) mergeList(at place, field string, v versions) any {
	written, wrong := indexed(items(v.written), field)
	last, bad := indexed(items(v.last), field)
	collected, err := indexed(items(v.collected), field)
	switch {
	case (wrong != nil || bad != nil || err != nil) && v.collected == nil:
		return v.written
	case wrong != nil || bad != nil || err != nil:
		return sorted(items(v.collected), field)
	}
	all := byIdentity{written, m.asNamed(at, field, last, written), m.asNamed(at, field, collected, written)}
	merged := append([]any{}, m.told(at, all)...)
	if slices.Contains(m.adds, at.pattern) {
		merged = append(merged, m.listedByPeople(at, field, all)...)
	} else {
		merged = append(merged, m.untold(at, all, v.collected != nil)...)
	}
	isListed := v.collected != nil && (v.written != nil || !slices.Contains(m.adds, at.pattern)) // what only adds says of no list that it is empty
	if len(merged) == 0 && !isListed {
		return nil
	}
	return sorted(merged, field)
}

// byIdentity are the versions of a list, by identity.
type byIdentity struct{ written, last, collected map[string]map[string]any }

func (i byIdentity) of(id string) versions {
	value := func(list map[string]map[string]any) any {
		if list[id] == nil {
			return nil
		}
		return list[id]
	}
	return versions{value(i.written), value(i.last), value(i.collected)}
}

// told merges the items that a source tells. Of a list whose items only people list, others are left out.
func (m *merger) told(at place, items byIdentity) (merged []any) {
	unknown := 0
	for _, id := range slices.Sorted(maps.Keys(items.collected)) {
		if items.written[id] == nil && slices.Contains(m.adds, at.pattern) {
			unknown++
			continue
		}
		merged = append(merged, m.merge(m.item(at, id), items.of(id)))
	}
	if unknown > 0 {
		m.note("%s: %d items are left out: neither another source nor the evidence lists them", at.pointer, unknown)
	}
	return merged
}

// listedByPeople are the items that a person listed and no source tells any more: they lose what sources told of them.
func (m *merger) listedByPeople(at place, field string, items byIdentity) (merged []any) {
	for _, id := range slices.Sorted(maps.Keys(items.written)) {
		if items.collected[id] != nil {
			continue
		}
		v := items.of(id)
		v.collected = map[string]any{field: id}
		if value := m.merge(m.item(at, id), v); value != nil {
			merged = append(merged, value)
		}
	}
	return merged
}

// untold are the items that no source tells and that stay: those that no source ever told.
func (m *merger) untold(at place, items byIdentity, sourced bool) (merged []any) {
	for _, id := range slices.Sorted(maps.Keys(items.written)) {
		switch {
		case items.collected[id] != nil:
		case items.last[id] != nil:
			m.note("%s/%s: removed: it is no longer in the sources", at.pointer, id)
		default:
			merged = append(merged, items.written[id])
			if sourced {
				m.note("%s/%s: unchanged: no source ever returned it", at.pointer, id)
			}
		}
	}
	return merged
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
		return ok && document.SameNumber(x, y)
	default:
		return a == b
	}
}

// alike reports whether two values of a form say the same: a set in another order does, and a time in another zone.
func alike(form *evidence.Form, a, b any) bool {
	if form.Format == "date-time" {
		return same(a, b) || sameInstant(a, b)
	}
	x, isList := a.([]any)
	y, isListToo := b.([]any)
	if !isList || !isListToo || !form.Unique || len(x) != len(y) {
		return same(a, b)
	}
	return slices.Equal(encoded(x), encoded(y))
}

func sameInstant(a, b any) bool {
	x, isText := a.(string)
	y, isTextToo := b.(string)
	p, wrong := time.Parse(time.RFC3339, x)
	q, bad := time.Parse(time.RFC3339, y)
	return isText && isTextToo && wrong == nil && bad == nil && p.Equal(q)
}

// encoded are the items of a set as JSON, sorted.
func encoded(set []any) []string {
	all := make([]string, len(set))
	for i, item := range set {
		text, err := json.Marshal(item)
		if err != nil {
			panic(err) // plain values
		}
		all[i] = string(text)
	}
	slices.Sort(all)
	return all
}

// shown is a value as messages repeat it, cut where it is long.
func shown(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "…"
	}
	return sanitize.Cut(string(encoded), 80)
}
