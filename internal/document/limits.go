package document

import "cmp"

// Limits bound what a document may hold. Each is the largest value that is still accepted.
type Limits struct {
	Bytes          int // size of the file
	Depth          int // mappings and lists inside each other; the top level is the first
	Nodes          int // keys and values of all kinds together
	KeysPerMapping int
	ScalarBytes    int    // size of one value
	KeyBytes       int    // size of one key
	Remedy         string // what to do where Bytes or Nodes is too few; empty for making the file smaller
}

func (l Limits) remedy() string { return cmp.Or(l.Remedy, "make it smaller") }

// WithBytes are the limits for files of so many bytes. A larger file may hold more in the same proportion, else the size
// alone would not help; what one part may hold stays.
func (l Limits) WithBytes(bytes int) Limits {
	if bytes > l.Bytes {
		l.Nodes = int(int64(l.Nodes) * int64(bytes) / int64(l.Bytes))
	}
	l.Bytes = bytes
	return l
}

// Limit says what goes beyond a limit. An Error that tells of one wraps it.
type Limit string

// What can go beyond a limit.
const (
	TooLarge     Limit = "file too large"
	TooDeep      Limit = "nested too deep"
	TooManyNodes Limit = "too many keys and values"
	TooManyKeys  Limit = "too many keys in one mapping"
	LongScalar   Limit = "value too long"
	LongKey      Limit = "key too long"
	TooManyFiles Limit = "too many files in one folder"
)

func (l Limit) Error() string { return string(l) }

// DefaultLimits hold any honest evidence with room to spare.
var DefaultLimits = Limits{
	Bytes:          8 << 20,
	Depth:          64,
	Nodes:          500_000,
	KeysPerMapping: 2_000,
	ScalarBytes:    64 << 10,
	KeyBytes:       1 << 10,
}
