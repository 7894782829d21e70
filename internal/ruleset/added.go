package ruleset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/memfs"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/targz"
)

// Bounds of what is read as policies: far more than rules need, far less than a machine has.
const (
	maxFiles = 2000
	maxBytes = 32 << 20
)

// catalogFile is what makes a folder of a tree a catalog of its own.
const catalogFile = "catalog.yaml"

// controlsFile lists the controls that checks may map to; only the shipped ruleset has one.
const controlsFile = "controls.yaml"

// ErrPolicies says that a folder or archive of policies cannot be used as it is.
var ErrPolicies = errors.New("cannot use these policies")

// With adds policies to a ruleset: folders, or archives of them (.tar.gz). Files that lie in them as the shipped ones do are
// added beside those; where one of them brings a catalog of its own, <id>/catalog.yaml, that catalog takes the place of the
// shipped one, and of the shipped files only the helpers in lib/ stay, but for those that it brings itself. Else no file
// takes the place of another.
func (r Ruleset) With(names []string) (Ruleset, error) { return r.WithFrom("", names) }

// WithFrom is With of names that are relative to a folder.
func (r Ruleset) WithFrom(base document.Folder, names []string) (Ruleset, error) {
	if len(names) == 0 {
		return r, nil
	}
	a := additions{files: map[string][]byte{}, names: map[string]string{}}
	for _, name := range names {
		if err := a.read(base, name); err != nil {
			return Ruleset{}, err
		}
	}
	root, err := a.root(r.root)
	if err != nil {
		return Ruleset{}, err
	}
	merged, err := a.shipped(r)
	if err != nil {
		return Ruleset{}, fmt.Errorf("read shipped policies: %w", err)
	}
	for _, file := range slices.Sorted(maps.Keys(a.files)) {
		if _, ok := merged[file]; ok {
			return Ruleset{}, fmt.Errorf("%s: %w: %s is shipped and cannot be replaced: give your file another name", a.names[file], ErrPolicies, file)
		}
		if folder := path.Dir(file); !within(folder, root) && !within(folder, "lib") {
			return Ruleset{}, fmt.Errorf("%s: %w: nothing would ask for it where it lies, in %s/; policies lie in %s/ below the folder that is named, helpers in lib/",
				a.names[file], ErrPolicies, folder, root)
		}
		merged[file] = a.files[file]
	}
	tree, err := memfs.New(merged)
	if err != nil {
		return Ruleset{}, err
	}
	with, err := Open(tree, root)
	if err != nil {
		return Ruleset{}, err
	}
	with.added, with.own, with.origins, with.foreign = a.listed(), a.own(r), a.origins, r.foreign
	if len(a.catalogs) == 0 {
		with.base = &r
	}
	with.shown = func(file string) string { return cmp.Or(a.names[file], file) }
	return with, nil
}

// within reports whether a folder of the tree is another one or lies in it.
func within(folder, other string) bool {
	return folder == other || strings.HasPrefix(folder, other+"/")
}

// additions are files to add to a ruleset.
type additions struct {
	files    map[string][]byte // by path in the tree
	names    map[string]string // how messages call them, by the same
	catalogs []string          // the folders that bring a catalog
	origins  []document.File
}

// read adds what a folder or an archive holds.
func (a *additions) read(base document.Folder, name string) error {
	files, digest, err := readTree(base.Path(name))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a.origins = append(a.origins, document.File{Path: filepath.ToSlash(filepath.Clean(name)), SHA256: digest})
	for _, file := range slices.Sorted(maps.Keys(files)) {
		called := filepath.Join(name, filepath.FromSlash(file))
		if other, twice := a.names[file]; twice {
			return fmt.Errorf("%w: %s and %s are the same file of the tree", ErrPolicies, other, called)
		}
		a.files[file], a.names[file] = files[file], called
		if folder, last := path.Split(file); last == catalogFile && strings.Count(folder, "/") == 1 {
			a.catalogs = append(a.catalogs, path.Clean(folder))
		}
	}
	return nil
}

// root is the catalog's id: that of a catalog that is added, or the shipped one.
func (a *additions) root(shipped string) (string, error) {
	switch len(a.catalogs) {
	case 0:
		return shipped, nil
	case 1:
		return a.catalogs[0], nil
	default:
		return "", fmt.Errorf("%w: they have %d catalogs (%s), but a run can have only one", ErrPolicies, len(a.catalogs), strings.Join(a.catalogs, ", "))
	}
}

