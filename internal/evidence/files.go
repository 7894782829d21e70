package evidence

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"raci-check/internal/document"
)

// maxFiles is how many evidence files a folder may hold. It is no limit of a tree: a fleet may have any number of folders.
const maxFiles = 10_000

// expand lists the files that the paths stand for, sorted, each once. What below a folder cannot be read is an error with
// its place; what was left out without a word could be what somebody relies on.
func expand(paths []string) ([]*file, document.Errors, error) {
	var files []*file
	var errs document.Errors
	for _, path := range paths {
		if path == stdin {
			files = append(files, &file{name: path, users: 1})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read evidence: %w", err)
		}
		if !info.IsDir() {
			files = append(files, &file{name: filepath.Clean(path), users: 1})
			continue
		}
		below, bad, err := walk(path, maxFiles)
		if err != nil {
			return nil, nil, fmt.Errorf("read evidence: %w", err)
		}
		if len(below)+len(bad) == 0 {
			return nil, nil, fmt.Errorf("%w in %s: no *.yaml or *.yml file there; `raci-check init %s` writes a skeleton", ErrNoEvidence, path, path)
		}
		files, errs = append(files, below...), append(errs, bad...)
	}
	slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	files = slices.CompactFunc(files, func(a, b *file) bool { return a.name == b.name })
	files = slices.DeleteFunc(files, func(f *file) bool {
		if err := document.CheckName(f.name); err != nil {
			errs = append(errs, err)
			return true
		}
		return false
	})
	return files, errs, nil
}

// walk lists the evidence files below a folder, in which one folder may hold so many.
func walk(root string, most int) (files []*file, errs document.Errors, err error) {
	inFolder := map[string]int{}
	// With the separator behind it, a root that is a link is what it leads to.
	err = filepath.WalkDir(root+string(filepath.Separator), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.Clean(name)
		refuse := func(limit document.Limit, message string) {
			errs = append(errs, &document.Error{File: name, Line: 1, Column: 1, Message: message, Limit: limit})
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && name != filepath.Clean(root)
		link := entry.Type()&fs.ModeSymlink != 0
		switch {
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.IsDir() || hidden:
			return nil
		case link && leadsToFolder(name):
			refuse("", "a link to a folder is not followed, because its files would be read twice or not at all: name the folder itself")
			return nil
		case !readable(entry.Name()):
			return nil
		}
		folder := filepath.Dir(name)
		if inFolder[folder]++; inFolder[folder] > most {
			refuse(document.TooManyFiles, fmt.Sprintf("the folder has more than the limit of %d evidence files: use several folders", most))
			return fs.SkipDir // what is left of the folder
		}
		found := &file{name: name, users: 1}
		if link {
			found.root = root
		}
		files = append(files, found)
		return nil
	})
	return files, errs, err
}

func leadsToFolder(link string) bool {
	info, err := os.Stat(link)
	return err == nil && info.IsDir()
}

// open opens a file that is regular. A named pipe does not keep it waiting, whenever it is put there. A link that was found
// in a folder must stay in it, as those do by which clusters mount files.
func (f *file) open() (*os.File, fs.FileInfo, error) {
	const flags = os.O_RDONLY | syscall.O_NONBLOCK
	in, err := func() (*os.File, error) {
		if f.root == "" {
			return os.OpenFile(f.name, flags, 0)
		}
		root, err := os.OpenRoot(f.root)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		below, err := filepath.Rel(f.root, f.name)
		if err != nil {
			return nil, err
		}
		return root.OpenFile(below, flags, 0)
	}()
	if err != nil {
		if f.root != "" {
			return nil, nil, &document.Error{File: f.name, Line: 1, Column: 1,
				Message: fmt.Sprintf("this link leads nowhere, or out of the folder that is assessed (%v): put the file there instead", err)}
		}
		return nil, nil, fmt.Errorf("read evidence: %w", err)
	}
	info, err := in.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &document.Error{File: f.name, Line: 1, Column: 1, Message: errNotRegular.Error() + ": evidence is read only from files"}
	}
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	return in, info, nil
}

// InFolder lists the files that lie in a folder, not below it, and are read where the folder is named.
func InFolder(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
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

// readable reports whether a file of that name is read where its folder is named.
func readable(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(name, ".")
}
