// Package gitlab writes what an assessment leaves to fix as GitLab's Code Quality report, which merge requests show.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
package gitlab

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/sanitize"
	"raci-check/internal/verdict"
)

type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

var severities = map[verdict.Severity]string{
	verdict.Critical: "blocker", verdict.High: "critical", verdict.Medium: "major", verdict.Low: "minor",
}

// Write writes an issue for each finding, the gravest first; an empty list where there is none.
func Write(w io.Writer, a *assessment.Assessment) error {
	issues := []issue{}
	for _, o := range a.Open() {
		description := fmt.Sprintf("%s: %s. %s", o.Activity.ID, o.Check.Title, o.Finding.Message)
		if !a.Counts(o.Activity) {
			description = "disputed duty, it does not count: " + description
		}
		if len(a.Services) > 1 {
			description = cmp.Or(o.Service.Service.Name, o.Service.Service.ID) + ": " + description
		}
		issues = append(issues, issue{
			Description: sanitize.Text(description), CheckName: sanitize.Text(o.Check.ID), Fingerprint: o.Fingerprint,
			Severity: cmp.Or(severities[o.Check.Severity], "info"),
			Location: location{strings.TrimPrefix(sanitize.Text(o.Finding.File), "./"), lines{max(o.Finding.Line, 1)}},
		})
	}
	return sanitize.WriteJSON(w, issues)
}
