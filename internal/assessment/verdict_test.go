package assessment_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"testing/quick"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// What must hold of verdicts, whatever was found, is tried on services made by chance: testing/quick makes the same ones in
// each run.
func hold(t *testing.T, property any) {
	t.Helper()
	if err := quick.Check(property, &quick.Config{MaxCount: 2000, Rand: rand.New(rand.NewSource(1))}); err != nil {
		t.Error(err)
	}
}

var (
	checkStatuses = []verdict.Status{verdict.NotApplicable, verdict.Pass, verdict.Waived, verdict.Missing, verdict.Fail, verdict.Error}
	badStatuses   = checkStatuses[3:]
)

// dice make services; a seed makes the same again.
type dice struct{ *rand.Rand }

func roll(seed int64) dice { return dice{rand.New(rand.NewSource(seed))} }

func pick[T any](d dice, from []T) T { return from[d.Intn(len(from))] }

func (d dice) check() assessment.Check {
	return assessment.Check{Status: pick(d, checkStatuses), Severity: pick(d, verdict.Severities)}
}

func (d dice) service() assessment.Service {
	s := assessment.Service{Service: assessment.ServiceID{ID: fmt.Sprintf("%08x", d.Uint32())}, At: fmt.Sprintf("20%02d-01-01T00:00:00Z", d.Intn(100))}
	for range 1 + d.Intn(4) {
		activity := assessment.Activity{ID: fmt.Sprintf("%08x", d.Uint32())}
		switch d.Intn(8) {
		case 0:
			activity.Status = verdict.Inherited
		case 1:
			activity.Status = verdict.NotSelected
		case 2:
			activity.Status = verdict.Error
		default:
			for range d.Intn(4) {
				activity.Checks = append(activity.Checks, d.check())
			}
		}
		s.Activities = append(s.Activities, activity)
	}
	if !slices.ContainsFunc(s.Activities, judged) {
		s.Activities = append(s.Activities, assessment.Activity{ID: "judged", Checks: []assessment.Check{d.check()}})
	}
	s.Settle()
	return s
}

// judged reports whether an activity is one that gets its verdict from its checks.
func judged(a assessment.Activity) bool {
	return a.Status != verdict.Inherited && a.Status != verdict.NotSelected
}

func (d dice) assessment() *assessment.Assessment {
	a := &assessment.Assessment{Schema: assessment.SchemaID, At: "2026-11-20T00:00:00Z"}
	for range 1 + d.Intn(12) {
		s := d.service()
		s.Service.ID = fmt.Sprintf("%04d%s", len(a.Services), s.Service.ID)
		a.Services = append(a.Services, s)
		a.Result = verdict.Worse(a.Result, s.Result)
	}
	return a
}

func (d dice) gate() assessment.Gate {
	return assessment.Gate{FailOn: pick(d, verdict.Severities), Strict: d.Intn(2) == 0}
}

// better reports whether the first status is better than the second.
func better(a, b verdict.Status) bool { return verdict.WorstFirst(a, b) > 0 }

func TestWorseIsAnOrder(t *testing.T) {
	all := append(slices.Clone(verdict.Statuses), "", "unheard of")
	for _, a := range all {
		for _, b := range all {
			worse := verdict.Worse(a, b)
			if better(worse, a) || better(worse, b) || worse != a && worse != b {
				t.Errorf("the worse of %q and %q is %q", a, b, worse)
			}
			if other := verdict.Worse(b, a); verdict.WorstFirst(worse, other) != 0 {
				t.Errorf("of %q and %q, %q or %q", a, b, worse, other)
			}
			for _, c := range all {
				if x, y := verdict.Worse(verdict.Worse(a, b), c), verdict.Worse(a, verdict.Worse(b, c)); x != y {
					t.Errorf("of %q, %q and %q, %q or %q", a, b, c, x, y)
				}
			}
		}
	}
}

func TestABadCheckNeverImprovesAResult(t *testing.T) {
	hold(t, func(seed int64) bool {
		d := roll(seed)
		before, after := d.assessment(), roll(seed).assessment()
		service := &after.Services[d.Intn(len(after.Services))]
		activity := &service.Activities[slices.IndexFunc(service.Activities, judged)]
		bad := d.check()
		bad.Status = pick(d, badStatuses)
		activity.Checks = append(activity.Checks, bad)
		service.Settle()
		after.Result = ""
		for i, s := range after.Services {
			if better(s.Result, before.Services[i].Result) {
				return false
			}
			after.Result = verdict.Worse(after.Result, s.Result)
		}
		gate := d.gate()
		return activity.Status.Bad() && service.Result.Bad() && after.Result.Bad() && !better(after.Result, before.Result) &&
			gate.Outcome(assessment.FleetOf(after)) <= gate.Outcome(assessment.FleetOf(before))
	})
}

