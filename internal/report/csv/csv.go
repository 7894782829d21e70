// Package csv writes an assessment as a table for spreadsheets: a row for each check of each service.
package csv

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

var header = []string{
	"at", "service_id", "service", "region", "activity", "duty", "check", "title", "severity", "status", "findings", "location", "messages",
	"remediation", "source", "controls", "waived_by", "waived_until", "waiver_reason", "grade", "weakest",
	"signed_by", "stated_by", "looser_parameters", "disputed", "counts", "past_at", "conditions", "places", "waiver_requested_by", "waiver_approved_on",
}

// Write writes the table.
func Write(w io.Writer, a *assessment.Assessment) error {
	past := ""
	if a.PastAt {
		past = "yes"
	}
	return sanitize.Table(w, header, func(yield func([]string) bool) {
		for _, service := range a.Services {
			for _, activity := range service.Activities {
				for _, check := range activity.Checks {
					cells := append(row(service, activity, check), looser(check), yes(activity.Disputed), yes(a.Counts(&activity)), past)
					if !yield(append(cells, details(check)...)) {
						return
					}
				}
			}
		}
	})
}

func row(service assessment.Service, activity assessment.Activity, check assessment.Check) []string {
	var location string
	var messages, controls []string
	if check.Status == verdict.Error {
		messages = []string{activity.Reason}
	}
	for i, f := range check.Findings {
		if i == 0 {
			location = f.Location.String()
		}
		messages = append(messages, f.Message)
	}
	for _, framework := range slices.Sorted(maps.Keys(check.Controls)) {
		controls = append(controls, framework+" "+strings.Join(check.Controls[framework], " "))
	}
	var waivedBy, waivedUntil, reason string
	if w := check.Waiver; w != nil {
		waivedBy, waivedUntil, reason = w.ApprovedBy, w.ExpiresOn, w.Reason
	}
	return []string{
		service.At, service.Service.ID, service.Service.Name, service.Service.Region, activity.ID, activity.Name, check.ID, check.Title,
		string(check.Severity), string(check.Status), fmt.Sprint(len(check.Findings)), location, strings.Join(messages, " | "),
		check.Remediation, check.Source, strings.Join(controls, "; "), waivedBy, waivedUntil, reason, string(check.Grade), strings.Join(check.Weakest, " "),
		strings.Join(check.SignedBy, " "), wording.English.StatedBy(check.StatedBy),
	}
}

// details are the conditions and the places of all findings, in their order, and where a waiver comes from.
func details(check assessment.Check) []string {
	var conditions, places []string
	for _, f := range check.Findings {
		conditions = append(conditions, wording.Condition(f))
		places = append(places, strings.TrimSpace(wording.Place(f.Location)+" "+f.Pointer))
	}
	var requestedBy, approvedOn string
	if w := check.Waiver; w != nil {
		requestedBy, approvedOn = w.RequestedBy, w.ApprovedOn
	}
	return []string{strings.Trim(strings.Join(conditions, " | "), " |"), strings.Join(places, " | "), requestedBy, approvedOn}
}

// looser are the parameters for which a check counts for no framework, or only for that of a profile.
func looser(check assessment.Check) string {
	var all []string
	for _, l := range check.Looser {
		all = append(all, fmt.Sprintf("%s=%s (profile: %s)", l.Parameter, verdict.ValueText(l.Value), verdict.ValueText(l.Profile)))
	}
	for _, m := range check.Milder {
		all = append(all, fmt.Sprintf("%s=%s (baseline: %s)", m.Parameter, verdict.ValueText(m.Value), verdict.ValueText(m.Baseline)))
	}
	return strings.Join(all, "; ")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
