// Package edit changes the files of an evidence folder on behalf of a person who does not write YAML. What the person did not change
// stays byte for byte, what somebody else changed meanwhile is merged or refused, and each step can be undone.
package edit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Desk is where a person works on one evidence folder. Its methods may be used concurrently.
type Desk struct {
	Folder  string // of the evidence of one service
	Reader  *evidence.Reader
	Form    *evidence.Form
	Shipped fs.FS    // mappings, for Attach
	Checks  []string // ids of the checks that can be waived
	Lock    safefile.Locker

	mutex        sync.Mutex
	done, undone []step // the last one is the latest
	kept         kept
}

// Change is a change of a field or an item.
type Change struct {
	Section string // top-level section, or metadata or not_applicable; the file that holds it is changed, or SECTION.yaml is made
	// Pointer leads into the evidence, such as /backups/runs/0/finished_at. Fields on the way that are not there are made. The index
	// behind the last item of a list, or - in its place, adds an item.
	Pointer string
	Value   any // plain value as document.Document.Value has it
	Remove  bool
	Was     any // what the person saw there; Absent for nothing
	// Item is the innermost item of a list that the pointer leads into, as the person saw it: where the list has changed since, the
	// item is looked for. Nil for the item at the index, whichever that is.
	Item any
}

// Absent is what is at a place where there is nothing: not even a null.
var Absent any = absent{}

type absent struct{}

func (absent) String() string { return "nothing" }

// Saved is what was written.
type Saved struct {
	Files    []string // names below the folder, sorted
	Pointers []string // into the evidence: what was changed
}

// ConflictError says that the file on the disk has something else by now than what the person saw.
type ConflictError struct {
	Pointer string
	Was, Is any // Absent for nothing
	Place   verdict.Location
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %s was changed meanwhile by somebody else: look at it as it is now, and change it again if need be", e.Place, e.Pointer)
}

// Save makes changes, each on what the ones before it made: all or none. It merges them with what was changed in the same files
// meanwhile. It fails with a ConflictError for each place that has something else than the person saw, and with document.Errors where
// a file could not be read as evidence afterwards.
func (d *Desk) Save(ctx context.Context, changes []Change) (Saved, error) {
	w, done, err := d.begin()
	if err != nil {
		return Saved{}, err
	}
	defer done()
	var conflicts []error
	for _, change := range changes {
		var conflict *ConflictError
		switch err := w.change(change); {
		case errors.As(err, &conflict):
			conflicts = append(conflicts, conflict)
		case err != nil && len(conflicts) == 0: // else it may follow from them
			return Saved{}, err
		}
	}
	if len(conflicts) > 0 {
		return Saved{}, errors.Join(conflicts...)
	}
	return w.finish(ctx)
}

// begin reads the folder for changes, which is this program's alone until done is called.
func (d *Desk) begin() (w work, done func(), err error) {
	d.mutex.Lock()
	lock, err := d.Lock.Take(d.path())
	if err != nil {
		d.mutex.Unlock()
		return work{}, nil, err
	}
	done = func() {
		lock.Release()
		d.mutex.Unlock()
	}
	f, err := d.read()
	if err != nil {
		done()
		return work{}, nil, err
	}
	return work{Desk: d, folder: f, lock: lock, items: map[string]string{}}, done, nil
}

// path is where the folder lies.
func (d *Desk) path() string { return d.Reader.Base.Path(d.Folder) }

// work is changes on their way.
type work struct {
	*Desk
	folder *folder
	lock   *safefile.Lock
	items  map[string]string // where items are that were looked for, by the pointers that the person has
	shown  []string          // pointers that are changed
}

// change notes a change in the file that it is for.
func (w *work) change(c Change) error {
	parts, err := document.Split(c.Pointer)
	switch {
	case err != nil || len(parts) == 0 || parts[0] != c.Section:
		return fmt.Errorf("%q is no pointer into %s", c.Pointer, c.Section)
	case w.Form.Properties.Forms[c.Section] == nil || slices.Contains([]string{"api_version", "kind"}, c.Section):
		return fmt.Errorf("the evidence has no section %q", c.Section)
	}
	c.Value = withoutReturns(c.Value)
	s, err := w.folder.section(c.Section)
	if err != nil {
		return err
	}
	if c.Section == "metadata" {
		return w.metadata(c, parts, s)
	}
	if len(s.parts) == 0 {
		if c.Remove {
			if c.Was == Absent {
				return nil
			}
			return &ConflictError{Pointer: c.Pointer, Was: c.Was, Is: Absent, Place: verdict.Location{File: w.Folder}}
		}
		file, err := w.folder.home(c.Section)
		if err != nil {
			return err
		}
		s.parts = []*sheet{file}
	}
	if c.Item != nil {
		if parts, err = w.relocate(c, parts, s); err != nil {
			return err
		}
	}
	at, err := s.locate(parts)
	if err != nil {
		return err
	}
	return w.changeIn(at, c)
}

// target is a place in a file.
type target struct {
	file  *sheet
	parts []string // of the pointer into the file
	shown []string // of the pointer into the evidence
	start int      // the index, in the evidence, of the first item that the file has of the list of a section
	// parted says that the list is in several files.
	parted bool
}

