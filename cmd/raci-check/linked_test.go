package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Package testing is for tests. OPA's tester brings it in, which raci-check test runs policies' tests by; nothing else does.
func TestNoPackageForTestsIsLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "github.com/raci-check/raci-check/cmd/raci-check").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		packages++
		if name := fields[0]; strings.HasPrefix(name, "testing/") || strings.HasPrefix(name, "github.com/raci-check/raci-check/internal/collect/collecttest") {
			t.Errorf("%s is linked into the program", name)
		}
		if slices.Contains(fields[1:], "testing") && fields[0] != "github.com/open-policy-agent/opa/v1/tester" {
			t.Errorf("%s brings testing into the program", fields[0])
		}
	}
	if packages < 200 {
		t.Errorf("only %d packages were looked at", packages)
	}
}
