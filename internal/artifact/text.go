package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/document"
)

// textForm is a form of files that people can read.
type textForm struct {
	name    string // as "JSON"
	page    bool   // HTML is this form, or may be in it
	inspect func(file File, text []byte) *Problem
}

// texts are the forms by the ends of names.
var texts = map[string]textForm{
	".json": {name: "JSON", inspect: inspectJSON}, ".ndjson": {name: "JSON", inspect: inspectJSON}, ".jsonl": {name: "JSON", inspect: inspectJSON},
	".sarif": {name: "JSON", inspect: inspectJSON}, ".tfstate": {name: "JSON", inspect: inspectJSON},
	".csv": {name: "CSV", inspect: inspectTable}, ".tsv": {name: "CSV", inspect: inspectTable},
	".yaml": {name: "YAML", inspect: inspectYAML}, ".yml": {name: "YAML", inspect: inspectYAML},
	".xml": {name: "XML", page: true, inspect: inspectXML}, ".svg": {name: "XML", page: true, inspect: inspectXML},
	".txt": {name: "text"}, ".log": {name: "text"}, ".md": {name: "text", page: true},
	".html": {name: pageKind, page: true, inspect: inspectPage}, ".htm": {name: pageKind, page: true, inspect: inspectPage},
}

// smallText is how long a text may be that is all an error or a placeholder, in bytes.
const smallText = 4 << 10

// errorAnswer is said of an answer that is an error.
const errorAnswer = "it is the error answer of an interface"

// inspectJSON reads one value, or several one after the other, as programs write them that log.
func inspectJSON(file File, text []byte) *Problem {
	values, line, err := valuesIn(text)
	last := len(values) - 1
	switch {
	case err != nil && file.Whole:
		return contradiction(fmt.Sprintf("it is no JSON (line %d)", line))
	case err != nil && last < 0 && bytes.IndexByte([]byte("{[\""), bytes.TrimSpace(text)[0]) < 0:
		return contradiction("it does not begin as JSON does")
	case !file.Whole:
		return nil
	}
	empty, bare := true, true
	for _, value := range values {
		empty = empty && vacant(value)
		bare = bare && value[0] == '"'
	}
	switch {
	case empty && file.Populous():
		return nothing("it is an empty list, and the evidence lists more")
	case bare && !empty:
		return contradiction("it is a mere text, no object and no list")
	}
	if kept := keptOf(values); kept != nil {
		return inspectKept(file, *kept)
	}
	return nil
}

// valuesIn are the JSON values of a text, and the line of the first that is none.
func valuesIn(text []byte) (values []json.RawMessage, line int, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		switch {
		case errors.Is(err, io.EOF):
			return values, 0, nil
		case err != nil:
			end := decoder.InputOffset()
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				end = syntax.Offset
			}
			return values, 1 + bytes.Count(text[:min(int(end), len(text))], []byte("\n")), err
		}
		values = append(values, value)
	}
}

// inspectTable looks for a row below the header.
func inspectTable(file File, text []byte) *Problem {
	start := bytes.TrimLeft(text, " \t\r\n")
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') && file.Whole && json.Valid(start) {
		if problem := inspectAnswers(text); problem != nil {
			return problem
		}
		return contradiction("it is JSON, not CSV")
	}
	rows, closed := rowsOf(text, 2)
	switch {
	case !closed && file.Whole:
		return contradiction("it cannot be read as CSV: a quoted field does not end")
	case file.Whole && len(rows) == 1 && heading(rows[0]) && file.Populous():
		return nothing("it has a header and no row, and the evidence lists more")
	}
	return nil
}

// heading reports whether a row has nothing but names.
func heading(row []byte) bool {
	cells := strings.FieldsFunc(string(row), func(r rune) bool { return strings.ContainsRune(separators, r) })
	return len(cells) > 0 && !slices.ContainsFunc(cells, func(cell string) bool {
		cell = strings.Trim(cell, " \"")
		return cell == "" || strings.ContainsFunc(cell, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune("_ ./()#-", r) })
	})
}

// separators end a field.
const separators = ",;|\t\r\n"

