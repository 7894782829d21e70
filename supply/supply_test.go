package supply

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	root    = ".."
	schemas = "../validators/node_modules/@cyclonedx/cyclonedx-library/res/schema/"
)

// allowed are the licences of modules that may be linked into the program: each allows that, beside Apache-2.0, without more
// than naming the author.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}

func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("set RACI_CHECK_VALIDATORS=1 where Node.js and some minutes are; docs/release.md says how to install the rest")
	}
}

// Of the platforms, the one at hand is looked at always: modules of others may have to be fetched.
func TestLicencesAreTaken(t *testing.T) {
	platforms := []string{runtime.GOOS}
	if os.Getenv("RACI_CHECK_VALIDATORS") != "" {
		platforms = []string{"linux", "darwin", "windows"}
	}
	for _, goos := range platforms {
		modules, err := Linked(t.Context(), root, goos, "amd64")
		if err != nil {
			t.Fatalf("%s: %v", goos, err)
		}
		if len(modules) < 20 {
			t.Errorf("%s: %d modules are linked, the program has more", goos, len(modules))
		}
		for _, m := range modules {
			for _, id := range m.Licences {
				if !slices.Contains(allowed, id) {
					t.Errorf("%s %s is under %s, and only %v are taken", m.Path, m.Version, id, allowed)
				}
			}
		}
	}
}

func TestLicencesThatAreNotKnown(t *testing.T) {
	apache := content(t, root, "LICENSE")
	for name, test := range map[string]struct {
		file, text string
		want       string
		err        error
	}{
		"a known one":            {"LICENSE", apache, "Apache-2.0", nil},
		"another spelling":       {"Licence.txt", apache, "Apache-2.0", nil},
		"one of another name":    {"readme", apache, "", nil},
		"one that is not taken":  {"COPYING", "https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0", nil},
		"one of its own":         {"LICENSE", "You may look at this, but only on Sundays.", "", ErrLicence},
		"a known one with terms": {"LICENSE", apache + strings.Repeat("Furthermore you owe us a goat. ", 200), "", ErrLicence},
		"an empty one":           {"LICENSE", "", "", ErrLicence},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, test.file), test.text)
			identifiers, err := licences(dir)
			slices.Sort(identifiers)
			if got := strings.Join(slices.Compact(identifiers), " "); got != test.want || !errors.Is(err, test.err) {
				t.Errorf("found %q, %v", got, err)
			}
			if slices.Contains(allowed, test.want) != strings.HasPrefix(test.want, "Apache") {
				t.Errorf("%s is taken", test.want)
			}
		})
	}
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (program|release|tests) \\| [^|]+ \\| [^|]+ \\| ([^|]+) \\|$")

// Every direct requirement has its row, with what its licence files say, and whether it is linked; versions stand in go.mod.
func TestDependenciesHaveTheirReasons(t *testing.T) {
	page := content(t, root, "docs/dependencies.md")
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	edit := exec.Command("go", "mod", "edit", "-json")
	edit.Dir = root
	out, err := command(edit)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var required, described []string
	for _, r := range mod.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	linked := map[string]bool{}
	modules, err := Linked(t.Context(), root, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		linked[m.Path] = true
	}
	for _, row := range dependencyRow.FindAllStringSubmatch(page, -1) {
		path, in, licence := row[1], row[2], row[3]
		described = append(described, path)
		if (in == "program") != linked[path] {
			t.Errorf("%s: the page says that it is in %s; linked: %t", path, in, linked[path])
		}
		if actual := licencesOf(t, path, modules); actual != licence {
			t.Errorf("%s: the page says %s, its files say %s", path, licence, actual)
		}
	}
	if !slices.Equal(required, described) {
		t.Errorf("go.mod requires\n%s\ndocs/dependencies.md has\n%s", strings.Join(required, "\n"), strings.Join(described, "\n"))
	}
	first, _, _ := strings.Cut(page, "## Tools")
	if version := regexp.MustCompile(`\bv\d+\.\d+`).FindString(first); version != "" {
		t.Errorf("the page has the version %s: go.mod has them", version)
	}
}

