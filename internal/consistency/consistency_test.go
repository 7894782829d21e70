package consistency_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/consistency"
)

// A library and its readers: books have shelves, are lent by people, and are repaired.
const library = `{
  "properties": {
    "metadata": {"properties": {"service": {"properties": {"id": {}, "name": {}}}}},
    "books": {"x-scope": "domain", "properties": {
      "source": {"properties": {"collected_at": {"type": "string", "format": "date-time"}}},
      "lent_30d": {"type": "integer"},
      "list": {"items": {"x-order": [["bought_on", "lent_at", "back_at"]], "x-ends": {"at": ["lost_on"], "stops": ["lent_at"]},
        "x-named": {"names": ["id", "tags"], "by": ["books/readings", "cards/list/opens"], "used": "lent_at", "days": 60, "new": "bought_on", "wait": 30, "when": {"state": ["open"]}, "absent": ["due_on"], "successor": "twin", "retiring": {"host": ["library.test"]}},
        "x-reached": {"used": "lent_at", "id": "id", "by": "cards/list/opens", "groups": "cards/rings/name/opens", "whole": "^all of {domain}$", "with": "rights", "table": "rights", "in": ["lend"]},
        "properties": {
          "id": {"x-id": "book"}, "name": {}, "state": {},
          "shelf": {"x-ref": {"to": ["shelf"], "states": ["open"], "until": "due_on", "tables": ["halls"], "matches": "^crate [0-9]+$", "where": {"floor": ["one", "two"]}}},
          "sequel": {"x-ref": {"to": ["book"], "not_after": {"bought_on": "bought_on"}}},
          "twin": {"x-ref": {"to": ["book"], "same_day": {"bought_on": "bought_on"}}},
          "prequel": {"x-ref": {"to": ["book"], "not_before": {"bought_on": "bought_on"}, "absent": ["lost_on"]}},
          "keeper": {"x-person": {"at": "reading", "active_when": {"state": ["open"]}, "slack_days": 1}},
          "lender": {"x-person": {"at": "lent_at", "or": ["robot"]}},
          "mender": {"x-person": {"at": "ever", "among": "member", "recent": {"field": "bought_on", "days": 90}}},
          "loser": {"x-person": {"at": "ever", "day": "lost_on", "when": {"state": ["lost"]}}},
          "binder": {"x-person": {"at": "sequel->lost_on"}},
          "safe": {"x-not": ["book"], "x-form": "^[a-z]+:.+$"},
          "host": {"x-not-below": "public"},
          "vault": {"x-ref": {"to": ["vault"], "always": true}},
          "cell": {"x-ref": {"to": ["vault"], "always": true, "whole": true, "part": "^(.+?)(?:/([^/]+))?$", "lists": "boxes", "where": {"fireproof": ["true"]}}},
          "box": {"x-ref": {"to": ["box"], "same": {"vault": "id"}}},
          "theft": {"x-ref": {"to": ["shelf"], "recent": {"field": "lost_on", "days": 30}}},
          "old_name": {"x-ref": {"to": ["book"], "optional": true, "states": ["lost"], "made": {"due_on": "bought_on"}}},
          "tell": {"x-route": {"dead": "dead", "public": "public", "words": "words", "domains": "books/domains", "or": ["robot"]}},
          "bound_on": {"format": "date"}, "bought_on": {"format": "date"}, "lent_at": {"format": "date-time"}, "back_at": {"format": "date-time"}, "lost_on": {"format": "date"},
          "due_on": {"format": "date", "x-future": true}
        }}},
      "reading_count": {}, "desk_count": {}, "desk": {}, "lost_count": {}, "card_count": {}, "lenders": {}, "loans_30d": {},
      "readings": {"type": "array", "items": {"type": "string"}, "x-ref": {"to": ["book"]}}
    }, "x-record": {"artifact": "source/file", "dates": ["source/collected_at"], "days": 0, "by": "clerk"}, "x-counts": [{"count": "reading_count", "of": "readings"}, {"count": "desk_count", "of": "desk"}, {"count": "lost_count", "of": {"list": "books/list", "when": {"state": ["lost"]}, "since": "bought_on"}}, {"count": "card_count", "of": {"list": "cards/list"}}],
      "x-at-least": [{"count": "lent_30d", "days": 30, "of": ["books/list/lent_at"], "each": true},
        {"count": "lenders", "of": [{"list": "cards/list", "with": "rights", "table": "rights", "in": ["lend"], "present": ["opens"], "absent": ["owner"], "unless": {"kind": ["trial"]}}]},
        {"count": "loans_30d", "days": 30, "of": [{"amount": "books/lent_30d"}, {"amount": "repairs/loans_30d"}, {"list": "cards/list", "amount": "loans"}], "each": true}],
      "x-at-most": {"count": "lenders", "of": [{"list": "cards/list"}, {"list": "people/list"}]}},
    "shelves": {"properties": {"list": {"items": {
      "x-not-above": [["boards/*/books", "most", "room"]],
      "x-fits": {"table": "woods", "by": "wood", "in": {"width": "widths", "colours": "colours"}},
      "x-never": [{"where": {"state": ["closed"], "locked": ["false"]}, "field": "key"}, {"where": {"wood": ["oak"]}, "field": "colours", "values": ["blue"]},
        {"where": {"state": ["open"]}, "field": "closes_on", "past": true}, {"where": {"state": ["closed"]}, "field": "closes_on", "future": true}],
      "properties": {"id": {"x-id": "shelf"}, "state": {}, "floor": {}, "wood": {}, "width": {"type": "integer"}, "locked": {}, "key": {}, "room": {"type": "number"}, "most": {"type": "number"},
        "colours": {"type": "array", "items": {"type": "string"}}, "front": {"x-among": "colours"}, "closes_on": {"format": "date", "x-future": 3},
        "boards": {"type": "array", "items": {"properties": {"books": {"type": "integer"}}}}}}},
      "source": {"properties": {"collected_at": {"type": "string", "format": "date-time"}}}}},
    "loans": {"properties": {"list": {"items": {
      "x-tests": [{"at": "tried_on", "when": {"kind": ["trial"]}, "of": ["/books/list"], "where": {"state": ["lost"]}, "since": ["bound_on", "bought_on"]}],
      "x-ends": [{"at": ["ended_on"], "stops": ["seen_on"], "unless": {"for": ["reading"]}, "named": ["loans/list/renews"]}],
      "properties": {"id": {"x-id": "loan"}, "kind": {}, "for": {}, "tried_on": {"format": "date"}, "ended_on": {"format": "date"}, "seen_on": {"format": "date"}, "renews": {"x-ref": {"to": ["loan"]}},
        "book": {"x-ref": {"to": ["book"], "not_before": {"tried_on": ["bought_on"]}, "not_after": {"tried_on": "lost_on"}, "slack_days": 3}},
        "by": {"x-person": {"at": "ever", "also": {"seen_on": {"kind": ["visit"]}}, "since": {"ended_on": {"kind": ["visit"]}}}, "x-with": {"of": "members/list", "by": "person", "when": {"kind": ["visit"]}, "not_before": {"seen_on": ["first_on", "joined_on"]}, "not_after": {"seen_on": "resigned_on"}}}}}}}},
    "members": {"properties": {"list": {"items": {"properties": {"person": {"x-person": {"at": "ever"}}, "first_on": {"format": "date"}, "joined_on": {"format": "date"}, "resigned_on": {"format": "date"}}}}}},
    "vaults": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "vault"}, "fireproof": {}, "boxes": {"type": "array", "items": {"type": "string"}, "x-alias": "box"}}}}}},
    "films": {"items": {"x-record": {"artifact": "file", "dates": ["shown_on"], "days": 7, "when": {"kind": ["shown", "rules"]}}, "properties": {"shown_on": {"format": "date", "x-future": true}}}},
    "rules": {"items": {"x-record": {"artifact": "file", "dates": ["set_on"], "days": 7, "document": true}, "properties": {"set_on": {"format": "date", "x-future": true}}}},
    "circle": {"properties": {"list": {"items": {"properties": {"who": {"x-alias": "member"}}}}}},
    "cards": {"properties": {"source": {"properties": {"collected_at": {"type": "string", "format": "date-time"}}}, "list": {"items": {"properties": {
      "owner": {}, "kind": {}, "loans": {},
      "rights": {"type": "array", "items": {"type": "string"}},
      "opens": {"type": "array", "items": {"type": "string"}, "x-ref": {"to": ["book"], "part": "^(?:book|{domain}) ([^ ]+)$"}}}}}}},
    "repairs": {"x-tests": [{"at": "tested_on", "of": ["books"], "since": "bought_on"}, {"at": "checked_on", "of": ["books"], "since": "bought_on", "every": true}],
      "properties": {"source": {"properties": {"collected_at": {"type": "string", "format": "date-time"}}}, "loans_30d": {}, "tested_on": {"format": "date"}, "checked_on": {"format": "date"}, "books": {"type": "array", "items": {"type": "string"}, "x-ref": {"to": ["book"]}}}},
    "audits": {"properties": {"source": {"properties": {"method": {}}}, "list": {"items": {"properties": {
      "author": {"x-person": {"at": "ever"}},
      "auditor": {"x-person": {"at": "ever"}, "x-apart": {"beside": ["author"], "from": ["books/list/keeper"], "rights": ["lend"]}},
      "witnesses": {"type": "array", "items": {"type": "string"}, "x-person": {"at": "ever"}, "x-apart": {"beside": ["author"], "from": ["audits/list/auditor"], "some": true}},
      "mailbox": {"x-apart": {"from": ["books/list/keeper"]}},
      "writer": {"x-person": {"at": "ever", "free": {"typed": ["true"]}}}, "typed": {"type": "boolean"},
      "reader": {"x-person": {"at": "ever"}, "x-apart": {"elsewhere": "nobody minds"}}}}}}},
    "people": {"x-plus-addresses": "plus", "properties": {
      "list": {"items": {"properties": {"id": {"x-id": "person"}, "logins": {"type": "array", "items": {"type": "string"}, "x-alias": "person"},
        "name": {}, "role": {}, "employer": {}, "active_from": {"format": "date", "x-future": true}, "active_until": {"format": "date", "x-future": true}}}},
      "robots": {"items": {"properties": {"id": {"x-id": "robot"}}}}}}
  }
}`

