package document

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// keyAndText is a line with a key, perhaps that of an item, and something behind it.
var (
	glued    = regexp.MustCompile(`^[ ]*(?:- +)?[A-Za-z_][A-Za-z0-9_-]*:[^ \t\r\n:/]`)
	keyValue = regexp.MustCompile(`^[ ]*(?:- +)?[A-Za-z_][A-Za-z0-9_-]*:[ \t]+([^ \t\r\n].*?)?[ \t\r]*$`)
	reserved = regexp.MustCompile("^[ ]*(?:- +)?(?:[A-Za-z_][A-Za-z0-9_-]*:[ \t]+)?([@`%])")
)

// advise says more of what could not be read than the library does, where the line and the one above show what happened; nil where
// they do not. It repeats nothing of the file but single characters.
func advise(file string, data []byte, line int, message string) *Error {
	lines := bytes.Split(bytes.TrimPrefix(data, []byte(byteOrderMark)), []byte("\n"))
	if line < 1 || line > len(lines) {
		return nil
	}
	text, above := string(lines[line-1]), line-2
	for above >= 0 && isBlank(lines[above]) {
		above--
	}
	before := ""
	if above >= 0 {
		before = string(lines[above])
	}
	indented := indentOf(text)
	at := func(line, column int, format string, args ...any) *Error {
		return defect(file, line, column, fmt.Sprintf(format, args...))
	}
	switch message {
	case colonNotAllowed, keyWithoutColon:
		switch value := keyValue.FindStringSubmatch(text); {
		case glued.MatchString(text):
			return at(line, strings.IndexByte(text, ':')+1, "a key and its value without a space: put a space after the colon")
		case message == colonNotAllowed && glued.MatchString(before):
			return at(above+1, strings.IndexByte(before, ':')+1, "a key and its value without a space: put a space after the colon")
		case message == colonNotAllowed && value != nil && strings.Contains(unquoted(value[1]), ": "):
			return at(line, indented+1, "the value has a colon with a space behind it: put the value in quotes")
		case message == colonNotAllowed && above >= 0 && indented > indentOf(before):
			return at(line, indented+1, "this line is indented by %d spaces and the line above by %d, which has a value already: indent both alike, or put the value in quotes", indented, indentOf(before))
		}
	case cannotStart:
		switch sign := reserved.FindStringSubmatchIndex(text); {
		case sign != nil:
			return at(line, len([]rune(text[:sign[2]]))+1, "a text that begins with %s needs quotes: \"%s…\"", text[sign[2]:sign[3]], text[sign[2]:sign[3]])
		case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
			return at(line, strings.IndexByte(text, '\t')+1, tabIndents)
		}
	case tabIndents:
		if strings.Contains(text, "\t") && strings.TrimSpace(text) == "" { // nothing else is on the line
			return at(line, strings.IndexByte(text, '\t')+1, tabIndents)
		}
	case keyExpected:
		rest := unquoted(text)
		closing := strings.Count(rest, "}") + strings.Count(rest, "]") - strings.Count(rest, "{") - strings.Count(rest, "[")
		switch {
		case closing > 0:
			return at(line, indented+1, "more brackets are closed than opened on this line: delete } or ]")
		case indented > 0 && indented < indentOf(before) && !slices.ContainsFunc(lines[:line-1], func(l []byte) bool { return !isBlank(l) && indentOf(string(l)) == indented }):
			return at(line, indented+1, "this line is indented by %d spaces, which fits no line above: indent it like the lines it belongs to (the one above has %d)", indented, indentOf(before))
		}
	}
	return nil
}

func isBlank(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// unquoted is a line without what stands in quotes, and without its comment.
func unquoted(line string) string {
	line = quotations.ReplaceAllString(line, "")
	if at := strings.Index(line, " #"); at >= 0 {
		line = line[:at]
	}
	return line
}

var quotations = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'`)
