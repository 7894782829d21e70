// Package file reads facts from the exports of other tools, as mappings say.
package file

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"raci-check/internal/collect"
	reader "raci-check/internal/collect/reader/file"
	"raci-check/internal/collect/session"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/mapping"
	"raci-check/internal/safefile"
)

// Kind is the file source. What it fills is what its mappings say.
var Kind = collect.Kind{
	Name:   "file",
	Short:  "exports of other tools in JSON, CSV or YAML, through mappings",
	Method: collect.MethodExport,
	Options: []collect.Option{
		{Name: "mapping", Usage: "`file` of kind Mapping, which names an export and describes it; repeatable", Required: true, List: true, Path: true},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) {
		if env.Tape.Replays() {
			return replayed(env)
		}
		s := &source{limit: mapping.MaxExport, tape: env.Tape, form: env.Form}
		var errs document.Errors
		filled := map[string]string{}
		for _, name := range values["mapping"] {
			m, err := mapping.ReadFile(name, env.Form, filled)
			if err != nil {
				errs = document.Collect(errs, err)
				continue
			}
			if m.Input == "" {
				errs = append(errs, &document.Error{File: name, Message: "it names no export: write input.file"})
				continue
			}
			s.mappings = append(s.mappings, m)
		}
		return s, errs.Sorted()
	},
}

type source struct {
	mappings []*mapping.Mapping
	limit    int64
	form     *evidence.Form
	tape     *session.Tape
}

func (s *source) Fills() []string {
	var all []string
	for _, m := range s.mappings {
		all = append(all, m.Fills()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Collect reads the exports. One that cannot be read fails the sections that its mapping fills.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	parts := map[string]*collect.Part{}
	result := collect.Result{Failed: map[string]error{}}
	kept := recorder{source: s}
	defer kept.end()
	fail := func(section string, err error) {
		kept.fault(section, err)
		result.Failed[section] = errors.Join(result.Failed[section], err)
	}
	for i, m := range s.mappings {
		if err := ctx.Err(); err != nil {
			return result, fmt.Errorf("read %s: %w", m.Input, err)
		}
		request.Progress("reading " + m.Input)
		export, err := s.read(m)
		if err != nil {
			for _, section := range m.Sections() {
				fail(section, err)
			}
			continue
		}
		m.Apply(export, func(section string, facts mapping.Facts, err error) {
			if err != nil {
				fail(section, err)
				return
			}
			if parts[section] == nil {
				part := reader.New(section)
				parts[section] = &part
			}
			reader.Add(parts[section], m.Input, facts)
			result.Notes = append(result.Notes, facts.Notes...)
			result.Notes = append(result.Notes, kept.facts(i, facts)...)
		})
	}
	for _, section := range slices.Sorted(maps.Keys(parts)) {
		if result.Failed[section] == nil {
			result.Parts = append(result.Parts, *parts[section])
		}
	}
	return result, nil
}

// read reads an export as a plain JSON value.
func (s *source) read(m *mapping.Mapping) (any, error) {
	content, err := safefile.Read(m.Input, s.limit)
	if err != nil {
		return nil, err
	}
	return m.Value(m.Input, content)
}
