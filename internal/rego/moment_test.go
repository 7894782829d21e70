package rego

import (
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

// shippedDependences are those of the shipped checks.
func shippedDependences(t *testing.T) *dependences {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	testhelp.Must(t, err)
	set, err := rules.Compiled()
	testhelp.Must(t, err)
	compiler, err := Compile(set)
	testhelp.Must(t, err)
	return dependencesOf(set, compiler)
}

// Of every shipped check it is known at which times what it finds can change: it uses the time of the assessment for comparisons alone,
// each of which notes when its answer changes. Without this, a forecast would evaluate the check for each day.
func TestShippedChecksUseTheTimeOnlyInComparisons(t *testing.T) {
	d := shippedDependences(t)
	compared, timeless := 0, 0
	for duty, checks := range d.times {
		for check, times := range checks {
			readsTime := slices.Contains(d.reads[duty][check], atField)
			if times.otherwise || readsTime != (len(times.numbers) > 0) {
				t.Errorf("%s.%s uses the time in another way than a comparison with lib.at_ns alone on one side (reads %v)", duty, check, d.reads[duty][check])
			}
			if readsTime {
				compared++
			} else {
				timeless++
			}
		}
	}
	if compared < 50 || timeless < 50 {
		t.Errorf("%d checks compare the time and %d do not: expected many of each", compared, timeless)
	}
}
