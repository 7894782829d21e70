package consistency

import (
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/internal/spelling"
)

// Share is how much of the evidence somebody has accepted as a deviation.
type Share struct {
	What     string // the objects, as a sentence has them
	Pointer  string // where the deviations are accepted
	Accepted int    // objects under a deviation
	Of       int    // of so many
}

// share says where deviations are accepted, and for what.
type share struct {
	What    string
	List    string  // the deviations, by section and field
	Names   string  // field of a deviation with the name of its object
	Selects string  // field of a deviation with properties that its objects have, instead
	With    string  // the deviations are this field of the objects of the list
	Of      []group // the objects; with With those of the list
}

// share reads the annotation of an object; nil for none.
func (r *reader) share() *share {
	annotation := r.form.get("x-share")
	if annotation == nil {
		return nil
	}
	fields := r.fields(annotation, "x-share")
	s := &share{
		What: r.word(fields["what"], "x-share.what"), List: r.word(fields["list"], "x-share.list"), Names: r.word(fields["names"], "x-share.names"),
		Selects: r.word(fields["selects"], "x-share.selects"), With: r.word(fields["with"], "x-share.with"),
	}
	items, _ := r.there("x-share.list", r.compiler.root, s.List)["items"].(map[string]any)
	for _, name := range []string{s.Names, s.Selects, s.With} {
		if name != "" {
			r.there("x-share", items, name)
		}
	}
	for _, of := range r.list(fields["of"]) {
		s.Of = append(s.Of, r.group(of, "x-share"))
	}
	if s.With != "" {
		s.Of = []group{{List: s.List}}
	}
	return s
}

// shares are those of the evidence, by the pointers of the deviations. Without objects there is none.
func (r *run) shares() []Share {
	var all []Share
	for _, s := range r.plan.shares {
		objects := r.deviating(s)
		if len(objects) == 0 {
			continue
		}
		under := map[string]bool{}
		items, _ := r.view.Lookup(s.List).([]any)
		for i, item := range items {
			deviation, _ := item.(map[string]any)
			if s.With != "" {
				if deviation[s.With] != nil {
					under["/"+s.List+"/"+strconv.Itoa(i)] = true
				}
				continue
			}
			for _, pointer := range r.under(s, deviation, objects) {
				under[pointer] = true
			}
		}
		number := 0
		for pointer := range objects {
			if under[pointer] {
				number++
			}
		}
		all = append(all, Share{s.What, "/" + s.List, number, len(objects)})
	}
	return all
}

// deviating are the objects that a deviation can be accepted for, by pointer.
func (r *run) deviating(s *share) map[string]map[string]any {
	objects := map[string]map[string]any{}
	for _, g := range s.Of {
		items, _ := r.view.Lookup(g.List).([]any)
		for i, item := range items {
			if object, isObject := item.(map[string]any); isObject && g.counts(object) {
				objects["/"+g.List+"/"+strconv.Itoa(i)] = object
			}
		}
	}
	return objects
}

// under are the pointers of the objects that a deviation names, or selects by their properties.
func (r *run) under(s *share, deviation map[string]any, objects map[string]map[string]any) []string {
	var pointers []string
	if name, named := deviation[s.Names].(string); named {
		for _, kind := range r.plan.kinds {
			for _, object := range r.kind(kind)[spelling.Fold(name)] {
				pointers = append(pointers, object.place.pointer())
			}
		}
		return pointers
	}
	properties, selects := deviation[s.Selects].(map[string]any)
	if !selects || len(properties) == 0 {
		return nil
	}
	for pointer, object := range objects {
		if selected(object, properties) {
			pointers = append(pointers, pointer)
		}
	}
	return pointers
}

// selected reports whether an object has all properties: a text, or one of a list of texts whose name is the plural.
func selected(object, properties map[string]any) bool {
	for name, value := range properties {
		list, _ := object[name+"s"].([]any)
		text, isText := value.(string)
		if !isText || object[name] != text && !slices.ContainsFunc(list, func(item any) bool { return item == text }) {
			return false
		}
	}
	return true
}
