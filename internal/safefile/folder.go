package safefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Folder is a folder whose files are reached by names below it, with forward slashes; no name and no link leads out of it.
type Folder struct{ root *os.Root }

// ErrLeaves says that a name leads out of its folder.
var ErrLeaves = errors.New("the path leaves the folder")

// OpenFolder opens a folder; Close ends its use.
func OpenFolder(name string) (Folder, error) {
	root, err := os.OpenRoot(name)
	return Folder{root}, err
}

// IsOpen reports whether this is a folder that was opened.
func (f Folder) IsOpen() bool { return f.root != nil }

// Close ends the use of the folder.
func (f Folder) Close() error { return f.root.Close() }

// FS is the folder as fs.WalkDir and others read it, for as long as it is open.
func (f Folder) FS() fs.FS { return f.root.FS() }

// Open opens a regular file.
func (f Folder) Open(name string) (*os.File, fs.FileInfo, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) || strings.Contains(name, `\`) {
		return nil, nil, &Error{name, ErrLeaves}
	}
	return regular(name, func() (*os.File, error) { return f.root.OpenFile(local, readOnly, 0) })
}

// Read reads a regular file of at most so many bytes.
func (f Folder) Read(name string, most int64) ([]byte, error) {
	return content(name, most, func() (*os.File, fs.FileInfo, error) { return f.Open(name) })
}

// Digest is the sha256 of a regular file of at most so many bytes, with at most so many of its first bytes.
func (f Folder) Digest(name string, most, head int64) (Digested, error) {
	file, info, err := f.Open(name)
	if err != nil {
		return Digested{}, err
	}
	defer file.Close()
	sum, err := digest(file, info, most, head)
	if err != nil {
		return Digested{}, &Error{name, err}
	}
	return sum, nil
}

// Unpack writes a new file and the folders that it lies in, for its owner alone. What it writes is for this run: where it
// fails, a part of it may stay.
func (f Folder) Unpack(name string, content io.Reader) error {
	local := filepath.FromSlash(name)
	if err := f.root.MkdirAll(filepath.Dir(local), privateFolder); err != nil {
		return err
	}
	file, err := f.root.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// Mkdir makes a folder below this one.
func (f Folder) Mkdir(name string) error {
	return f.root.Mkdir(filepath.FromSlash(name), privateFolder)
}

// WriteLosable puts a content into a file for its owner alone, whole, or leaves what was there. It does not wait for the disk, so it
// is for what is checked when it is read, and made again where it is lost.
func (f Folder) WriteLosable(name string, content []byte) error {
	folder, local := disk{f.root}, filepath.FromSlash(name)
	if err := folder.MkdirAll(filepath.Dir(local), privateFolder); err != nil {
		return err
	}
	temporary := stagedBeside(local)
	file, err := folder.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, Private)
	if err != nil {
		return err
	}
	_, err = writer{file}.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = folder.Rename(temporary, local)
	}
	if err != nil {
		_ = folder.Remove(temporary)
	}
	return err
}

// Remove removes a file.
func (f Folder) Remove(name string) error { return disk{f.root}.Remove(filepath.FromSlash(name)) }

// SetTime sets the time at which a file was last changed.
func (f Folder) SetTime(name string, at time.Time) error {
	return f.root.Chtimes(filepath.FromSlash(name), at, at)
}

// privateFolder is the mode of a folder that its owner alone may use.
const privateFolder fs.FileMode = 0o700

// MakePrivateFolder makes a folder that its owner alone may use, where there is none.
func MakePrivateFolder(name string) error { return os.MkdirAll(name, privateFolder) }
