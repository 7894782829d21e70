package evidence

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// This file tells whether the evidence of a service is what it was when it was read, by the bytes of its files, and without reading
// what they say.

// Digests lists the files of a source as Files of its set would, by what their bytes are now. An error says that they cannot be
// read; Open says why.
func (r *Reader) Digests(source *Source) ([]document.File, error) {
	files := make([]document.File, 0, len(source.files)+len(source.waivers))
	for _, file := range slices.Concat(source.files, source.waivers) {
		sha256, err := r.digest(file)
		if err != nil {
			return nil, err
		}
		files = append(files, document.File{Path: filepath.ToSlash(file.name), SHA256: sha256})
	}
	slices.SortFunc(files, func(a, b document.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func (r *Reader) digest(f *file) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	switch {
	case f.content != nil:
		return f.content.sha256, nil
	case f.sha256 != "":
		return f.sha256, nil
	}
	in, err := r.open(f)
	if err != nil {
		return "", err
	}
	defer in.Close()
	return safefile.SumOf(in, int64(r.Limits.Bytes))
}

// PassBy says that a source is not going to be opened, so that nothing is held for it.
func (r *Reader) PassBy(source *Source) {
	for _, file := range slices.Concat(source.files, source.waivers) {
		file.mutex.Lock()
		if file.users--; file.users <= 0 {
			file.content = nil
		}
		file.mutex.Unlock()
	}
}

// Waivers reads the files of waivers beside a source, but for those that were seen. It is for sources that are not opened.
func (r *Reader) Waivers(source *Source, seen func(name string) bool) ([]*document.Document, error) {
	var all []*document.Document
	for _, file := range source.waivers {
		if seen(file.name) {
			continue
		}
		waivers, err := r.readFile(file)
		if err != nil {
			return nil, err
		}
		all = append(all, waivers.document)
	}
	return all, nil
}

// Unchanged reports whether files below the folder of a source are what they were; one without a digest was not there.
func (r *Reader) Unchanged(source *Source, files []document.File, seen *Seen) bool {
	name := r.Base.Path(source.folder)
	var folder safefile.Folder // opened for the first file that this run has not seen
	defer func() {
		if folder.IsOpen() {
			_ = folder.Close() // it was only read
		}
	}()
	return !slices.ContainsFunc(files, func(file document.File) bool {
		sha256, err := seen.of(name, file.Path, func() (sha256 string, err error) {
			if !folder.IsOpen() {
				if folder, err = safefile.OpenFolder(name); err != nil {
					return "", err
				}
			}
			digested, err := folder.Digest(file.Path, maxArtifact, 0)
			if errors.Is(err, fs.ErrNotExist) {
				return "", nil
			}
			return digested.SHA256, err
		})
		return err != nil || sha256 != file.SHA256
	})
}

// Seen are the digests of files that services share, so that one run reads each of these once. It may be used concurrently.
type Seen struct {
	mutex   sync.Mutex
	digests map[[2]string]string // by folder and name
}

// mostSeen is how many digests are held: more than services share.
const mostSeen = 4096

func (s *Seen) of(folder, name string, read func() (string, error)) (string, error) {
	key := [2]string{folder, name}
	s.mutex.Lock()
	sha256, isSeen := s.digests[key]
	s.mutex.Unlock()
	if isSeen {
		return sha256, nil
	}
	sha256, err := read()
	if err != nil {
		return "", err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.digests == nil || len(s.digests) >= mostSeen {
		s.digests = map[[2]string]string{}
	}
	s.digests[key] = sha256
	return sha256, nil
}
