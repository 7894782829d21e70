package edit_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/starter"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const top = "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214}}\n"

// folderOf is a folder with files, each with the top of evidence where it begins with a section.
func folderOf(t testing.TB, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if !strings.Contains(text, "api_version") {
			text = top + text
		}
		testhelp.Put(t, filepath.Join(folder, name), text)
	}
	return folder
}

// somebody changes a file by another program.
func somebody(t testing.TB, folder, name, old, new string) {
	t.Helper()
	path := filepath.Join(folder, name)
	text, err := os.ReadFile(path)
	testhelp.Must(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q:\n%s", name, old, text)
	}
	testhelp.Must(t, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}

const people = `people:
  # all of us
  people:
    - id: a@x.example # first
      name: A
    - id: b@x.example
      name: B
    - id: c@x.example
      name: C
`

func save(t testing.TB, desk *edit.Desk, changes ...edit.Change) error {
	t.Helper()
	_, err := desk.Save(context.Background(), changes)
	return err
}

func conflict(t testing.TB, err error, pointer string, is any) {
	t.Helper()
	var c *edit.ConflictError
	if !errors.As(err, &c) || c.Pointer != pointer || !equalJSON(c.Is, is) || c.Place.Line == 0 || !strings.Contains(err.Error(), "people.yaml:") {
		t.Errorf("%v, wanted a conflict at %s with %v: %+v", err, pointer, is, c)
	}
}

func equalJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, other := json.Marshal(b)
	return err == nil && other == nil && string(x) == string(y)
}

func TestWhatSomebodyElseChangedIsMergedOrRefused(t *testing.T) {
	name := func(i, value, was string) edit.Change {
		return edit.Change{Section: "people", Pointer: "/people/people/" + i + "/name", Value: value, Was: was}
	}
	of := func(c edit.Change, id, name string) edit.Change {
		c.Item = map[string]any{"id": id, "name": name}
		return c
	}
	added := func(at, id string) edit.Change {
		return edit.Change{Section: "people", Pointer: "/people/people/" + at, Value: map[string]any{"id": id}, Was: edit.Absent}
	}
	for label, test := range map[string]struct {
		old, new string // what somebody else does
		changes  []edit.Change
		pointer  string // of the conflict
		is       any
		gives    string
	}{
		"another field":               {"name: A", "name: A2", []edit.Change{name("1", "B2", "B")}, "", nil, strings.NewReplacer("name: A", "name: A2", "name: B", "name: B2").Replace(people)},
		"the same field":              {"name: B", "name: X", []edit.Change{name("1", "B2", "B")}, "/people/people/1/name", "X", ""},
		"the same field, to the same": {"name: B", "name: B2 # me", []edit.Change{name("1", "B2", "B")}, "", nil, strings.Replace(people, "name: B", "name: B2 # me", 1)},
		"one of two":                  {"name: B", "name: X", []edit.Change{name("0", "A2", "A"), name("1", "B2", "B")}, "/people/people/1/name", "X", ""},
		"an item before": {"    - id: a@", "    - id: z@x.example\n    - id: a@", []edit.Change{of(name("1", "B2", "B"), "b@x.example", "B")}, "", nil,
			strings.NewReplacer("    - id: a@", "    - id: z@x.example\n    - id: a@", "name: B", "name: B2").Replace(people)},
		"an item before, not compared": {"    - id: a@", "    - id: z@x.example\n    - id: a@", []edit.Change{name("1", "B2", "B")}, "/people/people/1/name", "A", ""},
		"the item and one before": {"    - id: a@x.example # first\n      name: A\n    - id: b@x.example\n      name: B\n", "    - id: b@x.example\n      name: B\n      role: head\n",
			[]edit.Change{of(name("1", "B2", "B"), "b@x.example", "B"), of(edit.Change{Section: "people", Pointer: "/people/people/1/role", Value: "chief", Was: "head"}, "b@x.example", "B")}, "", nil,
			"people:\n  # all of us\n  people:\n    - id: b@x.example\n      name: B2\n      role: chief\n    - id: c@x.example\n      name: C\n"},
		"the item is gone": {"    - id: b@x.example\n      name: B\n", "", []edit.Change{of(name("1", "B2", "B"), "b@x.example", "B")}, "/people/people/1", map[string]any{"id": "c@x.example", "name": "C"}, ""},
		"an item added to a list": {"      name: C\n", "      name: C\n    - id: d@x.example\n", []edit.Change{added("3", "e@x.example")}, "", nil,
			people + "    - id: d@x.example\n    - id: e@x.example\n"},
		"the same item added":      {"      name: C\n", "      name: C\n    - id: d@x.example # me\n", []edit.Change{added("3", "d@x.example")}, "", nil, people + "    - id: d@x.example # me\n"},
		"removed":                  {"      name: A\n", "", []edit.Change{{Section: "people", Pointer: "/people/people/0/name", Remove: true, Was: "A"}}, "", nil, strings.Replace(people, "      name: A\n", "", 1)},
		"removed what was changed": {"name: A", "name: A2", []edit.Change{{Section: "people", Pointer: "/people/people/0", Remove: true, Was: map[string]any{"id": "a@x.example", "name": "A"}}}, "/people/people/0", map[string]any{"id": "a@x.example", "name": "A2"}, ""},
	} {
		t.Run(label, func(t *testing.T) {
			folder := folderOf(t, map[string]string{"people.yaml": people})
			desk := deskOn(t, folder)
			somebody(t, folder, "people.yaml", test.old, test.new)
			before := tree(t, folder)["people.yaml"]
			err := save(t, desk, test.changes...)
			after := tree(t, folder)["people.yaml"]
			switch {
			case test.pointer != "":
				conflict(t, err, test.pointer, test.is)
				if after != before {
					t.Errorf("it was changed:\n%s", after)
				}
			case err != nil || after != top+test.gives:
				t.Errorf("%v\n%s, wanted\n%s", err, after, test.gives)
			}
		})
	}
}

