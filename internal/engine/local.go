package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"golang.org/x/sync/errgroup"

	"raci-check/internal/policy"
)

// errUndefined says that a package has no findings at all, not even none.
var errUndefined = errors.New("the result is undefined")

// local evaluates policies in this process.
type local struct {
	queries  map[string]rego.PreparedEvalQuery // by package
	deadline time.Duration                     // of one package; zero for none
	running  atomic.Int64                      // evaluations
	answers  sync.Pool                         // of *answers, empty
}

// LocalConfig is all that policies are evaluated with in this process.
type LocalConfig struct {
	Policies *policy.Set
	Data     map[string]any // see Data
	Deadline time.Duration  // ends the evaluation of one package; zero for none
	Proven   bool           // see Config
}

// NewLocal compiles policies.
func NewLocal(ctx context.Context, config LocalConfig) (Evaluator, error) {
	compilers, err := compile(config)
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromObjectWithOpts(config.Data, inmem.OptRoundTripOnWrite(true), inmem.OptReturnASTValuesOnRead(true))
	l := &local{queries: make(map[string]rego.PreparedEvalQuery, len(config.Policies.Duties)), deadline: config.Deadline}
	l.answers.New = func() any { return newAnswers() }
	for _, p := range config.Policies.Duties {
		name := config.Policies.Root + "." + p.Name
		l.queries[name], err = rego.New(
			rego.Query("data."+name+".findings"),
			rego.Compiler(compilers[p.File]),
			rego.Store(store),
			rego.StrictBuiltinErrors(true),
		).PrepareForEval(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: prepare: %w", p.File, err)
		}
	}
	return l, nil
}

// Evaluate evaluates the packages side by side, on as many processors as other evaluations leave.
func (l *local) Evaluate(ctx context.Context, input ast.Object, packages []string) ([]Outcome, error) {
	outcomes := make([]Outcome, len(packages))
	processors := runtime.GOMAXPROCS(0) / int(l.running.Add(1))
	defer l.running.Add(-1)
	var taken atomic.Int64
	work := func() {
		// What helpers answer about the input is kept from package to package, but not past an error: an evaluation
		// that ended early may have left answers that it had not confirmed.
		known := l.answers.Get().(*answers)
		for i := int(taken.Add(1)) - 1; i < len(packages); i = int(taken.Add(1)) - 1 {
			if outcomes[i].Findings, outcomes[i].Err = l.findings(ctx, packages[i], input, known); outcomes[i].Err != nil {
				known = newAnswers()
			}
		}
		known.forget()
		l.answers.Put(known)
	}
	var others sync.WaitGroup
	for range min(processors, len(packages)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return outcomes, nil
}

func (l *local) findings(ctx context.Context, name string, input ast.Object, known *answers) (any, error) {
	if l.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.deadline)
		defer cancel()
	}
	results, err := l.queries[name].Eval(ctx, rego.EvalParsedInput(input), rego.EvalVirtualCache(known))
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, errUndefined
	}
	return results[0].Expressions[0].Value, nil
}

// compile compiles the policies and answers the compiler of each duty's file. Proven policies are known not to read each
// other, so they are compiled in as many parts as there are processors.
func compile(config LocalConfig) (map[string]*ast.Compiler, error) {
	parts := 1
	if config.Proven {
		parts = min(runtime.GOMAXPROCS(0), len(config.Policies.Duties))
	}
	compilers := make([]*ast.Compiler, parts)
	byFile := make(map[string]*ast.Compiler, len(config.Policies.Duties))
	var group errgroup.Group
	for part := range compilers {
		modules := maps.Clone(config.Policies.Modules)
		compilers[part] = ast.NewCompiler().WithCapabilities(capabilities())
		if config.Proven {
			compilers[part] = compilers[part].WithSkipStages(provenStages...)
		} else {
			compilers[part] = compilers[part].WithStrict(true)
		}
		for i, duty := range config.Policies.Duties {
			if i%parts == part {
				byFile[duty.File] = compilers[part]
			} else {
				delete(modules, duty.File)
			}
		}
		group.Go(func() error {
			if compilers[part].Compile(modules); compilers[part].Failed() {
				return fmt.Errorf("compile policies: %w", policy.Refused(compilers[part].Errors))
			}
			return nil
		})
	}
	return byFile, group.Wait()
}
