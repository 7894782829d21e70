package authoring

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/outline"
)

const (
	mostLooked   = 2000      // fields and items of a span that are looked at
	mostVerified = 256 << 10 // bytes of a text that is read again with the edits of each action
)

// Actions lists what can be done in a span, where there are these problems: first what fixes one of them, last what accepts one.
func (l *Library) Actions(files Files, span Span, problems []Problem) []Action {
	v := l.folder(files)
	f, is := v.file(span.File)
	if !is || f.grammar == nil {
		return nil
	}
	a := actor{view: v, file: f, broken: map[string]bool{}}
	a.each(problems, span, a.defect)
	a.each(problems, span, a.finding)
	a.file, a.problem = f, Problem{Span: span}
	a.defect()
	a.uncomment(f.Offset(span.Start))
	a.source(f.Find)
	if name := strings.TrimSuffix(path.Base(f.name), path.Ext(f.name)); f.grammar.kind == kindEvidence && slices.Contains(l.described.Sections(), name) {
		a.skeleton(name)
	}
	a.each(problems, span, a.exceptions)
	a.each(problems, span, a.waiver)
	return a.all
}

// each gathers actions of one sort for each problem. One without a file is in the span.
func (a *actor) each(problems []Problem, span Span, gather func()) {
	for _, problem := range problems {
		if problem.File == "" {
			problem.Span = span
		}
		f, is := a.view.file(problem.File)
		if !is || f.grammar == nil {
			continue
		}
		a.file, a.problem = f, problem
		gather()
	}
}

// actor gathers actions for one problem after the other.
type actor struct {
	view
	file    file
	problem Problem
	all     []Action
	broken  map[string]bool // files that cannot be read as they are, by name
}

// add notes an action, once, if its edits leave texts that can be read.
func (a *actor) add(action Action) {
	action.Problem = a.problem.Message
	same := func(other Action) bool {
		return other.Title == action.Title && reflect.DeepEqual(other.Edits, action.Edits) && other.Attaches == action.Attaches
	}
	if !slices.ContainsFunc(a.all, same) && a.readable(action) {
		a.all = append(a.all, action)
	}
}

// readable reports whether texts that can be read can be read after an action as well.
func (a *actor) readable(action Action) bool {
	var names []string
	for _, edit := range action.Edits {
		if !slices.Contains(names, edit.File) {
			names = append(names, edit.File)
		}
	}
	for _, name := range names {
		f, is := a.view.file(name)
		if !is {
			continue // the edit makes it
		}
		if len(f.Text()) > mostVerified {
			continue
		}
		broken, isRead := a.broken[name]
		if !isRead {
			_, err := document.Parse(name, []byte(f.Text()), document.DefaultLimits)
			broken = err != nil
			a.broken[name] = broken
		}
		if broken {
			continue
		}
		if _, err := document.Parse(name, applied(f, action.Edits), document.DefaultLimits); err != nil {
			return false
		}
	}
	return true
}

