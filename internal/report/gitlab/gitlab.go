// Package gitlab writes what an assessment leaves to fix as GitLab's Code Quality report, which merge requests show.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
package gitlab

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/report/wording"
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

// Write writes an issue for each finding, the gravest first, and one for information that says how strong the passes of each service
// are. An empty list where there is neither.
func Write(w io.Writer, a *assessment.Assessment) error {
	issues := []issue{}
	for _, o := range a.Open() {
		description := fmt.Sprintf("%s: %s. %s", o.Activity.ID, o.Check.Title, o.Finding.Message)
		if len(a.Services) > 1 {
			description = cmp.Or(o.Service.Service.Name, o.Service.Service.ID) + ": " + description
		}
		issues = append(issues, issue{
			Description: sanitize.Text(description), CheckName: sanitize.Text(o.Check.ID), Fingerprint: o.Fingerprint,
			Severity: cmp.Or(severities[o.Check.Severity], "info"),
			Location: location{strings.TrimPrefix(sanitize.Text(o.Finding.File), "./"), lines{max(o.Finding.Line, 1)}},
		})
	}
	for i := range a.Services {
		if grades := wording.Grades(a.Services[i]); grades != "" {
			issues = append(issues, strength(&a.Services[i], grades))
		}
	}
	if past := wording.PastTime(a); past != "" {
		issues = append(issues, pastTime(a, past))
	}
	return sanitize.WriteJSON(w, issues)
}

// strength is an issue that says how strong the passes of a service are. Its fingerprint follows from what it says: a merge request
// shows it where it has changed.
func strength(s *assessment.Service, grades string) issue {
	fingerprint := sha256.Sum256(fmt.Appendf(nil, "%q strength %q", s.Service.ID, grades))
	place := location{Lines: lines{1}}
	if len(s.Evidence) > 0 {
		place.Path = strings.TrimPrefix(sanitize.Text(s.Evidence[0].Path), "./")
	}
	return issue{
		Description: sanitize.Text(cmp.Or(s.Service.Name, s.Service.ID) + ": " + grades), CheckName: "strength", Fingerprint: hex.EncodeToString(fingerprint[:16]),
		Severity: "info", Location: place,
	}
}

// pastTime is an issue without a place of its own: the format has no room for what is true of the whole report.
func pastTime(a *assessment.Assessment, past string) issue {
	i := issue{
		Description: sanitize.Text("Assessed " + past), CheckName: "past_at", Severity: "info",
		Location: location{Path: "evidence", Lines: lines{1}},
	}
	if len(a.Services) > 0 && len(a.Services[0].Evidence) > 0 {
		i.Location.Path = strings.TrimPrefix(sanitize.Text(a.Services[0].Evidence[0].Path), "./")
	}
	sum := sha256.Sum256([]byte(i.Description))
	i.Fingerprint = hex.EncodeToString(sum[:])
	return i
}
