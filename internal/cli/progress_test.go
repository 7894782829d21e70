package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		terminal, quiet bool
		took            time.Duration
		shown           bool
	}{
		"long, on a terminal":         {terminal: true, took: 2 * time.Second, shown: true},
		"short, on a terminal":        {terminal: true, took: 900 * time.Millisecond},
		"long, on a terminal, quiet":  {terminal: true, quiet: true, took: 2 * time.Second},
		"long, into a file or a pipe": {took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			now := start
			bar := newProgress(Streams{
				Err: &out, Now: func() time.Time { return now }, Terminal: func(w io.Writer) bool { return test.terminal && w == &out },
			}, test.quiet)
			bar.begin(50)
			for range 49 {
				bar.step()
			}
			if out.Len() > 0 {
				t.Errorf("at once it shows %q", out.String())
			}
			now = start.Add(test.took)
			bar.step()
			if shown := strings.Contains(out.String(), "judging") && strings.Contains(out.String(), "(50/50"); shown != test.shown {
				t.Errorf("it shows %q", out.String())
			}
			bar.end()
			if !test.shown && out.Len() > 0 {
				t.Errorf("it shows %q", out.String())
			}
			if lines := strings.Split(out.String(), "\r"); strings.TrimSpace(lines[len(lines)-1]) != "" || strings.Contains(out.String(), "\n") {
				t.Errorf("it leaves %q", out.String())
			}
		})
	}
	newProgress(Streams{Err: io.Discard}, false).end() // of what was never begun
}
