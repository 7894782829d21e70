package forecast_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

var start = time.Date(2026, 11, 20, 9, 30, 0, 500, time.UTC)

// rule is a check that a judge finds bad from one time until another.
type rule struct {
	activity, check, pointer string
	from, until              time.Time
	waivedUntil              time.Time
}

// judge gives verdicts by rules, as an engine does by policies.
func judge(rules []rule) forecast.Judge {
	return func(_ context.Context, at time.Time, _ []string) ([]engine.Verdict, error) {
		var all []engine.Verdict
		for _, r := range rules {
			c := assessment.Check{ID: r.check, Severity: verdict.High, Status: verdict.Pass}
			if !at.Before(r.from) && (r.until.IsZero() || at.Before(r.until)) {
				c.Status = verdict.Fail
				f := assessment.Finding{Status: verdict.Fail, Pointer: r.pointer, Message: r.check + " is bad", Waived: at.Before(r.waivedUntil)}
				if f.Waived {
					c.Status = verdict.Waived
				}
				c.Findings = []assessment.Finding{f}
			}
			all = append(all, engine.Verdict{Activity: r.activity, Check: c, Span: engine.Only(at.UnixNano())})
		}
		return all, nil
	}
}

func look(t *testing.T, rules []rule) *assessment.Forecast {
	t.Helper()
	today, err := judge(rules)(t.Context(), start, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := forecast.Look(t.Context(), judge(rules), forecast.Today{At: start, Verdicts: today}, 90)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLook(t *testing.T) {
	when := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	type event struct {
		At, Check string
		Waiver    bool
	}
	for name, test := range map[string]struct {
		rule rule
		want []event
	}{
		"to the second":            {rule{from: when("2026-12-03T17:22:05Z")}, []event{{"2026-12-03T17:22:05Z", "a.b", false}}},
		"within a second":          {rule{from: when("2026-12-03T17:22:05.2Z")}, []event{{"2026-12-03T17:22:06Z", "a.b", false}}},
		"on the first day":         {rule{from: when("2026-11-20T09:30:01Z")}, []event{{"2026-11-20T09:30:01Z", "a.b", false}}},
		"on the last":              {rule{from: when("2027-02-18T09:30:00Z")}, []event{{"2027-02-18T09:30:00Z", "a.b", false}}},
		"after the last":           {rule{from: when("2027-02-18T09:30:01Z")}, nil},
		"bad today":                {rule{from: when("2026-01-01T00:00:00Z")}, nil},
		"passes again":             {rule{from: when("2026-12-03T00:00:00Z"), until: when("2026-12-20T00:00:00Z")}, []event{{"2026-12-03T00:00:00Z", "a.b", false}}},
		"the waiver ends":          {rule{from: when("2026-01-01T00:00:00Z"), waivedUntil: when("2027-02-01T00:00:00Z")}, []event{{"2027-02-01T00:00:00Z", "a.b", true}}},
		"bad and waived from then": {rule{from: when("2026-12-03T00:00:00Z"), waivedUntil: when("2027-12-01T00:00:00Z")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := test.rule
			r.activity, r.check, r.pointer = "1.1", "a.b", "/a/b"
			var got []event
			for _, e := range look(t, []rule{r}).Events {
				got = append(got, event{e.At, e.Checks[0], e.WaiverEnds})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What several checks of several duties say of one place at the same time is one event.
func TestLookTogether(t *testing.T) {
	at := start.Add(50 * time.Hour)
	shared := func(ctx context.Context, when time.Time, checks []string) ([]engine.Verdict, error) {
		all, err := judge([]rule{{activity: "1.1", check: "a.b", pointer: "/x", from: at}, {activity: "1.2", check: "c.d", pointer: "/x", from: at}})(ctx, when, checks)
		for i := range all {
			for k := range all[i].Check.Findings {
				all[i].Check.Findings[k].Message = "stale"
			}
		}
		return all, err
	}
	today, err := shared(t.Context(), start, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := forecast.Look(t.Context(), shared, forecast.Today{At: start, Verdicts: today}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Events) != 1 || cmp.Diff([]string{"a.b", "c.d"}, got.Events[0].Checks) != "" {
		t.Errorf("%+v", got.Events)
	}
}

func TestLookErrors(t *testing.T) {
	wanted := errors.New("no engine")
	_, err := forecast.Look(t.Context(), func(context.Context, time.Time, []string) ([]engine.Verdict, error) {
		return nil, wanted
	}, forecast.Today{At: start}, 3)
	if !errors.Is(err, wanted) {
		t.Errorf("%v", err)
	}
}

func TestJSONFitsItsSchema(t *testing.T) {
	form, err := schema.Compile("forecast", forecast.JSONSchema)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := forecast.WriteJSON(&out, reporttest.Of(reporttest.Failing())); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if pointer, misfit := form.Misfit(value); misfit {
		t.Errorf("%s does not fit", pointer)
	}
}
