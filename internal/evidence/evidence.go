// Package evidence reads evidence files into sets: one set a service, with a value to judge, the place of every fact in
// the files, and the artifacts that the facts rest on. Malformed input is refused with its place; what is merely absent
// is for the policies to find.
package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Set is the evidence of one service: all the files of one folder that name it.
type Set struct {
	Service  Service
	Value    map[string]any  // merged evidence
	Files    []document.File // as read, sorted by path
	Sections []Section
	Broken   []verdict.BrokenArtifact
	// Rests are the files below the folder that were looked for, with the digests of those that are there.
	Rests []document.File
	// Derivations say how facts follow from artifacts, of those that are what their digests say.
	Derivations []Derivation
	// Unproved are placeholders that raw answers may prove, by their pointers.
	Unproved  []Unproved
	Waivers   []*document.Document          // waiver files of the folder
	documents map[string]*document.Document // by top-level field
	more      map[string][]Part             // of sections that are in several files, by section; without the first
	byName    map[string]*document.Document // that these parts are in
	pieces    map[string][]piece            // of those sections, in their order
	named     map[string]*document.Document // by the file's name without its ending
	first     *document.Document
	stating   []*document.Document // all files but those of waivers
	folder    string               // where the files lie
}

// Service is what the evidence says of the service that it is about.
type Service struct{ ID, Name, Region string }

// Section is a part of the evidence with its provenance.
type Section struct {
	Name, File                       string
	Method, CollectedAt, CollectedBy string
	Artifacts                        []document.File // that it names, as they were found
}

// Derivation says how facts of the evidence follow from an artifact: by a mapping, or by the readers of what collect keeps.
type Derivation struct {
	Pointer  string // to the artifact
	Artifact document.File
	Mapping  document.File // no path where readers read the artifact
	Readers  []string      // kinds of sources
}

// ReadFile reads a file below the evidence folder, of at most so many bytes, if it is what it was when it was listed.
func (s *Set) ReadFile(file document.File, most int64) ([]byte, error) {
	folder, err := safefile.OpenFolder(s.folder)
	if err != nil {
		return nil, fmt.Errorf("open evidence folder: %w", err)
	}
	defer folder.Close()
	content, err := folder.Read(file.Path, most)
	if err == nil && safefile.Sum(content) != file.SHA256 {
		err = fmt.Errorf("%s was changed while it was read: assess again", file.Path)
	}
	return content, err
}

type Reader struct {
	Schema *schema.Schema
	Limits document.Limits
	Stdin  io.Reader
	Base   document.Folder // of the names of files
	// Placeholders are the texts that are refused where a value is expected; nil for none.
	Placeholders *placeholder.List
	// Proves says that the caller reads raw answers again and refuses with Set.Refuse what they do not prove: a key may really be
	// named TODO. Without it such a name is refused.
	Proves bool
	Kept   *document.Kept // what was read earlier; nil for nothing
	// Given are names of files that are read in another way, such as waivers that a flag names.
	Given []string
	// Inspections are what was seen in artifacts earlier; nil for nothing.
	Inspections *Inspections
	// Unsaved answers the text that an editor has of the file at a path, and whether it has one; nil where no editor is open.
	Unsaved func(path string) ([]byte, bool)
}

// ErrNoEvidence says that there is nothing to assess.
var ErrNoEvidence = errors.New("no evidence")

// stdin is the path that stands for standard input.
const stdin = "-"

// Read reads files, folders (walked for *.yaml and *.yml) and "-" into sets, sorted by service id, and lists the files below folders
// that are not evidence. All errors of all files are reported together.
func (r *Reader) Read(paths []string) (sets []*Set, passed []Other, err error) {
	sources, passed, err := r.Find(context.Background(), paths)
	var errs document.Errors
	if err != nil && !errors.As(err, &errs) {
		return nil, nil, err
	}
	for _, source := range sources {
		set, err := r.Open(source)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		sets = append(sets, set)
	}
	if err := errs.Sorted(); err != nil {
		return nil, nil, err
	}
	return sets, passed, nil
}

