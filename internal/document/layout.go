package document

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// layout says where the parts of a document are in its text. yaml.v3 says where a node begins; where it ends follows from its kind.
type layout struct {
	text   []byte
	lines  []int // where lines begin
	at     cursorOf
	places map[*yaml.Node]spot
	gaps   []gap // what is no scalar: marks, white space and comments
	last   int   // where the last scalar ended
	broken bool  // the text is not as the nodes say
	tailOf map[tailAt]int
}

type tailAt struct{ end, column int }

// spot is where a node is: offsets in bytes.
type spot struct {
	start, end int
	lead       int // behind the colon or the dash that a value belongs to; -1 where it has none
	entry      int // where the entry of a value begins: its key, or its dash
	header     int // end of the indicators of a text in a block; 0 for all others
}

type gap struct{ start, end int }

// cursorOf is where offset has come to; nodes are visited in their order, so that a long line is walked through once.
type cursorOf struct{ line, column, offset int }

// layOut finds the places of all nodes of a text.
func layOut(text []byte, root *yaml.Node) *layout {
	l := &layout{text: text, lines: []int{0}, places: map[*yaml.Node]spot{}, tailOf: map[tailAt]int{}}
	if bytes.HasPrefix(text, []byte(byteOrderMark)) {
		l.lines[0] = len(byteOrderMark)
	}
	for i, c := range text {
		if c == '\n' {
			l.lines = append(l.lines, i+1)
		}
	}
	l.node(root, spot{lead: -1, entry: -1, start: l.lines[0]}, -1)
	l.gaps = append(l.gaps, gap{l.last, len(text)})
	return l
}

// offset is where a node begins.
func (l *layout) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(l.lines) {
		l.broken = true
		return len(l.text)
	}
	c := &l.at
	if c.line != n.Line || c.column > n.Column {
		*c = cursorOf{n.Line, 1, l.lines[n.Line-1]}
	}
	for ; c.column < n.Column; c.column++ {
		if c.offset >= len(l.text) {
			l.broken = true
			return len(l.text)
		}
		_, size := utf8.DecodeRune(l.text[c.offset:])
		c.offset += size
	}
	return c.offset
}

// node notes the place of a node and of all below it, and answers its end. p.start is where it can begin at the earliest, and
// column that of the block that it is in.
func (l *layout) node(n *yaml.Node, p spot, column int) int {
	if l.broken {
		return len(l.text)
	}
	from := p.start
	isEmpty := n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&quotedStyles == 0
	if !isEmpty || n.Style&yaml.TaggedStyle != 0 {
		p.start = l.offset(n)
	}
	p.end = p.start
	inside := p.start
	if n.Style&yaml.TaggedStyle != 0 && inside < len(l.text) && l.text[inside] == '!' {
		for inside < len(l.text) && strings.IndexByte(" \t\r\n,]}", l.text[inside]) < 0 {
			inside++
		}
		if p.end = inside; !isEmpty {
			inside = l.skip(inside, "")
		}
	}
	if p.start < from || inside > len(l.text) {
		l.broken = true
		return len(l.text)
	}
	switch {
	case isEmpty:
	case n.Kind == yaml.ScalarNode:
		p = l.scalar(n, p, inside, column)
	case n.Kind == yaml.MappingNode:
		p.end = l.mapping(n, inside, column)
	case n.Kind == yaml.SequenceNode:
		p.end = l.sequence(n, inside, column)
	default:
		l.broken = true
	}
	l.places[n] = p
	return p.end
}

