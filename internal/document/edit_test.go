package document_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/raci-check/raci-check/internal/document"
)

// edited is what changes make of a text.
func edited(t *testing.T, text string, changes ...document.Change) (string, error) {
	t.Helper()
	doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	after, err := doc.Edit([]byte(text), changes, document.DefaultLimits)
	return string(after), err
}

// inOneLine has {p: …} on one line, as attach writes artifacts.
func inOneLine(string) document.Shape { return document.Shape{Flow: true} }

func TestEditAddsAField(t *testing.T) {
	const field = "new: {p: e/x.txt}"
	for name, test := range map[string]struct{ text, pointer string }{ // @ stands for what is added
		"a block":                          {"s:\n  source:\n    method: api # by hand\n    at: 1\n@    " + field + "\n@  other: 2\n", "/s/source"},
		"the end of the file":              {"s:\n  source:\n    method: api\n@    " + field + "\n@", "/s/source"},
		"no final line end":                {"s:\n  source:\n    method: api@\n    " + field + "@", "/s/source"},
		"line ends of Windows":             {"s:\r\n  source:\r\n    method: api\r\n@    " + field + "\r\n@  b: 1\r\n", "/s/source"},
		"a byte order mark":                {"\ufeffs:\n  source:\n    method: api\n@    " + field + "\n@", "/s/source"},
		"a byte order mark, at the top":    {"\ufeffs: 1\n@" + field + "\n@", ""},
		"blank lines and a comment behind": {"s:\n  source:\n    method: api\n@    " + field + "\n@\n  # about b\n  b: 1\n", "/s/source"},
		"a comment of the field":           {"s:\n  source:\n    method: api\n      # goes on\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a long text":                      {"s:\n  source:\n    note: |\n      # no comment\n      last\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a long text that keeps its end":   {"s:\n  source:\n    note: |+\n      text\n\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a long text, indented by more":    {"s:\n  source:\n    note: >2-\n        text\n      more\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a folded plain text":              {"s:\n  source:\n    note: a b\n      c d\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a quoted text of two lines":       {"s:\n  source:\n    note: \"a\n      b\"\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a list that is not indented":      {"s:\n  source:\n    list:\n    - a\n    - b\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"an item of a list":                {"s:\n  - a: 1\n    b: 2\n@    " + field + "\n@  - a: 3\n", "/s/0"},
		"the last item of a list":          {"s:\n- a: 1\n- a: 3\n@  " + field + "\n@", "/s/1"},
		"braces":                           {"s:\n  source: {method: api, at: 1@, " + field + "@} # note\n", "/s/source"},
		"empty braces":                     {"s: [{source: {@" + field + "@}}]\n", "/s/0/source"},
		"braces of several lines":          {"s:\n  source: {\n    method: api,\n    at: 1@, " + field + "@\n  }\n", "/s/source"},
		"braces below the key":             {"s:\n  source:\n    {method: api,\n     at: 1@, " + field + "@}\n", "/s/source"},
		"a comma before the brace":         {"s: {source: {method: api,@ " + field + "@ }}\n", "/s/source"},
		"quotes in braces":                 {"s: {source: {a: \"}\\\"\", b: 'it''s }', c: it's, d: [1, {e: 2}]@, " + field + "@}}\n", "/s/source"},
		"characters of two bytes":          {"é: {ü: \"ö\", source: {m: ä@, " + field + "@}}\n", "/é/source"},
		"a key with a slash":               {"a/b:\n  c: 1\n@  " + field + "\n@", "/a~1b"},
		"a document with its marks":        {"---\na: 1\n@" + field + "\n@...\n", ""},
		"tags":                             {"s: !!map\n  a: !!str 1\n@  " + field + "\n@b: !!seq [!!int 2]\n", "/s"},
	} {
		parts := strings.Split(test.text, "@")
		after, err := edited(t, parts[0]+parts[2], document.Change{
			Pointer: test.pointer + "/new", Value: map[string]any{"p": "e/x.txt"}, Shape: inOneLine,
		})
		if want := strings.Join(parts, ""); err != nil || after != want {
			t.Errorf("%s: %v\n%q, wanted\n%q", name, err, after, want)
		}
	}
}

// isUpdate says that what the edits give is written into testdata/edits.txtar: go test ./internal/document -update.
func isUpdate() bool { return flag.Lookup("update").Value.String() == "true" }

// Each case has a text, the changes, and what they give, or the error.
func TestEdits(t *testing.T) {
	const name = "testdata/edits.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+2 < len(archive.Files); i += 3 {
		text, changes, want := archive.Files[i], archive.Files[i+1], &archive.Files[i+2]
		t.Run(text.Name, func(t *testing.T) {
			after, err := edited(t, unescaped(string(text.Data)), changesOf(t, changes.Data)...)
			after = escaped(after)
			if err != nil {
				after = "error: " + err.Error() + "\n"
			}
			if isUpdate() {
				want.Data = []byte(after)
			}
			if after != string(want.Data) {
				t.Errorf("becomes\n%s, wanted\n%s", after, want.Data)
			}
		})
	}
	if isUpdate() {
		if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A txtar has texts with line ends alone: ␍ stands for a carriage return, and ␃ for the end of a text without a line end.
func unescaped(text string) string {
	return strings.NewReplacer("␍", "\r", "␃\n", "").Replace(text)
}

func escaped(text string) string {
	if !strings.HasSuffix(text, "\n") {
		text += "␃\n"
	}
	return strings.ReplaceAll(text, "\r", "␍")
}

// changesOf reads changes, one a line: POINTER = JSON, POINTER + JSON for an insertion, POINTER - for a removal.
func changesOf(t *testing.T, text []byte) (changes []document.Change) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		pointer, rest, _ := strings.Cut(line, " ")
		c := document.Change{Pointer: pointer, Remove: rest == "-", Insert: strings.HasPrefix(rest, "+"), Shape: shapes}
		if !c.Remove {
			decoder := json.NewDecoder(strings.NewReader(rest[1:]))
			decoder.UseNumber()
			if err := decoder.Decode(&c.Value); err != nil {
				t.Fatal(fmt.Errorf("%s: %w", line, err))
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// shapes is the order of fields and the dates of the cases.
func shapes(pattern string) document.Shape {
	return document.Shape{Fields: []string{"name", "kind", "done_on", "note"}, Date: strings.HasSuffix(pattern, "_on")}
}

func TestEditRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		c    document.Change
		says string
	}{
		"no such place":      {"s: {a: 1}\n", document.Change{Pointer: "/s/b/c", Value: "x"}, "there is nothing at /s/b/c to change"},
		"an item too far":    {"s: [1]\n", document.Change{Pointer: "/s/2", Value: "x"}, "there is nothing at /s/2 to change"},
		"nothing to remove":  {"s: {a: 1}\n", document.Change{Pointer: "/s/b", Remove: true}, "there is nothing at /s/b to change"},
		"below a text":       {"s: a\n", document.Change{Pointer: "/s/b", Value: "x"}, "there is nothing at /s/b to change"},
		"no pointer":         {"s: a\n", document.Change{Pointer: "s", Value: "x"}, "not a JSON pointer"},
		"the document":       {"s: a\n", document.Change{Pointer: "", Value: map[string]any{}}, "there is nothing at  to change"},
		"a control sign":     {"s: a\n", document.Change{Pointer: "/s", Value: "a\x00b"}, "a.yaml:1:1: s: the text contains a control character U+0000: delete it"},
		"a sign that hides":  {"s: a\n", document.Change{Pointer: "/s", Value: "a\u202eb"}, "a.yaml:1:1: s: the text contains a bidirectional control character U+202E: delete it"},
		"no UTF-8":           {"s: a\n", document.Change{Pointer: "/s", Value: "a\xff"}, "a.yaml:1:1: s: the text is not UTF-8"},
		"no number":          {"s: 1\n", document.Change{Pointer: "/s", Value: json.Number("0x1")}, "a.yaml:1:1: s: this is not a number"},
		"a number too large": {"s: 1\n", document.Change{Pointer: "/s", Value: json.Number("90071992547409930")}, "a.yaml:1:1: s: a number beyond"},
		"no plain value":     {"s: 1\n", document.Change{Pointer: "/s", Value: 1.5}, "a.yaml:1:1: s: a value of type float64 cannot be written"},
	} {
		after, err := edited(t, test.text, test.c)
		if err == nil || !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %q, %v", name, after, err)
		}
	}
	limits := document.DefaultLimits
	limits.Bytes = 20
	doc, err := document.Parse("a.yaml", []byte("s: a\n"), limits)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Edit([]byte("s: a\n"), []document.Change{{Pointer: "/s", Value: strings.Repeat("x", 30)}}, limits); !errors.Is(err, document.TooLarge) {
		t.Error(err)
	}
	if _, err := doc.Edit([]byte("s: ab\n"), []document.Change{{Pointer: "/s", Value: "c"}}, limits); !errors.Is(err, document.ErrChangedText) {
		t.Error(err)
	}
}
