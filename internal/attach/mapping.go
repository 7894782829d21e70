package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Mappings is where mappings are stored, below the folder of the evidence.
const Mappings = "mappings"

// mappingFile is the mapping that derives facts of the file.
type mappingFile struct {
	path string // where it is stored; empty for no mapping
	text []byte // to store; nil for one that is in the folder already
}

// oldMapping is the mapping of the artifact that is there already; empty for none.
func (a *attachment) oldMapping() string { return evidence.DerivationOf(a.old).Mapping.Path }

// findMapping finds the mapping that was asked for and tries it, or else those that can be proposed.
func (a *attachment) findMapping() error {
	if before := a.oldMapping(); a.Mapping == "" && before != "" {
		return a.tryOld(before)
	}
	if a.Mapping == "" {
		return a.propose()
	}
	m, err := a.readMapping()
	if err != nil {
		return err
	}
	if !slices.Contains(m.Sections(), a.Section) {
		return fmt.Errorf("the mapping %s fills %s, not %s", a.Mapping, strings.Join(m.Sections(), " and "), a.Section)
	}
	return a.try(a.Mapping, a.mapping.path, m)
}

// try refuses a mapping that does not read the file, or nothing of what the file is to show.
func (a *attachment) try(name, path string, m shipped.Mapping) error {
	if len(a.content) > mapping.MaxExport {
		return fmt.Errorf("%s: a mapping reads at most %d MiB: attach the file without one, or export less", a.File, mapping.MaxExport>>20)
	}
	result := derive.Try(a.set, a.root, evidence.Derivation{
		Pointer: a.at + "/artifact", Artifact: document.File{Path: a.path, SHA256: a.sha256}, Mapping: document.File{Path: path},
	}, m.Mapping, a.content)
	var errs []error
	for _, broken := range result.Broken {
		errs = append(errs, errors.New(broken.Message))
	}
	if len(errs) > 0 {
		return fmt.Errorf("the mapping %s does not fit the file: %w", name, errors.Join(errs...))
	}
	a.done.Mapping, a.done.Derived, a.done.Differs = path, len(result.Facts), len(result.Contradictions)
	return nil
}

// tryOld tries the mapping that reads the artifact that is replaced: it reads the new one as well.
func (a *attachment) tryOld(name string) error {
	folder, err := safefile.OpenFolder(a.folder())
	if err != nil {
		return fmt.Errorf("open the evidence folder: %w", err)
	}
	defer folder.Close()
	m := shipped.Mapping{}
	if m.Text, err = folder.Read(name, evidence.MaxMapping); err != nil {
		return fmt.Errorf("read the mapping of the artifact: %w", err)
	}
	if m.Mapping, err = mapping.Read(name, m.Text, a.root); err != nil {
		return err
	}
	unfit := a.try(name, name, m)
	if unfit == nil {
		return nil
	}
	if err := a.propose(); err != nil {
		return err
	}
	return &UnfitError{Err: unfit, Mapping: name, Proposed: a.done.Proposed}
}

// UnfitError says that the mapping that reads an artifact does not read the file that is to take its place.
type UnfitError struct {
	Err      error
	Mapping  string   // path of the mapping, relative to the folder of the evidence
	Proposed []string // names of the shipped mappings that do
}

func (e *UnfitError) Error() string {
	other := "NAME"
	if len(e.Proposed) > 0 {
		other = e.Proposed[0]
	}
	return fmt.Sprintf("%v; it reads the artifact that is replaced: give the one for this file with --mapping %s", e.Err, other)
}

// Unwrap is what does not fit.
func (e *UnfitError) Unwrap() error { return e.Err }

// propose notes the shipped mappings that read files of this form.
func (a *attachment) propose() error {
	if a.Shipped == nil {
		return nil
	}
	all, err := shipped.All(a.Shipped, a.root)
	if err != nil {
		return err
	}
	for _, m := range shipped.Recognise(all, a.Section, a.path, a.content) {
		a.done.Proposed = append(a.done.Proposed, m.Name)
	}
	return nil
}

// readMapping reads the mapping that was asked for, and notes what is stored of it, and where.
func (a *attachment) readMapping() (m shipped.Mapping, err error) {
	if a.Shipped != nil {
		all, err := shipped.All(a.Shipped, a.root)
		if err != nil {
			return m, err
		}
		for _, m := range all {
			if m.Name == a.Mapping {
				a.mapping = mappingFile{path.Join(Mappings, m.File()), m.Text}
				return m, nil
			}
		}
	}
	info, err := os.Lstat(a.Mapping)
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.Shipped != nil:
		names, err := shipped.Names(a.Shipped)
		if err != nil {
			return m, err
		}
		return m, fmt.Errorf("%s; or name a file that is there", suggest.Unknown("mapping", a.Mapping, names))
	case err != nil:
		return m, fmt.Errorf("read the mapping: %w", err)
	case !info.Mode().IsRegular():
		return m, fmt.Errorf("%s: %w", a.Mapping, safefile.ErrNotRegular)
	}
	if m.Text, err = safefile.Read(a.Mapping, evidence.MaxMapping); err != nil {
		return m, fmt.Errorf("read the mapping: %w", err)
	}
	if m.Mapping, err = mapping.Read(a.Mapping, m.Text, a.root); err != nil {
		return m, err
	}
	return m, a.placeMapping(m.Text)
}

// placeMapping says where a mapping of the customer is stored: where it is, if that is below the evidence already.
func (a *attachment) placeMapping(text []byte) error {
	inside, err := within(a.Mapping, a.folder())
	if err != nil {
		return fmt.Errorf("read the mapping: %w", err)
	}
	if !inside {
		name := filepath.Base(a.Mapping)
		if ext := strings.ToLower(filepath.Ext(name)); ext != ".yaml" && ext != ".yml" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `\:`) {
			return fmt.Errorf("%s: name a mapping with the ending .yaml", a.Mapping)
		}
		a.mapping = mappingFile{path.Join(Mappings, name), text}
		return nil
	}
	folder, err := filepath.Abs(a.folder())
	if err != nil {
		return err
	}
	file, err := filepath.Abs(a.Mapping)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(folder, file)
	if err != nil || !filepath.IsLocal(relative) {
		return fmt.Errorf("%s: name the mapping by its path in the evidence folder", a.Mapping)
	}
	a.mapping = mappingFile{path: filepath.ToSlash(relative)}
	return nil
}

// storedMapping is the change that stores the mapping; nil where it is there.
func (a *attachment) storedMapping() (*safefile.Change, error) {
	if a.mapping.text == nil {
		return nil, nil
	}
	folder, err := safefile.OpenFolder(a.folder())
	if err != nil {
		return nil, fmt.Errorf("open the evidence folder: %w", err)
	}
	defer folder.Close()
	before, err := folder.Read(a.mapping.path, evidence.MaxMapping)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &safefile.Change{Path: a.mapping.path, After: a.mapping.text}, nil
	case err != nil:
		return nil, err
	case bytes.Equal(before, a.mapping.text):
		return nil, nil
	default:
		name := filepath.Join(a.folder(), filepath.FromSlash(a.mapping.path))
		return nil, fmt.Errorf("%s: there is another mapping of this name already: use it by --mapping %s, or rename one", name, name)
	}
}
