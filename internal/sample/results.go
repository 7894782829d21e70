package sample

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/words"
)

// MaxWorksheet is how large a filled worksheet may be, in bytes.
const MaxWorksheet = 64 << 20

// Finding is what an auditor finds of a fact.
type Finding string

// What an auditor can find.
const (
	Agrees  Finding = "agrees"
	Differs Finding = "differs"
	NotSeen Finding = "not seen"
)

// Results are a filled worksheet.
type Results struct {
	File     string
	Sample   *Sample
	Count    map[Finding]int
	Differ   []Answer // the facts that differ, by number
	Archived string   // the archive that the worksheet was added to; empty for none
}

// Answer is what an auditor found of one fact.
type Answer struct {
	Number  int
	Fact    Fact
	Finding Finding
	Note    string
	Name    string
	Date    string // YYYY-MM-DD
}

func (r *Results) Summary(language *words.Words) string {
	return language.Say("%d chosen: %d %s, %d %s, %d not seen", len(r.Sample.Facts), r.Count[Agrees], language.Plural(r.Count[Agrees], "agrees", "agree"),
		r.Count[Differs], language.Plural(r.Count[Differs], "differs", "differ"), r.Count[NotSeen])
}

// sheet is a filled worksheet while it is read.
type sheet struct {
	name   string
	rows   [][]string
	places [][]place // of each cell
	errs   document.Errors
}

type place struct{ line, column int }

// ReadResults reads a filled worksheet and checks that it is of this report: the choice is made again, and nothing but the
// auditor's columns may differ. What is wrong are document.Errors with their places. The size and the seed of the request are those
// of the worksheet; last is the last day on which something can have been found, the zero time for no such limit.
func ReadResults(name string, content []byte, r Request, last time.Time) (*Results, error) {
	s, err := readSheet(name, content)
	if err != nil {
		return nil, err
	}
	if r.Size, err = s.size(); err != nil {
		return nil, err
	}
	r.Seed = strings.TrimPrefix(s.rows[0][seedColumn], "'")
	if digest := s.rows[0][reportColumn]; digest != r.Report.Digest {
		return nil, s.at(0, reportColumn, "the worksheet is of the report %s, and this is %s: name the report that it was made of", digest, r.Report.Digest)
	}
	chosen, err := Choose(r)
	if err != nil {
		return nil, err
	}
	results := &Results{File: name, Sample: chosen, Count: map[Finding]int{}}
	filled := map[int]bool{}
	for i := range s.rows {
		if answer, ok := s.answer(i, chosen, filled, last); ok {
			results.Count[answer.Finding]++
			if answer.Finding == Differs {
				results.Differ = append(results.Differ, answer)
			}
		}
	}
	for i := range chosen.Facts {
		if !filled[i] {
			s.errs = append(s.errs, &document.Error{File: name, Message: fmt.Sprintf("fact %d of %d is not in the worksheet: no fact may be dropped; write not seen where you did not see it", i+1, len(chosen.Facts))})
		}
	}
	slices.SortFunc(results.Differ, func(a, b Answer) int { return cmp.Compare(a.Number, b.Number) })
	return results, s.errs.Sorted()
}

// readSheet reads the table, however a spreadsheet has separated its cells.
func readSheet(name string, content []byte) (*sheet, error) {
	s := &sheet{name: name}
	if !utf8.Valid(content) {
		return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "it is not UTF-8: save it as CSV UTF-8"}
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	in := csv.NewReader(bytes.NewReader(content))
	first, _, _ := bytes.Cut(content, []byte("\n"))
	for _, separator := range ";\t" {
		if bytes.ContainsRune(first, separator) && !bytes.Contains(first, []byte(",")) {
			in.Comma = separator
		}
	}
	in.FieldsPerRecord = -1
	for header := true; ; header = false {
		cells, err := in.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && header:
			return nil, &document.Error{File: name, Message: "it is empty: give the worksheet that raci-check sample -o csv=FILE wrote, filled in"}
		case errors.Is(err, io.EOF) && len(s.rows) == 0:
			return nil, &document.Error{File: name, Message: "it has no facts: give the worksheet that raci-check sample -o csv=FILE wrote, filled in"}
		case errors.Is(err, io.EOF):
			return s, s.errs.Sorted()
		case errors.As(err, &broken):
			return nil, &document.Error{File: name, Line: broken.Line, Column: broken.Column, Message: fmt.Sprintf("it is no CSV: %v", broken.Err)}
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		places := make([]place, len(cells))
		blank := true
		for i := range cells {
			places[i].line, places[i].column = in.FieldPos(i)
			blank = blank && strings.TrimSpace(cells[i]) == ""
		}
		switch {
		case header && !slices.Equal(cells, Columns):
			return nil, &document.Error{File: name, Line: places[0].line, Column: places[0].column, Message: "it is no worksheet: its columns must be " + strings.Join(Columns, ", ")}
		case header, blank:
		case len(cells) != len(Columns):
			s.errs = append(s.errs, &document.Error{File: name, Line: places[0].line, Column: places[0].column,
				Message: fmt.Sprintf("the row has %d cells, expected are %d", len(cells), len(Columns))})
		default:
			s.rows, s.places = append(s.rows, cells), append(s.places, places)
		}
	}
}

