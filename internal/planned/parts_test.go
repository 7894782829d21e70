package planned_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/planned"
)

// A plan is not compared with a part of a list.
func TestEvidenceInSeveralFilesIsRefused(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "evidence")
	if err := os.CopyFS(folder, os.DirFS("../../evidence/compliant")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "keys.yaml")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	split := strings.Replace(string(content), "    method: api\n", "    method: api\n    parts: 2\n", 1)
	if err := os.WriteFile(name, []byte(split), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = judge(t, planned.Options{Plan: plans + "beside.json", Evidence: folder})
	if err == nil || !strings.Contains(err.Error(), "keys.yaml:8:3: the section keys is in several files, and a plan is compared with sections of one file") {
		t.Errorf("error %v", err)
	}
}
