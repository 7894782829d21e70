// Package internal_test holds the direction in which the packages depend on each other.
package internal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// listed asks go list once for all tests: it takes seconds.
var listed = sync.OnceValues(func() ([]source, error) {
	list := exec.Command("go", "list", "-tags", "developer", "-json=ImportPath,Imports,Deps", "./...")
	list.Dir = ".."
	var stderr strings.Builder
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	var all []source
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var s source
		if err := decoder.Decode(&s); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
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
	return all, nil
})

// isIn reports whether a package is one of these or below one of them.
func isIn(name string, packages ...string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
}

// floor has packages of this folder.
type floor struct {
	purpose  string
	packages []string
}

// floors are the packages of this folder from the ground up: each imports those of its own floor and of the floors below it alone, so no package
// knows what is made of it. Packages that only tests and generators import stand beside the house.
var floors = []floor{
	{"words and tools, which know neither evidence nor results", []string{
		"collect/bearer", "collect/fills", "collect/httpget", "collect/ovhterms", "collect/pseudonym", "collect/redact", "filekind", "manpage",
		"markup/tag", "memfs", "parallel", "permission", "placeholder", "program", "recall", "report/palette", "safefile", "sanitize", "sentence",
		"serve/guard", "signature", "sigstore", "spelling", "suggest", "targz", "timestamp", "tsaclient", "verdict",
	}},
	{"what reads from outside, and knows nothing that is made of it", []string{
		"artifact", "cache", "collect/merge", "collect/reader", "collect/reader/file", "collect/reader/kmip", "collect/reader/okms",
		"collect/reader/ovhcloud", "collect/reader/terraform", "collect/reread", "collect/session", "collect/vocabulary", "consistency", "controllist",
		"document", "evidence", "mapping", "mapping/shipped", "outline", "parameter", "policy", "raci", "scaffold", "schema", "starter", "waiver", "words",
	}},
	{"rules, evaluation and results", []string{
		"assessment", "attest", "bundle", "diff", "engine", "forecast", "framework", "opaclient", "policytest", "rego", "rego/snapshot", "ruleset",
		"sample", "sandbox", "selfcheck", "translate",
	}},
	{"what collects evidence, and derives facts again", []string{
		"collect", "collect/mapped", "collect/mutualtls", "collect/source", "collect/source/file", "collect/source/jsonhttp", "collect/source/kmip",
		"collect/source/okms", "collect/source/ovhcloud", "collect/source/terraform", "derive",
	}},
	{"assessments and what is built on them", []string{"assess", "attach", "edit", "planned", "progress", "verify", "workspace"}},
	{"reports", []string{
		"markup", "report", "report/ciso", "report/csv", "report/defectdojo", "report/gemara", "report/github", "report/gitlab", "report/hdf",
		"report/html", "report/ics", "report/junit", "report/markdown", "report/oscal", "report/sarif", "report/ssrm", "report/text", "report/wording",
	}},
	{"what helps people to write evidence", []string{"authoring", "describe", "lsp", "serve", "serve/form"}},
	{"the command line", []string{"cli"}},
}

// beside are the packages that only tests and generators import.
var beside = []string{
	"collect/collecttest", "collect/formtest", "fleettest", "frenchtest", "rego/snapshot/generate", "report/oscal/oscaltest", "report/reporttest", "sandbox/sandboxtest", "testhelp",
	"timestamp/timestamptest",
}

// floorOf is the floor of a package of this folder, from 0; -1 where it has none.
func floorOf(name string) int {
	name = strings.TrimPrefix(name, "internal/")
	return slices.IndexFunc(floors, func(f floor) bool { return slices.Contains(f.packages, name) })
}

// A new package does not pass before somebody says where it stands.
func TestEveryPackageHasItsFloor(t *testing.T) {
	all := sources(t)
	names := slices.Clone(beside)
	for _, f := range floors {
		names = append(names, f.packages...)
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			t.Errorf("%s stands on two floors", name)
		}
		if !slices.ContainsFunc(all, func(s source) bool { return s.ImportPath == "internal/"+name }) {
			t.Errorf("there is no package internal/%s: take it out of the floors", name)
		}
	}
	for _, s := range all {
		name, isInside := strings.CutPrefix(s.ImportPath, "internal/")
		if !isInside || slices.Contains(beside, name) {
			continue
		}
		at := floorOf(name)
		if at < 0 {
			t.Errorf("internal/%s has no floor: put it into one of those in this file", name)
			continue
		}
		for _, imported := range s.Imports {
			below, isInside := strings.CutPrefix(imported, "internal/")
			switch {
			case !isInside:
			case slices.Contains(beside, below):
				t.Errorf("internal/%s imports internal/%s, which is for tests and generators", name, below)
			case floorOf(below) > at:
				t.Errorf("internal/%s (%s) imports internal/%s (%s)", name, floors[at].purpose, below, floors[floorOf(below)].purpose)
			}
		}
	}
}

// directions say which packages of one floor must not depend on which others, not even by way of a third.
var directions = []struct {
	why           string
	packages, not []string
}{
	{"results know neither evidence nor policies", []string{"internal/assessment"}, []string{
		"internal/evidence", "internal/policy", "internal/engine", "internal/ruleset", "internal/parameter", "internal/waiver",
	}},
	{"the engine knows no evidence files and no formats", []string{"internal/engine"}, []string{"internal/evidence", "internal/report"}},
	{"verification stands above what it verifies", []string{"internal/attest", "internal/assess", "internal/signature", "internal/bundle"}, []string{"internal/verify"}},
	{"facts are derived offline, by what collect reads answers with and not by what asks for them", []string{
		"internal/derive", "internal/collect/reader", "internal/collect/reread", "internal/mapping",
	}, []string{"internal/collect/source", "internal/collect/httpget", "net/http", "crypto/tls", "os/exec"}},
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
		if err == nil && entry.IsDir() && entry.Name() == "node_modules" {
			return fs.SkipDir
		}
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

// decide are packages that decide about evidence, checks and their answers, or reach out: the command line calls what is built on them.
var decide = []string{
	"internal/artifact", "internal/consistency", "internal/derive", "internal/engine", "internal/outline", "internal/permission", "internal/policy",
	"internal/raci", "internal/recall", "internal/schema", "crypto", "net", "os/exec",
}

// mostOfCommandLine is how many statements a function of the command line may have, where it does not describe a command with its flags: it turns
// flags into options, calls what does the work, and prints.
const mostOfCommandLine = 30

func TestTheCommandLineHoldsNoLogic(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.Imports {
			if s.ImportPath == "internal/cli" && isIn(imported, decide...) {
				t.Errorf("internal/cli imports %s: what decides belongs to the package whose purpose it is", imported)
			}
		}
	}
	files := token.NewFileSet()
	names, err := filepath.Glob("cli/*.go")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files of the command line: %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if isFunction && function.Body != nil && !strings.HasPrefix(function.Name.Name, "new") {
				if n := statements(function.Body); n > mostOfCommandLine {
					t.Errorf("%s: %s has %d statements, more than %d", files.Position(function.Pos()), function.Name.Name, n, mostOfCommandLine)
				}
			}
		}
	}
}

// statements counts those of a function, with those in them.
func statements(body *ast.BlockStmt) (n int) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.BlockStmt, *ast.CaseClause:
		case ast.Stmt:
			n++
		}
		return true
	})
	return n
}
