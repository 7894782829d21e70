package policies_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/rego/snapshot/generate"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
)

const snapshotFile = "snapshot.bin"

// The program holds a snapshot of its policies: here it is made anew, and is what the program holds.
func TestSnapshotIsWhatTheSourcesGive(t *testing.T) {
	rules, err := ruleset.Open(os.DirFS("."), "okms")
	must(t, err)
	want, err := generate.Snapshot(rules)
	must(t, err)
	got, err := os.ReadFile(snapshotFile)
	must(t, err)
	if string(got) != string(want) {
		t.Fatalf("%s is not what the policies, the schema and the baseline give: run go generate ./policies", snapshotFile)
	}
}

func TestSnapshotIsReadAsItWasWritten(t *testing.T) {
	set := load(t).set
	compiler, err := rego.Compile(set)
	must(t, err)
	read := compiledAhead(t)
	if diff := cmp.Diff(set.Duties, read.Duties); diff != "" {
		t.Errorf("the descriptions of the checks differ (-METADATA +read):\n%s", diff)
	}
	if len(read.Modules) != len(compiler.Modules) {
		t.Errorf("%d modules were read, %d written", len(read.Modules), len(compiler.Modules))
	}
	for name, module := range compiler.Modules {
		module.Annotations = nil // the duties have them
		for _, rule := range module.Rules {
			ast.WalkRules(rule, func(r *ast.Rule) bool { r.Annotations = nil; return false })
		}
		if read.Modules[name] == nil || !module.Equal(read.Modules[name]) {
			t.Errorf("%s is not read as it was written", name)
		}
	}
}

var listIndex = regexp.MustCompile(`/[0-9]+`)

// The program takes evidence that is seen to fit without the library; here the library judges the same, on every field of the
// compliant evidence with many a value in its place.
func TestEvidenceIsTakenAsTheLibraryTakesIt(t *testing.T) {
	h := load(t)
	library, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	proven, err := schema.Proven("evidence", h.format.Schema)
	must(t, err)
	value := h.read(t, "../evidence/compliant")
	fit, sections := 0, map[string]map[string]any{}
	fields := map[string]bool{}
	for _, pointer := range slices.Sorted(maps.Keys(scalars(value))) {
		field := listIndex.ReplaceAllString(pointer, "/*")
		if fields[field] {
			continue
		}
		fields[field] = true
		name := strings.Split(pointer, "/")[1]
		if sections[name] == nil {
			sections[name] = envelope(t, value, name)
		}
		for _, other := range []any{
			nil, true, "", "a", "2026-11-20", "2026-11-20T00:00:00Z", "2026-13-01", "10.0.0.0/8", strings.Repeat("0", 64),
			json.Number("-1"), json.Number("0"), json.Number("1"), json.Number("1.5"), json.Number("101"), json.Number("1e3"), map[string]any{}, []any{"a"},
		} {
			mutant := set(t, sections[name], pointer, other)
			_, misfit := library.Misfit(mutant)
			fits := !misfit
			if _, misfit := proven.Misfit(mutant); misfit == fits {
				t.Errorf("%v at %s: fits is %v, wanted %v", other, pointer, !fits, fits)
			}
			if fits {
				fit++
			}
		}
	}
	if fit < 1000 {
		t.Errorf("only %d values fit", fit)
	}
}
