package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"raci-check/internal/document"
	"raci-check/internal/safefile"
)

// Diff writes what the plan changes as unified diffs, the names as seen from the evidence folder.
func (p *Plan) Diff(w io.Writer) error {
	for _, change := range p.Changes {
		old := "a/" + change.Path
		if change.Before == nil {
			old = "/dev/null"
		}
		if _, err := w.Write(diff.Diff(old, change.Before, "b/"+change.Path, change.After)); err != nil {
			return fmt.Errorf("write diff: %w", err)
		}
	}
	return nil
}

// Write writes the files of the plan: each whole, and all of them or, as far as the file system allows, none. It refuses
// where a file changed since it was read.
func (p *Plan) Write() error {
	if len(p.Changes) == 0 {
		return nil
	}
	err := safefile.ReplaceAll(p.folder, p.Changes)
	var changed *safefile.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &changed) && (errors.Is(err, safefile.ErrChanged) || errors.Is(err, fs.ErrExist)):
		return fmt.Errorf("write evidence: %s changed while it was collected: run again", changed.Name)
	default:
		return fmt.Errorf("write evidence: %w", err)
	}
}

// DecodeJSON decodes the one JSON value of a file, numbers as they are written; an error has its place.
func DecodeJSON(name string, content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return jsonError(name, content, decoder, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return jsonError(name, content, decoder, errors.New("more follows after the end of the JSON value"))
	}
	return nil
}

// jsonError is an error of a JSON decoder with its place in the text.
func jsonError(name string, content []byte, decoder *json.Decoder, err error) error {
	offset := decoder.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	message := err.Error()
	switch {
	case errors.As(err, &syntax):
		offset = max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		offset = max(kind.Offset-1, 0)
		message = fmt.Sprintf("%s is a JSON %s, which is not expected", kind.Field, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset, message = int64(len(content)), "the JSON text ends before its value does: the file is truncated"
	}
	read := content[:min(offset, int64(len(content)))]
	line := 1 + bytes.Count(read, []byte("\n"))
	column := 1 + utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:])
	return &document.Error{File: name, Line: line, Column: column, Message: message}
}
