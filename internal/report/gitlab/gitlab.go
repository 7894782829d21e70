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
	"github.com/raci-check/raci-check/internal/words"
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

// Write writes in a language an issue for each finding, the gravest first, and for each service issues for information that say what is waived and
// how strong the passes are. An empty list where there is nothing of it.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	say := wording.In(language)
	issues := []issue{}
	for _, o := range a.Open() {
		description := say.Say("%s %s: %s. %s. Fix: %s", o.Activity.ID, say.Text(string(o.Finding.Status)), o.Check.Title, strings.TrimSuffix(o.Finding.Message, "."), o.Finding.Remediation)
		switch {
		case !a.Counts(o.Activity):
			description = say.Say("disputed duty, it does not count: %s", description)
		case o.Activity.Disputed:
			description = say.Say("disputed duty: %s", description)
		}
		if len(a.Services) > 1 {
			description = say.Say("%s: %s", wording.Service(o.Service), description)
		}
		issues = append(issues, issue{
			Description: sanitize.Text(description), CheckName: sanitize.Text(o.Check.ID), Fingerprint: o.Fingerprint,
			Severity: cmp.Or(severities[o.Check.Severity], "info"),
			Location: location{strings.TrimPrefix(sanitize.Text(o.Finding.File), "./"), lines{max(o.Finding.Line, 1)}},
		})
	}
	accepted := a.Accepted() // a fingerprint is of the English text: it is the same in each language
	for i := range a.Services {
		s := a.Services[i]
		ofService := slices.DeleteFunc(slices.Clone(accepted), func(o assessment.Open) bool { return o.Service != &a.Services[i] })
		if waived := wording.English.Accepted(ofService); waived != "" { // they are no issues, and not fixed either
			sum := sha256.Sum256(fmt.Appendf(nil, "%q waived %q", s.Service.ID, waived))
			issues = append(issues, information(s.Evidence, "waived", say.Say("%s: %s", wording.Service(&s), say.Accepted(ofService)), sum[:16]))
		}
		if grades := wording.English.Grades(s); grades != "" { // a merge request shows it where it has changed
			sum := sha256.Sum256(fmt.Appendf(nil, "%q strength %q", s.Service.ID, grades))
			issues = append(issues, information(s.Evidence, "strength", say.Say("%s: %s", cmp.Or(s.Service.Name, s.Service.ID), say.Grades(s)), sum[:16]))
		}
	}
	if past := wording.English.PastTime(a); past != "" {
		var evidence []assessment.File
		if len(a.Services) > 0 {
			evidence = a.Services[0].Evidence
		}
		sum := sha256.Sum256([]byte(sanitize.Text("Assessed " + past)))
		issues = append(issues, information(evidence, "past_at", say.Say("Assessed %s", say.PastTime(a)), sum[:]))
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
