package text

import (
	"cmp"
	"strings"

	"github.com/raci-check/raci-check/internal/verdict"
)

// mark is how a status is shown: always a word, whatever the sign and the colour say.
type mark struct {
	sign, word string
	style      style
}

func (m mark) String() string { return m.sign + " " + m.word }

// markWidth is the width of a column of marks with the gap after it.
const markWidth = len("- inherited") + 2

var marks = map[verdict.Status]mark{
	verdict.Pass:          {"✓", "PASS", green},
	verdict.Fail:          {"✗", "FAIL", red},
	verdict.Missing:       {"?", "MISSING", yellow},
	verdict.Error:         {"!", "ERROR", red},
	verdict.Waived:        {"~", "WAIVED", yellow},
	verdict.NotApplicable: {"○", "N/A", dim},
	verdict.Inherited:     {"-", "inherited", dim},
	verdict.NotSelected:   {"·", "left out", dim},
}

// markOf never takes an unknown status for a good one.
func (p *printer) mark(s verdict.Status) mark {
	m, ok := marks[s]
	if !ok {
		m = mark{"!", cmp.Or(strings.ToUpper(string(s)), "NO VERDICT"), red}
	}
	m.word = p.words.Text(m.word)
	return m
}

var severityStyle = map[verdict.Severity]style{
	verdict.Critical: red, verdict.High: red, verdict.Medium: yellow, verdict.Low: dim,
}
