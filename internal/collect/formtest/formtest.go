// Package formtest has the form of evidence for the tests of readers. It imports no reader, so that their own tests can use it.
package formtest

import (
	"testing"

	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/policies"
)

// Form is the form of evidence.
func Form(t testing.TB) *evidence.Form {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	form, err := rules.Described()
	if err != nil {
		t.Fatal(err)
	}
	return form
}
