package evidence_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

const form = `{
  "type": "object", "additionalProperties": false, "required": ["api_version", "kind", "metadata"],
  "properties": {
    "api_version": {"const": "raci-check/v1"}, "kind": {"const": "Evidence"},
    "metadata": {"type": "object", "additionalProperties": false, "required": ["service"], "properties": {
      "service": {"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "region": {"type": "string"}}},
      "prepared_by": {"type": "string"}}},
    "doors": {"type": "object", "properties": {"count": {"type": "integer"}}},
    "windows": {"type": "object"},
    "not_applicable": {"type": "array"}
  }
}`

const head = "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: a, name: house}\n"

func read(t *testing.T, files map[string]string, paths ...string) ([]*evidence.Set, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, files)
	compiled, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits, Stdin: strings.NewReader(files["-"])}
	if len(paths) == 0 {
		paths = []string{"e"}
	}
	sets, _, err := reader.Read(paths)
	return sets, err
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, content := range files {
		testhelp.Put(t, name, content)
	}
}

func TestFilesOfAFolderAreOneSet(t *testing.T) {
	sets, err := read(t, map[string]string{
		"e/b.yml":         head + "windows: {}\n",
		"e/a.yaml":        head + "doors:\n  source: {method: api, collected_by: me}\n  count: 2\n",
		"e/notes.txt":     "not evidence",
		"e/.git/x.yaml":   "not: [evidence",
		"f/c.yaml":        strings.Replace(head, "id: a", "id: b", 1),
		"f/waivers.yaml":  "kind: Waivers\n",
		"e/.hidden.yaml":  "not: [evidence",
		"e/exports/a.csv": "x",
	}, "f", "e")
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 2 || sets[0].Service.ID != "a" || sets[1].Service.ID != "b" || sets[0].Service.Name != "house" {
		t.Fatalf("sets %+v", sets)
	}
	a, b := sets[0], sets[1]
	if len(a.Files) != 2 || a.Files[0].Path != "e/a.yaml" || len(a.Files[0].SHA256) != 64 {
		t.Errorf("files %+v", a.Files)
	}
	if at := a.Locate("/doors/count"); at != (verdict.Location{File: "e/a.yaml", Line: 7, Column: 3}) {
		t.Errorf("located at %+v", at)
	}
	if at := a.Locate("/roof/colour"); at.File != "e/a.yaml" || at.Line != 1 {
		t.Errorf("an absent section is located at %+v", at)
	}
	if len(a.Sections) != 2 || a.Sections[0].Method != "api" || a.Sections[0].CollectedBy != "me" || a.Sections[1].File != "e/b.yml" {
		t.Errorf("sections %+v", a.Sections)
	}
	if len(b.Waivers) != 1 || len(b.Files) != 2 {
		t.Errorf("waivers %v, files %+v", b.Waivers, b.Files)
	}
}

// Each file may have been prepared by another person, and is where that is said.
func TestWhoPreparedTheFiles(t *testing.T) {
	other := strings.Replace(head, "id: a", "id: b", 1)
	nobody := strings.Replace(head, "id: a", "id: c", 1)
	sets, err := read(t, map[string]string{
		"e/a.yaml": head + "  prepared_by: ann\n", "e/b.yaml": head + "  prepared_by: bob\nwindows: {}\n", "e/c.yaml": head + "  prepared_by: ann\n",
		"f/a.yaml": other + "  prepared_by: ann\n", "g/a.yaml": nobody,
	}, "e", "f", "g")
	if err != nil {
		t.Fatal(err)
	}
	for i, wanted := range []any{[]any{"ann", "bob"}, "ann", nil} {
		if got := sets[i].Value["metadata"].(map[string]any)["prepared_by"]; !reflect.DeepEqual(got, wanted) {
			t.Errorf("%v, wanted %v", got, wanted)
		}
	}
	if at := sets[0].Locate("/metadata/prepared_by/1"); at != (verdict.Location{File: "e/b.yaml", Line: 5, Column: 3}) {
		t.Errorf("located at %+v", at)
	}
}

