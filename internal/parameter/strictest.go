package parameter

import (
	"fmt"
	"slices"
	"strings"
)

// ConflictError is a parameter for which no value is allowed by all profiles that were named.
type ConflictError struct {
	Name     string
	Profiles []string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the profiles %[2]s have no allowed value of parameter %[1]s in common: assess with each of them on its own", e.Name, strings.Join(e.Profiles, ", "))
}

// strictest combines what profiles, each resolved over the baseline, give for one parameter. Where no list asks for as much
// as every other, the strictest is what all of them allow, or all that any of them demands.
func strictest(values []Parameter) (Parameter, error) {
	// Those that no other asks for more than.
	var best []Parameter
	for _, p := range values {
		if !slices.ContainsFunc(values, func(q Parameter) bool { return q.asks(p.Value) && !p.asks(q.Value) }) {
			best = append(best, p)
		}
	}
	p := best[0]
	var profiles, sources []string
	for _, q := range best {
		profiles = append(profiles, q.SetBy)
		if !slices.Contains(sources, q.Source) {
			sources = append(sources, q.Source)
		}
	}
	profiles = slices.Compact(slices.Sorted(slices.Values(profiles)))
	for _, q := range best {
		if p.asks(q.Value) {
			continue
		}
		common := meet(p.Stricter, p.Value, q.Value)
		if len(common) == 0 {
			return p, &ConflictError{p.Name, profiles}
		}
		p.Value = common
	}
	p.Default, p.SetBy, p.Profiles = p.Value, strings.Join(profiles, ", "), profiles
	p.Source = strings.Join(sources, "; ")
	return p, nil
}

// meet is the list that asks for as much as both do; none where nobody can say what that is.
func meet(stricter Direction, a, b any) []any {
	if stricter != Subset && stricter != Superset {
		return nil
	}
	first, _ := a.([]any)
	second, _ := b.([]any)
	var result []any
	if stricter == Superset {
		result = slices.Clone(first)
	}
	for _, item := range second {
		if slices.Contains(first, item) == (stricter == Subset) {
			result = append(result, item)
		}
	}
	return result
}
