// Package file reads facts from the exports of other tools, as mappings say.
package file

import (
	"context"
	"fmt"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/mapped"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/safefile"
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
			return mapped.Replayed(env)
		}
		s := &source{limit: mapping.MaxExport, env: env}
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
	env      collect.Env
}

func (s *source) Fills() []string { return mapped.Fills(s.mappings) }

// Collect reads the exports. One that cannot be read fails the sections that its mapping fills.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	facts := mapped.New(s.mappings, s.env)
	for _, m := range s.mappings {
		if err := ctx.Err(); err != nil {
			return facts.Result(), fmt.Errorf("read %s: %w", m.Input, err)
		}
		request.Progress("reading " + m.Input)
		export, err := s.read(m)
		if err != nil {
			facts.Fail(m, err)
			continue
		}
		facts.Apply(m, m.Input, export)
	}
	return facts.Result(), nil
}

// read reads an export as a plain JSON value.
func (s *source) read(m *mapping.Mapping) (any, error) {
	content, err := safefile.Read(m.Input, s.limit)
	if err != nil {
		return nil, err
	}
	return m.Value(m.Input, content)
}
