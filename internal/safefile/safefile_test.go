package safefile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/safefile"
)

func put(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func holds(t *testing.T, name, content string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != content {
		t.Errorf("%s holds %q, %v; want %q", name, got, err, content)
	}
}

// below lists the files and folders below a folder.
func below(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, _ fs.DirEntry, err error) error {
		if name != "." {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestReadIsBounded(t *testing.T) {
	name := put(t, filepath.Join(t.TempDir(), "a"), "12345")
	if content, err := safefile.Read(name, 5); err != nil || string(content) != "12345" {
		t.Errorf("%q, %v", content, err)
	}
	var larger *safefile.LimitError
	if _, err := safefile.Read(name, 4); !errors.As(err, &larger) || larger.Limit != 4 || !strings.HasPrefix(err.Error(), name+": ") {
		t.Errorf("a file over the limit gives %v", err)
	}
	if _, err := safefile.ReadAll(strings.NewReader("12345"), 4); !errors.As(err, &larger) {
		t.Errorf("a reader over the limit gives %v", err)
	}
}

func TestAFolderIsNoFile(t *testing.T) {
	folder := t.TempDir()
	if _, err := safefile.Read(folder, 1); !errors.Is(err, safefile.ErrNotRegular) || err.Error() != folder+": this is a folder, not a regular file" {
		t.Errorf("%v", err)
	}
}

func TestLimitsAreSaidInTheLargestUnit(t *testing.T) {
	for limit, says := range map[int64]string{
		16 << 30: "16 GiB", 8 << 20: "8 MiB", 64 << 10: "64 KiB", 1 << 10: "1 KiB", 1000: "1000 bytes", 1<<20 + 1: "1048577 bytes", 0: "0 bytes",
	} {
		if err := (&safefile.LimitError{Limit: limit}).Error(); err != "larger than the limit of "+says {
			t.Errorf("%d: %s", limit, err)
		}
	}
}

func TestFolderIsNotLeft(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "outside"), "secret")
	if err := os.MkdirAll(filepath.Join(dir, "in", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "in", "sub", "a"), "a")
	if err := os.Symlink("../outside", filepath.Join(dir, "in", "out")); err != nil {
		t.Skip("no links here")
	}
	folder, err := safefile.OpenFolder(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if sum, err := folder.Digest("sub/a", 1, 1); err != nil || sum.SHA256 != safefile.Sum([]byte("a")) {
		t.Errorf("%+v, %v", sum, err)
	}
	for _, name := range []string{"../outside", "out", "sub", ".", "", "/etc/passwd", `sub\a`, "sub/../../outside"} {
		if _, err := folder.Read(name, 100); err == nil {
			t.Errorf("%q is read", name)
		}
		if _, err := folder.Digest(name, 100, 1); err == nil {
			t.Errorf("%q is hashed", name)
		}
	}
}

func TestReplaceIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := put(t, filepath.Join(dir, "a"), "before")
	broken := errors.New("broken")
	if err := safefile.Replace(name, func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("half", 1<<16))
		return broken
	}); !errors.Is(err, broken) {
		t.Error(err)
	}
	holds(t, name, "before")
	if err := safefile.Write(name, []byte("after")); err != nil {
		t.Error(err)
	}
	holds(t, name, "after")
	if err := safefile.Replace(dir, func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder is replaced")
	}
	if names := below(t, dir); len(names) != 1 {
		t.Errorf("there are %q", names)
	}
}

func TestCreateIsAllOrNone(t *testing.T) {
	dir := t.TempDir()
	list := func(names ...string) map[string][]byte {
		files := map[string][]byte{}
		for _, name := range names {
			files[name] = []byte(name)
		}
		return files
	}
	if err := safefile.Create(filepath.Join(dir, "new"), list("a", "sub/b")); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(dir, "new", "sub", "b"), "sub/b")
	before := below(t, dir)
	err := safefile.Create(filepath.Join(dir, "new"), list("c", "other/deep/d", "sub/b"))
	var existing *safefile.Error
	if !errors.Is(err, fs.ErrExist) || !errors.As(err, &existing) || existing.Name != filepath.Join(dir, "new", "sub", "b") {
		t.Errorf("a file that is there gives %v", err)
	}
	if err := safefile.Create(filepath.Join(dir, "new"), list("c", "a/below-a-file")); err == nil {
		t.Error("a file is written below a file")
	}
	if after := below(t, dir); !slices.Equal(before, after) {
		t.Errorf("there are %q, before there were %q", after, before)
	}
}

func TestReplaceAllIsAllOrNone(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a"), "a")
	put(t, filepath.Join(dir, "b"), "b")
	change := func(path, before, after string) safefile.Change {
		c := safefile.Change{Path: path, After: []byte(after)}
		if before != "" {
			c.Before = []byte(before)
		}
		return c
	}
	for title, changes := range map[string][]safefile.Change{
		"another content":       {change("a", "a", "A"), change("b", "x", "B")},
		"a longer content":      {change("a", "a", "A"), change("b", "", "B")},
		"gone":                  {change("a", "a", "A"), change("c", "c", "C")},
		"a folder in the place": {change("a", "a", "A"), change(".", "x", "B")},
	} {
		if err := safefile.ReplaceAll(dir, changes); err == nil {
			t.Errorf("%s: no error", title)
		}
		holds(t, filepath.Join(dir, "a"), "a")
		holds(t, filepath.Join(dir, "b"), "b")
	}
	remove := safefile.Change{Path: "b", Before: []byte("b"), Remove: true}
	if err := safefile.ReplaceAll(dir, []safefile.Change{remove, change(".", "x", "B")}); err == nil {
		t.Error("a folder is replaced")
	}
	holds(t, filepath.Join(dir, "b"), "b")
	if err := safefile.ReplaceAll(dir, []safefile.Change{change("a", "a", "A"), remove}); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(dir, "a"), "A")
	if names := below(t, dir); !slices.Equal(names, []string{"a"}) {
		t.Errorf("there are %q", names)
	}
	put(t, filepath.Join(dir, "a"), "a")
	put(t, filepath.Join(dir, "b"), "b")
	// What fails once files are in their places is taken back: the third name is a folder since the first look.
	if err := os.Mkdir(filepath.Join(dir, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "full", "x"), "x")
	if err := safefile.ReplaceAll(dir, []safefile.Change{change("a", "a", "A"), change("deep/er/new", "", "new"), change("full", "", "F")}); err == nil {
		t.Error("a folder is replaced")
	}
	holds(t, filepath.Join(dir, "a"), "a")
	if err := safefile.ReplaceAll(dir, []safefile.Change{change("a", "a", "A"), change("sub/new", "", "new")}); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(dir, "a"), "A")
	holds(t, filepath.Join(dir, "sub", "new"), "new")
	if names := below(t, dir); !slices.Equal(names, []string{"a", "b", "full", "full/x", "sub", "sub/new"}) {
		t.Errorf("there are %q", names)
	}
}
