package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"raci-check/internal/secret"
)

func TestOnlyTheOwnerHasAccess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are kept elsewhere")
	}
	name := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(name, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]error{0o600: nil, 0o400: nil, 0o640: secret.ErrExposed, 0o604: secret.ErrExposed, 0o620: secret.ErrExposed} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		content, err := secret.Read(name)
		if !errors.Is(err, want) || want == nil && (err != nil || string(content) != "s3cret\n") {
			t.Errorf("%o: %q, %v", mode, content, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := secret.Read(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := secret.Read(dir); err == nil {
		t.Error("a folder is read")
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Read(large); err == nil {
		t.Error("a megabyte is read as a token")
	}
}
