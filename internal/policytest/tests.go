package policytest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/policy"
)

// Status is what came of a test, or of all.
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
	// Message says of a test that failed where (file:line) which expression did not hold, with the values in it; of one that
	// could not be evaluated why.
	Message string `json:"message,omitempty"`
	Output  string `json:"output,omitempty"` // what it printed
}

// Summary counts the tests.
type Summary struct {
	Pass  int `json:"pass"`
	Fail  int `json:"fail"`
	Error int `json:"error"`
	Skip  int `json:"skip"`
}

func count(tests []Test) Summary {
	var s Summary
	for _, test := range tests {
		switch test.Status {
		case Pass:
			s.Pass++
		case Fail:
			s.Fail++
		case Error:
			s.Error++
		case Skip:
			s.Skip++
		}
	}
	return s
}

// Coverage is how many of the lines of the policies and helpers under test the tests reach; of the tested policies alone
// where not all tests are run.
type Coverage struct {
	Percent float64 `json:"percent"`
	Reached int     `json:"reached"` // lines
	Lines   int     `json:"lines"`   // that can be reached
	Gaps    []Gap   `json:"gaps"`
}

// Gap is a run of lines that no test reaches.
type Gap struct {
	File string `json:"file"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// testDeadline ends one test: far more than any needs, also on a loaded machine.
const testDeadline = time.Minute

// test runs the tests that match, or all, and says which lines they reached.
func (s *subject) test(ctx context.Context, only *regexp.Regexp) ([]Test, Coverage, error) {
	reached := cover.New()
	results, err := s.run(ctx, only, func(r *tester.Runner) {
		s.compiler = ast.NewCompiler().WithCapabilities(deterministic()).WithEnablePrintStatements(true)
		r.SetCompiler(s.compiler).SetCoverageRuns(nil).SetCoverageQueryTracer(reached)
	})
	if err != nil {
		return nil, Coverage{}, err
	}
	if !slices.ContainsFunc(results, func(r *tester.Result) bool { return !r.Skip }) {
		return nil, Coverage{}, s.nothing(ctx, only, len(results))
	}
	tests := make([]Test, 0, len(results))
	for _, result := range results {
		tests = append(tests, testOf(result))
	}
	slices.SortFunc(tests, func(a, b Test) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Name, b.Name))
	})
	if err := s.explain(ctx, tests); err != nil {
		return nil, Coverage{}, err
	}
	modules := s.own
	if only != nil {
		modules = map[string]*ast.Module{}
		for _, duty := range s.tested(tests) {
			modules[duty.File] = s.own[duty.File]
		}
	}
	return tests, covered(reached.Report(modules), modules), nil
}

// nothing says why no test ran.
func (s *subject) nothing(ctx context.Context, only *regexp.Regexp, skipped int) error {
	switch {
	case skipped > 0:
		return fmt.Errorf("%w: all %d that match are skipped, as their names begin with %s", ErrNoTests, skipped, tester.SkipTestPrefix)
	case only == nil:
		return fmt.Errorf("%w: there are no tests; write rules %s… in a file <policy>_test.rego beside each policy", ErrNoTests, tester.TestPrefix)
	}
	all, err := s.run(ctx, nil, func(*tester.Runner) {})
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: none of %d matches %q, which is compared with package.name, such as data.okms.backups_test.test_policy_owned_passes", ErrNoTests, len(all), only)
}

// run runs tests; how says what is watched meanwhile.
func (s *subject) run(ctx context.Context, only *regexp.Regexp, how func(*tester.Runner)) ([]*tester.Result, error) {
	store := s.store()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("run tests: %w", err)
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().SetStore(store).SetModules(s.modules()).SetTimeout(testDeadline).RaiseBuiltinErrors(true)
	how(runner)
	if only != nil {
		runner.Filter(only.String())
	}
	stream, err := runner.RunTests(ctx, txn)
	if err != nil {
		return nil, fmt.Errorf("compile tests: %w", policy.Refused(err))
	}
	var results []*tester.Result
	for result := range stream {
		results = append(results, result)
	}
	return results, ctx.Err()
}

func testOf(result *tester.Result) Test {
	test := Test{Package: strings.TrimPrefix(result.Package, "data."), Name: result.Name, Status: Fail, Output: string(result.Output)}
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
	return test
}

// explain runs the tests that failed once more, and watches what did not hold.
func (s *subject) explain(ctx context.Context, tests []Test) error {
	failed := map[string]int{}
	var names []ast.Ref
	for i, test := range tests {
		if test.Status != Fail {
			continue
		}
		failed[test.Package+"."+test.Name], tests[i].Message = i, neverTrue
		// A test that stands several times is run under a name with a number, but found under its own.
		name, _, _ := strings.Cut(test.Name, "#")
		ref, err := ast.ParseRef("data." + test.Package + "." + name)
		if err != nil {
			continue // a rule with a name in brackets: it is listed without its expression
		}
		names = append(names, ref)
	}
	if len(names) == 0 {
		return nil
	}
	results, err := s.run(ctx, nil, func(r *tester.Runner) { r.SetPrefixMatchers(names...).EnableTracing(true) })
	if err != nil {
		return err
	}
	for _, result := range results {
		if i, ok := failed[strings.TrimPrefix(result.Package, "data.")+"."+result.Name]; ok {
			tests[i].Message = failure(result)
		}
	}
	return nil
}

// neverTrue is the message of a test where no expression of it can be named.
const neverTrue = "the test is not true"

// failure is the last expression that did not hold, with the values in it, and the cases of a test that has several.
func failure(result *tester.Result) string {
	var out bytes.Buffer
	for path, sub := range result.SubResults.Iter {
		if sub.Fail && len(sub.SubResults) == 0 {
			fmt.Fprintf(&out, "case %s\n", strings.Join(path, "/"))
		}
	}
	for _, event := range slices.Backward(result.Trace) {
		expr, isExpr := event.Node.(*ast.Expr)
		if event.Op != topdown.FailOp || event.Location == nil || event.QueryID == 0 || !isExpr {
			continue
		}
		if _, isEvery := expr.Terms.(*ast.Every); isEvery {
			continue // what did not hold stands inside it
		}
		fmt.Fprintf(&out, "%s:%d:\n", event.Location.File, event.Location.Row)
		var shown bytes.Buffer
		if err := topdown.PrettyEvent(&shown, event, topdown.PrettyEventOpts{PrettyVars: true}); err != nil {
			return neverTrue
		}
		out.WriteString(dedent(shown.String()))
		break
	}
	return cmp.Or(strings.TrimSpace(out.String()), neverTrue)
}

// dedent takes away the space that all lines begin with: OPA keeps the column of the expression.
func dedent(text string) string {
	least := len(text)
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeft(line, " \t"); strings.TrimSpace(rest) != "" {
			least = min(least, len(line)-len(rest))
		}
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(line[min(least, len(line)-1):])
	}
	return out.String()
}

// tested are the duties whose tests are among these.
func (s *subject) tested(tests []Test) []policy.Duty {
	var duties []policy.Duty
	for _, duty := range s.duties {
		if slices.ContainsFunc(tests, func(t Test) bool { return t.Package == s.testPackage(duty) }) {
			duties = append(duties, duty)
		}
	}
	return duties
}

func (s *subject) packageOf(duty policy.Duty) string { return s.policies.Root + "." + duty.Name }

func (s *subject) testPackage(duty policy.Duty) string { return s.packageOf(duty) + "_test" }

// covered reads what the tests reached.
func covered(report cover.Report, modules map[string]*ast.Module) Coverage {
	c := Coverage{Gaps: []Gap{}}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		fileReport := report.Files[file]
		if fileReport == nil {
			continue
		}
		c.Reached += fileReport.CoveredLines
		c.Lines += fileReport.CoveredLines + fileReport.NotCoveredLines
		from := len(c.Gaps)
		for _, gap := range fileReport.NotCovered { // by line; what stands on one line, or goes on in the next, is one gap
			if n := len(c.Gaps); n > from && gap.Start.Row <= c.Gaps[n-1].To+1 {
				c.Gaps[n-1].To = max(c.Gaps[n-1].To, gap.End.Row)
				continue
			}
			c.Gaps = append(c.Gaps, Gap{file, gap.Start.Row, gap.End.Row})
		}
	}
	if c.Lines > 0 {
		c.Percent = float64(c.Reached) / float64(c.Lines) * 100
	}
	return c
}

// deterministic is what tests may call: all of OPA but what reaches out, reads the clock or draws lots.
func deterministic() *ast.Capabilities {
	all := *ast.CapabilitiesForThisVersion()
	all.Builtins = slices.DeleteFunc(slices.Clone(all.Builtins), func(b *ast.Builtin) bool { return b.Nondeterministic })
	all.AllowNet = []string{}
	return &all
}
