package form

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Conflict is a value that is not what the page showed: something else changed it since.
type Conflict struct {
	Pointer string
	Was, Is any // nil for no value
}

// Settle fits changes to a section as it is on disk now: new items go behind those that were added meanwhile. Items that moved in
// their lists, so that a change would be one of another item, are conflicts, and so is what a change is in that is gone.
func (s *Schema) Settle(b *Base, value any, changes []Change) ([]Change, []Conflict) {
	whole := map[string]any{b.Section: value}
	settled, added := slices.Clone(changes), map[string]int{}
	var conflicts []Conflict
	for i, change := range settled {
		if change.List != "" {
			items, _ := lookup(whole, change.List).([]any)
			settled[i].Pointer = fmt.Sprintf("%s/%d", change.List, len(items)+added[change.List])
			added[change.List]++
		}
		if change.Digest != "" && change.Was == nil { // a text says itself what it was
			settled[i].Was = lookup(whole, change.Pointer)
		}
		moved, hasMoved := b.gone(whole, settled[i].Pointer)
		if !hasMoved {
			moved, hasMoved = s.moved(b, whole, change)
		}
		if hasMoved && !slices.ContainsFunc(conflicts, func(c Conflict) bool { return c.Pointer == moved.Pointer }) {
			conflicts = append(conflicts, moved)
		}
	}
	return settled, conflicts
}

func lookup(value any, pointer string) any {
	is, _ := document.Lookup(value, pointer)
	return is
}

// gone answers the outermost object or list around a change that the page showed and that is not there any more.
func (b *Base) gone(whole any, pointer string) (Conflict, bool) {
	for end := 1; end < len(pointer); end++ {
		around := pointer[:end]
		if pointer[end] == '/' && (b.Objects[around] || b.Lists[around].Total > 0) && lookup(whole, around) == nil {
			return Conflict{around, b.item(around), nil}, true
		}
	}
	return Conflict{}, false
}

// moved answers the item around a change that is not the one that the page showed there.
func (s *Schema) moved(b *Base, whole any, change Change) (Conflict, bool) {
	for at, list := range b.Lists {
		rest, isBelow := strings.CutPrefix(change.Pointer, at+"/")
		index, _, _ := strings.Cut(rest, "/")
		i, err := strconv.Atoi(index)
		k := slices.Index(list.Shown, i)
		if !isBelow || err != nil || k < 0 {
			continue
		}
		pointer := fmt.Sprintf("%s/%d", at, i)
		is := lookup(whole, pointer)
		_, isLeaf := b.Leaves[pointer]
		removes := change.Digest != "" && change.Pointer == pointer && !isLeaf // with what the page did not show
		if Digest(is) != list.Digests[k] && (removes || !s.sameItem(b, whole, at, k)) {
			return Conflict{pointer, b.item(pointer), is}, true
		}
	}
	return Conflict{}, false
}

// item is an item of a list as the page showed it; nil for one without values. Values that are deeper have the way to them as their names.
func (b *Base) item(pointer string) any {
	fields := map[string]any{}
	for leaf, was := range b.Leaves {
		if name, isBelow := strings.CutPrefix(leaf, pointer+"/"); isBelow {
			fields[name] = was
		}
	}
	if len(fields) == 0 {
		return b.Leaves[pointer]
	}
	return fields
}

// sameItem reports whether an item that was changed is the one that the page showed: by its id or its name, by its place where it has
// neither, or as one of texts, which changes compare themselves.
func (s *Schema) sameItem(b *Base, whole any, at string, k int) bool {
	pointer := fmt.Sprintf("%s/%d", at, b.Lists[at].Shown[k])
	is := lookup(whole, pointer)
	fields, isObject := is.(map[string]any)
	if !isObject {
		_, wasLeaf := b.Leaves[pointer]
		return wasLeaf && is != nil
	}
	v := s.section(b.Section)
	parts, _ := document.Split(pointer)
	for _, part := range parts[1:] {
		v = s.below(v, part)
	}
	for _, name := range v.Properties.Names {
		if field := s.field(v, name); field.raw["x-id"] != nil || name == "id" || name == "name" {
			was, wasShown := b.Leaves[pointer+document.Pointer(name)]
			return wasShown && reflect.DeepEqual(was, fields[name])
		}
	}
	return b.inPlace(whole, at, k)
}

