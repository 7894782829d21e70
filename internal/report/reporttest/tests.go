package reporttest

import (
	"reflect"
	"strings"

	"github.com/raci-check/raci-check/internal/policytest"
)

// Tests is a report of tests of every status, with everything that can be said of policies.
func Tests() *policytest.Report {
	const file, tests = "mine/okms/backups_mine.rego", "mine/okms/backups_mine_test.rego"
	test := func(name string, line int, status policytest.Status, message, output string) policytest.Test {
		return policytest.Test{Package: "okms.backups_mine_test", Name: name, File: tests, Line: line, Status: status, Message: message, Output: output}
	}
	return &policytest.Report{
		Schema: policytest.SchemaID, Policies: "sha256:" + strings.Repeat("5eed", 16), Profile: "baseline", Result: policytest.Error,
		Summary: policytest.Summary{Pass: 1, Fail: 1, Error: 1, Skip: 1},
		Tests: []policytest.Test{
			test("test_fixture_is_good", 12, policytest.Pass, "", ""),
			test("test_held_fails", 14, policytest.Fail, tests+":16:\nfound(evidence) == {\"held\"}\n|     |\nset() {}", "looking at nightly\n"),
			test("test_held_missing", 20, policytest.Error, tests+":21: eval_builtin_error: to_number: x", ""),
			test("todo_test_later", 24, policytest.Skip, "", ""),
		},
		Coverage: policytest.Coverage{Percent: 80, Reached: 8, Lines: 10, Gaps: []policytest.Gap{{File: file, From: 30, To: 30}, {File: file, From: 33, To: 34}}},
		Mutation: policytest.Mutation{Percent: 50, Mutants: 8, Noticed: 4, Packages: []policytest.Package{
			{Name: "okms.backups_mine", File: file, Mutants: 8, Noticed: 4, Checks: []policytest.Check{
				{ID: "backups_mine.held", File: file, Line: 10, Noticed: 4, Survivors: []policytest.Mutant{
					{Pointer: "/backups/jobs/0/name", Change: policytest.Dropped}, {Pointer: "/backups/jobs/0/last_success_at", Change: policytest.Dropped},
					{Pointer: "/backups/jobs/0/last_success_at", Change: policytest.Aged}, {Pointer: "/backups/jobs/0", Change: policytest.Emptied},
					{Pointer: "/backups/jobs", Change: policytest.Emptied},
				}},
				{ID: "backups_mine.blunt", File: file, Line: 40, Ineffective: true, Survivors: []policytest.Mutant{}},
			}},
			{Name: "okms.capacity_mine", File: "mine/okms/capacity_mine.rego", Note: "there is no okms.capacity_mine_test.good", Checks: []policytest.Check{
				{ID: "capacity_mine.watched", File: "mine/okms/capacity_mine.rego", Line: 10, Ineffective: true, Survivors: []policytest.Mutant{}},
			}},
		}},
		Warnings:   []policytest.Warning{{File: file, Line: 33, Behaviour: "rounding", Message: "between -1 and 0 ceil gives 1: compare the number itself"}},
		Shortfalls: []string{"coverage is 80.0 %, 20.0 points short of 100.0 %", "check backups_mine.blunt is toothless"},
		Notes:      []string{"mine/okms/profiles/baseline/backups_mine.yaml:1: nothing reads the parameter x"},
	}
}

// HostileTests is that report with the text in every text.
func HostileTests(text string) *policytest.Report {
	r := Tests()
	poison(reflect.ValueOf(r), text)
	return r
}
