package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func parse(text string) (*Document, error) { return Parse("f.yaml", []byte(text), DefaultLimits) }

func TestParseReadsPlainValues(t *testing.T) {
	doc, err := parse(`
text: plain words
quoted: "010"
literal: |
  one
  	two
tagged: !!str 5
yes_is_text: [yes, no, on, off, y, n]
whole: [0, -5, 9007199254740992, !!int 7, !!float 7]
real: [0.5, -1.25e3, 1e5]
truth: [true, False, !!bool TRUE]
nothing: [null, ~, !!null ""]
dates: [2026-11-18, 2026-11-18T09:00:00Z, 03:04, 2024-1-2]
almost_numbers: [1.2.3, 1:30, 10.0.0.0/8, 5d, -, ., ..., "1_000", e5, 0.1-rc1]
empty: {map: {}, list: []}
"quoted key": é
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"text": "plain words", "quoted": "010", "literal": "one\n\ttwo\n", "tagged": "5",
		"yes_is_text":    []any{"yes", "no", "on", "off", "y", "n"},
		"whole":          []any{json.Number("0"), json.Number("-5"), json.Number("9007199254740992"), json.Number("7"), json.Number("7")},
		"real":           []any{json.Number("0.5"), json.Number("-1.25e3"), json.Number("1e5")},
		"truth":          []any{true, false, true},
		"nothing":        []any{nil, nil, nil},
		"dates":          []any{"2026-11-18", "2026-11-18T09:00:00Z", "03:04", "2024-1-2"},
		"almost_numbers": []any{"1.2.3", "1:30", "10.0.0.0/8", "5d", "-", ".", "...", "1_000", "e5", "0.1-rc1"},
		"empty":          map[string]any{"map": map[string]any{}, "list": []any{}},
		"quoted key":     "é",
	}
	if got := doc.Value(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	if doc.Name() != "f.yaml" {
		t.Errorf("name %q", doc.Name())
	}
}

func TestParseAcceptsHarmlessForms(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark at the start":       "\uFEFFa: 1\n",
		"CRLF line ends":                     "a: 1\r\nb: |\r\n  x\r\n",
		"document markers":                   "---\na: 1\n...\n# the end\n",
		"no line end at the end":             "a: 1",
		"comments of all kinds":              "# %x\n\na: 1 # b\n",
		"a quoted merge key":                 "\"<<\": 1\n",
		"characters beyond the basic plane":  "a: 🔑\n",
		"a percent sign in a value":          "a: 5 %\n",
		"a zero-width joiner, as emoji have": "a: \"\u200d\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const (
		number  = "or put the text in quotes"
		tag     = "this tag is not allowed"
		aliases = "anchors and aliases are not allowed"
		key     = "a key must be text"
	)
	for _, test := range []struct{ name, text, at, message string }{
		// text
		{"latin-1", "a: 1\nb: caf\xe9\n", "2:7", "not UTF-8"},
		{"a truncated character", "a: \xc3", "1:4", "not UTF-8"},
		{"an encoded surrogate", "a: \xed\xa0\x80\n", "1:4", "not UTF-8"},
		{"UTF-16 with a byte order mark", "\xff\xfea\x00:\x00", "1:1", "UTF-16"},
		{"big-endian UTF-16 with a byte order mark", "\xfe\xff\x00a\x00:", "1:1", "UTF-16"},
		{"UTF-16 without a byte order mark", "a\x00:\x00 \x001\x00", "1:1", "UTF-16"},
		{"big-endian UTF-16 without a byte order mark", "\x00a\x00:", "1:1", "UTF-16"},
		{"a byte order mark inside", "a: 1\n\uFEFFb: 2\n", "2:1", "byte order mark inside the text U+FEFF: delete it"},
		{"two byte order marks", "\uFEFF\uFEFFa: 1\n", "1:1", "byte order mark"},
		{"a next-line character", "a: 1\u0085b: 2\n", "1:5", "line separator U+0085"},
		{"a line separator", "a: x\u2028b: 2\n", "1:5", "line separator U+2028"},
		{"a paragraph separator in a comment", "a: 1 # é\u2029\n", "1:9", "line separator U+2029"},
		{"a bare carriage return", "a: 1\rb: 2\n", "1:5", "carriage return without a line feed"},
		{"a bare carriage return at the end", "a: 1\r", "1:5", "carriage return without a line feed"},
		{"a raw escape character", "a: \"\x1b[31m\"\n", "1:5", "control character U+001B: delete it"},
		{"a raw zero", "a: 1\nb: \x00\n", "2:4", "control character U+0000"},
		{"a raw delete", "a: \x7f\n", "1:4", "control character U+007F"},
		{"a raw C1 control", "a: \u009b\n", "1:4", "control character U+009B"},
		{"a raw non-character", "a: \uFFFE\n", "1:4", "control character U+FFFE"},
		{"a raw bidirectional control", "# \u202E\na: 1\n", "1:3", "bidirectional control character U+202E: delete it"},
		{"a raw bidirectional isolate", "a: x\u2066\n", "1:5", "bidirectional control character U+2066"},
		{"an escaped escape character", `a: "\e[31m"`, "1:4", "the text contains a control character U+001B: delete it"},
		{"an escaped zero", `a: "\0"`, "1:4", "control character U+0000"},
		{"an escaped carriage return", `a: "x\r\n"`, "1:4", "control character U+000D"},
		{"an escaped bidirectional control", `a: [x, "\u202E"]`, "1:8", "bidirectional control character U+202E"},
		{"an escaped byte order mark", `a: "\uFEFF"`, "1:4", "byte order mark"},
		{"an escaped next line", `a: "\N"`, "1:4", "line separator U+0085"},
		{"an escaped line separator", `a: "\L"`, "1:4", "line separator U+2028"},
		{"an escaped paragraph separator", `a: "\P"`, "1:4", "line separator U+2029"},
		{"a control character in a key", `"a\eb": 1`, "1:1", "the key contains a control character U+001B"},
		{"a bidirectional control in a key", `"a\u200fb": 1`, "1:1", "the key contains a bidirectional control character U+200F"},
		{"a tab in a key", `"a\tb": 1`, "1:1", "the key contains a control character U+0009"},
		{"a line feed in a key", `"a\nb": 1`, "1:1", "the key contains a control character U+000A"},

		// no document, or more than one
		{"an empty file", "", "1:1", "empty or has only comments"},
		{"blank lines only", "\n\n", "1:1", "empty or has only comments"},
		{"comments only", "# a\n# b\n", "1:1", "empty or has only comments"},
		{"a byte order mark only", "\uFEFF", "1:1", "empty or has only comments"},
		{"a marker only", "---\n", "1:1", "the document is empty"},
		{"null", "null\n", "1:1", "the document is empty"},
		{"a list on top", "- a: 010\n", "1:1", "the top level must be fields"},
		{"text on top", "# c\nabc\n", "2:1", "the top level must be fields"},
		{"a number on top", "5\n", "1:1", "the top level must be fields"},
		{"a second document", "a: 1\n---\nb: 1\n", "2:1", "a second document begins here"},
		{"an empty second document", "a: 1\n---\n", "2:1", "a second document begins here"},
		{"a second document that is broken", "a: 1\n---\nb: [\n", "3:1", "a value was expected here"},
		{"garbage after the end", "a: 1\n...\ngarbage\n", "3:1", "text after the end of the document"},
		{"a directive", "%YAML 1.1\n---\na: yes\n", "1:1", "directives are not allowed"},
		{"a tag directive after a comment", "# c\n\n%TAG !! tag:x,2000:\n---\na: !!int 5\n", "3:1", "directives are not allowed"},

		{"a directive behind the end", "a: 1\n...\n# c\n%TAG !a! b\n---\nb: 1\n", "4:1", "directives are not allowed"},

		// keys
		{"a duplicate key", "a: 1\nb:\n  c: 1\n  d: 1\n  c: 2\n", "5:3", `"c" is already given at line 3`},
		{"a duplicate key in other quotes", "a: 1\n\"a\": 2\n", "2:1", `"a" is already given at line 1`},
		{"a duplicate key in a flow mapping", "x: {a: 1, \"\\u0061\": 2}\n", "1:11", `"a" is already given at line 1`},
		{"a long duplicate key", strings.Repeat("k", 65) + ": 1\n" + strings.Repeat("k", 65) + ": 1\n", "2:1", "this key is already given at line 1"},
		{"a number as key", "a:\n  1: x\n", "2:3", key},
		{"a number in base 16 as key", "0x1: x\n", "1:1", key},
		{"an octal-looking key", "010: x\n", "1:1", key},
		{"a truth value as key", "true: x\n", "1:1", key},
		{"null as key", "null: x\n", "1:1", key},
		{"no key", "? \n: x\n", "1:2", key},
		{"a colon without a key", ": x\n", "1:1", "a key was expected here"},
		{"a tagged number as key", "!!int 1: x\n", "1:1", key},
		{"a list as key", "? [a]\n: x\n", "1:3", "not a list or a mapping"},
		{"a mapping as key", "{a: b}: x\n", "1:1", "not a list or a mapping"},
		{"an alias as key", "a: &x b\n*x : c\n", "2:1", aliases},
		{"a merge key", "a: {}\n<<: {b: 1}\n", "2:1", "merge keys (<<) are not allowed"},
		{"a tagged merge key", "!!merge <<: {b: 1}\n", "1:1", "merge keys (<<) are not allowed"},

		// anchors, aliases, tags
		{"an anchor on a value", "a: &x 1\n", "1:4", aliases},
		{"an anchor on a key", "&x a: 1\n", "1:1", aliases},
		{"an anchor on a list", "a: &x [1]\n", "1:4", aliases},
		{"an alias", "a: &x 1\nb: *x\n", "2:4", aliases},
		{"an alias to itself", "a: &x [*x]\n", "1:8", aliases},
		{"an alias to nothing", "a: 1\nb: '*x'\nc: *x\nd: 1\n", "3:1", aliases},
		{"an own tag", "a: !foo x\n", "1:4", tag},
		{"an own tag on a key", "!foo a: x\n", "1:1", tag},
		{"an own tag on a list", "a: !foo [x]\n", "1:4", tag},
		{"an own tag on a mapping", "a: !foo {x: y}\n", "1:4", tag},
		{"a set", "a: !!set {x, y}\n", "1:4", tag},
		{"binary data", "a: !!binary aGVsbG8=\n", "1:4", tag},
		{"a Python object", "a: !!python/object:os.system x\n", "1:4", tag},
		{"a timestamp tag", "a: !!timestamp 2026-11-18\n", "1:4", tag},
		{"a scalar tag on a list", "a: !!str [x]\n", "1:4", tag},
		{"a list tag on a scalar", "a: !!seq x\n", "1:4", tag},
		{"an unknown tag handle", "k: 1\na: !h!x c\n", "2:1", tag},
		{"a tag that is not closed", "k: 1\na: !<x c\n", "2:1", tag},
		{"a whole number that is none", "a: !!int 1.5\n", "1:4", "not have the type of its tag"},
		{"a number that is text", "a: !!float x\n", "1:4", "not have the type of its tag"},
		{"a truth value that is text", "a: !!bool yes\n", "1:4", "not have the type of its tag"},
		{"a null that is text", "a: !!null x\n", "1:4", "not have the type of its tag"},
		{"an octal-looking number with a tag", "a: !!int 010\n", "1:4", "leading zeros"},

		// numbers
		{"an octal number", "a: 010\n", "1:4", "leading zeros"},
		{"an octal-looking number", "a: 08\n", "1:4", "leading zeros"},
		{"a negative octal number", "a: -0755\n", "1:4", "leading zeros"},
		{"a real number with leading zeros", "a: 00.5\n", "1:4", "leading zeros"},
		{"an octal number of YAML 1.2", "a: 0o10\n", "1:4", "base 16, 8 or 2"},
		{"a number in base 16", "a: 0x1F\n", "1:4", "base 16, 8 or 2"},
		{"a negative number in base 16", "a: -0x1F\n", "1:4", "base 16, 8 or 2"},
		{"a number in base 2", "a: 0b101\n", "1:4", "base 16, 8 or 2"},
		{"a number with underscores", "a: 1_000\n", "1:4", "a number with _"},
		{"a real number with underscores", "a: 1_0.5\n", "1:4", "a number with _"},
		{"a plus sign", "a: +5\n", "1:4", number},
		{"no digit before the point", "a: .5\n", "1:4", number},
		{"no digit behind the point", "a: 5.\n", "1:4", number},
		{"not a number", "a: .nan\n", "1:4", "not-a-number and infinity"},
		{"infinity", "a: -.INF\n", "1:4", "not-a-number and infinity"},
		{"positive infinity", "a: +.inf\n", "1:4", "not-a-number and infinity"},
		{"a whole number beyond 2^53", "a: 9007199254740993\n", "1:4", "cannot be stored exactly"},
		{"a negative whole number beyond 2^53", "a: -9007199254740993\n", "1:4", "cannot be stored exactly"},
		{"a whole number beyond 2^64", "a: 18446744073709551616\n", "1:4", "cannot be stored exactly"},
		{"a real number at 2^53", "a: 9007199254740993.0\n", "1:4", "cannot be stored exactly"},
		{"a real number beyond 2^53", "a: -1e20\n", "1:4", "cannot be stored exactly"},
		{"a real number that overflows", "a: 1e400\n", "1:4", "cannot be stored exactly"},
		{"a real number that underflows", "a: 1e-999999999\n", "1:4", "too small"},
		{"a zero with a huge exponent", "a: 0e999999999\n", "1:4", "too small"},
		{"too many digits", "a: 0." + strings.Repeat("1", 39) + "\n", "1:4", "too many digits"},

		// syntax
		{"a field that is indented too little", "a:\n  b:\n    c: 1\n   d: 1\n", "4:4", "this line is indented by 3 spaces, which fits no line above"},
		{"text after a quoted text", "a: 1\nb: \"x\" y\nc: 1\n", "2:1", "a key was expected here"},
		{"a field in a list", "a:\n  - b\n  c: 1\n", "3:3", "a list item (- ) was expected"},
		{"text without a colon", "a: 1\nb\nc: 1\n", "2:1", "a key without a colon"},
		{"two colons", "a: 1\nb: c: d\n", "2:1", "the value has a colon with a space behind it: put the value in quotes"},
		{"a list item behind a key", "a: 1\nb: - c\n", "2:1", "a list item (- ) is not allowed here"},
		{"a list that is not closed", "a: 1\nb: [1, 2\nc: 1\n", "2:1", "a comma or the end of a list [ ] or mapping { } is missing"},
		{"a mapping that is not closed", "a: 1\nb: {c: 1\n", "2:1", "a comma or the end of a list [ ] or mapping { } is missing"},
		{"a bracket without a list", "a: 1\nb: ]\n", "2:1", "a value was expected here"},
		{"a character that cannot begin a value", "a: 1\nb: @c\n", "2:4", "a text that begins with @ needs quotes"},
		{"a tab as indentation", "a:\n  b: 1\n\tc: 1\n", "3:2", "indent with spaces"},
		{"a tab on a line of its own", "a:\n  b: 1\n\t", "3:1", "indent with spaces"},
		{"a tab as first indentation", "a:\n\tb: 1\n", "2:1", "indent with spaces"},
		{"a key without a space before its value", "a: 1\nb:c\nd: 1\n", "2:2", "put a space after the colon"},
		{"a key without a space, told of the next line", "a:\n  b:c\n  d: 1\n", "2:4", "put a space after the colon"},
		{"a line indented too far", "a: b\n  c: 1\n", "2:3", "indented by 2 spaces and the line above by 0, which has a value already"},
		{"a bracket too many", "a: {b: c}}\n", "1:1", "delete } or ]"},
		{"an address behind a key", "a: 1\nhttp://x\n", "2:1", "a key without a colon"},
		{"a less indented line that fits one above", "a:\n  b: {c: 1}\n    d: 2\n  e: 1\n", "3:5", "a key was expected here"},
		{"a quote that is not closed", "a: 1\nb: \"c\nd: 1\n", "2:1", "not closed"},
		{"a marker in quotes", "a: 1\nb: \"c\n---\nd\"\n", "2:1", "not closed"},
		{"an unknown escape", "a: 1\nb: \"C:\\Windows\"\n", "2:1", "an unknown escape"},
		{"an escape that is too short", "a: \"\\u12\"\n", "1:1", "an unknown escape"},
		{"an escape of a surrogate", "a: \"\\uD800\"\n", "1:1", "an unknown escape"},
		{"text behind a block indicator", "a: |x\n  b\n", "1:1", "only a line break or a comment"},
		{"a block without indentation", "a: |0\n  b\n", "1:1", "at least 1"},
		{"an ampersand alone", "a: & b\n", "1:1", aliases},
		{"a directive inside", "a: 1\n%foo\n", "2:1", "directives are not allowed"},
		{"an error after a long comment", "a: 1\nb: \"x\"\n" + strings.Repeat("# c\n", 9) + "  y\n", "12:3", "a key"},
		{"a long key", "a: 1\n" + strings.Repeat("k", 1025) + ": 1\n", "2:1", "at most 1024 characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(test.text)
			if err == nil {
				t.Fatal("accepted")
			}
			want := "f.yaml:" + test.at + ": "
			for line := range strings.Lines(err.Error()) {
				if strings.HasPrefix(line, want) && strings.Contains(line, test.message) {
					return
				}
			}
			t.Errorf("wanted %s… %s …, got %v", want, test.message, err)
		})
	}
}

func TestBlankTextsAreNamed(t *testing.T) {
	doc, err := parse("a: \" \"\nb: [\"\", x, \"\\u3000\"]\nc: null\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Blank(); err == nil || !strings.HasPrefix(err.Error(), "f.yaml:1:4: the text is only white space: ") ||
		!strings.Contains(err.Error(), "\nf.yaml:2:12: ") || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v", err)
	}
	doc, err = parse("a: x\nb: \"\"\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Blank(); err != nil {
		t.Errorf("got %v where no text is blank", err)
	}
}

func TestParseReportsAllErrorsInOrder(t *testing.T) {
	_, err := parse("b: 010\na: [&x 1, !t y]\na: .nan\n1: 2\n---\n")
	want := []string{"1:4", "2:5", "2:11", "3:1", "3:4", "4:1", "5:1"}
	var got []string
	for _, problem := range err.(Errors) {
		got = append(got, fmt.Sprintf("%d:%d", problem.Line, problem.Column))
	}
	if !slices.Equal(got, want) {
		t.Errorf("errors at %v, wanted at %v:\n%v", got, want, err)
	}
}

func TestParseStopsAfterAHundredErrors(t *testing.T) {
	for name, text := range map[string]string{
		"values":     "a:\n" + strings.Repeat("  - 010\n", 1000),
		"characters": "a: 1\n" + strings.Repeat("# \x07\n", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(text)
			errs := err.(Errors)
			if len(errs) != 101 || !strings.Contains(errs[100].Message, "more errors follow") || errs[100].Line != 102 {
				t.Errorf("%d errors, the last: %v", len(errs), errs[len(errs)-1])
			}
		})
	}
}

// The text of an error goes to logs and build output; the file may hold what must not get there.
func TestParseNeverRepeatsValues(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		"a: *hunter2\n", "a: &hunter2 x\n", "a: !hunter2 x\n", "a: \"hunter2\n", "a: [hunter2\n", "a: @hunter2\n",
		"a: hunter2: x\n", "a: !!int hunter2\n", "a: !!bool hunter2\n", "a: \"hunter2\" x\n", "a: - hunter2\n",
		"a: |hunter2\n", "a: 1\nhunter2\n", "hunter2", "- hunter2", "a: \"\\hunter2\"\n", "a: !<hunter2 x\n",
		"a: !hunter2!x y\n", "%hunter2\n", "a: 1\n%hunter2\n", "a: \"hunter2\\e\"\n", "a: 1\n--- hunter2\n", "a: 1\n...\nhunter2\n",
	} {
		_, err := parse(text)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	limits := Limits{Bytes: 60, Depth: 3, Nodes: 12, KeysPerMapping: 3, ScalarBytes: 10, KeyBytes: 5}
	for _, test := range []struct {
		name, within, beyond, want string
		limit                      Limit
	}{
		{"bytes", "a: 1\n" + strings.Repeat("#", 54) + "\n", "a: 1\n" + strings.Repeat("#", 55) + "\n",
			"f.yaml:1:1: the file is larger than the limit of 60 bytes: make it smaller", TooLarge},
		{"depth", "a: {b: [1]}", "a: {b: [[], {}]}",
			"f.yaml:1:9: nested deeper than the limit of 3 levels: flatten it\nf.yaml:1:13: nested deeper than the limit of 3 levels: flatten it", TooDeep},
		{"nodes", "a: [1, 2, 3, 4, 5, 6, 7, 8, 9]", "a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]",
			"f.yaml:1:32: the file holds more than the limit of 12 keys and values: make it smaller", TooManyNodes},
		{"keys per mapping", "a: {b: 1, c: 1, d: 1}", "a: {b: 1, c: 1, d: 1, e: 1}",
			"f.yaml:1:4: 4 keys in one mapping, the limit is 3: make it a list", TooManyKeys},
		{"scalar bytes", "a: éééé12", "a: éééé123",
			"f.yaml:1:4: the value is longer than the limit of 10 bytes: name a file with it instead", LongScalar},
		{"key bytes", "abcde: 1", "abcdef: 1",
			"f.yaml:1:1: the key is longer than the limit of 5 bytes", LongKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte(test.within), limits); err != nil {
				t.Errorf("within: %v", err)
			}
			_, err := Parse("f.yaml", []byte(test.beyond), limits)
			if fmt.Sprint(err) != test.want {
				t.Errorf("got  %v\nwant %v", err, test.want)
			}
			if !errors.Is(err, test.limit) {
				t.Errorf("%v is not of the kind %q", err, test.limit)
			}
		})
	}
}

// The limits that users meet, at the last value that is read and one beyond it.
func TestDefaultLimits(t *testing.T) {
	items := func(nodes int) string { return "a: [" + strings.Repeat("1,", nodes-3) + "]" } // the top, the key and the list are nodes too
	keys := func(n int) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "k%d: 1\n", i)
		}
		return text.String()
	}
	for _, test := range []struct {
		limit Limit
		last  int
		text  func(n int) string
		at    string
	}{
		{TooLarge, 8 << 20, func(n int) string { return "a: 1\n" + strings.Repeat("#", n-6) + "\n" }, "1:1"},
		{TooDeep, 64, func(n int) string { return "a: " + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) }, "1:67"},
		{TooManyNodes, 500_000, items, "1:999999"},
		{TooManyKeys, 2_000, keys, "1:1"},
		{LongScalar, 64 << 10, func(n int) string { return "a: " + strings.Repeat("x", n) }, "1:4"},
		{LongScalar, 64 << 10, func(n int) string { return "a: |\n  " + strings.Repeat("x", n-1) + "\n" }, "1:4"},
		{LongKey, 1 << 10, func(n int) string { return "? " + strings.Repeat("x", n) + "\n: 1" }, "1:3"},
	} {
		t.Run(string(test.limit), func(t *testing.T) {
			if _, err := parse(test.text(test.last)); err != nil {
				t.Errorf("%d: %.200v", test.last, err)
			}
			_, err := parse(test.text(test.last + 1))
			if !errors.Is(err, test.limit) || !strings.HasPrefix(err.Error(), "f.yaml:"+test.at+": ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%d: %.200v", test.last+1, err)
			}
		})
	}
}

func TestALargerFileMayHoldMore(t *testing.T) {
	if got := DefaultLimits.WithBytes(16 << 20); got.Bytes != 16<<20 || got.Nodes != 1_000_000 || got.Depth != 64 || got.KeysPerMapping != 2_000 {
		t.Errorf("%+v", got)
	}
	if got := DefaultLimits.WithBytes(1 << 20); got.Bytes != 1<<20 || got.Nodes != 500_000 {
		t.Errorf("%+v", got)
	}
}

func TestParseSurvivesHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"deep lists":        "a: " + strings.Repeat("[", 1<<20),
		"nearly deep lists": "a: " + strings.Repeat("[", 9_990) + strings.Repeat("]", 9_990),
		"deep blocks":       strings.Repeat("- ", 1<<19),
		"deep keys":         strings.Repeat("? ", 1<<19),
		"many aliases":      "a: [&x 1" + strings.Repeat(",*x", 1<<18) + "]",
		"laughs":            "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
		"a wide mapping":    "a: {" + wide(1<<17) + "}",
		"later directives":  "a: 1\n...\n" + directives(1<<16) + "---\nb: 1\n",
		"a broken end":      "a:\n" + strings.Repeat("- 1\n", 1<<18) + "b: \"x\" y\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(text); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// directives are such that yaml.v3 compares each with all before it.
func directives(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "%%TAG !a%d! b\n", i)
	}
	return text.String()
}

func wide(keys int) string {
	var text strings.Builder
	for i := range keys {
		fmt.Fprintf(&text, "k%d: 1, ", i)
	}
	return text.String()
}

func TestReadStopsAtTheLimit(t *testing.T) {
	source := &endless{}
	_, _, err := Read("f.yaml", source, Limits{Bytes: 1000})
	if err == nil || !strings.Contains(err.Error(), "limit of 1000 bytes") || source.read != 1001 {
		t.Errorf("read %d bytes: %v", source.read, err)
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, strings.Repeat("#", len(p))), nil
}

func TestReadPassesReadErrorsOn(t *testing.T) {
	broken := errors.New("disk on fire")
	_, _, err := Read("f.yaml", iotest.ErrReader(broken), DefaultLimits)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "read f.yaml: ") {
		t.Error(err)
	}
	if _, _, err := Read("f.yaml", iotest.OneByteReader(strings.NewReader("a: 1")), DefaultLimits); err != nil {
		t.Error(err)
	}
}

// Line ends of old are one thing to do, however many lines there are.
func TestLinesThatEndWithACarriageReturn(t *testing.T) {
	_, err := Parse("f.yaml", []byte(strings.Repeat("a: 1\r", 300)), DefaultLimits)
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 1 || !strings.Contains(errs[0].Message, "carriage return without a line feed") {
		t.Errorf("%v", err)
	}
}
