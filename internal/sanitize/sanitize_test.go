package sanitize_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/sanitize"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"plain, ünïcode 鍵":    "plain, ünïcode 鍵",
		"a\nb\tc\r":           `a\u{a}b\u{9}c\u{d}`,
		"\x1b[2J":             `\u{1b}[2J`,
		"\u202ea\ufeff\u200b": `\u{202e}a\u{feff}\u{200b}`,
		"##[error]###":        `\u{23}#[error]\u{23}\u{23}#`,
		"a\xff":               `a\u{fffd}`,
	} {
		if got := sanitize.Text(text); got != want {
			t.Errorf("%q: %q, wanted %q", text, got, want)
		}
		if got := sanitize.Text(want); got != want {
			t.Errorf("%q does not stay: %q", want, got)
		}
	}
}

func TestLines(t *testing.T) {
	const text, want = "a\n::error::b\n  ::c \x1b\n##[d]", "a\n\\u{3a}:error::b\n  \\u{3a}:c \\u{1b}\n\\u{23}#[d]"
	if got := sanitize.Lines(text); got != want {
		t.Errorf("%q, wanted %q", got, want)
	}
}

// What is written is the same value, and speaks to nobody.
func TestWriteJSON(t *testing.T) {
	for _, text := range []string{"plain", "##[error]###", "a\u202e\u2066\ufeff\x1b\x7f\u0085\u2028", "\U000e0041\U0001f511", `\##[a]\\##[b]`, "</script>"} {
		var out bytes.Buffer
		if err := sanitize.WriteJSON(&out, map[string]string{text: text}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && sanitize.Text(string(r)) != string(r) {
				t.Errorf("%U in %q", r, out.String())
			}
		}
		if strings.Contains(out.String(), "##") {
			t.Errorf("a command in %q", out.String())
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[text] != text {
			t.Errorf("%q became %q: %v", text, back, err)
		}
	}
	if err := sanitize.WriteJSON(&bytes.Buffer{}, func() {}); err == nil {
		t.Error("what is no JSON was written")
	}
}

// The form is that of encoding/json, in one piece and in several.
func FuzzAppendIndented(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"a":[],"b":{},"c":[{"d":"e\"\\,{}[]:"},[1,-2.5e3,true,null]],"":"鍵"}`, `"##x\\"`, `[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&value) != nil {
			return
		}
		compact, err := json.Marshal(value)
		if err != nil {
			return
		}
		want, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got := sanitize.AppendIndented(nil, compact, 0)
		var again bytes.Buffer
		if err := json.Compact(&again, got); err != nil {
			t.Fatal(err)
		}
		if line := sanitize.AppendJSON(nil, compact); !bytes.Equal(again.Bytes(), line) {
			t.Errorf("%s is another value than %s", got, line)
		}
		if bytes.Equal(sanitize.AppendJSON(nil, compact), compact) && !bytes.Equal(got, want) {
			t.Errorf("got\n%s\nwanted\n%s", got, want)
		}
	})
}

func TestAppendIndentedTakesParts(t *testing.T) {
	want, err := json.MarshalIndent(map[string]any{"a": []any{map[string]any{"b": 1}, map[string]any{"c": []int{}}}, "d": "e"}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for _, part := range []struct {
		text  string
		depth int
	}{{`{"a":[`, 0}, {`{"b":1}`, 2}, {`,{"c":[]}`, 2}, {`],"d":"e"}`, 2}} {
		got = sanitize.AppendIndented(got, []byte(part.text), part.depth)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwanted\n%s", got, want)
	}
}

// What a spreadsheet would take for something else than text begins with an apostrophe.
func TestCells(t *testing.T) {
	for text, expected := range map[string][2]string{
		"plain":                {"plain", "plain"},
		"=1+1":                 {"'=1+1", "'=1+1"},
		" @SUM(A1)":            {"' @SUM(A1)", "' @SUM(A1)"},
		"\u2001+1":             {"'\u2001+1", "'\u2001+1"}, // each space that Unicode has
		"24":                   {"24", "24"},
		"007":                  {"007", "'007"},
		"1e5":                  {"1e5", "'1e5"},
		"12345678901234567890": {"12345678901234567890", "'12345678901234567890"},
		"3.1.1.4":              {"3.1.1.4", "'3.1.1.4"},
		"2026-11-20":           {"2026-11-20", "'2026-11-20"},
		"2026-11-20T09:00:00Z": {"2026-11-20T09:00:00Z", "'2026-11-20T09:00:00Z"},
		"True":                 {"True", "'True"},
		"May 2026":             {"May 2026", "'May 2026"},
		"20 Nov":               {"20 Nov", "'20 Nov"},
		"3 of 25":              {"3 of 25", "3 of 25"},
		"a.yaml:3:7":           {"a.yaml:3:7", "a.yaml:3:7"},
	} {
		if got := [2]string{sanitize.Cell(text), sanitize.FixedCell(text)}; got != expected {
			t.Errorf("%q: %q, expected %q", text, got, expected)
		}
	}
}

// What is written piece by piece is what is made at once, wherever a piece ends.
func TestPiecesAreTheWhole(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 200_000), strings.Repeat("##\u202e,é", 40_000), strings.Repeat(`"\`, 50_000)} {
		value := map[string]any{"empty": []string{}, "list": []any{text, map[string]string{text: "##"}}, "many": strings.Split(strings.Repeat(text[:10]+"\x00", 20_000), "\x00")}
		compact, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var indented, line bytes.Buffer
		in := sanitize.Indenter{W: &indented, Depth: 2}
		if err := errors.Join(in.Add(compact), in.End(), sanitize.WriteLine(&line, compact)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(indented.Bytes(), sanitize.AppendIndented(nil, compact, 2)) || !bytes.Equal(line.Bytes(), sanitize.AppendJSON(nil, compact)) {
			t.Errorf("%.20q: %d bytes indented, %d in a line", text, indented.Len(), line.Len())
		}
	}
}
