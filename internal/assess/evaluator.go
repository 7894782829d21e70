package assess

import (
	"cmp"
	"context"
	"runtime"

	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/opaclient"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// evaluator chooses what evaluates the policies: a server, processes of their own if some policies are added, or this process.
// end stops what it started. again says that little changes between the inputs.
func (o Options) evaluator(ctx context.Context, rules ruleset.Ruleset, config engine.Config, again bool) (evaluator engine.Evaluator, end func(), err error) {
	switch {
	case o.Server != nil:
		built, err := Bundle(rules, o)
		if err != nil {
			return nil, nil, err
		}
		options := *o.Server
		options.Revision = built.Revision
		evaluator, err = opaclient.New(options)
		return evaluator, func() {}, err
	case !rules.IsShipped() && len(o.Worker) > 0:
		workers, err := o.apart(ctx, rules, config)
		if err != nil {
			return nil, nil, err
		}
		return workers, workers.Close, nil
	default:
		local := rego.LocalConfig{Policies: config.Policies, Data: config.Data(), Again: again, Shares: !again}
		if !rules.IsShipped() {
			local.Deadline = o.policyTime()
		}
		evaluator, err = rego.NewLocal(ctx, local)
		return evaluator, func() {}, err
	}
}

// parallel is how many services are judged at once.
func (o Options) parallel() int {
	if o.Server != nil {
		return cmp.Or(o.Parallel, opaclient.Parallel())
	}
	return cmp.Or(o.Parallel, runtime.GOMAXPROCS(0))
}

// Bundle makes the bundle of the rules that an assessment with the options is made by.
func Bundle(rules ruleset.Ruleset, o Options) (*bundle.Bundle, error) {
	parameters, _, err := Parameters(rules, o)
	if err != nil {
		return nil, err
	}
	return bundle.Build(bundle.Rules{Ruleset: rules, Reading: o.Reading, Parameters: parameters})
}
