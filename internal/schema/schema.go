// Package schema holds documents against a JSON Schema (draft 2020-12) and says in a person's words, and at its place in
// the file, what does not fit. Messages never repeat a value of the document: it may be secret.
package schema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"raci-check/internal/document"
)

// Schema is a compiled JSON Schema. It can be used by several goroutines at once.
type Schema struct {
	root *jsonschema.Schema
	raw  any // the schema as plain value: descriptions and names of fields are looked up there
}

// Where a schema is said to live. The library holds no schema below the first address against the metaschema, which
// takes as long as all the rest of compiling.
const (
	trusted  = "https://json-schema.org/raci-check/"
	verified = "urn:raci-check:"
)

// Compile compiles a schema that is part of this program; the name stands for it in errors. Mistakes in keywords are
// not found here but by Verify, in tests.
func Compile(name string, raw []byte) (*Schema, error) { return compile(trusted, name, raw) }

// Verify holds a schema against the metaschema: a keyword with a wrong value would bind nobody.
func Verify(name string, raw []byte) error {
	_, err := compile(verified, name, raw)
	return err
}

func compile(base, name string, raw []byte) (*Schema, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(nil) // a reference to another file is an error
	compiler.AssertFormat()
	for _, format := range formats {
		compiler.RegisterFormat(format)
	}
	if base == trusted && bytes.Contains(raw, []byte("propertyNames")) { // each form is asked for it, which takes time
		compiler.RegisterVocabulary(keyNamesVocabulary)
		compiler.AssertVocabs()
	}
	address := base + url.PathEscape(name)
	if err := compiler.AddResource(address, value); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	root, err := compiler.Compile(address)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	if root.DraftVersion != 2020 {
		return nil, fmt.Errorf("schema %s: not of draft 2020-12", name)
	}
	return &Schema{root, value}, nil
}

// Valid reports whether a plain value fits.
func (s *Schema) Valid(value any) bool { return s.root.Validate(value) == nil }

// Misfit answers a JSON pointer to something in a plain value that does not fit, and whether there is any.
func (s *Schema) Misfit(value any) (pointer string, found bool) {
	var invalid *jsonschema.ValidationError
	if err := s.root.Validate(value); err == nil {
		return "", false
	} else if !errors.As(err, &invalid) {
		return "", true
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return document.Pointer(invalid.InstanceLocation...), true
}

// Validate holds a document against the schema. What does not fit comes as document.Errors, one a place.
func (s *Schema) Validate(d *document.Document) error {
	err := s.root.Validate(d.Value())
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("%s: %w", d.Name(), err)
	}
	var errs document.Errors
	for _, c := range s.complaints(d, invalid) {
		at := d.Position(c.pointer)
		if c.atValue {
			at = d.ValuePosition(c.pointer)
		}
		errs = append(errs, &document.Error{File: d.Name(), Line: at.Line, Column: at.Column, Message: c.message})
	}
	return errs.Sorted()
}
