// Package report chooses the formats of results and writes them. A format is a package below it, and decides nothing.
package report

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/report/ciso"
	"github.com/raci-check/raci-check/internal/report/csv"
	"github.com/raci-check/raci-check/internal/report/defectdojo"
	"github.com/raci-check/raci-check/internal/report/gemara"
	"github.com/raci-check/raci-check/internal/report/github"
	"github.com/raci-check/raci-check/internal/report/gitlab"
	"github.com/raci-check/raci-check/internal/report/hdf"
	"github.com/raci-check/raci-check/internal/report/html"
	"github.com/raci-check/raci-check/internal/report/ics"
	"github.com/raci-check/raci-check/internal/report/junit"
	"github.com/raci-check/raci-check/internal/report/markdown"
	"github.com/raci-check/raci-check/internal/report/oscal"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/report/ssrm"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/verify"
	"github.com/raci-check/raci-check/internal/words"
)

// Look is how text looks.
type Look struct {
	Color   string // auto, always or never
	Quiet   bool
	Verdict bool // nothing but the first lines, which say what came of it
	Details bool
	Screen  bool             // a comparison in a screen
	Least   verdict.Severity // details of the checks of this severity and above; empty for all
	Verbose bool             // for the tests of policies
}

// options are those of the text report; terminal is nil when it goes to none.
func (l Look) options(terminal *os.File) text.Options {
	o := text.Options{Quiet: l.Quiet, Verdict: l.Verdict, Details: l.Details, Screen: l.Screen, Least: l.Least, Verbose: l.Verbose, Color: l.Color == "always"}
	if terminal != nil {
		if width, _, err := term.GetSize(int(terminal.Fd())); err == nil {
			o.Width = width
		}
		o.Color = o.Color || l.Color == "auto" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return o
}

// OSCALVersions are the versions of OSCAL that reports are written in, the default first.
var OSCALVersions = oscal.Versions

// Options say how a result is written.
type Options struct {
	Text     text.Options
	OSCAL    string                        // version
	Language *translate.Translator         // nil for English
	Waived   sarif.Waived                  // what becomes of waived findings in SARIF
	Folder   func(map[string][]byte) error // replaces files of a folder; nil for a format that is one file
}

// Folders are the formats that are several files, in a folder.
var Folders = []string{"ciso-assistant"}

// Format writes a result.
type Format[T any] func(w io.Writer, result T, o Options) error

// Formats are the formats of one kind of result, by name; text is the default.
type Formats[T any] map[string]Format[T]

// Names lists the formats.
func (f Formats[T]) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Output is one report to write; an empty file is standard output.
type Output struct{ Format, File string }

// Destination says what is written, where to, and how text looks.
type Destination struct {
	Out     io.Writer
	Outputs []Output // none for text to Out
	Look    Look
	OSCAL   string // version, empty for the default
	Waived  sarif.Waived
	// Language says what people read in another language; nil for English.
	Language *translate.Translator
}

// plain is a format that looks the same wherever it goes.
func plain[T any](write func(io.Writer, T) error) Format[T] {
	return func(w io.Writer, result T, _ Options) error { return write(w, result) }
}

// styled is the text format.
func styled[T any](write func(io.Writer, T, text.Options) error) Format[T] {
	return func(w io.Writer, result T, o Options) error { return write(w, result, o.Text) }
}

// spoken is a format for people, in their language.
func spoken(write Format[*assessment.Fleet]) Format[*assessment.Fleet] {
	return func(w io.Writer, f *assessment.Fleet, o Options) error { return write(w, o.Language.Fleet(f), o) }
}

// compared is spoken for comparisons.
func compared(write Format[*diff.Diff]) Format[*diff.Diff] {
	return func(w io.Writer, d *diff.Diff, o Options) error { return write(w, o.Language.Diff(d), o) }
}

// worded is a format that has words of its own.
func worded(write func(io.Writer, *assessment.Assessment, *words.Words) error) Format[*assessment.Assessment] {
	return func(w io.Writer, a *assessment.Assessment, o Options) error { return write(w, a, o.Language.Words()) }
}

// viewed is worded for views of a framework.
func viewed(write func(io.Writer, *framework.View, *words.Words) error) Format[*framework.View] {
	return func(w io.Writer, v *framework.View, o Options) error { return write(w, v, o.Language.Words()) }
}

// versioned is a format of OSCAL.
func versioned(write func(io.Writer, *assessment.Assessment, string) error) Format[*assessment.Assessment] {
	return func(w io.Writer, a *assessment.Assessment, o Options) error { return write(w, a, o.OSCAL) }
}

func asSARIF(w io.Writer, a *assessment.Assessment, o Options) error {
	return sarif.Write(w, a, cmp.Or(o.Waived, sarif.Omitted), o.Language.Words())
}

func asMarkdown(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	return markdown.Write(w, a, markdown.Comment, language)
}

// whole is a format that needs all services of a fleet in memory.
func whole(write Format[*assessment.Assessment]) Format[*assessment.Fleet] {
	return func(w io.Writer, f *assessment.Fleet, o Options) error {
		a, err := f.Whole()
		if err != nil {
			return err
		}
		return write(w, a, o)
	}
}

// folder is a format of several files.
func folder(files func(*assessment.Assessment) (map[string][]byte, error)) Format[*assessment.Assessment] {
	return func(_ io.Writer, a *assessment.Assessment, o Options) error {
		all, err := files(a)
		if err != nil {
			return err
		}
		return o.Folder(all)
	}
}

// planIn is a plan in a language. What is told of resources is a sentence of the program with their values.
func planIn(p *planned.Report, language *translate.Translator) *planned.Report {
	if language == nil {
		return p
	}
	shown := *p
	for _, findings := range []*[]planned.Finding{&shown.Worse, &shown.Unknown} {
		*findings = slices.Clone(*findings)
		for i := range *findings {
			f := &(*findings)[i]
			f.Title, f.Remediation, f.Message = language.Text(f.Title), language.Text(f.Remediation), language.Finding(f.Check, f.Message)
		}
	}
	shown.Weaker, shown.Destroyed, shown.Fixed = slices.Clone(p.Weaker), slices.Clone(p.Destroyed), slices.Clone(p.Fixed)
	for i := range shown.Weaker {
		shown.Weaker[i].Message = language.Text(shown.Weaker[i].Message)
	}
	for i := range shown.Destroyed {
		shown.Destroyed[i].Message = language.Text(shown.Destroyed[i].Message)
	}
	for i := range shown.Fixed {
		shown.Fixed[i].Title = language.Text(shown.Fixed[i].Title)
	}
	shown.Notes = slices.Clone(p.Notes)
	for i := range shown.Notes {
		shown.Notes[i] = language.Text(shown.Notes[i])
	}
	return &shown
}

// sampleIn is a choice of facts in a language.
func sampleIn(s *sample.Sample, language *translate.Translator) *sample.Sample {
	if language == nil {
		return s
	}
	shown := *s
	shown.Facts = slices.Clone(s.Facts)
	for i := range shown.Facts {
		shown.Facts[i].Title, shown.Facts[i].Duty = language.Text(s.Facts[i].Title), language.Text(s.Facts[i].Duty)
	}
	return &shown
}

// ofPlan is a format of assessments for what a plan makes worse; with advice, for what gets weaker and does not count as well.
func ofPlan(write Format[*assessment.Assessment], advice bool) Format[*planned.Report] {
	return func(w io.Writer, p *planned.Report, o Options) error {
		a, err := p.Assessment(advice)
		if err != nil {
			return err
		}
		return write(w, o.Language.Assessment(a), o)
	}
}

// The formats of each kind of result.
var (
	Assessments = Formats[*assessment.Fleet]{
		"text":           spoken(styled(text.WriteFleet)),
		"json":           plain(func(w io.Writer, f *assessment.Fleet) error { return f.WriteJSON(w) }),
		"ndjson":         plain(func(w io.Writer, f *assessment.Fleet) error { return f.WriteNDJSON(w) }),
		"html":           spoken(whole(worded(html.Write))),
		"markdown":       spoken(whole(worded(asMarkdown))),
		"sarif":          spoken(whole(asSARIF)),
		"junit":          spoken(whole(worded(junit.Write))),
		"github":         spoken(whole(worded(writeGitHub))),
		"gitlab":         spoken(whole(worded(gitlab.Write))),
		"oscal":          whole(versioned(oscal.Results)),
		"oscal-plan":     whole(versioned(oscal.Plan)),
		"oscal-ssp":      whole(versioned(oscal.SSP)),
		"csv":            whole(plain(csv.Write)),
		"defectdojo":     whole(plain(defectdojo.Write)),
		"hdf":            whole(plain(hdf.Write)),
		"ics":            spoken(whole(worded(ics.Write))),
		"gemara":         whole(plain(gemara.Write)),
		"ssrm":           whole(plain(ssrm.Write)),
		"ciso-assistant": whole(folder(ciso.Files)),
	}
	Views = Formats[*framework.View]{
		"text": styled(text.WriteFramework),
		"html": viewed(html.WriteFramework),
		"csv":  viewed(csv.WriteFramework),
		"oscal": func(w io.Writer, v *framework.View, o Options) error {
			return oscal.View(w, v, o.OSCAL, o.Language.Words())
		},
	}
	Forecasts = Formats[*assessment.Fleet]{
		"text": spoken(whole(styled(text.WriteForecast))),
		"json": whole(plain(forecast.WriteJSON)),
		"ics":  spoken(whole(worded(ics.Write))),
	}
	Verifications = Formats[*verify.Verification]{
		"text": styled(text.WriteVerification),
		"json": plain(func(w io.Writer, v *verify.Verification) error { return v.WriteJSON(w) }),
	}
	Diffs = Formats[*diff.Diff]{
		"text": compared(styled(text.WriteDiff)),
		"json": plain(func(w io.Writer, d *diff.Diff) error { return d.WriteJSON(w) }),
		"markdown": compared(func(w io.Writer, d *diff.Diff, o Options) error {
			return markdown.WriteDiff(w, d, markdown.Comment, o.Language.Words())
		}),
	}
	Plans = Formats[*planned.Report]{
		"text": func(w io.Writer, p *planned.Report, o Options) error {
			return text.WritePlan(w, planIn(p, o.Language), o.Text)
		},
		"json":   plain(func(w io.Writer, p *planned.Report) error { return p.WriteJSON(w) }),
		"sarif":  ofPlan(asSARIF, true),
		"junit":  ofPlan(worded(junit.Write), false), // a case that fails there fails the build
		"github": ofPlan(worded(github.Write), true),
		"gitlab": ofPlan(worded(gitlab.Write), true),
	}
	Samples = Formats[*sample.Sample]{
		"text": styled(text.WriteSample),
		"csv":  plain(csv.WriteWorksheet),
		"html": func(w io.Writer, s *sample.Sample, o Options) error {
			return html.WriteWorksheet(w, sampleIn(s, o.Language), o.Language.Words())
		},
	}
	Results = Formats[*sample.Results]{"text": styled(text.WriteResults)}
	Tests   = Formats[*policytest.Report]{
		"text":  styled(text.WriteTests),
		"json":  plain(func(w io.Writer, r *policytest.Report) error { return r.WriteJSON(w) }),
		"junit": plain(junit.WriteTests),
	}
)

// ForecastDays is how many days of a forecast the formats that show one show unless told otherwise.
const ForecastDays = 90

// LooksAhead reports whether a format is about a forecast. A page shows one where it was asked for: to look ahead takes longer
// than to assess.
func LooksAhead(format string) bool { return format == "ics" || format == "ciso-assistant" }

// writeGitHub writes annotations, and the summary where the runner says that it wants it.
func writeGitHub(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	if err := github.Write(w, a, language); err != nil {
		return err
	}
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	err := safefile.Append(name, func(w io.Writer) error { return markdown.Write(w, a, markdown.Summary, language) })
	if err != nil {
		return fmt.Errorf("step summary: %w", err)
	}
	return nil
}

// Write writes a result in every format that is asked for. One that cannot be written does not keep the others from being
// written; an interrupt does.
func Write[T any](ctx context.Context, formats Formats[T], result T, to Destination) error {
	outputs := to.Outputs
	if len(outputs) == 0 {
		outputs = []Output{{Format: "text"}}
	}
	var errs []error
	for _, o := range outputs {
		err := to.write(ctx, o, func(w io.Writer, options Options) error { return formats[o.Format](w, result, options) })
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted while the %s report was written: %w", o.Format, cmp.Or(err, context.Cause(ctx)))
		}
		if _, missing := os.Stat(filepath.Dir(o.File)); o.File != "" && errors.Is(missing, fs.ErrNotExist) {
			err = fmt.Errorf("there is no folder %s: make it first", filepath.Dir(o.File))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", o.Format, err))
		}
	}
	return errors.Join(errs...)
}