func TestOrderNeverMatters(t *testing.T) {
	hold(t, func(seed int64) bool {
		d := roll(seed)
		original, shuffled := d.assessment(), roll(seed).assessment()
		shuffle(d, shuffled.Services)
		for i := range shuffled.Services {
			s := &shuffled.Services[i]
			shuffle(d, s.Activities)
			for k := range s.Activities {
				shuffle(d, s.Activities[k].Checks)
			}
			s.Settle()
		}
		gate := d.gate()
		f, g := assessment.FleetOf(original), assessment.FleetOf(shuffled)
		for status, services := range f.Tally.Results {
			if g.Tally.Results[status] != services {
				return false
			}
		}
		for severity, checks := range f.Tally.Bad {
			if g.Tally.Bad[severity] != checks {
				return false
			}
		}
		return gate.Outcome(f) == gate.Outcome(g) && f.Tally.Waived == g.Tally.Waived
	})
}

func shuffle[T any](d dice, list []T) {
	d.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
}

// Put together from several, an assessment is as bad as the worst of them; of the reports of one service the latest holds,
// and only if that was asked for.
func TestMergingHidesNothing(t *testing.T) {
	hold(t, func(seed int64) bool {
		d := roll(seed)
		whole := d.assessment()
		parts := make([]*assessment.Assessment, 1+d.Intn(4))
		names := make([]string, len(parts))
		for i := range parts {
			part := *whole
			part.Services, part.Result = nil, ""
			parts[i], names[i] = &part, fmt.Sprint(i)
		}
		for _, s := range whole.Services {
			part := pick(d, parts)
			part.Services = append(part.Services, s)
			part.Result = verdict.Worse(part.Result, s.Result)
		}
		shuffle(d, parts)
		merged, err := reporttest.Merge(parts, names, false)
		if err != nil {
			return false
		}
		gate := d.gate()
		f := assessment.FleetOf(merged)
		for _, part := range parts {
			if better(merged.Result, part.Result) || len(part.Services) > 0 && gate.Outcome(f) > gate.Outcome(assessment.FleetOf(part)) {
				return false
			}
		}
		parts = append(parts, whole)
		_, err = reporttest.Merge(parts, append(names, "again"), false)
		return merged.Result == whole.Result && len(merged.Services) == len(whole.Services) && gate.Outcome(f) == gate.Outcome(assessment.FleetOf(whole)) && err != nil
	})
}

// The outcome that becomes exit code 0 says that nothing at or above the severity is bad, nothing failed, and something was
// judged; checked against a count of our own.
func TestAGoodOutcomeImpliesGoodChecks(t *testing.T) {
	good := 0
	hold(t, func(seed int64) bool {
		d := roll(seed)
		a, gate := d.assessment(), d.gate()
		if d.Intn(2) == 0 { // by chance alone hardly anything is good
			a.Result = ""
			for i := range a.Services {
				a.Services[i].Activities = slices.DeleteFunc(a.Services[i].Activities, func(a assessment.Activity) bool { return judged(a) && len(a.Checks) == 0 })
				a.Services[i].Activities = append(a.Services[i].Activities, assessment.Activity{Checks: []assessment.Check{{Status: verdict.Pass}}})
				for k := range a.Services[i].Activities {
					activity := &a.Services[i].Activities[k]
					if judged(*activity) {
						activity.Status = ""
					}
					for n := range activity.Checks {
						if d.Intn(50) > 0 {
							activity.Checks[n].Status = pick(d, checkStatuses[:3])
						}
					}
				}
				a.Services[i].Settle()
				a.Result = verdict.Worse(a.Result, a.Services[i].Result)
			}
		}
		a.DisputedNotCounted = d.Intn(2) == 0
		for i := range a.Services {
			for k := range a.Services[i].Activities {
				a.Services[i].Activities[k].Disputed = d.Intn(2) == 0
			}
		}
		outcome := gate.Outcome(assessment.FleetOf(a))
		counts, fails, judgedChecks := false, false, 0
		for _, s := range a.Services {
			for _, activity := range s.Activities {
				counted := !a.DisputedNotCounted || !activity.Disputed
				fails = fails || activity.Status == verdict.Error
				for _, check := range activity.Checks {
					judgedChecks++
					fails = fails || check.Status == verdict.Error
					grave := slices.Index(verdict.Severities, check.Severity) >= slices.Index(verdict.Severities, gate.FailOn)
					counts = counts || counted && (grave && check.Status.Bad() || gate.Strict && check.Status == verdict.Waived)
				}
			}
		}
		if outcome == assessment.Good {
			good++
		}
		return (outcome == assessment.Good) == (!counts && !fails && judgedChecks > 0) && (outcome == assessment.Unanswered) == fails
	})
	if good < 100 {
		t.Errorf("only %d outcomes were good: the property was hardly tried", good)
	}
}

