package authoring

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
)

// addField puts a field at the end of a mapping, or into a field without a value.
func (f file) addField(id outline.ID, write func(indent int) string) (Edit, bool) {
	switch {
	case f.Kind(id) == outline.Empty && f.IsField(id) && !f.Flow(f.Parent(id)):
		indent := f.Indent(f.Parent(id)) + 2
		end := lineEnd(f, f.End(id))
		return Edit{f.span(end, end), withBreaks("\n"+strings.Repeat(" ", indent)+write(indent), f.Text())}, true
	case f.Kind(id) != outline.Mapping:
		return Edit{}, false
	case f.Flow(id):
		text := write(-1)
		if strings.Contains(text, "\n") || !f.Closed(id) {
			return Edit{}, false
		}
		if last := f.Last(id); last != outline.None {
			return Edit{f.span(f.End(last), f.End(last)), ", " + text}, true
		}
		start, _ := f.ValueSpan(id)
		return Edit{f.span(start+1, start+1), text}, true
	}
	indent := f.Indent(id)
	end := lineEnd(f, f.End(id))
	return Edit{f.span(end, end), withBreaks("\n"+strings.Repeat(" ", indent)+write(indent), f.Text())}, true
}

// addItem puts an item at the end of a list in a mapping, which is made where it is not there.
func (f file) addItem(mapping outline.ID, list string, write func(indent int) string) (Edit, bool) {
	id := f.Child(mapping, list)
	if id == outline.None {
		return f.addField(mapping, func(indent int) string {
			return list + ":\n" + strings.Repeat(" ", indent+2) + "- " + write(indent+4)
		})
	}
	indent := f.Indent(mapping) + 2
	isEmpty := f.Kind(id) == outline.Empty || f.Kind(id) == outline.List && f.First(id) == outline.None && f.Closed(id)
	switch {
	case f.Flow(mapping):
		return Edit{}, false
	case isEmpty:
		start, end := f.ValueSpan(id)
		_, keyEnd := f.KeySpan(id)
		colon := keyEnd + strings.IndexByte(f.Text()[keyEnd:], ':') + 1
		text := "\n" + strings.Repeat(" ", indent) + "- " + write(indent+2)
		if end == start { // a comment may follow
			at := lineEnd(f, start)
			return Edit{f.span(at, at), withBreaks(text, f.Text())}, true
		}
		if lineEnd(f, end) != end {
			return Edit{}, false
		}
		return Edit{f.span(colon, end), withBreaks(text, f.Text())}, true
	case f.Kind(id) != outline.List || f.Flow(id):
		return Edit{}, false
	}
	indent = f.Indent(id)
	end := lineEnd(f, f.End(id))
	return Edit{f.span(end, end), withBreaks("\n"+strings.Repeat(" ", indent)+"- "+write(indent+2), f.Text())}, true
}

