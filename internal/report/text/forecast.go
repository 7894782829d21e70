package text

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// WriteForecast writes what turns bad in each service, by date.
func WriteForecast(w io.Writer, a *assessment.Assessment, o Options) error {
	r := &report{
		printer:    printer{out: bufio.NewWriter(w), width: cmp.Or(max(o.Width, 0), defaultWidth), color: o.Color},
		Assessment: a,
	}
	if past := wording.PastTime(a); past != "" {
		r.item(0, 2, span{"looked ahead " + past, yellow})
	}
	for i, s := range a.Services {
		if i > 0 && !o.Verdict {
			r.line()
		}
		if s.Forecast == nil {
			r.item(0, 2, span{name(s.Service), bold}, span{text: "was not looked ahead for"})
			continue
		}
		n := len(s.Forecast.Events)
		r.item(0, 2, span{name(s.Service), bold}, span{text: fmt.Sprintf("%d %s in the %s after %s, if nobody does anything; today: %s",
			n, wording.Plural(n, "new finding", "new findings"), days(wording.Days(s.At, s.Forecast.Until)), s.At, markOf(s.Result).word)})
		if o.Verdict {
			continue
		}
		day := ""
		for _, e := range s.Forecast.Events {
			if date, _, _ := strings.Cut(e.At, "T"); date != day {
				day = date
				r.line()
				r.item(0, 2, span{date, bold})
			}
			r.event(e)
		}
	}
	return flushed(r.out, "forecast")
}

func (r *report) event(e assessment.Event) {
	r.line(span{blank(2) + pad(string(e.Severity), len(verdict.Critical)+2), severityStyle[e.Severity]}, span{text: wording.Place(e.Location)})
	why := []span{{text: e.Message}}
	if e.WaiverEnds {
		why = append([]span{{"its waiver ends:", yellow}}, why...)
	}
	r.quote(4, why...)
	const label = len("checks: ")
	r.field(4, label, "from:", e.At)
	r.field(4, label, "checks:", strings.Join(e.Checks, " "))
	r.field(4, label, "fix:", e.Remediation)
}

// days is a number of days as a sentence has it.
func days(n int) string {
	if n == 1 {
		return "day"
	}
	return fmt.Sprintf("%d days", n)
}
