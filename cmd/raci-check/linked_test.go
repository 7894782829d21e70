package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// notLinked are packages that the program does without: what is for tests, and the parts of OPA that link its compiler to WebAssembly.
var notLinked = []string{
	"testing", "github.com/raci-check/raci-check/internal/collect/collecttest", "github.com/open-policy-agent/opa/v1/tester",
	"github.com/open-policy-agent/opa/v1/rego", "github.com/open-policy-agent/opa/internal/compiler/wasm", "github.com/open-policy-agent/opa/internal/planner",
}

// isNotLinked reports whether a package is one of these or below one.
func isNotLinked(name string) bool {
	return slices.ContainsFunc(notLinked, func(not string) bool { return name == not || strings.HasPrefix(name, not+"/") })
}

func TestNothingIsLinkedThatIsNotNeeded(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "github.com/raci-check/raci-check/cmd/raci-check").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		packages++
		for _, imported := range fields[1:] {
			if isNotLinked(imported) && !isNotLinked(fields[0]) {
				t.Errorf("%s brings %s into the program", fields[0], imported)
			}
		}
	}
	if packages < 200 {
		t.Errorf("only %d packages were looked at", packages)
	}
}
