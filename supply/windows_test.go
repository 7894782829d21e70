package supply

import (
	"os"
	"path/filepath"
	"testing"
)

// hasAProgramForWindows runs the program of the .zip under the wine of a Debian that has one for programs of Go: that of Debian 12 lacks
// bcryptprimitives.dll.
func hasAProgramForWindows(t *testing.T, s snapshot) {
	dir, err := debianWith(t, "trixie", "wine64")
	if err != nil {
		t.Skipf("this machine can have no Debian 13 with wine: %v", err)
	}
	work := filepath.Join(dir, "srv")
	copyInto(t, work, "windows.sh", filepath.Join(unpackedArchive(t, s, "windows", "amd64"), "raci-check.exe"))
	copyInto(t, work, filepath.Join(unpackedArchive(t, s, "linux", "amd64"), "raci-check"))
	if err := os.Chmod(filepath.Join(work, "raci-check"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"evidence", "examples"} {
		if err := os.CopyFS(filepath.Join(work, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := inside(t, dir, "0:0", "cd /srv && bash windows.sh"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
