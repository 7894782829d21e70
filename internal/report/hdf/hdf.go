// Package hdf writes an assessment in the Heimdall Data Format, the JSON of InSpec's results: a profile for each service, a control for
// each check that was judged. The fields are those that inspecjs 2.12.6 reads, and the statuses are those that it makes of them:
//
//	pass            Passed
//	fail            Failed
//	missing         Not Reviewed, which counts against compliance as well
//	error           Profile Error
//	waived          Not Applicable, and marked as waived
//	not applicable  Not Applicable
package hdf

import (
	"cmp"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

type execution struct {
	Platform   platform   `json:"platform"`
	Profiles   []profile  `json:"profiles"`
	Statistics statistics `json:"statistics"`
	Version    string     `json:"version"`
}

type platform struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	Target  string `json:"target_id,omitempty"`
}

// statistics has no duration: an assessment reads no clock.
type statistics struct{}

type profile struct {
	Name       string      `json:"name"`
	Title      string      `json:"title"`
	Version    string      `json:"version"`
	Summary    string      `json:"summary"`
	SHA256     string      `json:"sha256"` // of the policies
	Supports   []empty     `json:"supports"`
	Attributes []attribute `json:"attributes"`
	Groups     []group     `json:"groups"`
	Controls   []control   `json:"controls"`
}

type empty struct{}

// attribute is a parameter in force.
type attribute struct {
	Name    string           `json:"name"`
	Options attributeOptions `json:"options"`
}

type attributeOptions struct {
	Value  any    `json:"value"`
	Source string `json:"description"`
}

// group is an activity. Those that are not judged have no controls.
type group struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Controls []string `json:"controls"`
}

type control struct {
	ID           string         `json:"id"`
	Title        string         `json:"title"`
	Desc         string         `json:"desc"`
	Descriptions []description  `json:"descriptions"`
	Impact       float64        `json:"impact"`
	Refs         []reference    `json:"refs"`
	Tags         map[string]any `json:"tags"`
	Code         string         `json:"code"`
	Source       source         `json:"source_location"`
	Waiver       *waiver        `json:"waiver_data,omitempty"`
	Results      []result       `json:"results"`
}

type description struct {
	Label string `json:"label"`
	Data  string `json:"data"`
}

type reference struct {
	Ref string `json:"ref"`
}

type source struct {
	Ref  string `json:"ref,omitempty"`
	Line int    `json:"line,omitempty"`
}

type waiver struct {
	Expires       string `json:"expiration_date"`
	Justification string `json:"justification"`
	Message       string `json:"message"`
	Run           bool   `json:"run"`
	Skipped       bool   `json:"skipped_due_to_waiver"`
}

type result struct {
	Status    string `json:"status"`
	CodeDesc  string `json:"code_desc"`
	Message   string `json:"message,omitempty"`
	Skip      string `json:"skip_message,omitempty"`
	StartTime string `json:"start_time"` // the time that was assessed for
}

// impacts lie within the ranges that readers make the same severities of: critical from 0.9, high from 0.7, medium from 0.4.
var impacts = map[verdict.Severity]float64{
	verdict.Critical: 0.9, verdict.High: 0.7, verdict.Medium: 0.5, verdict.Low: 0.3,
}

// Write writes a profile for each service.
func Write(w io.Writer, a *assessment.Assessment) error {
	report := execution{
		Platform: platform{Name: sanitize.Text(a.Tool.Name), Release: sanitize.Text(a.Tool.Version)}, Profiles: []profile{}, Version: sanitize.Text(a.Tool.Version),
	}
	if len(a.Services) == 1 {
		report.Platform.Target = sanitize.Text(a.Services[0].Service.ID)
	}
	for i := range a.Services {
		report.Profiles = append(report.Profiles, profileOf(a, &a.Services[i]))
	}
	return sanitize.WriteJSON(w, report)
}

func profileOf(a *assessment.Assessment, s *assessment.Service) profile {
	p := profile{
		Name: sanitize.Text("raci-check " + s.Service.ID), Title: sanitize.Text(wording.Service(s) + ": " + a.Catalog.Title), Version: sanitize.Text(a.Tool.Version),
		Summary: sanitize.Text(strings.Join(wording.English.About(a), "; ")), SHA256: sanitize.Text(strings.TrimPrefix(a.Policies.Digest, "sha256:")),
		Supports: []empty{}, Attributes: []attribute{}, Groups: []group{}, Controls: []control{},
	}
	for _, parameter := range a.Policies.Parameters {
		p.Attributes = append(p.Attributes, attribute{sanitize.Text(parameter.Name), attributeOptions{parameter.Value, sanitize.Text(parameter.Source)}})
	}
	for i := range s.Activities {
		activity := &s.Activities[i]
		g := group{ID: sanitize.Text(activity.ID), Title: sanitize.Text(activity.Title), Controls: []string{}}
		for k := range activity.Checks {
			c := controlOf(a, s, activity, &activity.Checks[k])
			g.Controls = append(g.Controls, c.ID)
			p.Controls = append(p.Controls, c)
		}
		p.Groups = append(p.Groups, g)
	}
	return p
}

