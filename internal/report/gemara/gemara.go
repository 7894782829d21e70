// Package gemara writes an assessment as evaluation logs of Gemara, the OpenSSF's model for governance data: one log for each service.
// A control is an activity of the RACI table, and an assessment is a check. The schema is evaluationlog.cue of the version named below.
package gemara

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Version is the version of Gemara's schemas that logs conform to.
const Version = "1.4.1"

// log is an #EvaluationLog.
type log struct {
	Metadata    metadata     `json:"metadata"`
	Target      entity       `json:"target"`
	Result      string       `json:"result"`
	Evaluations []evaluation `json:"evaluations"`
}

type metadata struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Gemara      string      `json:"gemara-version"`
	Version     string      `json:"version"`
	Date        string      `json:"date"`
	Description string      `json:"description"`
	Author      entity      `json:"author"` // the executor
	References  []reference `json:"mapping-references"`
}

type entity struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Version     string `json:"version,omitempty"`
	Description string `json:"description,omitempty"`
	Environment string `json:"environment,omitempty"`
}

type reference struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
}

type evaluation struct {
	Name    string  `json:"name"`
	Result  string  `json:"result"`
	Message string  `json:"message"`
	Control mapping `json:"control"`
	Logs    []entry `json:"assessment-logs"`
}

type mapping struct {
	Reference string `json:"reference-id"`
	Entry     string `json:"entry-id"`
	Remarks   string `json:"remarks,omitempty"`
}

// entry is an #AssessmentLog.
type entry struct {
	Requirement    mapping    `json:"requirement"`
	Description    string     `json:"description"`
	Result         string     `json:"result"`
	Message        string     `json:"message"`
	Applicability  []string   `json:"applicability"`
	Steps          []string   `json:"steps"`
	Executed       int        `json:"steps-executed"`
	Start          string     `json:"start"`
	Recommendation string     `json:"recommendation,omitempty"`
	Evidence       []evidence `json:"evidence,omitempty"`
}

type evidence struct {
	ID          string  `json:"id"`
	Type        string  `json:"type"`
	CollectedAt string  `json:"collected-at"`
	Description string  `json:"description"`
	Payload     payload `json:"payload"`
}

// payload says where the evidence is and how it came. Version 1.4.1 has no fields for it.
type payload struct {
	File        string     `json:"reference-id"`
	Coordinate  string     `json:"coordinate"` // JSON pointer
	Digest      string     `json:"digest,omitempty"`
	Method      string     `json:"method"`
	CollectedBy string     `json:"collected-by"`
	SignedBy    []string   `json:"signed-by,omitempty"`
	Artifacts   []artifact `json:"artifacts,omitempty"`
}

type artifact struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// results are the statuses in Gemara's words. What is missing, and what could not be evaluated, is not known. A waived check is not
// passed: somebody has to look at it again when the waiver ends.
var results = map[verdict.Status]string{
	verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Missing: "Unknown", verdict.Error: "Unknown", verdict.Waived: "Needs Review",
	verdict.NotApplicable: "Not Applicable", verdict.Inherited: "Not Run", verdict.NotSelected: "Not Run",
}

// result is the word for a status; a status that no version knows is not known.
func result(status verdict.Status) string { return cmp.Or(results[status], "Unknown") }

