package lsp

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// pathOf is the path of the file that a URI names; not ok for what is no file on this machine.
func pathOf(uri string) (path string, ok bool) {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Scheme != "file" || parsed.Path == "" || parsed.Host != "" && parsed.Host != "localhost" || strings.ContainsRune(parsed.Path, 0) {
		return "", false
	}
	path = filepath.FromSlash(parsed.Path)
	if runtime.GOOS == "windows" { // /c:/folder
		path = strings.TrimPrefix(path, `\`)
	}
	return filepath.Clean(path), filepath.IsAbs(path)
}

// uriOf is the URI of the file at an absolute path.
func uriOf(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// isBelow reports whether a path is a folder or lies below it.
func isBelow(path, folder string) bool {
	below, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(below)
}
