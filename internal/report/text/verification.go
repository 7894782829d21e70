package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verify"
)

var answerStyle = map[verify.State]style{verify.Holds: green, verify.Fails: red, verify.NotChecked: dim, verify.Unanswered: yellow}

// The states of JSON in the words of a text.
var answerWord = strings.NewReplacer("holds", "passes", "_", " ")

// WriteVerification writes what was checked of a signed report, and what was not.
func WriteVerification(w io.Writer, v *verify.Verification, o Options) error {
	p := newPrinter(w, o)
	says := "no part of it is verified"
	if v.Verdict != "" {
		says = fmt.Sprintf("the report says %s at %s", v.Verdict, v.At)
		if v.PastAt {
			says += ", " + assessment.ChosenTime
		}
	}
	p.item(0, 2, span{strings.ToUpper(answerWord.Replace(string(v.Result))), answerStyle[v.Result] + ";1"}, span{text: v.Report.Name + " — " + says})
	if o.Verdict {
		return flushed(p.out, "verification")
	}
	for _, s := range v.Steps {
		label := fmt.Sprintf("  %-12s%-14s", answerWord.Replace(string(s.State)), s.Name)
		p.flow(span{label, answerStyle[s.State]}, span{text: blank(len(label))}, span{text: s.Detail})
		for _, problem := range s.Problems {
			p.item(28, 30, span{text: strings.TrimPrefix(problem.Name+": ", ": ") + problem.What})
		}
	}
	p.item(2, 4, span{"not checked here: whether the evidence is true, and whose a key is", dim})
	return flushed(p.out, "verification")
}
