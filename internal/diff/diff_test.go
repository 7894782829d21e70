package diff_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// edited is the assessment of the failing service after a change.
func edited(edit func(*assessment.Assessment, *assessment.Service)) *assessment.Assessment {
	a := reporttest.Of(reporttest.Failing())
	edit(a, &a.Services[0])
	if err := a.Seal(); err != nil {
		panic(err)
	}
	return a
}

func untouched(*assessment.Assessment, *assessment.Service) {}

func check(s *assessment.Service, activity string, n int) *assessment.Check {
	return &reporttest.Activity(s, activity).Checks[n]
}

func ids(changes []diff.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Check+" "+string(c.Old)+" "+string(c.New))
	}
	return all
}

func TestNothingChanged(t *testing.T) {
	a := reporttest.Of(reporttest.Failing())
	got := diff.Of(a, reporttest.Of(reporttest.Failing()))
	if len(got.Worse)+len(got.Fixed)+len(got.Accepted)+len(got.Grown)+len(got.NotAssessed)+len(got.Services)+len(got.Rules)+len(got.Parameters)+len(got.Waivers) > 0 {
		t.Errorf("%+v", got)
	}
	bad := 0
	for _, activity := range a.Services[0].Activities {
		for _, c := range activity.Checks {
			if c.Status.Bad() {
				bad++
			}
		}
	}
	if got.StillBad != bad || got.Decide(verdict.Low, true) == assessment.Bad {
		t.Errorf("%d still bad of %d", got.StillBad, bad)
	}
}

func TestChecks(t *testing.T) {
	pass := func(c *assessment.Check) { c.Status, c.Findings = verdict.Pass, []assessment.Finding{} }
	for name, test := range map[string]struct {
		before, after                           func(*assessment.Assessment, *assessment.Service)
		worse, fixed, accepted, grown, unjudged []string
		regressed                               verdict.Severity // the gravest at which the gate closes; empty for none
	}{
		"a regression": {
			before: func(_ *assessment.Assessment, s *assessment.Service) { pass(check(s, "3.1.1.4", 2)) },
			after:  untouched,
			worse:  []string{"backups.keys_covered pass fail"}, regressed: verdict.Critical,
		},
		"a waiver that ended": {
			before: func(_ *assessment.Assessment, s *assessment.Service) {
				check(s, "3.1.1.5", 0).Status = verdict.Waived
				check(s, "3.1.1.5", 0).Findings[0].Waived = true
			},
			after: untouched,
			worse: []string{"key_management.within_crypto_period waived fail"}, regressed: verdict.High,
		},
		"a policy that can no longer be evaluated": {
			before: func(_ *assessment.Assessment, s *assessment.Service) { pass(check(s, "3.1.3.5", 0)) },
			after: func(_ *assessment.Assessment, s *assessment.Service) {
				check(s, "3.1.3.5", 0).Status = verdict.Error
			},
			worse: []string{"service_logs.retention pass error"}, regressed: verdict.High,
		},
		"a new check": {
			before: func(_ *assessment.Assessment, s *assessment.Service) { reporttest.Activity(s, "3.1.3.1").Checks = nil },
			after:  untouched,
			worse:  []string{"capacity.alerts_set  missing"}, regressed: verdict.Low,
		},
		"fixed": {
			before: untouched,
			after:  func(_ *assessment.Assessment, s *assessment.Service) { pass(check(s, "3.1.3.5", 0)) },
			fixed:  []string{"service_logs.retention missing pass"},
		},
		"accepted": {
			before: untouched,
			after: func(_ *assessment.Assessment, s *assessment.Service) {
				check(s, "3.1.1.5", 0).Status = verdict.Waived
			},
			accepted: []string{"key_management.within_crypto_period fail waived"},
		},
		"more findings": {
			before: func(_ *assessment.Assessment, s *assessment.Service) {
				check(s, "3.1.1.4", 2).Findings = check(s, "3.1.1.4", 2).Findings[:1]
			},
			after: untouched,
			grown: []string{"backups.keys_covered fail fail"},
		},
		"lines that moved": {
			before: untouched,
			after:  func(_ *assessment.Assessment, s *assessment.Service) { check(s, "3.1.1.4", 2).Findings[0].Line += 7 },
		},
		"no longer judged": {
			before:   untouched,
			after:    func(_ *assessment.Assessment, s *assessment.Service) { reporttest.Activity(s, "3.1.3.1").Checks = nil },
			unjudged: []string{"capacity.alerts_set missing "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := diff.Of(edited(test.before), edited(test.after))
			for list, pair := range map[string][2][]string{
				"worse": {test.worse, ids(got.Worse)}, "fixed": {test.fixed, ids(got.Fixed)}, "accepted": {test.accepted, ids(got.Accepted)},
				"grown": {test.grown, ids(got.Grown)}, "unjudged": {test.unjudged, ids(got.NotAssessed)},
			} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", list, d)
				}
			}
			for _, severity := range verdict.Severities {
				if want := test.regressed != "" && severity.Rank() <= test.regressed.Rank(); (got.Decide(severity, true) == assessment.Bad) != want {
					t.Errorf("the gate at %s answers %v", severity, !want)
				}
			}
		})
	}
}

