package policytest_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

const surprisesPage = "../../docs/rego-surprises.md"

var (
	surpriseRow = regexp.MustCompile("(?m)^\\| `(.+?)` \\| (undefined|error|`.+?`) \\| [^|]+ \\| (?:warns: `([a-z-]+)`|refused|excluded|mutants|note) \\|$")
	anyRow      = regexp.MustCompile("(?m)^\\| `")
)

// surpriseRows are the rows of the page: the Rego, its result, and the name of the warning.
func surpriseRows(t *testing.T) [][]string {
	t.Helper()
	page, err := os.ReadFile(surprisesPage)
	must(t, err)
	text := strings.ReplaceAll(string(page), `\|`, "\x00")
	rows := surpriseRow.FindAllStringSubmatch(text, -1)
	if all := anyRow.FindAllString(text, -1); len(rows) != len(all) || len(rows) < 40 {
		t.Fatalf("%d of %d rows are read", len(rows), len(all))
	}
	for i := range rows {
		rows[i][1] = strings.ReplaceAll(rows[i][1], "\x00", "|")
	}
	return rows
}

// OPA gives what the page says. A row that fails is a behaviour that changed: what the page and the warnings say of it changes too.
func TestSurprisesAreMeasured(t *testing.T) {
	for _, row := range surpriseRows(t) {
		// An expression with `every` has no value, so a rule has it as its body.
		module := "package surprises\nr := value if value := " + row[1]
		if strings.HasPrefix(row[1], "every ") || strings.HasPrefix(row[1], "not ") {
			module = "package surprises\nr if " + row[1]
		}
		set, err := rego.New(rego.Query("data.surprises.r"), rego.Module("surprises.rego", module), rego.StrictBuiltinErrors(true)).Eval(t.Context())
		var compiling ast.Errors
		switch {
		case errors.As(err, &compiling):
			t.Errorf("%s: %v", row[1], err)
		case (row[2] == "error") != (err != nil), (row[2] == "undefined") != (err == nil && len(set) == 0):
			t.Errorf("%s is %v, %v; the page says %s", row[1], set, err, row[2])
		case len(set) > 0:
			var want any
			must(t, util.UnmarshalJSON([]byte(strings.Trim(row[2], "`")), &want))
			if got := set[0].Expressions[0].Value; !reflect.DeepEqual(got, want) {
				t.Errorf("%s is %v; the page says %v", row[1], got, want)
			}
		}
	}
}

// policyOf is a module with a check and a helper, with an expression in the body of each.
func policyOf(check, helper string) string {
	return `package okms.mine

# METADATA
# title: t
# custom:
#   severity: low
#   evidence: [/needed]
findings.c contains finding if {
	` + check + `
	finding := {"condition": "m", "pointer": "/a"}
}

helper(value) if {
	` + helper + `
}
`
}

const (
	checkLine  = 9
	helperLine = 14
)

