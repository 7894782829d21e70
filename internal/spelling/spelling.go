// Package spelling gives a text one spelling, so that two texts that a reader takes for the same are equal.
package spelling

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold is the one spelling of a text: lower case, composed as Unicode's compatibility form has it, one space between
// words and none around them, and nothing that is not seen.
func Fold(text string) string {
	if isFolded(text) {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
	return strings.Join(strings.Fields(text), " ")
}

// isFolded reports whether a text is certain to be spelled so: most are.
func isFolded(text string) bool {
	before := byte(' ')
	for i := range len(text) {
		c := text[i]
		if c >= 0x80 || c < ' ' || 'A' <= c && c <= 'Z' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' '
}
