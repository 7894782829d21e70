package document

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const quotedStyles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar reads a scalar node; problem says why it cannot be.
func scalar(n *yaml.Node) (value any, problem string) {
	if n.Style&yaml.TaggedStyle == 0 {
		if n.Style&quotedStyles != 0 {
			return n.Value, ""
		}
		// In a flow, as in {a: 1, b:}, yaml.v3 takes the colon for a letter where other readers take it for the end of a key.
		if strings.HasSuffix(n.Value, ":") {
			return nil, endsWithColon
		}
		return plain(n.Value)
	}
	if n.Tag == "!!str" {
		return n.Value, ""
	}
	value, problem = plain(n.Value)
	if problem != "" {
		return nil, problem
	}
	number, isNumber := value.(json.Number)
	_, isBool := value.(bool)
	switch n.Tag {
	case "!!int":
		if isNumber && !strings.ContainsAny(number.String(), ".eE") {
			return value, ""
		}
	case "!!float":
		if isNumber {
			return value, ""
		}
	case "!!bool":
		if isBool {
			return value, ""
		}
	case "!!null":
		if value == nil {
			return nil, ""
		}
	default:
		return nil, badTag
	}
	return nil, "the value does not have the type of its tag: remove the tag"
}

const endsWithColon = "a text without quotes must not end with a colon: put a space after the colon of the key, or put the text in quotes"

const badTag = "this tag is not allowed: remove it (allowed are !!str, !!int, !!float, !!bool, !!null, !!map, !!seq)"

var (
	// numeric is every spelling that some reader of YAML takes for a number in base ten.
	numeric = regexp.MustCompile(`^[-+]?(\.[0-9]|[0-9])[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?$`)
	// radix is every spelling that some reader takes for a number in another base.
	radix = regexp.MustCompile(`^[-+]?0[xXoObB][0-9a-fA-F_]+$`)
	// jsonNumber is what JSON, and so everybody, takes for a number.
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	// leadingZero is a number that some readers take for octal.
	leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]`)
)

// plain reads a scalar without quotes. Everything that is not clearly something else is text, dates too; what only
// some readers take for a number is refused.
func plain(text string) (value any, problem string) {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil, ""
	case "true", "True", "TRUE":
		return true, ""
	case "false", "False", "FALSE":
		return false, ""
	}
	if !strings.Contains("+-.0123456789", text[:1]) {
		return text, ""
	}
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case ".nan", ".inf":
		return nil, "not-a-number and infinity are not allowed: write a number, or put the text in quotes"
	}
	// In a number a - stands at the beginning or in the exponent, in a date elsewhere.
	if i := strings.LastIndexByte(text, '-'); i > 0 && text[i-1] != 'e' && text[i-1] != 'E' {
		return text, ""
	}
	switch {
	case jsonNumber.MatchString(text):
		return number(text)
	case radix.MatchString(text):
		return nil, "a number in base 16, 8 or 2 is not allowed: write it in base ten, or put the text in quotes"
	case !numeric.MatchString(text):
		return text, ""
	case strings.Contains(text, "_"):
		return nil, "a number with _ is not allowed: write the digits only, or put the text in quotes"
	case leadingZero.MatchString(text):
		return nil, "a number with leading zeros is not allowed: drop the zeros, or put the text in quotes"
	default:
		return nil, "this spelling of a number is not allowed: write it like 5, -5 or 0.5, or put the text in quotes"
	}
}

const (
	maxExact  = 1 << 53 // beyond it a float64 cannot hold each whole number
	maxDigits = 40      // more than a float64 can tell apart
)

// number takes a JSON number that a float64 holds well enough for every later step to see the same value.
func number(text string) (value any, problem string) {
	const tooLarge = "a number beyond ±9007199254740992 cannot be stored exactly: put it in quotes if it is an identifier"
	if len(text) > maxDigits {
		return nil, "the number has too many digits: round it, or put it in quotes if it is an identifier"
	}
	if !strings.ContainsAny(text, ".eE") {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil || i > maxExact || i < -maxExact {
			return nil, tooLarge
		}
		return json.Number(text), ""
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f >= maxExact || f <= -maxExact {
		return nil, tooLarge
	}
	if f == 0 && strings.ContainsAny(text, "eE") {
		return nil, "the number is too small to be stored: write 0, or put the text in quotes"
	}
	return json.Number(text), ""
}

// Plain is the value of a text without quotes, for those who read what is not written to its end; false for a number that is refused.
func Plain(text string) (value any, ok bool) {
	value, problem := plain(text)
	return value, problem == ""
}
