package policies_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// moments lists the pointers to all times and dates in a value.
func moments(value any, pointer string) (all []string) {
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			all = append(all, moments(below, pointer+document.Pointer(name))...)
		}
	case []any:
		for i, item := range v {
			all = append(all, moments(item, pointer+"/"+strconv.Itoa(i))...)
		}
	case string:
		if _, err := time.Parse(time.DateOnly, v[:min(len(v), len(time.DateOnly))]); err == nil {
			all = append(all, pointer)
		}
	}
	slices.Sort(all)
	return all
}

// move moves some times of evidence by up to some months.
func move(t *testing.T, value map[string]any, random *rand.Rand, share float64) {
	t.Helper()
	for _, pointer := range moments(value, "") {
		if random.Float64() >= share {
			continue
		}
		at := strings.LastIndexByte(pointer, '/')
		parent, _ := document.Lookup(value, pointer[:at])
		moved := func(text string) string {
			by := time.Duration(random.Int64N(int64(300*24*time.Hour))) - 150*24*time.Hour
			if day, err := time.Parse(time.DateOnly, text); err == nil {
				return day.Add(by).Format(time.DateOnly)
			}
			moment, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return text
			}
			return moment.Add(by).Truncate(time.Duration(1 + random.Int64N(int64(time.Minute)))).Format(time.RFC3339Nano)
		}
		switch parent := parent.(type) {
		case map[string]any:
			name := pointer[at+1:]
			parent[name] = moved(parent[name].(string))
		case []any:
			i, err := strconv.Atoi(pointer[at+1:])
			must(t, err)
			parent[i] = moved(parent[i].(string))
		}
	}
}

// someWaivers are waivers of random checks that begin or end about the time of the assessment.
func someWaivers(h house, random *rand.Rand) (all []waiver.Waiver) {
	checks := h.set.Checks()
	day := func() time.Time { return time.Date(2026, 10, 1+random.IntN(150), 0, 0, 0, 0, time.UTC) }
	for range 3 {
		approved := day()
		all = append(all, waiver.Waiver{
			Check: checks[random.IntN(len(checks))].ID, Pointers: nil, Reason: "r", RequestedBy: "ines.benali@arvella.example",
			ApprovedBy: "hugo.petit@arvella.example", ApprovedOn: approved, ExpiresOn: approved.AddDate(0, 0, random.IntN(90)), AcceptsMissing: true,
		})
	}
	return all
}

// eachDay judges everything every day from the start, as forecasts did before they knew when something can change.
func eachDay(c *engine.Case) forecast.Judge {
	return func(ctx context.Context, at time.Time, _ []string) ([]engine.Verdict, error) {
		service, err := c.Judge(ctx, at, nil)
		return engine.VerdictsAt(at, service), err
	}
}

// inTime judges what can have changed alone.
func inTime(timeline *engine.Timeline) forecast.Judge {
	return func(ctx context.Context, at time.Time, checks []string) ([]engine.Verdict, error) {
		return timeline.Verdicts(ctx, at, nil, checks)
	}
}

// What is found by judging only at times at which something can change is what is found by judging every day, byte for byte: over
// random times in the evidence, times of the assessment and waivers. And Next is never too late.
func TestForecastIsThatOfJudgingEveryDay(t *testing.T) {
	days := testhelp.Rounds(20, 6)
	h := load(t)
	e := h.engine(t)
	random := rand.New(rand.NewPCG(19, 2026))
	events := 0
	for round := range testhelp.Rounds(3, 1) {
		folder := good[round%len(good)]
		value := document.Clone(h.read(t, "../evidence/"+folder)).(map[string]any)
		move(t, value, random, []float64{0, 0.05, 0.3}[round%3])
		c, err := e.Open(engine.Evidence{Value: value, Locate: func(string) verdict.Location { return verdict.Location{} }}, someWaivers(h, random))
		must(t, err)
		start := instant(t).Add(time.Duration(random.Int64N(int64(60 * 24 * time.Hour))))
		timeline, err := c.Timeline()
		must(t, err)
		service, span, err := timeline.Judge(t.Context(), start, nil)
		must(t, err)
		plain, err := c.Judge(t.Context(), start, nil)
		must(t, err)
		if difference := cmp.Diff(plain, service); difference != "" {
			t.Fatalf("round %d: the verdicts differ: %s", round, difference)
		}
		next := timeline.Next(start, span)
		if before := next.Add(-1); !next.IsZero() && before.After(start) {
			later, err := c.Judge(t.Context(), before, nil)
			must(t, err)
			later.At = plain.At
			if difference := cmp.Diff(plain, later); difference != "" {
				t.Errorf("round %d: at %v something differs, and Next of %v is %v: %s", round, before, start, next, difference)
			}
		}
		events += sameAhead(t, c, start, days)
	}
	t.Logf("%d events", events)
	if events < days/2 {
		t.Errorf("only %d events: the evidence does not show that they are found", events)
	}
}

// sameAhead compares the forecasts of both ways, and answers how many events they have.
func sameAhead(t *testing.T, c *engine.Case, start time.Time, days int) int {
	t.Helper()
	timeline, err := c.Timeline()
	must(t, err)
	service, _, err := timeline.Judge(t.Context(), start, nil)
	must(t, err)
	got, err := forecast.Look(t.Context(), inTime(timeline), forecast.Today{At: start, Verdicts: timeline.Today(start, nil, service)}, days)
	must(t, err)
	plain, err := c.Judge(t.Context(), start, nil)
	must(t, err)
	want, err := forecast.Look(t.Context(), eachDay(c), forecast.Today{At: start, Verdicts: engine.VerdictsAt(start, plain)}, days)
	must(t, err)
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("from %v (-every day +timeline): %s", start, difference)
	}
	return len(want.Events)
}

// The same of long lists, of which a check that looks at each item on its own is evaluated again for a few items only.
func TestForecastOfLongListsIsThatOfJudgingEveryDay(t *testing.T) {
	testhelp.Long(t, "judges long lists every day")
	const items, days = 150, 8
	h := load(t)
	random := rand.New(rand.NewPCG(19, 2027))
	value := document.Clone(h.read(t, "../evidence/compliant")).(map[string]any)
	for _, pointer := range []string{"/keys/service_keys", "/credentials/certificates"} {
		at := strings.LastIndexByte(pointer, '/')
		section, _ := document.Lookup(value, pointer[:at])
		object, isObject := section.(map[string]any)
		list, isList := object[pointer[at+1:]].([]any)
		if !isObject || !isList {
			t.Fatalf("%s is no list", pointer)
		}
		for i := len(list); i < items; i++ {
			item := document.Clone(list[i%7]).(map[string]any)
			item["id"] = strconv.Itoa(i)
			move(t, item, random, 1)
			list = append(list, item)
		}
		object[pointer[at+1:]] = list
	}
	c, err := h.engine(t).Open(engine.Evidence{Value: value, Locate: func(string) verdict.Location { return verdict.Location{} }}, nil)
	must(t, err)
	if events := sameAhead(t, c, instant(t).Add(7*time.Hour), days); events < 10 {
		t.Errorf("only %d events: the evidence does not show that they are found", events)
	}
}
