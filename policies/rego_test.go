package policies_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
)

func TestPoliciesAreFormatted(t *testing.T) {
	for _, name := range regoFiles(t) {
		source, err := os.ReadFile(name)
		must(t, err)
		formatted, err := format.Source(name, source)
		must(t, err)
		if string(formatted) != string(source) {
			t.Errorf("%s is not formatted: run opa fmt -w on it", name)
		}
	}
}

// The engine leaves out compiler stages that only refuse bad policies; here all of them run, strictly, with the schema.
func TestPoliciesCompileStrictlyAgainstTheSchema(t *testing.T) {
	h := load(t)
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, h.inputSchema(t))
	compiler := ast.NewCompiler().WithStrict(true).WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	if compiler.Compile(modules(t, false)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	compiler = ast.NewCompiler().WithStrict(true)
	if compiler.Compile(modules(t, true)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
}

func TestPoliciesPassTheirTestsAndAreCovered(t *testing.T) {
	h := load(t)
	ctx := t.Context()
	all := modules(t, true)
	store := inmem.NewFromObject(map[string]any{"params": h.parameters.Values(), "reference": h.reference})
	txn, err := store.NewTransaction(ctx, storage.TransactionParams{})
	must(t, err)
	defer store.Abort(ctx, txn)
	coverage := cover.New()
	results, err := tester.NewRunner().
		SetStore(store).SetModules(all).SetCoverageQueryTracer(coverage).RaiseBuiltinErrors(true).
		RunTests(ctx, txn)
	must(t, err)
	ran := map[string]map[string]bool{} // package → test names
	for result := range results {
		if !result.Pass() {
			t.Errorf("%v: %s.%s failed (%v)", result.Location, result.Package, result.Name, result.Error)
		}
		if ran[result.Package] == nil {
			ran[result.Package] = map[string]bool{}
		}
		ran[result.Package][result.Name] = true
	}
	report := coverage.Report(all)
	for _, name := range slices.Sorted(maps.Keys(report.Files)) {
		if strings.HasSuffix(name, "_test.rego") {
			continue
		}
		for _, gap := range report.Files[name].NotCovered {
			t.Errorf("%s:%d-%d: no test reaches these lines", name, gap.Start.Row, gap.End.Row)
		}
	}
	for name := range modules(t, false) {
		if _, counted := report.Files[name]; !counted {
			t.Errorf("%s: no test reaches this file", name)
		}
	}
	for _, check := range h.set.Checks() {
		for _, kind := range []string{"passes", "fails", "missing"} {
			prefix := "test_" + check.Name + "_" + kind
			named := func(test string) bool { return strings.HasPrefix(test, prefix) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(ran["data.okms."+check.DutyName+"_test"])), named) {
				t.Errorf("%s: no test %s…", check.ID, prefix)
			}
		}
	}
}

// Rego evaluates the arguments of a negated call outside the negation: where one is a reference to an absent field, the
// rule is silent and the check passes. So arguments inside `not` are variables, constants or data.
func TestNegationIsOnlyOverPositiveHelpers(t *testing.T) {
	for name, module := range modules(t, false) {
		for _, err := range policy.Negations(name, module) {
			t.Error(err)
		}
	}
}