// rowsOf are the first rows of a table that are not blank, and whether its last quoted field ends. A field is quoted where the
// quotation mark is its first character; one inside it that no separator follows is a part of it.
func rowsOf(text []byte, most int) (rows [][]byte, closed bool) {
	quoted, fieldStart, rowStart := false, true, 0
	end := func(i int) {
		if row := bytes.TrimSpace(text[rowStart:i]); len(row) > 0 && len(rows) < most {
			rows = append(rows, row)
		}
		rowStart = i
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '"':
			switch {
			case i+1 == len(text) || strings.IndexByte(separators, text[i+1]) >= 0:
				quoted = false
			case text[i+1] == '"':
				i++
			}
		case quoted:
		case c == '"' && fieldStart:
			quoted = true
		case c == '\n':
			end(i)
		}
		fieldStart = !quoted && strings.IndexByte(separators, c) >= 0
	}
	end(len(text))
	return rows, !quoted
}

// maxYAML is how large a YAML file may be that is read: reading takes far more memory than the text.
const maxYAML = 1 << 20

func inspectYAML(file File, text []byte) *Problem {
	if !file.Whole || len(text) > maxYAML {
		return nil
	}
	structured, err := document.WellFormed(text)
	switch {
	case err != nil:
		return contradiction("it is no YAML")
	case !structured && file.Populous():
		return nothing("it has no fields and no list")
	}
	return nil
}

func inspectXML(_ File, text []byte) *Problem {
	start := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case start[0] != '<':
		return contradiction("it does not begin as XML does")
	case isErrorXML(string(start[:min(len(start), smallText)])):
		return nothing(errorAnswer)
	}
	return nil
}

// isErrorXML reports whether XML begins as the error answers of storage and SOAP interfaces do.
func isErrorXML(text string) bool {
	text = strings.ToLower(text)
	if _, after, prolog := strings.Cut(text, "?>"); prolog && strings.HasPrefix(text, "<?xml") {
		text = strings.TrimSpace(after)
	}
	name, rest, _ := strings.Cut(text, ">")
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "<"), " ")
	if _, local, prefixed := strings.Cut(name, ":"); prefixed {
		name = local
	}
	switch name {
	case "error", "fault":
		return true
	case "envelope":
		return strings.Contains(rest, ":fault>") || strings.Contains(rest, "<fault>")
	}
	return false
}

// pageHead is how much of an HTML page is searched for a login, in bytes.
const pageHead = 256 << 10

func inspectPage(_ File, text []byte) *Problem {
	text = text[:min(len(text), pageHead)]
	switch {
	case bytes.IndexByte(text, '<') < 0:
		return contradiction("it is no HTML page")
	case asksForPassword(strings.ToLower(string(text))):
		return nothing("it is a page that asks for a password")
	case len(text) < 16<<10 && isErrorTitle(strings.ToLower(string(text))):
		return nothing("it is the page of an error or of a login")
	}
	return nil
}

func asksForPassword(page string) bool {
	for {
		_, after, another := strings.Cut(page, "<input")
		if !another {
			return false
		}
		field, rest, _ := strings.Cut(after, ">")
		if strings.Contains(bare.Replace(field), "type=password") {
			return true
		}
		page = rest
	}
}

func isErrorTitle(page string) bool {
	_, after, _ := strings.Cut(page, "<title>")
	title, _, titled := strings.Cut(after, "</title>")
	if !titled {
		return false
	}
	title, _, _ = strings.Cut(strings.TrimSpace(title), " - ")
	for _, login := range []string{"sign in", "log in", "login"} {
		if rest, is := strings.CutPrefix(title, login); is && (rest == "" || rest == " page" || strings.HasPrefix(rest, " to ")) {
			return true
		}
	}
	title = strings.TrimPrefix(title, "error ")
	return isStatus(title) || saysError(title)
}

// isStatus reports whether a text is the number of an error of HTTP.
func isStatus(text string) bool {
	return len(text) == 3 && (text[0] == '4' || text[0] == '5') && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9'
}

