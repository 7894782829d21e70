// Package safefile opens, reads, hashes, locks and writes the files of others: evidence, policies, reports, keys. It reads regular
// files only and never more than a limit, and it writes a file whole or not at all. No other package of the program opens
// files by their names.
package safefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// What can be wrong with a file; an error about a file by its name is an Error that wraps one of them, or one of package os.
var (
	ErrNotRegular = errors.New("not a regular file")
	ErrChanging   = errors.New("it was written to while it was read")
	ErrChanged    = errors.New("changed since it was read")

	errFolder = fmt.Errorf("this is a folder, %w", ErrNotRegular)
)

// Error is what is wrong with a file.
type Error struct {
	Name string
	Err  error
}

func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap is what is wrong, without the file's name.
func (e *Error) Unwrap() error { return e.Err }

// LimitError says that a file is larger than so many bytes.
type LimitError struct{ Limit int64 }

func (e *LimitError) Error() string {
	limit, unit := e.Limit, "bytes"
	for _, larger := range []string{"KiB", "MiB", "GiB"} {
		if limit < 1<<10 || limit%(1<<10) != 0 {
			break
		}
		limit, unit = limit>>10, larger
	}
	return fmt.Sprintf("larger than the limit of %d %s", limit, unit)
}

// ExposedError says that others than the owner of a file have access to it.
type ExposedError struct{ Mode fs.FileMode }

func (e *ExposedError) Error() string {
	return fmt.Sprintf("others than its owner may use this file (mode %04o): chmod 600 it", e.Mode)
}

// readOnly opens without waiting: a named pipe would wait until somebody writes to it.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK

// Open opens a regular file.
func Open(name string) (*os.File, fs.FileInfo, error) {
	return regular(name, func() (*os.File, error) { return os.OpenFile(name, readOnly, 0) })
}

// regular opens a file and refuses it where it is not a regular one. It looks at the file that is open: a name may mean
// another file a moment later.
func regular(name string, open func() (*os.File, error)) (*os.File, fs.FileInfo, error) {
	file, err := open()
	if errors.Is(err, syscall.ENXIO) { // as sockets answer
		err = &Error{name, ErrNotRegular}
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &Error{name, errFolder}
	case !info.Mode().IsRegular():
		err = &Error{name, ErrNotRegular}
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, nil, err
	}
	return file, info, nil
}

// Read reads a regular file of at most so many bytes.
func Read(name string, most int64) ([]byte, error) {
	return content(name, most, func() (*os.File, fs.FileInfo, error) { return Open(name) })
}

func content(name string, most int64, open func() (*os.File, fs.FileInfo, error)) ([]byte, error) {
	file, _, err := open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := ReadAll(file, most)
	if err != nil {
		return nil, &Error{name, err}
	}
	return data, nil
}

// ReadAll reads to the end, and fails with a LimitError where that is more than so many bytes; it reads one byte more to see it.
func ReadAll(r io.Reader, most int64) ([]byte, error) {
	size := int64(0)
	if file, isFile := r.(*os.File); isFile {
		if info, err := file.Stat(); err == nil {
			size = info.Size()
		}
	}
	data := bytes.NewBuffer(make([]byte, 0, min(size, most)+bytes.MinRead))
	_, err := data.ReadFrom(io.LimitReader(r, most+1))
	if err == nil && int64(data.Len()) > most {
		err = &LimitError{most}
	}
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

// maxSecret is more than any key or token has.
const maxSecret = 64 << 10

// ReadSecret reads a key or a token from a file that nobody but its owner can use.
func ReadSecret(name string) ([]byte, error) {
	return content(name, maxSecret, func() (*os.File, fs.FileInfo, error) {
		file, info, err := Open(name)
		if err != nil {
			return nil, nil, err
		}
		if err := OwnerOnly(info); err != nil {
			_ = file.Close() // it was only opened
			return nil, nil, &Error{name, err}
		}
		return file, info, nil
	})
}

// OwnerOnly fails with an ExposedError where others than its owner have access to a file. Windows keeps who has access
// elsewhere, and answers 0666 for every file; there it is not looked at.
func OwnerOnly(info fs.FileInfo) error {
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return &ExposedError{mode}
	}
	return nil
}

// Sum is the sha256 of a content, in hexadecimal.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// buffers are for copying: services have many artifacts.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// Digested is the sha256 of a file, in hexadecimal, with the beginning of the file.
type Digested struct {
	SHA256 string
	Head   []byte
	Whole  bool // Head is all of the file
}

// digest is the sha256 of an open file of at most so many bytes, with at most so many of its first bytes.
func digest(file *os.File, info fs.FileInfo, most, head int64) (Digested, error) {
	size := info.Size()
	if size > most {
		return Digested{}, &LimitError{most}
	}
	beginning := make([]byte, min(size, head))
	if _, err := io.ReadFull(file, beginning); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Digested{}, ErrChanging
	} else if err != nil {
		return Digested{}, err
	}
	hash := sha256.New()
	hash.Write(beginning)
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := io.CopyBuffer(hash, io.LimitReader(file, size-int64(len(beginning))+1), *buffer)
	if err == nil && n != size-int64(len(beginning)) {
		err = ErrChanging
	}
	return Digested{hex.EncodeToString(hash.Sum(nil)), beginning, size <= head}, err
}

// SumOf is the sha256 of what is read to the end, in hexadecimal, if that is at most so many bytes.
func SumOf(r io.Reader, most int64) (string, error) {
	hash := sha256.New()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := io.CopyBuffer(hash, io.LimitReader(r, most+1), *buffer)
	if err == nil && n > most {
		err = &LimitError{most}
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}

// largestProgram is more than any build of this program has, in bytes.
const largestProgram = 1 << 30

// DigestRunning is the sha256 of the program that runs, which has this name. Where the system can tell, it is that of the file the
// program was started from, also if another has its name by now.
func DigestRunning(name string) (string, error) {
	if runtime.GOOS == "linux" {
		if file, _, err := Open("/proc/self/exe"); err == nil {
			defer file.Close()
			return SumOf(file, largestProgram)
		}
	}
	file, _, err := Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return SumOf(file, largestProgram)
}