func TestRulesParametersWaiversServices(t *testing.T) {
	before := reporttest.Of(reporttest.Failing(), reporttest.Compliant())
	after := edited(func(a *assessment.Assessment, s *assessment.Service) {
		a.Policies.Digest = "sha256:other"
		a.Policies.Parameters[0].Value, a.Policies.Parameters[0].Looser = json.Number("900"), true
		s.Waivers[0].ExpiresOn = "2027-03-31"
		s.Waivers[1].Line += 3
		s.Waivers = s.Waivers[:2]
	})
	got := diff.Of(before, after)
	if want := []diff.RuleChange{{Name: "policies", Old: before.Policies.Digest, New: "sha256:other"}}; cmp.Diff(want, got.Rules) != "" {
		t.Error(cmp.Diff(want, got.Rules))
	}
	if want := []diff.ParameterChange{{Kind: diff.Changed, Name: "backup_exception_max_days", Old: "365", New: "900", Looser: true}}; cmp.Diff(want, got.Parameters) != "" {
		t.Error(cmp.Diff(want, got.Parameters))
	}
	if len(got.Waivers) != 2 || got.Waivers[0].Kind != diff.Changed || got.Waivers[1].Kind != diff.Removed || got.Waivers[1].Waiver.Check != "key_management.within_crypto_period" {
		t.Errorf("%+v", got.Waivers)
	}
	if len(got.Services) != 1 || got.Services[0].Kind != diff.Removed || got.Services[0].Service.Name != "archive-prod" {
		t.Errorf("%+v", got.Services)
	}
}

func TestJSONFitsItsSchema(t *testing.T) {
	form, err := schema.Compile("diff", diff.JSONSchema)
	if err != nil {
		t.Fatal(err)
	}
	compliant := reporttest.Of(reporttest.Compliant())
	for _, pair := range [][2]*assessment.Assessment{
		{compliant, reporttest.Of(reporttest.Failing(), reporttest.Broken())},
		{reporttest.Of(reporttest.Failing(), reporttest.Broken()), compliant},
		{compliant, compliant},
	} {
		var out bytes.Buffer
		if err := diff.Of(pair[0], pair[1]).WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if pointer, misfit := form.Misfit(value); misfit {
			t.Errorf("%s does not fit", pointer)
		}
	}
}

// What the evidence of now passes at an earlier time became bad by time alone; what nobody judged before did not.
func TestAged(t *testing.T) {
	before := edited(func(a *assessment.Assessment, s *assessment.Service) {
		a.At = "2026-11-01T00:00:00Z"
		check(s, "3.1.1.4", 2).Status = verdict.Pass
		check(s, "3.1.1.5", 0).Status = verdict.Pass
		reporttest.Activity(s, "3.1.3.1").Checks = nil
	})
	after := edited(func(a *assessment.Assessment, s *assessment.Service) {
		a.At = "2026-11-20T00:00:00Z"
		s.Sections = []assessment.Section{
			{Name: "backups", CollectedAt: "2026-11-02T00:00:00Z"}, {Name: "keys", CollectedAt: "2026-11-10T00:00:00Z"}, {Name: "iam", CollectedAt: "2026-12-01T00:00:00Z"},
		}
	})
	d := diff.Of(before, after)
	times, duties := d.Earlier(after)
	var at []string
	for _, instant := range times {
		at = append(at, instant.Format(time.DateOnly))
	}
	if want := []string{"2026-11-01", "2026-11-10"}; cmp.Diff(want, at) != "" || len(duties) != 2 || slices.Contains(duties, "3.1.3.1") {
		t.Errorf("judged again at %v for %v", at, duties)
	}
	d.MarkAged(edited(func(_ *assessment.Assessment, s *assessment.Service) {
		check(s, "3.1.1.4", 2).Status = verdict.Pass
		check(s, "3.1.3.1", 0).Status = verdict.Pass
	}))
	changed, aged := d.Regressions()
	if got := ids(aged); cmp.Diff([]string{"backups.keys_covered pass fail"}, got) != "" || len(changed) != 2 {
		t.Errorf("by time alone %v, of %v", got, ids(d.Worse))
	}
	for name, test := range map[string]struct {
		worse   []diff.Change
		result  verdict.Status
		aged    bool
		outcome assessment.Outcome
	}{
		"both":              {d.Worse, verdict.Fail, false, assessment.Bad},
		"time alone":        {aged, verdict.Fail, true, assessment.Aged},
		"time that passes":  {aged, verdict.Fail, false, assessment.Good},
		"could not be read": {nil, verdict.Error, true, assessment.Unanswered},
	} {
		gate := diff.Diff{New: diff.Side{Result: test.result}, Worse: test.worse}
		if got := gate.Decide(verdict.Low, test.aged); got != test.outcome {
			t.Errorf("%s: %v, wanted %v (%+v)", name, got, test.outcome, gate.Gate)
		}
	}
	if times, _ := diff.Of(before, before).Earlier(before); times != nil {
		t.Errorf("judged again at %v, where nothing is worse", times)
	}
}
