// Package collecttest follows collected evidence to its verdict, for the tests of sources.
package collecttest

import (
	"testing"
	"time"

	"raci-check/internal/assess"
	"raci-check/internal/ruleset"
	"raci-check/internal/verdict"
	"raci-check/policies"
)

// Checks is the status of each check, by id, of the evidence in a folder at an instant.
func Checks(t testing.TB, folder string, at time.Time) map[string]verdict.Status {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	result, err := assess.Run(t.Context(), rules, assess.Options{Paths: []string{folder}, At: at})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]verdict.Status{}
	for _, activity := range result.Services[0].Activities {
		for _, check := range activity.Checks {
			found[check.ID] = check.Status
		}
	}
	return found
}

// Turned are the checks whose status differs, with the later one.
func Turned(before, after map[string]verdict.Status) map[string]verdict.Status {
	found := map[string]verdict.Status{}
	for id, status := range after {
		if before[id] != status {
			found[id] = status
		}
	}
	return found
}
