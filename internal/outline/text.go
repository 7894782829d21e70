package outline

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// fold is a scalar of several lines as one text: a line break is a space, and each empty line a line break.
func fold(raw string) string {
	if !strings.Contains(raw, "\n") {
		return raw
	}
	var out strings.Builder
	lines := strings.Split(raw, "\n")
	empty := 0
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		if i > 0 {
			line = strings.TrimLeft(line, " \t")
		}
		if i < len(lines)-1 {
			line = strings.TrimRight(line, " \t")
		}
		if i > 0 && line == "" && i < len(lines)-1 {
			empty++
			continue
		}
		switch {
		case i == 0:
		case empty > 0:
			out.WriteString(strings.Repeat("\n", empty))
		default:
			out.WriteByte(' ')
		}
		empty = 0
		out.WriteString(line)
	}
	return out.String()
}

// unquote is the text in quotes; false where it is not known.
func unquote(raw string, style Style) (string, bool) {
	if len(raw) < 2 || raw[len(raw)-1] != raw[0] {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	if style == SingleQuoted {
		return strings.ReplaceAll(fold(inner), "''", "'"), true
	}
	if !strings.Contains(inner, `\`) {
		return fold(inner), true
	}
	if strings.Contains(inner, "\n") {
		return "", false
	}
	var out strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			out.WriteByte(inner[i])
			continue
		}
		i++
		if i >= len(inner) {
			return "", false
		}
		text, size := escape(inner[i:])
		if size == 0 {
			return "", false
		}
		out.WriteString(text)
		i += size - 1
	}
	return out.String(), true
}

// escapes are what follows a backslash in double quotes.
var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ", '"': `"`, '/': "/",
	'\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// digits are how many hexadecimal digits follow a letter.
var digits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escape reads what follows a backslash, and how many bytes that is; 0 where it means nothing.
func escape(text string) (string, int) {
	if plain, ok := escapes[text[0]]; ok {
		return plain, 1
	}
	count := digits[text[0]]
	if count == 0 || len(text) < 1+count {
		return "", 0
	}
	code, err := strconv.ParseUint(text[1:1+count], 16, 32)
	if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return "", 0
	}
	return string(rune(code)), 1 + count
}
