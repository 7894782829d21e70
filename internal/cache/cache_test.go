package cache_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/cache"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func options() cache.Options {
	return cache.Options{Secret: []byte(strings.Repeat("secret", 8)), Now: func() time.Time { return now }}
}

func keyOf(text string) cache.Key { return sha256.Sum256([]byte(text)) }

func open(t *testing.T, dir string, o cache.Options) *cache.Cache {
	t.Helper()
	c, err := cache.Open(dir, o)
	testhelp.Must(t, err)
	t.Cleanup(func() { testhelp.Must(t, c.Close()) })
	return c
}

// entries are the files of entries below a folder.
func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	testhelp.Must(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && filepath.Dir(name) != dir {
			names = append(names, name)
		}
		return err
	}))
	return names
}

func TestAnEntryIsWhatWasPut(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "new"), options())
	large := bytes.Repeat([]byte("0123456789"), 10_000) // more than is read at once
	for i, head := range [][]byte{[]byte("head"), nil, large} {
		for j, body := range [][]byte{[]byte("body"), {}, large} {
			key := keyOf(fmt.Sprint(i, j))
			if _, _, ok := c.Get(key, true); ok {
				t.Fatal("there is an entry that nobody put")
			}
			c.Put(key, head, body)
			gotHead, gotBody, ok := c.Get(key, true)
			if !ok || !bytes.Equal(gotHead, head) || !bytes.Equal(gotBody, body) {
				t.Errorf("%d, %d: %v, %d and %d bytes", i, j, ok, len(gotHead), len(gotBody))
			}
			gotHead, gotBody, ok = c.Get(key, false)
			if !ok || !bytes.Equal(gotHead, head) || gotBody != nil {
				t.Errorf("%d, %d: the head alone: %v, %d and %d bytes", i, j, ok, len(gotHead), len(gotBody))
			}
		}
	}
}

// Whatever byte is changed, and wherever an entry is cut or continued, it is not believed.
func TestADamagedEntryIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	testhelp.Must(t, os.Chmod(dir, 0o700))
	c := open(t, dir, options())
	key := keyOf("a")
	c.Put(key, []byte("the head"), []byte("the body, which is a little longer"))
	file := entries(t, dir)[0]
	whole, err := os.ReadFile(file)
	testhelp.Must(t, err)
	for i := range whole {
		for _, change := range [][]byte{
			append(append(bytes.Clone(whole[:i]), whole[i]^1), whole[i+1:]...), whole[:i], append(bytes.Clone(whole), whole[:i+1]...),
		} {
			testhelp.Must(t, os.WriteFile(file, change, 0o600))
			if head, body, ok := c.Get(key, true); ok {
				t.Errorf("changed at %d, it is believed: %q, %q", i, head, body)
			}
		}
	}
	testhelp.Must(t, os.WriteFile(file, whole, 0o600))
	if _, _, ok := c.Get(key, true); !ok {
		t.Error("restored, it is not believed")
	}
}

