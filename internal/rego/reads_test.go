package rego_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

func readsOf(t *testing.T, lib, body string) []string {
	t.Helper()
	parse := func(text string) *ast.Module {
		return ast.MustParseModuleWithOpts(text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	}
	reads, err := rego.Reads(&policy.Set{Root: "p", Duties: []policy.Duty{{Name: "duty", Checks: []policy.Check{{Name: "right"}}}}, Modules: map[string]*ast.Module{
		"duty.rego": parse("package p.duty\nimport data.lib\nfindings.right contains f if {\n" + body + "\nlib.used\nf := 1\n}\n"),
		"lib.rego":  parse("package lib\nused := 1\n" + lib),
	}})
	testhelp.Must(t, err)
	fields := reads["p.duty"]["right"]
	if fields == nil {
		return []string{"any"}
	}
	return fields
}

func TestReadsFollowsHelpers(t *testing.T) {
	for name, test := range map[string]struct {
		lib, body string
		expected  []string
	}{
		"a field":                      {"", "input.keys.list[_].id", []string{"keys/list"}},
		"a negation":                   {"", "not input.keys", []string{"keys"}},
		"a comprehension":              {"", "count({x | some x in input.a; x == input.b}) > 0", []string{"a", "b"}},
		"an every":                     {"", "every x in input.a { x == input.b }", []string{"a", "b"}},
		"a helper":                     {"helper if input.deep", "lib.helper", []string{"deep"}},
		"a helper of a helper":         {"helper if further\nfurther if input.deep\nelse if input.other", "lib.helper", []string{"deep", "other"}},
		"a function":                   {"f(x) if x == input.at", "lib.f(input.keys)", []string{"at", "keys"}},
		"a default":                    {"default d := 1\nd := input.a", "lib.d == 2", []string{"a"}},
		"an object's field":            {"", `object.get(input, "keys", {}) == {}`, []string{"keys"}},
		"a path of object's field":     {"", `object.get(input, ["keys", "list"], input.other) == {}`, []string{"keys/list", "other"}},
		"an object's field of a field": {"", `object.get(input.keys, "list", []) == input.a.b`, []string{"a/b", "keys/list"}},
		"a field by another name":      {"", `k := input.keys; k.list == k.count; object.get(k, ["source", "method"], "") == ""`, []string{"keys/count", "keys/list", "keys/source"}},
		"a field that has to be there": {"", `some k; k = input.keys`, []string{"keys"}},
		"a field and what it is in":    {"", `k := input.keys; k.list == 1; count(k) > 1`, []string{"keys"}},
		"a field of two":               {"", `some k in [input.a]; k.list == 1`, []string{"a"}},
		"a variable field of a field":  {"", `k := input.keys; some n in ["a"]; k[n] == 1`, []string{"keys"}},
		"a field handed on":            {"f(x) if count(x) > 1", "k := input.keys; lib.f(k); k.count", []string{"keys"}},
		"a field that is inlined":      {"f(x) if x.list > 3", "lib.f(input.keys)", []string{"keys/list"}},
		"a field in a comprehension":   {"", `k := input.keys; count({x | some x in k.list}) > 0`, []string{"keys/list"}},
		"a name with a slash":          {"", `input.keys["a/b"] == 1`, []string{"keys"}},
		"a top name with a slash":      {"", `input["a/b"].c == 1`, []string{"any"}},
		"a path with a variable":       {"", `some i in [0]; object.get(input, ["keys", i], {}) == {}`, []string{"keys"}},
		"contradictions of sections":   {"contradictions(sections) := {c | some s in sections; some c in input.contradictions[s]}", `count(lib.contradictions(["keys", "iam"])) > 0`, []string{"contradictions/iam", "contradictions/keys"}},
		"contradictions of a variable": {"contradictions(sections) := {c | some s in sections; some c in input.contradictions[s]}", `count(lib.contradictions(input.list)) > 0`, []string{"contradictions", "list"}},
		"a part of permissions":        {"", `input.permissions.keys.a; not object.get(input, ["permissions", "clients", 0], false)`, []string{"permissions/clients", "permissions/keys"}},
		"all permissions":              {"", `some p in input.permissions; p.a; input.permissions.keys`, []string{"permissions", "permissions/keys"}},
		"permissions of a variable":    {"", `some p in ["keys"]; input.permissions[p]`, []string{"permissions"}},
		"a variable field":             {"", `some s in ["a", "b"]; input[s]`, []string{"any"}},
		"the whole input":              {"", "count(input) > 1", []string{"any"}},
		"the whole input in a helper":  {"f(x) if x.a", "lib.f(input)", []string{"any"}},
		"another input":                {"helper if input.deep", "lib.helper with input as {}", []string{"any"}},
		"a variable object's field":    {"", "some s in [1]; object.get(input, s, {}) == {}", []string{"any"}},
		"a whole package":              {"a := input.a\nb := input.b", "count(data.lib) > 1", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if difference := cmp.Diff(test.expected, readsOf(t, test.lib, test.body)); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// A helper that reads everything would make every check be judged again after every edit.
func TestShippedChecksReadAFewFields(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	testhelp.Must(t, err)
	rules, err = rules.WithSnapshot(policies.Snapshot)
	testhelp.Must(t, err)
	set, err := rules.Compiled()
	testhelp.Must(t, err)
	reads, err := rego.Reads(set)
	testhelp.Must(t, err)
	for _, duty := range set.Duties {
		name := set.Root + "." + duty.Name
		for _, check := range duty.Checks {
			fields := reads[name][check.Name]
			tops := map[string]bool{}
			for _, field := range fields {
				top, _, _ := strings.Cut(field, "/")
				tops[top] = true
			}
			if fields == nil || len(tops) > 12 {
				t.Errorf("%s.%s reads %v", name, check.Name, fields)
			}
		}
	}
}
