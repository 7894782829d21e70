package policies_test

import (
	"testing"
	"time"

	"raci-check/internal/assessment"
	"raci-check/internal/engine"
)

func request(b *testing.B, h house) engine.Request {
	b.Helper()
	instant, err := time.Parse(time.RFC3339, at)
	must(b, err)
	return engine.Request{At: instant, Evidence: engine.Evidence{
		Value:  h.compliant(b),
		Locate: func(string) assessment.Location { return assessment.Location{} },
	}}
}

// BenchmarkCompile is what a start costs: policies, parameters and schema read, checked and compiled.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		load(b).engine(b)
	}
}

// BenchmarkEvaluate is what one service costs on one core.
func BenchmarkEvaluate(b *testing.B) {
	h := load(b)
	e, r := h.engine(b), request(b, h)
	for b.Loop() {
		if _, err := e.Evaluate(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
