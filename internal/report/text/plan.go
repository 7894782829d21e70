package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// WritePlan writes what a Terraform plan makes worse, and what it destroys.
func WritePlan(w io.Writer, p *planned.Report, o Options) error {
	r := &report{
		printer:    *newPrinter(w, o),
		Assessment: &assessment.Assessment{At: p.At},
	}
	verb, look := "PASS", green
	if p.Counted {
		verb, look = "FAIL", red
	}
	past := ""
	if p.PastAt {
		past = ", " + assessment.ChosenTime
	}
	r.item(0, 2, span{verb, look}, span{text: fmt.Sprintf("%s: %d %s worse, %d destroyed, %d weaker, %d unknown until apply, %d %s fixed (for %s%s)",
		name(p.Service), len(p.Worse), wording.English.Plural(len(p.Worse), "finding", "findings"), len(p.Destroyed), len(p.Weaker), len(p.Unknown),
		len(p.Fixed), wording.English.Plural(len(p.Fixed), "check", "checks"), p.At, past)})
	if !o.Quiet {
		r.plan(p)
	}
	return flushed(r.out, "report of the plan")
}

func (r *report) plan(p *planned.Report) {
	if len(p.Destroyed) > 0 {
		r.section(fmt.Sprintf("Destroyed (%d)", len(p.Destroyed)))
		for _, d := range p.Destroyed {
			r.item(2, 4, span{pad(string(d.Severity), len(verdict.Critical)), severityStyle[d.Severity]}, span{d.Address, bold})
			r.quote(4, span{text: d.Message + notCounted(d.Counts)})
		}
	}
	r.planned("Worse after the plan", p.Worse)
	r.weaker(p.Weaker)
	r.planned("Unknown until the plan is applied", p.Unknown)
	if len(p.AfterApply) > 0 {
		r.section("Known after apply: no check says anything of it")
		for _, u := range p.AfterApply {
			r.item(2, 4, span{u.Address, bold}, span{text: strings.Join(u.Attributes, ", ")})
		}
	}
	if len(p.Fixed) > 0 {
		r.section(fmt.Sprintf("Fixed (%d)", len(p.Fixed)))
		for _, f := range p.Fixed {
			r.item(2, 4, span{pad(string(f.Severity), len(verdict.Critical)), severityStyle[f.Severity]}, span{f.Check, bold}, span{text: f.Title})
		}
	}
	r.lines("Changed outside of Terraform", p.Drift)
	r.lines("Notes", p.Notes)
}

// weaker are the facts that a plan makes weaker. That none counts for the exit code is said once.
func (r *report) weaker(facts []planned.Weaker) {
	if len(facts) == 0 {
		return
	}
	r.section(fmt.Sprintf("Weaker, also where checks pass (%d)", len(facts)))
	if !slices.ContainsFunc(facts, func(f planned.Weaker) bool { return f.Counts }) {
		r.item(2, 2, span{"this counts for the exit code with --fail-on-weaker", dim})
	}
	for _, f := range facts {
		unknown := ""
		if f.Unknown {
			unknown = "unknown: "
		}
		r.item(2, 4, span{f.Address + ",", bold}, span{text: f.Attribute})
		r.quote(4, span{text: unknown + f.Message})
	}
}

func (r *report) planned(heading string, findings []planned.Finding) {
	if len(findings) == 0 {
		return
	}
	r.section(fmt.Sprintf("%s (%d)", heading, len(findings)))
	for _, f := range findings {
		spans := []span{{pad(string(f.Severity), len(verdict.Critical)), severityStyle[f.Severity]}, {f.Check, bold}}
		switch {
		case f.Attribute != "":
			spans = append(spans, span{text: f.Address + ", " + f.Attribute})
		case f.Address != "":
			spans = append(spans, span{text: f.Address})
		default:
			spans = append(spans, span{text: wording.Place(f.Location)})
		}
		r.item(2, 4, spans...)
		r.quote(4, span{text: f.Message})
	}
}

func (r *report) lines(heading string, texts []string) {
	if len(texts) == 0 {
		return
	}
	r.section(fmt.Sprintf("%s (%d)", heading, len(texts)))
	for _, text := range texts {
		r.item(2, 4, span{text: text})
	}
}

// notCounted says that something does not count for the exit code.
func notCounted(counts bool) string {
	if counts {
		return ""
	}
	return " (it does not count for the exit code)"
}
