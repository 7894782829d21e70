package attest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"raci-check/internal/assessment"
	"raci-check/internal/safefile"
	"raci-check/internal/signature"
)

// Attestation signs a report that is about to be written. A nil one signs nothing.
type Attestation struct {
	key      signature.PrivateKey
	report   string // its file
	envelope []byte
}

// NewAttestation reads the key that the report in a file is to be signed with.
func NewAttestation(key, report string) (*Attestation, error) {
	private, err := signature.ReadPrivate(key)
	return &Attestation{key: private, report: report}, err
}

// Prepare signs the report and takes away an envelope of an earlier one: where the report cannot be written, none stays beside
// it.
func (a *Attestation) Prepare(fleet *assessment.Fleet) error {
	if a == nil {
		return nil
	}
	var report bytes.Buffer
	err := fleet.WriteJSON(&report)
	if err != nil {
		return err
	}
	if a.envelope, err = SignReport(a.report, report.Bytes(), a.key, nil); err != nil {
		return fmt.Errorf("sign the report: %w", err)
	}
	if err := os.Remove(a.report + Suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace attestation: %w", err)
	}
	return nil
}

// Write writes the envelope, once the report is written.
func (a *Attestation) Write() error {
	if a == nil {
		return nil
	}
	return write(a.report+Suffix, a.envelope)
}

// AddTo adds a signature to the envelope in a file, which need not be there yet. sign answers the envelope with it.
func AddTo(file string, sign func(existing []byte) ([]byte, error)) error {
	existing, err := signature.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	signed, err := sign(existing)
	switch {
	case errors.Is(err, ErrDiffers):
		return fmt.Errorf("%s: %w: remove it to sign again, or write to another file with -o", file, err)
	case err != nil && existing != nil:
		return fmt.Errorf("%s: %w", file, err)
	case err != nil:
		return err
	}
	return write(file, signed)
}

func write(file string, envelope []byte) error {
	if err := safefile.Write(file, envelope); err != nil {
		return fmt.Errorf("write attestation: %w", err)
	}
	return nil
}
