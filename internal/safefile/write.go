package safefile

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Staged begins the name of a file that is not yet in its place; a random text follows.
const Staged = ".raci-check-"

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
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	folder, temporary := disk{root}, stagedBeside(".")
	if err := folder.create(temporary, modes{mode, kept}, write); err != nil {
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

// Change is a file to replace, a new one, or one to remove.
type Change struct {
	Path   string // below the folder, with forward slashes
	Before []byte // nil where there is no file
	After  []byte
	Mode   fs.FileMode // of a new one; 0 for Shared
	Remove bool        // there is to be no file
}

// Create is ReplaceAll of files that are not there yet.
func Create(folder string, files map[string][]byte) error { return ReplaceAll(folder, added(files)) }

func added(files map[string][]byte) (changes []Change) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		changes = append(changes, Change{Path: name, After: files[name]})
	}
	return changes
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
	r := replacement{disk: disk{root}, folder: folder, changes: changes}
	for _, do := range []func() error{r.stage, r.verify, r.place} {
		if err := do(); err != nil {
			return errors.Join(err, r.undo())
		}
	}
	return nil
}

// replacement is how far the replacing of files has come.
type replacement struct {
	disk
	folder  string
	changes []Change
	made    []string // folders that were not there, the innermost first
	staged  []string // the new files, in the order of the changes
	placed  int      // how many of them are in their places
}

// verify fails where a file is not as it was before.
func (r *replacement) verify() error {
	for _, change := range r.changes {
		now, err := Folder{r.Root}.Read(change.Path, int64(len(change.Before)))
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
		name := filepath.FromSlash(change.Path)
		r.made = append(missing(filepath.Dir(name), r.Lstat), r.made...)
		temporary := stagedBeside(name)
		if change.Remove {
			r.staged = append(r.staged, "")
			continue
		}
		if err := r.stageAt(temporary, change); err != nil {
			return err
		}
		r.staged = append(r.staged, temporary)
	}
	return nil
}

// stageAt writes the new content of a file under another name.
func (d disk) stageAt(temporary string, change Change) error {
	if err := d.MkdirAll(filepath.Dir(temporary), folders); err != nil {
		return err
	}
	mode := modes{fresh: cmp.Or(change.Mode, Shared)}
	if info, err := d.Stat(filepath.FromSlash(change.Path)); err == nil {
		mode.kept = info.Mode().Perm()
	}
	return d.create(temporary, mode, func(w io.Writer) error { _, err := w.Write(change.After); return err })
}

// place gives the new files their names.
func (r *replacement) place() error {
	for i, change := range r.changes {
		if change.Remove {
			if err := r.Remove(filepath.FromSlash(change.Path)); err != nil {
				return err
			}
			r.placed++
			continue
		}
		err := r.put(r.staged[i], filepath.FromSlash(change.Path), change.Before == nil)
		switch {
		case errors.Is(err, fs.ErrExist):
			return r.refuse(change, fs.ErrExist)
		case err != nil:
			return err
		}
		r.placed++
		if change.Before == nil {
			_ = r.Remove(r.staged[i]) // the file is in its place
		}
	}
	return nil
}

// put gives a staged file its name. A new one takes no file's place: where the file system has second names it gets one, and
// the first is still there.
func (d disk) put(temporary, name string, isNew bool) error {
	if isNew {
		if err := d.Link(temporary, name); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return d.Rename(temporary, name)
}

// undo puts back what was there before.
func (r *replacement) undo() error {
	var errs []error
	for _, name := range r.staged[r.placed:] {
		if name != "" {
			errs = append(errs, r.Remove(name))
		}
	}
	for _, change := range r.changes[:r.placed] {
		name := filepath.FromSlash(change.Path)
		if change.Before == nil {
			errs = append(errs, r.Remove(name))
		} else {
			errs = append(errs, r.WriteFile(name, change.Before, Shared))
		}
	}
	for _, folder := range r.made {
		_ = r.Remove(folder) // one that somebody else wrote into stays
	}
	return errors.Join(errs...)
}
