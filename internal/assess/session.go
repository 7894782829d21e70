package assess

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Session assesses the same paths by rules that are made ready once. It is for one run at a time.
type Session struct {
	options  Options
	rules    ruleset.Ruleset
	reader   evidence.Reader
	deriver  *derive.Deriver
	facts    *lastFacts // nil for none
	book     *rulebook
	prepared func() error // waits for the rules
}

// Open begins to make the rules ready; what is wrong with them is told by the first run. The session is to be closed.
func Open(ctx context.Context, rules ruleset.Ruleset, o Options) (*Session, error) {
	return open(ctx, rules, o, false)
}

// OpenAgain opens a session for runs on evidence of which little changes between them: what was read, and what the policies found,
// is kept for the next.
func OpenAgain(ctx context.Context, rules ruleset.Ruleset, o Options) (*Session, error) {
	return open(ctx, rules, o, true)
}

func open(ctx context.Context, rules ruleset.Ruleset, o Options, again bool) (*Session, error) {
	form, freshness, err := rules.Form()
	if err != nil {
		return nil, err
	}
	placeholders, err := rules.Placeholders()
	if err != nil {
		return nil, err
	}
	s := &Session{options: o, rules: rules, reader: o.Reader(form, placeholders), deriver: newDeriver(rules)}
	if again {
		s.reader.Kept, s.reader.Inspections, s.deriver.Keeps, s.facts = &document.Kept{}, &evidence.Inspections{}, true, &lastFacts{}
	}
	ready := make(chan error, 1)
	go func() {
		var err error
		s.book, err = prepare(ctx, rules, freshness, o, again)
		ready <- err
	}()
	s.prepared = sync.OnceValue(func() error { return <-ready })
	return s, nil
}

// Close ends what was started to evaluate.
func (s *Session) Close() {
	if s.prepared() == nil {
		s.book.end()
	}
}

// Gather is Gather at a time. With an error there is no fleet.
func (s *Session) Gather(ctx context.Context, at time.Time, keep assessment.Keep, watch func(sink Sink, services int) Sink) (*assessment.Fleet, error) {
	var fleet *assessment.Fleet
	idle, err := s.Stream(ctx, at, func(head assessment.Assessment, services int) (_ Sink, err error) {
		fleet, err = assessment.NewFleet(head, services, keep)
		return watch(fleet, services), err
	})
	if err != nil && fleet != nil {
		return nil, errors.Join(err, fleet.Close())
	}
	if err == nil {
		fleet.AddWaivers(idle)
	}
	return fleet, err
}

// Stream makes an assessment at a time and hands on each service. begin is told what is known before the first service is
// judged: the assessment without services, result and digest, and how many services there are. Errors of the input are
// document.Errors, those of all files; then, and after any other error, what the sink has got is not the whole. It answers the waivers
// of several services that are about no finding of any.
func (s *Session) Stream(ctx context.Context, at time.Time, begin func(head assessment.Assessment, services int) (Sink, error)) ([]assessment.Waiver, error) {
	defer func() {
		if ctx.Err() == nil { // a run that was given up has not read everything
			s.reader.Kept.Forget()
		}
	}()
	run := &stream{Session: s, options: s.options, owners: consistency.NewOwners(), begin: begin}
	run.options.At = at
	run.ready = sync.OnceValue(func() error {
		if err := s.prepared(); err != nil {
			return err
		}
		return run.start()
	})
	if err := run.find(ctx); err != nil {
		return nil, err
	}
	if err := run.judgeAll(ctx); err != nil {
		return nil, err
	}
	if err := run.ready(); err != nil {
		return nil, err
	}
	if err := append(run.errs, run.waiverErrs...).Sorted(); err != nil {
		return nil, err
	}
	if run.cached != nil && run.options.FromCache != nil {
		run.options.FromCache(int(run.cached.hits.Load()), len(run.sources))
	}
	return run.idle()
}