// Publish is Write. Where every report goes to a file, it writes the verdict alone aside: somebody is told all the same.
func Publish[T any](ctx context.Context, formats Formats[T], result T, to Destination, aside io.Writer) error {
	if err := Write(ctx, formats, result, to); err != nil {
		return err
	}
	if len(to.Outputs) == 0 || slices.ContainsFunc(to.Outputs, func(o Output) bool { return o.File == "" }) {
		return nil
	}
	to.Out, to.Outputs, to.Look.Quiet, to.Look.Verdict = aside, nil, true, true
	return Write(ctx, formats, result, to)
}

// PublishView publishes an assessment as a framework sees it. Reports in JSON are the assessment itself: what they hold is the same
// for every framework.
func PublishView(ctx context.Context, fleet *assessment.Fleet, f framework.Framework, to Destination, aside io.Writer) error {
	var views, whole []Output
	for _, o := range to.Outputs {
		if IsWhole(o.Format) {
			whole = append(whole, o)
		} else {
			views = append(views, o)
		}
	}
	if len(whole) > 0 {
		if err := Write(ctx, Assessments, fleet, Destination{Out: to.Out, Outputs: whole, Look: to.Look}); err != nil {
			return err
		}
	}
	a, err := fleet.Whole()
	if err != nil {
		return err
	}
	view := framework.Of(to.Language.Framework(f), to.Language.Assessment(a))
	to.Outputs = views
	return Publish(ctx, Views, &view, to, aside)
}