func TestUndoKeepsWhatSomebodyElseChanged(t *testing.T) {
	change := edit.Change{Section: "people", Pointer: "/people/people/1/name", Value: "B2", Was: "B"}
	remove := edit.Change{Section: "people", Pointer: "/people/people/1", Remove: true, Was: map[string]any{"id": "b@x.example", "name": "B"}}
	odd := strings.Replace(people, "    - id: b@x.example\n      name: B\n", "    # about b\n    - {id: b@x.example,   name: 'B'} # b\n", 1)
	for label, test := range map[string]struct {
		text     string
		c        edit.Change
		old, new string
		gives    string // undone; empty for a conflict
	}{
		"before":               {odd, change, "name: A", "name: A2", strings.Replace(odd, "name: A", "name: A2", 1)},
		"behind":               {odd, change, "name: C", "name: C2", strings.Replace(odd, "name: C", "name: C2", 1)},
		"removed, before":      {odd, remove, "name: A", "name: A2", strings.Replace(odd, "name: A", "name: A2", 1)},
		"removed, behind":      {odd, remove, "name: C", "name: C2", strings.Replace(odd, "name: C", "name: C2", 1)},
		"the same":             {people, change, "name: B2", "name: X", ""},
		"the item of it":       {people, change, "    - id: b@x.example\n      name: B2\n", "", ""},
		"the item that is put": {people, remove, "  people:\n", "  people:\n    - id: z@x.example\n", strings.Replace(people, "  people:\n", "  people:\n    - id: z@x.example\n", 1)},
	} {
		t.Run(label, func(t *testing.T) {
			folder := folderOf(t, map[string]string{"people.yaml": test.text})
			desk := deskOn(t, folder)
			testhelp.Must(t, save(t, desk, test.c))
			saved := tree(t, folder)["people.yaml"]
			somebody(t, folder, "people.yaml", test.old, test.new)
			before := tree(t, folder)["people.yaml"]
			_, err := desk.Undo(context.Background())
			after := tree(t, folder)["people.yaml"]
			if test.gives == "" {
				var c *edit.ConflictError
				if !errors.As(err, &c) || after != before || !desk.CanUndo() || desk.CanRedo() {
					t.Errorf("%v\n%s", err, after)
				}
				return
			}
			if err != nil || after != top+test.gives {
				t.Fatalf("%v\n%s, wanted\n%s", err, after, test.gives)
			}
			_, err = desk.Redo(context.Background())
			if again := tree(t, folder)["people.yaml"]; err != nil || again != before {
				t.Errorf("redone: %v\n%s, wanted\n%s", err, again, before)
			}
			somebody(t, folder, "people.yaml", test.new, test.old)
			if tree(t, folder)["people.yaml"] != saved {
				t.Error("it is not as it was saved")
			}
		})
	}
}

