// Package evidence reads evidence files into sets: one set a service, with a value to judge, the place of every fact in
// the files, and the artifacts that the facts rest on. Malformed input is refused with its place; what is merely absent
// is for the policies to find.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/schema"
)

// Set is the evidence of one service: all the files of one folder that name it.
type Set struct {
	Service   assessment.ServiceID
	Value     map[string]any    // merged evidence
	Files     []assessment.File // as read, sorted by path
	Sections  []assessment.Section
	Broken    []BrokenArtifact
	Waivers   []*document.Document          // waiver files of the folder
	documents map[string]*document.Document // by top-level field
	first     *document.Document
	folder    string
}

// Reader reads evidence.
type Reader struct {
	Schema *schema.Schema
	Limits document.Limits
	Stdin  io.Reader
}

// ErrNoEvidence says that there is nothing to assess.
var ErrNoEvidence = errors.New("no evidence")

// stdin is the path that stands for standard input.
const stdin = "-"

// Read reads files, folders (walked for *.yaml and *.yml) and "-" into sets, sorted by service id. All errors of all
// files are reported together.
func (r *Reader) Read(paths []string) ([]*Set, error) {
	names, err := expand(paths)
	if err != nil {
		return nil, err
	}
	var errs document.Errors
	var docs, waivers []*document.Document
	digests := map[string]string{}
	for _, name := range names {
		doc, digest, err := r.readFile(name)
		if err == nil {
			digests[doc.Name()] = digest
			switch kind, _ := doc.Lookup("/kind"); kind {
			case "Waivers":
				waivers = append(waivers, doc)
				continue
			case "Parameters":
				at := doc.Position("/kind")
				err = &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column,
					Message: "this file holds parameters: pass it with --params and keep it outside the evidence folder"}
			case "Collect", "Mapping":
				at := doc.Position("/kind")
				err = &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column,
					Message: "this file says how evidence is collected: keep it outside the evidence folder"}
			default:
				err = r.Schema.Validate(doc)
			}
		}
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		docs = append(docs, doc)
	}
	if err := errs.Sorted(); err != nil {
		return nil, err
	}
	sets, err := group(docs)
	if err != nil {
		return nil, err
	}
	for _, doc := range waivers {
		folder := filepath.Dir(doc.Name())
		held := false
		for _, set := range sets {
			if set.folder == folder {
				set.Waivers, held = append(set.Waivers, doc), true
				set.Files = append(set.Files, assessment.File{Path: filepath.ToSlash(doc.Name()), SHA256: digests[doc.Name()]})
			}
		}
		if !held {
			errs = append(errs, &document.Error{File: doc.Name(), Line: 1, Column: 1,
				Message: "waivers without evidence beside them: put the file into the folder of its evidence, or pass it with --waivers"})
		}
	}
	for _, set := range sets {
		for i := range set.Files {
			set.Files[i].SHA256 = digests[filepath.FromSlash(set.Files[i].Path)]
		}
		slices.SortFunc(set.Files, func(a, b assessment.File) int { return strings.Compare(a.Path, b.Path) })
		if err := set.verifyArtifacts(); err != nil {
			errs = document.Collect(errs, err)
		}
	}
	if err := errs.Sorted(); err != nil {
		return nil, err
	}
	return sets, nil
}

