package testhelp

import (
	"regexp"
	"strings"
	"testing"
)

var (
	// english are words that English texts cannot do without, and French ones never have.
	english = regexp.MustCompile(`(?i)\b(the|of|and|is|are|with|that|this|which|from|has|have|its|by|to|does|until|only|must|were|was|nobody|without|not|be|for|it|than|more|should|can|will|all|each|other|days|checks|findings|nothing)\b`)
	// code has no language: names with dots, slashes or underscores, options, and what stands in an address.
	code = regexp.MustCompile("`[^`]*`" + `|\S+[_/.:=@+-]\S+|--\S+|\$\S+`)
)

// English are the lines of a text with the English words in them; none where nothing is English but names.
func English(prose string) (lines []string) {
	for line := range strings.Lines(prose) {
		if hits := english.FindAllString(code.ReplaceAllString(line, " "), -1); hits != nil {
			lines = append(lines, strings.Join(hits, ", ")+": "+strings.TrimSpace(line))
		}
	}
	return lines
}

// NoEnglish fails where a text that is to be French has English words.
func NoEnglish(t testing.TB, where, prose string) {
	t.Helper()
	for _, line := range English(prose) {
		t.Errorf("%s is English: %s", where, line)
	}
}
