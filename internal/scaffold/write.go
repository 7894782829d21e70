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

	"github.com/raci-check/raci-check/internal/safefile"
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
		return nil, &ExistsError{home, "already exists and is not overwritten: choose another id or folder"}
	}
	missing := maps.Clone(files)
	for name := range files {
		if strings.HasPrefix(name, id+"/") {
			continue
		}
		existing, err := safefile.Read(place(name), int64(len(files[name])))
		var larger *safefile.LimitError
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case errors.As(err, &larger) || err == nil && !bytes.Equal(existing, files[name]):
			return nil, &ExistsError{place(name), "already exists, differs from the shipped one and is not overwritten: choose another folder"}
		case err != nil:
			return nil, fmt.Errorf("write ruleset: %w", err)
		default:
			delete(missing, name)
		}
	}
	if err := safefile.Create(dir, missing); err != nil {
		return nil, fmt.Errorf("write ruleset: %w", err)
	}
	return slices.Sorted(maps.Keys(missing)), nil
}
