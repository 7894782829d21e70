package form

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// PageSize is how many items of a list a page shows.
const PageSize = 20

// Window says which items of lists are shown: the first ones of each list, unless told otherwise.
type Window struct {
	At   string // a pointer: of each list on the way, the items around it are shown
	List string // pointer to the list that Find is for
	Find string // a text that the items to show have; empty for any
}

// Base is a section as a page shows it. The page hands it back with what was typed, so that a change on disk since is noticed.
type Base struct {
	Section string `json:"section"`
	// Leaves are the values that are shown, by pointer.
	Leaves map[string]any `json:"leaves"`
	// Objects are the objects that there are, and Lists the lists.
	Objects map[string]bool      `json:"objects"`
	Lists   map[string]shownList `json:"lists"`
	Window  Window               `json:"window"`
	// Without are fields that the form leaves out, by pointer: those that files say differently.
	Without map[string]bool `json:"without,omitempty"`
}

// shownList is a list, and which of its items are shown.
type shownList struct {
	Total   int      `json:"total"`
	Matches int      `json:"matches"` // items that have the text that is looked for
	Shown   []int    `json:"shown"`
	Digests []string `json:"digests"` // of the items that are shown
}

// Snapshot is the part of a section that a window shows, without the fields at some pointers. A section that is absent has no value.
func (s *Schema) Snapshot(section string, value any, window Window, without ...string) *Base {
	b := &Base{Section: section, Leaves: map[string]any{}, Objects: map[string]bool{}, Lists: map[string]shownList{}, Window: window, Without: map[string]bool{}}
	for _, pointer := range without {
		b.Without[pointer] = true
	}
	if value != nil {
		b.add(s, s.section(section), document.Pointer(section), value)
	}
	return b
}

// add takes up a value and what is below it.
func (b *Base) add(s *Schema, v shape, pointer string, value any) {
	switch s.kind(v) {
	case Object:
		fields, isObject := value.(map[string]any)
		if !isObject {
			return
		}
		b.Objects[pointer] = true
		for name, below := range fields {
			if field := s.field(v, name); field.Form != nil && field.WrittenBy == "" {
				b.add(s, field, pointer+document.Pointer(name), below)
			}
		}
	case List:
		items, isList := value.([]any)
		if !isList {
			return
		}
		list := b.window(pointer, items)
		for _, i := range list.Shown {
			list.Digests = append(list.Digests, Digest(items[i]))
			b.add(s, s.items(v), fmt.Sprintf("%s/%d", pointer, i), items[i])
		}
		b.Lists[pointer] = list
	default:
		b.Leaves[pointer] = value
	}
}

// window chooses the items of a list that are shown.
func (b *Base) window(pointer string, items []any) shownList {
	list := shownList{Total: len(items), Shown: []int{}}
	finds := ""
	if pointer == b.Window.List {
		finds = strings.ToLower(b.Window.Find)
	}
	var matches []int
	for i, item := range items {
		if finds == "" || strings.Contains(strings.ToLower(textOf(item)), finds) {
			matches = append(matches, i)
		}
	}
	list.Matches = len(matches)
	from := 0
	if rest, isBelow := strings.CutPrefix(b.Window.At, pointer+"/"); isBelow {
		index, _, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(index); err == nil {
			if at, _ := slices.BinarySearch(matches, n); at < len(matches) {
				from = at / PageSize * PageSize
			}
		}
	}
	if from < len(matches) {
		list.Shown = append(list.Shown, matches[from:min(from+PageSize, len(matches))]...)
	}
	return list
}

// Digest tells values apart.
func Digest(value any) string {
	content, err := json.Marshal(value)
	if err != nil {
		return "" // what was read of a file can be encoded
	}
	const enough = 16
	return safefile.Sum(content)[:enough]
}

// textOf is all texts of a value, to look for one.
func textOf(value any) string {
	switch value := value.(type) {
	case map[string]any:
		var all []string
		for _, below := range value {
			all = append(all, textOf(below))
		}
		return strings.Join(all, "\n")
	case []any:
		var all []string
		for _, below := range value {
			all = append(all, textOf(below))
		}
		return strings.Join(all, "\n")
	case nil:
		return ""
	default:
		return fmt.Sprint(value)
	}
}

// Text is the base as a field of the page.
func (b *Base) Text() string {
	text, err := json.Marshal(b)
	if err != nil {
		panic(err) // it consists of what was read
	}
	return string(text)
}

// ReadBase reads what a page hands back.
func (s *Schema) ReadBase(section, text string) (*Base, error) {
	var b Base
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&b); err != nil || b.Section != section || b.Leaves == nil || b.Objects == nil || b.Lists == nil {
		return nil, fmt.Errorf("the form does not say what it was made of: load the page again")
	}
	for _, list := range b.Lists {
		if list.Total < 0 || len(list.Shown) > PageSize || len(list.Digests) != len(list.Shown) {
			return nil, fmt.Errorf("the form does not say what it was made of: load the page again")
		}
	}
	return &b, nil
}

// has reports whether there is a value at a pointer.
func (b *Base) has(pointer string) bool {
	_, isLeaf := b.Leaves[pointer]
	_, isList := b.Lists[pointer]
	return isLeaf || isList || b.Objects[pointer]
}

// Rebase takes values as they are on disk now for what the page showed: what is saved next goes over them knowingly.
func (b *Base) Rebase(conflicts []Conflict) {
	for _, c := range conflicts {
		_, wasLeaf := b.Leaves[c.Pointer]
		switch {
		case c.Is == nil:
			delete(b.Leaves, c.Pointer)
		case wasLeaf || c.Was == nil:
			b.Leaves[c.Pointer] = c.Is
		}
	}
}
