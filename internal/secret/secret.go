// Package secret reads files that hold keys and tokens, and refuses those that others can read.
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// maxBytes is more than any key or token has.
const maxBytes = 64 << 10

// ErrExposed says that others than the owner of a file have access to it.
var ErrExposed = errors.New("others than its owner can use the file: run chmod 600 on it")

// Read reads a file to which only its owner has access. Windows keeps who has access elsewhere; there it is not looked at.
func Read(name string) ([]byte, error) {
	info, err := os.Stat(name) // before it is opened: opening a pipe would wait
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	switch {
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s: %w", name, ErrExposed)
	case info.Size() > maxBytes:
		return nil, fmt.Errorf("%s: larger than %d KiB, so it is neither a key nor a token", name, maxBytes>>10)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	return content, nil
}
