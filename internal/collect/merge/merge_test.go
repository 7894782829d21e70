package merge_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/merge"
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

// trial joins facts and merges them with what is written; last is what was collected before.
type trial struct {
	facts               []merge.Facts
	written, last, want string
	notes               []string
}

// check compares what is merged, and what is noted, with what the trial expects.
func (trial trial) check(t *testing.T, s merge.Section) (merged map[string]any, joined merge.Joined) {
	t.Helper()
	joined, err := s.Join(trial.facts)
	if err != nil {
		t.Fatal(err)
	}
	merged, notes := s.Merge(fields(t, trial.written), fields(t, trial.last), joined)
	got, err := json.Marshal(merged)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(fields(t, trial.want))
	if err != nil || string(got) != string(want) {
		t.Errorf("merged %s\nwant   %s (%v)", got, want, err)
	}
	all := strings.Join(append(joined.Notes, notes...), "\n")
	for _, note := range trial.notes {
		if !strings.Contains(all, note) {
			t.Errorf("no note says %q, they say:\n%s", note, all)
		}
	}
	return merged, joined
}

func TestJoinAndMerge(t *testing.T) {
	s := section(t)
	api := merge.Facts{Source: "okms", Fields: fields(t, `{"service_keys": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}]}`)}
	register := merge.Facts{Source: "file", Joins: []string{"/keys/service_keys"}, Fields: fields(t, `{"service_keys": [{"id": "a", "state": "compromised", "owner": "Ada"}, {"id": "z", "owner": "Zoe"}]}`)}
	for name, test := range map[string]trial{
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
		"a list that nobody keeps":                    {[]merge.Facts{register}, `{}`, `{}`, `{}`, []string{"2 items are left out: neither another source nor the evidence lists them"}},
		"a list that nobody keeps, and that is empty": {[]merge.Facts{{Source: "file", Joins: register.Joins, Fields: fields(t, `{"service_keys": []}`)}}, `{}`, `{}`, `{}`, nil},
		"an empty list of a person":                   {[]merge.Facts{register}, `{"service_keys": []}`, `{}`, `{"service_keys": []}`, nil},
		"an empty list of a source":                   {[]merge.Facts{{Source: "okms", Fields: fields(t, `{"service_keys": []}`)}}, `{}`, `{}`, `{"service_keys": []}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			test.check(t, s)
		})
	}
}

// An item that one source tells is joined as it is; what another adds to it does not change what the first one told.
func TestJoiningChangesNoFacts(t *testing.T) {
	const reported = `{"service_keys": [{"id": "a", "state": "active"}]}`
	api := merge.Facts{Source: "okms", Fields: fields(t, reported)}
	register := merge.Facts{Source: "file", Joins: []string{"/keys/service_keys"}, Fields: fields(t, `{"service_keys": [{"id": "a", "owner": "Ada"}]}`)}
	joined, err := section(t).Join([]merge.Facts{api, register})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fields(t, reported), api.Fields); diff != "" {
		t.Errorf("(-expected +got)\n%s", diff)
	}
	if diff := cmp.Diff(any(fields(t, `{"service_keys": [{"id": "a", "state": "active", "owner": "Ada"}]}`)), joined.Value); diff != "" {
		t.Errorf("(-expected +got)\n%s", diff)
	}
}

// A source that lists less than another one counts does not hide what it lacks, whichever is believed.
func TestTheLargerCountIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		first, second string
		want          int
	}{
		"the second counts more": {`{"service_key_count": 2}`, `{"service_key_count": 3}`, 3},
		"the first counts more":  {`{"service_key_count": 3}`, `{"service_key_count": 2}`, 3},
		"both count alike":       {`{"service_key_count": 3}`, `{"service_key_count": 3}`, 3},
		"one counts":             {`{}`, `{"service_key_count": 3}`, 3},
	} {
		joined, err := section(t).Join([]merge.Facts{{Source: "okms", Fields: fields(t, test.first)}, {Source: "ovhcloud", Fields: fields(t, test.second)}})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(joined.Value.(map[string]any)["service_key_count"])
		if got != strconv.Itoa(test.want) || (test.first != test.second && test.first != "{}") != (len(joined.Notes) == 1) {
			t.Errorf("%s: %s, expected %d, notes %q", name, got, test.want, joined.Notes)
		}
	}
}

func TestItemsThatCannotBeToldApartAreAnError(t *testing.T) {
	_, err := section(t).Join([]merge.Facts{{Source: "okms", Fields: fields(t, `{"service_keys": [{"id": "a"}, {"id": "a"}]}`)}})
	if err == nil || !strings.Contains(err.Error(), `/keys/service_keys: okms: two items have the id "a"`) {
		t.Errorf("err = %v", err)
	}
}

// A person whom two sources know by different names is one person, and two persons stay two.
func TestPeopleAreJoinedByTheirNames(t *testing.T) {
	_, root := collecttest.Format(t)
	s := merge.Section{Root: root, Form: root.Properties.Forms["people"], Name: "people"}
	account := merge.Facts{Source: "ovhcloud", Extends: []string{"/people/people"},
		Fields: fields(t, `{"people": [{"id": "Ada@x.example", "logins": ["ada", "adm-ada"], "addresses": ["Ada@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`)}
	personnel := merge.Facts{Source: "file",
		Fields: fields(t, `{"person_count": 2, "people": [{"id": "E1", "name": "Ada", "addresses": ["ada@x.example", "ada@y.example"]}, {"id": "E2", "name": "Bob", "addresses": ["bob@x.example"]}]}`)}
	directory := merge.Facts{Source: "file-2", Joins: []string{"/people/people"},
		Fields: fields(t, `{"people": [{"id": "bob@x.example", "logins": ["bob"]}, {"id": "ada@y.example", "logins": ["ada.l"]}, {"id": "zoe@x.example", "logins": ["zoe"]}]}`)}
	for name, test := range map[string]trial{
		"the personnel list names them": {[]merge.Facts{account, personnel, directory}, `{}`, `{}`,
			`{"person_count": 2, "people": [{"id": "E1", "name": "Ada", "logins": ["ada", "adm-ada", "ada.l"], "addresses": ["ada@x.example", "ada@y.example"]},
				{"id": "E2", "name": "Bob", "logins": ["bob"], "addresses": ["bob@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`,
			[]string{"1 items of file-2 are left out"}},
		"the account alone": {[]merge.Facts{account}, `{}`, `{}`,
			`{"people": [{"id": "Ada@x.example", "logins": ["ada", "adm-ada"], "addresses": ["Ada@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`, nil},
		"whom people wrote": {[]merge.Facts{account}, `{"people": [{"id": "7", "name": "Ada", "role": "lead", "addresses": ["ada@x.example", "ada@home.example"]}]}`, `{}`,
			`{"people": [{"id": "7", "name": "Ada", "role": "lead", "logins": ["ada", "adm-ada"], "addresses": ["ada@x.example", "ada@home.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`, nil},
		"a login that is gone, and one that people added": {[]merge.Facts{account},
			`{"people": [{"id": "7", "logins": ["ada", "old-ada", "own"], "addresses": ["Ada@x.example"]}]}`, `{"people": [{"id": "Ada@x.example", "logins": ["ada", "old-ada"], "addresses": ["Ada@x.example"]}]}`,
			`{"people": [{"id": "7", "logins": ["ada", "own", "adm-ada"], "addresses": ["Ada@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`, nil},
		"one who has left the sources": {[]merge.Facts{account}, `{"people": [{"id": "7", "addresses": ["gone@x.example"]}]}`, `{"people": [{"id": "gone@x.example", "addresses": ["gone@x.example"]}]}`,
			`{"people": [{"id": "Ada@x.example", "logins": ["ada", "adm-ada"], "addresses": ["Ada@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`,
			[]string{"/people/people/7: removed"}},
		"a name of two": {[]merge.Facts{{Source: "file", Fields: fields(t, `{"people": [{"id": "E1", "addresses": ["team@x.example"]}, {"id": "E2", "addresses": ["team@x.example"]}]}`)},
			{Source: "ovhcloud", Extends: []string{"/people/people"}, Fields: fields(t, `{"people": [{"id": "team@x.example", "logins": ["team"]}]}`)}}, `{}`, `{}`,
			`{"people": [{"id": "E1", "addresses": ["team@x.example"]}, {"id": "E2", "addresses": ["team@x.example"]}, {"id": "team@x.example", "logins": ["team"]}]}`,
			[]string{"/people/people/team@x.example: ovhcloud gives it a name that several items have"}},
		"two of one list, who share a name of one in another": {[]merge.Facts{{Source: "file", Fields: fields(t, `{"people": [{"id": "team@x.example", "addresses": ["team@x.example"]}]}`)},
			{Source: "file-2", Fields: fields(t, `{"people": [{"id": "E1", "addresses": ["team@x.example"]}, {"id": "E2", "addresses": ["team@x.example"]}]}`)}}, `{}`, `{}`,
			`{"people": [{"id": "E2", "addresses": ["team@x.example"]}, {"id": "team@x.example", "addresses": ["team@x.example"]}]}`,
			[]string{"/people/people/E2: file-2 gives it a name that several items have"}},
		"two users of one": {[]merge.Facts{{Source: "file", Fields: fields(t, `{"people": [{"id": "E1", "addresses": ["a@x.example", "b@x.example"]}]}`)},
			{Source: "ovhcloud", Extends: []string{"/people/people"}, Fields: fields(t, `{"people": [{"id": "a@x.example", "logins": ["a"], "addresses": ["a@x.example"]}, {"id": "b@x.example", "logins": ["b"], "addresses": ["b@x.example"]}]}`)}}, `{}`, `{}`,
			`{"people": [{"id": "E1", "addresses": ["a@x.example", "b@x.example"], "logins": ["a", "b"]}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			merged, joined := test.check(t, s)
			if again, notes := s.Merge(merged, joined.Value, joined); len(notes) > 0 && strings.Contains(strings.Join(notes, ""), "becomes") {
				t.Errorf("a second run changes %v to %v: %v", merged, again, notes)
			}
		})
	}
	joined, err := s.Join([]merge.Facts{account})
	if err != nil {
		t.Fatal(err)
	}
	written := fields(t, `{"people": [{"id": "7", "logins": ["adm-ada", "ada", "own"], "addresses": ["ada@x.example"]}, {"id": "new@x.example", "logins": ["new"], "addresses": ["new@x.example"]}]}`)
	if differences := s.Differences(written, joined.Value); len(differences) > 1 || len(differences) == 1 && !strings.Contains(differences[0], "/people/people/7/id") {
		t.Errorf("what people know by other names differs: %v", differences)
	}
}
