package assess

import (
	"errors"
	"io/fs"
	"path/filepath"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/document"
	"raci-check/internal/safefile"
	"raci-check/internal/signature"
)

// evidenceKeys reads the keys that signatures of evidence are checked against, and notes them as inputs.
func (b *rulebook) evidenceKeys(base document.Folder, names []string) ([]signature.PublicKey, error) {
	if len(names) == 0 {
		return nil, nil
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = base.Path(name)
	}
	files, err := signature.PublicFiles(paths)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		content, err := signature.ReadFile(file)
		if err != nil {
			return nil, err
		}
		b.inputs.EvidenceKeys = append(b.inputs.EvidenceKeys, fileOf(base.Name(file), content))
	}
	return signature.ReadPublics(files)
}

// signedFiles lists files of evidence with their signers, then the envelopes. The signatures that lie beside the files
// are checked against the keys; without keys none is read. A signature that fails is an error of the input.
func signedFiles(base document.Folder, read []document.File, keys []signature.PublicKey) ([]assessment.File, error) {
	files := filesOf(read)
	if len(keys) == 0 {
		return files, nil
	}
	var errs document.Errors
	var envelopes []assessment.File
	for i := range files {
		file := &files[i]
		name := filepath.FromSlash(file.Path) + attest.Suffix
		envelope, err := signature.ReadFile(base.Path(name))
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
	return append(files, envelopes...), errs.Sorted()
}

func fileOf(name string, content []byte) assessment.File {
	return assessment.File{Path: filepath.ToSlash(name), SHA256: safefile.Sum(content)}
}
