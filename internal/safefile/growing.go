package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrInUse says that another run has a file.
var ErrInUse = errors.New("another run uses it")

// Growing is a file that one run at a time appends to, and that its owner alone may use. What is appended is there for the next run
// however this one ends; only a failure of the machine can take the end of it away.
type Growing struct {
	folder disk
	name   string // in the folder
	file   *os.File
	size   int64
}

// OpenGrowing opens a file, and makes it where it is not there.
func OpenGrowing(name string) (*Growing, error) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	g := &Growing{folder: disk{root}, name: filepath.Base(name)}
	file, info, err := regular(name, func() (*os.File, error) {
		return g.folder.OpenFile(g.name, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, Private)
	})
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	g.file = file
	if err = OwnerOnly(info); err == nil {
		err = g.own()
	}
	if err != nil {
		return nil, errors.Join(&Error{name, err}, g.Close())
	}
	return g, nil
}

// own locks the file, and waits a moment for a run that is about to end. Its size is read then: that run may have written until it ended.
func (g *Growing) own() error {
	for attempt := 1; ; attempt++ {
		free, err := lock(g.file)
		if err != nil {
			return err
		}
		if free {
			break
		}
		if attempt == attempts {
			return ErrInUse
		}
		time.Sleep(pause)
	}
	info, err := g.file.Stat()
	if err != nil {
		return err
	}
	if named, err := g.folder.Lstat(g.name); err != nil || !os.SameFile(info, named) { // a run that ended has just removed it
		return ErrInUse
	}
	g.size = info.Size()
	return nil
}

// Size is how many bytes the file has.
func (g *Growing) Size() int64 { return g.size }

// ReadAt reads from a place on.
func (g *Growing) ReadAt(content []byte, at int64) (int, error) { return g.file.ReadAt(content, at) }

// Append writes behind what is there: all of it, or nothing.
func (g *Growing) Append(content []byte) error {
	err := try("write", g.name, content)
	if err == nil {
		_, err = g.file.WriteAt(content, g.size)
	}
	if err != nil {
		return errors.Join(err, g.file.Truncate(g.size))
	}
	g.size += int64(len(content))
	return nil
}

// Cut takes away what is behind so many bytes.
func (g *Growing) Cut(size int64) error {
	if err := g.file.Truncate(size); err != nil {
		return fmt.Errorf("cut %s: %w", g.name, err)
	}
	g.size = size
	return nil
}

// Remove removes the file; it stays to be closed.
func (g *Growing) Remove() error {
	if err := g.folder.Remove(g.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close lets the file go.
func (g *Growing) Close() error { return errors.Join(g.file.Close(), g.folder.Close()) }
