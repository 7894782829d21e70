package supply

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/program"
)

var (
	released = regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)$`)
	// versionOf finds the program's version: in a report, as a tag in CI, and as an option (that of OSCAL has another name).
	versionOf = regexp.MustCompile(`(?:by raci-check |raci-check@v|RACI_CHECK_REF\S*[ :=-]+'?v|'RACI_CHECK_REF', defaultValue: 'v|\b(?:ref|rev): v|\s-version |"v)(\d+\.\d+\.\d+[\w.-]*)`)
)

// The version is one number: the newest release of the changelog, the program's, and what pages, templates and their tests name.
func TestOneVersion(t *testing.T) {
	changelog := content(t, root, "CHANGELOG.md")
	if !strings.Contains(changelog, "\n## Unreleased\n") {
		t.Error("the changelog has no section for what is not released")
	}
	newest := released.FindStringSubmatch(changelog)
	if len(newest) != 2 || newest[1] != program.Newest {
		t.Fatalf("the changelog's newest release is %v, the program's version %s", newest, program.Newest)
	}
	for _, file := range []string{"package.json", "package-lock.json"} {
		var extension struct{ Version string }
		if err := json.Unmarshal([]byte(content(t, root, "editors/vscode/"+file)), &extension); err != nil || extension.Version != program.Newest {
			t.Errorf("%v: editors/vscode/%s has version %q, the program's is %s", err, file, extension.Version, program.Newest)
		}
	}
	versions := map[string]int{}
	look := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, match := range versionOf.FindAllStringSubmatch(content(t, root, name), -1) {
			versions[filepath.ToSlash(name)]++
			if match[1] != program.Newest {
				t.Errorf("%s has %q, the version is %s", name, match[0], program.Newest)
			}
		}
		return nil
	}
	for _, place := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "action.yml", ".pre-commit-hooks.yaml", "docs", "ci", "cmd"} {
		if err := filepath.WalkDir(filepath.Join(root, place), look); err != nil {
			t.Error(err)
		}
	}
	for _, file := range []string{"ci/README.md", "ci/gitlab/raci-check.gitlab-ci.yml", "ci/jenkins/Jenkinsfile", "ci/ci_test.go", "docs/release.md"} {
		if versions[file] == 0 {
			t.Errorf("no version is found in %s: is it looked for in the right form?", file)
		}
	}
}