func TestUndoOfANewFileKeepsWhatSomebodyElsePutIntoIt(t *testing.T) {
	folder := folderOf(t, map[string]string{"people.yaml": people})
	desk := deskOn(t, folder)
	testhelp.Must(t, save(t, desk, edit.Change{Section: "sites", Pointer: "/sites/source/method", Value: "statement", Was: edit.Absent}))
	somebody(t, folder, "sites.yaml", "sites:", "assurance:\n  records: [] # mine\nsites:")
	_, err := desk.Undo(context.Background())
	after := tree(t, folder)
	if err != nil || strings.Contains(after["sites.yaml"], "sites") || !strings.Contains(after["sites.yaml"], "assurance:\n  records: [] # mine\n") {
		t.Errorf("%v\n%s", err, after["sites.yaml"])
	}
	testhelp.Must(t, os.Remove(filepath.Join(folder, "sites.yaml")))
	var c *edit.ConflictError
	if _, err = desk.Redo(context.Background()); !errors.As(err, &c) {
		t.Errorf("%v", err)
	}
}

// A section that is in several files is edited in the right one.
func TestPartsOfASection(t *testing.T) {
	part := func(source string, ids ...string) string {
		text := "keys:\n  source: {" + source + "}\n  service_keys:\n"
		for _, id := range ids {
			text += "    - id: " + id + " # " + id[:2] + "\n      state: active\n"
		}
		return text
	}
	const a, b, c, d = "a1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214", "b1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214", "c1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214", "d1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214"
	files := map[string]string{"keys.yaml": part("method: api, parts: 3", a, b), "keys-2.yaml": part("part: 2", c), "keys-3.yaml": part("part: 3", d)}
	folder := folderOf(t, files)
	before := tree(t, folder)
	desk := deskOn(t, folder)
	names, err := desk.Files("keys")
	if err != nil || strings.Join(names, " ") != "keys.yaml keys-2.yaml keys-3.yaml" {
		t.Errorf("%v, %v", names, err)
	}
	value, err := desk.Value("keys")
	testhelp.Must(t, err)
	if id, _ := document.Lookup(value, "/service_keys/3/id"); id != d {
		t.Errorf("%v", value)
	}
	saved, err := desk.Save(context.Background(), []edit.Change{
		{Section: "keys", Pointer: "/keys/service_keys/2/state", Value: "deactivated", Was: "active"},
		{Section: "keys", Pointer: "/keys/service_keys/0", Remove: true, Was: map[string]any{"id": a, "state": "active"}},
		{Section: "keys", Pointer: "/keys/service_keys/2/state", Value: "deactivated", Was: "active"}, // of d
		{Section: "keys", Pointer: "/keys/source/collected_by", Value: "me", Was: edit.Absent},
		{Section: "keys", Pointer: "/keys/service_keys/-", Value: map[string]any{"id": a}, Was: edit.Absent},
	})
	testhelp.Must(t, err)
	after := tree(t, folder)
	for name, want := range map[string]string{
		"keys.yaml":   "keys:\n  source: {method: api, collected_by: me, parts: 3}\n  service_keys:\n    - id: " + b + " # b1\n      state: active\n",
		"keys-2.yaml": strings.Replace(part("part: 2", c), "active", "deactivated", 1),
		"keys-3.yaml": strings.Replace(part("part: 3", d), "active", "deactivated", 1) + "    - id: " + a + "\n",
	} {
		if after[name] != top+want {
			t.Errorf("%s is\n%s, wanted\n%s", name, after[name], want)
		}
	}
	if saved.Pointers[4] != "/keys/service_keys/3" {
		t.Errorf("%+v", saved)
	}
	if err := save(t, desk, edit.Change{Section: "keys", Pointer: "/keys/service_keys", Value: []any{}, Was: value.(map[string]any)["service_keys"]}); err == nil || !strings.Contains(err.Error(), "is in 3 files: change its items one by one") {
		t.Errorf("%v", err)
	}
	twice := edit.Change{Section: "keys", Pointer: "/keys/service_keys/-", Value: map[string]any{"id": b, "state": "active"}, Was: edit.Absent}
	if err := save(t, desk, twice); err == nil || !strings.Contains(err.Error(), "list each only once") {
		t.Errorf("%v", err)
	}
	_, err = desk.Undo(context.Background())
	testhelp.Must(t, err)
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, %v differ", changed)
	}
}

