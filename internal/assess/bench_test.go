package assess_test

import (
	"testing"
	"time"

	"raci-check/internal/assess"
)

// BenchmarkRun is a whole assessment of the compliant evidence, without the start of the process.
func BenchmarkRun(b *testing.B) {
	options := assess.Options{
		Paths: []string{"../../evidence/compliant"}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Reading: "kb0065221", Profiles: []string{"baseline"},
	}
	for b.Loop() {
		if _, err := assess.Run(b.Context(), rules(b), options); err != nil {
			b.Fatal(err)
		}
	}
}
