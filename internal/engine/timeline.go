package engine

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
)

// TimedEvaluator is an Evaluator that knows at which times its answers can change.
type TimedEvaluator interface {
	Evaluator
	// Timed answers an evaluator whose outcomes have spans, for the inputs of one service at several times, which differ in nothing but the
	// time and the permissions. Parts that are the same object or list in two inputs are taken to be equal. Reads are those of its
	// policies. Single checks are asked for one time after the other.
	Timed() (CheckEvaluator, Reads, error)
}

// Timeline gives the verdicts on one service at several times, and says how long each stays. It evaluates a check again only at times
// at which the check can find something else. It is safe for concurrent use.
type Timeline struct {
	c         *Case
	evaluator CheckEvaluator // nil where the engine's evaluator does not know when its answers change
	reads     Reads
	checks    map[string][]string // names of those of each package
	readings  readings
	turns     turns

	joint map[string]bool // ids of the checks whose verdicts depend on each other: by waivers and declarations

	mutex       sync.Mutex
	permissions []*permissions           // the last ones, those of the last time first
	numbers     int                      // of parts of permissions
	answers     map[string][]timedAnswer // the last ones, by package and check
}

// timedAnswer is what a check found.
type timedAnswer struct {
	findings    any
	span        Span         // in which it finds the same, as long as the permissions are the same
	permissions *permissions // that it was evaluated with; nil where it does not read them
	reads       []string     // the parts of them that it reads, nil for all
}

// permissions are what follows from the policies of the evidence at times.
type permissions struct {
	value map[string]any
	parts map[string]int // a number for what each part of the value is
	span  Span           // the last one in which they were these
}

// isLike reports whether all that an answer was found with is the same in other permissions.
func (a timedAnswer) isLike(other *permissions) bool {
	if a.permissions == nil || a.permissions == other {
		return true
	}
	return a.reads != nil && !slices.ContainsFunc(a.reads, func(part string) bool { return a.permissions.parts[part] != other.parts[part] })
}

// until is the time in which an answer stays what it is, where the first permissions are those of now.
func (t *Timeline) until(a timedAnswer) Span {
	if a.permissions == nil {
		return a.span
	}
	return a.span.And(t.permissions[0].span)
}

// Timeline makes a timeline of the service.
func (c *Case) Timeline() (*Timeline, error) {
	t := &Timeline{c: c, checks: map[string][]string{}, turns: c.turns(), joint: c.joint(), answers: map[string][]timedAnswer{}, readings: readings{kept: map[string][]reading{}}}
	evaluator, isTimed := c.engine.evaluator.(TimedEvaluator)
	if !isTimed {
		return t, nil
	}
	for _, duty := range c.engine.config.Policies.Duties {
		name := c.engine.packageOf(duty)
		for _, check := range duty.Checks {
			t.checks[name] = append(t.checks[name], check.Name)
		}
	}
	var err error
	t.evaluator, t.reads, err = evaluator.Timed()
	return t, err
}

// Judge is Case.Judge, and says in which time around that time every status, every finding, where it points and whether it is
// waived stay the same. The messages of findings about evidence that is too old count days, and can differ in it: see Next.
func (t *Timeline) Judge(ctx context.Context, at time.Time, selected []string) (assessment.Service, Span, error) {
	span := t.settled(at)
	service, err := t.c.judge(ctx, at, selected, asked{readings: &t.readings, evaluate: func(ctx context.Context, packages []string) ([]Outcome, error) {
		outcomes, same, err := t.evaluate(ctx, at, packages)
		span = span.And(same)
		return outcomes, err
	}})
	return service, span, err
}

// Next is the first time after a time at which anything in the verdicts on the service can differ though nothing but the time changes,
// where span is what Judge answered for that time: a status, a finding, the values and the message of one, such as the days in "too old:
// collected 94 days before the assessment", whether one is waived, and what became of a waiver or a declaration. Service.At alone differs at
// any time. The answer is never too late, and may be too early: then nothing differs. Where it is not known how policies use the time, it is
// the nanosecond after the time: at once. The zero time stands for never. What Judge does not decide, such as a forecast in the service,
// is not a part of it.
func (t *Timeline) Next(at time.Time, span Span) time.Time {
	until := min(span.Until, t.c.ages(at))
	if until == Always.Until {
		return time.Time{}
	}
	return time.Unix(0, until).UTC()
}