// What init has written is filled in, and nothing of it goes.
func TestASkeletonIsFilledIn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "e")
	desk := deskOn(t, folder)
	format, err := evidence.LoadFormat(os.DirFS("../../policies/okms"))
	testhelp.Must(t, err)
	_, err = starter.Write(starter.Kit{Format: format, Form: desk.Reader.Schema}, starter.Request{Folder: folder, Without: []string{"kmip"}})
	testhelp.Must(t, err)
	before := tree(t, folder)
	testhelp.Must(t, save(t, desk,
		edit.Change{Section: "sites", Pointer: "/sites/source", Value: map[string]any{"collected_at": "2026-11-01T09:00:00Z", "method": "statement"}, Was: edit.Absent},
		edit.Change{Section: "sites", Pointer: "/sites/sites/0/id", Value: "Lille", Was: edit.Absent},
		edit.Change{Section: "kmip", Pointer: "/kmip/object_count", Value: json.Number("0"), Was: edit.Absent},
		edit.Change{Section: "not_applicable", Pointer: "/not_applicable/0", Value: map[string]any{
			"activity": "4.2.1", "reason": "no application uses KMIP", "declared_by": "a@x.example", "approved_by": "b@x.example", "declared_on": "2026-11-01",
		}, Was: edit.Absent},
	))
	after := tree(t, folder)
	if changed := differences(before, after); strings.Join(changed, " ") != "kmip.yaml not-applicable.yaml sites.yaml" {
		t.Errorf("%v were changed", changed)
	}
	added := "sites:\n  source:\n    method: statement\n    collected_at: 2026-11-01T09:00:00Z\n  sites:\n    - id: Lille\n"
	if text := after["sites.yaml"]; strings.Replace(text, added, "", 1) != before["sites.yaml"] || !strings.Contains(text, "as the API spells it.\n"+added) {
		t.Errorf("%s", text)
	}
	if text := after["kmip.yaml"]; !strings.HasPrefix(text, "# yaml-language-server: $schema=evidence.schema.json\napi_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service:\n    id: ") ||
		!strings.HasSuffix(text, "kmip:\n  object_count: 0\n") {
		t.Errorf("%s", text)
	}
	if text := after["not-applicable.yaml"]; !strings.Contains(text, "not_applicable:\n  - activity: 4.2.1\n") && !strings.Contains(text, "not_applicable:\n  - activity: \"4.2.1\"\n    reason: no application uses KMIP\n") {
		t.Errorf("%s", text)
	}
}

