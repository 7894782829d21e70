package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/diff"
	"raci-check/internal/forecast"
	"raci-check/internal/prove"
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
	color string // auto, always or never
	quiet bool
	// verbose is for the tests of policies.
	verbose bool
}

// options are those of the text report; terminal is nil when it goes to none.
func (s style) options(terminal *os.File) text.Options {
	o := text.Options{Quiet: s.quiet, Verbose: s.verbose, Color: s.color == "always"}
	if terminal != nil {
		if width, _, err := term.GetSize(int(terminal.Fd())); err == nil {
			o.Width = width
		}
		o.Color = o.Color || s.color == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
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

// The formats of each kind of result; text is the default.
var (
	reports = map[string]writer[*assessment.Assessment]{
		"text":       text.Write,
		"json":       plain(func(w io.Writer, a *assessment.Assessment) error { return a.WriteJSON(w) }),
		"html":       plain(html.Write),
		"markdown":   limited(markdown.Write, markdown.Comment),
		"sarif":      plain(sarif.Write),
		"junit":      plain(junit.Write),
		"github":     plain(writeGitHub),
		"gitlab":     plain(gitlab.Write),
		"oscal":      plain(oscal.Results),
		"oscal-plan": plain(oscal.Plan),
		"csv":        plain(csv.Write),
		"ics":        plain(ics.Write),
	}
	forecasts = map[string]writer[*assessment.Assessment]{
		"text": text.WriteForecast,
		"json": plain(forecast.WriteJSON),
		"ics":  plain(ics.Write),
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
	tests = map[string]writer[*prove.Report]{
		"text":  text.WriteTests,
		"json":  plain(func(w io.Writer, r *prove.Report) error { return r.WriteJSON(w) }),
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
// written.
func write[T any](streams Streams, formats map[string]writer[T], result T, list []output, s style) error {
	if len(list) == 0 {
		list = []output{{format: "text"}}
	}
	var errs []error
	for _, o := range list {
		if err := writeOne(streams, formats[o.format], result, o.file, s); err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", o.format, err))
		}
	}
	return errors.Join(errs...)
}

func writeOne[T any](streams Streams, write writer[T], result T, file string, s style) error {
	var terminal *os.File
	if out, ok := streams.Out.(*os.File); ok && file == "" && term.IsTerminal(int(out.Fd())) {
		terminal = out
	}
	var report bytes.Buffer
	if err := write(&report, result, s.options(terminal)); err != nil {
		return err
	}
	if file != "" {
		return writeFile(file, report.Bytes())
	}
	_, err := streams.Out.Write(report.Bytes())
	return err
}

// writeFile puts the whole content in place, or leaves what was there: a temporary file beside it, then a rename.
func writeFile(name string, content []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".raci-check-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temporary.Name())
		}
	}()
	if _, err = temporary.Write(content); err != nil {
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