// entry is an item with values for some fields, and placeholders for the rest.
func entry(s spot, names []string, values map[string]string, indent int) string {
	var lines []string
	for _, name := range names {
		value, is := values[name]
		if !is {
			below := s.field(name)
			value = writer{filled: true}.scalar(below)
			if words := below.words(); len(words) > 1 {
				value += "  # One of: " + strings.Join(words, ", ") + "."
			}
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// waiver offers an item of the file of waivers that accepts the finding, to fill in.
func (a *actor) waiver() {
	if a.byID[a.problem.Check].ID == "" {
		return
	}
	s := a.grammars[kindWaivers].top().field("waivers").item()
	values := map[string]string{"check": a.problem.Check}
	names := slices.Clone(s.form.Required)
	if a.problem.Pointer != "" {
		names = slices.Insert(names, 1, "pointers")
		values["pointers"] = "[" + quote(a.problem.Pointer, outline.DoubleQuoted) + "]"
	}
	write := func(indent int) string { return entry(s, names, values, indent) }
	action := Action{Title: a.words().Say("Accept the finding of %s by a waiver, to fill in", a.problem.Check)}
	for _, f := range a.ofKind(kindWaivers) {
		if edit, ok := f.addItem(outline.Top, "waivers", write); ok {
			action.Edits = []Edit{edit}
			a.add(action)
			return
		}
	}
	name := beside(a.problem.File, "waivers.yaml")
	if _, is := a.view.file(name); is {
		return
	}
	head, _ := header(kindWaivers, file{})
	start := document.Position{Line: 1, Column: 1}
	action.Edits = []Edit{{Span{name, start, start}, head + "waivers:\n  - " + write(4) + "\n"}}
	a.add(action)
}

// isDeviation reports whether an object is the acceptance of a deviation in writing.
func isDeviation(f *form) bool {
	for _, name := range []string{"reason", "approved_by", "expires_on"} {
		if f == nil || f.Properties.forms[name] == nil {
			return false
		}
	}
	return true
}

// exceptions offers to add an exception where the check reads any: in an object around the finding, or in a list of a section.
func (a *actor) exceptions() {
	if a.inSection() == "" {
		return
	}
	g := a.grammars[kindEvidence]
	for pointer := range document.Around(a.problem.Pointer) {
		path, err := document.Split(pointer)
		if err != nil {
			return
		}
		s := g.at(path)
		for _, name := range s.names() {
			a.exception(path, s, name)
		}
	}
	for _, section := range a.sections() {
		s := g.top().field(section)
		for _, name := range s.names() {
			a.exception([]string{section}, s, name)
		}
	}
}

// exception offers one in a field of an object.
func (a *actor) exception(path []string, s spot, name string) {
	below := s.field(name)
	isList := below.form.is("array")
	if isList {
		below = below.item()
	}
	if !isDeviation(below.form) || !slices.Contains(a.readers[pattern(s.grammar, append(slices.Clone(path), name))], a.problem.Check) {
		return
	}
	f, id, is := a.find(document.Pointer(path...))
	if !is || !f.sure(id) {
		return
	}
	values := a.objectOf(below)
	var names []string
	for _, field := range below.names() {
		if form := below.field(field).form; !form.isCollection() {
			names = append(names, field)
		}
	}
	write := func(indent int) string { return entry(below, names, values, indent) }
	var edit Edit
	ok := false
	switch {
	case isList:
		edit, ok = f.addItem(id, name, write)
	case f.Child(id, name) == outline.None:
		edit, ok = f.addField(id, func(indent int) string {
			return name + ":\n" + strings.Repeat(" ", indent+2) + write(indent+2)
		})
	}
	if ok {
		a.add(Action{Title: a.words().Say("Add an exception to %s, to fill in", document.Pointer(append(slices.Clone(path), name)...)), Edits: []Edit{edit}})
	}
}

// objectOf are the fields of an exception that name the object of the finding.
func (a *actor) objectOf(s spot) map[string]string {
	values := map[string]string{}
	for pointer := range document.Around(a.problem.Pointer) {
		f, id, is := a.find(pointer)
		if !is || f.Kind(id) != outline.Mapping {
			continue
		}
		for field := f.First(id); field != outline.None; field = f.Next(field) {
			a.names(s, f, field, values)
		}
		if len(values) > 0 {
			break
		}
	}
	return values
}

// names notes the fields of an exception that name what an id is of.
func (a *actor) names(s spot, f file, id outline.ID, values map[string]string) {
	text, ok := f.Scalar(id)
	if !ok {
		return
	}
	for _, k := range f.names().byNode[id] {
		for _, name := range s.names() {
			for _, ref := range s.field(name).part.Names(map[string]any{}) {
				if k.kind != consistency.PersonKind && slices.Contains(ref.Kinds, k.kind) && !ref.HasForm() {
					values[name] = quote(text, outline.Plain)
				}
			}
		}
	}
}
