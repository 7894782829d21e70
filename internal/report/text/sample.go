package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// maxValue is how many characters of a value are shown; worksheets have all of it.
const maxValue = 300

// WriteSample writes a choice of facts.
func WriteSample(w io.Writer, s *sample.Sample, o Options) error {
	p := newPrinter(w, o)
	say := p.words
	seeded := ""
	if s.Seed != "" {
		seeded = say.Say(", seed %s", s.Seed)
	}
	p.item(0, 2, span{say.Say(say.Plural(len(s.Facts), "%d of %d facts", "%d of %d facts"), len(s.Facts), s.Population), bold}, span{text: say.Say(say.Plural(len(s.Facts), "that passes rest on, chosen by %s%s", "that passes rest on, chosen by %s%s"), s.Report, seeded)})
	if s.PastAt {
		p.item(2, 4, span{text: say.Say("the report was made for %s", s.AssessedFor(o.Words))})
	}
	if o.Verdict {
		return flushed(p.out, "sample")
	}
	for i, f := range s.Facts {
		p.line()
		p.flow(span{fmt.Sprintf("%4d ", i+1), bold}, span{text: blank(5)}, span{text: wording.Place(f.Location)}, span{f.Pointer, dim})
		const indent = 5
		label := p.widest("artifact", "value", "service", "check", "strength") + len("  ")
		if o.Quiet {
			continue
		}
		p.field(indent, label, "value", shorten(f.Value, maxValue))
		p.field(indent, label, "service", name(f.Service))
		p.field(indent, label, "check", fmt.Sprintf("%s (%s)", f.Check, say.Text(string(f.Severity))))
		grade := say.Text(string(f.Grade))
		if len(f.SignedBy) > 0 {
			grade += say.Say(", signed by %s", strings.Join(f.SignedBy, ", "))
		}
		p.field(indent, label, "strength", grade)
		if f.Artifact.Path != "" {
			artifact := strings.TrimSpace(f.Artifact.Path + " " + say.Value(f.Artifact.Place))
			if indent+label+columns(sanitize.Text(f.Artifact.Path)) > p.width { // a path is whole, so that terminals can open it
				p.field(indent, label, "artifact", " ")
				p.item(indent, indent, span{text: artifact})
				continue
			}
			p.field(indent, label, "artifact", artifact)
		}
	}
	p.line()
	p.item(0, 6, span{say.Text("Next: look at each where it has its origin; -o csv=FILE writes a worksheet for the results"), bold})
	return flushed(p.out, "sample")
}

// WriteResults writes what an auditor found.
func WriteResults(w io.Writer, r *sample.Results, o Options) error {
	p := newPrinter(w, o)
	say := p.words
	p.item(0, 2, span{r.Summary(o.Words), bold})
	for _, answer := range r.Differ {
		p.item(2, 7, span{fmt.Sprintf("✗ %d", answer.Number), red}, span{text: wording.Place(answer.Fact.Location)}, span{answer.Fact.Pointer, dim})
		const indent = 7
		label := p.widest("evidence", "check", "found") + len("  ")
		p.field(indent, label, "evidence", shorten(answer.Fact.Value, maxValue))
		p.field(indent, label, "check", fmt.Sprintf("%s (%s)", answer.Fact.Check, say.Text(string(answer.Fact.Severity))))
		p.field(indent, label, "found", p.found(answer))
	}
	if r.Sample.PastAt {
		p.item(2, 4, span{text: say.Say("the report was made for %s", r.Sample.AssessedFor(o.Words))})
	}
	state := say.Text("not archived: name the archive in place of the report to keep the worksheet")
	if r.Archived != "" {
		state = say.Say("the worksheet is in %s", r.Archived)
	}
	p.item(2, 4, span{state, dim})
	return flushed(p.out, "results")
}

// found says who found what.
func (p *printer) found(answer sample.Answer) string {
	if answer.Note == "" {
		return p.words.Say("by %s on %s", answer.Name, p.words.Day(answer.Date))
	}
	return p.words.Say("by %s on %s: %s", answer.Name, p.words.Day(answer.Date), answer.Note)
}
