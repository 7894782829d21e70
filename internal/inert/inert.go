// Package inert makes text from outside harmless where a person or a build service reads it: in a terminal, a build log,
// a file that is printed into one.
package inert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text makes text from outside harmless on one line of a terminal or a build log. Whatever cannot be seen is shown as
// \u{..}: controls, newlines, direction marks, other invisible characters, and U+FFFD for bytes that are not UTF-8. So
// is the first of two number signs, because build services read commands (##[error], ##vso[…]) anywhere in a line.
// Safe text stays as it is when it is made safe again.
func Text(s string) string {
	var b strings.Builder
	for i, r := range s {
		if hidden(r) || r == '#' && strings.HasPrefix(s[i+1:], "#") {
			fmt.Fprintf(&b, `\u{%x}`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hidden(r rune) bool {
	return r == utf8.RuneError || !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Start keeps safe text that begins a line from being read as a workflow command (::error::…), which build services
// accept after leading space too.
func Start(s string) string {
	rest := strings.TrimLeftFunc(s, unicode.IsSpace)
	if !strings.HasPrefix(rest, "::") {
		return s
	}
	return s[:len(s)-len(rest)] + `\u{3a}` + rest[1:]
}

// Lines makes a message of several lines harmless: each of them for itself.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Start(Text(line))
	}
	return strings.Join(lines, "\n")
}

// WriteJSON writes a value as indented JSON with a final newline, in which what cannot be seen is escaped; the value stays
// the same.
func WriteJSON(w io.Writer, value any) error {
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	_, err = w.Write(append(escape(encoded), '\n'))
	return err
}

// escape changes encoded JSON, where only texts hold such characters.
func escape(encoded []byte) []byte {
	if !bytes.ContainsFunc(encoded, hidden) && !bytes.Contains(encoded, []byte("##")) {
		return encoded
	}
	var out bytes.Buffer
	for i, r := range string(encoded) {
		switch {
		case r == '\n', r == '\r', r == '\t':
			out.WriteRune(r)
		case r == '#' && bytes.HasPrefix(encoded[i+1:], []byte("#")), hidden(r):
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		default:
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}
