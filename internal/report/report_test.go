// Package report_test tries what every format must hold, whatever stands in the evidence.
package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	ical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	gojunit "github.com/joshdk/go-junit"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markdowntext "github.com/yuin/goldmark/text"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/framework"
	reportcsv "github.com/raci-check/raci-check/internal/report/csv"
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
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/report/ssrm"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files")

// withControls is an assessment each of whose checks counts for a control of the Cloud Controls Matrix.
func withControls(a *assessment.Assessment) *assessment.Assessment {
	mapped := *a
	mapped.Services = slices.Clone(a.Services)
	for i := range mapped.Services {
		s := &mapped.Services[i]
		s.Activities = slices.Clone(s.Activities)
		for k := range s.Activities {
			activity := &s.Activities[k]
			activity.Checks = slices.Clone(activity.Checks)
			for n := range activity.Checks {
				activity.Checks[n].Controls = map[string][]string{"ccm": {"CEK-03"}}
			}
		}
	}
	return &mapped
}

// chosen is a choice of one fact, in which the name of the first service stands wherever evidence can bring text in.
func chosen(a *assessment.Assessment) *sample.Sample {
	name := a.Services[0].Service.Name
	return &sample.Sample{Report: a.Digest, At: a.At, PastAt: a.PastAt, Seed: name, Population: 9, Facts: []sample.Fact{{
		Service: a.Services[0].Service, Check: "backups.restore_tested", Title: "A title", Severity: verdict.High, Checks: 2, Pointer: document.Pointer(name),
		Location: verdict.Location{File: name, Line: 3, Column: 7}, Value: name, Grade: verdict.Derived, SignedBy: []string{name}, FileSHA256: strings.Repeat("ab", 32),
		Artifact: sample.Artifact{Path: name, Place: name, SHA256: strings.Repeat("cd", 32)},
	}}}
}

// seen is an assessment as a law sees it, with the first check of each of its activities and a requirement that has none.
func seen(a *assessment.Assessment) *framework.View {
	law := framework.Framework{ID: "law", Title: "A law", Publisher: "A parliament", Version: "1", Published: "2024-01", Source: "https://example.com", List: "All.", Binds: "Everybody."}
	law.Requirements = []framework.Requirement{{ID: "0", Title: "Locks"}}
	for i, activity := range a.Services[0].Activities {
		if len(activity.Checks) > 0 {
			relation := framework.Relations[i%len(framework.Relations)]
			law.Requirements = append(law.Requirements, framework.Requirement{ID: activity.ID, Title: "T", Checks: map[string]framework.Relation{activity.Checks[0].ID: relation}})
		}
	}
	view := framework.Of(law, a)
	return &view
}

type write func(io.Writer, *assessment.Assessment) error

