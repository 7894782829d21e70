package describe

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/raci"
)

// mostFound is how many of a kind a search lists.
const mostFound = 20

// entry is what a list has of one thing: its id, and a line about it.
type entry struct{ id, about string }

// List is what there is to explain: the activities and the sections.
func (e *Explainer) List() string {
	var sections []entry
	for _, name := range e.form.Sections() {
		sections = append(sections, entry{name, e.Language.Meaning("/"+name, e.form.Properties.Forms[name].Description)})
	}
	return e.listed("activities", e.activities(func(raci.Activity) bool { return true }), 0) + "\n" +
		e.listed("sections of the evidence", sections, 0) + "\n" +
		e.words().Say("explain ID       one of them; an activity lists its checks (%d in all)\nexplain WORD...  everything that has these words\nexplain --profile baseline  the %d parameters\n", len(e.policies.Checks()), len(e.parameters.All()))
}

func (e *Explainer) activities(fits func(raci.Activity) bool) (all []entry) {
	for _, a := range e.reading.Activities {
		if fits(a) {
			all = append(all, entry{a.ID, a.Name + ": " + e.text(a.Title)})
		}
	}
	return all
}

// search lists what has all words in its id or description, or what the beginning of a number leads to; empty for nothing.
func (e *Explainer) search(text string) string {
	beginning := strings.TrimSuffix(text, ".") + "."
	if below := e.activities(func(a raci.Activity) bool { return strings.HasPrefix(a.ID, beginning) }); len(below) > 0 {
		return e.listed("activities", below, 0)
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return ""
	}
	has := func(texts ...string) bool {
		all := strings.ToLower(strings.Join(texts, "\n"))
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(all, word) })
	}
	activities := e.activities(func(a raci.Activity) bool { return has(a.ID, a.Name, a.Title, e.text(a.Title)) })
	var checks, parameters, fields []entry
	for _, c := range e.policies.Checks() {
		if has(c.ID, c.Title, c.Description, e.text(c.Title), e.text(c.Description)) {
			checks = append(checks, entry{c.ID, e.text(c.Title)})
		}
	}
	for _, p := range e.parameters.All() {
		if has(p.Name, p.Description, e.text(p.Description)) {
			parameters = append(parameters, entry{p.Name, e.text(p.Description)})
		}
	}
	for _, f := range e.form.Fields() {
		if has(append([]string{f.Name(), f.Form.Description, e.about(f)}, f.Form.Enum...)...) {
			fields = append(fields, entry{f.Name(), e.about(f)})
		}
	}
	var parts []string
	for _, part := range []string{
		e.listed("activities", activities, mostFound), e.listed("checks", checks, mostFound),
		e.listed("parameters", parameters, mostFound), e.listed("fields of the evidence", fields, mostFound),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n")
}

func (e *Explainer) about(f evidence.Field) string {
	pointer := document.Pattern(f.Pointer)
	if shown := document.Pattern(f.Shown); e.Language.Field(shown, "") != "" {
		pointer = shown
	}
	return e.Language.Meaning(pointer, f.Form.Description)
}

// listed is a table with a title; empty for no entries. most is how many it shows, 0 for all.
func (e *Explainer) listed(title string, entries []entry, most int) string {
	if len(entries) == 0 {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", e.words().Say("%s:", e.words().Text(title)))
	shown := entries
	if most > 0 && len(entries) > most {
		shown = entries[:most]
	}
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, line := range shown {
		fmt.Fprintf(table, "  %s\t%s\n", line.id, line.about)
	}
	_ = table.Flush() // a builder takes everything
	if more := len(entries) - len(shown); more > 0 {
		fmt.Fprintf(&text, "  %s\n", e.words().Say("and %d more: add a word", more))
	}
	return text.String()
}

// field explains a section or a field.
func (e *Explainer) field(f evidence.Field) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n\n", f.Name(), e.about(f))
	form := f.Form
	kind := form.Type
	switch {
	case kind == "array" && form.Items != nil:
		form = e.form.Resolve(form.Items)
		kind = e.words().Text("a list")
	case kind == "object" && strings.Count(f.Pointer, "/") == 1:
		kind = e.words().Text("a section")
	case kind == "object":
		kind = e.words().Text("fields")
	case kind == "boolean":
		kind = e.words().Text("true or false")
	case kind == "integer":
		kind = e.words().Text("a whole number")
	case kind == "number":
		kind = e.words().Text("a number")
	case form.Format == "date":
		kind = e.words().Text("a date")
	case form.Format == "date-time":
		kind = e.words().Text("a time")
	case form.Format == "uuid":
		kind = e.words().Text("a UUID")
	default:
		kind = e.words().Text("a text")
	}
	if len(form.Enum) > 0 {
		kind += ": " + strings.Join(form.Enum, ", ")
	}
	e.say(&out, "takes     %s\n", kind)
	if f.Form.Informative != "" {
		e.say(&out, "judged    never: it %s\n", e.words().Text(f.Form.Informative))
	}
	if readers := e.readers(f.Pointer); len(readers) > 0 {
		label := e.words().Text("read by   ")
		fmt.Fprintf(&out, "%s%s\n", label, strings.Join(readers, "\n"+strings.Repeat(" ", utf8.RuneCountInString(label))))
	}
	e.say(&out, "\nfor example:\n")
	out.WriteString(e.example(f.Shown))
	return out.String()
}

// readers are the checks whose evidence has a field, or is part of it.
func (e *Explainer) readers(pointer string) (ids []string) {
	within := func(inner, outer string) bool { return inner == outer || strings.HasPrefix(inner, outer+"/") }
	for _, check := range e.policies.Checks() {
		if slices.ContainsFunc(check.Evidence, func(read string) bool { return within(read, pointer) || within(pointer, read) }) {
			ids = append(ids, check.ID)
		}
	}
	return ids
}
