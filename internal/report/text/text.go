// Package text writes an assessment as a report that a person reads in a terminal. It decides nothing: every status is
// the assessment's. Text from evidence cannot forge a line, move the cursor or speak to a build service.
package text

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/report/phrase"
)

const defaultWidth = 100

// Options say how the report looks.
type Options struct {
	Width int  // columns; 0 for 100. The activities need 60.
	Color bool // with SGR codes
	Quiet bool // only headlines and what does not hold
	// Verbose lists every test, and everything that may be spoiled unnoticed.
	Verbose bool
}

// report is one writing of an assessment.
type report struct {
	printer
	*assessment.Assessment
	quiet bool
}

// Write writes the report of all services, the worst first.
func Write(w io.Writer, a *assessment.Assessment, o Options) error {
	r := &report{
		printer:    printer{out: bufio.NewWriter(w), width: cmp.Or(max(o.Width, 0), defaultWidth), color: o.Color},
		Assessment: a,
		quiet:      o.Quiet,
	}
	services := slices.Clone(a.Services)
	slices.SortStableFunc(services, func(x, y assessment.Service) int { return assessment.WorstFirst(x.Result, y.Result) })
	if len(services) != 1 {
		r.fleet(services)
	}
	for _, service := range services {
		if len(services) > 1 {
			r.line()
			r.line(span{strings.Repeat("─", r.width), dim})
		}
		r.service(service)
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("write text report: %w", err)
	}
	return nil
}

// fleet lists the services.
func (r *report) fleet(services []assessment.Service) {
	count := map[assessment.Status]int{}
	for _, service := range services {
		count[service.Result]++
	}
	r.verdict(r.Result, fmt.Sprintf("%d %s: %s", len(services), phrase.Plural(len(services), "service", "services"), phrase.Tally(count)))
	for _, service := range services {
		m := markOf(service.Result)
		r.flow(span{blank(2) + pad(m.String(), markWidth), m.style}, span{text: blank(2 + markWidth)},
			span{name(service.Service) + ":", bold}, span{text: phrase.Sentence(service)})
	}
}

func (r *report) service(s assessment.Service) {
	duties := worst(s.Activities, r.quiet)
	r.headline(s)
	if r.quiet {
		r.findings(duties)
		return
	}
	r.activities(s.Activities)
	r.findings(duties)
	r.waivers(s.Waivers)
	r.looser()
	r.notApplicable(s.Activities)
	r.inherited(s.Activities)
	r.evidence(s)
	r.next(s, duties)
}

// next closes the report: the counts, and what to do.
func (r *report) next(s assessment.Service, duties []duty) {
	m := markOf(s.Result)
	r.line()
	r.item(0, 2, span{m.word, m.style}, span{text: "— " + phrase.Tally(s.Summary)})
	switch {
	case len(duties) > 0 && len(duties[0].checks) > 0:
		r.item(0, 6, span{"Next: raci-check explain " + duties[0].checks[0].ID, bold})
	case s.Result == assessment.Pass:
		r.item(0, 6, span{"Next: nothing to mend; collect the evidence anew before it is too old", bold})
	}
}
