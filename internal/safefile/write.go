// Package safefile replaces files, whole or not at all.
package safefile

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write puts a content into a file as Replace does.
func Write(name string, content []byte) error {
	return Replace(name, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// Replace puts the whole content in place, or leaves what was there: a temporary file beside it, then a rename.
func Replace(name string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeDevice(name, write)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".raci-check-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temporary.Name())
		}
	}()
	if err = buffered(temporary, write); err != nil {
		temporary.Close()
		return err
	}
	if err = temporary.Sync(); err != nil {
		temporary.Close()
		return err
	}
	if err = temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// writeDevice writes to what is no file, such as /dev/null or a named pipe, and must stay what it is.
func writeDevice(name string, write func(io.Writer) error) error {
	device, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(device, write), device.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}
