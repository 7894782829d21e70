package consistency_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
)

// A club: who is a member stands in the directory of people; doors are opened by members and by machines.
const club = `{
  "properties": {
    "people": {"properties": {
      "list": {"items": {"properties": {"id": {"x-id": "person"}, "logins": {"type": "array", "items": {"type": "string"}, "x-alias": "person"},
        "addresses": {"type": "array", "items": {"type": "string"}, "x-alias": "person"}, "name": {"x-no-group": "groups"}, "employer": {}}}},
      "machines": {"items": {"properties": {"id": {"x-id": "machine", "x-no-person": {"owner": "keeper"}}, "keeper": {"x-person": {"at": "ever"}}}}}}},
    "doors": {"properties": {"source": {"properties": {"collected_at": {"format": "date-time"}}}, "list": {"items": {
      "x-order": [{"dates": ["closed_on", "painted_on"], "slack_days": 2, "when": {"kind": ["red"]}}], "x-over": {"at": "closed_on", "days": 30, "unless": {"kind": ["gate"]}},
      "x-ends": {"at": ["closed_on"], "stops": []}, "x-reached": {"used": "opened_on", "id": "id", "by": "cards/list/opens", "days": 7},
      "properties": {"id": {"x-id": "door"}, "kind": {}, "closed_on": {"format": "date"}, "painted_on": {"format": "date"}, "opened_on": {"format": "date"},
        "login": {"x-no-person": {"when": {"kind": ["gate"]}}}, "keeper": {"x-person": {"at": "ever", "same": "login"}},
        "seen_since": {"format": "date"}, "camera": {"x-ref": {"to": ["camera"], "kept": {"seen_since": "days"}, "slack_days": 10}}}}}}},
    "cameras": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "camera"}, "days": {"type": "integer"}}}}}},
    "cards": {"properties": {"list": {"items": {"properties": {"opens": {"type": "array", "items": {"type": "string"}, "x-ref": {"to": ["door"]}}}}}}}
  }
}`

func clubPlan(t *testing.T) *consistency.Plan {
	t.Helper()
	compiled, err := consistency.Compile(plain(t, club))
	if err != nil {
		t.Fatal(err)
	}
	reference := map[string]any{"groups": []any{"team", "all hands"}}
	if problems := compiled.Verify(reference); len(problems) > 0 {
		t.Fatal(problems)
	}
	return compiled
}

// Two entries of the directory are of one person where their names are the same in some spelling, unless something says otherwise.
func TestNamesakes(t *testing.T) {
	type entry struct{ name, employer, address string }
	moreau := entry{"Claire Moreau", "Arvella SAS", "claire@arvella.test"}
	muller := entry{"Jörg Müller", "Arvella SAS", "jm@arvella.test"}
	for name, test := range map[string]struct {
		first, second entry
		same          bool
	}{
		"an accent":                   {moreau, entry{"Clairé Moreau", "Arvella SAS", "c@arvella.test"}, true},
		"the surname first":           {moreau, entry{"MOREAU, Claire", "ARVELLA S.A.S.", ""}, true},
		"a Cyrillic letter":           {moreau, entry{"Clаire Moreau", "Arvella", ""}, true},
		"an initial":                  {moreau, entry{"C. Moreau", "Arvella SAS", ""}, true},
		"an initial first":            {entry{"C. Moreau", "Arvella SAS", ""}, moreau, true},
		"two initials":                {entry{"J. P. Martin", "A", ""}, entry{"Jean-Pierre Martin", "A", ""}, true},
		"initials and half a name":    {entry{"J. Pierre Martin", "A", ""}, entry{"Jean P. Martin", "A", ""}, true},
		"another initial":             {moreau, entry{"D. Moreau", "Arvella SAS", ""}, false},
		"another surname":             {moreau, entry{"C. Moret", "Arvella SAS", ""}, false},
		"an initial between":          {moreau, entry{"Claire M. Moreau", "Arvella SAS", ""}, true},
		"two initials between":        {entry{"John A. Smith", "A", ""}, entry{"John B. Smith", "A", ""}, false},
		"one word":                    {moreau, entry{"ClaireMoreau", "Arvella SAS", ""}, true},
		"a title":                     {moreau, entry{"Dr. Claire Moreau (admin)", "Arvella SAS", ""}, true},
		"an umlaut":                   {muller, entry{"Joerg Mueller", "Arvella SAS", ""}, true},
		"an umlaut without marks":     {muller, entry{"Jorg Muller", "Arvella SAS", ""}, true},
		"an umlaut later":             {entry{"Joerg Mueller", "Arvella SAS", ""}, muller, true},
		"an apostrophe":               {entry{"Ann O'Brien", "A", ""}, entry{"Ann OBrien", "A", ""}, true},
		"another employer":            {moreau, entry{"Claire Moreau", "Other Ltd", "claire@other.test"}, false},
		"another employer, same host": {moreau, entry{"Claire Moreau", "Other Ltd", "c.ext@arvella.test"}, true},
		"no employer":                 {moreau, entry{"Claire Moreau", "", ""}, true},
		"a number tells them apart":   {moreau, entry{"Claire Moreau 2", "Arvella SAS", ""}, false},
		"two numbers":                 {entry{"Claire Moreau 1", "A", ""}, entry{"Claire Moreau 12", "A", ""}, false},
		"what tells them apart":       {moreau, entry{"Claire Moreau (finance)", "Arvella SAS", ""}, false},
		"a title alone":               {entry{"Dr", "A", ""}, entry{"Prof", "A", ""}, false},
		"no letters":                  {entry{"-", "A", ""}, entry{"-", "A", ""}, false},
		"no name":                     {entry{"", "A", ""}, entry{"", "A", ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			item := func(id string, e entry) map[string]any {
				return map[string]any{"id": id, "name": e.name, "employer": e.employer, "addresses": []any{e.address, 7}}
			}
			value := map[string]any{
				"people": map[string]any{"list": []any{item("p1", test.first), item("p2", test.second)}},
				"doors":  map[string]any{"list": []any{map[string]any{"keeper": "p1"}, map[string]any{"keeper": "p2"}}},
			}
			doors := clubPlan(t).Check(value, consistency.Settings{}).Value["doors"].(map[string]any)["list"].([]any)
			keeper := func(i int) any { return doors[i].(map[string]any)["keeper"] }
			if same := keeper(0) == keeper(1); same != test.same {
				t.Errorf("%v and %v", keeper(0), keeper(1))
			}
		})
	}
}

