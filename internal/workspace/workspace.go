// Package workspace holds an open evidence folder: it assesses it again whenever a file changes, and says what the change did. It
// has no rules of its own: every verdict is one of package assess.
package workspace

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Workspace is evidence that somebody works on.
type Workspace struct {
	// Rules opens the rules; it is called again when one of their files has changed.
	Rules func() (ruleset.Ruleset, error)
	// RuleFiles are the files and folders that the rules are made of, beside what is shipped and what the options name.
	RuleFiles []string
	Options   assess.Options
	// At answers the instant that the evidence is assessed for.
	At func() time.Time
	// Again makes Watch assess again although no file has changed; nil for nothing that does.
	Again <-chan struct{}
	// Begin answers the context of an assessment that begins. When it ends before that of Watch, the assessment is given up, and what
	// is seen next is that of the next change. Nil for the context of Watch.
	Begin func(ctx context.Context) context.Context

	session *assess.Session
	life    context.Context // of what is ready; nil for as long as it is not closed
	end     context.CancelFunc
	last    *assessment.Assessment // the last one that could be made
}

// State is how the evidence stands.
type State struct {
	// Fleet is the assessment; nil where there is an error. It is closed once the state was seen.
	Fleet *assessment.Fleet
	// Whole is the same with all services in memory, not sealed. It is not to be changed: the next state is compared with it.
	Whole *assessment.Assessment
	// Change is what is not the same as in the last assessment before; nil where there was none.
	Change *diff.Diff
	// Err says why nothing could be assessed: document.Errors where the input is wrong.
	Err error
}

// Watch assesses the evidence, and again after each change, until the context ends or see answers an error. It answers that error, or
// that it cannot watch. Errors of the evidence, and of the rules, are states.
func (w *Workspace) Watch(ctx context.Context, see func(State) error) error {
	w.life = ctx
	defer func() { w.Close(); w.life = nil }()
	changes, err := w.changes(ctx)
	if err != nil {
		return err
	}
	defer changes.Close()
	for {
		rules, err := w.step(ctx, changes, see)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if rules {
			w.Close()
		}
	}
}

// step assesses, lets the state be seen, and waits for the next change. A state that may be the middle of a change is not seen where
// another change follows. It answers whether a change was one of the rules.
func (w *Workspace) step(ctx context.Context, changes *changes, see func(State) error) (rules bool, err error) {
	changes.refused = true // until it is known
	made, err := w.whole(ctx, changes)
	state := made.state
	changes.refused = err != nil || made.givenUp || state.Err != nil
	if err != nil || ctx.Err() != nil { // what became of an assessment that nobody waits for is no error
		return false, errors.Join(err, closeFleet(state.Fleet))
	}
	if made.givenUp {
		if err := closeFleet(state.Fleet); err != nil {
			return false, err
		}
		return changes.Next()
	}
	if state.Err != nil {
		if changed, rules, err := changes.Within(settled); changed || err != nil || ctx.Err() != nil {
			return rules, err
		}
	}
	w.keep(state)
	if err := errors.Join(see(state), closeFleet(state.Fleet)); err != nil {
		return false, err
	}
	if changed, rules, err := changes.Within(pause); changed || err != nil || ctx.Err() != nil {
		return rules, err
	}
	collect()
	return changes.Next()
}

// made is a state, and whether the assessment was given up by whom it was made for.
type made struct {
	state   State
	err     error
	givenUp bool
}

// whole assesses at once what has changed. Where more changes meanwhile, what was begun is the middle of a change: it begins again, from
// some time on only when nothing changes any more. What changes without an end is assessed all the same.
func (w *Workspace) whole(ctx context.Context, changes *changes) (made, error) {
	for since := time.Now(); ; {
		inner, cancel := context.WithCancel(ctx)
		ended := make(chan struct{})
		var m made
		go func() {
			defer close(ended)
			m = w.once(inner)
		}()
		var changed, rules bool
		var err error
		if time.Since(since) < longest {
			changed, rules, err = changes.While(ended)
		}
		if changed {
			cancel()
		}
		<-ended
		cancel()
		if !changed || err != nil || ctx.Err() != nil {
			return m, errors.Join(err, m.err)
		}
		if err := closeFleet(m.state.Fleet); err != nil {
			return made{}, err
		}
		if time.Since(since) > quiet {
			ofRules, err := changes.Settle()
			if rules = rules || ofRules; err != nil {
				return made{}, err
			}
		}
		if rules {
			w.Close()
		}
	}
}

// once assesses the evidence once, and lets Begin know.
func (w *Workspace) once(ctx context.Context) made {
	assessing := ctx
	if w.Begin != nil {
		assessing = w.Begin(ctx)
	}
	state, err := w.state(assessing)
	return made{state, err, assessing.Err() != nil}
}

// Now assesses the evidence once. The fleet of the state is to be closed. It is for one caller at a time, and not beside Watch.
func (w *Workspace) Now(ctx context.Context) (State, error) {
	state, err := w.state(ctx)
	w.keep(state)
	return state, err
}

// keep makes a state the one that the next is compared with.
func (w *Workspace) keep(state State) {
	if state.Whole != nil {
		w.last = state.Whole
	}
}

func (w *Workspace) state(ctx context.Context) (State, error) {
	state := State{}
	state.Fleet, state.Err = w.assess(ctx)
	if ctx.Err() != nil || state.Fleet == nil {
		return state, nil
	}
	whole, err := state.Fleet.Unsealed()
	if err != nil {
		return State{}, errors.Join(err, state.Fleet.Close())
	}
	if w.last != nil {
		state.Change = diff.Of(w.last, whole)
	}
	state.Whole = whole
	return state, nil
}

// Close ends what is ready for the next assessment. What follows makes it ready again.
func (w *Workspace) Close() {
	if w.session != nil {
		w.end()
		w.session.Close()
		w.session = nil
	}
}

func closeFleet(fleet *assessment.Fleet) error {
	if fleet == nil {
		return nil
	}
	return fleet.Close()
}

// assess assesses with what is ready of earlier times.
func (w *Workspace) assess(ctx context.Context) (*assessment.Fleet, error) {
	if w.session == nil {
		rules, err := w.Rules()
		if err != nil {
			return nil, err
		}
		// What is ready is there for the assessments that follow, also where this one is given up.
		life := w.life
		if life == nil {
			life = context.WithoutCancel(ctx)
		}
		life, w.end = context.WithCancel(life)
		if w.session, err = assess.OpenAgain(life, rules, w.Options); err != nil {
			w.end()
			return nil, err
		}
	}
	return w.session.Gather(ctx, w.At(), assessment.KeepAll, func(sink assess.Sink, _ int) assess.Sink { return sink })
}

// changes looks at all files that a state rests on.
func (w *Workspace) changes(ctx context.Context) (*changes, error) {
	c, err := watch(ctx, w.Options.Base, w.paths(), w.rulePaths())
	if err == nil {
		c.again = w.Again
	}
	return c, err
}

// paths are where the evidence lies, and what is decided about it.
func (w *Workspace) paths() []string {
	return slices.Concat(w.Options.Paths, w.Options.Waivers)
}

// rulePaths are where the rules lie.
func (w *Workspace) rulePaths() []string {
	all := slices.Concat(w.RuleFiles, w.Options.EvidenceKeys)
	if w.Options.Params != "" {
		all = append(all, w.Options.Params)
	}
	return all
}
