// Package internal_test holds the direction in which the packages depend on each other.
package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/raci-check/raci-check/"
	opa    = "github.com/open-policy-agent/opa/"
)

// source is a package of this module with what its files import, without tests.
type source struct {
	ImportPath string
	Imports    []string
	Deps       []string // of the imports too
}

func sources(t *testing.T) []source {
	t.Helper()
	list := exec.Command("go", "list", "-tags", "developer", "-json=ImportPath,Imports,Deps", "./...")
	list.Dir = ".."
	var stderr strings.Builder
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var all []source
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var s source
		if err := decoder.Decode(&s); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		s.ImportPath = strings.TrimPrefix(s.ImportPath, module)
		for i := range s.Imports {
			s.Imports[i] = strings.TrimPrefix(s.Imports[i], module)
		}
		for i := range s.Deps {
			s.Deps[i] = strings.TrimPrefix(s.Deps[i], module)
		}
		all = append(all, s)
	}
	return all
}

// isIn reports whether a package is one of these or below one of them.
func isIn(name string, packages ...string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
}

var (
	// reads are the packages that read what comes from outside.
	reads = []string{
		"internal/document", "internal/schema", "internal/evidence", "internal/policy", "internal/parameter", "internal/waiver",
		"internal/raci", "internal/safefile", "internal/targz", "internal/verdict",
	}
	// results are the packages that hold or make results.
	results = []string{
		"internal/assess", "internal/assessment", "internal/attest", "internal/verify", "internal/report", "internal/diff",
		"internal/forecast", "internal/engine", "internal/rego", "internal/cli", "internal/workspace", "internal/lsp",
	}
)

// directions say which packages must not depend on which others, not even by way of a third.
var directions = []struct {
	why           string
	packages, not []string
}{
	{"what reads does not know what is made of it", reads, results},
	{"results know neither evidence nor policies", []string{"internal/assessment"}, []string{
		"internal/evidence", "internal/policy", "internal/engine", "internal/ruleset", "internal/parameter", "internal/waiver",
	}},
	{"the engine knows no evidence files and no formats", []string{"internal/engine"}, []string{"internal/evidence", "internal/report"}},
	{"verification stands above what it verifies", []string{"internal/attest", "internal/assess", "internal/signature", "internal/bundle"}, []string{"internal/verify"}},
	{"facts are derived offline, by what collect reads answers with and not by what asks for them", []string{
		"internal/derive", "internal/collect/reader", "internal/collect/reread", "internal/mapping",
	}, []string{"internal/collect/source", "internal/collect/httpget", "net/http", "crypto/tls", "os/exec"}},
	{"signatures and time stamps know nothing of what is signed", []string{"internal/signature", "internal/sigstore", "internal/timestamp", "internal/tsaclient"}, results},
	{"what helps to write gives no verdicts and knows no editor", []string{"internal/authoring"}, []string{"internal/assess", "internal/workspace", "internal/lsp"}},
	{"statements are made without judging", []string{"internal/attest"}, []string{"internal/assess"}},
}

func TestDirection(t *testing.T) {
	all := sources(t)
	for _, direction := range directions {
		for _, name := range direction.packages {
			if !slices.ContainsFunc(all, func(s source) bool { return s.ImportPath == name }) {
				t.Errorf("%s: there is no package %s", direction.why, name)
			}
		}
		for _, s := range all {
			if !isIn(s.ImportPath, direction.packages...) {
				continue
			}
			for _, dependency := range s.Deps {
				if isIn(dependency, direction.not...) {
					t.Errorf("%s: %s depends on %s", direction.why, s.ImportPath, dependency)
				}
			}
		}
	}
}