// good is evidence in which nothing contradicts anything.
const good = `{
  "metadata": {"service": {"id": "0C0FFEE0-0000-4000-8000-000000000001", "name": "reading-room"}},
  "books": {"source": {"collected_at": "2026-03-10T12:00:00Z"}, "lent_30d": 1, "list": [
    {"id": "b1", "name": "Emma", "state": "open", "shelf": "s1", "keeper": " ADA@example.test", "lender": "ada+work@example.test", "bought_on": "2026-01-05",
     "lent_at": "2026-03-01T09:00:00Z", "back_at": "2026-03-02T09:00:00Z", "due_on": "2026-04-01", "safe": "bank:lyon", "host": "library.test", "sequel": "b2", "twin": "b2",
     "vault": "cellar", "cell": "cellar/left", "box": "hall-box", "old_name": "b2", "tell": "mail:ada@example.test", "mender": "Ada"},
    {"id": "b2", "name": "Evelina", "state": "lost", "shelf": "crate 7", "keeper": "Bob", "loser": "bob", "bought_on": "2026-01-05", "lost_on": "2026-02-01", "prequel": "b1", "vault": "room/7", "cell": "room/7", "box": "x", "theft": "s9", "old_name": "b9"}
  ], "domains": ["@Library.test"], "readings": ["b1", "B2 "], "reading_count": 2, "lost_count": 1, "card_count": 2, "lenders": 1, "loans_30d": 7, "desk_count": 3, "desk": {"lamp": true}},
  "vaults": {"list": [{"id": "cellar", "fireproof": true, "boxes": ["Left", "hall-box"]}, {"id": "room/7", "boxes": ["x"]}]},
  "films": [{"kind": "shown", "shown_on": "2026-01-01", "file": {"sha256": "f1"}}, {"kind": "shown", "shown_on": "2026-01-08", "file": {"sha256": "f1"}},
    {"kind": "planned", "shown_on": "2026-08-01", "file": {"sha256": "f1"}}, {"kind": "shown", "file": {"sha256": "f1"}}],
  "rules": [{"set_on": "2026-01-03", "file": {"sha256": "r1"}}, {"set_on": "2020-01-03", "file": {"sha256": "r1"}}],
  "circle": {"list": [{"who": "ada@example.test"}]},
  "shelves": {"source": {"collected_at": "2026-03-10T12:00:00Z"}, "list": [{"id": "s1", "state": "open", "floor": "one", "wood": "oak", "width": 80, "colours": ["red"], "front": "red", "key": "k", "locked": false, "room": 9, "most": 5,
    "boards": [{"books": 4}, {"books": 5}], "closes_on": "2026-03-10"}, {"id": "s2", "state": "Closed", "floor": "one"}, {"id": "s3", "state": "open", "floor": "nine"}]},
  "loans": {"list": [
    {"id": "l1", "kind": "trial", "tried_on": "2026-01-05", "book": "b2"},
    {"id": "l2", "kind": "visit", "by": "Bob", "seen_on": "2026-01-20", "ended_on": "2026-01-20"}
  ]},
  "cards": {"list": [{"loans": 2.5, "rights": ["lend"], "opens": ["book b1", "the door"]}, {"rights": ["look"], "opens": ["book b2"]}]},
  "repairs": {"source": {"collected_at": "2026-03-09T12:00:00Z"}, "loans_30d": 9, "tested_on": "2026-01-05", "checked_on": "2026-02-01", "books": ["b1", "b2"]},
  "people": {"list": [
    {"id": "ada", "logins": ["ada@example.test"], "name": "Ada", "role": "librarian", "active_from": "2020-01-01"},
    {"id": "bob", "logins": ["bob@example.test"], "name": "Bob", "role": "The  Founder", "active_from": "2019-01-01", "active_until": "2026-02-01"}
  ], "robots": [{"id": "lending-robot"}]},
  "members": {"list": [{"person": "bob@example.test", "joined_on": "2026-01-10", "resigned_on": "2026-01-25"}, {"person": "ada", "joined_on": "2026-01-01"}]}
}`

var settings = consistency.Settings{
	Reference: map[string]any{
		"halls": map[string]any{"great-hall": "one"}, "public": []any{"mail.test"}, "words": []any{"tbd"},
		"woods":  map[string]any{"oak": map[string]any{"widths": []any{json.Number("80"), 100, 120.0}, "colours": []any{"red", "blue"}}},
		"dead":   map[string]any{"words": []any{"noreply"}, "hosts": []any{"nowhere.test"}, "schemes": []any{"file"}},
		"rights": map[string]any{"lend": map[string]any{"class": "lend", "other_spellings": []any{"loan"}}, "look": map[string]any{"class": "look"}},
	},
	Parameters: map[string]any{"plus": json.Number("1")},
}

