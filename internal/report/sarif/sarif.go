// Package sarif writes what an assessment leaves to fix as SARIF 2.1.0, for code scanning. Checks that hold are no
// results: GitHub would show each as an alert. docs/consumers.md says what each reader of the format takes.
package sarif

import (
	"cmp"
	"io"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// GitHub's limits for SARIF uploads: it shows the first 5,000 results of a run, and refuses descriptions of more than 1,024
// characters and files of more than 10 MB when compressed, which so many results of so long messages do not reach.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
const (
	maxResults = 5000
	maxText    = 1024
)

// Waived says what becomes of the findings that waivers cover.
type Waived string

// GitHub shows a suppressed result as an alert like any other, and DefectDojo as a false positive. So waived findings are left out
// unless asked for.
const (
	Omitted    Waived = "omitted"    // no results; a notification says how many, until when and by whom
	Suppressed Waived = "suppressed" // results with an accepted suppression, which has the reason and the end
)

// Ways lists what can become of them, the default first.
var Ways = []Waived{Omitted, Suppressed}

// home is where the program says more about itself. The name is a reserved one until the program has an address.
const home = "https://raci-check.example/"

type log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool        tool         `json:"tool"`
	Automation  automation   `json:"automationDetails"`
	Invocations []invocation `json:"invocations"`
	Columns     string       `json:"columnKind"`
	Results     []result     `json:"results"`
	Properties  provenance   `json:"properties"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Information string `json:"informationUri"`
	Rules       []rule `json:"rules"`
}

type automation struct {
	ID string `json:"id"`
}

// invocation has the time that was assessed for as its beginning and its end: no clock is read. DefectDojo takes the end for the date
// of all findings.
type invocation struct {
	Start         string         `json:"startTimeUtc,omitempty"`
	End           string         `json:"endTimeUtc,omitempty"`
	Successful    bool           `json:"executionSuccessful"`
	Notifications []notification `json:"toolExecutionNotifications,omitempty"`
}

type notification struct {
	Level   string  `json:"level"`
	Message message `json:"message"`
}

// provenance says what the results were made from.
type provenance struct {
	At         string `json:"at"`
	PastAt     bool   `json:"past_at,omitempty"`
	Assessment string `json:"assessment_digest"`
	Policies   string `json:"policies_digest"`
	Catalog    string `json:"catalog_digest"`
	Profile    string `json:"profile"`
	Reading    string `json:"reading"`
	// Grades are the checks that pass, of all services, by how strong the facts are that they rest on.
	Grades map[verdict.Grade]int `json:"grades,omitempty"`
	// Unmapped says how many checks count for no framework, and why.
	Unmapped string `json:"unmapped_checks,omitempty"`
	// Looser are the parameters that are looser than the profile, those that no check rests on too.
	Looser []string `json:"looser_parameters,omitempty"`
	// Readings are the results by each reading of the table.
	Readings   []assessment.ReadingResult `json:"readings,omitempty"`
	NotCounted string                     `json:"disputed_not_counted,omitempty"` // says so
}

type rule struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Short         message        `json:"shortDescription"`
	Full          message        `json:"fullDescription"`
	Help          help           `json:"help"`
	HelpURI       string         `json:"helpUri,omitempty"`
	Configuration configuration  `json:"defaultConfiguration"`
	Properties    ruleProperties `json:"properties"`
}

type message struct {
	Text string `json:"text"`
}

type help struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type configuration struct {
	Level string `json:"level"`
}

type ruleProperties struct {
	Precision        string   `json:"precision"`
	SecuritySeverity string   `json:"security-severity"`
	Tags             []string `json:"tags"`
	// Controls are those that the check counts for, by framework.
	Controls map[string][]string `json:"controls,omitempty"`
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Rank         float64           `json:"rank"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations"`
	Related      []location        `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	// Suppressions are on all results of a run or on none: an empty list says that the result is not suppressed.
	Suppressions *[]suppression   `json:"suppressions,omitempty"`
	Properties   resultProperties `json:"properties"`
}

// suppression is an accepted risk.
type suppression struct {
	Kind          string       `json:"kind"`
	Status        string       `json:"status"`
	Justification string       `json:"justification"`
	Location      *location    `json:"location,omitempty"` // of the waiver
	Properties    *waiverProps `json:"properties,omitempty"`
}

type waiverProps struct {
	RequestedBy string `json:"requested_by"`
	ApprovedBy  string `json:"approved_by"`
	ApprovedOn  string `json:"approved_on"`
	ExpiresOn   string `json:"expires_on"`
}

type resultProperties struct {
	Service     string           `json:"service"`
	ServiceName string           `json:"service_name,omitempty"`
	Status      verdict.Status   `json:"status"`
	Severity    verdict.Severity `json:"severity"`
	Pointer     string           `json:"pointer,omitempty"`
	// Condition names which way of failing it is, and Values are what the message shows.
	Condition   string              `json:"condition,omitempty"`
	Values      map[string]any      `json:"values,omitempty"`
	Remediation string              `json:"remediation,omitempty"`
	Controls    map[string][]string `json:"controls,omitempty"`
	Grade       verdict.Grade       `json:"grade,omitempty"` // where a pass was too weak
	// Disputed says that another reading of the table gives the duty to somebody else, and NotCounted that its failure does not count.
	Disputed   bool `json:"disputed,omitempty"`
	NotCounted bool `json:"not_counted,omitempty"`
}

type location struct {
	Physical physicalLocation `json:"physicalLocation"`
	Message  *message         `json:"message,omitempty"` // GitHub shows related locations only with one
}

type physicalLocation struct {
	Artifact artifact `json:"artifactLocation"`
	Region   region   `json:"region"`
}

type artifact struct {
	URI string `json:"uri"`
}

type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

// notify adds a notification about the whole run: a warning, or a note.
func (r *run) notify(level, text string) {
	r.Invocations[0].Notifications = append(r.Invocations[0].Notifications, notification{level, plain(sanitize.Text(text))})
}

// Write writes in a language one run with the results of all services, the gravest first. Waived findings are left out, or come last as
// suppressed ones.
func Write(w io.Writer, a *assessment.Assessment, waived Waived, language *words.Words) error {
	open, say := a.Open(), writer{wording.In(language)}
	report := say.begin(a)
	if accepted := a.Accepted(); waived == Suppressed {
		open = append(open, accepted...)
	} else if text := say.Accepted(accepted); text != "" {
		report.notify("note", say.Say("%s (no results; --sarif-waived suppressed writes them)", text))
	}
	if len(open) > maxResults {
		report.notify("warning", say.Say(
			"the %d most severe findings are reported; %d more are left out, because GitHub shows at most %d: see another format of the report",
			maxResults, len(open)-maxResults, maxResults))
		open = open[:maxResults]
	}
	index := map[string]int{}
	for _, o := range open {
		at, ok := index[o.Check.ID]
		if !ok {
			at = len(report.Tool.Driver.Rules)
			index[o.Check.ID] = at
			report.Tool.Driver.Rules = append(report.Tool.Driver.Rules, say.describe(a, o))
		}
		r := say.resultOf(a, o, at)
		if waived == Suppressed {
			r.Suppressions = &[]suppression{}
			if o.Accepted() {
				r.Suppressions = &[]suppression{say.suppress(o.Waiver)}
			}
		}
		report.Results = append(report.Results, r)
	}
	return sanitize.WriteJSON(w, log{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []run{report},
	})
}

// writer has the words of a language.
type writer struct{ wording.Phrases }

// begin is a run without results.
func (w writer) begin(a *assessment.Assessment) run {
	report := run{
		Tool:        tool{driver{Name: sanitize.Text(a.Tool.Name), Version: sanitize.Text(a.Tool.Version), Information: home, Rules: []rule{}}},
		Automation:  automation{ID: "raci-check/" + sanitize.Text(a.Catalog.ID) + "/"},
		Invocations: []invocation{{Successful: a.Result != verdict.Error}},
		Columns:     "unicodeCodePoints",
		Results:     []result{},
		Properties: provenance{
			At: sanitize.Text(a.At), PastAt: a.PastAt, Assessment: sanitize.Text(a.Digest), Policies: sanitize.Text(a.Policies.Digest), Catalog: sanitize.Text(a.Catalog.Digest),
			Profile: sanitize.Text(a.Policies.Profile), Reading: sanitize.Text(a.Catalog.Reading),
		},
	}
	if at, err := time.Parse(time.RFC3339Nano, a.At); err == nil {
		report.Invocations[0].Start = at.UTC().Format(time.RFC3339)
		report.Invocations[0].End = report.Invocations[0].Start
	}
	tally := assessment.FleetOf(a).Tally
	report.Properties.Grades = tally.Grades
	report.Properties.Unmapped = sanitize.Text(w.Unmapped(tally, a.Policies.Profile))
	for _, p := range a.Policies.Parameters {
		if p.Looser {
			report.Properties.Looser = append(report.Properties.Looser, sanitize.Text(p.Name))
		}
	}
	report.Properties.Readings = a.Readings
	if a.DisputedNotCounted {
		report.Properties.NotCounted = w.Text(wording.NotCounted)
	}
	if past := w.PastTime(a); past != "" {
		report.notify("warning", w.Say("assessed %s", past))
	}
	return report
}

func (w writer) resultOf(a *assessment.Assessment, o assessment.Open, ruleIndex int) result {
	text := o.Finding.Message
	if len(a.Services) > 1 {
		text = w.Say("%s: %s", wording.Service(o.Service), text)
	}
	return result{
		RuleID: sanitize.Text(o.Check.ID), RuleIndex: ruleIndex, Level: levels[o.Check.Severity], Rank: ranks[o.Check.Severity], Message: plain(text),
		Locations:    []location{locate(o.Finding.Location)},
		Related:      related(o.Finding),
		Fingerprints: map[string]string{"primaryLocationLineHash": o.Fingerprint + ":1"},
		Properties: resultProperties{
			Service: sanitize.Text(o.Service.Service.ID), ServiceName: sanitize.Text(o.Service.Service.Name), Status: o.Finding.Status, Severity: o.Check.Severity,
			Pointer: shorten(o.Finding.Pointer), Condition: o.Finding.Condition, Values: o.Finding.Values, Remediation: sanitize.Text(o.Finding.Remediation),
			Controls: o.Check.Controls, Grade: o.Check.Grade, Disputed: o.Activity.Disputed, NotCounted: !a.Counts(o.Activity),
		},
	}
}

// suppress is a waiver as an accepted suppression.
func (w writer) suppress(waiver *assessment.Waiver) suppression {
	s := suppression{Kind: "external", Status: "accepted", Justification: shorten(w.Waived(waiver))}
	if waiver != nil {
		at := locate(waiver.Location)
		s.Location = &at
		s.Properties = &waiverProps{sanitize.Text(waiver.RequestedBy), sanitize.Text(waiver.ApprovedBy), sanitize.Text(waiver.ApprovedOn), sanitize.Text(waiver.ExpiresOn)}
	}
	return s
}

// GitHub takes results of the level error as failures of a pull request.
var levels = map[verdict.Severity]string{
	verdict.Critical: "error", verdict.High: "error", verdict.Medium: "warning", verdict.Low: "note",
}

// GitLab takes the severity of a result from its rank, of at most 100.
var ranks = map[verdict.Severity]float64{
	verdict.Critical: 95, verdict.High: 80, verdict.Medium: 55, verdict.Low: 20,
}

// Scores in the middle of GitHub's ranges: above 9 is critical, from 7 high, from 4 medium.
var scores = map[verdict.Severity]string{
	verdict.Critical: "9.5", verdict.High: "8.0", verdict.Medium: "5.5", verdict.Low: "2.0",
}

func (w writer) describe(a *assessment.Assessment, o assessment.Open) rule {
	c := o.Check
	help := help{
		Text: shorten(w.Say("Fix: %s Source: %s", c.Remediation, c.Source)),
		Markdown: w.Say("%s\n\n**Fix:** %s\n\n**Duty:** %s %s\n\n**Source:** %s\n",
			sanitize.Markdown(c.Description), sanitize.Markdown(c.Remediation), sanitize.Markdown(o.Activity.ID), sanitize.Markdown(o.Activity.Title), sanitize.Markdown(c.Source)),
	}
	for _, controls := range wording.Controls(c, a.Policies.Frameworks) {
		help.Markdown += "\n- " + sanitize.Markdown(controls)
	}
	if len(c.Looser) > 0 {
		help.Markdown += "\n\n" + w.Say("The check counts for no framework: %s", sanitize.Markdown(w.Looser(c.Looser, a.Policies.Profile)))
	}
	full := cmp.Or(c.Description, c.Title)
	if c.Remediation != "" {
		full += " " + w.Say("Fix: %s", c.Remediation)
	}
	return rule{
		ID: sanitize.Text(c.ID), Name: name(c.ID), Short: message{shorten(c.Title)}, Help: help, HelpURI: address(c.Source),
		// The standard wants enough in it to resolve the problem, and DefectDojo shows it and not the help.
		Full:          message{shorten(full)},
		Configuration: configuration{levels[c.Severity]},
		Properties: ruleProperties{
			Precision: "very-high", SecuritySeverity: scores[c.Severity], Controls: c.Controls,
			Tags: []string{"security", "compliance", "raci/" + sanitize.Text(o.Activity.ID)},
		},
	}
}

// addresses are those of web pages.
var addresses = regexp.MustCompile(`https://[0-9A-Za-z.-]+/[0-9A-Za-z./_~%#?=&-]*`)

// address is the first address of a page in a source; empty where it has none.
func address(source string) string { return strings.TrimRight(addresses.FindString(source), ".") }

// name is the id in the form that SARIF wants of names: backups.restore_tested is BackupsRestoreTested.
func name(id string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(id, func(r rune) bool { return r == '.' || r == '_' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return sanitize.Text(b.String())
}

// plain is a message in which nothing is a link or a placeholder.
func plain(text string) message {
	return message{strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "{", "{{", "}", "}}").Replace(shorten(text))}
}

// shorten keeps texts within the limit, and never empty.
func shorten(text string) string {
	return sanitize.Cut(cmp.Or(strings.TrimSpace(sanitize.Text(text)), "-"), maxText)
}

// uri is a file's name as a reference relative to the repository; of a file that lies elsewhere, its address.
func uri(file string) string {
	file = cmp.Or(sanitize.Text(file), "-")
	if path.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: file}).String()
	}
	return (&url.URL{Path: file}).String()
}

func locate(l verdict.Location) location {
	return location{Physical: physicalLocation{artifact{uri(l.File)}, place(l)}}
}

// related are the other places that a finding involves.
func related(f assessment.Finding) []location {
	var all []location
	for _, other := range f.Related {
		at, says := locate(other.Location), plain(other.Pointer)
		at.Message = &says
		all = append(all, at)
	}
	return all
}

func place(l verdict.Location) region {
	line, column := max(l.Line, 1), max(l.Column, 1)
	return region{line, column, line, column + 1}
}
