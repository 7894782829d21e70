package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/policy"
	"raci-check/internal/verdict"
)

type declaration struct {
	assessment.Declaration
	pointer  string
	byOne    bool // the one who declared it approved it
	byNobody bool // one of the two is not in the directory of people, or was not active on that day
}

// judge gives the verdict on one duty of one service.
type judge struct {
	engine   *Engine
	evidence Evidence
	at       time.Time
	duties   []policy.Duty // the packages that check it
	declared *declaration
	aged     map[string]doubt // by section, filled as checks ask; shared by the duties of a service
}

// doubt is why the facts of a section cannot be relied on; its message is empty where they can.
type doubt struct{ message, pointer string }

// raw is a finding as a policy yields it.
type raw struct{ check, pointer, message, remediation string }

// run judges the activity by what its packages found, in their order.
func (j judge) run(outcomes []Outcome, activity *assessment.Activity) {
	checks := 0
	for _, p := range j.duties {
		checks += len(p.Checks)
	}
	activity.Checks = make([]assessment.Check, 0, checks)
	for i, p := range j.duties {
		found, err := findings(p, outcomes[i])
		for _, check := range p.Checks {
			activity.Checks = append(activity.Checks, j.verdict(check, found[check.Name], err))
		}
		if err != nil {
			activity.Status, activity.Reason = verdict.Error, err.Error()
		}
	}
	if activity.Status == verdict.Error {
		return
	}
	if j.declared != nil {
		j.declare(activity)
	}
}

// declare honours a declaration that the duty does not apply, where the checks that look for evidence against it pass.
func (j judge) declare(activity *assessment.Activity) {
	declared := j.declared.Declaration
	activity.NotApplicable = &declared
	accepted, k := true, 0
	for _, p := range j.duties {
		for _, check := range p.Checks {
			if check.Applicability {
				accepted = accepted && activity.Checks[k].Status == verdict.Pass
			}
			k++
		}
	}
	if !accepted {
		return
	}
	activity.NotApplicable.Accepted = true
	activity.Reason = j.declared.Reason
	for i := range activity.Checks {
		activity.Checks[i].Status = verdict.NotApplicable
		activity.Checks[i].Findings = []assessment.Finding{}
	}
}

// findings reads what a package found, by check name. Anything but a list of well-formed findings is an error.
func findings(p policy.Duty, outcome Outcome) (map[string][]raw, error) {
	if outcome.Err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", p.File, outcome.Err)
	}
	items, ok := outcome.Findings.([]any)
	if !ok {
		return nil, &document.Error{File: p.File, Line: p.Line, Message: "findings is not a set: write findings contains finding if {…}"}
	}
	found := map[string][]raw{}
	for _, item := range items {
		object, _ := item.(map[string]any)
		text := func(field string) string { s, _ := object[field].(string); return s }
		finding := raw{text("check"), text("pointer"), text("message"), text("remediation")}
		at := slices.IndexFunc(p.Checks, func(c policy.Check) bool { return c.Name == finding.check })
		if at < 0 {
			return nil, &document.Error{File: p.File, Line: p.Line, Message: fmt.Sprintf("a finding names the unknown check %q: write the custom.id of its rule", finding.check)}
		}
		refuse := func(what string) error {
			return &document.Error{File: p.File, Line: p.Checks[at].Line, Message: fmt.Sprintf("a finding of %s %s", finding.check, what)}
		}
		_, err := document.Split(finding.pointer)
		switch {
		case finding.message == "":
			return nil, refuse("has no message: say what was found and what was wanted")
		case finding.pointer == "":
			return nil, refuse("has no pointer: point into the evidence, as /section/field")
		case err != nil:
			return nil, refuse(fmt.Sprintf("points at %q, which is %v", finding.pointer, err))
		}
		found[finding.check] = append(found[finding.check], finding)
	}
	return found, nil
}

// DescribeCheck is a check as a report has it, without a verdict.
func DescribeCheck(check policy.Check) assessment.Check {
	return assessment.Check{
		ID: check.ID, Title: check.Title, Description: check.Description, Severity: check.Severity,
		Source: check.Source, Evidence: check.Evidence, Parameters: check.Params, Controls: check.Controls,
		Remediation: check.Remediation, Findings: []assessment.Finding{},
	}
}

// NoEvidence begins the message of a finding that the engine makes where evidence that a check names is not there.
const NoEvidence = "no evidence: "

