package ruleset_test

import (
	"runtime"
	"testing"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// The shipped files are in the program already. Each start takes their digest, so a copy of them is a megabyte of its memory.
func TestTheDigestCopiesNoFiles(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := rules.Digest(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	const most = 400 << 10
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > most {
		t.Errorf("%d bytes are allocated, want at most %d", allocated, most)
	}
}
