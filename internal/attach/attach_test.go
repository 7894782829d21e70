package attach_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/schema"
)

const form = `{
  "type": "object", "additionalProperties": false, "required": ["api_version", "kind", "metadata"],
  "properties": {
    "api_version": {"const": "raci-check/v1"}, "kind": {"const": "Evidence"},
    "metadata": {"type": "object", "properties": {"service": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    "doors": {"type": "object", "additionalProperties": false, "properties": {
      "source": {"$ref": "#/$defs/source"}, "count": {"type": "integer"},
      "tests": {"type": "array", "items": {"type": "object", "properties": {"on": {"type": "string"}, "artifact": {"$ref": "#/$defs/artifact"}}}}}},
    "windows": {"type": "object", "properties": {"source": {"$ref": "#/$defs/source"}}}
  },
  "$defs": {
    "source": {"type": "object", "properties": {"method": {"type": "string"}, "artifact": {"$ref": "#/$defs/artifact"}}},
    "artifact": {"type": "object", "required": ["path", "sha256"], "properties": {"path": {"type": "string"}, "sha256": {"type": "string"}}}
  }
}`

func head(id string) string {
	return "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: " + id + "}}\n"
}

// attached attaches a.txt, in a folder of its own with these files.
func attached(t *testing.T, files map[string]string, o attach.Options) (*attach.Attached, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, isLink := strings.CutPrefix(content, "-> "); err == nil && isLink {
			err = os.Symlink(target, name)
		} else if err == nil {
			err = os.WriteFile(name, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	var root evidence.Form
	if err := json.Unmarshal([]byte(form), &root); err != nil {
		t.Fatal(err)
	}
	if o.File == "" {
		o.File = "a.txt"
	}
	if o.Evidence == "" {
		o.Evidence = "e"
	}
	return attach.Attach(&evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}, &root, o)
}

const countsDoors = "api_version: raci-check/v1\nkind: Mapping\ninput: {format: json}\nfills: [{section: doors, fields: {count: $.n}}]\n"

const doors = "doors:\n  source:\n    method: api\n  tests:\n  - on: x\n  - on: y\n"

func TestAttach(t *testing.T) {
	files := map[string]string{"a.txt": "the doors are shut\n", "e/b.yaml": head("b") + doors, "e/c.yaml": head("b") + "windows: {source: {method: api}}\n", "f/d.yaml": head("d") + doors}
	result, err := attached(t, files, attach.Options{Section: "doors", At: "/doors/tests/0/artifact"})
	if err != nil {
		t.Fatal(err)
	}
	if result.Path != "exports/a.txt" || result.At != "/doors/tests/0" || result.Place.String() != "e/b.yaml:9:5" || result.Old != "" {
		t.Errorf("%+v", result)
	}
	text, err := os.ReadFile("e/b.yaml")
	want := head("b") + "doors:\n  source:\n    method: api\n  tests:\n  - on: x\n    artifact: {path: exports/a.txt, sha256: \"" + result.SHA256 + "\"}\n  - on: y\n"
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	if stored, err := os.ReadFile("e/exports/a.txt"); err != nil || string(stored) != files["a.txt"] {
		t.Errorf("%q, %v", stored, err)
	}
}

func TestAttachRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		o     attach.Options
		says  string
	}{
		"two services":         {map[string]string{"e/b/b.yaml": head("b") + doors, "e/d/d.yaml": head("d") + doors}, attach.Options{Section: "doors"}, "several services have the section doors in e"},
		"another section":      {map[string]string{"e/b.yaml": head("b") + doors}, attach.Options{Section: "windows"}, "no section windows"},
		"no section":           {map[string]string{"e/b.yaml": head("b") + doors}, attach.Options{Section: "metadata"}, "unknown section"},
		"a section of nothing": {map[string]string{"e/b.yaml": head("b") + "doors:\n"}, attach.Options{Section: "doors"}, "e/b.yaml:4:1: "},
		"what collect wrote": {map[string]string{"e/b.yaml": head("b") + "doors: {source: {method: api, artifact: {path: collected/doors.json, sha256: ff, derivation: {reader: okms}}}}\n"},
			attach.Options{Section: "doors", Replace: true}, "e/b.yaml:4:82: collect wrote the artifact here, and its readers read no other file: delete the derivation first"},
		"no source":             {map[string]string{"e/b.yaml": head("b") + "doors: {count: 1}\n"}, attach.Options{Section: "doors"}, "e/b.yaml:4:1: there is nothing at /doors/source yet"},
		"no item":               {map[string]string{"e/b.yaml": head("b") + doors}, attach.Options{Section: "doors", At: "/doors/tests/first"}, "takes no artifact; in this section these do: /doors/source, /doors/tests/N"},
		"a wrong pointer":       {map[string]string{"e/b.yaml": head("b") + doors}, attach.Options{Section: "doors", At: "/doors/~2"}, "is no JSON pointer"},
		"a folder of the name":  {map[string]string{"e/b.yaml": head("b") + doors, "e/exports/a.txt/x": "x"}, attach.Options{Section: "doors"}, "not a regular file"},
		"a link of the name":    {map[string]string{"e/b.yaml": head("b") + doors, "e/exports/a.txt": "-> ../b.yaml"}, attach.Options{Section: "doors"}, "not a regular file"},
		"exports elsewhere":     {map[string]string{"e/b.yaml": head("b") + doors, "out/x": "x", "e/exports": "-> ../out"}, attach.Options{Section: "doors"}, "a link to a folder"},
		"evidence by a link":    {map[string]string{"e/b.yaml": "-> data/b.txt", "e/data/b.txt": head("b") + doors}, attach.Options{Section: "doors"}, "not in a regular file"},
		"a hidden file":         {map[string]string{"e/b.yaml": head("b") + doors, ".a": "shut"}, attach.Options{Section: "doors", File: ".a"}, "rename the file"},
		"a name with an end":    {map[string]string{"e/b.yaml": head("b") + doors, "a ": "shut"}, attach.Options{Section: "doors", File: "a "}, "rename the file"},
		"a name of two systems": {map[string]string{"e/b.yaml": head("b") + doors, `a\b.txt`: "shut"}, attach.Options{Section: "doors", File: `a\b.txt`}, "rename the file"},
		"too long for a mapping": {map[string]string{"e/b.yaml": head("b") + doors, "b.json": `{"n": 1}` + strings.Repeat(" ", mapping.MaxExport), "m.yaml": countsDoors},
			attach.Options{Section: "doors", File: "b.json", Mapping: "m.yaml"}, "a mapping reads at most 64 MiB"},
		"no such mapping":             {map[string]string{"e/b.yaml": head("b") + doors}, attach.Options{Section: "doors", Mapping: "m.yaml"}, "m.yaml: no such file"},
		"a folder as mapping":         {map[string]string{"e/b.yaml": head("b") + doors, "m.yaml/x": "x"}, attach.Options{Section: "doors", Mapping: "m.yaml"}, "not a regular file"},
		"a mapping by another ending": {map[string]string{"e/b.yaml": head("b") + doors, "m.txt": countsDoors}, attach.Options{Section: "doors", Mapping: "m.txt"}, "name a mapping with the ending .yaml"},
		"no mapping":                  {map[string]string{"e/b.yaml": head("b") + doors, "m.yaml": "kind: Map\n"}, attach.Options{Section: "doors", Mapping: "m.yaml"}, "m.yaml:1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			test.files["a.txt"] = "the doors are shut\n"
			result, err := attached(t, test.files, test.o)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v, %v does not say %q", result, err, test.says)
			}
			for name, content := range test.files {
				if now, err := os.ReadFile(name); !strings.HasPrefix(content, "-> ") && (err != nil || string(now) != content) {
					t.Errorf("%s: %q, %v", name, now, err)
				}
			}
			if info, err := os.Lstat("e/exports/a.txt"); err == nil && info.Mode().IsRegular() {
				t.Error("it was stored")
			}
		})
	}
}

// Where nothing can be inserted, the message has what to write, and nothing is stored.
func TestWhatCannotBeEditedIsSaid(t *testing.T) {
	text := head("b") + "doors:\n  source:\n    method: |\n      api" // a line end would belong to the text
	_, err := attached(t, map[string]string{"a.txt": "shut\n", "e/b.yaml": text}, attach.Options{Section: "doors"})
	if err == nil || !strings.Contains(err.Error(), `write it yourself: artifact: {path: exports/a.txt, sha256: "`) {
		t.Error(err)
	}
	if _, err := os.Stat("e/exports"); err == nil {
		t.Error("it was stored")
	}
}
