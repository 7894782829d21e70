package schema

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/document"
)

// forms are of every keyword that the acceptor knows, and of some that it does not.
var forms = []string{
	`true`, `false`, `{}`, `{"title": "a", "description": "b", "x-note": 1}`,
	`{"type": "null"}`, `{"type": "boolean"}`, `{"type": "string"}`, `{"type": "number"}`, `{"type": "integer"}`,
	`{"type": "array"}`, `{"type": "object"}`, `{"type": ["string", "null"]}`,
	`{"const": 1}`, `{"const": "a"}`, `{"const": null}`, `{"const": [1]}`, `{"enum": ["a", 1.0, null, true, [1]]}`,
	`{"required": ["a"]}`, `{"properties": {"a": {"type": "string"}}}`,
	`{"properties": {"a": true}, "additionalProperties": false}`, `{"additionalProperties": {"type": "integer"}}`,
	`{"properties": {"a": true}, "patternProperties": {"^b": true}, "additionalProperties": false}`,
	`{"items": {"type": "integer"}}`, `{"items": false}`, `{"prefixItems": [true], "items": false}`, `{"uniqueItems": true}`, `{"uniqueItems": false}`, `{"minItems": 1}`, `{"minItems": 2}`,
	`{"minProperties": 1}`, `{"minProperties": 2}`, `{"maxProperties": 0}`, `{"maxProperties": 1}`,
	`{"minLength": 1}`, `{"minLength": 3}`, `{"maxLength": 1}`, `{"pattern": "^a"}`, `{"pattern": "é{2}"}`,
	`{"format": "date"}`, `{"format": "date-time"}`, `{"format": "uuid"}`, `{"format": "ipv4"}`, `{"format": "of nobody"}`,
	`{"minimum": 1}`, `{"minimum": 1.0}`, `{"minimum": 1.5}`, `{"exclusiveMinimum": 1}`, `{"exclusiveMinimum": 0}`, `{"maximum": 1}`, `{"maximum": 1.5}`,
	`{"exclusiveMaximum": 1}`, `{"multipleOf": 2}`, `{"not": {"type": "string"}}`, `{"anyOf": [{"type": "string"}]}`,
	`{"$ref": "#/$defs/name"}`, `{"$ref": "#/$defs/name", "minLength": 2}`, `{"$ref": "#/$defs/other"}`, `{"$ref": "#/$defs/with%20space"}`,
	`{"$ref": "#/$defs/tree"}`, `{"$anchor": "here"}`,
}

var values = []string{
	`null`, `true`, `false`, `""`, `"a"`, `"ab"`, `"éé"`, `"aé"`, `"1"`, `"2026-02-28"`, `"2026-02-30"`, `"1969-12-31"`,
	`"2026-02-28T00:00:00Z"`, `"2026-02-28t00:00:00z"`, `"2026-02-28T24:00:00Z"`, `"127.0.0.1"`,
	`"7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"`, `"7d0c0f2e9a414a5e8f0a3b1b6a1f5c21"`, `"{7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}"`, `"7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c2g"`,
	`0`, `1`, `2`, `-1`, `1.0`, `1e0`, `1.5`, `0.99999999999999999999999`, `1.00000000000000000000001`, `9007199254740993`,
	`[]`, `[1]`, `[1, 2]`, `["a", 1]`, `["a", "a"]`, `[1, 1.0]`, `[0, -0]`, `[0, -0.0]`, `[1e400, 1e401]`, `[{"a": 1}, {"a": 2}]`, `[{"a": 1, "b": [1e1]}, {"b": [10], "a": 1}]`, `[null, false, "", [], {}, 0]`, `{}`, `{"a": "b"}`, `{"a": 1}`, `{"a": "b", "c": 1}`, `{"b": 1}`, `{"a": null}`,
	`{"below": {"below": {}}}`, `{"below": {"below": 1}}`,
}

// Whatever the acceptor accepts fits by the library too; and of what it was made for it accepts all.
func TestAcceptorAcceptsOnlyWhatFits(t *testing.T) {
	plain, accepted, fitting := 0, 0, 0
	for _, form := range forms {
		for _, place := range []string{`"properties": {"x": %s}`, `"allOf": [{"properties": {"x": %s}}]`} {
			raw := fmt.Sprintf(`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://raci-check.example/x",
				"$defs": {"name": {"type": "string"}, "other": {"$ref": "#/$defs/name"}, "with space": {"type": "string"},
					"tree": {"additionalProperties": {"$ref": "#/$defs/tree"}, "type": "object"}}, `+place+`}`, form)
			if err := Verify("x", []byte(raw)); err != nil {
				t.Fatal(err)
			}
			library, err := Compile("x", []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			proven, err := Proven("x", []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range values {
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(`{"x": ` + text + `}`)))
				if err != nil {
					t.Fatal(err)
				}
				fits := library.validate(value) == nil
				if proven.fast.fits(value) {
					accepted++
					if !fits {
						t.Errorf("%s is accepted for %s", text, form)
					}
				}
				if fits {
					fitting++
				}
				if (proven.validate(value) == nil) != fits {
					t.Errorf("%s for %s: %v, wanted %v", text, form, !fits, fits)
				}
				plain++
			}
		}
	}
	t.Logf("%d values, %d fit, %d accepted", plain, fitting, accepted)
	if accepted < fitting/3 {
		t.Errorf("of %d values that fit only %d are accepted", fitting, accepted)
	}
}

// A schema whose references may mean something else, or never end, is left to the library.
func TestAcceptorLeavesReferencesToTheLibrary(t *testing.T) {
	for _, raw := range []string{
		`{"$ref": "#"}`,
		`{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}`,
		`{"properties": {"x": {"$id": "https://raci-check.example/inner", "$ref": "#/$defs/a"}}, "$defs": {"a": true}}`,
		`{"$schema": "http://json-schema.org/draft-07/schema#"}`,
	} {
		proven, err := Proven("x", []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if proven.fast != nil && proven.fast.fits(map[string]any{"x": "a"}) {
			t.Errorf("%s accepts", raw)
		}
	}
}

// Compliant evidence is accepted without the library: a keyword of its schema that the acceptor does not know would make every
// start slow, and nothing else would say so.
func TestAcceptorKnowsTheShippedSchema(t *testing.T) {
	read := func(name string) any {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	const folder = "../../policies/okms/schema/"
	root := read(folder + "_root.json").(map[string]any)
	evidence, err := filepath.Glob("../../evidence/compliant/*.yaml")
	if err != nil || len(evidence) == 0 {
		t.Fatal(err)
	}
	for _, name := range evidence {
		section := strings.TrimSuffix(filepath.Base(name), ".yaml")
		root["properties"].(map[string]any)[section] = read(folder + section + ".json")
	}
	for _, name := range evidence {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := document.Parse(name, data, document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if !newAcceptor(root).fits(doc.Value()) {
			t.Errorf("%s is not seen to fit", name)
		}
	}
}
