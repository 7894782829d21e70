package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"gopkg.in/yaml.v3"
)

// widest is how long a line becomes by what could be on several, in characters.
const widest = 120

// writer writes new values.
type writer struct {
	*editing
	shape func(string) Shape
	old   *yaml.Node // the value whose place it takes; nil for none
	flow  bool
}

func (e *editing) writer(v *value) writer { return writer{editing: e, shape: v.shape, flow: e.flow} }

func (w writer) shapeOf(pattern string) Shape {
	if w.shape == nil {
		return Shape{}
	}
	return w.shape(pattern)
}

// names are the fields of a mapping in the order in which they are written.
func (w writer) names(fields map[string]any, pattern string) []string {
	var names []string
	for _, name := range w.shapeOf(pattern).Fields {
		if _, present := fields[name]; present {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// field is a field of a block whose keys are in a column, without the spaces before it.
func (w writer) field(key string, v *value, column int) string {
	return name(key) + ":" + w.behind(v, column)
}

// behind is what is behind the colon of a key.
func (w writer) behind(v *value, column int) string { return w.below(v.plain, v.pattern, column) }

func (w writer) below(plain any, pattern string, column int) string {
	shape := w.shapeOf(pattern)
	old := w.old
	flow := w.flow || shape.Flow || old != nil && old.Style&yaml.FlowStyle != 0 && len(old.Content) > 0
	switch v := plain.(type) {
	case map[string]any:
		if !flow && len(v) > 0 {
			return w.newline + strings.Repeat(" ", column+w.step) + w.entries(v, pattern, column+w.step)
		}
	case []any:
		if short := w.short(v, pattern); !flow && len(v) > 0 && (hasMapping(v) || column+utf8.RuneCountInString(short) > widest) {
			return w.items(v, pattern, column+w.dash)
		}
	case string:
		if lines, ok := w.lines(v, column+w.step); ok && !flow && strings.Contains(v, "\n") {
			return " " + lines
		}
	}
	return " " + w.scalar(plain, pattern, false)
}

// item is what is behind a dash, where what it has begins in a column.
func (w writer) item(plain any, pattern string, column int) string {
	flow := w.flow || w.shapeOf(pattern).Flow || w.old != nil && w.old.Style&yaml.FlowStyle != 0 && len(w.old.Content) > 0
	switch v := plain.(type) {
	case map[string]any:
		if !flow && len(v) > 0 {
			return w.entries(v, pattern, column)
		}
	case string:
		if lines, ok := w.lines(v, column); ok && !flow && strings.Contains(v, "\n") {
			return lines
		}
	}
	return w.scalar(plain, pattern, false)
}

// entries are the fields of a block, from the first character of the first key on.
func (w writer) entries(fields map[string]any, pattern string, column int) string {
	var lines []string
	below := w
	below.old = nil
	for _, key := range w.names(fields, pattern) {
		lines = append(lines, name(key)+":"+below.below(fields[key], pattern+Pointer(key), column))
	}
	return strings.Join(lines, w.newline+strings.Repeat(" ", column))
}

func (w writer) items(list []any, pattern string, column int) string {
	var lines strings.Builder
	below := w
	below.old = nil
	for _, item := range list {
		lines.WriteString(w.newline + strings.Repeat(" ", column) + "- " + below.item(item, pattern+"/*", column+2))
	}
	return lines.String()
}

func hasMapping(list []any) bool {
	return slices.ContainsFunc(list, func(item any) bool {
		fields, isMapping := item.(map[string]any)
		return isMapping && len(fields) > 0
	})
}

// short is a value on one line, between brackets.
func (w writer) short(plain any, pattern string) string { return w.scalar(plain, pattern, true) }

// scalar is a value on one line; inFlow says that it is between brackets.
func (w writer) scalar(plain any, pattern string, inFlow bool) string {
	below := w
	below.old = nil
	switch v := plain.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case string:
		shape := w.shapeOf(pattern)
		isScalar := w.old != nil && w.old.Kind == yaml.ScalarNode
		switch isQuoted := isScalar && w.old.Style&quotedStyles != 0; {
		case IsDate(v) && !isQuoted && (shape.Date || isScalar && IsDate(w.old.Value)):
			return v
		case shape.Quoted && !isScalar:
			return strconv.Quote(v)
		}
		return quoted(v, w.old, inFlow)
	case map[string]any:
		var fields []string
		for _, key := range w.names(v, pattern) {
			fields = append(fields, name(key)+": "+below.short(v[key], pattern+Pointer(key)))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, below.short(item, pattern+"/*"))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(plain) // writable refused it
}

// lines is a text of several lines as a block that is indented so far, and whether it can be one.
func (w writer) lines(text string, column int) (block string, ok bool) {
	indicator := "|-"
	body, ends := strings.CutSuffix(text, "\n")
	if ends {
		indicator = "|"
	}
	if body == "" || strings.HasSuffix(body, "\n") || strings.HasPrefix(body, " ") || strings.HasPrefix(body, "\n") || strings.ContainsRune(body, '\t') ||
		strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		return "", false
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		if strings.TrimRight(line, " ") != line {
			return "", false
		}
		if line != "" {
			lines[i] = strings.Repeat(" ", column) + line
		}
	}
	return indicator + w.newline + strings.Join(lines, w.newline), true
}

// IsDate reports whether a text is a date or a time: every reader takes it for that or for text, so that it needs no quotes.
func IsDate(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	if err != nil {
		_, err = time.Parse(time.DateOnly, text)
	}
	return err == nil
}

// Text is a text as a scalar on one line, wherever that is put.
func Text(text string) string { return quoted(text, nil, true) }

func name(key string) string { return quoted(key, nil, true) }

// quoted is a text as a scalar: with the quotes of the one whose place it takes, or with quotes where it needs them.
func quoted(text string, old *yaml.Node, inFlow bool) string {
	style := yaml.Style(0)
	if old != nil && old.Kind == yaml.ScalarNode {
		style = old.Style
	}
	printable := !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	switch {
	case style&yaml.SingleQuotedStyle != 0 && printable:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case style&yaml.DoubleQuotedStyle == 0 && bare(text, inFlow):
		return text
	}
	return strconv.Quote(text)
}

// otherwise are the texts that some reader of YAML takes for a truth value or for nothing.
var otherwise = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// bare reports whether a text may be without quotes, whatever reads it: it begins with a letter or a slash, or is a UUID, and has no sign in it
// that ends a scalar.
func bare(text string, inFlow bool) bool {
	if text == "" || slices.Contains(otherwise, strings.ToLower(text)) || strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.Contains(text, "  ") {
		return false
	}
	if last := text[len(text)-1]; last == ' ' || last == ':' {
		return false
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r), r == '/':
		case r >= '0' && r <= '9':
			if i == 0 && !isUUID(text) {
				return false
			}
		case i == 0 || !strings.ContainsRune("-_.@+*();'=&!% ~^$", r) && (inFlow || !strings.ContainsRune(":,?\"#", r)):
			return false
		}
	}
	return true
}

// isUUID reports whether a text is a UUID, which no reader takes for a number. Its other forms have braces, a prefix or no dashes.
func isUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }
