package safefile_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/raci-check/raci-check/internal/safefile"
)

func TestOneLockForEachFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	first, err := safefile.Take(folder, someone)
	if err != nil {
		t.Fatal(err)
	}
	_, err = safefile.Take(folder, safefile.Holder{Command: "raci-check attach"})
	var locked *safefile.LockedError
	if !errors.As(err, &locked) {
		t.Fatal(err)
	}
	if host, _ := os.Hostname(); locked.Holder.Command != someone.Command || locked.Holder.Process != os.Getpid() || locked.Holder.Host != host || !locked.Holder.Since.Equal(someone.Since) {
		t.Errorf("it is of %+v", locked.Holder)
	}
	for _, says := range []string{folder, "raci-check collect (process " + strconv.Itoa(os.Getpid()) + " of ", "since 2026-11-20T09:00:00Z", "run this again"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
	other, err := safefile.Take(filepath.Join(folder, "below"), someone)
	if err != nil {
		t.Fatalf("another folder: %v", err)
	}
	if !first.Of(folder) || first.Of(filepath.Join(folder, "below")) || first.Of(filepath.Join(folder, "none")) {
		t.Error("a lock takes another folder for its own")
	}
	other.Release()
	first.Release()
	if _, err := os.Lstat(filepath.Dir(folder)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folders that were made for nothing stay: %v", err)
	}
}

// The file of a run that was killed is nobody's lock, whatever is in it.
func TestTheLockOfAKilledRunIsFree(t *testing.T) {
	for _, content := range []string{"", "{", `{"command": "raci-check collect", "process": 1}` + strings.Repeat(" ", 1000)} {
		folder := folderWith(t, filesBefore)
		put(t, filepath.Join(folder, safefile.LockFile), content)
		lock, err := safefile.Take(folder, someone)
		if err != nil {
			t.Fatal(err)
		}
		_, err = safefile.Take(folder, someone)
		if err == nil || !strings.Contains(err.Error(), "(process "+strconv.Itoa(os.Getpid())) {
			t.Errorf("%v", err)
		}
		lock.Release()
		if _, err := os.Lstat(filepath.Join(folder, safefile.LockFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its file stays: %v", err)
		}
	}
}

// What a file of others says of the holder is one short line.
func TestAHolderIsOneLine(t *testing.T) {
	text := safefile.Holder{Command: "raci-check collect\nraci-check: all good", Host: "\x1b[2J", User: strings.Repeat("anna", 1000)}.String()
	if len(text) > 500 || strings.ContainsAny(text, "\n\x1b") {
		t.Errorf("%.600q", text)
	}
}

// A link in the place of the file leads to no other file, and nothing is written through it.
func TestTheLockIsNoLink(t *testing.T) {
	for _, to := range []string{"keys.yaml", "none"} {
		folder := folderWith(t, filesBefore)
		if err := os.Symlink(to, filepath.Join(folder, safefile.LockFile)); err != nil {
			t.Skip("no links here")
		}
		before := tree(t, folder)
		if _, err := safefile.Take(folder, someone); !errors.Is(err, safefile.ErrNotRegular) {
			t.Errorf("%s: %v", to, err)
		}
		if !maps.Equal(before, tree(t, folder)) {
			t.Errorf("%s: the folder was changed", to)
		}
	}
}

func TestAFileIsNoFolderToLock(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "a"), "a")
	if _, err := safefile.Take(file, someone); err == nil || !strings.Contains(err.Error(), "is a file: name the folder") {
		t.Errorf("%v", err)
	}
}

func TestAFolderThatCannotBeLocked(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("every folder may be written to")
	}
	folder := folderWith(t, filesBefore)
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := safefile.Take(folder, someone); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
	if err := read(t, folder); err != nil {
		t.Errorf("it cannot be read: %v", err)
	}
}

// At each moment one of many has the lock, also while its file is removed and made again.
func TestManyWantTheLock(t *testing.T) {
	folder := t.TempDir()
	var inside, refusals, successes int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				lock, err := safefile.Take(folder, someone)
				var locked *safefile.LockedError
				mu.Lock()
				switch {
				case errors.As(err, &locked):
					refusals++
					mu.Unlock()
					continue
				case err != nil:
					t.Error(err)
					mu.Unlock()
					return
				}
				if inside++; inside > 1 {
					t.Error("two have the lock")
				}
				successes++
				mu.Unlock()
				runtime.Gosched()
				mu.Lock()
				inside--
				mu.Unlock()
				lock.Release()
			}
		})
	}
	all.Wait()
	if successes < 8 {
		t.Errorf("%d had it, %d had not", successes, refusals)
	}
	if left := below(t, folder); len(left) > 0 {
		t.Errorf("%q stay", left)
	}
}
