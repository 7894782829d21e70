package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/sanitize"
)

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
				harmless(t, write(t, reporttest.Poisoned(text), Options{Width: width}))
			}
		})
	}
}

func TestWriteNoTextMakesALine(t *testing.T) {
	const wide = 10_000
	innocent := write(t, reporttest.Poisoned("text"), Options{Width: wide})
	hostile := write(t, reporttest.Poisoned("a\nb\r\nPASS\u0085c\u2028d\u2029e\v\f"), Options{Width: wide})
	if got, want := strings.Count(hostile, "\n"), strings.Count(innocent, "\n"); got != want {
		t.Errorf("%d lines, innocent text gives %d", got, want)
	}
}

func TestWriteHostileTextGolden(t *testing.T) {
	s := reporttest.Failing()
	s.Service.Name = "payments\nPASS payments-prod\u202e"
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
	check.Title = "::error::" + check.Title
	check.Findings[0].Message = "::error::x ##[error]y \x1b[31mred\xff \u2066 鍵の管理は顧客の責任であり、すべての鍵はバックアップに含まれていなければならない。例外は承認されたものだけ。 ::/0"
	check.Findings[0].File = "::warning::/a b\n.yaml"
	got := write(t, reporttest.Of(s), Options{Width: 80, Quiet: true})
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
		harmless(t, write(t, reporttest.Poisoned(text), Options{Width: width}))
		if once := sanitize.Text(text); sanitize.Text(once) != once {
			t.Errorf("%q is not safe at once", text)
		}
	})
}