var formats = map[string]write{
	"text": func(w io.Writer, a *assessment.Assessment) error {
		return text.WriteFleet(w, assessment.FleetOf(a), text.Options{})
	},
	"json":  func(w io.Writer, a *assessment.Assessment) error { return a.WriteJSON(w) },
	"html":  func(w io.Writer, a *assessment.Assessment) error { return html.Write(w, a, nil) },
	"csv":   reportcsv.Write,
	"junit": reporttest.English(junit.Write), "github": reporttest.English(github.Write), "gitlab": reporttest.English(gitlab.Write), "ics": reporttest.English(ics.Write),
	"sarif":      func(w io.Writer, a *assessment.Assessment) error { return sarif.Write(w, a, sarif.Omitted, nil) },
	"defectdojo": defectdojo.Write, "hdf": hdf.Write,
	"sarif.suppressed": func(w io.Writer, a *assessment.Assessment) error { return sarif.Write(w, a, sarif.Suppressed, nil) },
	"markdown":         func(w io.Writer, a *assessment.Assessment) error { return markdown.Write(w, a, markdown.Comment, nil) },
	"gemara":           gemara.Write,
	"ssrm":             func(w io.Writer, a *assessment.Assessment) error { return ssrm.Write(w, withControls(a)) },
	"worksheet": func(w io.Writer, a *assessment.Assessment) error {
		return text.WriteSample(w, chosen(a), text.Options{})
	},
	"worksheet.csv": func(w io.Writer, a *assessment.Assessment) error {
		var out bytes.Buffer
		if err := reportcsv.WriteWorksheet(&out, chosen(a)); err != nil {
			return err
		}
		_, err := w.Write(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff"))) // by which spreadsheets know UTF-8
		return err
	},
	"worksheet.html": func(w io.Writer, a *assessment.Assessment) error { return html.WriteWorksheet(w, chosen(a), nil) },
	"results": func(w io.Writer, a *assessment.Assessment) error {
		s := chosen(a)
		answers := []sample.Answer{{Number: 1, Fact: s.Facts[0], Finding: sample.Differs, Note: s.Seed, Name: s.Seed, Date: "2026-11-28"}}
		return text.WriteResults(w, &sample.Results{Sample: s, Differ: answers, Archived: s.Seed}, text.Options{})
	},
	"view": func(w io.Writer, a *assessment.Assessment) error {
		return text.WriteFramework(w, seen(a), text.Options{Details: true})
	},
	"view.csv":  func(w io.Writer, a *assessment.Assessment) error { return reportcsv.WriteFramework(w, seen(a), nil) },
	"view.html": func(w io.Writer, a *assessment.Assessment) error { return html.WriteFramework(w, seen(a), nil) },
	"view.oscal": func(w io.Writer, a *assessment.Assessment) error {
		return oscal.View(w, seen(a), oscal.Versions[0], nil)
	},
	"oscal":         func(w io.Writer, a *assessment.Assessment) error { return oscal.Results(w, a, oscal.Versions[0]) },
	"oscal-plan":    func(w io.Writer, a *assessment.Assessment) error { return oscal.Plan(w, a, oscal.Versions[0]) },
	"oscal-ssp":     func(w io.Writer, a *assessment.Assessment) error { return oscal.SSP(w, a, oscal.Versions[0]) },
	"forecast":      func(w io.Writer, a *assessment.Assessment) error { return text.WriteForecast(w, a, text.Options{}) },
	"forecast.json": forecast.WriteJSON,
	"diff": func(w io.Writer, a *assessment.Assessment) error {
		return text.WriteDiff(w, diff.Of(reporttest.Of(reporttest.Compliant()), a), text.Options{})
	},
	"diff.json": func(w io.Writer, a *assessment.Assessment) error {
		return diff.Of(reporttest.Of(reporttest.Compliant()), a).WriteJSON(w)
	},
	"diff.md": func(w io.Writer, a *assessment.Assessment) error {
		return markdown.WriteDiff(w, diff.Of(reporttest.Of(reporttest.Compliant()), a), markdown.Comment, nil)
	},
}

func render(t testing.TB, format string, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := formats[format](&out, a); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return out.String()
}

// harmful are texts that evidence may hold to speak to whoever reads a report.
var harmful = map[string]string{
	"workflow command":  "::error file=a::b",
	"old command":       "x ##[error]b ##vso[task.complete]c ###",
	"lines":             "a\nb\r\n::set-output name=a::b\u0085c\u2028d",
	"escape codes":      "\x1b[2J\x1b]8;;https://example.org\x07\x9b31m\x7f\x00",
	"bidi":              "\u202ea\u2066b\u200fc\u061cd\ufeffe\u200b",
	"not UTF-8":         "a\xff\xfe\xc3",
	"HTML":              `</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="a`,
	"formula":           `=cmd|' /C calc'!A0`,
	"spaced formula":    " \t+1+1",
	"full-width":        "＝1+1",
	"markdown":          "![x](https://example.org/a.png) [b](javascript:c) <b>d</b> **e** | f |\n# g @octocat #12 https://example.org www.example.org a@example.org",
	"backticks":         "` ``` a `` b ````",
	"SARIF placeholder": "{0} [a](1) \\[",
	"XML":               "]]><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;\x0b",
	"calendar":          "a\r\nEND:VEVENT\r\nBEGIN:VEVENT, ; \\n",
	"empty":             "",
	"space":             " ",
	"long":              strings.Repeat("long ", 13_000),
	"long word":         strings.Repeat("鍵", 20_000),
}

// No text from evidence makes a line that a build service obeys, or sends an unseen character to a terminal.
func TestNoFormatObeysEvidence(t *testing.T) {
	for name, text := range harmful {
		for format := range formats {
			t.Run(format+"/"+name, func(t *testing.T) { obeys(t, format, render(t, format, reporttest.Hostile(text))) })
		}
	}
}

func obeys(t *testing.T, format, output string) {
	t.Helper()
	if !utf8.ValidString(output) {
		t.Error("not UTF-8")
	}
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		command := strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
		ours := format == "github" && (strings.HasPrefix(line, "::error file=") || strings.HasPrefix(line, "::warning file=") || strings.HasPrefix(line, "::notice title=strength of the passes::") || strings.HasPrefix(line, "::notice title=accepted risks::"))
		if command && !ours || strings.Contains(line, "##[") || strings.Contains(line, "##vso") {
			t.Errorf("workflow command: %.200q", line)
		}
		for _, r := range line {
			if !unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point) {
				t.Errorf("%U in %.200q", r, line)
				return
			}
		}
	}
}

