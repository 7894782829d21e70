package policies_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory be collected seldom: these tests make and drop thousands of evaluations, and collecting after each few of
// them takes a third of the time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
