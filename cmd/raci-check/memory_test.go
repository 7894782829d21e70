package main

import "testing"

// The collector goes by its limit until about half of it is held, and by proportion from then on.
func TestCollectorAdapts(t *testing.T) {
	c := &collector{limit: 256 << 20}
	for i, step := range []struct {
		live           uint64
		changes, large bool
	}{
		{100 << 20, false, false}, {200 << 20, true, true}, {900 << 20, false, true}, {129 << 20, false, true}, {20 << 20, true, false},
	} {
		if changes := c.adapt(step.live); changes != step.changes || c.isLarge != step.large {
			t.Errorf("step %d: changes %v, large %v", i, changes, c.isLarge)
		}
		if step.large != (c.inForce() > c.limit) {
			t.Errorf("step %d: the limit is %d", i, c.inForce())
		}
	}
}
