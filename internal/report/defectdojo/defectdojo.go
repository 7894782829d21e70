// Package defectdojo writes what an assessment leaves to fix, and what is waived, as a Generic Findings Import of DefectDojo.
//
// The fields are those that DefectDojo's parser takes (dojo/tools/generic/json_parser.py, as of August 2026). It refuses a file with
// any other field. testdata/generic-findings.schema.json holds them, and docs/consumers.md says what each carries.
package defectdojo

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Room for text in DefectDojo's database, in characters.
const (
	maxTitle   = 511
	maxService = 200
	maxPath    = 4000
	maxTag     = 255
)

type findings struct {
	Name        string         `json:"name"`
	Version     string         `json:"version"`
	Description string         `json:"description"`
	StaticTool  bool           `json:"static_tool"`
	DynamicTool bool           `json:"dynamic_tool"`
	Findings    sanitize.Items `json:"findings"` // each a finding
}

type finding struct {
	Title       string `json:"title"`
	Severity    string `json:"severity"`
	Description string `json:"description"`
	Mitigation  string `json:"mitigation"`
	Impact      string `json:"impact,omitempty"`
	References  string `json:"references"`
	Date        string `json:"date,omitempty"` // YYYY-MM-DD, as every date
	FilePath    string `json:"file_path,omitempty"`
	Line        int    `json:"line,omitempty"`
	// Service is what DefectDojo tells findings of one file apart by, besides their text.
	Service    string   `json:"service"`
	UniqueID   string   `json:"unique_id_from_tool"`
	VulnID     string   `json:"vuln_id_from_tool"`
	Tags       []string `json:"tags"`
	Active     bool     `json:"active"`   // DefectDojo has accepted risks as inactive
	Verified   bool     `json:"verified"` // by a person: never here
	FalseP     bool     `json:"false_p"`
	Accepted   bool     `json:"risk_accepted"`
	Planned    string   `json:"planned_remediation_date,omitempty"` // the last day of the waiver
	IsStatic   bool     `json:"static_finding"`
	IsDynamic  bool     `json:"dynamic_finding"`
	Occurences int      `json:"nb_occurences"` // spelled so
}

var severities = map[verdict.Severity]string{
	verdict.Critical: "Critical", verdict.High: "High", verdict.Medium: "Medium", verdict.Low: "Low",
}

// statuses say what the status of a finding means; tags have the status alone.
var statuses = map[verdict.Status]string{
	verdict.Fail:    "fail: a fact contradicts the check",
	verdict.Missing: "missing: a needed fact is absent, empty or too old",
	verdict.Error:   "error: the policy could not be evaluated",
}

// Write writes the findings of all services: those to fix, the gravest first, then those that are waived.
func Write(w io.Writer, a *assessment.Assessment) error {
	report := findings{
		Name: sanitize.Text(a.Tool.Name), Version: sanitize.Text(a.Tool.Version), Description: lines("; ", wording.English.About(a)...), StaticTool: true,
		Findings: func(yield func(any) bool) {
			for _, o := range append(a.Open(), a.Accepted()...) {
				if !yield(of(a, o)) {
					return
				}
			}
		},
	}
	return sanitize.WriteJSON(w, report)
}

// lines joins texts, without those that are empty. They are Markdown, in which nothing from evidence is markup.
func lines(between string, texts ...string) string {
	var all []string
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			all = append(all, sanitize.Markdown(text))
		}
	}
	return strings.Join(all, between)
}

