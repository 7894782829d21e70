package authoring

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/outline"
)

// key is a name of objects of a kind, in its one spelling.
type key struct{ kind, name string }

// definition is a text that is a name of the object that it stands in.
type definition struct {
	node, object outline.ID
	id           bool // the name is the object's id
	weak         bool // it counts only where no object has it as its id or its alias, as the full name of a person
}

// use is a part of a text that names an object.
type use struct {
	node       outline.ID
	start, end int // in the text
	kinds      []string
}

// names are the texts of a file that are names of objects, and those that name them.
type names struct {
	definitions map[key][]definition
	uses        map[key][]use
	byNode      map[outline.ID][]key // the names of which a text is a definition
	unread      []outline.ID         // texts that may be names and that cannot be read
	domain      string
}

// serviceID is where each file of evidence has the id of the domain.
const serviceID = "/metadata/service/id"

func (l *Library) namesOf(t *text) *names {
	n := &names{definitions: map[key][]definition{}, uses: map[key][]use{}, byNode: map[outline.ID][]key{}}
	if t.grammar == nil {
		return n
	}
	if id, is := t.Find(serviceID); is && t.grammar.kind == kindEvidence {
		if domain, ok := t.Scalar(id); ok {
			n.domain = domain
			n.define(key{consistency.DomainKind, l.spelled(consistency.DomainKind, domain)}, definition{node: id, object: t.Parent(id), id: true})
		}
	}
	namer{l, t, n}.below(outline.Top, t.grammar.plan.Top(), outline.Top)
	return n
}

func (n *names) define(k key, d definition) {
	n.definitions[k] = append(n.definitions[k], d)
	n.byNode[d.node] = append(n.byNode[d.node], k)
}

func (l *Library) spelled(kind, name string) string {
	return l.grammars[kindEvidence].plan.Spelling(kind, name, l.values)
}

// namer goes through a text in its order.
type namer struct {
	*Library
	text  *text
	names *names
}

// below reads a value and what is in it. The object is the innermost mapping around it.
func (r namer) below(id outline.ID, part consistency.Part, object outline.ID) {
	if part.IsZero() {
		return
	}
	switch r.text.Kind(id) {
	case outline.Mapping:
		isPerson := false
		for field := r.text.First(id); field != outline.None; field = r.text.Next(field) {
			inner := part.Field(r.text.Key(field))
			isPerson = isPerson || slices.Contains(append(inner.Defines(), inner.Item().Defines()...), consistency.PersonKind)
			r.below(field, inner, id)
		}
		if isPerson {
			r.weak(id)
		}
	case outline.List:
		for item := r.text.First(id); item != outline.None; item = r.text.Next(item) {
			r.below(item, part.Item(), object)
		}
	case outline.Scalar, outline.Unknown:
		r.scalar(id, part, object)
	}
}

// weak notes by what else a person may be called.
func (r namer) weak(object outline.ID) {
	for _, field := range consistency.OtherNames {
		if id := r.text.Child(object, field); id != outline.None {
			if name, ok := r.text.Scalar(id); ok {
				k := key{consistency.PersonKind, r.spelled(consistency.PersonKind, name)}
				r.names.definitions[k] = append(r.names.definitions[k], definition{node: id, object: object, weak: true})
			}
		}
	}
}

func (r namer) scalar(id outline.ID, part consistency.Part, object outline.ID) {
	refs := part.Names(r.fields(object))
	defines := part.Defines()
	if len(refs) == 0 && len(defines) == 0 {
		return
	}
	value, ok := r.text.Scalar(id)
	if !ok {
		r.names.unread = append(r.names.unread, id)
		return
	}
	for _, kind := range defines {
		r.names.define(key{kind, r.spelled(kind, value)}, definition{node: id, object: object, id: part.IsID() && kind == defines[0]})
	}
	for _, ref := range refs {
		for _, span := range ref.Spans(value, r.names.domain) {
			for _, kind := range ref.Kinds {
				k := key{kind, r.spelled(kind, value[span[0]:span[1]])}
				uses := r.names.uses[k]
				if last := len(uses) - 1; last < 0 || uses[last].node != id || uses[last].start != span[0] { // those of one text are in a row
					r.names.uses[k] = append(uses, use{id, span[0], span[1], ref.Kinds})
				}
			}
		}
	}
}

