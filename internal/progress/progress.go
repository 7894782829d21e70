// Package progress shows how far an assessment has come.
package progress

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
)

// shownAfter is how long work takes at least that a person wants to see the progress of.
const shownAfter = time.Second

// Bar shows on a terminal how far an assessment has come, and not of short work. A nil Bar shows nothing.
type Bar struct {
	out     io.Writer
	now     func() time.Time
	columns func() int // of the terminal; 0 where nobody knows
	bar     *progressbar.ProgressBar
}

// New is a bar on a terminal; now is the clock.
func New(terminal io.Writer, now func() time.Time) *Bar {
	return &Bar{out: terminal, now: now, columns: func() int {
		if file, ok := terminal.(*os.File); ok {
			if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
				return columns
			}
		}
		return 0
	}}
}

// Watch shows the progress of a sink that takes so many services.
func (p *Bar) Watch(sink assess.Sink, services int) assess.Sink {
	if p == nil {
		return sink
	}
	p.begin(services)
	return watched{sink, p}
}

func (p *Bar) begin(services int) {
	out := late{p.out, p.now, p.columns, p.now().Add(shownAfter)}
	p.bar = progressbar.NewOptions(services,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("judging"), progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("services"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
	)
}

// End takes the bar away.
func (p *Bar) End() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
	}
}

// late is a writer that drops what comes too early. What is wider than the terminal is cut: a line that the terminal breaks cannot
// be written over.
type late struct {
	out     io.Writer
	now     func() time.Time
	columns func() int
	from    time.Time
}

func (l late) Write(text []byte) (int, error) {
	if l.now().Before(l.from) {
		return len(text), nil
	}
	lines := strings.Split(string(text), "\r")
	if most := l.columns() - 1; most > 0 { // a cursor behind the last column is in the next line on some terminals
		for i, line := range lines {
			if runes := []rune(line); len(runes) > most {
				lines[i] = string(runes[:most])
			}
		}
	}
	if _, err := io.WriteString(l.out, strings.Join(lines, "\r")); err != nil {
		return 0, err
	}
	return len(text), nil
}

// watched is a sink whose progress is shown.
type watched struct {
	assess.Sink
	bar *Bar
}

func (w watched) Take(service *assessment.Service) (func() error, error) {
	add, err := w.Sink.Take(service)
	return w.shown(add), err
}

// CountsAlone is that of the sink.
func (w watched) CountsAlone() bool {
	counter, counts := w.Sink.(assess.Counter)
	return counts && counter.CountsAlone()
}

func (w watched) Count(brief *assessment.Brief) func() error {
	return w.shown(w.Sink.(assess.Counter).Count(brief))
}

func (w watched) shown(add func() error) func() error {
	return func() error {
		_ = w.bar.bar.Add(1) // what cannot be shown is no reason to end
		return add()
	}
}
