package form

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
)

// Change is what a person changed of a section.
type Change struct {
	Pointer string
	Value   any    // of the evidence: texts, json.Number, booleans, lists and objects; nil where it is removed
	Remove  bool   // what is there
	Was     any    // the value that the page showed; nil where there was none
	Digest  string // of the item that is removed from a list, as the page showed it
	List    string // that a new item is added to; empty for all else
}

// reading reads what was typed.
type reading struct {
	*Schema
	base    *Base
	typed   url.Values
	changes []Change
	removed []Change
	errs    map[string]string
}

// Read answers what was changed, and what is wrong with it by pointer. Fields that a page does not show stay as they are. First come
// the changes of values, then new items, and last the items to remove, those at the end of a list first: the pointers are right in
// this order.
func (s *Schema) Read(b *Base, typed url.Values) ([]Change, map[string]string) {
	r := &reading{Schema: s, base: b, typed: typed, errs: map[string]string{}}
	pointer := document.Pointer(b.Section)
	if value, isNew := r.value(s.section(b.Section), pointer); isNew {
		r.changes = append(r.changes, Change{Pointer: pointer, Value: value})
	}
	slices.SortStableFunc(r.removed, func(x, y Change) int { return comparePointers(y.Pointer, x.Pointer) })
	return append(r.changes, r.removed...), r.errs
}

// comparePointers puts the items of lists into their order.
func comparePointers(x, y string) int {
	a, b := strings.Split(x, "/"), strings.Split(y, "/")
	for i := range min(len(a), len(b)) {
		m, wrong := strconv.Atoi(a[i])
		n, alsoWrong := strconv.Atoi(b[i])
		order := strings.Compare(a[i], b[i])
		if wrong == nil && alsoWrong == nil {
			order = m - n
		}
		if order != 0 {
			return order
		}
	}
	return len(a) - len(b)
}

// value reads a value and what is below it. It answers it where there was none: then what it is in has to take it up. What there was
// is changed by itself.
func (r *reading) value(v shape, pointer string) (value any, isNew bool) {
	switch r.kind(v) {
	case Artifact:
		if slices.Contains(r.typed[removeField], pointer) && r.base.has(pointer) {
			r.changes = append(r.changes, Change{Pointer: pointer, Remove: true, Was: r.base.Leaves[pointer]})
		}
		return nil, false
	case Object:
		return r.object(v, pointer)
	case List:
		return r.list(v, pointer)
	default:
		return r.leaf(v, pointer)
	}
}

func (r *reading) object(v shape, pointer string) (any, bool) {
	fields := map[string]any{}
	isThere := r.base.has(pointer)
	for _, name := range v.Properties.Names {
		below := r.field(v, name)
		at := pointer + document.Pointer(name)
		if below.WrittenBy != "" || r.base.Without[at] {
			continue
		}
		value, isNew := r.value(below, at)
		switch {
		case !isNew:
		case isThere:
			r.changes = append(r.changes, Change{Pointer: at, Value: value})
		default:
			fields[name] = value
		}
	}
	return fields, !isThere && len(fields) > 0
}

func (r *reading) list(v shape, pointer string) (any, bool) {
	list, isThere := r.base.Lists[pointer]
	items := r.items(v)
	scalar := r.kind(items) != Object
	for k, i := range list.Shown {
		at := fmt.Sprintf("%s/%d", pointer, i)
		emptied := scalar && r.wasTyped(at) && r.textOf(at) == ""
		if emptied || slices.Contains(r.typed[removeField], at) {
			r.removed = append(r.removed, Change{Pointer: at, Remove: true, Was: r.base.Leaves[at], Digest: list.Digests[k]})
			continue
		}
		if value, isNew := r.value(items, at); isNew {
			r.changes = append(r.changes, Change{Pointer: at, Value: value})
		}
	}
	var added []any
	for i := range addedTo(r.typed, pointer) {
		at := fmt.Sprintf("%s/%d", pointer, list.Total+i)
		if value, isNew := r.value(items, at); isNew && !slices.Contains(r.typed[removeField], at) {
			added = append(added, value)
		}
	}
	isEmpty := r.typed.Get(noneField+pointer) != ""
	switch {
	case !isThere && len(added) > 0:
		return added, true
	case !isThere && isEmpty:
		return []any{}, true
	case isThere && list.Total == 0 && !isEmpty && len(added) == 0 && r.typed.Get(addedField+pointer) != "":
		r.changes = append(r.changes, Change{Pointer: pointer, Remove: true, Was: []any{}})
	}
	for i, value := range added {
		r.changes = append(r.changes, Change{Pointer: fmt.Sprintf("%s/%d", pointer, list.Total+i), Value: value, List: pointer})
	}
	return nil, false
}

