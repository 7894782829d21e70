package assessment

import (
	"cmp"
	"slices"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

// CauseKind is a kind of cause that several checks can have.
type CauseKind string

// The kinds of causes. The subject of the first six is a section, that of the last two a file and a person.
const (
	Absent     CauseKind = "absent"     // the section is not there
	Incomplete CauseKind = "incomplete" // the section lacks facts
	Stale      CauseKind = "stale"      // the section is too old, or does not say how old it is
	Unread     CauseKind = "unread"     // collect could not read the section completely the last time
	Unshown    CauseKind = "unshown"    // the section names nothing that a program read
	Weak       CauseKind = "weak"       // the facts of the section are not as strong as is asked for
	Artifact   CauseKind = "artifact"   // the file is not there, has another digest or shows nothing
	Person     CauseKind = "person"     // the directory of people does not know the person, or not as active
)

// CauseKey names a cause.
type CauseKey struct {
	Kind    CauseKind `json:"kind"`
	Subject string    `json:"subject"`
}

// Cause is one thing that is absent, stale or broken, with all checks that do not pass because of it.
type Cause struct {
	CauseKey
	Severity verdict.Severity `json:"severity"` // of the gravest of the checks
	Checks   []string         `json:"checks"`   // ids, sorted
	Message  string           `json:"message"`  // of the first finding
	// Fields are the fields that are lacking, sorted, with * for each item of a list; for causes that are absent or incomplete.
	Fields  []string `json:"fields,omitempty"`
	Pointer string   `json:"pointer"`
	verdict.Location
	Remediation string `json:"remediation"`
}

// CausesOf gathers the causes of what does not pass and is not waived, the worst first: by the gravest check, then by how many checks
// there are.
func CausesOf(activities []Activity) []Cause {
	all := map[CauseKey]*Cause{}
	for _, activity := range activities {
		for _, check := range activity.Checks {
			if !check.Status.Bad() {
				continue
			}
			for _, finding := range check.Findings {
				if finding.Cause != nil && !finding.Waived {
					add(all, check, finding)
				}
			}
		}
	}
	gathered := make([]Cause, 0, len(all))
	for _, cause := range all {
		slices.Sort(cause.Checks)
		cause.Checks = slices.Compact(cause.Checks)
		slices.Sort(cause.Fields)
		cause.Fields = slices.Compact(cause.Fields)
		gathered = append(gathered, *cause)
	}
	slices.SortFunc(gathered, func(a, b Cause) int {
		return cmp.Or(
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(len(b.Checks), len(a.Checks)),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject),
		)
	})
	return gathered
}

// add notes a finding with its cause. A cause speaks by the first of its findings, in the order of the evidence.
func add(all map[CauseKey]*Cause, check Check, finding Finding) {
	cause := all[*finding.Cause]
	if cause == nil {
		cause = &Cause{CauseKey: *finding.Cause}
		all[*finding.Cause] = cause
	}
	first := Finding{Pointer: cause.Pointer, Message: cause.Message, Location: cause.Location}
	if len(cause.Checks) == 0 || finding.Compare(first) < 0 {
		cause.Pointer, cause.Message, cause.Location, cause.Remediation = finding.Pointer, finding.Message, finding.Location, finding.Remediation
	}
	if check.Severity.Rank() > cause.Severity.Rank() {
		cause.Severity = check.Severity
	}
	cause.Checks = append(cause.Checks, check.ID)
	if cause.Kind == Absent || cause.Kind == Incomplete {
		cause.Fields = append(cause.Fields, document.Pattern(finding.Pointer))
	}
}
