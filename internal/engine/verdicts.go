package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Verdict is that on one check at a time.
type Verdict struct {
	Activity string // its id
	Check    assessment.Check
	Reason   string // of the activity: why the check could not be evaluated
	// Span is the time in which its status, its findings, where they point and whether they are waived are the same. The messages of
	// findings about evidence that is too old count days, and can differ in it.
	Span Span
}

// ErrUntimed says that a check could not be evaluated at a time, so that nothing is known of other times. Case.Verdicts tells what
// became of it.
var ErrUntimed = errors.New("a check could not be evaluated")

// verdictsOf are the verdicts on the checks of a service, each with its span.
func verdictsOf(service assessment.Service, span func(check string) Span) []Verdict {
	var all []Verdict
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			all = append(all, Verdict{activity.ID, check, activity.Reason, span(check.ID)})
		}
	}
	return all
}

// VerdictsAt are the verdicts on the checks of a service that was judged at a time, where nothing is known of other times.
func VerdictsAt(at time.Time, service assessment.Service) []Verdict {
	return verdictsOf(service, func(string) Span { return Only(at.UnixNano()) })
}

// Verdicts are those on checks at a time, by their ids, and on those of their activities; on all for no ids. The activities are
// those selected, or all.
func (c *Case) Verdicts(ctx context.Context, at time.Time, selected, checks []string) ([]Verdict, error) {
	if len(checks) > 0 {
		selected = c.activitiesOf(selected, checks)
	}
	service, err := c.Judge(ctx, at, selected)
	if err != nil {
		return nil, err
	}
	return VerdictsAt(at, service), nil
}

