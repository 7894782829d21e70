package schema

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/raci-check/raci-check/internal/document"
)

// violation is one keyword of the schema that one value breaks: a leaf of the library's tree of errors.
type violation struct {
	location    []string // of the value
	kind        jsonschema.ErrorKind
	causes      []*jsonschema.ValidationError // of the kinds that are explained by others
	form        map[string]any                // the schema object that holds the keyword
	description string                        // of that object, or of the one that refers to it
}

// field is the name of the field that the value is in; empty at the top.
func (v violation) field() string {
	for _, part := range slices.Backward(v.location) {
		if _, err := strconv.Atoi(part); err != nil {
			return part
		}
	}
	return ""
}

// complaints is what a person should read about the violations, at most one for each pointer.
func (s *Schema) complaints(d *document.Document, e *jsonschema.ValidationError) []complaint {
	var all []complaint
	for _, v := range s.violations(e, "") {
		value, _ := d.Lookup(document.Pointer(v.location...))
		all = append(all, s.explain(v, value)...)
	}
	// The library goes through mappings in no fixed order.
	slices.SortFunc(all, func(a, b complaint) int {
		return cmp.Or(cmp.Compare(a.pointer, b.pointer), cmp.Compare(a.message, b.message))
	})
	return slices.CompactFunc(all, func(a, b complaint) bool { return a.pointer == b.pointer })
}

// violations flattens the library's tree of errors. The description is that of the schema that led here.
func (s *Schema) violations(e *jsonschema.ValidationError, description string) []violation {
	form := s.form(e.SchemaURL)
	if own, _ := form["description"].(string); own != "" {
		description = own
	}
	below := func(cause *jsonschema.ValidationError) []violation {
		if len(cause.InstanceLocation) > len(e.InstanceLocation) {
			return s.violations(cause, "")
		}
		return s.violations(cause, description)
	}
	var leaves []violation
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			leaves = append(leaves, below(cause)...)
		}
		return leaves
	case *kind.PropertyNames:
		return nil // badKey says the same
	case *kind.AnyOf:
		return nearestBranch(e, below)
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			return nearestBranch(e, below)
		}
	}
	return []violation{{e.InstanceLocation, e.ErrorKind, e.Causes, form, description}}
}

// nearestBranch picks, of forms of which one must fit and none does, the one that was most likely meant: of those for
// this type of value, the one with the least to fix. When no form is for this type, all their types are named.
func nearestBranch(e *jsonschema.ValidationError, below func(*jsonschema.ValidationError) []violation) []violation {
	var nearest, mistyped []violation
	for _, cause := range e.Causes {
		branch := below(cause)
		switch {
		case len(branch) == 1 && branch[0].mistypes(e.InstanceLocation):
			mistyped = append(mistyped, branch[0])
		case nearest == nil || effort(branch) < effort(nearest):
			nearest = branch
		}
	}
	if nearest != nil {
		return nearest
	}
	all := mistyped[0]
	merged := kind.Type{Got: all.kind.(*kind.Type).Got}
	for _, v := range mistyped {
		merged.Want = append(merged.Want, v.kind.(*kind.Type).Want...)
	}
	all.kind = &merged
	return []violation{all}
}

// mistypes reports whether the violation is that the value at a location has the wrong type.
func (v violation) mistypes(location []string) bool {
	_, ok := v.kind.(*kind.Type)
	return ok && slices.Equal(v.location, location)
}

// effort is how much there is to fix.
func effort(branch []violation) int {
	effort := 0
	for _, v := range branch {
		switch k := v.kind.(type) {
		case *kind.AdditionalProperties:
			effort += len(k.Properties)
		case *kind.Required:
			effort += len(k.Missing)
		default:
			effort++
		}
	}
	return effort
}

// form is the schema object at an address that the library gives; nil when it is true or false.
func (s *Schema) form(address string) map[string]any {
	_, fragment, _ := strings.Cut(address, "#")
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return nil
	}
	value, _ := document.Lookup(s.raw, pointer)
	form, _ := value.(map[string]any)
	return form
}
