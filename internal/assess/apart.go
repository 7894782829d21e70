package assess

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sandbox"
)

// divided evaluates shipped packages in this process, and those that were added apart from it.
type divided struct {
	shipped engine.Evaluator // nil where a whole catalog was added
	added   engine.Evaluator
	workers []*sandbox.Evaluator
	isAdded map[string]bool // by package
}

// apart starts the process that evaluates what was added. The shipped packages are compiled without it, so that no added
// rule can change what they find.
func (o Options) apart(ctx context.Context, rules ruleset.Ruleset, config engine.Config) (*divided, error) {
	data := config.Data()
	d := &divided{isAdded: map[string]bool{}}
	work := func(rules ruleset.Ruleset, packages map[string]string) (engine.Evaluator, error) {
		sources, err := rules.Sources()
		if err != nil {
			return nil, err
		}
		evaluator, err := sandbox.New(ctx, sandbox.Options{
			Command: o.Worker, Root: config.Policies.Root, Modules: sources, Packages: packages, Data: data, Deadline: o.policyTime(),
		})
		if err == nil {
			d.workers = append(d.workers, evaluator)
		}
		return evaluator, err
	}
	added, shipped := map[string]string{}, map[string]string{}
	for _, duty := range config.Policies.Duties {
		name := config.Policies.Root + "." + duty.Name
		if d.isAdded[name] = rules.Own(duty.File); d.isAdded[name] {
			added[name] = duty.File
		} else {
			shipped[name] = duty.File
		}
	}
	switch base, ok := rules.Base(); {
	case ok && base.IsShipped():
		policies, err := base.Compiled()
		if err != nil {
			return nil, err
		}
		d.shipped, err = rego.NewLocal(ctx, rego.LocalConfig{Policies: policies, Data: data})
		if err != nil {
			return nil, err
		}
	case ok:
		var err error
		if d.shipped, err = work(base, shipped); err != nil {
			return nil, err
		}
	}
	var err error
	if d.added, err = work(rules, added); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close ends the processes.
func (d *divided) Close() {
	for _, worker := range d.workers {
		worker.Close()
	}
}

func (d *divided) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	names, places := [2][]string{}, [2][]int{}
	for i, name := range packages {
		kind := 0
		if d.isAdded[name] {
			kind = 1
		}
		names[kind], places[kind] = append(names[kind], name), append(places[kind], i)
	}
	outcomes := make([]engine.Outcome, len(packages))
	var group errgroup.Group
	for kind, evaluator := range []engine.Evaluator{d.shipped, d.added} {
		if len(names[kind]) == 0 {
			continue
		}
		group.Go(func() error {
			results, err := evaluator.Evaluate(ctx, input, names[kind])
			if err != nil {
				return err
			}
			for k, place := range places[kind] {
				outcomes[place] = results[k]
			}
			return nil
		})
	}
	return outcomes, group.Wait()
}