// pointers are those to a field or an item that is in the same as the place: into the file, and into the evidence.
func (t target) pointers(last string) (file, shown string) {
	beside := func(parts []string, last string) string {
		return document.Pointer(append(slices.Clone(parts[:len(parts)-1]), last)...)
	}
	file = beside(t.parts, last)
	if index, err := strconv.Atoi(last); err == nil && len(t.parts) == 3 {
		last = strconv.Itoa(t.start + index)
	}
	return file, beside(t.shown, last)
}

// metadata makes a change in each file that has the field, as all of a folder say the same; a new field goes into the first.
func (w *work) metadata(c Change, parts []string, s *section) error {
	pointer := document.Pointer(parts...)
	var all []*sheet
	for _, file := range s.parts {
		if _, has := document.Lookup(file.value, pointer); has {
			all = append(all, file)
		}
	}
	if len(all) == 0 {
		all = s.parts[:1]
	}
	for _, file := range all {
		if err := w.changeIn(target{file: file, parts: parts, shown: parts}, c); err != nil {
			return err
		}
	}
	return nil
}

// changeIn notes a change at a place in a file.
func (w *work) changeIn(at target, c Change) error {
	whole := len(at.parts)
	file := at.file
	var value any
	var err error
	if at.parts, value, err = w.nearest(at, c); err != nil {
		return err
	}
	at.shown = at.shown[:len(at.parts)]
	last := at.parts[len(at.parts)-1]
	list, isList := lookup(file.value, document.Pointer(at.parts[:len(at.parts)-1]...)).([]any)
	if last == "-" && isList {
		last = strconv.Itoa(len(list))
	}
	pointer, shown := at.pointers(last)
	is := lookup(file.value, pointer)
	if isList && c.Was == Absent && !c.Remove && is != Absent && !equal(is, value) { // somebody else has added one, too
		pointer, shown = at.pointers(strconv.Itoa(len(list)))
		is = Absent
	}
	if !c.Remove && equal(is, value) || c.Remove && is == Absent {
		return nil // as wanted already
	}
	seen := is
	if len(at.parts) < whole { // what is made on the way was not there
		seen = Absent
	}
	if !equal(seen, c.Was) && !(isNothing(seen) && isNothing(c.Was)) && (seen == Absent || !equal(w.asDays(file, pointer), c.Was)) {
		return &ConflictError{Pointer: c.Pointer, Was: c.Was, Is: seen, Place: file.document.Location(pointer)}
	}
	if isList && (c.Remove || is == Absent) {
		clear(w.items)
	}
	change := document.Change{Pointer: pointer, Value: value, Remove: c.Remove, Shape: w.Form.Shape}
	if c.Remove {
		change.Value = nil
	}
	if err := file.apply(change, op{shown: shown, item: isList, parted: at.parted}); err != nil {
		return err
	}
	if len(at.parts) < whole {
		shown = c.Pointer
	}
	w.shown = append(w.shown, shown)
	return nil
}

// isNothing reports whether a person sees nothing at a place.
func isNothing(value any) bool { return value == nil || value == Absent }

// nearest is the pointer to the first thing on the way that is not there, with what is to be there; else the pointer itself.
func (w *work) nearest(at target, c Change) ([]string, any, error) {
	value, parts := at.file.value, at.parts
	for i, part := range parts[:len(parts)-1] {
		below := lookup(value, document.Pointer(part))
		switch below.(type) {
		case map[string]any, []any:
			value = below
			continue
		case nil, absent:
		default:
			return nil, nil, document.At(at.file.document.Location(document.Pointer(parts[:i+1]...)), "there is a text or a number here: fields cannot be put into it")
		}
		if c.Remove {
			return parts[:i+1], nil, nil
		}
		made, err := w.made(parts[:i+1], parts[i+1:], c.Value)
		return parts[:i+1], made, err
	}
	return parts, c.Value, nil
}

// made is a value with what it is in: mappings, and lists of one item where the form has lists.
func (w *work) made(at, below []string, value any) (any, error) {
	for i := len(below) - 1; i >= 0; i-- {
		form := w.Form.At(slices.Concat(at, below[:i]))
		switch {
		case form != nil && form.Type == "array" && (below[i] == "0" || below[i] == "-"):
			value = []any{value}
		case form != nil && form.Type == "array":
			return nil, fmt.Errorf("%s has no item %s", document.Pointer(slices.Concat(at, below[:i])...), below[i])
		default:
			value = map[string]any{below[i]: value}
		}
	}
	return value, nil
}

// asDays is what is at a place of a file once the file was read as evidence: a midnight is a day there, if a day is expected.
func (w *work) asDays(file *sheet, pointer string) any {
	if file.before == nil {
		return Absent
	}
	doc, err := document.Parse(file.document.Name(), file.before, w.Reader.Limits)
	if err != nil || w.Reader.Verify(doc) != nil {
		return Absent
	}
	return lookup(doc.Value(), pointer)
}

func lookup(value any, pointer string) any {
	below, present := document.Lookup(value, pointer)
	if !present {
		return Absent
	}
	return below
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// withoutReturns is a value whose texts have the line ends of documents: forms on the web send others.
func withoutReturns(value any) any {
	return document.Map(value, func(leaf any) any {
		if text, isText := leaf.(string); isText {
			return strings.ReplaceAll(text, "\r\n", "\n")
		}
		return leaf
	})
}
