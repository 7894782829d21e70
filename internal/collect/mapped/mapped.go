// Package mapped has what the sources share that read by mappings: what their mappings make of an answer becomes parts of sections.
package mapped

import (
	"errors"
	"maps"
	"slices"

	"raci-check/internal/collect"
	reader "raci-check/internal/collect/reader/file"
	"raci-check/internal/mapping"
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

// Facts gathers what mappings read.
type Facts struct {
	parts  map[string]*collect.Part
	failed map[string]error
	notes  []string
}

// New is without a fact.
func New() *Facts { return &Facts{map[string]*collect.Part{}, map[string]error{}, nil} }

func (f *Facts) fail(section string, err error) {
	f.failed[section] = errors.Join(f.failed[section], err)
}

// Fail fails all sections that a mapping fills, because what it reads cannot be had.
func (f *Facts) Fail(m *mapping.Mapping, err error) {
	for _, section := range m.Sections() {
		f.fail(section, err)
	}
}

// Apply reads a plain JSON value by a mapping; origin says where the value is from.
func (f *Facts) Apply(m *mapping.Mapping, origin string, value any) {
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
	})
}

// Result are the sections that were read completely, sorted, and why others were not.
func (f *Facts) Result() collect.Result {
	result := collect.Result{Failed: f.failed, Notes: f.notes}
	for _, section := range slices.Sorted(maps.Keys(f.parts)) {
		if f.failed[section] == nil {
			result.Parts = append(result.Parts, *f.parts[section])
		}
	}
	return result
}
