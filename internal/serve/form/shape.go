// Package form makes a form of the schema of evidence: a section with its values becomes fields, and what a person typed into them
// becomes changes. It writes nothing and knows neither pages nor verdicts.
package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/translate"
)

// Schema is the schema of evidence, as forms are made of it.
type Schema struct {
	root *evidence.Form
	raw  map[string]any // the same with the keywords that evidence.Form leaves out
	// Language is what people read the form in; nil for English.
	Language *translate.Translator

	resolved sync.Map // what references lead to: a shape for each *evidence.Form with one
}

// Open reads the schema.
func Open(format *evidence.Format) (*Schema, error) {
	root, err := format.Describe()
	if err != nil {
		return nil, err
	}
	s := &Schema{root: root}
	if err := json.Unmarshal(format.Schema, &s.raw); err != nil {
		return nil, fmt.Errorf("read evidence schema: %w", err)
	}
	if _, isObject := s.raw["properties"].(map[string]any); !isObject {
		return nil, errors.New("read evidence schema: it has no properties")
	}
	return s, nil
}

// Sections are the names of the sections, sorted.
func (s *Schema) Sections() []string { return s.root.Sections() }

// About is what a section covers.
func (s *Schema) About(section string) string {
	return s.Language.Meaning("/"+section, s.section(section).Description)
}

// Label is a name of the schema as people read it.
func (s *Schema) Label(name string) string { return s.Language.Label(name, label(name)) }

// shape is one value of the schema.
type shape struct {
	*evidence.Form
	raw map[string]any
}

// What stands beside the sections: which activities are not applicable, and what the evidence is of.
const (
	declarations = "not_applicable"
	Metadata     = "metadata"
)

// section is the shape of a section; its form is nil where there is none.
func (s *Schema) section(name string) shape {
	if form := s.root.Properties.Forms[name]; form != nil && (evidence.IsSection(name) || name == declarations || name == Metadata) {
		properties, _ := s.raw["properties"].(map[string]any)
		raw, _ := properties[name].(map[string]any)
		return s.resolve(shape{form, raw})
	}
	return shape{}
}

// Has reports whether there is such a section.
func (s *Schema) Has(section string) bool { return s.section(section).Form != nil }

// resolve follows a reference into the definitions; what stands beside the reference wins.
func (s *Schema) resolve(v shape) shape {
	name, isRef := strings.CutPrefix(v.Ref, "#/$defs/")
	if !isRef {
		return v
	}
	if before, isResolved := s.resolved.Load(v.Form); isResolved {
		return before.(shape)
	}
	definitions, _ := s.raw["$defs"].(map[string]any)
	definition, _ := definitions[name].(map[string]any)
	merged := map[string]any{}
	for _, keywords := range []map[string]any{definition, v.raw} {
		maps.Copy(merged, keywords)
	}
	resolved := *s.root.Resolve(v.Form)
	if v.WrittenBy != "" {
		resolved.WrittenBy = v.WrittenBy
	}
	s.resolved.Store(v.Form, shape{&resolved, merged})
	return shape{&resolved, merged}
}

// field is a field of an object.
func (s *Schema) field(v shape, name string) shape {
	form := v.Properties.Forms[name]
	if form == nil {
		return shape{}
	}
	properties, _ := v.raw["properties"].(map[string]any)
	raw, _ := properties[name].(map[string]any)
	return s.resolve(shape{form, raw})
}

// items is what a list has.
func (s *Schema) items(v shape) shape {
	raw, _ := v.raw["items"].(map[string]any)
	return s.resolve(shape{v.Items, raw})
}

// below is what a part of a pointer leads to.
func (s *Schema) below(v shape, part string) shape {
	if v.Type == "array" {
		return s.items(v)
	}
	return s.field(v, part)
}

// kind says how a value is typed in.
func (s *Schema) kind(v shape) Kind {
	switch {
	case v.Type == "object" && slices.Contains(v.Properties.Names, "path") && slices.Contains(v.Properties.Names, "sha256"):
		return Artifact
	case v.Type == "object":
		return Object
	case v.Type == "array" && len(s.items(v).Enum) > 0:
		return Choices
	case v.Type == "array":
		return List
	case len(v.Enum) > 0:
		return Choice
	case v.Type == "boolean":
		return Boolean
	case v.Type == "integer":
		return Integer
	case v.Type == "number":
		return Number
	case v.Format == "date":
		return Date
	case v.Format == "date-time":
		return Instant
	}
	return Text
}

// refersTo are the kinds of objects that a text names, sorted: those of x-ref, and persons. Reference data is no object.
func (v shape) refersTo() []string {
	var kinds []string
	add := func(value any) {
		words, _ := value.([]any)
		for _, word := range words {
			if kind, isText := word.(string); isText {
				kinds = append(kinds, kind)
			}
		}
	}
	references, isList := v.raw["x-ref"].([]any)
	if !isList {
		references = []any{v.raw["x-ref"]}
	}
	for _, reference := range references {
		fields, _ := reference.(map[string]any)
		add(fields["to"])
	}
	if person, isPerson := v.raw["x-person"].(map[string]any); isPerson {
		kinds = append(kinds, "person")
		add(person["or"])
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// limit is a limit of a number as the schema writes it; empty for none.
func (v shape) limit(keyword string) string {
	if value, limited := v.raw[keyword].(float64); limited {
		text, _ := json.Marshal(value)
		return string(text)
	}
	return ""
}
