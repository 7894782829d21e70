package framework

import (
	"cmp"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verdict"
)

// State says what an assessment shows of a requirement.
type State string

// The states, in the order in which they are counted.
const (
	Shown       State = "shown"        // a check that shows all of it passes, and none that shows a part of it is open
	InPart      State = "in_part"      // checks that show a part of it pass, and none is open
	Gap         State = "gap"          // a check that shows some of it fails, or its evidence is missing
	Waived      State = "waived"       // as Gap, and valid waivers accept all of it
	RelatedOnly State = "related_only" // the only checks are about the same subject, and show nothing of it
	Loosened    State = "loosened"     // the checks rest on parameters that are looser than the profile, or than the baseline, and do not count
	NotAssessed State = "not_assessed" // the checks were not assessed, or do not apply
	NoCheck     State = "no_check"     // no check is about it: nothing here can show it
)

var States = []State{Shown, InPart, Gap, Waived, RelatedOnly, Loosened, NotAssessed, NoCheck}

// View is an assessment as a framework sees it.
type View struct {
	Framework  Framework // without its requirements
	Assessment *assessment.Assessment
	Services   []Service
}

// Service is what the evidence of a service shows of each requirement.
type Service struct {
	*assessment.Service
	Requirements []Standing // in the order of the framework
	Count        map[State]int
}

// Standing is what a service's evidence shows of a requirement.
type Standing struct {
	ID, Title string
	Spoken    string // language of the title; empty for English
	State     State
	Grade     verdict.Grade // of the weakest check that passes and shows some of it; empty for none
	Checks    []Support     // in the order of the table
}

// Support is a check that is about a requirement.
type Support struct {
	Relation Relation
	Loosened bool // the check rests on a parameter that is looser than the framework may ask for
	Activity *assessment.Activity
	Check    *assessment.Check
}

// Counts reports whether the check's verdict says something of the requirement. A parameter that is looser than the profile takes
// that away; so does a profile of another framework that asks for less than the baseline.
func (s Support) Counts() bool { return s.Relation != Related && !s.Loosened }

// Open reports whether the check leaves some of the requirement unshown. One that fails by a looser value fails by the stricter too.
func (s Support) Open() bool {
	return s.Relation != Related && s.Check.Status.Bad() || s.Counts() && s.Check.Status == verdict.Waived
}

// Of sees an assessment from a framework.
func Of(f Framework, a *assessment.Assessment) View {
	requirements := f.Requirements
	f.Requirements = nil
	view := View{Framework: f, Assessment: a}
	for i := range a.Services {
		service := Service{Service: &a.Services[i], Count: map[State]int{}}
		for _, requirement := range requirements {
			standing := standingOf(f.ID, requirement, service.Service)
			standing.Spoken = cmp.Or(requirement.Spoken, f.Spoken)
			service.Count[standing.State]++
			service.Requirements = append(service.Requirements, standing)
		}
		view.Services = append(view.Services, service)
	}
	return view
}

func standingOf(framework string, requirement Requirement, service *assessment.Service) Standing {
	standing := Standing{ID: requirement.ID, Title: requirement.Title}
	for i := range service.Activities {
		activity := &service.Activities[i]
		for k := range activity.Checks {
			check := &activity.Checks[k]
			if relation := requirement.Checks[check.ID]; relation != "" {
				standing.Checks = append(standing.Checks, Support{relation, !check.CountsFor(framework), activity, check})
			}
		}
	}
	for _, support := range standing.Checks {
		if support.Counts() && support.Check.Status == verdict.Pass {
			standing.Grade = verdict.Weaker(standing.Grade, support.Check.Grade)
		}
	}
	standing.State = stateOf(requirement, standing.Checks)
	return standing
}

// stateOf is the state that the checks of a requirement make. What is open weighs more than what passes.
func stateOf(requirement Requirement, checks []Support) State {
	if len(requirement.Checks) == 0 {
		return NoCheck
	}
	counts := func(is func(Support) bool) bool {
		return slices.ContainsFunc(checks, func(s Support) bool { return s.Counts() && is(s) })
	}
	passes := func(s Support) bool { return s.Check.Status == verdict.Pass }
	switch {
	case slices.ContainsFunc(checks, func(s Support) bool { return s.Open() && s.Check.Status.Bad() }):
		return Gap
	case counts(func(s Support) bool { return s.Check.Status == verdict.Waived }):
		return Waived
	case counts(func(s Support) bool { return passes(s) && s.Relation == Full }):
		return Shown
	case counts(passes):
		return InPart
	case slices.ContainsFunc(checks, func(s Support) bool { return s.Relation != Related && s.Loosened }):
		return Loosened
	case slices.ContainsFunc(checks, func(s Support) bool { return s.Relation != Related }) || len(checks) == 0:
		return NotAssessed
	default:
		return RelatedOnly
	}
}