// errorWords are what interfaces and programs say in place of an answer.
var errorWords = []string{
	"unauthorized", "unauthorised", "forbidden", "not found", "page not found", "404 page not found", "bad request", "access denied", "access is denied", "permission denied",
	"internal server error", "bad gateway", "service unavailable", "service temporarily unavailable", "gateway timeout", "too many requests", "connection refused",
	"invalid token", "command not found", "method not allowed", "not authorized", "not authorised", "unauthenticated", "authentication required", "rate limit exceeded",
}

// saysError reports whether a text in lower case is one of errorWords, also with the number of the error before it.
func saysError(text string) bool {
	if number, rest, _ := strings.Cut(text, " "); isStatus(strings.TrimRight(number, ":")) {
		text = strings.TrimLeft(rest, "-: ")
	}
	return slices.Contains(errorWords, strings.TrimRight(text, ".! "))
}

var (
	// errorStarts begin the message of an error.
	errorStarts = []string{"curl: (", "sh: ", "bash: ", "zsh: ", "-bash: ", "ssh: ", "error: ", "fatal: ", "x509: ", "an error occurred (", "╷"}
	// errorEnds end one.
	errorEnds = []string{": command not found", ": no such file or directory", ": permission denied"}
)

// isErrorMessage reports whether a text only says what went wrong while the file was made.
func isErrorMessage(text string) bool {
	text = strings.ToLower(text)
	first, _, _ := strings.Cut(text, "\n")
	first = strings.TrimSpace(first)
	if strings.HasPrefix(first, "http/") { // the dump of an answer
		_, status, _ := strings.Cut(first, " ")
		number, _, _ := strings.Cut(status, " ")
		return isStatus(number)
	}
	if strings.HasPrefix(first, "traceback (most recent call last)") {
		return true
	}
	return strings.Count(text, "\n") < fewLines && (saysError(first) ||
		slices.ContainsFunc(errorStarts, func(start string) bool { return strings.HasPrefix(first, start) }) ||
		len(first) < maxMessage && slices.ContainsFunc(errorEnds, func(end string) bool { return strings.HasSuffix(first, end) }))
}

// maxMessage is longer than the message of a shell, in bytes.
const maxMessage = 120

// fewLines is how many lines the message of an error has.
const fewLines = 3

// maxPlaceholder is longer than any placeholder, in bytes.
const maxPlaceholder = 128

// bare leaves quotes and spaces out.
var bare = strings.NewReplacer("\"", "", "'", "", " ", "")

// isOwn reports whether a text begins as a file that is written for raci-check does, in YAML or in JSON, and whether that is
// evidence. Comments before it are passed over.
func isOwn(text []byte) (own, evidence bool) {
	for len(text) > 0 && text[0] == '#' {
		_, after, _ := bytes.Cut(text, []byte("\n"))
		text = bytes.TrimLeftFunc(after, blankRune)
	}
	head := bare.Replace(string(text[:min(len(text), smallText)]))
	own = strings.Contains(head, "api_version:raci-check/") && strings.Contains(head, "kind:")
	return own, own && strings.Contains(head, "kind:Evidence")
}

// anyText looks for what no text should be: a placeholder, an error, the answer of an interface that is one.
func anyText(file File, ext string, text []byte) *Problem {
	if !file.Whole {
		return nil
	}
	trimmed := bytes.TrimFunc(text, blankRune)
	if len(trimmed) == 0 {
		return nil
	}
	_, expected := texts[ext]
	own, evidence := isOwn(trimmed)
	switch {
	case evidence:
		return contradiction("it is evidence itself")
	case own:
		return contradiction("it is a file that says how evidence is read or judged")
	case trimmed[0] == '{' || trimmed[0] == '[':
		return inspectAnswers(trimmed)
	case !expected && isPage(text):
		if problem := inspectPage(file, text); problem != nil || file.Method != "api" {
			return problem
		}
		return contradiction("it is " + pageKind + ", which no interface answers to a program")
	case len(trimmed) <= maxPlaceholder && file.Placeholders.Is(string(trimmed)):
		return nothing("it holds a placeholder")
	case len(trimmed) <= smallText && isErrorMessage(string(trimmed)):
		return nothing("it is the message of an error")
	}
	return nil
}