func of(a *assessment.Assessment, o assessment.Open) finding {
	f := finding{
		Title: cut(o.Check.Title+": "+o.Finding.Message, maxTitle), Severity: cmp.Or(severities[o.Check.Severity], "Info"), Description: describe(a, o),
		Mitigation: cmp.Or(lines("", o.Finding.Remediation), lines("", o.Check.Remediation), "-"), Impact: lines("", o.Check.Description),
		References: cmp.Or(lines("\n\n", append([]string{o.Check.Source}, wording.Controls(o.Check, a.Policies.Frameworks)...)...), "-"),
		Date:       wording.Day(cmp.Or(o.Service.At, a.At)), FilePath: cut(strings.TrimPrefix(o.Finding.File, "./"), maxPath), Line: max(o.Finding.Line, 0),
		Service: service(o.Service.Service), UniqueID: o.Fingerprint, VulnID: cut(o.Check.ID, maxTitle), Tags: tags(a, o),
		Active: true, IsStatic: true, Occurences: 1,
	}
	if o.Accepted() {
		f.Active, f.Accepted = false, true
		if o.Waiver != nil && isDay(o.Waiver.ExpiresOn) {
			f.Planned = o.Waiver.ExpiresOn
		}
	}
	return f
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// service names a domain so that two of the same name are two.
func service(id assessment.ServiceID) string {
	if id.Name == "" {
		return cut(id.ID, maxService)
	}
	return cut(fmt.Sprintf("%s (%s)", sanitize.Cut(id.Name, maxService/2), id.ID), maxService)
}

// describe says what was seen, where, and what the finding counts for.
func describe(a *assessment.Assessment, o assessment.Open) string {
	item := func(label, text string) string {
		if strings.TrimSpace(text) == "" {
			return ""
		}
		return label + ": " + text
	}
	texts := []string{
		o.Finding.Message,
		item("Status", cmp.Or(statuses[o.Finding.Status], string(o.Finding.Status))),
		item("Condition", wording.Condition(o.Finding)),
		item("Place", strings.TrimSpace(wording.Place(o.Finding.Location)+" "+o.Finding.Pointer)),
	}
	for _, other := range o.Finding.Related {
		texts = append(texts, item("See also", wording.Place(other.Location)+" "+other.Pointer))
	}
	texts = append(texts, item("Duty", o.Activity.ID+" "+o.Activity.Title), item("Service", o.Service.Service.Name+" "+o.Service.Service.ID+" "+o.Service.Service.Region))
	if o.Activity.Disputed {
		texts = append(texts, item("Disputed", o.Activity.DisputeNote))
	}
	if !a.Counts(o.Activity) {
		texts = append(texts, "The duty is disputed: the finding does not count for the exit code.")
	}
	if len(o.Check.Looser) > 0 {
		texts = append(texts, "The check counts for no framework: "+wording.English.Looser(o.Check.Looser, a.Policies.Profile))
	}
	if o.Check.Grade != "" {
		texts = append(texts, fmt.Sprintf("Strength: the facts are %s (%s)", o.Check.Grade, strings.Join(o.Check.Weakest, ", ")))
	}
	if o.Accepted() {
		texts = append(texts, item("Accepted", wording.English.Waived(o.Waiver)), item("Waiver", wording.English.Owner(o.Waiver)))
	}
	return cmp.Or(lines("\n\n", texts...), "-")
}

// tags are what a list of findings is filtered by.
func tags(a *assessment.Assessment, o assessment.Open) []string {
	all := []string{"raci-check", "status:" + string(o.Finding.Status), "duty:" + o.Activity.ID}
	if o.Activity.Name != "" {
		all = append(all, "duty:"+o.Activity.Name)
	}
	if o.Check.Grade != "" {
		all = append(all, "grade:"+string(o.Check.Grade))
	}
	if o.Activity.Disputed {
		all = append(all, "disputed")
	}
	if !a.Counts(o.Activity) {
		all = append(all, "not-counted")
	}
	if o.Accepted() {
		all = append(all, "waived")
	}
	for i := range all {
		all[i] = tag(all[i])
	}
	return all
}

// tag is a tag without the characters that DefectDojo takes out of tags.
func tag(text string) string {
	return sanitize.Cut(strings.Map(func(r rune) rune {
		if strings.ContainsRune(` ,"'`, r) {
			return '-'
		}
		return r
	}, sanitize.Text(text)), maxTag)
}

// cut is harmless text that is not empty, of at most so many characters.
func cut(text string, most int) string {
	return sanitize.Cut(cmp.Or(strings.TrimSpace(sanitize.Text(text)), "-"), most)
}
