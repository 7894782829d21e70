package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/workspace"
)

// watch assesses again whenever a file changes, until the context ends. The exit code is that of the last state.
func (c *assessing) watch(ctx context.Context, paths []string) (err error) {
	if slices.Contains(paths, "-") {
		return errors.New("standard input cannot be watched: name a file or a folder")
	}
	if err := c.counts(); err != nil {
		return err
	}
	if _, err := c.prepare(paths); err != nil {
		return err
	}
	to := report.Destination{Out: c.streams.Out, Look: c.look, Language: c.speaks}
	last := exitOf(assessment.Unanswered)
	space := workspace.Workspace{
		Rules: c.rules.open, RuleFiles: slices.Concat(c.rules.added, c.rules.reference), Options: c.options,
		At: func() time.Time { return c.at.or(c.streams.Now).Truncate(time.Second) },
	}
	err = space.Watch(ctx, func(state workspace.State) error {
		if last = exitOf(assessment.Unanswered); state.Err == nil {
			last = exitOf(c.gate.Outcome(state.Fleet))
		}
		// An interrupt ends the watching, and not the lines of the state that the exit code is about.
		return report.WriteWatched(context.WithoutCancel(ctx), state.Fleet, state.Change, state.Err, to)
	})
	return cmp.Or(err, last)
}
