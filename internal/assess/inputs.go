package assess

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// readFile reads a file that is no evidence, and answers its digest.
func readFile(base document.Folder, name string) (*document.Document, assessment.File, error) {
	doc, digest, err := document.ReadFile(base, name, document.DefaultLimits)
	return doc, assessment.File{Path: filepath.ToSlash(name), SHA256: digest}, err
}

// treesOf lists the folders among paths, sorted: a file of evidence that is new below them, at any depth, would be read as well.
func treesOf(base document.Folder, paths []string) []string {
	var trees []string
	for _, path := range paths {
		if info, err := os.Stat(base.Path(path)); path != "-" && err == nil && info.IsDir() {
			trees = append(trees, filepath.ToSlash(filepath.Clean(path)))
		}
	}
	slices.Sort(trees)
	return slices.Compact(trees)
}

// wholeFolders lists the folders of which every evidence file is read, sorted: a file that is new there would be read as well.
func wholeFolders(base document.Folder, sources []*evidence.Source) ([]string, error) {
	read := map[string]bool{}
	folders := map[string]bool{}
	for _, source := range sources {
		for _, name := range source.Names() {
			read[name], folders[filepath.Dir(name)] = true, true
		}
	}
	whole := []string{}
	if read["-"] {
		return whole, nil
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		files, err := evidence.InFolder(base, folder)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(files, func(name string) bool { return !read[name] }) {
			whole = append(whole, filepath.ToSlash(folder))
		}
	}
	return whole, nil
}
