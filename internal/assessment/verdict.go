package assessment

import (
	"cmp"
	"slices"

	"github.com/raci-check/raci-check/internal/verdict"
)

// This file makes all verdicts of verdicts: a check's of its findings', an activity's of its checks', a service's
// of its activities', a fleet's of its services', and the outcome that a gate acts on.

// Settle gives the activities, the summary and the service the verdicts that follow from the checks. An activity that is not
// judged (inherited, not selected) or could not be (error) stays so; one of which nothing was judged is an error.
func (s *Service) Settle() {
	s.Summary, s.Result, s.Grades, s.Signers, s.Stated, s.Unmapped = map[verdict.Status]int{}, "", nil, nil, nil, 0
	for i := range s.Activities {
		activity := &s.Activities[i]
		s.Unmapped += unmapped(activity.Checks)
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
					s.count(check)
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
	slices.SortFunc(s.Signers, func(a, b Signer) int { return cmp.Or(cmp.Compare(b.Checks, a.Checks), cmp.Compare(a.Name, b.Name)) })
	slices.SortStableFunc(s.Stated, func(a, b Word) int {
		return cmp.Or(cmp.Compare(len(b.Checks), len(a.Checks)), cmp.Compare(len(b.Partly), len(a.Partly)), slices.Compare(a.By, b.By))
	})
	s.Causes = CausesOf(s.Activities)
}

// Divide splits the verdict of a settled service. The alternatives are the same service as each other reading of the table has it, settled.
func (s *Service) Divide(reading string, alternatives []Other) {
	undisputed, disputed := Service{}, Service{}
	for _, activity := range s.Activities {
		if activity.Disputed {
			disputed.Activities = append(disputed.Activities, activity)
		} else {
			undisputed.Activities = append(undisputed.Activities, activity)
		}
	}
	s.Dispute = &Dispute{Undisputed: undisputed.part(), Disputed: disputed.part(), Readings: []ByReading{{Reading: reading, Part: s.part()}}}
	for _, other := range alternatives {
		by := ByReading{Reading: other.Reading, Part: other.Service.part(), NotKnown: other.NotKnown}
		if len(by.NotKnown) > 0 {
			by.Result = ""
		}
		s.Dispute.Readings = append(s.Dispute.Readings, by)
	}
}

// Other is a service as another reading of the table has it.
type Other struct {
	Reading  string
	Service  Service
	NotKnown []string // activities whose verdict is not known
}

func (s *Service) part() Part {
	p := Part{Summary: map[verdict.Status]int{}}
	for _, activity := range s.Activities {
		if activity.Status != verdict.Inherited && activity.Status != verdict.NotSelected {
			p.Summary[activity.Status]++
			p.Result = verdict.Worse(p.Result, activity.Status.Result())
		}
	}
	return p
}

// AddReadings adds the verdicts on a service to the results by reading.
func (a *Assessment) AddReadings(s *Service) {
	if s.Dispute != nil {
		a.addReadings(s.Dispute.Readings)
	}
}

func (a *Assessment) addReadings(readings []ByReading) {
	for i, by := range readings {
		if i == len(a.Readings) {
			a.Readings = append(a.Readings, ReadingResult{Reading: by.Reading, Result: by.Result, Results: map[verdict.Status]int{}})
		}
		result := &a.Readings[i]
		if by.Result == "" {
			result.Result = ""
			continue
		}
		result.Results[by.Result]++
		if result.Result != "" {
			result.Result = verdict.Worse(result.Result, by.Result)
		}
	}
}

// Counts reports whether a failure of an activity counts for the exit code.
func (a *Assessment) Counts(activity *Activity) bool {
	return !a.DisputedNotCounted || !activity.Disputed
}

func unmapped(checks []Check) (n int) {
	for _, check := range checks {
		if len(check.Looser) > 0 {
			n++
		}
	}
	return n
}

// count adds a check that passes to the grades, the signers and the words of the service.
func (s *Service) count(check Check) {
	if s.Grades == nil {
		s.Grades = map[verdict.Grade]int{}
	}
	s.Grades[check.Grade]++
	for _, name := range check.SignedBy {
		at := slices.IndexFunc(s.Signers, func(signer Signer) bool { return signer.Name == name })
		if at < 0 {
			at = len(s.Signers)
			s.Signers = append(s.Signers, Signer{Name: name})
		}
		s.Signers[at].Checks++
	}
	if check.StatedBy == nil {
		return
	}
	people := *check.StatedBy
	at := slices.IndexFunc(s.Stated, func(w Word) bool { return slices.Equal(w.By, people.By) && w.Others == people.Others })
	if at < 0 {
		at = len(s.Stated)
		s.Stated = append(s.Stated, Word{By: people.By, Others: people.Others})
	}
	list := &s.Stated[at].Partly
	if people.Alone {
		list = &s.Stated[at].Checks
	}
	*list = append(*list, check.ID)
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
	Aged // bad by time alone, since an earlier assessment
	Good
)

// Outcome is what the gate says to the result of a fleet. An error wins over a bad check.
func (g Gate) Outcome(f *Fleet) Outcome {
	if f.Tally.Services == 0 || f.Tally.Results[verdict.Error] > 0 || f.Head.Result == verdict.Error {
		return Unanswered
	}
	counted := f.Tally.Counted
	if f.Head.DisputedNotCounted {
		counted = f.Tally.Undisputed
	}
	bad := g.Strict && counted.Waived > 0
	for severity, checks := range counted.Bad {
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
