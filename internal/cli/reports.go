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
	"text": func(w io.Writer, a *assessment.Assessment, s style, terminal *os.File) error {
		options := text.Options{Quiet: s.quiet, Color: s.color == "always"}
		if terminal != nil {
			if width, _, err := term.GetSize(int(terminal.Fd())); err == nil {
				options.Width = width
			}
			options.Color = options.Color || s.color == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		}
		return text.Write(w, a, options)
	},
	"json": func(w io.Writer, a *assessment.Assessment, _ style, _ *os.File) error { return a.WriteJSON(w) },
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
