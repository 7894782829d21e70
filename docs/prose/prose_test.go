package prose

import (
	"slices"
	"strings"
	"testing"
)

// Each text stays on the line of its source, and what is no prose is left out or marked as code.
func TestTexts(t *testing.T) {
	for name, test := range map[string]struct {
		read        func([]string) ([]string, error)
		source      string
		line        int // counted from 1
		text, other string
	}{
		"a title": {metadata, "package a\n\n# METADATA\n# title: A title of many words\n# custom:\n#   id: some id\nfindings := 1", 4, "- A title of many words", "some id"},
		"a folded description": {metadata, "# METADATA\n# description: >-\n#   One line\n#   and another.\nallow := true\n# no METADATA", 2,
			"- One line and another.", "no METADATA"},
		"a template":            {metadata, "# METADATA\n# custom:\n#   messages:\n#     late: \"{name} is %d days late\"\nx := 1", 4, "- Value is Value days late", "name"},
		"help":                  {manual, "Check the files.\n\nUsage:\n  raci-check  x y\n\nFlags:\n      --at TIME   time of RFC 3339", 7, "- time of RFC 3339", "x y"},
		"help of several lines": {manual, "Check.\n\nFlags:\n      --at TIME   time of\n                  RFC 3339\n      --out F     file", 4, "- time of RFC 3339", "x"},
		"help below its flag":   {manual, "Check.\n\nFlags:\n      --very-long-name of-a-flag\n                the time of\n                an event", 5, "- the time of an event", "name"},
		"code":                  {manual, "See --help and (docs/a.md).", 1, "See `--help` and (`docs/a.md`).", "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(test.source, "\n")
			texts, err := test.read(lines)
			if err != nil || len(texts) != len(lines) || texts[test.line-1] != test.text {
				t.Fatalf("%q, %v", texts, err)
			}
			if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, test.other) }) {
				t.Errorf("%q has %q", texts, test.other)
			}
		})
	}
	if _, err := metadata([]string{"# METADATA", "# title: [", "x := 1"}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("%v", err)
	}
}
