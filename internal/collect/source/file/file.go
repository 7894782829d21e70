// Package file reads facts from the exports of other tools (JSON, CSV, YAML), as a mapping says: a declaration of which
// part of the export is which field of evidence, in JSONPath (RFC 9535), and no code.
package file

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"unicode/utf8"

	"raci-check/internal/collect"
	"raci-check/internal/document"
	"raci-check/internal/safefile"
)

// Schema is the JSON Schema of a file of kind Mapping.
//
//go:embed mapping.json
var Schema []byte

// Kind is the file source. What it fills is what its mappings say.
var Kind = collect.Kind{
	Name:   "file",
	Short:  "exports of other tools in JSON, CSV or YAML, through mappings",
	Method: collect.MethodExport,
	Options: []collect.Option{
		{Name: "mapping", Usage: "`file` of kind Mapping, which names an export and describes it; repeatable", Required: true, List: true, Path: true},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) {
		s := &source{limit: maxExport}
		var errs document.Errors
		filled := map[string]string{}
		for _, name := range values["mapping"] {
			m, err := readMapping(name, env.Form, filled)
			if err != nil {
				errs = document.Collect(errs, err)
				continue
			}
			s.mappings = append(s.mappings, m)
		}
		return s, errs.Sorted()
	},
}

// maxExport is the largest export that is read, in bytes.
const maxExport = 64 << 20

type source struct {
	mappings []*mapping
	limit    int64
}

func (s *source) Fills() []string {
	var all []string
	for _, m := range s.mappings {
		for _, f := range m.fills {
			all = append(all, f.pointers()...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Collect reads the exports. One that cannot be read fails the sections that its mapping fills.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	parts := map[string]*collect.Part{}
	result := collect.Result{Failed: map[string]error{}}
	for _, m := range s.mappings {
		if err := ctx.Err(); err != nil {
			return result, fmt.Errorf("read %s: %w", m.input, err)
		}
		request.Progress("reading " + m.input)
		value, err := m.read(s.limit)
		for _, f := range m.fills {
			if err != nil {
				result.Failed[f.section] = errors.Join(result.Failed[f.section], err)
				continue
			}
			told, err := f.apply(value)
			if err != nil {
				result.Failed[f.section] = errors.Join(result.Failed[f.section], err)
				continue
			}
			part := parts[f.section]
			if part == nil {
				part = &collect.Part{Section: f.section, Fields: map[string]any{}}
				parts[f.section] = part
			}
			add(part.Fields, told.fields)
			if f.onlyAdds {
				part.Joins = append(part.Joins, "/"+f.section+"/"+f.list)
			}
			part.Answers = append(part.Answers, collect.Answer{Origin: m.input, Body: told.matched})
			result.Notes = append(result.Notes, told.notes...)
		}
	}
	for _, section := range slices.Sorted(maps.Keys(parts)) {
		if result.Failed[section] == nil {
			result.Parts = append(result.Parts, *parts[section])
		}
	}
	return result, nil
}

// add puts fields beside others; no two are the same.
func add(to, more map[string]any) {
	for name, value := range more {
		there, isObject := to[name].(map[string]any)
		below, both := value.(map[string]any)
		if isObject && both {
			add(there, below)
			continue
		}
		to[name] = value
	}
}

// read reads the export as a plain JSON value.
func (m *mapping) read(limit int64) (any, error) {
	content, err := safefile.Read(m.input, limit)
	if err != nil {
		return nil, err
	}
	return m.parse(content)
}

func (m *mapping) parse(content []byte) (any, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	switch m.format {
	case "csv":
		return readCSV(m.input, content, m.delimiter)
	case "yaml":
		limits := document.DefaultLimits
		limits.Bytes = maxExport
		doc, err := document.Parse(m.input, content, limits)
		if err != nil {
			return nil, err
		}
		return doc.Value(), nil
	default:
		var value any
		err := collect.DecodeJSON(m.input, content, &value)
		return value, err
	}
}

// readCSV reads a table with a line of column names as a list of objects.
func readCSV(name string, content []byte, delimiter rune) (any, error) {
	if !utf8.Valid(content) {
		return nil, &document.Error{File: name, Message: "the file is not UTF-8: export it as UTF-8"}
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.Comma = delimiter
	rows, err := reader.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, &document.Error{File: name, Line: wrong.Line, Column: wrong.Column, Message: wrong.Err.Error()}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(rows) == 0:
		return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "the file is empty: expected a line of column names"}
	}
	seen := map[string]bool{}
	for i, column := range rows[0] {
		if seen[column] {
			return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "two columns have the name " + strconv.Quote(column) + ", the second is column " + strconv.Itoa(i+1)}
		}
		seen[column] = true
	}
	items := make([]any, 0, len(rows)-1)
	for _, row := range rows[1:] {
		item := map[string]any{}
		for i, cell := range row {
			if cell != "" { // an empty cell tells nothing
				item[rows[0][i]] = cell
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// relative is a path of a mapping as seen from here.
func relative(mapping, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(mapping), path)
}
