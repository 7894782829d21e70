package reporttest_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// What reports are tried on has the activities and checks of the shipped rules.
func TestChecksAreReal(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	reading, err := rules.Reading("")
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Policies()
	if err != nil {
		t.Fatal(err)
	}
	names, activityOf := map[string]string{}, map[string]string{}
	for _, activity := range reading.Activities {
		names[activity.ID] = activity.Name
	}
	for _, check := range set.Checks() {
		activityOf[check.ID] = check.DutyID
	}
	for _, service := range []assessment.Service{reporttest.Failing(), reporttest.Broken()} {
		if len(service.Activities) != len(names) {
			t.Errorf("%d activities, the table has %d", len(service.Activities), len(names))
		}
		for _, activity := range service.Activities {
			if names[activity.ID] != activity.Name {
				t.Errorf("activity %s is %q, in the table %q", activity.ID, activity.Name, names[activity.ID])
			}
			for _, check := range activity.Checks {
				if activityOf[check.ID] != activity.ID {
					t.Errorf("no check of %s is called %s", activity.ID, check.ID)
				}
			}
		}
		for _, waiver := range service.Waivers {
			if activityOf[waiver.Check] == "" {
				t.Errorf("a waiver is for the check %s, which there is not", waiver.Check)
			}
		}
	}
}
