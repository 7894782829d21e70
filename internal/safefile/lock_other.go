//go:build !windows

package safefile

import (
	"errors"
	"os"
	"syscall"
)

// lock locks an open file if nobody has it locked. The lock ends when the file is closed, also by the end of the process.
func lock(file *os.File) (free bool, err error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, os.NewSyscallError("flock", err)
		}
	}
}
