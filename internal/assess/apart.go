package assess

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"raci-check/internal/engine"
	"raci-check/internal/ruleset"
	"raci-check/internal/sandbox"
)

// divided evaluates shipped packages in this process, and those that were added apart from it.
type divided struct {
	shipped engine.Evaluator // nil where a whole catalog was added
	added   *sandbox.Evaluator
	isAdded map[string]bool // by package
}

// apart starts the process that evaluates what was added. The shipped packages are compiled without it, so that no added
// rule can change what they find.
func apart(ctx context.Context, rules ruleset.Ruleset, config engine.Config, worker []string) (*divided, error) {
	sources, err := rules.Sources()
	if err != nil {
		return nil, err
	}
	data := engine.Data(config.Parameters, config.Reference, config.Activities)
	d := &divided{isAdded: map[string]bool{}}
	if base, ok := rules.Base(); ok {
		policies, err := base.Policies()
		if err != nil {
			return nil, err
		}
		d.shipped, err = engine.NewLocal(ctx, engine.LocalConfig{Policies: policies, Data: data, Deadline: config.Deadline, Proven: true})
		if err != nil {
			return nil, err
		}
	}
	packages := map[string]string{}
	for _, duty := range config.Policies.Duties {
		if rules.Own(duty.File) {
			name := config.Policies.Root + "." + duty.Name
			packages[name], d.isAdded[name] = duty.File, true
		}
	}
	d.added, err = sandbox.New(ctx, sandbox.Options{
		Command: worker, Root: config.Policies.Root, Modules: sources, Packages: packages, Data: data, Deadline: config.Deadline,
	})
	return d, err
}

func (d *divided) Evaluate(ctx context.Context, input ast.Object, packages []string) ([]engine.Outcome, error) {
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
			found, err := evaluator.Evaluate(ctx, input, names[kind])
			if err != nil {
				return err
			}
			for k, place := range places[kind] {
				outcomes[place] = found[k]
			}
			return nil
		})
	}
	return outcomes, group.Wait()
}
