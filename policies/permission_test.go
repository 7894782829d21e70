package policies_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"raci-check/internal/engine"
)

// Fixtures of tests in Rego write out what the program works out from evidence. They say the same as the program.
func TestFixturesHaveThePermissionsThatFollow(t *testing.T) {
	h := load(t)
	compiler := ast.NewCompiler()
	if compiler.Compile(modules(t, true)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	inputs := engine.NewInputs(h.reference)
	tried := 0
	for _, duty := range h.set.Duties {
		results, err := rego.New(rego.Query("data.okms."+duty.Name+"_test.good"), rego.Compiler(compiler)).Eval(t.Context())
		must(t, err)
		if len(results) == 0 {
			continue
		}
		good := asJSON(t, results[0].Expressions[0].Value).(map[string]any)
		written, there := good["permissions"]
		if !there {
			continue
		}
		tried++
		moment, err := time.Parse(time.RFC3339, good["at"].(string))
		must(t, err)
		want := asJSON(t, inputs.Of(good, moment)["permissions"])
		if difference := cmp.Diff(want, written); difference != "" {
			text, err := json.Marshal(want)
			must(t, err)
			t.Errorf("good of okms.%s: permissions are not what follows from the rest (-wanted +written):\n%s\nwrite %s", duty.Name, difference, text)
		}
	}
	if tried < 3 {
		t.Errorf("%d fixtures have permissions, expected are at least 3", tried)
	}
}

// asJSON is a value as JSON has it.
func asJSON(t testing.TB, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	var read any
	must(t, json.Unmarshal(text, &read))
	return read
}
