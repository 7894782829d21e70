package document

// Limits bound what a document may hold. Each is the largest value that is still accepted.
type Limits struct {
	Bytes          int // size of the file
	Depth          int // mappings and lists inside each other; the top level is the first
	Nodes          int // keys and values of all kinds together
	KeysPerMapping int
	ScalarBytes    int // size of one value
	KeyBytes       int // size of one key
}

// DefaultLimits hold any honest evidence with room to spare.
var DefaultLimits = Limits{
	Bytes:          8 << 20,
	Depth:          64,
	Nodes:          500_000,
	KeysPerMapping: 2_000,
	ScalarBytes:    64 << 10,
	KeyBytes:       1 << 10,
}
