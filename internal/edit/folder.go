package edit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/starter"
)

// sheet is a file of the folder, as it is on the disk and as it is to be.
type sheet struct {
	name     string // below the folder
	before   []byte // nil where there is no file
	base     []byte // what the document was read from
	document *document.Document
	kind     string
	value    any // with the changes so far
	changes  []document.Change
	ops      []op
}

// folder is the files of the folder.
type folder struct {
	desk    *Desk
	files   []*sheet
	broken  document.Errors // of files that cannot be read
	service string          // id of the service, in lower case
}

// kept are the documents that were read last, by name, so that what is the same is not parsed again.
type kept struct {
	mutex sync.Mutex
	files map[string]parsed
}

type parsed struct {
	text     []byte
	document *document.Document
}

func (k *kept) parse(name string, text []byte, limits document.Limits) (*document.Document, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if last, is := k.files[name]; is && bytes.Equal(last.text, text) {
		return last.document, nil
	}
	doc, err := document.Parse(name, text, limits)
	if err == nil {
		if k.files == nil {
			k.files = map[string]parsed{}
		}
		k.files[name] = parsed{text, doc}
	}
	return doc, err
}

// read reads the files that lie in the folder.
func (d *Desk) read() (*folder, error) {
	f := &folder{desk: d}
	names, err := evidence.InFolder(d.Reader.Base, d.Folder)
	if err != nil {
		return nil, err
	}
	id := ""
	for _, name := range names {
		text, err := safefile.Read(d.Reader.Base.Path(name), int64(d.Reader.Limits.Bytes))
		if err != nil {
			f.broken = document.Collect(f.broken, &document.Error{File: name, Message: err.Error()})
			continue
		}
		doc, err := d.kept.parse(name, text, d.Reader.Limits)
		if err != nil {
			f.broken = document.Collect(f.broken, err)
			continue
		}
		kind, _ := lookup(doc.Value(), "/kind").(string)
		file := &sheet{name: filepath.Base(name), before: text, base: text, document: doc, kind: kind, value: doc.Value()}
		f.files = append(f.files, file)
		service, _ := lookup(doc.Value(), "/metadata/service/id").(string)
		switch service = strings.ToLower(service); {
		case kind != "Evidence" || service == "":
		case id != "" && id != service:
			return nil, doc.Errorf("/metadata/service/id", "the folder has evidence of several services: keep each in a folder of its own")
		default:
			id = service
		}
	}
	if id == "" && len(f.broken) > 0 {
		return nil, f.broken.Sorted()
	}
	if id == "" {
		return nil, fmt.Errorf("%w in %s: `raci-check init %s` writes a skeleton", evidence.ErrNoEvidence, d.Folder, d.Folder)
	}
	f.service = id
	return f, nil
}

func (f *folder) evidence() []*sheet {
	return slices.DeleteFunc(slices.Clone(f.files), func(file *sheet) bool { return file.kind != "Evidence" })
}

// section is a section of the evidence, which may be in several files.
type section struct {
	name  string
	parts []*sheet // in their order
}

// section finds the files that have a section.
func (f *folder) section(name string) (*section, error) {
	s := &section{name: name}
	for _, file := range f.evidence() {
		if lookup(file.value, document.Pointer(name)) != Absent {
			s.parts = append(s.parts, file)
		}
	}
	if len(s.parts) == 0 && len(f.broken) > 0 { // it may be in there
		return nil, f.broken.Sorted()
	}
	if len(s.parts) < 2 || name == "metadata" {
		return s, nil
	}
	number := func(file *sheet) int { return evidence.PartOf(lookup(file.value, document.Pointer(name))) }
	slices.SortStableFunc(s.parts, func(a, b *sheet) int { return number(a) - number(b) })
	if second := s.parts[1]; number(second) == 0 {
		return nil, second.document.Errorf(document.Pointer(name), "section %s is already given in %s: keep one of them", name, s.parts[0].name)
	}
	_, _, err := s.join()
	return s, err
}

// join puts the parts together.
func (s *section) join() (map[string]any, []map[string]int, error) {
	var all []evidence.Part
	for _, file := range s.parts {
		fields, _ := lookup(file.value, document.Pointer(s.name)).(map[string]any)
		all = append(all, evidence.Part{File: file.document.Name(), Fields: fields, Errorf: file.document.Errorf})
	}
	return evidence.Join(s.name, &all[0], all[1:])
}

func (s *section) whole() any {
	if len(s.parts) == 1 || s.name == "metadata" {
		return lookup(s.parts[0].value, document.Pointer(s.name))
	}
	whole, _, err := s.join()
	if err != nil {
		return Absent // section has refused it
	}
	return whole
}

// locate is the place that a pointer into the section leads to.
func (s *section) locate(parts []string) (target, error) {
	whole := target{file: s.parts[0], parts: parts, shown: parts}
	if len(s.parts) == 1 {
		return whole, nil
	}
	if len(parts) == 1 {
		return target{}, fmt.Errorf("the section %s is in %d files: change its fields one by one", s.name, len(s.parts))
	}
	lengths, total, isList := make([]int, len(s.parts)), 0, false
	for i, file := range s.parts {
		list, is := lookup(file.value, document.Pointer(parts[:2]...)).([]any)
		lengths[i], isList = len(list), isList || is
		total += len(list)
	}
	if !isList {
		return whole, nil
	}
	if len(parts) == 2 {
		return target{}, fmt.Errorf("the list %s is in %d files: change its items one by one", document.Pointer(parts...), len(s.parts))
	}
	item, err := strconv.Atoi(parts[2])
	if parts[2] == "-" {
		item, err = total, nil
	}
	part, index := evidence.PartWith(lengths, item)
	if err != nil || part < 0 {
		return whole, nil //nolint:nilerr // there is no such item, and whoever looks it up says so
	}
	within := slices.Clone(parts)
	within[2] = strconv.Itoa(index)
	return target{file: s.parts[part], parts: within, shown: parts, start: item - index, parted: true}, nil
}

// home is the file into which a new section goes: that of its name, which is made where it is not there.
func (f *folder) home(name string) (*sheet, error) {
	stem := strings.ReplaceAll(name, "not_applicable", "not-applicable")
	for _, file := range f.files {
		base := strings.TrimSuffix(file.name, filepath.Ext(file.name))
		switch {
		case base != stem && base != name:
		case file.kind != "Evidence":
			return nil, file.document.Errorf("/kind", "this file is to have the section %s, and is of another kind: rename it", name)
		default:
			return file, nil
		}
	}
	first := f.evidence()[0]
	service := document.Clone(lookup(first.value, "/metadata/service"))
	text := "api_version: raci-check/v1\nkind: Evidence\n"
	if _, err := os.Lstat(filepath.Join(f.desk.path(), starter.SchemaFile)); err == nil {
		text = "# yaml-language-server: $schema=" + starter.SchemaFile + "\n" + text
	}
	file, err := f.fresh(stem+".yaml", text)
	if err != nil {
		return nil, err
	}
	return file, file.apply(document.Change{Pointer: "/metadata", Value: map[string]any{"service": service}, Shape: f.desk.Form.Shape}, op{})
}

// fresh is a new file, with what it begins with.
func (f *folder) fresh(name, text string) (*sheet, error) {
	doc, err := document.Parse(filepath.Join(f.desk.Folder, name), []byte(text), f.desk.Reader.Limits)
	if err != nil {
		return nil, err
	}
	kind, _ := lookup(doc.Value(), "/kind").(string)
	file := &sheet{name: name, base: []byte(text), document: doc, kind: kind, value: doc.Value()}
	f.files = append(f.files, file)
	return file, nil
}

// apply makes a change in the value of a file; o says what else is to be known of it.
func (file *sheet) apply(c document.Change, o op) error {
	if len(file.changes) == 0 { // what the document has stays
		file.value = document.Clone(file.value)
	}
	was, is := document.Clone(lookup(file.value, c.Pointer)), c.Value
	if c.Remove {
		is = Absent
	}
	value, ok := document.Apply(file.value, c)
	if !ok {
		return file.document.Errorf(c.Pointer, "there is nothing at %s to change", c.Pointer)
	}
	file.value = value
	file.changes = append(file.changes, c)
	o.pointer, o.was, o.is = c.Pointer, was, is
	file.ops = append(file.ops, o)
	return nil
}

// text is the new text of a file, which can be read as evidence.
func (f *folder) text(file *sheet) ([]byte, error) {
	after, err := file.document.Edit(file.base, file.changes, f.desk.Reader.Limits)
	if errors.Is(err, document.ErrByHand) {
		return nil, f.byHand(file)
	}
	if err != nil {
		return nil, err
	}
	if err := f.verify(file.document.Name(), after); err != nil {
		return nil, err
	}
	return after, f.invented(file.document.Name(), file.base, after)
}

