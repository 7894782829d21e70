//go:build !windows

// The processor time of these benches comes from getrusage, which Windows lacks.

package assess_test

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/fleettest"
	"github.com/raci-check/raci-check/internal/schema"
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

// BenchmarkFleet is what a service of many costs, beside the least that it could: its YAML to nodes, and the evaluation of
// the prepared policies on an input that is ready. Each is one file of all the compliant evidence.
func BenchmarkFleet(b *testing.B) {
	content, input := whole(b)
	b.Run("floor", func(b *testing.B) {
		queries := prepared(b)
		b.ReportAllocs()
		b.ResetTimer()
		defer reportCPU(b)()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				var nodes yaml.Node
				if err := yaml.Unmarshal(content, &nodes); err != nil {
					b.Error(err)
				}
				for _, query := range queries {
					if _, err := query.Eval(b.Context(), rego.EvalParsedInput(input)); err != nil {
						b.Error(err)
					}
				}
			}
		})
	})
	for name, write := range map[string]func(*assessment.Fleet) error{
		"text":   nil,
		"json":   func(f *assessment.Fleet) error { return f.WriteJSON(io.Discard) },
		"ndjson": func(f *assessment.Fleet) error { return f.WriteNDJSON(io.Discard) },
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			for _, folder := range []string{"exports", "mappings"} {
				if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(compliant, folder))); err != nil {
					b.Fatal(err)
				}
			}
			for i := range b.N {
				if err := fleettest.Write(dir, content, i); err != nil {
					b.Fatal(err)
				}
			}
			var fleet *assessment.Fleet
			keep := assessment.KeepAll
			if write == nil {
				keep = assessment.KeepFew
			}
			b.ReportAllocs()
			b.ResetTimer()
			defer reportCPU(b)()
			err := handOn(b.Context(), b, options(dir), func(head assessment.Assessment, services int) (_ assess.Sink, err error) {
				fleet, err = assessment.NewFleet(head, services, keep)
				return fleet, err
			})
			if err != nil {
				b.Fatal(err)
			}
			defer fleet.Close()
			if write != nil {
				if err := write(fleet); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// reportCPU adds the processor time, which a machine that others use too disturbs less than the time on the wall.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/op") }
}

// whole is the compliant evidence as one file, and as the policies see it.
func whole(b *testing.B) ([]byte, ast.Value) {
	b.Helper()
	format, err := rules(b).Format()
	if err != nil {
		b.Fatal(err)
	}
	form, err := schema.Compile("evidence", format.Schema)
	if err != nil {
		b.Fatal(err)
	}
	sets, _, err := (&evidence.Reader{Schema: form, Limits: document.DefaultLimits}).Read([]string{compliant})
	if err != nil {
		b.Fatal(err)
	}
	value := sets[0].Value
	all := yaml.Node{Kind: yaml.MappingNode}
	present := map[string]bool{}
	for _, file := range sets[0].Files {
		text, err := os.ReadFile(file.Path)
		if err != nil {
			b.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(text, &doc); err != nil {
			b.Fatal(err)
		}
		for fields := range slices.Chunk(doc.Content[0].Content, 2) {
			if !present[fields[0].Value] {
				present[fields[0].Value] = true
				all.Content = append(all.Content, fields...)
			}
		}
	}
	content, err := yaml.Marshal(&all)
	if err != nil {
		b.Fatal(err)
	}
	input, err := ast.InterfaceToValue(config(b).Input(engine.Evidence{Value: value}, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		b.Fatal(err)
	}
	return content, input
}

// prepared are the queries of all duties.
func prepared(b *testing.B) []rego.PreparedEvalQuery {
	b.Helper()
	r := rules(b)
	set, err := r.Policies()
	if err != nil {
		b.Fatal(err)
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(maps.Clone(set.Modules)); compiler.Failed() {
		b.Fatal(compiler.Errors)
	}
	store := inmem.NewFromObjectWithOpts(config(b).Data(),
		inmem.OptRoundTripOnWrite(true), inmem.OptReturnASTValuesOnRead(true))
	var queries []rego.PreparedEvalQuery
	for _, duty := range set.Duties {
		query, err := rego.New(rego.Query("data."+set.Root+"."+duty.Name+".findings"), rego.Compiler(compiler), rego.Store(store),
			rego.StrictBuiltinErrors(true)).PrepareForEval(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		queries = append(queries, query)
	}
	return queries
}

// config is what the shipped policies are evaluated with.
func config(b *testing.B) engine.Config {
	b.Helper()
	parameters, err := rules(b).Parameters("baseline")
	if err != nil {
		b.Fatal(err)
	}
	reading, err := rules(b).Reading("")
	if err != nil {
		b.Fatal(err)
	}
	made, err := rules(b).Config(nil, reading, parameters)
	if err != nil {
		b.Fatal(err)
	}
	return made
}
