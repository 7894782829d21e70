package engine

import "math"

// Span is a stretch of time, in nanoseconds since 1970 UTC: From is in it, Until is not.
type Span struct{ From, Until int64 }

// Always is the whole time.
var Always = Span{math.MinInt64, math.MaxInt64}

// Only is a span that has nothing but one time.
func Only(at int64) Span { return Span{at, at + 1} }

// Contains reports whether a time is in the span.
func (s Span) Contains(at int64) bool { return s.From <= at && at < s.Until }

// And is what two spans share.
func (s Span) And(other Span) Span { return Span{max(s.From, other.From), min(s.Until, other.Until)} }