// verdict judges one check: missing where what it needs is absent, empty, too old or spoiled by an artifact that does
// not hold; else what its findings say. A finding that points at an absent fact is missing, any other a failure.
func (j judge) verdict(check policy.Check, found []raw, failed error) assessment.Check {
	judged := DescribeCheck(check)
	judged.Status = verdict.Pass
	if failed != nil {
		judged.Status = verdict.Error
		return judged
	}
	if check.Applicability && j.declared == nil {
		judged.Status = verdict.NotApplicable
		return judged
	}
	add := func(status verdict.Status, pointer, message, remediation string) {
		judged.Findings = append(judged.Findings, assessment.Finding{
			Status: status, Message: message, Pointer: pointer,
			Location: j.evidence.Locate(pointer), Remediation: cmp.Or(remediation, check.Remediation),
		})
		judged.Status = verdict.Worse(judged.Status, status)
	}
	for _, pointer := range check.Evidence {
		switch j.state(pointer) {
		case absent:
			add(verdict.Missing, pointer, NoEvidence+pointer+" is absent", "")
		case empty:
			add(verdict.Missing, pointer, NoEvidence+pointer+" is empty", "")
		}
	}
	for _, section := range sections(check.Evidence) {
		stale, known := j.aged[section]
		if !known {
			stale.message, stale.pointer = j.stale(section)
			j.aged[section] = stale
		}
		if stale.message != "" {
			add(verdict.Missing, stale.pointer, stale.message, "Collect the facts of this section anew and record when, how and by whom.")
		}
	}
	for _, broken := range j.evidence.Broken {
		if spoils(broken.Pointer, check.Evidence) {
			add(broken.Status, broken.Pointer, broken.Message, "Put the file that was collected in its place, or collect the facts anew and record the new digest.")
		}
	}
	if check.Applicability {
		if message := j.unsound(); message != "" {
			add(verdict.Fail, j.declared.pointer, message, "")
		}
	}
	for _, finding := range found {
		status := verdict.Fail
		if j.state(finding.pointer) != present {
			status = verdict.Missing
		}
		add(status, finding.pointer, finding.message, finding.remediation)
	}
	slices.SortFunc(judged.Findings, func(a, b assessment.Finding) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message),
		)
	})
	judged.Findings = slices.Compact(judged.Findings)
	return judged
}

// unsound says what is wrong with the declaration itself; empty when nothing is.
func (j judge) unsound() string {
	declaredOn, err := time.Parse(time.DateOnly, j.declared.DeclaredOn)
	switch {
	case err != nil || declaredOn.After(j.at):
		return "the declaration is dated after the assessment"
	case j.declared.byOne:
		return "the declaration is approved by the person who made it"
	case j.declared.byNobody:
		return "the declaration is made or approved by somebody whom the directory of people does not have as active on that day"
	}
	return ""
}

type presence int

const (
	absent presence = iota
	empty
	present
)

// state says whether a fact is there; null, the empty text and the empty collection are empty.
func (j judge) state(pointer string) presence {
	value, found := document.Lookup(j.evidence.Value, pointer)
	if !found {
		return absent
	}
	switch v := value.(type) {
	case nil:
		return empty
	case string:
		if strings.TrimSpace(v) == "" {
			return empty
		}
	case []any:
		if len(v) == 0 {
			return empty
		}
	case map[string]any:
		if len(v) == 0 {
			return empty
		}
	}
	return present
}

// stale says why the facts of a section cannot be relied on at the instant; empty when they can.
func (j judge) stale(section string) (message, pointer string) {
	parameter, judged := j.engine.config.Freshness[section]
	if !judged || j.state("/"+section) == absent {
		return "", ""
	}
	pointer = "/" + section + "/source/collected_at"
	value, _ := document.Lookup(j.evidence.Value, pointer)
	text, _ := value.(string)
	collected, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "the section does not say when its facts were collected", pointer
	}
	days, ok := number(j.engine.config.Parameters[parameter])
	if !ok {
		return fmt.Sprintf("parameter %s is not set: the age of the section cannot be judged", parameter), pointer
	}
	age := j.at.Sub(collected)
	switch {
	case age < 0:
		return fmt.Sprintf("collected at %s, after the assessment's instant", text), pointer
	case age > time.Duration(days*float64(24*time.Hour)):
		whole, more := int(age/(24*time.Hour)), ""
		if float64(whole) == days {
			more = "more than "
		}
		return fmt.Sprintf("stale: collected %s%d days before the assessment, wanted are at most %v (%s)",
			more, whole, j.engine.config.Parameters[parameter], parameter), pointer
	}
	for _, field := range []string{"method", "collected_by"} {
		if p := "/" + section + "/source/" + field; j.state(p) != present {
			return "the section does not say how, or by whom, its facts were collected", p
		}
	}
	return "", ""
}

// sections lists the sections that the pointers lead into, sorted.
func sections(pointers []string) []string {
	names := make([]string, 0, len(pointers))
	for _, pointer := range pointers {
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// spoils reports whether an artifact that does not hold touches what a check needs. It speaks for its whole section: who
// hands in another file than the one recorded cannot be believed on the rest.
func spoils(artifact string, needed []string) bool {
	return slices.Contains(sections(needed), sections([]string{artifact})[0])
}

// within reports whether one pointer is the other or leads to something below it.
func within(pointer, ancestor string) bool {
	rest, ok := strings.CutPrefix(pointer, ancestor)
	return ok && (rest == "" || rest[0] == '/')
}
