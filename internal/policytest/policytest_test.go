package policytest_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/policies"
)

const (
	policyFile  = "okms/backups_acme/backups_acme.rego"
	testFile    = "okms/backups_acme/backups_acme_test.rego"
	profileFile = "okms/profiles/baseline/backups_acme.yaml"
	schemaFile  = "okms/schema/backups_acme.json"
)

var must = testhelp.Must

// edit is a change of a file: a text in it, and what stands there instead. A file that is empty before is new.
type edit struct{ file, old, new string }

// tree writes files with changes into a folder.
func tree(t testing.TB, files map[string]string, edits []edit) string {
	t.Helper()
	for _, e := range edits {
		changed := strings.ReplaceAll(files[e.file], e.old, e.new)
		if files[e.file] == "" && e.old == "" {
			changed = e.new
		}
		if changed == files[e.file] {
			t.Fatalf("%q is not in %s", e.old, e.file)
		}
		files[e.file] = changed
	}
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		must(t, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)))
	}
	return dir
}

// acme is the worked example, changed.
func acme(t testing.TB, edits ...edit) string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{policyFile, testFile, profileFile} {
		content, err := os.ReadFile(filepath.Join("../../examples/acme", name))
		must(t, err)
		files[name] = string(content)
	}
	return tree(t, files, edits)
}

// made is what init --policy writes, changed.
func made(t testing.TB, edits ...edit) string {
	t.Helper()
	written, err := scaffold.Policy("backups_acme", "okms", []raci.Activity{{ID: "3.1.1.4", Name: "backups", Title: "Manage backups", Customer: "RA"}})
	must(t, err)
	files := map[string]string{}
	for name, content := range written {
		files[name] = string(content)
	}
	return tree(t, files, edits)
}

// try tries the policies in a folder as the command does.
func try(t testing.TB, o policytest.Options, added ...string) (*policytest.Report, error) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	if len(added) > 0 {
		if rules, err = rules.With(added); err != nil {
			return nil, err
		}
		if err := rules.Verify(); err != nil {
			return nil, err
		}
	}
	return policytest.Run(t.Context(), rules, o)
}

func mustTry(t testing.TB, o policytest.Options, added ...string) *policytest.Report {
	t.Helper()
	report, err := try(t, o, added...)
	must(t, err)
	return report
}

// survivors are the mutants that nobody notices, with the checks that look there.
func survivors(r *policytest.Report) []string {
	all := []string{}
	for _, p := range r.Mutation.Packages {
		for _, check := range p.Checks {
			for _, mutant := range check.Survivors {
				all = append(all, check.ID+" "+mutant.String())
			}
		}
	}
	return all
}

func ineffective(r *policytest.Report) []string {
	all := []string{}
	for _, p := range r.Mutation.Packages {
		for _, check := range p.Checks {
			if check.Ineffective {
				all = append(all, check.ID)
			}
		}
	}
	return all
}

// byOthers are the checks that no change of their own fixture makes fail, with what shows that they are effective.
var byOthers = []string{
	"cmk_access_policy.environments_apart", // its fixture has one environment; policies.TestRightsThatNobodyShouldHaveAreFound and a mutation have two
}

// A fixture has one duty's checks alone. That a check of any duty notices each fact is held on the whole evidence, by
// policies.TestEveryLeafMatters.
func TestTheShippedPoliciesAreEffective(t *testing.T) {
	testhelp.Long(t, "runs the tests of all shipped policies with some thousand mutants of these")
	report := mustTry(t, policytest.Options{CoverageThreshold: 100})
	if report.Result != policytest.Pass || len(report.Shortfalls)+len(report.Notes) > 0 || report.Mutation.Percent < 93 {
		t.Errorf("%s: %+v %v %v", report.Result, report.Summary, report.Shortfalls, report.Notes)
	}
	if got := len(report.Mutation.Packages); got != 21 {
		t.Errorf("%d packages were tried", got)
	}
	for _, p := range report.Mutation.Packages {
		if p.Note != "" || p.Mutants < 20 {
			t.Errorf("%s: %d mutants %s", p.Name, p.Mutants, p.Note)
		}
	}
	if diff := cmp.Diff(byOthers, ineffective(report)); diff != "" {
		t.Error(diff)
	}
	t.Logf("%d of %d noticed", report.Mutation.Noticed, report.Mutation.Mutants)
}

