package supply

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// `go install ./...`, which pre-commit runs, installs every command that the Go command finds.
func TestOnlyTheProgramIsInstalled(t *testing.T) {
	for tags, wanted := range map[string]int{"": 1, "developer": 13} {
		list := exec.Command("go", "list", "-tags", tags, "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./...")
		list.Dir = root
		out, err := command(list)
		if err != nil {
			t.Fatal(err)
		}
		if commands := strings.Fields(string(out)); len(commands) != wanted || tags == "" && commands[0] != Main {
			t.Errorf("with the tags %q: %v; a command for developers begins with //go:build developer", tags, commands)
		}
	}
}

// `go install PATH@VERSION` refuses a module with these.
func TestNothingIsReplaced(t *testing.T) {
	parsed, err := modfile.Parse("go.mod", []byte(content(t, root, "go.mod")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Replace)+len(parsed.Exclude) > 0 {
		t.Errorf("go.mod replaces %d modules and excludes %d", len(parsed.Replace), len(parsed.Exclude))
	}
	if path := parsed.Module.Mod.Path; module.CheckPath(path) != nil || !strings.HasPrefix(Main, path+"/") {
		t.Errorf("a module %q cannot be published: %v", path, module.CheckPath(path))
	}
}

// moduleProxy makes a module proxy that serves one version of this module: the commit's files as a zip, under the Go command's limits
// of names and sizes. It gives the version, the folder that go install writes to, and an environment in which the proxy is asked.
func moduleProxy(t *testing.T) (release, bin string, environment []string) {
	t.Helper()
	if _, err := command(exec.Command("git", "-C", root, "rev-parse", "HEAD")); err != nil {
		t.Skip("this is no git repository: a module is made of a commit")
	}
	path, _, _ := strings.Cut(Main, "/cmd/")
	commit := t.TempDir()
	export := exec.Command("sh", "-c", `git archive --format=tar HEAD | tar -x -C "$0"`, commit)
	export.Dir = root
	if _, err := command(export); err != nil {
		t.Fatal(err)
	}
	pack := func(version string) []byte {
		var archive bytes.Buffer
		if err := modzip.CreateFromDir(&archive, module.Version{Path: path, Version: version}, commit); err != nil {
			t.Fatalf("the Go command refuses the files of this commit: %v", err)
		}
		return archive.Bytes()
	}
	// Another content is another version: the Go command keeps what it has of a version.
	release = fmt.Sprintf("v0.0.1-test.x%x", sha256.Sum256(pack("v0.0.1-test")))[:28]
	archive := pack(release)
	t.Logf("the module has %.1f MiB as a zip, of at most %d", float64(len(archive))/(1<<20), modzip.MaxZipFile>>20)

	proxy := t.TempDir()
	folder := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "list"), release+"\n")
	write(t, filepath.Join(folder, release+".mod"), content(t, commit, "go.mod"))
	write(t, filepath.Join(folder, release+".info"), `{"Version": "`+release+`", "Time": "2026-11-29T00:00:00Z"}`)
	write(t, filepath.Join(folder, release+".zip"), string(archive))

	settings := goEnvironment(t)
	bin = t.TempDir()
	downloaded := "file://" + filepath.ToSlash(filepath.Join(settings.GOMODCACHE, "cache", "download"))
	return release, bin, append(os.Environ(), "GOBIN="+bin, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw -trimpath", "CGO_ENABLED=0",
		"GOSUMDB=off", // this version is in no public list; the modules that it needs are already here, by go.sum
		"GOPROXY="+strings.Join([]string{"file://" + filepath.ToSlash(proxy), downloaded, cmp.Or(settings.GOPROXY, "off")}, ","))
}

// namesItsVersion checks that a program that was installed from a module proxy says of which version it is.
func namesItsVersion(t *testing.T, program, release string) {
	t.Helper()
	output, err := command(exec.Command(program, "version", "--json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Version string
		Source  struct{ Version, Sum string }
	}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatal(err)
	}
	if "v"+report.Version != release || report.Source.Version != release || !strings.HasPrefix(report.Source.Sum, "h1:") {
		t.Errorf("installed is %s; it says\n%s", release, output)
	}
	if output, err = command(exec.Command(program, "version")); err != nil || !strings.HasPrefix(string(output), "raci-check "+report.Version+"\n") {
		t.Errorf("%v: it says\n%s", err, output)
	}
}

var pathCommand = regexp.MustCompile("(?s)<!-- path command -->\n```sh\n([^\n]+)\n```")

// The command that a publisher with another organisation runs leaves nothing of the old path, and a module whose packages find each other.
func TestThePathCanBeChanged(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the command is for GNU sed")
	}
	match := pathCommand.FindStringSubmatch(content(t, root, "docs/release.md"))
	if match == nil {
		t.Fatal("docs/release.md has no command for the path")
	}
	old, _, _ := strings.Cut(Main, "/cmd/")
	files, err := command(exec.Command("git", "-C", root, "ls-files", "-z"))
	if err != nil {
		t.Skip("this is no git repository: the command works on what is tracked")
	}
	copied := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil || !info.Mode().IsRegular() { // removed and not committed yet, or a link
			continue
		}
		if err := os.MkdirAll(filepath.Join(copied, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(copied, name), content(t, root, name))
	}
	sh := func(line string) string {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = copied
		out, err := command(cmd)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	sh("git init -q && git add --all --force")
	sh(match[1])
	if rest := sh("git grep -lI " + old + " || true"); rest != "" {
		t.Errorf("the old path is still in\n%s", rest)
	}
	sh("git grep -q github.com/your-org/raci-check/internal/cli")
	if unformatted := sh("gofmt -l cmd internal"); unformatted != "" {
		t.Errorf("not formatted are\n%s", unformatted)
	}
	if list := sh("go list -deps ./cmd/raci-check"); !strings.Contains(list, "github.com/your-org/raci-check/internal/cli\n") {
		t.Errorf("its packages are\n%s", list)
	}
}

func goEnvironment(t *testing.T) (environment struct{ GOMODCACHE, GOPROXY string }) {
	t.Helper()
	out, err := command(exec.Command("go", "env", "-json", "GOMODCACHE", "GOPROXY"))
	if err == nil {
		err = json.Unmarshal(out, &environment)
	}
	if err != nil {
		t.Fatal(err)
	}
	return environment
}
