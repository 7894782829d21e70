package edit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/verdict"
)

// What is remembered to be undone: so many steps, and no more bytes than this but for the last one.
const (
	maxSteps = 200
	maxBytes = 64 << 20
)

type step struct {
	files    []written
	pointers []string // into the evidence
}

type written struct {
	name          string // below the folder, with forward slashes
	before, after []byte // nil where there was no file, or is none now
	ops           []op   // of a document
	isDocument    bool
	gone          bool // a stored file that somebody else has removed already
}

// op is a change of a document, and what it takes to take it back.
type op struct {
	pointer string // into the file
	shown   string // into the evidence
	was, is any    // Absent for nothing
	item    bool   // of a list
	parted  bool   // the list is in several files
}

// inverse takes an op back.
func (o op) inverse() op {
	o.was, o.is = o.is, o.was
	return o
}

func (o op) change(shape func(string) document.Shape) document.Change {
	c := document.Change{Pointer: o.pointer, Value: o.is, Shape: shape}
	switch {
	case o.is == Absent:
		c.Value, c.Remove = nil, true
	case o.was == Absent && o.item:
		c.Insert = true
	}
	return c
}

func (s step) saved() Saved {
	saved := Saved{Pointers: slices.Clone(s.pointers)}
	for _, file := range s.files {
		saved.Files = append(saved.Files, file.name)
	}
	slices.Sort(saved.Files)
	return saved
}

func (s step) size() (bytes int) {
	for _, file := range s.files {
		bytes += len(file.before) + len(file.after)
	}
	return bytes
}

// remember puts a new step on those that can be undone. What was undone before cannot be redone any more.
func (d *Desk) remember(s step) {
	d.done, d.undone = latest(append(d.done, s)), nil
}

// latest are the last steps, as many as are remembered.
func latest(steps []step) []step {
	total := 0
	for i, s := range slices.Backward(steps) {
		if total += s.size(); i < len(steps)-1 && (total > maxBytes || len(steps)-i > maxSteps) {
			return slices.Clone(steps[i+1:])
		}
	}
	return steps
}

// CanUndo reports whether there is a step to undo.
func (d *Desk) CanUndo() bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return len(d.done) > 0
}

// CanRedo reports whether there is a step that was undone last.
func (d *Desk) CanRedo() bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return len(d.undone) > 0
}

// ErrNoStep says that there is no step to undo or to redo.
var ErrNoStep = errors.New("there is no step to undo or to redo")

// StoredError says that a file that was attached is another by now.
type StoredError struct{ File string }

func (e *StoredError) Error() string {
	return e.File + " is not what was attached, as somebody else changed it: nothing was written; move the file elsewhere first, or change the evidence in its form"
}

// Undo takes the last step back. What somebody else changed meanwhile elsewhere in the files stays; it fails with a ConflictError
// where that was changed which the step has written, and with a StoredError where that is a file that was attached.
func (d *Desk) Undo(ctx context.Context) (Saved, error) { return d.move(ctx, &d.done, &d.undone) }

// Redo makes the step again that was undone last; see Undo.
func (d *Desk) Redo(ctx context.Context) (Saved, error) { return d.move(ctx, &d.undone, &d.done) }

// move reverts the last of some steps, and puts what did so among others.
func (d *Desk) move(ctx context.Context, from, to *[]step) (Saved, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	back, err := d.revert(ctx, *from)
	if err != nil {
		return Saved{}, err
	}
	*from, *to = (*from)[:len(*from)-1], latest(append(*to, back))
	return back.saved(), nil
}

// revert takes the last of some steps back, and answers the step that did so.
func (d *Desk) revert(ctx context.Context, steps []step) (step, error) {
	if len(steps) == 0 {
		return step{}, ErrNoStep
	}
	last := steps[len(steps)-1]
	lock, err := d.Lock.Take(d.path())
	if err != nil {
		return step{}, err
	}
	defer lock.Release()
	back := step{pointers: last.pointers}
	var conflicts []error
	for _, file := range last.files {
		reverted, err := d.revertFile(file)
		var conflict *ConflictError
		switch {
		case errors.As(err, &conflict):
			conflicts = append(conflicts, conflict)
		case err != nil:
			return step{}, err
		case reverted != nil:
			back.files = append(back.files, *reverted)
		}
	}
	if len(conflicts) > 0 {
		return step{}, errors.Join(conflicts...)
	}
	if err := d.keepNamed(&back); err != nil {
		return step{}, err
	}
	return back, d.write(ctx, lock, back)
}

