package permission

import "time"

// Constant is a stretch of time in which an answer is the same: from Since on, and before Until. A zero time is no limit.
type Constant struct{ Since, Until time.Time }

// clock is the time that permissions are worked out for. It is asked and never read, so that it sees all that the answer can
// depend on.
type clock struct {
	at       time.Time
	constant Constant // in which all questions so far have the same answers
}

// reached reports whether a time is not after that of the clock.
func (c *clock) reached(t time.Time) bool {
	if t.After(c.at) {
		if c.constant.Until.IsZero() || t.Before(c.constant.Until) {
			c.constant.Until = t
		}
		return false
	}
	if c.constant.Since.IsZero() || t.After(c.constant.Since) {
		c.constant.Since = t
	}
	return true
}
