package markdown

import (
	"cmp"
	"fmt"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// WriteDiff writes in a language what is not the same in two assessments, in at most about limit bytes.
func WriteDiff(w io.Writer, c *diff.Diff, limit int, language *words.Words) error {
	d := &document{limit: limit, words: wording.In(language)}
	regressions, rest := d.words.Compared(c)
	if c.Gate != nil {
		regressions = d.word(c.Gate.Result) + ", " + regressions
	}
	d.line("## raci-check%s%s", d.words.Text(": "), regressions)
	d.line("")
	d.line("%s. %s.", d.words.Progress(c), rest)
	d.line("")
	changed, aged := c.Regressions()
	d.changes("Regressions", changed)
	d.changes("Failing by time alone: evidence too old, or a waiver that ended", aged)
	d.changes("Still failing, with more findings", c.Grown)
	d.changes("Fixed", c.Fixed)
	d.changes("Accepted: waived, or declared not applicable", c.Accepted)
	d.changes("No longer assessed", c.NotAssessed)
	d.rest(c)
	d.say("Old: %s. New: %s.", d.side(c.Old), d.side(c.New))
	_, err := io.WriteString(w, d.String())
	return err
}

func (d *document) changes(heading string, list []diff.Change) {
	if len(list) == 0 {
		return
	}
	d.line("### %s (%d)", d.words.Text(heading), len(list))
	d.line("")
	for i, c := range list {
		if d.full() {
			d.say("- %d more are left out here", len(list)-i)
			break
		}
		d.say("- **%s** %s %s → %s in %s: %s", d.words.Text(string(c.Severity)), code(c.Check), d.status(c.Old), d.status(c.New), code(cmp.Or(c.Service.Name, c.Service.ID)), escape(c.Title)+d.notCounted(c))
		for k, f := range c.Findings {
			if d.full() {
				d.say("  - %d more findings are left out here", len(c.Findings)-k)
				break
			}
			d.line("  - %s: %s%s", code(f.Location.String()), code(f.Message), d.related(f))
		}
	}
	d.line("")
}

// notCounted marks a change that a gate does not look at.
func (d *document) notCounted(c diff.Change) string {
	if c.NotCounted {
		return " " + d.words.Text("(disputed duty: it does not count)")
	}
	return ""
}

// rest lists what changed besides verdicts.
func (d *document) rest(c *diff.Diff) {
	var lines []string
	for _, s := range c.Services {
		lines = append(lines, d.words.Say("- service %s: %s", d.words.Text(string(s.Kind)), code(cmp.Or(s.Service.Name, s.Service.ID))))
	}
	for _, w := range c.Waivers {
		lines = append(lines, d.words.Say("- waiver %s: %s of %s, %s until %s, approved by %s", d.words.Text(string(w.Kind)), code(w.Waiver.Check), code(cmp.Or(w.Service.Name, w.Service.ID, d.words.Text("All services"))),
			d.words.Text(string(w.Waiver.State)), code(w.Waiver.ExpiresOn), code(w.Waiver.ApprovedBy)))
	}
	for _, p := range c.Parameters {
		loose := ""
		if p.Looser {
			loose = d.words.Text(" (**looser than the profile**)")
		}
		lines = append(lines, d.words.Say("- parameter %s: %s %s → %s%s", d.words.Text(string(p.Kind)), code(p.Name), code(cmp.Or(p.Old, "none")), code(cmp.Or(p.New, "none")), loose))
	}
	for _, r := range c.Rules {
		lines = append(lines, d.words.Say("- %s changed: %s → %s", escape(r.Name), code(r.Old), code(r.New)))
	}
	if len(lines) == 0 {
		return
	}
	d.say("### What else changed")
	d.line("")
	for i, line := range lines {
		if d.full() {
			d.say("- %d more are left out here", len(lines)-i)
			break
		}
		d.line("%s", line)
	}
	d.line("")
}

func (d *document) status(s verdict.Status) string {
	if s == "" {
		return d.words.Text("not assessed")
	}
	return d.word(s)
}

// side says which assessment is one side of a comparison.
func (d *document) side(s diff.Side) string {
	at := code(s.At)
	if s.PastAt {
		at += " (" + d.words.Text(assessment.ChosenTime) + ")"
	}
	return fmt.Sprintf("%s, %s, %s", at, d.word(s.Result), code(s.Digest))
}
