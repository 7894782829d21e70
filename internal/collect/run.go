package collect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// Named is a source with the name that messages and evidence call it: its kind's, and a number behind it where there are
// several of a kind.
type Named struct {
	Name   string
	Method string
	Source Source
}

// Outcome is what became of one source.
type Outcome struct {
	Named
	Result Result
	Err    error // nothing of it can be used
}

// Run asks all sources side by side. It answers one outcome a source, in their order. Progress may be nil.
func Run(ctx context.Context, sources []Named, request Request, progress func(source, doing string)) []Outcome {
	outcomes := make([]Outcome, len(sources))
	var group errgroup.Group
	var mu sync.Mutex
	for i, source := range sources {
		group.Go(func() error {
			ownRequest := request
			ownRequest.Progress = func(doing string) {
				if progress != nil {
					mu.Lock()
					defer mu.Unlock()
					progress(source.Name, doing)
				}
			}
			result, err := source.Source.Collect(ctx, ownRequest)
			if err == nil {
				result, err = verified(source, result)
			}
			outcomes[i] = Outcome{source, result, err}
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the outcomes
	return outcomes
}

// verified holds a result against what the source declared, and makes plain JSON values of its fields. What it finds is a
// defect of the source, not of what it read.
func verified(source Named, result Result) (Result, error) {
	fills := source.Source.Fills()
	answered := map[string]bool{}
	for i := range result.Parts {
		part := &result.Parts[i]
		if answered[part.Section] {
			return Result{}, fmt.Errorf("defect of the source: it answered two parts of section %s", part.Section)
		}
		answered[part.Section] = true
		var err error
		if part.Fields, err = reader.Plain(part.Fields); err != nil {
			return Result{}, fmt.Errorf("defect of the source: section %s: %w", part.Section, err)
		}
		for pointer := range leaves("/"+part.Section, part.Fields) {
			if !slices.Contains(fills, pointer) {
				return Result{}, fmt.Errorf("defect of the source: it answered %s, which it does not declare to fill", pointer)
			}
		}
	}
	return result, nil
}

// leaves are the pointers of all fields at or below a value that hold no fields themselves, list items as *. A list of
// scalars is a leaf.
func leaves(pointer string, value any) map[string]bool {
	pointers := map[string]bool{}
	merge.Each(pointer, value, func(pointer string, value any) {
		switch value.(type) {
		case map[string]any, []any:
		default:
			pointers[strings.TrimSuffix(pointer, "/*")] = true
		}
	})
	return pointers
}

// sections are the names of the sections that pointers lead into, sorted.
func sections(pointers []string) []string {
	names := map[string]bool{}
	for _, pointer := range pointers {
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
