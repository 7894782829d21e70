// Package gitlab writes what an assessment leaves to fix as GitLab's Code Quality report, which merge requests show.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
package gitlab

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
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

// Write writes an issue for each finding, the gravest first, and for each service issues for information that say what is waived and
// how strong the passes are. An empty list where there is nothing of it.
func Write(w io.Writer, a *assessment.Assessment) error {
	issues := []issue{}
	for _, o := range a.Open() {
		description := fmt.Sprintf("%s %s: %s. %s. Fix: %s", o.Activity.ID, o.Finding.Status, o.Check.Title, strings.TrimSuffix(o.Finding.Message, "."), o.Finding.Remediation)
		switch {
		case !a.Counts(o.Activity):
			description = "disputed duty, it does not count: " + description
		case o.Activity.Disputed:
			description = "disputed duty: " + description
		}
		if len(a.Services) > 1 {
			description = wording.Service(o.Service) + ": " + description
		}
		issues = append(issues, issue{
			Description: sanitize.Text(description), CheckName: sanitize.Text(o.Check.ID), Fingerprint: o.Fingerprint,
			Severity: cmp.Or(severities[o.Check.Severity], "info"),
			Location: location{strings.TrimPrefix(sanitize.Text(o.Finding.File), "./"), lines{max(o.Finding.Line, 1)}},
		})
	}
	accepted := a.Accepted()
	for i := range a.Services {
		s := a.Services[i]
		ofService := slices.DeleteFunc(slices.Clone(accepted), func(o assessment.Open) bool { return o.Service != &a.Services[i] })
		if waived := wording.English.Accepted(ofService); waived != "" { // they are no issues, and not fixed either
			sum := sha256.Sum256(fmt.Appendf(nil, "%q waived %q", s.Service.ID, waived))
			issues = append(issues, information(s.Evidence, "waived", wording.Service(&s)+": "+waived, sum[:16]))
		}
		if grades := wording.English.Grades(s); grades != "" { // a merge request shows it where it has changed
			sum := sha256.Sum256(fmt.Appendf(nil, "%q strength %q", s.Service.ID, grades))
			issues = append(issues, information(s.Evidence, "strength", cmp.Or(s.Service.Name, s.Service.ID)+": "+grades, sum[:16]))
		}
	}
	if past := wording.English.PastTime(a); past != "" {
		var evidence []assessment.File
		if len(a.Services) > 0 {
			evidence = a.Services[0].Evidence
		}
		description := "Assessed " + past
		sum := sha256.Sum256([]byte(sanitize.Text(description)))
		issues = append(issues, information(evidence, "past_at", description, sum[:]))
	}
	return sanitize.WriteJSON(w, issues)
}

// information is an issue about a whole service or report, for which the format has no place of its own: it stands at the beginning
// of the evidence.
func information(evidence []assessment.File, check, description string, fingerprint []byte) issue {
	place := location{Path: "evidence", Lines: lines{1}}
	if len(evidence) > 0 {
		place.Path = strings.TrimPrefix(sanitize.Text(evidence[0].Path), "./")
	}
	return issue{Description: sanitize.Text(description), CheckName: check, Fingerprint: hex.EncodeToString(fingerprint), Severity: "info", Location: place}
}
