package file

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const head = "api_version: raci-check/v1\nkind: Mapping\ninput: {file: export, format: json}\nfills:\n"

// stored writes a mapping and its export into a new folder that becomes the current one.
func stored(t *testing.T, mapping, export string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"m.yaml": mapping, "export": export} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, mappings ...string) (collect.Source, error) {
	t.Helper()
	_, form := collecttest.Format(t)
	return Kind.New(collect.Values{"mapping": mappings}, collect.Env{Form: form})
}

// read reads the stored export by the stored mapping.
func read(t *testing.T) collect.Result {
	t.Helper()
	s, err := open(t, "m.yaml")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := collect.Run(t.Context(), []collect.Named{{Name: "file", Method: Kind.Method, Source: s}}, collect.Request{}, nil)
	if outcomes[0].Err != nil {
		t.Fatal(outcomes[0].Err)
	}
	return outcomes[0].Result
}

// People fill in a register: what stands in it for no value is none, although the answers are kept and read again.
func TestPlaceholdersOfARegister(t *testing.T) {
	stored(t, head+"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.i, owner: $.o}}\n", `[{"i": "key-1", "o": "TBD"}]`)
	config := collect.Config{Service: collect.Service{ID: "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"}, Sources: []collect.Configured{{Kind: Kind, Values: collect.Values{"mapping": {"m.yaml"}, "input": {"export"}}}}}
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	if err := collecttest.Plan(t, config, at, "evidence").Write(); err != nil {
		t.Fatal(err)
	}
	if err := collecttest.Assess(t, "evidence", at); err == nil || !strings.Contains(err.Error(), `"TBD" is a placeholder, no value`) {
		t.Errorf("error %v", err)
	}
}

