package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/google/uuid"

	"raci-check/internal/document"
)

// acceptor sees that a value fits a schema, without the library. Where it does not see that, the value may fit all the same:
// the library judges. So it knows only the plain keywords, and of those only what is certain.
type acceptor struct {
	root     any
	patterns sync.Map // *regexp.Regexp by pattern
}

// draft is the only one that the keywords are known of.
const draft = "https://json-schema.org/draft/2020-12/schema"

// newAcceptor answers nil for a schema whose references may lead elsewhere than they seem to.
func newAcceptor(root any) *acceptor {
	form, ok := root.(map[string]any)
	for _, field := range form {
		ok = ok && !mentions(field, "$id")
	}
	if !ok {
		return nil
	}
	return &acceptor{root: root}
}

// mentions reports whether a key stands anywhere in a value.
func mentions(value any, key string) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			if name == key || mentions(field, key) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return mentions(item, key) })
	}
	return false
}

func (a *acceptor) fits(value any) bool { return a.meets(a.root, value) }

// meets reports whether a value is certain to meet a form.
func (a *acceptor) meets(form, value any) bool {
	keywords, ok := form.(map[string]any)
	if !ok {
		return form == true
	}
	for keyword, wanted := range keywords {
		if !a.keyword(keywords, keyword, wanted, value) {
			return false
		}
	}
	return true
}

func (a *acceptor) keyword(form map[string]any, keyword string, wanted, value any) bool {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	fields, isMapping := value.(map[string]any)
	items, isList := value.([]any)
	switch keyword {
	case "$id", "$defs", "title", "description":
		return true
	case "$schema":
		return wanted == draft
	case "$ref":
		address, _ := wanted.(string)
		pointer, local := strings.CutPrefix(address, "#")
		target, found := document.Lookup(a.root, pointer)
		fields, _ := target.(map[string]any)
		_, onward := fields["$ref"] // it might come round
		return local && found && !onward && !strings.Contains(pointer, "%") && a.meets(target, value)
	case "type":
		return hasType(wanted, value)
	case "const":
		return same(wanted, value)
	case "enum":
		choices, _ := wanted.([]any)
		return slices.ContainsFunc(choices, func(choice any) bool { return same(choice, value) })
	case "required":
		names, ok := wanted.([]any)
		return ok && (!isMapping || !slices.ContainsFunc(names, func(name any) bool {
			key, isText := name.(string)
			_, there := fields[key]
			return !isText || !there
		}))
	case "properties":
		forms, ok := wanted.(map[string]any)
		for name, field := range fields {
			if form, known := forms[name]; known && !a.meets(form, field) {
				return false
			}
		}
		return ok
	case "additionalProperties": // patternProperties is no keyword known here
		forms, _ := form["properties"].(map[string]any)
		for name, field := range fields {
			if _, known := forms[name]; !known && !a.meets(wanted, field) {
				return false
			}
		}
		return true
	case "items": // nor is prefixItems
		return !isList || !slices.ContainsFunc(items, func(item any) bool { return !a.meets(wanted, item) })
	case "minItems":
		limit, ok := whole(wanted)
		return ok && (!isList || len(items) >= limit)
	case "uniqueItems":
		return wanted == true && (!isList || differ(items))
	case "minLength":
		limit, ok := whole(wanted)
		return ok && (!isText || utf8.RuneCountInString(text) >= limit)
	case "pattern":
		pattern, _ := wanted.(string)
		return !isText || a.matches(pattern, text)
	case "format":
		name, _ := wanted.(string)
		return !isText || isOf(name, text)
	case "minimum", "exclusiveMinimum":
		return !isNumber || above(number, wanted, keyword == "minimum")
	case "maximum":
		limit, _ := wanted.(json.Number)
		return !isNumber || above(limit, number, true)
	default:
		return strings.HasPrefix(keyword, "x-") // an annotation
	}
}

func hasType(wanted, value any) bool {
	if names, several := wanted.([]any); several {
		return slices.ContainsFunc(names, func(name any) bool { return hasType(name, value) })
	}
	switch v := value.(type) {
	case nil:
		return wanted == "null"
	case bool:
		return wanted == "boolean"
	case string:
		return wanted == "string"
	case json.Number:
		return wanted == "number" || wanted == "integer" && isWhole(v)
	case []any:
		return wanted == "array"
	case map[string]any:
		return wanted == "object"
	}
	return false
}

// same reports whether two values are certain to be equal; of numbers, those that are written alike.
func same(a, b any) bool {
	switch a.(type) {
	case nil, bool, string, json.Number:
		return a == b
	}
	return false
}

// differ reports whether the items of a list are certain to differ from each other.
func differ(items []any) bool {
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		written, err := json.Marshal(rounded(item))
		if err != nil || seen[string(written)] {
			return false
		}
		seen[string(written)] = true
	}
	return true
}

// rounded is a value in which equal numbers are written alike, however they were; numbers that differ may be, too.
func rounded(value any) any {
	switch v := value.(type) {
	case json.Number:
		f, _ := v.Float64() // out of range it is infinite, as all others are
		if f == 0 {
			f = 0 // and not -0
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = rounded(item)
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = rounded(field)
		}
		return fields
	}
	return value
}

// isWhole reports whether a number is written as a whole one.
func isWhole(n json.Number) bool { return !strings.ContainsAny(string(n), ".eE") }

func whole(value any) (int, bool) {
	number, _ := value.(json.Number)
	n, err := strconv.Atoi(string(number))
	return n, err == nil
}

// above reports whether a number is certain to be greater than a limit, or equal to it where that will do. What is written
// with a fraction may have been rounded to the limit.
func above(n json.Number, limit any, orEqual bool) bool {
	low, _ := limit.(json.Number)
	x, err := n.Float64()
	y, errLimit := low.Float64()
	if err != nil || errLimit != nil {
		return false
	}
	return x > y || orEqual && n == low
}

func (a *acceptor) matches(pattern, text string) bool {
	compiled, there := a.patterns.Load(pattern)
	if !there {
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return false
		}
		compiled, _ = a.patterns.LoadOrStore(pattern, expression)
	}
	return compiled.(*regexp.Regexp).MatchString(text)
}

// isOf reports whether a text is certain to be of a format.
func isOf(name, text string) bool {
	for _, format := range formats {
		if format.Name == name {
			return format.Validate(text) == nil
		}
	}
	return name == "uuid" && len(text) == 36 && uuid.Validate(text) == nil
}
