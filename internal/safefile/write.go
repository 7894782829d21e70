package safefile

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// staged begins the name of a file that is not yet in its place; a random text follows.
const staged = ".raci-check-"

// Write puts a content into a file as Replace does.
func Write(name string, content []byte) error {
	return Replace(name, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// WritePrivate is Write of a file that, where it is new, its owner alone may read.
func WritePrivate(name string, content []byte) error {
	return replace(name, Private, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// Modes of new files. The system takes those bits away that the umask of whoever runs the program has.
const (
	Shared  fs.FileMode = 0o666 // as a shell makes files: reports, evidence, public keys
	Private fs.FileMode = 0o600 // private keys, and raw answers of sources
	folders fs.FileMode = 0o777
)

// Replace puts what is written into a file, whole, or leaves what was there. A file that is there keeps its mode. What is no regular
// file, such as /dev/null or a named pipe, stays what it is: it is written to.
func Replace(name string, write func(io.Writer) error) error { return replace(name, Shared, write) }

func replace(name string, mode fs.FileMode, write func(io.Writer) error) error {
	var kept fs.FileMode
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeTo(name, os.O_WRONLY, write)
	} else if err == nil {
		kept = info.Mode().Perm()
	}
	folder, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	temporary, err := stage(folder, ".", modes{mode, kept}, write)
	if err != nil {
		return err
	}
	if err := folder.Rename(temporary, filepath.Base(name)); err != nil {
		return errors.Join(err, folder.Remove(temporary))
	}
	return nil
}

// Append writes behind what a file holds; it makes the file where it is not there.
func Append(name string, write func(io.Writer) error) error {
	return writeTo(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, write)
}

func writeTo(name string, flags int, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, flags, Shared)
	if err != nil {
		return err
	}
	return errors.Join(buffered(file, write), file.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

// modes are the mode of a new file, and that of the file whose place it takes; 0 where there is none.
type modes struct{ fresh, kept fs.FileMode }

// stage writes a file of a name of its own into a folder below the root, for good; where that fails, it leaves nothing.
func stage(root *os.Root, folder string, mode modes, write func(io.Writer) error) (name string, err error) {
	name = filepath.Join(folder, staged+rand.Text())
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, cmp.Or(mode.kept, mode.fresh))
	if err != nil {
		return "", err
	}
	if mode.kept != 0 { // the umask is for new files
		err = file.Chmod(mode.kept)
	}
	if err == nil {
		err = buffered(file, write)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		_ = root.Remove(name)
		return "", err
	}
	return name, nil
}

// Change is a file to replace, or a new one.
type Change struct {
	Path   string // below the folder, with forward slashes
	Before []byte // nil where there is no file
	After  []byte
	Mode   fs.FileMode // of a new one; 0 for Shared
}

// Create is ReplaceAll of files that are not there yet.
func Create(folder string, files map[string][]byte) error {
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(files)) {
		changes = append(changes, Change{Path: name, After: files[name]})
	}
	return ReplaceAll(folder, changes)
}

// ReplaceAll replaces files below a folder, and makes the folders that they lie in: each file whole, and all of them or, as far
// as the file system allows, none. It refuses where a file is not as it was before, with an Error that wraps ErrChanged, or
// fs.ErrExist for one that is there already.
func ReplaceAll(folder string, changes []Change) error {
	made := missing(folder, os.Lstat)
	err := os.MkdirAll(folder, folders)
	if err == nil {
		err = replaceIn(folder, changes)
	}
	if err != nil {
		for _, name := range made {
			_ = os.Remove(name) // one that somebody else wrote into stays
		}
	}
	return err
}

// missing lists a folder and those that it lies in as far as they are not there, the innermost first.
func missing(folder string, lstat func(string) (fs.FileInfo, error)) (names []string) {
	for {
		if _, err := lstat(folder); !errors.Is(err, fs.ErrNotExist) {
			return names
		}
		names = append(names, folder)
		folder = filepath.Dir(folder)
	}
}

func replaceIn(folder string, changes []Change) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	r := replacement{root: root, folder: folder, changes: changes}
	for _, do := range []func() error{r.verify, r.stage, r.place} {
		if err := do(); err != nil {
			return errors.Join(err, r.undo())
		}
	}
	return nil
}

// replacement is how far the replacing of files has come.
type replacement struct {
	root    *os.Root
	folder  string
	changes []Change
	made    []string // folders that were not there, the innermost first
	staged  []string // the new files, in the order of the changes
	placed  int      // how many of them are in their places
}

// verify fails where a file is not as it was before.
func (r *replacement) verify() error {
	for _, change := range r.changes {
		now, err := Folder{r.root}.Read(change.Path, int64(len(change.Before)))
		absent := errors.Is(err, fs.ErrNotExist)
		var larger *LimitError
		switch {
		case absent && change.Before == nil:
		case change.Before == nil:
			return r.refuse(change, fs.ErrExist)
		case absent || errors.As(err, &larger) || err == nil && !bytes.Equal(now, change.Before):
			return r.refuse(change, ErrChanged)
		case err != nil:
			return err
		}
	}
	return nil
}

func (r *replacement) refuse(change Change, err error) error {
	return &Error{filepath.Join(r.folder, filepath.FromSlash(change.Path)), err}
}

func (r *replacement) stage() error {
	for _, change := range r.changes {
		folder := filepath.Dir(filepath.FromSlash(change.Path))
		r.made = append(missing(folder, r.root.Lstat), r.made...)
		if err := r.root.MkdirAll(folder, folders); err != nil {
			return err
		}
		mode := modes{fresh: cmp.Or(change.Mode, Shared)}
		if info, err := r.root.Stat(filepath.FromSlash(change.Path)); err == nil {
			mode.kept = info.Mode().Perm()
		}
		name, err := stage(r.root, folder, mode, func(w io.Writer) error { _, err := w.Write(change.After); return err })
		if err != nil {
			return err
		}
		r.staged = append(r.staged, name)
	}
	return nil
}

// place gives the new files their names. A new one takes no file's place: its second name is made before the first goes,
// where the file system has second names.
func (r *replacement) place() error {
	for i, change := range r.changes {
		name := filepath.FromSlash(change.Path)
		err := errors.ErrUnsupported
		if change.Before == nil {
			err = r.root.Link(r.staged[i], name)
		}
		switch {
		case err == nil:
			_ = r.root.Remove(r.staged[i]) // the file is in its place
		case errors.Is(err, fs.ErrExist):
			err = r.refuse(change, fs.ErrExist)
		default:
			err = r.root.Rename(r.staged[i], name)
		}
		if err != nil {
			return err
		}
		r.placed++
	}
	return nil
}

// undo puts back what was there before.
func (r *replacement) undo() error {
	var errs []error
	for _, name := range r.staged[r.placed:] {
		errs = append(errs, r.root.Remove(name))
	}
	for _, change := range r.changes[:r.placed] {
		name := filepath.FromSlash(change.Path)
		if change.Before == nil {
			errs = append(errs, r.root.Remove(name))
		} else {
			errs = append(errs, r.root.WriteFile(name, change.Before, Shared))
		}
	}
	for _, folder := range r.made {
		_ = r.root.Remove(folder) // one that somebody else wrote into stays
	}
	return errors.Join(errs...)
}
