package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/suggest"
)

// Decode puts the document into a struct, whose fields are named by yaml tags. A field that the struct lacks, and a value of
// another kind than it has, is an Error at its place. The struct holds text, lists, structs and
// maps by text only.
func (d *Document) Decode(into any) error {
	c := decoder{document: d}
	c.put("", d.value, reflect.ValueOf(into).Elem())
	return c.errs.Sorted()
}

type decoder struct {
	document *Document
	errs     Errors
}

// entries puts a mapping into a map by text.
func (c *decoder) entries(pointer string, value map[string]any, into reflect.Value) {
	into.Set(reflect.MakeMapWithSize(into.Type(), len(value)))
	for key, item := range value {
		entry := reflect.New(into.Type().Elem()).Elem()
		c.put(pointer+Pointer(key), item, entry)
		into.SetMapIndex(reflect.ValueOf(key), entry)
	}
}

func (c *decoder) put(pointer string, value any, into reflect.Value) {
	switch v := value.(type) {
	case nil: // as if it were not there
	case map[string]any:
		switch into.Kind() {
		case reflect.Struct:
			c.fields(pointer, v, into)
		case reflect.Map:
			c.entries(pointer, v, into)
		default:
			c.refuse(pointer, into)
		}
	case []any:
		if into.Kind() != reflect.Slice {
			c.refuse(pointer, into)
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(v), len(v)))
		for i, item := range v {
			c.put(pointer+"/"+strconv.Itoa(i), item, into.Index(i))
		}
	case string, json.Number:
		if into.Kind() == reflect.String {
			into.SetString(fmt.Sprint(v))
			return
		}
		c.refuse(pointer, into)
	default:
		c.refuse(pointer, into)
	}
}

// fields puts a mapping into a struct.
func (c *decoder) fields(pointer string, value map[string]any, into reflect.Value) {
	var names []string
	for i := range into.NumField() {
		name := into.Type().Field(i).Tag.Get("yaml")
		if names = append(names, name); value[name] != nil {
			c.put(pointer+Pointer(name), value[name], into.Field(i))
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "-" })
	for name := range value {
		if !slices.Contains(names, name) {
			c.errs = append(c.errs, c.document.Errorf(pointer+Pointer(name), "%s", suggest.Unknown("field", name, names)))
		}
	}
}

func (c *decoder) refuse(pointer string, into reflect.Value) {
	kind := map[reflect.Kind]string{reflect.Struct: "fields", reflect.Slice: "a list", reflect.String: "text", reflect.Map: "fields"}[into.Kind()]
	at := c.document.ValuePosition(pointer)
	c.errs = append(c.errs, defect(c.document.name, at.Line, at.Column, strings.TrimPrefix(pointer, "/")+" must be "+kind))
}
