package document_test

import (
	"errors"
	"strings"
	"testing"

	"raci-check/internal/document"
)

// added is what Add makes of a text; what it adds is new and the rest is the same.
func added(t *testing.T, text, pointer string) (string, error) {
	t.Helper()
	doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	out, err := doc.Add([]byte(text), document.Field{Pointer: pointer, Name: "new", Flow: "{p: e/x.txt}"}, document.DefaultLimits)
	return string(out), err
}

func TestAddKeepsEverythingElse(t *testing.T) {
	const field = "new: {p: e/x.txt}"
	for name, test := range map[string]struct{ text, pointer string }{ // @ stands for what is added
		"a block":                          {"s:\n  source:\n    method: api # by hand\n    at: 1\n@    " + field + "\n@  other: 2\n", "/s/source"},
		"the end of the file":              {"s:\n  source:\n    method: api\n@    " + field + "\n@", "/s/source"},
		"no final line end":                {"s:\n  source:\n    method: api@\n    " + field + "@", "/s/source"},
		"line ends of Windows":             {"s:\r\n  source:\r\n    method: api\r\n@    " + field + "\r\n@  b: 1\r\n", "/s/source"},
		"a byte order mark":                {"\ufeffs:\n  source:\n    method: api\n@    " + field + "\n@", "/s/source"},
		"blank lines and a comment behind": {"s:\n  source:\n    method: api\n@    " + field + "\n@\n  # about b\n  b: 1\n", "/s/source"},
		"a comment of the field":           {"s:\n  source:\n    method: api\n      # goes on\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a long text":                      {"s:\n  source:\n    note: |\n      # no comment\n      last\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a long text that keeps its end":   {"s:\n  source:\n    note: |+\n      text\n\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a folded plain text":              {"s:\n  source:\n    note: a b\n      c d\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a quoted text of two lines":       {"s:\n  source:\n    note: \"a\n      b\"\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"a list that is not indented":      {"s:\n  source:\n    list:\n    - a\n    - b\n@    " + field + "\n@  b: 1\n", "/s/source"},
		"an item of a list":                {"s:\n  - a: 1\n    b: 2\n@    " + field + "\n@  - a: 3\n", "/s/0"},
		"the last item of a list":          {"s:\n- a: 1\n- a: 3\n@  " + field + "\n@", "/s/1"},
		"braces":                           {"s:\n  source: {method: api, at: 1@, " + field + "@} # note\n", "/s/source"},
		"empty braces":                     {"s:\n  source: {@" + field + "@}\n", "/s/source"},
		"braces of several lines":          {"s:\n  source: {\n    method: api,\n    at: 1@, " + field + "@\n  }\n", "/s/source"},
		"braces below the key":             {"s:\n  source:\n    {method: api,\n     at: 1@, " + field + "@}\n", "/s/source"},
		"a comma before the brace":         {"s: {source: {method: api,@ " + field + "@ }}\n", "/s/source"},
		"a comment before the brace":       {"s: {source: {method: api # it's {\n    @, " + field + "@}}\n", "/s/source"},
		"quotes in braces":                 {"s: {source: {a: \"}\\\"\", b: 'it''s }', c: it's, d: [1, {e: 2}]@, " + field + "@}}\n", "/s/source"},
		"characters of two bytes":          {"é: {ü: \"ö\", source: {m: ä@, " + field + "@}}\n", "/é/source"},
		"a key with a slash":               {"a/b:\n  c: 1\n@  " + field + "\n@", "/a~1b"},
	} {
		parts := strings.Split(test.text, "@")
		out, err := added(t, parts[0]+parts[2], test.pointer)
		if want := strings.Join(parts, ""); err != nil || out != want {
			t.Errorf("%s: %v\n%q, wanted\n%q", name, err, out, want)
		}
	}
	for name, test := range map[string]struct{ text, pointer string }{
		"no such place": {"s: {a: 1}\n", "/s/b/c"}, "a text": {"s: a\n", "/s"}, "a list": {"s: [a]\n", "/s"}, "an item too far": {"s: [{a: 1}]\n", "/s/1"},
	} {
		if out, err := added(t, test.text, test.pointer); !errors.Is(err, document.ErrByHand) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestSetTextsKeepsEverythingElse(t *testing.T) {
	values := map[string]string{"/s/path": "e/new name.txt", "/s/sha": "12"}
	for text, want := range map[string]string{
		"s: {path: a.txt, sha: \"1\\\"\"} # note\n":    "s: {path: \"e/new name.txt\", sha: \"12\"} # note\n",
		"s:\n  sha: '1''' # x\n  path:   \"a b\"\n":    "s:\n  sha: \"12\" # x\n  path:   \"e/new name.txt\"\n",
		"\ufeffs: {ü: ö, path: a, sha: b}\r\nc: 1\r\n": "\ufeffs: {ü: ö, path: \"e/new name.txt\", sha: \"12\"}\r\nc: 1\r\n",
		"s:\n  path: |\n    a\n  sha: b\n":             "",
		"s:\n  path: a\n    b\n  sha: b\n":             "",
		"s:\n  path: \"a\n    b\"\n  sha: b\n":         "",
		"s:\n  path: [a]\n  sha: b\n":                  "",
		"s:\n  path: a\nb: [1]\n":                      "",
	} {
		doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		out, err := doc.SetTexts([]byte(text), values, document.DefaultLimits)
		if string(out) != want || (err != nil) != (want == "") {
			t.Errorf("%q becomes\n%q, wanted\n%q (%v)", text, out, want, err)
		}
	}
	text := []byte("s: {path: a, sha: \"b\"}\n")
	doc, err := document.Parse("a.yaml", text, document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	out, err := doc.SetTexts(text, map[string]string{"/s/path": "e/b.txt"}, document.DefaultLimits)
	if err != nil || string(out) != "s: {path: e/b.txt, sha: \"b\"}\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// Whatever the YAML: what Add answers is the text with something put into it at one place, and says the same and the field.
func FuzzAdd(f *testing.F) {
	for _, text := range []string{"s: {a: 1}", "s:\n  a: 1\n", "s:\n- a: |\n   x\n", "s: {}", "s:\n  a: 'x\n   y'\n# c\n", "s: {a: b#c, d: \"{\"}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			return
		}
		for _, pointer := range []string{"/s", "/s/0", "/s/a"} {
			out, err := doc.Add([]byte(text), document.Field{Pointer: pointer, Name: "new", Flow: "{p: x}"}, document.DefaultLimits)
			if err != nil {
				continue
			}
			edited, err := document.Parse("a.yaml", out, document.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if value, present := edited.Lookup(pointer + "/new/p"); !present || value != any("x") {
				t.Errorf("%q: nothing was added at %s", text, pointer)
			}
			if !shifted(text, string(out)) {
				t.Errorf("%q became %q", text, out)
			}
		}
	})
}

// shifted reports whether a text is another with one piece put into it, wherever that begins.
func shifted(text, longer string) bool {
	for i := 0; i <= len(text); i++ {
		if strings.HasPrefix(longer, text[:i]) && strings.HasSuffix(longer, text[i:]) {
			return true
		}
	}
	return false
}
