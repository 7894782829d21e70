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

	"github.com/raci-check/raci-check/internal/document"
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
	for keyword, limit := range keywords {
		certain, ok := meaning[keyword]
		if !ok && !strings.HasPrefix(keyword, "x-") || ok && !certain(a, keywords, limit, value) { // x- begins an annotation
			return false
		}
	}
	return true
}

// rule reports whether a value is certain to meet a keyword of a form; the limit is what stands at the keyword.
type rule func(a *acceptor, form map[string]any, limit, value any) bool

// meaning has the keywords that are known. A value of a type that a keyword is not about meets it.
var meaning map[string]rule

func init() { // in place of an initial value: that may not refer to itself, as the functions do by way of meets
	meaning = map[string]rule{
		"$id": annotation, "$defs": annotation, "title": annotation, "description": annotation,
		"$schema":              func(_ *acceptor, _ map[string]any, limit, _ any) bool { return limit == draft },
		"$ref":                 (*acceptor).reference,
		"type":                 func(_ *acceptor, _ map[string]any, limit, value any) bool { return hasType(limit, value) },
		"const":                func(_ *acceptor, _ map[string]any, limit, value any) bool { return same(limit, value) },
		"enum":                 enum,
		"required":             required,
		"properties":           (*acceptor).properties,
		"additionalProperties": (*acceptor).additionalProperties,
		"items":                (*acceptor).items,
		"minItems":             minItems,
		"minProperties":        fieldCount(func(n, limit int) bool { return n >= limit }),
		"maxProperties":        fieldCount(func(n, limit int) bool { return n <= limit }),
		"uniqueItems":          uniqueItems,
		"minLength":            textLength(func(n, limit int) bool { return n >= limit }),
		"maxLength":            textLength(func(n, limit int) bool { return n <= limit }),
		"pattern":              (*acceptor).pattern,
		"format":               format,
		"minimum":              minimum(true),
		"exclusiveMinimum":     minimum(false),
		"maximum":              maximum,
	}
}

func annotation(*acceptor, map[string]any, any, any) bool { return true }

func (a *acceptor) reference(_ map[string]any, limit, value any) bool {
	address, _ := limit.(string)
	pointer, local := strings.CutPrefix(address, "#")
	target, ok := document.Lookup(a.root, pointer)
	fields, _ := target.(map[string]any)
	_, onward := fields["$ref"] // it might come round
	return local && ok && !onward && !strings.Contains(pointer, "%") && a.meets(target, value)
}

func enum(_ *acceptor, _ map[string]any, limit, value any) bool {
	choices, _ := limit.([]any)
	return slices.ContainsFunc(choices, func(choice any) bool { return same(choice, value) })
}

func required(_ *acceptor, _ map[string]any, limit, value any) bool {
	names, ok := limit.([]any)
	fields, isObject := value.(map[string]any)
	return ok && (!isObject || !slices.ContainsFunc(names, func(name any) bool {
		key, isText := name.(string)
		_, exists := fields[key]
		return !isText || !exists
	}))
}

func (a *acceptor) properties(_ map[string]any, limit, value any) bool {
	forms, ok := limit.(map[string]any)
	fields, _ := value.(map[string]any)
	for name, field := range fields {
		if form, exists := forms[name]; exists && !a.meets(form, field) {
			return false
		}
	}
	return ok
}

// additionalProperties looks at the fields that properties does not name: patternProperties is no keyword known here.
func (a *acceptor) additionalProperties(form map[string]any, limit, value any) bool {
	forms, _ := form["properties"].(map[string]any)
	fields, _ := value.(map[string]any)
	for name, field := range fields {
		if _, exists := forms[name]; !exists && !a.meets(limit, field) {
			return false
		}
	}
	return true
}

// items looks at every item: prefixItems is no keyword known here.
func (a *acceptor) items(_ map[string]any, limit, value any) bool {
	items, _ := value.([]any)
	return !slices.ContainsFunc(items, func(item any) bool { return !a.meets(limit, item) })
}

func minItems(_ *acceptor, _ map[string]any, limit, value any) bool {
	least, ok := whole(limit)
	items, isList := value.([]any)
	return ok && (!isList || len(items) >= least)
}

// fieldCount compares the number of an object's fields with a limit.
func fieldCount(within func(n, limit int) bool) rule {
	return func(_ *acceptor, _ map[string]any, limit, value any) bool {
		bound, ok := whole(limit)
		fields, isObject := value.(map[string]any)
		return ok && (!isObject || within(len(fields), bound))
	}
}

func uniqueItems(_ *acceptor, _ map[string]any, limit, value any) bool {
	items, _ := value.([]any)
	return limit == true && differ(items)
}

// textLength compares the number of a text's characters with a limit.
func textLength(within func(n, limit int) bool) rule {
	return func(_ *acceptor, _ map[string]any, limit, value any) bool {
		bound, ok := whole(limit)
		text, isText := value.(string)
		return ok && (!isText || within(utf8.RuneCountInString(text), bound))
	}
}

func (a *acceptor) pattern(_ map[string]any, limit, value any) bool {
	pattern, _ := limit.(string)
	text, isText := value.(string)
	return !isText || a.matches(pattern, text)
}

func format(_ *acceptor, _ map[string]any, limit, value any) bool {
	name, _ := limit.(string)
	text, isText := value.(string)
	return !isText || isOf(name, text)
}

func minimum(orEqual bool) rule {
	return func(_ *acceptor, _ map[string]any, limit, value any) bool {
		number, isNumber := value.(json.Number)
		return !isNumber || above(number, limit, orEqual)
	}
}

func maximum(_ *acceptor, _ map[string]any, limit, value any) bool {
	number, isNumber := value.(json.Number)
	most, _ := limit.(json.Number)
	return !isNumber || above(most, number, true)
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
	texts, written := map[string]bool{}, map[string]bool{} // a text differs from all that is none
	for _, item := range items {
		if text, isText := item.(string); isText {
			if texts[text] {
				return false
			}
			texts[text] = true
			continue
		}
		encoded, err := json.Marshal(rounded(item))
		if err != nil || written[string(encoded)] {
			return false
		}
		written[string(encoded)] = true
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
	compiled, ok := a.patterns.Load(pattern)
	if !ok {
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
