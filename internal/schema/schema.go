// Package schema checks documents against a JSON Schema (draft 2020-12) and says in a person's words, and at its place in
// the file, what does not fit. Messages repeat no value of the document, which may be secret, but days, times and numbers in another spelling.
package schema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/document"
)

// Schema is a compiled JSON Schema. It can be used by several goroutines at once.
type Schema struct {
	root func() (*jsonschema.Schema, error)
	raw  any       // the schema as plain value: descriptions and names of fields are looked up there
	fast *acceptor // looks at a value first; nil for not
}

// Where a schema lives, by its address. The library checks no schema below the first address against the metaschema, which
// takes as long as all the rest of compiling.
const (
	trusted  = "https://json-schema.org/raci-check/"
	verified = "urn:raci-check:"
)

// Compile compiles a schema that is part of this program; the name stands for it in errors. Mistakes in keywords are
// not found here but by Verify, in tests.
func Compile(name string, raw []byte) (*Schema, error) {
	value, err := parse(name, raw)
	if err != nil {
		return nil, err
	}
	root, err := compile(trusted, name, value)
	if err != nil {
		return nil, err
	}
	return &Schema{root: func() (*jsonschema.Schema, error) { return root, nil }, raw: value}, nil
}

// Proven is Compile of a schema that Verify has held good, in a test or before. The library compiles it only when a value
// comes that may not fit, because that takes longer than to see that a value fits.
func Proven(name string, raw []byte) (*Schema, error) {
	value, err := parse(name, raw)
	if err != nil {
		return nil, err
	}
	return ProvenValue(name, value), nil
}

// ProvenValue is Proven of a schema that is a JSON value, numbers as json.Number.
func ProvenValue(name string, value any) *Schema {
	root := sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(trusted, name, value) })
	return &Schema{root: root, raw: value, fast: newAcceptor(value)}
}

// Verify checks a schema against the metaschema: a keyword with a wrong value would bind nobody.
func Verify(name string, raw []byte) error {
	value, err := parse(name, raw)
	if err != nil {
		return err
	}
	_, err = compile(verified, name, value)
	return err
}

func parse(name string, raw []byte) (any, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return value, nil
}

func compile(base, name string, value any) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(nil) // a reference to another file is an error
	compiler.AssertFormat()
	for _, format := range formats {
		compiler.RegisterFormat(format)
	}
	if base == trusted && mentions(value, "propertyNames") { // each form is asked for it, which takes time
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
	return root, nil
}

// validate is nil where a plain value fits; else, if nothing is wrong with the schema, a *jsonschema.ValidationError.
func (s *Schema) validate(value any) error {
	if s.fast != nil && s.fast.fits(value) {
		return nil
	}
	root, err := s.root()
	if err != nil {
		return err
	}
	return root.Validate(value)
}

// Value is the schema as a plain value, which is not to be changed.
func (s *Schema) Value() any { return s.raw }

// Misfit answers a JSON pointer to something in a plain value that does not fit, and whether there is any.
func (s *Schema) Misfit(value any) (pointer string, misfit bool) {
	var invalid *jsonschema.ValidationError
	if err := s.validate(value); err == nil {
		return "", false
	} else if !errors.As(err, &invalid) {
		return "", true
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return document.Pointer(invalid.InstanceLocation...), true
}

// Validate checks a document against the schema. What does not fit comes as document.Errors, one a place; of a document that is
// plainly something else, or a file of another kind, one says so. A time of midnight in UTC is put down as its day where the schema has a date: programs that
// read YAML and write it again, such as sops, make it of a date.
func (s *Schema) Validate(d *document.Document) error {
	err := s.validate(d.Value())
	for err != nil && s.setDays(d, err) {
		err = s.validate(d.Value())
	}
	if err == nil {
		return nil
	}
	if foreign := d.Foreign(); foreign != nil {
		return document.Errors{foreign}
	}
	wanted, _ := document.Lookup(s.raw, "/properties/kind/const")
	if kind, _ := wanted.(string); kind != "" {
		if other := d.OfOtherKind(kind); other != nil {
			return document.Errors{other}
		}
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
		errs = append(errs, &document.Error{File: d.Name(), Line: at.Line, Column: at.Column, Message: c.message, Pointer: c.pointer})
	}
	return errs.Sorted()
}
