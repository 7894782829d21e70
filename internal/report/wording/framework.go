package wording

import (
	"fmt"
	"strings"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Requirement says what a state of a requirement means, in a few words.
func (w Phrases) Requirement(s framework.State) string {
	switch s {
	case framework.Shown:
		return w.Text("shown for this domain")
	case framework.InPart:
		return w.Text("shown in part")
	case framework.Gap:
		return w.Text("has gaps")
	case framework.Waived:
		return w.Text("accepted risk")
	case framework.RelatedOnly:
		return w.Text("only related checks")
	case framework.Loosened:
		return w.Text("not counted: it rests on a looser parameter")
	case framework.NotAssessed:
		return w.Text("not assessed")
	case framework.NoCheck:
		return w.Text("nothing here can show it")
	default:
		return string(s)
	}
}

// counted are the words for several requirements of a state.
func (w Phrases) counted(n int, s framework.State) string {
	switch s {
	case framework.Shown:
		return w.Plural(n, "shown for this domain", "shown for this domain")
	case framework.InPart:
		return w.Plural(n, "shown in part", "shown in part")
	case framework.Gap:
		return w.Text("with gaps")
	case framework.Waived:
		return w.Text("under accepted risks")
	case framework.RelatedOnly:
		return w.Text("with related checks only")
	case framework.Loosened:
		return w.Plural(n, "not counted, for looser parameters", "not counted, for looser parameters")
	case framework.NotAssessed:
		return w.Plural(n, "not assessed", "not assessed")
	case framework.NoCheck:
		return w.Text("that nothing here can show")
	default:
		return string(s)
	}
}

// Requirements counts the requirements of a framework by their state.
func (w Phrases) Requirements(f framework.Framework, s framework.Service) string {
	var parts []string
	for _, state := range framework.States {
		if n := s.Count[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w.counted(n, state)))
		}
	}
	if f.Partial {
		parts = append(parts, w.Text("and more that are not listed, which nothing here can show"))
	}
	return w.Say("%d %s: %s", len(s.Requirements), w.Plural(len(s.Requirements), "requirement", "requirements"), strings.Join(parts, ", "))
}

// Relation says how much of a requirement a check shows.
func (w Phrases) Relation(s framework.Support) string {
	switch {
	case s.Loosened:
		return w.loosened(s)
	case s.Relation == framework.Full:
		return w.Text("in full")
	case s.Relation == framework.Part:
		return w.Text("in part")
	default:
		return w.Text("related")
	}
}

// loosened says for which parameter a check does not count, the first of several.
func (w Phrases) loosened(s framework.Support) string {
	if len(s.Check.Looser) > 0 {
		first := s.Check.Looser[0]
		return w.Say("does not count: %s is %s, looser than %s", first.Parameter, verdict.ValueText(first.Value), verdict.ValueText(first.Profile))
	}
	first := s.Check.Milder[0]
	return w.Say("does not count: %s is %s, looser than %s", first.Parameter, verdict.ValueText(first.Value), verdict.ValueText(first.Baseline))
}

// Supported says what became of a check, with the grade of a pass.
func (w Phrases) Supported(s framework.Support) string {
	word := w.Status(s.Check.Status)
	switch {
	case s.Check.Waiver != nil:
		return w.Say("%s until %s", word, w.Day(s.Check.Waiver.ExpiresOn))
	case s.Check.Status == verdict.Pass && s.Check.Grade != "":
		return word + ", " + w.Text(string(s.Check.Grade))
	default:
		return word
	}
}

// NoCertificate is what every view of a framework says.
func (w Phrases) NoCertificate() string {
	return w.Text("This says what the evidence of these domains shows, and is no certificate: most requirements ask for more than a tool can see.")
}
