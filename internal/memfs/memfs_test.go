package memfs_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"raci-check/internal/memfs"
)

func TestIsATreeOfFiles(t *testing.T) {
	content := map[string]string{"a": "A", "b/c.rego": "", "b/d/e": "E", "b.x": "x"}
	tree, model := memfs.FS{}, fstest.MapFS{}
	for name, text := range content {
		tree[name], model[name] = []byte(text), &fstest.MapFile{Data: []byte(text)}
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
		if _, err := tree.ReadDir(name); err == nil {
			t.Errorf("%q is a folder", name)
		}
	}
	if _, err := tree.ReadFile("b"); err == nil {
		t.Error("a folder is read as a file")
	}
	file, err := tree.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() != 1 || info.Name() != "a" || info.IsDir() || !info.Mode().IsRegular() {
		t.Errorf("a is %v, %v", info, err)
	}
}
