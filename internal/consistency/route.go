package consistency

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/spelling"
)

// route finds texts that lead to nobody: by a word, a host or a scheme of the tables, to a mailbox that anybody can have, or to
// a person who is not there any more.
func (r *run) route(rule *route, value string, at *place) {
	name := spelling.Fold(value)
	if part := r.deadPart(rule, name); part != "" {
		r.report(at, "leads_nowhere", nil, map[string]any{"text": value, "part": part})
		return
	}
	reading := r.reading(at.section())
	if _, people := r.find(value, moment{}); rule.Form != nil && r.directory() != nil && len(people) == 0 && !rule.Form.MatchString(strings.TrimSpace(value)) {
		r.report(at, "no_route", nil, map[string]any{"text": value})
		return
	}
	if _, target, scheme := strings.Cut(name, ":"); scheme {
		r.targetGone(strings.TrimLeft(target, "/#@ "), value, at)
	} else {
		r.targetGone(name, value, at)
	}
	public, _ := r.tables[rule.Public].([]any)
	var own []any
	for _, domain := range texts(r.view.Lookup(rule.Domains)) {
		own = append(own, strings.TrimPrefix(spelling.Fold(domain), "@"))
	}
	for _, address := range tokens(name) {
		mailbox, host, isAddress := strings.Cut(address, "@")
		if !isAddress || mailbox == "" || r.directory() == nil { // @alerts is a name of a chat, such as Matrix
			continue
		}
		_, entries := r.find(address, reading)
		inDirectory := slices.Contains(r.plan.inventories[personKind], at.section())
		switch {
		case len(entries) == 1 && r.gone(entries[0], at) && !inDirectory:
			r.report(at, "person_not_active", []string{entries[0].item.place.pointer()}, map[string]any{"text": value, "date": reading.text})
		case len(entries) > 0 || slices.ContainsFunc(rule.Or, func(kind string) bool { return len(r.objects(kind, address)) > 0 }):
		case among(public, host) != "":
			r.report(at, "public_domain", nil, map[string]any{"text": value, "domain": among(public, host)})
		case len(own) > 0 && among(own, host) == "":
			r.report(at, "unknown_reference", []string{"/" + rule.Domains}, map[string]any{"text": address, "kinds": kindsInWords(append([]string{personKind}, rule.Or...))})
		}
	}
}

// targetGone finds a channel, such as a pager, of a person who is not there any more. Addresses are compared with the others.
func (r *run) targetGone(target, value string, at *place) {
	if r.directory() == nil || strings.Contains(target, "@") {
		return
	}
	reading := r.reading(at.section())
	_, entries := r.find(target, reading)
	if len(entries) == 0 {
		entries = r.directory().full[strings.Join(nameWords(spelling.Names(target)[0]), " ")]
	}
	if len(entries) == 1 && r.gone(entries[0], at) {
		r.report(at, "person_not_active", []string{entries[0].item.place.pointer()}, map[string]any{"text": value, "date": reading.text})
	}
}

// deadPart is the part of a route by which it leads to nobody; empty for none.
func (r *run) deadPart(rule *route, name string) string {
	table, _ := r.tables[rule.Dead].(map[string]any)
	noTargets, _ := r.tables[rule.Words].([]any)
	in := func(key, text string) bool { rows, _ := table[key].([]any); return slices.Contains(rows, any(text)) }
	scheme, target, hasScheme := strings.Cut(name, ":")
	if !hasScheme {
		scheme, target = "", name
	}
	if in("schemes", scheme) || slices.Contains(noTargets, any(strings.TrimLeft(target, "/#@ "))) || isNoTelephone(scheme, target) {
		return name
	}
	for _, address := range tokens(name) {
		if mailbox, _, isAddress := strings.Cut(address, "@"); isAddress && in("mailboxes", mailbox) {
			return address
		}
	}
	hosts, _ := table["hosts"].([]any)
	for _, part := range append(strings.FieldsFunc(name, between), bracketed(name)) {
		pieces := strings.FieldsFunc(part, func(c rune) bool { return c == '-' || c == '_' })
		if in("words", letters(part)) || slices.ContainsFunc(pieces, func(piece string) bool { return in("pieces", piece) }) || isHere(part) || strings.Contains(part, ".") && among(hosts, part) != "" {
			return part
		}
	}
	return ""
}

// telephones are the schemes that a number follows.
var telephones = []string{"tel", "phone", "sms", "call", "fax"}

// isNoTelephone reports whether a telephone number ends in one digit repeated, as in a form that was filled with zeros.
func isNoTelephone(scheme, target string) bool {
	number := letters(target)
	if !slices.Contains(telephones, scheme) && !(scheme == "" && strings.HasPrefix(target, "+")) || strings.Trim(number, "0123456789") != "" {
		return false
	}
	last := number[max(0, len(number)-minSubscriber):]
	return len(last) < 3 || strings.Trim(last, last[:1]) == ""
}

// minSubscriber is how many digits at the end of a telephone number are looked at.
const minSubscriber = 9

// bracketed is what stands in the brackets of a text, such as an address of version 6; empty without brackets.
func bracketed(text string) string {
	_, within, _ := strings.Cut(text, "[")
	inner, _, _ := strings.Cut(within, "]")
	return inner
}

// isHere reports whether an address of the Internet leads to the sender itself.
func isHere(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && (address.IsLoopback() || address.IsUnspecified())
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
