package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// timeFlag is a flag that holds an RFC 3339 time in whole seconds, or a date: its first moment in UTC.
type timeFlag struct{ time.Time }

func (t *timeFlag) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// or is the time of the flag, or now where none is given.
func (t *timeFlag) or(now func() time.Time) time.Time {
	if t.IsZero() {
		return now()
	}
	return t.Time
}

func (t *timeFlag) Set(text string) error {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			if at.Year() < 1970 || at.Year() > 2261 {
				return fmt.Errorf("the year must be between 1970 and 2261")
			}
			t.Time = at.UTC().Truncate(time.Second)
			return nil
		}
	}
	return fmt.Errorf("expected an RFC 3339 time such as 2026-11-20T09:00:00Z, or a date such as 2026-11-20")
}

func (t *timeFlag) Type() string { return "time" }

// grades is a flag that holds a grade for each of some severities. None can be given twice: the last would lower what an earlier
// one, such as that of a pipeline, asks for.
type grades struct{ texts map[string]string }

func (g *grades) String() string {
	var pairs []string
	for _, severity := range slices.Sorted(maps.Keys(g.texts)) {
		pairs = append(pairs, severity+"="+g.texts[severity])
	}
	return "[" + strings.Join(pairs, ",") + "]"
}

func (g *grades) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		severity, grade, paired := strings.Cut(pair, "=")
		switch before, twice := g.texts[severity]; {
		case !paired:
			return fmt.Errorf("expected a severity and a grade such as critical=derived, found %q", pair)
		case twice && before != grade:
			return fmt.Errorf("%s has two grades, %s and %s: give one", severity, before, grade)
		case g.texts == nil:
			g.texts = map[string]string{}
		}
		g.texts[severity] = grade
	}
	return nil
}

func (g *grades) Type() string { return "grade" }

// grades are those of the flag; nil for none.
func (g *grades) grades() (map[verdict.Severity]verdict.Grade, error) {
	all, err := assess.Assurance(g.texts)
	if err != nil {
		return nil, fmt.Errorf("--min-assurance: %w", err)
	}
	return all, nil
}

func profileFlag(flags *pflag.FlagSet, profiles *[]string) {
	flags.StringArrayVar(profiles, "profile", []string{parameter.Baseline},
		"`name` of a profile for the parameters; repeatable, the strictest value of each parameter applies; see docs/profiles.md")
}

// mebibytes is a flag that holds a size in bytes and is given in MiB.
type mebibytes int

func (m *mebibytes) String() string { return strconv.Itoa(int(*m) >> 20) }

func (m *mebibytes) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > assess.LargestFileSize>>20 {
		return fmt.Errorf("expected a whole number of MiB from 1 to %d", assess.LargestFileSize>>20)
	}
	*m = mebibytes(n << 20)
	return nil
}

func (m *mebibytes) Type() string { return "MiB" }

// choice is a flag that holds one of a few words.
type choice struct {
	value   *string
	choices []string
	kind    string
}

func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

func (c choice) Set(text string) error {
	if !slices.Contains(c.choices, text) {
		return errors.New(suggest.Unknown(c.kind, text, c.choices))
	}
	*c.value = text
	return nil
}

func (c choice) Type() string { return strings.Join(c.choices, "|") }

func severityFlag(flags *pflag.FlagSet, severity *verdict.Severity, usage string) {
	*severity = verdict.Low
	flags.Var(choice{value: (*string)(severity), choices: severities(), kind: "severity"}, "fail-on", usage)
}

func oscalFlag(flags *pflag.FlagSet, version *string) {
	*version = report.OSCALVersions[0]
	flags.Var(choice{value: version, choices: report.OSCALVersions, kind: "version of OSCAL"}, "oscal-version",
		"version of OSCAL that the oscal formats have; see docs/oscal.md")
}

func severities() []string { return suggest.Words(verdict.Severities) }

func colorFlag(flags *pflag.FlagSet, color *string, subject string) {
	*color = "auto"
	flags.Var(choice{value: color, choices: []string{"auto", "always", "never"}, kind: "colour mode"}, "color",
		"colour of the "+subject+": auto is on a terminal without NO_COLOR")
}

func lookFlags(flags *pflag.FlagSet, look *report.Look) {
	colorFlag(flags, &look.Color, "text report")
	flags.BoolVarP(&look.Quiet, "quiet", "q", false, "text report: only the headline; no progress")
	flags.BoolVar(&look.Details, "details", false, "text report: every finding with its fix, every service in full, and who stated the facts that nothing else shows")
	least := choice{value: (*string)(&look.Least), choices: severities(), kind: "severity"}
	flags.Var(least, "severity", "text report: details of the checks of this severity and above")
}

