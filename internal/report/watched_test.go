package report_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// A process that watches writes some lines at each change: it takes memory for these, and not for the largest report.
func TestAFewLinesTakeLittleMemory(t *testing.T) { // not beside others, which allocate too
	fleet := assessment.FleetOf(reporttest.Of(reporttest.Compliant()))
	change := diff.Of(reporttest.Of(reporttest.Failing()), reporttest.Of(reporttest.Compliant()))
	write := func() {
		testhelp.Must(t, report.WriteWatched(t.Context(), fleet, change, nil, report.Destination{Out: io.Discard}))
	}
	write()
	const times, most = 10, 512 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		write()
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / times; used > most {
		t.Errorf("what is written at a change takes %d bytes, at most %d are enough", used, most)
	}
}

// What is larger than what is held goes out in parts, whole and in order; what cannot be written is said, and nothing follows it.
func TestALargeReportIsWrittenInParts(t *testing.T) {
	t.Parallel()
	lines := report.Formats[string]{"text": func(w io.Writer, line string, _ report.Options) error {
		for range 600 {
			_, _ = io.WriteString(w, line) // a format may look at the last error alone
		}
		return nil
	}}
	line := strings.Repeat("a line ", 2000) + "\n"
	var out parts
	testhelp.Must(t, report.Write(t.Context(), lines, line, report.Destination{Out: &out}))
	if out.String() != strings.Repeat(line, 600) || out.writes != 3 {
		t.Errorf("%d bytes in %d parts", out.Len(), out.writes)
	}
	once := failing{first: true}
	if err := report.Write(t.Context(), lines, line, report.Destination{Out: &once}); err == nil || once.after > 0 {
		t.Errorf("%v, and %d more bytes", err, once.after)
	}
}

type parts struct {
	bytes.Buffer
	writes int
}

func (p *parts) Write(b []byte) (int, error) {
	p.writes++
	return p.Buffer.Write(b)
}

// failing is a writer of which only the first write fails.
type failing struct {
	first bool
	after int
}

func (f *failing) Write(b []byte) (int, error) {
	if f.first {
		f.first = false
		return 0, io.ErrShortWrite
	}
	f.after += len(b)
	return len(b), nil
}
