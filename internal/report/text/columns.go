package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/raci-check/raci-check/internal/sanitize"
)

// columns is how many columns of a terminal safe text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills text up to n columns. It always ends in a space, so that what comes next is never joined to it.
func pad(s string, n int) string { return s + blank(max(n-columns(sanitize.Text(s)), 1)) }

func blank(n int) string { return strings.Repeat(" ", max(n, 0)) }

// shorten cuts text that is wider than n columns and marks the cut.
func shorten(s string, n int) string {
	s = sanitize.Text(s)
	if columns(s) <= n {
		return s
	}
	used := 1
	for i, r := range s {
		if used += runeColumns(r); used > n {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// pieces cuts a word where a line may be broken inside it: beside characters of double width, as in Chinese, which has
// no spaces. Paths and pointers stay whole.
func pieces(word string) []string {
	if strings.Contains(word, "/") {
		return []string{word}
	}
	var cut []string
	start, wide := 0, false
	for i, r := range word {
		n := runeColumns(r)
		if i > 0 && n > 0 && (wide || n == 2) {
			cut = append(cut, word[start:i])
			start = i
		}
		if n > 0 {
			wide = n == 2
		}
	}
	return append(cut, word[start:])
}
