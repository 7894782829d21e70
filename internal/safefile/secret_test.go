package safefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/raci-check/raci-check/internal/safefile"
)

func TestOnlyTheOwnerHasAccess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are kept elsewhere")
	}
	name := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(name, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, refused := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o620: true} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		content, err := safefile.ReadSecret(name)
		var exposed *safefile.ExposedError
		if errors.As(err, &exposed) != refused || !refused && (err != nil || string(content) != "s3cret\n") {
			t.Errorf("%o: %q, %v", mode, content, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := safefile.ReadSecret(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := safefile.ReadSecret(dir); err == nil {
		t.Error("a folder is read")
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := safefile.ReadSecret(large); err == nil {
		t.Error("a megabyte is read as a token")
	}
}