func TestClub(t *testing.T) {
	const members = `"people": {"list": [{"id": "p1", "name": "Claire Moreau", "logins": ["cm"]}, {"id": "p2", "name": "Plato", "logins": ["pl"]}], "machines": [%s]}`
	for name, test := range map[string]struct{ machine, door, wanted string }{
		"nothing wrong":                             {`{"id": "opener"}`, `{"id": "d", "kind": "gate", "login": "plato-gate", "keeper": "p1"}`, ""},
		"a program with a login":                    {`{"id": " CM"}`, `{}`, "/people/machines/0/id names_person /people/list/0"},
		"a program with a name":                     {`{"id": "claire.moreau@club.test"}`, `{}`, "/people/machines/0/id names_person /people/list/0"},
		"a program with an initial":                 {`{"id": "c-moreau"}`, `{}`, "/people/machines/0/id names_person /people/list/0"},
		"a program with a short name of its keeper": {`{"id": "cmoreau", "keeper": "p1"}`, `{}`, "/people/machines/0/id names_person /people/list/0"},
		"a program with a short name of somebody":   {`{"id": "moreauc", "keeper": "p2"}`, `{}`, ""},
		"a program with a surname":                  {`{"id": "moreau", "keeper": "p1"}`, `{}`, ""},
		"a gate with a login":                       {``, `{"kind": "gate", "login": "p2"}`, "/doors/list/0/login names_person /people/list/1"},
		"another door with a login":                 {``, `{"kind": "door", "login": "p2"}`, ""},
		"the same person":                           {``, `{"login": "cm", "keeper": "p1"}`, ""},
		"the same person, family name first":        {``, `{"login": "cm", "keeper": "Moreau, Claire"}`, ""},
		"a list of names":                           {``, `{"login": "cm", "keeper": "Moreau, Claire, Plato"}`, "/doors/list/0/keeper unknown_person"},
		"another person":                            {``, `{"login": "cm", "keeper": "p2"}`, "/doors/list/0/keeper other_person /doors/list/0/login /people/list/0"},
		"listed for long":                           {``, `{"closed_on": "2026-01-01"}`, "/doors/list/0/closed_on still_listed /doors/source/collected_at"},
		"listed for a month":                        {``, `{"closed_on": "2026-02-08"}`, ""},
		"listed for ever":                           {``, `{"kind": "gate", "closed_on": "2026-01-01"}`, ""},
		"closed and used":                           {``, `{"id": "d", "closed_on": "2026-03-01", "opened_on": "2026-03-05"}`, "/doors/list/0/opened_on not_permitted /doors/list/0/id"},
		"closed and used long ago":                  {``, `{"id": "d", "closed_on": "2026-02-20", "opened_on": "2026-02-25"}`, ""},
		"used before it was closed":                 {``, `{"id": "d", "closed_on": "2026-03-06", "opened_on": "2026-03-05"}`, ""},
		"painted too early":                         {``, `{"kind": "red", "closed_on": "2026-03-04", "painted_on": "2026-03-01"}`, "/doors/list/0/closed_on out_of_order /doors/list/0/painted_on"},
		"painted two days early":                    {``, `{"kind": "red", "closed_on": "2026-03-03", "painted_on": "2026-03-01"}`, ""},
		"painted early in blue":                     {``, `{"kind": "blue", "closed_on": "2026-03-04", "painted_on": "2026-03-01"}`, ""},
		"seen as long as it keeps":                  {``, `{"camera": "c", "seen_since": "2026-01-30"}`, ""},
		"seen for longer":                           {``, `{"camera": "c", "seen_since": "2026-01-28"}`, "/doors/list/0/seen_since not_kept /cameras/list/0/days"},
	} {
		t.Run(name, func(t *testing.T) {
			value := plain(t, "{"+fmt.Sprintf(members, test.machine)+`, "doors": {"source": {"collected_at": "2026-03-10T12:00:00Z"}, "list": [`+test.door+
				`]}, "cards": {"list": []}, "cameras": {"list": [{"id": "c", "days": 30}]}}`)
			lines := said(clubPlan(t).Check(value, consistency.Settings{}))
			if got := strings.Join(lines, "; "); got != test.wanted {
				t.Errorf("%q", got)
			}
		})
	}
	without := plain(t, `{"doors": {"list": [{"kind": "gate", "login": "p2", "keeper": "p1", "closed_on": "2020-01-01"}]}}`)
	if lines := said(clubPlan(t).Check(without, consistency.Settings{})); len(lines) > 0 {
		t.Errorf("without directory and reading: %q", lines)
	}
}

