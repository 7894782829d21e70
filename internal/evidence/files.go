package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

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
