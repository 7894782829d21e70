package assess_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// accepted is a file of so many waivers that are about no finding, and of one that is about a finding of services without evidence.
// Every tenth has ended.
func accepted(name string, n int) string {
	var file strings.Builder
	file.WriteString("api_version: raci-check/v1\nkind: Waivers\nwaivers:\n")
	for i := range n {
		end := "2027-03-01"
		if i%10 == 9 {
			end = "2026-11-10"
		}
		fmt.Fprintf(&file, "  - {check: backups.policy_owned, pointers: [/nowhere/%d], reason: %s risk %d, requested_by: julien.faure@arvella.example, approved_by: claire.moreau@arvella.example, approved_on: 2026-11-02, expires_on: %s}\n", i, name, i, end)
	}
	fmt.Fprintf(&file, "  - {check: backups.policy_owned, reason: %s is about findings, requested_by: julien.faure@arvella.example, approved_by: claire.moreau@arvella.example, approved_on: 2026-11-02, expires_on: 2027-03-01}\n", name)
	return file.String()
}

// waived is a fleet with waivers beside the evidence of some of it, and others in a file of their own.
func waived(t *testing.T, services, waivers int) assess.Options {
	t.Helper()
	dir := tinies(t, services)
	o := options(dir)
	put(t, filepath.Join(dir, "waivers.yaml"), accepted("beside", waivers))
	named := filepath.Join(t.TempDir(), "named.yaml")
	put(t, named, accepted("named", waivers))
	o.Waivers = []string{named}
	return o
}

// What names no service is stored once in the report of a fleet, however many services there are, in every form.
func TestAFleetListsWaiversOfAllServicesOnce(t *testing.T) {
	t.Parallel()
	const waivers = 50
	o := waived(t, 7, waivers)
	result := run(t, o)
	report := encode(t, result)
	for _, name := range []string{"beside", "named"} {
		for i := range waivers {
			if n := strings.Count(report, fmt.Sprintf("%q", fmt.Sprintf("%s risk %d", name, i))); n != 1 {
				t.Fatalf("the %s waiver %d is stored %d times", name, i, n)
			}
		}
	}
	states := map[assessment.WaiverState]int{}
	for _, w := range result.Waivers {
		states[w.State]++
	}
	if states[assessment.WaiverUnused] != 2*waivers*9/10 || states[assessment.WaiverRejected] != 2*waivers/10 || len(states) != 2 {
		t.Errorf("the report lists for no service %v", states)
	}
	for _, service := range result.Services {
		if len(service.Waivers) == 0 || slices.ContainsFunc(service.Waivers, func(w assessment.Waiver) bool { return len(w.Pointers) > 0 }) {
			t.Errorf("%s lists %v", service.Service.ID, service.Waivers)
		}
	}

	t.Run("lines and the document say the same", func(t *testing.T) {
		fleet := assessment.FleetOf(result)
		var lines, again bytes.Buffer
		testhelp.Must(t, fleet.WriteNDJSON(&lines))
		read, err := assessment.ReadFleet("fleet.ndjson", bytes.NewReader(lines.Bytes()))
		testhelp.Must(t, err)
		defer read.Close()
		testhelp.Must(t, read.WriteJSON(&again))
		if again.String() != report {
			t.Error(difference(again.String(), report))
		}
		removed := bytes.Replace(lines.Bytes(), []byte("named risk 1\""), []byte("named risk x\""), 1)
		if _, err := assessment.ReadFleet("fleet.ndjson", bytes.NewReader(removed)); err == nil {
			t.Error("a waiver in the summary was changed, and the report is read")
		}
	})
	t.Run("the text counts and lists them", func(t *testing.T) {
		var out bytes.Buffer
		testhelp.Must(t, text.WriteFleet(&out, assessment.FleetOf(result), text.Options{Details: true}))
		if !strings.Contains(out.String(), "90 are unused") || strings.Count(out.String(), "named risk 1\n") != 1 {
			t.Errorf("%.3000s", out.String())
		}
	})
	t.Run("one service alone lists its waivers", func(t *testing.T) {
		alone := o
		alone.Paths = []string{filepath.Join(o.Paths[0], "s7")}
		single := run(t, alone)
		if len(single.Waivers) > 0 || len(single.Services[0].Waivers) != waivers+1 {
			t.Errorf("%d for no service, %d for the service", len(single.Waivers), len(single.Services[0].Waivers))
		}
	})
	t.Run("the cache gives the same, for the counts too", func(t *testing.T) {
		k := newKept(t)
		alone := o
		alone.Paths = []string{filepath.Join(o.Paths[0], "s7")}
		for round, hits := range []int{0, 7} {
			if n := k.hits(o); n != hits {
				t.Errorf("round %d: %d services came from the cache, expected %d", round, n, hits)
			}
		}
		if n := k.hits(alone); n != 0 { // of a fleet, it lists fewer waivers
			t.Errorf("%d services came from the cache", n)
		}
		counted := func(o assess.Options) assessment.Tally {
			fleet, err := assess.Gather(t.Context(), rules(t), o, assessment.KeepFew, func(sink assess.Sink, _ int) assess.Sink { return sink })
			testhelp.Must(t, err)
			defer fleet.Close()
			return fleet.Tally
		}
		cached, done := k.use(o)
		defer done()
		if got, expected := counted(cached), counted(o); fmt.Sprint(got.Waivers) != fmt.Sprint(expected.Waivers) {
			t.Errorf("%v, without the cache %v", got.Waivers, expected.Waivers)
		}
	})
}