func plain(t testing.TB, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func plan(t testing.TB) *consistency.Plan {
	t.Helper()
	compiled, err := consistency.Compile(plain(t, library))
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// said are the contradictions of evidence, one line each: pointer, condition, related pointers.
func said(result *consistency.Result) []string {
	lines := []string{}
	for _, section := range slices.Sorted(maps.Keys(result.Contradictions)) {
		for _, contradiction := range result.Contradictions[section].([]any) {
			fields := contradiction.(map[string]any)
			line := fmt.Sprint(fields["pointer"], " ", fields["condition"])
			for _, pointer := range fields["related"].([]any) {
				line += " " + pointer.(string)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestGoodEvidenceIsConsistent(t *testing.T) {
	value := plain(t, good)
	result := plan(t).Check(value, settings)
	if lines := said(result); len(lines) > 0 {
		t.Errorf("%q", lines)
	}
	if !reflect.DeepEqual(value, plain(t, good)) {
		t.Error("the evidence was changed")
	}
	for pointer, wanted := range map[[2]int]string{{0, 0}: "ada", {0, 1}: "ada"} {
		book := result.Value["books"].(map[string]any)["list"].([]any)[pointer[0]].(map[string]any)
		if person := book[[]string{"keeper", "lender"}[pointer[1]]]; person != wanted {
			t.Errorf("%v is %q", pointer, person)
		}
	}
}

// Each replacement is made in the good evidence; the lines are all that contradicts then.
func TestContradictions(t *testing.T) {
	for name, test := range map[string]struct {
		replace [][2]string
		wanted  []string
	}{
		"a name that nothing has":           {[][2]string{{`"shelf": "s1"`, `"shelf": "s9"`}}, []string{"/books/list/0/shelf unknown_reference"}},
		"a row of the reference data":       {[][2]string{{`"shelf": "s1"`, `"shelf": "Great-Hall"`}}, nil},
		"an object in another state":        {[][2]string{{`"shelf": "s1"`, `"shelf": "s2"`}}, []string{"/books/list/0/shelf wrong_state /shelves/list/1"}},
		"an object in another state, later": {[][2]string{{`"shelf": "s1"`, `"shelf": "s2"`}, {`"due_on": "2026-04-01"`, `"due_on": "2026-03-09"`}}, nil},
		"an object with another field":      {[][2]string{{`"shelf": "s1"`, `"shelf": "s3"`}}, []string{"/books/list/0/shelf unfit_object /shelves/list/2/floor"}},
		"itself":                            {[][2]string{{`"sequel": "b2"`, `"sequel": "b1"`}}, []string{"/books/list/0/sequel names_itself"}},
		"an older sequel": {[][2]string{{`"bought_on": "2026-01-05", "lost`, `"bought_on": "2026-01-04", "lost`}}, []string{
			"/books/list/0/sequel after_object /books/list/0/bought_on /books/list/1/bought_on",
			"/books/list/0/twin another_day /books/list/0/bought_on /books/list/1/bought_on"}},
		"an older object than may be": {[][2]string{{`"bought_on": "2026-01-05", "lost_on": "2026-02-01"`, `"bought_on": "2026-01-04"`}}, []string{
			"/books/list/0/sequel after_object /books/list/0/bought_on /books/list/1/bought_on",
			"/books/list/0/twin another_day /books/list/0/bought_on /books/list/1/bought_on",
			"/books/list/1/prequel before_object /books/list/1/bought_on /books/list/0/bought_on", "/books/list/1/theft unknown_reference"}},
		"another day": {[][2]string{{`"bought_on": "2026-01-05", "lost`, `"bought_on": "2026-01-06", "lost`}}, []string{
			"/books/list/0/twin another_day /books/list/0/bought_on /books/list/1/bought_on", "/loans/list/0/tried_on test_too_old /books/list/1/bought_on"}},
		"a text of a list":                   {[][2]string{{`"readings": ["b1"`, `"readings": ["b7"`}}, []string{"/books/readings/0 unknown_reference"}},
		"a part that names nothing":          {[][2]string{{`"book b2"`, `"book b7"`}}, []string{"/cards/list/1/opens/0 unknown_reference"}},
		"a part after this domain":           {[][2]string{{`"book b2"`, `"0c0ffee0-0000-4000-8000-000000000001 b7"`}}, []string{"/cards/list/1/opens/0 unknown_reference"}},
		"an inventory that is not there":     {[][2]string{{`"shelves": {`, `"other": {`}, {`"shelf": "s1"`, `"shelf": "s9"`}}, nil},
		"an inventory that is empty":         {[][2]string{{`"collected_at": "2026-03-10T12:00:00Z"}, "list": [{"id": "s1"`, `"collected_at": "2026-03-10T12:00:00Z"}, "lists": [{"id": "s1"`}}, []string{"/books/list/0/shelf unknown_reference"}},
		"two with one id":                    {[][2]string{{`"id": "s2"`, `"id": " S1"`}}, []string{"/books/list/0/shelf several_objects /shelves/list/0 /shelves/list/1", "/shelves/list/1/id same_id /shelves/list/0"}},
		"two people with one login":          {[][2]string{{`"bob@example.test"`, `"Ada+bob@example.test"`}}, []string{"/books/list/0/keeper several_persons /people/list/0 /people/list/1", "/books/list/0/lender several_persons /people/list/0 /people/list/1", "/members/list/0/person unknown_person", "/people/list/1/logins/0 same_id /people/list/0"}},
		"nobody":                             {[][2]string{{`" ADA@example.test"`, `"eve@example.test"`}}, []string{"/books/list/0/keeper unknown_person"}},
		"somebody who has left":              {[][2]string{{`" ADA@example.test"`, `"bob@example.test"`}}, []string{"/books/list/0/keeper person_not_active /people/list/1"}},
		"somebody who left the day before":   {[][2]string{{`" ADA@example.test"`, `"bob@example.test"`}, {`"active_until": "2026-02-01"`, `"active_until": "2026-03-09"`}, {`"loser": "bob", `, ``}}, nil},
		"somebody who was not there":         {[][2]string{{`"ada+work@example.test"`, `"Bob"`}}, []string{"/books/list/0/lender person_not_active /people/list/1 /books/list/0/lent_at"}},
		"a robot":                            {[][2]string{{`"ada+work@example.test"`, `"Lending-Robot"`}}, nil},
		"a robot as keeper":                  {[][2]string{{`" ADA@example.test"`, `"lending-robot"`}}, []string{"/books/list/0/keeper unknown_person"}},
		"somebody who left on another day":   {[][2]string{{`"lost_on": "2026-02-01"`, `"lost_on": "2026-02-02"`}}, []string{"/books/list/1/loser other_last_day /people/list/1"}},
		"a person at another object's date":  {[][2]string{{`"sequel": "b2"`, `"sequel": "b2", "binder": "bob"`}, {`"lost_on": "2026-02-01"`, `"lost_on": "2026-02-03"`}}, []string{"/books/list/0/binder person_not_active /people/list/1 /books/list/1/lost_on", "/books/list/1/loser other_last_day /people/list/1"}},
		"this domain in capitals":            {[][2]string{{`"bank:lyon"`, `"bank:0C0FFEE0-0000-4000-8000-000000000001"`}}, []string{"/books/list/0/safe own_domain /metadata/service/id"}},
		"this domain by name":                {[][2]string{{`"bank:lyon"`, `"room:Reading-Room"`}}, []string{"/books/list/0/safe own_domain /metadata/service/name"}},
		"an object of this domain by name":   {[][2]string{{`"bank:lyon"`, `"bank:emma"`}}, []string{"/books/list/0/safe own_domain /books/list/0"}},
		"another form":                       {[][2]string{{`"bank:lyon"`, `"lyon"`}}, []string{"/books/list/0/safe other_form"}},
		"a public domain":                    {[][2]string{{`"library.test"`, `"our.Mail.test"`}}, []string{"/books/list/0/host public_domain"}},
		"after the reading":                  {[][2]string{{`"lent_at": "2026-03-01T09:00:00Z", "back_at": "2026-03-02T09:00:00Z"`, `"lent_at": "2026-03-01T09:00:00Z", "back_at": "2026-03-10T12:00:01Z"`}}, []string{"/books/list/0/back_at after_reading /books/source/collected_at"}},
		"on the day of the reading":          {[][2]string{{`"lost_on": "2026-02-01"`, `"lost_on": "2026-03-10"`}, {`"active_until": "2026-02-01"`, `"active_until": "2026-03-10"`}, {`"theft": "s9", `, ``}}, nil},
		"out of order":                       {[][2]string{{`"back_at": "2026-03-02T09:00:00Z"`, `"back_at": "2026-03-01T08:59:59+00:00"`}}, []string{"/books/list/0/lent_at out_of_order /books/list/0/back_at"}},
		"out of order past a gap":            {[][2]string{{`"bought_on": "2026-01-05",`, `"bought_on": "2026-03-05",`}, {`"lent_at": "2026-03-01T09:00:00Z", `, ``}, {`"sequel": "b2", "twin": "b2"`, `"due_on": ""`}, {`"lent_30d": 1`, `"lent_30d": 0`}}, []string{"/books/list/0/bought_on out_of_order /books/list/0/back_at", "/repairs/checked_on test_too_old /books/list/0/bought_on"}},
		"after an end":                       {[][2]string{{`"lost_on": "2026-02-01"`, `"lost_on": "2026-02-01", "lent_at": "2026-02-02T00:00:00Z"`}, {`"rights": ["look"]`, `"rights": ["loan"]`}, {`"lent_30d": 1`, `"lent_30d": 3`}, {`"loans_30d": 7`, `"loans_30d": 9`}}, []string{"/books/list/1/lent_at after_end /books/list/1/lost_on"}},
		"a test older than all":              {[][2]string{{`"tested_on": "2026-01-05"`, `"tested_on": "2026-01-04"`}}, []string{"/repairs/tested_on test_too_old /books/list/0/bought_on"}},
		"a test older than one":              {[][2]string{{`"checked_on": "2026-02-01"`, `"checked_on": "2026-01-01"`}}, []string{"/repairs/checked_on test_too_old /books/list/0/bought_on"}},
		"used without a right":               {[][2]string{{`"rights": ["lend"]`, `"rights": ["look"]`}}, []string{"/books/list/0/lent_at not_permitted /books/list/0/id"}},
		"used with a right by wildcard":      {[][2]string{{`"rights": ["lend"]`, `"rights": ["le*"]`}}, nil},
		"used with a right to a group":       {[][2]string{{`"book b1", "the door"`, `"ring 1"`}, {`"cards": {`, `"cards": {"rings": [{"name": "Ring 1", "opens": ["book b1"]}], `}}, nil},
		"used with a right to another group": {[][2]string{{`"book b1", "the door"`, `"ring 1"`}, {`"cards": {`, `"cards": {"rings": [{"name": "ring 2", "opens": ["book b1"]}, {"name": "ring 1", "opens": ["book b2"]}], `}}, []string{"/books/list/0/lent_at not_permitted /books/list/0/id"}},
		"used with a right to all":           {[][2]string{{`"book b1", "the door"`, `"all of 0C0FFEE0-0000-4000-8000-000000000001"`}}, nil},
		"a count of other items":             {[][2]string{{`"reading_count": 2`, `"reading_count": 1`}}, []string{"/books/reading_count count_differs /books/readings"}},
		"a count of items elsewhere":         {[][2]string{{`"lost_count": 1`, `"lost_count": 2`}}, []string{"/books/lost_count count_differs /books/list/1"}},
		"a count of items elsewhere, lower":  {[][2]string{{`"lost_count": 1`, `"lost_count": 0`}}, []string{"/books/lost_count count_differs /books/list/1"}},
		"a count of an earlier list, higher": {[][2]string{{`"card_count": 2`, `"card_count": 3`}}, nil},
		"a count of an earlier list, lower":  {[][2]string{{`"card_count": 2`, `"card_count": 1`}}, []string{"/books/card_count count_differs /cards/list/0 /cards/list/1"}},
		"a count of nothing, though some":    {[][2]string{{`"lenders": 1`, `"lenders": 0`}}, []string{"/books/lenders count_too_low /cards/list/0"}},
		"nothing, and none of the class":     {[][2]string{{`"lenders": 1`, `"lenders": 0`}, {`{"loans": 2.5, `, `{"loans": 2.5, "kind": "trial", `}}, nil},
		"nothing, and none without a field":  {[][2]string{{`"lenders": 1`, `"lenders": 0`}, {`{"loans": 2.5, `, `{"loans": 2.5, "owner": "x", `}}, nil},
		"nothing, and none with a field":     {[][2]string{{`"lenders": 1`, `"lenders": 0`}, {`"opens": ["book b1", "the door"]`, `"opens": []`}}, []string{"/books/list/0/lent_at not_permitted /books/list/0/id"}},
		"more than there can be":             {[][2]string{{`"lenders": 1`, `"lenders": 5`}}, []string{"/books/lenders count_too_high /cards/list/0 /cards/list/1 /people/list/0 /people/list/1"}},
		"more, and a list is not there":      {[][2]string{{`"lenders": 1`, `"lenders": 5`}, {`"people": {`, `"others": {`}, {`"Bob", "loser"`, `"eve", "loser"`}}, nil},
		"less than the sum of amounts":       {[][2]string{{`"loans_30d": 7`, `"loans_30d": 6`}}, []string{"/books/loans_30d count_too_low /books/lent_30d /repairs/loans_30d /cards/list/0/loans"}},
		"an amount of the same day":          {[][2]string{{`2026-03-09T12`, `2026-03-10T09`}}, []string{"/books/loans_30d count_too_low /books/lent_30d /repairs/loans_30d /cards/list/0/loans"}},
		"a count of no object":               {[][2]string{{`"desk_count": 3`, `"desk_count": 0`}}, []string{"/books/desk_count count_differs /books/desk"}},
		"a count of what is not there":       {[][2]string{{`, "desk": {"lamp": true}`, ``}}, nil},
		"a count below the dates":            {[][2]string{{`"lent_30d": 1`, `"lent_30d": 0`}}, []string{"/books/lent_30d count_too_low /books/list/0/lent_at"}},
		"a date before the window":           {[][2]string{{`"lent_at": "2026-03-01T09:00:00Z"`, `"lent_at": "2026-02-01T09:00:00Z"`}, {`"lent_30d": 1`, `"lent_30d": 0`}}, nil},
		"no directory of people":             {[][2]string{{`"people": {`, `"others": {`}, {`"Bob", "loser"`, `"eve", "loser"`}}, nil},
		"no dates and no names":              {[][2]string{{`"books": {`, `"magazines": {`}}, nil},
		"more on a board than may be":        {[][2]string{{`{"books": 5}`, `{"books": 6}`}}, []string{"/shelves/list/0/boards/1/books more_than /shelves/list/0/most"}},
		"more than there is room for":        {[][2]string{{`"room": 9`, `"room": 4.5`}}, []string{"/shelves/list/0/most more_than /shelves/list/0/room"}},
		"a limit that is not given":          {[][2]string{{`"most": 5,`, ``}, {`{"books": 5}`, `{"books": 60}`}}, nil},
		"a size that the row lacks":          {[][2]string{{`"width": 80`, `"width": 81`}}, []string{"/shelves/list/0/width impossible /shelves/list/0/wood"}},
		"a size that the row has":            {[][2]string{{`"width": 80`, `"width": 120`}}, nil},
		"a size without a row":               {[][2]string{{`"wood": "oak", "width": 80`, `"wood": "fir", "width": 81`}}, nil},
		"one of a list that the row lacks":   {[][2]string{{`"colours": ["red"]`, `"colours": ["red", "green"]`}}, []string{"/shelves/list/0/colours impossible /shelves/list/0/wood"}},
		"one of a list that cannot be":       {[][2]string{{`"colours": ["red"]`, `"colours": ["red", "blue"]`}}, []string{"/shelves/list/0/colours impossible /shelves/list/0/wood"}},
		"none of the list beside it":         {[][2]string{{`"front": "red"`, `"front": "blue"`}}, []string{"/shelves/list/0/front not_among /shelves/list/0/colours"}},
		"a field that cannot be there":       {[][2]string{{`"state": "open", "floor": "one", "wood"`, `"state": "closed", "floor": "one", "wood"`}}, []string{"/books/list/0/shelf wrong_state /shelves/list/0", "/shelves/list/0/key impossible /shelves/list/0/locked /shelves/list/0/state"}},
		"open after its end":                 {[][2]string{{`"closes_on": "2026-03-10"`, `"closes_on": "2026-03-09"`}}, []string{"/shelves/list/0/closes_on impossible /shelves/list/0/state"}},
		"closed before its end": {[][2]string{{`"state": "open", "floor": "one", "wood"`, `"state": "closed", "floor": "one", "wood"`}, {`"closes_on": "2026-03-10"`, `"closes_on": "2026-03-11"`}, {`"key": "k", `, ``}}, []string{
			"/books/list/0/shelf wrong_state /shelves/list/0", "/shelves/list/0/closes_on impossible /shelves/list/0/state"}},
		"years after the reading":              {[][2]string{{`"closes_on": "2026-03-10"`, `"closes_on": "2029-03-10"`}}, nil},
		"more years after the reading":         {[][2]string{{`"closes_on": "2026-03-10"`, `"closes_on": "2029-03-11"`}}, []string{"/shelves/list/0/closes_on too_far /shelves/source/collected_at"}},
		"a date of the beginning of time":      {[][2]string{{`"active_from": "2019-01-01"`, `"active_from": "1970-01-01"`}}, []string{"/people/list/1/active_from no_date"}},
		"a test of what stands elsewhere":      {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "trial", "tried_on": "2026-01-04"`}}, []string{"/loans/list/0/tried_on test_too_old /books/list/1/bought_on"}},
		"a test by the first date given":       {[][2]string{{`"bought_on": "2026-01-05", "lost`, `"bound_on": "2026-01-06", "bought_on": "2026-01-05", "lost`}}, []string{"/loans/list/0/tried_on test_too_old /books/list/1/bound_on"}},
		"no test":                              {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "loan", "tried_on": "2026-01-04"`}}, nil},
		"before an object, by some days":       {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "loan", "tried_on": "2026-01-02"`}}, nil},
		"before an object, by more days":       {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "loan", "tried_on": "2026-01-01"`}}, []string{"/loans/list/0/book before_object /loans/list/0/tried_on /books/list/1/bought_on"}},
		"after an object, by some days":        {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "loan", "tried_on": "2026-02-04"`}}, nil},
		"after an object, by more days":        {[][2]string{{`"kind": "trial", "tried_on": "2026-01-05"`, `"kind": "loan", "tried_on": "2026-02-05"`}}, []string{"/loans/list/0/book after_object /loans/list/0/tried_on /books/list/1/lost_on"}},
		"seen after an end":                    {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2026-01-19"`}}, []string{"/loans/list/1/seen_on after_end /loans/list/1/ended_on"}},
		"seen after an end, for a reason":      {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2026-01-19", "for": "reading"`}}, nil},
		"seen after an end, as something says": {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2026-01-19"`}, {`"id": "l1"`, `"id": "l1", "renews": "L2"`}}, nil},
		"seen after an end, and says so":       {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2026-01-19", "for": "lending"`}, {`"id": "l1"`, `"id": "l1", "renews": "L2"`}}, []string{"/loans/list/1/seen_on after_end /loans/list/1/ended_on"}},
		"before the person joined a list":      {[][2]string{{`"joined_on": "2026-01-10"`, `"joined_on": "2026-01-21"`}}, []string{"/loans/list/1/by before_object /loans/list/1/seen_on /members/list/0/joined_on"}},
		"by the first of two dates":            {[][2]string{{`"joined_on": "2026-01-10"`, `"first_on": "2026-01-10", "joined_on": "2026-01-21"`}}, nil},
		"after the person left a list":         {[][2]string{{`"resigned_on": "2026-01-25"`, `"resigned_on": "2026-01-19"`}}, []string{"/loans/list/1/by after_object /loans/list/1/seen_on /members/list/0/resigned_on"}},
		"a person who left a list twice":       {[][2]string{{`"resigned_on": "2026-01-25"}`, `"resigned_on": "2026-01-19"}, {"person": "BOB", "resigned_on": "2026-01-20"}`}}, nil},
		"a person who is not in the list":      {[][2]string{{`{"person": "bob@example.test",`, `{"person": "ada@example.test",`}}, nil},
		"a person on another date as well":     {[][2]string{{`"seen_on": "2026-01-20", "ended_on": "2026-01-20"`, `"seen_on": "2026-02-02"`}, {`, "resigned_on": "2026-01-25"`, ``}}, []string{"/loans/list/1/by person_not_active /people/list/1 /loans/list/1/seen_on"}},
		"ended before the person was there":    {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2018-12-31", "for": "reading"`}}, []string{"/loans/list/1/by person_not_active /people/list/1 /loans/list/1/ended_on"}},
		"ended on the person's first day":      {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2019-01-01", "for": "reading"`}}, nil},
		"ended after the person's last day":    {[][2]string{{`"ended_on": "2026-01-20"`, `"ended_on": "2026-03-01"`}}, nil},
		"what has ended needs no right":        {[][2]string{{`"rights": ["lend"]`, `"rights": ["look"]`}, {`"due_on": "2026-04-01"`, `"due_on": "2026-04-01", "lost_on": "2026-03-05"`}}, nil},
		"somebody who is no member":            {[][2]string{{`"mender": "Ada"`, `"mender": "cy"`}, {`{"id": "bob",`, `{"id": "cy"}, {"id": "bob",`}}, []string{"/books/list/0/mender unknown_reference /people/list/1"}},
		"a former member":                      {[][2]string{{`"mender": "Ada"`, `"mender": "Bob"`}}, nil},
		"no members known":                     {[][2]string{{`"mender": "Ada"`, `"mender": "cy"`}, {`{"id": "bob",`, `{"id": "cy"}, {"id": "bob",`}, {`"circle": {`, `"others": {`}}, nil},
		"a vault that nothing has":             {[][2]string{{`"vault": "cellar"`, `"vault": "attic"`}}, []string{"/books/list/0/box unfit_object /books/list/0/vault /vaults/list/0", "/books/list/0/vault unknown_reference"}},
		"no vaults at all":                     {[][2]string{{`"vaults": {`, `"caves": {`}}, []string{"/books/list/0/cell unknown_reference", "/books/list/0/vault unknown_reference", "/books/list/1/cell unknown_reference", "/books/list/1/vault unknown_reference"}},
		"a box of another vault":               {[][2]string{{`"box": "hall-box"`, `"box": "x"`}}, []string{"/books/list/0/box unfit_object /books/list/0/vault /vaults/list/1"}},
		"a cell that the vault lacks":          {[][2]string{{`"cell": "cellar/left"`, `"cell": "cellar/right"`}}, []string{"/books/list/0/cell not_listed /vaults/list/0"}},
		"a cell without a box":                 {[][2]string{{`"cell": "cellar/left"`, `"cell": "cellar"`}}, nil},
		"a truth value":                        {[][2]string{{`"fireproof": true`, `"fireproof": false`}}, []string{"/books/list/0/cell unfit_object /vaults/list/0/fireproof"}},
		"a recent theft":                       {[][2]string{{`"theft": "s9"`, `"theft": "s8"`}, {`"lost_on": "2026-02-01"`, `"lost_on": "2026-02-09"`}, {`"active_until": "2026-02-01"`, `"active_until": "2026-02-09"`}}, []string{"/books/list/1/theft unknown_reference"}},
		"an old name of what was made anew":    {[][2]string{{`"old_name": "b9"`, `"old_name": "b1", "due_on": "2026-01-05"`}}, nil},
		"an old name of what was made before":  {[][2]string{{`"old_name": "b9"`, `"old_name": "b1", "due_on": "2026-01-06"`}}, []string{"/books/list/1/old_name wrong_state /books/list/0"}},
		"an old name of what is still there":   {[][2]string{{`"old_name": "b9"`, `"old_name": "b1"`}}, []string{"/books/list/1/old_name wrong_state /books/list/0"}},
		"its successor is named":               {[][2]string{{`, "due_on": "2026-04-01"`, ``}, {`"readings": ["b1", "B2 "]`, `"readings": ["b2"]`}, {`"reading_count": 2`, `"reading_count": 1`}, {`"book b1", "the door"`, `"all of 0C0FFEE0-0000-4000-8000-000000000001"`}}, nil},
		"nothing names it or a successor":      {[][2]string{{`, "due_on": "2026-04-01"`, ``}, {`"twin": "b2",`, ``}, {`"readings": ["b1", "B2 "]`, `"readings": ["b2"]`}, {`"reading_count": 2`, `"reading_count": 1`}, {`"book b1", "the door"`, `"all of 0C0FFEE0-0000-4000-8000-000000000001"`}}, []string{"/books/list/0/lent_at not_named /books/list/0/id"}},
		"nothing names it":                     {[][2]string{{`, "due_on": "2026-04-01"`, ``}, {`"host": "library.test"`, `"host": "hall.test"`}, {`"readings": ["b1", "B2 "]`, `"readings": ["b2"]`}, {`"reading_count": 2`, `"reading_count": 1`}, {`"book b1", "the door"`, `"all of 0C0FFEE0-0000-4000-8000-000000000001"`}}, []string{"/books/list/0/lent_at not_named /books/list/0/id"}},
		"nothing names what is new": {[][2]string{{`, "due_on": "2026-04-01"`, ``}, {`"readings": ["b1", "B2 "]`, `"readings": ["b2"]`}, {`"reading_count": 2`, `"reading_count": 1`}, {`"book b1", "the door"`, `"all of 0C0FFEE0-0000-4000-8000-000000000001"`}, {`"bought_on": "2026-01-05",
     "lent_at"`, `"bought_on": "2026-02-10", "lent_at"`}, {`"sequel": "b2", "twin": "b2",`, ``}, {`"checked_on": "2026-02-01"`, `"checked_on": "2026-02-10"`}, {`, "prequel": "b1"`, ``}}, nil},
		"another place names it":           {[][2]string{{`, "due_on": "2026-04-01"`, ``}, {`"readings": ["b1", "B2 "]`, `"readings": ["b2"]`}, {`"reading_count": 2`, `"reading_count": 1`}}, nil},
		"one file for two days":            {[][2]string{{`"shown_on": "2026-01-08"`, `"shown_on": "2026-01-09"`}}, []string{"/films/1/file another_event /films/0/file"}},
		"one file for a rule and a film":   {[][2]string{{`"sha256": "r1"`, `"sha256": "f1"`}, {`"set_on": "2020-01-03", "file": {"sha256": "r1"}`, `"set_on": "2020-01-03", "file": {"sha256": "f1"}`}}, []string{"/rules/1/file another_event /films/0/file"}},
		"a route to nobody":                {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "mail:No-Reply@example.test"`}}, []string{"/books/list/0/tell leads_nowhere"}},
		"a route to a dead host":           {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "https://hooks.nowhere.test/1"`}}, []string{"/books/list/0/tell leads_nowhere"}},
		"a route by a dead scheme":         {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "file:x"`}}, []string{"/books/list/0/tell leads_nowhere"}},
		"a route to a word":                {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "chat:#TBD"`}}, []string{"/books/list/0/tell leads_nowhere"}},
		"a route to a public mailbox":      {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "eve@mail.test"`}}, []string{"/books/list/0/tell public_domain"}},
		"a route to an own mailbox":        {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "mail:desk@news.library.test"`}}, nil},
		"a route to a stranger":            {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "mail:desk@other.test"`}}, []string{"/books/list/0/tell unknown_reference /books/domains"}},
		"a route to a robot elsewhere":     {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "mail:desk@other.test"`}, {`{"id": "lending-robot"}`, `{"id": "lending-robot"}, {"id": "desk@other.test"}`}}, nil},
		"a route to somebody who has left": {[][2]string{{`"tell": "mail:ada@example.test"`, `"tell": "mail:bob@example.test"`}}, []string{"/books/list/0/tell person_not_active /people/list/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := good
			for _, r := range test.replace {
				if !strings.Contains(text, r[0]) {
					t.Fatalf("%s is not there", r[0])
				}
				text = strings.Replace(text, r[0], r[1], 1)
			}
			lines := said(plan(t).Check(plain(t, text), settings))
			if diff := cmp.Diff(append([]string{}, test.wanted...), lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Objects are under a deviation by their names, by their properties or by a field of their own; what has ended does not count.
func TestSharesOfAcceptedDeviations(t *testing.T) {
	const form = `{"properties": {
		"books": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "book"}, "state": {}, "subjects": {}, "size": {}, "crack": {}}}}},
			"x-share": {"what": "cracked books", "list": "books/list", "with": "crack"}},
		"loans": {"properties": {"list": {"items": {"properties": {"book": {"x-ref": {"to": ["book"]}}, "all": {}}}}},
			"x-share": {"what": "books lent for ever", "list": "loans/list", "names": "book", "selects": "all", "of": [{"list": "books/list", "unless": {"state": ["lost"]}}]}}}}`
	const books = `"books": {"list": [
		{"id": "b1", "size": "folio", "subjects": ["law", "war"], "crack": {}}, {"id": "b2", "size": "folio", "subjects": ["law"]}, {"id": "b3"}, {"id": "b4", "state": "lost", "size": "folio"}]}`
	compiled, err := consistency.Compile(plain(t, form))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		loans  string
		wanted int
	}{
		"none":                  {``, 0},
		"by name, in any case":  {`{"book": " B1"}, {"book": "b1"}, {"book": "b3"}`, 2},
		"of what has ended":     {`{"book": "b4"}`, 0},
		"by properties":         {`{"all": {"size": "folio"}}`, 2},
		"by several properties": {`{"all": {"size": "folio", "subject": "war"}}`, 1},
		"by no property":        {`{"all": {}}`, 0},
		"by none of the kind":   {`{"all": {"size": 4}}, {"book": "b9"}, 7`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			shares := compiled.Check(plain(t, `{`+books+`, "loans": {"list": [`+test.loans+`]}}`), settings).Shares
			wanted := []consistency.Share{{"cracked books", "/books/list", 1, 4}, {"books lent for ever", "/loans/list", test.wanted, 3}}
			if diff := cmp.Diff(wanted, shares); diff != "" {
				t.Error(diff)
			}
		})
	}
	if shares := compiled.Check(plain(t, `{"loans": {"list": []}}`), settings).Shares; shares != nil {
		t.Errorf("%v of no books", shares)
	}
}

// Nobody reviews the own work: named in another field of the object, in a list elsewhere, or by rights.
func TestPersonsAreApart(t *testing.T) {
	rights := settings
	rights.Rights = func(map[string]any) consistency.Rights {
		return consistency.Rights{Persons: map[string][]consistency.Right{
			"cyd@example.test": {{"lend", "/cards/list/1"}, {"lend", "/cards/list/0"}, {"look", "/cards/list/0"}}, "dan": {{"look", "/cards/list/0"}},
		}}
	}
	text := strings.Replace(good, `"people": {"list": [`, `"people": {"list": [
		{"id": "cyd", "logins": ["cyd@example.test"], "name": "Cyd Low", "employer": "Library"}, {"id": "dan", "logins": ["d@example.test"], "name": "Dan"},`, 1)
	for name, test := range map[string]struct {
		audits string
		wanted []string
	}{
		"others":                      {`{"author": "ada", "auditor": "dan", "witnesses": ["ada", "dan", "cyd"], "mailbox": "post@example.test", "reader": "ada"}`, nil},
		"the author":                  {`{"author": "dan", "auditor": "D+x@example.test"}`, []string{"/audits/list/0/auditor not_apart /audits/list/0/author"}},
		"a keeper":                    {`{"author": "dan", "auditor": "Bob"}`, []string{"/audits/list/0/auditor not_apart /books/list/1/keeper"}},
		"by rights":                   {`{"author": "dan", "auditor": "cyd"}`, []string{"/audits/list/0/auditor not_apart /cards/list/0"}},
		"author and auditor alone":    {`{"author": "cyd", "auditor": "dan", "witnesses": ["cyd", "dan"]}`, []string{"/audits/list/0/witnesses/0 not_apart /audits/list/0/author", "/audits/list/0/witnesses/1 not_apart /audits/list/0/auditor"}},
		"no witness":                  {`{"author": "cyd", "witnesses": []}`, nil},
		"a mailbox of a keeper":       {`{"mailbox": "ada+root@example.test"}`, []string{"/audits/list/0/mailbox not_apart /books/list/0/keeper"}},
		"a free writer":               {`{"writer": "typewriter 2", "typed": true}`, nil},
		"a writer who is nobody":      {`{"writer": "typewriter 2", "typed": false}`, []string{"/audits/list/0/writer unknown_person"}},
		"nothing is said of the rest": {`{"auditor": "dan", "author": ["dan"]}`, []string{"/audits/list/0/auditor not_apart /audits/list/0/author/0"}},
	} {
		t.Run(name, func(t *testing.T) {
			evidence := strings.Replace(text, `"metadata": {`, `"audits": {"list": [`+test.audits+`]}, "metadata": {`, 1)
			if diff := cmp.Diff(append([]string{}, test.wanted...), said(plan(t).Check(plain(t, evidence), rights))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A second entry for somebody makes no second person; people of other employers may have the same name.
func TestNamesakesOfOneEmployerAreOnePerson(t *testing.T) {
	for employer, apart := range map[string]bool{"library ": false, "Mill": true} {
		text := strings.Replace(good, `"people": {"list": [`, `"people": {"list": [{"id": "Z1", "name": "Cyd Low", "employer": "Library"}, {"id": "z2", "name": "cyd  low", "employer": "`+employer+`"},`, 1)
		text = strings.Replace(text, `"metadata": {`, `"audits": {"list": [{"author": "z2", "auditor": "z1"}]}, "metadata": {`, 1)
		result := plan(t).Check(plain(t, text), settings)
		if lines := said(result); (len(lines) == 0) != apart {
			t.Errorf("%s: %q", employer, lines)
		}
		day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		first, _ := result.Person("z1", day)
		second, _ := result.Person("Z2", day)
		if (first != second) != apart {
			t.Errorf("%s: %s, %s", employer, first, second)
		}
	}
}

func TestPlusAddressesAreOnePersonByParameter(t *testing.T) {
	apart := settings
	apart.Parameters = map[string]any{"plus": json.Number("0")}
	if lines := said(plan(t).Check(plain(t, good), apart)); !slices.Equal(lines, []string{"/books/list/0/lender unknown_person"}) {
		t.Errorf("%q", lines)
	}
	// What is compared outside the evidence, such as the two persons of a waiver, is resolved alike, with a directory or without.
	for _, directory := range []string{`"people": {`, `"others": {`} {
		evidence := plain(t, strings.Replace(good, `"people": {`, directory, 1))
		for s, same := range map[*consistency.Settings]bool{&settings: true, &apart: false} {
			result := plan(t).Check(evidence, *s)
			first, _ := result.Person("Eve+a@example.test", time.Time{})
			second, _ := result.Person("eve+b@example.test ", time.Time{})
			if (first == second) != same {
				t.Errorf("%s, plus %v: %s and %s", directory, s.Parameters, first, second)
			}
		}
	}
}

// Spellings of a person are one person's, also where there is no directory.
func TestPersonsHaveOneSpelling(t *testing.T) {
	for _, directory := range []string{`"people": {`, `"others": {`} {
		text := strings.Replace(good, `"people": {`, directory, 1)
		names := map[any]bool{}
		for _, spelling := range []string{"ada@example.test", "ADA@Example.Test ", "\tada+x@example.test", "ada\u200b@example.test", "ａda@example.test"} {
			spelled, err := json.Marshal(spelling)
			if err != nil {
				t.Fatal(err)
			}
			value := plain(t, strings.Replace(text, `" ADA@example.test"`, string(spelled), 1))
			book := plan(t).Check(value, settings).Value["books"].(map[string]any)["list"].([]any)[0].(map[string]any)
			names[book["keeper"]] = true
		}
		if len(names) != 1 {
			t.Errorf("%d people: %v", len(names), names)
		}
	}
	result := plan(t).Check(plain(t, good), settings)
	day := time.Date(2026, 2, 1, 23, 0, 0, 0, time.UTC)
	for text, wanted := range map[string]struct {
		name   string
		active bool
	}{"Bob@example.test": {"bob", true}, "the founder": {"bob", true}, "eve": {"eve", false}, " ADA": {"ada", true}} {
		if name, active := result.Person(text, day); name != wanted.name || active != wanted.active {
			t.Errorf("%q is %q, %v", text, name, active)
		}
	}
	if name, active := result.Person("bob", day.AddDate(0, 0, 1)); name != "bob" || active {
		t.Errorf("after the last day: %q, %v", name, active)
	}
}

// Two people of the directory without ids are two, and what names one of them is one person.
func TestPeopleWithoutIDsAreApart(t *testing.T) {
	text := strings.NewReplacer(`"id": "ada", `, ``, `"id": "bob", `, ``, `"Bob", "loser": "bob"`, `"bob@example.test", "loser": "Bob"`).Replace(good)
	value := plan(t).Check(plain(t, text), settings).Value
	list := value["books"].(map[string]any)["list"].([]any)
	first, second := list[0].(map[string]any), list[1].(map[string]any)
	if first["keeper"] != first["lender"] || second["keeper"] != second["loser"] || first["keeper"] == second["keeper"] || first["keeper"] == "" {
		t.Errorf("%v, %v", first, second)
	}
}

// What depends on the order of maps would differ from time to time.
func TestContradictionsAreDeterministic(t *testing.T) {
	text := strings.NewReplacer(`"b2"`, `"b8"`, `"s1"`, `"s9"`, "2026-03", "2026-05", "ada", "eve").Replace(good)
	first := said(plan(t).Check(plain(t, text), settings))
	if len(first) < 3 {
		t.Fatalf("%q", first)
	}
	for range 20 {
		if diff := cmp.Diff(first, said(plan(t).Check(plain(t, text), settings))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A plan of a schema without annotations finds nothing, and no plan at all says nothing.
func TestNothingToCompare(t *testing.T) {
	empty, err := consistency.Compile(map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	if result := empty.Check(plain(t, good), settings); result.Contradictions == nil || len(result.Contradictions) > 0 {
		t.Errorf("%v", result.Contradictions)
	}
	var absent *consistency.Plan
	if result := absent.Check(plain(t, good), settings); result.Contradictions != nil || result.Value == nil {
		t.Errorf("%v", result)
	}
	for _, bad := range []string{
		`{"properties": {"a": {"properties": {"n": {}}, "x-at-least": {"count": "m", "of": "a/l/on"}}}}`,
		`{"properties": {"a": {"properties": {"n": {}}, "x-at-least": {"count": "n", "days": "x", "of": {"amount": "a/n"}}}}}`,
		`{"properties": {"a": {"properties": {"n": {}, "l": {"items": {"properties": {"on": {}}}}}, "x-at-least": {"count": "n", "of": "a/l/on"}}}}`,
		`{"properties": {"a": {"properties": {"n": {}, "l": {"items": {"properties": {"on": {}}}}}, "x-at-most": {"count": "n", "of": {"list": "a/l", "when": {"off": []}}}}}}`,
		`{"properties": {"a": {"properties": {"n": {}}, "x-counts": {"count": "n", "of": "l"}}}}`,
		`{"properties": {"a": {"x-not-above": [["b", "c"]], "properties": {"b": {"type": "number"}, "c": {"type": "string"}}}}}`, `{"properties": {"a": {"x-never": {"field": "b"}, "properties": {}}}}`, `{"properties": {"a": {"x-never": {"field": "b", "where": {"c": []}}, "properties": {"b": {}}}}}`,
		`{"properties": {"a": {"x-future": "long"}}}`, `{"properties": {"a": {"x-with": {"of": "b"}}}}`, `{"properties": {"a": {"x-ends": {"named": ["b"]}, "properties": {}}}}`,
		`{"properties": {"a": {"x-ref": {"part": "("}}}}`, `{"properties": {"a": {"x-form": "["}}}`, `{"properties": {"a": {"x-person": []}}}`, `{"properties": {"a": {"x-apart": []}}}`, `{"properties": {"a": {"x-apart": {"from": "b"}}}}`} {
		if _, err := consistency.Compile(plain(t, bad)); err == nil || !strings.Contains(err.Error(), "/a") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// An export of nothing is like that of another domain, or of another section.
func TestAnExportOfNothingIsNoMark(t *testing.T) {
	compiled, err := consistency.Compile(plain(t, `{"$defs": {"source": {"x-record": {"artifact": "artifact", "dates": ["collected_at"], "days": 0, "by": "collected_by"},
		"properties": {"collected_at": {"format": "date-time"}}}}, "properties": {
		"cats": {"x-scope": "domain", "properties": {"source": {"$ref": "#/$defs/source"}, "list": {"items": {"properties": {"id": {"x-id": "cat"}}}}}},
		"dogs": {"x-scope": "domain", "properties": {"source": {"$ref": "#/$defs/source"}, "list": {"items": {"properties": {"id": {"x-id": "dog"}}}}}},
		"rain": {"x-scope": "domain", "properties": {"source": {"$ref": "#/$defs/source"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	evidence := func(cats, dogs string) map[string]any {
		return plain(t, `{"cats": {"source": {"method": "api", "collected_at": "2026-03-01T00:00:00Z", "collected_by": "zoo", "artifact": {"sha256": "00"}}, "list": [`+cats+`]},
			"dogs": {"source": {"method": "api", "collected_at": "2026-03-01T00:00:00Z", "collected_by": "pound", "artifact": {"sha256": "00"}}, "list": [`+dogs+`]},
			"rain": {"source": {"method": "api", "collected_at": "2026-03-01T00:00:00Z", "collected_by": "sky", "artifact": {"sha256": "01"}}}}`)
	}
	for name, test := range map[string]struct {
		cats, dogs     string
		marks          int
		contradictions []string
	}{
		"nothing": {"", "", 1, []string{}},
		"one":     {`{"id": "tom"}`, "", 2, []string{}},
		"both":    {`{"id": "tom"}`, `{"id": "rex"}`, 3, []string{"/dogs/source/artifact another_event /cats/source/artifact"}},
	} {
		value := evidence(test.cats, test.dogs)
		if marks := compiled.Marks(value); len(marks) != test.marks {
			t.Errorf("%s: %v", name, marks)
		}
		if diff := cmp.Diff(test.contradictions, said(compiled.Check(value, settings))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnnotationsThatLeadNowhereAreFound(t *testing.T) {
	if problems := plan(t).Verify(settings.Reference); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	wrong, err := consistency.Compile(plain(t, `{"properties": {"a": {"x-order": [["b", "c"]], "x-fits": [{"table": "empty", "by": "d", "in": {}}, {"table": "rights", "by": "d", "in": {"b": "weights"}}], "x-never": {"where": {}, "field": "d", "past": true},
		"x-ends": {"at": ["b"], "stops": ["b"], "named": ["a/g/h"]}, "x-tests": {"at": "b", "of": ["/a/zz"], "since": "b"}, "properties": {
		"b": {"format": "date"}, "d": {"x-ref": {"to": ["ghost"], "tables": ["none"]}, "x-person": {"at": "e", "also": {"g": {}}, "since": {"h": {}}}, "x-with": {"of": "a/i", "by": "d", "not_before": {"b": "j"}}}, "k": {"type": "array", "items": {"properties": {"l": {"format": "date"}}}}, "m": {"x-with": {"of": "a/k", "by": "n", "not_before": {"b": "l"}}}, "f": {"x-not-below": "nothing"}, "g": {"x-route": {"dead": "grave"}},
		"apart": {"x-apart": {"beside": ["b", "z"], "from": ["a/b", "y/list/z"]}},
		"h": {"x-ref": {"to": ["ghost"], "recent": {"field": "i", "days": 3}}}}}, "k": {"x-named": {"names": ["id", "tags"], "by": ["a/zz"], "used": "u", "days": 1, "new": "v", "wait": 1},
		"x-record": {"artifact": "f", "dates": ["w"], "days": 1}, "properties": {"id": {"x-id": "k"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	problems := strings.Join(wrong.Verify(settings.Reference), "\n")
	for _, wanted := range []string{"/a: c is no date", "kind ghost", "no table none", "/a/d: e is no date", "no table nothing",
		"no table empty", "/a: d is no date", "x-ends names a/g/h", "x-tests names /a/zz", "/a/d: g is no date", "/a/d: h is no date", "x-with names a/i/j", "no table grave", "/a/h: i is no date",
		"/k: x-named names a/zz", "/k: u is no date", "/k: v is no date", "/k: w is no date",
		"/a/apart: x-apart names b, which is no person beside it", "names z, which", "names a/b, which is no person", "names y/list/z", "x-with names a/k/n", "the row lend of rights has no weights"} {
		if !strings.Contains(problems, wanted) {
			t.Errorf("nothing says %q in:\n%s", wanted, problems)
		}
	}
}

// books is the good evidence with more books, each as the first one, and a right to lend each.
func books(t testing.TB, n int) map[string]any {
	value := plain(t, good)
	section := value["books"].(map[string]any)
	list := section["list"].([]any)
	var opens []any
	for i := range n {
		book := maps.Clone(list[0].(map[string]any))
		book["id"] = fmt.Sprintf("book-%d", i)
		book["sequel"] = fmt.Sprintf("book-%d", (i+1)%n)
		list, opens = append(list, book), append(opens, fmt.Sprintf("book book-%d", i))
	}
	section["list"], section["lent_30d"], section["loans_30d"] = list, json.Number(fmt.Sprint(n+1)), json.Number(fmt.Sprint(n+9))
	value["cards"].(map[string]any)["list"] = []any{map[string]any{"rights": []any{"lend"}, "opens": append(opens, "book b1")}}
	return value
}

// Ten times the evidence takes ten times the memory: what holds every object against every other would take a hundred times.
func TestCostGrowsWithTheEvidence(t *testing.T) {
	compiled := plan(t)
	cost := func(n int) float64 {
		value := books(t, n)
		if lines := said(compiled.Check(value, settings)); len(lines) > 0 {
			t.Fatalf("%q", lines)
		}
		return testing.AllocsPerRun(3, func() { compiled.Check(value, settings) })
	}
	if few, many := cost(100), cost(1000); many > 12*few {
		t.Errorf("%v allocations for 100 books, %v for 1000", few, many)
	}
}

func BenchmarkCheck(b *testing.B) {
	compiled := plan(b)
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			value := books(b, n)
			b.ReportAllocs()
			for b.Loop() {
				compiled.Check(value, settings)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/book")
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"books": [], "people": {"list": {"id": 1}}, "repairs": {"books": [[], {}, null]}}`))
	f.Add([]byte(`{"books": {"list": [{"id": [""]}]}}`)) // a list where the schema has a text
	compiled := plan(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var value map[string]any
		if json.Unmarshal(data, &value) != nil {
			return
		}
		first := compiled.Check(value, settings)
		if !reflect.DeepEqual(first.Contradictions, compiled.Check(value, settings).Contradictions) {
			t.Error("twice the same evidence gives different contradictions")
		}
		compiled.Marks(value)
	})
}
