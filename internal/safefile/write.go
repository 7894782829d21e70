package safefile

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
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

// Replace puts what is written into a file, whole, or leaves what was there. What is no regular file, such as /dev/null or a
// named pipe, stays what it is: it is written to.
func Replace(name string, write func(io.Writer) error) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeTo(name, os.O_WRONLY, write)
	}
	folder, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	temporary, err := stage(folder, ".", 0o600, write)
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
	file, err := os.OpenFile(name, flags, 0o600)
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

// stage writes a file of a name of its own into a folder below the root, for good; where that fails, it leaves nothing.
func stage(root *os.Root, folder string, mode fs.FileMode, write func(io.Writer) error) (name string, err error) {
	name = filepath.Join(folder, staged+rand.Text())
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	err = buffered(file, write)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		_ = root.Remove(name)
		return "", err
	}
	return name, nil
}

// File is a file to write.
type File struct {
	Name    string // below the folder, with forward slashes
	Content []byte
	Mode    fs.FileMode // 0 for 0644
}

func (f File) mode() fs.FileMode {
	if f.Mode == 0 {
		return 0o644
	}
	return f.Mode
}

func (f File) write(w io.Writer) error { _, err := w.Write(f.Content); return err }

// Create writes new files below a folder, and the folders that they lie in: all of them or, where one cannot be written or is
// there already (fs.ErrExist, as an Error with its name), none.
func Create(folder string, files []File) (err error) {
	var made []string // in their order
	defer func() {
		if err != nil {
			remove(made)
		}
	}()
	for _, file := range files {
		place := filepath.Join(folder, filepath.FromSlash(file.Name))
		folders, err := makeFolders(filepath.Dir(place))
		made = append(made, folders...)
		if err != nil {
			return err
		}
		if err := create(place, file); err != nil {
			return err
		}
		made = append(made, place)
	}
	return nil
}

// remove takes away what was made, the last first.
func remove(made []string) {
	for _, name := range slices.Backward(made) {
		_ = os.Remove(name) // a folder that somebody else wrote into stays
	}
}

// create writes a new file, whole or not at all.
func create(place string, file File) error {
	root, err := os.OpenRoot(filepath.Dir(place))
	if err != nil {
		return err
	}
	defer root.Close()
	base := filepath.Base(place)
	if _, err := root.Lstat(base); err == nil {
		return &Error{place, fs.ErrExist}
	}
	temporary, err := stage(root, ".", file.mode(), file.write)
	if err != nil {
		return err
	}
	defer func() { _ = root.Remove(temporary) }() // where it is renamed, it is gone
	switch err := root.Link(temporary, base); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return &Error{place, fs.ErrExist}
	default: // the file system has no second names
		return root.Rename(temporary, base)
	}
}

// makeFolders makes a folder and those that it lies in, and lists those that were not there.
func makeFolders(name string) (made []string, err error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, nil
	case err == nil:
		return nil, &Error{name, errors.New("it is a file, and not a folder")}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if made, err = makeFolders(filepath.Dir(name)); err != nil {
		return made, err
	}
	if err := os.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return made, err
	}
	return append(made, name), nil
}

// Change is a file to replace.
type Change struct {
	Path   string // below the folder, with forward slashes
	Before []byte // nil where there is no file
	After  []byte
}

// ReplaceAll replaces files below a folder, which it makes: each whole, and all of them or, as far as the file system allows,
// none. It refuses where a file is not as it was before.
func ReplaceAll(folder string, changes []Change) (err error) {
	made, err := makeFolders(folder)
	defer func() {
		if err != nil {
			remove(made)
		}
	}()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, change := range changes {
		if err := asBefore(root, change); err != nil {
			return err
		}
	}
	r := replacement{root: root, changes: changes}
	if err := r.stage(); err != nil {
		return errors.Join(err, r.undo())
	}
	if err := r.place(); err != nil {
		return errors.Join(err, r.undo())
	}
	return nil
}

// replacement is how far the replacing of files has come.
type replacement struct {
	root    *os.Root
	changes []Change
	made    []string // folders that were not there, the outermost first
	staged  []string // the new files, in the order of the changes
	placed  int      // how many of them are in their places
}

func (r *replacement) stage() error {
	for _, change := range r.changes {
		folder := filepath.Dir(filepath.FromSlash(change.Path))
		made := len(r.made)
		for above := folder; above != "."; above = filepath.Dir(above) {
			if _, err := r.root.Lstat(above); errors.Is(err, fs.ErrNotExist) {
				r.made = slices.Insert(r.made, made, above)
			}
		}
		if err := r.root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		name, err := stage(r.root, folder, modeOf(r.root, change.Path), File{Content: change.After}.write)
		if err != nil {
			return err
		}
		r.staged = append(r.staged, name)
	}
	return nil
}

func (r *replacement) place() error {
	for i, change := range r.changes {
		if err := r.root.Rename(r.staged[i], filepath.FromSlash(change.Path)); err != nil {
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
		errs = append(errs, restore(r.root, change))
	}
	for _, folder := range slices.Backward(r.made) {
		_ = r.root.Remove(folder) // one that somebody else wrote into stays
	}
	return errors.Join(errs...)
}

// asBefore fails where a file is not as it was before.
func asBefore(root *os.Root, change Change) error {
	now, err := Folder{root}.Read(change.Path, int64(len(change.Before)))
	absent := errors.Is(err, fs.ErrNotExist)
	var larger *LimitError
	switch {
	case absent && change.Before == nil:
		return nil
	case absent || errors.As(err, &larger) || err == nil && !bytes.Equal(now, change.Before):
		return &Error{change.Path, ErrChanged}
	}
	return err
}

// modeOf is the mode of a file, or what a new one gets.
func modeOf(root *os.Root, name string) fs.FileMode {
	if info, err := root.Stat(filepath.FromSlash(name)); err == nil {
		return info.Mode().Perm()
	}
	return File{}.mode()
}

func restore(root *os.Root, change Change) error {
	if change.Before == nil {
		return root.Remove(filepath.FromSlash(change.Path))
	}
	return root.WriteFile(filepath.FromSlash(change.Path), change.Before, 0o644)
}
