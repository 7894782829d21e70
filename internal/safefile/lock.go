package safefile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

	"github.com/raci-check/raci-check/internal/sanitize"
)

// lockFile is the file that is locked. It is there while a command writes to the folder, and after one that was killed: then
// nobody has it locked.
const lockFile = ".raci-check.lock"

// Holder is a run that writes to a folder of evidence.
type Holder struct {
	Command string    `json:"command"` // with its program, such as "raci-check collect"
	Process int       `json:"process"`
	Host    string    `json:"host"`
	User    string    `json:"user"`
	Since   time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.Command == "" {
		return "another run"
	}
	word := func(text string) string { return sanitize.Cut(sanitize.Text(text), 100) } // it may come from a file of others
	return fmt.Sprintf("%s (process %d of %s on %s, since %s)", word(h.Command), h.Process, word(h.User), word(h.Host), h.Since.Format(time.RFC3339))
}

func (h Holder) here() Holder {
	h.Process = os.Getpid()
	h.Host, _ = os.Hostname()
	if now, err := user.Current(); err == nil {
		h.User = now.Username
	}
	h.Host, h.User = cmp.Or(h.Host, "unknown host"), cmp.Or(h.User, "unknown user")
	h.Since = h.Since.UTC().Truncate(time.Second)
	return h
}

// LockedError says that another run writes to a folder.
type LockedError struct {
	Folder string
	Holder Holder
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is locked by %s: wait until it has ended, or end that process; then run this again", e.Folder, e.Holder)
}

// Lock is the right to write to a folder of evidence, which one run has at a time. It ends with the process at the latest: the
// lock is one of the operating system, and the file that it is on only says whose it is.
type Lock struct {
	disk
	folder string
	file   *os.File
	made   []string // folders that were not there, the innermost first
	by     Holder
	// Completed is the run that was killed while it gave files their names, which was completed; nil for none.
	Completed *Holder
}

// Take locks a folder, and makes it where it is not there. It completes or takes back what a killed run left. It fails with a
// LockedError where another run has the lock.
func Take(folder string, by Holder) (*Lock, error) {
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name the folder of the evidence", folder)
	}
	made := missing(folder, os.Lstat)
	if err := try("mkdir", folder, nil); err != nil {
		return nil, err
	}
	err := os.MkdirAll(folder, folders)
	var root *os.Root
	if err == nil {
		root, err = os.OpenRoot(folder)
	}
	if err != nil {
		removeAll(made)
		return nil, err
	}
	l := &Lock{disk: disk{root}, folder: folder, made: made, by: by.here()}
	if l.file, err = l.acquire(); err != nil {
		l.leave()
		return nil, err
	}
	if err = l.sign(); err != nil {
		err = fmt.Errorf("lock %s: %w", folder, err)
	} else if err = l.recover(); err == nil {
		return l, nil
	}
	l.Release()
	return nil, err
}

// Locker takes the lock of a folder for a run that has a name. Nil takes it for one without.
type Locker func(folder string) (*Lock, error)

func (t Locker) Take(folder string) (*Lock, error) {
	if t == nil {
		return Take(folder, Holder{})
	}
	return t(folder)
}

// The lock is tried more than once: a run that is about to end lets it go, and one that begins has yet to say who it is.
const (
	attempts = 50
	pause    = 10 * time.Millisecond
)

func (l *Lock) acquire() (*os.File, error) {
	for attempt := 1; ; attempt++ {
		if info, err := l.Lstat(lockFile); err == nil && !info.Mode().IsRegular() {
			return nil, &Error{filepath.Join(l.folder, lockFile), ErrNotRegular} // a link would lead to another file
		}
		file, err := l.OpenFile(lockFile, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o644)
		if errors.Is(err, fs.ErrPermission) { // another user's can be read
			if theirs, _, opened := (Folder{l.Root}).Open(lockFile); opened == nil {
				err = fmt.Errorf("%w: the lock is of %s, another user", err, holderIn(theirs))
				_ = theirs.Close() // it was only read
			}
		}
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", l.folder, err)
		}
		free, err := lock(file)
		switch {
		case err != nil:
			err = fmt.Errorf("lock %s: %w: keep evidence on a file system that can lock files", l.folder, err)
		case free && l.inPlace(file):
			return file, nil
		case attempt == attempts:
			err = &LockedError{l.folder, holderIn(file)}
		}
		_ = file.Close() // nothing was written
		if err != nil {
			return nil, err
		}
		time.Sleep(pause)
	}
}

// inPlace reports whether a file is the one that others find by its name: an earlier holder may have removed it since it was
// opened.
func (l *Lock) inPlace(file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := l.Lstat(lockFile)
	return err == nil && os.SameFile(info, named)
}

// holderIn is the run that a lock's file names; nobody where it does not say.
func holderIn(file *os.File) Holder {
	var by Holder
	content, err := ReadAll(file, maxSecret)
	if err == nil && json.Unmarshal(content, &by) != nil {
		return Holder{}
	}
	return by
}

func (l *Lock) Of(folder string) bool {
	info, err := os.Stat(folder)
	if err != nil {
		return false
	}
	own, err := l.Stat(".")
	return err == nil && os.SameFile(info, own)
}

// sign writes into the file who has it.
func (l *Lock) sign() error {
	content, err := json.Marshal(l.by)
	if err != nil {
		return fmt.Errorf("encode the holder of the lock: %w", err)
	}
	if err := try("truncate", lockFile, nil); err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = writer{l.file}.Write(append(content, '\n'))
	return err
}

// Release ends the lock. What it cannot remove is in nobody's way.
func (l *Lock) Release() {
	_ = l.Remove(lockFile) // before others can have it
	_ = l.file.Close()
	l.leave()
}

// leave ends the use of the folder, and removes what was made for it and is empty.
func (l *Lock) leave() {
	_ = l.Close()
	removeAll(l.made)
}

// removeAll removes folders that are empty.
func removeAll(folders []string) {
	for _, name := range folders {
		if try("remove", name, nil) == nil {
			_ = os.Remove(name) // one that somebody wrote into stays
		}
	}
}
