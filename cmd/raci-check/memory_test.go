package main

import "testing"

// The collector goes by its limit until about half of it is held, and by proportion from then on.
func TestCollectorAdapts(t *testing.T) {
	c := &collector{limit: 256 << 20}
	for i, step := range []struct {
		live    uint64
		changes bool
		percent int
	}{
		{100 << 20, false, 0}, {200 << 20, true, 128}, {900 << 20, true, largePercent}, {2 << 30, false, largePercent}, {128<<20 + 1, true, 199}, {20 << 20, true, 0},
		{500 << 20, true, 51}, {700 << 20, true, 36},
	} {
		if changes := c.adapt(step.live); changes != step.changes || c.percent != step.percent {
			t.Errorf("step %d: changes %v, %d percent", i, changes, c.percent)
		}
		if step.percent > 0 != (c.inForce() > c.limit) || (c.inForce() == memoryAim) != (step.percent > 0 && step.live < 512<<20) {
			t.Errorf("step %d: the limit is %d", i, c.inForce())
		}
	}
}
