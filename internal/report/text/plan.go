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
	say := r.words
	verb, look := say.Text("PASS"), green
	if p.Counted {
		verb, look = say.Text("FAIL"), red
	}
	past := ""
	if p.PastAt {
		past = ", " + say.Text(assessment.ChosenTime)
	}
	r.item(0, 2, span{verb, look}, span{text: say.Say("%s: %d %s worse, %d destroyed, %d weaker, %d unknown until apply, %d %s fixed (for %s%s)",
		name(p.Service), len(p.Worse), say.Plural(len(p.Worse), "finding", "findings"), len(p.Destroyed), len(p.Weaker), len(p.Unknown),
		len(p.Fixed), say.Plural(len(p.Fixed), "check", "checks"), p.At, past)})
	if !o.Quiet {
		r.plan(p)
	}
	return flushed(r.out, "report of the plan")
}

// grave is a severity in a column of its own.
func (r *report) grave(s verdict.Severity) string {
	return pad(r.words.Text(string(s)), len(verdict.Critical))
}

func (r *report) plan(p *planned.Report) {
	if len(p.Destroyed) > 0 {
		r.section(r.words.Say("Destroyed (%d)", len(p.Destroyed)))
		for _, d := range p.Destroyed {
			r.item(2, 4, span{r.grave(d.Severity), severityStyle[d.Severity]}, span{d.Address, bold})
			r.quote(4, span{text: d.Message + r.notCounted(d.Counts)})
		}
	}
	r.planned(r.words.Text("Worse after the plan"), p.Worse)
	r.weaker(p.Weaker)
	r.planned(r.words.Text("Unknown until the plan is applied"), p.Unknown)
	if len(p.AfterApply) > 0 {
		r.section("Known after apply: no check says anything of it")
		for _, u := range p.AfterApply {
			r.item(2, 4, span{u.Address, bold}, span{text: strings.Join(u.Attributes, ", ")})
		}
	}
	if len(p.Fixed) > 0 {
		r.section(r.words.Say("Fixed (%d)", len(p.Fixed)))
		for _, f := range p.Fixed {
			r.item(2, 4, span{r.grave(f.Severity), severityStyle[f.Severity]}, span{f.Check, bold}, span{text: f.Title})
		}
	}
	r.lines(r.words.Text("Changed outside of Terraform"), p.Drift)
	r.lines(r.words.Text("Notes"), p.Notes)
}

// weaker are the facts that a plan makes weaker. That none counts for the exit code is said once.
func (r *report) weaker(facts []planned.Weaker) {
	if len(facts) == 0 {
		return
	}
	r.section(r.words.Say("Weaker, also where checks pass (%d)", len(facts)))
	if !slices.ContainsFunc(facts, func(f planned.Weaker) bool { return f.Counts }) {
		r.item(2, 2, span{r.words.Text("this counts for the exit code with --fail-on-weaker"), dim})
	}
	for _, f := range facts {
		unknown := ""
		if f.Unknown {
			unknown = r.words.Text("unknown: ")
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
		spans := []span{{r.grave(f.Severity), severityStyle[f.Severity]}, {f.Check, bold}}
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
func (r *report) notCounted(counts bool) string {
	if counts {
		return ""
	}
	return r.words.Text(" (it does not count for the exit code)")
}
