package workspace

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Garbage is collected in a pause between changes, where there is as much of it in bytes: in an assessment of one change, that would take
// longer than the assessment. A pause is what no program makes that saves one file after the other.
const (
	pause       = 10 * time.Millisecond
	mostGarbage = 16 << 20
)

// grownPercent is how much a process may allocate where changes leave it no pause, in percent of what it holds. Memory that was never
// used takes longer than the collection: without a bound, an assessment took twice the time of one in memory that was used before.
const grownPercent = 200

// collect collects garbage, if there is much. A process that would collect none until it comes to a limit collects in proportion from now
// on: it is there for long.
func collect() {
	if before := debug.SetGCPercent(grownPercent); before >= 0 {
		debug.SetGCPercent(before)
	}
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	if samples[0].Value.Uint64() > samples[1].Value.Uint64()+mostGarbage {
		runtime.GC()
	}
}
