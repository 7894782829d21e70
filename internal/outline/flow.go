package outline

import (
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// flow reads a mapping or list in brackets from where the parser is. It stays open where nothing ends it.
func (p *parser) flow(id ID, indent, depth int) {
	n := &p.nodes[id]
	n.kind, n.flow, n.open, n.indent, n.start = Mapping, true, true, -1, int32(p.pos)
	if p.text[p.pos] == '[' {
		n.kind = List
	}
	mapping := n.kind == Mapping
	p.pos++
	for p.skip(indent) {
		switch c := p.text[p.pos]; {
		case c == ']' || c == '}':
			p.pos++
			n = &p.nodes[id]
			n.open, n.end = false, int32(p.pos)
			return
		case c == ',':
			p.pos++
		case c == ':' && (p.pos+1 == len(p.text) || strings.IndexByte(" \t\r\n", p.text[p.pos+1]) >= 0):
			p.pos++ // it belongs to nothing
		case mapping:
			p.pair(id, indent, depth)
		default:
			item := p.add(id, p.pos, p.pos)
			p.inFlow(item, indent, depth)
			p.single(item, indent, depth)
		}
	}
	p.nodes[id].end = int32(p.trimmed(p.pos))
}

// trimmed is an offset without the space before it.
func (p *parser) trimmed(at int) int { return len(strings.TrimRight(p.text[:at], " \t\r\n")) }

// skip goes to the next character of a flow that is no space and in no comment; false where the flow cannot go on.
func (p *parser) skip(indent int) bool {
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			p.pos++
		case c == '#' && p.pos > 0 && strings.IndexByte(" \t\n", p.text[p.pos-1]) >= 0:
			_, p.pos = p.LineSpan(p.Line(p.pos))
			if p.pos < len(p.text) && p.text[p.pos] == '\r' {
				p.pos++
			}
		case c == '\n':
			if line := p.Line(p.pos + 1); !p.belongs(line, indent, true) {
				return false
			}
			p.pos++
		default:
			return true
		}
	}
	return false
}

func (p *parser) pair(mapping ID, indent, depth int) {
	start := p.pos
	if c := p.text[p.pos]; c == '"' || c == '\'' {
		_, end := p.LineSpan(p.Line(p.pos))
		if closing := document.QuotedEnd(p.text[p.pos:end]); closing >= 0 {
			p.pos += closing
		} else {
			p.pos = p.word(end)
		}
	} else {
		_, end := p.LineSpan(p.Line(p.pos))
		p.pos = p.word(end)
	}
	if p.pos == start {
		p.pos++ // what no key begins with
	}
	id := p.add(mapping, start, p.pos)
	if strings.IndexByte("?!&*", p.text[start]) >= 0 {
		p.nodes[mapping].kind = Unknown // the key has a sign before it
	}
	if !p.skip(indent) || p.text[p.pos] != ':' {
		p.nodes[id].bare = true
		return
	}
	p.pos++
	p.nodes[id].start, p.nodes[id].end = int32(p.pos), int32(p.pos)
	if !p.skip(indent) {
		return
	}
	if c := p.text[p.pos]; c != ',' && c != '}' && c != ']' {
		p.inFlow(id, indent, depth)
	}
}

// word is where a text without quotes ends in a flow, on a line that ends at an offset.
func (p *parser) word(end int) int {
	at := p.pos
	for ; at < end; at++ {
		c := p.text[at]
		if strings.IndexByte(",[]{}", c) >= 0 || c == '#' && at > p.pos && isBlank(p.text[at-1]) ||
			c == ':' && (at+1 == end || isBlank(p.text[at+1])) {
			break
		}
	}
	return p.pos + len(strings.TrimRight(p.text[p.pos:at], " \t"))
}

func (p *parser) inFlow(id ID, indent, depth int) {
	n := &p.nodes[id]
	n.start, n.end, n.kind = int32(p.pos), int32(p.pos), Scalar
	start := p.pos
	switch c := p.text[p.pos]; {
	case (c == '{' || c == '[') && depth < maxDepth:
		p.flow(id, indent, depth+1)
	case c == '"' || c == '\'':
		p.quoted(id, p.pos, indent)
		if p.nodes[id].open { // what follows on the line may be other items
			_, end := p.LineSpan(p.Line(p.pos))
			p.pos = start + 1
			p.pos = max(p.word(end), start+1)
			p.nodes[id].end = int32(p.pos)
		}
	default:
		if strings.IndexByte("&*!%@`|>{[?", c) >= 0 {
			n.kind = Unknown
		}
		p.words(id, indent)
	}
	if p.pos == start {
		p.pos++
	}
}

// words reads a text without quotes in a flow, which may go on over lines.
func (p *parser) words(id ID, indent int) {
	for {
		_, end := p.LineSpan(p.Line(p.pos))
		p.pos = p.word(end)
		p.nodes[id].end = int32(max(p.pos, int(p.nodes[id].start)))
		if p.trimmed(end) != p.pos {
			return
		}
		before := p.pos
		if !p.skip(indent) || strings.IndexByte(",[]{}:#", p.text[p.pos]) >= 0 {
			p.pos = before
			return
		}
	}
}

// single makes nothing known of an item that is a key and a value without braces.
func (p *parser) single(item ID, indent, depth int) {
	before := p.pos
	if !p.skip(indent) || p.text[p.pos] != ':' {
		p.pos = before
		return
	}
	p.pos++
	start := p.nodes[item].start
	if p.skip(indent) && strings.IndexByte(",]}", p.text[p.pos]) < 0 {
		p.inFlow(item, indent, depth)
	}
	n := &p.nodes[item]
	n.kind, n.first, n.last, n.start, n.end = Unknown, None, None, start, int32(p.trimmed(p.pos))
}
