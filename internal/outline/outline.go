// Package outline reads texts of YAML that may be broken or half typed. It says where each field, item and value stands, as far as that
// is plain from the lines and their indentation. Of anything else it says that it does not know. Package document is the reader whose
// word counts; this one helps people who write.
package outline

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
)

// Kind says what a value is.
type Kind uint8

const (
	Unknown Kind = iota // nothing is said of it
	Empty               // no value stands there
	Scalar
	Mapping
	List
)

// Style says how a scalar is written.
type Style uint8

const (
	Plain Style = iota
	SingleQuoted
	DoubleQuoted
	Folded // a block scalar, literal or folded
)

// ID is the number of a field or an item: those of one text are numbered in the order in which they begin.
type ID int32

// Top is the whole document. None is no field and no item.
const (
	Top  ID = 0
	None ID = -1
)

// node is a field or an item with its value.
type node struct {
	parent, next, first, last ID
	index                     int32 // among the fields or items beside it
	opens                     int32 // where the key, the dash or the item of a flow begins
	keyEnd                    int32 // where the key ends; opens for an item
	start, end                int32 // the value; alike for none
	indent                    int32 // of the fields or items in a block; -1 in a flow
	kind                      Kind
	style                     Style
	flow                      bool // a collection in brackets
	open                      bool // its bracket or its quotation mark is not closed
	bare                      bool // a key without a colon
}

// Outline is what stands in a text.
type Outline struct {
	text   string
	lines  []int32 // where each begins
	nodes  []node
	strays []stray // in their order
}

// stray is a line, or the rest of it, that is no field and no item.
type stray struct {
	start, end int32
	around     ID // the mapping or list at whose indentation it stands; None for none
}

// mostBytes is how long a text may be; nothing is said of a longer one. Documents are far shorter.
const mostBytes = 1 << 30

func Of(text []byte) *Outline {
	if len(text) > mostBytes {
		text = nil
	}
	o := &Outline{text: string(text)}
	o.lines = append(o.lines, 0)
	for i := range len(o.text) {
		if o.text[i] == '\n' {
			o.lines = append(o.lines, int32(i+1))
		}
	}
	p := parser{Outline: o}
	p.read()
	return o
}

func (o *Outline) Text() string { return o.text }

// Kind says what the value of a field or an item is.
func (o *Outline) Kind(id ID) Kind { return o.nodes[id].kind }

// Style says how a scalar is written.
func (o *Outline) Style(id ID) Style { return o.nodes[id].style }

// Flow reports whether a collection is in brackets.
func (o *Outline) Flow(id ID) bool { return o.nodes[id].flow }

// Indent is how far the fields or items of a block are indented; -1 for a flow.
func (o *Outline) Indent(id ID) int { return int(o.nodes[id].indent) }

// Parent is the mapping or list that a field or an item is in; None for the top.
func (o *Outline) Parent(id ID) ID { return o.nodes[id].parent }

// First is the first field or item in a value; None for none.
func (o *Outline) First(id ID) ID { return o.nodes[id].first }

// Last is the last field or item in a value; None for none.
func (o *Outline) Last(id ID) ID { return o.nodes[id].last }

// Next is the field or item after another in the same value; None for none.
func (o *Outline) Next(id ID) ID { return o.nodes[id].next }

// Opens is where a field or an item begins: at its key, its dash, or at the value.
func (o *Outline) Opens(id ID) int { return int(o.nodes[id].opens) }

// Index is the number of a field or an item among those beside it, from 0.
func (o *Outline) Index(id ID) int { return int(o.nodes[id].index) }

// IsField reports whether it is a field of a mapping.
func (o *Outline) IsField(id ID) bool {
	n := &o.nodes[id]
	return n.parent != None && o.nodes[n.parent].kind == Mapping
}

// KeySpan is where the key of a field stands.
func (o *Outline) KeySpan(id ID) (start, end int) {
	return int(o.nodes[id].opens), int(o.nodes[id].keyEnd)
}

// ValueSpan is where a value stands; alike for none.
func (o *Outline) ValueSpan(id ID) (start, end int) {
	return int(o.nodes[id].start), int(o.nodes[id].end)
}

// End is where a field or an item ends.
func (o *Outline) End(id ID) int { return max(int(o.nodes[id].end), int(o.nodes[id].keyEnd)) }

// Closed reports whether the brackets or quotation marks of a value are closed; true where it has none.
func (o *Outline) Closed(id ID) bool { return !o.nodes[id].open }

// Key is the name of a field.
func (o *Outline) Key(id ID) string {
	n := &o.nodes[id]
	raw := o.text[n.opens:n.keyEnd]
	if raw == "" || raw[0] != '"' && raw[0] != '\'' {
		return raw
	}
	style := DoubleQuoted
	if raw[0] == '\'' {
		style = SingleQuoted
	}
	name, ok := unquote(raw, style)
	if !ok {
		return raw
	}
	return name
}