func TestRefusals(t *testing.T) {
	for label, test := range map[string]struct {
		files map[string]string
		c     edit.Change
		says  string
	}{
		"no section":           {nil, edit.Change{Section: "doors", Pointer: "/doors/a", Value: "x"}, `the evidence has no section "doors"`},
		"the kind":             {nil, edit.Change{Section: "kind", Pointer: "/kind", Value: "x"}, `the evidence has no section "kind"`},
		"another section":      {nil, edit.Change{Section: "people", Pointer: "/sites/a", Value: "x"}, `"/sites/a" is no pointer into people`},
		"an unknown field":     {nil, edit.Change{Section: "people", Pointer: "/people/people/0/nam", Value: "x", Was: edit.Absent}, "people.yaml:9:7: unknown field"},
		"a wrong type":         {nil, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: true, Was: "A"}, "people.yaml:8:"},
		"blank":                {nil, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "  ", Was: "A"}, "people.yaml:8:13: the text is only white space"},
		"a control character":  {nil, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "a\x00", Was: "A"}, "people.yaml:8:7: people/people/0/name: the text contains a control character"},
		"in a text":            {nil, edit.Change{Section: "people", Pointer: "/people/people/0/name/x", Value: "a", Was: edit.Absent}, "people.yaml:8:7: there is a text or a number here"},
		"by hand":              {map[string]string{"people.yaml": "people:\n  people:\n    - id: |\n        a@x.example"}, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "A", Was: edit.Absent}, "people.yaml:6:7: the YAML is written in a way that cannot be edited here without changing something else: change /people/people/0/name by hand"},
		"a section in no file": {map[string]string{"people.yaml": people, "x.yaml": "a: [\n"}, edit.Change{Section: "sites", Pointer: "/sites/source/method", Value: "api", Was: edit.Absent}, "x.yaml:"},
		"twice":                {map[string]string{"people.yaml": people, "x.yaml": people}, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}, "x.yaml:4:1: section people is already given in people.yaml: keep one of them"},
		"two services":         {map[string]string{"people.yaml": people, "x.yaml": strings.Replace(top, "c41f", "d41f", 1)}, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}, "x.yaml:3:22: the folder has evidence of several services"},
		"no evidence":          {map[string]string{"x.yaml": "api_version: x\n"}, edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}, "no evidence in "},
		"of another kind":      {map[string]string{"people.yaml": people, "sites.yaml": "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n"}, edit.Change{Section: "sites", Pointer: "/sites/source/method", Value: "api", Was: edit.Absent}, "sites.yaml:2:1: this file is to have the section sites, and is of another kind"},
		"an item of no list":   {nil, edit.Change{Section: "sites", Pointer: "/sites/sites/3/id", Value: "x", Was: edit.Absent}, "/sites/sites has no item 3"},
	} {
		t.Run(label, func(t *testing.T) {
			if test.files == nil {
				test.files = map[string]string{"people.yaml": people}
			}
			folder := folderOf(t, test.files)
			before := tree(t, folder)
			err := save(t, deskOn(t, folder), edit.Change{Section: "people", Pointer: "/people/people/2/name", Value: "C2", Was: "C"}, test.c)
			if label == "by hand" || label == "no evidence" {
				err = save(t, deskOn(t, folder), test.c)
			}
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("%v", err)
			}
			var invalid document.Errors
			if errors.As(err, &invalid) && test.c.Section == "people" && test.files["x.yaml"] == "" && invalid[0].Pointer != test.c.Pointer {
				t.Errorf("it is at %q", invalid[0].Pointer)
			}
			if changed := differences(before, tree(t, folder)); len(changed) > 0 {
				t.Errorf("%v were changed", changed)
			}
		})
	}
}