// Files beyond what is held when they are found are known by their beginning, and give the same sets and errors.
func TestManyFilesAreKnownByTheirBeginning(t *testing.T) {
	const padding = 40 << 10
	files, broken := map[string]string{}, map[string]string{}
	for i := range 40 { // more than is held
		id := fmt.Sprintf("id: s%02d", i)
		content := strings.Replace(head, "id: a", id, 1) + "# " + strings.Repeat("x", padding) + "\n"
		files[fmt.Sprintf("e/f%02d-a.yaml", i)] = content + "doors: {count: 1}\n"
		files[fmt.Sprintf("e/f%02d-b.yaml", i)] = content + "windows: {}\n"
	}
	files["e/waivers.yaml"] = "kind: Waivers\n"
	sets, err := read(t, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 40 {
		t.Fatalf("%d sets", len(sets))
	}
	for i, set := range sets {
		if set.Service.ID != fmt.Sprintf("s%02d", i) || len(set.Files) != 3 || len(set.Sections) != 2 || len(set.Waivers) != 1 || set.Waivers[0] != sets[0].Waivers[0] {
			t.Errorf("set %d: %+v", i, set)
		}
		if at := set.Locate("/windows"); at.File != fmt.Sprintf("e/f%02d-b.yaml", i) || at.Line != 6 {
			t.Errorf("located at %+v", at)
		}
	}
	maps.Copy(broken, files)
	broken["e/f39-a.yaml"] += "door: {}\n"
	broken["e/f38-b.yaml"] += "x: [\n"
	broken["f/f37.yaml"] = files["e/f37-a.yaml"]
	_, err = read(t, broken, "e", "f")
	for _, say := range []string{`e/f39-a.yaml:7:1: unknown field "door"`, "e/f38-b.yaml:", "f/f37.yaml:4:13: service s37 already has evidence in e"} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v\ndoes not say %q", err, say)
		}
	}
}

func TestEvidenceFromStandardInput(t *testing.T) {
	sets, err := read(t, map[string]string{"-": head + "doors: {count: 1}\n"}, "-")
	if err != nil || len(sets) != 1 || sets[0].Locate("/doors/count").File != "-" {
		t.Errorf("sets %+v, err %v", sets, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		path  string
		says  []string
	}{
		"an empty folder":                 {map[string]string{"e/readme.txt": "x"}, "", []string{"no evidence in e", "raci-check init e"}},
		"a folder that is not there":      {nil, "nowhere", []string{"nowhere"}},
		"the same section twice":          {map[string]string{"e/a.yaml": head + "doors: {}\n", "e/b.yaml": head + "doors: {}\n"}, "", []string{"e/b.yaml:5:1", "already given at e/a.yaml:5"}},
		"a service in two folders":        {map[string]string{"e/a.yaml": head, "e/sub/b.yaml": head}, "", []string{"e/sub/b.yaml:4:13", "in one folder"}},
		"two names for a service":         {map[string]string{"e/a.yaml": head, "e/b.yaml": strings.Replace(head, "house", "home", 1)}, "", []string{"e/b.yaml:4:", "differs"}},
		"every error of every file":       {map[string]string{"e/a.yaml": head + "door: {}\n", "e/b.yaml": "x: [\n"}, "", []string{`e/a.yaml:5:1: unknown field "door", did you mean "doors"?`, "e/b.yaml:"}},
		"a file of parameters":            {map[string]string{"e/a.yaml": "kind: Parameters\n"}, "", []string{"e/a.yaml:1:1", "--params"}},
		"a file about collecting":         {map[string]string{"e/a.yaml": "kind: Collect\n"}, "", []string{"e/a.yaml:1:1", "outside the evidence folder"}},
		"no service, in two folders":      {map[string]string{"e/a.yaml": "kind: Evidence\napi_version: raci-check/v1\n", "e/sub/b.yaml": "kind: Evidence\napi_version: raci-check/v1\n"}, "", []string{`e/a.yaml:1:1: missing required field "metadata"`, `e/sub/b.yaml:1:1: missing required field "metadata"`}},
		"waivers without evidence":        {map[string]string{"e/a.yaml": head, "e/w/w.yaml": "kind: Waivers\n"}, "", []string{"e/w/w.yaml:1:1", "--waivers"}},
		"an artifact above the folder":    {map[string]string{"e/a.yaml": head + "doors: {artifact: {path: ../x, sha256: ff}}\n"}, "", []string{"e/a.yaml:5:", "in the evidence folder"}},
		"an artifact by an absolute path": {map[string]string{"e/a.yaml": head + "doors: {artifact: {path: /etc/hostname, sha256: ff}}\n"}, "", []string{"in the evidence folder"}},
		"a text of white space":           {map[string]string{"e/a.yaml": head + "windows: {kind: \" \"}\n"}, "", []string{"e/a.yaml:5:17: the text is only white space"}},
		"a folder as an artifact":         {map[string]string{"e/a.yaml": head + "doors: {artifact: {path: ., sha256: ff}}\n"}, "", []string{"not a regular file"}},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			if test.path != "" {
				paths = []string{test.path}
			}
			_, err := read(t, test.files, paths...)
			if err == nil {
				t.Fatal("it was read")
			}
			for _, say := range test.says {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%v\ndoes not say %q", err, say)
				}
			}
		})
	}
	if _, err := read(t, map[string]string{"e/readme.txt": "x"}); !errors.Is(err, evidence.ErrNoEvidence) {
		t.Errorf("an empty folder gives %v", err)
	}
}

