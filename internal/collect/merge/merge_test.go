package merge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"raci-check/internal/collect/collecttest"
	"raci-check/internal/collect/merge"
)

// section is the section of keys.
func section(t *testing.T) merge.Section {
	t.Helper()
	_, root := collecttest.Format(t)
	return merge.Section{Root: root, Form: root.Properties.Forms["keys"], Name: "keys"}
}

func fields(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestJoinAndMerge(t *testing.T) {
	s := section(t)
	api := merge.Facts{Source: "okms", Fields: fields(t, `{"service_keys": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}]}`)}
	register := merge.Facts{Source: "file", Joins: []string{"/keys/service_keys"}, Fields: fields(t, `{"service_keys": [{"id": "a", "state": "compromised", "owner": "Ada"}, {"id": "z", "owner": "Zoe"}]}`)}
	for name, test := range map[string]struct {
		facts               []merge.Facts
		written, last, want string
		notes               []string
	}{
		"what a register adds": {[]merge.Facts{register, api}, `{}`, `{}`,
			`{"service_keys": [{"id": "a", "owner": "Ada", "state": "active"}, {"id": "b", "state": "active"}]}`,
			[]string{"differs from a source that takes precedence", "1 items of file are left out"}},
		"what a person wrote stays": {[]merge.Facts{api}, `{"service_keys": [{"id": "a", "purpose": "database"}, {"id": "own"}]}`, `{"service_keys": [{"id": "a"}]}`,
			`{"service_keys": [{"id": "a", "purpose": "database", "state": "active"}, {"id": "b", "state": "active"}, {"id": "own"}]}`,
			[]string{"/keys/service_keys/own: unchanged: no source ever returned it"}},
		"what is gone goes": {[]merge.Facts{api}, `{"service_keys": [{"id": "c", "purpose": "old"}]}`, `{"service_keys": [{"id": "c"}]}`,
			`{"service_keys": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}]}`,
			[]string{"/keys/service_keys/c: removed: it is no longer in the sources"}},
		"a list that only people keep": {[]merge.Facts{register}, `{"service_keys": [{"id": "a", "state": "active"}, {"id": "b"}]}`, `{"service_keys": [{"id": "b", "owner": "Bob"}]}`,
			`{"service_keys": [{"id": "a", "owner": "Ada", "state": "compromised"}, {"id": "b"}]}`,
			[]string{"1 items are left out: neither another source nor the evidence lists them", "becomes"}},
	} {
		t.Run(name, func(t *testing.T) {
			joined, err := s.Join(test.facts)
			if err != nil {
				t.Fatal(err)
			}
			merged, notes := s.Merge(fields(t, test.written), fields(t, test.last), joined)
			got, err := json.Marshal(merged)
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(fields(t, test.want))
			if err != nil || string(got) != string(want) {
				t.Errorf("merged %s\nwant   %s (%v)", got, want, err)
			}
			all := strings.Join(append(joined.Notes, notes...), "\n")
			for _, note := range test.notes {
				if !strings.Contains(all, note) {
					t.Errorf("no note says %q, they say:\n%s", note, all)
				}
			}
		})
	}
}

func TestItemsThatCannotBeToldApartAreAnError(t *testing.T) {
	_, err := section(t).Join([]merge.Facts{{Source: "okms", Fields: fields(t, `{"service_keys": [{"id": "a"}, {"id": "a"}]}`)}})
	if err == nil || !strings.Contains(err.Error(), `/keys/service_keys: okms: two items have the id "a"`) {
		t.Errorf("err = %v", err)
	}
}
