// Package forecast finds what starts to fail, and when, if nobody does anything: it judges the same evidence by the same rules
// at later times. It has no rule of its own about what grows old.
package forecast

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Judge gives the verdicts on checks as of a time, by their ids, or on all, and perhaps on more of them. It says in which time around
// that everything but messages is the same.
type Judge func(ctx context.Context, at time.Time, checks []string) ([]engine.Verdict, error)

// Every day on which something can change is judged, and between two days that differ the second in which they begin to is searched.
const (
	day        = 24 * time.Hour
	resolution = time.Second
)

// Today are the verdicts on all checks of a service now.
type Today struct {
	At       time.Time
	Verdicts []engine.Verdict
}

// Look judges a service for the days after the time of today's verdicts. What starts to fail and passes again within one day is not seen.
func Look(ctx context.Context, judge Judge, today Today, days int) (*assessment.Forecast, error) {
	start := today.At.UTC().Truncate(resolution)
	on := func(i int) time.Time { return start.Add(time.Duration(i) * day) }
	l := look{judge: judge, days: days, on: on}
	now, isTimed := statesOf(today.At, today.Verdicts), false
	for _, v := range today.Verdicts {
		isTimed = isTimed || v.Span.Contains(today.At.UnixNano()-1) || v.Span.Contains(today.At.UnixNano()+1)
	}
	var events []assessment.Event
	var err error
	if isTimed {
		events, err = l.inTurn(ctx, now)
	} else { // nothing is known of when anything changes
		events, err = l.eachDay(ctx, now)
	}
	if err != nil {
		return nil, err
	}
	return &assessment.Forecast{Until: on(days).Format(time.RFC3339), Events: together(events)}, nil
}

type look struct {
	judge Judge
	days  int
	on    func(int) time.Time
}

// inTurn judges on each day the checks alone that can have changed, and answers what becomes bad.
func (l look) inTurn(ctx context.Context, now states) (events []assessment.Event, err error) {
	for i := 1; i <= l.days; i++ {
		var checks []string
		for check, state := range now {
			if !state.span.Contains(l.on(i).UnixNano()) {
				checks = append(checks, check)
			}
		}
		if len(checks) == 0 {
			continue
		}
		slices.Sort(checks)
		verdicts, err := l.judge(ctx, l.on(i), checks)
		if err != nil {
			return nil, err
		}
		after := statesOf(l.on(i), verdicts)
		s := search{judge: l.judge, before: now, after: after, from: l.on(i - 1), to: l.on(i)}
		if err := s.run(ctx); err != nil {
			return nil, err
		}
		events = append(events, s.events...)
		maps.Copy(now, after)
	}
	return events, nil
}

// eachDay judges everything on every day, side by side.
func (l look) eachDay(ctx context.Context, now states) (events []assessment.Event, err error) {
	ofDays := make([]states, l.days+1)
	ofDays[0] = now
	err = sideBySide(ctx, l.days, func(ctx context.Context, i int) error {
		verdicts, err := l.judge(ctx, l.on(i+1), nil)
		ofDays[i+1] = statesOf(l.on(i+1), verdicts)
		return err
	})
	if err != nil {
		return nil, err
	}
	searches := make([]search, l.days)
	err = sideBySide(ctx, l.days, func(ctx context.Context, i int) error {
		searches[i] = search{judge: l.judge, before: ofDays[i], after: ofDays[i+1], from: l.on(i), to: l.on(i + 1)}
		return searches[i].run(ctx)
	})
	for i := range searches {
		events = append(events, searches[i].events...)
	}
	return events, err
}

func sideBySide(ctx context.Context, n int, do func(context.Context, int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error { return do(inner, i) })
	}
	return group.Wait()
}

// key names a reason why a check does not hold. Its message is no part of it: messages count days.
type key struct{ check, pointer string }

// state is what one judgement of a check found.
type state struct {
	severity verdict.Severity
	reasons  map[string]assessment.Finding // why it does not hold, by their pointers
	at       time.Time
	span     engine.Span // in which they differ in nothing but their messages
}

// states are those of checks, by their ids.
type states map[string]*state

func statesOf(at time.Time, verdicts []engine.Verdict) states {
	all := make(states, len(verdicts))
	for _, v := range verdicts {
		findings := v.Check.Findings
		if v.Check.Status == verdict.Error {
			findings = []assessment.Finding{{Status: verdict.Error, Message: v.Reason, Remediation: v.Check.Remediation}}
		}
		s := &state{v.Check.Severity, make(map[string]assessment.Finding, len(findings)), at, v.Span}
		for _, finding := range findings {
			if _, ok := s.reasons[finding.Pointer]; !ok {
				s.reasons[finding.Pointer] = finding
			}
		}
		all[v.Check.ID] = s
	}
	return all
}

// bad reports whether a check does not hold for the reason of a key; one of another activity, say, is not there and holds.
func (s *state) bad(k key) bool {
	if s == nil {
		return false
	}
	finding, ok := s.reasons[k.pointer]
	return ok && !finding.Waived
}

