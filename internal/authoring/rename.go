package authoring

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/placeholder"
)

// Renames is the span of the id at a place that can be renamed.
func (l *Library) Renames(files Files, name string, at document.Position) (Span, bool) {
	h, ok := l.look(files, name, at)
	if !ok {
		return Span{}, false
	}
	v := l.folder(files)
	objects, start, end := h.subject(v)
	if len(objects) == 0 || objects[0].weak {
		return Span{}, false
	}
	for _, object := range objects {
		if len(object.file.grammar.of(object.file.Outline, object.node).words()) > 0 {
			return Span{}, false // the schema lists what it can be
		}
	}
	part := partOf(h.file, h.Node, start, end)
	return h.file.span(part[0], part[1]), true
}

// Rename gives the object at a place another id in every file.
func (l *Library) Rename(files Files, name string, at document.Position, to string) ([]Edit, error) {
	h, ok := l.look(files, name, at)
	if !ok {
		return nil, errNoName
	}
	r := renaming{view: l.folder(files), to: to, keys: map[key]bool{}, parts: map[place][]use{}}
	objects, start, end := h.subject(r.view)
	if len(objects) == 0 {
		return nil, errNoName
	}
	if objects[0].weak {
		return nil, errors.New("this is the name or the role of a person, which is no id: rename the id in the directory of people")
	}
	value, _ := h.file.Scalar(h.Node)
	r.from = value[start:end]
	if err := r.acceptable(); err != nil || r.from == to {
		return nil, err
	}
	for _, object := range objects {
		r.add(object.key)
	}
	gather := r.gather
	if alone, is := r.alone(h); is {
		gather = func() error {
			r.replace(h.file, alone)
			return r.free(objects[0].key.kind)
		}
	}
	if objects[0].key.kind == consistency.DomainKind {
		gather = r.everywhere
	}
	if err := gather(); err != nil {
		return nil, err
	}
	return r.edits()
}

var errNoName = errors.New("nothing that can be renamed stands here: place the cursor on an id, or on a text that names one")

// renaming is one change of an id.
type renaming struct {
	view
	from, to string
	keys     map[key]bool
	queue    []key
	parts    map[place][]use // what is replaced
	places   []place         // the same, in the order in which they were seen
}

// acceptable refuses what is no id.
func (r *renaming) acceptable() error {
	switch {
	case strings.TrimSpace(r.to) == "":
		return errors.New("the new id is empty: give one")
	case strings.TrimSpace(r.to) != r.to:
		return errors.New("the new id begins or ends with a space: take the space away")
	case document.Hidden(r.to) != "" || strings.ContainsAny(r.to, "\t\n"):
		return errors.New("the new id has a character that is not seen: take it away")
	case r.placeholders.Is(r.to):
		return errors.New(placeholder.Named(r.to) + "is a placeholder and no id: give the id")
	}
	return nil
}

func (r *renaming) add(k key) {
	if !r.keys[k] {
		r.keys[k] = true
		r.queue = append(r.queue, k)
	}
}

func (r *renaming) replace(f file, u use) {
	at := place{f.name, u.node}
	for _, earlier := range r.parts[at] {
		if earlier.start == u.start {
			return
		}
	}
	if r.parts[at] == nil {
		r.places = append(r.places, at)
	}
	r.parts[at] = append(r.parts[at], u)
}

// gather finds all places of the id: its definition, what names it, and what is itself an id by naming it.
func (r *renaming) gather() error {
	for len(r.queue) > 0 {
		k := r.queue[0]
		r.queue = r.queue[1:]
		if err := r.unique(k); err != nil {
			return err
		}
		hasID := slices.ContainsFunc(r.objects([]string{k.kind}, r.from), func(object named) bool { return object.id })
		for _, f := range r.files {
			names := f.names()
			for _, d := range names.definitions[k] {
				if d.weak || hasID && !d.id {
					continue // an address stays what it is, although it is the id as well
				}
				value, _ := f.Scalar(d.node)
				r.replace(f, use{node: d.node, end: len(value)})
				r.also(f, d.node)
			}
			for _, u := range names.uses[k] {
				r.replace(f, u)
				r.also(f, u.node)
			}
		}
	}
	return r.clear()
}

