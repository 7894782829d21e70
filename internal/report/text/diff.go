package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// side says which assessment is one side of a comparison.
func (r *report) side(label string, s diff.Side) {
	text := fmt.Sprintf("%s %s %s", r.words.Text(label), s.At, r.words.Text(string(s.Result)))
	if s.PastAt {
		text += ", " + r.words.Text(assessment.ChosenTime)
	}
	r.item(2, 6, span{text: text})
}

// WriteDiff writes what is not the same in two assessments.
func WriteDiff(w io.Writer, d *diff.Diff, o Options) error {
	r := &report{
		printer:    *newPrinter(w, o),
		Assessment: &assessment.Assessment{At: d.New.At},
	}
	look := green
	if len(d.Worse) > 0 {
		look = red
	}
	regressions, rest := r.words.Compared(d)
	spans := []span{{regressions, look}, {text: "— " + rest}}
	if d.Gate != nil {
		m := r.mark(d.Gate.Result)
		spans = slices.Insert(spans, 0, span{m.word, m.style})
	}
	r.item(0, 2, spans...)
	r.item(2, 6, span{text: r.words.Progress(d)})
	if o.Verdict || o.Quiet {
		return flushed(r.out, "comparison")
	}
	r.side("old", d.Old)
	r.side("new", d.New)
	changed, aged := d.Regressions()
	if o.Screen {
		r.screen(d)
		return flushed(r.out, "comparison")
	}
	r.changes("Regressions", changed)
	r.changes("Failing by time alone: evidence too old, or a waiver that ended", aged)
	r.changes("Still failing, with more findings", d.Grown)
	r.changes("Fixed", d.Fixed)
	r.changes("Accepted: waived, or declared not applicable", d.Accepted)
	r.changes("No longer assessed", d.NotAssessed)
	if len(d.Services) > 0 {
		r.section("Services")
		for _, s := range d.Services {
			r.record(string(s.Kind), span{name(s.Service), bold}, span{text: s.Service.ID})
		}
	}
	if len(d.Waivers) > 0 {
		r.section("Waivers")
		for _, c := range d.Waivers {
			note := ""
			if c.Waiver.Note != "" {
				note = ", " + c.Waiver.Note
			}
			r.record(string(c.Kind), span{c.Waiver.Check, bold}, span{text: r.words.Say("of %s: %s%s; until %s%s, approved by %s",
				cmp.Or(name(c.Service), r.words.Text("All services")), r.words.Text(string(c.Waiver.State)), note, r.words.Day(c.Waiver.ExpiresOn), r.left(c.Waiver.ExpiresOn), c.Waiver.ApprovedBy)})
		}
	}
	if len(d.Parameters) > 0 {
		r.section("Parameters")
		for _, p := range d.Parameters {
			loose := ""
			if p.Looser {
				loose = r.words.Text("; looser than the profile")
			}
			r.record(string(p.Kind), span{p.Name, bold}, span{text: fmt.Sprintf("%s → %s%s", cmp.Or(p.Old, r.words.Text("none")), cmp.Or(p.New, r.words.Text("none")), loose)})
		}
	}
	if len(d.Rules) > 0 {
		r.section("Rules")
		for _, rule := range d.Rules {
			r.item(2, 4, span{rule.Name, bold}, span{text: rule.Old + " → " + rule.New})
		}
	}
	return flushed(r.out, "comparison")
}

// screen shows a comparison so that it fits a screen of 50 lines: the gravest changes of each kind, a line each, and how many others
// there are.
func (r *report) screen(d *diff.Diff) {
	changed, aged := d.Regressions()
	whole := true
	for _, part := range []struct {
		heading string
		list    []diff.Change
		most    int
	}{
		{"Regressions", changed, 10},
		{"Failing by time alone", aged, 4},
		{"Still failing, with more findings", d.Grown, 3},
		{"Fixed", d.Fixed, 3},
		{"Accepted", d.Accepted, 2},
		{"No longer assessed", d.NotAssessed, 2},
	} {
		whole = r.few(part.heading, part.list, part.most) && whole
	}
	var besides []string
	for _, kind := range []struct {
		n                int
		singular, plural string
	}{
		{len(d.Services), "service", "services"}, {len(d.Waivers), "waiver", "waivers"}, {len(d.Parameters), "parameter", "parameters"}, {len(d.Rules), "rule", "rules"},
	} {
		if kind.n > 0 {
			besides = append(besides, fmt.Sprintf("%d %s", kind.n, r.words.Plural(kind.n, kind.singular, kind.plural)))
		}
	}
	if len(besides) > 0 {
		r.line()
		r.item(2, 4, span{text: r.words.Say("Changed besides: %s", strings.Join(besides, ", "))})
	}
	if !whole || len(besides) > 0 || len(changed)+len(aged)+len(d.Grown) > 0 {
		r.line()
		r.item(0, 6, span{r.words.Text("Next: the same command with --details shows every change with its findings"), bold})
	}
}

// few lists at most so many changes, a line each, and reports whether these are all.
func (r *report) few(heading string, list []diff.Change, most int) (all bool) {
	if len(list) == 0 {
		return true
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b diff.Change) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	several := slices.ContainsFunc(list, func(c diff.Change) bool { return c.Service != list[0].Service })
	var rows []row
	for _, c := range list[:min(len(list), most)] {
		text := fmt.Sprintf("%s %s → %s", c.Check, r.judged(c.Old), r.judged(c.New))
		if several {
			text += " " + name(c.Service)
		}
		if c.NotCounted {
			text += " " + r.words.Text("(disputed duty: it does not count)")
		}
		place := ""
		if len(c.Findings) > 0 {
			place = wording.Place(c.Findings[0].Location)
		}
		rows = append(rows, row{[]span{r.severity(c.Severity)}, text, place})
	}
	rows = r.fitting(rows, most, wholeText)
	count := fmt.Sprintf(" (%d)", len(list))
	if len(rows) < len(list) {
		count = r.words.Say(" (the gravest %d of %d)", len(rows), len(list))
	}
	r.section(r.words.Text(heading) + count)
	r.rows(rows, wholeText)
	return len(rows) == len(list)
}

func (r *report) changes(heading string, list []diff.Change) {
	if len(list) == 0 {
		return
	}
	r.section(fmt.Sprintf("%s (%d)", r.words.Text(heading), len(list)))
	for _, c := range list {
		spans := []span{
			{pad(r.words.Text(string(c.Severity)), len(verdict.Critical)), severityStyle[c.Severity]}, {c.Check, bold},
			{text: fmt.Sprintf("%s → %s  %s", r.judged(c.Old), r.judged(c.New), name(c.Service))},
		}
		if c.NotCounted {
			spans = append(spans, span{text: r.words.Text("(disputed duty: it does not count)")})
		}
		r.item(2, 4, spans...)
		for _, f := range c.Findings {
			r.line(span{text: blank(4) + wording.Place(f.Location)})
			r.quote(4, span{text: f.Message})
			r.related(f)
		}
	}
}

func (r *report) judged(s verdict.Status) string {
	if s == "" {
		return r.words.Text("not assessed")
	}
	return r.mark(s).word
}
