package validators

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	released "github.com/raci-check/raci-check/internal/program"
)

// The largest package of the extension, and the largest sum of its files, in bytes.
const (
	largestPackage  = 160 << 10
	largestUnpacked = 1 << 20
)

// extensionSources copies the extension's sources into a new folder, as a checkout has them, and answers where they are.
func extensionSources(t *testing.T) string {
	t.Helper()
	checkout := t.TempDir()
	folder := filepath.Join(checkout, "editors", "vscode")
	sources := filepath.Join("..", "editors", "vscode")
	for _, name := range []string{"package.json", "package.mjs", "README.md", ".vscodeignore"} {
		copyFile(t, filepath.Join(sources, name), filepath.Join(folder, name))
	}
	if err := os.CopyFS(filepath.Join(folder, "src"), os.DirFS(filepath.Join(sources, "src"))); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join("..", "LICENSE"), filepath.Join(checkout, "LICENSE"))
	packages, err := filepath.Abs(filepath.Join(sources, "node_modules"))
	if err == nil {
		err = os.Symlink(packages, filepath.Join(folder, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// extensionPackage builds the package of the extension from its sources.
func extensionPackage(t *testing.T, folder string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "raci-check.vsix")
	if out, err := run("node", filepath.Join(folder, "package.mjs"), file); err != nil {
		t.Fatalf("%v\n%.5000s", err, out)
	}
	return file
}

// unpack answers the files of a package by their names, and writes them into a folder.
func unpack(t *testing.T, file, folder string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, entry := range archive.File {
		in, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(io.LimitReader(in, largestUnpacked+1))
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsLocal(entry.Name) || files[entry.Name] != "" {
			t.Fatalf("%q is in the package twice, or leads out of it", entry.Name)
		}
		files[entry.Name] = string(content)
		name := filepath.Join(folder, filepath.FromSlash(entry.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// What is in the package of the extension for Visual Studio Code: these files alone, the same each time, and nothing of the machine.
func TestExtensionPackage(t *testing.T) {
	need(t)
	first, second := extensionSources(t), extensionSources(t)
	file := extensionPackage(t, first)
	files := unpack(t, file, t.TempDir())
	var names []string
	size := 0
	for name, content := range files {
		names = append(names, name)
		size += len(content)
		for _, text := range []string{"sourceMappingURL", filepath.ToSlash(os.TempDir()), "/home/", "/root/", "/Users/", t.Name()} {
			if strings.Contains(content, text) {
				t.Errorf("%s contains %q", name, text)
			}
		}
	}
	slices.Sort(names)
	expected := []string{
		"[Content_Types].xml", "extension.vsixmanifest", "extension/LICENSE.txt", "extension/dist/extension.js", "extension/dist/licences.txt",
		"extension/package.json", "extension/readme.md",
	}
	slices.Sort(expected)
	if !slices.Equal(names, expected) {
		t.Errorf("the package has\n%q, expected\n%q", names, expected)
	}
	info, err := os.Stat(file)
	if err != nil || info.Size() > largestPackage || size > largestUnpacked {
		t.Errorf("%v: the package has %d bytes, and its files %d", err, info.Size(), size)
	}
	for _, bundled := range []string{"vscode-languageclient ", "vscode-jsonrpc ", "semver "} {
		if !strings.Contains(files["extension/dist/licences.txt"], bundled) {
			t.Errorf("the licence of %sis not in the package", bundled)
		}
	}
	manifest(t, files["extension/package.json"])

	built, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TZ", "Asia/Tokyo")
	again, err := os.ReadFile(extensionPackage(t, second))
	if err != nil || !bytes.Equal(built, again) {
		t.Errorf("%v: the same sources give another package", err)
	}

	// The packager takes no manifest that the editor would refuse.
	broken := filepath.Join(second, "package.json")
	if err := os.Rename(spoil(t, broken, `"vscode": "^`, `"vscode": "x`), broken); err != nil {
		t.Fatal(err)
	}
	if out, err := run("node", filepath.Join(second, "package.mjs"), filepath.Join(second, "broken.vsix")); err == nil {
		t.Errorf("the packager takes everything:\n%s", out)
	}
}

// manifest checks what the extension declares: its version is the program's, and a workspace that is not trusted sets nothing that
// decides what is started.
func manifest(t *testing.T, content string) {
	t.Helper()
	var declared struct {
		Version      string
		License      string
		Capabilities struct {
			UntrustedWorkspaces struct {
				Supported                string
				RestrictedConfigurations []string
			}
		}
		Contributes struct {
			Configuration struct {
				Properties map[string]struct{ Scope string }
			}
		}
		Dependencies map[string]string
	}
	if err := json.Unmarshal([]byte(content), &declared); err != nil {
		t.Fatal(err)
	}
	if declared.Version != released.Newest || declared.License != "Apache-2.0" || len(declared.Dependencies) > 0 {
		t.Errorf("version %s, licence %s, dependencies %v", declared.Version, declared.License, declared.Dependencies)
	}
	trust := declared.Capabilities.UntrustedWorkspaces
	if trust.Supported != "limited" {
		t.Errorf("workspaces that are not trusted: %q", trust.Supported)
	}
	for name, setting := range declared.Contributes.Configuration.Properties {
		if name == "raci-check.trace.server" {
			continue // decides nothing about what is started
		}
		if setting.Scope != "machine-overridable" || !slices.Contains(trust.RestrictedConfigurations, name) {
			t.Errorf("%s: the scope is %q, restricted are %v", name, setting.Scope, trust.RestrictedConfigurations)
		}
	}
}

// The extension as it is in its package, with the real server. The editor itself would have to be downloaded: a stand-in for its
// interface takes its place.
func TestExtension(t *testing.T) {
	need(t)
	folder := t.TempDir()
	unpack(t, extensionPackage(t, extensionSources(t)), folder)
	bundle := filepath.Join(folder, "extension", "dist", "extension.js")
	server := program(t)
	for evidence, seconds := range map[string]string{"gaps": "60", "compliant": "5"} {
		workspace := t.TempDir()
		if err := os.CopyFS(workspace, os.DirFS("../evidence/"+evidence)); err != nil {
			t.Fatal(err)
		}
		out, err := run("node", "extension.cjs", bundle, server, workspace, seconds)
		switch {
		case evidence == "gaps" && err != nil:
			t.Errorf("%v\n%.5000s", err, out)
		case evidence == "compliant" && err == nil: // where all passes, the script does not find what it looks for
			t.Errorf("the script takes everything:\n%.5000s", out)
		}
	}
}
