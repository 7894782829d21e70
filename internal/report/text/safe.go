package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safe makes text from outside harmless on one line of a terminal or a build log. Whatever cannot be seen is shown as
// \u{..}: controls, newlines, direction marks, other invisible characters, and U+FFFD for bytes that are not UTF-8. So
// is the first of two number signs, because build services read commands (##[error], ##vso[…]) anywhere in a line.
// Safe text stays as it is when it is made safe again.
func safe(s string) string {
	var b strings.Builder
	for i, r := range s {
		if hidden(r) || r == '#' && strings.HasPrefix(s[i+1:], "#") {
			fmt.Fprintf(&b, `\u{%x}`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hidden(r rune) bool {
	return r == utf8.RuneError || !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// guard keeps safe text that begins a line from being read as a workflow command (::error::…), which build services
// accept after leading space too.
func guard(s string) string {
	rest := strings.TrimLeftFunc(s, unicode.IsSpace)
	if !strings.HasPrefix(rest, "::") {
		return s
	}
	return s[:len(s)-len(rest)] + `\u{3a}` + rest[1:]
}
