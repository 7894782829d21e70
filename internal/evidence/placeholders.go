package evidence

import (
	"slices"
	"strconv"
	"strings"

	"raci-check/internal/document"
	"raci-check/internal/placeholder"
)

// placeholders refuses texts that stand for a value that is not known yet. A field that the schema gives a list or a form of
// values decides by that.
func (r *Reader) placeholders(doc *document.Document) error {
	if r.Placeholders == nil {
		return nil
	}
	root, _ := r.Schema.Value().(map[string]any)
	definitions, _ := root["$defs"].(map[string]any)
	s := search{placeholders: r.Placeholders, definitions: definitions, doc: doc}
	s.value(nil, root, doc.Value())
	return s.errs.Sorted()
}

// search goes through a value and its form side by side, so that only the texts that the form leaves open are looked at.
type search struct {
	placeholders *placeholder.List
	definitions  map[string]any // of the schema
	doc          *document.Document
	errs         document.Errors
}

func (s *search) value(path []string, form map[string]any, value any) {
	if ref, isRef := form["$ref"].(string); isRef {
		form, _ = s.definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if decidesForm(form) { // of a list: it is about its texts
		return
	}
	switch v := value.(type) {
	case map[string]any:
		properties, _ := form["properties"].(map[string]any)
		for key, below := range v {
			of, _ := properties[key].(map[string]any)
			s.value(append(path, key), of, below)
		}
	case []any:
		items, _ := form["items"].(map[string]any)
		for i, below := range v {
			s.value(append(path, strconv.Itoa(i)), items, below)
		}
	case string:
		if s.placeholders.Is(v) {
			at := s.doc.ValuePosition(document.Pointer(path...))
			s.errs = append(s.errs, &document.Error{File: s.doc.Name(), Line: at.Line, Column: at.Column, Message: placeholder.Advice})
		}
	}
}

// keywordsOfForm are those by which a schema says which texts are values.
var keywordsOfForm = []string{"enum", "const", "format", "pattern", "x-form", "x-listed", "x-placeholder"}

func decidesForm(form map[string]any) bool {
	return slices.ContainsFunc(keywordsOfForm, func(keyword string) bool {
		_, decides := form[keyword]
		return decides
	})
}