// Open reads the evidence of one service. It may be called concurrently, once for each source.
func (r *Reader) Open(source *Source) (*Set, error) {
	var errs document.Errors
	set := &Set{
		Service: Service{ID: source.ID}, Value: map[string]any{},
		documents: map[string]*document.Document{}, named: map[string]*document.Document{}, folder: r.Base.Path(source.folder),
		more: map[string][]Part{}, byName: map[string]*document.Document{}, pieces: map[string][]piece{},
	}
	for _, file := range source.files {
		read, err := file.take(r)
		if err == nil {
			err = r.Kept.Once(read.document, r.validate)
		}
		if err == nil && serviceOf(read.document) != source.ID {
			err = &document.Error{File: file.name, Message: "the file was changed while it was read: assess again"}
		}
		if err == nil {
			err = set.add(read)
		}
		errs = document.Collect(errs, err)
	}
	if len(errs) == 0 { // a part may be in a file that is not read
		errs = document.Collect(errs, set.join())
	}
	if len(errs) == 0 {
		errs = document.Collect(errs, r.verifySets(set))
	}
	for _, file := range source.waivers {
		read, err := file.take(r)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		set.Waivers = append(set.Waivers, read.document)
		set.Files = append(set.Files, document.File{Path: filepath.ToSlash(file.name), SHA256: read.sha256})
	}
	if err := errs.Sorted(); err != nil {
		return nil, err
	}
	slices.SortFunc(set.Files, func(a, b document.File) int { return strings.Compare(a.Path, b.Path) })
	set.complete()
	r.unproved(set)
	if err := set.verifyArtifacts(r); err != nil {
		return nil, err
	}
	return set, nil
}

// add merges a file into the set. What stands in several files may stand in one of them, or be the same.
func (s *Set) add(file read) error {
	doc := file.document
	base := filepath.Base(doc.Name())
	s.named[strings.TrimSuffix(base, filepath.Ext(base))] = doc
	s.stating = append(s.stating, doc)
	if s.first == nil {
		s.first = doc
	}
	var errs document.Errors
	refuse := func(pointer, format string, args ...any) {
		errs = append(errs, doc.Errorf(pointer, format, args...))
	}
	for _, detail := range []struct {
		field  string
		target *string
	}{{"name", &s.Service.Name}, {"region", &s.Service.Region}} {
		switch value := text(doc, "/metadata/service/"+detail.field); {
		case value == "":
		case *detail.target == "":
			*detail.target = value
		case *detail.target != value:
			refuse("/metadata/service/"+detail.field, "the %s of the service differs from the one in %s", detail.field, s.first.Name())
		}
	}
	s.Files = append(s.Files, document.File{Path: filepath.ToSlash(doc.Name()), SHA256: file.sha256})
	value := doc.Value().(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if PartOf(value[name]) > 0 {
			fields, _ := value[name].(map[string]any)
			s.more[name] = append(s.more[name], Part{doc.Name(), fields, doc.Errorf})
			s.byName[doc.Name()] = doc
			continue
		}
		if IsSection(name) || name == "not_applicable" {
			if other := s.documents[name]; other != nil {
				refuse("/"+name, "section %s is already given at %s:%d", name, other.Name(), other.Position("/"+name).Line)
				continue
			}
			s.Value[name] = value[name]
			s.documents[name] = doc
		}
	}
	return errs.Sorted()
}

// complete adds to the merged evidence what all its files say of the service.
func (s *Set) complete() {
	s.Value["api_version"], s.Value["kind"] = "raci-check/v1", "Evidence"
	service := map[string]any{"id": s.Service.ID}
	if s.Service.Name != "" {
		service["name"] = s.Service.Name
	}
	if s.Service.Region != "" {
		service["region"] = s.Service.Region
	}
	metadata := map[string]any{"service": service}
	var names []any
	for _, doc := range s.differing(preparedBy) {
		names = append(names, text(doc, preparedBy))
	}
	switch len(names) {
	case 0:
	case 1:
		metadata["prepared_by"] = names[0]
	default: // files of several people
		metadata["prepared_by"] = names
	}
	s.Value["metadata"] = metadata
	s.describe()
}

// preparedBy is where a file says who prepared it.
const preparedBy = "/metadata/prepared_by"

// differing are the files that have another text at a pointer than every file before.
func (s *Set) differing(pointer string) []*document.Document {
	var all []*document.Document
	for _, doc := range s.stating {
		value := text(doc, pointer)
		if value != "" && !slices.ContainsFunc(all, func(before *document.Document) bool { return text(before, pointer) == value }) {
			all = append(all, doc)
		}
	}
	return all
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
		s.Sections = append(s.Sections, Section{
			Name: name, File: filepath.ToSlash(s.documents[name].Name()),
			Method: text("method"), CollectedAt: text("collected_at"), CollectedBy: text("collected_by"),
		})
	}
}

// Locate answers where a JSON pointer stands, or its nearest existing ancestor.
func (s *Set) Locate(pointer string) verdict.Location {
	doc, pointer := s.Within(pointer)
	return doc.Location(pointer)
}