// evaluate answers for packages what they find at a time, and in which time they find that.
func (t *Timeline) evaluate(ctx context.Context, at time.Time, packages []string) ([]Outcome, Span, error) {
	if t.evaluator == nil {
		outcomes, err := t.c.engine.evaluator.Evaluate(ctx, t.c.engine.inputs.of(t.c.checked, at), packages)
		return outcomes, Only(at.UnixNano()), err
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	wanted := make([]wanted, len(packages))
	for i, name := range packages {
		wanted[i].name, wanted[i].checks = name, t.checks[name]
	}
	a := asking{ctx: ctx, at: at.UnixNano(), input: t.input(at)}
	outcomes, err := t.renew(a, wanted)
	if err != nil {
		return nil, Always, err
	}
	span := Always
	for i, name := range packages {
		if outcomes[i].Err != nil || outcomes[i].Findings != nil {
			span = Only(a.at)
			continue
		}
		outcomes[i].Findings = t.findings(a.at, wanted[i])
		for _, check := range t.checks[name] {
			answer, _ := t.answer(a.at, name, check)
			span = span.And(t.until(answer))
		}
	}
	return outcomes, span, nil
}

// wanted are checks of a package, by their names.
type wanted struct {
	name   string
	checks []string
}

// findings are those of checks that are answered at a time, as an outcome has them.
func (t *Timeline) findings(at int64, w wanted) map[string]any {
	findings := make(map[string]any, len(w.checks))
	for _, check := range w.checks {
		answer, _ := t.answer(at, w.name, check)
		findings[check] = answer.findings
	}
	return findings
}

// asking is one question to the evaluator.
type asking struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the call that makes it
	at    int64
	input map[string]any
}

// renew asks for what is not known of checks at a time. It answers the outcomes of the packages that could not be evaluated, or that
// found what cannot be told apart by check.
func (t *Timeline) renew(a asking, packages []wanted) ([]Outcome, error) {
	var whole, checks []string
	for _, w := range packages {
		name := w.name
		var missing []string
		for _, check := range w.checks {
			if _, isKnown := t.answer(a.at, name, check); !isKnown {
				missing = append(missing, name+".findings."+check)
			}
		}
		if len(missing) == len(t.checks[name]) {
			whole = append(whole, name)
		} else {
			checks = append(checks, missing...)
		}
	}
	if len(checks) > 0 {
		answers, err := t.evaluator.EvaluateChecks(a.ctx, a.input, checks)
		if err != nil {
			return nil, err
		}
		for i, full := range checks {
			name, check, _ := strings.Cut(full, ".findings.")
			span, isTimed := answers[i].Spans[check]
			switch {
			case answers[i].Err == nil && isTimed:
				t.keep(name, check, timedAnswer{findings: answers[i].Findings, span: span})
			case !slices.Contains(whole, name): // so that the error is that of a run from the start
				whole = append(whole, name)
			}
		}
	}
	outcomes := make([]Outcome, len(packages))
	if len(whole) == 0 {
		return outcomes, nil
	}
	answers, err := t.evaluator.Evaluate(a.ctx, a.input, whole)
	if err != nil {
		return nil, err
	}
	for i, name := range whole {
		if !t.keepAll(name, answers[i]) {
			outcomes[slices.IndexFunc(packages, func(w wanted) bool { return w.name == name })] = answers[i]
		}
	}
	return outcomes, nil
}

// keepAll keeps what the checks of a package found, and reports whether all of them could be told apart.
func (t *Timeline) keepAll(name string, outcome Outcome) bool {
	findings, isObject := outcome.Findings.(map[string]any)
	if outcome.Err != nil || !isObject || len(findings) != len(t.checks[name]) {
		return false
	}
	for _, check := range t.checks[name] {
		_, hasFindings := findings[check]
		if _, isTimed := outcome.Spans[check]; !isTimed || !hasFindings {
			return false
		}
	}
	for _, check := range t.checks[name] {
		t.keep(name, check, timedAnswer{findings: findings[check], span: outcome.Spans[check]})
	}
	return true
}

// mostAnswers is how many answers of a check are kept, and how many permissions: those before and after a change.
const mostAnswers = 2

// keep keeps what a check found.
func (t *Timeline) keep(name, check string, answer timedAnswer) {
	fields := t.reads[name][check]
	if fields == nil || slices.Contains(fields, permissionsField) {
		answer.permissions = t.permissions[0]
	} else {
		for _, field := range fields {
			if part, isPart := strings.CutPrefix(field, permissionsField+"/"); isPart {
				answer.permissions, answer.reads = t.permissions[0], append(answer.reads, part)
			}
		}
	}
	full := name + "." + check
	kept := t.answers[full]
	t.answers[full] = append([]timedAnswer{answer}, kept[:min(len(kept), mostAnswers-1)]...)
}

// answer is what a check finds at a time, with the permissions of that time, where it is known.
func (t *Timeline) answer(at int64, name, check string) (timedAnswer, bool) {
	for _, answer := range t.answers[name+"."+check] {
		if answer.span.Contains(at) && answer.isLike(t.permissions[0]) {
			return answer, true
		}
	}
	return timedAnswer{}, false
}