// A waiver that one part of a fleet has no use for, and another has, is listed where it is about a finding, and nowhere else.
func TestPartsOfAFleetListEachWaiverOnce(t *testing.T) {
	t.Parallel()
	named := filepath.Join(t.TempDir(), "named.yaml")
	put(t, named, accepted("named", 10))
	first, second := options(tinies(t, 3)), options(compliant, gaps)
	first.Waivers, second.Waivers = []string{named}, []string{named}
	parts := []*assessment.Assessment{run(t, first), run(t, second)}
	merged, err := reporttest.Merge(parts, []string{"first", "second"}, false)
	testhelp.Must(t, err)
	fleet := first
	fleet.Paths = slices.Concat(first.Paths, second.Paths)
	whole := run(t, fleet)
	if fmt.Sprint(merged.Waivers) != fmt.Sprint(whole.Waivers) || len(whole.Waivers) != 10 {
		t.Errorf("merged:\n%v\nof one run:\n%v", merged.Waivers, whole.Waivers)
	}
}

// A comparison says what became of a waiver once: not that it was removed from services that it is no longer listed for.
func TestAComparisonKnowsWaiversOfAllServices(t *testing.T) {
	t.Parallel()
	o := waived(t, 4, 3)
	after := run(t, o)
	before := run(t, o)
	// as earlier versions listed them
	for i := range before.Services {
		before.Services[i].Waivers = append(before.Services[i].Waivers, before.Waivers...)
	}
	before.Waivers = nil
	if d := diff.Of(before, after); len(d.Waivers) > 0 {
		t.Errorf("against a report of an earlier version: %v", d.Waivers)
	}
	fewer := run(t, o)
	fewer.Waivers = fewer.Waivers[1:]
	if d := diff.Of(fewer, after); len(d.Waivers) != 1 || d.Waivers[0].Kind != diff.Added {
		t.Errorf("one is new: %v", d.Waivers)
	}
	if d := diff.Of(after, fewer); len(d.Waivers) != 1 || d.Waivers[0].Kind != diff.Removed {
		t.Errorf("one is gone: %v", d.Waivers)
	}
	// It is about a finding of one service, and was about one of none.
	now := run(t, o)
	now.Services[0].Waivers = append(now.Services[0].Waivers, now.Waivers[0])
	now.Services[0].Waivers[len(now.Services[0].Waivers)-1].State = assessment.WaiverApplied
	now.Waivers = now.Waivers[1:]
	if d := diff.Of(after, now); len(d.Waivers) != 1 || d.Waivers[0].Kind != diff.Changed || d.Waivers[0].Waiver.State != assessment.WaiverApplied {
		t.Errorf("it is applied now: %v", d.Waivers)
	}
	if d := diff.Of(now, after); len(d.Waivers) != 1 || d.Waivers[0].Kind != diff.Changed || d.Waivers[0].Waiver.State != assessment.WaiverUnused {
		t.Errorf("it is no longer applied: %v", d.Waivers)
	}
	if after.Result != verdict.Fail && after.Result != verdict.Missing {
		t.Error(after.Result)
	}
}
