package evidence

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/safefile"
)

// Source is where the evidence of one service lies.
type Source struct {
	ID      string // of the service, in lower case
	folder  string
	files   []*file // sorted by name
	waivers []*file // those of the folder
	shared  bool    // other services have the same waivers
}

// SharesWaivers reports whether waivers lie beside the evidence that other services have too.
func (s *Source) SharesWaivers() bool { return s.shared }

// Names lists the files, those of waivers too.
func (s *Source) Names() []string {
	var names []string
	for _, f := range slices.Concat(s.files, s.waivers) {
		names = append(names, f.name)
	}
	return names
}

// file is a file of evidence or of waivers, which may already have been read.
type file struct {
	name    string
	path    string // where it lies
	root    string // the folder that a link must not leave; empty for what is no link, or was named itself
	walked  bool   // it lies below a folder, and was not named itself
	mutex   sync.Mutex
	users   int // sources that have yet to take it
	content *read
	sha256  string // of what Find read, where that was all of it; empty for standard input
}

// read is a file that was read.
type read struct {
	document *document.Document
	sha256   string
}

// take reads the file, or gives what was read of it. What several sources share is held until the last has taken it.
func (f *file) take(r *Reader) (read, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.content == nil {
		content, err := r.readFile(f)
		if err != nil {
			return read{}, err
		}
		f.content = &content
	}
	shared := *f.content
	if f.users--; f.users <= 0 {
		f.content = nil
	}
	return shared, nil
}

const (
	// holdBytes is how much evidence is read whole when it is found, and held until it is opened: more than one service
	// has, so that a short run reads each file once, and little against what a long run needs anyway.
	holdBytes = 512 << 10
	// headBytes is how much of a file is read to find out whose evidence it is, where that stands so near the beginning.
	headBytes = 4 << 10
)

// Find finds the evidence below files, folders (walked for *.yaml and *.yml) and "-", sorted by service id, and lists the files
// below folders that are not evidence. It reads no more of a long file than it takes to know which service the file is about. An
// error that is document.Errors comes with the sources that there are all the same, so that their errors can be told too.
func (r *Reader) Find(ctx context.Context, paths []string) ([]*Source, []Other, error) {
	list, err := r.expand(paths)
	if err != nil {
		return nil, nil, err
	}
	f := finder{
		Reader: r, errs: list.errs, strange: list.links,
		byID: map[string]*Source{}, folders: map[string][]*Source{}, broken: map[string]bool{}, ours: map[string]bool{},
	}
	identify := func(_ context.Context, i int) (identified, error) {
		read, err := r.identify(list.files[i], &f.bytesRead)
		return identified{read, err}, nil
	}
	if err := parallel.Each(ctx, len(list.files), identify, func(i int, is identified) error {
		f.sort(list.files[i], is)
		return nil
	}); err != nil {
		return nil, nil, err
	}
	for _, file := range f.waivers {
		f.share(file)
	}
	for _, mapping := range f.mappings {
		if len(f.folders[filepath.Dir(mapping.Name())]) > 0 {
			f.errs = append(f.errs, mapping.Errorf("/kind", "a mapping is no evidence: keep it in a folder below, such as mappings/"))
		}
	}
	passed := f.passOver()
	if err := f.nothing(list.roots); err != nil && len(f.errs) == 0 {
		return nil, nil, err
	} else if err != nil {
		f.errs = document.Collect(f.errs, err)
	}
	sources := slices.SortedFunc(maps.Values(f.byID), func(a, b *Source) int { return strings.Compare(a.ID, b.ID) })
	return sources, passed, f.errs.Sorted()
}

// finder sorts files by what they are about.
type finder struct {
	*Reader
	bytesRead atomic.Int64 // how much of files was read whole
	byID      map[string]*Source
	folders   map[string][]*Source // by folder
	waivers   []*file
	mappings  []*document.Document
	broken    map[string]bool // folders with files of which it is not known what they are
	ours      map[string]bool // folders with files that are evidence, or look like it
	strange   []other         // files below folders that are not evidence
	errs      document.Errors
}

// elsewhere are the kinds of files that are given in another way, and how.
var elsewhere = map[string]string{
	"Parameters": "this file has parameters: pass it with --params and keep it outside the evidence folder",
	"Reference":  "this file adds to the reference data: pass it with --reference and keep it outside the evidence folder",
	"Collect":    "this file says how evidence is collected: keep it outside the evidence folder",
}

// identified is as much of a file as it takes to know what it is, or why that cannot be read.
type identified struct {
	read
	err error
}

