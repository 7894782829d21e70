package assess

import (
	"errors"
	"io/fs"
	"path/filepath"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/safefile"
	"raci-check/internal/signature"
)

// evidenceKeys reads the keys that signatures of evidence are held against, and notes them as inputs.
func (b *rulebook) evidenceKeys(names []string) ([]signature.PublicKey, error) {
	if len(names) == 0 {
		return nil, nil
	}
	files, err := signature.PublicFiles(names)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		content, err := signature.ReadFile(file)
		if err != nil {
			return nil, err
		}
		b.inputs.EvidenceKeys = append(b.inputs.EvidenceKeys, fileOf(file, content))
	}
	return signature.ReadPublics(files)
}

// signed holds the signatures that lie beside evidence files against the keys, and notes who has signed what. Without keys
// it does nothing. A signature that does not hold is an error of the input.
func signed(set *evidence.Set, keys []signature.PublicKey) error {
	if len(keys) == 0 {
		return nil
	}
	var errs document.Errors
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
	return errs.Sorted()
}

func fileOf(name string, content []byte) assessment.File {
	return assessment.File{Path: filepath.ToSlash(name), SHA256: safefile.Sum(content)}
}
