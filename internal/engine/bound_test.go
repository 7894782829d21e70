package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/policy"
)

// However much a policy puts into a finding, the finding stays of a size that a report can have, and says what is cut.
func TestFindingsAreBounded(t *testing.T) {
	check := &policy.Check{Conditions: []policy.Condition{{Name: "many", Sentence: "these are wrong: {items}; because of {text}, {more}"}}}
	list := make([]any, 100_000)
	for i := range list {
		list[i] = strings.Repeat("é", 5_000)
	}
	long := strings.Repeat("鍵", 1_000_000)
	related := make([]any, 100_000)
	for i := range related {
		related[i] = "/keys"
	}
	finding, err := read(check, map[string]any{
		"condition": "many", "pointer": "/keys", "remediation": long, "related": related,
		"values": map[string]any{"items": list, "text": long, "more": long},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"message": finding.message, "remediation": finding.remediation} {
		if len(text) > maxMessage || shorten(text, len(text)) != text || !strings.Contains(text, "more bytes are cut)") || !utf8.ValidString(text) {
			t.Errorf("%s has %d bytes, and ends in %q", name, len(text), text[len(text)-60:])
		}
	}
	if items := finding.values["items"].([]any); len(items) != maxItems || items[maxItems-1] != "99801 others" {
		t.Errorf("%d items, the last is %v", len(items), items[len(items)-1])
	}
	if len(finding.related) != maxRelated {
		t.Errorf("%d related places", len(finding.related))
	}
	for _, object := range []map[string]any{
		{"condition": "many", "pointer": "/" + strings.Repeat("a", maxPointer), "values": map[string]any{}},
	} {
		if _, err := read(check, object); err == nil || len(err.Error()) > 2*maxPointer {
			t.Errorf("%v", err)
		}
	}
	// What fits stays as it is.
	whole, err := read(check, map[string]any{"condition": "many", "pointer": "/keys", "values": map[string]any{"items": []any{"a", "b"}, "text": "c", "more": "d"}})
	if err != nil || whole.message != "these are wrong: a and b; because of c, d" {
		t.Errorf("%q %v", whole.message, err)
	}
}
