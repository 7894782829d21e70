package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Where a check cannot be evaluated, nothing is known of other times: who looks ahead is told, and can ask for each time.
func TestVerdictsOfACheckThatCannotBeEvaluated(t *testing.T) {
	e, err := build(t, `to_number(input.windows.word) > 1; finding := {"condition": "open", "pointer": "/w", "values": {}}`, 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := e.Open(evidence(t, strings.Replace(good, `"open": false`, `"open": false, "word": "x"`, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	timeline, err := c.Timeline()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	service, _, err := timeline.Judge(t.Context(), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range timeline.Today(at, nil, service) {
		if v.Span != engine.Only(at.UnixNano()) {
			t.Errorf("%s is said to stay: %v", v.Check.ID, v.Span)
		}
	}
	if _, err := timeline.Verdicts(t.Context(), at, nil, []string{"windows.shut"}); !errors.Is(err, engine.ErrUntimed) {
		t.Errorf("%v", err)
	}
	verdicts, err := c.Verdicts(t.Context(), at, nil, []string{"windows.shut"})
	if err != nil || len(verdicts) != 1 || verdicts[0].Check.Status != verdict.Error || !strings.Contains(verdicts[0].Reason, "to_number") {
		t.Errorf("%+v, %v", verdicts, err)
	}
	verdicts, err = timeline.Verdicts(t.Context(), at, nil, []string{"doors.shut"})
	if err != nil || len(verdicts) != 1 || verdicts[0].Check.ID != "doors.shut" || verdicts[0].Span == engine.Only(at.UnixNano()) {
		t.Errorf("%+v, %v", verdicts, err)
	}
}
