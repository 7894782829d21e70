package text

import (
	"cmp"
	"strings"

	"raci-check/internal/assessment"
)

// mark is how a status is shown: always a word, whatever the sign and the colour say.
type mark struct {
	sign, word string
	style      style
}

func (m mark) String() string { return m.sign + " " + m.word }

// markWidth is the width of a column of marks with the gap after it.
const markWidth = len("- inherited") + 2

var marks = map[assessment.Status]mark{
	assessment.Pass:          {"✓", "PASS", green},
	assessment.Fail:          {"✗", "FAIL", red},
	assessment.Missing:       {"?", "MISSING", yellow},
	assessment.Error:         {"!", "ERROR", red},
	assessment.Waived:        {"~", "WAIVED", yellow},
	assessment.NotApplicable: {"○", "N/A", dim},
	assessment.Inherited:     {"-", "inherited", dim},
	assessment.NotSelected:   {"·", "left out", dim},
}

// markOf never takes an unknown status for a good one.
func markOf(s assessment.Status) mark {
	if m, known := marks[s]; known {
		return m
	}
	return mark{"!", cmp.Or(strings.ToUpper(string(s)), "NO VERDICT"), red}
}

var severityStyle = map[assessment.Severity]style{
	assessment.Critical: red, assessment.High: red, assessment.Medium: yellow, assessment.Low: dim,
}