// revertFile is what takes back what was written to a file; nil where there is nothing to do.
func (d *Desk) revertFile(file written) (*written, error) {
	name := filepath.Join(d.path(), filepath.FromSlash(file.name))
	now, err := safefile.Read(name, max(int64(d.Reader.Limits.Bytes), int64(len(file.after))))
	var larger *safefile.LimitError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		now = nil
	case errors.As(err, &larger):
	case err != nil:
		return nil, err
	case now == nil:
		now = []byte{}
	}
	back := &written{name: file.name, before: now, after: file.before, isDocument: file.isDocument}
	for _, o := range slices.Backward(file.ops) {
		back.ops = append(back.ops, o.inverse())
	}
	switch {
	case (now == nil) == (file.after == nil) && bytes.Equal(now, file.after) && larger == nil:
		return back, nil
	case !file.isDocument && now == nil && file.before == nil && larger == nil:
		back.before, back.gone = file.after, true
		return back, nil
	case !file.isDocument:
		return nil, &StoredError{filepath.ToSlash(filepath.Join(d.Folder, file.name))}
	case now == nil || file.after == nil:
		place := verdict.Location{File: filepath.ToSlash(filepath.Join(d.Folder, file.name))}
		return nil, &ConflictError{Pointer: file.shown(), Was: file.name, Is: Absent, Place: place}
	}
	back.after, err = d.merged(back, file)
	return back, err
}

// shown is a pointer of the changes.
func (w written) shown() string {
	for _, o := range w.ops {
		if o.shown != "" {
			return o.shown
		}
	}
	return ""
}

// merged is the text of a file with the ops made, where somebody else has changed it.
func (d *Desk) merged(back *written, file written) ([]byte, error) {
	doc, err := document.Parse(filepath.Join(d.Folder, file.name), back.before, d.Reader.Limits)
	if err != nil {
		return nil, err
	}
	written, err := document.Parse(doc.Name(), file.after, d.Reader.Limits)
	if err != nil {
		return nil, err
	}
	pair := [2]any{document.Clone(doc.Value()), document.Clone(written.Value())} // as it is, and as the step has left it
	ops := back.ops
	if file.before == nil { // what the file began with stays with what the others have put into it
		ops = slices.DeleteFunc(slices.Clone(ops), func(o op) bool { return o.shown == "" })
	}
	var changes []document.Change
	for _, o := range ops {
		moved := o
		moved.pointer = followed(pair[1], pair[0], o)
		is := lookup(pair[0], moved.pointer)
		c := moved.change(d.Form.Shape)
		before, could := document.Apply(pair[1], o.change(nil))
		value, can := document.Apply(pair[0], c)
		if !could || !can || !c.Insert && !equal(is, o.was) {
			return nil, &ConflictError{Pointer: cmp.Or(o.shown, o.pointer), Was: o.was, Is: is, Place: doc.Location(moved.pointer)}
		}
		pair = [2]any{value, before}
		changes = append(changes, c)
	}
	value := pair[0]
	f := &folder{desk: d}
	if file.before != nil {
		if text := restored(back.before, file.before, file.after); text != nil {
			if again, err := document.Parse(doc.Name(), text, d.Reader.Limits); err == nil && equal(again.Value(), value) {
				return text, f.verify(doc.Name(), text)
			}
		}
	}
	return f.text(&sheet{name: file.name, base: back.before, document: doc, changes: changes})
}

