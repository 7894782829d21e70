package safefile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// opens are the functions of package os that open a file by its name or put one into its place.
var opens = map[string]bool{
	"Create": true, "CreateTemp": true, "DirFS": true, "CopyFS": true, "Link": true, "Open": true, "OpenFile": true, "OpenInRoot": true,
	"OpenRoot": true, "ReadFile": true, "Rename": true, "Truncate": true, "WriteFile": true,
}

// exceptions are the files that call one of them all the same, and why.
var exceptions = map[string]string{
	"internal/assessment/fleet.go CreateTemp": "services on their way to a report, in a file without a name that nobody else can open",
	"internal/verify/keep.go DirFS":           "the policies that Unpack wrote itself, into a folder of this run",
	"internal/verify/files.go DirFS":          "names are listed, no file is opened",
}

// developers are the folders of commands for developers and of what tests share, which read and write files of this repository.
var developers = []string{"bench/", "docs/", "internal/collect/collecttest/", "internal/fleettest/", "internal/testhelp/", "policies/gen/", "supply/"}

func TestNoOtherPackageOpensFiles(t *testing.T) {
	root := filepath.Join("..", "..")
	unused := map[string]bool{}
	for exception := range exceptions {
		unused[exception] = true
	}
	seen := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		switch {
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && name != root || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(below, "internal/safefile/"):
			return nil
		}
		for _, folder := range developers {
			if strings.HasPrefix(below, folder) {
				return nil
			}
		}
		seen++
		for _, call := range calls(t, name) {
			if exception := below + " " + call; exceptions[exception] != "" {
				delete(unused, exception)
			} else {
				t.Errorf("%s calls os.%s: use internal/safefile, or say in its only_test.go why not", below, call)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d files were looked at", seen)
	}
	for exception := range unused {
		t.Errorf("%s is an exception that no file needs", exception)
	}
}

// calls lists the functions of package os in a file that open files; deprecated twins of them too.
func calls(t *testing.T, name string) []string {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	local := ""
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		switch {
		case path == "io/ioutil":
			return []string{"(io/ioutil)"}
		case path == "os" && spec.Name != nil:
			local = spec.Name.Name
		case path == "os":
			local = "os"
		}
	}
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, isSelector := node.(*ast.SelectorExpr); isSelector {
			if x, isName := selector.X.(*ast.Ident); isName && x.Name == local && opens[selector.Sel.Name] {
				names = append(names, selector.Sel.Name)
			}
		}
		return true
	})
	return names
}
