// Package sanitize makes text from outside harmless where a person or a build service reads it: in a terminal, a build log,
// a file that is printed into one.
package sanitize

import (
	"fmt"
	"io"
	"slices"
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

// Cut is a text of at most so many characters: of a longer one the beginning, and an ellipsis.
func Cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
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

// Markdown is text in which nothing is markup, on one line of Markdown. Parentheses mean nothing without brackets.
func Markdown(s string) string {
	var b strings.Builder
	for _, r := range Text(s) {
		if strings.ContainsRune("\\`*_{}[]#+!|<>~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
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
// the same. A large one is written piece by piece.
func WriteJSON(w io.Writer, value any) error {
	in := Indenter{W: w}
	if err := Encode(value, in.Add); err != nil {
		return err
	}
	in.formed = append(in.formed, '\n')
	return in.End()
}

// piece is about how much JSON is formed before it is written.
const piece = 64 << 10

// Indenter writes what AppendIndented appends, piece by piece.
type Indenter struct {
	W      io.Writer
	Depth  int // how many brackets are open
	formed []byte
}

// Add takes a piece, as AppendIndented takes a part.
func (in *Indenter) Add(compact []byte) error {
	if in.formed == nil {
		in.formed = make([]byte, 0, min(piece+piece/4, 2*len(compact)+64))
	}
	var err error
	in.formed, in.Depth = indent(in.formed, compact, in.Depth, func(formed []byte) []byte {
		if err == nil && len(formed) >= piece {
			_, err = in.W.Write(formed)
			return formed[:0]
		}
		return formed
	})
	return err
}

// End writes what is left.
func (in *Indenter) End() error {
	_, err := in.W.Write(in.formed)
	in.formed = in.formed[:0]
	return err
}

// WriteLine writes JSON in one line, as json.Marshal gives it, with what cannot be seen escaped, piece by piece.
func WriteLine(w io.Writer, compact []byte) error {
	formed := make([]byte, 0, min(piece+piece/4, len(compact)+64))
	for len(compact) > 0 {
		end := min(piece, len(compact))
		for end < len(compact) && compact[end-1] != ',' { // what is escaped stands in a text, and no comma is within a character
			end++
		}
		formed = appendEscaped(formed[:0], compact[:end])
		if _, err := w.Write(formed); err != nil {
			return err
		}
		compact = compact[end:]
	}
	return nil
}

// AppendJSON appends JSON in one line, as json.Marshal gives it, with what cannot be seen escaped.
func AppendJSON(to, compact []byte) []byte { return appendEscaped(to, compact) }

// AppendIndented appends JSON as json.Indent writes it, two spaces a level, with what cannot be seen escaped. It takes what
// json.Marshal gives, or a part of that which begins and ends between tokens and not behind a bracket that its partner
// follows; depth is how many brackets are open before it.
func AppendIndented(to, compact []byte, depth int) []byte {
	to, _ = indent(slices.Grow(to, len(compact)*2), compact, depth, func(formed []byte) []byte { return formed })
	return to
}

// indent is AppendIndented where what is formed can be taken away after each token. It answers how many brackets are open behind it, too.
func indent(to, compact []byte, depth int, take func(formed []byte) []byte) ([]byte, int) {
	for i := 0; i < len(compact); i++ {
		to = take(to)
		switch c := compact[i]; c {
		case '"':
			end := i + 1
			for compact[end] != '"' {
				if compact[end] == '\\' {
					end++
				}
				end++
			}
			to = appendEscaped(to, compact[i:end+1])
			i = end
		case '{', '[':
			if i+1 < len(compact) && compact[i+1] == c+2 { // in ASCII the partner is the next but one
				to = append(to, c, c+2)
				i++
				continue
			}
			depth++
			to = appendLine(append(to, c), depth)
		case '}', ']':
			depth--
			to = append(appendLine(to, depth), c)
		case ',':
			to = appendLine(append(to, c), depth)
		case ':':
			to = append(to, c, ' ')
		default:
			to = append(to, c)
		}
	}
	return to, depth
}

func appendLine(to []byte, depth int) []byte {
	const spaces = "                                "
	to = append(to, '\n')
	for n := 2 * depth; n > 0; n -= len(spaces) {
		to = append(to, spaces[:min(n, len(spaces))]...)
	}
	return to
}

// appendEscaped escapes what cannot be seen in JSON, where only texts hold such characters.
func appendEscaped(to, encoded []byte) []byte {
	plain := 0 // where what needs no look begins
	for i := 0; i < len(encoded); {
		c := encoded[i]
		if c >= ' ' && c <= '~' && (c != '#' || i+1 == len(encoded) || encoded[i+1] != '#') {
			i++
			continue
		}
		r, size := utf8.DecodeRune(encoded[i:])
		if c == '#' || hidden(r) {
			to = append(to, encoded[plain:i]...)
			for _, unit := range utf16.Encode([]rune{r}) {
				to = fmt.Appendf(to, `\u%04x`, unit)
			}
			plain = i + size
		}
		i += size
	}
	return append(to, encoded[plain:]...)
}
