package document

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

func TestPointerAndSplitAreInverse(t *testing.T) {
	for pointer, parts := range map[string][]string{
		"":               nil,
		"/":              {""},
		"/a/0":           {"a", "0"},
		"/a~1b/m~0n/~01": {"a/b", "m~n", "~1"},
		"//x":            {"", "x"},
	} {
		if got := Pointer(parts...); got != pointer {
			t.Errorf("Pointer(%q) is %q, wanted %q", parts, got, pointer)
		}
		got, err := Split(pointer)
		if err != nil || !slices.Equal(got, parts) {
			t.Errorf("Split(%q) is %q, %v, wanted %q", pointer, got, err, parts)
		}
	}
}

func TestSplitRefusesWhatIsNoPointer(t *testing.T) {
	for _, pointer := range []string{"a", "a/b", "/~", "/a~2", "/a~", "#/a"} {
		if parts, err := Split(pointer); err == nil {
			t.Errorf("Split(%q) is %q", pointer, parts)
		}
	}
}

const placeDocument = `# about
name: x
jobs:
- id: a
  runs: [1, 2]
-   id: b
"a/b": {c~d: 1}
none:
`

// Reports show a place with the separator that all systems share; an error names the file as its user did.
func TestAPlaceIsTheSameOnEverySystem(t *testing.T) {
	name := filepath.Join("evidence", "keys.yaml")
	doc, err := Parse(name, []byte(placeDocument), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if place := doc.Location("/jobs/1").String(); place != "evidence/keys.yaml:6:5" {
		t.Errorf("the place is %s", place)
	}
	if problem := doc.Errorf("/jobs/1", "wrong"); problem.Error() != name+":6:5: wrong" || problem.Pointer != "/jobs/1" {
		t.Errorf("the error is %v, at %s", problem, problem.Pointer)
	}
}

func TestLookup(t *testing.T) {
	doc, err := parse(placeDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pointer string
		want    any
		exists  bool
	}{
		{"/name", "x", true},
		{"/jobs/0/runs/1", json.Number("2"), true},
		{"/jobs/1/id", "b", true},
		{"/a~1b/c~0d", json.Number("1"), true},
		{"/none", nil, true},
		{"/nothing", nil, false},
		{"/jobs/2", nil, false},
		{"/jobs/-1", nil, false},
		{"/jobs/01", nil, false},
		{"/jobs/+1", nil, false},
		{"/jobs/-", nil, false},
		{"/name/x", nil, false},
		{"/none/x", nil, false},
		{"name", nil, false},
	} {
		got, exists := doc.Lookup(test.pointer)
		if exists != test.exists || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v %v, wanted %v %v", test.pointer, got, exists, test.want, test.exists)
		}
	}
	if whole, exists := doc.Lookup(""); !exists || !reflect.DeepEqual(whole, doc.Value()) {
		t.Error("the empty pointer is not the document")
	}
}

func TestPosition(t *testing.T) {
	doc, err := parse(placeDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pointer    string
		key, value Position
	}{
		{"", Position{2, 1}, Position{2, 1}},
		{"/name", Position{2, 1}, Position{2, 7}},
		{"/jobs", Position{3, 1}, Position{4, 1}},
		{"/jobs/0", Position{4, 3}, Position{4, 3}},
		{"/jobs/0/runs", Position{5, 3}, Position{5, 9}},
		{"/jobs/0/runs/1", Position{5, 13}, Position{5, 13}},
		{"/jobs/1", Position{6, 5}, Position{6, 5}},
		{"/a~1b/c~0d", Position{7, 9}, Position{7, 14}},
		// what is not there stands where the nearest part above stands
		{"/nothing", Position{2, 1}, Position{2, 1}},
		{"/jobs/0/restore_test/performed_at", Position{4, 3}, Position{4, 3}},
		{"/jobs/7/id", Position{3, 1}, Position{4, 1}},
		{"/name/x", Position{2, 1}, Position{2, 7}},
		{"no pointer", Position{2, 1}, Position{2, 1}},
	} {
		if got := doc.Position(test.pointer); got != test.key {
			t.Errorf("%s stands at %v, wanted %v", test.pointer, got, test.key)
		}
		if got := doc.ValuePosition(test.pointer); got != test.value {
			t.Errorf("the value of %s stands at %v, wanted %v", test.pointer, got, test.value)
		}
	}
}

func TestPositionCountsCharacters(t *testing.T) {
	doc, err := parse("\uFEFF\"é🔑\": {a: 1}\r\nb: [\"🔑\", x]\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Position("/é🔑/a"); got != (Position{1, 8}) {
		t.Errorf("a stands at %v", got)
	}
	if got := doc.Position("/b/1"); got != (Position{2, 10}) {
		t.Errorf("x stands at %v", got)
	}
}
