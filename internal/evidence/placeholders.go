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
	s := search{reader: r, doc: doc}
	s.value(nil, doc.Value())
	return s.errs.Sorted()
}

type search struct {
	reader *Reader
	doc    *document.Document
	errs   document.Errors
}

func (s *search) value(path []string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			s.value(append(path, key), below)
		}
	case []any:
		for i, below := range v {
			s.value(append(path, strconv.Itoa(i)), below)
		}
	case string:
		if s.reader.Placeholders.Is(v) && s.reader.isFree(path) {
			at := s.doc.ValuePosition(document.Pointer(path...))
			s.errs = append(s.errs, &document.Error{File: s.doc.Name(), Line: at.Line, Column: at.Column, Message: placeholder.Advice})
		}
	}
}

// isFree reports whether the schema leaves open what a text may be.
func (r *Reader) isFree(path []string) bool {
	root, _ := r.Schema.Value().(map[string]any)
	form, decides := root, false
	for _, part := range path {
		decides = decidesForm(form) // of a list: it is about its texts
		if items, isList := form["items"].(map[string]any); isList {
			form = items
		} else {
			properties, _ := form["properties"].(map[string]any)
			form, _ = properties[part].(map[string]any)
		}
		if ref, isRef := form["$ref"].(string); isRef {
			definitions, _ := root["$defs"].(map[string]any)
			form, _ = definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
	}
	return !decides && !decidesForm(form)
}

// decidesForm reports whether a part of the schema says which texts are values.
func decidesForm(form map[string]any) bool {
	return slices.ContainsFunc([]string{"enum", "const", "format", "pattern", "x-form", "x-placeholder"}, func(keyword string) bool {
		_, decides := form[keyword]
		return decides
	})
}
