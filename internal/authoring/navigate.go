package authoring

import (
	"cmp"
	"slices"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
)

// Definition is where the object stands that the text at a place names. Where several objects have the name, it is all of them.
func (l *Library) Definition(files Files, name string, at document.Position) []Span {
	h, ok := l.look(files, name, at)
	if !ok || h.Where != outline.InValue {
		return nil
	}
	v := l.folder(files)
	objects, _, _ := h.subject(v)
	var all []Span
	for _, object := range objects {
		all = append(all, object.file.span(inQuotes(object.file, object.node)))
	}
	value, _ := h.file.Scalar(h.Node)
	for _, ref := range h.spot.part.Names(nil) {
		switch {
		case slices.Contains(ref.Kinds, pointerKind):
			all = append(all, v.located(value)...)
		case slices.Contains(ref.Kinds, sectionKind):
			all = append(all, v.located(document.Pointer(value))...)
		}
	}
	return all
}

// inQuotes is where the text of a scalar stands, without its quotation marks.
func inQuotes(f file, id outline.ID) (start, end int) {
	start, end = f.ValueSpan(id)
	if s := f.Style(id); s == outline.SingleQuoted || s == outline.DoubleQuoted {
		return start + 1, max(start+1, end-1)
	}
	return start, end
}

// References are the places that name the object at a place; with its definition where that is asked for.
func (l *Library) References(files Files, name string, at document.Position, definition bool) []Span {
	h, ok := l.look(files, name, at)
	if !ok {
		return nil
	}
	v := l.folder(files)
	objects, _, _ := h.subject(v)
	marks := map[place][2]int{}
	for _, object := range objects {
		for _, k := range v.keysOf(object) {
			for _, f := range v.files {
				for _, u := range f.names().uses[k] {
					marks[place{f.name, u.node}] = partOf(f, u.node, u.start, u.end)
				}
			}
		}
	}
	for _, object := range objects {
		at := place{object.file.name, object.node}
		start, end := inQuotes(object.file, object.node)
		_, named := marks[at]
		switch {
		case definition:
			marks[at] = [2]int{start, end}
		case named:
			delete(marks, at)
		}
	}
	return v.spans(marks)
}

// keysOf are the names of an object: its id, what it is called besides, and what persons are called, where nobody else has the name.
func (v view) keysOf(object named) []key {
	keys := []key{object.key}
	f := object.file
	own := f.names()
	add := func(id outline.ID) {
		for _, k := range own.byNode[id] {
			if k.kind == object.key.kind && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	for field := f.First(object.object); field != outline.None; field = f.Next(field) {
		add(field)
		for item := f.First(field); item != outline.None && f.Kind(field) == outline.List; item = f.Next(item) {
			add(item)
		}
		if text, ok := f.Scalar(field); ok && object.key.kind == personKind {
			if same := v.objects([]string{personKind}, text); len(same) == 1 && same[0].weak && same[0].object == object.object {
				keys = append(keys, same[0].key)
			}
		}
	}
	return keys
}

// spans are places in the order of the files.
func (v view) spans(marks map[place][2]int) []Span {
	var all []Span
	for at, part := range marks {
		f, _ := v.file(at.file)
		all = append(all, f.span(part[0], part[1]))
	}
	slices.SortFunc(all, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start.Line, b.Start.Line), cmp.Compare(a.Start.Column, b.Start.Column))
	})
	return all
}

// partOf is where a part of a scalar's text stands; the whole scalar where its text is written in another way.
func partOf(f file, id outline.ID, start, end int) [2]int {
	from, to := inQuotes(f, id)
	if text, ok := f.Scalar(id); ok && f.Text()[from:to] == text {
		return [2]int{from + start, from + end}
	}
	from, to = f.ValueSpan(id)
	return [2]int{from, to}
}
