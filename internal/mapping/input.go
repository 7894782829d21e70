package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
)

// MaxExport is the largest export that is read, in bytes.
const MaxExport = 64 << 20

// Value reads an export as a plain JSON value, and fails on one that is a part, or may be one; the name is for errors.
func (m *Mapping) Value(name string, content []byte) (any, error) {
	value, err := m.Decode(name, content)
	if err == nil {
		err = m.isWhole(name, value)
	}
	if err != nil {
		return nil, err
	}
	return value, nil
}

// Decode reads an export as a plain JSON value, whether it is whole or not. Two mappings of one form read the same value.
func (m *Mapping) Decode(name string, content []byte) (any, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	switch m.format {
	case "csv":
		return readCSV(name, content, m.delimiter)
	case "yaml":
		limits := document.DefaultLimits
		limits.Bytes = MaxExport
		doc, err := document.Parse(name, content, limits)
		if err != nil {
			return nil, err
		}
		return doc.Value(), nil
	case "ndjson":
		return readLines(name, content)
	default:
		var value any
		err := document.DecodeUniqueJSON(name, content, &value)
		return value, err
	}
}

// isWhole fails on an export that says itself that it is a part, or an error, and on a list that cannot say that it is whole.
func (m *Mapping) isWhole(name string, value any) error {
	if sign := Incomplete(value); sign != "" {
		return &document.Error{File: name, Message: "the export is an error or only a part, as " + sign + " says: export it again"}
	}
	if sign := OnePage(value); sign != "" {
		return &document.Error{File: name, Message: "the export is one page of several, as " + sign + " says: a part of the list proves nothing of the whole; export all pages"}
	}
	if !m.inPages {
		return nil
	}
	message := ""
	switch repeats, isPages := pagesOf(value); {
	case !isPages:
		message = "the export may be one page: this tool answers its list page by page, and a page does not say whether another follows; export the list of all pages"
	case repeats:
		message = "the export has the same record twice, so another may be missing: was the list changed while it was read? Export the list of all pages again, each once"
	default:
		return nil
	}
	if m.Command != "" {
		message += ", by: " + m.Command
	}
	return &document.Error{File: name, Message: message}
}

// pagesOf reports whether a value is a list of pages, and whether a record stands in it twice: one with the same id, or that is the same.
func pagesOf(value any) (repeats, isPages bool) {
	pages, _ := value.([]any)
	seen := map[[sha256.Size]byte]bool{}
	for _, page := range pages {
		records, isList := page.([]any)
		if !isList {
			return false, false
		}
		for _, record := range records {
			if fields, isObject := record.(map[string]any); isObject && fields["id"] != nil {
				record = fields["id"]
			}
			text, err := json.Marshal(record)
			digest := sha256.Sum256(text)
			repeats = repeats || err == nil && seen[digest]
			seen[digest] = true
		}
	}
	return repeats, len(pages) > 0
}

// readLines reads a JSON value of each line, as a list.
func readLines(name string, content []byte) (any, error) {
	values := []any{}
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var value any
		err := document.DecodeUniqueJSON(name, line, &value)
		var wrong *document.Error
		if errors.As(err, &wrong) {
			moved := *wrong
			moved.Line = number
			err = &moved
		}
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// readCSV reads a table with a line of column names as a list of objects.
func readCSV(name string, content []byte, delimiter rune) (any, error) {
	if !utf8.Valid(content) {
		return nil, &document.Error{File: name, Message: "the file is not UTF-8: export it as UTF-8"}
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.Comma = delimiter
	rows, err := reader.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, &document.Error{File: name, Line: wrong.Line, Column: wrong.Column, Message: wrong.Err.Error()}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(rows) == 0:
		return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "the file is empty: expected a line of column names"}
	}
	seen := map[string]bool{}
	for i, column := range rows[0] {
		if seen[column] {
			return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "two columns have the name " + strconv.Quote(column) + ", the second is column " + strconv.Itoa(i+1)}
		}
		seen[column] = true
	}
	items := make([]any, 0, len(rows)-1)
	for _, row := range rows[1:] {
		item := map[string]any{}
		for i, cell := range row {
			if cell != "" { // an empty cell tells nothing
				item[rows[0][i]] = cell
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// unescaped is a part of a JSON pointer as the text that it stands for.
var unescaped = strings.NewReplacer("~1", "/", "~0", "~")

// Place says where in an export a JSON pointer of Origins leads: in a table, to a row below the column names, and a column.
func (m *Mapping) Place(pointer string) string {
	row, column, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	i, err := strconv.Atoi(row)
	switch {
	case pointer == "":
		return "the whole file"
	case m.format != "csv" || err != nil:
		return pointer
	case column == "":
		return "row " + strconv.Itoa(i+1)
	default:
		return "row " + strconv.Itoa(i+1) + ", column " + unescaped.Replace(column)
	}
}
