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
)

// ExistsError is something that would have to be overwritten.
type ExistsError struct{ Path, Message string }

func (e *ExistsError) Error() string { return fmt.Sprintf("%s %s", e.Path, e.Message) }

// Write writes the files of a ruleset into a folder, all or none: none where the folder of that id is there already, or
// where the shared helpers are there and not the same. It answers the names of the files written: helpers that are there
// are left as they are.
func Write(dir, id string, files map[string][]byte) (written []string, err error) {
	place := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	var wanted []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, id+"/") {
			wanted = append(wanted, name)
			continue
		}
		there, err := os.ReadFile(place(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			wanted = append(wanted, name)
		case err != nil:
			return nil, fmt.Errorf("write ruleset: %w", err)
		case !bytes.Equal(there, files[name]):
			return nil, &ExistsError{place(name), "already exists, differs from the shipped one and is not overwritten: choose another folder"}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write ruleset: %w", err)
	}
	home := place(id)
	switch err := os.Mkdir(home, 0o755); {
	case errors.Is(err, fs.ErrExist):
		return nil, &ExistsError{home, "already exists and is not overwritten: choose another id or folder"}
	case err != nil:
		return nil, fmt.Errorf("write ruleset: %w", err)
	}
	undo := []string{home}
	defer func() {
		if err != nil {
			for _, name := range undo {
				err = errors.Join(err, os.RemoveAll(name))
			}
		}
	}()
	for _, name := range wanted {
		if err := os.MkdirAll(filepath.Dir(place(name)), 0o755); err != nil {
			return nil, fmt.Errorf("write ruleset: %w", err)
		}
		file, err := os.OpenFile(place(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, fmt.Errorf("write ruleset: %w", err)
		}
		undo = append(undo, file.Name())
		_, err = file.Write(files[name])
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("write ruleset: %w", err)
		}
	}
	return wanted, nil
}
