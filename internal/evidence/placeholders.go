package evidence

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
)

// placeholders refuses texts that stand for a value that is not known yet. A field that the schema gives a list or a form of
// values decides by that.
func (r *Reader) placeholders(doc *document.Document) error {
	if r.Placeholders == nil {
		return nil
	}
	var errs document.Errors
	value := doc.Value()
	if fields, isObject := value.(map[string]any); isObject && r.Proves {
		now := maps.Clone(fields)
		maps.DeleteFunc(now, func(_ string, section any) bool { return mayBeProved(section) })
		value = now
	}
	r.search(value, func(pointer, text string) { errs = append(errs, refusal(doc, pointer, text)) })
	if err := unidentified(doc); err != nil {
		errs = append(errs, err)
	}
	return errs.Sorted()
}

// unidentified refuses facts about a service whose id is not known yet. Without any fact, all is missing anyway.
func unidentified(doc *document.Document) *document.Error {
	const pointer = "/metadata/service/id"
	fields, _ := doc.Value().(map[string]any)
	if id, _ := doc.Lookup(pointer); id != placeholder.ServiceID || !slices.ContainsFunc(slices.Collect(maps.Keys(fields)), IsSection) {
		return nil
	}
	at := doc.ValuePosition(pointer)
	return &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Pointer: pointer, Message: placeholder.Named(placeholder.ServiceID) +
		"is a placeholder, no value: raci-check init --service-id ID puts the id of the domain into all files of a folder"}
}

func refusal(doc *document.Document, pointer, text string) *document.Error {
	at := doc.ValuePosition(pointer)
	return &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Message: placeholder.Refusal(text), Pointer: pointer}
}

// Unproved is a text that stands for no value, unless the service really has it.
type Unproved struct {
	Pointer string
	Text    string
}

// mayBeProved reports whether raw answers are kept of a section, or whether it is a part of one.
func mayBeProved(section any) bool {
	value, _ := document.Lookup(section, "/source/artifact")
	artifact, _ := value.(map[string]any)
	return len(DerivationOf(artifact).Readers) > 0 || PartOf(section) > 0
}

// unproved gathers the placeholders of the sections that Open has not looked at yet. Only what the service answered can prove them.
func (r *Reader) unproved(set *Set) {
	if r.Placeholders == nil || !r.Proves {
		return
	}
	later := map[string]any{}
	for name, section := range set.Value {
		if IsSection(name) && (mayBeProved(section) || len(set.more[name]) > 0) {
			later[name] = section
		}
	}
	r.search(later, func(pointer, text string) { set.Unproved = append(set.Unproved, Unproved{pointer, text}) })
	slices.SortFunc(set.Unproved, func(a, b Unproved) int { return strings.Compare(a.Pointer, b.Pointer) })
}

// Refuse is the error for the placeholders of a set that nothing proves; nil where something proves each.
func (s *Set) Refuse(proves func(pointer string) bool) error {
	var errs document.Errors
	for _, unproved := range s.Unproved {
		if !proves(unproved.Pointer) {
			doc, pointer := s.Within(unproved.Pointer)
			errs = append(errs, refusal(doc, pointer, unproved.Text))
		}
	}
	return errs.Sorted()
}

// search visits the placeholders of a value in the form of evidence, in no fixed order.
func (r *Reader) search(value any, visit func(pointer, text string)) {
	root, _ := r.Schema.Value().(map[string]any)
	definitions, _ := root["$defs"].(map[string]any)
	s := search{placeholders: r.Placeholders, definitions: definitions, visit: visit}
	s.value(nil, root, value)
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
	if name := enclosing(doc); name != "" {
		return document.Errors{doc.Errorf(document.Pointer(name),
			"this is evidence one level too deep, below %q: remove that line, and move what is below it to the left", name)}
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
	visit        func(pointer, text string)
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
			s.visit(document.Pointer(path...), v)
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
