package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/artifact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Remediations of what can be wrong with an artifact.
const (
	restoreDigest = "Restore the collected file, or collect the facts again and record the new digest."
	attachAnother = "Collect the file again, look into it, and attach the one that shows the facts (raci-check attach --replace)."
)

// verifyArtifacts checks every artifact that the evidence names against the file below the evidence folder. A path that
// leaves the folder is an error; a file that is absent or differs is a broken artifact, and so is one that shows nothing.
func (s *Set) verifyArtifacts(r *Reader) error {
	folder, err := safefile.OpenFolder(s.folder)
	if err != nil {
		return fmt.Errorf("open evidence folder: %w", err)
	}
	defer folder.Close()
	var all []named
	for i := range s.Sections {
		section := &s.Sections[i]
		for _, pointer := range artifacts("/"+section.Name, s.Value[section.Name]) {
			value, _ := document.Lookup(s.Value, pointer)
			fields := value.(map[string]any)
			n := named{section: section, pointer: pointer, derivation: DerivationOf(fields)}
			n.path, _ = fields["path"].(string)
			n.expected, _ = fields["sha256"].(string)
			all = append(all, n)
		}
	}
	look := func(_ context.Context, i int) (looked, error) { return s.look(r, folder, all[i]), nil }
	var errs document.Errors
	if err := parallel.Each(context.Background(), len(all), look, func(i int, l looked) error {
		errs = document.Collect(errs, s.judgeArtifact(folder, all[i], l))
		return nil
	}); err != nil {
		return err
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// named is an artifact as the evidence names it.
type named struct {
	section        *Section
	pointer        string
	path, expected string // and its digest
	derivation     Derivation
}

// looked is the file that an artifact is.
type looked struct {
	sha256     string
	err        error
	isEvidence bool
	problem    *artifact.Problem // of one that is what it was, and no evidence
}

// look reads an artifact. What it holds is not kept.
func (s *Set) look(r *Reader, folder safefile.Folder, n named) looked {
	digested, err := folder.Digest(n.path, maxArtifact, artifact.MaxInspected)
	l := looked{sha256: digested.SHA256, err: err}
	if err != nil || l.sha256 != n.expected {
		return l
	}
	if l.isEvidence = s.isEvidence(n.expected); !l.isEvidence {
		file := artifact.File{Path: n.path, Content: digested.Head, Whole: digested.Whole, Placeholders: r.Placeholders, Read: n.derivation.reads()}
		l.problem = r.Inspections.of(s.asNamed(n.pointer, file), n.expected)
	}
	return l
}

// judgeArtifact notes what is wrong with an artifact, or how facts follow from it. An error is one of the evidence.
func (s *Set) judgeArtifact(folder safefile.Folder, n named, l looked) error {
	refuse := func(pointer, kind, path string, err error) error {
		var refused *safefile.Error
		if errors.As(err, &refused) { // the message names the file already
			err = refused.Err
		}
		return document.At(s.Locate(pointer), fmt.Sprintf("%s %s: %v; name a file in the evidence folder", kind, path, err))
	}
	s.Rests = append(s.Rests, document.File{Path: n.path, SHA256: l.sha256})
	switch {
	case errors.Is(l.err, fs.ErrNotExist):
		s.broken(n.pointer, verdict.Missing, fmt.Sprintf("the artifact %s is not in the evidence folder", n.path), restoreDigest)
		return nil
	case l.err != nil:
		return refuse(n.pointer+"/path", "artifact", n.path, l.err)
	}
	n.section.Artifacts = append(n.section.Artifacts, document.File{Path: n.path, SHA256: l.sha256})
	switch {
	case l.sha256 != n.expected:
		s.broken(n.pointer, verdict.Fail, fmt.Sprintf("artifact digest mismatch: %s has sha256 %s…, the evidence says %s…", n.path, l.sha256[:12], n.expected[:12]), restoreDigest)
	case l.isEvidence:
		s.broken(n.pointer, verdict.Fail, fmt.Sprintf("the artifact %s does not show the facts: it is evidence itself", n.path), attachAnother)
	case l.problem != nil:
		s.broken(n.pointer, l.problem.Status, fmt.Sprintf("the artifact %s does not show the facts: %s", n.path, l.problem.Message), attachAnother)
	default:
		d := n.derivation
		d.Pointer, d.Artifact = n.pointer, document.File{Path: n.path, SHA256: n.expected}
		if err := s.derives(folder, n.section, d); err != nil {
			return refuse(n.pointer+"/derivation/mapping", "mapping", d.Mapping.Path, err)
		}
	}
	return nil
}

// derives notes how facts follow from an artifact. The error is for a mapping that cannot be read.
func (s *Set) derives(folder safefile.Folder, section *Section, d Derivation) error {
	if !d.reads() {
		return nil
	}
	if d.Mapping.Path != "" {
		digest, err := folder.Digest(d.Mapping.Path, MaxMapping, 0)
		if err != nil {
			return err
		}
		d.Mapping.SHA256 = digest.SHA256
		s.Rests = append(s.Rests, d.Mapping)
		if !slices.Contains(section.Artifacts, d.Mapping) { // the report names it, so that the derivation can be repeated
			section.Artifacts = append(section.Artifacts, d.Mapping)
		}
	}
	s.Derivations = append(s.Derivations, d)
	return nil
}

// reads reports whether there is something that reads the artifact.
func (d Derivation) reads() bool { return d.Mapping.Path != "" || len(d.Readers) > 0 }

// DerivationOf is what an artifact says of how facts follow from it: a mapping, or readers.
func DerivationOf(artifact map[string]any) (d Derivation) {
	fields, _ := artifact["derivation"].(map[string]any)
	d.Mapping.Path, _ = fields["mapping"].(string)
	readers, _ := fields["readers"].([]any)
	if reader := fields["reader"]; reader != nil {
		readers = []any{reader}
	}
	for _, reader := range readers {
		if name, isText := reader.(string); isText {
			d.Readers = append(d.Readers, name)
		}
	}
	return d
}

func (s *Set) broken(pointer string, status verdict.Status, message, remediation string) {
	s.Broken = append(s.Broken, verdict.BrokenArtifact{Pointer: pointer, Status: status, Message: message, Remediation: remediation})
}

// Inspect answers what is wrong with a file as the artifact at a pointer, such as /backups/source/artifact; nil where nothing is.
func (s *Set) Inspect(pointer string, file artifact.File) *artifact.Problem {
	return artifact.Inspect(s.asNamed(pointer, file))
}

// asNamed is a file with what the evidence says about it at a pointer.
func (s *Set) asNamed(pointer string, file artifact.File) artifact.File {
	name, rest, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	file.Service, file.Populous = s.Service.ID, func() bool { return !file.Read }
	if rest == "source/artifact" {
		method, _ := document.Lookup(s.Value, "/"+name+"/source/method")
		file.Section, file.Populous = name, func() bool { return populous(s.Value[name]) }
		file.Method, _ = method.(string)
	}
	return file
}

// isEvidence reports whether a file is one of the evidence itself, or a copy of it.
func (s *Set) isEvidence(digest string) bool {
	return slices.ContainsFunc(s.Files, func(file document.File) bool { return file.SHA256 == digest })
}

// populous reports whether a section says that there is something: it lists an item, or has no list and counts something.
func populous(section any) bool {
	fields, _ := section.(map[string]any)
	listed, empty, counted, zero := false, false, false, false
	for name, value := range fields {
		if name == "source" {
			continue
		}
		eachBelow(value, func(below any) {
			switch v := below.(type) {
			case []any:
				listed, empty = listed || len(v) > 0, empty || len(v) == 0
			case json.Number:
				counted, zero = counted || v != "0", zero || v == "0"
			}
		})
	}
	return listed || !empty && counted && !zero
}

func eachBelow(value any, visit func(any)) {
	visit(value)
	switch v := value.(type) {
	case map[string]any:
		for _, below := range v {
			eachBelow(below, visit)
		}
	case []any:
		for _, below := range v {
			eachBelow(below, visit)
		}
	}
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

// MaxMapping is how large a mapping may be, in bytes.
const MaxMapping = 1 << 20

// maxArtifact is how large an artifact may be, in bytes: a file that claims more would keep the run busy for very long.
const maxArtifact = 16 << 30

// Naming lists the pointers of the artifacts that name a file.
func (s *Set) Naming(path string) (pointers []string) {
	for _, section := range s.Sections {
		for _, pointer := range artifacts("/"+section.Name, s.Value[section.Name]) {
			if name, _ := document.Lookup(s.Value, pointer+"/path"); name == any(path) {
				pointers = append(pointers, pointer)
			}
		}
	}
	return pointers
}
