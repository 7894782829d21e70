package merge

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Comparison is one fact that sources tell, beside what is written of it.
type Comparison struct {
	Named         string // pointer to it, with the identities of list items
	Name          string // the last step of it: a field, or an identity
	Written, Told Side
	Item          bool // the fact is that a list has an item; of an item on both sides, its fields are compared
	Equal         bool
	More          bool // what is written has names beside those that are told: equal, and not told whole
}

// Side is a fact as one side has it. Where it has none, its value is nil and the pointer leads to what would hold it.
type Side struct {
	Pointer string // with the indexes of list items
	Value   any
}

func (s Side) field(name string) Side {
	fields, _ := s.Value.(map[string]any)
	return Side{s.Pointer + "/" + name, fields[name]}
}

// items are the items of a list of objects by the text in a field.
func (s Side) items(field string) map[string]Side {
	list := items(s.Value)
	all := make(map[string]Side, len(list))
	for i, value := range list {
		text, _ := textOf(value, field)
		all[text] = Side{s.Pointer + "/" + strconv.Itoa(i), value}
	}
	return all
}

// Compare compares each fact that sources tell with what is written, in a fixed order. What is written and not told is seen for
// the items of lists alone: sources tell all items that there are, and some of their fields.
func (s Section) Compare(written map[string]any, collected any, visit func(Comparison)) {
	s.compare(s.top(), Side{"/" + s.Name, written}, Side{"", collected}, visit)
}

func (s Section) compare(at place, written, collected Side, visit func(Comparison)) {
	equal, more := false, false
	switch t := collected.Value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(t)) {
			if at.form.Properties.Forms[name] != nil {
				s.compare(s.field(at, name), written.field(name), collected.field(name), visit)
			}
		}
		return
	case []any:
		w := items(written.Value)
		if at.names && written.Value != nil { // people may know more names
			equal = len(union(w, t)) == len(w)
			more = equal && len(union(t, w)) > len(t)
		} else if s.compareItems(at, written, collected, visit) {
			return
		}
	}
	equal = equal || written.Value != nil && alike(at.form, written.Value, collected.Value)
	visit(Comparison{Named: at.pointer, Name: at.name, Written: written, Told: collected, Equal: equal, More: more})
}

// compareItems compares two lists whose items can be told apart; it reports whether they can.
func (s Section) compareItems(at place, written, collected Side, visit func(Comparison)) bool {
	field, _ := s.identity(at.form)
	writtenItems, wrong := indexed(items(written.Value), field)
	collectedItems, err := indexed(items(collected.Value), field)
	if field == "" || wrong != nil || err != nil {
		return false
	}
	a, b := written.items(field), collected.items(field)
	own := s.ownNames(at, collectedItems, writtenItems)
	for _, id := range slices.Sorted(maps.Keys(own)) {
		in, item := s.item(at, id), b[own[id]]
		if writtenItems[id] == nil {
			visit(Comparison{Named: in.pointer, Name: in.name, Written: Side{written.Pointer, nil}, Told: item, Item: true})
			continue
		}
		visit(Comparison{Named: in.pointer, Name: in.name, Written: a[id], Told: item, Item: true, Equal: true})
		item.Value = identified(collectedItems[own[id]], field, id)
		s.compare(in, a[id], item, visit)
	}
	for _, id := range slices.Sorted(maps.Keys(writtenItems)) {
		if _, isCollected := own[id]; !isCollected {
			visit(Comparison{Named: s.item(at, id).pointer, Name: id, Written: a[id], Told: Side{collected.Pointer, nil}, Item: true})
		}
	}
	return true
}

// Differences lists where what sources tell differs from what people wrote, one line each.
func (s Section) Differences(written map[string]any, collected any) []string {
	var all []string
	s.Compare(written, collected, func(c Comparison) {
		switch {
		case c.Equal:
		case c.Item && c.Written.Value == nil:
			all = append(all, c.Named+" is not written there")
		case c.Item:
			all = append(all, c.Named+" is written there, and no source has it")
		case c.Written.Value == nil:
			all = append(all, fmt.Sprintf("%s is %s", c.Named, shown(c.Told.Value)))
		default:
			all = append(all, fmt.Sprintf("%s is %s, and not %s", c.Named, shown(c.Told.Value), shown(c.Written.Value)))
		}
	})
	return all
}

// ToldApart says why the items of a list of the section cannot be told apart; nil where they can.
func (s Section) ToldApart(list string, items []any) error {
	if list == "" {
		return nil
	}
	at := s.field(s.top(), list)
	field, _ := s.identity(at.form)
	if field == "" {
		return fmt.Errorf("the items of %s have nothing that tells them apart", list)
	}
	_, err := indexed(items, field)
	return err
}
