package targz_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/targz"
)

var limits = targz.Limits{Files: 3, Bytes: 1 << 10}

// entry is a file, unless the header says otherwise.
type entry struct {
	header  tar.Header
	content string
}

func pack(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	for _, e := range entries {
		if e.header.Typeflag == 0 {
			e.header.Typeflag, e.header.Size = tar.TypeReg, int64(len(e.content))
		}
		if err := files.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(files, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(data []byte) (map[string]string, error) {
	files := map[string]string{}
	return files, targz.Walk(bytes.NewReader(data), limits, func(name string, content io.Reader) error {
		all, err := io.ReadAll(content)
		files[name] = string(all)
		return err
	})
}

func TestWalk(t *testing.T) {
	files, err := read(pack(t,
		entry{tar.Header{Name: "./a/", Typeflag: tar.TypeDir}, ""}, entry{tar.Header{Name: "./a/b"}, "one"}, entry{tar.Header{Name: "/c"}, "two"}, entry{tar.Header{Name: "d"}, ""}))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"a/b": "one", "c": "two", "d": ""}; !maps.Equal(files, want) {
		t.Errorf("read %v, wanted %v", files, want)
	}
}

func TestWalkRefuses(t *testing.T) {
	named := func(name string) []byte { return pack(t, entry{tar.Header{Name: name}, "x"}) }
	good := named("a")
	// A bomb says nothing of its size: headers of folders, which nobody counts as files.
	folders := slices.Repeat([]entry{{tar.Header{Name: strings.Repeat("d/", 40), Typeflag: tar.TypeDir}, ""}}, 100)
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"a name that leads out":       {named("../a"), "leads out"},
		"one that leads out later":    {named("a/../../b"), "leads out"},
		"one that leads back":         {named("a/../b"), "leads out"},
		"an absolute one that does":   {named("/../a"), "leads out"},
		"a name of Windows":           {named(`..\a`), "leads out"},
		"a symbolic link":             {pack(t, entry{tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""}), "not a regular file"},
		"a hard link":                 {pack(t, entry{tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}, ""}), "not a regular file"},
		"a device":                    {pack(t, entry{tar.Header{Name: "a", Typeflag: tar.TypeChar}, ""}), "not a regular file"},
		"a pipe":                      {pack(t, entry{tar.Header{Name: "a", Typeflag: tar.TypeFifo}, ""}), "not a regular file"},
		"the same name twice":         {pack(t, entry{tar.Header{Name: "a"}, "x"}, entry{tar.Header{Name: "./a"}, "y"}), "is in it twice"},
		"too many files":              {pack(t, entry{tar.Header{Name: "a"}, ""}, entry{tar.Header{Name: "b"}, ""}, entry{tar.Header{Name: "c"}, ""}, entry{tar.Header{Name: "d"}, ""}), "more than 3 files"},
		"too many bytes":              {pack(t, entry{tar.Header{Name: "a"}, strings.Repeat("x", 1000)}, entry{tar.Header{Name: "b"}, strings.Repeat("x", 25)}), "larger than"},
		"a folder that leads out":     {pack(t, entry{tar.Header{Name: "../a/", Typeflag: tar.TypeDir}, ""}), "leads out"},
		"too many folders":            {pack(t, folders...), "too large"},
		"no gzip":                     {[]byte("a"), ""},
		"an archive that ends early":  {good[:len(good)-9], ""},
		"another archive behind it":   {append(slices.Clone(good), named("b")...), "there is data after its end"},
		"a byte behind it":            {append(slices.Clone(good), 0), "there is data after its end"},
		"a file behind the tar's end": {behind(t), "there is data after its end"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(test.data); !errors.Is(err, targz.ErrUnsafe) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, wanted %q in it", err, test.says)
			}
		})
	}
}

// An archive that must be as Writer writes it has files alone.
func TestWalkFilesOnly(t *testing.T) {
	strict := limits
	strict.FilesOnly = true
	for name, header := range map[string]tar.Header{
		"a folder": {Name: "a/", Typeflag: tar.TypeDir}, "the folder itself": {Name: "./", Typeflag: tar.TypeDir}, "a header for all": {Name: "x", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}},
	} {
		if err := targz.Walk(bytes.NewReader(pack(t, entry{header, ""})), strict, func(string, io.Reader) error { return nil }); !errors.Is(err, targz.ErrUnsafe) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// behind makes an archive with another one behind its end, in the same stream: tar reads the first, others both.
func behind(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	for _, name := range []string{"a", "b"} {
		unzipped, err := gzip.NewReader(bytes.NewReader(pack(t, entry{tar.Header{Name: name}, "x"})))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(zipped, unzipped); err != nil {
			t.Fatal(err)
		}
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWriterIsDeterministicAndReadBack(t *testing.T) {
	write := func() []byte {
		var out bytes.Buffer
		w := targz.NewWriter(&out)
		for _, name := range []string{"b/c", "a", strings.Repeat("long/", 60) + "é"} {
			if err := w.Add(name, int64(len(name)), strings.NewReader(name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	first := write()
	if !bytes.Equal(first, write()) {
		t.Error("the same files make other bytes")
	}
	files, err := read(first)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 || files["b/c"] != "b/c" {
		t.Errorf("read back %v", files)
	}
	for _, name := range []string{"../a", "/a", ".", ""} {
		if err := targz.NewWriter(io.Discard).Add(name, 0, strings.NewReader("")); !errors.Is(err, targz.ErrUnsafe) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
