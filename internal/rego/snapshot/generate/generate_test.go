package generate

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/rego/snapshot"
)

// helpers have every form of rule.
const helpers = `
size(x) := "small" if x < 2

else := "middling" if {
	x == 2
} else := "large"

default kind := "none"

kind := "odd" if input.list[0] == 7

words contains word if some word in ["a", "b"]

letters[i] := letter if some i, letter in ["a", "b"]

deep.a.b := 1

twice(x) := x if input.list

twice(x) := x + 1 if input.list

two := item if some item in input.list

ns(moment) := time.parse_rfc3339_ns(moment)

late(moment) if time.parse_rfc3339_ns(moment) > 1

# Findings by check: several sets below one name, of which one holds nothing.
by_check.first contains {"n": x} if some x in input.list

by_check.first contains {"n": x + 10} if {
	some x in input.list
	not small(x)
}

by_check.second contains x if {
	some x in input.list
	small(x)
}

by_check.none contains x if {
	some x in input.list
	x > 3
}

small(x) if x < 2
`

// load makes a set of one package of the rule findings, whose body begins on line 4.
func load(t *testing.T, body string) *policy.Set {
	t.Helper()
	module, err := ast.ParseModuleWithOpts("okms/windows.rego",
		"package okms.windows\n\nfindings contains finding if {\n\t"+body+"\n}\n"+helpers, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	return &policy.Set{
		Root: "okms", Modules: map[string]*ast.Module{"okms/windows.rego": module},
		Duties: []policy.Duty{{Name: "windows", File: "okms/windows.rego"}},
	}
}

// evaluate answers what a package finds, or its error.
func evaluate(t *testing.T, set *policy.Set) any {
	t.Helper()
	evaluator, err := rego.NewLocal(t.Context(), rego.LocalConfig{Policies: set, Data: map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	input := map[string]any{"list": []any{json.Number("1"), json.Number("2"), json.Number("3")}}
	outcomes, err := evaluator.Evaluate(t.Context(), input, []string{"okms.windows"})
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].Err != nil {
		return outcomes[0].Err.Error()
	}
	return outcomes[0].Findings
}

// Policies of a snapshot find what their sources find, and fail with the same words at the same place.
func TestPoliciesOfASnapshotFindTheSame(t *testing.T) {
	for value, want := range map[string]string{
		`[null, true, false, -1.5e3, "text", {"k": [1]}, {1, "a", [2]}, set(), {}, []]`:              `[null, true, false, -1.5e3, "text", {"k": [1]}, {1, "a", [2]}, set(), {}, []]`,
		`[[x | some x in input.list; x > 1], {x | some x in input.list}, {k: v | some k, v in [7]}]`: `[[2, 3], {1, 2, 3}, {0: 7}]`,
		`[y | some x in input.list; y := [z | some z in input.list; z > x]]`:                         `[[2, 3], [3], []]`,
		`1 if every i, x in input.list { x > 0; not i == x }`:                                        `1`,
		`1 if every x in input.list { x > 0 }`:                                                       `1`,
		`1 if not input.windows.none`:                                                                `1`,
		`[size(1), size(2), size(3), kind, words, letters, deep, letters[i]] if some i in [1]`:       `["small", "middling", "large", "none", {"a", "b"}, {0: "a", 1: "b"}, {"a": {"b": 1}}, "b"]`,
		`by_check`:                          `{"first": {{"n": 1}, {"n": 2}, {"n": 3}, {"n": 12}, {"n": 13}}, "none": set(), "second": {1}}`,
		`[by_check.second, by_check.none]`:  `[{1}, set()]`,
		`input.windows.none`:                ``,
		`time.parse_rfc3339_ns("eh")`:       `okms/windows.rego:5: eval_builtin_error`,
		`ns("eh")`:                          `okms/windows.rego:30: eval_builtin_error`,
		`1 if late("2026-11-20T00:00:00Z")`: `1`,
		`1 if late("eh")`:                   `okms/windows.rego:32: eval_builtin_error`,
		`1 if not late("eh")`:               `okms/windows.rego:32: eval_builtin_error`,
		`two`:                               `okms/windows.rego:28: eval_conflict_error`,
		`twice(1)`:                          `okms/windows.rego:26: eval_conflict_error`,
		`{1: v | some v in input.list}`:     `okms/windows.rego:5: eval_conflict_error`,
		`1 if every x in ["eh"] { ns(x) }`:  `okms/windows.rego:30: eval_builtin_error`,
	} {
		t.Run(value, func(t *testing.T) {
			value, condition, _ := strings.Cut(value, " if ")
			body := condition + "\n\tfinding := sprintf(\"%v\", [" + value + "])"
			sources := load(t, body)
			written, err := Policies(sources)
			if err != nil {
				t.Fatal(err)
			}
			read := (&snapshot.Snapshot{Policies: written}).PolicySet()
			got := evaluate(t, sources)
			if diff := cmp.Diff(got, evaluate(t, read)); diff != "" {
				t.Errorf("-sources +snapshot:\n%s", diff)
			}
			switch got := got.(type) {
			case string:
				if want == "" || !strings.Contains(got, want) {
					t.Errorf("error %q, expected %q", got, want)
				}
			case []any:
				if want == "" && len(got) > 0 || want != "" && !cmp.Equal(got, []any{want}) {
					t.Errorf("found %v, expected %s", got, want)
				}
			}
			if diff := cmp.Diff(sources.Duties, read.Duties); diff != "" {
				t.Errorf("duties: -sources +snapshot:\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	if _, err := Policies(load(t, "small(input.x) with input.x as 1\n\tfinding := 1")); err == nil {
		t.Error("an expression with `with` is written without it")
	}
	for _, value := range []any{-1, 1.5, struct{ hidden string }{}, make(chan int), []any{func() {}}} {
		if out, err := appendValue(nil, reflect.ValueOf(value)); err == nil {
			t.Errorf("%T is written as %q", value, out)
		}
	}
}

// kinds has a field of each kind that descriptions of checks, parameters and forms have.
type kinds struct {
	Text  string
	Line  int
	Flag  bool
	Texts []string
	Lists map[string][]string
	Below []struct{ Name string }
	JSON  any
}

func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	for _, want := range []kinds{
		{},
		{Texts: []string{}, Lists: map[string][]string{}, Below: []struct{ Name string }{}},
		{
			Text: "é\x00\n" + strings.Repeat("long ", 100), Line: 1 << 40, Flag: true, Texts: []string{"", "a"},
			Lists: map[string][]string{"b": {"1"}, "a": nil}, Below: []struct{ Name string }{{"x"}, {"y"}},
			JSON: map[string]any{"a": []any{nil, true, false, json.Number("1.50"), "t"}, "b": map[string]any{}, "c": []any{}},
		},
		{Line: 127}, {Line: 128}, {Line: 1<<14 - 1}, {Line: 1 << 14}, {JSON: "a"},
	} {
		written, err := encoded(reflect.ValueOf([]kinds{want}))
		if err != nil {
			t.Fatal(err)
		}
		var got []kinds
		snapshot.Decode(written, &got)
		if diff := cmp.Diff([]kinds{want}, got); diff != "" {
			t.Errorf("-written +read:\n%s", diff)
		}
	}
}