func controlOf(a *assessment.Assessment, s *assessment.Service, activity *assessment.Activity, check *assessment.Check) control {
	c := control{
		ID: sanitize.Text(check.ID), Title: sanitize.Text(check.Title), Desc: sanitize.Text(check.Description), Impact: impacts[check.Severity],
		Descriptions: []description{{"fix", sanitize.Text(check.Remediation)}, {"check", sanitize.Text("Duty " + activity.ID + " " + activity.Title)}},
		Refs:         []reference{{sanitize.Text(check.Source)}}, Tags: tags(a, s, activity, check),
	}
	if len(a.Services) > 1 { // Heimdall shows one of the controls of the same id, whatever profiles they are in
		c.ID, c.Title = sanitize.Text(check.ID+" "+s.Service.ID), sanitize.Text(wording.Service(s)+": "+check.Title)
	}
	if activity.Disputed {
		c.Descriptions = append(c.Descriptions, description{"disputed", sanitize.Text(activity.DisputeNote)})
	}
	if len(check.Looser) > 0 {
		c.Descriptions = append(c.Descriptions, description{"counts for no framework", sanitize.Text(wording.English.Looser(check.Looser, a.Policies.Profile))})
	}
	if len(check.Findings) > 0 {
		c.Source = source{sanitize.Text(check.Findings[0].File), check.Findings[0].Line}
	}
	switch check.Status {
	case verdict.NotApplicable:
		c.Impact = 0
	case verdict.Waived:
		c.Waiver = waiverOf(check.Waiver)
	}
	c.Results = results(s, activity, check)
	return c
}

func waiverOf(w *assessment.Waiver) *waiver {
	made := &waiver{Message: sanitize.Text(strings.TrimSuffix(wording.English.Waived(w)+"; "+wording.English.Owner(w), "; ")), Skipped: true}
	if w != nil {
		made.Expires, made.Justification = sanitize.Text(w.ExpiresOn), sanitize.Text(w.Reason)
	}
	return made
}

// results are one for each finding, or one that says how the check stands. There is always one: a control without any is an error.
func results(s *assessment.Service, activity *assessment.Activity, check *assessment.Check) []result {
	var all []result
	if check.Status.Bad() && check.Status != verdict.Error || check.Status == verdict.Waived {
		for _, f := range check.Findings {
			all = append(all, resultOf(s, check, f))
		}
	}
	if len(all) > 0 {
		return all
	}
	r := result{CodeDesc: sanitize.Text(cmp.Or(check.Title, check.ID)), StartTime: sanitize.Text(s.At)}
	switch check.Status {
	case verdict.Pass:
		r.Status = "passed"
	case verdict.NotApplicable:
		r.Status, r.Skip = "skipped", sanitize.Text("not applicable: "+cmp.Or(check.Reason, activity.Reason, "there is nothing to check"))
	default: // an error, or a status that is not known: never a pass
		r.Status, r.Message = "error", sanitize.Text(cmp.Or(activity.Reason, "the policy could not be evaluated"))
	}
	return []result{r}
}

func resultOf(s *assessment.Service, check *assessment.Check, f assessment.Finding) result {
	r := result{CodeDesc: sanitize.Text(strings.TrimSpace(wording.Place(f.Location) + " " + f.Pointer)), StartTime: sanitize.Text(s.At)}
	text := f.Message
	if condition := wording.Condition(f); condition != "" {
		text += " [" + condition + "]"
	}
	if f.Remediation != "" && f.Remediation != check.Remediation {
		text += " Fix: " + f.Remediation
	}
	text = sanitize.Text(text)
	switch {
	case f.Waived && check.Status != verdict.Waived:
		r.Status, r.Skip = "skipped", "waived: "+text
	case f.Status == verdict.Missing && check.Status != verdict.Fail:
		r.Status, r.Skip = "skipped", "missing: "+text
	default:
		r.Status, r.Message = "failed", text
	}
	return r
}

// tags are what Heimdall shows beside a control. It reads the severity, and NIST SP 800-53 controls, which no check has.
func tags(a *assessment.Assessment, s *assessment.Service, activity *assessment.Activity, check *assessment.Check) map[string]any {
	all := map[string]any{
		"severity": check.Severity, "status": check.Status, "service": sanitize.Text(s.Service.ID), "duty": sanitize.Text(activity.ID),
	}
	if check.Grade != "" {
		all["grade"] = check.Grade
	}
	if activity.Disputed {
		all["disputed"] = true
	}
	if !a.Counts(activity) {
		all["not_counted"] = true
	}
	for framework, controls := range check.Controls {
		texts := make([]string, len(controls))
		for i := range controls {
			texts[i] = sanitize.Text(controls[i])
		}
		all[sanitize.Text(framework)] = texts
	}
	return all
}