// The commands of the github format carry the text of the findings and nothing else: as many lines as findings, each of
// which the runner's own way of reading gives back.
func TestGitHubCommands(t *testing.T) {
	for name, text := range harmful {
		t.Run(name, func(t *testing.T) {
			innocent := strings.Count(render(t, "github", reporttest.Hostile("text")), "\n")
			output := render(t, "github", reporttest.Hostile(text))
			if got := strings.Count(output, "\n"); got != innocent {
				t.Errorf("%d lines, innocent text gives %d", got, innocent)
			}
			for line := range strings.Lines(output) {
				commandOf(t, line)
			}
		})
	}
}

// commandOf is the command of a line as the runner reads it, which must be one of ours; empty for a line without one.
func commandOf(t *testing.T, line string) string {
	t.Helper()
	if !strings.HasPrefix(line, "::") {
		return ""
	}
	command, message, whole := strings.Cut(line[2:], "::")
	name, properties, _ := strings.Cut(command, " ")
	keys := []string{}
	for _, property := range strings.Split(properties, ",") {
		key, _, _ := strings.Cut(property, "=")
		keys = append(keys, key)
	}
	expected := []string{"file", "line", "col", "title"}
	if name == "notice" { // it is about the whole report
		expected = []string{"title"}
	}
	if diff := cmp.Diff(expected, keys); diff != "" || !whole || message == "" {
		t.Errorf("%.200q: %s", line, diff)
	}
	return name
}

func TestGitHubCounts(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
	for i := range 30 {
		finding := check.Findings[0]
		finding.Line += i + 1
		check.Findings = append(check.Findings, finding)
	}
	output := render(t, "github", reporttest.Of(s))
	if got := strings.Count(output, "::error "); got != 10 {
		t.Errorf("%d errors, wanted are the 10 that GitHub shows", got)
	}
	if !strings.Contains(output, "more errors: the summary") {
		t.Errorf("it does not say that there are more:\n%s", output)
	}
}

// In Markdown no text from evidence becomes a link, an image, HTML or a mention.
func TestMarkdown(t *testing.T) {
	for name, text := range harmful {
		for _, format := range []string{"markdown", "diff.md"} {
			t.Run(format+"/"+name, func(t *testing.T) {
				source := []byte(render(t, format, reporttest.Hostile(text)))
				if len(source) > markdown.Comment+8192 {
					t.Errorf("%d bytes, the limit is %d", len(source), markdown.Comment)
				}
				noMarkup(t, source)
			})
		}
	}
}

