package opa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What docs/rego-surprises.md says of the command opa: it takes a signed bundle without a key, and the first document of a
// YAML file with several.
func TestSurprisesOfTheCommand(t *testing.T) {
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("set RACI_CHECK_VALIDATORS=1 where the Go module proxy is: OPA is built, which takes minutes the first time")
	}
	newPage(t).install(t, "opa")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"p.rego": "package p\n\nq := input.a\n", "in.yaml": "a: 1\n---\na: 2\n", "key": "a key of sixteen characters or more",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		script, prints string
		fails          bool
	}{
		{"opa build --bundle . --ignore 'in.yaml' --signing-key key --signing-alg HS256 -o signed.tar.gz && tar -tzf signed.tar.gz", ".signatures.json", false},
		{"opa eval --bundle signed.tar.gz --input in.yaml --format raw data.p.q", "1", false},
		{"opa run --server --skip-version-check --addr 127.0.0.1:0 --bundle signed.tar.gz", "verification key not provided", true},
	} {
		printed, err := shell(dir, step.script)
		if (err != nil) != step.fails || !strings.Contains(printed, step.prints) {
			t.Errorf("%s: %v\n%s", step.script, err, printed)
		}
		if strings.HasPrefix(step.script, "opa eval") && strings.TrimSpace(printed) != step.prints {
			t.Errorf("%s prints %q", step.script, printed)
		}
	}
}
