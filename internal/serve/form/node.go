package form

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/document"
)

// Kind says how a value is typed in.
type Kind string

// The kinds of values.
const (
	Text     Kind = "text"
	Integer  Kind = "integer"
	Number   Kind = "number"
	Boolean  Kind = "boolean"
	Date     Kind = "date"
	Instant  Kind = "instant"
	Choice   Kind = "choice"
	Choices  Kind = "choices" // several of a few words
	Object   Kind = "object"
	List     Kind = "list"
	Artifact Kind = "artifact" // a file, which is attached and not typed
)

// What the fields of a posted form are named, before the pointer of what they are about.
const (
	valueField   = "v:"
	noneField    = "none:"    // a list that is stated to be empty
	statedField  = "stated:"  // choices: the list is in the evidence, even if none of them is chosen
	removeField  = "remove[]" // pointers
	addedField   = "added:"   // how many items were added to a list
	addField     = "add"      // the list that gets another one
	several      = "[]"       // behind the name of a field that has several values
	largestAdded = 100
)

// Node is a field of a form with what is below it.
type Node struct {
	Pointer string
	Pattern string // with * for the items of lists
	Name    string
	Label   string
	Help    string
	Kind    Kind
	Value   string
	Options []Option
	Stated  bool     // it is in the evidence
	Refers  []string // kinds of objects that it names
	Min     string
	Max     string
	Error   string
	Fields  []*Node
	// Of a list: the items that are shown, of how many, and where the pages before and after begin; negative for none.
	Items        []*Node
	Total        int
	Matches      int
	Before       int
	After        int
	Added        int
	None         bool // it is stated to be empty
	Find         string
	Removed      bool // an item that is to be removed
	New          bool
	Scalar       bool // an item of a list that is no object
	Index        int  // of an item
	Description  string
	RequiredHere bool
}

// Option is a word to choose.
type Option struct {
	Value  string
	Chosen bool
}

// ID is what the field's element is named.
func (n *Node) ID() string { return ID(n.Pointer) }

// ID is what the element of a pointer is named.
func ID(pointer string) string { return "f" + strings.ReplaceAll(pointer, "/", "-") }

// Input is what the field is named in a posted form.
func (n *Node) Input() string { return valueField + n.Pointer }

// mostRows is how many lines of a text a field shows at once.
const mostRows = 20

// Rows is how many lines the field of a text of several lines has; 0 for a text of one line. Browsers take line ends out of fields of
// one line, which would change the text without a word.
func (n *Node) Rows() int {
	ends := strings.Count(strings.ReplaceAll(n.Value, "\r\n", "\n"), "\n")
	if ends == 0 {
		return 0
	}
	return min(ends+1, mostRows)
}

// NoneInput, StatedInput and AddedInput are the names of the fields that go with a list.
func (n *Node) NoneInput() string { return noneField + n.Pointer }

// StatedInput says that choices are stated.
func (n *Node) StatedInput() string { return statedField + n.Pointer }

// AddedInput says how many items were added.
func (n *Node) AddedInput() string { return addedField + n.Pointer }

// Holder is the pointer to what an artifact shows.
func (n *Node) Holder() string { return strings.TrimSuffix(n.Pointer, "/artifact") }

// Build makes the form of a base. typed is what was posted, nil for nothing; errs are what is wrong with it, by pointer.
func (s *Schema) Build(b *Base, typed url.Values, errs map[string]string) *Node {
	builder := builder{s, b, typed, errs}
	return builder.node(s.section(b.Section), document.Pointer(b.Section), b.Section)
}

type builder struct {
	*Schema
	base  *Base
	typed url.Values
	errs  map[string]string
}

func (f builder) node(v shape, pointer, name string) *Node {
	n := &Node{
		Pointer: pointer, Pattern: document.Pattern(pointer), Name: name, Label: f.Label(name), Kind: f.kind(v), Error: f.errs[pointer],
		Stated: f.base.has(pointer), Refers: v.refersTo(), Min: v.limit("minimum"), Max: v.limit("maximum"), Before: -1, After: -1,
	}
	n.Help = f.Language.Meaning(n.Pattern, v.Description)
	switch n.Kind {
	case Object:
		for _, field := range v.Properties.Names {
			below := f.field(v, field)
			if below.WrittenBy != "" || f.base.Without[pointer+document.Pointer(field)] {
				continue
			}
			child := f.node(below, pointer+document.Pointer(field), field)
			child.RequiredHere = slices.Contains(v.Required, field)
			n.Fields = append(n.Fields, child)
		}
	case List:
		f.list(n, v)
	case Choices, Choice, Boolean:
		f.options(n, v)
	default:
		n.Value = f.text(pointer)
		if n.Kind == Artifact {
			n.Value = artifactPath(f.base.Leaves[pointer])
		}
	}
	return n
}

