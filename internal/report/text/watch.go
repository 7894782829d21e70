package text

import (
	"fmt"
	"io"

	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/wording"
)

// changesListed is how many checks of a kind are listed of what one change did.
const changesListed = 5

// WriteChange writes what a change of the evidence did, in a few lines.
func WriteChange(w io.Writer, d *diff.Diff, o Options) error {
	r := &report{printer: *newPrinter(w, o)}
	r.line(span{r.words.Saved(d), bold})
	var rows []row
	more := 0
	for _, list := range []struct {
		word    string
		style   style
		changes []diff.Change
	}{
		{"fails", red, d.Worse}, {"more findings", red, d.Grown}, {"fixed", green, d.Fixed}, {"accepted", dim, d.Accepted},
		{"not assessed", dim, d.NotAssessed},
	} {
		for _, c := range list.changes[:min(len(list.changes), changesListed)] {
			place := ""
			if len(c.Findings) > 0 {
				place = wording.Place(c.Findings[0].Location)
			}
			rows = append(rows, row{[]span{{pad(r.words.Text(list.word), max(len("more findings"), r.widest("fails", "more findings", "fixed", "accepted", "not assessed"))+1), list.style}}, c.Check, place})
		}
		more += max(len(list.changes)-changesListed, 0)
	}
	if len(rows) > 0 {
		r.rows(rows, wholeText)
	}
	r.more(more, "other check", "other checks")
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("write change: %w", err)
	}
	return nil
}
