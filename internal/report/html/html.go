// Package html writes an assessment as one page that an auditor keeps: it needs no script, no network and no other file.
// Text from outside is escaped by html/template, and what cannot be seen in it is shown.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/palette"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

//go:embed style.css
var ownStyle string

var style = palette.CSS + ownStyle

//go:embed report.tmpl
var layout string

// maxText is how many characters of one text are shown: a report of hostile evidence stays readable.
const maxText = 2000

// maxBrief is the same where many services share a page.
const maxBrief = 200

// page is parsed when it is first written: it takes as long as a tenth of all that the program does before its work.
var page = sync.OnceValue(func() *template.Template { return parsed(wording.English) })

// parsed is the page in a language.
func parsed(w wording.Phrases) *template.Template {
	return template.Must(template.New("report").Funcs(functions(w)).Parse(w.Template(layout)))
}

func functions(w wording.Phrases) template.FuncMap {
	return template.FuncMap{
		"t":          text,
		"breakable":  breakable,
		"brief":      func(s string) string { return shorten(s, maxBrief) },
		"word":       w.Status,
		"class":      wording.StatusClass,
		"letter":     func(s verdict.Status) string { return w.Text(letter(s)) },
		"place":      func(l verdict.Location) string { return text(wording.Place(l)) },
		"left":       w.Left,
		"severities": func(n int, s verdict.Severity) string { return w.Plural(n, string(s), string(s)) },
		"say":        func(english any) string { return w.Text(fmt.Sprint(english)) },
		"tag":        w.Tag,
		"day":        func(date string) string { return text(w.Day(date)) },
		"value":      func(v any) string { return text(verdict.ValueText(v)) },
		"quantity":   func(v any, unit string) string { return text(w.Quantity(v, unit)) },
		"plural":     w.Plural,
		"share":      func(s assessment.Share) string { return text(w.Share(s)) },
		"split":      func(s assessment.Service, provider string) string { return text(w.Split(s, provider)) },
		"verdicts":   func(s assessment.Service) string { return text(w.ByReading(s)) },
		"readings":   func(all []assessment.ReadingResult) string { return text(w.Readings(all)) },
		"chosen":     func() string { return w.Text(assessment.ChosenTime) },
		"uncounted":  func() string { return w.Text(wording.NotCounted) },
		"cause":      func(c assessment.Cause) string { return text(w.Cause(c)) },
		"grades":     func(s assessment.Service) string { return text(w.Grades(s)) },
		"people":     func(by assessment.Word) string { return text(w.People(by.By, by.Others)) },
		"stated":     func(s *assessment.Stated) string { return text(w.StatedBy(s)) },
		"additions":  w.Additions,
		"passed":     w.PassedOver,
		"tally":      w.Tally,
		"date": func(instant string) string {
			return text(strings.TrimSuffix(strings.Replace(instant, "T", " ", 1), "Z"))
		},
		"chips":     chips,
		"artifacts": artifacts,
		"digest":    digest,
		"percent":   func(p assessment.Progress) int { return 100 * p.Passed / max(p.Judged, 1) },
	}
}

// breakable are the parts of a pointer or an id: a line may be broken between them, and not inside one that fits.
func breakable(name string) []string {
	var all []string
	for name != "" {
		end := len(name)
		if at := strings.IndexAny(name[1:], "/_.:"); at >= 0 { // not behind the slash that a pointer begins with
			end = at + len("/_")
		}
		all, name = append(all, name[:end]), name[end:]
	}
	return all
}

// digest has the parts of a digest: a line may be broken between them.
func digest(s string) []string {
	const part = 16
	var all []string
	for len(s) > part {
		at := part
		if colon := strings.IndexByte(s, ':'); colon > 0 && colon < part {
			at = colon + 1
		}
		all, s = append(all, s[:at]), s[at:]
	}
	return append(all, s)
}

// artifacts are the files that sections name, each once.
func artifacts(sections []assessment.Section) []assessment.File {
	var all []assessment.File
	seen := map[string]bool{}
	for _, section := range sections {
		for _, file := range section.Artifacts {
			if key := file.Path + " " + file.SHA256; !seen[key] {
				seen[key], all = true, append(all, file)
			}
		}
	}
	return all
}

// chip is how many checks of a severity do not pass.
type chip struct {
	Count    int
	Severity verdict.Severity
}

// chips are the severities that occur, the gravest first.
func chips(p assessment.Progress) []chip {
	var all []chip
	for _, severity := range slices.Backward(verdict.Severities) {
		if n := p.Bad[severity]; n > 0 {
			all = append(all, chip{n, severity})
		}
	}
	return all
}

// Write writes the report of all services in a language: the whole of one, or an index and a part for each of several.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	view := newView(a, wording.In(language))
	view.Style, view.Policy = template.CSS(style), policy(style)
	if language == nil {
		return execute(w, page(), view)
	}
	return execute(w, parsed(wording.In(language)), view)
}

// policy is the content security policy that allows a page its own style and nothing else.
func policy(style string) string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}

// execute writes a page whole or not at all.
func execute(w io.Writer, page *template.Template, view any) error {
	var out bytes.Buffer
	if err := page.Execute(&out, view); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// text is what is shown of a text from outside.
func text(s string) string {
	s = sanitize.Text(s)
	if runes := []rune(s); len(runes) > maxText {
		return string(runes[:maxText]) + " … (shortened)"
	}
	return s
}

var letters = map[verdict.Status]string{
	verdict.Pass: "P", verdict.Fail: "F", verdict.Missing: "M", verdict.Error: "E", verdict.Waived: "W",
	verdict.NotApplicable: "N", verdict.Inherited: "I", verdict.NotSelected: "–",
}

func letter(s verdict.Status) string {
	if l, ok := letters[s]; ok {
		return l
	}
	return "?"
}
