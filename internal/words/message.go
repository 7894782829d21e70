package words

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// verb is a verb of fmt with its flags and index.
var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*(\*|\d+)?(\.\d+)?[a-zA-Z]|%%`)

// newMessage makes a message of a format in English and one in the other language.
func newMessage(english, other string) message {
	var pattern strings.Builder
	literal, last := "", 0
	part := func(text string) {
		pattern.WriteString(regexp.QuoteMeta(text))
		if len(text) > len(literal) {
			literal = text
		}
	}
	for _, at := range verb.FindAllStringIndex(english, -1) {
		part(english[last:at[0]])
		if last = at[1]; english[at[0]:at[1]] == "%%" {
			pattern.WriteString("%")
		} else {
			pattern.WriteString("(.*?)")
		}
	}
	part(english[last:])
	texts := verb.ReplaceAllStringFunc(other, func(v string) string { // the values are texts by now
		if v == "%%" {
			return v
		}
		return "%" + verb.FindStringSubmatch(v)[1] + "s"
	})
	return message{regexp.MustCompile(`^(?s:` + pattern.String() + `)$`), literal, texts}
}

// sortLongest puts the messages that say the most first: one that is all values fits many texts.
func sortLongest(all []message) {
	slices.SortFunc(all, func(a, b message) int {
		return cmp.Or(cmp.Compare(len(b.literal), len(a.literal)), cmp.Compare(a.english.String(), b.english.String()))
	})
}

// Message is a sentence that the program once said in English, in the language; ok is false where it is not known.
func (w *Words) Message(english string) (text string, ok bool) {
	if w == nil {
		return english, true
	}
	if other, ok := w.texts[english]; ok {
		return other, true
	}
	for _, m := range w.messages {
		if !strings.Contains(english, m.literal) {
			continue
		}
		if values := m.english.FindStringSubmatch(english); values != nil {
			args := make([]any, len(values)-1)
			for i, value := range values[1:] {
				args[i] = w.value(value)
			}
			return fmt.Sprintf(m.other, args...), true
		}
	}
	return english, false
}

// value is a value of a message: a message itself, a date, or what it is.
func (w *Words) value(text string) string {
	if other, ok := w.texts[text]; ok && text != "" {
		return other
	}
	return w.Grammar.Day(text)
}
