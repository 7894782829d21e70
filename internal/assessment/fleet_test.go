package assessment_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// many is an assessment of so many services of all kinds, each with an id of its own.
func many(t *testing.T, n int) *assessment.Assessment {
	t.Helper()
	hostile := reporttest.Hostile("a\u202e##[b]\x1b</script>\n鍵\U000e0041").Services[0]
	kinds := []func() assessment.Service{
		reporttest.Failing, reporttest.Compliant, reporttest.Broken, reporttest.Accepted, reporttest.Partial,
		func() assessment.Service { return hostile },
	}
	var services []assessment.Service
	for i := range n {
		s := kinds[i%len(kinds)]()
		s.Service.ID = fmt.Sprintf("%08d-9a41-4a5e-8f0a-3b1b6a1f5c21", i)
		services = append(services, s)
	}
	a := reporttest.Of(services...)
	a.Result, a.Readings = "", nil
	for i, s := range services {
		a.Result = verdict.Worse(a.Result, s.Result)
		a.AddReadings(&services[i])
	}
	if err := a.Seal(); err != nil {
		t.Fatal(err)
	}
	return a
}

// fleet gathers the services of an assessment one by one.
func fleet(t *testing.T, a *assessment.Assessment, keep assessment.Keep) *assessment.Fleet {
	t.Helper()
	f, err := assessment.NewFleet(*a, len(a.Services), keep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range a.Services {
		add, err := f.Take(&a.Services[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func written(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// However the services are held, the report is the same to the byte.
func TestAFleetWritesWhatAnAssessmentWrites(t *testing.T) {
	for _, n := range []int{1, 2, 8, 9, 60} {
		a := many(t, n)
		want := stored(t, a)
		for name, f := range map[string]*assessment.Fleet{"gathered": fleet(t, a, assessment.KeepAll), "in memory": assessment.FleetOf(a)} {
			if got := written(t, func(out *bytes.Buffer) error { return f.WriteJSON(out) }); got != want {
				t.Errorf("%d services %s: %s", n, name, cmp.Diff(want, got))
			}
			whole, err := f.Whole()
			if err != nil {
				t.Fatal(err)
			}
			if got := stored(t, whole); got != want {
				t.Errorf("%d services %s, whole: %s", n, name, cmp.Diff(want, got))
			}
		}
	}
}

func TestNDJSONGivesBackWhatWasWritten(t *testing.T) {
	form, err := schema.Compile("ndjson", assessment.LinesSchema())
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Verify("ndjson", assessment.LinesSchema()); err != nil {
		t.Error(err)
	}
	for _, n := range []int{1, 20} {
		a := many(t, n)
		want := stored(t, a)
		lines := written(t, func(out *bytes.Buffer) error { return fleet(t, a, assessment.KeepAll).WriteNDJSON(out) })
		if got := strings.Count(lines, "\n"); got != n+2 {
			t.Errorf("%d lines of %d services", got, n)
		}
		for text := range strings.Lines(lines) {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if pointer, misfit := form.Misfit(value); misfit {
				t.Errorf("%s does not fit in %.200s", pointer, text)
			}
			if strings.Contains(text, "##") || strings.Contains(text, "\u202e") {
				t.Errorf("not harmless: %s", text)
			}
		}
		for _, report := range []string{lines, want} { // both forms are read
			back, err := assessment.ReadFleet("fleet.ndjson", strings.NewReader(report))
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, func(out *bytes.Buffer) error { return back.WriteJSON(out) }); got != want {
				t.Error(cmp.Diff(want, got))
			}
			if got := written(t, func(out *bytes.Buffer) error { return back.WriteNDJSON(out) }); got != lines {
				t.Error(cmp.Diff(lines, got))
			}
			if err := back.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestReadFleetRefuses(t *testing.T) {
	text := written(t, func(out *bytes.Buffer) error { return fleet(t, many(t, 12), assessment.KeepAll).WriteNDJSON(out) })
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	replaced := replacer(t, text)
	for name, test := range map[string]struct {
		text string
		want error
		says string
	}{
		"another version":     {replaced("raci-check/ndjson/v1", "raci-check/ndjson/v2"), assessment.ErrVersion, "fleet.ndjson:1: "},
		"a verdict by hand":   {replaced(`"status":"fail"`, `"status":"pass"`), assessment.ErrChanged, "fleet.ndjson:14: "},
		"a result by hand":    {replaced(`"summary":{"result":"error"`, `"summary":{"result":"pass"`), assessment.ErrChanged, ""},
		"a field more":        {replaced(`"services":12`, `"services":12,"note":"x"`), assessment.ErrForm, "fleet.ndjson:14: "},
		"a status of its own": {replaced(`"status":"fail"`, `"status":"fine"`), assessment.ErrForm, "fleet.ndjson:2: "},
		"a service less":      {without(3), assessment.ErrChanged, ""},
		"no summary":          {without(13), assessment.ErrForm, "it is incomplete"},
		"the order":           {lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""), assessment.ErrForm, "fleet.ndjson:3: "},
		"a service twice":     {lines[0] + lines[1] + strings.Join(lines[1:], ""), assessment.ErrForm, "fleet.ndjson:3: "},
		"two heads":           {lines[0] + text, assessment.ErrForm, "fleet.ndjson:2: "},
		"no head":             {without(0), assessment.ErrForm, ""},
		"cut in a line":       {text[:len(text)/2], assessment.ErrForm, "unexpected EOF"},
		"something after it":  {text + "{}\n", assessment.ErrForm, "follows"},
		"something beside it": {strings.Replace(text, "}\n", "} {}\n", 1), assessment.ErrForm, "one object"},
		"an empty line":       {strings.Replace(text, "\n", "\n\n", 1), assessment.ErrForm, "fleet.ndjson:2: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assessment.ReadFleet("fleet.ndjson", strings.NewReader(test.text))
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, wanted %v that says %q", err, test.want, test.says)
			}
		})
	}
}

func TestTally(t *testing.T) {
	a := many(t, 60)
	tally := fleet(t, a, assessment.KeepFew).Tally
	results, bad := map[verdict.Status]int{}, 0
	for _, s := range a.Services {
		results[s.Result]++
		for _, activity := range s.Activities {
			for _, check := range activity.Checks {
				if check.Status.Bad() {
					bad++
				}
			}
		}
	}
	if diff := cmp.Diff(results, tally.Results); diff != "" {
		t.Error(diff)
	}
	counted := 0
	for _, n := range tally.Bad {
		counted += n
	}
	if counted != bad || tally.Services != 60 || tally.Waived == 0 {
		t.Errorf("%d bad checks of %d, %d services, %d waived", counted, bad, tally.Services, tally.Waived)
	}
	if len(tally.Worst) != assessment.WorstListed || tally.Worst[0].Result != verdict.Error {
		t.Errorf("worst %+v", tally.Worst)
	}
	for i, s := range tally.Worst[1:] {
		if s.Service.ID < tally.Worst[i].Service.ID {
			t.Errorf("%s comes after %s, which stands the same", s.Service.ID, tally.Worst[i].Service.ID)
		}
	}
	for _, duty := range tally.Duties {
		n := 0
		for _, count := range duty.Count {
			n += count
		}
		if n != 60 {
			t.Errorf("%s in %d services", duty.ID, n)
		}
	}
}

func TestWhatIsNotKeptIsNotThere(t *testing.T) {
	f := fleet(t, many(t, 30), assessment.KeepFew)
	if _, err := f.Whole(); !errors.Is(err, assessment.ErrNotKept) {
		t.Errorf("%v", err)
	}
}

// What a fleet holds in memory does not grow with the services.
func TestAFleetHoldsLittle(t *testing.T) {
	service := reporttest.Failing()
	heapOf := func(n int) uint64 {
		f, err := assessment.NewFleet(assessment.Assessment{}, n, assessment.KeepAll)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for i := range n {
			s := service
			s.Service.ID = fmt.Sprint(i)
			add, err := f.Take(&s)
			if err != nil {
				t.Fatal(err)
			}
			if err := add(); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		runtime.KeepAlive(f)
		return memory.HeapAlloc
	}
	small, large := heapOf(200), heapOf(2000)
	if large > small+1800*1024 { // a kilobyte each would be far less than a service is
		t.Errorf("200 services hold %d bytes, 2000 hold %d", small, large)
	}
}

// inLines is a stored fleet of some services.
func inLines(t *testing.T, a *assessment.Assessment, chosen func(i int) bool) *bytes.Buffer {
	t.Helper()
	part := *a
	part.Services = nil
	for i, s := range a.Services {
		if chosen(i) {
			part.Services = append(part.Services, s)
		}
	}
	var out bytes.Buffer
	testhelp.Must(t, fleet(t, &part, assessment.KeepAll).WriteNDJSON(&out))
	return &out
}

// Parts of a fleet that were stored in lines are merged as documents are, to the byte, however their services lie among each other.
func TestPartsInLinesAreMerged(t *testing.T) {
	a := many(t, 40)
	var parts []*assessment.Fleet
	var documents []*assessment.Assessment
	names := []string{"a.ndjson", "b.ndjson", "c.ndjson"}
	for i, name := range names {
		lines := inLines(t, a, func(k int) bool { return k%3 == i })
		read, err := assessment.ReadFleet(name, bytes.NewReader(lines.Bytes()))
		testhelp.Must(t, err)
		parts = append(parts, read)
		whole, err := read.Whole()
		testhelp.Must(t, err)
		documents = append(documents, whole)
	}
	merged, err := assessment.Merge(parts, names, false)
	testhelp.Must(t, err)
	defer merged.Close()
	got := written(t, func(out *bytes.Buffer) error { return merged.WriteJSON(out) })
	expected, err := reporttest.Merge(documents, names, false)
	testhelp.Must(t, err)
	if document := written(t, func(out *bytes.Buffer) error { return expected.WriteJSON(out) }); got != document {
		t.Errorf("%d bytes, of the documents %d", len(got), len(document))
	}
	if _, err := assessment.Read("merged.json", strings.NewReader(got)); err != nil || merged.Tally.Services != 40 {
		t.Errorf("%d services: %v", merged.Tally.Services, err)
	}
	if again := written(t, func(out *bytes.Buffer) error { return merged.WriteNDJSON(out) }); !strings.Contains(again, `"services":40`) {
		t.Errorf("%.300s", again)
	}
}

// What parts in lines hold in memory when they are merged does not grow with their services.
func TestMergingHoldsLittle(t *testing.T) {
	heapOf := func(n int) uint64 {
		a := reporttest.Of(reporttest.Failing())
		var services []assessment.Service
		for i := range n {
			s := a.Services[0]
			s.Service.ID = fmt.Sprintf("%06d", i)
			services = append(services, s)
		}
		a.Services = services
		even, odd := inLines(t, a, func(i int) bool { return i%2 == 0 }), inLines(t, a, func(i int) bool { return i%2 == 1 })
		first, err := assessment.ReadFleet("even.ndjson", even)
		testhelp.Must(t, err)
		second, err := assessment.ReadFleet("odd.ndjson", odd)
		testhelp.Must(t, err)
		merged, err := assessment.Merge([]*assessment.Fleet{first, second}, []string{"even.ndjson", "odd.ndjson"}, false)
		testhelp.Must(t, err)
		defer merged.Close()
		testhelp.Must(t, merged.WriteNDJSON(io.Discard))
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		runtime.KeepAlive(merged)
		return memory.HeapAlloc
	}
	small, large := heapOf(40), heapOf(400)
	if large > small+360*1024 {
		t.Errorf("40 services hold %d bytes, 400 hold %d", small, large)
	}
}
