package safefile_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/raci-check/raci-check/internal/safefile"
)

// New files follow the umask unless they are private, and a file that is replaced keeps its mode.
func TestModes(t *testing.T) {
	content := []byte("x")
	replace := func(name string) error {
		return safefile.Replace(name, func(w io.Writer) error { _, err := w.Write(content); return err })
	}
	change := func(mode fs.FileMode) func(name string) error {
		return func(name string) error {
			before, err := os.ReadFile(name)
			if err != nil {
				before = nil
			}
			return safefile.ReplaceAll(filepath.Dir(name), []safefile.Change{{Path: filepath.Base(name), Before: before, After: content, Mode: mode}})
		}
	}
	for subject, test := range map[string]struct {
		write   func(name string) error
		private bool
	}{
		"a report":          {replace, false},
		"a public key":      {change(0), false},
		"a private key":     {change(safefile.Private), true},
		"an archive":        {func(name string) error { return safefile.WritePrivate(name, content) }, true},
		"a summary":         {func(name string) error { return safefile.Append(name, func(io.Writer) error { return nil }) }, false},
		"what is put there": {func(name string) error { return safefile.Write(name, content) }, false},
		"a file in a folder": {func(name string) error {
			return safefile.Create(filepath.Dir(name), map[string][]byte{filepath.Base(name): content})
		}, false},
	} {
		for umask, mode := range map[int]fs.FileMode{0o022: 0o644, 0o002: 0o664, 0o077: 0o600, 0o027: 0o640} {
			if test.private {
				mode = 0o600
			}
			previous := syscall.Umask(umask)
			name := filepath.Join(t.TempDir(), "sub", "a")
			err := os.Mkdir(filepath.Dir(name), 0o700)
			if err == nil {
				err = test.write(name)
			}
			if got := modeOf(t, name); err != nil || got != mode {
				t.Errorf("%s, umask %03o: mode %04o, %v; want %04o", subject, umask, got, err, mode)
			}
			if subject != "a file in a folder" { // that replaces none
				if err := os.Chmod(name, 0o606); err != nil {
					t.Fatal(err)
				}
				if err := test.write(name); err != nil || modeOf(t, name) != 0o606 {
					t.Errorf("%s, umask %03o: replaced, it has mode %04o, %v", subject, umask, modeOf(t, name), err)
				}
			}
			syscall.Umask(previous)
		}
	}
	previous := syscall.Umask(0o027)
	defer syscall.Umask(previous)
	folder := filepath.Join(t.TempDir(), "new")
	if err := safefile.Create(folder, map[string][]byte{"below/a": content}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{folder, filepath.Join(folder, "below")} {
		if mode := modeOf(t, name); mode != 0o750 {
			t.Errorf("%s has mode %04o", name, mode)
		}
	}
}

func modeOf(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Error(err)
		return 0
	}
	return info.Mode().Perm()
}
