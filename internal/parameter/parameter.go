// Package parameter holds the thresholds that policies are judged by: each has a value, a unit, the direction that is
// stricter, and the source it comes from. A profile gives all of them; a file of overrides changes some.
package parameter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/schema"
)

// Direction says in which direction a parameter asks for more.
type Direction string

// The directions.
const (
	Lower    Direction = "lower"    // a smaller number is stricter
	Higher   Direction = "higher"   // a larger number is stricter
	Subset   Direction = "subset"   // allowing fewer of a list is stricter
	Superset Direction = "superset" // demanding more of a list is stricter
)

// Parameter is a threshold in force.
type Parameter struct {
	Name        string
	Description string
	Value       any // json.Number, or []any of strings
	Unit        string
	Stricter    Direction
	Source      string // document and section the profile's value comes from
	Default     any    // the profile's value
	SetBy       string // the profile's name, or the file that changed the value
	File        string // where the profile gives it
	Line        int
}

// Looser reports whether the value asks for less than the profile's.
func (p Parameter) Looser() bool {
	switch p.Stricter {
	case Lower:
		return compare(p.Value, p.Default) > 0
	case Higher:
		return compare(p.Value, p.Default) < 0
	case Subset:
		return !contains(p.Default, p.Value)
	default:
		return !contains(p.Value, p.Default)
	}
}

// Set is all parameters in force, sorted by name.
type Set struct {
	Profile string
	all     []Parameter
}

// UnknownProfileError is a profile that does not exist.
type UnknownProfileError struct {
	Name  string
	Known []string
}

func (e *UnknownProfileError) Error() string {
	return fmt.Sprintf("unknown profile %q, known are %s", e.Name, strings.Join(e.Known, ", "))
}

// profileSchema is the form of a profile's files: parameters by name.
const profileSchema = `{
  "type": "object",
  "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
  "additionalProperties": {
    "type": "object", "additionalProperties": false,
    "required": ["value", "unit", "stricter", "source", "description"],
    "properties": {
      "value": {"type": ["number", "array"], "items": {"type": "string"}},
      "unit": {"type": "string", "minLength": 1},
      "stricter": {"enum": ["lower", "higher", "subset", "superset"]},
      "source": {"type": "string", "minLength": 1},
      "description": {"type": "string", "minLength": 1}
    }
  }
}`

// Load reads a profile: every YAML file in profiles/<name> below fsys.
func Load(fsys fs.FS, name string) (*Set, error) {
	known, err := fs.ReadDir(fsys, "profiles")
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	var names []string
	for _, entry := range known {
		names = append(names, entry.Name())
	}
	if !slices.Contains(names, name) {
		return nil, &UnknownProfileError{name, names}
	}
	files, err := fs.Glob(fsys, path.Join("profiles", name, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read profile %s: %w", name, err)
	}
	set := &Set{Profile: name}
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", name, err)
		}
		doc, err := document.Parse(file, data, document.DefaultLimits)
		if err != nil {
			return nil, err
		}
		values := doc.Value().(map[string]any)
		for key, value := range values {
			fields, _ := value.(map[string]any)
			text := func(field string) string { s, _ := fields[field].(string); return s }
			set.all = append(set.all, Parameter{
				Name: key, Description: text("description"), Value: fields["value"], Unit: text("unit"),
				Stricter: Direction(text("stricter")), Source: text("source"), Default: fields["value"],
				SetBy: name, File: file, Line: doc.Position(document.Pointer(key)).Line,
			})
		}
	}
	slices.SortFunc(set.all, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(set.all); i++ {
		if a, b := set.all[i-1], set.all[i]; a.Name == b.Name {
			return nil, fmt.Errorf("%s:%d: parameter %s is already given at %s:%d", b.File, b.Line, b.Name, a.File, a.Line)
		}
	}
	return set, nil
}

