// Package generate writes snapshots. Nothing in the program uses it: policies/gen does, and tests.
package generate

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/rego/snapshot"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Snapshot is what Ruleset.WithSnapshot takes.
func Snapshot(rules ruleset.Ruleset) ([]byte, error) {
	s := snapshot.Snapshot{OPA: version.Version}
	var err error
	if s.Digest, err = rules.Digest(); err != nil {
		return nil, err
	}
	if s.Baseline, err = rules.BaselineDigest(); err != nil {
		return nil, err
	}
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	s.Freshness = format.Freshness
	var form any
	decoder := json.NewDecoder(bytes.NewReader(format.Schema))
	decoder.UseNumber()
	if err := decoder.Decode(&form); err != nil {
		return nil, fmt.Errorf("read the form of the evidence: %w", err)
	}
	described, err := format.Describe()
	if err != nil {
		return nil, err
	}
	baseline, err := rules.Parameters()
	if err != nil {
		return nil, err
	}
	policies, err := rules.Policies()
	if err != nil {
		return nil, err
	}
	tables, err := rules.Reference()
	if err != nil {
		return nil, err
	}
	var reference any = tables
	if s.Reference, err = encoded(reflect.ValueOf(&reference).Elem()); err != nil {
		return nil, err
	}
	if s.Form, err = encoded(reflect.ValueOf(&form).Elem()); err != nil {
		return nil, err
	}
	if s.Described, err = encoded(reflect.ValueOf(described).Elem()); err != nil {
		return nil, err
	}
	if s.Parameters, err = encoded(reflect.ValueOf(baseline.All())); err != nil {
		return nil, err
	}
	if s.Policies, err = Policies(policies); err != nil {
		return nil, err
	}
	head, err := encoded(reflect.ValueOf(s))
	return append(appendText(nil, snapshot.Format), head...), err
}

// Policies compiles policies, and writes them with their checks.
func Policies(set *policy.Set) (string, error) {
	compiler, err := rego.Compile(set)
	if err != nil {
		return "", err
	}
	duties, err := encoded(reflect.ValueOf(set.Duties))
	if err != nil {
		return "", err
	}
	fields, err := encoded(reflect.ValueOf(set.Fields))
	if err != nil {
		return "", err
	}
	modules, err := appendModules(nil, compiler.Modules)
	return string(appendText(nil, set.Root)) + duties + fields + string(modules), err
}

func appendModules(out []byte, modules map[string]*ast.Module) ([]byte, error) {
	out = appendNumber(out, len(modules))
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		m := moduleWriter{numbers: map[string]uint64{}, placeNumbers: map[place]int{}}
		module := m.module(modules[name])
		if m.err != nil {
			return nil, fmt.Errorf("%s: %w", name, m.err)
		}
		out = appendText(appendText(out, name), string(module))
	}
	return out, nil
}

func appendNumber[N int | uint64](out []byte, n N) []byte {
	return binary.AppendUvarint(out, uint64(n))
}

func appendText(out []byte, text string) []byte {
	return append(appendNumber(out, len(text)), text...)
}

func bit(set bool, bit uint64) uint64 {
	if set {
		return bit
	}
	return 0
}

func encoded(value reflect.Value) (string, error) {
	out, err := appendValue(nil, value)
	return string(out), err
}

// appendValue writes a value as the reader reads one of its type.
func appendValue(out []byte, value reflect.Value) ([]byte, error) {
	var err error
	switch value.Kind() {
	case reflect.String:
		return appendText(out, value.String()), nil
	case reflect.Int:
		if value.Int() < 0 {
			return nil, fmt.Errorf("a snapshot holds no negative number: %d", value.Int())
		}
		return appendNumber(out, uint64(value.Int())), nil
	case reflect.Bool:
		return appendNumber(out, bit(value.Bool(), 1)), nil
	case reflect.Struct:
		for i := range value.NumField() {
			if !value.Type().Field(i).IsExported() {
				return nil, fmt.Errorf("a snapshot holds no unexported field: %v has %s", value.Type(), value.Type().Field(i).Name)
			}
			if out, err = appendValue(out, value.Field(i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	case reflect.Slice:
		if value.IsNil() {
			return appendNumber(out, 0), nil
		}
		out = appendNumber(out, value.Len()+1)
		for i := range value.Len() {
			if out, err = appendValue(out, value.Index(i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	case reflect.Map:
		return appendMap(out, value)
	case reflect.Pointer:
		if value.IsNil() {
			return appendNumber(out, 0), nil
		}
		return appendValue(appendNumber(out, 1), value.Elem())
	case reflect.Interface:
		return appendJSON(out, value.Interface())
	}
	return nil, fmt.Errorf("a snapshot holds no %v", value.Type())
}

// appendMap writes a map by its keys, which are texts, in their order.
func appendMap(out []byte, value reflect.Value) ([]byte, error) {
	if value.IsNil() {
		return appendNumber(out, 0), nil
	}
	out = appendNumber(out, value.Len()+1)
	keys := value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		var err error
		if out, err = appendValue(out, key); err != nil {
			return nil, err
		}
		if out, err = appendValue(out, value.MapIndex(key)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendJSON writes a JSON value.
func appendJSON(out []byte, value any) ([]byte, error) {
	var err error
	switch v := value.(type) {
	case nil:
		return appendNumber(out, snapshot.JSONNull), nil
	case bool:
		return appendNumber(out, snapshot.JSONFalse+bit(v, 1)), nil
	case json.Number:
		return appendText(appendNumber(out, snapshot.JSONNumber), string(v)), nil
	case string:
		return appendText(appendNumber(out, snapshot.JSONText), v), nil
	case []any:
		out = appendNumber(appendNumber(out, snapshot.JSONList), len(v))
		for _, item := range v {
			if out, err = appendJSON(out, item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out = appendNumber(appendNumber(out, snapshot.JSONObject), len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if out, err = appendJSON(appendText(out, key), v[key]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("%T is no value of JSON", value)
}