func TestGroupsAreNoPersons(t *testing.T) {
	settings := consistency.Settings{Reference: map[string]any{"groups": []any{"team", "equipe", "all hands", "... and ...", "... / ..."}}}
	for name, group := range map[string]bool{
		"Security Team": true, "Équipe réseau": true, "All Hands": true, "Claire Moreau (security team)": false, "Moreau, Claire, team lead": false, "Al Teamer": false, "(team)": true,
		"Claire Moreau and Léo Petit": true, "Claire Moreau / Léo Petit": true, "SOC": true, "Person 1": true, "agent_7": true, "Claire/Léo": true, "Li": false, "LI NA": false, "Léo Petit 2": false, "Metin And": false, "And Mey": false, "Priya d/o Raman": false,
	} {
		value := map[string]any{"people": map[string]any{"list": []any{map[string]any{"id": "p", "name": name}}}}
		lines := said(clubPlan(t).Check(value, settings))
		if isGroup := slices.Equal(lines, []string{"/people/list/0/name names_group"}); isGroup != group || !group && len(lines) > 0 {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

// Who had to do with all the evidence was there when some of it was read, and alarms reach nobody who has left, by whatever name.
func TestPeopleWhoHaveLeft(t *testing.T) {
	compiled, err := consistency.Compile(plain(t, `{"properties": {
    "head": {"properties": {"writer": {"x-person": {"at": "some_reading"}}}},
    "people": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "person"}, "name": {}}}}}},
    "early": {"properties": {"source": {"properties": {"collected_at": {"format": "date-time"}}}, "alarm": {"x-route": {"dead": "dead", "public": "public", "words": "words", "domains": "late/domains"}}}},
    "late": {"properties": {"source": {"properties": {"collected_at": {"format": "date-time"}}}, "alarm": {"x-route": {"dead": "dead", "public": "public", "words": "words", "domains": "late/domains"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ writer, early, alarm, wanted string }{
		"still there":                  {"p1", "2026-03-01", "sms:Ann Smith", ""},
		"several files, by several":    {`["p1", "p2", "p4"]`, "2026-05-01", "page:p1", "/head/writer/1 person_not_active /people/list/1; /head/writer/2 unknown_person"},
		"left between two readings":    {"p2", "2026-03-01", "page:p1", ""},
		"left before all readings":     {"p2", "2026-05-01", "page:p1", "/head/writer person_not_active /people/list/1"},
		"came after all readings":      {"p3", "2026-03-01", "page:p1", "/head/writer person_not_active /people/list/2"},
		"an alarm by a full name":      {"p1", "2026-03-01", "sms:Bob Taylor", "/late/alarm person_not_active /people/list/1"},
		"an alarm without a scheme":    {"p1", "2026-03-01", "TAYLOR, Bob", "/late/alarm person_not_active /people/list/1"},
		"an alarm by a name and dots":  {"p1", "2026-03-01", "page:bob.taylor", "/late/alarm person_not_active /people/list/1"},
		"an alarm with part of a name": {"p1", "2026-03-01", "page:taylor-team", ""},
	} {
		t.Run(name, func(t *testing.T) {
			writer := test.writer
			if !strings.HasPrefix(writer, "[") {
				writer = `"` + writer + `"`
			}
			value := plain(t, `{"head": {"writer": `+writer+`}, "people": {"list": [{"id": "p1", "name": "Ann Smith"},
        {"id": "p2", "name": "Bob Taylor", "active_until": "2026-04-01"}, {"id": "p3", "name": "Cay Cooper", "active_from": "2026-06-01"}]},
        "early": {"source": {"collected_at": "`+test.early+`T12:00:00Z"}}, "late": {"source": {"collected_at": "2026-05-10T12:00:00Z"}, "alarm": "`+test.alarm+`"}}`)
			if got := strings.Join(said(compiled.Check(value, consistency.Settings{})), "; "); got != test.wanted {
				t.Errorf("%q", got)
			}
		})
	}
	silent := plain(t, `{"head": {"writer": "p2"}, "people": {"list": [{"id": "p2", "name": "Bob Taylor", "active_until": "2026-04-01"}]}}`)
	if lines := said(compiled.Check(silent, consistency.Settings{})); len(lines) > 0 {
		t.Errorf("without any reading: %q", lines)
	}
}

// A text that need not name a person is held against the days of the person that it does name, also by the full name.
func TestFreeTextsThatNameWhoHasLeft(t *testing.T) {
	compiled, err := consistency.Compile(plain(t, `{"properties": {
    "people": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "person"}, "name": {}}}}}},
    "read": {"properties": {"source": {"properties": {"collected_at": {"format": "date-time"}}}, "tool": {},
      "by": {"x-person": {"at": "reading", "free": {"tool": ["yes"]}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for by, wanted := range map[string]string{
		"p2": "/read/by person_not_active /people/list/1", "Bob Taylor": "/read/by person_not_active /people/list/1",
		"Ann Smith": "", "reader 1.4": "", "Cay Cooper": "",
	} {
		value := plain(t, `{"read": {"source": {"collected_at": "2026-05-10T12:00:00Z"}, "tool": "yes", "by": "`+by+`"}, "people": {"list": [{"id": "p1", "name": "Ann Smith"},
      {"id": "p2", "name": "Bob Taylor", "active_until": "2026-04-01"}]}}`)
		if got := strings.Join(said(compiled.Check(value, consistency.Settings{})), "; "); got != wanted {
			t.Errorf("%s: %q", by, got)
		}
	}
}

// A directory of many people with one name is read once, and not each entry with each other.
func TestManyNamesakes(t *testing.T) {
	people := func(n int) map[string]any {
		var list []any
		for i := range n {
			list = append(list, map[string]any{"id": fmt.Sprint("p", i), "name": fmt.Sprintf("J. Martin%d", i%7), "employer": fmt.Sprint("E", i%5)})
		}
		return map[string]any{"people": map[string]any{"list": list}}
	}
	compiled := clubPlan(t)
	cost := func(n int) float64 {
		value := people(n)
		return testing.AllocsPerRun(3, func() { compiled.Check(value, consistency.Settings{}) })
	}
	if few, many := cost(200), cost(2000); many > 12*few {
		t.Errorf("%v allocations for 200 people, %v for 2000", few, many)
	}
}

func TestAnnotationsOfPeopleAreRead(t *testing.T) {
	for _, text := range []string{
		`{"properties": {"a": {"x-no-person": "b"}}}`, `{"properties": {"a": {"x-no-group": 1}}}`, `{"properties": {"a": {"x-over": 1}}}`,
		`{"properties": {"a": {"x-over": {"at": "b", "days": 1}}}}`, `{"properties": {"a": {"x-over": {"at": "b"}, "properties": {"b": {"format": "date"}}}}}`,
		`{"properties": {"a": {"x-reached": {"by": "a/b/c", "days": "b"}}}}`,
	} {
		var schema map[string]any
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatal(err)
		}
		if _, err := consistency.Compile(schema); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	lost := plain(t, `{"properties": {"a": {"properties": {"b": {"x-person": {"at": "ever", "same": "z"}}, "c": {"x-no-group": "none"}, "d": {"x-ref": {"to": [], "kept": {"e": "f"}}}, "i": {"x-no-person": {"owner": "d"}}}}, "g": {"x-over": {"at": "h", "days": 1}, "properties": {"h": {}}}}}`)
	compiled, err := consistency.Compile(lost)
	if err != nil {
		t.Fatal(err)
	}
	if problems := compiled.Verify(nil); len(problems) != 5 {
		t.Errorf("%q", problems)
	}
}