// fields are the plain values of an object, by which conditions of annotations are decided.
func (r namer) fields(object outline.ID) map[string]any {
	fields := map[string]any{}
	if r.text.Kind(object) != outline.Mapping {
		return fields
	}
	count := 0
	for field := r.text.First(object); field != outline.None && count < maxFields; field = r.text.Next(field) {
		count++
		if name := r.text.Key(field); fields[name] == nil {
			fields[name] = nil
			if r.text.Kind(field) == outline.Scalar {
				fields[name] = r.text.Value(field)
			}
		}
	}
	return fields
}

// maxFields is how many fields of an object are looked at; no form has so many.
const maxFields = 256

// named is an object that a text names, in the file where it stands.
type named struct {
	file file
	definition
	key key
}

// objects are the objects of some kinds that have a name. Where any has it as its id or alias, those that are only called so are left
// out.
func (v view) objects(kinds []string, name string) []named {
	var strong, weak []named
	for _, kind := range kinds {
		k := key{kind, v.spelled(kind, name)}
		for _, f := range v.files {
			for _, d := range f.names().definitions[k] {
				object := named{f, d, k}
				last := len(strong) - 1 // the names of one object are in a row
				switch {
				case d.weak:
					weak = append(weak, object)
				case last < 0 || strong[last].file.name != f.name || strong[last].object != d.object || strong[last].key.kind != kind:
					strong = append(strong, object)
				case d.id && !strong[last].id:
					strong[last] = object
				}
			}
		}
	}
	if len(strong) > 0 {
		return strong
	}
	return weak
}

// subject is what the text at a place stands for: the objects that it names, or the one that it is a name of. The span is the part of the text
// that is the name.
func (h here) subject(v view) (objects []named, start, end int) {
	if h.Where != outline.InValue || h.Node == outline.None {
		return nil, 0, 0
	}
	value, ok := h.file.Scalar(h.Node)
	if !ok {
		return nil, 0, 0
	}
	ownNames := h.file.names()
	r := namer{v.Library, h.file.text, ownNames}
	for _, ref := range h.spot.part.Names(r.fields(h.object())) {
		for _, span := range ref.Spans(value, v.domain(h.file)) {
			if more := v.objects(ref.Kinds, value[span[0]:span[1]]); len(more) > 0 && (len(objects) == 0 || more[0].weak == objects[0].weak) {
				objects, start, end = append(objects, more...), span[0], span[1]
			}
		}
	}
	if len(objects) > 0 {
		return distinct(objects), start, end
	}
	for _, k := range ownNames.byNode[h.Node] {
		for _, d := range ownNames.definitions[k] {
			if d.node == h.Node {
				objects = append(objects, named{h.file, d, k})
			}
		}
	}
	return objects, 0, len(value)
}

// domain is the id of the service, as a file has it or any other.
func (v view) domain(f file) string {
	if domain := f.names().domain; domain != "" {
		return domain
	}
	for _, other := range v.files {
		if domain := other.names().domain; domain != "" {
			return domain
		}
	}
	return ""
}

// place is a field or an item of a file.
type place struct {
	file string
	node outline.ID
}

// distinct are objects without those that are named twice.
func distinct(objects []named) []named {
	var all []named
	seen := map[place]bool{}
	for _, object := range objects {
		if at := (place{object.file.name, object.node}); !seen[at] {
			seen[at] = true
			all = append(all, object)
		}
	}
	return all
}

// object is the innermost mapping that the place is in.
func (h here) object() outline.ID {
	id := h.Around
	for id != outline.None && id != outline.Top && h.file.Kind(id) == outline.List {
		id = h.file.Parent(id)
	}
	return id
}

func (l *Library) withArticle(kinds []string) string {
	if l.Language != nil { // whose words have their articles
		all := make([]string, len(kinds))
		for i, kind := range kinds {
			all[i] = l.Language.Kind(kind)
		}
		return l.either(all)
	}
	words := l.inWords(kinds)
	if words != "" && strings.ContainsRune("aeiou", rune(words[0])) {
		return "an " + words
	}
	return "a " + words
}

// inWords are the kinds of objects as people call them.
func (l *Library) inWords(kinds []string) string {
	var all []string
	for _, kind := range kinds {
		word := strings.ReplaceAll(strings.TrimSuffix(kind, "_name"), "_", " ")
		if other := l.Language.Kind(kind); other != "" {
			_, word, _ = strings.Cut(other, " ") // the article
		}
		all = append(all, word)
	}
	return l.either(all)
}

// either joins words of which one is meant.
func (l *Library) either(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + l.words().Text(" or ") + words[len(words)-1]
}