// defect lists what corrects the text where the problem is.
func (a *actor) defect() {
	f := a.file
	start, end := f.Offset(a.problem.Start), f.Offset(a.problem.End)
	ids := []outline.ID{}
	if at := f.At(start); at.Node != outline.None {
		ids = append(ids, at.Node)
	}
	if len(ids) > 0 && f.sure(ids[0]) {
		a.required(ids[0])
	}
	a.glued(start)
	looked := 0
	for id := f.firstFrom(start); int(id) < f.Len() && f.Opens(id) <= end && looked < mostLooked; id++ {
		looked++
		if !slices.Contains(ids[:min(len(ids), 1)], id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if !f.sure(id) {
			continue
		}
		a.name(id)
		a.twice(id)
		if f.Kind(id) == outline.Scalar {
			a.scalar(id, len(ids) == 1 || id == ids[0])
		}
	}
}

// firstFrom is the first field or item that begins at an offset or behind it.
func (f file) firstFrom(offset int) outline.ID {
	low, high := 1, f.Len()
	for low < high {
		middle := (low + high) / 2
		if f.Opens(outline.ID(middle)) < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return outline.ID(low)
}

// sure reports whether all is known of what a field or an item is in.
func (f file) sure(id outline.ID) bool {
	for id = f.Parent(id); id != outline.None; id = f.Parent(id) {
		if f.Kind(id) == outline.Unknown {
			return false
		}
	}
	return true
}

// section is the section that a pointer leads into.
func section(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return name
}

// finding lists what a finding can be met with.
func (a *actor) finding() {
	name := a.inSection()
	if name == "" {
		return
	}
	a.skeleton(name)
	a.absent()
	a.source(a.file.Find)
	a.attach()
}

// absent offers to add the field that the finding is about, where the object that it belongs to is there without it.
func (a *actor) absent() {
	path, err := document.Split(a.problem.Pointer)
	if err != nil || len(path) < 2 {
		return
	}
	object, name := path[:len(path)-1], path[len(path)-1]
	f, id, is := a.find(document.Pointer(object...))
	if !is || !f.sure(id) || f.Child(id, name) != outline.None {
		return
	}
	s := f.grammar.of(f.Outline, id)
	if !slices.Contains(s.names(), name) {
		return
	}
	edit, ok := f.addField(id, func(indent int) string {
		if indent < 0 {
			return writer{filled: true}.flowField(s.field(name), name)
		}
		return writer{filled: true}.field(s.field(name), name, indent, 0)
	})
	if ok {
		a.add(Action{Title: a.words().Say("Add %s, to fill in", name), Edits: []Edit{edit}})
	}
}

// inSection is the section that the problem is in; empty for none.
func (a *actor) inSection() string {
	name := section(a.problem.Pointer)
	if !evidence.IsSection(name) || a.described.Properties.Forms[name] == nil {
		return ""
	}
	return name
}

// source sets the time at which a section was read, where the problem is about it or the cursor is in the source.
func (a *actor) source(find func(string) (outline.ID, bool)) {
	if a.At == nil || a.file.grammar.kind != kindEvidence {
		return
	}
	pointer := a.problem.Pointer
	if pointer == "" {
		at := a.file.At(a.file.Offset(a.problem.Start))
		id := at.Node
		if id == outline.None {
			id = at.Around
		}
		if id == outline.None || !a.file.sure(id) {
			return
		}
		pointer = a.file.Pointer(id)
	}
	parts, err := document.Split(pointer)
	if err != nil || len(parts) == 0 || !evidence.IsSection(parts[0]) || len(parts) == 1 && a.problem.Pointer == "" || len(parts) > 1 && parts[1] != "source" {
		return
	}
	id, is := find(document.Pointer(parts[0], "source"))
	if !is || a.file.grammar.at([]string{parts[0], "source", collectedAt}).form == nil {
		return
	}
	now := a.At().UTC().Format(time.RFC3339)
	action := Action{Title: a.words().Say("Set collected_at of %s to now", parts[0])}
	if field := a.file.Child(id, collectedAt); field != outline.None {
		start, end := a.file.ValueSpan(field)
		lead := ""
		if start == end {
			lead = " "
		}
		action.Edits = []Edit{{a.file.span(start, end), lead + now}}
	} else if edit, ok := a.file.addField(id, func(int) string { return collectedAt + ": " + now }); ok {
		action.Edits = []Edit{edit}
	}
	if action.Edits != nil {
		a.add(action)
	}
}

// artifactField is where the sources, and what else rests on a file, name it.
const artifactField = "artifact"

// attach offers to attach a file to the innermost thing around the finding that takes one, or to replace the one that is there.
func (a *actor) attach() {
	g := a.grammars[kindEvidence]
	for pointer := range document.Around(a.problem.Pointer) {
		path, err := document.Split(pointer)
		if err != nil {
			return
		}
		to := path
		switch form := g.at(path).form; {
		case form == nil:
			continue
		case form.Properties.forms[artifactField] != nil:
		case len(path) == 1 && g.at(append(slices.Clone(path), "source")).form != nil:
			to = append(slices.Clone(path), "source")
		default:
			continue
		}
		if _, _, is := a.find(document.Pointer(path...)); !is {
			continue
		}
		target := document.Pointer(to...)
		f, artifact, is := a.find(target + "/" + artifactField)
		switch {
		case !is:
			a.add(Action{Title: a.words().Say("Attach a file to %s", target), Attaches: target})
		case f.Kind(artifact) == outline.Mapping && !f.isRead(artifact):
			a.add(Action{Title: a.words().Say("Replace the attached file of %s", target), Attaches: target + "/" + artifactField})
		}
		return
	}
}

// isRead reports whether readers of collect wrote an artifact: no other file takes its place.
func (f file) isRead(artifact outline.ID) bool {
	derivation := f.Child(artifact, "derivation")
	return derivation != outline.None && (f.Child(derivation, "reader") != outline.None || f.Child(derivation, "readers") != outline.None)
}

// skeleton offers the fields of a section that is in no file, as comments, in the file that should have it.
func (a *actor) skeleton(name string) {
	if slices.Contains(a.sections(), name) {
		return
	}
	layout := evidence.Layout{Prefix: "# ", Prose: "## ", Checks: a.readers, Words: a.words()}
	if a.Language != nil {
		layout.Field = a.Language.Field
	}
	fields := a.described.Skeleton(name, layout)
	if fields == "" {
		return
	}
	for _, f := range a.files {
		if strings.HasPrefix(f.Text(), "# "+name+":") || strings.Contains(f.Text(), "\n# "+name+":") {
			return // it is there, and nothing of it is filled in
		}
	}
	text := "## " + a.Language.Meaning("/"+name, a.described.Properties.Forms[name].Description) + "\n" + fields
	edit, ok := a.intoFile(name, text)
	if ok {
		a.add(Action{Title: a.words().Say("Add the fields of %s as comments, to fill in", name), Edits: []Edit{edit}})
	}
}

// intoFile puts lines at the end of the file that should have a section: the one of its name, or the only one there is, or a new one.
func (a *actor) intoFile(name, text string) (Edit, bool) {
	all := a.ofKind(kindEvidence)
	own := beside(a.problem.File, name+".yaml")
	target, is := a.view.file(own)
	switch {
	case is && (target.grammar == nil || target.grammar.kind != kindEvidence):
		return Edit{}, false
	case !is && len(all) == 1:
		target, is = all[0], true
	}
	if is {
		return target.append(text), true
	}
	for _, f := range all {
		if head, ok := header(kindEvidence, f); ok {
			start := document.Position{Line: 1, Column: 1}
			return Edit{Span{own, start, start}, head + "\n" + text}, true
		}
	}
	return Edit{}, false
}

// append puts lines at the end of a file.
func (f file) append(text string) Edit {
	end := len(f.Text())
	lead := ""
	if end > 0 && !strings.HasSuffix(f.Text(), "\n") {
		lead = "\n"
	}
	return Edit{f.span(end, end), withBreaks(lead+text, f.Text())}
}
