package consistency

import (
	"slices"
	"strings"
	"unicode"
)

// leads finds routes that lead to nobody: a part of the text is a word of the table, or is a host of it or below one.
func (r *run) leads(table, value string, at *place) {
	rows, _ := r.settings.Reference[table].(map[string]any)
	words, hosts := textsIn(rows["words"]), textsIn(rows["hosts"])
	for _, token := range strings.FieldsFunc(spelled(value), func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(`:/\,;()[]{}<>"'|=@#?&!+`, c) }) {
		dead := slices.Contains(words, letters(token))
		for host := token; strings.Contains(token, ".") && host != "" && !dead; _, host, _ = strings.Cut(host, ".") {
			dead = slices.Contains(hosts, host)
		}
		if dead {
			r.report(at, "leads_nowhere", nil, map[string]any{"text": value, "part": token})
			return
		}
	}
}

// letters are the letters and digits of a word: no-reply is noreply.
func letters(word string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, word)
}

func textsIn(list any) []string {
	items, _ := list.([]any)
	texts := make([]string, 0, len(items))
	for _, held := range items {
		if text, ok := held.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
