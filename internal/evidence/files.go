package evidence

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// maxFiles is how many evidence files a folder may hold. It is no limit of a tree: a fleet may have any number of folders.
const maxFiles = 10_000

// listing is what paths stand for.
type listing struct {
	files []*file
	roots []string // names of the folders among the paths
	links []other  // to folders
	errs  document.Errors
}

// expand lists the files that the paths stand for, sorted, each once. What below a folder cannot be read is an error with
// its place; what was left out without a word could be what somebody relies on.
func (r *Reader) expand(paths []string) (all listing, err error) {
	for _, path := range paths {
		if path == stdin {
			all.files = append(all.files, &file{name: path, users: 1})
			continue
		}
		info, err := os.Stat(r.Base.Path(path))
		if errors.Is(err, fs.ErrNotExist) {
			return listing{}, fmt.Errorf("%w at %s: there is no such file or folder; `raci-check init DIR` writes a skeleton", ErrNoEvidence, path)
		}
		if err != nil {
			return listing{}, fmt.Errorf("read evidence: %w", err)
		}
		if !info.IsDir() {
			if err := safefile.Unfinished(filepath.Dir(r.Base.Path(path))); err != nil {
				return listing{}, fmt.Errorf("read evidence: %w", err)
			}
			all.files = append(all.files, &file{name: filepath.Clean(path), path: r.Base.Path(path), users: 1})
			continue
		}
		below, err := walk(r.Base, path, maxFiles)
		if err != nil {
			return listing{}, fmt.Errorf("read evidence: %w", err)
		}
		if len(below.files)+len(below.links)+len(below.errs) == 0 {
			return listing{}, fmt.Errorf("%w in %s: no *.yaml or *.yml file there; `raci-check init %s` writes a skeleton", ErrNoEvidence, path, path)
		}
		all.files, all.links = append(all.files, below.files...), append(all.links, below.links...)
		all.roots, all.errs = append(all.roots, below.roots...), append(all.errs, below.errs...)
	}
	// A file that is named itself comes before the same one below a folder.
	slices.SortStableFunc(all.files, func(a, b *file) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(fromFolder(a), fromFolder(b)))
	})
	all.files = slices.CompactFunc(all.files, func(a, b *file) bool { return a.name == b.name })
	all.files = slices.DeleteFunc(all.files, func(f *file) bool {
		if err := document.CheckName(f.name); err != nil {
			all.errs = append(all.errs, err)
			return true
		}
		return false
	})
	slices.SortFunc(all.links, func(a, b other) int { return strings.Compare(a.name, b.name) })
	all.links = slices.CompactFunc(all.links, func(a, b other) bool { return a.name == b.name })
	return all, nil
}

func fromFolder(f *file) int {
	if f.walked {
		return 1
	}
	return 0
}

// walk lists the evidence files below a folder, in which one folder may hold so many.
func walk(base document.Folder, root string, most int) (below listing, err error) {
	root = base.Path(root)
	below.roots = []string{base.Name(filepath.Clean(root))}
	inFolder := map[string]int{}
	// With the separator behind it, a root that is a link is what it leads to.
	err = filepath.WalkDir(root+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = filepath.Clean(path)
		name := base.Name(path)
		defect := func(limit document.Limit, message string) *document.Error {
			return &document.Error{File: name, Line: 1, Column: 1, Message: message, Limit: limit}
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && path != filepath.Clean(root)
		link := entry.Type()&fs.ModeSymlink != 0
		switch {
		case entry.Name() == safefile.Journal:
			if err := safefile.Unfinished(filepath.Dir(path)); err != nil {
				below.errs = append(below.errs, defect("", err.Error()))
			}
			return nil
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.IsDir() || hidden:
			return nil
		case link && leadsToFolder(path):
			err := defect("", "a link to a folder is not followed, because its files would be read twice or not at all: name the folder itself")
			below.links = append(below.links, other{name: name, is: "link to a folder", err: err})
			return nil
		case !readable(entry.Name()):
			return nil
		}
		folder := filepath.Dir(name)
		if inFolder[folder]++; inFolder[folder] > most {
			below.errs = append(below.errs, defect(document.TooManyFiles, fmt.Sprintf("the folder has more than the limit of %d evidence files: use several folders", most)))
			return fs.SkipDir // what is left of the folder
		}
		f := &file{name: name, path: path, users: 1, walked: true}
		if link {
			f.root = root
		}
		below.files = append(below.files, f)
		return nil
	})
	return below, err
}

func leadsToFolder(link string) bool {
	info, err := os.Stat(link)
	return err == nil && info.IsDir()
}

// open opens a file as an editor has it, or as it is on the disk.
func (r *Reader) open(f *file) (io.ReadCloser, error) {
	if r.Unsaved != nil {
		if text, edited := r.Unsaved(f.path); edited {
			return io.NopCloser(bytes.NewReader(text)), nil
		}
	}
	return f.open()
}

// open opens a file that is regular. A link that was found in a folder must stay in it, as those do by which clusters mount
// files.
func (f *file) open() (io.ReadCloser, error) {
	in, err := f.openNamed()
	refuse := func(message string) error {
		return &document.Error{File: f.name, Line: 1, Column: 1, Message: message}
	}
	switch {
	case err == nil:
		return in, nil
	case errors.Is(err, safefile.ErrNotRegular):
		return nil, refuse(safefile.ErrNotRegular.Error() + ": evidence is read only from files")
	case f.root != "":
		return nil, refuse(fmt.Sprintf("this link leads nowhere, or out of the folder that is assessed (%v): put the file there instead", err))
	}
	return nil, fmt.Errorf("read evidence: %w", err)
}

func (f *file) openNamed() (*os.File, error) {
	if f.root == "" {
		in, _, err := safefile.Open(f.path)
		return in, err
	}
	folder, err := safefile.OpenFolder(f.root)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	below, err := filepath.Rel(f.root, f.path)
	if err != nil {
		return nil, err
	}
	in, _, err := folder.Open(filepath.ToSlash(below))
	return in, err
}

// InFolder lists the files that lie in a folder, not below it, and are read where the folder is named.
func InFolder(base document.Folder, folder string) ([]string, error) {
	entries, err := os.ReadDir(base.Path(folder))
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	if err := safefile.Unfinished(base.Path(folder)); err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() && readable(entry.Name()) {
			names = append(names, filepath.Join(folder, entry.Name()))
		}
	}
	return names, nil
}

// most is how many files and folders FolderOf looks at.
const most = 2_000

// FolderOf is the first folder below another that has evidence of a service; empty where none has, or where there is too much to look at.
func FolderOf(folder, service string) (below string) {
	looked := 0
	_ = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error { // what cannot be read is no answer
		looked++
		switch {
		case err != nil || looked > most:
			return filepath.SkipAll
		case entry.IsDir() && name != folder && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular() || !readable(entry.Name()) || filepath.Dir(name) == filepath.Clean(folder):
			return nil
		}
		content, err := safefile.Read(name, int64(document.DefaultLimits.Bytes))
		if err != nil {
			return nil
		}
		doc := document.Head(name, content[:min(len(content), headBytes)], document.DefaultLimits, "kind", "metadata")
		if doc != nil && text(doc, "/kind") == "Evidence" && serviceOf(doc) == strings.ToLower(service) {
			below = filepath.Dir(name)
			return filepath.SkipAll
		}
		return nil
	})
	return below
}

// readable reports whether a file of that name is read where its folder is named.
func readable(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(name, ".")
}
