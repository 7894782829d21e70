package consistency

import (
	"slices"
	"strings"
	"unicode"
)

// route finds texts that lead to nobody: by a word, a host or a scheme of the tables, to a mailbox that anybody can have, or to
// a person who is not there any more.
func (r *run) route(rule *route, value string, at *place) {
	name := spelled(value)
	dead := func(part string) { r.report(at, "leads_nowhere", nil, map[string]any{"text": value, "part": part}) }
	rows, _ := r.settings.Reference[rule.Dead].(map[string]any)
	list := func(key string) []any { items, _ := rows[key].([]any); return items }
	scheme, target, hasScheme := strings.Cut(name, ":")
	if !hasScheme {
		scheme, target = "", name
	}
	words, _ := r.settings.Reference[rule.Words].([]any)
	if target = strings.TrimLeft(target, "/#@"); slices.Contains(list("schemes"), any(scheme)) || slices.Contains(words, any(target)) {
		dead(name)
		return
	}
	for _, part := range strings.FieldsFunc(name, between) {
		if slices.Contains(list("words"), any(letters(part))) || strings.Contains(part, ".") && among(list("hosts"), part) != "" {
			dead(part)
			return
		}
	}
	for _, address := range tokens(name) {
		mailbox, host, isAddress := strings.Cut(address, "@")
		if !isAddress {
			continue
		}
		if slices.Contains(list("mailboxes"), any(mailbox)) {
			dead(address)
			return
		}
		var found []*somebody
		reading := r.reading(at.section())
		if r.directory != nil {
			found = r.directory.find(address, reading)
		}
		listed, _ := r.settings.Reference[rule.Public].([]any)
		switch {
		case len(found) == 1 && reading.text != "" && !found[0].active(reading) && at.section() != r.plan.section(personKind):
			r.report(at, "person_not_active", []string{found[0].item.place.pointer()}, map[string]any{"text": value, "date": reading.text})
		case len(found) == 0 && among(listed, host) != "":
			r.report(at, "public_domain", nil, map[string]any{"text": value, "domain": among(listed, host)})
		}
	}
}

// between reports whether a character stands between the parts of a route.
func between(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune(`:/\,;()[]{}<>"'|=@#?&!+`, c)
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

// section is the first that holds objects of a kind; empty for none.
func (p *Plan) section(kind string) string {
	if sections := p.inventories[kind]; len(sections) > 0 {
		return sections[0]
	}
	return ""
}