func TestWarnings(t *testing.T) {
	names := map[string]bool{}
	for name, test := range map[string]struct {
		check, helper string
		want          []string // at the line of the one that is not "true"
	}{
		"rounding":                           {"ceil(input.a) > 1", "true", []string{"rounding"}},
		"rounding in a helper":               {"true", "x := [floor(v) | some v in value]\n\tx == []", []string{"rounding"}},
		"round":                              {"round(input.a) > 1", "true", nil},
		"to_number of a field":               {"true", "to_number(value.a) > 1", []string{"to-number"}},
		"to_number of a text":                {"true", `to_number(substring(value.a, 0, 4)) > 1`, nil},
		"to_number of a part":                {"[_, bits] := split(input.a, \"/\")\n\tto_number(bits) > 1", "true", nil},
		"months":                             {"true", "time.add_date(value, 0, 1, 0) > 1", []string{"calendar"}},
		"days":                               {"true", "time.add_date(value, 0, 0, 30) > 1", nil},
		"every in a check":                   {"every x in input.a { x > 1 }", "true", []string{"every"}},
		"every in a helper":                  {"true", "every x in value { x > 1 }", nil},
		"an empty comprehension":             {"true", "count([x | some x in input.list; x > value]) == 0", []string{"empty-comprehension"}},
		"an empty set":                       {"true", "count({x | some x in input.list[_].parts}) == 0", []string{"empty-comprehension"}},
		"one over evidence that is needed":   {"true", "count([x | some x in input.needed[_].parts]) == 0", nil},
		"one over a list that is tested":     {"true", "count([x | some x in input.list; x > 1]) == 0\n\tcount(input.list) > 0", nil},
		"one that must not be empty":         {"not count([x | some x in input.list]) == 0", "true", nil},
		"a value too few":                    {"true", `value == sprintf("%v of %v", [1])`, []string{"sprintf-arguments"}},
		"a value too many":                   {"true", `value == sprintf("%v 100%%", [1, 2])`, []string{"sprintf-arguments"}},
		"%d of a field":                      {"true", `value == sprintf("%d", [value.a])`, []string{"sprintf-verb"}},
		"%d of a fraction":                   {"true", `value == sprintf("%d", [1.5])`, []string{"sprintf-verb"}},
		"%s of a count":                      {"true", `value == sprintf("%s", [count(value)])`, []string{"sprintf-verb"}},
		"%d of a count":                      {"true", `value == sprintf("%d and %d", [count(value), 3])`, nil},
		"%d of an index":                     {"some i, x in input.list\n\tx == sprintf(\"%d\", [i])", "true", nil},
		"%v":                                 {"true", `value == sprintf("%v", [value.a])`, nil},
		"a pattern anywhere":                 {"true", `regex.match("[a-z]+", value)`, []string{"regex"}},
		"a pattern at the end":               {"true", `regex.match("[a-z]+$", value)`, nil},
		"a negated pattern":                  {`not regex.match("[a-z]+", "a")`, "true", []string{"regex"}},
		"the empty text":                     {"true", `startswith(value, "")`, []string{"empty-text"}},
		"the parts of a text":                {"true", `count(split(value, ",")) > 0`, []string{"split"}},
		"a set of characters":                {"true", `trim_left(value, "www.") == ""`, []string{"trim"}},
		"white space":                        {"true", `trim(value, " \t") == ""`, nil},
		"an order of texts":                  {"true", `value < "2024"`, []string{"text-order"}},
		"an order of numbers":                {"true", `value < 2024`, nil},
		"the least of a list":                {"min(input.list) > 1", "true", []string{"least-and-greatest"}},
		"the least of two":                   {"min([input.a, 2]) > 1", "true", nil},
		"several on one line":                {"true", `ceil(floor(value)) < "2"`, []string{"rounding", "text-order"}},
		"a word that is no call of a policy": {"true", `value == "ceil(-0.5)"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			module, err := ast.ParseModuleWithOpts("mine.rego", policyOf(test.check, test.helper), ast.ParserOptions{ProcessAnnotation: true})
			must(t, err)
			line := helperLine
			if test.helper == "true" {
				line = checkLine
			}
			var got []string
			for _, w := range policytest.Warnings(map[string]*ast.Module{"mine.rego": module}) {
				got = append(got, w.Behaviour)
				names[w.Behaviour] = true
				if w.File != "mine.rego" || w.Line != line || w.Message == "" {
					t.Errorf("%v", w)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, expected %v", got, test.want)
			}
		})
	}
	var described []string
	for _, row := range surpriseRows(t) {
		if row[3] != "" {
			described = append(described, row[3])
		}
	}
	slices.Sort(described)
	if tried := slices.Sorted(maps.Keys(names)); !slices.Equal(slices.Compact(described), tried) {
		t.Errorf("the page has %v, tried are %v", described, tried)
	}
}

// The shipped policies and the worked example rely on none of these behaviours, but where a guard stands beside it.
func TestShippedPoliciesDoNotSurprise(t *testing.T) {
	shipped, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	set, err := shipped.Policies()
	must(t, err)
	content, err := os.ReadFile("../../examples/acme/" + policyFile)
	must(t, err)
	example, err := ast.ParseModuleWithOpts(policyFile, string(content), ast.ParserOptions{ProcessAnnotation: true})
	must(t, err)
	modules := maps.Clone(set.Modules)
	modules["examples/acme/"+policyFile] = example
	if len(modules) < 20 {
		t.Fatalf("%d modules", len(modules))
	}
	for _, warning := range policytest.Warnings(modules) {
		t.Error(warning)
	}
}

// What the page calls refused is refused, at its line, before anything is evaluated.
func TestSurprisesThatAreRefused(t *testing.T) {
	for name, line := range map[string]string{
		"time.diff":                  "x if time.diff(1, 2)[0] == 0",
		"net.cidr_merge":             `x if count(net.cidr_merge(["10.1.2.3"])) == 1`,
		"glob.match":                 `x if glob.match("*", [], input.backups.policy.owner)`,
		"json.match_schema":          "x if json.match_schema({}, {})[0]",
		"input.backups.policy.owner": `x if not startswith(input.backups.policy.owner, "x")`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := acme(t, edit{policyFile, "in_allowed_places(job) if {", line + "\n\nin_allowed_places(job) if {"})
			if _, err := try(t, policytest.Options{}, dir); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), policyFile+":") {
				t.Errorf("%v", err)
			}
		})
	}
}

// A warning is reported at its place, in the JSON too, and is no failure.
func TestRunWarns(t *testing.T) {
	dir := acme(t, edit{policyFile, "	count(job.copies) > 0\n", "	count(job.copies) > 0\n	ceil(count(job.copies)) > 0\n"})
	report := mustTry(t, policytest.Options{}, dir)
	if report.Result != policytest.Pass || len(report.Warnings) != 1 {
		t.Fatalf("%s, %v", report.Result, report.Warnings)
	}
	w := report.Warnings[0]
	content, err := os.ReadFile(filepath.Join(dir, policyFile))
	must(t, err)
	lines := strings.Split(string(content), "\n")
	if !strings.HasSuffix(w.File, policyFile) || !strings.Contains(lines[w.Line-1], "ceil(") || w.Behaviour != "rounding" {
		t.Errorf("%v", w)
	}
	var out bytes.Buffer
	must(t, report.WriteJSON(&out))
	if want := fmt.Sprintf(`"line": %d,`, w.Line); !strings.Contains(out.String(), `"behaviour": "rounding"`) || !strings.Contains(out.String(), want) {
		t.Errorf("the JSON has no %s", want)
	}
	if unchanged := mustTry(t, policytest.Options{}, acme(t)); len(unchanged.Warnings) > 0 {
		t.Errorf("%v", unchanged.Warnings)
	}
}
