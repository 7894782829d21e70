package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"time"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
)

// exitLimit is the exit code of a worker that ends itself at a limit.
const exitLimit = 3

// grace is how long after the deadline a worker may still answer before it is ended.
const grace = 500 * time.Millisecond

// Work is the child's side: it reads what to evaluate with, then requests, until its input ends. It answers each package in
// a frame of its own. What does not end at its limits ends the process.
func Work(ctx context.Context, in io.Reader, out io.Writer) error {
	var s setup
	if err := readFrame(in, math.MaxInt64, &s); err != nil {
		return fmt.Errorf("read setup: %w", err)
	}
	if err := limitMemory(s.Memory); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	var until atomic.Int64 // unix nanoseconds at which the process ends itself; 0 for none
	parent := os.Getppid()
	go watch(s.Memory, &until, func() bool { return os.Getppid() != parent }, exitLimit)

	evaluator, err := compile(ctx, s)
	ready := answer{}
	if err != nil {
		ready.Error = err.Error()
	}
	if err := writeFrame(out, ready); err != nil || ready.Error != "" {
		return err
	}
	deadline := time.Duration(s.DeadlineMS) * time.Millisecond
	for {
		var r request
		if err := readFrame(in, math.MaxInt64, &r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read request: %w", err)
		}
		for _, name := range r.Packages {
			until.Store(time.Now().Add(deadline + 2*grace).UnixNano())
			a := answer{Package: name}
			outcomes, err := evaluator.Evaluate(ctx, r.Input, []string{name})
			switch {
			case err != nil:
				a.Error = err.Error()
			case outcomes[0].Err != nil:
				a.Error = outcomes[0].Err.Error()
			default:
				a.Findings = outcomes[0].Findings
			}
			// Before the answer: where what is left is too much, and ends the process, that is not laid to the next package.
			if memoryInUse() > s.Memory/2 {
				debug.FreeOSMemory()
			}
			if err := writeFrame(out, a); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
			until.Store(0)
		}
	}
}

func compile(ctx context.Context, s setup) (engine.Evaluator, error) {
	set := &policy.Set{Root: s.Root, Modules: make(map[string]*policy.Module, len(s.Modules))}
	for file, source := range s.Modules {
		module, err := policy.Parse(file, source)
		if err != nil {
			return nil, fmt.Errorf("parse policy: %w", err)
		}
		set.Modules[file] = module
	}
	for name, file := range s.Packages {
		set.Duties = append(set.Duties, policy.Duty{Name: strings.TrimPrefix(name, s.Root+"."), File: file})
	}
	return rego.NewLocal(ctx, rego.LocalConfig{
		Policies: set, Data: s.Data, Deadline: time.Duration(s.DeadlineMS) * time.Millisecond,
	})
}

// watch ends the process where it needs more memory or time than it may, or nobody waits for it any more. Some builtins
// heed no deadline: only the end of the process ends them.
func watch(memory uint64, until *atomic.Int64, alone func() bool, code int) {
	end := func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
		os.Exit(code)
	}
	for range time.Tick(10 * time.Millisecond) {
		if memoryInUse() > memory {
			end("the policy needs more than %d MiB of memory", memory>>20)
		}
		if at := until.Load(); at != 0 && time.Now().UnixNano() > at {
			end("the policy does not end")
		}
		if alone() {
			end("nobody waits for the answer")
		}
	}
}

// memoryInUse is what the process has of the system, in bytes, garbage included.
func memoryInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// Confine holds this process to limits of memory, in bytes, and of time, for a command that does nothing but evaluate what
// others wrote: beyond them it says so and exits with the code.
func Confine(memory uint64, limit time.Duration, code int) error {
	if err := limitMemory(memory); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	var until atomic.Int64
	until.Store(time.Now().Add(limit).UnixNano())
	go watch(memory, &until, func() bool { return false }, code)
	return nil
}
