package safefile

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// fault is asked before each operation that changes a file system, with what is to be written; nil except in tests, where an
// error fails the operation.
var fault func(operation, name string, content []byte) error

func try(operation, name string, content []byte) error {
	if fault == nil {
		return nil
	}
	return fault(operation, name, content)
}

// disk is a folder that is written to. All that changes it passes try.
type disk struct{ *os.Root }

// Rename gives a file another name.
func (d disk) Rename(old, name string) error {
	if err := try("rename", name, nil); err != nil {
		return err
	}
	return d.Root.Rename(old, name)
}

// Link gives a file a second name.
func (d disk) Link(old, name string) error {
	if err := try("link", name, nil); err != nil {
		return err
	}
	return d.Root.Link(old, name)
}

// Remove removes a file or an empty folder.
func (d disk) Remove(name string) error {
	if err := try("remove", name, nil); err != nil {
		return err
	}
	return d.Root.Remove(name)
}

// MkdirAll makes a folder and those that it lies in.
func (d disk) MkdirAll(name string, mode fs.FileMode) error {
	if err := try("mkdir", name, nil); err != nil {
		return err
	}
	return d.Root.MkdirAll(name, mode)
}

func (d disk) OpenFile(name string, flags int, mode fs.FileMode) (*os.File, error) {
	if err := try("open", name, nil); err != nil {
		return nil, err
	}
	return d.Root.OpenFile(name, flags, mode)
}

// modes are the mode of a new file, and that of the file whose place it takes; 0 where there is none.
type modes struct{ fresh, kept fs.FileMode }

// create writes a new file, for good; where that fails, it leaves nothing.
func (d disk) create(name string, mode modes, write func(io.Writer) error) error {
	file, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, cmp.Or(mode.kept, mode.fresh))
	if err != nil {
		return err
	}
	if mode.kept != 0 { // the umask is for new files
		err = file.Chmod(mode.kept)
	}
	if err == nil {
		err = buffered(writer{file}, write)
	}
	if err == nil {
		err = synced(file)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		_ = d.Remove(name)
		return err
	}
	return nil
}

// sync makes the names in a folder last, also if the power fails. Windows has no such call, and some file systems neither.
func (d disk) sync(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	file, err := d.Open(folder)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := synced(file); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

func synced(file *os.File) error {
	if err := try("sync", file.Name(), nil); err != nil {
		return err
	}
	return file.Sync()
}

type writer struct{ file *os.File }

func (w writer) Write(content []byte) (int, error) {
	if err := try("write", w.file.Name(), content); err != nil {
		return 0, err
	}
	return w.file.Write(content)
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

// stagedBeside is a name that no file has, in the folder of a file.
func stagedBeside(name string) string { return filepath.Join(filepath.Dir(name), Staged+rand.Text()) }
