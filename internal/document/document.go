// Package document reads one YAML document into a plain value and remembers where each part of it stands. Customers
// write these documents and a verdict rests on them: whatever readers of YAML understand differently, hide or repeat
// is refused, with its place in the file and never with the values themselves, which may be secret.
package document

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/filekind"
	"github.com/raci-check/raci-check/internal/safefile"
)

// Document is one YAML document whose top level is a mapping.
type Document struct {
	name  string
	size  int // in bytes
	value map[string]any
	root  *yaml.Node // the top-level mapping
	blank Errors
	kind  filekind.Kind // by the beginning of the file, see Foreign
}

// Parse reads a document. The name is what errors call the file; nothing is opened. The error is Errors: all that is
// wrong with the text, or else all that is wrong with the structure. What is no YAML at all is one error, which says what it is.
func Parse(name string, data []byte, limits Limits) (*Document, error) {
	if len(data) > limits.Bytes {
		return nil, tooLarge(name, limits)
	}
	doc, err := read(name, data, limits)
	kind := filekind.Of(data)
	switch {
	case err != nil && kind.Is != "":
		return nil, Errors{defect(name, 1, 1, kind.String())}
	case err != nil:
		return nil, err
	}
	doc.kind = kind
	return doc, nil
}

func read(name string, data []byte, limits Limits) (*Document, error) {
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
	return &Document{name: name, size: len(data), value: value, root: root, blank: b.blank}, nil
}

func tooLarge(name string, limits Limits) Errors {
	return Errors{{File: name, Line: 1, Column: 1, Message: fmt.Sprintf("the file is larger than the limit of %d bytes: %s", limits.Bytes, limits.remedy()), Limit: TooLarge}}
}

// Read is Parse of what a reader holds, with the sha256 of it. It reads no further than one byte past the limit.
func Read(name string, r io.Reader, limits Limits) (*Document, string, error) {
	return (*Kept)(nil).Read(name, r, limits)
}

// ReadFile is Read of a regular file.
func ReadFile(base Folder, name string, limits Limits) (*Document, string, error) {
	file, _, err := safefile.Open(base.Path(name))
	if err != nil {
		return nil, "", fmt.Errorf("read: %w", err)
	}
	defer file.Close()
	return Read(name, file, limits)
}

// Name is the name that the document was read under.
func (d *Document) Name() string { return d.name }

// Size is how many bytes of text the document was read from.
func (d *Document) Size() int { return d.size }

// Blank is an error for each text of nothing but white space, nil where there is none. Callers that take any text
// that is not empty for a value refuse them.
func (d *Document) Blank() error {
	if len(d.blank) == 0 {
		return nil
	}
	at := map[Position]*Error{}
	var errs Errors
	for _, problem := range d.blank {
		copied := *problem
		at[Position{problem.Line, problem.Column}] = &copied
		errs = append(errs, &copied)
	}
	var visit func(pointer string, n *yaml.Node)
	visit = func(pointer string, n *yaml.Node) {
		if problem := at[Position{n.Line, n.Column}]; problem != nil && n.Kind == yaml.ScalarNode {
			problem.Pointer = pointer
		}
		for i, below := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				visit(pointer+Pointer(strconv.Itoa(i)), below)
			case i%2 == 1:
				visit(pointer+Pointer(n.Content[i-1].Value), below)
			}
		}
	}
	visit("", d.root)
	return errs.Sorted()
}

// Value is the document as map[string]any, []any, string, json.Number, bool and nil. Dates stay the text they are.
func (d *Document) Value() any { return d.value }

// Lookup answers the value at a JSON pointer.
func (d *Document) Lookup(pointer string) (any, bool) { return Lookup(d.value, pointer) }

// Set puts a text in the place of the value at a JSON pointer to a field or an item that is there. Places stay those of the file.
func (d *Document) Set(pointer, text string) {
	last := strings.LastIndexByte(pointer, '/')
	if last < 0 {
		return
	}
	around, _ := d.Lookup(pointer[:last])
	part, _ := unescape(pointer[last+1:])
	switch v := around.(type) {
	case map[string]any:
		if _, isField := v[part]; isField {
			v[part] = text
		}
	case []any:
		if i, isItem := index(part, len(v)); isItem {
			v[i] = text
		}
	}
}
