// Package memfs is a tree of files in memory.
package memfs

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// FS holds the files of a tree by their paths. Folders are those that files lie in.
type FS map[string][]byte

// Open opens a file or a folder.
func (f FS) Open(name string) (fs.File, error) {
	data, isFile := f[name]
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case isFile:
		return file{bytes.NewReader(data), entry{path.Base(name), int64(len(data)), 0o444}}, nil
	case name == "." || len(f.below(name)) > 0:
		return file{strings.NewReader(""), entry{path.Base(name), 0, fs.ModeDir | 0o555}}, nil
	default:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
}

// ReadFile is the content of a file, which must not be changed.
func (f FS) ReadFile(name string) ([]byte, error) {
	data, isFile := f[name]
	if !isFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return data, nil
}

// ReadDir lists what lies in a folder, by name.
func (f FS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries := f.below(name)
	if len(entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return entries, nil
}

// below lists what lies in a folder.
func (f FS) below(folder string) []fs.DirEntry {
	prefix := folder + "/"
	if folder == "." {
		prefix = ""
	}
	found := map[string]entry{}
	for name, data := range f {
		rest, isBelow := strings.CutPrefix(name, prefix)
		if first, _, deeper := strings.Cut(rest, "/"); deeper && isBelow {
			found[first] = entry{first, 0, fs.ModeDir | 0o555}
		} else if isBelow {
			found[first] = entry{first, int64(len(data)), 0o444}
		}
	}
	var entries []fs.DirEntry
	for _, e := range found {
		entries = append(entries, fs.FileInfoToDirEntry(e))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

type file struct {
	io.Reader
	entry entry
}

func (f file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f file) Close() error               { return nil }

type entry struct {
	name string
	size int64
	mode fs.FileMode
}

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return e.size }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }
