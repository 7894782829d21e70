package sample

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// maxEvidence is how large a file of evidence may be, in bytes: as large as assess reads any.
const maxEvidence = 64 << 20

// ErrEvidence says that the evidence of a report is not what it was.
var ErrEvidence = errors.New("the evidence is not that of the report")

// fieldFact is a fact with the field that it stands in: its pointer with * for each place in a list.
type fieldFact struct {
	Fact
	field string
}

// reader reads the facts of reports from the evidence that they name.
type reader struct {
	folder safefile.Folder
	name   string
	checks map[string][]string // ids of the checks that rest on a field
	fields map[string][]string // that a check rests on
}

func newReader(r Request) (*reader, error) {
	opened, err := safefile.OpenFolder(r.Folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the evidence: %w", err)
	}
	reader := &reader{folder: opened, name: r.Folder, checks: map[string][]string{}, fields: r.Report.Policies.RestsOn}
	for check, fields := range reader.fields {
		for _, field := range fields {
			reader.checks[field] = append(reader.checks[field], check)
		}
	}
	return reader, nil
}

func (r *reader) close() { _ = r.folder.Close() } // it was only read

// facts lists the facts that passes of a service rest on, in the order of the evidence.
func (r *reader) facts(service *assessment.Service) ([]fieldFact, error) {
	w := &walker{reader: r, service: service, derived: map[string]Artifact{}, digests: map[string]string{}, byField: map[string]*support{}}
	for _, derived := range service.Derived {
		for _, fact := range derived.Facts {
			if _, twice := w.derived[fact.Pointer]; !twice {
				w.derived[fact.Pointer] = Artifact{Path: derived.Artifact, Place: fact.Place}
			}
		}
	}
	for _, section := range service.Sections {
		for _, artifact := range section.Artifacts {
			w.digests[path.Join(path.Dir(section.File), artifact.Path)] = artifact.SHA256
		}
	}
	w.passes, w.undescribed = r.passes(service)
	docs, err := r.documents(service)
	if err != nil {
		return nil, err
	}
	if err := w.findParts(docs); err != nil {
		return nil, err
	}
	metadata := false
	for i, doc := range docs {
		if doc == nil {
			continue
		}
		w.file, w.doc = service.Evidence[i], doc
		value, _ := doc.Value().(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if name == "metadata" {
				if metadata { // of the first file: the others say the same
					continue
				}
				metadata = true
			}
			w.section(name, value[name])
		}
	}
	return w.facts, nil
}

// documents reads the files of a service's evidence, in their order; nil for those that lie beside it.
func (r *reader) documents(service *assessment.Service) ([]*document.Document, error) {
	docs := make([]*document.Document, len(service.Evidence))
	for i, file := range service.Evidence {
		var err error
		if docs[i], err = r.document(file); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// findParts finds where the lists of sections begin that are in several files: by document and pointer, the index in the whole list
// of the first item there.
func (w *walker) findParts(docs []*document.Document) error {
	first, more := map[string]*evidence.Part{}, map[string][]evidence.Part{}
	byFile := map[string]*document.Document{}
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		byFile[doc.Name()] = doc
		value, _ := doc.Value().(map[string]any)
		for name, section := range value {
			fields, _ := section.(map[string]any)
			part := evidence.Part{File: doc.Name(), Fields: fields, Errorf: doc.Errorf}
			if evidence.PartOf(fields) > 0 {
				more[name] = append(more[name], part)
			} else {
				first[name] = &part
			}
		}
	}
	w.starts, w.sources = map[*document.Document]map[string]int{}, map[string]map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		whole, starts, err := evidence.Join(name, first[name], more[name])
		if err != nil {
			return err
		}
		w.sources[name], _ = whole["source"].(map[string]any)
		for i, part := range more[name] {
			doc := byFile[part.File]
			if w.starts[doc] == nil {
				w.starts[doc] = map[string]int{}
			}
			for list, start := range starts[i+1] {
				w.starts[doc][document.Pointer(name, list)] = start
			}
		}
	}
	return nil
}

// document reads a file of evidence; nil for a file that lies beside it.
func (r *reader) document(file assessment.File) (*document.Document, error) {
	if strings.HasSuffix(file.Path, attest.Suffix) {
		return nil, nil
	}
	content, err := r.folder.Read(file.Path, maxEvidence)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s is not in %s; names are relative to the folder in which assess ran: give it with --evidence, or name the archive",
			ErrEvidence, sanitize.Text(file.Path), r.name)
	case err != nil:
		return nil, fmt.Errorf("read evidence: %w", err)
	case safefile.Sum(content) != file.SHA256:
		return nil, fmt.Errorf("%w: %s was changed since the assessment; restore it, or assess again", ErrEvidence, sanitize.Text(file.Path))
	}
	doc, err := document.Parse(file.Path, content, document.DefaultLimits.WithBytes(maxEvidence))
	if err != nil {
		return nil, err
	}
	if kind, _ := doc.Lookup("/kind"); kind != any("Evidence") {
		return nil, nil
	}
	return doc, nil
}

// pass is a check that passes.
type pass struct {
	order    int // in the report
	activity *assessment.Activity
	check    *assessment.Check
}

// passes are the checks of a service that pass, by their ids, and those of which the report does not say on which fields they rest,
// such as those of reports of earlier versions.
func (r *reader) passes(service *assessment.Service) (byID map[string]pass, undescribed []pass) {
	byID = map[string]pass{}
	for i := range service.Activities {
		activity := &service.Activities[i]
		for k := range activity.Checks {
			check := &activity.Checks[k]
			if check.Status != verdict.Pass {
				continue
			}
			p := pass{len(byID), activity, check}
			byID[check.ID] = p
			if len(r.fields[check.ID]) == 0 {
				undescribed = append(undescribed, p)
			}
		}
	}
	return byID, undescribed
}

