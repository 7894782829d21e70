package main

import (
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

// largePercent is how much may be allocated, in percent of what is held, before garbage is collected again, where more is held than
// the limit is good for. Below a limit that is exceeded, a program collects without a pause.
const largePercent = 33

// collector collects garbage where memory comes to a limit, and only there; or in proportion, where a single service holds about as
// much as the limit, such as one with many thousand keys.
type collector struct {
	limit   int64 // in bytes
	isLarge bool
}

func newCollector() *collector {
	c := &collector{limit: int64(memoryBase + memoryPerProcessor*runtime.GOMAXPROCS(0))}
	c.set()
	return c
}

// inForce is the limit that is set now.
func (c *collector) inForce() int64 {
	if c.isLarge {
		return math.MaxInt64
	}
	return c.limit
}

func (c *collector) set() {
	percent := -1
	if c.isLarge {
		percent = largePercent
	}
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(c.inForce())
}

// adapt decides by how much is live, in bytes, and reports whether that changes anything.
func (c *collector) adapt(live uint64) bool {
	isLarge := live > uint64(c.limit)/2 //nolint:gosec // it is positive
	if isLarge == c.isLarge {
		return false
	}
	c.isLarge = isLarge
	return true
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
