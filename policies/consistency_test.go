package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"raci-check/internal/consistency"
)

// plan is what the annotations of the shipped schema ask for.
func (h house) plan(t testing.TB) *consistency.Plan {
	t.Helper()
	var form any
	must(t, json.Unmarshal(h.format.Schema, &form))
	plan, err := consistency.Compile(form)
	must(t, err)
	return plan
}

// contradictions are those of evidence, one line each.
func (h house) contradictions(t testing.TB, value map[string]any) []string {
	t.Helper()
	result := h.plan(t).Check(value, consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values()})
	var lines []string
	for _, section := range slices.Sorted(maps.Keys(result.Contradictions)) {
		for _, found := range result.Contradictions[section].([]any) {
			one := found.(map[string]any)
			lines = append(lines, fmt.Sprintf("%s %s %v %v", one["pointer"], one["condition"], one["values"], one["related"]))
		}
	}
	return lines
}

func TestCompliantEvidenceIsConsistent(t *testing.T) {
	h := load(t)
	for _, line := range h.contradictions(t, h.compliant(t)) {
		t.Error(line)
	}
}
