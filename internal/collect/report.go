package collect

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Select answers the sources to run and the sections to write for --only, which names sources and sections; nothing is all.
func Select(sources []Named, only, allSections []string) (chosen []Named, sectionNames []string, err error) {
	var names, onlySources []string
	for _, source := range sources {
		names = append(names, source.Name)
	}
	for _, name := range only {
		switch {
		case slices.Contains(names, name):
			onlySources = append(onlySources, name)
		case slices.Contains(allSections, name):
			sectionNames = append(sectionNames, name)
		default:
			return nil, nil, fmt.Errorf("%s", suggest.Unknown("source or section", name, append(names, allSections...)))
		}
	}
	for _, source := range sources {
		if len(onlySources) > 0 && !slices.Contains(onlySources, source.Name) {
			continue
		}
		fills := sections(source.Source.Fills())
		if len(sectionNames) > 0 && !slices.ContainsFunc(sectionNames, func(name string) bool { return slices.Contains(fills, name) }) {
			continue
		}
		chosen = append(chosen, source)
	}
	if len(chosen) == 0 {
		return nil, nil, fmt.Errorf("no source fills %s", strings.Join(sectionNames, ", "))
	}
	return chosen, sectionNames, nil
}

// Nothing reports whether no source could be read at all, and no evidence that is there has to say so.
func (p *Plan) Nothing() bool {
	return !p.noted && !slices.ContainsFunc(p.Outcomes, func(o Outcome) bool { return o.Err == nil })
}

// Summary writes what became of each source and section.
func (p *Plan) Summary(w io.Writer) error {
	var out strings.Builder
	line := func(format string, args ...any) { out.WriteString(sanitize.Lines(fmt.Sprintf(format, args...)) + "\n") }
	for _, o := range p.Outcomes {
		switch {
		case o.Err != nil:
			line("source %s failed: %v", o.Name, o.Err)
		case len(o.Result.Failed) > 0:
			line("source %s: %d sections could not be read completely", o.Name, len(o.Result.Failed))
		}
		for _, note := range o.Result.Notes {
			line("source %s: %s", o.Name, note)
		}
	}
	reports := p.Reports
	if p.Nothing() { // what became of the sections follows from what is said of the sources
		reports = nil
	}
	for _, r := range reports {
		switch r.Status {
		case Filled:
			line("%-8s %s from %s", r.Status, r.Section, strings.Join(r.Sources, ", "))
		default:
			line("%-8s %s: %s", r.Status, r.Section, r.Reason)
		}
		for _, note := range r.Notes {
			line("         %s", note)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
