package supply

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// nonroot is the user and the group of the program in the image. Other small images have the same number.
const nonroot = "65532"

// WriteImage writes a container image as a tar file of an OCI image layout: an index with an image for each program, which are
// for Linux. An image holds the program, CA certificates and time zones, and no shell. programs are files by architecture, as
// GOARCH names it. The certificates are those of a pinned module, and the time zones those of Go's release, so that the same
// programs, version and source give the same bytes. root is the folder of go.mod.
func WriteImage(ctx context.Context, out io.Writer, root, version string, programs map[string]string) error {
	made, err := sourceTime(ctx, root)
	if err != nil {
		return err
	}
	goroot, err := goCommand(ctx, root, "env", "GOROOT")
	if err != nil {
		return err
	}
	system, err := systemFiles(goroot)
	if err != nil {
		return err
	}
	base, err := layer(system, made)
	if err != nil {
		return err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var architectures []string
	for architecture := range programs {
		architectures = append(architectures, architecture)
	}
	slices.Sort(architectures) // the order of the images is part of the digest
	for _, architecture := range architectures {
		program, err := os.ReadFile(programs[architecture])
		if err != nil {
			return err
		}
		top, err := layer([]packed{{name: "usr/bin/raci-check", mode: 0o755, content: program}}, made)
		if err != nil {
			return err
		}
		img, err := image(architecture, version, made, base, top)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	return writeLayout(out, index, version, made)
}

func image(architecture, version string, made time.Time, layers ...v1.Layer) (v1.Image, error) {
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.AppendLayers(img, layers...)
	if err != nil {
		return nil, err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = "linux", architecture, v1.Time{Time: made.UTC()}
	for i := range file.History {
		file.History[i].Created = file.Created
	}
	file.Config = v1.Config{
		User:       nonroot + ":" + nonroot,
		WorkingDir: "/work",
		Env:        []string{"PATH=/usr/bin"},
		Entrypoint: []string{"/usr/bin/raci-check"},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "raci-check",
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.source":   "https://" + strings.TrimSuffix(Main, "/cmd/raci-check"),
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(img, file)
}

// A packed file of a layer; one whose name ends in a slash is a folder.
type packed struct {
	name    string
	mode    int64
	content []byte
}

// systemFiles are what the program finds around it: who it runs as, where it may write, certificates and time zones.
func systemFiles(goroot string) ([]packed, error) {
	files := []packed{
		{name: "etc/group", mode: 0o644, content: []byte("root:x:0:\nnonroot:x:" + nonroot + ":\n")},
		{name: "etc/passwd", mode: 0o644, content: []byte("root:x:0:0:root:/:/nonexistent\n" +
			"nonroot:x:" + nonroot + ":" + nonroot + ":nonroot:/work:/nonexistent\n")},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: certificates()},
		{name: "tmp/", mode: 0o1777},
		{name: "work/", mode: 0o755},
	}
	zones, err := zip.OpenReader(filepath.Join(goroot, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, fmt.Errorf("the time zones of Go's release: %w", err)
	}
	defer zones.Close()
	for _, zone := range zones.File {
		if strings.HasSuffix(zone.Name, "/") {
			continue
		}
		content, err := fs.ReadFile(zones, zone.Name)
		if err != nil {
			return nil, err
		}
		files = append(files, packed{name: path.Join("usr/share/zoneinfo", zone.Name), mode: 0o644, content: content})
	}
	return files, nil
}

// certificates are the roots that browsers trust, in PEM. A root that is trusted for some certificates alone is left out: PEM
// cannot say so.
func certificates() []byte {
	var out bytes.Buffer
	for certificate := range bundle.Roots() {
		if certificate.Constraint == nil {
			out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate}))
		}
	}
	return out.Bytes()
}

func layer(files []packed, made time.Time) (v1.Layer, error) {
	var content bytes.Buffer
	if err := writeTar(&content, files, made); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
}

// writeTar writes files in the order of their names, and the folders that they are in.
func writeTar(out io.Writer, files []packed, made time.Time) error {
	all := map[string]packed{}
	for _, file := range files {
		all[file.name] = file
		for dir := path.Dir(strings.TrimSuffix(file.name, "/")); dir != "."; dir = path.Dir(dir) {
			if _, ok := all[dir+"/"]; !ok {
				all[dir+"/"] = packed{name: dir + "/", mode: 0o755}
			}
		}
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	w := tar.NewWriter(out)
	for _, name := range names {
		header := &tar.Header{Name: name, Mode: all[name].mode, Size: int64(len(all[name].content)), ModTime: made.UTC(), Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(all[name].content); err != nil {
			return err
		}
	}
	return w.Close()
}

// writeLayout writes the folder of an image layout as a tar file.
func writeLayout(out io.Writer, index v1.ImageIndex, version string, made time.Time) error {
	dir, err := os.MkdirTemp("", "raci-check-image")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	folder, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	name := map[string]string{"org.opencontainers.image.ref.name": "raci-check:" + version}
	if err := folder.AppendIndex(index, layout.WithAnnotations(name)); err != nil {
		return err
	}
	var files []packed
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		files = append(files, packed{name: name, mode: 0o644, content: content})
		return err
	})
	if err != nil {
		return err
	}
	return writeTar(out, files, made)
}
