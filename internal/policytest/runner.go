package policytest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
)

const (
	// testPrefix begins the names of rules that are tests, and skipPrefix those of tests that are not run.
	testPrefix = "test_"
	skipPrefix = "todo_test_"
)

// testRule is a rule that is a test, as `opa test` sees it.
type testRule struct {
	*ast.Rule
	ref       ast.Ref // its name in the package: what follows are the names of cases
	isSkipped bool
}

func (r testRule) full() ast.Ref { return r.Module.Package.Path.Extend(r.ref) }

// testOfRule says whether a rule is a test.
func testOfRule(rule *ast.Rule) (testRule, bool) {
	ref := rule.Head.Ref().GroundPrefix()
	for i, term := range ref {
		var name string
		switch value := term.Value.(type) {
		case ast.Var:
			name = string(value)
		case ast.String:
			name = string(value)
		}
		if isSkipped := strings.HasPrefix(name, skipPrefix); isSkipped || strings.HasPrefix(name, testPrefix) {
			return testRule{rule, ref[: i+1 : i+1], isSkipped}, true
		}
	}
	return testRule{}, false
}

// testRules are the tests of some modules, by file and then as they are written.
func testRules(modules map[string]*ast.Module) []testRule {
	var all []testRule
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		for _, rule := range modules[file].Rules {
			if test, isTest := testOfRule(rule); isTest {
				all = append(all, test)
			}
		}
	}
	return all
}

// compileTests compiles policies and their tests together, as `opa test` does: tests of one name are numbered, and the cases of a test are noted
// when it is evaluated.
func compileTests(modules map[string]*ast.Module) (*ast.Compiler, error) {
	stage := func(name string, change func([]testRule)) ast.CompilerStageDefinition {
		return ast.CompilerStageDefinition{Name: name, MetricName: name, Stage: func(c *ast.Compiler) *ast.Error {
			change(slices.DeleteFunc(testRules(c.Modules), func(test testRule) bool { return test.isSkipped }))
			return nil
		}}
	}
	compiler := ast.NewCompiler().WithCapabilities(deterministic()).WithEnablePrintStatements(true).
		WithStageAfterID(ast.StageRewriteRuleHeadRefs, stage("number_tests", numberTests)).
		WithStageAfterID(ast.StageRewriteLocalVars, stage("note_cases", noteCases))
	if compiler.Compile(modules); compiler.Failed() {
		return nil, fmt.Errorf("compile tests: %w", policy.Refused(compiler.Errors))
	}
	return compiler, nil
}

// numberTests gives tests that have the name of one before a number: else they would be one rule.
func numberTests(tests []testRule) {
	counts := map[string]int{}
	for _, test := range tests {
		key := test.full().String()
		counts[key]++
		if counts[key] == 1 {
			continue
		}
		last := len(test.ref) - 1
		ref := slices.Clone(test.Head.Ref())
		if name := fmt.Sprintf("%s#%02d", strings.Trim(ref[last].String(), `"`), counts[key]-1); last == 0 {
			ref[last] = ast.VarTerm(name)
		} else {
			ref[last] = ast.StringTerm(name)
		}
		test.Head.SetRef(ref)
	}
}

// result is what came of a test.
type result struct {
	Test
	rule  testRule
	cases cases            // those of a test that has several
	trace []*topdown.Event // if it was watched
}

// run runs tests side by side; watch answers what watches one, if anything does.
func (s *subject) run(ctx context.Context, tests []testRule, watch func() topdown.QueryTracer) ([]result, error) {
	results, store := make([]result, len(tests)), s.store()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, test := range tests {
		group.Go(func() error {
			results[i] = runTest(ctx, s.compiler, store, test, watch())
			return ctx.Err()
		})
	}
	return results, group.Wait()
}

func runTest(ctx context.Context, compiler *ast.Compiler, store storage.Store, test testRule, watching topdown.QueryTracer) result {
	r := result{rule: test, Test: Test{
		Package: strings.TrimPrefix(test.Module.Package.Path.String(), "data."), Name: test.ref.String(), File: test.Loc().File, Line: test.Loc().Row,
	}}
	if test.isSkipped {
		r.Status = Skip
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, testDeadline)
	defer cancel()
	var (
		value     any
		isDefined bool
		printed   bytes.Buffer
		refused   []topdown.Error // by builtins
	)
	noting := &caseTracer{BufferTracer: topdown.NewBufferTracer()}
	query, err := rego.NewQuery(compiler, store, ast.NewTerm(test.full()), nil, nil)
	if err == nil {
		value, isDefined, err = query.Eval(ctx, func(q *topdown.Query) {
			q.WithPrintHook(topdown.NewPrintHook(&printed)).WithBuiltinErrorList(&refused).WithQueryTracer(watching)
			if test.Head.DocKind() == ast.PartialObjectDoc {
				q.WithQueryTracer(noting)
			}
		})
	}
	if events, isTrace := watching.(*topdown.BufferTracer); isTrace {
		r.trace = *events
	}
	r.Output = printed.String()
	switch object, isObject := value.(map[string]any); {
	case err != nil:
		r.Status, r.Message = Error, err.Error()
	case len(refused) > 0:
		var messages []string
		for _, err := range refused {
			messages = append(messages, err.Error())
		}
		r.Status, r.Message = Error, strings.Join(messages, "; ")
	case isDefined && isObject && test.Head.DocKind() == ast.PartialObjectDoc:
		r.cases = casesOf(object, *noting.BufferTracer)
		r.Status = statusOf(!r.cases.fail())
	default:
		r.Status = statusOf(value == true)
	}
	return r
}

func statusOf(passes bool) Status {
	if passes {
		return Pass
	}
	return Fail
}

// matching are the tests whose package.name a pattern matches; all for none.
func matching(tests []testRule, only *regexp.Regexp) []testRule {
	if only == nil {
		return tests
	}
	return slices.DeleteFunc(slices.Clone(tests), func(test testRule) bool { return !only.MatchString(test.full().String()) })
}
