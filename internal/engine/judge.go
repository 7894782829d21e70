package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

type declaration struct {
	assessment.Declaration
	pointer  string
	byOne    bool // the one who declared it approved it
	byNobody bool // one of the two is not in the directory of people, or was not active on that day
}

// judge gives the verdict on one duty of one service.
type judge struct {
	*Case
	at       time.Time
	duties   []policy.Duty     // the packages that check it
	declared *declaration      // that the duty does not apply; nil for none
	aged     map[string]doubt  // by section, filled as checks ask; shared by the duties of a service
	supplies map[string]string // what to do about an absent section, by section and place; shared in the same way
	readings *readings         // of earlier evaluations; nil for none
}

// doubt is why the facts of a section cannot be relied on; its message is empty where they can.
type doubt struct {
	message, pointer, remediation string
	kind                          assessment.CauseKind
}

// raw is a finding as a policy yields it, and what it says.
type raw struct {
	condition, pointer, message, remediation string
	values                                   map[string]any
	related                                  []string
}

// run judges the activity by what its packages found, in their order.
func (j judge) run(outcomes []Outcome, activity *assessment.Activity) {
	checks := 0
	for _, p := range j.duties {
		checks += len(p.Checks)
	}
	activity.Checks = make([]assessment.Check, 0, checks)
	for i, p := range j.duties {
		findings, err := j.readings.findings(p, outcomes[i])
		for _, check := range p.Checks {
			activity.Checks = append(activity.Checks, j.verdict(check, findings[check.Name], err))
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
	if declared.Note != "" {
		return
	}
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

// findings reads what a package found, by check name. Anything but a set of well-formed findings for each check is an error.
func (r *readings) findings(p policy.Duty, outcome Outcome) (map[string][]raw, error) {
	if outcome.Err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", p.File, outcome.Err)
	}
	object, ok := outcome.Findings.(map[string]any)
	if !ok {
		return nil, &document.Error{File: p.File, Line: p.Line, Message: "findings is not an object of checks: write findings.<check> contains finding if {…}"}
	}
	all := make(map[string][]raw, len(p.Checks))
	for i := range p.Checks {
		check := &p.Checks[i]
		items, ok := object[check.Name].([]any)
		if !ok {
			return nil, &document.Error{File: p.File, Line: check.Line, Message: fmt.Sprintf("findings.%s is not a set: write findings.%s contains finding if {…}", check.Name, check.Name)}
		}
		if len(items) > maxFindings {
			return nil, &document.Error{File: p.File, Line: check.Line, Message: fmt.Sprintf("there are %d findings of %s: %d is the limit", len(items), check.Name, maxFindings)}
		}
		var err error
		if all[check.Name], err = r.of(check, items); err != nil {
			return nil, &document.Error{File: p.File, Line: check.Line, Message: fmt.Sprintf("a finding of %s %v", check.Name, err)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.ContainsFunc(p.Checks, func(c policy.Check) bool { return c.Name == name }) {
			return nil, &document.Error{File: p.File, Line: p.Line, Message: fmt.Sprintf("there are findings of the unknown check %q: describe it with METADATA", name)}
		}
	}
	return all, nil
}

// readings are what findings of checks say, kept for as long as the same lists of findings are judged again.
type readings struct {
	mutex sync.Mutex
	kept  map[string][]reading // the last ones, by the id of the check
}

type reading struct {
	items []any
	all   []raw
}

// of reads the findings of a check, or answers what it read of the same list before.
func (r *readings) of(check *policy.Check, items []any) ([]raw, error) {
	if len(items) == 0 {
		return nil, nil
	}
	if r != nil {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		for _, earlier := range r.kept[check.ID] {
			if len(earlier.items) == len(items) && &earlier.items[0] == &items[0] {
				return earlier.all, nil
			}
		}
	}
	all := make([]raw, len(items))
	earlier := r.last(check.ID)
	for i, item := range items {
		if object, isObject := item.(map[string]any); isObject {
			if before, isRead := earlier[reflect.ValueOf(object).Pointer()]; isRead {
				all[i] = *before
				continue
			}
		}
		var err error
		if all[i], err = read(check, item); err != nil {
			return nil, err
		}
	}
	if r != nil {
		kept := r.kept[check.ID]
		r.kept[check.ID] = append([]reading{{items, all}}, kept[:min(len(kept), mostAnswers-1)]...)
	}
	return all, nil
}

// last are the findings of a check that were read last, by what they are in memory, where they stay as long as they are kept.
func (r *readings) last(check string) map[uintptr]*raw {
	if r == nil || len(r.kept[check]) == 0 {
		return nil
	}
	last := r.kept[check][0]
	all := make(map[uintptr]*raw, len(last.items))
	for i, item := range last.items {
		if object, isObject := item.(map[string]any); isObject {
			all[reflect.ValueOf(object).Pointer()] = &last.all[i]
		}
	}
	return all
}

// read reads one finding of a check, and says it.
func read(check *policy.Check, item any) (raw, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return raw{}, fmt.Errorf("is no object with condition, pointer and values, but %s", shorten(fmt.Sprint(item), maxItemText))
	}
	text := func(field string) string { s, _ := object[field].(string); return s }
	finding := raw{condition: text("condition"), pointer: text("pointer"), remediation: shorten(text("remediation"), maxText)}
	if finding.condition == "" {
		return raw{}, errors.New("has no condition: write which of custom.conditions failed")
	}
	if finding.values, ok = object["values"].(map[string]any); !ok {
		return raw{}, errors.New("has no object values: write what the sentence of its condition names, {} for nothing")
	}
	if err := points(finding.pointer); err != nil {
		return raw{}, err
	}
	related, ok := object["related"].([]any)
	if _, hasRelated := object["related"]; hasRelated && !ok {
		return raw{}, errors.New("has related places that are no list of pointers")
	}
	for _, item := range related[:min(len(related), maxRelated)] {
		pointer, _ := item.(string)
		if err := points(pointer); err != nil {
			return raw{}, err
		}
		finding.related = append(finding.related, pointer)
	}
	finding.values = bounded(finding.values)
	var err error
	finding.message, err = check.Message(finding.condition, finding.values)
	finding.message = shorten(finding.message, maxMessage)
	return finding, err
}

// points refuses what is no pointer into the evidence.
func points(pointer string) error {
	_, err := document.Split(pointer)
	switch {
	case pointer == "":
		return errors.New("has no pointer: point into the evidence, as /section/field")
	case len(pointer) > maxPointer:
		return fmt.Errorf("has a pointer of %d bytes: %d is the limit", len(pointer), maxPointer)
	case err != nil:
		return fmt.Errorf("points at %q, which is %w", pointer, err)
	}
	return nil
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

// Remediations of what the engine itself finds.
const (
	readFirst    = "Run raci-check collect without --replay: evidence of a session is for bug reports."
	readAgain    = "Run raci-check collect again: its output says why the source could not be read completely."
	collectAgain = "Collect the facts of this section again, and record when, how and by whom."
	attachAnswer = "Attach the answer or the export that the facts were read from (raci-check attach), or state the method by which they were really collected."
)

// verdict judges one check: missing where what it needs is absent, empty, too old or spoiled by an artifact that does
// not match its digest; else what its findings say.
func (j judge) verdict(check policy.Check, findings []raw, failed error) assessment.Check {
	judged := DescribeCheck(check)
	keepOwn(&judged, j.engine.milder[check.ID])
	unmap(&judged, j.engine.looser[check.ID])
	switch {
	case failed != nil:
		judged.Status = verdict.Error
		return judged
	case check.Applicability && (j.declared == nil || j.declared.Note != ""):
		judged.Status = verdict.NotApplicable
		return judged
	}
	judged.Status = verdict.Pass
	reported := j.reported(findings)
	if reason := j.nothingThere(check, reported); reason != "" {
		judged.Status, judged.Reason = verdict.NotApplicable, reason
		return judged
	}
	for _, more := range [][]assessment.Finding{j.unevidenced(check), j.outdated(check), j.spoiled(check), j.misdeclared(check), reported} {
		judged.Findings = append(judged.Findings, more...)
	}
	if len(judged.Findings) == 0 {
		judged.Findings = append(judged.Findings, j.unlisted(check)...)
	}
	if len(judged.Findings) == 0 {
		judged.Findings = append(judged.Findings, append(j.unread(check), j.unfounded(check)...)...)
	}
	if len(judged.Findings) == 0 {
		judged.Findings = append(judged.Findings, j.weak(check, &judged)...)
	}
	for i := range judged.Findings {
		finding := &judged.Findings[i]
		finding.Location = j.evidence.Locate(finding.Pointer)
		if finding.Status == verdict.Missing && finding.Remediation == "" {
			finding.Remediation = j.supply(*finding)
		}
		finding.Remediation = cmp.Or(finding.Remediation, check.Remediation)
		judged.Status = verdict.Worse(judged.Status, finding.Status)
	}
	slices.SortStableFunc(judged.Findings, assessment.Finding.Compare)
	judged.Findings = slices.CompactFunc(judged.Findings, func(a, b assessment.Finding) bool { return a.Compare(b) == 0 && a.Equal(b) })
	return judged
}

// nothingThere says why a check does not apply: a source counts none of what it judges, and nothing contradicts the count. It is
// empty for a check that applies, also where the count is too old or rests on an artifact that changed.
func (j judge) nothingThere(check policy.Check, reported []assessment.Finding) string {
	count := check.Population.Count
	if count == "" || !j.countedNone(count) || slices.ContainsFunc(check.Population.Lists, j.hasSome) {
		return ""
	}
	about := sections(append([]string{count}, check.Population.Lists...))
	if slices.ContainsFunc(reported, func(f assessment.Finding) bool {
		return f.Status == verdict.Fail || !slices.Contains(about, sectionOf(f.Pointer))
	}) {
		return ""
	}
	proof := policy.Check{Evidence: []string{count}}
	if len(j.outdated(proof)) > 0 || len(j.spoiled(proof)) > 0 || len(j.unread(proof)) > 0 {
		return ""
	}
	place, _, _ := strings.Cut(count, policy.EachItem)
	return fmt.Sprintf("nothing to check: %s is 0 (%s)", count, j.evidence.Locate(place))
}

// unlisted finds that a source counts items of a population and none is listed: a check that looked at none of them does not pass.
func (j judge) unlisted(check policy.Check) []assessment.Finding {
	population := check.Population
	if population.Count == "" || !j.hasSome(population.Count) || slices.ContainsFunc(population.Lists, j.hasSome) {
		return nil
	}
	place, _, _ := strings.Cut(population.Lists[0], policy.EachItem)
	return []assessment.Finding{{
		Status: verdict.Missing, Pointer: place, Cause: j.lacking(place), Message: fmt.Sprintf("%s%s shows none of those that %s counts", NoEvidence, population.Lists[0], population.Count),
	}}
}

// countedNone reports whether a count is 0, and that of every item where it is one for each item of a list.
func (j judge) countedNone(pointer string) bool {
	counts := reached(j.evidence.Value, pointer)
	for _, value := range counts {
		if n, isNumber := number(value); !isNumber || n != 0 {
			return false
		}
	}
	return len(counts) > 0
}

// hasSome reports whether a population shows an item: something that is there, or a number that is not 0.
func (j judge) hasSome(pointer string) bool {
	return slices.ContainsFunc(reached(j.evidence.Value, pointer), func(value any) bool {
		if n, isNumber := number(value); isNumber {
			return n != 0
		}
		return presenceOf(value) == present
	})
}

// reached lists the values that a pointer leads to, where * stands for each item of a list; nil stands for one that is absent.
func reached(value any, pointer string) []any {
	first, rest, hasItems := strings.Cut(pointer, policy.EachItem)
	fact, _ := document.Lookup(value, first)
	if !hasItems {
		return []any{fact}
	}
	var all []any
	items, _ := fact.([]any)
	for _, item := range items {
		all = append(all, reached(item, rest)...)
	}
	return all
}

// unevidenced finds the evidence that a check names and that is not there.
func (j judge) unevidenced(check policy.Check) []assessment.Finding {
	var missing []assessment.Finding
	for _, pointer := range check.Evidence {
		if state := j.state(pointer); state != present {
			missing = append(missing, assessment.Finding{Status: verdict.Missing, Pointer: pointer, Cause: j.lacking(pointer), Message: NoEvidence + pointer + " is " + state.String()})
		}
	}
	return missing
}

// outdated finds the sections that a check needs and whose facts cannot be relied on.
func (j judge) outdated(check policy.Check) []assessment.Finding {
	var missing []assessment.Finding
	for _, section := range sections(check.Evidence) {
		stale, judged := j.aged[section]
		if !judged {
			if stale.message, stale.pointer = j.stale(section); stale.message != "" {
				stale.remediation, stale.kind = collectAgain, assessment.Stale
			} else {
				stale = j.unshown(section)
			}
			j.aged[section] = stale
		}
		if stale.message != "" {
			missing = append(missing, assessment.Finding{
				Status: verdict.Missing, Pointer: stale.pointer, Message: stale.message, Remediation: stale.remediation,
				Cause: &assessment.CauseKey{Kind: stale.kind, Subject: section},
			})
		}
	}
	return missing
}

// spoiled finds the artifacts that are not what their digests say, in the sections that a check needs.
func (j judge) spoiled(check policy.Check) []assessment.Finding {
	return j.brokenIn(check.Evidence)
}

// unfounded finds the artifacts that do not hold in the sections that a check only reads beside those it needs: what fails still
// fails, and nothing passes.
func (j judge) unfounded(check policy.Check) []assessment.Finding {
	if len(j.evidence.Broken) == 0 {
		return nil
	}
	broken := j.brokenIn(j.resting(check))
	for i := range broken {
		broken[i].Status = verdict.Missing
	}
	return broken
}

// brokenIn finds the artifacts that do not hold in the sections that the pointers lead into.
func (j judge) brokenIn(needed []string) []assessment.Finding {
	var broken []assessment.Finding
	for _, artifact := range j.evidence.Broken {
		if spoils(artifact.Pointer, needed) {
			path, _ := document.Lookup(j.evidence.Value, artifact.Pointer+"/path")
			broken = append(broken, assessment.Finding{
				Status: artifact.Status, Pointer: artifact.Pointer, Message: artifact.Message, Remediation: artifact.Remediation,
				Cause: &assessment.CauseKey{Kind: assessment.Artifact, Subject: fmt.Sprint(path)},
			})
		}
	}
	return broken
}

// misdeclared finds a declaration that is not sound in itself, where the check is the one that looks for evidence against it.
func (j judge) misdeclared(check policy.Check) []assessment.Finding {
	if !check.Applicability {
		return nil
	}
	if message := j.unsound(); message != "" {
		return []assessment.Finding{{Status: verdict.Fail, Pointer: j.declared.pointer, Message: message}}
	}
	return nil
}

// reported makes findings of those that a policy yields. One that points at an absent fact is missing, any other a failure.
func (j judge) reported(findings []raw) []assessment.Finding {
	all := make([]assessment.Finding, 0, len(findings))
	for _, raw := range findings {
		finding := assessment.Finding{
			Status: verdict.Fail, Message: raw.message, Condition: raw.condition, Pointer: raw.pointer, Remediation: raw.remediation,
			Cause: raw.person(),
		}
		if len(raw.values) > 0 {
			finding.Values = raw.values
		}
		if j.state(raw.pointer) != present {
			finding.Status, finding.Cause = verdict.Missing, j.lacking(raw.pointer)
		}
		for _, pointer := range raw.related {
			finding.Related = append(finding.Related, assessment.Place{Pointer: pointer, Location: j.evidence.Locate(pointer)})
		}
		all = append(all, finding)
	}
	return all
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

func (p presence) String() string { return [...]string{"absent", "empty", "present"}[p] }

// state says whether a fact is there; null, the empty text and the empty collection are empty.
func (j judge) state(pointer string) presence {
	value, exists := document.Lookup(j.evidence.Value, pointer)
	if !exists {
		return absent
	}
	return presenceOf(value)
}

func presenceOf(value any) presence {
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

// stale says why the facts of a section cannot be relied on at the time; empty when they can.
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
		return fmt.Sprintf("parameter %s is not set: the age of the section cannot be checked", parameter), pointer
	}
	age := j.at.Sub(collected)
	switch {
	case age < 0:
		return fmt.Sprintf("collected at %s, after the time of the assessment", text), pointer
	case age > maxAge(days):
		whole, more := int(age/(24*time.Hour)), ""
		if float64(whole) == days {
			more = "more than "
		}
		return fmt.Sprintf("too old: collected %s%d days before the assessment, allowed are at most %v (%s)",
			more, whole, j.engine.config.Parameters[parameter], parameter), pointer
	}
	for _, field := range []string{"method", "collected_by"} {
		if p := "/" + section + "/source/" + field; j.state(p) != present {
			return "the section does not say how, or by whom, its facts were collected", p
		}
	}
	return "", ""
}

// maxAge is so many days.
func maxAge(days float64) time.Duration { return time.Duration(days * float64(24*time.Hour)) }

// unshown doubts a section that says that a program read its facts, and names nothing that the program read. A collection
// that keeps no raw answers notes their digests.
func (j judge) unshown(section string) doubt {
	source := "/" + section + "/source"
	method, _ := document.Lookup(j.evidence.Value, source+"/method")
	if method != "api" && method != "export" || j.state(source+"/artifact") == present {
		return doubt{}
	}
	answers, _ := document.Lookup(j.evidence.Value, source+"/read_from")
	list, _ := answers.([]any)
	if len(list) > 0 && !slices.ContainsFunc(list, func(answer any) bool {
		digest, _ := document.Lookup(answer, "/sha256")
		return digest == nil
	}) {
		return doubt{}
	}
	return doubt{
		message: fmt.Sprintf("the section says that its facts are from an %v, and names no file (artifact) and no digest of an answer (read_from)", method),
		pointer: source + "/artifact", remediation: attachAnswer, kind: assessment.Unshown,
	}
}

// sectionOf is the section that a pointer leads into.
func sectionOf(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return name
}

// sections lists the sections that the pointers lead into, sorted.
func sections(pointers []string) []string {
	names := make([]string, len(pointers))
	for i, pointer := range pointers {
		names[i] = sectionOf(pointer)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// spoils reports whether an artifact that does not hold touches what a check needs. It speaks for its whole section: who
// hands in another file than the one recorded cannot be believed on the rest.
func spoils(artifact string, needed []string) bool {
	return slices.ContainsFunc(needed, func(pointer string) bool { return sectionOf(pointer) == sectionOf(artifact) })
}
