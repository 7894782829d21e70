package policies_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
)

func request(b *testing.B, h house) engine.Request {
	b.Helper()
	instant, err := time.Parse(time.RFC3339, at)
	must(b, err)
	return engine.Request{At: instant, Evidence: engine.Evidence{
		Value:  h.compliant(b),
		Locate: func(string) verdict.Location { return verdict.Location{} },
	}}
}

// BenchmarkCompile is what a start with added policies costs: policies, parameters and schema read, checked and compiled.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		load(b).engine(b)
	}
}

// BenchmarkEvaluate is what one service costs on one core, with the policies as the program holds them.
func BenchmarkEvaluate(b *testing.B) {
	h := load(b)
	h.set = compiledAhead(b)
	e, r := h.engine(b), request(b, h)
	for b.Loop() {
		if _, err := e.Evaluate(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeys(b *testing.B)        { benchmarkGrowth(b, "keys") }
func BenchmarkSecrets(b *testing.B)     { benchmarkGrowth(b, "secrets") }
func BenchmarkUsers(b *testing.B)       { benchmarkGrowth(b, "users") }
func BenchmarkCredentials(b *testing.B) { benchmarkGrowth(b, "credentials") }
func BenchmarkWorkloads(b *testing.B)   { benchmarkGrowth(b, "workloads") }
func BenchmarkKMIPObjects(b *testing.B) { benchmarkGrowth(b, "kmip") }

// benchmarkGrowth is what one service costs that has many of something, with all that refers to it.
func benchmarkGrowth(b *testing.B, collection string) {
	h := load(b)
	e, compliant := h.engine(b), h.compliant(b)
	for _, items := range []int{100, 1000, 10000} {
		b.Run(strconv.Itoa(items), func(b *testing.B) {
			r := request(b, h)
			r.Evidence.Value = grown(b, compliant, collections[collection], items)
			for b.Loop() {
				service, err := e.Evaluate(b.Context(), r)
				if err != nil || service.Result != verdict.Pass {
					b.Fatal(service.Result, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
		})
	}
}

// compiledAhead are the policies that the program holds.
func compiledAhead(t testing.TB) *policy.Set {
	t.Helper()
	rules, err := ruleset.Open(os.DirFS("."), "okms")
	must(t, err)
	snapshot, err := os.ReadFile(snapshotFile)
	must(t, err)
	rules, err = rules.WithSnapshot(string(snapshot))
	must(t, err)
	set, err := rules.Compiled()
	must(t, err)
	if !set.Compiled {
		t.Fatalf("%s is not of these policies: go generate ./policies", snapshotFile)
	}
	return set
}
