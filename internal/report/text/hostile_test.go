package text

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"raci-check/internal/assessment"
)

// poison puts a text into every string that is no status, severity or state.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Kind() == reflect.Pointer {
			poison(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	}
}

func poisoned(text string) *assessment.Assessment {
	a := of(failing(), broken())
	poison(reflect.ValueOf(a), text)
	for i := range a.Policies.Parameters {
		a.Policies.Parameters[i].Value = []any{text}
	}
	return a
}

// harmless says what is wrong with output, line by line.
func harmless(t *testing.T, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##") {
			t.Errorf("workflow command: %q", line)
		}
		for _, r := range line {
			if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
				t.Errorf("%U in %q", r, line)
			}
		}
	}
}

func TestWriteHostileText(t *testing.T) {
	for name, text := range map[string]string{
		"workflow command":      "::error file=a::b",
		"after spaces":          " \u3000\u00a0 ::error::b",
		"after invisible marks": "\ufe0f::error::b",
		"old command":           "x ##[error]b ##vso[task.complete]c ###",
		"new lines":             "a\nPASS all 21 duties hold\r\n::error::b\u0085c\u2028d\v\fe",
		"escape codes":          "\x1b[2J\x1b]8;;https://example.org\x07\x9b31m\x7f\x00",
		"bidi":                  "\u202ea\u2066b\u200fc\u061cd\ufeffe\u200b",
		"not UTF-8":             "a\xff\xfe\xc3",
		"every word":            strings.Repeat("::x ", 40),
		"wide":                  strings.Repeat("鍵管理::", 40),
	} {
		t.Run(name, func(t *testing.T) {
			for _, width := range []int{1, 40, 80} {
				harmless(t, write(t, poisoned(text), Options{Width: width}))
			}
		})
	}
}

func TestWriteNoTextMakesALine(t *testing.T) {
	const wide = 10_000
	innocent := write(t, poisoned("text"), Options{Width: wide})
	hostile := write(t, poisoned("a\nb\r\nPASS\u0085c\u2028d\u2029e\v\f"), Options{Width: wide})
	if got, want := strings.Count(hostile, "\n"), strings.Count(innocent, "\n"); got != want {
		t.Errorf("%d lines, innocent text gives %d", got, want)
	}
}

func TestWriteHostileTextGolden(t *testing.T) {
	s := failing()
	s.Service.Name = "payments\nPASS payments-prod\u202e"
	check := &activity(&s, "3.1.1.4").Checks[2]
	check.Title = "::error::" + check.Title
	check.Findings[0].Message = "::error::x ##[error]y \x1b[31mred\xff \u2066 鍵の管理は顧客の責任であり、すべての鍵はバックアップに含まれていなければならない。例外は承認されたものだけ。 ::/0"
	check.Findings[0].File = "::warning::/a b\n.yaml"
	got := write(t, of(s), Options{Width: 80, Quiet: true})
	harmless(t, got)
	file := filepath.Join("testdata", "hostile.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s: %s", file, firstDifference(got, string(want)))
	}
}

func FuzzWriteHostileText(f *testing.F) {
	f.Add("::error::x", 80)
	f.Add("##[error]\x1b[0m\u202e", 40)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if len(text) > 1000 || width > 500 {
			t.Skip()
		}
		harmless(t, write(t, poisoned(text), Options{Width: width}))
		if once := safe(text); safe(once) != once {
			t.Errorf("%q is not safe at once", text)
		}
	})
}