// skip goes over white space, comments and these marks.
func (l *layout) skip(at int, marks string) int {
	for at < len(l.text) {
		switch c := l.text[at]; {
		case strings.IndexByte(" \t\r\n", c) >= 0, strings.IndexByte(marks, c) >= 0:
			at++
		case c == '#':
			at = l.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// expect is skip, to a mark that must be there; it answers the offset of the mark.
func (l *layout) expect(at int, over string, mark byte) int {
	at = l.skip(at, over)
	if at >= len(l.text) || l.text[at] != mark {
		l.broken = true
		return len(l.text) - 1
	}
	return at
}

func (l *layout) mapping(n *yaml.Node, start, column int) int {
	braces := l.text[start] == '{' && n.Style&yaml.FlowStyle != 0
	end, over := start, ""
	if braces {
		end, over = start+1, ","
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		end = l.node(key, spot{start: l.skip(end, over+"?"), lead: -1, entry: -1}, column)
		if l.broken {
			return end
		}
		begin := l.places[key].start
		below := column
		if n.Style&yaml.FlowStyle == 0 {
			below = begin - l.lineStart(begin)
		}
		lead := -1
		if colon := l.skip(end, ""); colon < len(l.text) && l.text[colon] == ':' {
			end = colon + 1
			lead = end
		}
		end = max(end, l.node(value, spot{start: end, lead: lead, entry: begin}, below))
	}
	if braces {
		end = l.expect(end, ",", '}') + 1
	}
	return end
}

func (l *layout) sequence(n *yaml.Node, start, column int) int {
	end := start
	if n.Style&yaml.FlowStyle != 0 {
		end++
		for _, item := range n.Content {
			begin := l.skip(end, ",?")
			end = l.node(item, spot{start: begin, lead: -1, entry: begin}, column)
		}
		return l.expect(end, ",", ']') + 1
	}
	for _, item := range n.Content {
		dash := l.expect(end, "", '-')
		if l.broken {
			return end
		}
		end = max(dash+1, l.node(item, spot{start: dash + 1, lead: dash + 1, entry: dash}, dash-l.lineStart(dash)))
	}
	return end
}

// scalar finds the end of a scalar that begins, behind its tag, at an offset.
func (l *layout) scalar(n *yaml.Node, p spot, start, column int) spot {
	text := l.text[start:]
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return l.textBlock(p, start, column)
	case n.Style&quotedStyles != 0:
		length := QuotedEnd(text)
		l.broken = l.broken || length < 0
		p.end = start + length
	default: // line breaks and the spaces around them are the only thing that the value has otherwise
		i := 0
		for _, c := range []byte(n.Value) {
			if isSpace(c) {
				continue
			}
			for i < len(text) && isSpace(text[i]) {
				i++
			}
			if i == len(text) || text[i] != c {
				l.broken = true
				return p
			}
			i++
		}
		p.end = start + i
	}
	l.cut(p.start, p.end)
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// textBlock finds the end of a text that begins with | or >: of its last line, without the line end.
func (l *layout) textBlock(p spot, start, column int) spot {
	at := start
	for at < len(l.text) && strings.IndexByte("|>+-0123456789", l.text[at]) >= 0 {
		at++
	}
	p.header = at
	indicators := string(l.text[start:at])
	p.end = at
	indent := 0
	if i := strings.IndexAny(indicators, "123456789"); i >= 0 {
		indent = max(column, 0) + int(indicators[i]-'0')
	}
	content := 0 // where it begins
	for begin := l.nextLine(at); begin < len(l.text); begin = l.nextLine(begin) {
		end := l.lineEnd(begin)
		line := l.text[begin:end]
		if content == 0 {
			content = begin
		}
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		if spaces == len(line) {
			if strings.Contains(indicators, "+") {
				p.end = end
			}
			continue
		}
		if indent == 0 {
			indent = max(spaces, column+1)
		}
		if spaces < indent {
			break
		}
		p.end = end
	}
	l.cut(p.start, p.header)
	if content > 0 && p.end > content {
		l.cut(content, p.end)
	}
	return p
}

// cut notes a part of the text that is a scalar.
func (l *layout) cut(start, end int) {
	if start < l.last || end < start {
		l.broken = true
		return
	}
	l.gaps = append(l.gaps, gap{l.last, start})
	l.last = end
}

// comments are where comments begin.
func (l *layout) comments() []int {
	var all []int
	for _, g := range l.gaps {
		for at := g.start; at < g.end; {
			i := bytes.IndexByte(l.text[at:g.end], '#')
			if i < 0 {
				break
			}
			all = append(all, at+i)
			at = l.lineEnd(at + i)
		}
	}
	return all
}

func (l *layout) lineStart(at int) int {
	start := bytes.LastIndexByte(l.text[:at], '\n') + 1
	if start == 0 {
		return min(l.lines[0], at)
	}
	return start
}

// lineEnd is where the line ends, without its line end.
func (l *layout) lineEnd(at int) int {
	i := bytes.IndexByte(l.text[at:], '\n')
	if i < 0 {
		return len(l.text)
	}
	if i > 0 && l.text[at+i-1] == '\r' {
		i--
	}
	return at + i
}

// nextLine is where the next line begins, or the end of the text.
func (l *layout) nextLine(at int) int {
	i := bytes.IndexByte(l.text[at:], '\n')
	if i < 0 {
		return len(l.text)
	}
	return at + i + 1
}

// column is that of an offset, from 0.
func (l *layout) column(at int) int { return utf8.RuneCount(l.text[l.lineStart(at):at]) }

// comment reports whether a line is a comment, and where in the line that begins.
func (l *layout) comment(lineStart int) (indent int, isComment bool) {
	line := l.text[lineStart:l.lineEnd(lineStart)]
	content := bytes.TrimLeft(line, " \t")
	return len(line) - len(content), len(content) > 0 && content[0] == '#'
}

// tail is the end of the last line that belongs to an entry of a block: with the comment beside it, and with the comments below
// that are indented further than the entry.
func (l *layout) tail(end, column int) int {
	place := tailAt{end, column}
	if line, is := l.tailOf[place]; is { // many may be added at one place
		return line
	}
	end = l.lineEnd(end)
	for begin := l.nextLine(end); begin < len(l.text); begin = l.nextLine(begin) {
		stop := l.lineEnd(begin)
		if len(bytes.TrimSpace(l.text[begin:stop])) == 0 {
			continue
		}
		if indent, isComment := l.comment(begin); !isComment || indent <= column {
			break
		}
		end = stop
	}
	l.tailOf[place] = end
	return end
}

// foot is the end of the comments that are directly below a line that ends at a place, and not directly above another entry.
func (l *layout) foot(end int) int {
	below := end
	for begin := l.nextLine(end); begin < len(l.text); begin = l.nextLine(begin) {
		if _, isComment := l.comment(begin); !isComment {
			if len(bytes.TrimSpace(l.text[begin:l.lineEnd(begin)])) > 0 {
				return end
			}
			break
		}
		below = l.lineEnd(begin)
	}
	return below
}

// head is where the comments begin that are directly above an entry of a block and indented like it; else where its line begins.
func (l *layout) head(entry, column int) int {
	start := l.lineStart(entry)
	for start > l.lines[0] {
		above := l.lineStart(start - 1)
		if indent, isComment := l.comment(above); !isComment || indent != column {
			break
		}
		start = above
	}
	return start
}
