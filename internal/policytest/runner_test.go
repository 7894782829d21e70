package policytest

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

var must = testhelp.Must

// forms has each form that a test can have, and a policy whose lines are reached, missed, and reached in part.
var forms = map[string]string{
	"a.rego": `package a

limit := data.limit

allowed if input.user in {"ada", "bob"}

allowed if {
	input.role == "admin"
	input.user != "eve"
}

reason := "none" if not allowed else := "is an admin" if {
	input.role == "admin"
} else := "is known"

never contains name if {
	some name in input.names
	name != "x"
	every other in input.names {
		other == name
	}
}

add(x, y) := x + y

default level := 1

level := 2 if {
	input.high
}
`,
	"a_test.rego": `package a_test

import data.a

test_passes if a.allowed with input as {"user": "ada"}

test_false := false

test_undefined if a.allowed with input as {"user": "eve"}

test_text := "text"

test_number := 0

todo_test_later if false

test_mock if a.limit == 7 with data.limit as 7

test_limit if a.limit == 3

test_printed if {
	print("the limit is", a.limit)
	a.limit > 5
}

test_function if a.add(1, 2) == 10 with a.add as 10

test_builtin_refuses if to_number("x") == 1

test_builtins_refuse if {
	some text in ["x", "y"]
	to_number(text) == 1
}

test_conflict if conflicting == 1

conflicting := 1

conflicting := 2 if a.limit == 3

test_twice if true

test_twice if a.limit == 0

test_twice if a.limit == 3

test_set contains "x"

test_empty_set contains "x" if a.limit == 0

test_nothing_missing if {
	every x in [1, 2, 3] {
		x < 3
	}
}

test_values.deep.passes if true

test_values.deep.fails if false

nested.test_below if true

nested["with a space"].test_below if a.limit == 0

nested["test_with a space"] if true

nested["test_with a space"] if false
`,
	"cases_test.rego": `package cases_test

import data.a

sums := [
	{"note": "small", "x": 1, "y": 2, "sum": 3},
	{"note": "wrong", "x": 1, "y": 2, "sum": 4},
	{"note": "text", "x": 1, "y": 2, "sum": "3"},
]

test_add[case.note] if {
	some case in sums
	got := a.add(case.x, case.y)
	got == case.sum
}

test_all_pass[case.note] if {
	some case in sums
	print(case.note)
	case.x == 1
}

test_by_index[i] if {
	some i, case in sums
	a.add(case.x, case.y) == case.sum
}

test_none[case.note] if {
	some case in []
	case.x
}

test_nested[case.note][kind] if {
	some case in sums
	some kind in ["even", "odd"]
	is_number(case.sum)
	case.sum % 2 == {"even": 0, "odd": 1}[kind]
}

test_values[case.note] := case.sum == 3 if {
	some case in sums
}

test_texts[case.note] := "x" if some case in sums

test_constant["first"] if a.limit == 3

test_constant["second"] if a.limit == 4

test_sprintf[sprintf("%s of %d", [case.note, case.x])] if {
	some case in sums
	case.sum == 3
}

test_objects[{"note": case.note, "x": case.x}] if {
	some case in sums
	case.sum == 3
}

test_own[case.note] if {
	some case in sums
	internal.test_case([case.note])
	case.sum == 4
}

test_late[name] if {
	some case in sums
	case.x == 2
	name := case.note
}

test_with[case.note] if {
	some case in sums
	a.allowed with input as {"user": case.note, "role": "admin"}
}

test_comprehension[note] if {
	note := concat(",", [case.note | some case in sums])
	count(note) == 1
}

test_number[1] if a.limit == 4

test_builtin[case.note] if {
	some case in sums
	to_number(case.note) == 1
}

test_add[case.note] if {
	some case in sums
	case.sum == 3
}
`,
	"b_test.rego": `package a_test

test_in_another_file if data.a.level == 1

nested.test_elsewhere if data.a.level == 2 with input.high as true

test_reason if data.a.reason == "none" with input.user as "eve"
`,
}

// ofOPA is what OPA's own tester says of tests, in the form of this package.
func ofOPA(t *testing.T, s *subject) (tests []Test, coverage Coverage) {
	t.Helper()
	reached := cover.New()
	store := inmem.NewFromObject(s.data)
	txn, err := store.NewTransaction(t.Context())
	must(t, err)
	defer store.Abort(t.Context(), txn)
	run := func(how func(*tester.Runner)) []*tester.Result {
		runner := tester.NewRunner().SetStore(store).SetModules(s.modules()).SetTimeout(testDeadline).RaiseBuiltinErrors(true).
			SetCompiler(ast.NewCompiler().WithCapabilities(deterministic()).WithEnablePrintStatements(true))
		how(runner)
		stream, err := runner.RunTests(t.Context(), txn)
		must(t, err)
		var results []*tester.Result
		for result := range stream {
			results = append(results, result)
		}
		return results
	}
	messages := map[string]string{}
	for _, watched := range run(func(r *tester.Runner) { r.EnableTracing(true) }) {
		own := result{trace: watched.Trace, cases: casesOfOPA(watched.SubResults)}
		messages[watched.Package+"."+watched.Name] = failure(own)
	}
	for _, result := range run(func(r *tester.Runner) { r.SetCoverageRuns(nil).SetCoverageQueryTracer(reached) }) {
		test := Test{
			Package: strings.TrimPrefix(result.Package, "data."), Name: result.Name, Status: Fail, Output: string(result.Output),
			File: result.Location.File, Line: result.Location.Row,
		}
		switch {
		case result.Error != nil:
			test.Status, test.Message = Error, result.Error.Error()
		case result.Skip:
			test.Status = Skip
		case result.Pass():
			test.Status = Pass
		default:
			test.Message = messages[result.Package+"."+result.Name]
		}
		tests = append(tests, test)
	}
	report := reached.Report(s.own)
	coverage.Gaps = []Gap{}
	for _, file := range slices.Sorted(maps.Keys(s.own)) {
		of := report.Files[file]
		coverage.Reached += of.CoveredLines
		coverage.Lines += of.CoveredLines + of.NotCoveredLines
		from := len(coverage.Gaps)
		for _, gap := range of.NotCovered {
			if n := len(coverage.Gaps); n > from && gap.Start.Row <= coverage.Gaps[n-1].To+1 {
				coverage.Gaps[n-1].To = max(coverage.Gaps[n-1].To, gap.End.Row)
				continue
			}
			coverage.Gaps = append(coverage.Gaps, Gap{file, gap.Start.Row, gap.End.Row})
		}
	}
	coverage.Percent = float64(coverage.Reached) / float64(coverage.Lines) * 100
	return tests, coverage
}

