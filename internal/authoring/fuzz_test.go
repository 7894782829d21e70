package authoring_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// FuzzLibrary holds that whatever is typed, and wherever the cursor is, nothing panics, spans are in the text, and edits can be made.
func FuzzLibrary(f *testing.F) {
	for _, text := range []string{
		"", "kind: Evidence\n", head + "iam:\n  policies:\n    - id: x\n      owner: \n", head + "iam: {source: {method: api, method", "kind: Waivers\nwaivers:\n  - check: a.b\n    pointers: [/iam]\n",
		"kind: Parameters\nparameters: {a: 1}\n", "kind: Collect\nsources:\n- source: okms\n", "\uFEFFkind: Evidence\r\npeople:\r\n  people:\r\n    - id: a\r\n      logins: [b, 'c''d', \"e\\\"f\"]\r\n",
		"a: |\n  b\n c\n? d\n: e\n", "- - - a\n  - b: [c, {d: e\n", "iam:\n  source:\n    collected_at: 2026-01-01T00:00:00Z\n    collected_at:\n", "a: 'b\n\n  c'\nd: \"e\n  f\n", "kind: Evidence\niam:\n  review: {reviewed_on: 1/2/2026}\n\t x\n",
	} {
		f.Add(text, 3, 4, "new")
	}
	f.Fuzz(func(t *testing.T, text string, line, column int, to string) {
		try(t, text, document.Position{Line: line, Column: column}, to)
	})
}

// try asks everything at a place of a text.
func try(t *testing.T, text string, at document.Position, to string) {
	t.Helper()
	l, line := open(t), at.Line
	const name = "a/new.yaml"
	files := authoring.Files{name: []byte(text), "a/people.yaml": []byte(head + "people:\n  people:\n    - id: x\n      logins: [b]\n")}
	within := func(spans ...authoring.Span) {
		for _, span := range spans {
			if _, err := apply(files, []authoring.Edit{{Span: span}}); err != nil {
				t.Fatalf("%v is not in the text: %v", span, err)
			}
		}
	}
	if says, span, ok := l.Hover(files, name, at); ok {
		within(span)
		if says == "" {
			t.Fatal("says nothing")
		}
	}
	for _, item := range l.Complete(files, name, at) {
		within(item.Edit.Span)
		if item.Edit.Start.Line != item.Edit.End.Line {
			t.Fatalf("%s puts itself in the place of several lines", item.Label)
		}
	}
	within(l.Definition(files, name, at)...)
	within(l.References(files, name, at, true)...)
	if span, can := l.Renames(files, name, at); can {
		within(span)
	}
	if edits, err := l.Rename(files, name, at, to); err == nil {
		changed, err := apply(files, edits)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range changed {
			if _, err := document.Parse(name, text, document.DefaultLimits); len(edits) > 0 && err != nil {
				t.Fatalf("the renamed text cannot be read: %v", err)
			}
		}
	}
	span := authoring.Span{File: name, Start: at, End: document.Position{Line: line + 3, Column: 1}}
	problem := authoring.Problem{Span: span, Message: "m", Pointer: "/iam/policies/0", Check: "backups.immutable_copy"}
	for _, action := range l.Actions(files, span, []authoring.Problem{problem}) {
		for _, edit := range action.Edits {
			if _, is := files[edit.File]; is {
				within(edit.Span)
			}
		}
		if strings.TrimSpace(action.Title) == "" {
			t.Fatal("an action without a title")
		}
	}
}

// Texts of the examples stay safe with parts cut out, repeated and put in.
func TestMutatedTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 16))
	var texts []string
	for _, example := range []string{"compliant", "gaps", "small"} {
		files := folder(t, example)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			texts = append(texts, string(files[name]))
		}
	}
	parts := []string{"\n", "  ", ":", "- ", "{", "}", "[", "]", "'", "\"", "#", " #", "|", "> ", ": ", ",", "\t", "\r\n", "é", "\xff", "iam:\n", "source:", "? ", "---\n", "&a ", "!!str "}
	for range testhelp.Rounds(4000, 800) {
		text := texts[random.IntN(len(texts))]
		start := random.IntN(len(text))
		text = text[start:min(len(text), start+1500)]
		if random.IntN(2) == 0 {
			text = head + text
		}
		text = testhelp.Spoil(random, text, parts)
		lines := strings.Count(text, "\n") + 1
		try(t, text, document.Position{Line: 1 + random.IntN(lines), Column: 1 + random.IntN(40)}, "z1")
	}
}