func TestAForeignEntryIsNotBelieved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	strange := options()
	strange.Secret = []byte(strings.Repeat("another", 8))
	theirs := open(t, dir, strange)
	key, other := keyOf("a"), keyOf("b")
	theirs.Put(key, []byte("all passes"), []byte("all passes"))
	c := open(t, dir, options())
	if _, _, ok := c.Get(key, true); ok {
		t.Error("an entry that was sealed with another secret is believed")
	}
	c.Put(key, []byte("of a"), nil)
	c.Put(other, []byte("of b"), nil)
	files := entries(t, dir)
	content, err := os.ReadFile(files[0])
	testhelp.Must(t, err)
	testhelp.Must(t, os.WriteFile(files[1], content, 0o600))
	a, _, isA := c.Get(key, false)
	b, _, isB := c.Get(other, false)
	if isA == isB || isA && string(a) != "of a" || isB && string(b) != "of b" {
		t.Errorf("under the name of another entry: %q (%v), %q (%v)", a, isA, b, isB)
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	testhelp.Must(t, os.Chmod(dir, 0o700))
	testhelp.Put(t, filepath.Join(dir, "evidence.yaml"), "kind: Evidence\n")
	if _, err := cache.Open(dir, options()); err == nil || !strings.Contains(err.Error(), "holds other files") {
		t.Errorf("a folder with other files: %v", err)
	}
	if _, err := cache.Open(filepath.Join(dir, "evidence.yaml"), options()); err == nil {
		t.Error("a file is a cache")
	}
	if _, err := cache.OpenToShow(filepath.Join(dir, "none"), options()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	shared := filepath.Join(dir, "shared")
	testhelp.Must(t, os.Mkdir(shared, 0o700))
	for _, mode := range []fs.FileMode{0o770, 0o707, 0o755, 0o702} {
		testhelp.Must(t, os.Chmod(shared, mode))
		if _, err := cache.Open(shared, options()); err == nil || !strings.Contains(err.Error(), "chmod 700") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

// The cache stays within its size, and what is used stays in it.
func TestWhatIsUsedLeastGoesFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	o := options()
	clock := now
	o.Now = func() time.Time { return clock }
	o.MaxSize = 40_000
	c := open(t, dir, o)
	head := bytes.Repeat([]byte("x"), 1000)
	size := func() (all int64) {
		list, err := c.Entries()
		testhelp.Must(t, err)
		for _, entry := range list {
			all += entry.Size
		}
		return all
	}
	used := keyOf("used")
	c.Put(used, head, nil)
	for i := range 100 {
		key := keyOf(fmt.Sprint(i))
		c.Put(key, head, nil)
		clock = clock.Add(2 * time.Hour)
		list, err := c.Entries()
		testhelp.Must(t, err)
		for _, entry := range list { // the clock of the file system is not that of the test
			if time.Since(entry.Used).Abs() < time.Hour {
				testhelp.Must(t, os.Chtimes(filepath.Join(dir, filepath.FromSlash(entry.Name)), clock, clock))
			}
		}
		clock = clock.Add(2 * time.Hour)
		if _, _, ok := c.Get(used, false); !ok {
			t.Fatalf("after %d entries, that which is always used is gone", i+1)
		}
		if all := size(); all > o.MaxSize {
			t.Fatalf("after %d entries, the cache has %d bytes", i+1, all)
		}
	}
	if _, _, ok := c.Get(keyOf("0"), false); ok {
		t.Error("what was never used again is still there")
	}
	if _, _, ok := c.Get(keyOf("99"), false); !ok {
		t.Error("what was put last is gone")
	}
}

func TestClearRemovesEntriesAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	c := open(t, dir, options())
	c.Put(keyOf("a"), []byte("a"), nil)
	c.Put(keyOf("b"), []byte("b"), nil)
	stranger := filepath.Join(filepath.Dir(entries(t, dir)[0]), "notes.txt")
	testhelp.Put(t, stranger, "mine")
	removed, size, err := c.Clear()
	testhelp.Must(t, err)
	if removed != 2 || size == 0 {
		t.Errorf("%d entries, %d bytes", removed, size)
	}
	if left := entries(t, dir); len(left) != 1 || left[0] != stranger {
		t.Errorf("left is %v", left)
	}
	if _, _, ok := c.Get(keyOf("a"), false); ok {
		t.Error("a removed entry is there")
	}
}

// Runs that write, read and shrink one cache at the same time see whole entries or none.
func TestRunsShareACache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	o := options()
	o.MaxSize = 20_000
	content := func(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%d.", i), 300) }
	var runs sync.WaitGroup
	for range 4 {
		c, err := cache.Open(dir, o)
		testhelp.Must(t, err)
		runs.Go(func() {
			for round := range 40 {
				i := round % 7
				if head, body, ok := c.Get(keyOf(fmt.Sprint(i)), true); ok && (!bytes.Equal(head, content(i)) || !bytes.Equal(body, content(i))) {
					t.Errorf("%d: another content", i)
				}
				c.Put(keyOf(fmt.Sprint(i)), content(i), content(i))
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
}

func TestTheSecretIsMadeOnceAndIsTheOwners(t *testing.T) {
	name := filepath.Join(t.TempDir(), "new", "cache.key")
	first, err := cache.Secret(name)
	testhelp.Must(t, err)
	second, err := cache.Secret(name)
	testhelp.Must(t, err)
	if !bytes.Equal(first, second) || len(first) < 32 {
		t.Errorf("%q, then %q", first, second)
	}
	testhelp.Must(t, os.WriteFile(name, []byte("short\n"), 0o600))
	if _, err := cache.Secret(name); err == nil || !strings.Contains(err.Error(), "at least 32") {
		t.Errorf("a short secret: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	testhelp.Must(t, os.Chmod(name, 0o644))
	if _, err := cache.Secret(name); err == nil {
		t.Error("a secret that all can read is used")
	}
}

func TestTheProgramHasADigest(t *testing.T) {
	first, err := cache.Program()
	testhelp.Must(t, err)
	name, err := os.Executable()
	testhelp.Must(t, err)
	content, err := os.ReadFile(name)
	testhelp.Must(t, err)
	if expected := fmt.Sprintf("%x", sha256.Sum256(content)); first != expected {
		t.Errorf("%s, expected %s", first, expected)
	}
}
