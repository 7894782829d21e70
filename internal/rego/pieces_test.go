package rego

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// A check is divided only where nothing but its first look at each item can tell that others are there.
func TestChecksThatLookAtEachItem(t *testing.T) {
	const rule = "findings.right contains f if {\nsome i, item in input.keys.list\n"
	for name, test := range map[string]struct {
		rules    string
		expected list
	}{
		"each item":                 {rule + "item.bad\nf := i\n}", list{"keys", "list"}},
		"a helper asked with it":    {rule + "bad(item)\nf := i\n}\nbad(x) if x.bad", list{"keys", "list"}},
		"two rules":                 {rule + "item.bad\nf := i\n}\n" + rule + "item.worse\nf := i\n}", list{"keys", "list"}},
		"another section":           {rule + "input.users.list[_].id == item.id\nf := i\n}", list{"keys", "list"}},
		"contradictions":            {rule + "input.contradictions.keys\nf := item\n}", list{"keys", "list"}},
		"the list twice":            {rule + "count(input.keys.list) > 1\nf := item\n}", list{}},
		"the section in a helper":   {rule + "h\nf := item\n}\nh if input.keys.count == 2", list{}},
		"a negation of the list":    {"findings.right contains f if {\nnot input.keys.list[0]\nf := 1\n}", list{}},
		"a second rule on no item":  {rule + "f := item\n}\nfindings.right contains f if {\nnot input.users\nf := 1\n}", list{}},
		"a second rule on another":  {rule + "f := item\n}\nfindings.right contains f if {\nsome f in input.keys.others\n}", list{}},
		"the whole input":           {rule + "count(input) > 1\nf := item\n}", list{}},
		"permissions":               {rule + "input.permissions.keys\nf := item\n}", list{}},
		"another input":             {rule + "h with input as {}\nf := item\n}\nh if input.users", list{}},
		"a list within the list":    {"findings.right contains f if {\nsome f in input.keys.list[_].more\n}", list{}},
		"an item in a set of items": {"findings.right contains f if {\nsome f in {x | some x in input.keys.list}\n}", list{}},
	} {
		t.Run(name, func(t *testing.T) {
			module := ast.MustParseModuleWithOpts("package p.duty\n"+test.rules, ast.ParserOptions{RegoVersion: ast.RegoV1})
			lib := ast.MustParseModuleWithOpts("package lib\nused := 1", ast.ParserOptions{RegoVersion: ast.RegoV1})
			set := &policy.Set{Root: "p", Duties: []policy.Duty{{Name: "duty", Checks: []policy.Check{{Name: "right"}}}}, Modules: map[string]*ast.Module{"duty.rego": module, "lib.rego": lib}}
			compiler, err := Compile(set)
			testhelp.Must(t, err)
			divided, isDivided := dependencesOf(set, compiler).items("p.duty.findings.right")
			if isDivided != (test.expected != list{}) || divided != test.expected {
				t.Errorf("%v, expected %v", divided, test.expected)
			}
		})
	}
}

// Of the shipped checks that compare the time, the ones on long lists can be divided. Without that, the time of a look ahead would grow
// with the square of the keys.
func TestShippedChecksOfLongListsAreDivided(t *testing.T) {
	d := shippedDependences(t)
	lists := map[list]int{}
	for duty, checks := range d.times {
		for check, times := range checks {
			if of, isDivided := d.items(duty + ".findings." + check); isDivided && len(times.numbers) > 0 {
				lists[of]++
				t.Log(duty, check, of)
			}
		}
	}
	for _, of := range []list{{"keys", "service_keys"}, {"secrets", "secrets"}, {"kmip", "objects"}, {"credentials", "certificates"}} {
		if lists[of] == 0 {
			t.Errorf("no check divides %s.%s: %v", of.section, of.field, lists)
		}
	}
}

// Findings that do not point into the items of their piece could be like those of another.
func TestFindingsOfAPiecePointIntoIt(t *testing.T) {
	of := list{"keys", "list"}
	at := func(pointer string) []any { return []any{map[string]any{"pointer": pointer}} }
	got := map[string]bool{}
	for _, pointer := range []string{"/keys/list/32", "/keys/list/63/id", "/keys/list/64", "/keys/list/31", "/keys/list", "/keys/list/x", "/users/list/40", ""} {
		got[pointer] = of.holds(at(pointer), 1)
	}
	want := map[string]bool{"/keys/list/32": true, "/keys/list/63/id": true, "/keys/list/64": false, "/keys/list/31": false, "/keys/list": false, "/keys/list/x": false, "/users/list/40": false, "": false}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Error(difference)
	}
}
