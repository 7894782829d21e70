package form_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/policies"
)

func open(t *testing.T) (*form.Schema, *evidence.Reader) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	format, err := rules.Format()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := form.Open(format)
	if err != nil {
		t.Fatal(err)
	}
	accepts, _, err := rules.Form()
	if err != nil {
		t.Fatal(err)
	}
	return schema, &evidence.Reader{Schema: accepts, Limits: document.DefaultLimits}
}

// posted is what a browser posts of a form.
func posted(root *form.Node) url.Values {
	values := url.Values{}
	root.All(func(n *form.Node) {
		switch n.Kind {
		case form.Object, form.Artifact:
		case form.List:
			values.Set(n.AddedInput(), strconv.Itoa(n.Added))
			if n.None {
				values.Set(n.NoneInput(), "yes")
			}
		case form.Choices:
			values.Set(n.AddedInput(), "0")
			for _, option := range n.Options {
				if option.Chosen {
					values.Add(n.Input()+"[]", option.Value)
				}
			}
			if n.Stated {
				values.Set(n.StatedInput(), "yes")
			}
		default:
			values.Set(n.Input(), n.Value)
		}
	})
	return values
}

// sheet is a section as a page shows it, with what is posted of it.
type sheet struct {
	schema *form.Schema
	base   *form.Base
	typed  url.Values
}

func sheetOf(t *testing.T, schema *form.Schema, section string, value any, window form.Window) sheet {
	t.Helper()
	base, err := schema.ReadBase(section, schema.Snapshot(section, value, window).Text())
	if err != nil {
		t.Fatal(err)
	}
	return sheet{schema, base, posted(schema.Build(base, nil, nil))}
}

func (s sheet) read(t *testing.T) []form.Change {
	t.Helper()
	changes, errs := s.schema.Read(s.base, s.typed)
	if len(errs) > 0 {
		t.Fatalf("%v", errs)
	}
	return changes
}

// What is posted as it was shown changes nothing, whatever the evidence has.
func TestNothingTypedChangesNothing(t *testing.T) {
	schema, reader := open(t)
	for _, folder := range []string{"compliant", "gaps", "small", "saas"} {
		sets, _, err := reader.Read([]string{"../../../evidence/" + folder})
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range schema.Sections() {
			s := sheetOf(t, schema, section, sets[0].Value[section], form.Window{})
			if changes := s.read(t); len(changes) > 0 {
				t.Errorf("%s, %s: %v", folder, section, changes)
			}
		}
	}
}

const backups = `{
  "source": {"method": "export", "collected_at": "2026-11-19T06:20:00Z", "artifact": {"path": "exports/a.json", "sha256": "00"}},
  "policy": {"owner": "a@example.com", "rpo_hours": 24},
  "jobs": [
    {"name": "daily", "scope": ["secrets"], "key_ids": ["k1", "k2"], "after_change": true, "retention_days": 30},
    {"name": "weekly", "key_ids": ["k3"], "copies": [{"location": "paris"}, {"location": "gra"}]}
  ],
  "exceptions": []
}`

