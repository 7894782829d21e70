// Package text writes an assessment as a report that a person reads in a terminal. It decides nothing: every status is
// the assessment's. Text from evidence cannot forge a line, move the cursor or speak to a build service.
package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

const defaultWidth = 100

// Options say how the report looks.
type Options struct {
	Width   int              // columns; 0 for 100. The activities need 60.
	Color   bool             // with SGR codes
	Quiet   bool             // only headlines
	Verdict bool             // nothing but what came of it, in a few lines
	Details bool             // each service in full, however many there are
	Screen  bool             // a comparison in a screen, with how many changes there are besides
	Least   verdict.Severity // details of the checks of this severity and above; all where it is empty
	Words   *words.Words     // of the language; nil for English
	Verbose bool             // every test, and everything that may be spoiled unnoticed
}

// report is one writing of an assessment.
type report struct {
	printer
	*assessment.Assessment
	quiet, details bool
	least          verdict.Severity // of the checks that details are of; all where it is empty
}

// inFull is how many services are each reported in full unless details are asked for. It is no more than a fleet keeps in
// any case.
const inFull = 5

// WriteFleet writes the report of all services, the worst first: of one the details, of a few a list and the details, of
// many what they have in common and which are the worst.
func WriteFleet(w io.Writer, f *assessment.Fleet, o Options) error {
	r := &report{
		printer:    *newPrinter(w, o),
		Assessment: &f.Head,
		quiet:      o.Quiet,
		details:    o.Details || o.Least != "",
		least:      o.Least,
	}
	n := f.Tally.Services
	if n != 1 {
		r.verdict(r.Result, fmt.Sprintf("%d %s: %s", n, r.words.Plural(n, "service", "services"), r.words.Tally(f.Tally.Results)))
	}
	if n > inFull {
		r.overview(f, r.details)
	} else if n > 1 {
		r.disputes(r.words.FleetSplit(f), r.words.Readings(f.Head.Readings))
		if err := r.list(f); err != nil {
			return err
		}
	}
	if n <= inFull || r.details {
		if err := r.services(f); err != nil {
			return err
		}
	}
	if r.details && !r.quiet && r.least == "" && len(r.Waivers) > 0 {
		r.line()
		r.line(span{strings.Repeat("─", r.width), dim})
		r.waivers(r.Waivers)
	}
	return r.out.Flush()
}

// list lists the services.
func (r *report) list(f *assessment.Fleet) error {
	for service, err := range f.WorstFirst() {
		if err != nil {
			return err
		}
		m := r.mark(service.Result)
		r.flow(span{blank(2) + pad(m.String(), markWidth), m.style}, span{text: blank(2 + markWidth)},
			span{name(service.Service) + ":", bold}, span{text: r.words.Sentence(*service)})
	}
	return nil
}

// services reports each service in full.
func (r *report) services(f *assessment.Fleet) error {
	for service, err := range f.WorstFirst() {
		if err != nil {
			return err
		}
		if f.Tally.Services > 1 {
			r.line()
			r.line(span{strings.Repeat("─", r.width), dim})
		}
		r.service(*service)
	}
	return nil
}

func (r *report) service(s assessment.Service) {
	switch {
	case r.quiet:
		r.headline(s)
		return
	case r.Partial && !r.details:
		r.chosen(s)
		return
	case !r.details:
		r.brief(s)
		return
	}
	duties := worst(s.Activities, r.least)
	r.headline(s)
	if r.least != "" {
		r.findings(duties)
		return
	}
	shown := s.Activities
	if r.Partial { // the headline counts those that nobody asked for
		shown = slices.DeleteFunc(slices.Clone(shown), func(a assessment.Activity) bool {
			return a.Status == verdict.NotSelected || a.Status == verdict.Inherited
		})
	}
	r.activities(shown)
	r.findings(duties)
	r.waivers(s.Waivers)
	r.looser(&s)
	r.notApplicable(s.Activities)
	r.inherited(shown)
	if r.details {
		r.stated(s.Stated)
	}
	r.evidence(s)
	r.next(s, duties)
}

// nothingToFix is what there is to do where all checks pass.
const nothingToFix = "Next: nothing to fix; collect the evidence again before it is too old"

// next closes the report: the counts, and what to do.
func (r *report) next(s assessment.Service, duties []duty) {
	m := r.mark(s.Result)
	r.line()
	r.item(0, 2, span{m.word, m.style}, span{text: "— " + r.words.Tally(s.Summary)})
	switch {
	case len(duties) > 0 && len(duties[0].checks) > 0:
		r.item(0, 6, span{r.words.Say("Next: raci-check explain %s", duties[0].checks[0].ID), bold})
	case s.Result == verdict.Pass:
		r.item(0, 6, span{r.words.Text(nothingToFix), bold})
	}
}
