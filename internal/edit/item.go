package edit

import (
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/internal/document"
)

// relocate is a pointer into the section whose innermost item of a list is the one that the person saw, wherever that is by now.
func (w *work) relocate(c Change, parts []string, s *section) ([]string, error) {
	at := -1 // of the index
	value := any(map[string]any{s.name: s.whole()})
	var list []any
	for i, part := range parts {
		if items, isList := value.([]any); isList && part != "-" {
			at, list = i, items
		}
		value = lookup(value, document.Pointer(part))
	}
	if at < 0 {
		return parts, nil
	}
	seen := document.Pointer(parts[:at+1]...)
	if moved, isMoved := w.items[seen]; isMoved {
		return append(slices.Clone(parts[:at]), slices.Concat([]string{moved}, parts[at+1:])...), nil
	}
	index, err := strconv.Atoi(parts[at])
	if err != nil {
		return parts, nil //nolint:nilerr // whoever looks it up says so
	}
	position := w.find(list, index, c.Item, parts[:at])
	if position < 0 {
		at, err := s.locate(parts)
		if err != nil {
			return nil, err
		}
		is := Absent
		if index < len(list) {
			is = list[index]
		}
		return nil, &ConflictError{Pointer: seen, Was: c.Item, Is: is, Place: at.file.document.Location(document.Pointer(at.parts...))}
	}
	moved := slices.Clone(parts)
	moved[at] = strconv.Itoa(position)
	w.items[seen] = moved[at]
	return moved, nil
}

// find is the index of an item of a list: at its index, or the only one that is the same, or the only one of that name; -1 for none.
func (w *work) find(list []any, index int, item any, at []string) int {
	if index < len(list) && equal(list[index], item) {
		return index
	}
	if same := only(list, func(other any) bool { return equal(other, item) }); same >= 0 {
		return same
	}
	name := ""
	if form := w.Form.At(at); form != nil && form.Items != nil {
		if fields := w.Form.Resolve(form.Items).Properties.Names; len(fields) > 0 {
			name = document.Pointer(fields[0])
		}
	}
	of := lookup(item, name)
	if name == "" || of == Absent {
		return -1
	}
	return only(list, func(other any) bool { return equal(lookup(other, name), of) })
}

// only is the index of the only item for which something holds; -1 where there is none, or more.
func only(list []any, holds func(any) bool) int {
	index := slices.IndexFunc(list, holds)
	if index < 0 || slices.ContainsFunc(list[index+1:], holds) {
		return -1
	}
	return index
}