// A split shows each duty once, on one side; and no side is better than the worst duty in it.
func TestADividedVerdictIsThatOfItsParts(t *testing.T) {
	hold(t, func(seed int64) bool {
		d := roll(seed)
		s := &d.assessment().Services[0]
		for i := range s.Activities {
			s.Activities[i].Disputed = d.Intn(2) == 0
		}
		s.Divide("one", []assessment.Other{{Reading: "two", Service: *s}, {Reading: "three", Service: *s, NotKnown: []string{"1.1"}}})
		duties := map[verdict.Status]int{}
		for _, part := range []assessment.Part{s.Dispute.Undisputed, s.Dispute.Disputed} {
			for status, n := range part.Summary {
				duties[status] += n
			}
		}
		for status, n := range s.Summary {
			if status != verdict.Inherited && status != verdict.NotSelected && duties[status] != n {
				return false
			}
		}
		r := s.Dispute.Readings
		return verdict.Worse(s.Dispute.Undisputed.Result, s.Dispute.Disputed.Result) == s.Result && r[0].Result == s.Result && r[1].Result == s.Result &&
			r[2].Result == ""
	})
}

// What is not known of one service is not known of all; what is known of the others is counted.
func TestReadingsOfAFleet(t *testing.T) {
	service := func(second verdict.Status) *assessment.Service {
		return &assessment.Service{Dispute: &assessment.Dispute{Readings: []assessment.ByReading{
			{Reading: "one", Part: assessment.Part{Result: verdict.Fail}}, {Reading: "two", Part: assessment.Part{Result: second}},
		}}}
	}
	for name, test := range map[string]struct {
		second []verdict.Status
		want   assessment.ReadingResult
	}{
		"the worst":         {[]verdict.Status{verdict.Pass, verdict.Fail}, assessment.ReadingResult{Reading: "two", Result: verdict.Fail, Results: map[verdict.Status]int{verdict.Pass: 1, verdict.Fail: 1}}},
		"not known of one":  {[]verdict.Status{"", verdict.Pass}, assessment.ReadingResult{Reading: "two", Results: map[verdict.Status]int{verdict.Pass: 1}}},
		"not known of two":  {[]verdict.Status{verdict.Pass, "", ""}, assessment.ReadingResult{Reading: "two", Results: map[verdict.Status]int{verdict.Pass: 1}}},
		"the same for both": {[]verdict.Status{verdict.Pass, verdict.Pass}, assessment.ReadingResult{Reading: "two", Result: verdict.Pass, Results: map[verdict.Status]int{verdict.Pass: 2}}},
	} {
		var a assessment.Assessment
		for _, second := range test.second {
			a.AddReadings(service(second))
		}
		if !reflect.DeepEqual(a.Readings[1], test.want) || a.Readings[0].Result != verdict.Fail {
			t.Errorf("%s: %+v", name, a.Readings)
		}
	}
}

func TestNothingAssessedDoesNotPass(t *testing.T) {
	if got := (assessment.Gate{}).Outcome(assessment.FleetOf(&assessment.Assessment{})); got != assessment.Unanswered {
		t.Errorf("no service at all is %d", got)
	}
	s := assessment.Service{Activities: []assessment.Activity{{ID: "1.1"}, {ID: "1.2", Status: verdict.Inherited}}}
	s.Settle()
	if s.Result != verdict.Error || s.Activities[0].Status != verdict.Error || s.Activities[0].Reason == "" || s.Activities[1].Status != verdict.Inherited {
		t.Errorf("a duty without checks: %+v", s)
	}
	looser := &assessment.Assessment{Policies: assessment.Policies{Parameters: []assessment.Parameter{{Looser: true}}}, Services: []assessment.Service{
		{Result: verdict.Pass, Activities: []assessment.Activity{{Status: verdict.Pass, Checks: []assessment.Check{{Status: verdict.Pass}}}}},
	}}
	if got := (assessment.Gate{}).Outcome(assessment.FleetOf(looser)); got != assessment.Good {
		t.Errorf("a looser parameter is %d", got)
	}
	if got := (assessment.Gate{Strict: true}).Outcome(assessment.FleetOf(looser)); got != assessment.Bad {
		t.Errorf("strictly, a looser parameter is %d", got)
	}
}
