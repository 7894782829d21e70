package pseudonym

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

// JSON is a copy of a JSON value (as encoding/json decodes it, numbers as json.Number) without secrets and with pseudonyms. The fields
// whose texts are words of the provider keep them, as do those that plain names.
func (s *Set) JSON(value any, plain ...string) any {
	value = redact.Value(value)
	w := walker{s, map[string]bool{}}
	for _, field := range plain {
		w.plain[field] = true
	}
	var copied any
	s.Ordered(func() { copied = w.value("", value) })
	return copied
}

// Redacted is a Message by itself.
func (s *Set) Redacted(text string) (out string) {
	s.Ordered(func() { out = s.Message(text) })
	return out
}

type walker struct {
	*Set
	plain map[string]bool
}

func (w walker) value(field string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			copied[w.field(name)] = w.value(name, below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		if field == "" { // a list alone has ids
			field = "id"
		}
		for i, below := range v {
			copied[i] = w.value(field, below)
		}
		return copied
	case string:
		return w.text(field, v)
	case json.Number:
		if letters := simple(field); strings.HasSuffix(letters, "id") || strings.HasSuffix(letters, "version") {
			if integerForm().MatchString(v.String()) {
				return json.Number(w.number(v.String()))
			}
		}
		return v
	default:
		return v
	}
}

// fieldForm are names of fields that programs choose; people may choose others. argument is what a function of a condition is about.
var (
	fieldForm = form(`^[A-Za-z_][A-Za-z_.]{0,63}$`)
	argument  = form(`^([A-Za-z_.]{1,40})\(([^()]*)\)$`)
)

func (s *Set) field(name string) string {
	if parts := argument().FindStringSubmatch(name); parts != nil {
		return parts[1] + "(" + s.Value(parts[2]) + ")"
	}
	if fieldForm().MatchString(name) {
		return name
	}
	return s.Value(name)
}

func (w walker) text(field, text string) string {
	switch letters := simple(field); {
	case text == redact.Mark:
		return text
	case messages[letters]:
		return w.Message(text)
	case letters == "address":
		return w.resource(text)
	case letters == "continuationtoken":
		return w.Token(text)
	case (w.plain[field] || plainFields[letters]) && isWord(text):
		return text
	}
	return w.Value(text)
}

// Plain reports whether a text of an export that becomes no evidence stays, in a field of this name: expressions choose by kinds and
// states.
func (*Set) Plain(field, text string) bool {
	return choosing[simple(field)] && plainForm().MatchString(text) && isWord(text)
}

// plainForm is a single word of an export.
var plainForm = form(`^[a-z]+([_-][a-z]+){0,4}$`)

// isWord reports whether a text has the form of a word of the provider, and not that of an identifier or a secret.
func isWord(text string) bool {
	if !wordForm().MatchString(text) || redact.SecretValue(text) {
		return false
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("/:{}", r) }) {
		if uuidForm().MatchString(part) || accountForm().MatchString(part) || len(part) >= longest && strings.ContainsAny(part, "0123456789") {
			return false
		}
	}
	return true
}

// simple is the name of a field in letters only.
func simple(field string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(field))
}

// wordForm is that of words of the provider, such as states, actions and names of curves.
var wordForm = form(`^[A-Za-z0-9*/][A-Za-z0-9_.:/*{}-]{0,99}$`)

// token is a part of a message that may be a value.
var token = form(`[^\s"'<>()\[\],;]+`)

// longest is the length from which a part of a message with digits in it is taken for a secret, in bytes.
const longest = 20

// Message is a text for people, with pseudonyms for the values in it that are known or have the form of an identifier.
func (s *Set) Message(text string) string {
	if redact.SecretValue(text) {
		return redact.Mark
	}
	return token().ReplaceAllStringFunc(text, func(part string) string {
		bare := strings.TrimRight(part, ".:!?")
		behind := part[len(bare):]
		lower := strings.ToLower(bare)
		_, isName := s.pseudonyms[key{className, lower}]
		_, isNetwork := s.network(bare)
		switch {
		case uuidForm().MatchString(bare), emailForm().MatchString(bare), accountForm().MatchString(bare), isNetwork, isName && len(bare) > 2,
			strings.HasPrefix(bare, "urn:"), strings.Contains(bare, "://"), strings.HasPrefix(bare, "/"):
			return s.Value(bare) + behind
		case isDialed(bare) && !strings.Contains(bare, ":") && strings.Count(bare, ".") == 1: // or a login
			return s.Value(bare) + behind
		case isDialed(bare):
			return s.Host(bare) + behind
		case actionForm().MatchString(bare) && isWord(bare):
			return part
		case len(bare) >= longest && strings.ContainsAny(bare, "0123456789"), len(bare) >= 2*longest:
			return redact.Mark + behind
		}
		return part
	})
}

var (
	// actionForm is that of the names of actions, such as okms:apikms:serviceKey/get.
	actionForm = form(`^[a-zA-Z-]+:[a-zA-Z-]+:[a-zA-Z0-9/*-]+$`)
	dialedForm = form(`^[A-Za-z0-9.-]+\.[A-Za-z0-9-]+(:[0-9]{1,5})?$`)
)

// isDialed reports whether a part of a message may be a host, as errors of connections have it, and is neither a number nor a file.
func isDialed(text string) bool {
	ending := strings.ToLower(text[strings.LastIndex(text, ".")+1:])
	return dialedForm().MatchString(text) && strings.Trim(text, "0123456789.") != "" &&
		!slices.Contains([]string{"json", "yaml", "yml", "csv", "ndjson", "tfstate"}, ending)
}

// part of the address of a resource of Terraform
var resourcePart = form(`"[^"]*"|[A-Za-z0-9_-]+`)

// resource is the address of a resource of Terraform, with pseudonyms for names and keys. Types stay.
func (s *Set) resource(text string) string {
	return resourcePart().ReplaceAllStringFunc(text, func(part string) string {
		switch bare := strings.Trim(part, `"`); {
		case part != bare:
			return `"` + s.Value(bare) + `"`
		case strings.HasPrefix(part, "ovh_"), part == "module", part == "data", part == "output":
			return part
		}
		return s.Value(part)
	})
}