// VerifyProfile holds a profile's files against their form. Shipped profiles are verified by tests, not at each start.
func VerifyProfile(fsys fs.FS, name string) error {
	form, err := schema.Compile("profile", []byte(profileSchema))
	if err != nil {
		return err
	}
	files, err := fs.Glob(fsys, path.Join("profiles", name, "*.yaml"))
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		doc, err := document.Parse(file, data, document.DefaultLimits)
		if err == nil {
			err = form.Validate(doc)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Override applies a file of overrides, which has been read as doc. The set itself stays as it is.
func (s *Set) Override(doc *document.Document) (*Set, error) {
	form, err := schema.Compile("params", s.Schema())
	if err != nil {
		return nil, err
	}
	if err := form.Validate(doc); err != nil {
		return nil, err
	}
	changed := &Set{s.Profile, slices.Clone(s.all)}
	values, _ := doc.Value().(map[string]any)["parameters"].(map[string]any)
	for i, p := range changed.all {
		if value, there := values[p.Name]; there {
			changed.all[i].Value, changed.all[i].SetBy = value, doc.Name()
		}
	}
	return changed, nil
}

// Schema is the JSON Schema of a file of overrides for this set.
func (s *Set) Schema() []byte {
	properties := map[string]any{}
	for _, p := range s.all {
		form := map[string]any{"description": fmt.Sprintf("%s Unit: %s. The %s profile has %s (%s).",
			p.Description, p.Unit, s.Profile, assessment.ValueText(p.Default), p.Source)}
		if _, isNumber := p.Default.(json.Number); isNumber {
			form["type"] = "number"
			form["minimum"] = 0
		} else {
			form["type"], form["items"], form["minItems"] = "array", map[string]any{"type": "string"}, 1
		}
		properties[p.Name] = form
	}
	data, err := json.MarshalIndent(map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "Overrides of parameters",
		"type":                 "object",
		"additionalProperties": false,
		"required":             []string{"api_version", "kind", "parameters"},
		"properties": map[string]any{
			"api_version": map[string]any{"type": "string", "const": "raci-check/v1"},
			"kind":        map[string]any{"type": "string", "const": "Parameters"},
			"parameters":  map[string]any{"type": "object", "additionalProperties": false, "properties": properties},
		},
	}, "", "  ")
	if err != nil {
		panic(err) // maps of plain values always encode
	}
	return append(data, '\n')
}

// All lists the parameters, sorted by name.
func (s *Set) All() []Parameter { return s.all }

// Find answers the parameter of that name.
func (s *Set) Find(name string) (Parameter, bool) {
	i, found := slices.BinarySearchFunc(s.all, name, func(p Parameter, name string) int { return strings.Compare(p.Name, name) })
	if !found {
		return Parameter{}, false
	}
	return s.all[i], true
}

// Values are the values by name, as policies see them under data.params.
func (s *Set) Values() map[string]any {
	values := make(map[string]any, len(s.all))
	for _, p := range s.all {
		values[p.Name] = p.Value
	}
	return values
}

// Report is the parameters as an assessment lists them.
func (s *Set) Report() []assessment.Parameter {
	listed := make([]assessment.Parameter, 0, len(s.all))
	for _, p := range s.all {
		listed = append(listed, assessment.Parameter{
			Name: p.Name, Description: p.Description, Value: p.Value, Unit: p.Unit, Source: p.Source,
			Default: p.Default, Looser: p.Looser(), SetBy: p.SetBy,
		})
	}
	return listed
}

func compare(a, b any) int {
	x, okX := rational(a)
	y, okY := rational(b)
	if !okX || !okY {
		return 0
	}
	return x.Cmp(y)
}

func rational(value any) (*big.Rat, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}

// contains reports whether every item of the second list is in the first.
func contains(list, items any) bool {
	all, _ := list.([]any)
	some, _ := items.([]any)
	for _, item := range some {
		if !slices.Contains(all, item) {
			return false
		}
	}
	return true
}
