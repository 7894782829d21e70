// Package prove runs the tests of policies, says which lines they reach, and whether the checks bite: it takes the fixture
// that passes, spoils it in one place after the other, and lists the places where no check notices.
package prove

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"raci-check/internal/engine"
	"raci-check/internal/policy"
	"raci-check/internal/ruleset"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/test/v1"

// Report is the result of the tests of a ruleset.
type Report struct {
	Schema   string   `json:"schema"`
	Tests    []Test   `json:"tests"`
	Coverage Coverage `json:"coverage"`
	Mutation Mutation `json:"mutation"`
}

// Status is what came of a test.
type Status string

// What can come of a test.
const (
	Pass  Status = "pass"
	Fail  Status = "fail"
	Error Status = "error" // it could not be evaluated
	Skip  Status = "skip"  // its name begins with todo_
)

// Test is one rule test_… of a test package.
type Test struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Status  Status `json:"status"`
	Message string `json:"message,omitempty"`
}

// Coverage is how many of the policies' lines a test reaches.
type Coverage struct {
	Percent float64 `json:"percent"`
	Gaps    []Gap   `json:"gaps"`
}

// Gap is a row of lines that no test reaches.
type Gap struct {
	File string `json:"file"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// Failed counts the tests that did not pass.
func (r *Report) Failed() int {
	n := 0
	for _, test := range r.Tests {
		if test.Status == Fail || test.Status == Error {
			n++
		}
	}
	return n
}

// Options say what is run.
type Options struct {
	Profile string         // gives the parameters
	Run     *regexp.Regexp // only tests whose package.name it matches; nil for all
}

// Run tests a ruleset: what was added to the shipped one, or the shipped one itself.
func Run(ctx context.Context, rules ruleset.Ruleset, o Options) (*Report, error) {
	policies, err := rules.Policies()
	if err != nil {
		return nil, err
	}
	tests, err := rules.Tests()
	if err != nil {
		return nil, err
	}
	data, err := dataOf(rules, o.Profile)
	if err != nil {
		return nil, err
	}
	modules := maps.Clone(policies.Modules)
	maps.Copy(modules, tests)
	store := inmem.NewFromObject(data)
	report := &Report{Schema: SchemaID, Tests: []Test{}}
	coverage := cover.New()
	if err := report.run(ctx, store, modules, coverage, o.Run); err != nil {
		return nil, err
	}
	own := map[string]*ast.Module{}
	for file, module := range policies.Modules {
		if rules.Own(file) {
			own[file] = module
		}
	}
	report.Coverage = covered(coverage.Report(own), own)
	var duties []policy.Duty
	for _, duty := range policies.Duties {
		if rules.Own(duty.File) {
			duties = append(duties, duty)
		}
	}
	report.Mutation, err = mutate(ctx, policies.Root, duties, modules, store)
	return report, err
}

// dataOf is what the policies see as data, as in an assessment.
func dataOf(rules ruleset.Ruleset, profile string) (map[string]any, error) {
	parameters, err := rules.Parameters(profile)
	if err != nil {
		return nil, err
	}
	reference, err := rules.Reference()
	if err != nil {
		return nil, err
	}
	catalog, _, err := rules.Catalog()
	if err != nil {
		return nil, err
	}
	reading, err := catalog.Reading("")
	if err != nil {
		return nil, err
	}
	return engine.Data(parameters.Values(), reference, reading.Activities), nil
}

func (r *Report) run(ctx context.Context, store storage.Store, modules map[string]*ast.Module, coverage *cover.Cover, only *regexp.Regexp) error {
	txn, err := store.NewTransaction(ctx, storage.TransactionParams{})
	if err != nil {
		return fmt.Errorf("run tests: %w", err)
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().SetStore(store).SetModules(modules).SetCoverageQueryTracer(coverage).RaiseBuiltinErrors(true)
	if only != nil {
		runner = runner.Filter(only.String())
	}
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return fmt.Errorf("run tests: %w", err)
	}
	for result := range results {
		test := Test{Package: strings.TrimPrefix(result.Package, "data."), Name: result.Name, Status: Fail}
		if result.Location != nil {
			test.File, test.Line = result.Location.File, result.Location.Row
		}
		switch {
		case result.Error != nil:
			test.Status, test.Message = Error, result.Error.Error()
		case result.Skip:
			test.Status = Skip
		case result.Pass():
			test.Status = Pass
		}
		r.Tests = append(r.Tests, test)
	}
	slices.SortFunc(r.Tests, func(a, b Test) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

// covered reads what the tests reached. A file that none reached is not in OPA's report: all its lines are a gap.
func covered(report cover.Report, modules map[string]*ast.Module) Coverage {
	c := Coverage{Gaps: []Gap{}}
	reached, all := 0, 0
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		found, there := report.Files[file]
		if !there {
			if last := lastLine(modules[file]); last > 0 {
				c.Gaps = append(c.Gaps, Gap{file, 1, last})
				all += last
			}
			continue
		}
		reached += found.CoveredLines
		all += found.CoveredLines + found.NotCoveredLines
		for _, gap := range found.NotCovered {
			c.Gaps = append(c.Gaps, Gap{file, gap.Start.Row, gap.End.Row})
		}
	}
	if all > 0 {
		c.Percent = float64(reached) / float64(all) * 100
	}
	return c
}

func lastLine(module *ast.Module) int {
	last := 0
	for _, rule := range module.Rules {
		last = max(last, rule.Location.Row)
	}
	return last
}
