package collect

import "testing"

// SetSizes has lists split that are smaller than real ones.
func SetSizes(t *testing.T, whole, part int) {
	wholeBefore, partBefore := mostWhole, mostPart
	mostWhole, mostPart = whole, part
	t.Cleanup(func() { mostWhole, mostPart = wholeBefore, partBefore })
}
