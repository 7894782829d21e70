package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
)

// shownAfter is how long work takes at least that a person wants to see the progress of.
const shownAfter = time.Second

// progress shows on standard error how far an assessment has come: on a terminal, and not of short work.
type progress struct {
	streams Streams
	silent  bool
	bar     *progressbar.ProgressBar
}

func newProgress(streams Streams, quiet bool) *progress {
	return &progress{streams: streams, silent: quiet || !streams.isTerminal(streams.Err)}
}

// isTerminal reports whether what is written is seen at once, and can be overwritten.
func (s Streams) isTerminal(w io.Writer) bool {
	if s.Terminal != nil {
		return s.Terminal(w)
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (p *progress) begin(services int) {
	if p.silent {
		return
	}
	out := late{p.streams.Err, p.streams.Now, p.streams.Now().Add(shownAfter)}
	p.bar = progressbar.NewOptions(services,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("judging"), progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("services"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
	)
}

func (p *progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // what cannot be shown is no reason to end
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// late is a writer that drops what comes too early.
type late struct {
	out  io.Writer
	now  func() time.Time
	from time.Time
}

func (l late) Write(text []byte) (int, error) {
	if l.now().Before(l.from) {
		return len(text), nil
	}
	return l.out.Write(text)
}

// watched is a sink whose progress is shown.
type watched struct {
	assess.Sink
	*progress
}

func (w watched) Take(service *assessment.Service) (func() error, error) {
	add, err := w.Sink.Take(service)
	return func() error {
		w.step()
		return add()
	}, err
}
