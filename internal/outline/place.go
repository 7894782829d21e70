package outline

import (
	"sort"
	"strings"
)

// Where says what stands at a place.
type Where uint8

// What can stand at a place.
const (
	Nowhere Where = iota // a comment, or something that is not known
	InKey                // the key of a field
	InValue              // a scalar, or where the value of a field or an item would stand
	Between              // where a field or an item could begin, with what is typed of it
)

// Place is where something stands in a text.
type Place struct {
	Where Where
	Node  ID // the field or item; None between them
	// Around is the mapping or list that it is in; between fields the one that another would be in, which may still be empty.
	Around     ID
	Start, End int // what is typed of the word, alike where there is none
	// Indent is where a field or an item between others begins in its line; -1 in a flow.
	Indent int
}

// At says what stands at an offset.
func (o *Outline) At(offset int) Place {
	offset = min(max(offset, o.begin()), len(o.text))
	if place, ok := o.strayAt(offset); ok {
		return place
	}
	id := o.lastBefore(offset)
	start, end := o.LineSpan(o.Line(offset))
	if strings.TrimLeft(o.text[start:end], " \t") == "" {
		if around, inFlow := o.flowAround(id, offset); inFlow {
			return o.inFlowAt(around, offset)
		}
		return o.blank(id, offset, start)
	}
	if o.uncertain(id) {
		return nowhere(offset)
	}
	if place, ok := o.on(id, offset); ok {
		return place
	}
	if o.inComment(start, offset) {
		return nowhere(offset)
	}
	if around, inFlow := o.flowAround(id, offset); inFlow {
		return o.inFlowAt(around, offset)
	}
	if first := start + len(o.text[start:end]) - len(strings.TrimLeft(o.text[start:end], " ")); offset <= first && id != Top {
		return nowhere(offset)
	}
	return o.behind(id, offset)
}

// lastBefore is the field or item that begins last at an offset or before it.
func (o *Outline) lastBefore(offset int) ID {
	return ID(sort.Search(len(o.nodes), func(i int) bool { return i > 0 && int(o.nodes[i].opens) > offset }) - 1)
}

func nowhere(offset int) Place {
	return Place{Nowhere, None, None, offset, offset, -1}
}

// uncertain reports whether a field or item is in something that is not known.
func (o *Outline) uncertain(id ID) bool {
	for id = o.nodes[id].parent; id != None; id = o.nodes[id].parent {
		if o.nodes[id].kind == Unknown {
			return true
		}
	}
	return false
}

// strayAt is the place in a line that is neither field nor item.
func (o *Outline) strayAt(offset int) (Place, bool) {
	i := sort.Search(len(o.strays), func(i int) bool { return int(o.strays[i].end) >= offset })
	if i == len(o.strays) || int(o.strays[i].start) > offset {
		return Place{}, false
	}
	s := o.strays[i]
	word := o.text[s.start:s.end]
	if s.around == None || strings.ContainsAny(word, " \t\n") {
		return nowhere(offset), true
	}
	line, _ := o.LineSpan(o.Line(offset))
	return Place{Between, None, s.around, int(s.start), int(s.end), int(s.start) - line}, true
}

// on is the place in a key or a scalar, of the field or item that begins last before it.
func (o *Outline) on(id ID, offset int) (Place, bool) {
	for at := id; at > Top; at = o.nodes[at].parent {
		n := &o.nodes[at]
		switch {
		case n.keyEnd > n.opens && offset <= int(n.keyEnd):
			if n.bare {
				return Place{Between, None, n.parent, int(n.opens), int(n.keyEnd), -1}, true
			}
			return Place{InKey, at, n.parent, int(n.opens), int(n.keyEnd), -1}, true
		case n.kind == Scalar && offset >= int(n.start) && offset <= int(n.end):
			return Place{InValue, at, n.parent, int(n.start), int(n.end), -1}, true
		case n.kind == Unknown && offset >= int(n.start) && offset <= int(n.end):
			return nowhere(offset), true
		}
	}
	return Place{}, false
}

// inComment reports whether a comment begins in a line before an offset, behind what stands there.
func (o *Outline) inComment(line, offset int) bool {
	from := line
	for id := o.lastBefore(offset); id > Top; id = o.nodes[id].parent {
		n := &o.nodes[id]
		if n.kind == Scalar || n.kind == Empty || n.flow && !n.open {
			if end := max(int(n.end), int(n.keyEnd)); end <= offset {
				from = max(from, end)
			}
		}
	}
	for i := from; i < offset; i++ {
		if o.text[i] == '#' && (i == line || isBlank(o.text[i-1])) {
			return true
		}
	}
	return false
}

func (o *Outline) flowAround(id ID, offset int) (ID, bool) {
	for at := id; at != None; at = o.nodes[at].parent {
		n := &o.nodes[at]
		if n.flow && n.kind != Unknown && offset > int(n.start) && (offset < int(n.end) || n.open && o.Line(offset) == o.Line(int(n.end))) {
			return at, true
		}
	}
	return None, false
}

// inFlowAt is a place in a flow that is in none of its keys and scalars.
func (o *Outline) inFlowAt(around ID, offset int) Place {
	last := None
	for id := o.nodes[around].first; id != None && int(o.nodes[id].opens) <= offset; id = o.nodes[id].next {
		last = id
	}
	from := int(o.nodes[around].start) + 1
	if last != None {
		from = o.End(last)
	}
	comma := last == None || strings.Contains(o.text[min(from, offset):offset], ",")
	switch {
	case comma:
		return Place{Between, None, around, offset, offset, -1}
	case o.nodes[last].kind == Empty && !o.nodes[last].bare && offset >= int(o.nodes[last].start):
		return Place{InValue, last, around, offset, offset, -1}
	}
	return nowhere(offset)
}

// blank is a place on a line of nothing but spaces. What the cursor is behind of decides where something could begin.
func (o *Outline) blank(id ID, offset, start int) Place {
	indent := offset - start
	best, column := None, -1
	for at := id; at != None; at = o.nodes[at].parent {
		n := &o.nodes[at]
		above := n.parent
		switch {
		case n.kind == Unknown, n.flow && n.open:
			continue
		case n.kind == Empty && at != Top && above != None && !o.nodes[above].flow && indent > int(o.nodes[above].indent):
			return Place{Between, None, at, offset, offset, indent}
		case n.kind == Empty && at == Top:
			return Place{Between, None, Top, offset, offset, 0}
		case (n.kind == Mapping || n.kind == List) && !n.flow && int(n.indent) <= indent &&
			(best == None || int(n.indent) == column && n.kind == Mapping):
			best, column = at, int(n.indent)
		}
	}
	if best == None {
		return nowhere(offset)
	}
	return Place{Between, None, best, offset, offset, column}
}

// behind is the place behind the colon or the dash of a field or item without a value.
func (o *Outline) behind(id ID, offset int) Place {
	n := &o.nodes[id]
	if n.kind != Empty || id == Top || n.bare || offset < int(n.start) || o.Line(int(n.opens)) != o.Line(offset) {
		return nowhere(offset)
	}
	return Place{InValue, id, n.parent, offset, offset, -1}
}
