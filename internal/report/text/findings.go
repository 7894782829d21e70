package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// duty is an activity with those of its checks that are shown.
type duty struct {
	assessment.Activity
	checks []assessment.Check
}

// worst picks the duties and checks of a severity and above that do not hold or are waived; the worst come first.
func worst(all []assessment.Activity, least verdict.Severity) []duty {
	var duties []duty
	for _, a := range all {
		d := duty{Activity: a}
		for _, check := range a.Checks {
			if (check.Status.Bad() || check.Status == verdict.Waived) && check.Severity.Rank() >= least.Rank() {
				d.checks = append(d.checks, check)
			}
		}
		slices.SortStableFunc(d.checks, func(a, b assessment.Check) int {
			return cmp.Or(verdict.WorstFirst(a.Status, b.Status), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()))
		})
		if len(d.checks) > 0 || a.Status.Bad() && least == "" || a.Status == verdict.Error {
			duties = append(duties, d)
		}
	}
	slices.SortStableFunc(duties, func(a, b duty) int {
		return cmp.Or(verdict.WorstFirst(a.Status, b.Status), cmp.Compare(b.gravest(), a.gravest()))
	})
	return duties
}

func (d duty) gravest() int {
	rank := 0
	for _, check := range d.checks {
		rank = max(rank, check.Severity.Rank())
	}
	return rank
}

func (r *report) findings(duties []duty) {
	for _, d := range duties {
		m := r.mark(d.Status)
		r.line()
		heading := []span{{d.ID + " " + d.Title, bold}, {"— " + m.word, m.style}}
		if d.Status.Bad() && !r.Counts(&d.Activity) {
			heading = append(heading, span{text: r.words.Text("(disputed: it does not count)")})
		}
		r.item(0, 2, heading...)
		if d.Status == verdict.Error {
			r.quote(2, span{text: cmp.Or(d.Reason, r.words.Text("the policy could not be evaluated"))})
		}
		for _, check := range d.checks {
			r.check(check)
		}
	}
}

// check prints a check that fails: what was found where, what is expected, and how to fix it.
func (r *report) check(c assessment.Check) {
	if len(c.Findings) > 0 {
		r.line()
	}
	m := r.mark(c.Status)
	begin := []span{{blank(2) + pad(m.String(), markWidth), m.style}, r.severity(c.Severity)}
	if id := (span{c.ID, bold}); columns(begin[0].text)+columns(begin[1].text)+columns(c.ID) > r.width {
		r.line(begin...)
		r.item(4, 4, id)
	} else {
		r.line(append(begin, id)...)
	}
	r.item(4, 4, span{text: c.Title})
	if len(c.Findings) == 0 {
		return
	}
	remediation := c.Findings[0].Remediation
	same := !slices.ContainsFunc(c.Findings, func(f assessment.Finding) bool { return f.Remediation != remediation })
	for _, finding := range c.Findings {
		r.line(span{text: blank(4) + wording.Place(finding.Location)})
		r.quote(4, r.message(c, finding)...)
		r.related(finding)
		if !same {
			r.detail("fix:", finding.Remediation)
		}
	}
	if w := c.Waiver; w != nil {
		r.detail("waived:", r.words.Say("by %s until %s%s", w.ApprovedBy, r.words.Day(w.ExpiresOn), r.left(w.ExpiresOn)))
		r.detail("reason:", w.Reason)
	}
	var wanted []string
	for _, name := range c.Parameters {
		wanted = append(wanted, r.wanted(name))
	}
	r.detail("expected:", wanted...)
	if len(c.Looser) > 0 {
		r.detail("mapping:", r.words.Say("it counts for no framework: %s", r.words.Looser(c.Looser, r.Policies.Profile)))
	}
	r.detail("source:", c.Source)
	if same {
		r.detail("fix:", remediation)
	}
}

// related prints the other places that a contradiction involves.
func (r *report) related(f assessment.Finding) {
	var places []string
	for _, place := range f.Related {
		places = append(places, fmt.Sprintf("%s (%s)", wording.Place(place.Location), place.Pointer))
	}
	r.detail("see:", places...)
}

func (r *report) detail(label string, texts ...string) {
	r.field(4, max(len("expected: "), r.widest("fix:", "waived:", "reason:", "expected:", "mapping:", "source:", "see:")+1), label, texts...)
}

// message is what a finding says, and where in the evidence unless the message says so.
func (r *report) message(c assessment.Check, f assessment.Finding) []span {
	spans := []span{{text: f.Message}}
	switch {
	case f.Waived && c.Status != verdict.Waived:
		spans = []span{{r.words.Text("waived:"), yellow}, {text: f.Message}}
	case f.Status != c.Status && c.Status.Bad():
		spans = []span{{text: r.words.Text(string(f.Status) + ":")}, {text: f.Message}}
	}
	if f.Pointer != "" && !strings.Contains(f.Message, f.Pointer) {
		spans = append(spans, span{"(" + f.Pointer + ")", dim})
	}
	return spans
}

// wanted says what a parameter asks for.
func (r *report) wanted(name string) string {
	i := slices.IndexFunc(r.Policies.Parameters, func(p assessment.Parameter) bool { return p.Name == name })
	if i < 0 {
		return r.words.Say("%s (the assessment does not give its value)", name)
	}
	p := r.Policies.Parameters[i]
	text := fmt.Sprintf("%s = %s — %s", p.Name, r.words.Quantity(p.Value, p.Unit), p.Source)
	if p.SetBy != r.Policies.Profile {
		text += r.words.Say("; set by %s", p.SetBy)
	}
	if p.Looser {
		text += r.words.Say("; looser than the profile's %s", verdict.ValueText(p.Default))
	}
	return text
}

// left says in brackets how many days remain.
func (r *report) left(date string) string {
	if text := r.words.Left(date, r.At); text != "" {
		return " (" + text + ")"
	}
	return ""
}