func licencesOf(t *testing.T, path string, linked []Module) string {
	t.Helper()
	for _, m := range linked {
		if m.Path == path {
			return strings.Join(m.Licences, ", ")
		}
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path)
	list.Dir = root
	dir, err := command(list)
	if err != nil {
		t.Fatal(err)
	}
	identifiers, err := licences(strings.TrimSpace(string(dir)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	slices.Sort(identifiers)
	return strings.Join(slices.Compact(identifiers), ", ")
}

// Of our own packages, those that ask OPA servers or time-stamping authorities, those that collect, and the pages of serve use a
// network, and no other. The pages only answer.
func TestNetworksAreUsedByFew(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{end}}{{end}}`, Main)
	list.Dir = root
	out, err := command(list)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !slices.Contains(fields[1:], "net") && !slices.Contains(fields[1:], "net/http") {
			continue
		}
		count++
		if !slices.Contains([]string{"github.com/raci-check/raci-check/internal/opaclient", "github.com/raci-check/raci-check/internal/tsaclient"}, fields[0]) && !strings.HasPrefix(fields[0], "github.com/raci-check/raci-check/internal/collect/") &&
			fields[0] != "github.com/raci-check/raci-check/internal/serve" && !strings.HasPrefix(fields[0], "github.com/raci-check/raci-check/internal/serve/") {
			t.Errorf("%s uses a network", fields[0])
		}
	}
	if count < 3 {
		t.Error("nothing uses a network: it is not looked for in the right place")
	}
}

var (
	toolRun    = regexp.MustCompile(`[a-z-]+\.[a-z]+/[\w./-]+@([\w.-]+)`)
	fullSemver = regexp.MustCompile(`^v\d+\.\d+\.\d+$`)
)

// A tool has one version, and it is the same everywhere.
func TestToolsArePinned(t *testing.T) {
	versions := map[string]string{}
	for _, file := range []string{".ci/run", ".ci/prose", "validators/README.md", "docs/opa.md", "supply/sbom.go"} {
		for _, tool := range toolRun.FindAllStringSubmatch(content(t, root, file), -1) {
			name, _, _ := strings.Cut(tool[0], "@")
			if !fullSemver.MatchString(tool[1]) {
				t.Errorf("%s: %s is pinned to no version", file, tool[0])
			}
			if other, ok := versions[name]; ok && other != tool[1] {
				t.Errorf("%s: %s is %s elsewhere", file, tool[0], other)
			}
			versions[name] = tool[1]
		}
	}
	if len(versions) != 12 {
		t.Errorf("found %v", versions)
	}
	if !regexp.MustCompile(`(?m)^govulncheck=v\d+\.\d+\.\d+$`).MatchString(content(t, root, ".ci/run")) {
		t.Error(".ci/run pins no govulncheck")
	}
	for _, file := range []string{"validators/package.json", "editors/vscode/package.json"} {
		var npm struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal([]byte(content(t, root, file)), &npm); err != nil {
			t.Fatal(err)
		}
		if len(npm.Dependencies)+len(npm.DevDependencies) == 0 {
			t.Errorf("%s names no packages", file)
		}
		for _, packages := range []map[string]string{npm.Dependencies, npm.DevDependencies} {
			for name, version := range packages {
				if !fullSemver.MatchString("v" + version) {
					t.Errorf("%s: %s is pinned to no version: %s", file, name, version)
				}
			}
		}
	}
}

// What the script says of a finding, of a database that cannot be reached, and of what nobody foresaw.
func TestVulnerabilities(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script is for a POSIX shell")
	}
	for name, test := range map[string]struct {
		says    string
		code    int
		passes  bool
		checked bool
	}{
		"nothing found":             {"No vulnerabilities found.", 0, true, true},
		"a finding":                 {"Vulnerability #1: GO-2026-0001\nexit status 3", 1, false, true},
		"no name service":           {`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev on 192.0.2.53:53: no such host` + "\nexit status 1", 1, true, false},
		"no connection":             {`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp 192.0.2.1:443: connect: connection refused` + "\nexit status 1", 1, true, false},
		"an answer that is none":    {`govulncheck: fetching vulnerabilities: HTTP GET https://vuln.go.dev/index/modules.json.gz returned unexpected status: 403 Forbidden` + "\nexit status 1", 1, false, true},
		"a certificate of another":  {`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": tls: failed to verify certificate` + "\nexit status 1", 1, false, true},
		"a finding that quotes it":  {`Vulnerability #1: says govulncheck: fetching vulnerabilities: Get "x": dial tcp` + "\nexit status 3", 1, false, true},
		"the tool cannot be loaded": {"go: golang.org/x/vuln/cmd/govulncheck@v1.9.0: dial tcp: no such host", 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "says"), test.says+"\n")
			write(t, filepath.Join(dir, "go"), fmt.Sprintf("#!/bin/sh\ncat '%s/says' >&2\nexit %d\n", dir, test.code))
			if err := os.Chmod(filepath.Join(dir, "go"), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(filepath.Join(root, ".ci", "vulnerabilities"), "v1.9.0")
			cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if (err == nil) != test.passes || bytes.Contains(out, []byte("NOT CHECKED")) == test.checked || !bytes.Contains(out, []byte(test.says)) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

var releaseCommand = regexp.MustCompile("(?s)<!-- release command -->\n```sh\n([^\n]+)\n```")

func release(t *testing.T) string {
	t.Helper()
	match := releaseCommand.FindStringSubmatch(content(t, root, "docs/release.md"))
	if match == nil {
		t.Fatal("docs/release.md has no release command")
	}
	return match[1]
}

// What builds the program for others builds what a release is.
func TestIntegrationsBuildAsAReleaseIsBuilt(t *testing.T) {
	_, flags, _ := strings.Cut(release(t), " go build ")
	flags, _, _ = strings.Cut(flags, " -o ")
	if !strings.Contains(flags, "-trimpath") {
		t.Fatalf("the flags of a release are %q", flags)
	}
	for _, file := range []string{"action.yml", "ci/gitlab/raci-check.gitlab-ci.yml", "ci/jenkins/Jenkinsfile"} {
		build := regexp.MustCompile(`(?m)^.*go build .*$`).FindAllString(content(t, root, file), -1)
		if len(build) != 1 || !strings.Contains(build[0], "CGO_ENABLED=0 go build") || !strings.Contains(build[0], flags) {
			t.Errorf("%s builds by\n%s\nwanted %s", file, strings.Join(build, "\n"), flags)
		}
	}
}

// The program is the same from another folder, where each package of ours is compiled again; its bill of materials is the same when it is
// made again, fits CycloneDX's schema, and lists every linked module with its licence.
func TestRelease(t *testing.T) {
	slow(t)
	first, temporary := build(t, filepath.Join(t.TempDir(), "a"), ""), t.TempDir()
	second := build(t, filepath.Join(t.TempDir(), "another folder", "below"), "\n// "+temporary+"\n", "GOFLAGS=", "TMPDIR="+temporary)
	a, b := content(t, first), content(t, second)
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(a)))
	if a != b {
		t.Errorf("two folders give two programs: %s and %x", digest, sha256.Sum256([]byte(b)))
	}

	output, err := command(exec.Command(first, "version"))
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Fields(string(output))[1]
	t.Setenv("SOURCE_DATE_EPOCH", "1795564800")
	var sbom, again bytes.Buffer
	for program, out := range map[string]*bytes.Buffer{first: &sbom, second: &again} {
		if err := WriteSBOM(t.Context(), out, root, program, version); err != nil {
			t.Fatal(err)
		}
	}
	if sbom.String() != again.String() {
		t.Error("two runs give two bills of materials")
	}
	if !strings.Contains(sbom.String(), digest) || !strings.Contains(sbom.String(), "2026-11-25T00:00:00Z") {
		t.Errorf("the digest %s or the time is not in it", digest)
	}
	validate(t, sbom.Bytes())

	bom := new(cyclonedx.BOM)
	if err := cyclonedx.NewBOMDecoder(&sbom, cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, c := range *bom.Components {
		var ids []string
		for _, l := range *c.Licenses {
			ids = append(ids, l.License.ID)
		}
		listed[c.Name] = c.Version + " " + strings.Join(ids, " ")
		if c.Name != "std" && (c.Hashes == nil || c.PackageURL == "") {
			t.Errorf("%s has no digest or no package URL", c.Name)
		}
	}
	modules, err := Linked(t.Context(), root, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]string{"std": runtime.Version() + " BSD-3-Clause"}
	for _, m := range modules {
		wanted[m.Path] = m.Version + " " + strings.Join(m.Licences, " ")
	}
	if !maps.Equal(listed, wanted) {
		t.Errorf("lists  %v\nwanted %v", listed, wanted)
	}

	other := t.TempDir()
	write(t, filepath.Join(other, "go.mod"), "module github.com/raci-check/raci-check\n")
	if err := os.MkdirAll(filepath.Join(other, "cmd", "raci-check"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(other, "cmd", "raci-check", "main.go"), "package main\n\nfunc main() {}\n")
	if err := WriteSBOM(t.Context(), new(bytes.Buffer), other, first, version); err == nil || !strings.Contains(err.Error(), "built from another") {
		t.Errorf("of another source: %v", err)
	}
}

// build runs the release command in a copy of the source. A comment at the end of each file of Go, which the file has nowhere else, changes
// nothing in what is compiled of it, and Go's cache has nothing for it. Modules of others come from there: how they are compiled, the flags say.
func build(t *testing.T, dir, comment string, env ...string) (program string) {
	t.Helper()
	for _, name := range []string{"cmd", "internal", "mappings", "policies"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		write(t, filepath.Join(dir, name), content(t, root, name))
	}
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".go" {
			write(t, name, content(t, name)+comment)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", release(t))
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PWD="+dir), env...)
	if _, err := command(cmd); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "dist", "raci-check")
}

// validate checks a bill of materials against the schemas that CycloneDX publishes, and the schemas against a spoiled one.
func validate(t *testing.T, sbom []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const address, main = "http://cyclonedx.org/schema/", "bom-1.6.SNAPSHOT.schema.json"
	for _, name := range []string{main, "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"} {
		form, err := jsonschema.UnmarshalJSON(strings.NewReader(content(t, schemas, name)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(address+name, form); err != nil {
			t.Fatal(err)
		}
	}
	form, err := compiler.Compile(address + main)
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return form.Validate(value)
	}
	if err := check(string(sbom)); err != nil {
		t.Errorf("%.3000v", err)
	}
	for old, spoiled := range map[string]string{
		`"id": "MIT"`:         `"id": "MITT"`,
		`"type": "library"`:   `"type": "thing"`,
		`"serialNumber": "ur`: `"serialNumber": "`,
		`"specVersion"`:       `"specVersions"`,
	} {
		if !strings.Contains(string(sbom), old) {
			t.Errorf("%s is not in it", old)
		}
		if check(strings.Replace(string(sbom), old, spoiled, 1)) == nil {
			t.Errorf("the schema takes %s", spoiled)
		}
	}
}

func TestWriteSBOMRefuses(t *testing.T) {
	test, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	noProgram := filepath.Join(t.TempDir(), "none")
	write(t, noProgram, "no program")
	for program, says := range map[string]string{test: "expected is one of " + Main, noProgram: "could not read Go build info", noProgram + "x": "no such file"} {
		var out bytes.Buffer
		if err := WriteSBOM(t.Context(), &out, root, program, "1"); err == nil || !strings.Contains(err.Error(), says) || out.Len() > 0 {
			t.Errorf("%s: %v, wanted %q", program, err, says)
		}
	}
}

func TestInstant(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := sourceTime(t.Context(), root); err == nil || !strings.Contains(err.Error(), "seconds since 1970") {
		t.Error(err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "")
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(t.TempDir()))
	if _, err := sourceTime(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "set SOURCE_DATE_EPOCH") {
		t.Error(err)
	}
}

func content(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
