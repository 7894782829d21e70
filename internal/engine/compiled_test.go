package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raci-check/internal/engine"
	"raci-check/internal/policy"
	"raci-check/internal/rego"
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
`

// Policies that were compiled, written and read judge as their sources do, and fail with the same words at the same place.
func TestCompiledPoliciesJudgeAlike(t *testing.T) {
	for value, want := range map[string]string{
		`[null, true, false, -1.5e3, "text", {"k": [1]}, {1, "a", [2]}, set(), {}, []]`:              `[]]`,
		`[[x | some x in input.list; x > 1], {x | some x in input.list}, {k: v | some k, v in [7]}]`: `[[2, 3], {1, 2, 3}, {0: 7}]`,
		`[y | some x in input.list; y := [z | some z in input.list; z > x]]`:                         `[[2, 3], [3], []]`,
		`1 if every i, x in input.list { x > 0; not i == x }`:                                        `1`,
		`1 if every x in input.list { x > 0 }`:                                                       `1`,
		`1 if not input.windows.none`:                                                                `1`,
		`[size(1), size(2), size(3), kind, words, letters, deep, letters[i]] if some i in [1]`:       `["small", "middling", "large", "none", {"a", "b"}, {0: "a", 1: "b"}, {"a": {"b": 1}}, "b"]`,
		`input.windows.none`:                ``,
		`time.parse_rfc3339_ns("eh")`:       `okms/windows.rego:20: eval_builtin_error`,
		`ns("eh")`:                          `okms/windows.rego:45: eval_builtin_error`,
		`1 if late("2026-11-20T00:00:00Z")`: `1`,
		`1 if late("eh")`:                   `okms/windows.rego:47: eval_builtin_error`,
		`1 if not late("eh")`:               `okms/windows.rego:47: eval_builtin_error`,
		`two`:                               `okms/windows.rego:43: eval_conflict_error`,
		`twice(1)`:                          `okms/windows.rego:41: eval_conflict_error`,
		`{1: v | some v in input.list}`:     `okms/windows.rego:20: eval_conflict_error`,
		`1 if every x in ["eh"] { ns(x) }`:  `okms/windows.rego:45: eval_builtin_error`,
	} {
		t.Run(value, func(t *testing.T) {
			value, condition, _ := strings.Cut(value, " if ")
			sources := load(t, condition+"\n"+
				`	finding := {"condition": "shown", "pointer": "/windows/open", "values": {"value": sprintf("%v", [`+value+`])}}`, helpers)
			compiled, err := rego.Compile(sources)
			if err != nil {
				t.Fatal(err)
			}
			written, err := rego.Encode(compiled)
			if err != nil {
				t.Fatal(err)
			}
			judge := func(set *policy.Set) any {
				e, err := buildOf(t, set, 0)
				if err != nil {
					t.Fatal(err)
				}
				activity := evaluate(t, e, engine.Request{Evidence: evidence(t, `{"list": [1, 2, 3], "windows": {"open": true}}`)}).Activities[1]
				said := activity.Reason
				for _, finding := range activity.Checks[0].Findings {
					said += finding.Message
				}
				if !strings.Contains(said, want) || said == "" != (want == "") {
					t.Errorf("policy says %q, wanted %q", said, want)
				}
				return activity
			}
			if diff := cmp.Diff(judge(sources), judge(rego.Decode(string(written)))); diff != "" {
				t.Errorf("-sources +compiled:\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	if _, err := rego.Encode(load(t, quiet, "")); err == nil {
		t.Error("policies that are not compiled are written as compiled ones")
	}
	compiled, err := rego.Compile(load(t, "with_value with input.windows as 1\n"+quiet, "\nwith_value if input.windows == 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rego.Encode(compiled); err == nil {
		t.Error("a rule that says with is written without it")
	}
}
