package consistency_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
)

// What is gone is not what is there, a number stands for one event, and nothing leads back to itself.
func TestWhatStandsAlone(t *testing.T) {
	compiled, err := consistency.Compile(plain(t, `{"properties": {
		"shelf": {"properties": {"books": {"items": {"properties": {
			"id": {"x-id": "book"}, "quotes": {"x-ref": {"to": ["book"], "acyclic": true}, "items": {}}, "after": {"x-ref": {"to": ["book"], "acyclic": true}}}}}, "maps": {"items": {"properties": {"id": {"x-id": "map"}}}}}},
		"waste": {"properties": {"pulped": {"items": {"properties": {
			"title": {"x-unlike": ["book"]}, "slip": {"x-number": {"kind": "slip", "on": "day", "days": 7}}, "day": {"format": "date"}}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if problems := compiled.Verify(nil); len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, test := range map[string]struct {
		evidence string
		wanted   []string
	}{
		"nothing": {`{}`, nil},
		"a chain": {`{"shelf": {"books": [{"id": "a", "quotes": ["b", "c"]}, {"id": "b", "quotes": ["c"], "after": "a"}, {"id": "c"}]}}`, nil},
		"a cycle": {
			`{"shelf": {"books": [{"id": "a", "quotes": ["b"]}, {"id": "b", "quotes": ["C"]}, {"id": "c", "quotes": ["a"]}, {"id": "d", "quotes": ["a"]}]}}`,
			[]string{"names_itself /shelf/books/0/quotes/0", "names_itself /shelf/books/1/quotes/0", "names_itself /shelf/books/2/quotes/0"},
		},
		"a cycle of single texts": {
			`{"shelf": {"books": [{"id": "a", "after": "b"}, {"id": "b", "after": "a"}]}}`,
			[]string{"names_itself /shelf/books/0/after", "names_itself /shelf/books/1/after"},
		},
		"a UUID of two kinds": {
			`{"shelf": {"books": [{"id": "0b1e2c3d-0000-4000-8000-000000000001"}], "maps": [{"id": "0B1E2C3D-0000-4000-8000-000000000001"}, {"id": "m"}]}}`,
			[]string{"same_id /shelf/maps/0/id"},
		},
		"what is gone and there": {`{"shelf": {"books": [{"id": "a"}]}, "waste": {"pulped": [{"title": " A "}, {"title": "b"}]}}`, []string{"still_there /waste/pulped/0/title"}},
		"a slip of one load":     {`{"waste": {"pulped": [{"slip": "S-1", "day": "2026-03-01"}, {"slip": "s-1", "day": "2026-03-08"}, {"slip": "S-1"}]}}`, nil},
		"a slip of two loads": {
			`{"waste": {"pulped": [{"slip": "S-1", "day": "2026-03-01"}, {"slip": "s-1", "day": "2026-03-09"}]}}`, []string{"number_of_another /waste/pulped/1/slip"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var contradictions []string
			for _, section := range compiled.Check(plain(t, test.evidence), consistency.Settings{}).Contradictions {
				for _, c := range section.([]any) {
					fields := c.(map[string]any)
					contradictions = append(contradictions, fields["condition"].(string)+" "+fields["pointer"].(string))
				}
			}
			slices.Sort(contradictions)
			if !slices.Equal(contradictions, test.wanted) {
				t.Errorf("found %q, expected is %q", contradictions, test.wanted)
			}
		})
	}
	if _, err := consistency.Compile(plain(t, `{"properties": {"a": {"x-number": {"kind": "slip", "on": "day", "days": "few"}}}}`)); err == nil || !strings.Contains(err.Error(), "x-number.days") {
		t.Errorf("error %v about x-number.days is expected", err)
	}
}

// What of the rights does not fit is a contradiction of the section where it stands.
func TestMisfitsAreContradictions(t *testing.T) {
	compiled, err := consistency.Compile(plain(t, `{"properties": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	rights := consistency.Settings{Rights: func(map[string]any) consistency.Rights {
		return consistency.Rights{Misfits: []consistency.Contradiction{{Condition: "idle_action", Pointer: "/iam/policies/0/allow/1", Values: map[string]any{"text": "x"}}}}
	}}
	got := compiled.Check(plain(t, `{}`), rights).Contradictions["iam"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["condition"] != "idle_action" {
		t.Errorf("contradictions are %v", got)
	}
}