func decode(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestChanges(t *testing.T) {
	schema, _ := open(t)
	type posting = func(v url.Values)
	set := func(pairs ...string) posting {
		return func(v url.Values) {
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
		}
	}
	for name, c := range map[string]struct {
		typed posting
		want  string // pointer=value, pointer- for what is removed; in order
		after string // a pointer and the value there
	}{
		"a text":                    {set("v:/backups/policy/owner", " b@example.com "), `/backups/policy/owner="b@example.com"`, `/backups/policy/owner="b@example.com"`},
		"a number":                  {set("v:/backups/policy/rpo_hours", "12.5"), `/backups/policy/rpo_hours=12.5`, ""},
		"a number that was absent":  {set("v:/backups/policy/rto_hours", "4"), `/backups/policy/rto_hours=4`, `/backups/policy/rto_hours=4`},
		"a text taken away":         {set("v:/backups/policy/owner", ""), `/backups/policy/owner-`, ""},
		"an object that was absent": {set("v:/backups/access_review/reviewer", "c", "v:/backups/access_review/reviewed_at", "2026-11-01T00:00:00Z"), `/backups/access_review={"reviewed_at":"2026-11-01T00:00:00Z","reviewer":"c"}`, ""},
		"a boolean":                 {set("v:/backups/jobs/0/after_change", "false"), `/backups/jobs/0/after_change=false`, ""},
		"a boolean, unknown":        {set("v:/backups/jobs/0/after_change", ""), `/backups/jobs/0/after_change-`, ""},
		"choices":                   {func(v url.Values) { v.Add("v:/backups/jobs/0/scope[]", "configuration") }, `/backups/jobs/0/scope=["secrets","configuration"]`, ""},
		"no choice, stated":         {func(v url.Values) { v.Del("v:/backups/jobs/0/scope[]") }, `/backups/jobs/0/scope=[]`, ""},
		"no choice, not stated":     {func(v url.Values) { v.Del("v:/backups/jobs/0/scope[]"); v.Del("stated:/backups/jobs/0/scope") }, `/backups/jobs/0/scope-`, ""},
		"an item of texts":          {set("v:/backups/jobs/0/key_ids/2", "k9"), `/backups/jobs/0/key_ids/2="k9"`, `/backups/jobs/0/key_ids=["k1","k2","k9"]`},
		"a text emptied":            {set("v:/backups/jobs/0/key_ids/0", ""), `/backups/jobs/0/key_ids/0-`, `/backups/jobs/0/key_ids=["k2"]`},
		"an item removed":           {func(v url.Values) { v.Add("remove[]", "/backups/jobs/0") }, `/backups/jobs/0-`, `/backups/jobs/0/name="weekly"`},
		"all items removed":         {func(v url.Values) { v["remove[]"] = []string{"/backups/jobs/0", "/backups/jobs/1"} }, `/backups/jobs/1- /backups/jobs/0-`, `/backups/jobs=[]`},
		"an item added":             {set("added:/backups/jobs", "1", "v:/backups/jobs/2/name", "monthly"), `/backups/jobs/2={"name":"monthly"}`, `/backups/jobs/2/name="monthly"`},
		"a blank item added":        {set("added:/backups/jobs", "1", "v:/backups/jobs/2/name", ""), ``, ""},
		"an item in an item":        {set("added:/backups/jobs/1/copies", "1", "v:/backups/jobs/1/copies/2/location", "tokyo"), `/backups/jobs/1/copies/2={"location":"tokyo"}`, ""},
		"the first item of a list":  {set("added:/backups/jobs/0/copies", "1", "v:/backups/jobs/0/copies/0/location", "tokyo"), `/backups/jobs/0/copies=[{"location":"tokyo"}]`, ""},
		"a list that has none":      {set("none:/backups/jobs/0/copies", "yes"), `/backups/jobs/0/copies=[]`, ""},
		"an empty list, unknown":    {func(v url.Values) { v.Del("none:/backups/exceptions") }, `/backups/exceptions-`, ""},
		"added, changed, and removed": {func(v url.Values) {
			v.Add("remove[]", "/backups/jobs/0")
			set("added:/backups/jobs", "1", "v:/backups/jobs/2/name", "m", "v:/backups/jobs/1/name", "w")(v)
		}, `/backups/jobs/1/name="w" /backups/jobs/2={"name":"m"} /backups/jobs/0-`, `/backups/jobs/0/name="w"`},
		"an artifact taken away":     {func(v url.Values) { v.Add("remove[]", "/backups/source/artifact") }, `/backups/source/artifact-`, ""},
		"a field of another section": {set("v:/keys/key_count", "1", "v:/backups/nonsense", "x"), ``, ""},
		"an item that is not shown":  {func(v url.Values) { v.Add("remove[]", "/backups/jobs/7") }, ``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			value := decode(t, backups)
			s := sheetOf(t, schema, "backups", value, form.Window{})
			c.typed(s.typed)
			changes := s.read(t)
			var all []string
			for _, change := range changes {
				text := change.Pointer + "-"
				if !change.Remove {
					encoded, _ := json.Marshal(change.Value)
					text = change.Pointer + "=" + string(encoded)
				}
				all = append(all, text)
			}
			if got := strings.Join(all, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			after, conflicts := form.Apply("backups", value, changes)
			if len(conflicts) > 0 {
				t.Errorf("there are conflicts: %v", conflicts)
			}
			if !reflect.DeepEqual(value, decode(t, backups)) {
				t.Error("the value itself is changed")
			}
			if pointer, expected, has := strings.Cut(c.after, "="); has {
				is, _ := document.Lookup(map[string]any{"backups": after}, pointer)
				if encoded, _ := json.Marshal(is); string(encoded) != expected {
					t.Errorf("%s is %s, expected is %s", pointer, encoded, expected)
				}
			}
		})
	}
}

func TestAnAbsentSection(t *testing.T) {
	schema, _ := open(t)
	s := sheetOf(t, schema, "backups", nil, form.Window{})
	s.typed.Set("v:/backups/policy/owner", "a")
	changes := s.read(t)
	if len(changes) != 1 || changes[0].Pointer != "/backups" || changes[0].Was != nil {
		t.Errorf("%v", changes)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	schema, _ := open(t)
	for pointer, values := range map[string][]string{
		"/backups/policy/rpo_hours":            {"x", "1e", "0", "-1", "8761", "1e999999999", "NaN", "Infinity", "0x10", "1_000", "12 h", "9007199254740993", "-1e20"},
		"/backups/source/collected_by":         {"a\u202eb", "a\x00b", "a\rb", "a\u2028b", "\xff"}, // what a document must not have, as it may come with a copied text
		"/backups/jobs/0/retention_days":       {"1.5", "-1", "99999"},
		"/backups/policy/reviewed_on":          {"2026-13-01", "yesterday", "2026-1-1"},
		"/backups/source/collected_at":         {"2026-11-19", "now", "2026-11-19 06:20"},
		"/backups/source/method":               {"guess"},
		"/backups/jobs/0/after_change":         {"maybe"},
		"/backups/jobs/1/copies/0/held_by":     {"nobody"},
		"/backups/jobs/1/restore_test/outcome": {"great"},
	} {
		for _, value := range values {
			s := sheetOf(t, schema, "backups", decode(t, backups), form.Window{})
			s.typed.Set("v:"+pointer, value)
			changes, errs := schema.Read(s.base, s.typed)
			if errs[pointer] == "" || len(changes) > 0 {
				t.Errorf("%s = %q is taken: %v", pointer, value, changes)
			}
			node := (*form.Node)(nil)
			schema.Build(s.base, s.typed, errs).All(func(n *form.Node) {
				if n.Pointer == pointer {
					node = n
				}
			})
			if node.Error == "" || node.Kind == form.Text && node.Value != value {
				t.Errorf("%s: the form does not show what is wrong: %+v", pointer, node)
			}
		}
	}
}

func TestAnotherChangeMeanwhile(t *testing.T) {
	schema, _ := open(t)
	for name, c := range map[string]struct {
		typed, disk string // pointer=value
		conflict    bool
	}{
		"another field":           {"/backups/policy/owner=b", "/backups/policy/rpo_hours=12", false},
		"the same field":          {"/backups/policy/owner=b", "/backups/policy/owner=\"c\"", true},
		"a field that was absent": {"/backups/policy/rto_hours=3", "/backups/policy/rto_hours=4", true},
		"an item to remove":       {"remove[]=/backups/jobs/0", "/backups/jobs/0/retention_days=31", true},
		"another item":            {"remove[]=/backups/jobs/0", "/backups/jobs/1/name=\"x\"", false},
	} {
		s := sheetOf(t, schema, "backups", decode(t, backups), form.Window{})
		pointer, typed, _ := strings.Cut(c.typed, "=")
		if pointer == "remove[]" {
			s.typed.Add(pointer, typed)
		} else {
			s.typed.Set("v:"+pointer, typed)
		}
		at, value, _ := strings.Cut(c.disk, "=")
		disk, _ := form.Apply("backups", decode(t, backups), []form.Change{{Pointer: at, Value: decode(t, value)}})
		_, conflicts := form.Apply("backups", disk, s.read(t))
		if len(conflicts) > 0 != c.conflict {
			t.Errorf("%s: %v", name, conflicts)
		}
		if c.conflict && pointer != "remove[]" { // saved again, it goes over what is there now
			s.base.Rebase(conflicts)
			if _, again := form.Apply("backups", disk, s.read(t)); len(again) > 0 {
				t.Errorf("%s, saved again: %v", name, again)
			}
		}
	}
}

// A list may have other items on disk by now.
func TestListsThatChangedMeanwhile(t *testing.T) {
	schema, _ := open(t)
	removed := []form.Change{{Pointer: "/backups/jobs/0", Remove: true}}
	grown := []form.Change{{Pointer: "/backups/jobs/2", Value: map[string]any{"name": "hourly"}}}
	for name, c := range map[string]struct {
		typed    [2]string
		disk     []form.Change
		conflict bool
		pointer  string // of the change, once it is settled
	}{
		"an item that moved":            {[2]string{"v:/backups/jobs/1/retention_days", "9"}, removed, true, "/backups/jobs/1/retention_days"},
		"an item before one that moved": {[2]string{"v:/backups/policy/owner", "b"}, removed, false, "/backups/policy/owner"},
		"an item that was changed":      {[2]string{"v:/backups/jobs/0/after_change", "false"}, []form.Change{{Pointer: "/backups/jobs/0/retention_days", Value: json.Number("31")}}, false, "/backups/jobs/0/after_change"},
		"an item that has another name": {[2]string{"v:/backups/jobs/0/after_change", "false"}, []form.Change{{Pointer: "/backups/jobs/0/name", Value: "x"}}, true, "/backups/jobs/0/after_change"},
		"an item in a list that grew":   {[2]string{"v:/backups/jobs/2/name", "monthly"}, grown, false, "/backups/jobs/3"},
		"an item in one that shrank":    {[2]string{"v:/backups/jobs/2/name", "monthly"}, removed, false, "/backups/jobs/1"},
	} {
		s := sheetOf(t, schema, "backups", decode(t, backups), form.Window{})
		s.typed.Set("added:/backups/jobs", "1")
		s.typed.Set(c.typed[0], c.typed[1])
		disk, _ := form.Apply("backups", decode(t, backups), c.disk)
		changes, conflicts := schema.Settle(s.base, disk, s.read(t))
		if len(conflicts) > 0 != c.conflict || len(changes) != 1 || changes[0].Pointer != c.pointer {
			t.Errorf("%s: %v, conflicts %v", name, changes, conflicts)
		}
	}
}

// many is a section of so many keys.
func many(n int) any {
	keys := make([]any, n)
	for i := range keys {
		keys[i] = map[string]any{"id": fmt.Sprintf("key-%05d", i), "name": fmt.Sprintf("name-%05d", i), "owner": "a@example.com"}
	}
	return map[string]any{"service_keys": keys}
}

func TestManyItems(t *testing.T) {
	schema, _ := open(t)
	value := many(10_000)
	for name, c := range map[string]struct {
		window        form.Window
		first, count  int
		before, after int
	}{
		"the first page":    {form.Window{}, 0, 20, -1, 20},
		"around an item":    {form.Window{At: "/keys/service_keys/777/owner"}, 760, 20, 740, 780},
		"the last page":     {form.Window{At: "/keys/service_keys/9999"}, 9980, 20, 9960, -1},
		"beyond the end":    {form.Window{At: "/keys/service_keys/10000"}, 0, 20, -1, 20},
		"a search":          {form.Window{List: "/keys/service_keys", Find: "NAME-00123"}, 123, 1, -1, -1},
		"a search for many": {form.Window{List: "/keys/service_keys", Find: "key-0012"}, 120, 10, -1, -1},
		"a search for none": {form.Window{List: "/keys/service_keys", Find: "nothing"}, 0, 0, -1, -1},
	} {
		base := schema.Snapshot("keys", value, c.window)
		if len(base.Text()) > 64<<10 {
			t.Errorf("%s: the page hands back %d bytes", name, len(base.Text()))
		}
		var list *form.Node
		schema.Build(base, nil, nil).All(func(n *form.Node) {
			if n.Pointer == "/keys/service_keys" {
				list = n
			}
		})
		if list.Total != 10_000 || len(list.Items) != c.count || list.Before != c.before || list.After != c.after || c.count > 0 && list.Items[0].Index != c.first {
			t.Errorf("%s: %d items, pages before %d and after %d", name, len(list.Items), list.Before, list.After)
		}
	}
	s := sheetOf(t, schema, "keys", value, form.Window{At: "/keys/service_keys/777"})
	s.typed.Set("v:/keys/service_keys/777/owner", "b@example.com")
	s.typed.Set("added:/keys/service_keys", "1")
	s.typed.Set("v:/keys/service_keys/10000/id", "new")
	changes := s.read(t)
	if len(changes) != 2 || changes[0].Pointer != "/keys/service_keys/777/owner" || changes[1].Pointer != "/keys/service_keys/10000" {
		t.Errorf("%v", changes)
	}
}

func TestSuggestions(t *testing.T) {
	schema, reader := open(t)
	sets, _, err := reader.Read([]string{"../../../evidence/compliant"})
	if err != nil {
		t.Fatal(err)
	}
	people := schema.Suggest(sets[0].Value, []string{"person"}, "", 1000)
	keys := schema.Suggest(sets[0].Value, []string{"key"}, "", 1000)
	if len(people) < 5 || len(keys) < 3 || people[0].Label == "" || keys[0].Label == "" {
		t.Errorf("people %v, keys %v", people, keys)
	}
	for _, person := range people {
		if byName := schema.Suggest(sets[0].Value, []string{"person"}, strings.ToUpper(person.Label), 1000); len(byName) == 0 {
			t.Errorf("%s is not found by the name", person)
		}
	}
	if cut := schema.Suggest(sets[0].Value, []string{"person"}, "", 2); len(cut) != 2 {
		t.Errorf("%v", cut)
	}
	if objects := schema.Suggest(sets[0].Value, []string{"unheard_of"}, "", 1000); len(objects) > 0 {
		t.Errorf("%v", objects)
	}
}

func TestABaseFromElsewhere(t *testing.T) {
	schema, _ := open(t)
	for _, text := range []string{"", "{}", "null", "[]", `{"section":"keys","leaves":{},"objects":{},"lists":{}}`,
		`{"section":"backups","leaves":{},"objects":{},"lists":{"/backups/jobs":{"total":-1}}}`,
		`{"section":"backups","leaves":{},"objects":{},"lists":{"/backups/jobs":{"total":1,"shown":[0],"digests":[]}}}`} {
		if _, err := schema.ReadBase("backups", text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
