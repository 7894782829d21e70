package parallel_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/raci-check/raci-check/internal/parallel"
)

// Whatever order the work ends in, results come in theirs, and few wait for it.
func TestEachKeepsTheOrderAndFewResults(t *testing.T) {
	const n = 1000
	var begun, passed atomic.Int64
	most := int64(0)
	want := 0
	err := parallel.Each(t.Context(), n, func(_ context.Context, i int) (int, error) {
		begun.Add(1)
		if i%3 == 0 {
			runtime.Gosched()
		}
		return i, nil
	}, func(i, result int) error {
		if i != want || result != want {
			t.Fatalf("got %d, %d, wanted %d", i, result, want)
		}
		want++
		most = max(most, begun.Load()-passed.Add(1))
		return nil
	})
	if err != nil || want != n {
		t.Errorf("%d results, %v", want, err)
	}
	if limit := int64(5*runtime.GOMAXPROCS(0) + 2); most > limit {
		t.Errorf("%d results were waiting, at most %d may", most, limit)
	}
}

func TestEachEndsWithTheFirstError(t *testing.T) {
	wanted := errors.New("no")
	same := func(_ context.Context, i int) (int, error) { return i, nil }
	for name, err := range map[string]error{
		"of the work": parallel.Each(t.Context(), 100, func(_ context.Context, i int) (int, error) {
			if i == 7 {
				return 0, wanted
			}
			return i, nil
		}, func(i, _ int) error {
			if i >= 7 {
				t.Errorf("%d came after the error", i)
			}
			return nil
		}),
		"of the next": parallel.Each(t.Context(), 100, same, func(i, _ int) error {
			if i == 7 {
				return wanted
			}
			return nil
		}),
	} {
		if !errors.Is(err, wanted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	err := parallel.Each(ctx, 100, func(ctx context.Context, i int) (int, error) {
		if i == 50 {
			cancel(wanted)
			<-ctx.Done()
		}
		return i, nil
	}, func(int, int) error { return nil })
	if !errors.Is(err, wanted) {
		t.Errorf("cancelled: %v", err)
	}
	if err := parallel.Each(t.Context(), 0, same, func(int, int) error { return wanted }); err != nil {
		t.Errorf("no work: %v", err)
	}
}
