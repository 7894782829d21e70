package document

import "path/filepath"

// File names a file that was read, with the digest of its bytes.
type File struct{ Path, SHA256 string }

// Folder is what the names of files are relative to; empty for the working folder.
type Folder string

// Path is where the file of a name lies.
func (f Folder) Path(name string) string {
	if f == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(string(f), name)
}

// Name is the name of the file that lies at a path.
func (f Folder) Name(path string) string {
	if name, err := filepath.Rel(string(f), path); f != "" && err == nil && filepath.IsLocal(name) {
		return name
	}
	return path
}
