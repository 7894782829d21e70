// Package verdict has the small words that judging, results and reports share: how severe a check is, what its verdict is,
// which of two verdicts is the worse, a place in a file, an artifact that is broken, and the value of a parameter as text.
package verdict

import (
	"fmt"
	"strings"
)

// Status is the verdict on a check, an activity, a service or a whole assessment.
type Status string

// The closed vocabulary of verdicts.
const (
	Pass          Status = "pass"           // every needed fact is there and holds
	Fail          Status = "fail"           // a fact contradicts the check
	Missing       Status = "missing"        // a needed fact is absent, empty or too old
	Error         Status = "error"          // the policy could not be evaluated
	Waived        Status = "waived"         // bad, and a valid waiver covers every finding
	NotApplicable Status = "not_applicable" // declared so, allowed, and not contradicted; or a source counts nothing to check
	Inherited     Status = "inherited"      // the provider's activity: not judged
	NotSelected   Status = "not_selected"   // left out by a partial run: not judged
)

// Statuses lists the verdicts, the worst first, then those that are none.
var Statuses = []Status{Error, Fail, Missing, Waived, Pass, NotApplicable, Inherited, NotSelected}

// Severity says what an attacker or an outage gains where a check does not hold; docs/severity.md has the rule.
type Severity string

// The severities, from the least to the worst.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists the severities from the least to the worst.
var Severities = []Severity{Low, Medium, High, Critical}

// Rank orders severities; 0 is no severity at all.
func (s Severity) Rank() int {
	for i, severity := range Severities {
		if s == severity {
			return i + 1
		}
	}
	return 0
}

// badness orders the statuses of what was judged; the worst decides.
var badness = map[Status]int{NotApplicable: 1, Pass: 2, Waived: 3, Missing: 4, Fail: 5, Error: 6}

// Worse returns the worse of two statuses. A status that is not judged (inherited, not selected, empty) never wins
// over one that is.
func Worse(a, b Status) Status {
	if badness[b] > badness[a] {
		return b
	}
	return a
}

// WorstFirst compares statuses for sorting: negative where the first is the worse. An unknown status counts as not judged.
func WorstFirst(a, b Status) int { return badness[b] - badness[a] }

// Bad reports whether the status leaves something to fix.
func (s Status) Bad() bool { return badness[s] >= badness[Missing] }

// Result reduces a duty's status to what a service is called: missing is a failure, not applicable counts as passed.
func (s Status) Result() Status {
	switch s {
	case Missing:
		return Fail
	case NotApplicable:
		return Pass
	default:
		return s
	}
}

// Location is a place in a file; line and column count from 1, 0 where there is none.
type Location struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String writes the place as file:line:column, so that terminals and editors can open it.
func (l Location) String() string {
	switch {
	case l.Line == 0:
		return l.File
	case l.Column == 0:
		return fmt.Sprintf("%s:%d", l.File, l.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)
	}
}

// BrokenArtifact is a file that the evidence names and that is not there, is not what its digest says, or shows nothing.
type BrokenArtifact struct {
	Pointer     string // the artifact's object in the evidence
	Status      Status // missing: no such file, or one that shows nothing; fail: another digest, or another form than its name says
	Message     string
	Remediation string // what to do about it
}

// ValueText prints the value of a parameter: a number, or texts separated by commas.
func ValueText(value any) string {
	if items, ok := value.([]any); ok {
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = fmt.Sprint(item)
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprint(value)
}

// Quantity prints the value of a parameter with its unit. Units are written in the plural; one day is no days.
func Quantity(value any, unit string) string {
	text := ValueText(value)
	if text == "1" && !strings.Contains(unit, " ") {
		if stem, ok := strings.CutSuffix(unit, "ies"); ok {
			unit = stem + "y"
		}
		unit = strings.TrimSuffix(unit, "s")
	}
	return text + " " + unit
}
