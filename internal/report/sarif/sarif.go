// Package sarif writes what an assessment leaves to fix as SARIF 2.1.0, for code scanning. Checks that hold are no
// results: GitHub would show each as an alert.
package sarif

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/report/wording"
	"raci-check/internal/sanitize"
	"raci-check/internal/verdict"
)

// GitHub's limits for SARIF uploads: it shows the first 5,000 results of a run, and refuses descriptions of more than 1,024
// characters and files of more than 10 MB when compressed, which so many results of so long messages do not reach.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
const (
	maxResults = 5000
	maxText    = 1024
)

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
	Name    string `json:"name"`
	Version string `json:"version"`
	Rules   []rule `json:"rules"`
}

type automation struct {
	ID string `json:"id"`
}

type invocation struct {
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
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations"`
	Related      []location        `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Properties   resultProperties  `json:"properties"`
}

type resultProperties struct {
	Service string         `json:"service"`
	Status  verdict.Status `json:"status"`
	Pointer string         `json:"pointer,omitempty"`
	// Condition names which way of failing it is.
	Condition string `json:"condition,omitempty"`
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

// notify adds a warning about the whole run.
func (r *run) notify(text string) {
	r.Invocations[0].Notifications = append(r.Invocations[0].Notifications, notification{"warning", plain(sanitize.Text(text))})
}

// Write writes one run with the results of all services, the gravest first.
func Write(w io.Writer, a *assessment.Assessment) error {
	open := a.Open()
	report := run{
		Tool:        tool{driver{Name: sanitize.Text(a.Tool.Name), Version: sanitize.Text(a.Tool.Version), Rules: []rule{}}},
		Automation:  automation{ID: "raci-check/" + sanitize.Text(a.Catalog.ID) + "/"},
		Invocations: []invocation{{Successful: a.Result != verdict.Error}},
		Columns:     "unicodeCodePoints",
		Results:     []result{},
		Properties: provenance{
			At: sanitize.Text(a.At), PastAt: a.PastAt, Assessment: sanitize.Text(a.Digest), Policies: sanitize.Text(a.Policies.Digest), Catalog: sanitize.Text(a.Catalog.Digest),
			Profile: sanitize.Text(a.Policies.Profile), Reading: sanitize.Text(a.Catalog.Reading),
		},
	}
	tally := assessment.FleetOf(a).Tally
	report.Properties.Grades = tally.Grades
	report.Properties.Unmapped = sanitize.Text(wording.Unmapped(tally, a.Policies.Profile))
	report.Properties.Readings = a.Readings
	if a.DisputedNotCounted {
		report.Properties.NotCounted = wording.NotCounted
	}
	if past := wording.PastTime(a); past != "" {
		report.notify("assessed " + past)
	}
	if len(open) > maxResults {
		report.notify(fmt.Sprintf(
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
			report.Tool.Driver.Rules = append(report.Tool.Driver.Rules, describe(a, o))
		}
		text := o.Finding.Message
		if len(a.Services) > 1 {
			text = cmp.Or(o.Service.Service.Name, o.Service.Service.ID) + ": " + text
		}
		report.Results = append(report.Results, result{
			RuleID: sanitize.Text(o.Check.ID), RuleIndex: at, Level: levels[o.Check.Severity], Message: plain(text),
			Locations:    []location{locate(o.Finding.Location)},
			Related:      related(o.Finding),
			Fingerprints: map[string]string{"primaryLocationLineHash": o.Fingerprint + ":1"},
			Properties:   resultProperties{sanitize.Text(o.Service.Service.ID), o.Finding.Status, shorten(o.Finding.Pointer), o.Finding.Condition, o.Activity.Disputed, !a.Counts(o.Activity)},
		})
	}
	return sanitize.WriteJSON(w, log{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []run{report},
	})
}

// GitHub takes results of the level error as failures of a pull request.
var levels = map[verdict.Severity]string{
	verdict.Critical: "error", verdict.High: "error", verdict.Medium: "warning", verdict.Low: "note",
}

// Scores in the middle of GitHub's ranges: above 9 is critical, from 7 high, from 4 medium.
var scores = map[verdict.Severity]string{
	verdict.Critical: "9.5", verdict.High: "8.0", verdict.Medium: "5.5", verdict.Low: "2.0",
}

func describe(a *assessment.Assessment, o assessment.Open) rule {
	c := o.Check
	help := help{
		Text: shorten("Fix: " + c.Remediation + " Source: " + c.Source),
		Markdown: fmt.Sprintf("%s\n\n**Fix:** %s\n\n**Duty:** %s %s\n\n**Source:** %s\n",
			sanitize.Markdown(c.Description), sanitize.Markdown(c.Remediation), sanitize.Markdown(o.Activity.ID), sanitize.Markdown(o.Activity.Title), sanitize.Markdown(c.Source)),
	}
	for _, framework := range slices.Sorted(maps.Keys(c.Controls)) {
		help.Markdown += fmt.Sprintf("\n- %s: %s", sanitize.Markdown(cmp.Or(a.Policies.Frameworks[framework], framework)), sanitize.Markdown(strings.Join(c.Controls[framework], ", ")))
	}
	if len(c.Looser) > 0 {
		help.Markdown += "\n\nThe check counts for no framework: " + sanitize.Markdown(wording.Looser(c.Looser, a.Policies.Profile))
	}
	return rule{
		ID: sanitize.Text(c.ID), Name: name(c.ID), Short: message{shorten(c.Title)}, Full: message{shorten(cmp.Or(c.Description, c.Title))}, Help: help,
		Configuration: configuration{levels[c.Severity]},
		Properties:    ruleProperties{"very-high", scores[c.Severity], []string{"security", "compliance", "raci/" + sanitize.Text(o.Activity.ID)}},
	}
}

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
