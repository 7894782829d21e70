package document

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writers are the packages that write YAML: evidence as nodes, to keep comments and order, and a report. What they read, Parse has
// read.
var writers = []string{"internal/collect", "internal/collect/merge", "internal/report/ciso"}

// YAML of others is read by this package alone: whatever reads it beside has no limits, no places and other ideas of it.
func TestNoOtherPackageReadsYAML(t *testing.T) {
	root := filepath.Join("..", "..")
	var folders []string
	for _, top := range []string{"internal", "cmd", "policies"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			source, err := os.ReadFile(name)
			folder, _ := filepath.Rel(root, filepath.Dir(name))
			if folder = filepath.ToSlash(folder); strings.Contains(string(source), "\t\"gopkg.in/yaml.v3\"\n") && !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := append([]string{"internal/document"}, writers...); !slices.Equal(slices.Sorted(slices.Values(folders)), slices.Sorted(slices.Values(want))) {
		t.Errorf("YAML is read or written in %q, want %q", folders, want)
	}
}
