package evidence

import (
	"errors"
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

// Verify says what of a document cannot be evidence, as reading its file does. Where the document has a midnight for a day, it is set.
func (r *Reader) Verify(doc *document.Document) error {
	if err := doc.Blank(); err != nil {
		return err
	}
	return r.validate(doc)
}

// validate compares a document with the form of evidence. What the form refuses where a placeholder stands is said of the
// placeholder.
func (r *Reader) validate(doc *document.Document) error {
	err := r.Schema.Validate(doc)
	if err == nil {
		return r.placeholders(doc)
	}
	if !r.isOurs(doc) {
		return r.foreign(doc)
	}
	var refused document.Errors
	if !errors.As(err, &refused) {
		return err
	}
	refused = r.withoutSection(doc, refused)
	if r.Placeholders == nil {
		return refused
	}
	texts := map[document.Position]string{}
	r.textsOf(doc, nil, doc.Value(), texts)
	var errs document.Errors
	covered := map[document.Position]bool{}
	for _, problem := range refused {
		place := document.Position{Line: problem.Line, Column: problem.Column}
		if text, ok := texts[place]; ok {
			copied := *problem
			copied.Message = placeholder.Named(text) + "is a placeholder, no value: " + problem.Message
			problem, covered[place] = &copied, true
		}
		errs = append(errs, problem)
	}
	for _, problem := range document.Collect(nil, r.placeholders(doc)) {
		if !covered[document.Position{Line: problem.Line, Column: problem.Column}] {
			errs = append(errs, problem)
		}
	}
	return errs.Sorted()
}

// textsOf gathers the placeholders of a value by their places.
func (r *Reader) textsOf(doc *document.Document, path []string, value any, texts map[document.Position]string) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			r.textsOf(doc, append(path, key), below, texts)
		}
	case []any:
		for i, below := range v {
			r.textsOf(doc, append(path, strconv.Itoa(i)), below, texts)
		}
	case string:
		if r.Placeholders.Is(v) {
			texts[doc.ValuePosition(document.Pointer(path...))] = v
		}
	}
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
			pointer := document.Pointer(path...)
			at := s.doc.ValuePosition(pointer)
			s.errs = append(s.errs, &document.Error{File: s.doc.Name(), Line: at.Line, Column: at.Column, Message: placeholder.Refusal(v), Pointer: pointer})
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