func TestChecksNameWhatTheyRead(t *testing.T) {
	h := load(t)
	parsed := modules(t, false)
	compiler := ast.NewCompiler()
	if compiler.Compile(parsed); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	fields := schemaFields(t, h.format.Schema)
	used := map[string]bool{}
	for _, duty := range h.set.Duties {
		t.Run(duty.Name, func(t *testing.T) {
			for _, check := range duty.Checks {
				rules := compiler.GetRulesExact(ast.MustParseRef("data.okms." + duty.Name + ".findings." + check.Name))
				sections, params := reads(compiler, rules)
				for _, param := range check.Params {
					used[param] = true
					if !params[param] {
						t.Errorf("%s names the parameter %s and does not use it", check.ID, param)
					}
				}
				for param := range params {
					if _, isParameter := h.parameters.Find(param); !isParameter {
						t.Errorf("%s uses data.params.%s, which the profile does not give: the rule would never hold", check.ID, param)
					}
					if !slices.Contains(check.Params, param) {
						t.Errorf("%s uses the parameter %s and does not name it", check.ID, param)
					}
				}
				// sites is what a customer adds to the regions of the reference data; without it there are only those.
				// What ended is in import_export (former_objects); without that section nothing did.
				named := map[string]bool{"at": true, "import_export": true, "contradictions": true, "permissions": true, "metadata": true, "not_applicable": true, "sites": true}
				// A stream holds logs of the domain if a subscription of either duty names it; without the section none does.
				if slices.Contains(check.Evidence, "/log_streams/streams") {
					named["service_logs"], named["control_plane_logs"] = true, true
				}
				// Countries that a decision allows, and programs that request changes: without the section there are none.
				if slices.Contains(check.Evidence, "/destruction/residual_copy_count") {
					named["location"] = true
				}
				if slices.Contains(check.Evidence, "/administration/change_count_90d") {
					named["people"] = true
				}
				for _, pointer := range check.Evidence {
					parts, err := document.Split(pointer)
					must(t, err)
					named[parts[0]] = true
					if !fields[pointer] {
						t.Errorf("%s needs %s, which the schema does not know", check.ID, pointer)
					}
				}
				for section := range sections {
					if !named[section] {
						t.Errorf("%s reads input.%s and names no evidence there", check.ID, section)
					}
				}
			}
		})
	}
	form, err := h.format.Describe()
	must(t, err)
	for _, section := range form.Sections() {
		if h.format.Freshness[section] == "" && form.Properties.Forms[section].Informative == "" {
			t.Errorf("section %s has no x-freshness: it would never grow stale", section)
		}
	}
	for _, parameter := range h.plan.Parameters() {
		used[parameter] = true
	}
	for _, parameter := range h.format.Freshness {
		used[parameter] = true
		if _, isParameter := h.parameters.Find(parameter); !isParameter {
			t.Errorf("x-freshness names %s, which the profile does not give", parameter)
		}
	}
	for _, name := range []string{
		"waiver_max_days", "waived_checks_max_percent", "critical_check_grades", "high_check_grades", "medium_check_grades", "low_check_grades",
	} { // the engine reads them
		used[name] = true
	}
	for _, p := range h.parameters.All() {
		if !used[p.Name] {
			t.Errorf("%s:%d: parameter %s is used by no check", p.File, p.Line, p.Name)
		}
	}
}

// reads follows the rules of a check through their helpers and collects the sections of the input and the parameters it reads.
func reads(compiler *ast.Compiler, rules []*ast.Rule) (sections, params map[string]bool) {
	sections, params = map[string]bool{}, map[string]bool{}
	seen := map[*ast.Rule]bool{}
	var follow func(*ast.Rule)
	follow = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			switch {
			case ref.HasPrefix(ast.InputRootRef) && len(ref) > 1:
				if section, ok := ref[1].Value.(ast.String); ok {
					sections[string(section)] = true
				}
			case ref.HasPrefix(ast.MustParseRef("data.okms")) && !ref.HasPrefix(r.Module.Package.Path):
				sections[ref.String()+" (another duty's rule)"] = true
			case ref.HasPrefix(ast.MustParseRef("data.params")) && len(ref) > 2:
				if param, ok := ref[2].Value.(ast.String); ok {
					params[string(param)] = true
				}
			}
			return false
		})
		for dependency := range compiler.Graph.Dependencies(r) {
			if next, ok := dependency.(*ast.Rule); ok {
				follow(next)
			}
		}
	}
	for _, rule := range rules {
		follow(rule)
	}
	return sections, params
}

func TestEveryDutyIsWellChecked(t *testing.T) {
	h := load(t)
	reading, err := h.catalog.Reading("kb0065221")
	must(t, err)
	declared, total := 0, 0
	for _, activity := range reading.Activities {
		if !activity.Duty() {
			continue
		}
		count := 0
		for _, check := range h.set.Checks() {
			if check.DutyID != activity.ID || check.Applicability {
				continue
			}
			count++
			total++
			if !check.Declared {
				continue
			}
			declared++
			if !slices.ContainsFunc(check.Evidence, func(p string) bool { return strings.HasSuffix(p, "/artifact") }) {
				t.Errorf("%s rests on a declaration and names no artifact that shows it", check.ID)
			}
		}
		if count < 3 {
			t.Errorf("duty %s (%s) has %d checks, wanted are three or more", activity.ID, activity.Name, count)
		}
	}
	if total < 90 {
		t.Errorf("%d checks in all, wanted are 90 or more", total)
	}
	if declared*5 > total {
		t.Errorf("%d of %d checks rest on a declaration, wanted is at most a fifth", declared, total)
	}
}
