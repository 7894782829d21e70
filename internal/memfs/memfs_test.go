package memfs_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/raci-check/raci-check/internal/memfs"
)

func TestIsATreeOfFiles(t *testing.T) {
	content := map[string]string{"a": "A", "b/c.rego": "", "b/d/e": "E", "b.x": "x"}
	files, model := map[string][]byte{}, fstest.MapFS{}
	for name, text := range content {
		files[name], model[name] = []byte(text), &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := memfs.New(files)
	if err != nil {
		t.Fatal(err)
	}
	list := func(fsys fs.FS) (names []string) {
		err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				var data []byte
				data, err = fs.ReadFile(fsys, name)
				name += "=" + string(data)
			}
			names = append(names, name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if got, want := list(tree), list(model); !slices.Equal(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
	below, err := fs.Sub(tree, "b")
	if err != nil {
		t.Fatal(err)
	}
	if got := list(below); !slices.Equal(got, []string{".", "c.rego=", "d", "d/e=E"}) {
		t.Errorf("in b it holds %q", got)
	}
	for _, name := range []string{"none", "b/none", "/a", "../a", "a/b", ""} {
		if _, err := tree.Open(name); err == nil {
			t.Errorf("%q is there", name)
		}
	}
	if _, err := fs.ReadFile(tree, "b"); err == nil {
		t.Error("a folder is read as a file")
	}
	if err := fstest.TestFS(tree, "a", "b/c.rego", "b/d/e", "b.x"); err != nil {
		t.Error(err)
	}
}
