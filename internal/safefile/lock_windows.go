package safefile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock locks an open file if nobody has it locked. The lock ends when the file is closed, also by the end of the process. It is
// on a byte far behind the content, because Windows lets nobody read what is locked.
func lock(file *os.File) (free bool, err error) {
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&windows.Overlapped{OffsetHigh: 1})
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION):
		return false, nil
	default:
		return false, os.NewSyscallError("LockFileEx", err)
	}
}
