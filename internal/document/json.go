package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// DecodeJSON decodes the one JSON value of a file, numbers as they are written; an error has its place.
func DecodeJSON(name string, content []byte, into any) error {
	if isUTF16(content) { // as PowerShell writes what it redirects
		return &Error{File: name, Line: 1, Column: 1, Message: utf16}
	}
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
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
	return &Error{File: name, Line: line, Column: column, Message: message}
}
