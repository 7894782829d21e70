package lsp

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// pathOf is the path of the file that a URI names; not ok for what is no file on this machine.
func pathOf(uri string) (path string, ok bool) {
	slashed, ok := slashedPath(uri, runtime.GOOS == "windows")
	if !ok {
		return "", false
	}
	path = filepath.FromSlash(slashed)
	return filepath.Clean(path), filepath.IsAbs(path)
}

// slashedPath is the path in a URI, with slashes. On Windows it begins with the drive, c:/folder, or with the server of a network
// folder, //server/folder; elsewhere no URI with a server names a file of this machine.
func slashedPath(uri string, windows bool) (path string, ok bool) {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Scheme != "file" || parsed.Path == "" || strings.ContainsRune(parsed.Path, 0) {
		return "", false
	}
	switch local := parsed.Host == "" || parsed.Host == "localhost"; {
	case local && windows:
		return strings.TrimPrefix(parsed.Path, "/"), true
	case local:
		return parsed.Path, true
	default:
		return "//" + parsed.Host + parsed.Path, windows
	}
}

// uriOf is the URI of the file at an absolute path.
func uriOf(path string) string { return uriOfSlashed(filepath.ToSlash(path)) }

func uriOfSlashed(path string) string {
	uri := url.URL{Scheme: "file", Path: path}
	if below, network := strings.CutPrefix(path, "//"); network {
		server, folder, _ := strings.Cut(below, "/")
		uri.Host, uri.Path = server, "/"+folder
	} else if !strings.HasPrefix(path, "/") {
		uri.Path = "/" + path
	}
	return uri.String()
}

func isBelow(path, folder string) bool {
	below, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(below)
}