// activitiesOf are those of the selected activities that checks are of, and that their verdicts depend on.
func (c *Case) activitiesOf(selected, checks []string) []string {
	wanted, joint := map[string]bool{}, c.joint()
	addJoint(wanted, joint, checks)
	var ids []string
	for id, duties := range c.engine.duties {
		if len(selected) > 0 && !slices.Contains(selected, id) {
			continue
		}
		if slices.ContainsFunc(duties, func(p policy.Duty) bool {
			return slices.ContainsFunc(p.Checks, func(check policy.Check) bool { return wanted[check.ID] })
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// joint are the ids of the checks whose verdicts depend on each other: a declaration rests on other checks of its activity, and waivers
// may cover a share of all checks.
func (c *Case) joint() map[string]bool {
	joint := map[string]bool{}
	for _, w := range c.waivers {
		joint[w.Check] = true
	}
	for id := range c.declared {
		for _, p := range c.engine.duties[id] {
			for _, check := range p.Checks {
				joint[check.ID] = true
			}
		}
	}
	return joint
}

// addJoint adds checks, with all that depend on each other where they are among these.
func addJoint(wanted, joint map[string]bool, checks []string) {
	for _, check := range checks {
		wanted[check] = true
		if !joint[check] || wanted[""] {
			continue
		}
		wanted[""] = true
		for other := range joint {
			wanted[other] = true
		}
	}
}

// portion is some checks of one activity.
type portion struct {
	id     string
	duties []policy.Duty // each with those checks alone
}

// parts are the activities that have these checks, in the order of the table; all checks for none.
func (t *Timeline) parts(selected, checks []string) []portion {
	wanted := map[string]bool{}
	addJoint(wanted, t.joint, checks)
	var parts []portion
	for _, activity := range t.c.engine.config.Activities {
		if !activity.Duty() || len(selected) > 0 && !slices.Contains(selected, activity.ID) {
			continue
		}
		p := portion{id: activity.ID}
		for _, duty := range t.c.engine.duties[activity.ID] {
			if len(checks) > 0 {
				duty.Checks = those(duty.Checks, wanted)
			}
			if len(duty.Checks) > 0 {
				p.duties = append(p.duties, duty)
			}
		}
		if len(p.duties) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// those are the checks of these ids.
func those(checks []policy.Check, ids map[string]bool) (picked []policy.Check) {
	for i := range checks {
		if ids[checks[i].ID] {
			picked = append(picked, checks[i])
		}
	}
	return picked
}

// Verdicts are those on checks at a time, by their ids, as Judge gives them, and on those that they depend on; on all for no ids. It
// asks the policies for what can be another than at the times before. ErrUntimed is its error where a check cannot be evaluated.
func (t *Timeline) Verdicts(ctx context.Context, at time.Time, selected, checks []string) ([]Verdict, error) {
	if t.evaluator == nil {
		return t.c.Verdicts(ctx, at, selected, checks)
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	parts := t.parts(selected, checks)
	var packages []wanted
	for _, p := range parts {
		for _, duty := range p.duties {
			packages = append(packages, wanted{t.c.engine.packageOf(duty), namesOfChecks(duty)})
		}
	}
	outcomes, err := t.renew(asking{ctx: ctx, at: at.UnixNano(), input: t.input(at)}, packages)
	if err != nil {
		return nil, err
	}
	service := assessment.Service{Activities: make([]assessment.Activity, len(parts))}
	aged, supplies := map[string]doubt{}, map[string]string{}
	for i, p := range parts {
		mine := outcomes[:len(p.duties)]
		for k := range mine {
			if mine[k].Err != nil || mine[k].Findings != nil {
				return nil, ErrUntimed
			}
			mine[k].Findings = t.findings(at.UnixNano(), packages[k])
		}
		outcomes, packages = outcomes[len(mine):], packages[len(mine):]
		activity := &service.Activities[i]
		activity.ID = p.id
		judge{Case: t.c, at: at, duties: p.duties, declared: t.c.declared[p.id], aged: aged, supplies: supplies, readings: &t.readings}.run(mine, activity)
		if activity.Status == verdict.Error {
			return nil, ErrUntimed
		}
	}
	t.c.settle(&service, at)
	return verdictsOf(service, t.spans(at, parts)), nil
}

func namesOfChecks(duty policy.Duty) []string {
	names := make([]string, len(duty.Checks))
	for i, check := range duty.Checks {
		names[i] = check.Name
	}
	return names
}

// Today are the verdicts of a service that Judge gave last, at that time and for these activities, with their spans.
func (t *Timeline) Today(at time.Time, selected []string, service assessment.Service) []Verdict {
	if t.evaluator == nil || slices.ContainsFunc(service.Activities, func(a assessment.Activity) bool { return a.Status == verdict.Error }) {
		return VerdictsAt(at, service)
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return verdictsOf(service, t.spans(at, t.parts(selected, nil)))
}

// spans answers for each check of the parts in which time around a time its verdict is the same.
func (t *Timeline) spans(at time.Time, parts []portion) func(check string) Span {
	all := map[string]Span{}
	joint := around(t.turns.joint, at.UnixNano())
	for _, p := range parts {
		for _, duty := range p.duties {
			for i := range duty.Checks {
				check := &duty.Checks[i]
				all[check.ID] = t.alone(at.UnixNano(), t.c.engine.packageOf(duty), check)
				if t.joint[check.ID] {
					joint = joint.And(all[check.ID])
				}
			}
		}
	}
	return func(check string) Span {
		if t.joint[check] {
			return joint
		}
		return all[check]
	}
}

// alone is the time in which a check finds the same in evidence that is, or is not, too old.
func (t *Timeline) alone(at int64, name string, check *policy.Check) Span {
	answer, isKnown := t.answer(at, name, check.Name)
	if !isKnown {
		return Only(at)
	}
	span := t.until(answer)
	rests := check.Evidence
	if check.Population.Count != "" {
		rests = slices.Concat(rests, []string{check.Population.Count})
	}
	for _, pointer := range rests {
		if turns := t.turns.sections[sectionOf(pointer)]; turns != nil {
			span = span.And(around(turns, at))
		}
	}
	return span
}
