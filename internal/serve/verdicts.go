package serve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/verdict"
)

// verdicts are those of the checks, by the fields of a form.
type verdicts struct {
	site     *site
	readers  map[string]reader    // by the check's id
	findings map[string][]finding // by pointer
	first    map[string]string    // the first field that is shown of a pattern
	shown    map[string]bool      // pointers that the page shows
}

// reader is a check that reads a field.
type reader struct {
	assessment.Check
	Duty string
}

// fieldVerdict is what checks say of a field.
type fieldVerdict struct {
	Problems []finding
	Readers  []reader // the gravest first
	More     int      // that are not shown
	Summary  string   // how the checks stand that read it; empty where none does
}

// mostReaders is how many checks are named beside a field.
const mostReaders = 6

// newVerdicts sorts what checks found in a service by the fields of a form.
func newVerdicts(s *site, service *assessment.Service, root *form.Node) *verdicts {
	v := &verdicts{site: s, readers: map[string]reader{}, findings: map[string][]finding{}, first: map[string]string{}, shown: map[string]bool{}}
	root.All(func(n *form.Node) {
		v.shown[n.Pointer] = true
		if v.first[n.Pattern] == "" {
			v.first[n.Pattern] = n.Pointer
		}
	})
	for _, activity := range service.Activities {
		for _, c := range activity.Checks {
			v.readers[c.ID] = reader{c, activity.ID}
			if c.Status.Bad() || c.Status == verdict.Waived {
				v.find(c, root.Pointer)
			}
		}
	}
	return v
}

// find takes up the findings of a check that are about a section. What several checks find at a place is result once.
func (v *verdicts) find(c assessment.Check, section string) {
	for _, f := range c.Findings {
		if f.Pointer != section && !strings.HasPrefix(f.Pointer, section+"/") {
			continue
		}
		same := func(other finding) bool { return other.Message == f.Message }
		if !slices.ContainsFunc(v.findings[f.Pointer], same) {
			v.findings[f.Pointer] = append(v.findings[f.Pointer], v.site.finding(f))
		}
	}
}

// of is what checks say of a field.
func (v *verdicts) of(n *form.Node) fieldVerdict {
	result := fieldVerdict{Problems: v.findings[n.Pointer]}
	if v.first[n.Pattern] != n.Pointer {
		return result
	}
	var readers []reader
	for _, id := range v.site.checks[n.Pattern] {
		if r, isAssessed := v.readers[id]; isAssessed {
			readers = append(readers, r)
		}
	}
	slices.SortStableFunc(readers, func(x, y reader) int {
		return cmp.Or(verdict.WorstFirst(x.Status, y.Status), assessment.GravestFirst(x.Check, y.Check))
	})
	count := map[verdict.Status]int{}
	for _, r := range readers {
		count[r.Status]++
	}
	if len(readers) > 0 {
		result.Summary = v.site.words.Tally(count)
	}
	result.Readers, result.More = readers[:min(len(readers), mostReaders)], max(len(readers)-mostReaders, 0)
	return result
}

// rest are the findings about a section of which the page shows no field.
func (v *verdicts) rest() []finding {
	var all []finding
	for pointer, findings := range v.findings {
		if !v.shown[pointer] {
			all = append(all, findings...)
		}
	}
	slices.SortFunc(all, func(x, y finding) int { return x.Compare(y.Finding) })
	return all[:min(len(all), mostFindings)]
}

// withoutItems is the list that a pattern leads into, or the field itself.
func withoutItems(pattern string) string {
	before, _, _ := strings.Cut(pattern, "/*")
	return before
}
