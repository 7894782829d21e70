package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// names puts other texts in the place of all that are read, and keeps those of some fields.
type names struct{}

func (names) Value(text string) string {
	return "x-" + fmt.Sprint(len(text)) + "-" + strings.ToUpper(text)
}

func (names) Plain(field, _ string) bool {
	return field == "kind" || field == "mode" || field == "type"
}

// What becomes a text of evidence has another text, what becomes something else stays, and what is not read is gone.
func TestRenamed(t *testing.T) {
	_, form := collecttest.Format(t)
	for name, test := range map[string]struct {
		fill, matched, want string
		err                 error
	}{
		"texts, numbers, times and words": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": "$.ci", "latency_p95_ms": "$.p95", "criticality": {"path": "$.tier", "map": {"1": "critical"}}}}`,
			`[{"ci": "payments", "p95": "7", "tier": 1, "owner": "ines", "salary": 4711, "note": {"a": "geheim"}}]`,
			`[{"ci": "x-8-PAYMENTS", "p95": "7", "tier": 1}]`, nil,
		},
		"a filter by a literal": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": "$.labels[?@.key == 'name'].value"}}`,
			`[{"labels": [{"key": "name", "value": "payments"}, {"key": "owner", "value": "ines"}]}]`,
			`[{"labels": [{"key": "name", "value": "x-8-PAYMENTS"}, {}]}]`, nil,
		},
		"a filter by a number": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": "$.all[?@.size > 10].name"}}`,
			`[{"all": [{"name": "a", "size": 11}, {"name": "b", "size": 9}], "other": "geheim"}]`,
			`[{"all": [{"name": "x-1-A", "size": 11}, {"name": "[redacted]", "size": 9}], "other": "[redacted]"}]`, nil,
		},
		"a filter that compares texts that are not read": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": "$.all[?@.by != @.of].name"}}`,
			`[{"all": [{"name": "a", "by": "ines", "of": "lukas"}, {"name": "b", "by": "ines", "of": "ines"}]}]`,
			`[{"all": [{"name": "x-1-A", "by": "x-4-INES", "of": "x-5-LUKAS"}, {"name": "x-1-B", "by": "x-4-INES", "of": "x-4-INES"}]}]`, nil,
		},
		"a part of a text": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": {"path": "$.urn", "extract": "([A-Za-z0-9-]+)$"}}}`,
			`[{"urn": "company/payments"}]`, `[{"urn": "x-8-PAYMENTS"}]`, nil,
		},
		"a part of a text that stands behind another": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": {"path": "$.urn", "extract": "urn:([A-Za-z0-9-]+)"}}}`,
			`[{"urn": "company urn:payments of ines"}]`, `[{"urn": "urn:x-8-PAYMENTS"}]`, nil,
		},
		"a part of a text of another form": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "fields": {"id": {"path": "$.urn", "extract": "^([a-z]+)$"}}}`,
			`[{"urn": "payments"}]`, ``, mapping.ErrNotRenamed,
		},
		"parts that are counted": {
			`{"section": "kmip", "fields": {"object_count": {"count": "$.objects[?@.kind == 'key']"}}}`,
			`[{"objects": [{"kind": "key", "name": "a"}, {"kind": "note", "name": "b"}]}]`,
			`[{"objects": [{"kind": "key"}, {"kind": "note"}]}]`, nil,
		},
		"groups": {
			`{"section": "location", "list": "workloads", "items": "$[*]", "group_by": "$.ci", "fields": {"id": "$[0].ci", "latency_p95_ms": {"path": "$[*].p95", "choose": "largest"}}}`,
			`[{"ci": "a", "p95": 1}, {"ci": "b", "p95": 2}, {"ci": "a", "p95": 3}]`,
			`[{"ci": "x-1-A", "p95": 1}, {"ci": "x-1-B", "p95": 2}, {"ci": "x-1-A", "p95": 3}]`, nil,
		},
		"groups by a word of evidence": {
			`{"section": "capacity", "list": "usage", "items": "$[*]", "group_by": "$.of", "fields": {"resource": "$[0].of", "used": {"path": "$[*].used", "choose": "largest"}}}`,
			`[{"of": "secrets", "used": 1}, {"of": "service_keys", "used": 2}, {"of": "secrets", "used": 3}]`,
			`[{"of": "secrets", "used": 1}, {"of": "service_keys", "used": 2}, {"of": "secrets", "used": 3}]`, nil,
		},
		"a list in a text": {
			`{"section": "secrets", "list": "secrets", "items": "$[*]", "fields": {"path": "$.p", "consumers": {"path": "$.c", "split": ","}}}`,
			`[{"p": "a/b", "c": "one, two"}]`, `[{"p": "x-3-A/B", "c": "x-3-ONE, x-3-TWO"}]`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var matched []any
			must(t, document.DecodeJSON("", []byte(test.matched), &matched))
			renamed, err := mapping.Renamed([]byte(test.fill), matched, form, names{})
			if !errors.Is(err, test.err) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			var want []any
			must(t, document.DecodeJSON("", []byte(test.want), &want))
			if diff := cmp.Diff(want, renamed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every entry of the examples' mappings can be told with other texts, and none of the texts that are read is left.
func TestExamplesAreRenamed(t *testing.T) {
	_, form := collecttest.Format(t)
	entries := 0
	for _, pattern := range []string{"../../examples/collect/mappings/*/*.yaml", "../../examples/saas/mappings/*.yaml", "../../mappings/*.yaml"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range files {
			m, err := mapping.ReadFile(name, form, map[string]string{})
			must(t, err)
			if m.Input == "" { // a shipped one
				exports, err := filepath.Glob("../../mappings/testdata/" + strings.TrimSuffix(filepath.Base(name), ".yaml") + ".[cj]s*")
				must(t, err)
				m.Input = exports[0]
			}
			content, err := os.ReadFile(m.Input)
			must(t, err)
			export, err := m.Value(m.Input, content)
			must(t, err)
			m.Apply(export, func(section string, facts mapping.Facts, err error) {
				must(t, err)
				entries++
				fill, err := json.Marshal(facts.Fill)
				must(t, err)
				var renamed []any
				pseudonyms := pseudonym.New()
				pseudonyms.Ordered(func() { renamed, err = mapping.Renamed(fill, facts.Matched, form, pseudonyms) })
				if err != nil {
					t.Errorf("%s, %s %s: %v", name, section, facts.List, err)
					return
				}
				again, err := mapping.Again(fill, renamed, "", form)
				must(t, err)
				if len(again.Fields) != len(facts.Fields) || len(again.Origins) != len(facts.Origins) {
					t.Errorf("%s, %s %s: other facts", name, section, facts.List)
				}
			})
		}
	}
	if entries < 100 {
		t.Errorf("only %d entries were tried", entries)
	}
}

var must = testhelp.Must