// IsWhole reports whether a format is the assessment itself, whatever it is seen from.
func IsWhole(format string) bool { return format == "json" || format == "ndjson" }

// CheckViews refuses outputs that show nothing of an assessment seen from a framework.
func CheckViews(outputs []Output) error {
	views := len(outputs) == 0
	for _, output := range outputs {
		_, view := Views[output.Format]
		if !view && !IsWhole(output.Format) {
			return fmt.Errorf("%s has no view by framework: choose of %s; json and ndjson are written whole beside them", output.Format, strings.Join(Views.Names(), ", "))
		}
		views = views || view
	}
	if !views {
		return fmt.Errorf("json and ndjson are the same for every framework: add a view with -o %s", strings.Join(Views.Names(), ", -o "))
	}
	return nil
}

// Keeps is how much of each service is to be kept for these outputs: little for short texts, unless more is needed than what they show.
func Keeps(outputs []Output, look Look, needsAll bool) assessment.Keep {
	if needsAll || look.Details || slices.ContainsFunc(outputs, func(o Output) bool { return o.Format != "text" }) {
		return assessment.KeepAll
	}
	return assessment.KeepFew
}

// WriteCompared writes the reports that are asked for, and the comparison with an earlier one: where no report goes to standard
// output it goes there, else aside.
func WriteCompared(ctx context.Context, fleet *assessment.Fleet, comparison *diff.Diff, to Destination, aside io.Writer) error {
	if len(to.Outputs) > 0 {
		if err := Write(ctx, Assessments, fleet, to); err != nil {
			return err
		}
	}
	beside := Destination{Out: to.Out, Look: to.Look, Language: to.Language}
	beside.Look.Screen = !to.Look.Details
	if slices.ContainsFunc(to.Outputs, func(o Output) bool { return o.File == "" }) {
		beside.Out = aside
	}
	return Write(ctx, Diffs, comparison, beside)
}

