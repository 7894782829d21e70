package assess

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/signature"
)

// signed holds the signatures that lie beside evidence files against the keys, and notes who has signed what. Without keys
// it does nothing. A signature that does not hold is an error of the input.
func (b *rulebook) signed(sets []*evidence.Set, names []string) error {
	if len(names) == 0 {
		return nil
	}
	files, err := signature.PublicFiles(names)
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := signature.ReadFile(file)
		if err != nil {
			return err
		}
		b.inputs.EvidenceKeys = append(b.inputs.EvidenceKeys, fileOf(file, content))
	}
	keys, err := signature.ReadPublics(files)
	if err != nil {
		return err
	}
	var errs document.Errors
	for _, set := range sets {
		var envelopes []assessment.File
		for i := range set.Files {
			file := &set.Files[i]
			name := filepath.FromSlash(file.Path) + attest.Suffix
			envelope, err := signature.ReadFile(name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				file.SignedBy, err = attest.SignersOf(file.Path, file.SHA256, envelope, keys)
				envelopes = append(envelopes, fileOf(name, envelope))
			}
			if err != nil {
				errs = append(errs, &document.Error{File: name, Message: err.Error()})
			}
		}
		set.Files = append(set.Files, envelopes...)
	}
	return errs.Sorted()
}

func fileOf(name string, content []byte) assessment.File {
	sum := sha256.Sum256(content)
	return assessment.File{Path: filepath.ToSlash(name), SHA256: hex.EncodeToString(sum[:])}
}
