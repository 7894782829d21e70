package snapshot

import (
	"encoding/json"
	"reflect"
)

// reader reads what package generate wrote, in the same order. It verifies nothing: data that was not written so is a mistake
// of the program, and makes it panic.
type reader string

// number reads an unsigned varint.
func (r *reader) number() int {
	n, shift := 0, 0
	for {
		b := (*r)[0]
		*r = (*r)[1:]
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
		shift += 7
	}
}

// text reads the length of a text, and the text, which is a part of the data.
func (r *reader) text() string {
	n := r.number()
	text := (*r)[:n]
	*r = (*r)[n:]
	return string(text)
}

// length reads the length of a list or a map; false where it is nil.
func (r *reader) length() (int, bool) {
	n := r.number()
	return max(n-1, 0), n > 0
}

// value reads a value of the type of the one that it is put into: of a struct every field.
func (r *reader) value(into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		into.SetString(r.text())
	case reflect.Int:
		into.SetInt(int64(r.number()))
	case reflect.Bool:
		into.SetBool(r.number() == 1)
	case reflect.Struct:
		for i := range into.NumField() {
			r.value(into.Field(i))
		}
	case reflect.Slice:
		if n, ok := r.length(); ok {
			into.Set(reflect.MakeSlice(into.Type(), n, n))
			for i := range n {
				r.value(into.Index(i))
			}
		}
	case reflect.Map:
		if n, ok := r.length(); ok {
			into.Set(reflect.MakeMapWithSize(into.Type(), n))
			for range n {
				key, value := reflect.New(into.Type().Key()).Elem(), reflect.New(into.Type().Elem()).Elem()
				r.value(key)
				r.value(value)
				into.SetMapIndex(key, value)
			}
		}
	case reflect.Pointer:
		if r.number() == 1 {
			into.Set(reflect.New(into.Type().Elem()))
			r.value(into.Elem())
		}
	case reflect.Interface:
		if value := r.json(); value != nil {
			into.Set(reflect.ValueOf(value))
		}
	default:
		panic("a snapshot holds no " + into.Type().String())
	}
}

// Tags of JSON values.
const (
	JSONNull = iota
	JSONFalse
	JSONTrue
	JSONNumber
	JSONText
	JSONList
	JSONObject
)

// json reads a JSON value; numbers are json.Number.
func (r *reader) json() any {
	switch tag := r.number(); tag {
	case JSONNull:
		return nil
	case JSONFalse, JSONTrue:
		return tag == JSONTrue
	case JSONNumber:
		return json.Number(r.text())
	case JSONText:
		return r.text()
	case JSONList:
		items := make([]any, r.number())
		for i := range items {
			items[i] = r.json()
		}
		return items
	default:
		n := r.number()
		fields := make(map[string]any, n)
		for range n {
			name := r.text()
			fields[name] = r.json()
		}
		return fields
	}
}