// followed is the pointer of an op in a value in which somebody else may have put items of lists elsewhere since another was written.
func followed(written, now any, o op) string {
	parts, err := document.Split(o.pointer)
	if err != nil {
		return o.pointer
	}
	for i, part := range parts {
		list, isList := written.([]any)
		present, still := now.([]any)
		if index, err := strconv.Atoi(part); isList && still && err == nil {
			if i == len(parts)-1 && o.was == Absent {
				parts[i] = strconv.Itoa(between(list, present, index))
				break
			}
			if index < len(list) {
				parts[i] = strconv.Itoa(same(present, index, list[index]))
			}
		}
		written, now = lookup(written, document.Pointer(part)), lookup(now, document.Pointer(parts[i]))
	}
	return document.Pointer(parts...)
}

// same is the index of an item in a list: that at which it was, or that of the only one that is the same.
func same(list []any, index int, item any) int {
	if index < len(list) && equal(list[index], item) {
		return index
	}
	if moved := only(list, func(other any) bool { return equal(other, item) }); moved >= 0 {
		return moved
	}
	return index
}

// between is the index at which an item comes back into a list: next to one of those between which it was.
func between(before, now []any, index int) int {
	if index > 0 && index <= len(before) {
		if at := same(now, index-1, before[index-1]); at < len(now) && equal(now[at], before[index-1]) {
			return at + 1
		}
	}
	if index < len(before) {
		if at := same(now, index, before[index]); at < len(now) && equal(now[at], before[index]) {
			return at
		}
	}
	return min(index, len(now))
}

// restored is a text with what it was before in the place of what a step made of it, where the text was changed elsewhere alone; nil
// where it was not.
func restored(now, before, after []byte) []byte {
	begin := common(before, after)
	end := commonEnd(before[begin:], after[begin:])
	theirs := common(now, after)
	theirEnd := commonEnd(now[theirs:], after[theirs:])
	switch {
	case begin >= len(after)-theirEnd: // theirs is before
		tail := len(after) - begin
		return slices.Concat(now[:len(now)-tail], before[begin:])
	case theirs >= len(after)-end: // theirs is behind
		return slices.Concat(before[:len(before)-end], now[len(after)-end:])
	}
	return nil
}

// common is how many bytes two texts have in common at their beginning.
func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonEnd(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// keepNamed takes those stored files out of a step that it would remove although the evidence names them.
func (d *Desk) keepNamed(s *step) error {
	removes := func(file written) bool { return !file.isDocument && file.after == nil }
	if !slices.ContainsFunc(s.files, removes) {
		return nil
	}
	f, err := d.read()
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, file := range f.files {
		value := file.value
		if i := slices.IndexFunc(s.files, func(w written) bool { return w.name == file.name }); i >= 0 {
			if s.files[i].after == nil {
				continue
			}
			doc, err := document.Parse(file.document.Name(), s.files[i].after, d.Reader.Limits)
			if err != nil {
				return err
			}
			value = doc.Value()
		}
		namesIn(value, names)
	}
	s.files = slices.DeleteFunc(s.files, func(file written) bool { return removes(file) && (names[file.name] || len(f.broken) > 0) })
	return nil
}

// namesIn gathers the texts of a value that can name files.
func namesIn(value any, names map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			if text, isText := below.(string); isText && (name == "path" || name == "mapping") {
				names[text] = true
			}
			namesIn(below, names)
		}
	case []any:
		for _, item := range v {
			namesIn(item, names)
		}
	}
}

// write puts the files of a step in their places, all or none.
func (d *Desk) write(ctx context.Context, lock *safefile.Lock, s step) error {
	var changes []safefile.Change
	for _, file := range s.files {
		if file.gone {
			continue
		}
		name := filepath.Join(d.path(), filepath.FromSlash(file.name))
		place := verdict.Location{File: filepath.ToSlash(filepath.Join(d.Folder, file.name)), Line: 1, Column: 1}
		info, err := os.Lstat(name)
		switch {
		case err == nil && !info.Mode().IsRegular():
			return document.At(place, "this file is a link, or no regular file: change what it leads to, or put a file there")
		case err == nil && info.Mode().Perm()&0o200 == 0: // what takes its place could be written to
			return document.At(place, "this file is read-only: make it writable first")
		}
		changes = append(changes, safefile.Change{Path: file.name, Before: file.before, After: file.after, Remove: file.after == nil})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := lock.ReplaceAll(changes); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}
