// Package session keeps a collection in a folder, and gives it back: what each source asked, and what was answered, without secrets and
// with pseudonyms. A session goes into a bug report, and is replayed without a network.
package session

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/schema"
)

// IndexName is the file that says what a session holds. It is written first, and says that the session is complete at last.
const IndexName = "session.json"

// Version is that of the form of sessions.
const Version = 1

// Header is what a session says of the collection.
type Header struct {
	Version    int    `json:"version"`
	Complete   bool   `json:"complete"` // false until the collection has ended
	RecordedBy string `json:"recorded_by"`
	// At is the time of the collection, in RFC 3339: a replay has no other clock.
	At      string    `json:"at"`
	Service Service   `json:"service"`
	Only    []string  `json:"only,omitempty"`
	Sources []*Source `json:"sources"`
}

// Service is the OKMS domain, by a pseudonym.
type Service struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Region string `json:"region,omitempty"`
}

// Source is a source that was asked.
type Source struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Settings are what it was told, without secrets and file names, such as the endpoint and the kind of credential.
	Settings  map[string]string `json:"settings,omitempty"`
	Exchanges int               `json:"exchanges"` // files in the folder of its name
}

// Session is recorded, or replayed.
type Session struct {
	folder  string
	replays bool
	isNew   bool // the folder was made for it

	mu     sync.Mutex
	header Header
	names  *pseudonym.Set
	tapes  map[string]*Tape
	err    error // of the first file that could not be written
}

// Record begins a session in a new folder, or in one that is empty.
func Record(folder, by string) (*Session, error) {
	s := &Session{folder: folder, names: pseudonym.New(), tapes: map[string]*Tape{}, header: Header{Version: Version, RecordedBy: by, Sources: []*Source{}}}
	err := os.Mkdir(folder, 0o700)
	switch {
	case err == nil:
		s.isNew = true
	case errors.Is(err, fs.ErrExist):
		entries, wrong := os.ReadDir(folder)
		if wrong != nil {
			return nil, fmt.Errorf("record a session: %w", wrong)
		}
		if len(entries) > 0 {
			return nil, fmt.Errorf("record a session: the folder %s is not empty: name a new one", folder)
		}
	default:
		return nil, fmt.Errorf("record a session: %w", err)
	}
	content, err := s.encoded()
	if err == nil {
		err = s.create(IndexName, content)
	}
	if err != nil {
		return nil, fmt.Errorf("record a session: %w", err)
	}
	return s, nil
}

func (s *Session) Begin(service Service, at time.Time, only []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header.At, s.header.Only = at.UTC().Format(time.RFC3339Nano), only
	s.names.Ordered(func() {
		s.header.Service = Service{ID: s.names.Value(service.ID), Name: s.names.Value(service.Name), Region: service.Region}
	})
}

// Keep forgets the sources that do not run.
func (s *Session) Keep(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header.Sources = slices.DeleteFunc(s.header.Sources, func(source *Source) bool { return !slices.Contains(names, source.Name) })
}

// Finish says that the session is complete.
func (s *Session) Finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return fmt.Errorf("record a session: %w; the session in %s is incomplete", s.err, s.folder)
	}
	s.header.Complete = true
	content, err := s.encoded()
	if err == nil {
		err = safefile.Write(filepath.Join(s.folder, IndexName), content)
	}
	if err != nil {
		return fmt.Errorf("record a session: %w; the session in %s is incomplete", err, s.folder)
	}
	return nil
}

// Discard takes away a session in which nothing was recorded.
func (s *Session) Discard() {
	_ = os.Remove(filepath.Join(s.folder, IndexName))
	if s.isNew {
		_ = os.Remove(s.folder) // one that somebody else wrote into stays
	}
}

