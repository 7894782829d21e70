package policytest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
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

// testDeadline ends one test: far more than any needs, also on a loaded machine.
const testDeadline = time.Minute

// test runs the tests that match, or all, and says which lines they reached.
func (s *subject) test(ctx context.Context, only *regexp.Regexp) ([]Test, Coverage, error) {
	var err error
	if s.compiler, err = compileTests(s.modules()); err != nil {
		return nil, Coverage{}, err
	}
	all := testRules(s.compiler.Modules)
	reached := &reached{at: map[*ast.Location]bool{}}
	results, err := s.run(ctx, matching(all, only), func() topdown.QueryTracer { return reached })
	if err != nil {
		return nil, Coverage{}, err
	}
	if !slices.ContainsFunc(results, func(r result) bool { return r.Status != Skip }) {
		return nil, Coverage{}, nothing(only, len(results), len(all))
	}
	if err := s.explain(ctx, results); err != nil {
		return nil, Coverage{}, err
	}
	tests := make([]Test, len(results))
	for i, result := range results {
		tests[i] = result.Test
	}
	slices.SortFunc(tests, func(a, b Test) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Name, b.Name))
	})
	modules := s.own
	if only != nil {
		modules = map[string]*ast.Module{}
		for _, duty := range s.tested(tests) {
			modules[duty.File] = s.own[duty.File]
		}
	}
	return tests, reached.covered(modules), nil
}

// nothing says why no test ran.
func nothing(only *regexp.Regexp, skipped, all int) error {
	switch {
	case skipped > 0:
		return fmt.Errorf("%w: all %d that match are skipped, as their names begin with %s", ErrNoTests, skipped, skipPrefix)
	case only == nil:
		return fmt.Errorf("%w: there are no tests; write rules %s… in a file <policy>_test.rego beside each policy", ErrNoTests, testPrefix)
	}
	return fmt.Errorf("%w: none of %d matches %q, which is compared with package.name, such as data.okms.backups_test.test_policy_owned_passes", ErrNoTests, all, only)
}

// explain runs the tests that failed once more, and watches what did not hold.
func (s *subject) explain(ctx context.Context, results []result) error {
	var failed []testRule
	for _, result := range results {
		if result.Status == Fail {
			failed = append(failed, result.rule)
		}
	}
	again, err := s.run(ctx, failed, func() topdown.QueryTracer { return topdown.NewBufferTracer() })
	if err != nil {
		return err
	}
	for i := range results {
		if results[i].Status == Fail {
			results[i].Message, again = failure(again[0]), again[1:]
		}
	}
	return nil
}

// neverTrue is the message of a test where no expression of it can be named.
const neverTrue = "the test is not true"

// failure is the last expression that did not hold, with the values in it, and the cases of a test that has several.
func failure(watched result) string {
	var out bytes.Buffer
	for _, name := range watched.cases.failed() {
		fmt.Fprintf(&out, "case %s\n", name)
	}
	for _, event := range slices.Backward(watched.trace) {
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

// deterministic is what tests may call: all of OPA but what reaches out, reads the clock or draws lots.
func deterministic() *ast.Capabilities {
	all := *ast.CapabilitiesForThisVersion()
	all.Builtins = slices.DeleteFunc(slices.Clone(all.Builtins), func(b *ast.Builtin) bool { return b.Nondeterministic })
	all.AllowNet = []string{}
	return &all
}