// support is what passes by the facts of a field: the gravest check, and how many there are.
type support struct {
	gravest pass
	checks  int
}

// walker collects the facts of one service.
type walker struct {
	*reader
	service     *assessment.Service
	passes      map[string]pass
	undescribed []pass
	derived     map[string]Artifact // by pointer
	digests     map[string]string   // of artifacts, by path
	byField     map[string]*support
	facts       []fieldFact

	file assessment.File
	doc  *document.Document

	starts  map[*document.Document]map[string]int // of lists that go on in the file
	sources map[string]map[string]any             // of the sections in several files
}

// section collects the facts of a section. How it was collected is no fact of it.
func (w *walker) section(name string, value any) {
	pointer := document.Pointer(name)
	section, isObject := value.(map[string]any)
	if !isObject {
		w.value(value, pointer, pointer, "")
		return
	}
	artifact := ""
	source, _ := section["source"].(map[string]any)
	if evidence.PartOf(section) > 0 {
		source = w.sources[name]
	}
	artifact = shownBy(source, artifact)
	artifact = shownBy(section, artifact)
	for _, field := range slices.Sorted(maps.Keys(section)) {
		if field != "source" && field != "artifact" {
			w.value(section[field], pointer+document.Pointer(field), pointer+document.Pointer(field), artifact)
		}
	}
}

// shownBy is the path of the artifact that an object names, or of that around it.
func shownBy(object map[string]any, around string) string {
	artifact, _ := object["artifact"].(map[string]any)
	if named, ok := artifact["path"].(string); ok {
		return named
	}
	return around
}

func (w *walker) value(value any, pointer, field, artifact string) {
	switch v := value.(type) {
	case map[string]any:
		artifact = shownBy(v, artifact)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name != "artifact" {
				w.value(v[name], pointer+document.Pointer(name), field+document.Pointer(name), artifact)
			}
		}
		return
	case []any:
		if slices.ContainsFunc(v, isCompound) {
			start := w.starts[w.doc][pointer]
			for i, item := range v {
				w.value(item, pointer+"/"+strconv.Itoa(start+i), field+"/*", artifact)
			}
			return
		}
	}
	w.fact(value, pointer, field, artifact)
}

func isCompound(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// inFile is a pointer into the evidence as one into the file that is read.
func (w *walker) inFile(pointer string) string {
	for list, start := range w.starts[w.doc] {
		below, isBelow := strings.CutPrefix(pointer, list+"/")
		index, rest, _ := strings.Cut(below, "/")
		if at, err := strconv.Atoi(index); isBelow && err == nil {
			return strings.TrimSuffix(list+"/"+strconv.Itoa(at-start)+"/"+rest, "/")
		}
	}
	return pointer
}

func (w *walker) fact(value any, pointer, field, artifact string) {
	s := w.support(field)
	if s.checks == 0 {
		return
	}
	fact := Fact{
		Service: w.service.Service, Activity: s.gravest.activity.ID, Duty: s.gravest.activity.Name, Check: s.gravest.check.ID, Title: s.gravest.check.Title,
		Severity: s.gravest.check.Severity, Checks: s.checks, Pointer: pointer, Location: w.doc.Location(w.inFile(pointer)), Value: textOf(value),
		Grade: verdict.Stated, SignedBy: w.file.SignedBy, FileSHA256: w.file.SHA256,
	}
	if artifact != "" {
		fact.Grade, fact.Artifact = verdict.Attached, Artifact{Path: artifact}
	}
	if derived, ok := w.derived[pointer]; ok {
		fact.Grade, fact.Artifact = verdict.Derived, derived
	}
	if fact.Artifact.Path != "" {
		fact.Artifact.Path = path.Join(path.Dir(w.file.Path), fact.Artifact.Path)
		fact.Artifact.SHA256 = w.digests[fact.Artifact.Path]
	}
	w.facts = append(w.facts, fieldFact{fact, field})
}

// support finds what passes by the facts of a field: the checks that rest on it and name it, or something around it, as their
// evidence. Where there are none, it is the checks that rest on it by way of a helper. Of checks of one severity the first of the
// report counts.
func (w *walker) support(field string) *support {
	if s := w.byField[field]; s != nil {
		return s
	}
	named, read := &support{}, &support{}
	for around := range document.Around(field) {
		for _, id := range w.checks[around] {
			if p, passes := w.passes[id]; passes {
				read.add(p)
				if names(p.check, field) {
					named.add(p)
				}
			}
		}
	}
	for _, p := range w.undescribed {
		if names(p.check, field) || slices.Contains(p.check.Weakest, field) {
			named.add(p)
		}
	}
	if named.checks == 0 {
		named = read
	}
	w.byField[field] = named
	return named
}

// add counts a check. No check is added twice: a report names no field of a check twice, nor one around it.
func (s *support) add(p pass) {
	s.checks++
	if s.checks == 1 || cmp.Or(cmp.Compare(p.check.Severity.Rank(), s.gravest.check.Severity.Rank()), cmp.Compare(s.gravest.order, p.order)) > 0 {
		s.gravest = p
	}
}

// names reports whether a check has a field, or something around it, among its evidence.
func names(check *assessment.Check, field string) bool {
	return slices.ContainsFunc(check.Evidence, func(pointer string) bool {
		return field == pointer || strings.HasPrefix(field, pointer+"/")
	})
}

// textOf is a value as worksheets show it.
func textOf(value any) string {
	if text, isText := value.(string); isText {
		return text
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // a JSON value
	}
	return string(encoded)
}
