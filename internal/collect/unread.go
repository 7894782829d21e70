package collect

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"raci-check/internal/collect/httpget"
	"raci-check/internal/collect/merge"
	"raci-check/internal/document"
)

// The classes of errors of what could not be read completely, as evidence names them.
const (
	ClassRefused     = "refused"
	ClassAbsent      = "absent"
	ClassBusy        = "busy"
	ClassBroken      = "broken"
	ClassUnreachable = "unreachable"
	ClassUnusable    = "unusable"
)

// UnreadError is an error of a source that knows its class better than its message does: one that speaks no HTTP.
type UnreadError struct {
	Unit  string // what was asked for, in the words of the protocol; empty where it is unknown
	Class string // one of those above
	Err   error
}

func (e *UnreadError) Error() string { return e.Err.Error() }

func (e *UnreadError) Unwrap() error { return e.Err }

// unread notes in a section that a source wrote what could not be read completely this time, so that nobody takes its facts for
// those of today. Of a section that is not there, or that people wrote, there is nothing to note.
func (p *planner) unread(s merge.Section, written map[string]any, outcomes []Outcome) {
	source, ok := written["source"].(map[string]any)
	if !ok || byPeople(written) {
		return
	}
	list := []any{}
	for _, o := range outcomes {
		err := o.Result.Failed[s.Name]
		if o.Err != nil && slices.Contains(sections(o.Source.Fills()), s.Name) {
			err = o.Err
		}
		if err == nil {
			continue
		}
		unit, class := classified(err)
		item := map[string]any{"source": o.Name, "error": class, "tried_at": p.At.UTC().Format(time.RFC3339)}
		if unit != "" {
			item["unit"] = visible(unit)
		}
		list = append(list, item)
	}
	value, noted := maps.Clone(written), maps.Clone(source)
	noted["not_read"] = list
	value["source"] = noted
	p.put(s, value, p.readFrom(s.Name))
}

// classified is the endpoint or the file that an error is about, if it is known, and its class. The message of an error stays out
// of evidence: it may repeat what a server said.
func classified(err error) (unit, class string) {
	var unread *UnreadError
	var status *httpget.StatusError
	var asked *url.Error
	var file *document.Error
	switch {
	case errors.As(err, &unread):
		return unread.Unit, unread.Class
	case errors.As(err, &status):
		return status.Path, classOf(status.Status)
	case errors.As(err, &asked):
		if address, failed := url.Parse(asked.URL); failed == nil {
			unit = address.Path
		}
		return unit, ClassUnreachable
	case errors.As(err, &file):
		return filepath.Base(file.File), ClassUnusable
	}
	return "", ClassUnusable
}

func classOf(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ClassRefused
	case http.StatusNotFound, http.StatusGone:
		return ClassAbsent
	case http.StatusTooManyRequests:
		return ClassBusy
	}
	return ClassBroken
}