func TestArtifacts(t *testing.T) {
	const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // of "x"
	artifact := func(path, sha256 string) string {
		return head + "doors:\n  source: {artifact: {path: " + path + ", sha256: " + sha256 + "}}\n"
	}
	sets, err := read(t, map[string]string{"e/a.yaml": artifact("x.txt", sum), "e/x.txt": "x"})
	if err != nil || len(sets[0].Broken) != 0 || len(sets[0].Sections[0].Artifacts) != 1 {
		t.Errorf("a good artifact: %+v, %v", sets, err)
	}
	sets, err = read(t, map[string]string{"e/a.yaml": artifact("x.txt", sum), "e/x.txt": "y"})
	if err != nil || len(sets[0].Broken) != 1 || sets[0].Broken[0].Status != verdict.Fail || sets[0].Broken[0].Pointer != "/doors/source/artifact" {
		t.Errorf("a changed artifact: %+v, %v", sets, err)
	}
	sets, err = read(t, map[string]string{"e/a.yaml": artifact("x.txt", sum)})
	if err != nil || len(sets[0].Broken) != 1 || sets[0].Broken[0].Status != verdict.Missing {
		t.Errorf("an artifact that is not there: %+v, %v", sets, err)
	}
}

// An artifact of the right digest is broken all the same where it shows nothing or contradicts its name.
func TestArtifactsThatShowNothing(t *testing.T) {
	for name, test := range map[string]struct {
		section, file, content string
		status                 verdict.Status // empty where nothing is wrong
		says                   string
	}{
		"an empty file":                      {"source: {method: document, artifact: @}", "x.txt", "", verdict.Missing, "the artifact x.txt does not show the facts: it is empty"},
		"an error answer":                    {"source: {method: api, artifact: @}\n  list: [1]", "x.json", `{"error": "forbidden"}`, verdict.Missing, "error answer"},
		"a page":                             {"source: {method: api, artifact: @}\n  list: [1]", "x.json", "<!DOCTYPE html>", verdict.Fail, "an HTML page, not JSON"},
		"an image of an interface":           {"source: {method: api, artifact: @}", "x.png", "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200), verdict.Fail, "an image"},
		"an image of a document":             {"source: {method: document, artifact: @}", "x.png", "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200), "", ""},
		"an empty list of nothing":           {"source: {method: api, artifact: @}\n  list: []\n  count: 0", "x.json", "[]", "", ""},
		"an empty list, counted as zero":     {"source: {method: api, artifact: @}\n  count: 0", "x.json", "[]", "", ""},
		"an empty list of something":         {"source: {method: api, artifact: @}\n  sub: {list: [{a: 1}]}\n  others: []", "x.json", "[]", verdict.Missing, "it is an empty list"},
		"an empty list and a count":          {"source: {method: api, artifact: @}\n  count: 3", "x.csv", "id,name\n", verdict.Missing, "a header and no row"},
		"an empty list as the record":        {"test: {artifact: @}\n  count: 0", "x.json", "[]", verdict.Missing, "it is an empty list"},
		"what collect kept of it":            {"source: {method: api, artifact: @}\n  list: [1]", "x.json", `{"service": "a", "section": "windows", "facts": {"list": [1]}}`, "", ""},
		"what collect kept of another":       {"source: {method: api, artifact: @}\n  list: [1]", "x.json", `{"service": "a", "section": "doors", "facts": {"list": [1]}}`, verdict.Fail, "for another section"},
		"what collect kept of another house": {"test: {artifact: @}\n  list: [1]", "x.json", `{"service": "b", "section": "doors", "facts": {"list": [1]}}`, verdict.Fail, "for another service"},
	} {
		reference := fmt.Sprintf("{path: %s, sha256: %x}", test.file, sha256.Sum256([]byte(test.content)))
		sets, err := read(t, map[string]string{"e/a.yaml": head + "windows:\n  " + strings.Replace(test.section, "@", reference, 1) + "\n", "e/" + test.file: test.content})
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case test.status == "" && len(sets[0].Broken) == 0:
		case len(sets[0].Broken) != 1 || sets[0].Broken[0].Status != test.status || !strings.Contains(sets[0].Broken[0].Message, test.says) || sets[0].Broken[0].Remediation == "":
			t.Errorf("%s: %+v", name, sets[0].Broken)
		case sets[0].Locate(sets[0].Broken[0].Pointer).Line != 6:
			t.Errorf("%s is at %v", name, sets[0].Locate(sets[0].Broken[0].Pointer))
		}
	}
}

func TestEvidenceShowsNoEvidence(t *testing.T) {
	other := head + "doors: {count: 1}\n"
	sets, err := read(t, map[string]string{
		"e/a.yaml": head + fmt.Sprintf("windows: {artifact: {path: b.yaml, sha256: %x}}\n", sha256.Sum256([]byte(other))), "e/b.yaml": other,
	})
	if err != nil || len(sets[0].Broken) != 1 || sets[0].Broken[0].Status != verdict.Fail || !strings.Contains(sets[0].Broken[0].Message, "it is evidence itself") {
		t.Errorf("%+v, %v", sets, err)
	}
}

func TestNaming(t *testing.T) {
	sets, err := read(t, map[string]string{"e/a.yaml": head + "windows: {a: [{artifact: {path: x, sha256: ff}}], artifact: {path: x, sha256: ff}, b: {artifact: {path: y, sha256: ff}}}\n"})
	if err != nil {
		t.Fatal(err)
	}
	if names := sets[0].Naming("x"); !slices.Equal(names, []string{"/windows/a/0/artifact", "/windows/artifact"}) {
		t.Errorf("%q", names)
	}
}

func TestFilesThatAreNotPlain(t *testing.T) {
	t.Chdir(t.TempDir())
	compiled, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}
	if err := testhelp.Mkfifo("pipe.yaml"); err != nil {
		t.Skip("no named pipes here")
	}
	if _, _, err := reader.Read([]string{"pipe.yaml"}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a named pipe gives %v", err)
	}
	if err := os.WriteFile("a.yaml", []byte(head+"doors: {artifact: {path: out, sha256: ff}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", "out"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := reader.Read([]string{"a.yaml"}); err == nil || !strings.Contains(err.Error(), "in the evidence folder") {
		t.Errorf("an artifact through a link that leaves gives %v", err)
	}
}

// A link that stays in its folder is followed, as clusters mount files, also where names begin at another folder.
func TestALinkWithinTheFolder(t *testing.T) {
	compiled, err := schema.Compile("evidence", []byte(form))
	testhelp.Must(t, err)
	for _, path := range []string{".", "e"} {
		folder := t.TempDir()
		data := filepath.Join(folder, path, "..data")
		testhelp.Must(t, os.MkdirAll(data, 0o700))
		testhelp.Put(t, filepath.Join(data, "a.yaml"), head)
		testhelp.Must(t, os.Symlink(filepath.Join("..data", "a.yaml"), filepath.Join(folder, path, "a.yaml")))
		reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits, Base: document.Folder(folder)}
		if sets, _, err := reader.Read([]string{path}); err != nil || len(sets) != 1 {
			t.Errorf("%s: %d services, %v", path, len(sets), err)
		}
	}
}

func TestPlaceholdersAreRefused(t *testing.T) {
	list, err := placeholder.New(map[string]any{
		"placeholders": []any{"…", "none", "n/a"}, "placeholder_patterns": map[string]any{"x": map[string]any{"pattern": "^x+$"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile("evidence", []byte(strings.Replace(form, `"windows": {"type": "object"}`, `"windows": {"properties": {
		"owner": {"type": "string"}, "glass": {"type": "string", "enum": ["none", "double"]}, "country": {"type": "string", "x-form": "^[A-Z]{2}$"},
		"makers": {"type": "array", "items": {"type": "string"}}}}`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(section string) error {
		reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits, Stdin: strings.NewReader(head + section), Placeholders: list}
		_, _, err := reader.Read([]string{"-"})
		return err
	}
	if err := read("windows: {owner: Ada, glass: none, country: XX, makers: [Bob]}\n"); err != nil {
		t.Error(err)
	}
	err = read("windows:\n  owner: …\n  makers: [Bob, N/A, ' xx ']\n")
	var errs document.Errors
	if !errors.As(err, &errs) || len(errs) != 3 {
		t.Fatalf("%v", err)
	}
	for i, place := range []string{"-:6:10: ", "-:7:17: ", "-:7:22: "} {
		if !strings.HasPrefix(errs[i].Error(), place+`"`) || !strings.Contains(errs[i].Error(), placeholder.Advice) {
			t.Errorf("%v, wanted it at %s", errs[i], place)
		}
	}
}

// Facts need the id of their service. Without any, all is missing anyway, and the zeros harm nobody.
func TestFactsWithoutAnID(t *testing.T) {
	list, err := placeholder.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	zeros := strings.Replace(head, "id: a,", "id: "+placeholder.ServiceID+",", 1)
	if zeros == head {
		t.Fatal("the head has another id")
	}
	for text, refused := range map[string]bool{zeros: false, zeros + "windows: {}\n": true, head + "windows: {}\n": false} {
		reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits, Stdin: strings.NewReader(text), Placeholders: list}
		_, _, err := reader.Read([]string{"-"})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), `"`+placeholder.ServiceID+`" is a placeholder, no value: raci-check init --service-id`) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
