package lsp

import (
	"bytes"
	"errors"
	"sort"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
)

// encoding is in what units a client counts the characters of a line.
type encoding string

// The encodings of positions, by their names in the protocol. A client that names none counts UTF-16.
const (
	utf8Units  encoding = "utf-8"
	utf16Units encoding = "utf-16"
	utf32Units encoding = "utf-32"
)

const byteOrderMark = "\uFEFF"

// text is a text with where its lines begin. It does not change.
type text struct {
	content []byte
	lines   []int // offsets of the lines as the protocol has them: they end with LF, CRLF or CR
	feeds   []int // offsets of the lines as documents have them: they end with LF
}

func newText(content []byte) *text {
	t := &text{content: content, lines: []int{0}, feeds: []int{0}}
	for i, c := range content {
		if c == '\n' {
			t.feeds = append(t.feeds, i+1)
		}
		if c == '\n' || c == '\r' && (i+1 == len(content) || content[i+1] != '\n') {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// lineOf is the index of the line that an offset is in.
func lineOf(starts []int, offset int) int {
	return sort.Search(len(starts), func(i int) bool { return starts[i] > offset }) - 1
}

// end is where a line of the protocol ends, before what ends it.
func (t *text) end(line int) int {
	end := len(t.content)
	if line+1 < len(t.lines) {
		end = t.lines[line+1]
	}
	return t.lines[line] + len(bytes.TrimRight(t.content[t.lines[line]:end], "\r\n"))
}

// units is how many units a character counts; size is its length in bytes.
func (e encoding) units(r rune, size int) int {
	switch e {
	case utf8Units:
		return size
	case utf32Units:
		return 1
	default:
		return max(utf16.RuneLen(r), 1)
	}
}

// offset is where a position of the protocol is. A position behind the end of a line or of the text is that end, one within a
// character is its beginning.
func (t *text) offset(at position, e encoding) int {
	offset, _ := t.find(at, e)
	return offset
}

// find is offset, and whether that is where the client means: no position is negative or within a character.
func (t *text) find(at position, e encoding) (offset int, is bool) {
	switch {
	case at.Line < 0 || at.Character < 0:
		return 0, false
	case at.Line >= len(t.lines):
		return len(t.content), true
	}
	start, end := t.lines[at.Line], t.end(at.Line)
	units := 0
	for start < end && units < at.Character {
		r, size := utf8.DecodeRune(t.content[start:end])
		if units += e.units(r, size); units > at.Character {
			return start, false
		}
		start += size
	}
	return start, true
}

func (t *text) position(offset int, e encoding) position {
	offset = min(max(offset, 0), len(t.content))
	line := lineOf(t.lines, offset)
	offset = min(offset, t.end(line))
	units := 0
	for rest := t.content[t.lines[line]:offset]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		units, rest = units+e.units(r, size), rest[size:]
	}
	return position{Line: line, Character: units}
}

// extent is two offsets as the protocol has them.
func (t *text) extent(start, end int, e encoding) extent {
	return extent{Start: t.position(start, e), End: t.position(end, e)}
}

// place is an offset as documents have it: a byte order mark at the beginning is no character.
func (t *text) place(offset int) document.Position {
	line := lineOf(t.feeds, offset)
	before := t.content[t.feeds[line]:offset]
	if line == 0 {
		before = bytes.TrimPrefix(before, []byte(byteOrderMark))
	}
	return document.Position{Line: line + 1, Column: utf8.RuneCount(before) + 1}
}

// placeOffset is where a place of a document is. A place that is not in the text is the nearest that is.
func (t *text) placeOffset(at document.Position) int {
	switch {
	case at.Line < 1:
		return 0
	case at.Line > len(t.feeds):
		return len(t.content)
	}
	start, end := t.feeds[at.Line-1], len(t.content)
	if at.Line < len(t.feeds) {
		end = t.feeds[at.Line] - 1
	}
	if at.Line == 1 && bytes.HasPrefix(t.content, []byte(byteOrderMark)) {
		start += len(byteOrderMark)
	}
	for column := 1; column < at.Column && start < end; column++ {
		_, size := utf8.DecodeRune(t.content[start:end])
		start += size
	}
	return start
}

var errRange = errors.New("the range of a change ends before it begins, or does not lie between characters")

// with is the text with the changes of a client, one after the other. What lies outside of the text is its end, as the protocol says.
func (t *text) with(changes []contentChange, e encoding) (*text, error) {
	for _, change := range changes {
		if change.Range == nil {
			t = newText([]byte(change.Text))
			continue
		}
		start, starts := t.find(change.Range.Start, e)
		end, ends := t.find(change.Range.End, e)
		if end < start || !starts || !ends {
			return nil, errRange
		}
		t = newText(bytes.Join([][]byte{t.content[:start], t.content[end:]}, []byte(change.Text)))
	}
	return t, nil
}

// token is the extent of what stands at an offset: the key of a field without its colon, a text in its quotes, or what a plain value
// has on its line. It is the rest of the line, or the line, where nothing stands there.
func (t *text) token(start int) (from, to int) {
	line := lineOf(t.lines, start)
	end := t.end(line)
	rest := t.content[min(start, end):end]
	if length := scalarLength(rest, inFlow(t.content[t.lines[line]:min(start, end)])); length > 0 {
		return start, start + length
	}
	if trimmed := bytes.TrimRight(rest, " \t"); len(trimmed) > 0 {
		return start, start + len(trimmed)
	}
	content := bytes.TrimLeft(t.content[t.lines[line]:end], " \t")
	return end - len(content), end
}

// value is the extent of the value on the line of a field whose key begins at an offset; not ok where that is no text, number or the like
// on the same line. The key is answered as it is written.
func (t *text) value(start int) (key string, from, to int, ok bool) {
	_, after := t.token(start)
	key = string(bytes.Trim(t.content[start:after], `"'`))
	end := t.end(lineOf(t.lines, start))
	rest := t.content[after:end]
	if !bytes.HasPrefix(rest, []byte(":")) {
		return key, start, after, false
	}
	value := bytes.TrimLeft(rest[1:], " \t")
	if len(value) == 0 || bytes.IndexByte([]byte("{[|>#&*!"), value[0]) >= 0 {
		return key, start, after, false
	}
	from, to = t.token(end - len(value))
	return key, from, to, true
}

// rest is the extent from an offset to the last character of its line that is no space and in no comment.
func (t *text) rest(start int) (from, to int) {
	end := t.end(lineOf(t.lines, start))
	line := t.content[min(start, end):end]
	if comment := bytes.Index(line, []byte(" #")); comment > 0 {
		line = line[:comment]
	}
	if line = bytes.TrimRight(line, " \t"); len(line) == 0 {
		return t.token(start)
	}
	return start, start + len(line)
}

// inFlow reports whether a line is in braces or brackets that it opens itself, at its end.
func inFlow(before []byte) bool {
	depth := 0
	for _, c := range before {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return depth > 0
}

// scalarLength is the length of the text that a line begins with, in bytes; 0 where it begins with something else.
func scalarLength(line []byte, flow bool) int {
	if len(line) == 0 || bytes.IndexByte([]byte("{}[],|>&*!%@`# \t"), line[0]) >= 0 {
		return 0
	}
	if line[0] == '"' || line[0] == '\'' {
		if end := document.QuotedEnd(line); end >= 0 {
			return end
		}
		return len(bytes.TrimRight(line, " \t"))
	}
	end := len(line)
	for i, c := range line {
		last := i+1 == len(line)
		switch {
		case c == ':' && (last || line[i+1] == ' ' || line[i+1] == '\t'),
			c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t'),
			flow && bytes.IndexByte([]byte(",]}"), c) >= 0:
			end = i
		default:
			continue
		}
		break
	}
	return len(bytes.TrimRight(line[:end], " \t"))
}
