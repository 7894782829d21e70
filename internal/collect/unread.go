package collect

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/document"
)

// ClassUnusable is the class of what was answered and cannot be read as expected; the others are those of httpget.
const ClassUnusable = "unusable"

// UnreadError is the error of a source that knows better than its message how evidence names it: one that does not ask by HTTP.
type UnreadError struct {
	Unit  string // what was asked for, as the protocol calls it; empty where it is unknown
	Class string // ClassUnusable or one of httpget
	Err   error
}

func (e *UnreadError) Error() string { return e.Err.Error() }

func (e *UnreadError) Unwrap() error { return e.Err }

// unread notes in a section that a source wrote what could not be read completely this time, so that nobody takes its facts for
// those of today. Of a section that is not there, or that people wrote, there is nothing to note.
func (p *planner) unread(s merge.Section, written map[string]any, failures []failure) error {
	source, ok := written["source"].(map[string]any)
	if !ok || byPeople(written) {
		return nil
	}
	// What a session gave stays marked as that: no earlier reading gave it.
	earlier, _ := source["not_read"].([]any)
	list := slices.DeleteFunc(slices.Clone(earlier), func(item any) bool {
		fields, _ := item.(map[string]any)
		return fields["error"] != ClassReplayed
	})
	for _, f := range failures {
		unit, class := classified(f.err)
		item := map[string]any{"source": f.source, "error": class, "tried_at": p.At.UTC().Format(time.RFC3339)}
		if unit != "" {
			item["unit"] = reader.Visible(unit)
		}
		list = append(list, item)
	}
	value, noted := maps.Clone(written), maps.Clone(source)
	noted["not_read"] = list
	value["source"] = noted
	p.noted = true
	_, err := p.put(s, value, p.readFrom(s.Name))
	return err
}

// classified is the endpoint or the file that an error is about, if it is known, and its class. The message of an error stays out
// of evidence: it may repeat what a server said.
func classified(err error) (unit, class string) {
	var file *document.Error
	var unread *UnreadError
	if errors.As(err, &unread) {
		return unread.Unit, unread.Class
	}
	if path, class, hasClass := httpget.Class(err); hasClass {
		return path, class
	}
	if errors.As(err, &file) {
		return filepath.Base(file.File), ClassUnusable
	}
	return "", ClassUnusable
}
