// Package authoring helps a person who writes a file of this program: it says what stands at a place of the text and what it means,
// what could stand there, what it refers to and who refers to it, and which edits help. It works on texts, also on broken and
// half-typed ones; it opens no files, knows no protocol and gives no verdicts.
package authoring

import (
	"raci-check/internal/document"
	"raci-check/internal/ruleset"
)

// Files are the texts of all files of an evidence folder by their names, as the editor has them.
type Files map[string][]byte

// Span is a part of a file. The end is behind its last character. Lines and columns count from 1, columns in characters.
type Span struct {
	File       string
	Start, End document.Position
}

// Edit puts a text in the place of a span. A file that is not there yet is made by an edit at its beginning.
type Edit struct {
	Span
	Text string
}

// Completion is something that could stand at a place.
type Completion struct {
	Label         string
	Kind          CompletionKind
	Detail        string // a few words beside the label
	Documentation string // Markdown
	Edit          Edit
}

// CompletionKind says what is proposed.
type CompletionKind string

// The kinds of completions.
const (
	Section   CompletionKind = "section"
	Field     CompletionKind = "field"
	Word      CompletionKind = "word" // of an enumeration
	Reference CompletionKind = "reference"
)

// Action is something that a person can have done, as edits.
type Action struct {
	Title    string
	Edits    []Edit
	Problem  string // the message of the defect or finding that it fixes; empty where it fixes none
	Attaches string // JSON pointer of a source that a file shall be attached to: the caller asks for the file; empty for all others
}

// Problem is a defect or a finding that actions may fix.
type Problem struct {
	Span
	Message string
	Pointer string // into the evidence; empty for a defect of the text
	Check   string // id; empty for a defect of the text
}

// Library is what helps to write the files of a ruleset. It is safe for concurrent use.
type Library struct{}

// Open makes a library of a ruleset.
func Open(rules ruleset.Ruleset) (*Library, error) { return &Library{}, nil }

// Hover says in Markdown what stands at a place, and how far it reaches.
func (l *Library) Hover(files Files, name string, at document.Position) (text string, span Span, ok bool) {
	return "", Span{}, false
}

// Complete lists what could stand at a place, the likeliest first.
func (l *Library) Complete(files Files, name string, at document.Position) []Completion { return nil }

// Definition is where the object stands that the text at a place names.
func (l *Library) Definition(files Files, name string, at document.Position) []Span { return nil }

// References are the places that name the object at a place; with its definition where that is asked for.
func (l *Library) References(files Files, name string, at document.Position, definition bool) []Span {
	return nil
}

// Renames is the span of the id at a place that can be renamed.
func (l *Library) Renames(files Files, name string, at document.Position) (Span, bool) {
	return Span{}, false
}

// Rename gives the object at a place another id in every file.
func (l *Library) Rename(files Files, name string, at document.Position, to string) ([]Edit, error) {
	return nil, nil
}

// Actions lists what can be done in a span, where there are these problems.
func (l *Library) Actions(files Files, span Span, problems []Problem) []Action { return nil }
