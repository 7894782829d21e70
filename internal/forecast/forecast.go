// Package forecast finds what turns bad, and when, if nobody does anything: it judges the same evidence by the same rules
// at later times. It has no rule of its own about what grows old.
package forecast

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Judge gives the verdicts on one service as of a time, for the activities of these ids or for all, and says in which time around
// that everything but messages is the same. It is called concurrently.
type Judge func(ctx context.Context, at time.Time, activities []string) (assessment.Service, engine.Span, error)

// Every day on which something can change is judged, and between two days that differ the second in which they begin to is searched.
const (
	day        = 24 * time.Hour
	resolution = time.Second
)

// Today is the verdict on a service now.
type Today struct {
	Service assessment.Service
	Span    engine.Span // in which it is the same; see Judge
}

// Look judges a service for the days after the time of today's verdict. activities are the ids of those that were judged;
// empty for all. What turns bad and good again within one day is not seen.
func Look(ctx context.Context, judge Judge, today Today, days int, activities []string) (*assessment.Forecast, error) {
	at, err := time.Parse(time.RFC3339Nano, today.Service.At)
	if err != nil {
		return nil, fmt.Errorf("the instant of the verdict: %w", err)
	}
	start := at.UTC().Truncate(resolution)
	on := func(i int) time.Time { return start.Add(time.Duration(i) * day) }
	states := make([]*state, days+1)
	states[0] = &state{reasonsOf(today.Service), at, today.Span}
	if today.Span.Contains(at.UnixNano()-1) || today.Span.Contains(at.UnixNano()+1) {
		err = inTurn(ctx, states, on, judge, activities)
	} else { // nothing is known of when it changes
		err = sideBySide(ctx, days, func(ctx context.Context, i int) (err error) {
			states[i+1], err = look(ctx, judge, on(i+1), activities)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	var searches []*search
	for i := 1; i <= days; i++ {
		for _, activity := range arrived(states[i-1].reasons, states[i].reasons) {
			searches = append(searches, &search{judge: judge, activity: activity, before: states[i-1].reasons, from: on(i - 1), to: on(i), after: states[i].reasons})
		}
	}
	err = sideBySide(ctx, len(searches), func(ctx context.Context, i int) error { return searches[i].run(ctx) })
	if err != nil {
		return nil, err
	}
	forecast := &assessment.Forecast{Until: on(days).Format(time.RFC3339), Events: []assessment.Event{}}
	for _, s := range searches {
		forecast.Events = append(forecast.Events, s.events...)
	}
	forecast.Events = together(forecast.Events)
	return forecast, nil
}

// inTurn fills the states of the days after the first; those of days between which nothing can change are the same.
func inTurn(ctx context.Context, states []*state, on func(int) time.Time, judge Judge, activities []string) (err error) {
	for i := 1; i < len(states) && err == nil; i++ {
		if states[i-1].span.Contains(on(i).UnixNano()) {
			states[i] = states[i-1]
		} else {
			states[i], err = look(ctx, judge, on(i), activities)
		}
	}
	return err
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

// entry is such a reason as one evaluation found it.
type entry struct {
	activity string
	severity verdict.Severity
	finding  assessment.Finding
}

// state is what one evaluation found.
type state struct {
	reasons reasons
	at      time.Time
	span    engine.Span // in which they differ in nothing but their messages
}

type reasons map[key]entry

// countsDays reports whether the message can differ while all else is the same: see engine.Timeline.
func (e entry) countsDays() bool {
	return e.finding.Cause != nil && e.finding.Cause.Kind == assessment.Stale
}

func look(ctx context.Context, judge Judge, at time.Time, activities []string) (*state, error) {
	service, span, err := judge(ctx, at, activities)
	if err != nil {
		return nil, err
	}
	return &state{reasonsOf(service), at, span}, nil
}

func reasonsOf(service assessment.Service) reasons {
	s := reasons{}
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			findings := check.Findings
			if check.Status == verdict.Error {
				findings = []assessment.Finding{{Status: verdict.Error, Message: activity.Reason, Remediation: check.Remediation}}
			}
			for _, finding := range findings {
				k := key{check.ID, finding.Pointer}
				if _, ok := s[k]; !ok {
					s[k] = entry{activity.ID, check.Severity, finding}
				}
			}
		}
	}
	return s
}

func (s reasons) bad(k key) bool {
	e, ok := s[k]
	return ok && !e.finding.Waived
}

// arrived lists the activities that have something bad in after that was not in before, sorted.
func arrived(before, after reasons) []string {
	var activities []string
	for k, e := range after {
		if after.bad(k) && !before.bad(k) {
			activities = append(activities, e.activity)
		}
	}
	slices.Sort(activities)
	return slices.Compact(activities)
}

// search finds the times at which what is new within a day begins. It judges one activity, which takes a small part of
// the time that judging all takes.
type search struct {
	judge         Judge
	activity      string
	before, after reasons
	from, to      time.Time
	states        []*state // of the activity, at times between
	events        []assessment.Event
}

// look finds the state of the activity at a time; its messages may be those of another.
func (s *search) look(ctx context.Context, at time.Time) (*state, error) {
	for _, earlier := range s.states {
		if earlier.span.Contains(at.UnixNano()) {
			return earlier, nil
		}
	}
	seen, err := look(ctx, s.judge, at, []string{s.activity})
	if err == nil {
		s.states = append(s.states, seen)
	}
	return seen, err
}

func (s *search) run(ctx context.Context) error {
	var keys []key
	for k, e := range s.after {
		if e.activity == s.activity && s.after.bad(k) && !s.before.bad(k) {
			keys = append(keys, k)
		}
	}
	return s.split(ctx, s.from, s.to, keys)
}

// split halves the span between a time at which none of the keys fails and a time at which all do.
func (s *search) split(ctx context.Context, from, to time.Time, keys []key) error {
	if len(keys) == 0 {
		return nil
	}
	if to.Sub(from) <= resolution {
		return s.note(ctx, to, keys)
	}
	middle := from.Add(to.Sub(from) / 2).Truncate(resolution)
	atMiddle, err := s.look(ctx, middle)
	if err != nil {
		return err
	}
	var early, late []key
	for _, k := range keys {
		if atMiddle.reasons.bad(k) {
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
	after := s.after
	if !at.Equal(s.to) {
		then, err := s.look(ctx, at)
		if err == nil && !then.at.Equal(at) && slices.ContainsFunc(keys, func(k key) bool { return then.reasons[k].countsDays() }) {
			then, err = look(ctx, s.judge, at, []string{s.activity})
		}
		if err != nil {
			return err
		}
		after = then.reasons
	}
	for _, k := range keys {
		e := after[k]
		_, existed := s.before[k]
		s.events = append(s.events, assessment.Event{
			At: at.Format(time.RFC3339), Checks: []string{k.check}, Severity: e.severity, WaiverEnds: existed,
			Message: e.finding.Message, Remediation: e.finding.Remediation, Pointer: k.pointer, Location: e.finding.Location, Cause: e.finding.Cause,
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