var markdownParser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// noMarkup fails where Markdown has a link, an image, HTML, code in blocks or a mention in it.
func noMarkup(t *testing.T, source []byte) {
	t.Helper()
	err := ast.Walk(markdownParser.Parse(markdowntext.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.RawHTML, *ast.HTMLBlock, *ast.CodeBlock, *ast.FencedCodeBlock:
			t.Errorf("%s in %.300q", n.Kind(), source)
			return ast.WalkStop, nil
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if strings.ContainsAny(string(n.Segment.Value(source)), "@#") {
				t.Errorf("a mention or a reference: %q", n.Segment.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarkdownSaysWhatIsLeftOut(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
	for i := range 2000 {
		finding := check.Findings[0]
		finding.Line += i + 1
		check.Findings = append(check.Findings, finding)
	}
	output := render(t, "markdown", reporttest.Of(s))
	if !strings.Contains(output, "more findings are left out here") || !strings.Contains(output, "Assessed for") {
		t.Errorf("the end is missing:\n%s", output[len(output)-1000:])
	}
}

// No cell of the table is a formula.
func TestCSV(t *testing.T) {
	for name, text := range harmful {
		for _, format := range []string{"csv", "ssrm", "worksheet.csv"} {
			t.Run(format+"/"+name, func(t *testing.T) {
				rows, err := csv.NewReader(strings.NewReader(render(t, format, reporttest.Hostile(text)))).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range rows {
					noFormula(t, row)
				}
			})
		}
	}
}

func TestCSVHasARowForEachCheck(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Broken())
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", a))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, s := range a.Services {
		for _, activity := range s.Activities {
			checks += len(activity.Checks)
		}
	}
	if len(rows) != checks+1 {
		t.Errorf("%d rows for %d checks and a heading", len(rows), checks)
	}
	for _, row := range rows[1:] {
		if row[6] == "backups.restore_tested" && (row[9] != "fail" || row[11] != "payments/evidence.yaml:88:5") {
			t.Errorf("%q", row)
		}
	}
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	file := filepath.Join("../../../shared/schemas", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the official schema is not here: %v", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	form, err := compiler.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func value(t *testing.T, output string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSARIFSchema(t *testing.T) {
	form := compile(t, "sarif-schema-2.1.0.json")
	for name, text := range harmful {
		for kind, a := range map[string]*assessment.Assessment{"hostile": reporttest.Hostile(text), "forged": reporttest.Poisoned(text)} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				if err := form.Validate(value(t, render(t, "sarif", a))); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if err := form.Validate(value(t, strings.Replace(render(t, "sarif", reporttest.Hostile("a")), `"startLine": `, `"startLine": -`, 1))); err == nil {
		t.Error("the schema takes everything")
	}
}

type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID               string
					HelpURI          string
					ShortDescription struct{ Text string }
					FullDescription  struct{ Text string }
					Properties       struct {
						SecuritySeverity string `json:"security-severity"`
					}
				}
			}
		}
		Invocations []struct {
			EndTimeUTC                 string
			ToolExecutionNotifications []struct {
				Level   string
				Message struct{ Text string }
			}
		}
		Results []struct {
			RuleID    string
			RuleIndex int
			Locations []struct {
				PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
			}
			PartialFingerprints struct{ PrimaryLocationLineHash string }
			Suppressions        []struct {
				Kind, Status, Justification string
				Properties                  struct {
					ExpiresOn string `json:"expires_on"`
				}
			}
		}
	}
}

func parseSARIF(t *testing.T, a *assessment.Assessment) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(render(t, "sarif", a)), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// Results are what is to be fixed and nothing else; fingerprints are unique and stay when lines move.
func TestSARIFResults(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken())
	log := parseSARIF(t, a).Runs[0]
	if got, want := len(log.Results), len(a.Open()); got != want {
		t.Errorf("%d results for %d findings", got, want)
	}
	prints := map[string]bool{}
	for _, result := range log.Results {
		rule := log.Tool.Driver.Rules[result.RuleIndex]
		if rule.ID != result.RuleID || rule.Properties.SecuritySeverity == "" || rule.ShortDescription.Text == "" {
			t.Errorf("%s has rule %+v", result.RuleID, rule)
		}
		if uri := result.Locations[0].PhysicalLocation.ArtifactLocation.URI; uri == "" || strings.HasPrefix(uri, "/") {
			t.Errorf("uri %q", uri)
		}
		prints[result.PartialFingerprints.PrimaryLocationLineHash] = true
	}
	if len(prints) != len(log.Results) {
		t.Errorf("%d fingerprints of %d results", len(prints), len(log.Results))
	}
	moved := reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken())
	for i := range moved.Services {
		for k := range moved.Services[i].Activities {
			for n := range moved.Services[i].Activities[k].Checks {
				for f := range moved.Services[i].Activities[k].Checks[n].Findings {
					moved.Services[i].Activities[k].Checks[n].Findings[f].Line += 100
				}
			}
		}
	}
	for _, result := range parseSARIF(t, moved).Runs[0].Results {
		if !prints[result.PartialFingerprints.PrimaryLocationLineHash] {
			t.Errorf("another fingerprint of %s when lines move", result.RuleID)
		}
	}
}

