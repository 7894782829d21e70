package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`^([\w/-]+)\.((?:Test|Fuzz)\w+)$`)
	anyTest  = regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w*`)
)

// Every threat of SECURITY.md names tests, and every name is one of a test that is there.
func TestThreatsAreTested(t *testing.T) {
	page, err := os.ReadFile("../SECURITY.md")
	must(t, err)
	named := 0
	tests := map[string]map[string]bool{} // by folder
	for line := range strings.Lines(string(page)) {
		isTested := false
		for _, span := range codeSpan.FindAllStringSubmatch(line, -1) {
			if strings.HasSuffix(span[1], ".txtar") {
				_, err := os.Stat(filepath.Join("..", span[1]))
				must(t, err)
				isTested = true
				continue
			}
			name := testName.FindStringSubmatch(span[1])
			if name == nil {
				continue
			}
			if tests[name[1]] == nil {
				tests[name[1]] = testsOf(t, filepath.Join("..", name[1]))
			}
			if !tests[name[1]][name[2]] {
				t.Errorf("SECURITY.md names %s, and %s has no such test", span[1], name[1])
			}
			isTested = true
			named++
		}
		if loose := anyTest.FindString(codeSpan.ReplaceAllString(line, "")); loose != "" {
			t.Errorf("SECURITY.md names %s without its folder", loose)
		}
		row := strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| threat ")
		if row && !isTested {
			t.Errorf("no test holds: %s", line)
		}
	}
	if named < 60 {
		t.Errorf("%d tests are found: the form of the page has changed", named)
	}
}

// testsOf lists the tests and fuzz targets of a folder.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	must(t, err)
	names := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && anyTest.MatchString(f.Name.Name) {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
