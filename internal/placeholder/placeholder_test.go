package placeholder_test

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/placeholder"
)

func TestIs(t *testing.T) {
	list, err := placeholder.New(map[string]any{
		"placeholders": []any{"tbd", "n/a", "to be defined", "…"}, "placeholder_patterns": map[string]any{"a": map[string]any{"pattern": "^-+$"}, "b": map[string]any{"pattern": "^x+$"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, wanted := range map[string]bool{"TBD": true, " … ": true, "--": true, "XX": true, "tbd later": false, "(To  be defined)": true, "N/A.": true, "'tbd'": true, "tbd/*": false, "ｔｂｄ": true,
		"t\u200bbd": true, "tbd tbd": true, "TBD, xx": false, "tbd n/a": true, "tbd (Ada)": false, "to\nbe\tdefined": true, "": false, "Ada": false, "a-b": false} {
		if list.Is(text) != wanted {
			t.Errorf("%q: %v", text, !wanted)
		}
	}
	empty, err := placeholder.New(nil)
	if err != nil || empty.Is("tbd") || (*placeholder.List)(nil).Is("tbd") {
		t.Errorf("without a list something is a placeholder: %v", err)
	}
	if _, err := placeholder.New(map[string]any{"placeholder_patterns": map[string]any{"a": map[string]any{"pattern": "("}}}); err == nil {
		t.Error("a pattern that is none is taken")
	}
}

// A person or a key may really be called by a letter: the message says what to write.
func TestRefusalOfShortNames(t *testing.T) {
	for text, real := range map[string]bool{"x": true, "Xx": true, " é ": true, "TBD": false, "--": false, "todo": false} {
		got := placeholder.Refusal(text)
		if !strings.Contains(got, placeholder.Advice) || strings.HasSuffix(got, placeholder.Real) != real {
			t.Errorf("%q: %s", text, got)
		}
	}
}
