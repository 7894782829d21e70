package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// Tape is what one source asked and was answered. A nil Tape neither records nor replays.
type Tape struct {
	session *Session
	source  *Source

	recorded map[string][]*exchange // to be replayed, by what was asked
	hasFault bool                   // something was refused or failed: the collection may have ended before it asked all
}

// Replays reports whether the tape answers in place of what a source would ask.
func (t *Tape) Replays() bool { return t != nil && t.session.replays }

// Records reports whether what a source asks is kept.
func (t *Tape) Records() bool { return t != nil && !t.session.replays }

// HTTP is the tape of a client of HTTP; nil where there is none.
func (t *Tape) HTTP() httpget.Tape {
	if t == nil {
		return nil
	}
	return t
}

// Setting is what a replayed source was told.
func (t *Tape) Setting(name string) string { return t.source.Settings[name] }

// Set keeps what a source is told, which is no secret and holds only pseudonyms.
func (t *Tape) Set(name, value string) {
	if !t.Records() || value == "" {
		return
	}
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	t.source.Settings[name] = value
}

// Named gives pseudonyms: name is called twice, at last with all of them.
func (t *Tape) Named(name func(*pseudonym.Set)) {
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	t.session.names.Ordered(func() { name(t.session.names) })
}

// Failure is why nothing was answered.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// Keep records a question and its answer, which hold no secret and only pseudonyms, or the error that came in its place.
func (t *Tape) Keep(question, answered any, failed *Failure) {
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	t.keep(file{Asked: question, Answered: answered, Failed: failed})
}

func (t *Tape) keep(kept file) {
	s := t.session
	if s.err != nil {
		return
	}
	var out bytes.Buffer
	err := sanitize.WriteJSON(&out, kept)
	if err == nil {
		err = s.create(fileOf(t.source.Name, t.source.Exchanges+1), out.Bytes())
	}
	if err != nil {
		s.err = err
		return
	}
	t.source.Exchanges++
}

func (t *Tape) load(name string, content []byte) error {
	var read exchange
	if err := document.DecodeJSON(name, content, &read); err != nil {
		return err
	}
	if read.Asked == nil || (read.Answered == nil) == (read.Failed == nil) {
		return &document.Error{File: name, Message: "this is not an exchange: expected asked, and answered or failed"}
	}
	var question any = read.Asked
	var request httpAsked
	if json.Unmarshal(read.Asked, &request) == nil && request.Method != "" {
		question = request
	}
	key, err := keyOf(question)
	if err != nil {
		return err
	}
	var answered struct {
		Status any `json:"status"`
	}
	if read.Failed == nil {
		_ = json.Unmarshal(read.Answered, &answered) // sources without a protocol answer without a status
	}
	status, isNumber := answered.Status.(float64)
	if read.Failed != nil || isNumber && status >= 400 || answered.Status == "failed" {
		t.hasFault = true
	}
	t.recorded[key] = append(t.recorded[key], &read)
	return nil
}

// patience is how long a question that was not recorded waits for the end of the collection. Where one question fails, those that were
// asked beside it were given up, and are not in the session.
const patience = time.Second

// Answer is the answer to a question: the next that was recorded, or the last again. An error that was recorded is a *Failure.
func (t *Tape) Answer(ctx context.Context, question fmt.Stringer, into any) error {
	key, err := keyOf(question)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.session.mu.Lock()
	all := t.recorded[key]
	if len(all) > 1 {
		t.recorded[key] = all[1:]
	}
	t.session.mu.Unlock()
	switch {
	case len(all) == 0:
		if t.hasFault {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(patience):
			}
		}
		return fmt.Errorf("%w: the session in %s does not have what %s asks: %s", httpget.ErrUnrecorded, t.session.folder, t.source.Name, question)
	case all[0].Failed != nil:
		return all[0].Failed
	}
	if err := document.DecodeJSON("", all[0].Answered, into); err != nil {
		var misplaced *document.Error
		if errors.As(err, &misplaced) { // its line would be one of the answer
			err = errors.New(misplaced.Message)
		}
		return fmt.Errorf("the session's answer to %s: %w", question, err)
	}
	return nil
}

func (f *Failure) Error() string { return f.Message }

// Answered is an answer as it is kept: plain JSON without secrets, with pseudonyms.
func (t *Tape) Answered(answer any) (any, error) {
	value, err := plain(answer)
	if err != nil {
		return nil, err
	}
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	return t.session.names.JSON(value), nil
}

// WithoutPath is an error about a file, without the layout of the machine.
func WithoutPath(err error) error {
	var misplaced *document.Error
	var failed *fs.PathError
	switch {
	case errors.As(err, &misplaced):
		short := *misplaced
		short.File = filepath.Base(short.File)
		return &short
	case errors.As(err, &failed):
		return &fs.PathError{Op: failed.Op, Path: filepath.Base(failed.Path), Err: failed.Err}
	}
	return err
}