// expand lists the files that the paths stand for, sorted, each once.
func expand(paths []string) ([]string, error) {
	var names []string
	for _, path := range paths {
		if path == stdin {
			names = append(names, path)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read evidence: %w", err)
		}
		if !info.IsDir() {
			names = append(names, filepath.Clean(path))
			continue
		}
		before := len(names)
		err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != path {
				return fs.SkipDir
			}
			if !entry.IsDir() && readable(entry.Name()) {
				names = append(names, filepath.Clean(name))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read evidence: %w", err)
		}
		if len(names) == before {
			return nil, fmt.Errorf("%w in %s: no *.yaml or *.yml file there; `raci-check init %s` writes a skeleton", ErrNoEvidence, path, path)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (r *Reader) readFile(name string) (*document.Document, string, error) {
	var in io.Reader = r.Stdin
	if name != stdin {
		info, err := os.Stat(name)
		if err != nil {
			return nil, "", fmt.Errorf("read evidence: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, "", &document.Error{File: name, Message: "not a regular file"}
		}
		file, err := os.Open(name)
		if err != nil {
			return nil, "", fmt.Errorf("read evidence: %w", err)
		}
		defer file.Close()
		in = file
	}
	hash := sha256.New()
	doc, err := document.Read(name, io.TeeReader(in, hash), r.Limits)
	if err != nil {
		return nil, "", err
	}
	return doc, hex.EncodeToString(hash.Sum(nil)), nil
}

// group makes one set of the documents of each folder that name the same service.
func group(docs []*document.Document) ([]*Set, error) {
	var errs document.Errors
	refuse := func(doc *document.Document, pointer, format string, args ...any) {
		at := doc.Position(pointer)
		errs = append(errs, &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
	}
	byID := map[string]*Set{}
	for _, doc := range docs {
		value := doc.Value().(map[string]any)
		text := func(pointer string) string { v, _ := doc.Lookup(pointer); s, _ := v.(string); return s }
		id := strings.ToLower(text("/metadata/service/id")) // a UUID: its case says nothing
		folder := filepath.Dir(doc.Name())
		set := byID[id]
		if set == nil {
			set = &Set{
				Service: assessment.ServiceID{ID: id}, Value: map[string]any{},
				documents: map[string]*document.Document{}, first: doc, folder: folder,
			}
			byID[id] = set
		}
		if set.folder != folder {
			refuse(doc, "/metadata/service/id", "service %s already has evidence in %s; the evidence of a service lies in one folder", id, set.folder)
			continue
		}
		for _, same := range []struct {
			field string
			held  *string
		}{{"name", &set.Service.Name}, {"region", &set.Service.Region}} {
			switch given := text("/metadata/service/" + same.field); {
			case given == "":
			case *same.held == "":
				*same.held = given
			case *same.held != given:
				refuse(doc, "/metadata/service/"+same.field, "the %s of the service differs from the one in %s", same.field, set.first.Name())
			}
		}
		set.Files = append(set.Files, assessment.File{Path: filepath.ToSlash(doc.Name())})
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if IsSection(name) || name == "not_applicable" {
				if other := set.documents[name]; other != nil {
					refuse(doc, "/"+name, "section %s is already given at %s:%d", name, other.Name(), other.Position("/"+name).Line)
					continue
				}
				set.Value[name] = value[name]
				set.documents[name] = doc
			}
		}
	}
	if err := errs.Sorted(); err != nil {
		return nil, err
	}
	sets := slices.SortedFunc(maps.Values(byID), func(a, b *Set) int { return strings.Compare(a.Service.ID, b.Service.ID) })
	for _, set := range sets {
		set.Value["api_version"], set.Value["kind"] = "raci-check/v1", "Evidence"
		service := map[string]any{"id": set.Service.ID}
		if set.Service.Name != "" {
			service["name"] = set.Service.Name
		}
		if set.Service.Region != "" {
			service["region"] = set.Service.Region
		}
		set.Value["metadata"] = map[string]any{"service": service}
		set.describe()
	}
	return sets, nil
}

// describe lists the sections with their provenance.
func (s *Set) describe() {
	for _, name := range slices.Sorted(maps.Keys(s.Value)) {
		if !IsSection(name) {
			continue
		}
		text := func(field string) string {
			v, _ := document.Lookup(s.Value, "/"+name+"/source/"+field)
			t, _ := v.(string)
			return t
		}
		s.Sections = append(s.Sections, assessment.Section{
			Name: name, File: filepath.ToSlash(s.documents[name].Name()),
			Method: text("method"), CollectedAt: text("collected_at"), CollectedBy: text("collected_by"),
			Artifacts: []assessment.File{},
		})
	}
}

// Locate answers where a JSON pointer stands, or its nearest existing ancestor.
func (s *Set) Locate(pointer string) assessment.Location {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	doc := s.documents[name]
	if doc == nil {
		doc = s.first
	}
	at := doc.Position(pointer)
	return assessment.Location{File: filepath.ToSlash(doc.Name()), Line: at.Line, Column: at.Column}
}
