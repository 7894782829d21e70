package sanitize

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Items is a list in a value for Encode and WriteJSON whose items are made when they are encoded, one after the other, so that not all
// of them are held.
type Items iter.Seq[any]

// Encode answers the JSON of a value as json.Marshal does, one piece after the other, so that a large one is never there as a whole. Each
// piece is valid for as long as use takes, ends between tokens, and not behind a bracket that its partner follows.
func Encode(value any, use func(compact []byte) error) error {
	e := &encoder{use: use}
	e.json = json.NewEncoder(&e.formed)
	err := e.value(reflect.ValueOf(value))
	if err != nil {
		return err
	}
	return use(e.formed.Bytes())
}

// encoder writes what is large part by part, and leaves the parts to encoding/json.
type encoder struct {
	formed bytes.Buffer
	json   *json.Encoder // writes there
	use    func(compact []byte) error
}

// large is how many items of lists, at any depth, make a value large.
const large = 512

func (e *encoder) value(v reflect.Value) error {
	if sizeOf(v) < large {
		return e.whole(v)
	}
	switch v.Kind() {
	case reflect.Func:
		return e.items(v.Interface().(Items))
	case reflect.Slice:
		return e.list(v)
	case reflect.Map:
		return e.object(v)
	case reflect.Struct:
		return e.fields(v)
	default: // a pointer or an interface
		return e.value(v.Elem())
	}
}

// whole encodes a value at once.
func (e *encoder) whole(v reflect.Value) error {
	var value any
	switch {
	case !v.IsValid():
	case v.CanAddr(): // whose methods encoding/json takes where it comes by the pointer
		value = v.Addr().Interface()
	default:
		value = v.Interface()
	}
	if err := e.json.Encode(value); err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	e.formed.Truncate(e.formed.Len() - 1) // the line break
	if e.formed.Len() < piece {
		return nil
	}
	err := e.use(e.formed.Bytes())
	e.formed.Reset()
	return err
}

func (e *encoder) list(v reflect.Value) error {
	for i := range v.Len() {
		e.formed.WriteByte(before(i, '['))
		if err := e.value(v.Index(i)); err != nil {
			return err
		}
	}
	e.formed.WriteByte(']')
	return nil
}

func (e *encoder) items(all Items) error {
	n := 0
	for item := range all {
		e.formed.WriteByte(before(n, '['))
		n++
		if err := e.value(reflect.ValueOf(item)); err != nil {
			return err
		}
	}
	if n == 0 {
		e.formed.WriteByte('[')
	}
	e.formed.WriteByte(']')
	return nil
}

// before is what stands before an item.
func before(i int, bracket byte) byte {
	if i == 0 {
		return bracket
	}
	return ','
}

func (e *encoder) object(v reflect.Value) error {
	values := map[string]reflect.Value{}
	for key, value := range v.Seq2() {
		values[key.String()] = value
	}
	for i, name := range slices.Sorted(maps.Keys(values)) {
		encoded, err := json.Marshal(name)
		if err != nil {
			return fmt.Errorf("encode JSON: %w", err)
		}
		e.formed.WriteByte(before(i, '{'))
		e.formed.Write(append(encoded, ':'))
		if err := e.value(values[name]); err != nil {
			return err
		}
	}
	e.formed.WriteByte('}')
	return nil
}

func (e *encoder) fields(v reflect.Value) error {
	n := 0
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		if f.omitEmpty && isEmpty(value) {
			continue
		}
		e.formed.WriteByte(before(n, '{'))
		e.formed.WriteString(f.name)
		n++
		if err := e.value(value); err != nil {
			return err
		}
	}
	e.formed.WriteByte('}')
	return nil
}

// isEmpty is what encoding/json leaves out by omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Func:
		return false
	default:
		return v.IsZero()
	}
}

// sizeOf counts the items of the lists in a value, as far as to a large one. What is to be encoded at once, whatever it holds, has none.
func sizeOf(v reflect.Value) (n int) {
	if !v.IsValid() {
		return 0
	}
	switch v.Kind() {
	case reflect.Func, reflect.Slice, reflect.Map, reflect.Struct, reflect.Pointer, reflect.Interface:
	default:
		return 0
	}
	divides := kindOf(v.Type())
	switch {
	case divides == asOne:
	case divides == asItems:
		return large
	case v.Kind() == reflect.Slice:
		n = v.Len()
		for i := 0; i < v.Len() && n < large; i++ {
			n += sizeOf(v.Index(i))
		}
	case v.Kind() == reflect.Map:
		n = v.Len()
		for _, value := range v.Seq2() {
			n += sizeOf(value)
		}
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			n += sizeOf(v.FieldByIndex(f.index))
		}
	default:
		return sizeOf(v.Elem())
	}
	return n
}

// kind says how values of a type can be encoded.
type kind int

const (
	asOne   kind = iota // by encoding/json, at once
	inParts             // part by part
	asItems             // these are Items
)

var (
	kinds    sync.Map // kind, by reflect.Type
	allItems = reflect.TypeFor[Items]()
	encoders = []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}
)

func kindOf(t reflect.Type) kind {
	if kept, isKept := kinds.Load(t); isKept {
		return kept.(kind)
	}
	k := inParts
	encodesItself := func(t reflect.Type) bool {
		return slices.ContainsFunc(encoders, func(by reflect.Type) bool { return t.Implements(by) || reflect.PointerTo(t).Implements(by) })
	}
	switch {
	case t == allItems:
		k = asItems
	case t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer && !encodesItself(t):
	case encodesItself(t), t.Kind() == reflect.Func, t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8,
		t.Kind() == reflect.Map && (t.Key().Kind() != reflect.String || encodesItself(t.Key())), t.Kind() == reflect.Struct && fieldsOf(t) == nil:
		k = asOne
	}
	kinds.Store(t, k)
	return k
}

// field is a field of an object.
type field struct {
	index     []int
	name      string // in quotes, with the colon
	omitEmpty bool
}

var (
	fields    sync.Map // []field, by reflect.Type
	plainName = regexp.MustCompile(`^[A-Za-z0-9_$.-]+$`)
)

// fieldsOf are those of a struct, in the order of encoding/json; none where its tags say what is not understood here.
func fieldsOf(t reflect.Type) []field {
	if kept, isKept := fields.Load(t); isKept {
		return kept.([]field)
	}
	all := readFields(t)
	fields.Store(t, all)
	return all
}

func readFields(t reflect.Type) (all []field) {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && (tag != "" || f.Type.Kind() != reflect.Struct):
			return nil
		case f.Anonymous || tag == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		if !plainName.MatchString(name) || names[name] || options != "" && options != "omitempty" {
			return nil
		}
		names[name] = true
		all = append(all, field{f.Index, `"` + name + `":`, options == "omitempty"})
	}
	return all
}
