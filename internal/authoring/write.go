package authoring

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/outline"
)

// placeholderText stands where a value is expected; an assessment refuses it, and says where.
const placeholderText = evidence.Placeholder

// otherBooleans are words without quotes that some readers of YAML take for true and false.
var otherBooleans = map[string]bool{"yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}

// isBare reports whether a text may stand without quotes, whatever reads it, also in brackets.
func isBare(text string) bool {
	if text == "" || otherBooleans[strings.ToLower(text)] || text[len(text)-1] == ':' || text[len(text)-1] == ' ' {
		return false
	}
	if value, ok := document.Plain(text); !ok || value != any(text) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) && first != '_' && first != '/' {
		return false
	}
	return !strings.Contains(text, ": ") && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./@:+* ", r)
	})
}

// quote writes a text as a scalar in a style; one that needs quotes gets them.
func quote(text string, style outline.Style) string {
	switch {
	case style == outline.SingleQuoted && !strings.ContainsFunc(text, unicode.IsControl):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case style != outline.DoubleQuoted && isBare(text):
		return text
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		return strconv.QuoteToASCII(text)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// writer writes new fields in a block.
type writer struct {
	filled bool // with placeholders where values are expected
}

// field is a field as lines, of which the first stands behind an indentation.
func (w writer) field(s spot, name string, indent, depth int) string {
	lead := name
	if !isBare(name) {
		lead = quote(name, outline.DoubleQuoted)
	}
	below := "\n" + strings.Repeat(" ", indent+2)
	switch {
	case s.form == nil || depth > maxOpened:
		return lead + ": "
	case s.form.is("object") && s.form.isCollection():
		return lead + ":" + below + w.fields(s, indent+2, depth+1)
	case s.form.is("array") && s.form.isCollection():
		return lead + ":" + below + "- " + w.item(s.item(), indent+4, depth+1)
	}
	return lead + ": " + w.scalar(s)
}

func (w writer) flowField(s spot, name string) string {
	switch {
	case s.form.is("object") && s.form.isCollection():
		return name + ": {}"
	case s.form.is("array") && s.form.isCollection():
		return name + ": []"
	}
	return name + ": " + w.scalar(s)
}

// maxOpened is how many levels a new field opens.
const maxOpened = 4

// fields are those that an object must have, or else its first one.
func (w writer) fields(s spot, indent, depth int) string {
	names := s.form.Required
	inner := writer{filled: true}
	if len(names) == 0 {
		all := s.names()
		if len(all) == 0 {
			return ""
		}
		names, inner = all[:1], w
	}
	var lines []string
	for _, name := range names {
		lines = append(lines, inner.field(s.field(name), name, indent, depth))
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// item is an item behind its dash.
func (w writer) item(s spot, indent, depth int) string {
	if s.form != nil && s.form.is("object") && s.form.isCollection() {
		return w.fields(s, indent, depth)
	}
	return w.scalar(s)
}

// scalar is a value, or what stands for it.
func (w writer) scalar(s spot) string {
	if s.form == nil {
		return ""
	}
	if text, ok := s.form.Const.(string); ok {
		return quote(text, outline.Plain)
	}
	switch {
	case !w.filled:
		return ""
	case s.form.is("string") && s.form.Format != "date" && s.form.Format != "date-time" && len(s.form.Enum) == 0:
		return strconv.Quote(placeholderText)
	}
	return placeholderText
}

func lineBreak(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// withBreaks is a text of new lines as those of another text end.
func withBreaks(text, like string) string {
	if lineBreak(like) == "\n" {
		return text
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// header begins a new file: what each file of a kind begins with, and the service as another file of evidence has it.
func header(kind string, like file) (string, bool) {
	text := fmt.Sprintf("api_version: raci-check/v1\nkind: %s\n", kind)
	if kind != kindEvidence {
		return text, true
	}
	metadata, isThere := like.Find("/metadata")
	if _, hasID := like.Find(serviceID); !isThere || !hasID {
		return "", false
	}
	start, _ := like.LineSpan(like.Line(like.Opens(metadata)))
	_, end := like.LineSpan(like.Line(max(like.End(metadata)-1, start)))
	return text + strings.ReplaceAll(like.Text()[start:end], "\r\n", "\n") + "\n", true
}
