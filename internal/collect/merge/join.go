package merge

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/evidence"
)

// Facts are what one source tells of a section.
type Facts struct {
	Source string
	Fields map[string]any
	Joins  []string // pointers of the lists in it that only add to items which others list

	// Extends are pointers of the lists in it that add to the items which others list, and the items that others lack.
	Extends []string
}

// Joined is what several sources tell of a section.
type Joined struct {
	Value any
	Notes []string // where they differ, and what was left out
	Adds  []string // pointers of the lists in it whose items only people list
}

// Join joins what sources know of the section, the one that is believed before others first.
func (s Section) Join(all []Facts) (Joined, error) {
	j := joiner{Section: s}
	listed := map[string]bool{}
	var value any
	for _, adds := range []bool{false, true} { // what only adds comes when the lists are there
		for _, facts := range all {
			if (len(facts.Joins)+len(facts.Extends) > 0) != adds {
				continue
			}
			j.facts = facts
			value = j.join(s.top(), value, facts.Fields)
			Each("/"+s.Name, facts.Fields, func(pointer string, value any) {
				if _, isList := value.([]any); isList && !slices.Contains(facts.Joins, pointer) {
					listed[pointer] = true
				}
			})
		}
	}
	var adds []string
	for _, facts := range all {
		for _, pointer := range facts.Joins {
			if !listed[pointer] {
				adds = append(adds, pointer)
			}
		}
	}
	return Joined{value, j.notes, adds}, errors.Join(j.errs...)
}

// Each visits a value and all in it, with the pointers to it in which * stands for the items of lists.
func Each(pointer string, value any, visit func(pointer string, value any)) {
	visit(pointer, value)
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			Each(pointer+"/"+name, below, visit)
		}
	case []any:
		for _, item := range v {
			Each(pointer+"/*", item, visit)
		}
	}
}

// identities are the names of fields that tell the items of a list apart, the best first; a list without one of them goes by
// the first field of its items that is text.
var identities = []string{"id", "path", "login"}

// identity is the field that tells the items of a list apart, and whether two items must never share it; "" where the items
// are no objects.
func (s Section) identity(list *evidence.Form) (field string, strict bool) {
	if list.Items == nil {
		return "", false
	}
	items := s.Root.Resolve(list.Items)
	if items.Type != "object" {
		return "", false
	}
	for _, name := range identities {
		if items.Properties.Forms[name] != nil {
			return name, true
		}
	}
	for _, name := range items.Properties.Names {
		if s.Root.Resolve(items.Properties.Forms[name]).Type == "string" {
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
	text := func(item any) string { id, _ := textOf(item, field); return id }
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	return items
}

// joiner joins what several sources know of one section.
type joiner struct {
	Section
	facts Facts // that are being added
	notes []string
	errs  []error
}

func (j *joiner) note(format string, args ...any) {
	j.notes = append(j.notes, fmt.Sprintf(format, args...))
}

// join adds to a value what the facts have for it. Where both know a field, the one that was there stays and the difference is
// noted. Of a list in joins, only items that are there are added to.
func (j *joiner) join(at place, existing, added any) any {
	switch a := added.(type) {
	case map[string]any:
		before, isObject := existing.(map[string]any)
		if !isObject && existing != nil {
			return existing
		}
		joined := maps.Clone(before)
		if joined == nil {
			joined = map[string]any{}
		}
		for _, name := range slices.Sorted(maps.Keys(a)) {
			value := j.join(j.field(at, name), joined[name], a[name])
			if value = at.larger(name, value, a[name]); value != nil {
				joined[name] = value
			}
		}
		return joined
	case []any:
		if at.names {
			return union(existing, a)
		}
		if field, strict := j.identity(at.form); field != "" {
			more, err := indexed(a, field)
			if err == nil {
				return j.joinItems(at, field, existing, more)
			}
			if strict {
				j.errs = append(j.errs, fmt.Errorf("%s: %s: %w", at.pointer, j.facts.Source, err))
			}
			if existing == nil {
				return added
			}
			return existing
		}
	}
	if existing == nil {
		return added
	}
	if !alike(at.form, existing, added) {
		j.note("%s: %s says %s, which differs from a source that takes precedence, %s", at.pointer, j.facts.Source, shown(added), shown(existing))
	}
	return existing
}

// counts reports whether a field is the number of items of a list beside it, such as policy_count of policies.
func (at place) counts(name string) bool {
	item, isCount := strings.CutSuffix(name, "_count")
	lists := at.form.Properties.Forms
	return isCount && (lists[item+"s"] != nil || lists[strings.TrimSuffix(item, "y")+"ies"] != nil)
}

// larger is the larger one of two counts of a list: what one source does not list is there all the same. Of another field, it is the first.
func (at place) larger(name string, first, second any) any {
	if at.counts(name) && isMore(second, first) {
		return second
	}
	return first
}

// isMore reports whether a whole number is more than another one.
func isMore(a, b any) bool {
	x, y := json.Number(fmt.Sprint(a)), json.Number(fmt.Sprint(b))
	p, wrong := x.Int64()
	q, bad := y.Int64()
	return wrong == nil && bad == nil && p > q
}

// joinItems adds items to a list.
func (j *joiner) joinItems(at place, field string, existing any, more map[string]map[string]any) any {
	list, isList := existing.([]any)
	byID, err := indexed(list, field)
	if err != nil {
		return list // it was noted when it came
	}
	fixed := isList && slices.Contains(j.facts.Joins, at.pointer)
	skipped := 0
	names := j.namesakes(at, byID)
	for _, added := range slices.Sorted(maps.Keys(more)) {
		id, several := j.known(at, names, added, more[added])
		if several {
			j.note("%s/%s: %s gives it a name that several items have: it stays an item of its own", at.pointer, added, j.facts.Source)
		}
		if id != added { // the next one with these names is another one: this source tells them apart
			j.name(at, names, added, more[added])
		}
		if byID[id] == nil && fixed {
			skipped++
			continue
		}
		if byID[id] == nil {
			if j.isFlat(at, more[added]) { // there may be very many
				byID[id] = identified(more[added], field, id)
				continue
			}
			byID[id] = map[string]any{}
		}
		byID[id], _ = j.join(j.item(at, id), byID[id], identified(more[added], field, id)).(map[string]any)
	}
	if skipped > 0 {
		j.note("%s: %d items of %s are left out: no source lists them", at.pointer, skipped, j.facts.Source)
	}
	joined := []any{}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		joined = append(joined, byID[id])
	}
	return joined
}

// isFlat reports whether nothing in an item is joined by itself. Such an item can stand in the joined list as it is: what is there is
// copied before anything is added to it.
func (j *joiner) isFlat(list place, item map[string]any) bool {
	at := j.item(list, "")
	for name, value := range item {
		switch value.(type) {
		case nil, map[string]any:
			return false
		case []any:
			field := j.field(at, name)
			if identity, _ := j.identity(field.form); field.names || identity != "" {
				return false
			}
		}
	}
	return true
}
