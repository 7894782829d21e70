// Package mapped has what the sources share that read by mappings: what their mappings make of an answer becomes parts of sections.
package mapped

import (
	"errors"
	"maps"
	"slices"

	"github.com/raci-check/raci-check/internal/collect"
	reader "github.com/raci-check/raci-check/internal/collect/reader/file"
	"github.com/raci-check/raci-check/internal/mapping"
)

// Fills are the fields that mappings fill, sorted, as collect.Kind.Fills.
func Fills(mappings []*mapping.Mapping) []string {
	var all []string
	for _, m := range mappings {
		all = append(all, m.Fills()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Facts gathers what mappings read, and records it where a session is recorded.
type Facts struct {
	fills  []string
	parts  map[string]*collect.Part
	failed map[string]error
	notes  []string
	read   int // mappings so far
	kept   recorder
}

// New is without a fact.
func New(mappings []*mapping.Mapping, env collect.Env) *Facts {
	return &Facts{
		fills: Fills(mappings), parts: map[string]*collect.Part{}, failed: map[string]error{}, kept: recorder{tape: env.Tape, form: env.Form},
	}
}

func (f *Facts) fail(section string, err error) {
	f.kept.fault(section, err)
	f.failed[section] = errors.Join(f.failed[section], err)
}

// Fail fails all sections that a mapping fills, because what it reads cannot be had.
func (f *Facts) Fail(m *mapping.Mapping, err error) {
	f.read++
	for _, section := range m.Sections() {
		f.fail(section, err)
	}
}

// Apply reads a plain JSON value by a mapping; origin says where the value is from.
func (f *Facts) Apply(m *mapping.Mapping, origin string, value any) {
	f.read++
	m.Apply(value, func(section string, facts mapping.Facts, err error) {
		if err != nil {
			f.fail(section, err)
			return
		}
		if f.parts[section] == nil {
			part := reader.New(section)
			f.parts[section] = &part
		}
		reader.Add(f.parts[section], origin, facts)
		f.notes = append(f.notes, facts.Notes...)
		f.notes = append(f.notes, f.kept.facts(f.read, facts)...)
	})
}

// Result are the sections that were read completely, sorted, and why others were not. Nothing is added to the facts after it.
func (f *Facts) Result() collect.Result {
	f.kept.end(f.fills, nil)
	result := collect.Result{Failed: f.failed, Notes: f.notes}
	for _, section := range slices.Sorted(maps.Keys(f.parts)) {
		if f.failed[section] == nil {
			result.Parts = append(result.Parts, *f.parts[section])
		}
	}
	return result
}

// Unread ends the facts where nothing could be read, and answers why.
func (f *Facts) Unread(err error) error {
	f.kept.end(f.fills, err)
	return err
}
