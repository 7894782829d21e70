package document_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// An object that has a name twice says two things, and is refused at the second; the same name in other objects is none.
func TestNamesAreUnique(t *testing.T) {
	many := ""
	for i := range 60 {
		many += fmt.Sprintf(`"n%d": {"n%d": %d}, `, i, i, i)
	}
	for text, want := range map[string]string{
		`{"a": 1, "b": {"a": [{"a": "a"}, {"a": "b"}]}, "c": "a"}`: "",
		`[{"a": 1}, {"a": 2}, "a", "a"]`:                           "",
		`{"a": "x\\", "b": "\"c\": ", "c": {}}`:                    "",
		"{" + many + `"z": 1}`:                                     "",
		`"a"`:                                                      "",
		`{}`:                                                       "",
		"\ufeff{\"a\": 1,\n \"a\": 2}":                             `f:2:2: an object has the name "a" twice`,
		`[{"x": {"a": [], "b": {"c": 1}, "a": []}}]`:               `f:1:33: an object has the name "a" twice`,
		`{"a": 1, "\u0061": 2}`:                                    `f:1:10: an object has the name "a" twice`,
		"{" + many + `"n3": 1}`:                                    `an object has the name "n3" twice`,
		"{" + many + `"n59": 1}`:                                   `an object has the name "n59" twice`,
		`[{"b": 1, "c": {"d": 1, "e": 2, "f": 3}}, {"d": {"d": 1}, "e": {}, "d": null}]`: `f:1:68: an object has the name "d" twice`,
		`{"a": 1, "a": 2`: "the file is truncated",
	} {
		var value any
		err := document.DecodeUniqueJSON("f", []byte(text), &value)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

// A number written otherwise is the same one; whole numbers that differ are two, also where floating point cannot tell.
func TestSameNumber(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"1e2", "100", true}, {"0.50", "0.5", true}, {"1", "2", false}, {"1.5", "1", false},
		{"9007199254740993", "9007199254740992", false}, {"36893488147419103233", "36893488147419103232", false},
	} {
		if got := document.SameNumber(json.Number(test.a), json.Number(test.b)); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