// text is what a field shows: what was typed, or the value.
func (f builder) text(pointer string) string {
	if typed, wasTyped := f.typed[valueField+pointer]; wasTyped {
		return typed[0]
	}
	return leafText(f.base.Leaves[pointer])
}

// leafText is how a value is typed.
func leafText(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return fmt.Sprint(value)
	}
}

func artifactPath(value any) string {
	fields, _ := value.(map[string]any)
	path, _ := fields["path"].(string)
	return path
}

// options are the words to choose from, with a value of the evidence that is none of them.
func (f builder) options(n *Node, v shape) {
	words := v.Enum
	chosen := []string{f.text(n.Pointer)}
	switch n.Kind {
	case Boolean:
		words = []string{"true", "false"}
	case Choices:
		words = f.items(v).Enum
		chosen = texts(f.base.Leaves[n.Pointer])
		if f.typed != nil {
			chosen = f.typed[valueField+n.Pointer+several]
			n.Stated = f.typed.Get(statedField+n.Pointer) != "" || len(chosen) > 0
		}
	default:
	}
	n.Value = strings.Join(chosen, ", ")
	for _, word := range words {
		n.Options = append(n.Options, Option{word, slices.Contains(chosen, word)})
	}
}

// texts are the items of a list of texts.
func texts(value any) []string {
	items, _ := value.([]any)
	var all []string
	for _, item := range items {
		all = append(all, leafText(item))
	}
	return all
}

// list fills in the items of a list: those that are shown, and those that were added to the form.
func (f builder) list(n *Node, v shape) {
	items := f.items(v)
	n.Scalar = f.kind(items) != Object
	list := f.base.Lists[n.Pointer]
	n.Total, n.Matches = list.Total, list.Matches
	if f.base.Window.List == n.Pointer {
		n.Find = f.base.Window.Find
	}
	n.Added = f.added(n.Pointer)
	if n.Scalar && n.Added == 0 && f.typed == nil {
		n.Added = 1
	}
	n.None = list.Total == 0 && n.Stated
	if f.typed != nil {
		n.None = f.typed.Get(noneField+n.Pointer) != ""
	}
	removed := f.typed[removeField]
	add := func(i int, isNew bool) {
		pointer := fmt.Sprintf("%s/%d", n.Pointer, i)
		item := f.node(items, pointer, fmt.Sprint(i+1))
		item.Index, item.New, item.Scalar, item.Removed = i, isNew, n.Scalar, slices.Contains(removed, pointer)
		item.Label = f.Label(n.Name) + " " + fmt.Sprint(i+1)
		item.Description = describe(item)
		n.Items = append(n.Items, item)
		if n.Scalar {
			item.Refers = v.refersTo()
		}
	}
	for _, i := range list.Shown {
		add(i, false)
	}
	for i := range n.Added {
		add(list.Total+i, true)
	}
	if len(list.Shown) > 0 {
		n.Before, n.After = pagesAround(f.base, n.Pointer, list)
	}
}

// pagesAround are the first items of the pages before and after; negative for none. A search shows its first page alone.
func pagesAround(b *Base, pointer string, list shownList) (before, after int) {
	before, after = -1, -1
	if b.Window.List == pointer && b.Window.Find != "" {
		return before, after
	}
	if first := list.Shown[0]; first > 0 {
		before = max(first-PageSize, 0)
	}
	if last := list.Shown[len(list.Shown)-1]; last+1 < list.Total {
		after = last + 1
	}
	return before, after
}

// added is how many items a form has that the evidence has not.
func (f builder) added(pointer string) int { return addedTo(f.typed, pointer) }

// describe names an item by the first texts that it has.
func describe(item *Node) string {
	for _, field := range item.Fields {
		switch field.Kind {
		case Text, Choice, Date:
			if field.Value != "" {
				return field.Value
			}
		default:
		}
	}
	return ""
}

// label is a name of the schema as people read it in English.
func label(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	for i, r := range text {
		return string(unicode.ToUpper(r)) + text[i+len(string(r)):]
	}
	return text
}

// All visits a node and those below it.
func (n *Node) All(visit func(*Node)) {
	visit(n)
	for _, below := range slices.Concat(n.Fields, n.Items) {
		below.All(visit)
	}
}

// Last is the index of the last item that is shown of those that the evidence has.
func (n *Node) Last() int {
	last := 0
	for _, item := range n.Items {
		if !item.New {
			last = item.Index
		}
	}
	return last
}
