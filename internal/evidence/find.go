package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"raci-check/internal/document"
)

// Source is where the evidence of one service lies.
type Source struct {
	ID      string // of the service, in lower case
	folder  string
	files   []*file // sorted by name
	waivers []*file // those of the folder
}

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
	name  string
	root  string // the folder that a link must not leave; empty for what is no link, or was named itself
	mutex sync.Mutex
	users int // sources that have yet to take it
	held  *read
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
	if f.held == nil {
		held, err := r.readFile(f)
		if err != nil {
			return read{}, err
		}
		f.held = &held
	}
	taken := *f.held
	if f.users--; f.users <= 0 {
		f.held = nil
	}
	return taken, nil
}

const (
	// holdBytes is how much evidence is read whole when it is found, and held until it is opened: more than one service
	// has, so that a short run reads each file once, and little against what a long run needs anyway.
	holdBytes = 512 << 10
	// headBytes is how much of a file is read to find out whose evidence it is, where that stands so near the beginning.
	headBytes = 4 << 10
)

// Find finds the evidence below files, folders (walked for *.yaml and *.yml) and "-", sorted by service id. It reads no
// more of a long file than it takes to know which service the file is about. An error that is document.Errors comes with
// the sources that there are all the same, so that their errors can be told too.
func (r *Reader) Find(ctx context.Context, paths []string) ([]*Source, error) {
	files, errs, err := expand(paths)
	if err != nil {
		return nil, err
	}
	var (
		waivers []*file
		held    int
		byID    = map[string]*Source{}
		folders = map[string][]*Source{}
		broken  = map[string]bool{} // folders with files of which it is not known what they are
	)
	for _, found := range files {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		doc, err := r.identify(found, &held)
		folder := filepath.Dir(found.name)
		if err != nil {
			errs, broken[folder] = document.Collect(errs, err), true
			continue
		}
		switch kind, _ := doc.Lookup("/kind"); kind {
		case "Waivers":
			waivers = append(waivers, found)
			continue
		case "Parameters":
			errs = append(errs, errorAt(doc, "/kind", "this file has parameters: pass it with --params and keep it outside the evidence folder"))
			continue
		case "Collect", "Mapping":
			errs = append(errs, errorAt(doc, "/kind", "this file says how evidence is collected: keep it outside the evidence folder"))
			continue
		}
		id := serviceOf(doc)
		if id == "" { // what is wrong with it explains more than that it is of no service
			if err := r.Schema.Validate(doc); err != nil {
				errs, broken[folder] = document.Collect(errs, err), true
				continue
			}
		}
		source := byID[id]
		if source == nil {
			source = &Source{ID: id, folder: folder}
			byID[id], folders[folder] = source, append(folders[folder], source)
		}
		if source.folder != folder {
			errs = append(errs, errorAt(doc, "/metadata/service/id", "service %s already has evidence in %s; keep the evidence of a service in one folder", id, source.folder))
			continue
		}
		source.files = append(source.files, found)
	}
	for _, found := range waivers {
		folder := filepath.Dir(found.name)
		sources := folders[folder]
		if len(sources) == 0 && !broken[folder] {
			errs = append(errs, &document.Error{File: found.name, Line: 1, Column: 1,
				Message: "waivers without evidence beside them: put the file into the folder of its evidence, or pass it with --waivers"})
		}
		found.users = len(sources)
		for _, source := range sources {
			source.waivers = append(source.waivers, found)
		}
	}
	sources := slices.SortedFunc(maps.Values(byID), func(a, b *Source) int { return strings.Compare(a.ID, b.ID) })
	return sources, errs.Sorted()
}

// identify reads as much of a file as it takes to know what it is. held counts how much of files was read whole.
func (r *Reader) identify(f *file, held *int) (*document.Document, error) {
	if *held >= holdBytes && f.name != stdin {
		if head := r.head(f); head != nil && serviceOf(head) != "" {
			return head, nil
		}
	}
	whole, err := r.readFile(f)
	if err != nil {
		return nil, err
	}
	if *held += whole.document.Size(); *held <= holdBytes || f.name == stdin {
		f.held = &whole
	}
	return whole.document, nil
}

// head reads the beginning of a file; nil where that does not say enough. What is wrong with the file is found when it is
// read whole.
func (r *Reader) head(f *file) *document.Document {
	in, _, err := f.open()
	if err != nil {
		return nil
	}
	defer in.Close()
	beginning := make([]byte, headBytes)
	n, err := io.ReadFull(in, beginning)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return document.Head(f.name, beginning[:n], r.Limits, "kind", "metadata")
}

func (r *Reader) readFile(f *file) (read, error) {
	in, size := r.Stdin, int64(0)
	if f.name != stdin {
		file, info, err := f.open()
		if err != nil {
			return read{}, err
		}
		defer file.Close()
		in, size = file, info.Size()
	}
	limit := int64(r.Limits.Bytes) + 1 // one more shows that there is more
	text := bytes.NewBuffer(make([]byte, 0, min(size, limit)+bytes.MinRead))
	if _, err := text.ReadFrom(io.LimitReader(in, limit)); err != nil {
		return read{}, fmt.Errorf("read %s: %w", f.name, err)
	}
	doc, err := document.Parse(f.name, text.Bytes(), r.Limits)
	if err == nil {
		err = doc.Blank() // policies hold a text for given that is not ""
	}
	if err != nil {
		return read{}, err
	}
	sum := sha256.Sum256(text.Bytes())
	return read{doc, hex.EncodeToString(sum[:])}, nil
}

// serviceOf is the id of the service that a document is about. It is a UUID: its case says nothing.
func serviceOf(doc *document.Document) string {
	return strings.ToLower(text(doc, "/metadata/service/id"))
}

// text is the text at a pointer; empty where there is none.
func text(doc *document.Document, pointer string) string {
	value, _ := doc.Lookup(pointer)
	found, _ := value.(string)
	return found
}

func errorAt(doc *document.Document, pointer, format string, args ...any) *document.Error {
	at := doc.Position(pointer)
	return &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)}
}
