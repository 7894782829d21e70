package engine

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/recall"
)

// CheckEvaluator is an Evaluator that can be asked for some checks of a package, too.
type CheckEvaluator interface {
	Evaluator
	// EvaluateChecks answers for each check, such as okms.backups.findings.rpo: the outcome's findings are the list of the check.
	EvaluateChecks(ctx context.Context, input map[string]any, checks []string) ([]Outcome, error)
}

// Reads lists for each package and each of its checks the fields that the findings can depend on, nil for any: fields at the top of the
// input, such as keys, or fields in these, such as keys/service_keys.
type Reads map[string]map[string][]string

// Remember is an evaluator that asks another one only for what an input can have changed since the last time: for checks where it
// takes them, else for packages. It is for evaluations one after the other; side by side, they are right too, and spare less.
func Remember(evaluator Evaluator, reads Reads) Evaluator {
	return &remembering{evaluator: evaluator, reads: reads, last: map[string]*answer{}}
}

type remembering struct {
	evaluator Evaluator
	reads     Reads
	mutex     sync.Mutex
	last      map[string]*answer // by package
	inputs    recall.Memory
}

// answer is what a package found, and in what.
type answer struct {
	input   *map[string]any // shared by all that were asked at once
	outcome Outcome
}

// comparison compares an input with earlier ones, each field once.
type comparison struct {
	input map[string]any
	equal map[compared]bool
}

type compared struct {
	earlier *map[string]any
	field   string
}

// part is the value of a field of an input, which may lead one step further (contradictions/keys).
func part(input map[string]any, field string) any {
	top, below, further := strings.Cut(field, "/")
	value, hasField := input[top]
	if !hasField {
		return lacking(top)
	}
	if object, isObject := value.(map[string]any); further && isObject {
		if value, hasField = object[below]; !hasField {
			return lacking(field)
		}
	}
	return value
}

// lacking is the value of a field that is not there: by the first name on the way that leads to nothing. Null is another value.
type lacking string

// isLike reports whether the fields are the same as where the answer was found.
func (c comparison) isLike(last *answer, fields []string) bool {
	for _, field := range fields {
		pair := compared{last.input, field}
		equal, isCompared := c.equal[pair]
		if !isCompared {
			equal = reflect.DeepEqual(part(c.input, field), part(*last.input, field))
			c.equal[pair] = equal
		}
		if !equal {
			return false
		}
	}
	return true
}

// plan is what an evaluation takes.
type plan struct {
	outcomes []Outcome
	packages []int            // indexes of those that are asked for whole
	checks   map[int][]string // by index of a package, the names of those of its checks that are asked for
}

func (r *remembering) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]Outcome, error) {
	input = r.shared(input)
	p := r.plan(input, packages)
	seen := &input
	if len(p.checks) > 0 {
		if err := r.evaluateChecks(ctx, input, packages, p); err != nil {
			return nil, err
		}
	}
	if len(p.packages) > 0 {
		names := make([]string, len(p.packages))
		for k, i := range p.packages {
			names[k] = packages[i]
		}
		answers, err := r.evaluator.Evaluate(ctx, input, names)
		if err != nil || len(answers) != len(names) {
			return answers, err
		}
		for k, i := range p.packages {
			p.outcomes[i] = answers[k]
		}
	}
	if ctx.Err() != nil { // what was found before still holds for what it was found in
		return p.outcomes, nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i, name := range packages {
		if p.outcomes[i].Err == nil {
			r.last[name] = &answer{seen, p.outcomes[i]}
		} else {
			delete(r.last, name)
		}
	}
	return p.outcomes, nil
}

// shared is an input that has in common with the last one what is the same in both, so that it is compared once, and is one and the
// same for whoever asks next.
func (r *remembering) shared(input map[string]any) map[string]any {
	state := r.inputs.Begin(input)
	defer r.inputs.Keep(state)
	return state.Value()
}

// plan compares an input with those of earlier answers.
func (r *remembering) plan(input map[string]any, packages []string) plan {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	_, byCheck := r.evaluator.(CheckEvaluator)
	p := plan{outcomes: make([]Outcome, len(packages)), checks: map[int][]string{}}
	now := comparison{input: input, equal: map[compared]bool{}}
	for i, name := range packages {
		last, reads := r.last[name], r.reads[name]
		var stale []string
		for check, fields := range reads {
			if last != nil && (fields == nil || !now.isLike(last, fields)) {
				stale = append(stale, check)
			}
		}
		switch {
		case last == nil, reads == nil, len(stale) > 0 && (!byCheck || len(stale) == len(reads)):
			p.packages = append(p.packages, i)
			continue
		case len(stale) > 0:
			slices.Sort(stale)
			p.checks[i] = stale
		}
		p.outcomes[i] = last.outcome
	}
	return p
}

// narrow is as much of an input as the checks that are asked for can read.
func (r *remembering) narrow(input map[string]any, packages []string, p plan) map[string]any {
	read := map[string]any{}
	for i, checks := range p.checks {
		for _, check := range checks {
			fields := r.reads[packages[i]][check]
			if fields == nil {
				return input
			}
			for _, field := range fields {
				top, _, _ := strings.Cut(field, "/")
				if value, hasField := input[top]; hasField {
					read[top] = value
				}
			}
		}
	}
	return read
}

// evaluateChecks puts what checks find now in the place of what they found. A package of which one cannot be evaluated is asked for
// whole, so that the error is that of a run from the start.
func (r *remembering) evaluateChecks(ctx context.Context, input map[string]any, packages []string, p plan) error {
	var names []string
	indexes := slices.Sorted(maps.Keys(p.checks))
	for _, i := range indexes {
		for _, check := range p.checks[i] {
			names = append(names, packages[i]+".findings."+check)
		}
	}
	answers, err := r.evaluator.(CheckEvaluator).EvaluateChecks(ctx, r.narrow(input, packages, p), names)
	if err != nil {
		return err
	}
	var whole []string
	for _, i := range indexes {
		mine := answers[:len(p.checks[i])]
		answers = answers[len(mine):]
		findings, isObject := p.outcomes[i].Findings.(map[string]any)
		if !isObject || slices.ContainsFunc(mine, func(o Outcome) bool { return o.Err != nil }) {
			whole = append(whole, packages[i])
			continue
		}
		findings = maps.Clone(findings)
		for k, check := range p.checks[i] {
			findings[check] = mine[k].Findings
		}
		p.outcomes[i].Findings = findings
	}
	if len(whole) == 0 {
		return nil
	}
	answers, err = r.evaluator.Evaluate(ctx, input, whole)
	if err != nil {
		return err
	}
	for k, name := range whole {
		p.outcomes[slices.Index(packages, name)] = answers[k]
	}
	return nil
}
