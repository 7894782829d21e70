// Package collecttest has what the tests of sources share: the format of evidence, empty evidence, and the verdict of what is collected.
package collecttest

import (
	"testing"
	"time"

	"raci-check/internal/assess"
	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/internal/safefile"
	"raci-check/internal/verdict"
	"raci-check/policies"
)

// Format is the format of evidence, and its description.
func Format(t testing.TB) (*evidence.Format, *evidence.Form) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	format, err := rules.Format()
	if err != nil {
		t.Fatal(err)
	}
	form, err := format.Describe()
	if err != nil {
		t.Fatal(err)
	}
	return format, form
}

// Unfilled writes a file for each section of evidence into a folder, as raci-check init does, without a fact.
func Unfilled(t testing.TB, folder, service string) {
	t.Helper()
	_, form := Format(t)
	files := map[string][]byte{}
	for _, section := range form.Sections() {
		files[section+".yaml"] = []byte("api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: " + service + "}\n\n" + form.Skeleton(section, "# "))
	}
	if err := safefile.Create(folder, files); err != nil {
		t.Fatal(err)
	}
}

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
