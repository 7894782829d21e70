package rego_test

import (
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/rego"
)

// inlined is what the rule answer becomes; it is beside its helpers.
func inlined(t *testing.T, source string) string {
	t.Helper()
	inline := func(c *ast.Compiler) *ast.Error {
		if err := rego.Inline(c.Modules); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	compiler := ast.NewCompiler().WithStrict(true).WithStageAfterID(ast.StageCheckDeprecatedBuiltins,
		ast.CompilerStageDefinition{Name: "Inline", MetricName: "inline", Stage: inline})
	module := ast.MustParseModuleWithOpts("package p\n"+source, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if compiler.Compile(map[string]*ast.Module{"p.rego": module}); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	for _, rule := range compiler.Modules["p.rego"].Rules {
		if rule.Head.Name == "answer" {
			return rule.Body.String()
		}
	}
	t.Fatal("no answer")
	return ""
}

func TestHelpersArePutInPlace(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"asked":             {"answer if old(input.x)\nold(x) if x.age > 3", "__local1__ = input.x; __localin1__ = __local1__.age; gt(__localin1__, 3)"},
		"asked not":         {"answer if not old(input)\nold(x) if { x.age > 3; x.age < 9 }", ""},
		"asked with a text": {`answer if same("a")` + "\nsame(x) if x == input.x", `"a" = input.x`},
		"within another":    {"answer if a(input.x)\na(x) if b(x)\nb(x) if c(x)\nc(x) if x > 1", "__local3__ = input.x; gt(__local3__, 1)"},
		"twice":             {"answer if { some x in input.l; f(x.a); f(x.b) }\nf(x) if x.y > 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := inlined(t, test.source)
			t.Log(got)
			if strings.Contains(got, "data.p.") || test.want != "" && got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestHelpersThatAreAsked(t *testing.T) {
	for name, source := range map[string]string{
		"two rules":            "answer if f(input.x)\nf(x) if x > 1\nf(x) if x < 0",
		"else":                 "answer if f(input.x)\nf(x) if x > 1 else := false",
		"default":              "answer if f(input.x)\ndefault f(_) := true\nf(x) if x > 1",
		"a value":              "answer if f(input.x) == 2\nf(x) := x + 1",
		"false":                "answer if f(input.x)\nf(x) := false if x > 1",
		"enumerates":           "answer if f(input.x)\nf(x) if { some y in x; y > 1 }",
		"enumerates an index":  "answer if f(input.x)\nf(x) if x[_] > 1",
		"walks":                "answer if f(input.x)\nf(x) if walk(x, [[], 1])",
		"a pattern":            "answer if f(input.x)\nf([x]) if x > 1",
		"the same argument":    "answer if f(input.x, input.x)\nf(x, x) if x > 1",
		"a name without some":  "answer if f(input.x)\nf(x) if { y = x.y; y > 1 }",
		"with":                 "answer if f(input.x)\nf(x) if { x > 1; input.y with input.y as 1 }",
		"asked with":           "answer if f(input.x) with input.x as 2\nf(x) if x > input.x",
		"with another rule":    "answer if f(input.x)\nf(x) if x > 1\ng if h with data.p.h as 1\nh := 2",
		"with another builtin": "answer if f(input.x)\nf(x) if x > 1\ng if count([]) == 1 with count as 1",
		"asked with a list":    "answer if f([input.x])\nf(x) if count(x) > 1",
		"large, in two places": "answer if { f(input.x); not f(input.y) }\nf(x) if { x.a > 1; x.b > 1; x.c > 1; x.d > 1; x.e > 1 }",
	} {
		t.Run(name, func(t *testing.T) {
			if got := inlined(t, source); !strings.Contains(got, "data.p.f(") {
				t.Errorf("f is put in place: %s", got)
			}
		})
	}
}
