// Package parameter holds the thresholds that policies compare with: each has a value, a unit, the direction that is
// stricter, and the source it comes from. The baseline profile gives all of them, other profiles are overlays that change
// some; where several are named, the strictest value holds. A file of overrides changes some of what results.
package parameter

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Direction says in which direction a parameter asks for more.
type Direction string

const (
	Lower    Direction = "lower"    // a smaller number is stricter
	Higher   Direction = "higher"   // a larger number is stricter
	Subset   Direction = "subset"   // allowing fewer of a list is stricter
	Superset Direction = "superset" // demanding more of a list is stricter
	Unknown  Direction = "unknown"  // nobody can say: any other value counts as looser
)

// Parameter is a threshold in force.
type Parameter struct {
	Name        string
	Description string
	Value       any // json.Number, or []any of strings
	Unit        string
	Stricter    Direction
	Source      string   // document and section the profile's value comes from
	Default     any      // the value that results from the profiles
	SetBy       string   // the profile that gives the value, or several with commas, or the file that changed it
	Baseline    any      // the baseline's value
	Profiles    []string // those that Default comes from, sorted
	// LooserBecause is why the profile asks for less than the baseline; empty where it does not.
	LooserBecause string
	File          string // where the profile gives it
	Line          int
}

// Looser reports whether the value asks for less than the profile's.
func (p Parameter) Looser() bool { return !p.asks(p.Default) }

// Milder reports whether the value asks for less than the baseline's because a profile does.
func (p Parameter) Milder() bool {
	allowed := p
	allowed.Value = p.Default
	return !allowed.asks(p.Baseline) && !p.asks(p.Baseline)
}

// asks reports whether the value asks for at least as much as another does.
func (p Parameter) asks(other any) bool {
	switch p.Stricter {
	case Lower:
		return compare(p.Value, other) <= 0
	case Higher:
		return compare(p.Value, other) >= 0
	case Subset:
		return contains(other, p.Value)
	case Superset:
		return contains(p.Value, other)
	default:
		return same(p.Value, other)
	}
}

// same reports whether two values are one number, or lists of the same items.
func same(a, b any) bool {
	if isList(a) || isList(b) {
		return isList(a) && isList(b) && contains(a, b) && contains(b, a)
	}
	x, okX := rational(a)
	y, okY := rational(b)
	return okX && okY && x.Cmp(y) == 0
}

// Set is all parameters in force, sorted by name.
type Set struct {
	Profiles []string // that were named, sorted
	all      []Parameter
}

// Profile names the profiles in one text, in an order that does not depend on how they were asked for.
func (s *Set) Profile() string { return strings.Join(s.Profiles, " + ") }

// Override applies a file of overrides, which has been read as doc. The set itself stays as it is.
func (s *Set) Override(doc *document.Document) (*Set, error) {
	form, err := schema.Compile("params", s.Schema())
	if err != nil {
		return nil, err
	}
	if err := form.Validate(doc); err != nil {
		return nil, err
	}
	changed := &Set{s.Profiles, slices.Clone(s.all)}
	values, _ := doc.Value().(map[string]any)["parameters"].(map[string]any)
	for i, p := range changed.all {
		if value, ok := values[p.Name]; ok {
			changed.all[i].Value, changed.all[i].SetBy = value, doc.Name()
		}
	}
	return changed, nil
}

// daysMax is a century: nothing is asked for longer, and the nanoseconds of some three centuries are more than a time can have.
const daysMax = 36500

// Schema is the JSON Schema of a file of overrides for this set.
func (s *Set) Schema() []byte {
	properties := map[string]any{}
	for _, p := range s.all {
		form := map[string]any{"description": fmt.Sprintf("%s Unit: %s. By the profile %s it is %s (%s).",
			p.Description, p.Unit, s.Profile(), verdict.ValueText(p.Default), p.Source)}
		if _, isNumber := p.Default.(json.Number); isNumber {
			form["type"] = "number"
			form["minimum"] = 0
			if p.Unit == "days" {
				form["maximum"] = daysMax
			}
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

func (s *Set) Find(name string) (Parameter, bool) {
	i, ok := slices.BinarySearchFunc(s.all, name, func(p Parameter, name string) int { return strings.Compare(p.Name, name) })
	if !ok {
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
	required, _ := items.([]any)
	for _, item := range required {
		if !slices.Contains(all, item) {
			return false
		}
	}
	return true
}
