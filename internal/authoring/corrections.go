package authoring

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
)

// name offers the field that was probably meant where the form has none of that name.
func (a *actor) name(id outline.ID) {
	f := a.file
	if !f.IsField(id) {
		return
	}
	around := f.grammar.of(f.Outline, f.Parent(id))
	name := f.Key(id)
	if around.form == nil || around.form.Others.form != nil || len(around.form.Properties.names) == 0 || around.form.Properties.forms[name] != nil {
		return
	}
	if near := suggest.Nearest(name, around.form.Properties.names); near != "" && f.Child(f.Parent(id), near) == outline.None {
		start, end := f.KeySpan(id)
		a.add(Action{Title: a.words().Say("Change %s to %s", quoted(name), quoted(near)), Edits: []Edit{{f.span(start, end), near}}})
	}
}

// twice offers to remove a field whose name stands above it already.
func (a *actor) twice(id outline.ID) {
	f := a.file
	if !f.IsField(id) {
		return
	}
	name := f.Key(id)
	first := f.Child(f.Parent(id), name)
	if first == id || first == outline.None {
		return
	}
	start, end := f.whole(id)
	line := f.Position(f.Opens(first)).Line
	a.add(Action{Title: a.words().Say("Remove this %s, which line %d has already", quoted(name), line), Edits: []Edit{{f.span(start, end), ""}}})
}

// whole is where a field that is not the first stands, with what divides it from the others.
func (f file) whole(id outline.ID) (start, end int) {
	if !f.Flow(f.Parent(id)) {
		start, _ = f.LineSpan(f.Line(f.Opens(id)))
		end = lineEnd(f, f.End(id))
		if strings.TrimLeft(f.Text()[start:f.Opens(id)], " ") != "" {
			return f.Opens(id), end // behind a dash
		}
		if next := f.Line(end) + 1; next < f.Line(len(f.Text()))+1 {
			end, _ = f.LineSpan(next)
		}
		return start, end
	}
	before := f.First(f.Parent(id))
	for f.Next(before) != id && f.Next(before) != outline.None {
		before = f.Next(before)
	}
	return f.End(before), f.End(id)
}

// scalar offers other spellings of a value. The names of objects are looked through for the problem's own value alone.
func (a *actor) scalar(id outline.ID, named bool) {
	f := a.file
	s := f.grammar.of(f.Outline, id)
	text, ok := f.Scalar(id)
	if s.form == nil || !ok {
		return
	}
	if words := s.words(); len(words) > 0 {
		if near := suggest.Nearest(text, words); near != "" && !slices.Contains(words, text) {
			a.change(id, near)
		}
		return
	}
	quoted := f.Style(id) != outline.Plain
	value, isPlain := document.Plain(text)
	_, isText := value.(string)
	switch {
	case s.form.Format == "date":
		a.days(id, text)
	case s.form.is("boolean") && len(s.form.Types) == 1:
		if word := truth(text); word != "" && (quoted || word != text) {
			a.literal(id, word)
		}
	case (s.form.is("number") || s.form.is("integer")) && len(s.form.Types) == 1 && quoted && isPlain && !isText && value != nil && value != true && value != false:
		a.literal(id, text)
	case named:
		a.reference(id, s, text)
	}
}

// truth is true or false for a word that people write for it; empty for any other.
func truth(text string) string {
	switch strings.ToLower(text) {
	case "yes", "y", "on", "true":
		return "true"
	case "no", "n", "off", "false":
		return "false"
	}
	return ""
}

func (a *actor) change(id outline.ID, to string) {
	a.put(id, a.words().Say("Change it to %s", quoted(to)), quote(to, a.file.Style(id)))
}

func (a *actor) literal(id outline.ID, to string) {
	a.put(id, a.words().Say("Write %s, without quotes", to), to)
}

func (a *actor) put(id outline.ID, title, written string) {
	start, end := a.file.ValueSpan(id)
	a.add(Action{Title: title, Edits: []Edit{{a.file.span(start, end), written}}})
}

