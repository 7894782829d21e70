package lab

import (
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

// The fleet that is measured is one that passes: each service's artifacts say what its evidence says.
func TestTheFleetPasses(t *testing.T) {
	t.Chdir("../../..")
	dir := t.TempDir()
	if err := WriteFleet(dir, 3); err != nil {
		t.Fatal(err)
	}
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	if rules, err = rules.WithSnapshot(policies.Snapshot); err != nil {
		t.Fatal(err)
	}
	result, err := assess.Run(t.Context(), rules, assess.Options{Paths: []string{dir}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range result.Services {
		if service.Result != verdict.Pass || service.Grades[verdict.Derived] == 0 {
			t.Errorf("%s: %s, %v", service.Service.ID, service.Result, service.Grades)
		}
	}
	if len(result.Services) != 3 {
		t.Errorf("%d services", len(result.Services))
	}
}
