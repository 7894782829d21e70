package lsp

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// Every offset of a text has one position in each encoding, which leads back to it.
func TestPositionsLeadBack(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"", "\n", "a", "a\nb\n", "a\r\nb\r\n", "a\rb\n\rc", "é: ü\n", "k: \U0001F511\U0001F512 x\r\nz", byteOrderMark + "kind: x\nü\U0001F511", "\xff\xfe: \xf0\n",
	} {
		tx := newText([]byte(content))
		for _, e := range []encoding{utf8Units, utf16Units, utf32Units} {
			for offset := range len(content) + 1 {
				back := tx.offset(tx.position(offset, e), e)
				onLine := offset > 0 && offset < len(content) && content[offset-1] == '\r' && content[offset] == '\n'
				within := offset < len(content) && content[offset]&0xC0 == 0x80
				if back != offset && !onLine && !within {
					t.Errorf("%q: offset %d leads to %d as %s", content, offset, back, e)
				}
			}
		}
		for offset := range len(content) + 1 {
			within := offset < len(content) && content[offset]&0xC0 == 0x80
			inMark := strings.HasPrefix(content, byteOrderMark) && offset < len(byteOrderMark)
			if back := tx.placeOffset(tx.place(offset)); back != offset && !within && !inMark {
				t.Errorf("%q: offset %d leads to %d as a place of a document", content, offset, back)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	const content = "a: \U0001F511b\r\nü: c\rd\n"
	tx := newText([]byte(content))
	for _, c := range []struct {
		at       position
		encoding encoding
		before   string // what stands before it
	}{
		{position{0, 3}, utf16Units, "a: "},
		{position{0, 4}, utf16Units, "a: "}, // within a pair
		{position{0, 5}, utf16Units, "a: \U0001F511"},
		{position{0, 7}, utf8Units, "a: \U0001F511"},
		{position{0, 6}, utf8Units, "a: "}, // within a character
		{position{0, 4}, utf32Units, "a: \U0001F511"},
		{position{0, 99}, utf16Units, "a: \U0001F511b"},
		{position{1, 1}, utf16Units, "a: \U0001F511b\r\nü"},
		{position{2, 1}, utf16Units, "a: \U0001F511b\r\nü: c\rd"},
		{position{3, 0}, utf16Units, content},
		{position{99, 5}, utf16Units, content},
		{position{-1, -5}, utf16Units, ""},
		{position{0, -5}, utf16Units, ""},
	} {
		if before := content[:tx.offset(c.at, c.encoding)]; before != c.before {
			t.Errorf("%v as %s: %q stands before it, expected is %q", c.at, c.encoding, before, c.before)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	tx := newText([]byte("one: \U0001F511\ntwo: 2\n"))
	changed, err := tx.with([]contentChange{
		{Range: &extent{position{0, 5}, position{0, 7}}, Text: "1"},
		{Range: &extent{position{1, 0}, position{1, 0}}, Text: "more: 3\n"},
		{Range: &extent{position{2, 0}, position{9, 9}}, Text: ""},
	}, utf16Units)
	if err != nil || string(changed.content) != "one: 1\nmore: 3\n" {
		t.Errorf("%q, %v", changed.content, err)
	}
	if whole, err := tx.with([]contentChange{{Text: "new"}}, utf16Units); err != nil || string(whole.content) != "new" {
		t.Errorf("%q, %v", whole.content, err)
	}
	if _, err := tx.with([]contentChange{{Range: &extent{position{1, 0}, position{0, 0}}}}, utf16Units); err == nil {
		t.Error("a range that ends before it begins is taken")
	}
	if string(tx.content) != "one: \U0001F511\ntwo: 2\n" {
		t.Error("the text before was changed")
	}
}

// What is marked is a key or a value as a whole.
func TestTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, at, token, value string }{
		{"range: 10.0.0.0/8 # wide", "range", "range", "10.0.0.0/8"},
		{`range: "a # b" # c`, "range", "range", `"a # b"`},
		{`"two words": 'it''s' # c`, `"two`, `"two words"`, `'it''s'`},
		{"at: 2026-11-18T07:00:00Z", "at", "at", "2026-11-18T07:00:00Z"},
		{"policy: {owner: a@b.example, days: 3}", "owner", "owner", "a@b.example"},
		{"policy: {owner: a@b.example, days: 3}", "days", "days", "3"},
		{"policy: {owner: a@b.example, days: 3}", "policy", "policy", ""},
		{"list:", "list", "list", ""},
		{"  - name: x", "name", "name", "x"},
		{"ids: [a, b c]", "b c", "b c", ""},
		{"text: |", "text", "text", ""},
		{`open: "no end`, `"no`, `"no end`, ""},
		{"a: b # c", "# c", "# c", ""},
		{"   ", "", "   ", ""},
	} {
		tx := newText([]byte("first: 1\n" + c.line + "\r\nlast: 2\n"))
		start := tx.lines[1] + strings.Index(c.line, c.at)
		from, to := tx.token(start)
		if c.at != "" && string(tx.content[from:to]) != c.token {
			t.Errorf("%q at %q: %q, expected is %q", c.line, c.at, tx.content[from:to], c.token)
		}
		if _, from, to, ok := tx.value(start); ok != (c.value != "") || ok && string(tx.content[from:to]) != c.value {
			t.Errorf("%q at %q: the value is %q (%v), expected is %q", c.line, c.at, tx.content[from:to], ok, c.value)
		}
	}
}

func TestPlacesBehindAByteOrderMark(t *testing.T) {
	t.Parallel()
	tx := newText([]byte(byteOrderMark + "kind: x"))
	if at := tx.position(tx.placeOffset(document.Position{Line: 1, Column: 7}), utf16Units); at != (position{0, 7}) {
		t.Errorf("%v", at)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for content, kind := range map[string]string{
		"api_version: raci-check/v1\nkind: Evidence\n": "Evidence", "kind: 'Waivers' # x\r\na: [": "Waivers", "kind: Evidenc\n": "",
		"apiVersion: v1\nkind: Evidence\n": "", "a:\n  kind: Evidence\n": "", `{"kind": "Collect", "api_version": "raci-check/v1"}`: "Collect",
		`{"kind": "Collect"`: "", "": "", "kind:\tEvidence\n": "Evidence",
	} {
		if got := kindOf([]byte(content)); got != kind {
			t.Errorf("%q: %q, expected is %q", content, got, kind)
		}
	}
}

func TestURIs(t *testing.T) {
	t.Parallel()
	for uri, path := range map[string]string{
		"file:///a/b%20c/d%23.yaml": "/a/b c/d#.yaml", "file://localhost/a": "/a", "file:///a/../b": "/b", "untitled:Untitled-1": "",
		"http://example.org/a": "", "file://elsewhere/a": "", "%": "", "": "", "file:": "", "file:///a%00b": "",
	} {
		got, ok := pathOf(uri)
		if ok != (path != "") || ok && got != path {
			t.Errorf("%q: %q, %v, expected is %q", uri, got, ok, path)
		}
	}
	for _, path := range []string{"/a b/ü#?.yaml", "/x%20y"} {
		if back, ok := pathOf(uriOf(path)); back != path || !ok {
			t.Errorf("%q leads to %q", path, back)
		}
	}
}

// The forms of Windows are tried on every system.
func TestURIsOfWindows(t *testing.T) {
	t.Parallel()
	for uri, path := range map[string]string{
		"file:///c%3A/Users/a%20b/keys.yaml": "c:/Users/a b/keys.yaml", // as Visual Studio Code writes it
		"file:///C:/keys.yaml":               "C:/keys.yaml",
		"file://localhost/C:/keys.yaml":      "C:/keys.yaml",
		"file://server/share/a%23.yaml":      "//server/share/a#.yaml",
		"file://wsl$/Debian/home/keys.yaml":  "//wsl$/Debian/home/keys.yaml",
	} {
		got, ok := slashedPath(uri, true)
		if !ok || got != path {
			t.Errorf("%q: %q, %v, expected is %q", uri, got, ok, path)
		}
		if back, ok := slashedPath(uriOfSlashed(path), true); back != path || !ok {
			t.Errorf("%q leads by %q to %q", path, uriOfSlashed(path), back)
		}
	}
	if uri := uriOfSlashed("C:/a b/keys.yaml"); uri != "file:///C:/a%20b/keys.yaml" {
		t.Error(uri)
	}
}
