package assessment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/filekind"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Seal sets the digest over everything else. It shows a change by accident or by hand; a change on purpose can be
// sealed anew, so it is no signature.
func (a *Assessment) Seal() error {
	digest, err := a.digest()
	a.Digest = digest
	return err
}

func (a *Assessment) digest() (string, error) {
	unsealed := *a
	unsealed.Digest = ""
	hash := sha256.New()
	err := sanitize.Encode(&unsealed, func(compact []byte) error {
		hash.Write(compact)
		return nil
	})
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), err
}

// WriteJSON writes the assessment as indented JSON with a final newline.
func (a *Assessment) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, a) }

var (
	ErrVersion = errors.New("another version of the report")
	ErrChanged = errors.New("the report was changed after it was written")
	ErrForm    = errors.New("not a JSON report of raci-check")
)

// Read reads a stored assessment and verifies that it is of this version, whole and unchanged; name stands for it in
// errors.
func Read(name string, r io.Reader) (*Assessment, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		if kind := filekind.Of(data); kind.Is != "" {
			return nil, fmt.Errorf("%s:1:1: %w: this is %s; expected a file that assess -o json=FILE wrote", name, ErrForm, kind.Is)
		}
		return nil, fmt.Errorf("%s: %w: %w; expected a file that assess -o json=FILE wrote", position(name, data, err), ErrForm, err)
	}
	switch {
	case version.Schema == SchemaID:
	case strings.HasPrefix(version.Schema, "raci-check/assessment/"):
		return nil, fmt.Errorf("%s: %w: it is %s, this program reads %s; use the program that wrote it", name, ErrVersion, version.Schema, SchemaID)
	default:
		return nil, fmt.Errorf("%s: %w: its field schema is not %s; expected a file that assess -o json=FILE wrote", name, ErrForm, SchemaID)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	var a Assessment
	if err := decoder.Decode(&a); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", position(name, data, err), ErrForm, err)
	}
	digest, err := a.digest()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if a.Digest != digest {
		return nil, fmt.Errorf("%s: %w: its digest is %s, its content has %s; assess again, or restore the file", name, ErrChanged, sanitize.Text(a.Digest), digest)
	}
	form, err := schema.Proven("assessment", JSONSchema)
	if err != nil {
		return nil, err
	}
	var value any
	decoder = json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrForm, err)
	}
	if pointer, misfit := form.Misfit(value); misfit {
		return nil, fmt.Errorf("%s: %w: %s does not fit the schema that `raci-check schema assessment` prints", name, ErrForm, sanitize.Text(cmp.Or(pointer, "it")))
	}
	return &a, nil
}

// position adds line and column of a JSON error to a file's name, where the error has a place.
func position(name string, data []byte, err error) string {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
		offset int64
	)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	default:
		return name
	}
	before := data[:min(max(offset-1, 0), int64(len(data)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return verdict.Location{File: name, Line: line, Column: column}.String()
}
