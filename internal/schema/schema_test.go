package schema_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
)

func compile(t testing.TB, text string) *schema.Schema {
	t.Helper()
	if err := schema.Verify("test", []byte(text)); err != nil {
		t.Fatal(err)
	}
	form, err := schema.Compile("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func fits(form *schema.Schema, value any) bool {
	_, misfit := form.Misfit(value)
	return !misfit
}

func read(t testing.TB, text string) *document.Document {
	t.Helper()
	doc, err := document.Parse("f.yaml", []byte(text), document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

const jobs = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://raci-check.example/schema/test",
  "type": "object",
  "additionalProperties": false,
  "required": ["kind"],
  "properties": {
    "kind": {"const": "Evidence"},
    "source": {"$ref": "#/$defs/source"},
    "jobs": {
      "type": "array",
      "minItems": 1,
      "maxItems": 3,
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "name"],
        "description": "A job.",
        "properties": {
          "id": {"type": "string", "format": "uuid"},
          "name": {"type": "string", "minLength": 1, "maxLength": 5},
          "label": {"type": "string", "minLength": 2},
          "retention_days": {"type": "integer", "minimum": 0, "maximum": 3650},
          "rpo_hours": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
          "step": {"multipleOf": 5},
          "version": {"const": 1},
          "code": {"maxLength": 1},
          "encrypted": {"type": "boolean"},
          "scope": {"type": "array", "uniqueItems": true, "items": {"enum": ["keys", "secrets", "configuration"]}},
          "method": {"type": "string", "enum": ["api", "export", "document", "statement"]},
          "sha256": {"$ref": "#/$defs/sha256"},
          "digest": {"$ref": "#/$defs/sha256", "description": "Digest, 64 hexadecimal digits."},
          "key": {"type": "string", "pattern": "^k-", "description": "Id of a key, such as k-1."},
          "size": {"type": ["number", "null"]},
          "owner": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
          "target": {"oneOf": [
            {"type": "object", "additionalProperties": false, "required": ["url"], "properties": {"url": {"type": "string", "format": "uri"}}},
            {"type": "object", "additionalProperties": false, "required": ["host", "port"], "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}}
          ]},
          "both": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
          "strict": {"allOf": [{"minLength": 3}, {"pattern": "^[a-z]+$"}]},
          "never": false,
          "un": {"not": {"type": "integer"}},
          "mail": {"format": "email"},
          "net": {"format": "ipv4"},
          "tags": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "minProperties": 1, "maxProperties": 2},
          "open": {"type": "object", "properties": {"a": true}, "unevaluatedProperties": false},
          "pair": {"dependentRequired": {"a": ["b"]}},
          "when": {"if": {"properties": {"kind": {"const": "x"}}, "required": ["kind"]}, "then": {"required": ["why"]}},
          "has": {"contains": {"const": 1}},
          "any": true
        }
      }
    }
  },
  "$defs": {
    "source": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "on": {"type": "string", "format": "date"},
        "collected_at": {"type": "string", "format": "date-time"},
        "collected_by": {"type": "string"}
      }
    },
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}
  }
}`

// job is a document with one complete job and one more line in it.
func job(line string) string {
	return "kind: Evidence\njobs:\n  - id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21\n    name: a\n    " + line + "\n"
}

func TestValidateSaysWhatIsWrongAndWhere(t *testing.T) {
	const (
		instant = "must be an RFC 3339 time with a zone, such as 2026-11-18T09:00:00Z"
		methods = "must be one of api, export, document, statement"
	)
	form := compile(t, jobs)
	for _, test := range []struct {
		name, text string
		want       []string // without the file
	}{
		{"a typo in a field", job("retension_days: 5"), []string{`5:5: unknown field "retension_days", did you mean "retention_days"?`}},
		{"a field in camel case", job("retentionDays: 5"), []string{`5:5: unknown field "retentionDays", did you mean "retention_days"?`}},
		{"a field without its unit", job("retention: 5"), []string{`5:5: unknown field "retention", did you mean "retention_days"?`}},
		{"an unknown field among few", "kind: Evidence\nextra: 1\n", []string{`2:1: unknown field "extra", known are jobs, kind, source`}},
		{"the comment of an editor", "yaml-language-server: $schema=x.json\nkind: Evidence\n", []string{`1:1: unknown field "yaml-language-server": this line is a comment for editors: put "# " back in front of it`}},
		{"a schema as a field", "kind: Evidence\n$schema: x.json\n", []string{"2:1: unknown field \"$schema\": editors take the schema from a comment: write `# yaml-language-server: $schema=…` instead"}},
		{"an unknown field among many", job("quux: 5"), []string{`5:5: unknown field "quux"`}},
		{"an unknown field behind a reference", "kind: Evidence\nsource: {collectedby: x}\n", []string{`2:10: unknown field "collectedby", did you mean "collected_by"?`}},
		{"a field that is too long to be one", job(strings.Repeat("x", 65) + ": 1"), []string{"5:5: unknown field"}},

		{"a missing field on top", "source: {}\n", []string{`1:1: missing required field "kind"`}},
		{"missing fields of an item", "kind: Evidence\njobs:\n  - any: 1\n", []string{`3:5: missing required field "id"`, `3:5: missing required field "name"`}},
		{"a missing field that another asks for", job("pair: {a: 1}"), []string{`5:5: missing required field "b", which goes with "a"`}},
		{"a missing field under a condition", job("when: {kind: x}"), []string{`5:5: missing required field "why"`}},

		{"text for a whole number", job("retention_days: often"), []string{"5:21: expected a whole number, found text"}},
		{"a quoted number", job(`retention_days: "5"`), []string{"5:21: expected a whole number, found text: write it without quotes"}},
		{"a fraction for a whole number", job("retention_days: 5.5"), []string{"5:21: expected a whole number, found a number with a fraction"}},
		{"yes", job("encrypted: yes"), []string{"5:16: expected true or false, found text: write true or false"}},
		{"Off", job("encrypted: Off"), []string{"5:16: expected true or false, found text: write true or false"}},
		{"a quoted truth value", job(`encrypted: "true"`), []string{"5:16: expected true or false, found text: write it without quotes"}},
		{"a number for a truth value", job("encrypted: 1"), []string{"5:16: expected true or false, found a number"}},
		{"a number for text", job("label: 42"), []string{"5:12: expected text, found a number: put it in quotes"}},
		{"a truth value for text", job("label: true"), []string{"5:12: expected text, found true or false: put it in quotes"}},
		{"nothing for text", job("label:"), []string{"5:5: expected text, found nothing: give a value, or leave the field out"}},
		{"a mapping for text", job("label: {a: b}"), []string{"5:5: expected text, found a mapping: write the text itself"}},
		{"a list for a mapping", "kind: Evidence\nsource:\n  - a\n", []string{"2:1: expected a mapping, found a list: delete the - before the fields"}},
		{"text for a list", job("scope: keys"), []string{"5:12: expected a list, found text: write - before each item"}},
		{"text for a number or nothing", job("size: x"), []string{"5:11: expected a number or nothing, found text"}},
		{"a number for text or a list", job("owner: 5"), []string{"5:12: expected a list or text, found a number: put it in quotes"}},

		{"another constant", "kind: Weavers\n", []string{"1:7: must be Evidence"}},
		{"another kind of file", "kind: Waivers\nwaivers: []\n", []string{"1:1: this file is of kind Waivers, expected is Evidence: --waivers takes it"}},
		{"another constant number", job("version: 2"), []string{"5:14: must be 1"}},
		{"more than one character", job("code: ab"), []string{"5:11: must have at most 1 character"}},
		{"a typo in a choice", job("method: exprt"), []string{"5:13: " + methods + `, did you mean "export"?`}},
		{"a choice that is far off", job("method: hearsay"), []string{"5:13: " + methods}},
		{"a choice in other case", job("method: API"), []string{"5:13: " + methods + `, did you mean "api"?`}},
		{"a list item that is no choice", job("scope: [keys, secret]"), []string{`5:19: must be one of keys, secrets, configuration, did you mean "secrets"?`}},

		{"a number that is too small", job("retention_days: -1"), []string{"5:21: must be at least 0"}},
		{"a number that is too large", job("retention_days: 3651"), []string{"5:21: must be at most 3650"}},
		{"a number at the open lower end", job("rpo_hours: 0"), []string{"5:16: must be more than 0"}},
		{"a number at the open upper end", job("rpo_hours: 0.5"), []string{"5:16: must be less than 0.5"}},
		{"a number between the steps", job("step: 7"), []string{"5:11: must be a multiple of 5"}},
		{"an empty text", "kind: Evidence\njobs: [{id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, name: ''}]\n", []string{"2:57: must not be empty"}},
		{"a text that is too short", job("label: x"), []string{"5:12: must have at least 2 characters"}},
		{"a text that is too long", "kind: Evidence\njobs: [{id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, name: abcdef}]\n", []string{"2:57: must have at most 5 characters"}},
		{"an empty list", "kind: Evidence\njobs: []\n", []string{"2:1: must not be empty"}},
		{"a list that is too long", "kind: Evidence\njobs: [" + strings.Repeat("{id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, name: a},", 4) + "]\n",
			[]string{"2:1: must have at most 3 items"}},
		{"an item that stands twice", job("scope: [keys, secrets, keys]"), []string{"5:28: item 3 is the same as item 1: list each only once"}},
		{"no fields", job("tags: {}"), []string{"5:5: must not be empty"}},
		{"too many fields", job("tags: {a: 1, b: 1, c: 1}"), []string{"5:5: must have at most 2 fields"}},
		{"a key of another form", job("tags: {A: 1}"), []string{"5:12: this key must match ^[a-z]+$"}},

		{"a pattern with a description", job("key: x"), []string{"5:10: does not have the right form: Id of a key, such as k-1"}},
		{"a pattern described where it is used", job("digest: x"), []string{"5:13: does not have the right form: Digest, 64 hexadecimal digits"}},
		{"a pattern without a description", job("sha256: x"), []string{"5:13: must match ^[0-9a-f]{64}$"}},
		{"a UUID", "kind: Evidence\njobs: [{id: x, name: a}]\n", []string{"2:13: must be a UUID, such as 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"}},
		{"an email address", job("mail: x"), []string{"5:11: must be an email address"}},
		{"an IP address", job("net: x"), []string{"5:10: must be of the format ipv4"}},
		{"a date", "kind: Evidence\nsource: {on: x}\n", []string{"2:14: must be a date, YYYY-MM-DD"}},
		{"a time", "kind: Evidence\nsource: {collected_at: x}\n", []string{"2:24: " + instant}},

		{"the nearest of several forms", job("target: {hots: x, port: 1}"), []string{`5:5: missing required field "host"`, `5:14: unknown field "hots", did you mean "host"?`}},
		{"a format within one of several forms", job("target: {url: x}"), []string{"5:19: must be a URI with its scheme, such as https://example.org/"}},
		{"an item within one of several forms", job("owner: [a, 5]"), []string{"5:16: expected text, found a number: put it in quotes"}},
		{"two forms at once", job("both: 5"), []string{`5:11: does not fit the rule "oneOf" of the schema`}},
		{"two rules for one value", job("strict: A"), []string{"5:13: must have at least 3 characters"}},
		{"a field that may not be there", job("never: 1"), []string{"5:12: is not allowed here"}},
		{"a field that no part of the schema knows", job("open: {a: 1, b: 2}"), []string{"5:21: is not allowed here"}},
		{"a form that is excluded", job("un: 5"), []string{"5:9: must not have this form"}},
		{"a rule without words of ours", job("has: [2]"), []string{`5:5: does not fit the rule "contains" of the schema`}},

		{"all at once", "kind: x\njobs:\n  - id: x\n    nam: a\nextra: 1\n", []string{
			"1:7: must be Evidence", `3:5: missing required field "name"`, "3:9: must be a UUID, such as 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21",
			`4:5: unknown field "nam", did you mean "name"?`, `5:1: unknown field "extra", known are jobs, kind, source`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i := range test.want {
				test.want[i] = "f.yaml:" + test.want[i]
			}
			err := form.Validate(read(t, test.text))
			if want := strings.Join(test.want, "\n"); fmt.Sprint(err) != want {
				t.Errorf("\ngot\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestValidateAcceptsWhatFits(t *testing.T) {
	form := compile(t, jobs)
	doc := read(t, job("retention_days: 30\n    scope: [keys]\n    owner: [a, b]\n    target: {host: x, port: 1}\n    size: null\n    tags: {a: 1}"))
	if err := form.Validate(doc); err != nil {
		t.Error(err)
	}
	if !fits(form, doc.Value()) || fits(form, "text") {
		t.Error("Valid and Validate differ")
	}
}

func TestValidateGivesErrorsThatCallersCanCollect(t *testing.T) {
	err := compile(t, jobs).Validate(read(t, "kind: x\n"))
	if errs := document.Collect(nil, err); len(errs) != 1 || errs[0].Line != 1 || errs[0].Column != 7 || errs[0].File != "f.yaml" {
		t.Errorf("%#v", errs)
	}
}

// What a policy's time.parse_rfc3339_ns cannot read must be refused as input.
func TestInstantsAndDatesArePlainRFC3339(t *testing.T) {
	form := compile(t, `{"properties": {"at": {"format": "date-time"}, "on": {"format": "date"}}}`)
	for field, texts := range map[string]map[string]bool{
		"at": {
			"2026-11-18T09:00:00Z":                 true,
			"2026-11-18T09:00:00.5Z":               true,
			"2026-11-18T09:00:00.123456789+02:00":  true,
			"2026-11-18T09:00:00-23:59":            true,
			"1970-01-01T00:00:00Z":                 true,
			"2261-12-31T23:59:59Z":                 true,
			"2024-02-29T00:00:00Z":                 true,
			"2026-11-18t09:00:00Z":                 false,
			"2026-11-18T09:00:00z":                 false,
			"2026-11-18 09:00:00Z":                 false,
			"2026-11-18T09:00:00":                  false,
			"2026-11-18T09:00Z":                    false,
			"2026-11-18T9:00:00Z":                  false,
			"2026-11-18T09:00:00,5Z":               false,
			"2026-11-18T09:00:00.Z":                false,
			"2026-11-18T09:00:00+24:00":            false,
			"2026-11-18T09:00:00+02:60":            false,
			"2026-11-18T09:00:00+0200":             false,
			"2026-11-18T09:00:00 Z":                false,
			"2016-12-31T23:59:60Z":                 false,
			"2026-11-18T24:00:00Z":                 false,
			"2026-02-29T00:00:00Z":                 false,
			"2026-13-01T00:00:00Z":                 false,
			"2026-11-18":                           false,
			"":                                     false,
			"1969-12-31T23:59:59Z":                 false,
			"1970-01-01T00:30:00+01:00":            false,
			"2262-01-01T00:00:00Z":                 false,
			"2261-12-31T23:59:59-01:00":            false,
			"0001-01-01T00:00:00Z":                 false,
			"2026-11-18T09:00:00Z\n":               false,
			"２０２６-11-18T09:00:00Z":                 false,
			"12026-11-18T09:00:00Z":                false,
			"2026-11-18T09:00:00Z[Europe/Paris]":   false,
			"2026-11-18T09:00:00.1234567890+00:00": true,
		},
		"on": {
			"2026-11-18": true, "1970-01-01": true, "2261-12-31": true, "2024-02-29": true,
			"2026-2-1": false, "2026-02-29": false, "18.11.2026": false, "2026-11-18T09:00:00Z": false, "2026-11-18 ": false,
			"1969-12-31": false, "2262-01-01": false, "": false,
		},
	} {
		for text, want := range texts {
			if fits(form, map[string]any{field: text}) != want {
				t.Errorf("%s: %q fits is %v", field, text, !want)
			}
		}
		if !fits(form, map[string]any{field: true}) {
			t.Errorf("%s: a format binds what is not text", field)
		}
	}
	err := form.Validate(read(t, "at: 1969-12-31T00:00:00Z\n"))
	if want := "f.yaml:1:5: must be in the years 1970 to 2261"; fmt.Sprint(err) != want {
		t.Errorf("%v, wanted %s", err, want)
	}
}

func TestValidateNeverRepeatsValues(t *testing.T) {
	const secret = "hunter2-x"
	form := compile(t, jobs)
	for _, field := range []string{
		"retention_days", "rpo_hours", "encrypted", "scope", "method", "sha256", "key", "size", "target", "both", "never", "mail",
		"net", "tags", "open", "when: {kind: x}\n    pair", "id", "name",
	} {
		text := "kind: hunter2-x\nsource: {on: hunter2-x, collected_at: hunter2-x}\njobs:\n  - " + field + ": hunter2-x\n"
		if err := form.Validate(read(t, text)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestValidateSaysTheSameEachTime(t *testing.T) {
	form := compile(t, jobs)
	doc := read(t, "kind: x\njobs:\n  - {a: 1, b: 1, c: 1, d: 1, strict: A, tags: {A: 1, B: 1}, pair: {a: 1}}\nz: 1\ny: 1\n")
	first := form.Validate(doc).Error()
	for range 20 {
		if again := form.Validate(doc).Error(); again != first {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"broken JSON":            `{"type": `,
		"two values":             `{} {}`,
		"another draft":          `{"$schema": "http://json-schema.org/draft-07/schema"}`,
		"a reference to nothing": `{"$ref": "#/$defs/nothing"}`,
		"a reference to a file":  `{"$ref": "file:///etc/hostname"}`,
		"a remote reference":     `{"$ref": "https://example.org/schema"}`,
		"a broken pattern":       `{"pattern": "("}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := schema.Compile("mine", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "schema mine: ") {
				t.Error(err)
			}
		})
	}
}

func TestVerifyFindsKeywordsThatBindNobody(t *testing.T) {
	for _, text := range []string{`{"minimum": "0"}`, `{"type": "int"}`, `{"required": "id"}`, `{"properties": {"a": {"minLength": -1}}}`} {
		if err := schema.Verify("mine", []byte(text)); err == nil || strings.Contains(err.Error(), os.TempDir()) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