// at is a mistake in a cell.
func (s *sheet) at(row, column int, format string, values ...any) *document.Error {
	p := s.places[row][column]
	return &document.Error{File: s.name, Line: p.line, Column: p.column, Message: Columns[column] + ": " + fmt.Sprintf(format, values...)}
}

func (s *sheet) refuse(row, column int, format string, values ...any) {
	s.errs = append(s.errs, s.at(row, column, format, values...))
}

// number reads "3 of 25".
func (s *sheet) number(row int) (number, size int, err error) {
	first, second, ok := strings.Cut(s.rows[row][0], " of ")
	number, notFirst := strconv.Atoi(first)
	size, notSecond := strconv.Atoi(second)
	if !ok || notFirst != nil || notSecond != nil || size < 1 || size > MaxSize || number < 1 || number > size {
		return 0, 0, s.at(row, 0, "%q is not the number of a fact, such as 3 of 25: leave it as it was", s.rows[row][0])
	}
	return number, size, nil
}

// size is how many facts were chosen, which each row says.
func (s *sheet) size() (int, error) {
	_, size, err := s.number(0)
	return size, err
}

// answer checks a row and reads the auditor's columns.
func (s *sheet) answer(row int, chosen *Sample, filled map[int]bool, last time.Time) (Answer, bool) {
	number, _, err := s.number(row)
	if err != nil {
		s.errs = document.Collect(s.errs, err)
		return Answer{}, false
	}
	i := number - 1
	if i >= len(chosen.Facts) {
		s.refuse(row, 0, "the report has no fact of that number: no fact may be added")
		return Answer{}, false
	}
	if filled[i] {
		s.refuse(row, 0, "the fact is in the worksheet twice")
		return Answer{}, false
	}
	filled[i] = true
	before := len(s.errs)
	for column, expected := range chosen.row(i) {
		isAuditors := column >= resultColumn && column <= dateColumn
		if got := s.rows[row][column]; !isAuditors && got != expected {
			s.refuse(row, column, "it was altered to %q, and must be %q: only result, note, name and date may be filled in", cut(got), cut(expected))
		}
	}
	answer := Answer{Number: number, Fact: chosen.Facts[i], Note: s.text(row, noteColumn), Name: s.text(row, nameColumn)}
	answer.Finding = s.finding(row)
	if answer.Name == "" {
		s.refuse(row, nameColumn, "there is none: write the name of the person who looked")
	}
	answer.Date = s.date(row, last)
	return answer, len(s.errs) == before
}

func (s *sheet) text(row, column int) string { return strings.TrimSpace(s.rows[row][column]) }

func (s *sheet) finding(row int) Finding {
	text := strings.ToLower(strings.Join(strings.Fields(s.text(row, resultColumn)), " "))
	all := []string{string(Agrees), string(Differs), string(NotSeen)}
	for _, tag := range words.Languages { // a printed worksheet has the words of its language
		language, err := words.In(tag)
		for _, english := range all {
			if err == nil && text == language.Text(english) {
				return Finding(english)
			}
		}
	}
	if text == "" {
		s.refuse(row, resultColumn, "there is none: write agrees, differs or not seen")
	} else {
		s.refuse(row, resultColumn, "%s", suggest.Unknown("result", cut(text), all))
	}
	return Finding(text)
}

// date reads a day as ISO 8601 has it, or with points as spreadsheets of many countries write it. Slashes are refused: nobody knows
// whether day or month comes first.
func (s *sheet) date(row int, last time.Time) string {
	text := s.text(row, dateColumn)
	for _, layout := range []string{time.DateOnly, "2.1.2006"} {
		day, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if !last.IsZero() && day.After(last) {
			s.refuse(row, dateColumn, "%s is after today", text)
		}
		return day.Format(time.DateOnly)
	}
	s.refuse(row, dateColumn, "%q is no date: write it as 2026-11-28", cut(text))
	return ""
}

// cut is a text as messages repeat it.
func cut(text string) string { return sanitize.Cut(text, 80) }
