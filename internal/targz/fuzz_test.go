package targz_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"testing"

	"github.com/raci-check/raci-check/internal/targz"
)

// Whatever the bytes in the gzip stream: no panic, no name that leads out, no more than the limits.
func FuzzWalk(f *testing.F) {
	var seed bytes.Buffer
	files := tar.NewWriter(&seed)
	for _, header := range []tar.Header{
		{Name: "./a/", Typeflag: tar.TypeDir}, {Name: "a/b", Typeflag: tar.TypeReg, Size: 1}, {Name: "/c", Typeflag: tar.TypeReg},
	} {
		if err := files.WriteHeader(&header); err != nil {
			f.Fatal(err)
		}
		if _, err := files.Write(make([]byte, header.Size)); err != nil {
			f.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		var zipped bytes.Buffer
		writer, err := gzip.NewWriterLevel(&zipped, gzip.NoCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		count, total := 0, int64(0)
		_ = targz.Walk(&zipped, limits, func(name string, content io.Reader) error {
			n, err := io.Copy(io.Discard, content)
			count, total = count+1, total+n
			if !fs.ValidPath(name) || name == "." {
				t.Errorf("the name %q leads out", name)
			}
			return err
		})
		if count > limits.Files || total > limits.Bytes {
			t.Errorf("%d files of %d bytes are read", count, total)
		}
	})
}
