package assessment

// This file is all that makes verdicts of verdicts: a check's of its findings', an activity's of its checks', a service's
// of its activities', a fleet's of its services', and the outcome that a gate acts on.

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

// Bad reports whether the status leaves something to mend.
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

// Settle gives the activities, the summary and the service the verdicts that follow from the checks. An activity that is not
// judged (inherited, not selected) or could not be (error) stays so; one of which nothing was judged is an error.
func (s *Service) Settle() {
	s.Summary, s.Result = map[Status]int{}, ""
	for i := range s.Activities {
		activity := &s.Activities[i]
		switch activity.Status {
		case Inherited, NotSelected:
		case Error:
			s.Result = Error
		default:
			activity.Status = ""
			for _, check := range activity.Checks {
				activity.Status = Worse(activity.Status, check.Status)
			}
			if activity.Status == "" {
				activity.Status, activity.Reason = Error, "no check judges this activity"
			}
			s.Result = Worse(s.Result, activity.Status.Result())
		}
		s.Summary[activity.Status]++
	}
}

// Gate is what a build asks of a result.
type Gate struct {
	FailOn Severity // the lowest severity of a bad check that counts
	Strict bool     // waived checks count too, and parameters that ask for less than the profile
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
	if f.Tally.Services == 0 || f.Tally.Results[Error] > 0 || f.Head.Result == Error {
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