func waivedFlag(flags *pflag.FlagSet, waived *sarif.Waived) {
	*waived = sarif.Ways[0]
	flags.Var(choice{value: (*string)(waived), choices: suggest.Words(sarif.Ways), kind: "way"}, "sarif-waived",
		"waived findings in the format sarif: omitted leaves them out with a note, suppressed writes them as accepted suppressions; see docs/consumers.md")
}

// outputs is a repeatable flag: FORMAT, FORMAT=FILE, or a FILE whose ending names its format.
type outputs struct {
	formats []string
	list    []report.Output
}

func outputFlag[T any](flags *pflag.FlagSet, subject string, formats report.Formats[T]) *outputs {
	o := &outputs{formats: formats.Names()}
	flags.VarP(o, "output", "o", subject+" to write: "+listed(o.formats)+"; to standard output, or to `FORMAT=FILE`, or to a FILE whose ending names the format; repeatable (default text)")
	return o
}

func (o *outputs) String() string { return "" }

func (o *outputs) Set(text string) error {
	format, file, toFile := strings.Cut(text, "=")
	if named := formatOf(text); !toFile && !slices.Contains(o.formats, format) && slices.Contains(o.formats, named) {
		format, file = named, text
	}
	if !slices.Contains(o.formats, format) {
		return unknownFormat(text, o.formats)
	}
	if toFile && file == "" {
		return fmt.Errorf("%s= names no file", format)
	}
	if file == "" && slices.Contains(report.Folders, format) {
		return fmt.Errorf("%s is several files: name a folder for them (%s=FOLDER)", format, format)
	}
	for _, other := range o.list {
		if other.File == file {
			if file == "" {
				return fmt.Errorf("%s and %s would both go to standard output; give one a file (%s=FILE)", other.Format, format, format)
			}
			return fmt.Errorf("%s and %s would both go to %s", other.Format, format, file)
		}
	}
	o.list = append(o.list, report.Output{Format: format, File: file})
	return nil
}

// endings are the formats of files by the endings of their names.
var endings = map[string]string{
	".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".html": "html", ".md": "markdown", ".csv": "csv", ".sarif": "sarif",
	".xml": "junit", ".ics": "ics", ".txt": "text",
}

// formatOf is the format that the ending of a file's name stands for; empty for any other.
func formatOf(file string) string { return endings[strings.ToLower(filepath.Ext(file))] }

func (o *outputs) Type() string { return "format[=file]" }

// file is the file that a format goes to; empty where it goes to none.
func (o *outputs) file(format string) string {
	for _, output := range o.list {
		if output.Format == format && output.File != "" {
			return output.File
		}
	}
	return ""
}

// whole are the files that the assessment itself goes to.
func (o *outputs) whole() (files []string) {
	for _, output := range o.list {
		if output.File != "" && report.IsWhole(output.Format) {
			files = append(files, output.File)
		}
	}
	return files
}

func listed(words []string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " or " + words[n]
}

func frameworkFlag(flags *pflag.FlagSet, id *string) {
	flags.Var((*frameworkID)(id), "framework", "show the assessment by the requirements of this `framework`, such as nis2-recyf; see raci-check duties --frameworks")
}

// frameworkID is the value of --framework. The last of several must not win unnoticed, nor an empty one show no view at all.
type frameworkID string

func (f *frameworkID) String() string { return string(*f) }

func (f *frameworkID) Type() string { return "string" }

func (f *frameworkID) Set(id string) error {
	switch {
	case id == "":
		return errors.New("name a framework; `raci-check duties --frameworks` describes them")
	case *f != "":
		return fmt.Errorf("a view is of one framework, and %s is named already: keep the report with -o json=FILE, and render it for each", *f)
	}
	*f = frameworkID(id)
	return nil
}

// seenFrom is the framework that an assessment is seen from.
func seenFrom(rules ruleset.Ruleset, id string, outs []report.Output) (framework.Framework, error) {
	err := report.CheckViews(outs)
	if err != nil {
		return framework.Framework{}, fmt.Errorf("--framework: %w", err)
	}
	f, err := rules.Framework(id)
	if err != nil {
		return f, fmt.Errorf("--framework: %w", err)
	}
	return f, nil
}
