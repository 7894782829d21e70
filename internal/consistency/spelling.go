package consistency

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spelled is the one spelling of a text: lower case, composed as Unicode's compatibility form has it, one space between
// words and none around them, and nothing that is not seen.
func spelled(text string) string {
	if isSpelled(text) {
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

// isSpelled reports whether a text is certain to be spelled so: most are.
func isSpelled(text string) bool {
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

// withoutPlus is a mail address without what follows a plus in its mailbox: claire+okms@… is claire@….
func withoutPlus(text string) string {
	mailbox, host, isAddress := strings.Cut(text, "@")
	plus := strings.IndexByte(mailbox, '+')
	if !isAddress || plus <= 0 {
		return text
	}
	return mailbox[:plus] + "@" + host
}

// worded is the name of a state with underscores between its words: PreActive is pre_active.
func worded(state string) string {
	var out strings.Builder
	for i, r := range state {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// tokens are the parts of a text in which a name can stand.
func tokens(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`:/\,;()[]{}<>"'|=`, r) })
}
