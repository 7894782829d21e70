package rego

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
)

// errUndefined says that a package has no findings at all, not even none.
var errUndefined = errors.New("the result is undefined")

// local evaluates policies in this process.
type local struct {
	prepare  func(name string) (*Query, error)
	packages map[string]*Query
	deadline time.Duration // of one package on a few thousand records; zero for none
	running  atomic.Int64  // evaluations
	kept     *keptInput    // nil where inputs have little in common

	answers *answers // of inputs before; nil where they are not shared

	dependences func() (*dependences, error)

	mutex  sync.Mutex
	checks map[string]*Query // those that were asked for
}

// LocalConfig is all that policies are evaluated with in this process.
type LocalConfig struct {
	Policies *policy.Set
	Data     map[string]any // see engine.Config.Data
	// Deadline ends the evaluation of one package, with ErrDeadline; zero for none. Where the input has very many records, it is as much longer.
	Deadline time.Duration
	// Again says that most of an input is often that of the input before: the same objects and lists, which nobody changes.
	Again bool
	// Shares says that there may be many inputs that have whole fields in common. It is not for policies with a deadline.
	Shares bool
}

// ErrDeadline says that a package took too long.
var ErrDeadline = errors.New("the policy took longer than it may (--policy-time allows more)")

// NewLocal compiles policies.
func NewLocal(ctx context.Context, config LocalConfig) (engine.Evaluator, error) {
	compiler, err := Compile(config.Policies)
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromObjectWithOpts(config.Data, inmem.OptRoundTripOnWrite(true), inmem.OptReturnASTValuesOnRead(true))
	comparing := twins()
	l := &local{
		packages: make(map[string]*Query, len(config.Policies.Duties)), checks: map[string]*Query{}, deadline: config.Deadline,
		prepare: func(name string) (*Query, error) {
			ref, err := ast.ParseRef("data." + name)
			if err != nil {
				return nil, err
			}
			query, err := NewQuery(compiler, store, ast.NewTerm(ref), nil, nil)
			if err != nil {
				return nil, err
			}
			query.builtins = comparing
			return query, nil
		},
		dependences: sync.OnceValues(func() (*dependences, error) { return dependencesOf(config.Policies, compiler), nil }),
	}
	if config.Again {
		l.kept = &keptInput{names: fields{}, parts: map[string]keptPart{}}
	}
	if config.Shares && config.Deadline == 0 {
		l.answers = &answers{}
	}
	for _, p := range config.Policies.Duties {
		name := config.Policies.Root + "." + p.Name
		if l.packages[name], err = l.prepare(name + ".findings"); err != nil {
			return nil, fmt.Errorf("%s: prepare: %w", p.File, err)
		}
	}
	return l, nil
}

// NewEngine makes an engine whose policies are compiled and evaluated in this process; the deadline is that of one package.
func NewEngine(ctx context.Context, config engine.Config, deadline time.Duration) (*engine.Engine, error) {
	var err error
	config.Evaluator, err = NewLocal(ctx, LocalConfig{
		Policies: config.Policies, Data: config.Data(), Deadline: deadline,
	})
	if err != nil {
		return nil, err
	}
	return engine.New(config)
}

// Evaluate evaluates the packages side by side, on as many processors as other evaluations leave.
func (l *local) Evaluate(ctx context.Context, plain map[string]any, packages []string) ([]engine.Outcome, error) {
	if l.answers.begun() {
		return l.evaluateShared(ctx, plain, packages)
	}
	queries := make([]*Query, len(packages))
	for i, name := range packages {
		queries[i] = l.packages[name]
	}
	return l.evaluate(ctx, plain, queries, nil)
}

// EvaluateChecks is Evaluate of single checks.
func (l *local) EvaluateChecks(ctx context.Context, plain map[string]any, checks []string) (_ []engine.Outcome, err error) {
	queries := make([]*Query, len(checks))
	for i, name := range checks {
		if queries[i], err = l.check(name); err != nil {
			return nil, err
		}
	}
	return l.evaluate(ctx, plain, queries, nil)
}

// check prepares a check the first time that it is asked for.
func (l *local) check(name string) (query *Query, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	query, ready := l.checks[name]
	if ready {
		return query, nil
	}
	if query, err = l.prepare(name); err != nil {
		return query, fmt.Errorf("%s: prepare: %w", name, err)
	}
	l.checks[name] = query
	return query, nil
}

