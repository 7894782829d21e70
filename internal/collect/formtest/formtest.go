// Package formtest has the form of evidence for the tests of readers. It imports no reader, so that their own tests can use it.
package formtest

import (
	"sync"
	"testing"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

var form = sync.OnceValues(func() (*evidence.Form, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return nil, err
	}
	return rules.Described()
})

// Form is the form of evidence. All tests have the same.
func Form(t testing.TB) *evidence.Form {
	t.Helper()
	form, err := form()
	if err != nil {
		t.Fatal(err)
	}
	return form
}
