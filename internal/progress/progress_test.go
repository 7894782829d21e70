package progress

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/assessment"
)

func TestProgress(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		hidden  bool
		took    time.Duration
		columns int
		shown   bool
	}{
		"long":         {took: 2 * time.Second, shown: true},
		"short":        {took: 900 * time.Millisecond},
		"narrow":       {took: 2 * time.Second, columns: 50, shown: true},
		"long, hidden": {hidden: true, took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			now := start
			var bar *Bar
			if !test.hidden {
				bar = New(&out, func() time.Time { return now })
				bar.columns = func() int { return test.columns }
			}
			sink := bar.Watch(none{}, 50)
			step := func() {
				add, err := sink.Take(nil)
				if err == nil {
					err = add()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 49 {
				step()
			}
			if out.Len() > 0 {
				t.Errorf("at once it shows %q", out.String())
			}
			now = start.Add(test.took)
			step()
			if shown := strings.Contains(out.String(), "judging") && strings.Contains(out.String(), "(50/50"); shown != test.shown {
				t.Errorf("it shows %q", out.String())
			}
			bar.End()
			for line := range strings.SplitSeq(out.String(), "\r") {
				if width := utf8.RuneCountInString(line); test.columns > 0 && width >= test.columns {
					t.Errorf("%d of %d columns: %q", width, test.columns, line)
				}
			}
			if !test.shown && out.Len() > 0 {
				t.Errorf("it shows %q", out.String())
			}
			if lines := strings.Split(out.String(), "\r"); strings.TrimSpace(lines[len(lines)-1]) != "" || strings.Contains(out.String(), "\n") {
				t.Errorf("it leaves %q", out.String())
			}
		})
	}
	New(io.Discard, time.Now).End() // of what was never begun
}

// none is a sink that takes everything and keeps nothing.
type none struct{}

func (none) Take(*assessment.Service) (func() error, error) { return func() error { return nil }, nil }
