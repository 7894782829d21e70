package outline

import (
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

const (
	maxDepth = 100  // mappings and lists inside each other that are told apart
	maxKey   = 1024 // bytes of a key without quotes, as YAML has it
)

// block is a mapping or a list that the next line may go on with.
type block struct {
	id     ID
	indent int
}

// parser reads a text line by line. A line that fits nowhere is a stray, and the next one is read as if it was not there.
type parser struct {
	*Outline
	pos   int
	stack []block
}

func (p *parser) read() {
	p.nodes = append(p.nodes, node{parent: None, next: None, first: None, last: None, indent: -1, opens: int32(p.begin()), keyEnd: int32(p.begin()), start: int32(p.begin()), end: int32(p.begin()), kind: Empty})
	p.pos = p.begin()
	for p.pos < len(p.text) {
		start, end := p.LineSpan(p.Line(p.pos))
		at := start + len(p.text[start:end]) - len(strings.TrimLeft(p.text[start:end], " "))
		rest := p.text[at:end]
		switch {
		case rest == "" || rest[0] == '#' || strings.TrimLeft(rest, "\t") == "":
		case at == start && isMarker(rest, "---") && p.nodes[Top].kind == Empty && !p.hasContent(at+len("---"), end):
		case at == start && (isMarker(rest, "---") || isMarker(rest, "...") || rest[0] == '%'):
			p.stray(at, len(p.text), None) // what follows is another document
			p.pos = len(p.text)
		case rest[0] == '\t':
			p.stray(at, end, None)
		default:
			p.pos = at
			p.entry(at, at-start, end)
		}
		p.pos = p.after(max(p.pos, end))
	}
	p.close()
}

// isMarker reports whether a line is a mark between documents.
func isMarker(line, marker string) bool {
	return strings.HasPrefix(line, marker) && (len(line) == len(marker) || line[len(marker)] == ' ' || line[len(marker)] == '\t')
}

// after is where the line after the one with an offset begins.
func (p *parser) after(offset int) int {
	if i := strings.IndexByte(p.text[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(p.text)
}

func (p *parser) stray(start, end int, around ID) {
	p.strays = append(p.strays, stray{int32(start), int32(end), around})
}

// close sets the ends of what has fields or items in a block.
func (p *parser) close() {
	for i := len(p.nodes) - 1; i > 0; i-- {
		n := &p.nodes[i]
		if above := &p.nodes[n.parent]; !above.flow {
			above.end = max(above.end, n.end, n.keyEnd)
		}
	}
}

// add makes a field or an item of a collection.
func (p *parser) add(parent ID, opens, keyEnd int) ID {
	id := ID(len(p.nodes))
	n := node{parent: parent, next: None, first: None, last: None, indent: -1, kind: Empty,
		opens: int32(opens), keyEnd: int32(keyEnd), start: int32(keyEnd), end: int32(keyEnd)}
	above := &p.nodes[parent]
	if above.last == None {
		above.first = id
	} else {
		n.index = p.nodes[above.last].index + 1
		p.nodes[above.last].next = id
	}
	above.last = id
	p.nodes = append(p.nodes, n)
	return id
}

// begins makes a mapping or list of a value and expects its fields or items at a column.
func (p *parser) begins(id ID, kind Kind, at, column int) {
	n := &p.nodes[id]
	n.kind, n.indent, n.start, n.end = kind, int32(column), int32(at), int32(at)
	p.stack = append(p.stack, block{id, column})
}

// entry reads what begins at an offset and a column of a line that ends at an offset.
func (p *parser) entry(at, column, end int) {
	dash := isDash(p.text[at:end])
	keyEnd, colon := p.key(at, end)
	for len(p.stack) > 0 {
		top := p.stack[len(p.stack)-1]
		if top.indent < column || top.indent == column && (dash || p.nodes[top.id].kind == Mapping) {
			break
		}
		p.stack = p.stack[:len(p.stack)-1]
	}
	kind := Unknown
	switch {
	case dash:
		kind = List
	case colon >= 0:
		kind = Mapping
	}
	if len(p.stack) == 0 {
		switch {
		case p.nodes[Top].kind != Empty:
			p.stray(at, end, None)
			return
		case kind == Unknown:
			p.top(at, end)
			return
		}
		p.begins(Top, kind, at, column)
	}
	top := p.stack[len(p.stack)-1]
	last := p.nodes[top.id].last
	pending := last != None && p.nodes[last].kind == Empty && !p.nodes[last].bare
	opened := top.indent < column || dash && p.nodes[top.id].kind == Mapping
	switch {
	case opened && !pending, len(p.stack) > maxDepth:
		p.stray(at, end, p.fits(column))
		return
	case opened && kind == Unknown && p.followed(end, column):
		p.begins(last, Mapping, at, column)
		p.stray(at, end, last)
		return
	case opened && kind == Unknown:
		p.value(last, at, top.indent)
		return
	case opened:
		p.begins(last, kind, at, column)
		top = p.stack[len(p.stack)-1]
	}
	switch {
	case p.nodes[top.id].kind == List:
		p.item(top.id, at, column, end)
	case colon < 0:
		p.stray(at, end, top.id)
	default:
		p.field(top, span{at, keyEnd}, colon, end)
	}
}

// span is a part of the text.
type span struct{ start, end int }

// top reads a document that begins with neither a field nor an item.
func (p *parser) top(at, end int) {
	if c := p.text[at]; c == '{' || c == '[' {
		p.value(Top, at, -1)
		return
	}
	if c := p.text[at]; c == '?' || c == ':' { // keys that are marked as such
		p.nodes[Top].kind = Unknown
	}
	p.stray(at, end, Top)
}

// fits is the open block at a column; None for none.
func (p *parser) fits(column int) ID {
	for i := len(p.stack) - 1; i >= 0; i-- {
		if p.stack[i].indent == column {
			return p.stack[i].id
		}
	}
	return None
}

func isDash(text string) bool {
	return text == "-" || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "-\t")
}

// content is the first offset from one on that is no space; false where a comment or the end of the line is there.
func (p *parser) content(at, end int) (int, bool) {
	from := at
	for at < end && (p.text[at] == ' ' || p.text[at] == '\t') {
		at++
	}
	return at, at < end && (p.text[at] != '#' || at == from)
}

func (p *parser) hasContent(at, end int) bool {
	_, ok := p.content(at, end)
	return ok
}

func (p *parser) item(list ID, at, column, end int) {
	id := p.add(list, at, at)
	n := &p.nodes[id]
	n.start, n.end = int32(at+1), int32(at+1)
	content, ok := p.content(at+1, end)
	if !ok {
		return
	}
	if _, colon := p.key(content, end); (colon >= 0 || isDash(p.text[content:end])) && !strings.Contains(p.text[at+1:content], "\t") {
		kind := Mapping
		if colon < 0 {
			kind = List
		}
		inner := column + content - at
		p.begins(id, kind, content, inner)
		p.entry(content, inner, end)
		return
	}
	if inner := column + content - at; strings.IndexByte("\"'{[|>", p.text[content]) < 0 && p.followed(end, inner) {
		p.begins(id, Mapping, content, inner)
		p.stray(content, end, id)
		return
	}
	p.value(id, content, column)
}

// followed reports whether the next line that has anything begins with a key at a column: a word above it is one that is not typed to its end.
func (p *parser) followed(end, column int) bool {
	for line := p.Line(end) + 1; line < len(p.lines); line++ {
		start, limit := p.LineSpan(line)
		text := strings.TrimLeft(p.text[start:limit], " ")
		if text == "" || text[0] == '#' {
			continue
		}
		at := limit - len(text)
		_, colon := p.key(at, limit)
		return at-start == column && colon >= 0
	}
	return false
}

func (p *parser) field(mapping block, key span, colon, end int) {
	id := p.add(mapping.id, key.start, key.end)
	n := &p.nodes[id]
	n.start, n.end = int32(colon+1), int32(colon+1)
	if content, ok := p.content(colon+1, end); ok {
		p.value(id, content, mapping.indent)
	}
}

// key answers where the key ends that begins at an offset, and where its colon is; -1 where no key stands there.
func (p *parser) key(at, end int) (keyEnd, colon int) {
	line := p.text[at:end]
	if line == "" || strings.IndexByte("{}[],&*!|>%@`#", line[0]) >= 0 || isDash(line) || line == "?" || strings.HasPrefix(line, "? ") {
		return -1, -1
	}
	if line[0] == '"' || line[0] == '\'' {
		closing := document.QuotedEnd(line)
		if closing < 0 {
			return -1, -1
		}
		after := closing + len(line[closing:]) - len(strings.TrimLeft(line[closing:], " \t"))
		if after < len(line) && line[after] == ':' && (after+1 == len(line) || isBlank(line[after+1])) {
			return at + closing, at + after
		}
		return -1, -1
	}
	for i := 0; i < len(line) && i <= maxKey; i++ {
		switch {
		case line[i] == ':' && i > 0 && (i+1 == len(line) || isBlank(line[i+1])):
			return at + len(strings.TrimRight(line[:i], " \t")), at + i
		case line[i] == '#' && i > 0 && isBlank(line[i-1]):
			return -1, -1
		}
	}
	return -1, -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// value reads the value that begins at an offset, of a field or an item of a block with an indentation.
func (p *parser) value(id ID, at, indent int) {
	start, end := p.LineSpan(p.Line(at))
	n := &p.nodes[id]
	n.start, n.end, n.kind = int32(at), int32(at), Scalar
	switch c := p.text[at]; {
	case c == '"' || c == '\'':
		p.quoted(id, at, indent)
		p.rest(id)
	case c == '|' || c == '>':
		p.literal(id, start, indent)
	case c == '{' || c == '[':
		p.pos = at
		p.flow(id, indent, 1)
		p.rest(id)
	case strings.IndexByte("&*!%@`]},?", c) >= 0 && (c != '?' || at+1 == end || isBlank(p.text[at+1])), isDash(p.text[at:end]):
		n.kind, n.end = Unknown, int32(end)
		p.pos = end
	default:
		p.plain(id, at, indent)
	}
}

// rest looks at what follows quotes or brackets on the line where they end.
func (p *parser) rest(id ID) {
	_, end := p.LineSpan(p.Line(p.pos))
	if at, ok := p.content(p.pos, end); ok && at < end {
		n := &p.nodes[id]
		if n.kind == Scalar {
			n.kind, n.end = Unknown, int32(end)
		}
		p.stray(at, end, None)
	}
	p.pos = end
}

// belongs reports whether a line can go on with a value of a block with an indentation: it is blank, or indented further. With brackets, it
// may begin with a closing one.
func (p *parser) belongs(line, indent int, brackets bool) bool {
	start, end := p.LineSpan(line)
	text := strings.TrimLeft(p.text[start:end], " ")
	if strings.TrimLeft(text, "\t") == "" {
		return true
	}
	column := end - start - len(text)
	return column > indent || brackets && (text[0] == ']' || text[0] == '}')
}

// quoted reads a text in quotes, which may go on over lines; one that does not end is what is on its line.
func (p *parser) quoted(id ID, at, indent int) {
	n := &p.nodes[id]
	n.style = DoubleQuoted
	if p.text[at] == '\'' {
		n.style = SingleQuoted
	}
	line := p.Line(at)
	_, end := p.LineSpan(line)
	n.open, n.end = true, int32(at+len(strings.TrimRight(p.text[at:end], " \t\r")))
	for i := at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\n':
			if line++; !p.belongs(line, indent, false) {
				i = len(p.text)
			}
		case c == '\\' && n.style == DoubleQuoted && i+1 < len(p.text) && p.text[i+1] != '\n':
			i++
		case c == '\'' && n.style == SingleQuoted && i+1 < len(p.text) && p.text[i+1] == '\'':
			i++
		case c == p.text[at]:
			n.open, n.end = false, int32(i+1)
			i = len(p.text)
		}
	}
	p.pos = int(n.end)
}

// literal reads a text whose lines are below its sign.
func (p *parser) literal(id ID, start, indent int) {
	n := &p.nodes[id]
	n.style = Folded
	line := p.Line(start)
	_, last := p.LineSpan(line)
	n.end = int32(last)
	for line+1 < len(p.lines) && p.belongs(line+1, indent, false) {
		line++
		begin, end := p.LineSpan(line)
		if strings.TrimSpace(p.text[begin:end]) != "" {
			n.end = int32(end)
		}
	}
	p.pos = int(n.end)
}

// plainEnd is where a text without quotes ends on a line, and whether the line has nothing else.
func (p *parser) plainEnd(at, end int) (stop int, whole bool) {
	for i := at; i < end; i++ {
		if p.text[i] == '#' && i > at && isBlank(p.text[i-1]) {
			return at + len(strings.TrimRight(p.text[at:i], " \t")), false
		}
	}
	return at + len(strings.TrimRight(p.text[at:end], " \t")), true
}

// plain reads a text without quotes, which goes on over the lines that are indented further and are no fields.
func (p *parser) plain(id ID, at, indent int) {
	n := &p.nodes[id]
	line := p.Line(at)
	_, end := p.LineSpan(line)
	stop, whole := p.plainEnd(at, end)
	if strings.Contains(p.text[at:stop], ": ") || strings.HasSuffix(p.text[at:stop], ":") {
		n.kind, n.end = Unknown, int32(stop) // no reader takes it
		p.pos = end
		return
	}
	for next := line + 1; whole && next < len(p.lines) && p.belongs(next, indent, false); next++ {
		start, limit := p.LineSpan(next)
		text := strings.TrimLeft(p.text[start:limit], " \t")
		if text == "" {
			continue
		}
		content := limit - len(text)
		if _, colon := p.key(content, limit); colon >= 0 || text[0] == '#' {
			break
		}
		stop, whole = p.plainEnd(content, limit)
		end = limit
	}
	n.end = int32(stop)
	p.pos = end
}
