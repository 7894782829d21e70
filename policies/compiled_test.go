package policies_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/open-policy-agent/opa/v1/ast"

	"raci-check/internal/engine"
	"raci-check/internal/policy"
	"raci-check/internal/ruleset"
)

// The program holds its policies compiled: here they are compiled anew, strictly and with every stage, and are what it holds.
func TestCompiledPoliciesAreWhatTheyCompileTo(t *testing.T) {
	rules, err := ruleset.Open(os.DirFS("."), "okms")
	must(t, err)
	digest, err := rules.Digest()
	must(t, err)
	set := load(t).set
	compiled, err := engine.Compile(set)
	must(t, err)
	want, err := compiled.Encode(digest)
	must(t, err)
	const file = "compiled.bin"
	if *update {
		must(t, os.WriteFile(file, want, 0o644))
	}
	got, err := os.ReadFile(file)
	must(t, err)
	if string(got) != string(want) {
		t.Fatalf("%s is not what the policies compile to: go test ./policies -run Compiled -update", file)
	}

	decoded := policy.Decode(string(got), digest)
	if diff := cmp.Diff(set.Duties, decoded.Duties, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the descriptions of the checks differ from the METADATA (-METADATA +%s):\n%s", file, diff)
	}
	if again, err := decoded.Encode(digest); err != nil || string(again) != string(got) {
		t.Errorf("what is read is not what was written: %v", err)
	}
	if len(decoded.Modules) != len(compiled.Modules) {
		t.Errorf("%d modules were read, %d written", len(decoded.Modules), len(compiled.Modules))
	}
	for name, module := range compiled.Modules {
		module.Annotations = nil // the duties have them
		for _, rule := range module.Rules {
			ast.WalkRules(rule, func(r *ast.Rule) bool { r.Annotations = nil; return false })
		}
		if decoded.Modules[name] == nil || !module.Equal(decoded.Modules[name]) {
			t.Errorf("%s is not read as it was written", name)
		}
	}
}
