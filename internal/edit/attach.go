package edit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// Upload is a file that was received, before it is stored.
type Upload struct{ name, folder string }

// Receive takes a file up. The name is the one that was uploaded, without a folder. It locks nothing: a sender may be slow. The caller
// has to discard the upload.
func Receive(ctx context.Context, name string, content io.Reader) (*Upload, error) {
	if !attach.CanBeName(name) {
		return nil, fmt.Errorf("%q cannot be the name of a stored file: rename the file to letters, digits, hyphens and full stops, and upload it again",
			sanitize.Cut(sanitize.Text(name), 100))
	}
	temporary, err := os.MkdirTemp("", "raci-check-")
	if err != nil {
		return nil, fmt.Errorf("store the upload: %w", err)
	}
	upload := &Upload{name, temporary}
	if err := receive(ctx, temporary, name, content); err != nil {
		upload.Discard()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return upload, nil
}

// Discard removes what was received; a file that was stored with the evidence is a copy of it.
func (u *Upload) Discard() { _ = os.RemoveAll(u.folder) }

// Attach stores an upload with the evidence, and names it at a pointer to what takes an artifact, in the place of one that is there;
// an empty pointer is the source of the section. Undo takes the stored file away again, unless something else names it.
func (d *Desk) Attach(section, at string, upload *Upload) (*attach.Attached, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	name, file := upload.name, filepath.Join(upload.folder, upload.name)
	attached, err := attach.Attach(d.Reader, d.Form, attach.Options{
		File: file, Evidence: d.Folder, Section: section, At: at, Replace: true, Recognise: true, Shipped: d.Shipped, Lock: d.Lock,
	})
	var unfit *attach.UnfitError
	if errors.As(err, &unfit) {
		return nil, withoutFolder(fmt.Errorf("%w; %s reads the file that is here now: upload an export of the same kind, or take the derivation of the artifact away first",
			unfit.Err, unfit.Mapping), file, name)
	}
	if err != nil {
		return nil, withoutFolder(err, file, name)
	}
	s, err := d.attached(attached)
	if err != nil {
		return nil, err
	}
	d.remember(s)
	return attached, nil
}

// receive writes an upload into a new file in a folder.
func receive(ctx context.Context, temporary, name string, content io.Reader) error {
	limited := &io.LimitedReader{R: content, N: attach.MaxFile + 1}
	folder, err := safefile.OpenFolder(temporary)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Unpack(name, limited); err != nil {
		return err
	}
	if limited.N <= 0 {
		return &safefile.LimitError{Limit: attach.MaxFile}
	}
	return ctx.Err()
}

// uploadError is an error about an upload, by its own name.
type uploadError struct {
	error
	text string
}

func (e *uploadError) Error() string { return e.text }
func (e *uploadError) Unwrap() error { return e.error }

// withoutFolder is an error that names an upload and not the place where it was put for a moment.
func withoutFolder(err error, file, name string) error {
	if text := err.Error(); strings.Contains(text, file) {
		return &uploadError{err, strings.ReplaceAll(text, file, name)}
	}
	return err
}

func (d *Desk) attached(a *attach.Attached) (step, error) {
	s := step{pointers: []string{a.At + "/artifact"}}
	for _, change := range a.Changes {
		file := written{name: change.Path, before: change.Before, after: change.After}
		if filepath.Base(filepath.FromSlash(a.Place.File)) == change.Path {
			file.isDocument = true
			o := op{pointer: a.InFile, shown: a.At + "/artifact"}
			for text, value := range map[*[]byte]*any{&change.Before: &o.was, &change.After: &o.is} {
				doc, err := document.Parse(a.Place.File, *text, d.Reader.Limits)
				if err != nil {
					return step{}, err
				}
				*value = lookup(doc.Value(), a.InFile)
			}
			file.ops = []op{o}
		}
		s.files = append(s.files, file)
	}
	return s, nil
}
