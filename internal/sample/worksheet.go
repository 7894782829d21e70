package sample

import (
	"fmt"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/words"
)

// Columns are the columns of a worksheet: what is known of each fact, what the auditor finds, and what the choice was made by.
var Columns = []string{
	"number", "service_id", "service", "activity", "duty", "check", "title", "severity", "checks", "place", "pointer", "value", "grade", "signed_by",
	"file_digest", "artifact", "artifact_place", "artifact_digest",
	"result", "note", "name", "date",
	"report", "seed", "assessed_for",
}

// The columns that the auditor fills in, by their place in Columns.
const (
	resultColumn = 18
	noteColumn   = 19
	nameColumn   = 20
	dateColumn   = 21
	reportColumn = 22
	seedColumn   = 23
)

// Rows are the rows of a worksheet, ready for a spreadsheet. The auditor's columns are empty but for what was filled in.
func (s *Sample) Rows() [][]string {
	rows := make([][]string, len(s.Facts))
	for i := range s.Facts {
		rows[i] = s.row(i)
	}
	return rows
}

func (s *Sample) row(i int) []string {
	f, answer := s.Facts[i], s.answers[i]
	cells := []string{
		fmt.Sprintf("%d of %d", i+1, len(s.Facts)), f.Service.ID, f.Service.Name, f.Activity, f.Duty, f.Check, f.Title, string(f.Severity), fmt.Sprint(f.Checks),
		f.Location.String(), f.Pointer, f.Value, string(f.Grade), strings.Join(f.SignedBy, " "),
		Digest(f.FileSHA256), f.Artifact.Path, f.Artifact.Place, Digest(f.Artifact.SHA256),
		string(answer.Finding), answer.Note, answer.Name, answer.Date,
		s.Report, s.Seed, s.AssessedFor(nil),
	}
	for k := range cells {
		cells[k] = sanitize.FixedCell(cells[k])
	}
	return cells
}

// AssessedFor is the time that the report was made for, with a word of warning where it was chosen.
func (s *Sample) AssessedFor(language *words.Words) string {
	at := language.Day(s.At)
	if s.PastAt {
		return at + ", " + language.Text(assessment.ChosenTime)
	}
	return at
}

// Digest is a digest with the name of its method, so that no spreadsheet takes it for a number.
func Digest(sha256 string) string {
	if sha256 == "" {
		return ""
	}
	return "sha256:" + sha256
}
