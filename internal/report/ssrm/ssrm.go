// Package ssrm writes an assessment as a table of shared security responsibilities: a row for each control of the Cloud Security
// Alliance's Cloud Controls Matrix and each service. The columns carry the names of those in the Alliance's questionnaire (CAIQ v4);
// none of its texts are here except the words that its column of owners takes.
package ssrm

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// framework is the name that METADATA gives the matrix.
const framework = "ccm"

var header = []string{
	"CCM Control ID", "SSRM Control Ownership", "CSP Implementation Description", "CSC Responsibilities",
	"CSC Implementation Description", "verdict", "severity", "waived_until", "disputed", "activities", "checks", "service_id", "service", "at",
	"reading", "framework", "remarks",
}

// owners are the words that the questionnaire's column of owners takes.
var owners = map[assessment.Owner]string{
	assessment.CustomerOwned: "CSC-owned", assessment.ProviderOwned: "CSP-owned", assessment.SharedOwned: "Shared CSP and CSC", assessment.NotOwned: "N/A",
}

// Write writes the table.
func Write(w io.Writer, a *assessment.Assessment) error {
	return sanitize.Table(w, header, func(yield func([]string) bool) {
		for i := range a.Services {
			service := &a.Services[i]
			for _, control := range service.ControlsOf(framework) {
				if !yield(row(a, service, control)) {
					return
				}
			}
		}
	})
}

func row(a *assessment.Assessment, service *assessment.Service, control assessment.Control) []string {
	var provider, duties, implementation, activities, checks []string
	var severity verdict.Severity
	var waivedUntil string
	disputed := false
	for _, part := range control.Parts {
		activity := part.Activity
		activities = append(activities, activity.ID)
		disputed = disputed || activity.Disputed
		if assessment.OwnerOf("", activity.Provider) == assessment.ProviderOwned {
			provider = append(provider, provided(a.Catalog.Provider, activity))
		}
		if assessment.OwnerOf(activity.Customer, "") == assessment.CustomerOwned {
			duties = append(duties, fmt.Sprintf("%s %s (%s)", activity.ID, activity.Title, activity.Customer))
		}
		for _, check := range part.Checks {
			checks = append(checks, check.ID)
			implementation = append(implementation, fmt.Sprintf("%s: %s", check.ID, implemented(check)))
			if check.Severity.Rank() > severity.Rank() {
				severity = check.Severity
			}
			if w := check.Waiver; w != nil && (waivedUntil == "" || w.ExpiresOn < waivedUntil) {
				waivedUntil = w.ExpiresOn
			}
		}
	}
	var remarks []string
	if a.PastAt {
		remarks = append(remarks, assessment.ChosenTime)
	}
	if a.DisputedNotCounted {
		remarks = append(remarks, wording.NotCounted)
	}
	return []string{
		control.ID, owners[control.Owner], strings.Join(provider, "; "), strings.Join(duties, "; "), strings.Join(implementation, "; "),
		string(control.Status), string(severity), waivedUntil, yes(disputed), strings.Join(activities, " "), strings.Join(checks, " "),
		service.Service.ID, service.Service.Name, service.At, a.Catalog.Reading, a.Policies.Frameworks[framework], strings.Join(remarks, "; "),
	}
}

// provided says which part the provider has. What it does was not assessed.
func provided(provider string, activity *assessment.Activity) string {
	text := fmt.Sprintf("%s %s: %s (%s), not assessed", activity.ID, activity.Title, provider, activity.Provider)
	for _, document := range activity.Assurance {
		text += fmt.Sprintf(", document on file: %s until %s", document.Document, document.ValidUntil)
	}
	return text
}

// implemented says what became of a check, and why it does not pass.
func implemented(check *assessment.Check) string {
	text := string(check.Status)
	switch {
	case check.Waiver != nil:
		text += fmt.Sprintf(" until %s by %s, requested by %s (%s)", check.Waiver.ExpiresOn, check.Waiver.ApprovedBy, check.Waiver.RequestedBy, check.Waiver.Reason)
	case check.Status == verdict.Pass && check.Grade != "":
		text += ", " + string(check.Grade)
	case len(check.Findings) > 0:
		text += fmt.Sprintf(", %d %s", len(check.Findings), wording.English.Plural(len(check.Findings), "finding", "findings"))
	}
	return text
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
