package text

import (
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verify"
)

var answerStyle = map[verify.State]style{verify.Holds: green, verify.Fails: red, verify.NotChecked: dim, verify.Unanswered: yellow}

// What the text calls the states of JSON.
var answerWord = strings.NewReplacer("holds", "passes", "_", " ")

// WriteVerification writes what was checked of a signed report, and what was not.
func WriteVerification(w io.Writer, v *verify.Verification, o Options) error {
	p := newPrinter(w, o)
	say := p.words
	says := say.Text("no part of it is verified")
	if v.Verdict != "" {
		says = say.Say("the report says %s at %s", say.Text(string(v.Verdict)), say.Day(v.At))
		if v.PastAt {
			says += ", " + say.Text(assessment.ChosenTime)
		}
	}
	p.item(0, 2, span{strings.ToUpper(say.Text(answerWord.Replace(string(v.Result)))), answerStyle[v.Result] + ";1"}, span{text: v.Report.Name + " — " + says})
	if o.Verdict {
		return flushed(p.out, "verification")
	}
	states, names := len("not checked "), len("time stamps   ")
	for _, s := range v.Steps { // the columns are wider where a language needs it
		states = max(states, columns(say.Text(answerWord.Replace(string(s.State))))+1)
		names = max(names, columns(say.Text(s.Name))+2)
	}
	for _, s := range v.Steps {
		label := "  " + pad(say.Text(answerWord.Replace(string(s.State))), states) + pad(say.Text(s.Name), names)
		p.flow(span{label, answerStyle[s.State]}, span{text: blank(columns(label))}, span{text: say.Message(s.Detail)})
		for _, problem := range s.Problems {
			p.item(2+states+names, 4+states+names, span{text: strings.TrimPrefix(problem.Name+": ", ": ") + say.Message(problem.What)})
		}
	}
	p.item(2, 4, span{say.Text("not checked here: whether the evidence is true, and whose a key is"), dim})
	return flushed(p.out, "verification")
}
