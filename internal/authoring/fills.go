package authoring

import (
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
)

// filledBy is the path in the evidence that a file of kind Mapping fills at a place below /fills: a section, or an item of its list. It is empty
// for other places and files.
func filledBy(f file, path []string) []string {
	if f.grammar.kind != kindMapping || len(path) < 2 || path[0] != "fills" {
		return nil
	}
	var filled []string
	for _, field := range []string{"section", "list"} {
		id, is := f.Find(document.Pointer("fills", path[1], field))
		if name, ok := f.Scalar(id); is && ok {
			filled = append(filled, name)
		}
	}
	if len(filled) == 2 {
		filled = append(filled, "0")
	}
	return filled
}

// inFields reports whether a path leads to the fields of what is filled.
func inFields(path []string) bool { return len(path) == 3 && path[0] == "fills" && path[2] == "fields" }

// filledField is the field of the evidence that a key of a mapping stands for, and its path there; one in an object has both names.
func (l *Library) filledField(f file, id outline.ID) (spot, []string) {
	path := f.Path(id)
	if len(path) != 4 || !inFields(path[:3]) {
		return spot{}, nil
	}
	filled := filledBy(f, path)
	if len(filled) == 0 {
		return spot{}, nil
	}
	filled = append(filled, strings.Split(path[3], "/")...)
	return l.grammars[kindEvidence].at(filled), filled
}

// filledFields proposes the fields of the evidence as keys.
func (c *completer) filledFields() {
	path := c.file.Path(c.Around)
	filled := filledBy(c.file, path)
	if !inFields(path) || len(filled) == 0 {
		return
	}
	add := func(name string, s spot) {
		if c.file.Kind(c.Around) == outline.Mapping && c.file.Child(c.Around, name) != outline.None {
			return
		}
		text := name + ": "
		if c.Where == outline.InKey {
			text = name
		}
		c.add(Completion{Label: name, Kind: Field, Detail: c.typeOf(s.form, name), Documentation: c.meaningOf(s)}, c.Start, c.End, text)
	}
	s := c.grammars[kindEvidence].at(filled)
	for _, name := range s.names() {
		below := s.field(name)
		if !below.form.is("object") {
			add(name, below)
			continue
		}
		for _, inner := range below.names() {
			if name != "source" {
				add(name+"/"+inner, below.field(inner))
			}
		}
	}
}

// filledLists proposes the lists of the section that is filled.
func (c *completer) filledLists(word func(label, detail string)) {
	if c.Node == outline.None {
		return
	}
	path := c.file.Path(c.Node)
	if len(path) != 3 || path[0] != "fills" || path[2] != "list" || c.file.grammar.kind != kindMapping {
		return
	}
	section, is := c.file.Find(document.Pointer("fills", path[1], "section"))
	if name, ok := c.file.Scalar(section); is && ok {
		s := c.grammars[kindEvidence].top().field(name)
		for _, field := range s.names() {
			if below := s.field(field); below.form.is("array") {
				word(field, c.meaningOf(below))
			}
		}
	}
}
