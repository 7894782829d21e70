package text

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"raci-check/internal/assessment"
	"raci-check/internal/diff"
	"raci-check/internal/report/wording"
	"raci-check/internal/verdict"
)

// side says which assessment is one side of a comparison.
func (r *report) side(label string, s diff.Side) {
	text := fmt.Sprintf("%s %s %s", label, s.At, s.Result)
	if s.PastAt {
		text += ", " + assessment.ChosenTime
	}
	r.item(2, 6, span{text: text})
}

// WriteDiff writes what is not the same in two assessments.
func WriteDiff(w io.Writer, d *diff.Diff, o Options) error {
	r := &report{
		printer:    printer{out: bufio.NewWriter(w), width: cmp.Or(max(o.Width, 0), defaultWidth), color: o.Color},
		Assessment: &assessment.Assessment{At: d.New.At},
	}
	look := green
	if len(d.Worse) > 0 {
		look = red
	}
	regressions, rest := wording.Compared(d)
	spans := []span{{regressions, look}, {text: "— " + rest}}
	if d.Gate != nil {
		m := markOf(d.Gate.Result)
		spans = slices.Insert(spans, 0, span{m.word, m.style})
	}
	r.item(0, 2, spans...)
	r.item(2, 6, span{text: wording.Progress(d)})
	if o.Verdict || o.Quiet {
		return flushed(r.out, "comparison")
	}
	r.side("old", d.Old)
	r.side("new", d.New)
	changed, aged := d.Regressions()
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
			r.record(string(c.Kind), span{c.Waiver.Check, bold}, span{text: fmt.Sprintf("of %s: %s%s; until %s%s, approved by %s",
				name(c.Service), c.Waiver.State, note, c.Waiver.ExpiresOn, r.left(c.Waiver.ExpiresOn), c.Waiver.ApprovedBy)})
		}
	}
	if len(d.Parameters) > 0 {
		r.section("Parameters")
		for _, p := range d.Parameters {
			loose := ""
			if p.Looser {
				loose = "; looser than the profile"
			}
			r.record(string(p.Kind), span{p.Name, bold}, span{text: fmt.Sprintf("%s → %s%s", cmp.Or(p.Old, "none"), cmp.Or(p.New, "none"), loose)})
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

func (r *report) changes(heading string, list []diff.Change) {
	if len(list) == 0 {
		return
	}
	r.section(fmt.Sprintf("%s (%d)", heading, len(list)))
	for _, c := range list {
		spans := []span{
			{pad(string(c.Severity), len(verdict.Critical)), severityStyle[c.Severity]}, {c.Check, bold},
			{text: fmt.Sprintf("%s → %s  %s", judged(c.Old), judged(c.New), name(c.Service))},
		}
		if c.NotCounted {
			spans = append(spans, span{text: "(disputed duty: it does not count)"})
		}
		r.item(2, 4, spans...)
		for _, f := range c.Findings {
			r.line(span{text: blank(4) + wording.Place(f.Location)})
			r.quote(4, span{text: f.Message})
			r.related(f)
		}
	}
}

func judged(s verdict.Status) string {
	if s == "" {
		return "not assessed"
	}
	return markOf(s).word
}
