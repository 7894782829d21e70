//go:build !linux

package sandbox

import "runtime/debug"

// limitMemory makes the collector try to stay below the limit. Where this system has no fence that the Go runtime can live
// with, the watch alone ends a process above it.
func limitMemory(limit uint64) error {
	debug.SetMemoryLimit(int64(limit / 2))
	return nil
}
