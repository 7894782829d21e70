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
	"raci-check/internal/report/csv"
	"raci-check/internal/report/github"
	"raci-check/internal/report/gitlab"
	"raci-check/internal/report/html"
	"raci-check/internal/report/junit"
	"raci-check/internal/report/markdown"
	"raci-check/internal/report/sarif"
	"raci-check/internal/report/text"
)

// style is how the text report looks.
type style struct {
	color string // auto, always or never
	quiet bool
}

// format writes an assessment; file is nil when it does not go to a terminal.
type format func(w io.Writer, a *assessment.Assessment, s style, terminal *os.File) error

var formats = map[string]format{
	"text":     writeText,
	"json":     plain(func(w io.Writer, a *assessment.Assessment) error { return a.WriteJSON(w) }),
	"sarif":    plain(sarif.Write),
	"junit":    plain(junit.Write),
	"github":   plain(writeGitHub),
	"gitlab":   plain(gitlab.Write),
	"markdown": plain(func(w io.Writer, a *assessment.Assessment) error { return markdown.Write(w, a, markdown.Comment) }),
	"csv":      plain(csv.Write),
	"html":     plain(html.Write),
}

// plain is a format that looks the same wherever it goes.
func plain(write func(io.Writer, *assessment.Assessment) error) format {
	return func(w io.Writer, a *assessment.Assessment, _ style, _ *os.File) error { return write(w, a) }
}

func writeText(w io.Writer, a *assessment.Assessment, s style, terminal *os.File) error {
	options := text.Options{Quiet: s.quiet, Color: s.color == "always"}
	if terminal != nil {
		if width, _, err := term.GetSize(int(terminal.Fd())); err == nil {
			options.Width = width
		}
		options.Color = options.Color || s.color == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return text.Write(w, a, options)
}

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

func formatNames() []string { return slices.Sorted(maps.Keys(formats)) }

func join(words []string) string { return strings.Join(words, ", ") }

// writeReports writes every report. One that cannot be written does not keep the others from being written.
func writeReports(streams Streams, a *assessment.Assessment, list []output, s style) error {
	if len(list) == 0 {
		list = []output{{format: "text"}}
	}
	var errs []error
	for _, o := range list {
		var terminal *os.File
		if file, ok := streams.Out.(*os.File); ok && o.file == "" && term.IsTerminal(int(file.Fd())) {
			terminal = file
		}
		var report bytes.Buffer
		if err := formats[o.format](&report, a, s, terminal); err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", o.format, err))
			continue
		}
		if o.file == "" {
			_, err := streams.Out.Write(report.Bytes())
			if err != nil {
				errs = append(errs, fmt.Errorf("write %s report: %w", o.format, err))
			}
			continue
		}
		if err := writeFile(o.file, report.Bytes()); err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", o.format, err))
		}
	}
	return errors.Join(errs...)
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
