package collect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/raci-check/raci-check/internal/safefile"
)

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

// Write writes the files of the plan: each whole, and all of them or, as far as the file system allows, none. It refuses
// where a file changed since it was read.
func (p *Plan) Write() error {
	if len(p.Changes) == 0 {
		return nil
	}
	lock, err := p.lock, error(nil)
	if lock == nil {
		if lock, err = safefile.Take(p.folder, safefile.Holder{}); err != nil {
			return err
		}
		defer lock.Release()
	}
	err = lock.ReplaceAll(p.Changes)
	var changed *safefile.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &changed) && (errors.Is(err, safefile.ErrChanged) || errors.Is(err, fs.ErrExist)):
		return fmt.Errorf("write evidence: %s changed while it was collected: run again", changed.Name)
	default:
		return fmt.Errorf("write evidence: %w", err)
	}
}
