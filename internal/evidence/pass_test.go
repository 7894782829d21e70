package evidence_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
)

const (
	object    = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
	manifests = object + "---\n" + object
	chart     = "apiVersion: v1\n{{- if .Values.a }}\nkind: {{ .Values.kind }}\n{{- end }}\n"
)

// find finds evidence below e, and lists what was passed over as "path: what".
func find(t *testing.T, files map[string]string) (passed []string, err error) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, files)
	compiled, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits, Given: []string{"e/given/waivers.yaml", "e/given/params.yaml"}}
	_, strange, err := reader.Find(t.Context(), []string{"e"})
	for _, other := range strange {
		if (other.SHA256 == "") != (other.What == "link to a folder") {
			t.Errorf("the digest of %s is %q", other.Path, other.SHA256)
		}
		passed = append(passed, other.Path+": "+other.What)
	}
	return passed, err
}

func TestFilesOfOtherProgramsArePassedOver(t *testing.T) {
	t.Chdir(t.TempDir())
	passed, err := find(t, map[string]string{
		"e/own/a.yaml": head, "e/one.yaml": object, "e/deploy/all.yaml": manifests, "e/chart/templates/a.yaml": chart, "e/chart/values.yaml": "a: &x {b: 1}\nc: *x\n",
		"e/ci/build.yml": "on: push\njobs: {}\n", "e/ci/tags.yml": "a: !reference [x, y]\n", "e/ansible/site.yml": "- hosts: all\n  tasks:\n    - k8s: {api_version: v1, kind: Pod}\n",
		"e/empty/a.yaml": "# nothing\n", "e/sops/a.yaml": "password: ENC[AES256_GCM,data:x,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:x,type:str]\n", "e/windows/a.yaml": "a: 1\r\nb: x\r\n",
		"e/given/waivers.yaml": "kind: Waivers\n", "e/given/params.yaml": "kind: Parameters\n", "e/collect.yaml": "api_version: raci-check/v1\nkind: Collect\n",
		"e/mesh/a.yaml": "apiVersion: getambassador.io/v3\nkind: Mapping\nmetadata: {name: a}\n", "e/helm/values.yaml": "doors: {enabled: true, source: http}\nwindows: {count: 1}\n",
		"e/mappings/a.yaml": "api_version: raci-check/v1\nkind: Mapping\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	wanted := `e/ansible/site.yml: other YAML
e/chart/templates/a.yaml: template
e/chart/values.yaml: other YAML
e/ci/build.yml: other YAML
e/ci/tags.yml: other YAML
e/collect.yaml: file of kind Collect
e/deploy/all.yaml: Kubernetes object
e/empty/a.yaml: other YAML
e/helm/values.yaml: other YAML
e/mesh/a.yaml: Kubernetes object
e/one.yaml: Kubernetes object
e/sops/a.yaml: encrypted with sops
e/windows/a.yaml: other YAML`
	if got := strings.Join(passed, "\n"); got != wanted {
		t.Errorf("got\n%s", got)
	}
}

// Nothing that may be evidence is passed over, however it is written, and nothing at all that lies beside evidence.
func TestWhatMayBeEvidenceIsNotPassedOver(t *testing.T) {
	for name, test := range map[string]struct{ file, content, says string }{
		"a misspelt kind":                {"e/b/b.yaml", strings.Replace(strings.Replace(head, "Evidence", "Evidnce", 1), "id: a", "id: b", 1), "e/b/b.yaml:2:7: "},
		"a misspelt version":             {"e/b/b.yaml", strings.NewReplacer("raci-check/v1", "raci/1", "id: a", "id: b").Replace(head), "e/b/b.yaml:1:14: "},
		"a misspelt version and kind":    {"e/b/b.yaml", "api_version: x\nkind: y\n", "e/b/b.yaml:1:"},
		"the version of Kubernetes":      {"e/b/b.yaml", "apiVersion: raci-check/v1\nkind: Evidence\n", `e/b/b.yaml:1:1: missing required field "api_version"`},
		"a version under another name":   {"e/b/b.yaml", "api: RACI-check/v1\nkind: Thing\n", "e/b/b.yaml:1:"},
		"a kind alone":                   {"e/b/b.yaml", "kind: evidence\ndoors: {}\n", "e/b/b.yaml:"},
		"a kind as Kubernetes has it":    {"e/b/b.yaml", "apiVersion: v1\nkind: Evidence\n", "e/b/b.yaml:"},
		"waivers in the singular":        {"e/b/b.yaml", "kind: Waiver\nwaivers: []\n", "e/b/b.yaml:"},
		"a service":                      {"e/b/b.yaml", "metadata: {service: {id: c}}\n", "e/b/b.yaml:"},
		"a section with a source":        {"e/b/b.yaml", "doors:\n  source: {method: api}\n  colour: red\n", "e/b/b.yaml:"},
		"broken evidence":                {"e/b/b.yaml", head + "doors: [\n", "e/b/b.yaml:5:"},
		"evidence with a tag":            {"e/b/b.yaml", head + "doors: !x {}\n", "e/b/b.yaml:5:"},
		"evidence after another program": {"e/b/b.yaml", object + "---\n" + head, "e/b/b.yaml:4:1: a second document begins here"},
		"evidence that is a template":    {"e/b/b.yaml", "{{ if .A }}\n" + head, "e/b/b.yaml:1:"},
		"evidence in UTF-16":             {"e/b/b.yaml", "\xff\xfe" + strings.ReplaceAll(head, "", "\x00")[1:], "UTF-16"},
		"a broken section with a source": {"e/b/b.yaml", "doors:\n  source:\n    collected_at: 2026-01-01\n\tx: 1\n", "e/b/b.yaml:4:"},
		"broken YAML of anybody":         {"e/b/b.yaml", "x: [\n", "e/b/b.yaml:1:1: a value was expected here: write one, or put the text in quotes; if this file is not evidence, name the folder of the evidence instead"},
		"an object beside evidence":      {"e/own/b.yaml", object, "e/own/b.yaml:1:1: this is a Kubernetes object"},
		"manifests beside evidence":      {"e/own/b.yaml", manifests, "e/own/b.yaml:4:1: a second document"},
		"a template beside evidence":     {"e/own/b.yaml", chart, "e/own/b.yaml:2:"},
		"other YAML beside evidence":     {"e/own/b.yaml", "on: push\n", "e/own/b.yaml:1:1: this is not evidence: it has no api_version, kind and metadata"},
		"parameters beside evidence":     {"e/own/b.yaml", "kind: Parameters\n", "e/own/b.yaml:1:1: this file has parameters"},
		"broken YAML beside evidence":    {"e/own/b.yaml", "x: [\n", "e/own/b.yaml:1:1: a value was expected here: write one, or put the text in quotes"},
		"waivers without evidence":       {"e/b/b.yaml", "kind: Waivers\n", "e/b/b.yaml:1:1: waivers without evidence beside them"},
	} {
		passed, err := find(t, map[string]string{"e/own/a.yaml": head, test.file: test.content})
		if err == nil { // its form is looked at when it is opened
			_, err = read(t, map[string]string{"e/own/a.yaml": head, test.file: test.content})
		}
		var errs document.Errors
		if !errors.As(err, &errs) || !strings.HasPrefix(errs[0].Error(), test.says) && !strings.Contains(errs[0].Message, test.says) || len(passed) > 0 {
			t.Errorf("%s: passed over %q, error %v", name, passed, err)
		}
	}
}

func TestAFolderWithoutEvidence(t *testing.T) {
	few := map[string]string{"e/a.yaml": object, "e/b/b.yaml": "on: push\n"}
	_, err := find(t, few)
	var errs document.Errors
	if !errors.As(err, &errs) || len(errs) != 2 || !strings.HasPrefix(errs[0].Error(), "e/a.yaml:1:1: this is a Kubernetes object") {
		t.Errorf("few files of other programs: %v", err)
	}
	for i := range 10 {
		few[fmt.Sprintf("e/c/%d.yaml", i)] = manifests
	}
	_, err = find(t, few)
	if !errors.Is(err, evidence.ErrNoEvidence) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "12 YAML files there, none of kind Evidence (e/a.yaml: Kubernetes object)") {
		t.Errorf("many files of other programs: %v", err)
	}
	_, err = find(t, map[string]string{"e/a.yaml": manifests})
	if err == nil || !strings.HasPrefix(err.Error(), "e/a.yaml:4:1: a second document begins here") {
		t.Errorf("a file with two documents: %v", err)
	}
	if _, err := find(t, map[string]string{"e/a.yaml": "kind: Mapping\n"}); !errors.Is(err, evidence.ErrNoEvidence) {
		t.Errorf("mappings alone: %v", err)
	}
	files := map[string]string{"e/a.yaml": head, "f/a.yaml": object}
	if _, err := read(t, files, "e", "f"); err == nil || !strings.HasPrefix(err.Error(), "f/a.yaml:1:1: this is a Kubernetes object") {
		t.Errorf("one of two folders: %v", err)
	}
	with := maps.Clone(files)
	with["f/sub/b.yaml"] = strings.Replace(head, "id: a", "id: b", 1)
	if _, err := read(t, with, "e", "f"); err != nil {
		t.Error(err)
	}
}

// A link to a folder could lead to evidence: beside evidence it is an error, elsewhere it is listed.
func TestLinksToFoldersArePassedOver(t *testing.T) {
	_, err := find(t, map[string]string{"e/own/a.yaml": head, "other/a.yaml": object})
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	link := func(name string) ([]string, error) {
		if err := os.Symlink(filepath.Join(other, "other"), name); err != nil {
			t.Skip(err)
		}
		defer os.Remove(name)
		reader := evidence.Reader{Limits: document.DefaultLimits, Schema: &schema.Schema{}}
		_, strange, err := reader.Find(t.Context(), []string{"e"})
		var names []string
		for _, other := range strange {
			names = append(names, other.Path+": "+other.What)
		}
		return names, err
	}
	if passed, err := link("e/latest"); err != nil || fmt.Sprint(passed) != "[e/latest: link to a folder]" {
		t.Errorf("%q, %v", passed, err)
	}
	if passed, err := link("e/own/latest"); err == nil || len(passed) > 0 || !strings.Contains(err.Error(), "a link to a folder is not followed") {
		t.Errorf("%q, %v", passed, err)
	}
}

// The fields of a section that stand without it are one error.
func TestFieldsWithoutTheirSection(t *testing.T) {
	const sections = `"doors": {"type": "object", "properties": {"count": {"type": "integer"}, "colour": {}, "locks": {}}}, "windows": {"type": "object", "properties": {"count": {}, "glass": {}, "locks": {}}}`
	compiled, err := schema.Compile("evidence", []byte(strings.Replace(form, `"doors": {"type": "object", "properties": {"count": {"type": "integer"}}},
    "windows": {"type": "object"}`, sections, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, fields, says string }{
		{"e/a.yaml", "count: 1\ncolour: red\nlocks: 2\n", "e/a.yaml:5:1: fields of a section without its line (count, colour …): write `doors:` above them, and indent them by two spaces"},
		{"e/windows.yaml", "count: 1\nlocks: 2\n", "e/windows.yaml:5:1: fields of a section without its line (count, locks): write `windows:` above"},
		{"e/a.yaml", "count: 1\nlocks: 2\n", "e/a.yaml:5:1: fields of a section without its line (count, locks): write the line of their section, such as `doors:`, above"},
		{"e/a.yaml", "count: 1\ncolour: red\nlokcs: 2\n", "e/a.yaml:5:1: fields of a section without its line (count, colour …): write `doors:` above"},
		{"e/a.yaml", "doors: {}\ncount: 1\nglass: 2\n", "e/a.yaml:6:1: fields of a section without its line (count, glass): write `windows:` above"},
		{"e/a.yaml", "count: 1\n", `e/a.yaml:5:1: unknown field "count"`},
	} {
		t.Chdir(t.TempDir())
		write(t, map[string]string{test.file: head + test.fields})
		reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}
		_, _, err := reader.Read([]string{"e"})
		var errs document.Errors
		if !errors.As(err, &errs) || len(errs) != 1 || !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%q: %v", test.fields, err)
		}
	}
}

// A file beyond the limit is told by its beginning.
func TestLargeFilesOfOtherPrograms(t *testing.T) {
	large := "a: 1\n" + strings.Repeat("# x\n", document.DefaultLimits.Bytes/4)
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		file, content string
		passed        int
	}{
		{"e/other/b.yaml", large, 1}, {"e/own/b.yaml", large, 0}, {"e/other/b.yaml", strings.Replace(head, "id: a", "id: b", 1) + large, 0},
	} {
		t.Chdir(t.TempDir())
		write(t, map[string]string{"e/own/a.yaml": head, test.file: test.content})
		reader := evidence.Reader{Limits: document.DefaultLimits, Schema: &schema.Schema{}}
		_, files, err := reader.Find(t.Context(), []string{"e"})
		if len(files) != test.passed || (err == nil) != (test.passed == 1) || test.passed == 0 && !errors.Is(err, document.TooLarge) {
			t.Errorf("%s: %v, %v", test.file, files, err)
		}
		if test.passed == 1 && (files[0].SHA256 != "" || files[0].What != "larger than the limit") {
			t.Errorf("%+v", files[0])
		}
	}
}