// input is what policies see at a time. It puts the permissions of that time first.
func (t *Timeline) input(at time.Time) map[string]any {
	now := at.UnixNano()
	i := slices.IndexFunc(t.permissions, func(p *permissions) bool { return p.span.Contains(now) })
	var current *permissions
	if i < 0 {
		value, span := t.c.engine.inputs.permissions(t.c.checked, at)
		i = slices.IndexFunc(t.permissions, func(p *permissions) bool { return reflect.DeepEqual(p.value, value) })
		if i < 0 {
			current = &permissions{value: value, parts: t.number(value)}
		} else {
			current = t.permissions[i]
		}
		current.span = span
	} else {
		current = t.permissions[i]
	}
	if i >= 0 {
		t.permissions = slices.Delete(t.permissions, i, i+1)
	}
	t.permissions = append([]*permissions{current}, t.permissions[:min(len(t.permissions), mostAnswers-1)]...)
	return t.c.engine.inputs.with(t.c.checked, at, current.value)
}

// number gives each part of permissions the number that it has in the last ones, where it is the same.
func (t *Timeline) number(value map[string]any) map[string]int {
	numbers := make(map[string]int, len(value))
	for name, part := range value {
		i := slices.IndexFunc(t.permissions, func(p *permissions) bool { return reflect.DeepEqual(p.value[name], part) })
		if i >= 0 {
			numbers[name] = t.permissions[i].parts[name]
		} else {
			t.numbers++
			numbers[name] = t.numbers
		}
	}
	return numbers
}

// settled is the time around a time in which what the engine itself decides stays the same.
func (t *Timeline) settled(at time.Time) Span {
	span := around(t.turns.joint, at.UnixNano())
	for _, turns := range t.turns.sections {
		span = span.And(around(turns, at.UnixNano()))
	}
	return span
}

// around is the time between two turns in which a time is.
func around(turns []int64, at int64) Span {
	span := Always
	for _, turn := range turns {
		if turn <= at {
			span.From = max(span.From, turn)
		} else {
			span.Until = min(span.Until, turn)
		}
	}
	return span
}

// turns are the times at which something that the engine itself decides can change.
type turns struct {
	sections map[string][]int64 // when a section becomes too old, by section
	joint    []int64            // when waivers and declarations begin and end
}

func (c *Case) turns() turns {
	all := turns{sections: map[string][]int64{}}
	for section := range c.engine.config.Freshness {
		if collected, limit, isAged := c.aging(section); isAged {
			all.sections[section] = possible(collected, collected.Add(limit).Add(1))
		}
	}
	for _, w := range c.waivers {
		all.joint = append(all.joint, possible(w.ApprovedOn, w.ExpiresOn.AddDate(0, 0, 1))...)
	}
	for _, declared := range c.declared {
		if declaredOn, err := time.Parse(time.DateOnly, declared.DeclaredOn); err == nil {
			all.joint = append(all.joint, possible(declaredOn)...)
		}
	}
	return all
}

// possible are those times in nanoseconds for which an assessment can be made.
func possible(times ...time.Time) (all []int64) {
	for _, t := range times {
		if nanoseconds, isPossible := nanosecondsOf(t); isPossible {
			all = append(all, nanoseconds)
		}
	}
	return all
}

// aging says when the facts of a section were collected, and how old they may be; false where they do not age.
func (c *Case) aging(section string) (collected time.Time, limit time.Duration, isAged bool) {
	value, _ := document.Lookup(c.evidence.Value, "/"+section+"/source/collected_at")
	text, _ := value.(string)
	collected, err := time.Parse(time.RFC3339Nano, text)
	days, isSet := number(c.engine.config.Parameters[c.engine.config.Freshness[section]])
	return collected, maxAge(days), err == nil && isSet
}

// ages is the first time after a time at which a message that counts the days since a section was collected counts another one.
func (c *Case) ages(at time.Time) int64 {
	next := int64(math.MaxInt64)
	for section := range c.engine.config.Freshness {
		collected, limit, isAged := c.aging(section)
		age := at.Sub(collected)
		if !isAged || age < limit {
			continue
		}
		if nanoseconds, isPossible := nanosecondsOf(collected.Add(age - age%(24*time.Hour) + 24*time.Hour)); isPossible {
			next = min(next, nanoseconds)
		}
	}
	return next
}

// nanosecondsOf is a time in nanoseconds since 1970 UTC; false for what no assessment can be made for, from 1678 to 2262.
func nanosecondsOf(t time.Time) (nanoseconds int64, isPossible bool) {
	nanoseconds = t.UnixNano()
	return nanoseconds, time.Unix(0, nanoseconds).Equal(t)
}