// sort finds out what a file is, and gives it to its service.
func (f *finder) sort(file *file, is identified) {
	if is.err != nil {
		f.unreadable(file, is.err)
		return
	}
	doc, kind := is.document, ""
	if _, kubernetes := doc.Lookup("/apiVersion"); !kubernetes {
		kind = text(doc, "/kind")
	}
	switch message := elsewhere[kind]; {
	case kind == "Waivers":
		f.waivers = append(f.waivers, file)
		return
	case message != "":
		f.another(file, other{sha256: is.sha256, is: "file of kind " + kind, err: doc.Errorf("/kind", "%s", message)})
		return
	case kind == "Mapping": // the artifacts name it
		f.mappings = append(f.mappings, doc)
		return
	}
	id, folder := serviceOf(doc), filepath.Dir(file.name)
	if file.walked && !f.isOurs(doc) {
		f.another(file, other{sha256: is.sha256, is: doc.What(), err: f.foreign(doc)})
		return
	}
	if id == "" { // what is wrong with it explains more than that it is of no service
		if err := f.validate(doc); err != nil {
			f.ours[folder] = true
			f.refuse(file, err)
			return
		}
	}
	source := f.byID[id]
	if source == nil {
		source = &Source{ID: id, folder: folder}
		f.byID[id], f.folders[folder], f.ours[folder] = source, append(f.folders[folder], source), true
	}
	if source.folder != folder {
		f.ours[folder] = true
		f.errs = append(f.errs, doc.Errorf("/metadata/service/id", "service %s already has evidence in %s; keep the evidence of a service in one folder", id, source.folder))
		return
	}
	source.files = append(source.files, file)
}

func (f *finder) refuse(file *file, err error) {
	f.errs, f.broken[filepath.Dir(file.name)] = document.Collect(f.errs, err), true
}

// share gives a file of waivers to the services of its folder.
func (f *finder) share(file *file) {
	folder := filepath.Dir(file.name)
	sources := f.folders[folder]
	if len(sources) == 0 && !f.broken[folder] && !slices.Contains(f.Given, file.name) {
		f.errs = append(f.errs, &document.Error{File: file.name, Line: 1, Column: 1,
			Message: "waivers without evidence beside them: put the file into the folder of its evidence, or pass it with --waivers"})
	}
	file.users = len(sources)
	for _, source := range sources {
		source.waivers, source.shared = append(source.waivers, file), len(sources) > 1
	}
}

// identify reads as much of a file as it takes to know what it is; the digest is there where all was read. bytesRead counts how
// much of files was read whole.
func (r *Reader) identify(f *file, bytesRead *atomic.Int64) (read, error) {
	var whole read
	var err error
	if bytesRead.Load() >= holdBytes && f.name != stdin {
		var isWhole bool
		if whole, isWhole, err = r.head(f); err == nil && !isWhole {
			return whole, nil
		}
	} else {
		whole, err = r.readFile(f)
	}
	if err != nil {
		return read{}, err
	}
	if f.name != stdin {
		f.sha256 = whole.sha256
	}
	if bytesRead.Add(int64(whole.document.Size())) <= holdBytes || f.name == stdin {
		f.content = &whole
	}
	return whole, nil
}

// head reads the beginning of a file, or all of it where the beginning does not say whose evidence it is.
func (r *Reader) head(f *file) (_ read, isWhole bool, err error) {
	in, err := r.open(f)
	if err != nil {
		return read{}, true, err
	}
	defer in.Close()
	beginning := make([]byte, headBytes)
	n, err := io.ReadFull(in, beginning)
	isShort := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if err != nil && !isShort { // what is wrong with a file is told where it is read whole
		whole, err := r.readFile(f)
		return whole, true, err
	}
	if isShort {
		f.sha256 = safefile.Sum(beginning[:n])
	}
	if head := document.Head(f.name, beginning[:n], r.Limits, "kind", "metadata"); head != nil && serviceOf(head) != "" {
		return read{document: head}, false, nil
	}
	whole, err := r.readFrom(f, io.MultiReader(bytes.NewReader(beginning[:n]), in))
	return whole, true, err
}

func (r *Reader) readFile(f *file) (read, error) {
	in := r.Stdin
	if f.name != stdin {
		file, err := r.open(f)
		if err != nil {
			return read{}, err
		}
		defer file.Close()
		in = file
	}
	return r.readFrom(f, in)
}

func (r *Reader) readFrom(f *file, in io.Reader) (read, error) {
	doc, digest, err := r.Kept.Read(f.name, in, r.Limits)
	if err == nil {
		err = doc.Blank() // policies hold a text for given that is not ""
	}
	return read{doc, digest}, err
}

// serviceOf is the id of the service that a document is about. It is a UUID: its case says nothing.
func serviceOf(doc *document.Document) string {
	return strings.ToLower(text(doc, "/metadata/service/id"))
}

// text is the text at a pointer; empty where there is none.
func text(doc *document.Document, pointer string) string {
	value, _ := doc.Lookup(pointer)
	str, _ := value.(string)
	return str
}
