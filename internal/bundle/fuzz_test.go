package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/raci-check/raci-check/internal/bundle"
)

// Whatever stands in a bundle: no panic, and nothing that was changed is described as if it were one, unless it still has all
// that raci-check puts there. What is packed is made by chance, not the packing: an archive of chance is hardly ever one.
func FuzzInspect(f *testing.F) {
	parts := map[string][]byte{}
	packed, err := gzip.NewReader(bytes.NewReader(written(f, build(f, shipped(f)))))
	must(f, err)
	for archive := tar.NewReader(packed); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(f, err)
		content, err := io.ReadAll(archive)
		must(f, err)
		parts[header.Name] = content
	}
	manifest, data := parts["/.manifest"], parts["/data.json"]
	if len(manifest) == 0 || len(data) == 0 {
		f.Fatalf("no manifest or no data among %d files", len(parts))
	}
	f.Add(manifest, data, []byte("package a"))
	f.Add(manifest, []byte("{}"), []byte("package a\n\nb := 1"))
	f.Add([]byte(`{"revision":"a","metadata":{"raci_check":{}}}`), data, []byte(""))
	f.Add([]byte(`{"roots":null}`), []byte("[]"), []byte("{"))
	f.Fuzz(func(t *testing.T, manifest, data, module []byte) {
		var file bytes.Buffer
		zipped := gzip.NewWriter(&file)
		archive := tar.NewWriter(zipped)
		for _, part := range []struct {
			name    string
			content []byte
		}{{"/.manifest", manifest}, {"/data.json", data}, {"/a.rego", module}} {
			must(t, archive.WriteHeader(&tar.Header{Name: part.name, Mode: 0o644, Size: int64(len(part.content))}))
			_, err := archive.Write(part.content)
			must(t, err)
		}
		must(t, errors.Join(archive.Close(), zipped.Close()))
		_, err := bundle.Inspect(file.Bytes())
		if err == nil {
			return
		}
		if !errors.Is(err, bundle.ErrBundle) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}
