// Package document reads one YAML document into a plain value and remembers where each part of it stands. Customers
// write these documents and a verdict rests on them: whatever readers of YAML understand differently, hide or repeat
// is refused, with its place in the file and never with the values themselves, which may be secret.
package document

import (
	"bytes"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// Document is one YAML document whose top level is a mapping.
type Document struct {
	name  string
	size  int // in bytes
	value map[string]any
	root  *yaml.Node // the top-level mapping
	blank Errors
}

// Parse reads a document. The name is what errors call the file; nothing is opened. The error is Errors: all that is
// wrong with the text, or else all that is wrong with the structure.
func Parse(name string, data []byte, limits Limits) (*Document, error) {
	if len(data) > limits.Bytes {
		return nil, Errors{{name, 1, 1, fmt.Sprintf("the file is larger than the limit of %d bytes: split it", limits.Bytes), TooLarge}}
	}
	if errs := checkText(name, data); len(errs) > 0 {
		return nil, errs.Sorted()
	}
	root, errs := parseTree(name, data)
	if root == nil {
		return nil, errs.Sorted()
	}
	b := builder{file: name, limits: limits, errs: errs}
	if untold(data) {
		b.lines = bytes.Split(bytes.TrimPrefix(data, []byte(byteOrderMark)), []byte("\n"))
	}
	value := b.top(root)
	if len(b.errs) > 0 {
		return nil, b.errs.Sorted()
	}
	return &Document{name, len(data), value, root, b.blank}, nil
}

// Read is Parse of what a reader holds. It reads no further than one byte past the limit.
func Read(name string, r io.Reader, limits Limits) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limits.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return Parse(name, data, limits)
}

// Name is the name that the document was read under.
func (d *Document) Name() string { return d.name }

// Size is how many bytes of text the document was read from.
func (d *Document) Size() int { return d.size }

// Blank is an error for each text of nothing but white space, nil where there is none: who holds a text for given that is
// not empty refuses them.
func (d *Document) Blank() error { return d.blank.Sorted() }

// Value is the document as map[string]any, []any, string, json.Number, bool and nil. Dates stay the text they are.
func (d *Document) Value() any { return d.value }

// Lookup answers the value at a JSON pointer.
func (d *Document) Lookup(pointer string) (any, bool) { return Lookup(d.value, pointer) }
