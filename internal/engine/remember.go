package engine

import (
	"context"
	"reflect"
	"strings"
	"sync"
)

// Remember is an evaluator that asks another one only for the packages of whose input something changed since the last time. reads
// lists for each package the fields at the top of the input that it can depend on, nil for any. It is for evaluations one after the
// other; side by side, they are right too, and spare less.
func Remember(evaluator Evaluator, reads map[string][]string) Evaluator {
	return &remembering{evaluator: evaluator, reads: reads, last: map[string]*answer{}}
}

type remembering struct {
	evaluator Evaluator
	reads     map[string][]string
	mutex     sync.Mutex
	last      map[string]*answer // by package
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
	parts, isObject := input[top].(map[string]any)
	switch {
	case !further:
		return input[top]
	case !isObject:
		return isObject // which no part is
	default:
		return parts[below]
	}
}

// isLike reports whether the fields are the same as where the answer was found.
func (c comparison) isLike(last *answer, fields []string) bool {
	for _, field := range fields {
		pair := compared{last.input, field}
		equal, there := c.equal[pair]
		if !there {
			equal = reflect.DeepEqual(part(c.input, field), part(*last.input, field))
			c.equal[pair] = equal
		}
		if !equal {
			return false
		}
	}
	return true
}

func (r *remembering) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]Outcome, error) {
	outcomes := make([]Outcome, len(packages))
	var asked []string
	var places []int
	r.mutex.Lock()
	now := comparison{input: input, equal: map[compared]bool{}}
	for i, name := range packages {
		last, there := r.last[name]
		fields, limited := r.reads[name]
		if there && limited && now.isLike(last, fields) {
			outcomes[i] = last.outcome
			continue
		}
		asked, places = append(asked, name), append(places, i)
	}
	r.mutex.Unlock()
	if len(asked) == 0 {
		return outcomes, nil
	}
	answers, err := r.evaluator.Evaluate(ctx, input, asked)
	if err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	seen := &input
	for k, i := range places {
		if k < len(answers) {
			outcomes[i] = answers[k]
		}
		if k < len(answers) && answers[k].Err == nil && ctx.Err() == nil {
			r.last[asked[k]] = &answer{seen, answers[k]}
		} else {
			delete(r.last, asked[k])
		}
	}
	return outcomes, nil
}
