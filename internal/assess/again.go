package assess

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Again lets evidence be assessed more than once, standard input too.
type Again struct{ stdin bytes.Buffer }

// Repeatable keeps what an assessment with the options reads of standard input.
func Repeatable(o *Options) *Again {
	again := &Again{}
	o.Stdin = io.TeeReader(o.Stdin, &again.stdin)
	return again
}

// Compare compares an earlier assessment with that of the evidence of now. What became worse is assessed again at earlier times, to tell
// regressions from what time alone made: it is of another time, so it does not use the cache.
func (a *Again) Compare(ctx context.Context, rules ruleset.Ruleset, o Options, before, after *assessment.Assessment) (*diff.Diff, error) {
	comparison := diff.Of(before, after)
	times, duties := comparison.Earlier(after)
	for _, at := range times {
		o.At, o.PastAt, o.Forecast, o.Duties = at, true, 0, duties
		o.Stdin, o.Cache, o.FromCache = bytes.NewReader(a.stdin.Bytes()), nil, nil
		fleet, err := Gather(ctx, rules, o, assessment.KeepAll, func(sink Sink, _ int) Sink { return sink })
		if err != nil {
			return nil, err
		}
		earlier, err := fleet.Whole()
		if err = errors.Join(err, fleet.Close()); err != nil {
			return nil, err
		}
		comparison.MarkAged(earlier)
	}
	return comparison, nil
}
