package assessment

import "raci-check/internal/verdict"

// This file makes all verdicts of verdicts: a check's of its findings', an activity's of its checks', a service's
// of its activities', a fleet's of its services', and the outcome that a gate acts on.

// Settle gives the activities, the summary and the service the verdicts that follow from the checks. An activity that is not
// judged (inherited, not selected) or could not be (error) stays so; one of which nothing was judged is an error.
func (s *Service) Settle() {
	s.Summary, s.Result, s.Grades = map[verdict.Status]int{}, "", nil
	for i := range s.Activities {
		activity := &s.Activities[i]
		switch activity.Status {
		case verdict.Inherited, verdict.NotSelected:
		case verdict.Error:
			s.Result = verdict.Error
		default:
			activity.Status, activity.Grade = "", ""
			for _, check := range activity.Checks {
				activity.Status = verdict.Worse(activity.Status, check.Status)
				if check.Status == verdict.Pass && check.Grade != "" {
					activity.Grade = verdict.Weaker(activity.Grade, check.Grade)
					s.count(check.Grade)
				}
			}
			if activity.Status == verdict.NotApplicable && activity.Reason == "" {
				activity.Reason = reasonOf(activity.Checks)
			}
			if activity.Status == "" {
				activity.Status, activity.Reason = verdict.Error, "no check covers this activity"
			}
			s.Result = verdict.Worse(s.Result, activity.Status.Result())
		}
		s.Summary[activity.Status]++
	}
	s.Causes = CausesOf(s.Activities)
}

func (s *Service) count(grade verdict.Grade) {
	if s.Grades == nil {
		s.Grades = map[verdict.Grade]int{}
	}
	s.Grades[grade]++
}

// reasonOf is the first reason why a check does not apply.
func reasonOf(checks []Check) string {
	for _, check := range checks {
		if check.Reason != "" {
			return check.Reason
		}
	}
	return ""
}

// Gate is what a build asks of a result.
type Gate struct {
	FailOn verdict.Severity // the lowest severity of a bad check that counts
	Strict bool             // waived checks count too, and parameters that ask for less than the profile
}

// Outcome is what a gate says; commands turn it into their exit code.
type Outcome int

// What a gate can say.
const (
	Unanswered Outcome = iota // a policy could not be evaluated, or nothing was judged
	Bad
	Good
)

// Outcome is what the gate says to the result of a fleet. An error wins over a bad check.
func (g Gate) Outcome(f *Fleet) Outcome {
	if f.Tally.Services == 0 || f.Tally.Results[verdict.Error] > 0 || f.Head.Result == verdict.Error {
		return Unanswered
	}
	bad := g.Strict && f.Tally.Waived > 0
	for severity, checks := range f.Tally.Bad {
		bad = bad || checks > 0 && severity.Rank() >= g.FailOn.Rank()
	}
	for _, parameter := range f.Head.Policies.Parameters {
		bad = bad || g.Strict && parameter.Looser
	}
	if bad {
		return Bad
	}
	return Good
}
