// Package sandbox evaluates policies that nobody here wrote in child processes of the same program: builtins from an
// allow-list, no environment, no files but its pipes, and limits of time and memory that hold even where a builtin heeds no
// deadline, because they end the process. What comes back is a bounded frame of JSON, and is judged as any finding is.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/engine"
)

var (
	// ErrRules says that the policies cannot be compiled, or not within the limits.
	ErrRules = errors.New("the policies cannot be used")
	// ErrLimit says that a policy ran into a limit of its process.
	ErrLimit    = errors.New("ended at a limit")
	errTooLarge = errors.New("the answer is too large")
)

// Options say what is evaluated, and within which limits.
type Options struct {
	// Command starts the child, which calls Work with its standard input and output.
	Command  []string
	Root     string            // Rego package below which the packages are
	Modules  map[string]string // sources by file
	Packages map[string]string // file by package, such as okms.backups_acme
	Data     map[string]any    // as engine.Config.Data has it
	Deadline time.Duration     // of one package
	Memory   uint64            // bytes that a child may use; DefaultMemory where zero
}

// DefaultMemory is what a child may use, in bytes: evidence at its limits needs a fifth of it.
const DefaultMemory = 1 << 30

// start bounds how long a child may take to compile the policies.
const start = 30 * time.Second

// Evaluator is an engine.Evaluator over child processes, as many as there are processors.
type Evaluator struct {
	options Options
	idle    chan *worker // nil for one that is not started
}

// New starts a child and lets it compile the policies, so that what is wrong with them is known before anything is judged.
func New(ctx context.Context, o Options) (*Evaluator, error) {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	e := &Evaluator{options: o, idle: make(chan *worker, runtime.GOMAXPROCS(0))}
	first, err := e.start(ctx)
	if err != nil {
		return nil, err
	}
	e.idle <- first
	for len(e.idle) < cap(e.idle) {
		e.idle <- nil
	}
	return e, nil
}

// Close ends the children. Nothing is evaluated after it.
func (e *Evaluator) Close() {
	for range cap(e.idle) {
		if w := <-e.idle; w != nil {
			w.stop()
		}
	}
}

// Evaluate asks a child for one package after the other. One that runs into a limit is an error of that package: another
// child answers the rest.
func (e *Evaluator) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	w := <-e.idle
	defer func() { e.idle <- w }()
	outcomes := make([]engine.Outcome, 0, len(packages))
	for len(outcomes) < len(packages) {
		if w == nil {
			started, err := e.start(ctx)
			if err != nil {
				return nil, err
			}
			w = started
		}
		answered, err := w.ask(ctx, request{input, packages[len(outcomes):]})
		outcomes = append(outcomes, answered...)
		if err != nil {
			w.stop()
			w = nil
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("evaluate policies: %w", err)
			}
			outcomes = append(outcomes, engine.Outcome{Err: err})
		}
	}
	return outcomes, nil
}

// worker is a child process.
type worker struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      io.Reader
	stderr   *head
	deadline time.Duration
	reaped   sync.Once
	exit     error
}

// start starts a child. It outlives the context, which is that of one evaluation: others ask it too.
func (e *Evaluator) start(ctx context.Context) (*worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start policy process: %w", err)
	}
	cmd := exec.Command(e.options.Command[0], e.options.Command[1:]...) //nolint:noctx // see above
	cmd.Env, cmd.Dir = []string{}, "/"
	w := &worker{cmd: cmd, stderr: &head{}, deadline: e.options.Deadline}
	cmd.Stderr = w.stderr
	var err error
	if w.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start policy process: %w", err)
	}
	if w.out, err = cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start policy process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start policy process: %w", err)
	}
	o := e.options
	go func() { // the child reads while it is already answering a defect
		_ = writeFrame(w.in, setup{o.Root, o.Modules, o.Packages, o.Data, o.Deadline.Milliseconds(), o.Memory})
	}()
	defer context.AfterFunc(ctx, func() { w.cmd.Process.Kill() })()
	var ready answer
	if err := w.read(start, &ready); err != nil {
		w.stop()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("start policy process: %w", ctx.Err())
		}
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	if ready.Error != "" {
		w.stop()
		return nil, fmt.Errorf("%w: %s", ErrRules, ready.Error)
	}
	return w, nil
}

// ask sends a request and reads the answers. With an error, it is about the package after the last that is answered.
func (w *worker) ask(ctx context.Context, r request) ([]engine.Outcome, error) {
	defer context.AfterFunc(ctx, func() { w.cmd.Process.Kill() })()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_ = writeFrame(w.in, r) // where it cannot be written, there is nothing to read
	}()
	outcomes := make([]engine.Outcome, 0, len(r.Packages))
	for _, name := range r.Packages {
		var a answer
		if err := w.read(w.deadline+grace, &a); err != nil {
			return outcomes, err
		}
		switch {
		case a.Package != name:
			return outcomes, fmt.Errorf("the policy process answered for %q", a.Package)
		case a.Error != "":
			outcomes = append(outcomes, engine.Outcome{Err: errors.New(a.Error)})
		default:
			outcomes = append(outcomes, engine.Outcome{Findings: a.Findings})
		}
	}
	<-sent
	return outcomes, nil
}

// read reads one answer, and ends the child where none comes in time.
func (w *worker) read(limit time.Duration, into *answer) error {
	late := make(chan struct{})
	timer := time.AfterFunc(limit, func() {
		close(late)
		_ = w.cmd.Process.Kill() // it fails where the child has ended, and then the read ends as well
	})
	err := readFrame(w.out, maxAnswer, into)
	if err == nil && timer.Stop() {
		return nil
	}
	timer.Stop()
	select {
	case <-late:
		return fmt.Errorf("%w: no answer within %v", ErrLimit, limit)
	default:
	}
	if errors.Is(err, errTooLarge) {
		return fmt.Errorf("%w: %w", ErrLimit, err)
	}
	w.stop()
	if text := strings.TrimSpace(w.stderr.String()); text != "" {
		first, _, _ := strings.Cut(text, "\n")
		return fmt.Errorf("%w: %s", ErrLimit, first)
	}
	return fmt.Errorf("%w: the policy process ended: %w", ErrLimit, errors.Join(err, w.exit))
}

// stop ends the child and waits for its end.
func (w *worker) stop() {
	w.reaped.Do(func() {
		_ = w.in.Close()         // no more requests are sent: what it could not write does not matter
		_ = w.cmd.Process.Kill() // it fails where the child has ended, which Wait reports
		w.exit = w.cmd.Wait()
	})
}

// head keeps the beginning of what is written to it.
type head struct{ bytes.Buffer }

const headBytes = 4 << 10

func (h *head) Write(p []byte) (int, error) {
	if room := headBytes - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