// addedTo is how many items a form has that the evidence has not.
func addedTo(typed url.Values, pointer string) int {
	count, err := strconv.Atoi(typed.Get(addedField + pointer))
	if err != nil || count < 0 {
		count = 0
	}
	if slices.Contains(typed[addField], pointer) {
		count++
	}
	return min(count, largestAdded)
}

func (r *reading) wasTyped(pointer string) bool {
	_, wasTyped := r.typed[valueField+pointer]
	return wasTyped
}

// textOf is what was typed, without space around it.
func (r *reading) textOf(pointer string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.typed.Get(valueField+pointer), "\r\n", "\n"))
}

// leaf reads a single value.
func (r *reading) leaf(v shape, pointer string) (any, bool) {
	kind := r.kind(v)
	before, isThere := r.base.Leaves[pointer]
	if kind == Choices {
		return r.choices(pointer, before, isThere)
	}
	text := r.textOf(pointer)
	switch {
	case !r.wasTyped(pointer), isThere && text == strings.TrimSpace(leafText(before)):
		return nil, false
	case text == "" && isThere:
		r.changes = append(r.changes, Change{Pointer: pointer, Remove: true, Was: before})
		return nil, false
	case text == "":
		return nil, false
	}
	value, problem := parse(v, kind, text)
	if problem != "" {
		r.errs[pointer] = r.Language.Text(problem)
		return nil, false
	}
	if isThere {
		r.changes = append(r.changes, Change{Pointer: pointer, Value: value, Was: before})
		return nil, false
	}
	return value, true
}

// choices reads several of a few words.
func (r *reading) choices(pointer string, before any, isThere bool) (any, bool) {
	chosen := r.typed[valueField+pointer+several]
	stated := r.typed.Get(statedField+pointer) != "" || len(chosen) > 0
	value := []any{}
	for _, word := range chosen {
		value = append(value, word)
	}
	switch {
	case r.typed.Get(addedField+pointer) == "": // the page does not show it
	case stated && !isThere:
		return value, true
	case stated && !sameWords(texts(before), chosen):
		r.changes = append(r.changes, Change{Pointer: pointer, Value: value, Was: before})
	case !stated && isThere:
		r.changes = append(r.changes, Change{Pointer: pointer, Remove: true, Was: before})
	}
	return nil, false
}

// sameWords compares without the order.
func sameWords(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// parse turns a text into a value, or says what is expected.
func parse(v shape, kind Kind, text string) (value any, problem string) {
	switch kind {
	case Boolean:
		if text != "true" && text != "false" {
			return nil, "Choose yes or no."
		}
		return text == "true", ""
	case Integer, Number:
		return number(v, kind, text)
	case Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, "A date is expected, such as 2026-01-31."
		}
	case Instant:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return nil, "A time is expected, such as 2026-01-31T09:00:00Z: date, time and time zone (Z for UTC)."
		}
	case Choice:
		if !slices.Contains(v.Enum, text) {
			return nil, "Choose one of: " + strings.Join(v.Enum, ", ") + "."
		}
	default:
		if hidden := document.Hidden(strings.ReplaceAll(text, "\n", "")); hidden != "" {
			return nil, fmt.Sprintf("The text has a %s, which is not seen: type the text again.", hidden)
		}
		if !utf8.ValidString(text) {
			return nil, "The text has bytes that are no characters: type the text again."
		}
	}
	return text, ""
}

// exactly is up to where whole numbers are told apart.
const exactly = 1 << 53

func number(v shape, kind Kind, text string) (any, string) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !json.Valid([]byte(text)) {
		return nil, "A number is expected, such as 12."
	}
	if kind == Integer && value != math.Trunc(value) {
		return nil, "A whole number is expected."
	}
	if math.Abs(value) >= exactly {
		return nil, "The number is too large."
	}
	for _, limit := range []struct {
		keyword, words string
		meets          func(bound float64) bool
	}{
		{"minimum", "at least", func(bound float64) bool { return value >= bound }},
		{"exclusiveMinimum", "more than", func(bound float64) bool { return value > bound }},
		{"maximum", "at most", func(bound float64) bool { return value <= bound }},
	} {
		if bound, limited := v.raw[limit.keyword].(float64); limited && !limit.meets(bound) {
			return nil, fmt.Sprintf("A number of %s %s is expected.", limit.words, v.limit(limit.keyword))
		}
	}
	return json.Number(text), ""
}