// evaluate evaluates queries; clocks note what they ask of the time, where that is asked for.
func (l *local) evaluate(ctx context.Context, plain map[string]any, queries []*Query, noting *clocks) ([]engine.Outcome, error) {
	input, err := l.object(plain, noting)
	if err != nil {
		return nil, err
	}
	outcomes := make([]engine.Outcome, len(queries))
	var deadline time.Duration
	if l.deadline > 0 {
		deadline = l.deadline * time.Duration(1+noting.records(plain)/recordsPerDeadline)
	}
	processors := runtime.GOMAXPROCS(0) / int(l.running.Add(1))
	defer l.running.Add(-1)
	var next atomic.Int64
	work := func() {
		// What helpers answer about the input is kept from package to package, but not past an error: an evaluation
		// that ended early may have left answers that it had not confirmed.
		ctx, answers := noting.start(ctx), topdown.NewVirtualCache()
		for i := int(next.Add(1)) - 1; i < len(queries); i = int(next.Add(1)) - 1 {
			if outcomes[i].Findings, outcomes[i].Err = findings(ctx, queries[i], deadline, evaluation{input, answers}); outcomes[i].Err != nil {
				answers = topdown.NewVirtualCache()
			}
		}
	}
	var helpers sync.WaitGroup
	for range min(processors, len(queries)) - 1 {
		helpers.Go(work)
	}
	work()
	helpers.Wait()
	return outcomes, nil
}

// object is the input as OPA takes it.
func (l *local) object(plain map[string]any, noting *clocks) (ast.Object, error) {
	switch {
	case noting != nil:
		return noting.kept.object(plain)
	case l.kept != nil:
		return l.kept.object(plain)
	}
	return fields{}.object(plain)
}

// recordsPerDeadline is how many records the deadline of a package is meant for. The shipped packages together need about a second for
// them.
const recordsPerDeadline = 5_000

// records counts the items of all lists in a value.
func records(value any) (n int) {
	switch v := value.(type) {
	case map[string]any:
		for _, below := range v {
			n += records(below)
		}
	case []any:
		n = len(v)
		for _, item := range v {
			n += records(item)
		}
	}
	return n
}

// evaluation is what a package is evaluated on.
type evaluation struct {
	input   ast.Object
	answers topdown.VirtualCache
}

func findings(ctx context.Context, query *Query, deadline time.Duration, on evaluation) (any, error) {
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, deadline, fmt.Errorf("%w: %s", ErrDeadline, deadline))
		defer cancel()
	}
	value, isDefined, err := query.Eval(ctx, func(q *topdown.Query) {
		q.WithInput(ast.NewTerm(on.input)).WithVirtualCache(on.answers).WithStrictBuiltinErrors(true)
	})
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrDeadline) {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	if !isDefined {
		return nil, errUndefined
	}
	return value, nil
}

// Compile compiles policies: strictly, with the builtins that policies may call, and with small helpers in place. Of those that
// are compiled already, it builds what rules are looked up by.
func Compile(set *policy.Set) (*ast.Compiler, error) {
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithStrict(true)
	if set.Compiled {
		return index(compiler, set.Modules), nil
	}
	inline := func(c *ast.Compiler) *ast.Error {
		if err := Inline(c.Modules); err != nil {
			return ast.NewError(ast.CompileErr, nil, "%v", err)
		}
		watchTime(c.Modules)
		return nil
	}
	compiler.WithStageAfterID(ast.StageCheckDeprecatedBuiltins, ast.CompilerStageDefinition{Name: "Inline", MetricName: "inline", Stage: inline})
	if compiler.Compile(set.Modules); compiler.Failed() {
		return nil, fmt.Errorf("compile policies: %w", policy.Refused(compiler.Errors))
	}
	return compiler, nil
}

// index puts modules that are compiled into the compiler, which then builds what it looks rules up by.
func index(compiler *ast.Compiler, modules map[string]*ast.Module) *ast.Compiler {
	skipped := slices.DeleteFunc(ast.AllStages(), func(stage ast.StageID) bool {
		return stage == ast.StageSetModuleTree || stage == ast.StageSetRuleTree || stage == ast.StageBuildRuleIndices
	})
	// Compile copies the modules that it is given; these need not be.
	put := func(c *ast.Compiler) *ast.Error {
		c.Modules, c.ModuleTree = modules, ast.NewModuleTree(modules)
		return nil
	}
	compiler.WithSkipStages(skipped...).
		WithStageAfterID(ast.StageSetModuleTree, ast.CompilerStageDefinition{Name: "PutModules", MetricName: "put_modules", Stage: put}).
		Compile(nil)
	return compiler
}
