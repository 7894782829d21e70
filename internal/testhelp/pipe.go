//go:build !windows

package testhelp

import "syscall"

// Mkfifo makes a named pipe; it is an error where the system has none in folders.
func Mkfifo(name string) error { return syscall.Mkfifo(name, 0o600) }