func TestValues(t *testing.T) {
	for name, test := range map[string]struct{ fills, export, want string }{
		"a list": {"  - {section: keys, list: service_keys, items: \"$.k[*]\", fields: {id: $.i, size: $.bits, operations: $.ops}}",
			`{"k": [{"i": "a", "bits": 256, "ops": ["sign"]}, {"i": "b", "bits": "128", "ops": []}]}`,
			`{"service_keys":[{"id":"a","operations":["sign"],"size":256},{"id":"b","operations":[],"size":128}]}`},
		"members of an object, in a fixed order": {"  - {section: keys, list: service_keys, items: $.*, fields: {id: $.i}}",
			`{"z": {"i": "1"}, "a": {"i": "2"}, "m": {"i": "3"}}`, `{"service_keys":[{"id":"2"},{"id":"3"},{"id":"1"}]}`},
		"an empty list that may be": {"  - {section: keys, list: service_keys, items: \"$[*]\", may_be_empty: true, fields: {id: $.i}}", `[]`, `{"service_keys":[]}`},
		"fields of a section": {"  - {section: backups, fields: {policy/owner: $.who, policy/rpo_hours: {path: $.days, times: 24}}}",
			`{"who": "ines", "days": 0.5}`, `{"policy":{"owner":"ines","rpo_hours":12}}`},
		"one value only": {"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.i, size: {path: \"$.bits[*]\", choose: only}}}",
			`[{"i": "a", "bits": [256]}, {"i": "b", "bits": [256, "256"]}, {"i": "c", "bits": [256, 128]}, {"i": "d", "bits": []}]`,
			`{"service_keys":[{"id":"a","size":256},{"id":"b","size":256},{"id":"c"},{"id":"d"}]}`},
		"a count": {"  - {section: keys, fields: {service_key_count: {count: \"$[*]\"}}}", `[1, 2, 3]`, `{"service_key_count":3}`},
		"what is found nowhere, and null, is left out": {"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.i, size: $.none, owner: $.o}}",
			`[{"i": "a", "o": null}]`, `{"service_keys":[{"id":"a"}]}`},
		"a map of values, of booleans too": {"  - {section: credentials, list: certificates, items: \"$[*]\", fields: {id: $.i, from_csr: {path: $.csr, map: {Y: true, \"N\": false}}}}",
			`[{"i": "a", "csr": "N"}]`, `{"certificates":[{"from_csr":false,"id":"a"}]}`},
		"dates": {"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.i, created_at: $.a, activated_at: {path: $.b, format: unix}, deactivated_at: {path: $.c, format: unix_ms}, " +
			"compromised_at: {path: $.d, format: custom, layout: 02.01.2006 15:04, zone: Europe/Paris}, protect_until: {path: $.e, format: rfc3339, zone: Europe/Paris}}}",
			`[{"i": "a", "a": "2026-07-01T02:00:00+02:00", "b": 1767225600, "c": "1767225600000", "d": "01.07.2026 01:30", "e": "2026-06-30T23:00:00Z"}]`,
			`{"service_keys":[{"activated_at":"2026-01-01T00:00:00Z","compromised_at":"2026-06-30T23:30:00Z","created_at":"2026-07-01T00:00:00Z","deactivated_at":"2026-01-01T00:00:00Z","id":"a","protect_until":"2026-07-01"}]}`},
		"a list in one text, and one inside a list": {"  - {section: backups, list: jobs, items: \"$[*]\", fields: {name: $.n, key_ids: {path: $.k, split: \";\"}, copies: {items: \"$.c[*]\", fields: {location: $.l}}, failures: {items: \"$.f[*]\", may_be_empty: true, fields: {ticket: $.t}}}}",
			`[{"n": "a", "k": "1; 2;", "c": [{"l": "x"}]}]`, `{"jobs":[{"copies":[{"location":"x"}],"failures":[],"key_ids":["1","2"],"name":"a"}]}`},
		"groups, in the order of their first, with a choice among values": {"  - {section: backups, list: jobs, items: \"$[*]\", group_by: $.j, fields: {name: \"$[0].j\", last_success_at: {path: \"$[?@.ok].at\", choose: latest}, " +
			"retention_days: {path: \"$[*].keep\", format: duration, divided_by: 86400, choose: smallest}, failed_runs_30d: {count: \"$[?!@.ok]\"}, failures: {items: \"$[?!@.ok]\", may_be_empty: true, fields: {failed_at: $.at}}}}",
			`[{"j": "b", "ok": true, "at": "2026-11-02T01:00:00+01:00", "keep": "240h0m0s"}, {"j": "a", "at": "2026-11-03T00:00:00Z"}, {"at": "2026-11-05T00:00:00Z"}, {"j": "b", "ok": true, "at": "2026-11-02T00:30:00Z", "keep": "720h"}]`,
			`{"jobs":[{"failed_runs_30d":0,"failures":[],"last_success_at":"2026-11-02T00:30:00Z","name":"b","retention_days":10},{"failed_runs_30d":1,"failures":[{"failed_at":"2026-11-03T00:00:00Z"}],"name":"a"}]}`},
		"the first path that finds something": {"  - {section: keys, list: service_keys, items: [\"$.keys[*]\", \"$[*]\"], fields: {id: [$.id, $.uuid], created_at: {path: [$.made, $.seen], choose: earliest}}}",
			`[{"id": null, "uuid": "u", "seen": "2026-01-01T00:00:00Z"}, {"id": "i", "uuid": "v"}]`, `{"service_keys":[{"created_at":"2026-01-01T00:00:00Z","id":"u"},{"id":"i"}]}`},
		"a part of a text": {"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: {path: $.urn, extract: \"([^:/]+)$\"}, state: {path: $.s, extract: \"^(.).*\", map: {A: active}}}}",
			`[{"urn": "urn:v1:eu:key/k1", "s": "Active since May"}]`, `{"service_keys":[{"id":"k1","state":"active"}]}`},
		"a set has each text once": {"  - {section: network, fields: {observed_client_ips: \"$[*].ip\"}}", `[{"ip": "198.51.100.7"}, {"ip": "203.0.113.1"}, {"ip": "198.51.100.7"}]`, `{"observed_client_ips":["198.51.100.7","203.0.113.1"]}`},
		"a fraction of a day, down and up": {"  - {section: backups, list: jobs, items: \"$[*]\", fields: {name: $.n, retention_days: {path: $.s, divided_by: 86400, round: down}, failed_runs_30d: {path: $.f, round: up}}}",
			`[{"n": "a", "s": "31557600", "f": 1.5}, {"n": "b", "s": 86400, "f": 2}]`, `{"jobs":[{"failed_runs_30d":2,"name":"a","retention_days":365},{"failed_runs_30d":2,"name":"b","retention_days":1}]}`},
		"a count of nothing in a list that is there, and of a list that is not": {"  - {section: backups, list: jobs, items: \"$[*]\", fields: {name: $.n, failed_runs_30d: {count: \"$.r[?@.bad]\"}}}",
			`[{"n": "a", "r": [{"id": 1}]}, {"n": "b", "r": []}, {"n": "c"}, {"n": "d", "r": null}, {"n": "e", "r": "x"}]`, `{"jobs":[{"failed_runs_30d":0,"name":"a"},{"failed_runs_30d":0,"name":"b"},{"name":"c"},{"name":"d"},{"name":"e"}]}`},
		"a count in what a tool leaves out":    {"  - {section: keys, fields: {service_key_count: {count: \"$..keys[*]\"}}}", `{"page": 1}`, `{"service_key_count":0}`},
		"an empty list that a tool leaves out": {"  - {section: keys, list: service_keys, items: \"$..keys[*]\", may_be_empty: true, fields: {id: $.i}}", `{"page": 1}`, `{"service_keys":[]}`},
		"an empty text tells nothing": {"  - {section: backups, list: jobs, items: \"$[*]\", group_by: $.g, fields: {name: [\"$[0].n\", \"$[0].g\"], last_success_at: \"$[0].at\", " +
			"key_ids: \"$[0].k\", secret_paths: \"$[0].p\", failed_runs_30d: {path: \"$[0].f\", map: {\"\": 0, none: 1}}}}",
			`[{"g": "a", "n": "", "at": "", "k": [""], "p": ["x", ""], "f": ""}, {"g": "", "n": "b"}]`, `{"jobs":[{"failed_runs_30d":0,"name":"a","secret_paths":["x"]}]}`},
		"a count of empty texts": {"  - {section: keys, fields: {service_key_count: {count: \"$[*].n\"}}}", `[{"n": ""}, {"n": "a"}]`, `{"service_key_count":2}`},
		"the largest":            {"  - {section: backups, fields: {policy/rpo_hours: {path: \"$[*]\", choose: largest}}}", `[2, 10.5, "9"]`, `{"policy":{"rpo_hours":10.5}}`},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, head+test.fills+"\n", test.export)
			result := read(t)
			if len(result.Failed) > 0 {
				t.Fatal(result.Failed)
			}
			got, err := json.Marshal(result.Parts[0].Fields)
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s\nwant %s (%v)", got, test.want, err)
			}
		})
	}
}

