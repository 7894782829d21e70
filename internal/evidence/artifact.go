package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"raci-check/internal/document"
	"raci-check/internal/safefile"
	"raci-check/internal/verdict"
)

// verifyArtifacts checks every artifact that the evidence names against the file below the evidence folder. A path that
// leaves the folder is an error; a file that is absent or differs is a broken artifact.
func (s *Set) verifyArtifacts() error {
	folder, err := safefile.OpenFolder(s.folder)
	if err != nil {
		return fmt.Errorf("open evidence folder: %w", err)
	}
	defer folder.Close()
	var errs document.Errors
	refuse := func(pointer, what, path string, err error) {
		var refused *safefile.Error
		if errors.As(err, &refused) { // the message names the file already
			err = refused.Err
		}
		errs = append(errs, document.At(s.Locate(pointer), fmt.Sprintf("%s %s: %v; name a file in the evidence folder", what, path, err)))
	}
	for i := range s.Sections {
		section := &s.Sections[i]
		for _, pointer := range artifacts("/"+section.Name, s.Value[section.Name]) {
			value, _ := document.Lookup(s.Value, pointer)
			fields := value.(map[string]any)
			path, _ := fields["path"].(string)
			wanted, _ := fields["sha256"].(string)
			digest, err := folder.Digest(path, maxArtifact)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				s.Broken = append(s.Broken, verdict.BrokenArtifact{Pointer: pointer, Status: verdict.Missing, Message: fmt.Sprintf("the artifact %s is not in the evidence folder", path)})
			case err != nil:
				refuse(pointer+"/path", "artifact", path, err)
			default:
				artifact := document.File{Path: path, SHA256: digest}
				section.Artifacts = append(section.Artifacts, artifact)
				mapping, derives := mappingOf(fields)
				if derives {
					read := document.File{Path: mapping}
					if read.SHA256, err = folder.Digest(mapping, maxMapping); err != nil {
						refuse(pointer+"/derivation/mapping", "mapping", mapping, err)
						continue
					}
					if !slices.Contains(section.Artifacts, read) { // the report names it, so that the derivation can be repeated
						section.Artifacts = append(section.Artifacts, read)
					}
					if digest == wanted {
						s.Derivations = append(s.Derivations, Derivation{pointer, artifact, read})
					}
				}
				if digest != wanted {
					s.Broken = append(s.Broken, verdict.BrokenArtifact{Pointer: pointer, Status: verdict.Fail, Message: fmt.Sprintf("artifact digest mismatch: %s has sha256 %s…, the evidence says %s…", path, digest[:12], wanted[:12])})
				}
			}
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// mappingOf is the mapping that an artifact names.
func mappingOf(artifact map[string]any) (path string, derives bool) {
	derivation, _ := artifact["derivation"].(map[string]any)
	path, derives = derivation["mapping"].(string)
	return path, derives
}

// artifacts lists the pointers of all artifact objects at or below a pointer, in a fixed order.
func artifacts(pointer string, value any) []string {
	var pointers []string
	eachArtifact(value, []string{}, func(path []string) { pointers = append(pointers, pointer+document.Pointer(path...)) })
	return pointers
}

// eachArtifact finds the artifact objects in a value, which path leads to. It writes no pointer of anything else: most of
// evidence is none. The path is overwritten after each call of visit.
func eachArtifact(value any, path []string, visit func(path []string)) {
	depth := len(path)
	switch v := value.(type) {
	case map[string]any:
		var keys []string
		for key, below := range v {
			if holds(below) {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			path = append(path[:depth], key)
			if object, ok := v[key].(map[string]any); ok && key == "artifact" {
				if _, named := object["path"]; named {
					visit(path)
					continue
				}
			}
			eachArtifact(v[key], path, visit)
		}
	case []any:
		for i, item := range v {
			if holds(item) {
				path = append(path[:depth], strconv.Itoa(i))
				eachArtifact(item, path, visit)
			}
		}
	}
}

// holds reports whether there can be something below a value.
func holds(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// maxMapping is how large a mapping may be, in bytes.
const maxMapping = 1 << 20

// maxArtifact is how large an artifact may be, in bytes: a file that claims more would keep the run busy for very long.
const maxArtifact = 16 << 30
