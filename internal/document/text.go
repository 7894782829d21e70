package document

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/sanitize"
)

const (
	byteOrderMark = "\uFEFF"
	utf16         = "the file is UTF-16 text: save it as UTF-8"
)

// checkText refuses bytes that are not UTF-8, and characters that hide or that readers count lines by in different
// ways, wherever they stand, in comments too.
func checkText(file string, data []byte) Errors {
	if isUTF16(data) {
		return Errors{defect(file, 1, 1, utf16)}
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	var errs Errors
	line, column, isReturned := 1, 1, false
	for i := 0; i < len(data) && len(errs) <= maxErrorsPerFile; column++ {
		if c := data[i]; c >= ' ' && c <= '~' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		i += size
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == '\r':
			if (i == len(data) || data[i] != '\n') && !isReturned { // one error for all lines
				isReturned = true
				errs = append(errs, defect(file, line, column, "carriage return without a line feed: end lines with LF or CRLF"))
			}
		case r == utf8.RuneError && size == 1:
			return append(errs, defect(file, line, column, "the text is not UTF-8 from here: save the file as UTF-8"))
		default:
			if name := unwanted(r); name != "" {
				errs = append(errs, defect(file, line, column, name+": delete it"))
			}
		}
	}
	return errs
}

// CheckName refuses the name of a file that no report could show as it is; the error shows it with what is hidden escaped.
func CheckName(name string) *Error {
	if !utf8.ValidString(name) {
		return &Error{File: sanitize.Text(name), Message: "the name of this file is not UTF-8: rename it"}
	}
	for _, r := range name {
		if kind := unwanted(r); kind != "" {
			return &Error{File: sanitize.Text(name), Message: fmt.Sprintf("the name of this file contains a %s: rename it", kind)}
		}
	}
	return nil
}

// Hidden names the first character of a text, other than a tab, that must not stand in a document; "" where there is none.
func Hidden(text string) string {
	for _, r := range text {
		if name := unwanted(r); name != "" && r != '\t' {
			return name
		}
	}
	return ""
}

// isUTF16 tells UTF-16 by its byte order mark, or by the zero byte that each ASCII character has in it.
func isUTF16(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	a, b := data[0], data[1]
	return a == 0xFF && b == 0xFE || a == 0xFE && b == 0xFF || a == 0 && b != 0 || a != 0 && b == 0
}

// unwanted names a character that must not stand in a document, with its code point; empty for all others. Line feed
// and tab are named too: where they are expected, the caller knows.
func unwanted(r rune) string {
	if r >= ' ' && r <= '~' { // most are
		return ""
	}
	var name string
	switch {
	case r == '\uFEFF':
		name = "byte order mark inside the text"
	case r == '\u0085' || r == '\u2028' || r == '\u2029':
		name = "line separator"
	case unicode.Is(unicode.Bidi_Control, r):
		name = "bidirectional control character"
	case unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF':
		name = "control character"
	default:
		return ""
	}
	return fmt.Sprintf("%s U+%04X", name, r)
}
