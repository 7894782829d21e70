package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/diff"
	"raci-check/internal/forecast"
	"raci-check/internal/policytest"
	"raci-check/internal/report/csv"
	"raci-check/internal/report/github"
	"raci-check/internal/report/gitlab"
	"raci-check/internal/report/html"
	"raci-check/internal/report/ics"
	"raci-check/internal/report/junit"
	"raci-check/internal/report/markdown"
	"raci-check/internal/report/oscal"
	"raci-check/internal/report/sarif"
	"raci-check/internal/report/text"
)

// style is how text looks.
type style struct {
	color   *choice // auto, always or never
	quiet   bool
	details bool
	verbose bool // for the tests of policies
}

func (s *style) register(flags *pflag.FlagSet) {
	color := colorChoice()
	s.color = color
	flags.Var(color, "color", "colour of the text report; auto means: on a terminal, unless NO_COLOR is set")
	flags.BoolVarP(&s.quiet, "quiet", "q", false, "text report: only the headline and the failures; no progress")
	flags.BoolVar(&s.details, "details", false, "text report: every service in full")
}

// options are those of the text report; terminal is nil when it goes to none.
func (s style) options(terminal *os.File) text.Options {
	o := text.Options{Quiet: s.quiet, Details: s.details, Verbose: s.verbose, Color: s.color.value == "always"}
	if terminal != nil {
		if width, _, err := term.GetSize(int(terminal.Fd())); err == nil {
			o.Width = width
		}
		o.Color = o.Color || s.color.value == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return o
}

// writer writes a result in one format. The options are for text alone.
type writer[T any] func(w io.Writer, result T, o text.Options) error

// plain is a format that looks the same wherever it goes.
func plain[T any](write func(io.Writer, T) error) writer[T] {
	return func(w io.Writer, result T, _ text.Options) error { return write(w, result) }
}

func limited[T any](write func(io.Writer, T, int) error, limit int) writer[T] {
	return func(w io.Writer, result T, _ text.Options) error { return write(w, result, limit) }
}

// whole is a format that needs all services of a fleet in memory.
func whole(write writer[*assessment.Assessment]) writer[*assessment.Fleet] {
	return func(w io.Writer, f *assessment.Fleet, o text.Options) error {
		a, err := f.Whole()
		if err != nil {
			return err
		}
		return write(w, a, o)
	}
}

// The formats of each kind of result; text is the default.
var (
	reports = map[string]writer[*assessment.Fleet]{
		"text":       text.WriteFleet,
		"json":       plain(func(w io.Writer, f *assessment.Fleet) error { return f.WriteJSON(w) }),
		"ndjson":     plain(func(w io.Writer, f *assessment.Fleet) error { return f.WriteNDJSON(w) }),
		"html":       whole(plain(html.Write)),
		"markdown":   whole(limited(markdown.Write, markdown.Comment)),
		"sarif":      whole(plain(sarif.Write)),
		"junit":      whole(plain(junit.Write)),
		"github":     whole(plain(writeGitHub)),
		"gitlab":     whole(plain(gitlab.Write)),
		"oscal":      whole(plain(oscal.Results)),
		"oscal-plan": whole(plain(oscal.Plan)),
		"csv":        whole(plain(csv.Write)),
		"ics":        whole(plain(ics.Write)),
	}
	forecasts = map[string]writer[*assessment.Fleet]{
		"text": whole(text.WriteForecast),
		"json": whole(plain(forecast.WriteJSON)),
		"ics":  whole(plain(ics.Write)),
	}
	verifications = map[string]writer[*attest.Verification]{
		"text": text.WriteVerification,
		"json": plain(func(w io.Writer, v *attest.Verification) error { return v.WriteJSON(w) }),
	}
	diffs = map[string]writer[*diff.Diff]{
		"text":     text.WriteDiff,
		"json":     plain(func(w io.Writer, d *diff.Diff) error { return d.WriteJSON(w) }),
		"markdown": limited(markdown.WriteDiff, markdown.Comment),
	}
	tests = map[string]writer[*policytest.Report]{
		"text":  text.WriteTests,
		"json":  plain(func(w io.Writer, r *policytest.Report) error { return r.WriteJSON(w) }),
		"junit": plain(junit.WriteTests),
	}
)

// looksAhead lists the formats that show a forecast, and how many days of it they show unless told otherwise.
var looksAhead = []string{"html", "ics"}

const forecastDays = 90

// writeGitHub writes annotations, and the summary where the runner says that it wants it.
func writeGitHub(w io.Writer, a *assessment.Assessment) error {
	if err := github.Write(w, a); err != nil {
		return err
	}
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	summary, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("step summary: %w", err)
	}
	if err := markdown.Write(summary, a, markdown.Summary); err != nil {
		summary.Close()
		return fmt.Errorf("step summary: %w", err)
	}
	return summary.Close()
}

func names[T any](formats map[string]writer[T]) []string { return slices.Sorted(maps.Keys(formats)) }

func join(words []string) string { return strings.Join(words, ", ") }

// write writes a result in every format that is asked for. One that cannot be written does not keep the others from being
// written; an interrupt does.
func write[T any](ctx context.Context, streams Streams, formats map[string]writer[T], result T, list []output, s style) error {
	if len(list) == 0 {
		list = []output{{format: "text"}}
	}
	var errs []error
	for _, o := range list {
		err := writeOne(ctx, streams, formats[o.format], result, o.file, s)
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted while the %s report was written: %w", o.format, cmp.Or(err, context.Cause(ctx)))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", o.format, err))
		}
	}
	return errors.Join(errs...)
}

func writeOne[T any](ctx context.Context, streams Streams, write writer[T], result T, file string, s style) error {
	if file != "" {
		return replaceFile(file, func(w io.Writer) error { return write(interruptible{ctx, w}, result, s.options(nil)) })
	}
	var terminal *os.File
	if out, ok := streams.Out.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
		terminal = out
	}
	// What cannot be written whole is not begun, unless it is larger than this.
	const held = 4 << 20
	out := bufio.NewWriterSize(interruptible{ctx, streams.Out}, held)
	if err := write(out, result, s.options(terminal)); err != nil {
		return err
	}
	return out.Flush()
}

// interruptible is a writer that takes nothing once the context is over.
type interruptible struct {
	ctx context.Context
	io.Writer
}

func (w interruptible) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.Writer.Write(p)
}

// writeFile is replaceFile of content that is there.
func writeFile(name string, content []byte) error {
	return replaceFile(name, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// replaceFile puts the whole content in place, or leaves what was there: a temporary file beside it, then a rename.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeDevice(name, write)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".raci-check-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temporary.Name())
		}
	}()
	if err = buffered(temporary, write); err != nil {
		temporary.Close()
		return err
	}
	if err = temporary.Sync(); err != nil {
		temporary.Close()
		return err
	}
	if err = temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// writeDevice writes to what is no file, such as /dev/null or a named pipe, and must stay what it is.
func writeDevice(name string, write func(io.Writer) error) error {
	device, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(device, write), device.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}
