// Package internal_test holds which package may know which.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "raci-check/"

// imports are the packages of this module that each package's program code imports, directly, by folder.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(os.DirFS(".."), name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		found[folder] = append([]string{}, found[folder]...)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if below, ours := strings.CutPrefix(imported, module); err == nil && ours {
				found[folder] = append(found[folder], below)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// reach is every package that a package comes to know by its imports.
func reach(of string, imports map[string][]string) []string {
	known, next := []string{}, imports[of]
	for len(next) > 0 {
		name := next[0]
		if next = next[1:]; !slices.Contains(known, name) {
			known, next = append(known, name), append(next, imports[name]...)
		}
	}
	return known
}

func TestDirection(t *testing.T) {
	all := imports(t)
	for _, rule := range []struct {
		why      string
		packages []string
		mayNot   func(imported string) bool // not by way of other packages either
	}{
		{
			"what reads knows no results", []string{"internal/document", "internal/schema", "internal/evidence", "internal/parameter", "internal/waiver", "internal/policy", "internal/raci"},
			func(name string) bool {
				return name == "internal/assessment" || name == "internal/engine" || strings.HasPrefix(name, "internal/report")
			},
		},
		{
			"results know neither evidence nor policies", []string{"internal/assessment"},
			func(name string) bool {
				return slices.Contains([]string{"internal/evidence", "internal/policy", "internal/engine", "internal/ruleset", "internal/parameter", "internal/waiver"}, name)
			},
		},
		{
			"the engine knows no files and no formats", []string{"internal/engine"},
			func(name string) bool {
				return name == "internal/evidence" || strings.HasPrefix(name, "internal/report")
			},
		},
		{
			"verify stands above", []string{"internal/attest", "internal/assess", "internal/signature", "internal/bundle"},
			func(name string) bool { return name == "internal/verify" },
		},
		{
			"attest keeps statements", []string{"internal/attest"},
			func(name string) bool { return name == "internal/assess" },
		},
	} {
		for _, from := range rule.packages {
			if _, there := all[from]; !there {
				t.Errorf("%s: there is no package %s", rule.why, from)
			}
			for _, name := range reach(from, all) {
				if rule.mayNot(name) {
					t.Errorf("%s: %s imports %s", rule.why, from, name)
				}
			}
		}
	}
	formats := 0
	for from, known := range all {
		if from != "internal/cli" && from != "cmd/raci-check" && slices.Contains(known, "internal/cli") {
			t.Errorf("only the program imports cli: %s does", from)
		}
		if isFormat(from) {
			formats++
			for _, name := range known {
				if isFormat(name) || name == "internal/report" {
					t.Errorf("a format imports no other format: %s imports %s", from, name)
				}
			}
		}
	}
	if formats < 10 {
		t.Errorf("%d formats: this test looks in the wrong place", formats)
	}
}

func isFormat(name string) bool {
	return path.Dir(name) == "internal/report" && name != "internal/report/wording" && name != "internal/report/reporttest"
}

// Names are resolved against a folder that is passed: the working folder belongs to the whole process.
func TestNothingChangesTheWorkingFolder(t *testing.T) {
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(os.DirFS(".."), name)
		if strings.Contains(string(source), "os.Chdir(") {
			t.Errorf("%s changes the working folder", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