func casesOfOPA(results tester.SubResultMap) cases {
	all := cases{}
	for name, of := range results {
		all[name] = &testCase{fails: of.Fail, below: casesOfOPA(of.SubResults)}
	}
	return all
}

// sorted orders tests of one name too: OPA numbers those of several files in any order.
func sorted(tests []Test) []Test {
	slices.SortFunc(tests, func(a, b Test) int {
		return strings.Compare(path.Join(a.File, a.Package, a.Name, string(rune(a.Line))), path.Join(b.File, b.Package, b.Name, string(rune(b.Line))))
	})
	return tests
}

// builtinErrors stands for the message of a test in which several builtins refuse what they are given: OPA writes addresses of memory into it.
const builtinErrors = "several errors of builtins"

func withoutAddresses(tests []Test) []Test {
	for i, test := range tests {
		if strings.Count(test.Message, "eval_builtin_error") > 1 {
			tests[i].Message = builtinErrors
		}
	}
	return tests
}

// compareWithOPA runs tests by OPA's tester and by this package.
func compareWithOPA(t *testing.T, s *subject) []Test {
	t.Helper()
	want, wantCoverage := ofOPA(t, s)
	got, gotCoverage, err := s.test(t.Context(), nil)
	must(t, err)
	if diff := cmp.Diff(withoutAddresses(sorted(want)), withoutAddresses(sorted(slices.Clone(got)))); diff != "" {
		t.Errorf("OPA's tester says (-), and raci-check test says (+):\n%s", diff)
	}
	if diff := cmp.Diff(wantCoverage, gotCoverage); diff != "" {
		t.Errorf("OPA covers (-), and raci-check test covers (+):\n%s", diff)
	}
	return got
}

func parsed(t *testing.T, files map[string]string) *subject {
	t.Helper()
	s := &subject{policies: &policy.Set{Modules: map[string]*ast.Module{}}, own: map[string]*ast.Module{}, tests: map[string]*ast.Module{}}
	s.data = map[string]any{"limit": 3}
	for file, text := range files {
		module, err := ast.ParseModule(file, text)
		must(t, err)
		if strings.HasSuffix(file, "_test.rego") {
			s.tests[file] = module
		} else {
			s.own[file], s.policies.Modules[file] = module, module
		}
	}
	return s
}

func TestTestsOfEachFormAreWhatOPASays(t *testing.T) {
	tests := compareWithOPA(t, parsed(t, forms))
	statuses := map[Status]int{}
	for _, test := range tests {
		statuses[test.Status]++
	}
	if len(statuses) != 4 || len(tests) < 40 {
		t.Errorf("%d tests with %v: each status is expected", len(tests), statuses)
	}
	if !slices.ContainsFunc(tests, func(test Test) bool { return strings.Contains(test.Message, "case wrong/odd") }) {
		t.Error("no case that fails is named")
	}
}

func TestTestsOfTheShippedPoliciesAreWhatOPASays(t *testing.T) {
	testhelp.Long(t, "runs the tests of all shipped policies three times")
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	s, err := open(t.Context(), rules, nil)
	must(t, err)
	if tests := compareWithOPA(t, s); len(tests) < 500 {
		t.Errorf("only %d tests were compared", len(tests))
	}
}

func TestATestThatTakesTooLongIsAnError(t *testing.T) {
	s := parsed(t, map[string]string{"slow_test.rego": `package slow_test

test_slow if count([1 | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000); x == y + 5000]) == 1

test_quick if true
`})
	var err error
	s.compiler, err = compileTests(s.modules())
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	tests := testRules(s.compiler.Modules)
	slow := runTest(ctx, s.compiler, s.store(), tests[0], topdown.NewBufferTracer())
	if slow.Status != Error || !strings.Contains(slow.Message, "eval_cancel_error") {
		t.Errorf("the slow test is %s: %s", slow.Status, slow.Message)
	}
	if _, err := s.run(ctx, tests, func() topdown.QueryTracer { return topdown.NewBufferTracer() }); err == nil {
		t.Error("what was ended from outside is no error")
	}
}
