package schema

import (
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// keyNames checks the keys of a mapping against propertyNames once more, after the library has: the location that the
// library gives its own errors of this kind is overwritten by later steps. Those are left out, these are reported.
type keyNames struct{ form *jsonschema.Schema }

// badKey is a violation of propertyNames whose location can be relied on.
type badKey struct{ kind.PropertyNames }

var keyNamesVocabulary = &jsonschema.Vocabulary{
	URL: "urn:raci-check:key-names",
	Compile: func(ctx *jsonschema.CompilerContext, form map[string]any) (jsonschema.SchemaExt, error) {
		if _, ok := form["propertyNames"]; !ok {
			return nil, nil
		}
		return keyNames{ctx.Enqueue([]string{"propertyNames"})}, nil
	},
}

func (k keyNames) Validate(ctx *jsonschema.ValidatorContext, value any) {
	fields, _ := value.(map[string]any)
	for name := range fields {
		var invalid *jsonschema.ValidationError
		if errors.As(k.form.Validate(name), &invalid) {
			ctx.AddErrors([]*jsonschema.ValidationError{invalid}, &badKey{kind.PropertyNames{Property: name}})
		}
	}
}