// shipped are the files of the ruleset that stay: all, or beside a catalog of its own the helpers that it does not bring.
func (a *additions) shipped(r Ruleset) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := r.each(func(name string) bool {
		return len(a.catalogs) == 0 || strings.HasPrefix(name, "lib/") && a.files[name] == nil
	}, func(name string, data []byte) error {
		files[name] = data
		return nil
	})
	return files, err
}

// own are the files that are not merely copies of shipped ones, as messages call them.
func (a *additions) own(r Ruleset) map[string]bool {
	own := map[string]bool{}
	for file, data := range a.files {
		if shipped, err := fs.ReadFile(r.fsys, file); err != nil || !bytes.Equal(shipped, data) {
			own[a.names[file]] = true
		}
	}
	return own
}

// listed are the files that decide something: all but tests.
func (a *additions) listed() []document.File {
	var listed []document.File
	for _, file := range slices.Sorted(maps.Keys(a.files)) {
		if !strings.HasSuffix(file, "_test.rego") {
			listed = append(listed, document.File{Path: filepath.ToSlash(a.names[file]), SHA256: safefile.Sum(a.files[file])})
		}
	}
	return listed
}

// isOfRules reports whether a file is a part of rules. What else lies beside them (a README) is left alone.
func isOfRules(name string) bool {
	return slices.Contains([]string{".rego", ".yaml", ".json"}, path.Ext(name)) && !strings.HasPrefix(path.Base(name), ".")
}

// readTree reads the files of a folder or of an archive, and answers the sha256 of the archive.
func readTree(name string) (files map[string][]byte, digest string, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, "", fmt.Errorf("read policies: %w", err)
	}
	switch {
	case info.IsDir():
		files, err = readFolder(name)
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		files, digest, err = readArchive(name)
	default:
		return nil, "", fmt.Errorf("%w: expected a folder, or an archive that ends in .tar.gz", ErrPolicies)
	}
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%w: there is no policy in it", ErrPolicies)
	}
	return files, digest, err
}

// bounded collects files as long as they are few and small.
type bounded struct {
	files map[string][]byte
	bytes int64
}

func (b *bounded) add(name string, content io.Reader) error {
	if len(b.files) == maxFiles {
		return fmt.Errorf("%w: there are more than %d files", ErrPolicies, maxFiles)
	}
	data, err := safefile.ReadAll(content, maxBytes-b.bytes)
	var larger *safefile.LimitError
	switch {
	case errors.As(err, &larger):
		return fmt.Errorf("%w: they are larger than %d MiB", ErrPolicies, maxBytes>>20)
	case err != nil:
		return fmt.Errorf("read %s: %w", name, err)
	}
	b.bytes += int64(len(data))
	b.files[name] = data
	return nil
}

// readFolder reads regular files below a folder; links that lead out of it are refused.
func readFolder(name string) (map[string][]byte, error) {
	root, err := safefile.OpenFolder(name)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	defer root.Close()
	contents := bounded{files: map[string][]byte{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read policies: %w", err)
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != ".":
			return fs.SkipDir
		case entry.IsDir() || !isOfRules(name):
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%w: %s is not a regular file", ErrPolicies, name)
		}
		file, _, err := root.Open(name)
		if err != nil {
			return fmt.Errorf("read policies: %w", err)
		}
		defer file.Close()
		return contents.add(name, file)
	})
	return contents.files, err
}

func readArchive(name string) (map[string][]byte, string, error) {
	file, _, err := safefile.Open(name)
	if err != nil {
		return nil, "", fmt.Errorf("read policies: %w", err)
	}
	defer file.Close()
	contents, hash := bounded{files: map[string][]byte{}}, sha256.New()
	// What lies beside the rules (a README) counts too, so that it bounds what is read at all.
	err = targz.Walk(io.TeeReader(file, hash), targz.Limits{Files: 2 * maxFiles, Bytes: 2 * maxBytes}, func(name string, content io.Reader) error {
		if !isOfRules(name) {
			return nil
		}
		return contents.add(name, content)
	})
	if errors.Is(err, targz.ErrUnsafe) {
		err = fmt.Errorf("%w: %w", ErrPolicies, err)
	}
	return contents.files, hex.EncodeToString(hash.Sum(nil)), err
}