// countsDays reports whether the message can differ while all else is the same: see engine.Verdict.
func countsDays(finding assessment.Finding) bool {
	return finding.Cause != nil && finding.Cause.Kind == assessment.Stale
}

// search finds the times at which what is new within a day begins.
type search struct {
	judge         Judge
	before, after states
	from, to      time.Time
	between       map[string][]*state // at times within the day, by check
	began         map[time.Time][]key
	events        []assessment.Event
}

func (s *search) run(ctx context.Context) error {
	var keys []key
	s.between, s.began = map[string][]*state{}, map[time.Time][]key{}
	for check, after := range s.after {
		before := s.before[check]
		for pointer := range after.reasons {
			if k := (key{check, pointer}); after.bad(k) && !before.bad(k) {
				keys = append(keys, k)
			}
		}
	}
	if err := s.split(ctx, s.from, s.to, keys); err != nil {
		return err
	}
	for _, at := range slices.SortedFunc(maps.Keys(s.began), time.Time.Compare) {
		if err := s.note(ctx, at, s.began[at]); err != nil {
			return err
		}
	}
	return nil
}

// at is the state of a check at a time within the day, where it is known; its messages may be those of another time.
func (s *search) at(check string, at time.Time) *state {
	for _, earlier := range s.between[check] {
		if earlier.span.Contains(at.UnixNano()) {
			return earlier
		}
	}
	for _, edge := range []*state{s.before[check], s.after[check]} {
		if edge != nil && edge.span.Contains(at.UnixNano()) {
			return edge
		}
	}
	return nil
}

// look judges those checks of the keys of which the state at a time is not known, or not well enough.
func (s *search) look(ctx context.Context, at time.Time, keys []key, isKnown func(key, *state) bool) error {
	wanted := map[string]bool{}
	for _, k := range keys {
		if seen := s.at(k.check, at); seen == nil || !isKnown(k, seen) {
			wanted[k.check] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	verdicts, err := s.judge(ctx, at, slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	for check, seen := range statesOf(at, verdicts) {
		s.between[check] = slices.Insert(s.between[check], 0, seen) // first, so that its messages are those of that time
	}
	return nil
}

// split halves the span between a time at which none of the keys fails and a time at which all do.
func (s *search) split(ctx context.Context, from, to time.Time, keys []key) error {
	if len(keys) == 0 {
		return nil
	}
	if to.Sub(from) <= resolution {
		s.began[to] = append(s.began[to], keys...)
		return nil
	}
	middle := from.Add(to.Sub(from) / 2).Truncate(resolution)
	if err := s.look(ctx, middle, keys, func(key, *state) bool { return true }); err != nil {
		return err
	}
	var early, late []key
	for _, k := range keys {
		if s.at(k.check, middle).bad(k) {
			early = append(early, k)
		} else {
			late = append(late, k)
		}
	}
	if err := s.split(ctx, from, middle, early); err != nil {
		return err
	}
	return s.split(ctx, middle, to, late)
}

// note notes that the keys fail from a time on, with what is said of them at that time: messages count days.
func (s *search) note(ctx context.Context, at time.Time, keys []key) error {
	isEnd := at.Equal(s.to)
	if !isEnd {
		if err := s.look(ctx, at, keys, func(k key, seen *state) bool {
			return seen.at.Equal(at) || !countsDays(seen.reasons[k.pointer])
		}); err != nil {
			return err
		}
	}
	for _, k := range keys {
		began := s.after[k.check]
		if !isEnd {
			began = s.at(k.check, at)
		}
		finding := began.reasons[k.pointer]
		existed := false
		if before := s.before[k.check]; before != nil {
			_, existed = before.reasons[k.pointer]
		}
		s.events = append(s.events, assessment.Event{
			At: at.Format(time.RFC3339), Checks: []string{k.check}, Severity: began.severity, WaiverEnds: existed,
			Message: finding.Message, Remediation: finding.Remediation, Pointer: k.pointer, Location: finding.Location, Cause: finding.Cause,
		})
	}
	return nil
}

// together makes one event of what several checks find at the same place for the same reason, and sorts.
func together(events []assessment.Event) []assessment.Event {
	type reason struct{ at, file, pointer, message string }
	slices.SortFunc(events, func(a, b assessment.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Checks[0], b.Checks[0]))
	})
	first := map[reason]int{}
	joined := []assessment.Event{}
	for _, event := range events {
		r := reason{event.At, event.File, event.Pointer, event.Message}
		i, ok := first[r]
		if !ok {
			first[r] = len(joined)
			joined = append(joined, event)
			continue
		}
		joined[i].Checks = append(joined[i].Checks, event.Checks...)
		joined[i].WaiverEnds = joined[i].WaiverEnds && event.WaiverEnds
		if event.Severity.Rank() > joined[i].Severity.Rank() {
			joined[i].Severity = event.Severity
		}
	}
	for i := range joined {
		slices.Sort(joined[i].Checks)
		joined[i].Checks = slices.Compact(joined[i].Checks)
	}
	slices.SortFunc(joined, func(a, b assessment.Event) int {
		return cmp.Or(
			cmp.Compare(a.At, b.At), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message),
		)
	})
	return joined
}