func (s *Session) encoded() ([]byte, error) {
	var out bytes.Buffer
	if err := sanitize.WriteJSON(&out, s.header); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// create writes a new file, for its owner alone.
func (s *Session) create(name string, content []byte) error {
	folder, err := safefile.OpenFolder(s.folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.Unpack(name, bytes.NewReader(content)), folder.Close())
}

const (
	maxIndex    = 1 << 20  // bytes
	maxExchange = 64 << 20 // bytes
)

// Open opens a session that is complete, to replay it. It reads all of it.
func Open(folder string) (*Session, error) {
	name := filepath.Join(folder, IndexName)
	content, err := safefile.Read(name, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replay a session: %s has no %s: name a folder that collect --record wrote", folder, IndexName)
	}
	if err != nil {
		return nil, fmt.Errorf("replay a session: %w", err)
	}
	s := &Session{folder: folder, replays: true, tapes: map[string]*Tape{}}
	if err := s.header.read(name, content); err != nil {
		return nil, err
	}
	files, err := safefile.OpenFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("replay a session: %w", err)
	}
	defer files.Close()
	for _, source := range s.header.Sources {
		tape := &Tape{session: s, source: source, recorded: map[string][]*exchange{}}
		for i := range source.Exchanges {
			name := fileOf(source.Name, i+1)
			content, err := files.Read(name, maxExchange)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("replay a session: %s is not there: %s counts %d files of %s", filepath.Join(folder, name), IndexName, source.Exchanges, source.Name)
			}
			if err != nil {
				return nil, fmt.Errorf("replay a session: %w", err)
			}
			if err := tape.load(filepath.Join(folder, filepath.FromSlash(name)), content); err != nil {
				return nil, err
			}
		}
		s.tapes[source.Name] = tape
	}
	return s, nil
}

// Schema is the JSON Schema of the index.
//
//go:embed schema.json
var Schema []byte

var compiled = sync.OnceValues(func() (*schema.Schema, error) { return schema.Proven("session", Schema) })

// read reads the index of a session that can be replayed.
func (h *Header) read(name string, content []byte) error {
	doc, err := document.Parse(name, content, document.DefaultLimits)
	if err != nil {
		return err
	}
	fail := func(pointer, format string, args ...any) error {
		at := doc.Position(pointer)
		return &document.Error{File: name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)}
	}
	var first struct {
		Version  int   `json:"version"`
		Complete *bool `json:"complete"`
	}
	switch err := json.Unmarshal(content, &first); {
	case err == nil && first.Version > Version:
		return fail("/version", "the session has version %d, and this program reads version %d: replay it with a newer one", first.Version, Version)
	case err == nil && first.Version == Version && first.Complete != nil && !*first.Complete:
		return fail("/complete", "the session is incomplete: its recording was interrupted, or is still running. Record it again")
	}
	form, err := compiled()
	if err == nil {
		err = form.Validate(doc)
	}
	if err == nil {
		err = document.DecodeJSON(name, content, h)
	}
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.RFC3339Nano, h.At); err != nil {
		return fail("/at", "it is not a time in RFC 3339")
	}
	var names []string
	for i, source := range h.Sources {
		if slices.Contains(names, source.Name) {
			return fail(fmt.Sprintf("/sources/%d/name", i), "the source %s is listed twice", source.Name)
		}
		names = append(names, source.Name)
	}
	return nil
}

// Replays reports whether the session answers in place of what sources would ask.
func (s *Session) Replays() bool { return s != nil && s.replays }

// Header is what the session says of the collection.
func (s *Session) Header() Header { return s.header }

// At is the time of the collection.
func (s *Session) At() time.Time {
	at, err := time.Parse(time.RFC3339Nano, s.header.At)
	if err != nil {
		panic(err) // Open has read it
	}
	return at.UTC()
}

// Tape is the part of a session that is one source's; nil where there is no session.
func (s *Session) Tape(name, kind string) *Tape {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tape := s.tapes[name]
	if tape == nil {
		tape = &Tape{session: s, source: &Source{Name: name, Kind: kind, Settings: map[string]string{}}}
		s.tapes[name] = tape
		s.header.Sources = append(s.header.Sources, tape.source)
	}
	return tape
}

// fileOf is where an exchange is kept.
func fileOf(source string, n int) string { return fmt.Sprintf("%s/%05d.json", source, n) }

// exchange is a question and what became of it.
type exchange struct {
	Asked    json.RawMessage `json:"asked"`
	Answered json.RawMessage `json:"answered,omitempty"`
	Failed   *Failure        `json:"failed,omitempty"` // where nothing was answered
}

// file is an exchange as it is written.
type file struct {
	Asked    any      `json:"asked"`
	Answered any      `json:"answered,omitempty"`
	Failed   *Failure `json:"failed,omitempty"`
}

// keyOf tells questions apart.
func keyOf(question any) (string, error) {
	if request, isRequest := question.(httpAsked); isRequest {
		question = request.same()
	}
	encoded, err := json.Marshal(question)
	if err != nil {
		return "", err
	}
	var plain any
	if err := document.DecodeJSON("", encoded, &plain); err != nil {
		return "", err
	}
	encoded, err = json.Marshal(plain) // fields in the order of their names
	return string(encoded), err
}
