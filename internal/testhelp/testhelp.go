// Package testhelp has what tests of many packages write otherwise each for itself.
package testhelp

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Must ends a test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// LongWanted reports whether tests that take long are to be run, as .ci/run runs them.
func LongWanted() bool { return os.Getenv("RACI_CHECK_LONG") != "" }

// Long skips a test that takes long, unless such are wanted; what it does says what takes the time.
func Long(t testing.TB, does string) {
	t.Helper()
	if !LongWanted() {
		t.Skip("RACI_CHECK_LONG=1 runs it: it " + does)
	}
}

// Rounds is how often a test tries what it makes up by chance: each time where long tests are wanted, else so often that a mistake that is
// easy to make is found.
func Rounds(all, few int) int {
	if LongWanted() {
		return all
	}
	return few
}

// Put writes a file, and the folders that it lies in.
func Put(t testing.TB, name, content string) {
	t.Helper()
	Must(t, errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)))
}

// Golden compares what came out with a file, or writes the file first where that is asked for.
func Golden(t testing.TB, file, got string, update bool) {
	t.Helper()
	if update {
		Put(t, file, got)
	}
	want, err := os.ReadFile(file)
	Must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +now); go test with -update writes it where the change is meant:\n%s", file, diff)
	}
}

// CollectSeldom runs the tests of a package that makes and drops thousands of evaluations: collecting memory after each few of them
// takes a third of the time.
func CollectSeldom(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// InMemory lets a test that writes much do so where a sync costs nothing, if there is such a place.
func InMemory(t *testing.T) {
	t.Helper()
	if file, err := os.CreateTemp("/dev/shm", "raci-check-*"); err == nil {
		Must(t, file.Close())
		Must(t, os.Remove(file.Name()))
		t.Setenv("TMPDIR", "/dev/shm")
	}
}

// Spoil cuts parts out of a text, repeats some, and puts others in.
func Spoil(random *rand.Rand, text string, parts []string) string {
	for range 1 + random.IntN(4) {
		at, end := random.IntN(len(text)+1), random.IntN(len(text)+1)
		switch random.IntN(3) {
		case 0:
			text = text[:at] + text[min(len(text), at+random.IntN(30)):]
		case 1:
			text = text[:at] + parts[random.IntN(len(parts))] + text[at:]
		default:
			text = text[:at] + text[min(at, end):min(len(text), max(at, end), min(at, end)+40)] + text[at:]
		}
	}
	return text
}
