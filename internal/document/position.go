package document

import (
	"fmt"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Position is a place in a file. Both are counted from 1, columns in characters.
type Position struct{ Line, Column int }

// Position answers where a JSON pointer stands: the key of a field, the item of a list. For what is not there it is
// the nearest part above that is.
func (d *Document) Position(pointer string) Position {
	key, _ := d.find(pointer)
	return Position{key.Line, key.Column}
}

// Location is Position with the name of the document. Reports show it, so its separator is the same on every system.
func (d *Document) Location(pointer string) verdict.Location {
	at := d.Position(pointer)
	return verdict.Location{File: filepath.ToSlash(d.name), Line: at.Line, Column: at.Column}
}

// Errorf is a defect at a JSON pointer.
func (d *Document) Errorf(pointer, format string, args ...any) *Error {
	at := d.Position(pointer)
	return &Error{File: d.name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...), Pointer: pointer}
}

// ValuePosition is Position, but of the value of a field instead of its key.
func (d *Document) ValuePosition(pointer string) Position {
	_, value := d.find(pointer)
	return Position{value.Line, value.Column}
}

// find walks to the node that a pointer stands for, or to the last one on the way. For a list item, key is the item.
func (d *Document) find(pointer string) (key, value *yaml.Node) {
	key, value = d.root, d.root
	parts, err := Split(pointer)
	if err != nil {
		return key, value
	}
	for _, part := range parts {
		nextKey, nextValue := child(value, part)
		if nextKey == nil {
			break
		}
		key, value = nextKey, nextValue
	}
	return key, value
}

func child(n *yaml.Node, part string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, ok := index(part, len(n.Content)); ok {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}
