// Package memfs is a tree of files in memory.
package memfs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// New is a tree of the files of these paths: an archive without compression, which the standard library reads as a file system.
func New(files map[string][]byte) (fs.FS, error) {
	var content bytes.Buffer
	archive := zip.NewWriter(&content)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = out.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("hold %s in memory: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("hold files in memory: %w", err)
	}
	return zip.NewReader(bytes.NewReader(content.Bytes()), int64(content.Len()))
}
