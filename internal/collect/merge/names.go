package merge

import (
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/evidence"
)

// Two sources may know one person by a personnel number and by an address. Where the schema says that fields of an item name it
// as its id does (x-alias of the kind of the item's x-id), items that share a name are one.

func isName(item, field *evidence.Form) bool {
	if field.Alias == "" || item.Type != "object" {
		return false
	}
	for _, other := range item.Properties.Forms {
		if other.ID == field.Alias {
			return true
		}
	}
	return false
}

// spelled is a name without what makes no other one of it.
func spelled(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// namesOf are the names of an item beside its identity, spelled; none where its fields name no item.
func (s Section) namesOf(at place, item map[string]any) (names []string) {
	form := s.Root.Resolve(at.form.Items)
	for _, name := range form.Properties.Names {
		if !isName(form, form.Properties.Forms[name]) {
			continue
		}
		texts, isList := item[name].([]any)
		if !isList {
			texts = []any{item[name]}
		}
		for _, value := range texts {
			if text, isText := value.(string); isText && spelled(text) != "" {
				names = append(names, spelled(text))
			}
		}
	}
	return names
}

// namesakes are the identities of the items of a list by their names. They are nil where the items have no other name than
// their identity.
type namesakes map[string][]string

func (s Section) namesakes(at place, items map[string]map[string]any) namesakes {
	form := s.Root.Resolve(at.form.Items)
	if !slices.ContainsFunc(form.Properties.Names, func(name string) bool { return isName(form, form.Properties.Forms[name]) }) {
		return nil
	}
	byName := namesakes{}
	for _, id := range slices.Sorted(maps.Keys(items)) {
		s.name(at, byName, id, items[id])
	}
	return byName
}

func (s Section) name(at place, to namesakes, id string, item map[string]any) {
	if to == nil {
		return
	}
	for _, name := range append(s.namesOf(at, item), spelled(id)) {
		if n := len(to[name]); n == 0 || to[name][n-1] != id { // an item is added once, with all its names
			to[name] = append(to[name], id)
		}
	}
}

// known is the identity of the item in a list that another one is: the one with its identity, or else the one with a name of
// it. It is its own where there is none, and where several have a name of it.
func (s Section) known(at place, list namesakes, id string, item map[string]any) (identity string, several bool) {
	if list == nil || slices.Contains(list[spelled(id)], id) { // each item has its identity as a name
		return id, false
	}
	for _, name := range append(s.namesOf(at, item), spelled(id)) {
		for _, other := range list[name] {
			if identity != "" && other != identity {
				return id, true
			}
			identity = other
		}
	}
	if identity == "" {
		return id, false
	}
	return identity, false
}

// asNamed are items under the identities that a list has for them.
func (s Section) asNamed(at place, field string, items, list map[string]map[string]any) map[string]map[string]any {
	if s.namesakes(at, list) == nil {
		return items
	}
	named := make(map[string]map[string]any, len(items))
	for id, own := range s.ownNames(at, items, list) {
		named[id] = identified(items[own], field, id)
	}
	return named
}

// ownNames are the identities of items, by the identities that a list has for them. Of two that are the same one there, the second
// stays as it is.
func (s Section) ownNames(at place, items, list map[string]map[string]any) map[string]string {
	listNames := s.namesakes(at, list)
	named := make(map[string]string, len(items))
	for _, own := range slices.Sorted(maps.Keys(items)) {
		id := own
		if listNames != nil {
			id, _ = s.known(at, listNames, own, items[own])
		}
		if _, isNamed := named[id]; isNamed || id != own && items[id] != nil {
			id = own
		}
		named[id] = own
	}
	return named
}

// identified is an item with an identity.
func identified(item map[string]any, field, id string) map[string]any {
	if item[field] == id {
		return item
	}
	item = maps.Clone(item)
	item[field] = id
	return item
}

// union is a list of names with those of another that it lacks.
func union(list any, more []any) []any {
	joined := slices.Clone(items(list))
	names := namesIn(joined)
	for _, name := range more {
		if !names.has(name) {
			joined = append(joined, name)
			names.add(name)
		}
	}
	return joined
}

// names are those of a list, in any spelling.
type names struct {
	texts map[string]bool
	rest  []any // what the schema will refuse
}

func namesIn(list []any) *names {
	all := &names{texts: map[string]bool{}}
	for _, name := range list {
		all.add(name)
	}
	return all
}

func (n *names) add(name any) {
	if text, isText := name.(string); isText {
		n.texts[spelled(text)] = true
		return
	}
	n.rest = append(n.rest, name)
}

func (n *names) has(name any) bool {
	if text, isText := name.(string); isText {
		return n.texts[spelled(text)]
	}
	return slices.ContainsFunc(n.rest, func(other any) bool { return same(other, name) })
}

// mergeNames are the names that sources tell, and those that people added, in the order of the evidence.
func mergeNames(v versions) any {
	collected := items(v.collected)
	before, now := namesIn(items(v.last)), namesIn(collected)
	kept := slices.DeleteFunc(slices.Clone(items(v.written)), func(name any) bool { return before.has(name) && !now.has(name) })
	if merged := union(kept, collected); len(merged) > 0 || v.collected != nil {
		return merged
	}
	return nil
}

// items are the items of a list; none where a value is no list.
func items(value any) []any {
	all, _ := value.([]any)
	return all
}
