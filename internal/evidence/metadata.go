package evidence

import (
	"maps"
	"reflect"
	"slices"

	"github.com/raci-check/raci-check/internal/document"
)

// Metadata is what the files say of the service and of themselves. Fields that two files say differently are left out, and their
// pointers are answered: such as who prepared which file.
func (s *Set) Metadata() (value map[string]any, differ []string) {
	m := metadata{differ: map[string]bool{}}
	value = map[string]any{}
	for _, doc := range s.stating {
		fields, _ := doc.Value().(map[string]any)["metadata"].(map[string]any)
		m.merge(value, fields, "/metadata")
	}
	return value, slices.Sorted(maps.Keys(m.differ))
}

// Stating are the documents that say something of the service: all files of the set but those of waivers.
func (s *Set) Stating() []*document.Document { return s.stating }

type metadata struct {
	differ map[string]bool // pointers
}

// merge adds the fields at a pointer to those of files before.
func (m *metadata) merge(into, fields map[string]any, at string) {
	for name, value := range fields {
		pointer := at + document.Pointer(name)
		inner, isObject := value.(map[string]any)
		before, has := into[name]
		outer, wasObject := before.(map[string]any)
		switch {
		case m.differ[pointer]:
		case isObject && (wasObject || !has):
			if !has {
				outer = map[string]any{}
				into[name] = outer
			}
			m.merge(outer, inner, pointer)
		case !has:
			into[name] = value
		case !reflect.DeepEqual(before, value):
			delete(into, name)
			m.differ[pointer] = true
		}
	}
}