// days offers the days that a text may stand for where a date is to stand.
func (a *actor) days(id outline.ID, text string) {
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return
	}
	days := schema.Days(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		days = []string{at.Format(time.DateOnly)}
	}
	for i, day := range days {
		title := a.words().Say("Write the day %s", day)
		if len(days) == 2 {
			title += []string{a.words().Text(" (the day comes first)"), a.words().Text(" (the month comes first)")}[i]
		}
		start, end := a.file.ValueSpan(id)
		a.add(Action{Title: title, Edits: []Edit{{a.file.span(start, end), day}}})
	}
}

// reference offers the name of an object that was probably meant where nothing has the name.
func (a *actor) reference(id outline.ID, s spot, text string) {
	if len(text) > mostMistyped || uuid.Validate(text) == nil {
		return // one such id is as far from another as from most
	}
	fields := namer{Library: a.Library, text: a.file.text}.fields(a.file.Parent(id))
	for _, ref := range s.part.Names(fields) {
		if ref.HasForm() || len(a.objects(ref.Kinds, text)) > 0 {
			return
		}
		var all []string
		for _, kind := range ref.Kinds {
			all = append(all, a.called(kind)...)
		}
		slices.Sort(all)
		if near := suggest.Nearest(text, slices.Compact(all)); near != "" && near != text {
			a.change(id, near)
		}
	}
}

// mostMistyped is how long an id may be that people type.
const mostMistyped = 40

// called are the ids and other names of the objects of a kind.
func (v view) called(kind string) []string {
	var all []string
	if kind == checkKind {
		for _, check := range v.checks {
			all = append(all, check.ID)
		}
	}
	if kind == sectionKind {
		all = append(all, v.described.Sections()...)
	}
	for _, f := range v.files {
		for k, definitions := range f.names().definitions {
			if k.kind == kind && !definitions[0].weak {
				if text, ok := f.Scalar(definitions[0].node); ok {
					all = append(all, text)
				}
			}
		}
	}
	return all
}

// required offers the fields that the object around a place must have and has not.
func (a *actor) required(id outline.ID) {
	f := a.file
	if f.Kind(id) != outline.Mapping {
		id = f.Parent(id)
	}
	s := f.grammar.of(f.Outline, id)
	if f.Kind(id) != outline.Mapping || s.form == nil {
		return
	}
	var absent []string
	for _, name := range s.form.Required {
		if f.Child(id, name) == outline.None && s.field(name).form != nil {
			absent = append(absent, name)
		}
	}
	if len(absent) == 0 {
		return
	}
	edit, ok := f.addField(id, func(indent int) string {
		var fields []string
		for _, name := range absent {
			if indent < 0 {
				fields = append(fields, writer{filled: true}.flowField(s.field(name), name))
			} else {
				fields = append(fields, writer{filled: true}.field(s.field(name), name, indent, 0))
			}
		}
		if indent < 0 {
			return strings.Join(fields, ", ")
		}
		return strings.Join(fields, "\n"+strings.Repeat(" ", indent))
	})
	if ok {
		a.add(Action{Title: a.words().Say("Add what is required: %s", strings.Join(absent, ", ")), Edits: []Edit{edit}})
	}
}

// glued offers a space behind the colon of a field whose value follows at once.
func (a *actor) glued(offset int) {
	f := a.file
	start, end := f.LineSpan(f.Line(offset))
	line := f.Text()[start:end]
	indent := len(line) - len(strings.TrimLeft(line, " -"))
	colon := strings.IndexByte(line, ':')
	if colon < indent || colon+1 >= len(line) || line[colon+1] == ' ' {
		return
	}
	at := f.At(start + indent)
	around := at.Around
	if at.Node != outline.None && f.Kind(at.Node) == outline.Scalar && !f.IsField(at.Node) {
		around = at.Node // the text of an item
	}
	if around == outline.None || at.Where == outline.InKey || !f.sure(around) {
		return
	}
	if s := f.grammar.of(f.Outline, around); s.field(line[indent:colon]).form != nil {
		a.add(Action{Title: a.words().Text("Put a space after the colon"), Edits: []Edit{{f.span(start+colon+1, start+colon+1), " "}}})
	}
}
