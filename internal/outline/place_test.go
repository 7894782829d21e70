package outline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/outline"
)

// What stands at the sign | of a text: the kind of place, the pointer of the field or item, or of what it would be in, and the word.
func TestAt(t *testing.T) {
	names := map[outline.Where]string{outline.Nowhere: "nowhere", outline.InKey: "key", outline.InValue: "value", outline.Between: "between"}
	for _, c := range []struct{ text, place string }{
		{"|", "between  ''"},
		{"a|", "between  'a'"},
		{"a: b\n|", "between  ''"},
		{"a: b\nc|\n", "between  'c'"},
		{"a: b\nc|\nd: e\n", "between  'c'"},
		{"a|b: c\n", "key /ab 'ab'"},
		{"a: |b\n", "value /a 'b'"},
		{"a: b|\n", "value /a 'b'"},
		{"a: |\n", "value /a ''"},
		{"a:|\n", "value /a ''"},
		{"a: \"b|c\" # d\n", "value /a '\"bc\"'"},
		{"a: b # c|\n", "nowhere"},
		{"# a|\n", "nowhere"},
		{"a: b |\n", "nowhere"},
		{"a:\n  |\n", "between /a ''"},
		{"a:\n  b|\n", "value /a 'b'"},
		{"a:\n  b|\n  c: d\n", "between /a 'b'"},
		{"a:\n  b\n  c: |d\n", "value /a/c 'd'"},
		{"a:\n  - b|\n    c: d\n", "between /a/0 'b'"},
		{"a:\n  - b\n    c: |d\n", "value /a/0/c 'd'"},
		{"a:\n  b: c\n  |\n", "between /a ''"},
		{"a:\n  b: c\n    |\n", "between /a ''"},
		{"a:\n  b: c\n|\n", "between  ''"},
		{"a:\n  b: c\n  |\n  d: e\n", "between /a ''"},
		{"a:\n  - b: c\n    |\n", "between /a/0 ''"},
		{"a:\n  - b: c\n  |\n", "between /a ''"},
		{"a:\n- b: c\n  |\n", "between /a/0 ''"},
		{"a:\n- b: c\n|\n", "between  ''"},
		{"a:\n  - |\n", "value /a/0 ''"},
		{"a:\n  - b|\n", "value /a/0 'b'"},
		{"a:\n  - b\n  - |c\n", "value /a/1 'c'"},
		{"a: {|}\n", "between /a ''"},
		{"a: {b|}\n", "between /a 'b'"},
		{"a: {b: |}\n", "value /a/b ''"},
		{"a: {b: c, |}\n", "between /a ''"},
		{"a: {b: c|, d: e}\n", "value /a/b 'c'"},
		{"a: {b: c, |\nd: e\n", "between /a ''"},
		{"a: {b: [|]}\n", "between /a/b ''"},
		{"a: [b, |]\n", "between /a ''"},
		{"a: [b, c|]\n", "value /a/1 'c'"},
		{"a: [b,\n  |\n  c]\n", "between /a ''"},
		{"a: {b: 'c|\nd: e\n", "value /a/b ''c'"},
		{"a: b\n--- |\nc: d\n", "nowhere"},
		{"a: &b |c\n", "nowhere"},
		{"? |a\n: b\n", "nowhere"},
		{"\ta|: b\n", "nowhere"},
	} {
		before, after, _ := strings.Cut(c.text, "|")
		o := outline.Of([]byte(before + after))
		place := o.At(len(before))
		text := names[place.Where]
		if place.Where != outline.Nowhere {
			id := place.Node
			if place.Where == outline.Between {
				id = place.Around
			}
			text += fmt.Sprintf(" %s '%s'", o.Pointer(id), o.Text()[place.Start:place.End])
		}
		if text != c.place {
			t.Errorf("%q: %s, expected %s", c.text, text, c.place)
		}
	}
}
