package assess

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/signature"
)

// evidenceKeys reads the keys that signatures of evidence are checked against, and lists their files as inputs.
func evidenceKeys(base document.Folder, names []string) (keys []signature.PublicKey, inputs []assessment.File, err error) {
	if len(names) == 0 {
		return nil, nil, nil
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = base.Path(name)
	}
	files, err := signature.PublicFiles(paths)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		content, err := signature.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		inputs = append(inputs, fileOf(base.Name(file), content))
	}
	keys, err = signature.ReadPublics(files)
	return keys, inputs, err
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

// signedSections adds the signers to the artifacts of sections, and the envelopes beside them, as signedFiles does for evidence.
func signedSections(base document.Folder, sections []assessment.Section, keys []signature.PublicKey) ([]assessment.Section, error) {
	if len(keys) == 0 {
		return sections, nil
	}
	var errs document.Errors
	for i := range sections {
		folder := path.Dir(sections[i].File)
		var named []document.File
		for _, artifact := range sections[i].Artifacts {
			named = append(named, document.File{Path: path.Join(folder, artifact.Path), SHA256: artifact.SHA256})
		}
		signed, err := signedFiles(base, named, keys)
		errs = document.Collect(errs, err)
		for k, file := range signed {
			if k < len(sections[i].Artifacts) {
				sections[i].Artifacts[k].SignedBy = file.SignedBy
				continue
			}
			file.Path = strings.TrimPrefix(file.Path, strings.TrimPrefix(folder+"/", "./")) // as the evidence names artifacts
			sections[i].Artifacts = append(sections[i].Artifacts, file)
		}
	}
	return sections, errs.Sorted()
}

// addSigners tells the engine by which keys the sections and the artifacts of derived facts are signed. A section that is in several
// files is signed by the keys that signed each of them.
func addSigners(supplied *engine.Evidence, set *evidence.Set, files []assessment.File, sections []assessment.Section, facts []derive.Fact) {
	byFile := map[string][]string{}
	for _, file := range files {
		byFile[file.Path] = file.SignedBy
	}
	byArtifact := map[string][]string{}
	supplied.SignedBy = map[string][]string{}
	for _, section := range sections {
		signers := slices.Clone(byFile[section.File])
		for _, file := range set.FilesOf(section.Name) {
			signers = slices.DeleteFunc(signers, func(name string) bool { return !slices.Contains(byFile[file], name) })
		}
		supplied.SignedBy[section.Name] = slices.Sorted(slices.Values(signers))
		for _, artifact := range section.Artifacts {
			if len(artifact.SignedBy) > 0 {
				byArtifact[artifact.Path] = slices.Sorted(slices.Values(artifact.SignedBy))
			}
		}
	}
	if len(byArtifact) > 0 {
		supplied.Derived = signed(supplied.Derived, facts, byArtifact)
	}
}

func fileOf(name string, content []byte) assessment.File {
	return assessment.File{Path: filepath.ToSlash(name), SHA256: safefile.Sum(content)}
}