// inPlace reports whether an item without a name was changed where it is: its list is as long as it was, the other items that the page
// showed are the same, and so is the greater part of its own values.
func (b *Base) inPlace(whole any, at string, k int) bool {
	list := b.Lists[at]
	items, _ := lookup(whole, at).([]any)
	if len(items) != list.Total {
		return false
	}
	for other, i := range list.Shown {
		if other != k && Digest(items[i]) != list.Digests[other] {
			return false
		}
	}
	alike, unlike := 0, 0
	pointer := fmt.Sprintf("%s/%d", at, list.Shown[k])
	for leaf, was := range b.Leaves {
		switch {
		case !strings.HasPrefix(leaf, pointer+"/"):
		case reflect.DeepEqual(was, lookup(whole, leaf)):
			alike++
		default:
			unlike++
		}
	}
	return alike > unlike
}

// Apply answers a section as it would be with the changes, and what is no longer as the page showed it. The value stays as it is.
func Apply(section string, value any, changes []Change) (any, []Conflict) {
	var whole any = map[string]any{}
	if value != nil {
		whole = map[string]any{section: document.Clone(value)}
	}
	var conflicts []Conflict
	for _, change := range changes {
		is, isThere := document.Lookup(whole, change.Pointer)
		if change.conflicts(is, isThere) {
			conflicts = append(conflicts, Conflict{change.Pointer, change.Was, is})
		}
		if applied, could := document.Apply(whole, document.Change{Pointer: change.Pointer, Value: change.Value, Remove: change.Remove}); could {
			whole = applied
		}
	}
	return lookup(whole, document.Pointer(section)), conflicts
}

// conflicts reports whether a value is not what the page showed.
func (c Change) conflicts(is any, isThere bool) bool {
	switch {
	case c.Digest != "":
		return !isThere || Digest(is) != c.Digest
	case c.Was == nil:
		return isThere
	}
	return !isThere || !reflect.DeepEqual(is, c.Was)
}

// Shown is a value as a message has it; empty for none.
func Shown(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// Suggestion is an object that a field can name.
type Suggestion struct{ Value, Label string }

// Suggest lists the objects of some kinds that the evidence has and that have a text in their id or name: at most so many, sorted.
func (s *Schema) Suggest(evidence map[string]any, kinds []string, finds string, most int) []Suggestion {
	finds = strings.ToLower(finds)
	seen := map[string]bool{}
	var all []Suggestion
	add := func(value, label string) {
		fits := strings.Contains(strings.ToLower(value), finds) || strings.Contains(strings.ToLower(label), finds)
		if value != "" && fits && !seen[value] {
			seen[value] = true
			all = append(all, Suggestion{value, label})
		}
	}
	for _, section := range s.Sections() {
		s.objects(s.section(section), evidence[section], kinds, add)
	}
	slices.SortFunc(all, func(x, y Suggestion) int { return strings.Compare(x.Value, y.Value) })
	return all[:min(most, len(all))]
}

// objects visits the objects of some kinds at or below a value.
func (s *Schema) objects(v shape, value any, kinds []string, visit func(id, label string)) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			s.objects(s.items(v), item, kinds, visit)
		}
	case map[string]any:
		label, _ := value["name"].(string)
		if label == "" {
			label, _ = value["title"].(string)
		}
		hasID := false
		for _, keyword := range []string{"x-id", "x-alias"} {
			for _, name := range v.Properties.Names {
				field := s.field(v, name)
				kind, _ := field.raw[keyword].(string)
				if hasID && keyword == "x-alias" || !slices.Contains(kinds, kind) {
					continue
				}
				hasID = hasID || keyword == "x-id"
				for _, id := range append(texts(value[name]), leafOf(value[name])) {
					visit(id, label)
				}
			}
		}
		for name, below := range value {
			if field := s.field(v, name); field.Form != nil {
				s.objects(field, below, kinds, visit)
			}
		}
	}
}

func leafOf(value any) string {
	text, _ := value.(string)
	return text
}
