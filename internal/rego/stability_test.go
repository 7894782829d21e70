package rego

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

var freeze = flag.Bool("freeze", false, "write the functions that policies may call, as docs/stability.md says")

// A policy that somebody wrote calls functions that were allowed then.
func TestFunctionsOfPoliciesStay(t *testing.T) {
	file := filepath.Join("testdata", "functions.txt")
	if *freeze {
		sorted := slices.Sorted(slices.Values(allowed))
		if err := os.WriteFile(file, []byte(strings.Join(sorted, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	frozen, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(frozen))
	if len(names) < 50 {
		t.Errorf("only %d functions are frozen", len(names))
	}
	now := capabilities().Builtins
	for _, name := range names {
		if !slices.ContainsFunc(now, func(b *ast.Builtin) bool { return b.Name == name }) {
			t.Errorf("policies can no longer call %s: docs/stability.md promises that they can, and says how to change that", name)
		}
	}
}
