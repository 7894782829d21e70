package text

import (
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
)

// WriteForecast writes what starts to fail in each service, by date.
func WriteForecast(w io.Writer, a *assessment.Assessment, o Options) error {
	r := &report{
		printer:    *newPrinter(w, o),
		Assessment: a,
	}
	if past := r.words.PastTime(a); past != "" {
		r.item(0, 2, span{r.words.Say("looked ahead %s", past), yellow})
	}
	for i, s := range a.Services {
		if i > 0 && !o.Verdict {
			r.line()
		}
		if s.Forecast == nil {
			r.item(0, 2, span{name(s.Service), bold}, span{text: r.words.Text("was not looked ahead for")})
			continue
		}
		n := len(s.Forecast.Events)
		r.item(0, 2, span{name(s.Service), bold}, span{text: r.words.Say("%d %s in the %s after %s, if nobody does anything; today: %s",
			n, r.words.Plural(n, "new finding", "new findings"), r.days(wording.Days(s.At, s.Forecast.Until)), r.words.Day(s.At), r.mark(s.Result).word)})
		if o.Verdict {
			continue
		}
		day := ""
		for _, e := range s.Forecast.Events {
			if date, _, _ := strings.Cut(e.At, "T"); date != day {
				day = date
				r.line()
				r.item(0, 2, span{r.words.Day(date), bold})
			}
			r.event(e)
		}
	}
	return flushed(r.out, "forecast")
}

func (r *report) event(e assessment.Event) {
	r.line(span{text: blank(2)}, r.severity(e.Severity), span{text: wording.Place(e.Location)})
	why := []span{{text: e.Message}}
	if e.WaiverEnds {
		why = append([]span{{r.words.Text("its waiver ends:"), yellow}}, why...)
	}
	r.quote(4, why...)
	label := max(len("checks: "), r.widest("from:", "checks:", "fix:")+1)
	r.field(4, label, "from:", r.words.Day(e.At))
	r.field(4, label, "checks:", strings.Join(e.Checks, " "))
	r.field(4, label, "fix:", e.Remediation)
}

// days is a number of days as a sentence has it.
func (r *report) days(n int) string {
	if n == 1 {
		return r.words.Text("day")
	}
	return r.words.Say("%d days", n)
}
