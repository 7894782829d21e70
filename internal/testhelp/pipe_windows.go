package testhelp

import "errors"

// Mkfifo is an error: Windows has no named pipes in folders.
func Mkfifo(string) error { return errors.ErrUnsupported }