// Names are resolved against a folder that is passed: the working folder belongs to the whole process.
func TestNothingChangesTheWorkingFolder(t *testing.T) {
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if strings.Contains(string(source), "os.Chdir(") {
			t.Errorf("%s changes the working folder", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ofOPA says which packages of OPA are imported outside of internal/rego, and why. Nothing outside of it may know how OPA
// compiles and evaluates: its compiler's stages, indices, caches and storage.
var ofOPA = map[string]struct {
	packages []string
	why      string
}{
	"internal/policy": {[]string{"v1/ast"}, "it reads the source of policies: OPA's parser and syntax tree are the language, and METADATA are a part of it"},
	"internal/policytest": {
		[]string{"v1/ast", "v1/storage", "v1/storage/inmem", "v1/topdown", "v1/types"},
		"it runs the tests of policies as OPA's own tester does, with coverage and traces, on what OPA compiles of the sources: of internal/rego it takes the query alone",
	},
	"internal/bundle": {[]string{"v1/ast", "v1/bundle", "v1/format"}, "a bundle is a file format of OPA: OPA writes, signs and reads it, and formats the rules in it"},
	"bench/floor":     {[]string{"v1/ast", "v1/rego", "v1/storage/inmem"}, "it measures plain OPA"},
}

func TestOnlyRegoKnowsTheInsideOfOPA(t *testing.T) {
	imports := map[string]bool{}
	for _, s := range sources(t) {
		if isIn(s.ImportPath, "internal/rego") {
			continue
		}
		for _, imported := range s.Imports {
			name, isOPA := strings.CutPrefix(imported, opa)
			if !isOPA {
				continue
			}
			imports[s.ImportPath+" "+name] = true
			if !slices.Contains(ofOPA[s.ImportPath].packages, name) {
				t.Errorf("%s imports OPA's %s: only internal/rego knows the inside of OPA", s.ImportPath, name)
			}
		}
	}
	for importer, exception := range ofOPA {
		if exception.why == "" {
			t.Errorf("%s: the exception has no reason", importer)
		}
		for _, name := range exception.packages {
			if !imports[importer+" "+name] {
				t.Errorf("%s no longer imports OPA's %s: take the exception out", importer, name)
			}
		}
	}
}

// shared is what several formats of reports are made with; all else below internal/report is a format.
var shared = []string{"internal/report/wording", "internal/report/palette", "internal/report/reporttest"}

func TestAReportFormatImportsNoOther(t *testing.T) {
	for _, s := range sources(t) {
		if !isIn(s.ImportPath, "internal/report") {
			continue
		}
		for _, imported := range s.Imports {
			if isIn(imported, "internal/report") && !isIn(imported, s.ImportPath) && !isIn(imported, shared...) {
				t.Errorf("%s imports the format %s", s.ImportPath, imported)
			}
		}
	}
}

// The command line is the outermost package, and only a test tool or a generator writes snapshots.
func TestWhatNothingImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.Imports {
			switch {
			case isIn(imported, "internal/cli") && !isIn(s.ImportPath, "cmd", "internal/cli"):
				t.Errorf("%s imports internal/cli, which only a command may", s.ImportPath)
			case isIn(imported, "internal/rego/snapshot/generate") && s.ImportPath != "policies/gen":
				t.Errorf("%s imports %s, which must not be linked into the program", s.ImportPath, imported)
			case imported == "internal/report/reporttest":
				t.Errorf("%s imports %s, which is for tests", s.ImportPath, imported)
			case isIn(s.ImportPath, "internal/rego") && isIn(imported, "internal/assess", "internal/cli", "internal/sandbox", "internal/opaclient", "internal/bundle"):
				t.Errorf("%s imports %s, which is made with it", s.ImportPath, imported)
			case imported == "testing" || strings.HasPrefix(imported, "testing/"):
				if !strings.HasSuffix(s.ImportPath, "test") && s.ImportPath != "internal/testhelp" {
					t.Errorf("%s links %s into the program", s.ImportPath, imported)
				}
			}
		}
	}
}

// Nobody has to guess what a package is for: the layout in CONTRIBUTING.md has it, or the folder that it is the inside of.
func TestTheLayoutHasEveryPackage(t *testing.T) {
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	has := func(name string) bool { return strings.Contains(string(page), "`"+name+"/`") }
	families := map[string]string{
		"internal/collect/source": "internal/collect/source/…", "internal/collect/reader": "internal/collect/reader/…",
		"internal/report": "internal/report/<format>/",
	}
	for parent, row := range families {
		if !strings.Contains(string(page), "`"+row+"`") {
			t.Errorf("the layout has no row %s for what is below %s", row, parent)
		}
	}
	for _, s := range sources(t) {
		parent := path.Dir(s.ImportPath)
		isInside := parent != "internal" && parent != "internal/collect" && has(parent)
		if strings.HasPrefix(s.ImportPath, "internal/") && !has(s.ImportPath) && families[s.ImportPath] == "" && families[parent] == "" && !isInside &&
			!isIn(s.ImportPath, "internal/rego") {
			t.Errorf("the layout in CONTRIBUTING.md does not have %s", s.ImportPath)
		}
	}
}
