package sandbox

import (
	"runtime/debug"
	"syscall"
)

// limitMemory fences the process: the collector tries to stay below the limit, the watch ends it above, and the kernel
// refuses twice as much where one allocation is faster than the watch.
func limitMemory(limit uint64) error {
	debug.SetMemoryLimit(int64(limit / 2))
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: 2 * limit, Max: 2 * limit})
}
