package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"raci-check/internal/document"
)

// ReadFile reads a regular file of at most limit bytes.
func ReadFile(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, &document.Error{File: name, Message: "not a regular file"}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if int64(len(content)) > limit {
		return nil, &document.Error{File: name, Message: fmt.Sprintf("the file is larger than the limit of %d bytes", limit)}
	}
	return content, nil
}

// Diff writes what the plan changes as unified diffs, the names as seen from the evidence folder.
func (p *Plan) Diff(w io.Writer) error {
	for _, change := range p.Changes {
		old := "a/" + change.Path
		if change.Before == nil {
			old = "/dev/null"
		}
		if _, err := w.Write(diff.Diff(old, change.Before, "b/"+change.Path, change.After)); err != nil {
			return fmt.Errorf("write diff: %w", err)
		}
	}
	return nil
}

// fresh is the suffix of a file that is not yet in its place.
const fresh = ".collecting"

// Write writes the files of the plan: each whole, and all of them or, as far as the file system allows, none. It refuses
// where a file changed since it was read.
func (p *Plan) Write() (err error) {
	if len(p.Changes) == 0 {
		return nil
	}
	if err := os.MkdirAll(p.folder, 0o755); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	defer root.Close()
	var staged, placed []Change
	defer func() {
		for _, change := range staged {
			if stale := root.Remove(change.Path + fresh); stale != nil && !errors.Is(stale, fs.ErrNotExist) {
				err = errors.Join(err, stale)
			}
		}
		if err == nil {
			return
		}
		for _, change := range placed {
			err = errors.Join(err, restore(root, change))
		}
		err = fmt.Errorf("write evidence: %w", err)
	}()
	for _, change := range p.Changes {
		now, err := root.ReadFile(change.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			now = nil
		case err != nil:
			return err
		}
		if !bytes.Equal(now, change.Before) {
			return fmt.Errorf("%s changed while it was collected: run again", change.Path)
		}
	}
	for _, change := range p.Changes {
		if err := root.MkdirAll(path.Dir(change.Path), 0o755); err != nil {
			return err
		}
		staged = append(staged, change)
		if err := root.WriteFile(change.Path+fresh, change.After, mode(root, change.Path)); err != nil {
			return err
		}
	}
	for _, change := range p.Changes {
		if err := root.Rename(change.Path+fresh, change.Path); err != nil {
			return err
		}
		placed = append(placed, change)
	}
	return nil
}

func mode(root *os.Root, name string) fs.FileMode {
	if info, err := root.Stat(name); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

func restore(root *os.Root, change Change) error {
	if change.Before == nil {
		return root.Remove(change.Path)
	}
	return root.WriteFile(change.Path, change.Before, 0o644)
}

// JSONError is an error of a JSON decoder with its place in the text.
func JSONError(name string, content []byte, decoder *json.Decoder, err error) error {
	offset := decoder.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	message := err.Error()
	switch {
	case errors.As(err, &syntax):
		offset = max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		offset = max(kind.Offset-1, 0)
		message = fmt.Sprintf("%s is a JSON %s, which is not expected", kind.Field, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset, message = int64(len(content)), "the JSON text ends before its value does: the file is truncated"
	}
	read := content[:min(offset, int64(len(content)))]
	line := 1 + bytes.Count(read, []byte("\n"))
	column := 1 + utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:])
	return &document.Error{File: name, Line: line, Column: column, Message: message}
}
