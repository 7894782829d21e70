package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/suggest"
)

// complaint is a violation in words.
type complaint struct {
	pointer string // what it is about
	atValue bool   // stands at the value, not at its key
	message string
}

// explain puts a violation of a value into words. Most violations are one complaint.
func (s *Schema) explain(v violation, value any) []complaint {
	pointer := document.Pointer(v.location...)
	var several []complaint
	switch k := v.kind.(type) {
	case *kind.AdditionalProperties:
		properties, _ := v.form["properties"].(map[string]any)
		names := slices.Sorted(maps.Keys(properties))
		for _, name := range k.Properties {
			message := suggest.Unknown("field", name, names)
			if advice := colonAdvice(name, properties); advice != "" && strings.Contains(advice, "`") {
				message = fmt.Sprintf("unknown field %q: %s", name, advice)
			}
			if advice := forEditors[name]; advice != "" {
				message = fmt.Sprintf("unknown field %q: %s", name, advice)
			}
			several = append(several, complaint{pointer + document.Pointer(name), false, message})
		}
		return several
	case *kind.Required:
		for _, name := range k.Missing {
			several = append(several, complaint{pointer + document.Pointer(name), false, fmt.Sprintf("missing required field %q", name)})
		}
		return several
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			several = append(several, complaint{pointer + document.Pointer(name), false,
				fmt.Sprintf("missing required field %q, which goes with %q", name, k.Prop)})
		}
		return several
	case *badKey:
		var leaves []violation
		for _, cause := range v.causes {
			leaves = append(leaves, s.violations(cause, v.description)...)
		}
		return []complaint{{pointer + document.Pointer(k.Property), false, "this key " + message(leaves[0], k.Property)}}
	case *kind.UniqueItems:
		first, second := k.Duplicates[0], k.Duplicates[1]
		return []complaint{{pointer + document.Pointer(strconv.Itoa(second)), false,
			fmt.Sprintf("item %d is the same as item %d: list each only once", second+1, first+1)}}
	}
	atValue := true
	switch value.(type) {
	case nil, map[string]any, []any: // these have no place of their own, or begin a line later
		atValue = false
	}
	return []complaint{{pointer, atValue, message(v, value)}}
}

// message says what a value must be. It names the value's type, but nothing else of it than a day, a time or a number.
func message(v violation, value any) string {
	switch k := v.kind.(type) {
	case *kind.Type:
		return typeMessage(k, v, value)
	case *kind.Const:
		return "must be " + shown(k.Want)
	case *kind.Enum:
		return enumMessage(k, value)
	case *kind.Format:
		return formatMessage(k, value)
	case *kind.Pattern:
		if v.description != "" {
			return "does not have the right form: " + strings.TrimSuffix(v.description, ".")
		}
		return "must match " + k.Want
	case *kind.Minimum:
		return "must be at least " + decimal(k.Want)
	case *kind.Maximum:
		return "must be at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	case *kind.MinLength:
		return atLeast(k.Want, "character")
	case *kind.MaxLength:
		return atMost(k.Want, "character")
	case *kind.MinItems:
		return atLeast(k.Want, "item")
	case *kind.MaxItems:
		return atMost(k.Want, "item")
	case *kind.MinProperties:
		return atLeast(k.Want, "field")
	case *kind.MaxProperties:
		return atMost(k.Want, "field")
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Not:
		return "must not have this form"
	default: // the library's own words repeat values
		return fmt.Sprintf("does not fit the rule %q of the schema", strings.Join(k.KeywordPath(), "/"))
	}
}

// typeNames are what people call the types of JSON.
var typeNames = map[string]string{
	"object": "a mapping", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number",
	"boolean": "true or false", "null": "nothing",
}

func typeMessage(k *kind.Type, of violation, value any) string {
	wanted := make([]string, len(k.Want))
	for i, name := range k.Want {
		wanted[i] = typeNames[name]
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	wants := func(name string) bool { return slices.Contains(wanted, typeNames[name]) }
	actual, hint := typeNames[k.Got], ""
	switch v := value.(type) {
	case nil:
		hint = "give a value, or leave the field out"
	case string:
		switch {
		case wants("boolean") && slices.Contains([]string{"yes", "no", "on", "off", "y", "n"}, strings.ToLower(v)):
			hint = "write true or false"
		case wants("boolean") && (v == "true" || v == "false"), (wants("number") || wants("integer")) && isNumber(v):
			hint = "write it without quotes"
		case wants("array"):
			hint = "write - before each item"
		case wants("object"):
			properties, _ := of.form["properties"].(map[string]any)
			hint = colonAdvice(v, properties)
		case wants("number") || wants("integer"):
			hint = numberAdvice(v, of.field())
		}
	case map[string]any:
		switch {
		case wants("array"):
			hint = "write - before each item, and indent its fields alike"
		case wants("string"):
			hint = "write the text itself"
		}
	case []any:
		switch {
		case wants("object"):
			hint = "delete the - before the fields"
		case wants("string") || wants("number") || wants("integer") || wants("boolean"):
			hint = "write one value, without - or [ ]"
		}
	case json.Number:
		if format, _ := of.form["format"].(string); format == "date" && digitsOfDay(v.String()) != "" {
			return "must be a date, YYYY-MM-DD: write " + digitsOfDay(v.String())
		}
		if wants("string") {
			hint = "put it in quotes"
		} else if wants("integer") {
			actual = "a number with a fraction"
		}
	case bool:
		if wants("string") {
			hint = "put it in quotes"
		}
	}
	message := fmt.Sprintf("expected %s, found %s", strings.Join(wanted, " or "), actual)
	if hint != "" {
		message += ": " + hint
	}
	return message
}

func isNumber(text string) bool {
	var number json.Number
	return !strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &number) == nil && number != ""
}

func enumMessage(k *kind.Enum, value any) string {
	choices := make([]string, len(k.Want))
	for i, want := range k.Want {
		choices[i] = shown(want)
	}
	message := "must be one of " + strings.Join(choices, ", ")
	if text, ok := value.(string); ok {
		if near := suggest.Nearest(text, choices); near != "" {
			message += fmt.Sprintf(", did you mean %q?", near)
		}
	}
	return message
}

func formatMessage(k *kind.Format, value any) string {
	text, _ := value.(string)
	if errors.Is(k.Err, errYear) {
		return "must be in the years 1970 to 2261"
	}
	switch k.Want {
	case "date":
		return dateMessage(text)
	case "date-time":
		return timeMessage(text)
	case "uuid":
		return "must be a UUID, such as 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	case "email":
		return "must be an email address"
	case "uri":
		return "must be a URI with its scheme, such as https://example.org/"
	default:
		return "must be of the format " + k.Want
	}
}

func shown(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "another value"
	}
	return string(encoded)
}

func decimal(number *big.Rat) string {
	f, _ := number.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func atLeast(n int, of string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %ss", n, of)
}

func atMost(n int, of string) string {
	if n == 1 {
		return fmt.Sprintf("must have at most 1 %s", of)
	}
	return fmt.Sprintf("must have at most %d %ss", n, of)
}