// Waived findings are left out with a note, or are results with an accepted suppression; then every other result says that it is not
// suppressed, as the standard wants.
func TestSARIFWaived(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Accepted())
	omitted := parseSARIF(t, a).Runs[0]
	notes := omitted.Invocations[0].ToolExecutionNotifications
	if len(notes) != 1 || notes[0].Level != "note" ||
		!strings.HasPrefix(notes[0].Message.Text, "2 findings are waived: control_panel_access.mfa until 2027-01-31 by C. Roux (") {
		t.Errorf("%+v", notes)
	}
	if omitted.Invocations[0].EndTimeUTC != "2026-11-20T09:00:00Z" {
		t.Errorf("it ends at %q", omitted.Invocations[0].EndTimeUTC)
	}
	var out bytes.Buffer
	if err := sarif.Write(&out, a, sarif.Suppressed, nil); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	results := log.Runs[0].Results
	if len(results) != len(omitted.Results)+2 || len(log.Runs[0].Invocations[0].ToolExecutionNotifications) != 0 {
		t.Fatalf("%d results with the waived ones, %d without", len(results), len(omitted.Results))
	}
	for i, result := range results {
		switch suppressed := i >= len(omitted.Results); {
		case result.Suppressions == nil:
			t.Errorf("%s does not say whether it is suppressed", result.RuleID)
		case suppressed != (len(result.Suppressions) == 1):
			t.Errorf("%s has %d suppressions", result.RuleID, len(result.Suppressions))
		case suppressed:
			s := result.Suppressions[0]
			if s.Kind != "external" || s.Status != "accepted" || s.Properties.ExpiresOn != "2027-01-31" || !strings.HasPrefix(s.Justification, "waived until 2027-01-31 by C. Roux: the break-glass") {
				t.Errorf("%+v", s)
			}
		}
	}
}

// A rule leads to the page that its source names, and its description says how to fix the problem, which readers without the help show.
func TestSARIFRules(t *testing.T) {
	for source, address := range map[string]string{
		"NIST SP 800-57, https://csrc.example.org/pubs/sp/800/57/pt1/r5/final.": "https://csrc.example.org/pubs/sp/800/57/pt1/r5/final",
		"the provider's page (https://help.example.org/kb#12), section 2":       "https://help.example.org/kb#12",
		"PCI DSS 4.0.1 requirement 8.3.6":                                       "",
		"javascript:alert(1) http://example.org/":                               "",
	} {
		s := reporttest.Failing()
		check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
		check.Source = source
		for _, rule := range parseSARIF(t, reporttest.Of(s)).Runs[0].Tool.Driver.Rules {
			if rule.ID == check.ID && (rule.HelpURI != address || !strings.Contains(rule.FullDescription.Text, " Fix: "+check.Remediation)) {
				t.Errorf("%q: %+v", source, rule)
			}
		}
	}
}

func TestSARIFLimit(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
	for range 6000 {
		check.Findings = append(check.Findings, check.Findings[0])
	}
	log := parseSARIF(t, reporttest.Of(s)).Runs[0]
	if len(log.Results) != 5000 {
		t.Errorf("%d results", len(log.Results))
	}
	notes := log.Invocations[0].ToolExecutionNotifications
	if len(notes) != 2 || !strings.Contains(notes[1].Message.Text, "more are left out") {
		t.Errorf("what is left out is not announced: %+v", notes)
	}
}