// A key may really be named TODO, as raw answers that are kept prove. They prove nothing that a person writes.
func TestPlaceholdersThatAnswersProve(t *testing.T) {
	const a, b = "a1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214", "b1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214"
	text := `keys:
  source:
    method: api
    artifact: {path: collected/keys.json, sha256: "` + strings.Repeat("0", 64) + `", derivation: {readers: [okms]}}
  service_keys:
    - id: ` + a + `
      name: cards
    - id: ` + b + `
      name: TODO
`
	list, err := placeholder.New(map[string]any{"placeholders": []any{"todo"}})
	testhelp.Must(t, err)
	item := func(i string) string { return "/keys/service_keys/" + i }
	removed := edit.Change{Section: "keys", Pointer: item("0"), Remove: true, Was: map[string]any{"id": a, "name": "cards"}}
	for label, test := range map[string]struct {
		changes []edit.Change
		refused string // pointer
	}{
		"another field":        {[]edit.Change{{Section: "keys", Pointer: item("1/owner"), Value: "a@b.example", Was: edit.Absent}}, ""},
		"the item before it":   {[]edit.Change{removed}, ""},
		"a second one":         {[]edit.Change{{Section: "keys", Pointer: item("0/name"), Value: "TODO", Was: "cards"}}, item("0/name")},
		"another field of it":  {[]edit.Change{{Section: "keys", Pointer: item("1/owner"), Value: "todo", Was: edit.Absent}}, item("1/owner")},
		"one that moves":       {[]edit.Change{{Section: "keys", Pointer: item("1/owner"), Value: "todo", Was: edit.Absent}, removed}, item("0/owner")},
		"another spelling":     {[]edit.Change{{Section: "keys", Pointer: item("1/name"), Value: "Todo", Was: "TODO"}}, item("1/name")},
		"without what answers": {[]edit.Change{{Section: "keys", Pointer: "/keys/source/artifact/derivation", Remove: true, Was: map[string]any{"readers": []any{"okms"}}}}, item("1/name")},
	} {
		t.Run(label, func(t *testing.T) {
			folder := folderOf(t, map[string]string{"keys.yaml": text})
			desk := deskOn(t, folder)
			desk.Reader.Placeholders, desk.Reader.Proves = list, true
			_, err := desk.Save(context.Background(), test.changes)
			var wrong document.Errors
			switch {
			case test.refused == "" && err != nil:
				t.Error(err)
			case test.refused != "" && (!errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Pointer != test.refused):
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnotherRunHasTheLock(t *testing.T) {
	folder := folderOf(t, map[string]string{"people.yaml": people})
	lock, err := safefile.Take(folder, safefile.Holder{Command: "raci-check collect"})
	testhelp.Must(t, err)
	defer lock.Release()
	var locked *safefile.LockedError
	if err := save(t, deskOn(t, folder), edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}); !errors.As(err, &locked) {
		t.Errorf("%v", err)
	}
}

func TestTheModeOfAFileIsKept(t *testing.T) {
	folder := folderOf(t, map[string]string{"people.yaml": people})
	name := filepath.Join(folder, "people.yaml")
	testhelp.Must(t, os.Chmod(name, 0o640))
	desk := deskOn(t, folder)
	change := edit.Change{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}
	testhelp.Must(t, save(t, desk, change))
	_, err := desk.Undo(context.Background())
	testhelp.Must(t, err)
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Error(info.Mode(), err)
	}
	testhelp.Must(t, os.Chmod(name, 0o440))
	if err := save(t, desk, change); err == nil || !strings.Contains(err.Error(), "people.yaml:1:1: this file is read-only: make it writable first") {
		t.Errorf("%v", err)
	}
	testhelp.Must(t, os.Rename(name, filepath.Join(t.TempDir(), "p")))
	testhelp.Put(t, filepath.Join(folder, "elsewhere", "p"), top+people)
	testhelp.Must(t, os.Symlink(filepath.Join("elsewhere", "p"), name))
	if err := save(t, desk, change); err == nil || !strings.Contains(err.Error(), "people.yaml:1:1: this file is a link") {
		t.Errorf("%v", err)
	}
}

func TestACancelledSaveWritesNothing(t *testing.T) {
	folder := folderOf(t, map[string]string{"people.yaml": people})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	desk := deskOn(t, folder)
	if _, err := desk.Save(ctx, []edit.Change{{Section: "people", Pointer: "/people/people/0/name", Value: "B", Was: "A"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if text := tree(t, folder)["people.yaml"]; text != top+people || desk.CanUndo() {
		t.Errorf("%s", text)
	}
}

func TestMetadataIsChangedInEachFile(t *testing.T) {
	folder := folderOf(t, map[string]string{"people.yaml": people, "a.yaml": "sites:\n  sites: []\n"})
	desk := deskOn(t, folder)
	const other = "d41f9d7e-6b0d-4f37-9d52-80a7a3f6e214"
	saved, err := desk.Save(context.Background(), []edit.Change{
		{Section: "metadata", Pointer: "/metadata/service/id", Value: other, Was: "c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214"},
		{Section: "metadata", Pointer: "/metadata/service/name", Value: "prod", Was: edit.Absent},
	})
	testhelp.Must(t, err)
	after := tree(t, folder)
	if len(saved.Files) != 2 || !strings.Contains(after["a.yaml"], "{id: "+other+", name: prod}") || !strings.Contains(after["people.yaml"], "{id: "+other+"}") {
		t.Errorf("%+v\n%v", saved, after)
	}
}