// A part that does not say so is no whole: what counts on it is left out, and the command that exports the whole is said.
func TestWhatMayBeAPartIsNotCounted(t *testing.T) {
	const mapping = `api_version: raci-check/v1
kind: Mapping
command: list --all
input: {file: export, format: json}
fills:
  - {section: keys, fields: {service_key_count: {count: "$.k[*]", proven_by: "$.k[?@.s != 'on']"}}}
`
	for export, want := range map[string]string{`{"k": [{"s": "on"}, {"s": "off"}]}`: "2", `{"k": [{"s": "on"}]}`: "", `{"k": []}`: ""} {
		stored(t, mapping, export)
		result := read(t)
		count, notes := "", strings.Join(result.Notes, "\n")
		if n, isThere := result.Parts[0].Fields["service_key_count"]; isThere {
			count = fmt.Sprint(n)
		}
		if count != want {
			t.Errorf("%s: the count is %q, want %q", export, count, want)
		}
		if isSaid := strings.Contains(notes, "so service_key_count is left out. Use a whole one, made by: list --all."); isSaid != (want == "") {
			t.Errorf("%s: notes %s", export, notes)
		}
	}
}

func TestFormats(t *testing.T) {
	const fills = "  - {section: location, list: workloads, items: \"$[*]\", fields: {id: $.ci, latency_p95_ms: \"$['p 95']\"}}\n"
	csv := strings.Replace(head, "json", "csv, delimiter: ;", 1)
	for name, test := range map[string]struct{ mapping, export string }{
		"csv":    {csv + fills, "\ufeffci;p 95\r\n\"a;b\";2.5\r\nc;\r\n"},
		"ndjson": {strings.Replace(head, "json", "ndjson", 1) + fills, "{\"ci\": \"a;b\", \"p 95\": 2.5}\r\n\n{\"ci\": \"c\"}\n"},
		"yaml":   {strings.Replace(head, "json", "yaml", 1) + strings.Replace(fills, "$[*]", "$.w[*]", 1), "w:\n  - {ci: a;b, p 95: 2.5}\n  - {ci: c}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, test.mapping, test.export)
			result := read(t)
			got, _ := json.Marshal(result.Parts)
			if !strings.Contains(string(got), `"Fields":{"workloads":[{"id":"a;b","latency_p95_ms":2.5},{"id":"c"}]}`) {
				t.Errorf("%s, %v", got, result.Failed)
			}
			if len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "m.yaml:5:") || !strings.Contains(result.Notes[0], "in 1 of 2 parts") {
				t.Errorf("notes %q", result.Notes)
			}
		})
	}
}