// invented refuses placeholders that a change writes: what the service answered proves those that are there, and no others.
func (f *folder) invented(name string, before, after []byte) error {
	if !f.desk.Reader.Proves {
		return nil
	}
	strict := *f.desk.Reader
	strict.Proves = false
	refused := func(text []byte) (document.Errors, error) {
		doc, err := document.Parse(name, text, strict.Limits)
		if err != nil {
			return nil, err
		}
		if kind, _ := lookup(doc.Value(), "/kind").(string); kind != "Evidence" {
			return nil, nil
		}
		return document.Collect(nil, strict.Verify(doc)), nil
	}
	now, err := refused(after)
	if err != nil || len(now) == 0 {
		return err
	}
	was, err := refused(before)
	if err != nil {
		return err
	}
	for _, where := range []func(pointer string) string{strings.Clone, document.Pattern} { // at its place, then in an item that is elsewhere by now
		count := map[[2]string]int{}
		for _, problem := range was {
			count[[2]string{where(problem.Pointer), problem.Message}]++
		}
		keep := func(errs document.Errors, count map[[2]string]int) document.Errors {
			var rest document.Errors
			for _, problem := range errs {
				key := [2]string{where(problem.Pointer), problem.Message}
				if count[key]--; count[key] < 0 {
					rest = append(rest, problem)
				}
			}
			return rest
		}
		matched := map[[2]string]int{}
		for _, problem := range now {
			matched[[2]string{where(problem.Pointer), problem.Message}]++
		}
		now, was = keep(now, count), keep(was, matched)
	}
	return now.Sorted()
}

// byHand names the place that cannot be edited.
func (f *folder) byHand(file *sheet) error {
	at := file.changes[0].Pointer
	for _, c := range file.changes {
		if _, err := file.document.Edit(file.base, []document.Change{c}, f.desk.Reader.Limits); errors.Is(err, document.ErrByHand) {
			at = c.Pointer
			break
		}
	}
	return file.document.Errorf(at, "%v: change %s by hand", document.ErrByHand, at)
}

// verify refuses a text that could not be read as evidence.
func (f *folder) verify(name string, text []byte) error {
	doc, err := document.Parse(name, text, f.desk.Reader.Limits)
	if err != nil {
		return err
	}
	if kind, _ := lookup(doc.Value(), "/kind").(string); kind == "Waivers" {
		return f.desk.verifyWaivers(doc)
	}
	return f.desk.Reader.Verify(doc)
}

// finish writes what was changed, as one step.
func (w *work) finish(ctx context.Context) (Saved, error) {
	s := step{pointers: w.shown}
	for _, file := range w.folder.files {
		if len(file.changes) == 0 {
			continue
		}
		after, err := w.folder.text(file)
		if err != nil {
			return Saved{}, err
		}
		if file.before != nil && bytes.Equal(file.before, after) {
			continue
		}
		s.files = append(s.files, written{name: file.name, before: file.before, after: after, ops: file.ops, isDocument: true})
	}
	if len(s.files) == 0 {
		return Saved{}, nil
	}
	if err := w.together(s); err != nil {
		return Saved{}, err
	}
	if err := w.write(ctx, w.lock, s); err != nil {
		return Saved{}, err
	}
	w.remember(s)
	return s.saved(), nil
}

// together refuses a step after which the files could not be read together, although each alone can: such as an item that is in two
// parts of a section. Where they could not be read before either, the step is not to blame.
func (d *Desk) together(s step) error {
	unsaved := map[string][]byte{}
	apart := false
	for _, file := range s.files {
		unsaved[d.Reader.Base.Path(filepath.Join(d.Folder, file.name))] = file.after
		apart = apart || slices.ContainsFunc(file.ops, func(o op) bool { return strings.HasPrefix(o.pointer, "/metadata/") || o.parted })
	}
	if !apart {
		return nil
	}
	now := *d.Reader
	now.Unsaved = func(path string) ([]byte, bool) {
		text, is := unsaved[path]
		return text, is
	}
	_, _, err := now.Read([]string{d.Folder})
	if err == nil {
		return nil
	}
	if _, _, before := d.Reader.Read([]string{d.Folder}); before != nil {
		return nil //nolint:nilerr // see above
	}
	return err
}
