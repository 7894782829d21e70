package wording

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Requirement says what a state of a requirement means, in a few words.
func Requirement(s framework.State) string {
	switch s {
	case framework.Shown:
		return "shown for this domain"
	case framework.InPart:
		return "shown in part"
	case framework.Gap:
		return "has gaps"
	case framework.Waived:
		return "accepted risk"
	case framework.RelatedOnly:
		return "only related checks"
	case framework.Loosened:
		return "not counted: a parameter is looser than the profile"
	case framework.NotAssessed:
		return "not assessed"
	case framework.NoCheck:
		return "nothing here can show it"
	default:
		return string(s)
	}
}

// counted are the words for several requirements of a state, where they differ from those for a single requirement.
var counted = map[framework.State]string{
	framework.Gap: "with gaps", framework.Waived: "under accepted risks", framework.RelatedOnly: "with related checks only",
	framework.Loosened: "not counted, for parameters that are looser than the profile", framework.NoCheck: "that nothing here can show",
}

// Requirements counts the requirements of a framework by their state.
func Requirements(f framework.Framework, s framework.Service) string {
	var parts []string
	for _, state := range framework.States {
		if n := s.Count[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, cmp.Or(counted[state], Requirement(state))))
		}
	}
	if f.Partial {
		parts = append(parts, "and more that are not listed, which nothing here can show")
	}
	return fmt.Sprintf("%d %s: %s", len(s.Requirements), English.Plural(len(s.Requirements), "requirement", "requirements"), strings.Join(parts, ", "))
}

// Relation says how much of a requirement a check shows.
func Relation(s framework.Support) string {
	switch {
	case len(s.Check.Looser) > 0:
		return "does not count"
	case s.Relation == framework.Full:
		return "in full"
	case s.Relation == framework.Part:
		return "in part"
	default:
		return "related"
	}
}

// Supported says what became of a check, with the grade of a pass.
func Supported(s framework.Support) string {
	word := English.Status(s.Check.Status)
	switch {
	case s.Check.Waiver != nil:
		return word + " until " + s.Check.Waiver.ExpiresOn
	case s.Check.Status == verdict.Pass && s.Check.Grade != "":
		return word + ", " + string(s.Check.Grade)
	default:
		return word
	}
}

// NoCertificate is what every view of a framework says.
const NoCertificate = "This says what the evidence of these domains shows, and is no certificate: most requirements ask for more than a tool can see."
