// Package parallel does work side by side and hands on the results in order. No more than a few results wait for their
// turn, so that memory does not grow with the work.
package parallel

import (
	"context"
	"runtime"
	"sync"
)

// ahead is how many results a processor may have waiting: enough that one slow piece of work does not stop the others.
const ahead = 4

// Each calls work for 0 to n-1 on all processors and next with each result, in order and one at a time. It ends with the
// first error of either, or of the context, and not before all work that was begun has ended.
func Each[T any](ctx context.Context, n int, work func(ctx context.Context, i int) (T, error), next func(i int, result T) error) error {
	return EachBy(ctx, runtime.GOMAXPROCS(0), n, work, next)
}

// EachBy is Each with so many workers, for work that waits for others.
func EachBy[T any](ctx context.Context, workers, n int, work func(ctx context.Context, i int) (T, error), next func(i int, result T) error) error {
	type outcome struct {
		result T
		err    error
	}
	inner, cancel := context.WithCancel(ctx)
	workers = min(workers, n)
	turns := make(chan chan outcome, workers*ahead)
	type job struct {
		i    int
		done chan outcome
	}
	jobs := make(chan job)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		defer close(turns)
		defer close(jobs)
		for i := range n {
			done := make(chan outcome, 1)
			select {
			case turns <- done:
			case <-inner.Done():
				return
			}
			select {
			case jobs <- job{i, done}:
			case <-inner.Done():
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			for j := range jobs {
				result, err := work(inner, j.i)
				j.done <- outcome{result, err}
			}
		})
	}
	i := 0
	for turn := range turns {
		select {
		case o := <-turn:
			if o.err != nil {
				return o.err
			}
			if err := next(i, o.result); err != nil {
				return err
			}
			i++
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if i < n {
		return context.Cause(ctx)
	}
	return nil
}
