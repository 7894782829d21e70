package jsonhttp

import (
	"errors"
	"net/http"
	"strings"
)

var (
	errLink  = errors.New("the header Link of the answer cannot be read (RFC 8288)")
	errLinks = errors.New("the header Link of the answer names several next pages")
)

// linkOf is the link of a relation in the headers Link (RFC 8288, section 3); "" where there is none.
func linkOf(header http.Header, of string) (string, error) {
	next, rest := "", strings.Join(header.Values("Link"), ",")
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return next, nil
		}
		target, after, isClosed := strings.Cut(strings.TrimPrefix(rest, "<"), ">")
		if rest[0] != '<' || !isClosed {
			return "", errLink
		}
		isNext := false
		var err error
		if isNext, rest, err = relation(after, of); err != nil {
			return "", err
		}
		if !isNext {
			continue
		}
		if next != "" && next != target {
			return "", errLinks
		}
		next = target
	}
}

// relation reads the parameters of a link up to the next one, and reports whether the first rel among them names the relation.
func relation(text, of string) (isNext bool, rest string, err error) {
	isRead := false
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] == ',' {
			return isNext, text, nil
		}
		if text[0] != ';' {
			return false, "", errLink
		}
		text = strings.TrimLeft(text[1:], " \t")
		end := strings.IndexAny(text, "=;, \t")
		if end < 0 {
			end = len(text)
		}
		name, value := text[:end], ""
		text = strings.TrimLeft(text[end:], " \t")
		if strings.HasPrefix(text, "=") {
			if value, text, err = parameter(strings.TrimLeft(text[1:], " \t")); err != nil {
				return false, "", err
			}
		}
		if strings.EqualFold(name, "rel") && !isRead {
			isRead = true
			for _, word := range strings.Fields(value) {
				isNext = isNext || strings.EqualFold(word, of)
			}
		}
	}
}

// parameter is the value of a parameter at the beginning of a text, a token or a quoted text, and what follows.
func parameter(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ";, \t")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return out.String(), text[i+1:], nil
		case '\\':
			if i++; i == len(text) {
				return "", "", errLink
			}
		}
		out.WriteByte(text[i])
	}
	return "", "", errLink
}