// Scalar is the text of a scalar; false for other values, and where it is not known.
func (o *Outline) Scalar(id ID) (string, bool) {
	n := &o.nodes[id]
	if n.kind != Scalar || n.style == Folded || n.open {
		return "", false
	}
	raw := o.text[n.start:n.end]
	if n.style == Plain {
		return fold(raw), true
	}
	return unquote(raw, n.style)
}

// Value is a value as the reader of documents has it, as far as it is known: map[string]any, []any, string, json.Number, bool and nil. Of
// two fields of one name it has the first.
func (o *Outline) Value(id ID) any {
	n := &o.nodes[id]
	switch n.kind {
	case Mapping:
		fields := map[string]any{}
		for below := n.first; below != None; below = o.nodes[below].next {
			if name := o.Key(below); !has(fields, name) {
				fields[name] = o.Value(below)
			}
		}
		return fields
	case List:
		items := []any{}
		for below := n.first; below != None; below = o.nodes[below].next {
			items = append(items, o.Value(below))
		}
		return items
	case Scalar:
		text, ok := o.Scalar(id)
		switch {
		case !ok:
			return nil
		case n.style != Plain:
			return text
		}
		value, _ := document.Plain(text)
		return value
	}
	return nil
}

func has(fields map[string]any, name string) bool {
	_, has := fields[name]
	return has
}

// Pointer is the JSON pointer of a field or an item.
func (o *Outline) Pointer(id ID) string { return document.Pointer(o.Path(id)...) }

// Path is the keys and indexes that lead to a field or an item.
func (o *Outline) Path(id ID) []string {
	depth := 0
	for at := id; at != Top; at = o.nodes[at].parent {
		depth++
	}
	path := make([]string, depth)
	for at := id; at != Top; at = o.nodes[at].parent {
		depth--
		if o.IsField(at) {
			path[depth] = o.Key(at)
		} else {
			path[depth] = strconv.Itoa(int(o.nodes[at].index))
		}
	}
	return path
}

// Child is a field by its name, or an item by its index; None for none.
func (o *Outline) Child(id ID, part string) ID {
	n := &o.nodes[id]
	for below := n.first; below != None; below = o.nodes[below].next {
		if n.kind == Mapping && o.Key(below) == part || n.kind == List && strconv.Itoa(int(o.nodes[below].index)) == part {
			return below
		}
	}
	return None
}

// Find answers what a JSON pointer stands for, or else the nearest part above that is there, and whether it is all there.
func (o *Outline) Find(pointer string) (ID, bool) {
	parts, err := document.Split(pointer)
	if err != nil {
		return Top, false
	}
	at := Top
	for _, part := range parts {
		below := o.Child(at, part)
		if below == None {
			return at, false
		}
		at = below
	}
	return at, true
}

// Len is how many fields and items there are, the top included. They have the numbers below it.
func (o *Outline) Len() int { return len(o.nodes) }

// start of the text proper, behind a byte order mark.
func (o *Outline) begin() int {
	if strings.HasPrefix(o.text, byteOrderMark) {
		return len(byteOrderMark)
	}
	return 0
}

const byteOrderMark = "\uFEFF"

// Line is the number of the line, from 0, that an offset is in.
func (o *Outline) Line(offset int) int {
	return sort.Search(len(o.lines), func(i int) bool { return int(o.lines[i]) > offset }) - 1
}

// LineSpan is where a line, from 0, begins and ends, without its line feed.
func (o *Outline) LineSpan(line int) (start, end int) {
	start, end = int(o.lines[line]), len(o.text)
	if line+1 < len(o.lines) {
		end = int(o.lines[line+1]) - 1
	}
	if line == 0 {
		start = o.begin()
	}
	if end > start && o.text[end-1] == '\r' {
		end--
	}
	return start, max(start, end)
}

// Position is where an offset is, as people count.
func (o *Outline) Position(offset int) document.Position {
	offset = min(max(offset, o.begin()), len(o.text))
	line := o.Line(offset)
	start, _ := o.LineSpan(line)
	return document.Position{Line: line + 1, Column: utf8.RuneCountInString(o.text[min(start, offset):offset]) + 1}
}

// Offset is where a position is in the text. What is behind the end of a line is its end.
func (o *Outline) Offset(at document.Position) int {
	line := min(max(at.Line, 1), len(o.lines)) - 1
	start, end := o.LineSpan(line)
	switch {
	case at.Line > len(o.lines):
		return end
	case at.Line < 1:
		return start
	}
	for column := 1; column < at.Column && start < end; column++ {
		_, size := utf8.DecodeRuneInString(o.text[start:end])
		start += size
	}
	return start
}
