package cache_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/cache"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var thisRun = cache.Run{Version: "1", Program: "p", Rules: "r", At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}

// begun opens the file of a run and reads it.
func begun(t *testing.T, name string, run cache.Run) (*cache.Unfinished, error) {
	t.Helper()
	u, err := cache.OpenUnfinished(name, []byte(strings.Repeat("secret", 8)))
	testhelp.Must(t, err)
	t.Cleanup(func() { _ = u.Close() })
	return u, u.Begin(run)
}

// unfinished is the file of a run that was killed after so many entries, and where each of them ends.
func unfinished(t *testing.T, entries int) (content []byte, ends []int) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "part")
	u, err := begun(t, name, thisRun)
	testhelp.Must(t, err)
	for i := range entries {
		u.Put(cache.Key{byte(i)}, fmt.Append(nil, "head ", i), bytes.Repeat([]byte{byte(i)}, 100*i))
		info, err := os.Stat(name)
		testhelp.Must(t, err)
		ends = append(ends, int(info.Size()))
	}
	content, err = os.ReadFile(name)
	testhelp.Must(t, err)
	return content, ends
}

// has counts the entries that are as they were written, and fails where one is another.
func has(t *testing.T, u *cache.Unfinished, of int) (n int) {
	t.Helper()
	for i := range of {
		head, body, ok := u.Get(cache.Key{byte(i)}, true)
		if !ok {
			continue
		}
		n++
		if string(head) != fmt.Sprint("head ", i) || !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, 100*i)) {
			t.Errorf("entry %d is %q, %d bytes", i, head, len(body))
		}
	}
	return n
}

// Wherever a file is cut, the whole entries before the cut are there, and a later run continues behind them.
func TestAnUnfinishedRunIsCutAnywhere(t *testing.T) {
	t.Parallel()
	const entries = 5
	content, ends := unfinished(t, entries)
	for cut := range content {
		name := filepath.Join(t.TempDir(), "part")
		testhelp.Must(t, os.WriteFile(name, content[:cut], 0o600))
		u, err := begun(t, name, thisRun)
		if err != nil { // within the first entry, it is not said whose results these are
			if cut >= ends[0] || cut == 0 {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		expected := 0
		for _, end := range ends {
			if end <= cut {
				expected++
			}
		}
		if n := has(t, u, entries); n != expected {
			t.Fatalf("cut at %d: %d entries, expected %d", cut, n, expected)
		}
		u.Put(cache.Key{9}, []byte("later"), nil)
		testhelp.Must(t, u.Close())
		again, err := begun(t, name, thisRun)
		testhelp.Must(t, err)
		if head, _, ok := again.Get(cache.Key{9}, false); !ok || string(head) != "later" || has(t, again, entries) != expected {
			t.Fatalf("cut at %d, continued: %q, %d entries", cut, head, has(t, again, entries))
		}
		testhelp.Must(t, again.Close())
	}
}

// Whichever byte is changed, no entry is believed that is not as it was written.
func TestAnUnfinishedRunThatWasEditedIsNotBelieved(t *testing.T) {
	t.Parallel()
	const entries = 4
	content, ends := unfinished(t, entries)
	for i := range content {
		edited := bytes.Clone(content)
		edited[i] ^= 0x10
		name := filepath.Join(t.TempDir(), "part")
		testhelp.Must(t, os.WriteFile(name, edited, 0o600))
		u, err := begun(t, name, thisRun)
		if err != nil {
			continue
		}
		whole := 0
		for _, end := range ends {
			if end <= i {
				whole++
			}
		}
		if n := has(t, u, entries); n != whole || u.Dropped() == 0 {
			t.Fatalf("byte %d changed: %d entries are believed, expected %d", i, n, whole)
		}
		testhelp.Must(t, u.Close())
	}
	t.Run("entries of another file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "part")
		moved := append(bytes.Clone(content[:ends[0]]), content[ends[1]:ends[2]]...)
		copy(moved[ends[0]:], content[ends[0]:ends[0]+32]) // under the key of another entry
		testhelp.Must(t, os.WriteFile(name, moved, 0o600))
		u, err := begun(t, name, thisRun)
		testhelp.Must(t, err)
		if n := has(t, u, entries); n != 1 {
			t.Errorf("%d entries are believed", n)
		}
	})
}

// Results of another run, another secret, or another file are refused, and the file stays as it is.
func TestAnUnfinishedRunOfAnotherIsRefused(t *testing.T) {
	t.Parallel()
	content, _ := unfinished(t, 2)
	program, rules, at, past := thisRun, thisRun, thisRun, thisRun
	program.Program, rules.Rules, at.At, past.PastAt = "q", "s", thisRun.At.Add(time.Second), true
	for says, run := range map[string]cache.Run{
		"another build of the program": program, "other policies, parameters, waivers or options": rules, "for --at 2026-11-20T00:00:00Z, this run is for 2026-11-20T00:00:01Z": at,
		"another --allow-past-at": past,
	} {
		name := filepath.Join(t.TempDir(), "part")
		testhelp.Must(t, os.WriteFile(name, content, 0o600))
		if _, err := begun(t, name, run); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, expected %q", err, says)
		}
		if left, err := os.ReadFile(name); err != nil || !bytes.Equal(left, content) {
			t.Errorf("the file was changed: %v", err)
		}
	}
	for kind, text := range map[string]string{"a report": `{"schema": "raci-check/assessment/v1"}`, "a long text": strings.Repeat("evidence\n", 1000)} {
		name := filepath.Join(t.TempDir(), "part")
		testhelp.Must(t, os.WriteFile(name, []byte(text), 0o600))
		if _, err := begun(t, name, thisRun); err == nil || !strings.Contains(err.Error(), "no results that this program can believe") {
			t.Errorf("%s: %v", kind, err)
		}
		if left, err := os.ReadFile(name); err != nil || string(left) != text {
			t.Errorf("%s was changed: %v", kind, err)
		}
	}
	name := filepath.Join(t.TempDir(), "part")
	testhelp.Must(t, os.WriteFile(name, content, 0o600))
	u, err := cache.OpenUnfinished(name, []byte(strings.Repeat("another", 8)))
	testhelp.Must(t, err)
	defer u.Close()
	if err := u.Begin(thisRun); err == nil || !strings.Contains(err.Error(), "another secret") {
		t.Errorf("another secret: %v", err)
	}
}

// One run at a time uses a file, and others than its owner may not have access to it.
func TestAnUnfinishedRunIsOfOneRun(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "part")
	u, err := begun(t, name, thisRun)
	testhelp.Must(t, err)
	if _, err := cache.OpenUnfinished(name, []byte("x")); err == nil || !strings.Contains(err.Error(), "another run uses it") {
		t.Errorf("a second run: %v", err)
	}
	testhelp.Must(t, u.Finish())
	testhelp.Must(t, u.Close())
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	testhelp.Must(t, os.WriteFile(name, nil, 0o600))
	testhelp.Must(t, os.Chmod(name, 0o644))
	if _, err := cache.OpenUnfinished(name, []byte("x")); err == nil || !strings.Contains(err.Error(), "0644") {
		t.Errorf("a file for all: %v", err)
	}
	if _, err := cache.OpenUnfinished(t.TempDir(), []byte("x")); err == nil {
		t.Error("a folder is used")
	}
}
