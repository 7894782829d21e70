package words

import (
	"regexp"
	"strings"
	"sync"
)

// expression is a regular expression that is compiled when it is first used: a program that speaks English never does.
func expression(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

var (
	tag       = expression(`<[^<>]*>`)
	attribute = expression(`((?:aria|data)-label|data-say-[a-z]+|title|placeholder|alt)="([^"]*)"`)
	action    = expression(`\{\{[^{}]*\}\}`)
	edges     = expression(`^(?:\s|\{\{[^{}]*\}\})*|(?:\s|\{\{[^{}]*\}\})*$`)
	letter    = expression(`\pL`)
)

// Template is a template of a page with its texts in the language. A text is what stands between two tags or in an attribute that
// is read aloud, with the actions inside it but not those at its ends.
func (w *Words) Template(source string) string {
	if w == nil {
		return source
	}
	return eachText(source, w.Text, w.colons)
}

// colons sets the colons of a part of a template that has no words.
func (w *Words) colons(part string) string {
	var out strings.Builder
	last := 0
	for _, at := range append(action().FindAllStringIndex(part, -1), []int{len(part), len(part)}) {
		out.WriteString(w.Grammar.Set(strings.ReplaceAll(part[last:at[0]], ": ", " : ")))
		out.WriteString(part[at[0]:at[1]])
		last = at[1]
	}
	return out.String()
}

// eachText changes the texts, and by bare what stands between two tags without any.
func eachText(source string, change, bare func(string) string) string {
	var out strings.Builder
	last := 0
	for _, at := range tag().FindAllStringIndex(source, -1) {
		out.WriteString(inside(source[last:at[0]], change, bare))
		out.WriteString(attribute().ReplaceAllStringFunc(source[at[0]:at[1]], func(whole string) string {
			parts := attribute().FindStringSubmatch(whole)
			return parts[1] + `="` + inside(parts[2], change, bare) + `"`
		}))
		last = at[1]
	}
	out.WriteString(inside(source[last:], change, bare))
	return out.String()
}

// inside changes the text between two tags, and leaves what is only actions and marks, or attributes.
func inside(part string, change, bare func(string) string) string {
	start := edges().FindStringIndex(part)[1]
	end := len(part)
	for _, at := range edges().FindAllStringIndex(part[start:], -1) {
		if at[1] == len(part)-start {
			end = start + at[0]
			break
		}
	}
	prose := action().ReplaceAllString(part[min(start, end):end], "")
	if strings.Contains(prose, `="`) {
		return part
	}
	if !letter().MatchString(prose) {
		return bare(part)
	}
	return part[:start] + change(part[start:end]) + part[end:]
}
