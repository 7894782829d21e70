package ruleset

import (
	"bytes"
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
	"testing/fstest"

	"raci-check/internal/assessment"
	"raci-check/internal/targz"
)

// Bounds of what is read as policies: far more than rules need, far less than a machine has.
const (
	maxFiles = 2000
	maxBytes = 32 << 20
)

// catalogFile is what makes a folder of a tree a catalog of its own.
const catalogFile = "catalog.yaml"

// ErrPolicies says that a folder or archive of policies cannot be used as it is.
var ErrPolicies = errors.New("cannot use these policies")

// With adds policies to a ruleset: folders, or archives of them (.tar.gz). Files that lie in them as the shipped ones do are
// added beside those; where one of them brings a catalog of its own, <id>/catalog.yaml, that catalog takes the place of the
// shipped one, and of the shipped files only the helpers in lib/ stay, but for those that it brings itself. Else no file
// takes the place of another.
func (r Ruleset) With(names []string) (Ruleset, error) {
	if len(names) == 0 {
		return r, nil
	}
	added, origin := map[string][]byte{}, map[string]string{} // by path in the tree
	var catalogs []string
	var origins []assessment.Source
	for _, name := range names {
		files, digest, err := readTree(name)
		if err != nil {
			return Ruleset{}, fmt.Errorf("%s: %w", name, err)
		}
		origins = append(origins, assessment.Source{Path: filepath.ToSlash(filepath.Clean(name)), SHA256: digest})
		for _, file := range slices.Sorted(maps.Keys(files)) {
			if other, there := origin[file]; there {
				return Ruleset{}, fmt.Errorf("%w: %s and %s are the same file of the tree", ErrPolicies, other, join(name, file))
			}
			added[file], origin[file] = files[file], join(name, file)
			if parts := strings.Split(file, "/"); len(parts) == 2 && parts[1] == catalogFile {
				catalogs = append(catalogs, parts[0])
			}
		}
	}
	root, keep := r.root, func(string) bool { return true }
	switch len(catalogs) {
	case 0:
	case 1:
		root, keep = catalogs[0], func(name string) bool { return strings.HasPrefix(name, "lib/") && added[name] == nil }
	default:
		return Ruleset{}, fmt.Errorf("%w: they have %d catalogs (%s), but a run can have only one", ErrPolicies, len(catalogs), strings.Join(catalogs, ", "))
	}
	merged := fstest.MapFS{}
	err := fs.WalkDir(r.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !keep(name) {
			return err
		}
		data, err := fs.ReadFile(r.fsys, name)
		merged[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		return Ruleset{}, fmt.Errorf("read shipped policies: %w", err)
	}
	var listed []assessment.File
	own := map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(added)) {
		if _, there := merged[file]; there {
			return Ruleset{}, fmt.Errorf("%s: %w: %s is shipped and cannot be replaced: give your file another name", origin[file], ErrPolicies, file)
		}
		if folder := path.Dir(file); folder != root && folder != "lib" && !strings.HasPrefix(folder, root+"/") && !strings.HasPrefix(folder, "lib/") {
			return Ruleset{}, fmt.Errorf("%s: %w: nothing would ask for it where it lies, in %s/; policies lie in %s/ below the folder that is named, helpers in lib/",
				origin[file], ErrPolicies, folder, root)
		}
		merged[file] = &fstest.MapFile{Data: added[file]}
		if shipped, err := fs.ReadFile(r.fsys, file); err != nil || !bytes.Equal(shipped, added[file]) {
			own[origin[file]] = true
		}
		if strings.HasSuffix(file, "_test.rego") {
			continue // it decides nothing
		}
		sum := sha256.Sum256(added[file])
		listed = append(listed, assessment.File{Path: filepath.ToSlash(origin[file]), SHA256: hex.EncodeToString(sum[:])})
	}
	with, err := Open(merged, root)
	if err != nil {
		return Ruleset{}, err
	}
	with.added, with.own, with.origins, with.foreign = listed, own, origins, r.foreign
	if len(catalogs) == 0 {
		with.base = &r
	}
	with.shown = func(name string) string {
		if shown, there := origin[name]; there {
			return shown
		}
		return name
	}
	return with, nil
}

func join(name, file string) string { return filepath.Join(name, filepath.FromSlash(file)) }

// wanted reports whether a file is a part of rules. What else lies beside them (a README) is left alone.
func wanted(name string) bool {
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
	data, err := io.ReadAll(io.LimitReader(content, maxBytes-b.bytes+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if b.bytes += int64(len(data)); b.bytes > maxBytes {
		return fmt.Errorf("%w: they are larger than %d MiB", ErrPolicies, maxBytes>>20)
	}
	b.files[name] = data
	return nil
}

// readFolder reads regular files below a folder; links that lead out of it are refused.
func readFolder(name string) (map[string][]byte, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	defer root.Close()
	found := bounded{files: map[string][]byte{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read policies: %w", err)
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != ".":
			return fs.SkipDir
		case entry.IsDir() || !wanted(name):
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%w: %s is not a regular file", ErrPolicies, name)
		}
		file, err := root.Open(name)
		if err != nil {
			return fmt.Errorf("read policies: %w", err)
		}
		defer file.Close()
		return found.add(name, file)
	})
	return found.files, err
}

func readArchive(name string) (map[string][]byte, string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, "", fmt.Errorf("read policies: %w", err)
	}
	defer file.Close()
	found, hash := bounded{files: map[string][]byte{}}, sha256.New()
	// What lies beside the rules (a README) counts too, so that it bounds what is read at all.
	err = targz.Walk(io.TeeReader(file, hash), targz.Limits{Files: 2 * maxFiles, Bytes: 2 * maxBytes}, func(name string, content io.Reader) error {
		if !wanted(name) {
			return nil
		}
		return found.add(name, content)
	})
	if errors.Is(err, targz.ErrUnsafe) {
		err = fmt.Errorf("%w: %w", ErrPolicies, err)
	}
	return found.files, hex.EncodeToString(hash.Sum(nil)), err
}
