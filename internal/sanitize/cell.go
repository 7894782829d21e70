package sanitize

import (
	"encoding/csv"
	"io"
	"iter"
	"regexp"
	"strings"
	"unicode"
)

// maxCell is how many characters of text a cell of a spreadsheet holds (Excel: 32,767).
const maxCell = 32_000

// Cell keeps text from being read as a formula, or as a command of the build service that prints the table.
func Cell(s string) string {
	s = Text(s)
	if runes := []rune(s); len(runes) > maxCell {
		s = string(runes[:maxCell]) + " … (shortened)"
	}
	if start := strings.TrimLeftFunc(s, unicode.IsSpace); start != "" && strings.ContainsRune("=+-@:＝＋－＠\"", []rune(start)[0]) {
		return "'" + s
	}
	return s
}

// Table writes rows for spreadsheets, each cell harmless, with lines that end as RFC 4180 wants.
func Table(w io.Writer, header []string, rows iter.Seq[[]string]) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(header); err != nil {
		return err
	}
	for cells := range rows {
		for i := range cells {
			cells[i] = Cell(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// changed are texts that spreadsheets turn into numbers, dates, times or truth values, and write in another way.
var changed = regexp.MustCompile(`(?i)^\s*([0-9.,][0-9 .,:/%etz+-]*|true|false|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./-]*[0-9].*|[0-9]+[ ./-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*.*)\s*$`)

// FixedCell is Cell for a table that people fill in and give back: what a spreadsheet would write in another way begins with an
// apostrophe too.
func FixedCell(s string) string {
	s = Cell(s)
	if changed.MatchString(s) && !kept.MatchString(s) {
		return "'" + s
	}
	return s
}

// kept are numbers that every spreadsheet writes as it read them.
var kept = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
