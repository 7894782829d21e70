package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/verdict"
)

// BrokenArtifact is a named artifact that is not there or is not what its digest says.
type BrokenArtifact struct {
	Pointer string         // the artifact's object in the evidence
	Status  verdict.Status // missing: no such file; fail: another digest
	Message string
}

// verifyArtifacts holds every artifact that the evidence names against the file below the evidence folder. A path that
// leaves the folder is an error; a file that is absent or differs is a broken artifact.
func (s *Set) verifyArtifacts() error {
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return fmt.Errorf("open evidence folder: %w", err)
	}
	defer root.Close()
	var errs document.Errors
	for i := range s.Sections {
		section := &s.Sections[i]
		for _, pointer := range artifacts("/"+section.Name, s.Value[section.Name]) {
			value, _ := document.Lookup(s.Value, pointer)
			fields := value.(map[string]any)
			path, _ := fields["path"].(string)
			wanted, _ := fields["sha256"].(string)
			found, err := digest(root, path, maxArtifact)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				s.Broken = append(s.Broken, BrokenArtifact{pointer, verdict.Missing,
					fmt.Sprintf("the artifact %s is not in the evidence folder", path)})
			case err != nil:
				at := s.Locate(pointer + "/path")
				errs = append(errs, &document.Error{File: at.File, Line: at.Line, Column: at.Column,
					Message: fmt.Sprintf("artifact %s: %v; name a file in the evidence folder", path, err)})
			default:
				section.Artifacts = append(section.Artifacts, assessment.File{Path: path, SHA256: found})
				if found != wanted {
					s.Broken = append(s.Broken, BrokenArtifact{pointer, verdict.Fail,
						fmt.Sprintf("artifact digest mismatch: %s has sha256 %s…, the evidence says %s…", path, found[:12], wanted[:12])})
				}
			}
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// artifacts lists the pointers of all artifact objects at or below a pointer, in a fixed order.
func artifacts(pointer string, value any) []string {
	var found []string
	eachArtifact(value, []string{}, func(path []string) { found = append(found, pointer+document.Pointer(path...)) })
	return found
}

// eachArtifact finds the artifact objects in a value, which path leads to. It writes no pointer of anything else: most of
// evidence is none.
func eachArtifact(value any, path []string, found func(path []string)) {
	switch v := value.(type) {
	case map[string]any:
		var keys []string
		for key, below := range v {
			if holds(below) {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			here := append(path, key)
			if object, ok := v[key].(map[string]any); ok && key == "artifact" {
				if _, named := object["path"]; named {
					found(here)
					continue
				}
			}
			eachArtifact(v[key], here, found)
		}
	case []any:
		for i, item := range v {
			if holds(item) {
				eachArtifact(item, append(path, strconv.Itoa(i)), found)
			}
		}
	}
}

// holds reports whether there can be something below a value.
func holds(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// maxArtifact is how large an artifact may be, in bytes: a file that claims more would keep the run busy for very long.
const maxArtifact = 16 << 30

var (
	errLeaves     = errors.New("the path leaves the evidence folder")
	errNotRegular = errors.New("not a regular file")
	errLargeFile  = fmt.Errorf("larger than the limit of %d GiB", maxArtifact>>30)
	errChanging   = errors.New("it was written to while it was read")
)

// buffers are for copying: services have many artifacts.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// digest is the sha256 of a regular file below the root that is no larger than most bytes, in hexadecimal.
func digest(root *os.Root, path string, most int64) (string, error) {
	name := filepath.FromSlash(path)
	if !filepath.IsLocal(name) || strings.Contains(path, `\`) {
		return "", errLeaves
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe must not keep it waiting
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errNotRegular
	}
	if info.Size() > most {
		return "", errLargeFile
	}
	hash := sha256.New()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := io.CopyBuffer(hash, io.LimitReader(file, info.Size()+1), *buffer)
	if err != nil {
		return "", err
	}
	if n != info.Size() {
		return "", errChanging
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