func TestGitLab(t *testing.T) {
	if got := render(t, "gitlab", reporttest.Of(reporttest.Compliant())); got != "[]\n" {
		t.Errorf("a clean report is %q", got)
	}
	var issues []struct {
		Description, CheckName, Fingerprint, Severity string
		Location                                      struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	a := reporttest.Of(reporttest.Failing(), reporttest.Broken())
	if err := json.Unmarshal([]byte(strings.ReplaceAll(render(t, "gitlab", a), "check_name", "CheckName")), &issues); err != nil {
		t.Fatal(err)
	}
	prints := map[string]bool{}
	for _, issue := range issues {
		prints[issue.Fingerprint] = true
		if issue.Location.Lines.Begin < 1 || issue.Location.Path == "" || issue.Description == "" || issue.CheckName == "" ||
			!strings.Contains("info minor major critical blocker", issue.Severity) {
			t.Errorf("%+v", issue)
		}
	}
	if len(prints) != len(issues) || len(issues) != len(a.Open())+1 { // and one that says what is waived
		t.Errorf("%d fingerprints of %d issues, %d findings", len(prints), len(issues), len(a.Open()))
	}
}

// Every format says how strong the passes are, who has signed their facts, and whose word they are.
func TestStrength(t *testing.T) {
	s := reporttest.Failing()
	s.Grades, s.Signers = map[verdict.Grade]int{verdict.Derived: 1, verdict.Attached: 4, verdict.Stated: 2}, []assessment.Signer{{Name: "alice", Checks: 7}, {Name: "bob", Checks: 7}, {Name: "carol", Checks: 3}}
	s.Stated = []assessment.Word{{By: []string{"d.person", "e.person"}, Others: 1, Checks: []string{"backups.policy_owned"}, Partly: []string{"capacity.alerts_set"}}}
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[0]
	check.Grade, check.SignedBy, check.StatedBy = verdict.Stated, []string{"alice", "bob"}, &assessment.Stated{By: []string{"d.person"}, Alone: true}
	const headline = "7 checks pass: 1 derived, 4 attached, 2 stated; all signed by alice and by bob; 3 signed by carol"
	a := reporttest.Of(s)
	for format, expected := range map[string][]string{
		"text":     {headline},
		"github":   {"::notice title=strength of the passes::" + headline + "\n"},
		"gitlab":   {"payments-prod: " + headline},
		"html":     {headline, "<td>stated<br>signed by alice, bob<br>by d.person alone", "<th scope=\"row\">d.person, e.person and 1 other</th><td><code>backups.policy_owned</code></td><td><code>capacity.alerts_set</code></td>"},
		"csv":      {",alice bob,d.person alone\r\n"},
		"markdown": {"- strength: `" + headline + "`", "nobody's word but that of `d.person, e.person and 1 other`: `backups.policy_owned`, `capacity.alerts_set` (1 of them with stronger facts too)"},
	} {
		got := strings.ReplaceAll(render(t, format, a), "<wbr>", "")
		for _, line := range expected {
			if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.TrimSpace(strings.Join(strings.Fields(line), " "))) {
				t.Errorf("%s: %q is not there", format, line)
			}
		}
	}
	calendar := strings.ReplaceAll(render(t, "ics", a), "\r\n ", "")
	if !strings.Contains(calendar, `Strength now: 7 checks pass: 1 derived\, 4 attached\, 2 stated\; all signed by`) || !strings.Contains(calendar, "X-WR-CALDESC:7 checks pass") {
		t.Errorf("the calendar does not say it:\n%s", calendar)
	}
	var details bytes.Buffer
	if err := text.WriteFleet(&details, assessment.FleetOf(a), text.Options{Details: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(details.String(), "Supported by nobody's word but that of\n  d.person, e.person and 1 other\n    backups.policy_owned\n    with stronger facts too: capacity.alerts_set\n") {
		t.Error("the text does not say whose word it is")
	}
	if strings.Contains(render(t, "text", a), "nobody's word") {
		t.Error("the text lists people without being asked for details")
	}
}

// A merge request shows the strength where it has changed.
func TestGitLabShowsTheStrengthWhereItChanges(t *testing.T) {
	print := func(derived int) string {
		s := reporttest.Compliant()
		s.Grades = map[verdict.Grade]int{verdict.Derived: derived}
		var issues []struct{ Fingerprint, Severity string }
		if err := json.Unmarshal([]byte(render(t, "gitlab", reporttest.Of(s))), &issues); err != nil {
			t.Fatal(err)
		}
		if len(issues) != 1 || issues[0].Severity != "info" {
			t.Fatalf("%+v", issues)
		}
		return issues[0].Fingerprint
	}
	if before, again, after := print(1), print(1), print(2); before != again || before == after {
		t.Error("the fingerprint does not follow from the grades")
	}
}

// An independent reader counts what the suites say, and finds each status where readers look for it.
func TestJUnit(t *testing.T) {
	output := render(t, "junit", reporttest.Of(reporttest.Failing(), reporttest.Broken()))
	suites, err := gojunit.Ingest([]byte(output))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]gojunit.Test{}
	for _, suite := range suites {
		for _, test := range suite.Tests {
			seen[test.Classname+"."+test.Name] = test
		}
		counted := gojunit.Totals{}
		for _, test := range suite.Tests {
			counted.Tests++
			switch test.Status {
			case gojunit.StatusFailed:
				counted.Failed++
			case gojunit.StatusError:
				counted.Error++
			case gojunit.StatusSkipped:
				counted.Skipped++
			case gojunit.StatusPassed:
				counted.Passed++
			}
		}
		if diff := cmp.Diff(counted, suite.Totals); diff != "" {
			t.Errorf("%s: %s", suite.Name, diff)
		}
	}
	for name, want := range map[string]gojunit.Status{
		"payments-prod.backups.policy_owned":       gojunit.StatusPassed,
		"payments-prod.backups.keys_covered":       gojunit.StatusFailed,
		"payments-prod.capacity.alerts_set":        gojunit.StatusError,
		"payments-prod.control_panel_access.mfa":   gojunit.StatusSkipped,
		"payments-prod.provider_access.not_judged": gojunit.StatusSkipped,
		"vault-dr.service_logs.kinds_subscribed":   gojunit.StatusError,
	} {
		if got := seen[name]; got.Status != want {
			t.Errorf("%s is %q, wanted %q", name, got.Status, want)
		}
	}
	var suitesXML struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	if err := xml.Unmarshal([]byte(output), &suitesXML); err != nil || suitesXML.Tests == 0 || suitesXML.Failures == 0 || suitesXML.Errors == 0 {
		t.Errorf("%+v %v", suitesXML, err)
	}
}

// A calendar that another library reads: an entry for each day and service, whose ids stay.
func TestICS(t *testing.T) {
	for name, text := range harmful {
		t.Run(name, func(t *testing.T) {
			calendar, err := ical.NewDecoder(strings.NewReader(render(t, "ics", reporttest.Hostile(text)))).Decode()
			if err != nil {
				t.Fatal(err)
			}
			if events := calendar.Events(); len(events) != 2 {
				t.Errorf("%d entries", len(events))
			}
			for line := range strings.Lines(render(t, "ics", reporttest.Hostile(text))) {
				if len(line) > 77 || !strings.HasSuffix(line, "\r\n") {
					t.Errorf("line of %d bytes: %q", len(line), line)
				}
			}
		})
	}
	calendar, err := ical.NewDecoder(strings.NewReader(render(t, "ics", reporttest.Of(reporttest.Failing())))).Decode()
	if err != nil {
		t.Fatal(err)
	}
	first := calendar.Events()[0]
	summary, err := first.Props.Text(ical.PropSummary)
	if err != nil || summary != "evidence of keys is too old from 2026-11-26 (critical): stale: collected 7 days before the assessment, … · payments-prod" {
		t.Errorf("%q %v", summary, err)
	}
	if summary, err := calendar.Events()[1].Props.Text(ical.PropSummary); err != nil ||
		!strings.HasPrefix(summary, "the waiver of control_panel_access.mfa is over from 2027-02-01 (high): ") {
		t.Errorf("%q %v", summary, err)
	}
	if day, err := first.DateTimeStart(nil); err != nil || day.Format("2006-01-02") != "2026-11-26" {
		t.Errorf("%v %v", day, err)
	}
}

// Every format says of a bad service that it is bad, and none shows a forged word for a verdict.
func TestEveryFormatSaysThatTheTimeMayBePast(t *testing.T) {
	for format := range formats {
		past := reporttest.Of(reporttest.Failing())
		past.PastAt = true
		phrases := []string{"a chosen time that may be past", `"past_at": true`, "past-at", "counts,past_at"}
		says := func(a *assessment.Assessment) bool {
			out := strings.ReplaceAll(render(t, format, a), "\r\n ", "") // lines of a calendar are folded
			out = strings.Join(strings.Fields(out), " ")
			if format == "csv" {
				return strings.Contains(out, ",yes,yes,yes,") || strings.Contains(out, ",no,yes,yes,") // disputed, counts, past_at
			}
			return slices.ContainsFunc(phrases, func(words string) bool { return strings.Contains(out, words) })
		}
		if !says(past) {
			t.Errorf("%s does not say that the time may be past:\n%.2000s", format, render(t, format, past))
		}
		past.PastAt = false
		if says(past) {
			t.Errorf("%s says it where it is not so", format)
		}
	}
}

// So it is with failures of disputed duties that do not count for the exit code.
func TestEveryFormatSaysWhatDoesNotCount(t *testing.T) {
	says := map[string]string{
		"csv": ",yes,no,", "json": `"disputed_not_counted": true`, "ndjson": `"disputed_not_counted":true`, "junit": `name="not_counted"`,
		"sarif": `"disputed_not_counted": "failures`, "sarif.suppressed": `"disputed_not_counted": "failures`, "gitlab": "disputed duty, it does not count", "oscal": `"name": "disputed-not-counted"`,
		"diff": "(disputed duty: it does not count)", "diff.md": "(disputed duty: it does not count)", "diff.json": `"not_counted": true`,
	}
	for format := range formats {
		if format == "oscal-plan" || format == "results" || strings.HasPrefix(format, "forecast") || strings.HasPrefix(format, "worksheet") || strings.HasPrefix(format, "view") {
			// They say nothing of what a gate looks at.
			continue
		}
		a := reporttest.Of(reporttest.Failing())
		words, own := says[format]
		if !own {
			words = "failures of disputed duties did not count"
		}
		shown := func() bool {
			out := strings.ReplaceAll(render(t, format, a), "\r\n ", "") // lines of a calendar are folded
			return strings.Contains(strings.Join(strings.Fields(out), " "), words)
		}
		if shown() {
			t.Errorf("%s says %q where it is not so", format, words)
		}
		if a.DisputedNotCounted = true; !shown() {
			t.Errorf("%s does not say %q:\n%.2000s", format, words, render(t, format, a))
		}
	}
}

// A check that counts for no framework is named as one, with the value that is looser, wherever mappings are shown.
func TestFormatsWithMappingsSayWhichCountForNone(t *testing.T) {
	says := map[string]string{
		"csv": "backup_restore_test_max_age_days=730 (profile: 365)", "json": `"looser_parameters": [`, "junit": "counts_for_no_framework:backups.restore_tested",
		"oscal": `"name": "counts-for-no-framework"`, "sarif": "The check counts for no framework", "html": "counts for no framework: backup_restore_test_max_age_days is 730",
		"text": "2 checks count for no framework", "markdown": "these checks count for no framework", "defectdojo": "The check counts for no framework", "hdf": `"label": "counts for no framework"`, "github": "2 checks count for no framework",
	}
	for format, words := range says {
		shows := func(a *assessment.Assessment) bool {
			return strings.Contains(strings.Join(strings.Fields(render(t, format, a)), " "), words)
		}
		if !shows(reporttest.Of(reporttest.Failing())) {
			t.Errorf("%s does not say %q:\n%.2000s", format, words, render(t, format, reporttest.Of(reporttest.Failing())))
		}
		if shows(reporttest.Of(reporttest.Compliant())) {
			t.Errorf("%s says %q where no such check is", format, words)
		}
	}
}

func TestUnknownStatusIsNeverGood(t *testing.T) {
	a := reporttest.Of(reporttest.Compliant())
	a.Result, a.Services[0].Result = "excellent", "excellent"
	for format := range formats {
		if got := render(t, format, a); strings.Contains(got, ">PASS<") && format != "html" || strings.HasPrefix(got, "PASS") {
			t.Errorf("%s takes an unknown verdict for a good one", format)
		}
	}
}

func TestGolden(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken())
	for format := range formats {
		if slices.Contains([]string{"text", "html", "json", "junit", "hdf"}, format) || strings.HasPrefix(format, "oscal") || format == "view.html" || format == "view.oscal" {
			continue // they have tests of their own, or are long and have a reader above
		}
		if slices.Contains([]string{"gemara", "ssrm"}, format) {
			continue // tests of their own
		}
		t.Run(format, func(t *testing.T) {
			got := render(t, format, a)
			testhelp.Golden(t, filepath.Join("testdata", strings.ReplaceAll(format, ".", "_")+".golden"), got, *update)
		})
	}
}

func TestFailingWriter(t *testing.T) {
	for format, write := range formats {
		if err := write(broken{}, reporttest.Of(reporttest.Failing())); err == nil {
			t.Errorf("%s does not say that nothing was written", format)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("no room") }
