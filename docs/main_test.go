package docs

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory be collected seldom: what makes the pages judges some thousand services.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
