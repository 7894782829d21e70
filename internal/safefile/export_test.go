package safefile

import "testing"

// Fault is asked before each operation that changes a file system, until the test ends or another is set.
func Fault(t testing.TB, ask func(operation, name string, content []byte) error) {
	t.Helper()
	fault = ask
	t.Cleanup(func() { fault = nil })
}

// LockFile is the name of the file that is locked.
const LockFile = lockFile
