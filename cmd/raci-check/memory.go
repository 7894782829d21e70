package main

import (
	"cmp"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// One service allocates far less than this: collecting garbage would only cost time. A fleet meets the limit and collects; each
// processor has a service in flight.
const (
	memoryBase         = 128 << 20
	memoryPerProcessor = 64 << 20
)

// How much may be allocated before garbage is collected again, where more is held than the limit is good for: in percent of what is
// held, and at least as many bytes as the limit. Below a limit that is exceeded, a program collects without a pause.
const largePercent = 33

// memoryAim is what a single large service is to be assessed in, in bytes, where that is possible: as long as no more than two thirds of it
// are held, garbage is collected more often before it is exceeded.
const memoryAim = 848 << 20

// collector collects garbage where memory comes to a limit, and only there; or in proportion, where a single service holds about as
// much as the limit, such as one with many thousand keys.
type collector struct {
	limit   int64 // in bytes
	percent int   // where much is held; 0 where the limit is in force
	aims    bool  // at memoryAim
}

func newCollector() *collector {
	c := &collector{limit: int64(memoryBase + memoryPerProcessor*runtime.GOMAXPROCS(0))}
	c.set()
	return c
}

// inForce is the limit that is set now.
func (c *collector) inForce() int64 {
	switch {
	case c.aims:
		return max(memoryAim, c.limit)
	case c.percent > 0:
		return math.MaxInt64
	}
	return c.limit
}

func (c *collector) set() {
	debug.SetGCPercent(cmp.Or(c.percent, -1))
	debug.SetMemoryLimit(c.inForce())
}

// adapt decides by how much is live, in bytes, and reports whether that changes anything.
func (c *collector) adapt(live uint64) bool {
	limit, percent := uint64(c.limit), 0 //nolint:gosec // it is positive
	if live > limit/2 {
		percent = max(largePercent, int(limit*100/live)) //nolint:gosec // at most 200
	}
	aims := percent > 0 && live < memoryAim*2/3
	changes := percent != c.percent || aims != c.aims
	c.percent, c.aims = percent, aims
	return changes
}

// follow adapts after each collection of garbage, until somebody else sets a limit.
func (c *collector) follow() {
	mark := &struct{ _ [16]byte }{} // that nobody holds: each collection finds it
	runtime.SetFinalizer(mark, func(*struct{ _ [16]byte }) {
		if debug.SetMemoryLimit(-1) != c.inForce() {
			return
		}
		samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(samples)
		if samples[0].Value.Kind() == metrics.KindUint64 && c.adapt(samples[0].Value.Uint64()) {
			c.set()
		}
		c.follow()
	})
}
