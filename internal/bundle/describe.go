package bundle

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// maxKey is the largest file of a key or certificate, in bytes.
const maxKey = 1 << 20

// ReadVerificationKey reads a key; nil for no file. One that can sign too must be its owner's alone.
func ReadVerificationKey(file string) (*VerificationKey, error) {
	if file == "" {
		return nil, nil
	}
	content, err := safefile.Read(file, maxKey)
	if err != nil {
		return nil, fmt.Errorf("read verification key: %w", err)
	}
	key, err := NewVerificationKey(content)
	if err != nil {
		return nil, fmt.Errorf("verification key %s: %w", file, err)
	}
	if key.Secret() {
		if _, err := safefile.ReadSecret(file); err != nil {
			return nil, fmt.Errorf("verification key: %w", err)
		}
	}
	return key, nil
}

// Write says in text, or in json, what is in a bundle.
func (d Description) Write(w io.Writer, format string) error {
	if format == "json" {
		return sanitize.WriteJSON(w, d)
	}
	signature := "none"
	if s := d.Signature; s != nil {
		signature = fmt.Sprintf("%s by key %s", s.Algorithm, s.KeyID)
		if s.Verified {
			signature += ", verified"
		} else {
			signature += ", not verified"
		}
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"revision", d.Revision}, {"digest", d.Digest + " (of the file)"}, {"signature", signature},
		{"catalog", d.Catalog + ": " + d.Title}, {"reading", d.Reading}, {"profile", d.Profile}, {"policies", d.Policies},
		{"duties", fmt.Sprintf("%d, with %d checks and %d parameters", d.Duties, d.Checks, d.Parameters)},
		{"roots", strings.Join(d.Roots, ", ")},
	} {
		fmt.Fprintf(table, "%s\t%s\n", row[0], sanitize.Text(row[1]))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := w.Write(text.Bytes())
	return err
}
