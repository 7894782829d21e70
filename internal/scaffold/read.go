package scaffold

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/raci"
)

// maxBytes is the size of the largest file that is read: far above any published table.
const maxBytes = 8 << 20

// Read reads a RACI table: a file that ends in .md or .markdown as Markdown, any other as text. The customer's column may
// be headed otherwise than Customer; empty for so. What is malformed comes as document.Error, with its line.
func Read(name string, r io.Reader, customer string) (*raci.Table, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes: this is not a RACI table", name, maxBytes)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var text strings.Builder
	number := 0
	for line := range bytes.Lines(data) {
		number++
		unseen := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
		if !utf8.Valid(line) || bytes.ContainsFunc(line, unseen) {
			return nil, &document.Error{File: name, Line: number, Message: "the line is not plain text in UTF-8: save the table as such"}
		}
		text.WriteString(headed(string(line), customer))
	}
	format := raci.Text
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".md" || ext == ".markdown" {
		format = raci.Markdown
	}
	return raci.Parse(name, bufio.NewReader(strings.NewReader(text.String())), format)
}

// headed gives the customer's column the heading that the parser knows, in a line that is the header of a table.
func headed(line, customer string) string {
	cells := strings.Split(line, "|")
	cell := func(i int) string { return strings.TrimSpace(strings.Trim(strings.TrimSpace(cells[i]), "*")) }
	if customer == "" || len(cells) < 4 || !strings.EqualFold(cell(1), "activity") || !strings.EqualFold(cell(2), customer) {
		return line
	}
	cells[2] = " Customer "
	return strings.Join(cells, "|")
}
