package verify

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/timestamp"
)

// Read reads a report, its envelope, which is named only where it is not called as the report with attest.Suffix, and the Sigstore
// bundles beside that.
func Read(name, envelope string) (Request, error) {
	r := Request{Name: name}
	var err error
	if r.Report, err = safefile.Read(name, MaxReport); err != nil {
		return r, fmt.Errorf("read report: %w", err)
	}
	envelope = cmp.Or(envelope, name+attest.Suffix)
	if r.Envelope, err = signature.ReadFile(envelope); err != nil {
		return r, fmt.Errorf("read attestation: %w", err)
	}
	r.Bundles, err = attest.ReadBundles(envelope, r.Envelope, signature.ReadFile)
	return r, err
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

// maxAuthorities is far more bytes than the certificates of all authorities have.
const maxAuthorities = 8 << 20

// ReadAuthorities reads the certificates, in PEM, of the authorities whose time is trusted.
func ReadAuthorities(name string) (*timestamp.Authorities, error) {
	content, err := safefile.Read(name, maxAuthorities)
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	authorities, err := timestamp.ParseAuthorities(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return authorities, nil
}