func TestTheExampleAndWhatInitWritesAreProven(t *testing.T) {
	for name, dir := range map[string]string{"example": acme(t), "init": made(t)} {
		report := mustTry(t, policytest.Options{CoverageThreshold: 100, MutationThreshold: 100}, dir)
		if report.Result != policytest.Pass || report.Coverage.Percent != 100 || report.Mutation.Percent != 100 || len(report.Notes) > 0 {
			t.Errorf("%s: %s %v %v %v %v", name, report.Result, report.Coverage, survivors(report), report.Shortfalls, report.Notes)
		}
		if len(report.Mutation.Packages) != 1 || report.Summary.Pass != len(report.Tests) || len(report.Tests) < 4 {
			t.Errorf("%s: %+v, %d packages", name, report.Summary, len(report.Mutation.Packages))
		}
	}
}

func TestWhatInitWritesIsProvenForEveryDuty(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading("")
	must(t, err)
	files, duties := map[string]string{}, 0
	for _, activity := range reading.Activities {
		if !activity.Duty() {
			continue
		}
		duties++
		written, err := scaffold.Policy(activity.Name+"_own", "okms", reading.Activities)
		must(t, err)
		for name, content := range written {
			files[name] = string(content)
		}
	}
	report := mustTry(t, policytest.Options{CoverageThreshold: 100, MutationThreshold: 100}, tree(t, files, nil))
	if report.Result != policytest.Pass || len(report.Mutation.Packages) != duties || len(report.Notes) > 0 {
		t.Errorf("%s %v %v", report.Result, report.Shortfalls, report.Notes)
	}
}

// The files are plain OPA: its own tester runs them, as docs/policies.md says.
func TestOPARunsTheExample(t *testing.T) {
	tests, _, err := tester.Load([]string{"../../policies/lib", "../../examples/acme"}, func(_ string, info fs.FileInfo, _ int) bool {
		return slices.Contains([]string{".json", ".yaml"}, filepath.Ext(info.Name()))
	})
	must(t, err)
	results, err := tester.NewRunner().SetModules(tests).SetTimeout(time.Minute).Filter("backups_acme").RunTests(t.Context(), nil)
	must(t, err)
	ran := 0
	for result := range results {
		if !result.Pass() {
			t.Errorf("%v", result)
		}
		ran++
	}
	if ran != 5 {
		t.Errorf("%d tests ran", ran)
	}
}

func TestTests(t *testing.T) {
	dir := acme(t, edit{testFile, "\ntest_places_allowed_passes", `
test_wrong if {
	print("seen", good.backups.jobs[0].name)
	found(good) == {"nothing"}
}

test_cases[note] if {
	some note, pair in {"same": [1, 1], "other": [1, 2]}
	pair[0] == pair[1]
}

test_never if false

test_broken if to_number("x") == 1

todo_test_later if false

test_places_allowed_passes`})
	report := mustTry(t, policytest.Options{}, dir)
	if want := (policytest.Summary{Pass: 5, Fail: 3, Error: 1, Skip: 1}); report.Summary != want || report.Result != policytest.Error {
		t.Errorf("%s %+v", report.Result, report.Summary)
	}
	if !slices.IsSortedFunc(report.Tests, func(a, b policytest.Test) int { return a.Line - b.Line }) {
		t.Error("the tests are in no order")
	}
	where := filepath.Join(dir, testFile)
	outcomes := map[string]string{}
	for _, test := range report.Tests {
		if test.File != where || test.Line == 0 || test.Package != "okms.backups_acme_test" {
			t.Errorf("%+v", test)
		}
		outcomes[test.Name] = string(test.Status) + " " + test.Message + test.Output
	}
	for name, want := range map[string][]string{
		"test_wrong":                 {"fail", where + ":20:\nfound(good) == {\"nothing\"}", "seen nightly"},
		"test_cases":                 {"fail", "case other\n", where + ":25:\npair[0] == pair[1]", "2"},
		"test_never":                 {"fail"},
		"test_broken":                {"error", "to_number"},
		"todo_test_later":            {"skip"},
		"test_places_allowed_passes": {"pass"},
	} {
		for _, part := range want {
			if !strings.Contains(outcomes[name], part) {
				t.Errorf("%s: %q has no %q", name, outcomes[name], part)
			}
		}
		if want[0] == "fail" && len(outcomes[name]) < len("fail x") {
			t.Errorf("%s fails and nothing says why", name)
		}
	}
	failing := mustTry(t, policytest.Options{Run: regexp.MustCompile(`test_wrong$`)}, dir)
	if failing.Result != policytest.Fail || len(failing.Tests) != 1 {
		t.Errorf("%s %v", failing.Result, failing.Tests)
	}
}

