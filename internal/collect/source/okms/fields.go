package okms

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// unkept are the fields that the API is described to have and that are never kept: they hold key material, values of secrets, or what
// people write about them.
var unkept = map[reflect.Type][]string{
	reflect.TypeFor[interpret.Key]():      {"keys", "wrappedKeys"},
	reflect.TypeFor[interpret.Metadata](): {"customMetadata", "urn"},
	reflect.TypeFor[interpret.Version]():  {"data", "warnings"},
}

// heard is an item of an answer, and the names of its fields that are not known.
type heard[T any] struct {
	item    T
	unknown []string
}

func (h *heard[T]) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &h.item); err != nil {
		return err
	}
	h.unknown = unknownFields(data, reflect.TypeFor[T]())
	return nil
}

// unknownFields are the fields of an object that its type does not have, and that are not in unkept; those below others have a dot
// between the names.
func unknownFields(data []byte, kind reflect.Type) (names []string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil // what is no object has no field
	}
	kinds := map[string]reflect.Type{}
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		kinds[name] = kind.Field(i).Type
	}
	for name, value := range fields {
		of, isKnown := kinds[name]
		switch {
		case !isKnown && !slices.Contains(unkept[kind], name):
			names = append(names, name)
		case isKnown && of.Kind() == reflect.Pointer && of.Elem().Kind() == reflect.Struct:
			for _, below := range unknownFields(value, of.Elem()) {
				names = append(names, name+"."+below)
			}
		}
	}
	return names
}

// unknowns are the fields that an API tells and that are not known, with the first item that has each. They can be used by several
// goroutines.
type unknowns struct {
	mu sync.Mutex
	by map[string]map[string]string // by what was asked for, then by the name of the field
}

func (u *unknowns) add(doing, item string, names []string) {
	if len(names) == 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = map[string]map[string]string{}
	}
	if u.by[doing] == nil {
		u.by[doing] = map[string]string{}
	}
	for _, name := range names {
		if first, isThere := u.by[doing][name]; !isThere || item < first {
			u.by[doing][name] = item
		}
	}
}

// maxUnknown is how many names a note lists.
const maxUnknown = 10

// notes say each field once, with an item that has it.
func (u *unknowns) notes() (notes []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, doing := range slices.Sorted(maps.Keys(u.by)) {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(u.by[doing])) {
			all = append(all, fmt.Sprintf("%.80q of %.80s", name, u.by[doing][name]))
		}
		if len(all) > maxUnknown {
			all = append(all[:maxUnknown], fmt.Sprintf("and %d more", len(all)-maxUnknown))
		}
		notes = append(notes, fmt.Sprintf("%s: the API tells fields that this program does not know and leaves out: %s", doing, strings.Join(all, ", ")))
	}
	return notes
}
