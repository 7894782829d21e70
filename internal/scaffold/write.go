package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"raci-check/internal/safefile"
)

// ExistsError is something that would have to be overwritten.
type ExistsError struct{ Path, Message string }

func (e *ExistsError) Error() string { return fmt.Sprintf("%s %s", e.Path, e.Message) }

// Write writes the files of a ruleset into a folder, all or none: none where the folder of that id is there already, or
// where the shared helpers are there and not the same. It answers the names of the files written: helpers that are there
// are left as they are.
func Write(dir, id string, files map[string][]byte) (written []string, err error) {
	place := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	home := place(id)
	if _, err := os.Lstat(home); err == nil {
		return nil, &ExistsError{home, "is there already: nothing is overwritten; choose another id or folder"}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, id+"/") {
			written = append(written, name)
			continue
		}
		there, err := safefile.Read(place(name), int64(len(files[name])))
		var larger *safefile.LimitError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			written = append(written, name)
		case errors.As(err, &larger) || err == nil && !bytes.Equal(there, files[name]):
			return nil, &ExistsError{place(name), "is there and is not what this build ships: nothing is overwritten; choose another folder"}
		case err != nil:
			return nil, fmt.Errorf("write ruleset: %w", err)
		}
	}
	if err := create(dir, written, files); err != nil {
		return nil, fmt.Errorf("write ruleset: %w", err)
	}
	return written, nil
}

// create writes some of the files below a folder, all or none.
func create(dir string, names []string, files map[string][]byte) error {
	var list []safefile.File
	for _, name := range names {
		list = append(list, safefile.File{Name: name, Content: files[name]})
	}
	return safefile.Create(dir, list)
}