// What the export holds against the mapping fails the section, at the place of the expression, and repeats no value.
func TestASectionFails(t *testing.T) {
	const list = "  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.id, size: $.size, created_at: $.at, state: {path: $.s, map: {A: active}}}}\n"
	for name, test := range map[string]struct{ fills, export, says string }{
		"nothing is found":                  {list, `[]`, "m.yaml:5:48: $[*]: it finds nothing"},
		"nowhere to be empty":               {"  - {section: keys, list: service_keys, items: \"$.keys[*]\", may_be_empty: true, fields: {id: $.id}}\n", `{"message": "geheim"}`, "no list there that could be empty"},
		"no number":                         {list, `[{"id": "a", "size": "geheim"}]`, "m.yaml:5:81: $.size: the value is not a number"},
		"not a whole number":                {list, `[{"id": "a", "size": 1.5}]`, "not a whole number"},
		"no fraction":                       {list, `[{"id": "a", "size": "1/2"}]`, "not a number"},
		"a number without end":              {list, `[{"id": "a", "size": "1e999999999"}, {"id": "b", "size": 1e-999999999}]`, "not a number"},
		"a number of no size":               {list, `[{"id": "b", "size": 1e-999999999}]`, "not a number"},
		"an object":                         {list, `[{"id": "a", "size": {}}]`, "an object or a list"},
		"no instant":                        {list, `[{"id": "a"}, {"id": "b", "at": "geheim"}]`, "(item 2 of the export)"},
		"not in the map":                    {list, `[{"id": "a", "s": "geheim"}]`, "the value is not in map, which has A"},
		"two parts for a section":           {"  - {section: keys, items: \"$[*]\", fields: {service_key_count: $.n}}\n", `[{"n": 1}, {"n": 2}]`, "it finds 2 parts"},
		"two values for one":                {"  - {section: keys, fields: {service_key_count: \"$[*]\"}}\n", `[1, 2]`, "it finds 2 values"},
		"a text without its part":           {"  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: {path: $.id, extract: \"^k-(.+)$\"}}}\n", `[{"id": "geheim"}]`, "extract does not match the value"},
		"groups of nothing":                 {"  - {section: keys, list: service_keys, items: \"$[*]\", group_by: $.g, fields: {id: \"$[0].id\"}}\n", `[{"id": "a"}, {"id": "b"}]`, "m.yaml:5:66: $.g: it finds nothing in any of 2 parts"},
		"a part of two groups":              {"  - {section: keys, list: service_keys, items: \"$[*]\", group_by: \"$.g[*]\", fields: {id: \"$[0].id\"}}\n", `[{"id": "a", "g": ["geheim", "y"]}]`, "it finds 2 values in a part"},
		"a group of objects":                {"  - {section: keys, list: service_keys, items: \"$[*]\", group_by: $.g, fields: {id: \"$[0].id\"}}\n", `[{"id": "a", "g": {}}]`, "groups have a text"},
		"null for an item":                  {list, `[{"id": "a"}, null, null]`, "m.yaml:5:48: $[*]: it finds null in place of 2 items"},
		"null in a count":                   {"  - {section: keys, fields: {service_key_count: {count: \"$.k[*]\"}}}\n", `{"k": [1, null]}`, "$.k[*]: it finds null in place of 1 values"},
		"null beside what a filter chooses": {strings.Replace(list, "$[*]", "$[?@.id]", 1), `[{"id": "a"}, null]`, "$[?@.id]: it finds null in place of 1 items"},
		"null on the way":                   {strings.Replace(list, "$[*]", "$.g[*].k[*]", 1), `{"g": [{"k": [{"id": "a"}]}, null]}`, "it finds null in place of 1 items"},
		"null below":                        {strings.Replace(list, "$[*]", "$..k[*]", 1), `{"g": [{"k": [{"id": "a"}, null]}]}`, "it finds null in place of 1 items"},
		"null where the first finds nothing": {"  - {section: keys, fields: {service_key_count: {count: [\"$[?@.id]\", \"$[*][?@.id]\"]}}}\n", `[[{"id": "a"}, null]]`,
			"it finds null in place of 1 values"},
		"a page that failed":   {strings.Replace(list, "$[*]", "$[*].k[*]", 1), `[{"k": [{"id": "a"}]}, {"error": {"code": 500}}]`, "an item that is nothing but an error"},
		"a record that failed": {strings.Replace(list, "$[*]", "$[*][*]", 1), `[[{"id": "a"}], [{"message": "limit", "documentation_url": "https://a.example"}]]`, "an item that is nothing but an error"},
		"null in a set":        {strings.Replace(list, "{id: $.id,", "{id: $.id, operations: $.o,", 1), `[{"id": "a", "o": ["sign", null]}]`, "$.o: it finds null in place of 1 values"},
		"null in a group":      {"  - {section: keys, list: service_keys, items: \"$[*]\", group_by: $.g, fields: {id: \"$[0].g\", operations: \"$[*].o[*]\"}}\n", `[{"g": "a", "o": ["sign"]}, {"g": "a", "o": [null]}]`, "it finds null in place of 1 values"},
		"a count of no member": {"  - {section: keys, list: service_keys, items: \"$[*]\", may_be_empty: true, fields: {id: $.id}}\n", `{}`, "no list there that could be empty"},
		"a name twice":         {list, `[{"id": "a", "id": "b"}]`, `export:1:14: an object has the name "id" twice`},
		"a truncated export":   {list, `[{"id": "a"}, `, "export:1:15: the JSON text ends"},
		"two exports":          {list, "[]\n[]", "more follows"},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, head+test.fills, test.export)
			result := read(t)
			err := result.Failed["keys"]
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") || len(result.Parts) > 0 {
				t.Errorf("%v, %+v", err, result.Parts)
			}
		})
	}
	for name, test := range map[string]struct{ export, says string }{
		"a row too short":      {"a,b\n1\n", "export:2:"},
		"a quote left open":    {"a,b\n\"1,2\n", "export:"},
		"a column twice":       {"a,a\n1,2\n", `two columns have the name "a"`},
		"an empty file":        {"", "export:1:1: the file is empty"},
		"a file in other code": {"a\n\xff\n", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, strings.Replace(head, "json", "csv", 1)+list, test.export)
			if err := read(t).Failed["keys"]; err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestALineThatCannotBeRead(t *testing.T) {
	stored(t, strings.Replace(head, "json", "ndjson", 1)+"  - {section: keys, fields: {service_key_count: {count: \"$[*]\"}}}\n", "{}\n\n{\"a\" 1}\n")
	if err := read(t).Failed["keys"]; err == nil || !strings.Contains(err.Error(), "export:3:6: ") {
		t.Errorf("%v", err)
	}
}

func TestExportsThatAreNotRead(t *testing.T) {
	const fills = "  - {section: keys, fields: {service_key_count: $.n}}\n"
	for name, prepare := range map[string]func(t *testing.T) error{
		"no such file":  func(*testing.T) error { return os.Remove("export") },
		"a folder":      func(*testing.T) error { _ = os.Remove("export"); return os.Mkdir("export", 0o700) },
		"a named pipe":  func(*testing.T) error { _ = os.Remove("export"); return testhelp.Mkfifo("export") },
		"a larger file": func(*testing.T) error { return os.WriteFile("export", []byte(strings.Repeat(" ", 101)), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, head+fills, "{}")
			if err := prepare(t); err != nil {
				t.Skip(err)
			}
			s, err := open(t, "m.yaml")
			if err != nil {
				t.Fatal(err)
			}
			s.(*source).limit = 100
			outcomes := collect.Run(t.Context(), []collect.Named{{Name: "file", Source: s}}, collect.Request{}, nil)
			if err := outcomes[0].Result.Failed["keys"]; err == nil || !strings.Contains(err.Error(), "export") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// A list of a tool that answers page by page may be one page of several; a list of pages is whole, each once.
func TestAListThatMayBeAPageIsRefused(t *testing.T) {
	const mapping = `api_version: raci-check/v1
kind: Mapping
command: list --all-pages
input: {file: export, format: json, pages: true}
fills:
  - {section: keys, fields: {service_key_count: {count: ["$..[?@.i]"]}}}
`
	const mayBe, twice = "a page does not say whether another follows", "has the same record twice"
	stored(t, strings.Replace(mapping, "format: json", "format: ndjson", 1), "")
	if _, err := open(t, "m.yaml"); err == nil || !strings.Contains(err.Error(), "m.yaml:4:39: only json files have pages") {
		t.Errorf("error %v", err)
	}
	for export, want := range map[string]string{
		`[]`:                     mayBe,
		`[{"i": 1}]`:             mayBe,
		`{"k": [{"i": 1}]}`:      mayBe,
		`[[{"i": 1}], {"i": 2}]`: mayBe,
		`[[{"i": 1, "k": 0}], [{"k": 0, "i": 1}]]`: twice,
		`[[{"i": 1}, {"i": 2}], []]`:               "2",
		`[[], []]`:                                 "0",
		`[[{"i": 1}, {"i": 2}], [{"i": 3}]]`:       "3",
	} {
		stored(t, mapping, export)
		result := read(t)
		got := ""
		for _, part := range result.Parts {
			got = fmt.Sprint(part.Fields["service_key_count"])
		}
		if err := result.Failed["keys"]; err != nil {
			got = err.Error()
			if !strings.HasSuffix(got, ", by: list --all-pages") {
				t.Error(got)
			}
		}
		if got != want && (len(want) == 1 || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", export, got, want)
		}
	}
	const yaml = `api_version: raci-check/v1
kind: Mapping
input: {file: export, format: yaml}
fills:
  - {section: keys, fields: {service_key_count: {count: "$.items[*]"}}}
`
	stored(t, yaml, "items: [a]\nmetadata: {continue: token}\n")
	if err := read(t).Failed["keys"]; err == nil || !strings.Contains(err.Error(), "the export is one page of several") {
		t.Errorf("a page in YAML: %v", err)
	}
}

func TestMappingsThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ fills, says string }{
		"an unknown section":       {"  - {section: keyz, fields: {a: $}}", `m.yaml:5:6: unknown section "keyz", did you mean "keys"`},
		"an unknown list":          {"  - {section: keys, list: service_key, items: $, fields: {a: $}}", `did you mean "service_keys"`},
		"an unknown field":         {"  - {section: keys, list: service_keys, items: $, fields: {stat: $}}", `m.yaml:5:60: unknown field of evidence "stat", did you mean "state"`},
		"a field below a scalar":   {"  - {section: keys, fields: {service_key_count/x: $}}", "unknown field of evidence"},
		"an expression":            {"  - {section: keys, fields: {service_key_count: \"$.[\"}}", "m.yaml:5:49: not a JSONPath expression (RFC 9535)"},
		"no items":                 {"  - {section: keys, list: service_keys, fields: {id: $.i}}", `"items" is missing`},
		"only_adds without a list": {"  - {section: keys, only_adds: true, fields: {service_key_count: $.i}}", "need a list"},
		"path and count":           {"  - {section: keys, fields: {service_key_count: {path: $, count: $}}}", "give one of"},
		"an object":                {"  - {section: backups, fields: {policy: $}}", "fields of its own"},
		"items of no list":         {"  - {section: backups, fields: {policy/owner: {items: $, fields: {a: $}}}}", "not a list of objects"},
		"items without fields":     {"  - {section: keys, fields: {service_keys: {items: $}}}", "belong together"},
		"a count of text":          {"  - {section: backups, fields: {policy/owner: {count: $}}}", "a count is an integer"},
		"times of text":            {"  - {section: backups, fields: {policy/owner: {path: $, times: 2}}}", "for numbers"},
		"a format of text":         {"  - {section: backups, fields: {policy/owner: {path: $, format: date}}}", "not a date"},
		"a split of text":          {"  - {section: backups, fields: {policy/owner: {path: $, split: x}}}", "not a list"},
		"a layout of nothing":      {"  - {section: backups, fields: {policy/reviewed_on: {path: $, format: custom, layout: YYYY-MM}}}", "has no part of a date"},
		"a layout without custom":  {"  - {section: backups, fields: {policy/reviewed_on: {path: $, layout: 2006-01-02}}}", "belong together"},
		"an unknown zone":          {"  - {section: backups, fields: {policy/reviewed_on: {path: $, zone: Mars/Olympus}}}", "not a time zone"},
		"a unit of nothing":        {"  - {section: backups, fields: {policy/rpo_hours: {path: $, times: 0}}}", "m.yaml:5:"},
		"provenance":               {"  - {section: backups, fields: {source/method: $}}", "collect itself writes"},
		"a field twice":            {"  - {section: keys, fields: {service_key_count: $}}\n  - {section: keys, fields: {service_key_count: $}}", "m.yaml:6:5: /keys/service_key_count is already filled at m.yaml:5"},
		"a list twice":             {"  - {section: keys, list: service_keys, items: $, fields: {id: $}}\n  - {section: keys, list: service_keys, items: $, fields: {name: $}}", "/keys/service_keys is already filled at m.yaml:5"},
		"a choice of text":         {"  - {section: backups, fields: {policy/owner: {path: $, choose: latest}}}", "not a date"},
		"a rounded fraction":       {"  - {section: backups, fields: {policy/rpo_hours: {path: $, round: up}}}", "takes no whole number"},
		"a rounded count":          {"  - {section: keys, fields: {service_key_count: {count: $, round: up}}}", "belong to path"},
		"the largest of dates":     {"  - {section: backups, fields: {policy/reviewed_on: {path: $, choose: largest}}}", "not a number"},
		"a choice of items":        {"  - {section: backups, list: jobs, items: $, fields: {failures: {items: $, choose: latest, fields: {ticket: $}}}}", "belong to path"},
		"a choice of a count":      {"  - {section: keys, fields: {service_key_count: {count: $, choose: largest}}}", "belong to path"},
		"a proof of nothing":       {"  - {section: keys, fields: {service_key_count: {count: $, proven_by: \"$.[\"}}}", "not a JSONPath expression (RFC 9535)"},
		"the widest of numbers":    {"  - {section: backups, fields: {policy/rpo_hours: {path: $, choose: widest}}}", "is not a text"},
		"the widest of a list":     {"  - {section: network, fields: {observed_client_ips: {path: $, choose: widest}}}", "is not a text"},
		"one of a list only":       {"  - {section: keys, list: service_keys, items: $, fields: {operations: {path: $, choose: only}}}", "is a list, which takes all values"},
		"a duration of text":       {"  - {section: backups, fields: {policy/owner: {path: $, format: duration}}}", "a duration is a number of seconds"},
		"extract of two":           {"  - {section: backups, fields: {policy/owner: {path: $, extract: \"(a)(b)\"}}}", "it has 2 groups in parentheses"},
		"extract of none":          {"  - {section: backups, fields: {policy/owner: {path: $, extract: \"a\"}}}", "it has 0 groups"},
		"extract that is wrong":    {"  - {section: backups, fields: {policy/owner: {path: $, extract: \"(\"}}}", "not a regular expression (RE2)"},
		"groups without a list":    {"  - {section: keys, group_by: $, fields: {service_key_count: $}}", "need a list"},
		"the second expression":    {"  - {section: keys, fields: {service_key_count: [$, \"$.[\"]}}", "m.yaml:5:53: not a JSONPath expression"},
		"no expression":            {"  - {section: keys, fields: {service_key_count: []}}", "m.yaml:5:"},
		"an unknown option":        {"  - {section: keys, fields: {service_key_count: {path: $, tims: 2}}}", `did you mean "times"`},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, head+test.fills+"\n", "{}")
			_, err := open(t, "m.yaml")
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("err = %v", err)
			}
		})
	}
	t.Run("every error of every mapping", func(t *testing.T) {
		stored(t, head+"  - {section: keyz, fields: {a: $}}\n", "{}")
		_, err := open(t, "m.yaml", "none.yaml")
		if err == nil || !strings.Contains(err.Error(), "keyz") || !strings.Contains(err.Error(), "none.yaml") {
			t.Errorf("err = %v", err)
		}
	})
}