func (d Destination) options(terminal *os.File) Options {
	options := Options{Text: d.Look.options(terminal), OSCAL: cmp.Or(d.OSCAL, OSCALVersions[0]), Waived: d.Waived, Language: d.Language}
	options.Text.Words = d.Language.Words()
	return options
}

func (d Destination) write(ctx context.Context, output Output, write func(io.Writer, Options) error) error {
	file := output.File
	if slices.Contains(Folders, output.Format) {
		return d.writeFolder(ctx, file, write)
	}
	if file != "" {
		return safefile.Replace(file, func(w io.Writer) error { return write(interruptible{ctx, w}, d.options(nil)) })
	}
	var terminal *os.File
	if out, ok := d.Out.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
		terminal = out
	}
	out := held{to: interruptible{ctx, d.Out}}
	if err := write(&out, d.options(terminal)); err != nil {
		return err
	}
	return out.flush()
}

// mostHeld is how much of a report is held, in bytes. What cannot be written whole is not begun, unless it is larger than this.
const mostHeld = 4 << 20

// held is a writer that hands on what it got when it is flushed, and before where it holds too much. It takes the memory of what it
// holds alone: one that watches writes some lines for each change.
type held struct {
	to     io.Writer
	buffer bytes.Buffer
	err    error // of the writing; what follows it is not written
}

func (h *held) Write(p []byte) (int, error) {
	if h.buffer.Len()+len(p) > mostHeld && h.flush() != nil {
		return 0, h.err
	}
	return h.buffer.Write(p)
}

func (h *held) flush() error {
	if h.err == nil {
		_, h.err = h.buffer.WriteTo(h.to)
	}
	return h.err
}

// maxReplaced is how large a file that is replaced may be, in bytes: no format writes larger ones.
const maxReplaced = 256 << 20

// writeFolder writes a format of several files: all of them or, as far as the file system allows, none. Other files of the folder stay.
func (d Destination) writeFolder(ctx context.Context, name string, write func(io.Writer, Options) error) error {
	if name == "" {
		return errors.New("it is several files: name a folder for them")
	}
	options := d.options(nil)
	options.Folder = func(files map[string][]byte) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var changes []safefile.Change
		for _, file := range slices.Sorted(maps.Keys(files)) {
			before, err := safefile.Read(filepath.Join(name, file), maxReplaced)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				before = nil
			case err != nil:
				return err
			case bytes.Equal(before, files[file]):
				continue
			}
			changes = append(changes, safefile.Change{Path: file, Before: before, After: files[file]})
		}
		return safefile.ReplaceAll(name, changes)
	}
	return write(io.Discard, options)
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
