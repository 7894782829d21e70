// Package wording says in words, the same in every report, what an assessment holds.
package wording

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raci-check/internal/assessment"
	"raci-check/internal/verdict"
)

// PastTime says of an assessment for a time that was allowed to be in the past what that time was; empty for any other.
func PastTime(a *assessment.Assessment) string {
	if !a.PastAt {
		return ""
	}
	return "for " + strings.TrimSuffix(a.At, "T00:00:00Z") + ", a chosen time that may be past"
}

// Sentence says what the result of a service means.
func Sentence(s assessment.Service) string {
	count, duties, rest := s.Summary, "duties", ""
	if n := count[verdict.NotSelected]; n > 0 {
		duties, rest = "assessed duties", fmt.Sprintf(", %d not assessed", n)
	}
	judged := len(s.Activities) - count[verdict.Inherited] - count[verdict.NotSelected]
	of := func(n int, singular, plural string) string {
		return fmt.Sprintf("%d of %d %s %s", n, judged, duties, Plural(n, singular, plural))
	}
	also := func(n int, label string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf(", %d %s", n, label)
	}
	bad, waived := count[verdict.Fail]+count[verdict.Missing], count[verdict.Waived]
	switch s.Result {
	case verdict.Pass:
		text := of(judged, "passes", "pass")
		if rest == "" {
			text = fmt.Sprintf("all %d duties pass", judged)
		}
		provider := count[verdict.Inherited]
		return text + also(count[verdict.NotApplicable], "of them not applicable") + rest +
			also(provider, Plural(provider, "activity is", "activities are")+" the provider's")
	case verdict.Waived:
		return "not compliant without accepted risks: " + of(waived, "is waived", "are waived") + rest
	case verdict.Fail:
		return of(bad, "needs work", "need work") + also(waived, "waived") + rest
	case verdict.Error:
		return of(count[verdict.Error], "could not be assessed", "could not be assessed") +
			also(bad, Plural(bad, "needs work", "need work")) + also(waived, "waived") + rest
	}
	return "no verdict was reached" + rest
}

// Share says how much is under accepted deviations.
func Share(s assessment.Share) string {
	percent := (100*s.Accepted + s.Of/2) / max(s.Of, 1)
	if s.Accepted > 0 {
		percent = max(percent, 1) // some are not none
	}
	text := fmt.Sprintf("%s: %d of %d (%d %%", s.What, s.Accepted, s.Of, percent)
	if s.Most != nil {
		text += fmt.Sprintf("; at most %v %%, %s", s.Most.Percent, s.Most.Parameter)
	}
	return text + ")"
}

// Cause says what several checks lack or fail for.
func Cause(c assessment.Cause) string {
	section := "section " + c.Subject
	switch c.Kind {
	case assessment.Absent:
		return section + " is absent"
	case assessment.Incomplete:
		text := section + " lacks " + strings.TrimPrefix(c.Fields[0], "/"+c.Subject+"/")
		if more := len(c.Fields) - 1; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return text
	case assessment.Artifact, assessment.Person, assessment.Unread:
		return c.Message
	}
	return section + ": " + c.Message
}

// Open says how many checks pass, and counts by severity those that do not; empty where all do.
func Open(s assessment.Service) string {
	count := map[verdict.Severity]int{}
	passed, judged := 0, 0
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			switch check.Status {
			case verdict.Pass:
				passed++
			case verdict.NotApplicable, verdict.Inherited, verdict.NotSelected:
				continue
			}
			judged++
			if check.Status.Bad() {
				count[check.Severity]++
			}
		}
	}
	bad := strings.TrimSpace(Severities(count, "", ""))
	if bad == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d checks pass; to fix: %s", passed, judged, bad)
}

// Severities counts by severity, the worst first; empty where there is nothing.
func Severities(count map[verdict.Severity]int, singular, plural string) string {
	var parts []string
	total := 0
	for _, severity := range slices.Backward(verdict.Severities) {
		if n := count[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
			total += n
		}
	}
	if total == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + " " + Plural(total, singular, plural)
}

// Plural is the form of a word that fits a number.
func Plural(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// Place writes a location so that terminals and editors can open it.
func Place(l verdict.Location) string {
	if l.File == "" {
		return "(no file)"
	}
	return l.String()
}

// Left says how many days remain from an assessment's time to the end of a date; empty where that is not known.
func Left(date, at string) string {
	end, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	now, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return ""
	}
	days := int(end.Sub(now.UTC().Truncate(24*time.Hour)).Hours() / 24)
	switch {
	case days < 0:
		return fmt.Sprintf("ended %d %s ago", -days, Plural(-days, "day", "days"))
	case days == 0:
		return "its last day"
	}
	return fmt.Sprintf("%d %s left", days, Plural(days, "day", "days"))
}

// Tally counts by status, the worst first.
func Tally(count map[verdict.Status]int) string {
	var parts []string
	for _, status := range verdict.Statuses {
		if n := count[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(status), "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

// Days is the number of whole days between two times; 0 where one is not known.
func Days(from, to string) int {
	start, err := time.Parse(time.RFC3339Nano, from)
	if err != nil {
		return 0
	}
	end, err := time.Parse(time.RFC3339Nano, to)
	if err != nil {
		return 0
	}
	return int((end.Sub(start) + time.Second).Hours() / 24)
}

// Additions says what a file added to the reference data: names, by table.
func Additions(added map[string][]string) string {
	var tables []string
	for _, table := range slices.Sorted(maps.Keys(added)) {
		tables = append(tables, table+": "+strings.Join(added[table], ", "))
	}
	return strings.Join(tables, "; ")
}

// Grades says how strong the passes of a service are; empty where that is not known, as in reports of earlier versions.
func Grades(s assessment.Service) string {
	total := 0
	var parts []string
	for _, grade := range verdict.Grades {
		if n := s.Grades[grade]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, grade))
		}
	}
	if total == 0 {
		return ""
	}
	text := fmt.Sprintf("%d %s: %s", total, Plural(total, "check passes", "checks pass"), strings.Join(parts, ", "))
	if n := notApplicable(s); n > 0 {
		text += fmt.Sprintf("; %d %s not apply", n, Plural(n, "does", "do"))
	}
	return text
}

// notApplicable counts the checks that found nothing to judge: they are no passes.
func notApplicable(s assessment.Service) (n int) {
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			if check.Status == verdict.NotApplicable {
				n++
			}
		}
	}
	return n
}
