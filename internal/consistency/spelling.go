package consistency

import (
	"strings"
	"unicode"
)

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