func TestNoTestIsAnError(t *testing.T) {
	testhelp.Long(t, "compiles all policies for each case")
	skipped := acme(t, edit{testFile, "\ntest_", "\ntodo_test_"})
	untested := acme(t, edit{testFile, "\ntest_", "\nlike_test_"})
	for name, test := range map[string]struct {
		dir  string
		run  *regexp.Regexp
		says string
	}{
		"none matches":              {acme(t), regexp.MustCompile("places_alowed"), `none of 5 matches "places_alowed"`},
		"all skipped":               {skipped, nil, "all 5 that match are skipped"},
		"there is none":             {untested, nil, "_test.rego beside each policy"},
		"none at all, and a filter": {untested, regexp.MustCompile("x"), "none of 0 matches"},
	} {
		_, err := try(t, policytest.Options{Run: test.run}, test.dir)
		if !errors.Is(err, policytest.ErrNoTests) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunTriesOnlyThePoliciesOfTheTestsThatMatch(t *testing.T) {
	report := mustTry(t, policytest.Options{Run: regexp.MustCompile(`backups_test\.test_policy_owned`)})
	if len(report.Mutation.Packages) != 1 || report.Mutation.Packages[0].Name != "okms.backups" || report.Coverage.Percent >= 100 {
		t.Errorf("%+v %v", report.Mutation.Packages, report.Coverage.Percent)
	}
	for _, gap := range report.Coverage.Gaps {
		if gap.File != "okms/backups/backups.rego" {
			t.Errorf("%+v is of another policy", gap)
		}
	}
}

func TestCoverage(t *testing.T) {
	dir := acme(t, edit{policyFile, "in_allowed_places(job) if {", "unused if {\n\t1 == 1\n\t2 == 2\n}\n\nin_allowed_places(job) if {"})
	report := mustTry(t, policytest.Options{CoverageThreshold: 90}, dir)
	want := []policytest.Gap{{File: filepath.Join(dir, policyFile), From: 33, To: 35}}
	if diff := cmp.Diff(want, report.Coverage.Gaps); diff != "" {
		t.Error(diff)
	}
	if report.Coverage.Lines != 24 || report.Coverage.Reached != 21 || report.Result != policytest.Fail {
		t.Errorf("%s %+v", report.Result, report.Coverage)
	}
	if diff := cmp.Diff([]string{"coverage is 87.5 %, 2.5 points short of 90.0 %"}, report.Shortfalls); diff != "" {
		t.Error(diff)
	}
}

func TestMutation(t *testing.T) {
	testhelp.Long(t, "compiles all policies for each case")
	for name, test := range map[string]struct {
		dir                    string
		survivors, ineffective []string
		note, shortfall        string
	}{
		"a check that looks at one copy only": {
			dir: acme(t, edit{policyFile, `	every copy in job.copies {
		allowed(copy)
	}`, `	some copy in job.copies
	copy.location in data.params.acme_backup_places`}),
			survivors: []string{
				"backups_acme.places_allowed /backups/jobs/0/copies/0 emptied", "backups_acme.places_allowed /backups/jobs/0/copies/1 emptied",
			},
			shortfall: "the mutation score is 66.6 %, 33.3 points short of 100.0 %",
		},
		"a check that asks for a fact that is false": {
			dir: acme(t, edit{policyFile, "not in_allowed_places(job)", "job.copies[_].location == \"elsewhere\""}, edit{policyFile, "\nin_allowed_places(job) if {", "\nunused(job) if {"}),
			survivors: []string{
				"backups_acme.places_allowed /backups/jobs/0 emptied",
			},
			ineffective: []string{"backups_acme.places_allowed"},
			shortfall:   "check backups_acme.places_allowed is ineffective",
		},
		"a date without its limit": {
			dir:       made(t, edit{policyFile, "lib.within_days(rule.reviewed_on, data.params.backups_acme_review_max_age_days)", "lib.past(rule.reviewed_on)\n\tdata.params.backups_acme_review_max_age_days > 0"}),
			survivors: []string{"backups_acme.reviewed /backups_acme/rules/0/reviewed_on aged"},
			shortfall: "the mutation score is 85.7 %, 14.3 points short of 100.0 %",
		},
		"no fixture": {
			dir:         acme(t, edit{testFile, "good", "fine"}),
			ineffective: []string{"backups_acme.places_allowed"},
			note:        "there is no okms.backups_acme_test.good",
			shortfall:   "check backups_acme.places_allowed is ineffective",
		},
		"a fixture without a time": {
			dir:         acme(t, edit{testFile, `"at": "2026-11-20T00:00:00Z",`, ""}),
			ineffective: []string{"backups_acme.places_allowed"},
			note:        "with a time in at",
			shortfall:   "check backups_acme.places_allowed is ineffective",
		},
		"a fixture that is not good": {
			dir:         acme(t, edit{testFile, `{"location": "eu-west-par"}`, `{"location": "nowhere"}`}),
			ineffective: []string{"backups_acme.places_allowed"},
			note:        "does not pass with the profile's parameters: backups_acme.places_allowed",
			shortfall:   "check backups_acme.places_allowed is ineffective",
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := mustTry(t, policytest.Options{MutationThreshold: 100}, test.dir)
			if diff := cmp.Diff(append([]string{}, test.survivors...), survivors(report)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{}, test.ineffective...), ineffective(report)); diff != "" {
				t.Error(diff)
			}
			if note := report.Mutation.Packages[0].Note; !strings.Contains(note, test.note) || (note == "") != (test.note == "") {
				t.Errorf("note %q", note)
			}
			if report.Result != policytest.Fail || !slices.Contains(report.Shortfalls, test.shortfall) {
				t.Errorf("%s %q", report.Result, report.Shortfalls)
			}
		})
	}
}