// The worked example is read without failure.
func TestExample(t *testing.T) {
	mappings, err := filepath.Glob("../../../../examples/collect/mappings/*/*.yaml")
	if err != nil || len(mappings) != 9 {
		t.Fatal(mappings, err)
	}
	s, err := open(t, mappings...)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := collect.Run(t.Context(), []collect.Named{{Name: "file", Source: s}}, collect.Request{}, nil)
	if outcomes[0].Err != nil || len(outcomes[0].Result.Failed) > 0 {
		t.Fatal(outcomes[0].Err, outcomes[0].Result.Failed)
	}
	sections := map[string]bool{}
	for _, part := range outcomes[0].Result.Parts {
		sections[part.Section] = true
	}
	for _, pointer := range s.Fills() {
		if section := strings.Split(pointer, "/")[1]; !sections[section] {
			t.Errorf("nothing is told of %s", section)
		}
	}
}

// From the export to the files that are kept: nothing but what the mapping names is in any of them, and each assessment reads it again.
func TestNothingElseIsWritten(t *testing.T) {
	const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	export, err := json.Marshal(collecttest.Plant(map[string]any{"items": []any{
		map[string]any{"id": "key-1", "made": map[string]any{"at": "2026-01-02T03:04:05Z"}, "tags": []any{map[string]any{"key": "owner", "value": "ines"}, map[string]any{"key": "other", "value": "planted"}}},
		map[string]any{"id": "key-2", "made": map[string]any{"at": "2026-01-03T03:04:05Z"}, "tags": []any{}},
	}}))
	if err != nil {
		t.Fatal(err)
	}
	stored(t, head+`  - section: keys
    list: service_keys
    items: $.items[*]
    fields: {id: $.id, created_at: $.made.at, owner: "$.tags[?@.key == 'owner'].value"}
  - {section: keys, fields: {service_key_count: {count: "$.items[*]"}}}
`, string(export))
	folder := filepath.Join(t.TempDir(), "evidence")
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: collect.Values{"mapping": {"m.yaml"}}}}}
	collecttest.Unfilled(t, folder, domain)
	if err := collecttest.Plan(t, config, at, folder).Write(); err != nil {
		t.Fatal(err)
	}
	if n := collecttest.Reread(t, folder, at); n != 1 {
		t.Errorf("%d sections are kept", n)
	}
	kept, err := os.ReadFile(filepath.Join(folder, "collected", "keys.json"))
	if err != nil || !strings.Contains(string(kept), `"ines"`) {
		t.Fatalf("%s, %v", kept, err)
	}
	for _, name := range []string{"collected/keys.json", "keys.yaml"} {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil || strings.Contains(string(content), collecttest.PlantedText) {
			t.Errorf("%s: %s, %v", name, content, err)
		}
	}
}
