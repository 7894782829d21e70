package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/policytest"
)

// mostSurvivors is how many of a check's survivors are named unless all are asked for.
const mostSurvivors = 3

var testStyle = map[policytest.Status]style{policytest.Pass: green, policytest.Fail: red, policytest.Error: red, policytest.Skip: yellow}

// WriteTests writes what came of trying policies: what failed, what no test reaches, and what no check notices.
func WriteTests(w io.Writer, t *policytest.Report, o Options) error {
	p := newPrinter(w, o)
	say, label := p.words, p.widest("coverage", "mutation", "profile")+1
	p.item(0, 5, span{p.words.Text(strings.ToUpper(string(t.Result))), testStyle[t.Result]}, span{text: p.tally(t.Summary)})
	if o.Verdict {
		return flushed(p.out, "report")
	}
	p.field(2, label, "coverage", say.Say("%s: tests cover %d of %d lines", policytest.Percent(t.Coverage.Percent), t.Coverage.Reached, t.Coverage.Lines))
	p.field(2, label, "mutation", say.Say("%s: checks notice %d of %d changed fixtures", policytest.Percent(t.Mutation.Percent), t.Mutation.Noticed, t.Mutation.Mutants))
	p.field(2, label, "profile", t.Profile)
	for _, shortfall := range t.Shortfalls {
		p.item(2, 4, span{"✗", red}, span{text: say.Message(shortfall)})
	}
	p.tests(t.Tests, o.Verbose)
	if len(t.Coverage.Gaps) > 0 {
		p.section("Lines that no test covers")
		for i := 0; i < len(t.Coverage.Gaps); {
			file, runs := t.Coverage.Gaps[i].File, []string{}
			for ; i < len(t.Coverage.Gaps) && t.Coverage.Gaps[i].File == file; i++ {
				runs = append(runs, lines(t.Coverage.Gaps[i]))
			}
			p.item(2, 4, span{text: file + ":" + strings.Join(runs, ", ")})
		}
	}
	p.mutation(t.Mutation, o.Verbose)
	if len(t.Warnings) > 0 {
		p.section("Behaviours of OPA that surprise: docs/rego-surprises.md measures them")
		for _, warning := range t.Warnings {
			p.item(2, 4, span{"!", yellow}, span{text: warning.String()})
		}
	}
	if len(t.Notes) > 0 {
		p.section("Notes")
		for _, note := range t.Notes {
			p.item(2, 4, span{text: say.Message(note)})
		}
	}
	return flushed(p.out, "report")
}

func (p *printer) tally(s policytest.Summary) string {
	summary := fmt.Sprintf("%d %s", s.Pass, p.words.Plural(s.Pass, "test passes", "tests pass"))
	for _, other := range []struct {
		n     int
		label string
	}{{s.Fail, p.words.Plural(s.Fail, "fails", "fail")}, {s.Error, p.words.Plural(s.Error, "could not be evaluated", "could not be evaluated")}, {s.Skip, p.words.Plural(s.Skip, "is skipped", "are skipped")}} {
		if other.n > 0 {
			summary += fmt.Sprintf(", %d %s", other.n, other.label)
		}
	}
	return summary
}

func lines(gap policytest.Gap) string {
	if gap.From == gap.To {
		return fmt.Sprint(gap.From)
	}
	return fmt.Sprintf("%d-%d", gap.From, gap.To)
}

// tests lists those that did not pass, or all.
func (p *printer) tests(all []policytest.Test, every bool) {
	begun := false
	for _, test := range all {
		if test.Status == policytest.Pass && !every {
			continue
		}
		if !begun {
			p.section("Tests")
			begun = true
		}
		p.item(2, 4, span{p.words.Text(string(test.Status)), testStyle[test.Status]}, span{test.Package + "." + test.Name, bold})
		if test.Status == policytest.Pass && test.Output == "" {
			continue
		}
		p.line(span{text: fmt.Sprintf("%s%s:%d", blank(4), test.File, test.Line)})
		p.verbatim(test.Message)
		p.verbatim(test.Output)
	}
}

// verbatim prints text of several lines as it stands, behind a bar.
func (p *printer) verbatim(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n ")) {
		p.line(span{blank(4) + "│ ", dim}, span{text: strings.TrimRight(line, "\n")})
	}
}

// mutation names the checks that are ineffective, and what no check notices.
func (p *printer) mutation(m policytest.Mutation, every bool) {
	survivors := 0
	for _, pkg := range m.Packages {
		if pkg.Note != "" {
			p.section(p.words.Say("Not tried: %s", pkg.Name))
			p.item(2, 2, span{text: pkg.File + ": " + p.words.Message(pkg.Note)})
		}
		for _, check := range pkg.Checks {
			survivors += len(check.Survivors)
			if check.Ineffective && pkg.Note == "" {
				p.section(p.words.Say("Ineffective: %s", check.ID))
				p.item(2, 2, span{text: p.words.Say("%s:%d: no change of the fixture makes the check fail", check.File, check.Line)})
			}
		}
	}
	if survivors == 0 {
		return
	}
	p.section("Changes that no check notices, by the checks that read there")
	for _, pkg := range m.Packages {
		for _, check := range pkg.Checks {
			if len(check.Survivors) == 0 {
				continue
			}
			p.item(2, 4, span{check.ID, bold}, span{text: fmt.Sprintf("%s:%d", check.File, check.Line)})
			for i, mutant := range check.Survivors {
				if i == mostSurvivors && !every && len(check.Survivors) > mostSurvivors+1 {
					p.line(span{blank(4) + p.words.Say("and %d more; -v lists them", len(check.Survivors)-i), dim})
					break
				}
				p.line(span{text: blank(4) + p.mutant(mutant)})
			}
		}
	}
}

// mutant is where a fixture was spoiled, and how.
func (p *printer) mutant(m policytest.Mutant) string {
	if m.Pointer == "" {
		return p.words.Text("as it is")
	}
	return m.Pointer + " " + p.words.Text(string(m.Change))
}