// A rule that can make a malformed finding only in some evidence is found when the fixture is spoiled.
func TestAFindingThatIsMalformedOnlyThenIsAnError(t *testing.T) {
	dir := acme(t, edit{policyFile, "	some i, job in input.backups.jobs\n	not in_allowed_places(job)\n	finding := {\n", "	some job in input.backups.jobs\n	not in_allowed_places(job)\n	finding := made(job)\n}\n\nmade(job) := finding if {\n	finding := {\n"},
		edit{policyFile, `lib.place(sprintf("/backups/jobs/%d", [i]), job, ["copies"])`, `object.get(job, ["copies", 0, "location"], "")`})
	_, err := try(t, policytest.Options{}, dir)
	if err == nil || !strings.Contains(err.Error(), policyFile+":10: a finding of places_allowed ") {
		t.Errorf("%v", err)
	}
}

func TestAParameterThatNothingReadsIsSaid(t *testing.T) {
	dir := acme(t, edit{profileFile, "acme_backup_places:", `acme_backup_hours:
  value: 3
  unit: hours
  stricter: lower
  source: raci-check default, no external source
  description: Nothing reads this.
acme_backup_places:`})
	report := mustTry(t, policytest.Options{}, dir)
	want := []string{filepath.Join(dir, profileFile) + ":1: nothing reads the parameter acme_backup_hours: read data.params.acme_backup_hours in a check, or take it out"}
	if diff := cmp.Diff(want, report.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	must(t, schema.Verify("test", policytest.JSONSchema))
	described, err := jsonschema.UnmarshalJSON(bytes.NewReader(policytest.JSONSchema))
	must(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	must(t, compiler.AddResource("test.json", described))
	form, err := compiler.Compile("test.json")
	must(t, err)
	weak := acme(t, edit{testFile, "\ntest_places_allowed_passes", "\ntest_odd if {\n\tprint(\"\\u202e##[x]\")\n\tfalse\n}\n\ntest_places_allowed_passes"},
		edit{policyFile, "not in_allowed_places(job)", "job.copies[_].location == \"elsewhere\""})
	for name, report := range map[string]*policytest.Report{
		"example": mustTry(t, policytest.Options{}, acme(t)),
		"weak":    mustTry(t, policytest.Options{CoverageThreshold: 100, MutationThreshold: 100}, weak),
		"shipped": mustTry(t, policytest.Options{Run: regexp.MustCompile("okms.(backups|capacity)_test")}),
	} {
		var out, again bytes.Buffer
		must(t, report.WriteJSON(&out))
		must(t, report.WriteJSON(&again))
		if out.String() != again.String() || strings.Contains(out.String(), "\u202e") {
			t.Errorf("%s: written twice it differs, or holds what cannot be seen", name)
		}
		value, err := jsonschema.UnmarshalJSON(&out)
		must(t, err)
		if err := form.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSameTwice(t *testing.T) {
	testhelp.Long(t, "runs tests of many shipped policies twice")
	var first string
	for range 2 {
		var out bytes.Buffer
		must(t, mustTry(t, policytest.Options{Run: regexp.MustCompile("okms.(backups|iam|key)")}).WriteJSON(&out))
		if first == "" {
			first = out.String()
		}
		if diff := cmp.Diff(first, out.String()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestPercentIsNeverRoundedUp(t *testing.T) {
	for p, want := range map[float64]string{0: "0.0 %", 99.99: "99.9 %", 100: "100.0 %", 81.25: "81.2 %"} {
		if got := policytest.Percent(p); got != want {
			t.Errorf("%v is printed %q", p, got)
		}
	}
}

// What breaks the contract of docs/policies.md is an error that names the place and the fix.
func TestContract(t *testing.T) {
	testhelp.Long(t, "compiles all policies some forty times")
	const (
		rule = "findings.places_allowed contains finding if {"
		made = `	finding := {
		"condition": places_problem(job),`
	)
	second := "findings.x contains finding if {\n\tinput.backups\n\tfinding := {\"condition\": \"c\", \"pointer\": \"/backups\", \"values\": {}}\n}\n"
	block := "# METADATA\n# title: T\n# description: D\n# custom:\n#   severity: low\n#   evidence: [/backups/jobs]\n#   source: raci-check default, no external source\n#   remediation: R\n#   controls: {iso_27001: [\"8.13\"]}\n#   conditions: {c: x}\n"
	for name, test := range map[string]struct {
		edits     []edit
		at        string // file:line
		says, fix string
	}{
		"no METADATA of the package":           {[]edit{{policyFile, "#   duty: 3.1.1.4\n", ""}}, policyFile + ":1", "custom.duty", "METADATA needs"},
		"no METADATA of a check":               {[]edit{{policyFile, "in_allowed_places(job) if", second + "\nin_allowed_places(job) if"}}, policyFile + ":33", "has no METADATA", "write the block"},
		"an unknown duty":                      {[]edit{{policyFile, "duty: 3.1.1.4", "duty: 9.9.9"}}, policyFile + ":6", `activity "9.9.9"`, "raci-check duties"},
		"a duty of the provider":               {[]edit{{policyFile, "duty: 3.1.1.4", "duty: 3.1.6.1"}}, policyFile + ":6", "the provider's", "raci-check duties"},
		"a name that is another duty's":        {[]edit{{policyFile, "package okms.backups_acme", "package okms.tapes"}}, policyFile + ":6", "for activity 3.1.1.4", "call it okms.backups"},
		"a package that no catalog names":      {[]edit{{policyFile, "package okms.backups_acme", "package acme.backups"}}, policyFile + ":6", "nothing would ask for it", "a duty's package is okms.<duty name>"},
		"a check id twice":                     {[]edit{{policyFile, "in_allowed_places(job) if", block + strings.Replace(second, "findings.x", "findings.places_allowed", 1) + "\nin_allowed_places(job) if"}}, policyFile + ":33", "stands twice", "another name"},
		"a package twice":                      {[]edit{{"okms/again.rego", "", "# METADATA\n# title: T\n# description: D\n# custom:\n#   duty: 3.1.1.4\npackage okms.backups_acme\n\n" + block + second}}, policyFile + ":6", "is already in", "another name"},
		"a finding without a pointer":          {[]edit{{policyFile, "\t\t\"pointer\": lib.place(sprintf(\"/backups/jobs/%d\", [i]), job, [\"copies\"]),\n", ""}, {policyFile, "some i, job", "some job"}}, policyFile + ":23", `no "pointer"`, "point into the evidence"},
		"a finding without values":             {[]edit{{policyFile, `"values":`, `"vaules":`}}, policyFile + ":23", `no "values"`, "what the sentence of the condition names"},
		"a finding without a condition":        {[]edit{{policyFile, "\t\t\"condition\": places_problem(job),\n", ""}}, policyFile + ":23", `no "condition"`, "custom.conditions"},
		"a finding of another condition":       {[]edit{{policyFile, `else := "copies_unknown"`, `else := "copies_unknwon"`}}, policyFile + ":23", `the condition "copies_unknwon"`, "[copies_unknown place_not_allowed]"},
		"a condition that no rule yields":      {[]edit{{policyFile, `else := "copies_unknown"`, `else := "place_not_allowed"`}}, policyFile + ":10", "no rule yields the condition copies_unknown", "take it out"},
		"a value that no sentence has":         {[]edit{{policyFile, `"values": {`, `"values": {"n": 1, `}}, policyFile + ":23", "gives the value n", "no sentence"},
		"a value that is not given":            {[]edit{{policyFile, `"job": lib.label(job), `, ""}}, policyFile + ":23", "has the value job", "does not give"},
		"the form of before":                   {[]edit{{policyFile, "#   severity", "#   id: places_allowed\n#   severity"}, {policyFile, "findings.places_allowed contains", "findings contains"}}, policyFile + ":24", "findings is no rule of a check", "write findings.places_allowed contains finding if {…}"},
		"a finding with a field of its own":    {[]edit{{policyFile, made, made + "\n\t\t\"severity\": \"low\","}}, policyFile + ":23", "which nothing reads", "it has condition, pointer, values"},
		"a pointer that is none":               {[]edit{{policyFile, `lib.place(sprintf("/backups/jobs/%d", [i]), job, ["copies"])`, `"backups"`}, {policyFile, "some i, job", "some job"}}, policyFile + ":23", `pointer "backups"`, "begins with /"},
		"findings as a complete rule":          {[]edit{{policyFile, rule, "findings.places_allowed := finding if {"}}, policyFile + ":23", "is no rule of a check", "findings.places_allowed contains finding"},
		"findings as a function":               {[]edit{{policyFile, rule, "findings.places_allowed(finding) if {"}}, policyFile + ":23", "is no rule of a check", "findings.places_allowed contains finding"},
		"a finding that is a text":             {[]edit{{policyFile, rule, "findings.places_allowed contains \"places_allowed\" if {"}}, policyFile + ":23", "a finding is an object", "condition, pointer and values"},
		"a rule as conftest asks for it":       {[]edit{{policyFile, "\nin_allowed_places(job) if", "\ndeny_all contains \"x\" if input.backups\n\nin_allowed_places(job) if"}}, policyFile + ":33", "nothing asks for the rule deny_all", "findings.<check> contains finding"},
		"no check at all":                      {[]edit{{policyFile, "findings.places_allowed contains", "reasons contains"}}, policyFile + ":6", "would pass unchecked", "holds no check"},
		"a parameter that no profile gives":    {[]edit{{profileFile, "acme_backup_places", "acme_places"}}, policyFile + ":10", "no profile gives the parameter acme_backup_places", "add it, with its source"},
		"a parameter that no check names":      {[]edit{{policyFile, "#   params: [acme_backup_places]\n", ""}}, policyFile + ":28", "data.params.acme_backup_places is read", "add it to the check"},
		"evidence that no schema has":          {[]edit{{policyFile, "[/backups/jobs]", "[/backups/jbos]"}}, policyFile + ":10", "no field /backups/jbos", "schema/<section>.json"},
		"a field that no schema has":           {[]edit{{policyFile, "in input.backups.jobs", "in input.backups.jbos"}}, policyFile + ":24", "no field input.backups.jbos", "raci-check schema evidence"},
		"a field inside a negation":            {[]edit{{policyFile, "not in_allowed_places(job)", "not startswith(job.name, \"x\")"}, {policyFile, "\nin_allowed_places(job) if {", "\nother(job) if {"}}, policyFile + ":25", "job.name stands inside not", "takes the whole object"},
		"a builtin that is not allowed":        {[]edit{{policyFile, "count(job.copies) > 0", "time.now_ns() > 0"}}, policyFile + ":34", "undefined function time.now_ns", "input.at is the time"},
		"no Rego":                              {[]edit{{policyFile, "findings.places_allowed contains finding", "findings.places_allowed contain finding"}}, policyFile + ":23", "no Rego", ""},
		"a test that is no Rego":               {[]edit{{testFile, "good := {", "good = = {"}}, testFile + ":5", "no Rego", ""},
		"a test that calls what is not there":  {[]edit{{testFile, "test_places_allowed_passes if found(good)", "test_places_allowed_passes if fuond(good)"}}, testFile + ":18", "fuond", ""},
		"a section whose age nobody can judge": {[]edit{{"okms/schema/acme.json", "", "{\n  \"type\": \"object\",\n  \"description\": \"x\",\n  \"x-freshness\": \"acme_age\",\n  \"properties\": {}\n}\n"}}, "okms/schema/acme.json:4", "x-freshness names the parameter acme_age", "add it, with its source"},
		"a threshold without its source":       {[]edit{{profileFile, "  source: Acme security standard 4.2, section 7\n", ""}}, "profiles/baseline/backups_acme.yaml:1", "source", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := try(t, policytest.Options{}, acme(t, test.edits...))
			if err == nil {
				t.Fatal("it is taken")
			}
			line := ""
			for candidate := range strings.Lines(err.Error()) {
				if strings.Contains(candidate, test.says) {
					line = candidate
					break
				}
			}
			if !strings.Contains(line, test.at+":") || !strings.Contains(line, test.fix) {
				t.Errorf("%v\nwanted %s, %q and %q", err, test.at, test.says, test.fix)
			}
		})
	}
}

// A change of the fixture is tried outside of the test, where the test's variables have no value.
func TestAFixtureThatSetsDataToAVariableOfItsTestIsAnError(t *testing.T) {
	const list = `["eu-west-par", "vault-lyon"]`
	set := edit{testFile, "with input as good with data.params.acme_backup_places as " + list, "with input as good with data.params.acme_backup_places as places"}
	first := edit{testFile, "test_fixture_is_good if {\n", "test_fixture_is_good if {\n\tplaces := " + list + "\n"}
	_, err := try(t, policytest.Options{}, acme(t, set, first))
	want := testFile + ":37: data.params.acme_backup_places is set to a variable of the test: write the value there, so that changes can be tried with it"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, expected %s", err, want)
	}
	for name, edits := range map[string][]edit{
		"a rule of the file": {set, {testFile, "good := {\n", "places := " + list + "\n\ngood := {\n"}},
		"variables of a comprehension": {
			set, {testFile, "acme_backup_places as places", "acme_backup_places as [place | some place in " + list + "]"},
		},
		"input of the test": {first, {testFile, "with input as good", "with input as object.union(good, {\"people\": {}})"}},
	} {
		report := mustTry(t, policytest.Options{}, acme(t, edits...))
		if p := report.Mutation.Packages[0]; report.Result != policytest.Pass || p.Mutants == 0 || p.Note != "" {
			t.Errorf("%s: %s, %d mutants, %s: %v", name, report.Result, p.Mutants, p.Note, report.Tests)
		}
	}
}
