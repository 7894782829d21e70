package workspace_test

import (
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/verdict"
)

// In a process that would collect no garbage by itself, that of changes is collected in the pauses between them.
func TestGarbageIsCollectedBetweenChanges(t *testing.T) { // not beside others, which have garbage too
	before := debug.SetGCPercent(-1)
	defer debug.SetGCPercent(before)
	f := watched(t, unchanged)
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	// Each change has a pause behind it, so garbage may be that which needs no collection, and that of a single change.
	const most = 48 << 20
	texts := [2]string{"rpo_hours: 24", "rpo_hours: 999"}
	for i := range 30 {
		f.replaceFrom(t.TempDir(), "backups.yaml", texts[i%2], texts[1-i%2])
		f.next("the change is seen", func(s seen) bool { return (s.result == verdict.Fail) == (i%2 == 0) })
		time.Sleep(settled / 3)
	}
	metrics.Read(samples)
	// What lived at the last collection may have been swept since, so the difference may be negative.
	if garbage := int64(samples[0].Value.Uint64()) - int64(samples[1].Value.Uint64()); garbage > most {
		t.Errorf("%d MiB of garbage lie there", garbage>>20)
	}
	if percent := debug.SetGCPercent(before); percent < 0 {
		t.Error("where changes leave no pause, garbage is never collected")
	}
}
