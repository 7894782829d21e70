package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// DecodeJSON decodes the one JSON value of a file, numbers as they are written; an error has its place.
func DecodeJSON(name string, content []byte, into any) error {
	if isUTF16(content) { // as PowerShell writes what it redirects
		return &Error{File: name, Line: 1, Column: 1, Message: utf16}
	}
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return jsonError(name, content, decoder, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return jsonError(name, content, decoder, errors.New("more follows after the end of the JSON value"))
	}
	return nil
}

// DecodeUniqueJSON is DecodeJSON for what others wrote. It fails where an object has a name twice: readers take the one or the other value, so
// what one of them shows to a person is not what another reads.
func DecodeUniqueJSON(name string, content []byte, into any) error {
	if err := DecodeJSON(name, content, into); err != nil {
		return err
	}
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
	if repeated, offset := repeatedName(content); offset >= 0 {
		line, column := placeOf(content[:offset])
		return &Error{File: name, Line: line, Column: column, Message: fmt.Sprintf("an object has the name %.80q twice: export it again, or keep one of the two", repeated)}
	}
	return nil
}

// names are those of an object that is not read to its end yet.
type names struct {
	few      [][]byte // as they are written
	many     map[string]bool
	isObject bool
	follows  bool // the next text is a name
}

// maxFew is how many names are looked through one by one.
const maxFew = 24

// has reports whether a name is there already, and adds it.
func (n *names) has(name []byte) bool {
	if n.many == nil {
		for _, before := range n.few {
			if bytes.Equal(before, name) {
				return true
			}
		}
		if n.few = append(n.few, name); len(n.few) < maxFew {
			return false
		}
		n.many = map[string]bool{}
		for _, before := range n.few {
			n.many[string(before)] = true
		}
		return false
	}
	if n.many[string(name)] {
		return true
	}
	n.many[string(name)] = true
	return false
}

// repeatedName is the first name that an object of a valid JSON text has twice, with its place; the offset is -1 where there is none.
func repeatedName(content []byte) (name string, offset int) {
	var open []names
	for i := 0; i < len(content); i++ {
		last := len(open) - 1
		switch content[i] {
		case '{', '[':
			var few [][]byte
			if cap(open) > len(open) { // that of an object before, to use it again
				few = open[:last+2][last+1].few[:0]
			}
			open = append(open, names{few: few, isObject: content[i] == '{', follows: content[i] == '{'})
		case '}', ']':
			open = open[:last]
		case ',':
			open[last].follows = open[last].isObject
		case '"':
			start := i
			for i++; content[i] != '"'; i++ {
				if content[i] == '\\' {
					i++
				}
			}
			if last < 0 || !open[last].follows {
				continue
			}
			open[last].follows = false
			text := content[start+1 : i]
			if bytes.IndexByte(text, '\\') >= 0 {
				var plain string
				if json.Unmarshal(content[start:i+1], &plain) == nil {
					text = []byte(plain)
				}
			}
			if open[last].has(text) {
				return string(text), start
			}
		}
	}
	return "", -1
}

// placeOf is the line and the column after a text.
func placeOf(read []byte) (line, column int) {
	return 1 + bytes.Count(read, []byte("\n")), 1 + utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:])
}

// jsonError is an error of a JSON decoder with its place in the text.
func jsonError(name string, content []byte, decoder *json.Decoder, err error) error {
	offset := decoder.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	message := err.Error()
	switch {
	case errors.As(err, &syntax):
		offset = max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		offset = max(kind.Offset-1, 0)
		message = fmt.Sprintf("%s is a JSON %s, which is not expected", kind.Field, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset, message = int64(len(content)), "the JSON text ends before its value does: the file is truncated"
	}
	line, column := placeOf(content[:min(offset, int64(len(content)))])
	return &Error{File: name, Line: line, Column: column, Message: message}
}

// SameNumber reports whether two numbers are the same one: 1.0 is 1. A whole number without a point is written in one way.
func SameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	isWhole := func(n json.Number) bool { return !strings.ContainsAny(n.String(), ".eE") }
	x, wrong := a.Float64()
	y, bad := b.Float64()
	return wrong == nil && bad == nil && x == y && !(isWhole(a) && isWhole(b))
}
