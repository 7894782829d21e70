package attest_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
)

// Whoever reads the predicate alone sees that the time was chosen.
func TestTheStatementSaysThatTheTimeMayBePast(t *testing.T) {
	for _, past := range []bool{true, false} {
		a := &assessment.Assessment{At: "2026-11-20T00:00:00Z", PastAt: past, Inputs: &assessment.Inputs{}}
		s, err := attest.Of("report.json", nil, a)
		if err != nil {
			t.Fatal(err)
		}
		program := s.Predicate.Configuration[0].Annotations
		if marked := program["past_at"] == "true"; marked != past || program["at"] != a.At {
			t.Errorf("past %v: %v", past, program)
		}
	}
}
