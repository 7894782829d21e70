package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/mappings"
)

// again fails where what is kept of an export gives other facts than the export.
func again(t *testing.T, form *evidence.Form, facts mapping.Facts) {
	t.Helper()
	fill, err := json.Marshal(facts.Fill)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(facts.Matched)
	if err != nil {
		t.Fatal(err)
	}
	var matched []any
	if err := document.DecodeJSON("", kept, &matched); err != nil {
		t.Fatal(err)
	}
	read, err := mapping.Again(fill, matched, "", form)
	if err != nil {
		t.Fatalf("%s: %v", kept, err)
	}
	if diff := cmp.Diff(facts.Fields, read.Fields); diff != "" {
		t.Errorf("%s: -export +kept:\n%s", kept, diff)
	}
}

// What is kept of an export is what the mapping names.
func TestKept(t *testing.T) {
	_, form := collecttest.Format(t)
	for name, test := range map[string]struct{ fill, export, want string }{
		"members, items and their places": {`{section: keys, list: service_keys, items: "$.k[*]", fields: {id: "$.i[1]", name: $.m.n, operations: $.ops}}`,
			`{"k": [{"i": ["planted", "a", "planted"], "m": {"n": "x", "i": "planted"}, "ops": ["sign"], "n": "planted"}, {"i": ["planted", "b"]}], "planted": 1}`,
			`[{"i":[null,"a",null],"m":{"n":"x"},"ops":["sign"]},{"i":[null,"b"]}]`},
		"a filter": {`{section: keys, list: service_keys, items: "$[*]", fields: {id: $.id, name: "$.a[?@.k == 'Object Type' && @.v.t != 'x'].v.w"}}`,
			`[{"id": "1", "a": [{"k": "x", "v": {"w": "planted"}}, {"k": "Object Type", "p": "planted", "v": {"w": "n", "t": "y", "z": "planted"}}]}]`,
			`[{"a":[{"k":"x","v":{}},{"k":"Object Type","v":{"t":"y","w":"n"}}],"id":"1"}]`},
		"a filter that looks at the whole": {`{section: keys, list: service_keys, items: "$[*]", fields: {id: $.id, name: "$.a[?@.k == $.main].v"}}`,
			`[{"id": "1", "main": "m", "other": "planted", "a": [{"k": "m", "v": "n", "z": "planted"}]}]`, `[{"a":[{"k":"m","v":"n"}],"id":"1","main":"m"}]`},
		"what is below": {`{section: keys, list: service_keys, items: "$[*]", fields: {id: $..deep}}`,
			`[{"a": [{"planted": 1}, {"deep": "1"}], "b": "planted"}]`, `[{"a":[{},{"deep":"1"}]}]`},
		"counts": {`{section: keys, fields: {service_key_count: {count: "$.keys[*]"}}}`,
			`{"keys": ["planted", {"planted": "planted"}, ["planted"], 7], "other": "planted"}`, `[{"keys":[true,{},[null],true]}]`},
		"what shows that the export is whole": {`{section: keys, fields: {service_key_count: {count: "$.keys[*]", proven_by: "$.keys[?@.s != 'on']"}}}`,
			`{"keys": [{"s": "on", "n": "planted"}, {"s": "off"}], "other": "planted"}`, `[{"keys":[{"s":"on"},{"s":"off"}]}]`},
		"the first that finds": {`{section: keys, list: service_keys, items: "$[*]", fields: {id: [$.a, $.b]}}`,
			`[{"b": "1", "c": "planted"}, {"a": "2", "c": "planted"}]`, `[{"b":"1"},{"a":"2"}]`},
		"items of items": {`{section: backups, list: jobs, items: "$[*]", fields: {name: $.n, copies: {items: "$.c[?@.kind]", fields: {location: $.at}}}}`,
			`[{"n": "1", "c": [{"kind": "x", "at": "here", "size": "planted"}, {"size": "planted", "at": "planted"}]}]`, `[{"c":[{"at":"here","kind":"x"},null],"n":"1"}]`},
		"groups, and a filter that finds what has nothing": {`{section: backups, list: jobs, items: "$[*]", group_by: $.j, fields: {name: "$[0].j", failed_runs_30d: {count: "$[?!@.ok]"}}}`,
			`[{"j": "b", "ok": true, "at": "planted"}, {"j": "a", "at": "planted"}, {"j": "b", "ok": true}]`, `[{"j":"b","ok":true},{"j":"a"},{"j":"b","ok":true}]`},
		"groups and the latest": {`{section: keys, list: service_keys, items: "$[*]", group_by: $.g, fields: {id: "$[0].g", created_at: {path: "$[*].t", choose: latest}}}`,
			`[{"g": "1", "t": "2026-01-01T00:00:00Z", "p": "planted"}, {"p": "planted", "t": "2026-03-01T00:00:00Z"}, {"g": "1", "t": "2026-02-01T00:00:00Z"}]`,
			`[{"g":"1","t":"2026-01-01T00:00:00Z"},null,{"g":"1","t":"2026-02-01T00:00:00Z"}]`},
		"what should be an object": {`{section: keys, list: service_keys, items: "$[*]", fields: {id: $.id, name: $.a.b}}`, `[{"id": "1", "a": "planted"}, {"id": "2", "a": ["planted"]}]`,
			`[{"id":"1"},{"a":[null],"id":"2"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mapping.Read("m.yaml", []byte("api_version: raci-check/v1\nkind: Mapping\ninput: {format: json}\nfills:\n  - "+test.fill), form)
			if err != nil {
				t.Fatal(err)
			}
			value, err := m.Value("export", []byte(test.export))
			if err != nil {
				t.Fatal(err)
			}
			m.Apply(value, func(_ string, facts mapping.Facts, err error) {
				if err != nil {
					t.Fatal(err)
				}
				again(t, form, facts)
				kept, err := json.Marshal(facts.Matched)
				if err != nil {
					t.Fatal(err)
				}
				if string(kept) != test.want {
					t.Errorf("%s, expected %s", kept, test.want)
				}
			})
		})
	}
}

// exports are the mappings of the examples and of the program, with an export each.
func exports(t *testing.T, form *evidence.Form) map[*mapping.Mapping][]byte {
	t.Helper()
	all := map[*mapping.Mapping][]byte{}
	read := func(m *mapping.Mapping, name string) {
		export, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[m] = export
	}
	files, err := filepath.Glob("../../examples/*/mappings/*/*.yaml")
	if more, wrong := filepath.Glob("../../examples/*/mappings/*.yaml"); err == nil && wrong == nil {
		files = append(files, more...)
	}
	if len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		m, err := mapping.ReadFile(name, form, map[string]string{})
		if err != nil {
			t.Fatal(err)
		}
		read(m, m.Input)
	}
	contained, err := shipped.All(mappings.FS, form)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range contained {
		names, err := filepath.Glob("../../mappings/testdata/" + m.Name + ".[^f]*")
		if err != nil || len(names) != 1 {
			t.Fatal(m.Name, names, err)
		}
		read(m.Mapping, names[0])
	}
	return all
}

// Whatever else stands in an export, nothing of it is kept, and what is kept gives the same facts.
func TestNothingElseIsKept(t *testing.T) {
	if len(collecttest.Planted) < 26 {
		t.Fatalf("only %d secrets are planted", len(collecttest.Planted))
	}
	_, form := collecttest.Format(t)
	for m, export := range exports(t, form) {
		value, err := m.Value("export", export)
		if err != nil {
			t.Fatal(err)
		}
		m.Apply(collecttest.Plant(value), func(section string, facts mapping.Facts, err error) {
			if err != nil {
				t.Errorf("%s: %v", m.Title, err)
				return
			}
			again(t, form, facts)
			kept, err := json.Marshal(facts.Matched)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(kept), collecttest.PlantedText) {
				t.Errorf("%s %s, %s: kept %.2000s", m.Input, m.Title, section, kept)
			}
		})
	}
}
