// Package raci reads tables of shared responsibility (RACI) and holds the catalog that is made of one.
//
// A provider publishes such a table as numbered sections, each with a table of activities and two columns of roles:
// the customer's and the provider's. An activity's id is its section's number plus its place in that section's table.
package raci

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Format is the form that a table is written in.
type Format int

const (
	Text     Format = iota // a web page flattened to text; blank cells may be lost
	Markdown               // headings with #, blank cells intact
)

type Table struct {
	Title    string
	Provider string // heading of the provider's column
	Rows     []Row
	Warnings []Warning
}

// Row is one activity of a table.
type Row struct {
	ID       string
	Title    string
	Headings []Heading // from the phase to the section that holds the row
	Customer Roles
	Provider Roles
	Line     int
}

// Warning is what a reader should look at with own eyes.
type Warning struct {
	Line    int
	Row     string // id of the activity
	Message string
}

// Bounds of what is read: far above any published table.
const (
	maxLine = 8 << 10
	maxRows = 2_000
)

// Parse reads a table. All lines that do not fit are reported together, each as a document.Error.
func Parse(name string, r io.Reader, format Format) (*Table, error) {
	p := parser{name: name, format: format, table: &Table{}, ids: map[string]int{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() && len(p.table.Rows) <= maxRows {
		p.line++
		p.read(strings.TrimSpace(lines.Text()))
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		p.line++
		p.refuse("the line is longer than %d bytes", maxLine)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(p.table.Rows) > maxRows {
		p.refuse("more than %d activities", maxRows)
	}
	p.endTable()
	if len(p.table.Rows) == 0 && len(p.errs) == 0 {
		p.refuse("no activity found: expected a table under a numbered heading, | Activity | Customer | Provider |")
	}
	if len(p.errs) > 0 {
		return nil, p.errs.Sorted()
	}
	return p.table, nil
}

type parser struct {
	name     string
	format   Format
	table    *Table
	line     int
	headings []Heading
	inTable  bool // after the header of a table of activities
	header   int  // its line
	rows     int  // of this table
	ids      map[string]int
	errs     document.Errors
}

func (p *parser) refuse(format string, args ...any) {
	p.errs = append(p.errs, &document.Error{File: p.name, Line: p.line, Message: fmt.Sprintf(format, args...)})
}

var (
	headingLine = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*)\.?\s+(\S.*)$`)
	ruleLine    = regexp.MustCompile(`^\|(\s*:?-+:?\s*\|)+$`)
)

func (p *parser) read(text string) {
	if name := document.Hidden(strings.TrimPrefix(text, "\ufeff")); name != "" {
		p.refuse("%s: delete it", name)
	}
	if !strings.HasPrefix(text, "|") {
		p.endTable()
		p.heading(text)
		return
	}
	if ruleLine.MatchString(text) {
		return
	}
	cells := p.cells(text)
	switch {
	case strings.EqualFold(cells[0], "activity"):
		p.endTable()
		if len(cells) != 3 || cells[1] == "" || cells[2] == "" {
			p.refuse("a table of activities has three columns: Activity, Customer, and the provider's name")
			return
		}
		if !strings.EqualFold(cells[1], "customer") {
			p.refuse("the second column must have the heading Customer, not %q", cells[1])
		}
		if p.table.Provider != "" && p.table.Provider != cells[2] {
			p.refuse("the heading of the provider's column is %q here and %q before", cells[2], p.table.Provider)
		}
		p.table.Provider = cells[2]
		if len(p.headings) == 0 {
			p.refuse("a table of activities must be under a numbered heading")
		}
		p.inTable, p.header, p.rows = true, p.line, 0
	case p.inTable:
		p.row(cells)
	case len(cells) > 1:
		p.refuse("a row outside a table of activities: its header | Activity | Customer | Provider | is missing")
	}
	// A table with one column is a legend.
}

// cells takes a line apart. The flattened form may lose the closing cells of a row, never the first.
func (p *parser) cells(text string) []string {
	text = strings.TrimPrefix(text, "|")
	text = strings.TrimSuffix(text, "|")
	const escaped = "\x00"
	parts := strings.Split(strings.ReplaceAll(text, `\|`, escaped), "|")
	for i, part := range parts {
		part = strings.TrimSpace(strings.ReplaceAll(part, escaped, "|"))
		if p.format == Markdown {
			part = strings.TrimSpace(strings.Trim(part, "*"))
		}
		parts[i] = part
	}
	return parts
}

func (p *parser) heading(text string) {
	marks := strings.TrimLeft(text, "#")
	isMarked := marks != text
	if p.format == Markdown && !isMarked {
		return
	}
	text = strings.TrimSpace(marks)
	match := headingLine.FindStringSubmatch(text)
	if match == nil {
		if p.table.Title == "" && text != "" && len(p.headings) == 0 && (isMarked || strings.Contains(text, " - ")) {
			p.table.Title = text
		}
		return
	}
	number := match[1]
	depth := strings.Count(number, ".")
	for len(p.headings) > 0 {
		last := p.headings[len(p.headings)-1]
		if strings.Count(last.Number, ".") < depth {
			break
		}
		p.headings = p.headings[:len(p.headings)-1]
	}
	if depth > 0 {
		parent := number[:strings.LastIndex(number, ".")]
		if len(p.headings) == 0 || p.headings[len(p.headings)-1].Number != parent {
			p.refuse("heading %s is not under %s", number, parent)
		}
	}
	p.headings = append(slices.Clone(p.headings), Heading{number, match[2]})
}

func (p *parser) row(cells []string) {
	p.rows++
	if len(p.headings) == 0 {
		return // refused with the header
	}
	row := Row{Title: cells[0], Headings: p.headings, Line: p.line}
	row.ID = fmt.Sprintf("%s.%d", p.headings[len(p.headings)-1].Number, p.rows)
	if first, twice := p.ids[row.ID]; twice {
		p.refuse("activity %s is already given on line %d: two tables under the same number", row.ID, first)
		return
	}
	p.ids[row.ID] = p.line
	switch {
	case row.Title == "":
		p.refuse("an activity without a title")
		return
	case len(cells) > 3:
		p.refuse("%d cells, expected three: activity, customer, provider", len(cells))
		return
	case len(cells) < 3 && p.format == Markdown || len(cells) < 2:
		p.refuse("%d cells, expected three: activity, customer, provider", len(cells))
		return
	}
	for len(cells) < 3 {
		cells = append(cells, "")
	}
	var errs [2]error
	row.Customer, errs[0] = parseRoles(cells[1])
	row.Provider, errs[1] = parseRoles(cells[2])
	if err := errors.Join(errs[:]...); err != nil {
		p.refuse("activity %s: %v", row.ID, err)
		return
	}
	if !row.Customer.Accountable() && !row.Provider.Accountable() {
		p.refuse("activity %s: nobody is accountable (A)", row.ID)
		return
	}
	if p.format == Text && row.Provider == "" {
		p.table.Warnings = append(p.table.Warnings, Warning{p.line, row.ID, fmt.Sprintf(
			"activity %s (%s) has one role cell; flattened text loses blank cells, so %s may belong to either column; it is read as the customer's",
			row.ID, row.Title, row.Customer)})
	}
	p.table.Rows = append(p.table.Rows, row)
}

// endTable refuses a table without rows.
func (p *parser) endTable() {
	if p.inTable && p.rows == 0 {
		p.errs = append(p.errs, &document.Error{File: p.name, Line: p.header, Message: "a table of activities without a row"})
	}
	p.inTable = false
}