// clear refuses texts that may mean another object as well, by the old id or by the new one.
func (r *renaming) clear() error {
	checked := map[key]bool{}
	for _, at := range r.places {
		for _, u := range r.parts[at] {
			for _, kind := range u.kinds {
				k := key{kind, r.spelled(kind, r.from)}
				if checked[k] {
					continue
				}
				checked[k] = true
				f, _ := r.file(at.file)
				if objects := r.objects([]string{kind}, r.from); !r.keys[k] && len(objects) > 0 && !objects[0].weak {
					return fmt.Errorf("%s may name something else as well: %s; give that another id by hand first", whereAt(f, at.node), whereIs(objects[0]))
				}
				if err := r.free(kind); r.spelled(kind, r.to) != k.name && err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// alone is the text at a place where that is an alias and the object has the same text as its id: what names the object names the id then.
func (r *renaming) alone(h here) (use, bool) {
	for _, k := range h.file.names().byNode[h.Node] {
		for _, d := range h.file.names().definitions[k] {
			isID := func(object named) bool {
				return object.id && object.file.name == h.file.name && object.object == d.object
			}
			if d.node == h.Node && !d.id && slices.ContainsFunc(r.objects([]string{k.kind}, r.from), isID) {
				value, _ := h.file.Scalar(h.Node)
				return use{node: h.Node, end: len(value)}, true
			}
		}
	}
	return use{}, false
}

// everywhere finds the id of the domain wherever it stands: it is in each file, and in the names of all that is in the domain.
func (r *renaming) everywhere() error {
	for _, f := range r.files {
		for id := outline.ID(1); int(id) < f.Len() && f.grammar != nil; id++ {
			value, ok := f.Scalar(id)
			if lower := strings.ToLower(value); ok && len(lower) == len(value) {
				for start := 0; ; {
					i := strings.Index(lower[start:], strings.ToLower(r.from))
					if i < 0 {
						break
					}
					r.replace(f, use{node: id, start: start + i, end: start + i + len(r.from)})
					start += i + len(r.from)
				}
			}
		}
	}
	return nil
}

// also adds what a text is a name of, and what it names, where it is both.
func (r *renaming) also(f file, id outline.ID) {
	value, _ := f.Scalar(id)
	if value == "" {
		return
	}
	defined := f.names().byNode[id]
	for _, k := range defined {
		if k.name == r.spelled(k.kind, r.from) && k.kind != consistency.DomainKind {
			r.add(k)
		}
	}
	if len(defined) == 0 {
		return
	}
	s := f.grammar.of(f.Outline, id)
	for _, ref := range s.part.Names(namer{Library: r.Library, text: f.text}.fields(f.Parent(id))) {
		for _, kind := range ref.Kinds {
			if objects := r.objects([]string{kind}, r.from); len(objects) > 0 && !objects[0].weak && !ref.HasForm() {
				r.add(objects[0].key)
			}
		}
	}
}

// unique refuses an id that two objects have, and a new id that another object has already.
func (r *renaming) unique(k key) error {
	var objects []named
	for _, object := range r.objects([]string{k.kind}, r.from) {
		if !object.weak && object.id {
			objects = append(objects, object)
		}
	}
	if len(objects) > 1 {
		return fmt.Errorf("two objects have this id, and what names it may mean either: %s and %s; give one of them another id by hand first",
			whereIs(objects[0]), whereIs(objects[1]))
	}
	if r.spelled(k.kind, r.to) == k.name {
		return nil
	}
	return r.free(k.kind)
}

// free refuses a new id that another object of a kind has already. A name that the object itself has besides may become its id.
func (r *renaming) free(kind string) error {
	own := r.objects([]string{kind}, r.from)
	for _, other := range r.objects([]string{kind}, r.to) {
		isOwn := func(object named) bool { return object.file.name == other.file.name && object.object == other.object }
		if !other.weak && !slices.ContainsFunc(own, isOwn) {
			return fmt.Errorf("%s is already the name of %s: %s", quoted(r.to), (&Library{}).withArticle([]string{kind}), whereIs(other))
		}
	}
	return nil
}

func quoted(text string) string {
	if runes := []rune(text); len(runes) > mostShown {
		text = string(runes[:mostShown]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func whereIs(object named) string { return whereAt(object.file, object.node) }

func whereAt(f file, id outline.ID) string {
	at := f.Position(f.Opens(id))
	return fmt.Sprintf("%s:%d:%d", f.name, at.Line, at.Column)
}

// edits are the changes, which read back as what was meant.
func (r *renaming) edits() ([]Edit, error) {
	var edits []Edit
	touched := map[string]map[string]string{} // by file and pointer
	for _, at := range r.places {
		f, _ := r.file(at.file)
		changed, err := r.changed(f, at.node)
		if err != nil {
			return nil, err
		}
		edit, err := r.edit(f, at.node, changed)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
		if touched[f.name] == nil {
			touched[f.name] = map[string]string{}
		}
		touched[f.name][f.Pointer(at.node)] = changed
	}
	for _, f := range r.files {
		if f.grammar == nil {
			continue // it names nothing
		}
		if err := r.verify(f, edits, touched[f.name]); err != nil {
			return nil, err
		}
	}
	return edits, nil
}

// changed is a text with the new id in the place of the old one.
func (r *renaming) changed(f file, id outline.ID) (string, error) {
	value, ok := f.Scalar(id)
	if !ok {
		return "", r.byHand(f, id)
	}
	uses := slices.Clone(r.parts[place{f.name, id}])
	slices.SortFunc(uses, func(a, b use) int { return b.start - a.start })
	changed := value
	for i, u := range uses {
		if i > 0 && u.end > uses[i-1].start {
			continue // a part of what is replaced
		}
		changed = changed[:u.start] + r.to + changed[u.end:]
	}
	s := f.grammar.of(f.Outline, id)
	domain, after := r.domain(f), r.domain(f)
	if r.keys[key{consistency.DomainKind, r.spelled(consistency.DomainKind, r.from)}] {
		after = r.to
	}
	for _, ref := range s.part.Names(namer{Library: r.Library, text: f.text}.fields(f.Parent(id))) {
		if len(ref.Spans(changed, after)) != len(ref.Spans(value, domain)) {
			return "", fmt.Errorf("%s names it in a form that %s does not fit: choose another id", whereAt(f, id), quoted(r.to))
		}
	}
	return changed, nil
}

func (r *renaming) byHand(f file, id outline.ID) error {
	return fmt.Errorf("%s: the text is written in a way that cannot be changed here: write it on one line first", whereAt(f, id))
}

// edit puts a changed text in its place, in the quotes that stand there.
func (r *renaming) edit(f file, id outline.ID, changed string) (Edit, error) {
	start, end := f.ValueSpan(id)
	if f.Line(start) != f.Line(end) {
		return Edit{}, r.byHand(f, id)
	}
	from, to := inQuotes(f, id)
	uses := r.parts[place{f.name, id}]
	written := quote(changed, f.Style(id))
	value, _ := f.Scalar(id)
	inner := written
	if c := written[0]; f.Style(id) != outline.Plain && (c == '"' || c == '\'') {
		inner = written[1 : len(written)-1]
	}
	if len(uses) == 1 && f.Text()[from:to] == value && inner == changed && (f.Style(id) != outline.Plain) == (inner != written) {
		part := partOf(f, id, uses[0].start, uses[0].end)
		return Edit{f.span(part[0], part[1]), r.to}, nil
	}
	return Edit{f.span(start, end), written}, nil
}

// verify reads a file with the edits and compares it with what was meant.
func (r *renaming) verify(f file, edits []Edit, texts map[string]string) error {
	id, unread := f.differs(), f.names().unread
	if id == outline.None && len(unread)+len(texts) == 0 {
		return nil
	}
	before, err := document.Parse(f.name, []byte(f.Text()), document.DefaultLimits)
	switch {
	case err != nil:
		return fmt.Errorf("a file cannot be read, and it may name the id: fix it first: %w", err)
	case id != outline.None:
		return r.byHand(f, id)
	case len(unread) > 0:
		return r.byHand(f, unread[0])
	}
	after, err := document.Parse(f.name, applied(f, edits), document.DefaultLimits)
	if err != nil {
		return fmt.Errorf("with %s the file could not be read any more: %w", quoted(r.to), err)
	}
	broken := f.grammar.schema.Validate(before) != nil
	for pointer, text := range texts {
		before.Set(pointer, text)
	}
	if !reflect.DeepEqual(before.Value(), after.Value()) {
		return fmt.Errorf("%s: the id cannot be changed without changing something else: change it by hand", f.name)
	}
	if err := f.grammar.schema.Validate(after); err != nil && !broken {
		return fmt.Errorf("%s is no id that can stand there: %w", quoted(r.to), err)
	}
	return nil
}

// difference is a field or an item of which the outline has something else than the reader of documents; None for none.
func (t *text) difference() outline.ID {
	doc, err := document.Parse("", []byte(t.Text()), document.DefaultLimits)
	if err != nil {
		return outline.Top
	}
	return unlike(t, outline.Top, doc.Value())
}

// unlike is a field or an item of which the outline knows something else than a value has, or nothing; None for none.
func unlike(f *text, id outline.ID, value any) outline.ID {
	switch v := value.(type) {
	case map[string]any:
		count := 0
		for below := f.First(id); below != outline.None && f.Kind(id) == outline.Mapping; below = f.Next(below) {
			field, is := v[f.Key(below)]
			if !is {
				return below
			}
			if other := unlike(f, below, field); other != outline.None {
				return other
			}
			count++
		}
		if count != len(v) {
			return id
		}
	case []any:
		count := 0
		for below := f.First(id); below != outline.None && f.Kind(id) == outline.List && count < len(v); below = f.Next(below) {
			if other := unlike(f, below, v[count]); other != outline.None {
				return other
			}
			count++
		}
		if count != len(v) {
			return id
		}
	default:
		if f.Style(id) != outline.Folded && f.Value(id) != value {
			return id
		}
	}
	return outline.None
}

// applied is the text of a file with the edits of that file.
func applied(f file, edits []Edit) []byte {
	type change struct {
		start, end int
		text       string
	}
	var changes []change
	for _, edit := range edits {
		if edit.File == f.name {
			changes = append(changes, change{f.Offset(edit.Start), f.Offset(edit.End), edit.Text})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return a.start - b.start })
	var out strings.Builder
	at := 0
	for _, c := range changes {
		out.WriteString(f.Text()[at:max(at, c.start)])
		out.WriteString(c.text)
		at = max(at, c.end)
	}
	out.WriteString(f.Text()[at:])
	return []byte(out.String())
}
