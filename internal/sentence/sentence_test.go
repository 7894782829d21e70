package sentence_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/sentence"
)

func TestFill(t *testing.T) {
	n := func(text string) json.Number { return json.Number(text) }
	for _, test := range []struct {
		template string
		values   map[string]any
		want     string
	}{
		{"plain", nil, "plain"},
		{"{n} {n|key is|keys are} listed", map[string]any{"n": n("1")}, "1 key is listed"},
		{"{n} {n|key is|keys are} listed", map[string]any{"n": n("0")}, "0 keys are listed"},
		{"{n} {n|key is|keys are} listed", map[string]any{"n": n("1.0")}, "1 key is listed"},
		{"{n} {n|day|days}", map[string]any{"n": n("1.5")}, "1.5 days"},
		{"{n} {n|day|days}", map[string]any{"n": "unknown"}, "unknown days"},
		{"{n|one|}{n}", map[string]any{"n": n("2")}, "2"},
		{"{who}", map[string]any{"who": []any{}}, ""},
		{"{who}", map[string]any{"who": []any{"a"}}, "a"},
		{"{who} {who|is|are}", map[string]any{"who": []any{"a", "b"}}, "a and b are"},
		{"{who} {who|is|are}", map[string]any{"who": []any{"a", "b", n("3")}}, "a, b and 3 are"},
		{"{a}{b}", map[string]any{"a": "{b}", "b": "x"}, "{b}x"}, // a value is never a template
		{"{a}", map[string]any{"a": false}, "false"},
	} {
		template, err := sentence.Parse(sentence.English, test.template)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := template.Fill(test.values); err != nil || got != test.want {
			t.Errorf("%s with %v: %q, %v, expected %q", test.template, test.values, got, err, test.want)
		}
	}
}

func TestFillRefuses(t *testing.T) {
	for says, values := range map[string]map[string]any{
		"value n is not given":      {},
		"is no text":                {"n": nil},
		"neither a number":          {"n": true},
		"the value n is no text":    {"n": map[string]any{}},
		"is no text, number, truth": {"n": []any{[]any{}}},
	} {
		template, err := sentence.Parse(sentence.English, "{n} {n|is|are}")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := template.Fill(values); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, expected %q", values, err, says)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"": "is empty", "  ": "is empty", "{": "not closed", "a } b": "closes nothing", "{a} }": "closes nothing",
		"{}": "names no value", "{A}": "names no value", "{a b}": "names no value", "{a|b}": "1 forms, the language en has 2", "{a|b|c|d}": "3 forms",
	} {
		if _, err := sentence.Parse(sentence.English, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, expected %q", text, err, says)
		}
	}
}

func TestNames(t *testing.T) {
	template, err := sentence.Parse(sentence.English, "{b} {a|x|y} {b}")
	if err != nil {
		t.Fatal(err)
	}
	if got := template.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %v", got)
	}
}

func TestOutline(t *testing.T) {
	template, err := sentence.Parse(sentence.English, "{n} {n|key is|keys are} listed")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := template.Outline(), "{n} keys are listed"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
}

func FuzzFill(f *testing.F) {
	f.Add("{n} {n|key is|keys are}", "1")
	f.Fuzz(func(t *testing.T, text, value string) {
		template, err := sentence.Parse(sentence.English, text)
		if err != nil {
			return
		}
		values := map[string]any{}
		for _, name := range template.Names() {
			values[name] = value
		}
		if _, err := template.Fill(values); err != nil {
			t.Errorf("%q does not take the texts that it names: %v", text, err)
		}
	})
}

func TestFrenchSetsSpacesThatDoNotBreak(t *testing.T) {
	for text, want := range map[string]string{
		"à corriger : 3 ; dit-il ?":     "à corriger~: 3_; dit-il_?",
		"« oui »":                       "«~oui~»",
		"90 % des clés, soit %d %%":     "90_% des clés, soit %d_%%",
		"%d sur %d %s : `a: b` (11 %)":  "%d sur %d %s~: `a: b` (11_%)",
		"https://example.org :8080 a:b": "https://example.org :8080 a:b",
	} {
		if got := strings.NewReplacer("\u00a0", "~", "\u202f", "_").Replace(sentence.French.Set(text)); got != want {
			t.Errorf("%q is set as %q, wanted %q", text, got, want)
		}
	}
}

// In prose a number has its thousands apart, and a time is said; what only looks like a number stays as it is.
func TestFrenchSaysNumbersAndTimes(t *testing.T) {
	for text, want := range map[string]string{
		"999": "999", "1000": "1_000", "2044": "2_044", "-1234567.25": "-1_234_567,25", "0.5": "0,5", "+12000": "+12_000",
		"1e21": "1e21", "1.2.3": "1.2.3", "": "", "c2920f3a": "c2920f3a",
	} {
		if got := strings.ReplaceAll(sentence.French.Number(text), "\u202f", "_"); got != want {
			t.Errorf("%q is said as %q, wanted %q", text, got, want)
		}
		if got := sentence.English.Number(text); got != text {
			t.Errorf("%q is said as %q in English", text, got)
		}
	}
	for text, want := range map[string]string{
		"2026-11-01": "1er novembre 2026", "2026-11-20T00:00:00Z": "20 novembre 2026 à 00:00 UTC", "2026-08-01T04:05:06Z": "1er août 2026 à 04:05:06 UTC",
		"2026-11-20T04:00:00+01:00": "2026-11-20T04:00:00+01:00", "2026-13-01T00:00:00Z": "2026-13-01T00:00:00Z",
	} {
		if got := sentence.French.Day(text); got != want {
			t.Errorf("%q is said as %q, wanted %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"2026-08": "août 2026", "2026-13": "2026-13", "2026": "2026", "": ""} {
		if got := sentence.French.MonthOf(text); got != want {
			t.Errorf("the month %q is said as %q, wanted %q", text, got, want)
		}
		if got := sentence.English.MonthOf(text); got != text {
			t.Errorf("the month %q is said as %q in English", text, got)
		}
	}
	template, err := sentence.Parse(sentence.French, "{n} {n|clé|clés}, port {port}, {value}")
	if err != nil {
		t.Fatal(err)
	}
	number := json.Number("5696")
	got, err := template.Fill(map[string]any{"n": number, "port": number, "value": number})
	if want := "5_696 clés, port 5696, 5696"; err != nil || strings.ReplaceAll(got, "\u202f", "_") != want {
		t.Errorf("%q, %v, wanted %q", got, err, want)
	}
}
