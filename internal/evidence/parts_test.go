package evidence_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

const (
	firstDoors  = head + "doors:\n  source: {method: api, parts: 3}\n  count: 5\n  all: [{id: a}, {id: b}]\n"
	secondDoors = head + "doors:\n  source: {part: 2}\n  all: [{id: c}, {id: d}]\n"
	thirdDoors  = head + "doors:\n  source: {part: 3}\n  all:\n    - {id: e, name: east}\n"
)

// A list in several files is one list, in the order of the parts and not of the names, and each item keeps its place.
func TestPartsAreOneList(t *testing.T) {
	sets, err := read(t, map[string]string{"e/doors.yaml": firstDoors, "e/doors-2.yaml": secondDoors, "e/a.yaml": thirdDoors})
	if err != nil {
		t.Fatal(err)
	}
	set := sets[0]
	var ids []string
	list, _ := document.Lookup(set.Value, "/doors/all")
	for _, item := range list.([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	if got := strings.Join(ids, ""); got != "abcde" {
		t.Errorf("items %s", got)
	}
	if parts, isSeen := document.Lookup(set.Value, "/doors/source/parts"); isSeen {
		t.Errorf("policies would see %v parts", parts)
	}
	if len(set.Files) != 3 || len(set.Sections) != 1 || set.Sections[0].File != "e/doors.yaml" || set.Sections[0].Method != "api" {
		t.Errorf("files %v, sections %v", set.Files, set.Sections)
	}
	if files := set.FilesOf("doors"); !slices.Equal(files, []string{"e/doors.yaml", "e/doors-2.yaml", "e/a.yaml"}) || len(set.FilesOf("windows")) > 0 {
		t.Errorf("in the files %q", files)
	}
	for pointer, want := range map[string]verdict.Location{
		"/doors/count":      {File: "e/doors.yaml", Line: 7, Column: 3},
		"/doors/all/1/id":   {File: "e/doors.yaml", Line: 8, Column: 19},
		"/doors/all/2":      {File: "e/doors-2.yaml", Line: 7, Column: 9},
		"/doors/all/3/id":   {File: "e/doors-2.yaml", Line: 7, Column: 19},
		"/doors/all/4/name": {File: "e/a.yaml", Line: 8, Column: 15},
		"/doors/all":        {File: "e/doors.yaml", Line: 8, Column: 3},
	} {
		if at := set.Locate(pointer); at != want {
			t.Errorf("%s is at %v, wanted %v", pointer, at, want)
		}
	}
	if doc, pointer := set.Within("/doors/all/4/name"); doc.Name() != "e/a.yaml" || pointer != "/doors/all/0/name" {
		t.Errorf("%s in %s", pointer, doc.Name())
	}
}

// A part that is absent, or one too many, is an error: a list that is cut proves nothing.
func TestPartsAreAllThere(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a part is absent":   {map[string]string{"e/1.yaml": firstDoors, "e/3.yaml": thirdDoors}, "e/1.yaml:6:25: the section doors is in 3 files, and part 2 is not there: restore it, or collect again"},
		"the last is absent": {map[string]string{"e/1.yaml": firstDoors, "e/2.yaml": secondDoors}, "e/1.yaml:6:25: the section doors is in 3 files, and part 3 is not there"},
		"all others are":     {map[string]string{"e/1.yaml": firstDoors}, "part 2 is not there: restore it, or collect again\ne/1.yaml:6:25: the section doors is in 3 files, and part 3"},
		"a number with a point": {map[string]string{"e/1.yaml": strings.Replace(firstDoors, "3}", "3.0}", 1), "e/2.yaml": strings.Replace(secondDoors, "2}", "2e0}", 1)},
			"e/1.yaml:6:25: the section doors is in 3 files, and part 3 is not there"},
		"the first is": {map[string]string{"e/2.yaml": secondDoors}, "e/2.yaml:6:12: this is part 2 of the section doors, and no file has the first part: restore it, or collect again"},
		"a part twice": {map[string]string{"e/1.yaml": firstDoors, "e/2.yaml": secondDoors, "e/2b.yaml": secondDoors, "e/3.yaml": thirdDoors}, "e/2b.yaml:6:12: part 2 of the section doors is already given in e/2.yaml"},
		"one too many": {map[string]string{"e/1.yaml": strings.Replace(firstDoors, "3}", "2}", 1), "e/2.yaml": secondDoors, "e/3.yaml": thirdDoors},
			"e/3.yaml:6:12: this is part 3 of the section doors, and by e/1.yaml there are 2: delete what is left of an earlier collection, or collect again"},
		"the first counts none": {map[string]string{"e/1.yaml": strings.Replace(firstDoors, ", parts: 3", "", 1), "e/2.yaml": secondDoors}, "e/2.yaml:6:12: this is part 2 of the section doors, and by e/1.yaml there are 1"},
		"a count in a part": {map[string]string{"e/1.yaml": firstDoors, "e/2.yaml": secondDoors + "  count: 9\n", "e/3.yaml": thirdDoors},
			"e/2.yaml:8:3: a part of a section has lists and the number of the part alone: write this into e/1.yaml"},
		"a source in a part": {map[string]string{"e/1.yaml": firstDoors, "e/2.yaml": strings.Replace(secondDoors, "part: 2", "part: 2, method: api", 1), "e/3.yaml": thirdDoors},
			"e/2.yaml:6:3: a part of a section has lists and the number of the part alone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, test.files)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwanted\n%s", err, test.want)
			}
		})
	}
}

// What is an error within a file is one between the parts too: a set has an item once. A list that is no set may repeat items.
func TestPartsOfASet(t *testing.T) {
	compiled, err := schema.Compile("evidence", []byte(strings.Replace(form, `"properties": {"count": {"type": "integer"}}`,
		`"properties": {"all": {"type": "array", "uniqueItems": true}, "names": {"type": "array"}}`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"e/1.yaml": firstDoors + "  names: [a, a]\n", "e/2.yaml": secondDoors + "  names: [a]\n", "e/3.yaml": strings.Replace(thirdDoors, "id: e, name: east", "id: b", 1),
	})
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}
	const want = "e/3.yaml:8:7: this item is the same as the one at e/1.yaml:8: list each only once"
	if _, _, err := reader.Read([]string{"e"}); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwanted\n%s", err, want)
	}
}
