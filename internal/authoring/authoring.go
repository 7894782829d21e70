// Package authoring helps a person who writes a file of this program: it says what stands at a place of the text and what it means,
// what could stand there, what it refers to and who refers to it, and which edits help. It works on texts, also on broken and
// half-typed ones; it opens no files, knows no protocol and gives no verdicts.
package authoring

import "github.com/raci-check/raci-check/internal/document"

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
	Attaches string // JSON pointer of what a file shall be attached to, or of the artifact that it replaces: the caller asks for the file; empty for all others
}

// Problem is a defect or a finding that actions may fix.
type Problem struct {
	Span
	Message string
	Pointer string // into the evidence; empty for a defect of the text
	Check   string // id; empty for a defect of the text
}