// Write writes the log of a service as JSON. The logs of several services are JSON Lines: a line each, because a log has one target.
func Write(w io.Writer, a *assessment.Assessment) error {
	for i := range a.Services {
		l, err := logOf(a, &a.Services[i])
		if err != nil {
			return err
		}
		if len(a.Services) == 1 {
			return sanitize.WriteJSON(w, l)
		}
		compact, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(sanitize.AppendJSON(nil, compact), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func logOf(a *assessment.Assessment, s *assessment.Service) (*log, error) {
	at, err := second(s.At)
	if err != nil {
		return nil, fmt.Errorf("write Gemara: service %s: %w", s.Service.ID, err)
	}
	l := &log{
		Metadata: metadata{
			ID: fmt.Sprintf("raci-check:%s:%s", s.Service.ID, a.Catalog.Reading), Type: "EvaluationLog", Gemara: Version, Version: at, Date: at,
			Description: describe(a, s),
			Author: entity{
				ID: a.Tool.Name, Name: a.Tool.Name, Type: "Software", Version: a.Tool.Version,
				Description: "Evaluates policies on evidence. Policies " + a.Policies.Digest + ", profile " + a.Policies.Profile + ".",
			},
			References: references(a, s),
		},
		Target: entity{ID: s.Service.ID, Name: cmp.Or(s.Service.Name, s.Service.ID), Type: "Software", Environment: s.Service.Region},
		Result: result(s.Result),
	}
	sources := newSources(s)
	for i := range s.Activities {
		l.Evaluations = append(l.Evaluations, evaluate(a, &s.Activities[i], at, sources))
	}
	return l, nil
}

// describe says what came of the service, by which rules, and what does not count.
func describe(a *assessment.Assessment, s *assessment.Service) string {
	parts := []string{fmt.Sprintf("%s: %s", a.Catalog.Title, s.Result), "assessment " + a.Digest}
	if a.PastAt {
		parts = append(parts, assessment.ChosenTime)
	}
	if a.DisputedNotCounted {
		parts = append(parts, wording.NotCounted)
	}
	if grades := wording.English.Grades(*s); grades != "" {
		parts = append(parts, grades)
	}
	return strings.Join(parts, "; ")
}

// references are the table and the files of evidence.
func references(a *assessment.Assessment, s *assessment.Service) []reference {
	all := []reference{{ID: tableID(a), Title: a.Catalog.Title, Version: a.Catalog.Reading, Description: a.Catalog.Source + ", " + a.Catalog.Digest}}
	listed := map[string]bool{tableID(a): true}
	for _, file := range s.Evidence {
		if !listed[file.Path] {
			listed[file.Path] = true
			all = append(all, reference{ID: file.Path, Title: file.Path, Version: digest(file.SHA256), Description: "evidence"})
		}
	}
	return all
}

func tableID(a *assessment.Assessment) string { return "raci:" + a.Catalog.ID }

func digest(hexadecimal string) string {
	if hexadecimal == "" {
		return ""
	}
	return "sha256:" + hexadecimal
}

func evaluate(a *assessment.Assessment, activity *assessment.Activity, at string, from sources) evaluation {
	e := evaluation{
		Name: activity.Title, Result: result(activity.Status), Message: string(activity.Status),
		Control: mapping{tableID(a), activity.ID, responsibility(a, activity)},
	}
	if activity.Reason != "" {
		e.Message += ": " + activity.Reason
	}
	if activity.Disputed {
		e.Message += "; disputed: " + activity.DisputeNote
	}
	for i := range activity.Checks {
		e.Logs = append(e.Logs, from.assess(a, activity, &activity.Checks[i], at))
	}
	if len(e.Logs) == 0 {
		e.Logs = []entry{{
			Requirement: mapping{Reference: tableID(a), Entry: activity.ID}, Description: activity.Title, Result: e.Result,
			Message: cmp.Or(activity.Reason, unassessed(a, activity)), Applicability: applicability(a), Steps: []string{"none"}, Start: at,
		}}
	}
	return e
}

// unassessed says why no check of an activity was made.
func unassessed(a *assessment.Assessment, activity *assessment.Activity) string {
	if activity.Status == verdict.Inherited {
		return "inherited from " + a.Catalog.Provider + ", not assessed"
	}
	return string(activity.Status)
}

// responsibility says which part each party has in an activity.
func responsibility(a *assessment.Assessment, activity *assessment.Activity) string {
	return fmt.Sprintf("customer: %s; %s: %s", cmp.Or(activity.Customer, "none"), a.Catalog.Provider, cmp.Or(activity.Provider, "none"))
}

func applicability(a *assessment.Assessment) []string {
	return []string{"profile " + a.Policies.Profile}
}

// sources are the files and sections of the evidence of a service.
type sources struct {
	files    map[string]assessment.File
	sections map[string]assessment.Section
}

func newSources(s *assessment.Service) sources {
	from := sources{map[string]assessment.File{}, map[string]assessment.Section{}}
	for _, file := range s.Evidence {
		from.files[file.Path] = file
	}
	for _, section := range s.Sections {
		from.sections[section.Name] = section
	}
	return from
}

func (from sources) assess(a *assessment.Assessment, activity *assessment.Activity, check *assessment.Check, at string) entry {
	e := entry{
		Requirement: mapping{tableID(a), check.ID, check.Source}, Description: check.Title, Result: result(check.Status),
		Message: message(activity, check), Applicability: applicability(a),
		Steps: []string{"evaluate policy " + check.ID}, Executed: 1, Start: at, Evidence: from.evidence(check),
	}
	if result(check.Status) == "Not Run" {
		e.Executed = 0
	}
	if check.Status.Bad() || check.Status == verdict.Waived {
		e.Recommendation = check.Remediation
	}
	return e
}

// message says why a check has its status: places and words of findings, the waiver, the grade of a pass.
func message(activity *assessment.Activity, check *assessment.Check) string {
	parts := []string{fmt.Sprintf("%s (%s)", check.Status, check.Severity)}
	if check.Status == verdict.Error {
		parts = append(parts, cmp.Or(activity.Reason, "the policy could not be evaluated"))
	}
	if check.Reason != "" {
		parts = append(parts, check.Reason)
	}
	if check.Grade != "" {
		parts = append(parts, "grade "+string(check.Grade))
	}
	if w := check.Waiver; w != nil {
		parts = append(parts, fmt.Sprintf("waived until %s by %s, requested by %s: %s", w.ExpiresOn, w.ApprovedBy, w.RequestedBy, w.Reason))
	}
	for _, f := range check.Findings {
		text := fmt.Sprintf("%s %s: %s", f.Status, f.Location, f.Message)
		if f.Waived {
			text += " (waived)"
		}
		parts = append(parts, text)
	}
	if len(check.Looser) > 0 {
		parts = append(parts, "the check counts for no framework")
	}
	return strings.Join(parts, "; ")
}

// evidence is each fact that a check needs and that the evidence has: a section with its file, and how it was collected. A section that
// does not say when it was collected is left out: the schema wants the time.
func (from sources) evidence(check *assessment.Check) []evidence {
	var all []evidence
	for _, pointer := range slices.Compact(slices.Sorted(slices.Values(check.Evidence))) {
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		section, ok := from.sections[name]
		at, err := second(section.CollectedAt)
		if !ok || err != nil {
			continue
		}
		file := from.files[section.File]
		source := payload{
			File: section.File, Coordinate: pointer, Digest: digest(file.SHA256), Method: section.Method, CollectedBy: section.CollectedBy,
			SignedBy: file.SignedBy,
		}
		for _, f := range section.Artifacts {
			source.Artifacts = append(source.Artifacts, artifact{f.Path, digest(f.SHA256)})
		}
		all = append(all, evidence{
			ID: check.ID + ":" + pointer, Type: "raci-check evidence", CollectedAt: at,
			Description: fmt.Sprintf("section %s, collected by %s (%s)", name, cmp.Or(section.CollectedBy, "nobody named"), section.Method), Payload: source,
		})
	}
	return all
}

// second is a time to the second, in UTC, as the schema's pattern wants it.
func second(at string) (string, error) {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return "", err
	}
	return t.UTC().Format(time.RFC3339), nil
}
