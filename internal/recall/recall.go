// Package recall remembers what was worked out from parts of evidence, and gives it again while these parts are the same. Evidence is
// read through it alone, and it notes each part that is read, so that no dependence is forgotten.
package recall

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Memory has what followed from the last evidence. Nil has nothing. It may be used concurrently; for evidences in turn it spares most.
type Memory struct {
	mutex sync.Mutex
	last  *Evidence
}

// Evidence is evidence with what follows from it. It is for one goroutine.
type Evidence struct {
	handed map[string]any  // as it was handed over
	value  map[string]any  // the same, with what is shared with the evidence before
	worked map[any]*worked // by what it is
	doing  []*doing        // what is being worked out, each for the one before; first what is not kept
}

// doing is something that is being worked out.
type doing struct {
	reads map[string]bool
	used  map[any]*worked // of which the reads are noted
}

// worked is something that follows from evidence.
type worked struct {
	result any
	reads  []string // paths of one or two names
}

// Begin is evidence with what is kept and still holds. What is the same as in the evidence before, as a whole or in a field at the top
// of a section, is shared with it: an object has one identity.
func (m *Memory) Begin(value map[string]any) *Evidence {
	e := &Evidence{handed: value, value: value, worked: map[any]*worked{}}
	e.begin()
	if m == nil {
		return e
	}
	m.mutex.Lock()
	last := m.last
	m.mutex.Unlock()
	if last == nil {
		return e
	}
	e.value = make(map[string]any, len(value))
	for name, section := range value {
		if earlier, wasThere := last.handed[name]; wasThere && Same(earlier, section) {
			e.value[name] = last.value[name]
		} else {
			e.value[name] = shared(last.value[name], section, 1)
		}
	}
	e.worked = make(map[any]*worked, len(last.worked))
	same := map[string]bool{}
	for key, earlier := range last.worked {
		if earlier.holds(last, e, same) {
			e.worked[key] = earlier
		}
	}
	return e
}

// Keep makes evidence the last one. It is not to be used afterwards.
func (m *Memory) Keep(e *Evidence) {
	if m == nil {
		return
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.last = e
}

// holds reports whether all that something follows from is the same in two evidences. It notes what it compares.
func (w *worked) holds(before, now *Evidence, same map[string]bool) bool {
	for _, path := range w.reads {
		isSame, isCompared := same[path]
		if !isCompared {
			isSame = Same(before.at(path), now.at(path))
			same[path] = isSame
		}
		if !isSame {
			return false
		}
	}
	return true
}

// shared is a value, or the earlier one where they are the same; so is each field of an object that is not.
func shared(earlier, value any, levels int) any {
	if reflect.DeepEqual(earlier, value) {
		return earlier
	}
	before, wasObject := earlier.(map[string]any)
	object, isObject := value.(map[string]any)
	if levels == 0 || !wasObject || !isObject {
		return value
	}
	fields := make(map[string]any, len(object))
	for name, below := range object {
		fields[name] = shared(before[name], below, levels-1)
	}
	return fields
}

// Same reports whether two values, of which equal ones are shared, are the same: objects and lists are one and the same in memory.
func Same(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if !x.IsValid() || !y.IsValid() || x.Type() != y.Type() {
		return !x.IsValid() && !y.IsValid()
	}
	switch x.Kind() {
	case reflect.Map:
		return x.UnsafePointer() == y.UnsafePointer()
	case reflect.Slice:
		return x.UnsafePointer() == y.UnsafePointer() && x.Len() == y.Len()
	}
	return x.Comparable() && y.Comparable() && a == b
}

// absent is what stands where there is nothing. Null is another value.
type absent struct{}

// presence stands before the name of a section of which only is looked at whether it is there.
const presence = "?"

// at is what stands at a path of one or two names, or whether anything does.
func (e *Evidence) at(path string) any {
	if name, ofPresence := strings.CutPrefix(path, presence); ofPresence {
		_, isThere := e.value[name]
		return isThere
	}
	section, field, further := strings.Cut(path, "/")
	value, isThere := e.value[section]
	if object, isObject := value.(map[string]any); further && isObject {
		value, isThere = object[field]
	}
	if !isThere {
		return absent{}
	}
	return value
}

// Value is the evidence, to which the caller may add fields at its top, or replace them.
func (e *Evidence) Value() map[string]any { return maps.Clone(e.value) }

func (e *Evidence) begin() {
	e.doing = append(e.doing, &doing{reads: map[string]bool{}, used: map[any]*worked{}})
}

// now is what is being worked out.
func (e *Evidence) now() *doing { return e.doing[len(e.doing)-1] }

func (e *Evidence) note(path string) { e.now().reads[path] = true }

// Section is a field at the top of the evidence, and whether it is there. All of it counts as looked at.
func (e *Evidence) Section(name string) (value any, isThere bool) {
	e.note(name)
	value, isThere = e.value[name]
	return value, isThere
}

// Has reports whether a field at the top of the evidence is there.
func (e *Evidence) Has(name string) bool {
	e.note(presence + name)
	_, isThere := e.value[name]
	return isThere
}

// Lookup is the value that a path of fields leads to; nil for none. Below a section, the field at its top counts as looked at.
func (e *Evidence) Lookup(path string) any {
	section, below, further := strings.Cut(path, "/")
	value, isThere := e.value[section]
	object, isObject := value.(map[string]any)
	if !further || !isThere || !isObject {
		e.note(section)
		if further {
			return nil
		}
		return value
	}
	field, rest, deeper := strings.Cut(below, "/")
	e.note(section + "/" + field)
	value = object[field]
	for deeper {
		if object, isObject = value.(map[string]any); !isObject {
			return nil
		}
		field, rest, deeper = strings.Cut(rest, "/")
		value = object[field]
	}
	return value
}

// Of is what follows from the evidence, as work works it out where it is not kept. The key is that of this one thing. Beside the
// evidence, work may look at nothing but what never changes while a Memory is used.
func Of[T any](e *Evidence, key any, work func() T) T {
	now := e.now()
	done := now.used[key]
	if done == nil {
		done = e.worked[key]
		if done == nil {
			e.begin()
			result := work()
			done = &worked{result, slices.Collect(maps.Keys(e.now().reads))}
			e.doing = e.doing[:len(e.doing)-1]
			e.worked[key] = done
		}
		now.used[key] = done
		if len(e.doing) > 1 { // what is not kept needs no note
			for _, path := range done.reads {
				now.reads[path] = true
			}
		}
	}
	return done.result.(T)
}
