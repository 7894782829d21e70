package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
)

// contradictions are those of evidence, one line each.
func (h house) contradictions(t testing.TB, value map[string]any) []string {
	t.Helper()
	result := h.plan.Check(value, consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values()})
	var lines []string
	for _, section := range slices.Sorted(maps.Keys(result.Contradictions)) {
		for _, contradiction := range result.Contradictions[section].([]any) {
			fields := contradiction.(map[string]any)
			lines = append(lines, fmt.Sprintf("%s %s %v %v", fields["pointer"], fields["condition"], fields["values"], fields["related"]))
		}
	}
	return lines
}

func TestCompliantEvidenceIsConsistent(t *testing.T) {
	h := load(t)
	for _, name := range good {
		for _, line := range h.contradictions(t, h.passing(t, name)) {
			t.Errorf("evidence/%s: %s", name, line)
		}
	}
}

// The second example has four contradictions, and each is one of its gaps: a login that outlived its person, a restore test
// from before the key was made, a policy for an identity whose certificate is the account's own, and a key in use whose data is
// said to be in clear.
func TestGapsContradictOnlyWhereTheyShould(t *testing.T) {
	h := load(t)
	form, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits}
	sets, _, err := reader.Read([]string{"../evidence/gaps"})
	must(t, err)
	var contradictions []string
	for _, line := range h.contradictions(t, sets[0].Value) {
		contradictions = append(contradictions, strings.Join(strings.Fields(line)[:2], " "))
	}
	wanted := []string{
		"/account/users/11/person person_not_active", "/backups/jobs/1/restore_test/performed_at test_too_old",
		"/iam/policies/4/identities/0 unknown_reference", "/incidents/incidents/2/authority_notified_at out_of_order",
		"/keys/service_keys/13/incident_id after_object", "/keys/service_keys/4/last_used_at not_named",
	}
	if !slices.Equal(contradictions, wanted) {
		t.Errorf("contradictions %q, wanted %q", contradictions, wanted)
	}
}

// Every text is compared with something, or the schema says why it is not.
func TestEveryTextIsAnnotated(t *testing.T) {
	h := load(t)
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	var walk func(pointer string, form map[string]any, annotated bool)
	walk = func(pointer string, form map[string]any, annotated bool) {
		form = resolve(root, form)
		for _, keyword := range []string{"x-id", "x-alias", "x-ref", "x-person", "x-not", "x-number", "x-form", "x-listed", "x-not-below", "x-route", "x-text"} {
			if _, hasKeyword := form[keyword]; hasKeyword {
				annotated = true
			}
		}
		properties, _ := form["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			walk(pointer+"/"+name, properties[name].(map[string]any), false)
		}
		if items, isList := form["items"].(map[string]any); isList {
			walk(pointer+"/*", items, annotated)
		}
		if form["type"] != "string" || annotated {
			return
		}
		for _, keyword := range []string{"enum", "const", "format", "pattern"} {
			if _, decided := form[keyword]; decided {
				return
			}
		}
		t.Errorf("%s: nothing says what this text names: annotate it, or say with x-text why it is free (docs/policies.md)", pointer)
	}
	walk("", root, false)
}

// judges are the fields that name somebody who judges, or shares in, what others do.
var judges = regexp.MustCompile(`^(reviewer|reviewers|auditor|approver|approved_by|verified_by|performed_by|tested_by|reconciled_by|sealed_by|custodians)$`)

// Nobody judges the own work: each field for such a person says from whom the person must differ, or which check
// compares the two.
func TestEveryJudgeIsApart(t *testing.T) {
	h := load(t)
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	checks := map[string]bool{}
	for _, check := range h.set.Checks() {
		checks[check.ID] = true
	}
	count := 0
	var walk func(pointer string, form map[string]any)
	walk = func(pointer string, form map[string]any) {
		form = resolve(root, form)
		properties, _ := form["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			field := properties[name].(map[string]any)
			walk(pointer+"/"+name, field)
			if form := resolve(root, field); judges.MatchString(name) && form["x-person"] != nil {
				count++
				apart, _ := form["x-apart"].(map[string]any)
				elsewhere, _ := apart["elsewhere"].(string)
				if len(apart) == 0 || elsewhere != "" && !strings.Contains(elsewhere, " ") && !checks[elsewhere] {
					t.Errorf("%s/%s: x-apart says neither from whom the person must differ, nor a check that compares (docs/policies.md)", pointer, name)
				}
			}
		}
		if items, isList := form["items"].(map[string]any); isList {
			walk(pointer+"/*", items)
		}
	}
	walk("", root)
	if count < 20 {
		t.Errorf("only %d such fields are found", count)
	}
}

// What an annotation names is there: kinds, fields, tables and places.
func TestAnnotationsLeadSomewhere(t *testing.T) {
	h := load(t)
	for _, problem := range h.plan.Verify(h.reference) {
		t.Error(problem)
	}
	form, err := h.format.Describe()
	must(t, err)
	for _, section := range form.Sections() {
		if h.plan.Scope(section) == "" {
			t.Errorf("section %s has no x-scope", section)
		}
	}
}

// BenchmarkConsistency is what the comparison costs beside the evaluation of the policies, for which see BenchmarkFleet.
func BenchmarkConsistency(b *testing.B) {
	h := load(b)
	value := h.compliant(b)
	settings := consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values()}
	b.Run("compliant", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.plan.Check(value, settings)
		}
	})
	b.Run("compile", func(b *testing.B) {
		var form any
		must(b, json.Unmarshal(h.format.Schema, &form))
		for b.Loop() {
			_, err := consistency.Compile(form)
			must(b, err)
		}
	})
	for _, n := range []int{100, 1_000, 10_000} {
		grown := grown(b, value, "/keys/service_keys", n)
		b.Run(fmt.Sprintf("keys-%d", n), func(b *testing.B) {
			for b.Loop() {
				h.plan.Check(grown, settings)
			}
		})
	}
}
