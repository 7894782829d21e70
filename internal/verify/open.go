package verify

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"raci-check/internal/attest"
	"raci-check/internal/safefile"
	"raci-check/internal/signature"
)

// Read reads a report and its envelope, which is named only where it is not called as the report with attest.Suffix.
func Read(name, envelope string) (Request, error) {
	r := Request{Name: name}
	var err error
	if r.Report, err = safefile.Read(name, MaxReport); err != nil {
		return r, fmt.Errorf("read report: %w", err)
	}
	if r.Envelope, err = signature.ReadFile(cmp.Or(envelope, name+attest.Suffix)); err != nil {
		return r, fmt.Errorf("read attestation: %w", err)
	}
	return r, nil
}

// ReadArchive unpacks an archive that Keep wrote into a folder of its own, which remove takes away.
func ReadArchive(name string) (r Request, remove func(), err error) {
	folder, err := os.MkdirTemp("", "raci-check-*")
	if err != nil {
		return r, nil, fmt.Errorf("unpack: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	file, _, err := safefile.Open(name)
	if err != nil {
		return r, nil, fmt.Errorf("read archive: %w", err)
	}
	defer file.Close()
	if r, err = Unpack(file, folder); err != nil {
		return r, nil, fmt.Errorf("%s: %w", name, err)
	}
	r.Name = name + "/" + keptReport
	return r, func() { _ = os.RemoveAll(folder) }, nil // what could not be removed is in the system's folder of temporary files
}
