package collect

import (
	"os"

	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Sources are those of a collection, as they are to be read.
type Sources struct {
	Config Config
	Only   []string // of the sources, and of the sections; empty for all
	Rules  ruleset.Ruleset
	Record string           // the folder to record a session in; empty for none
	Replay *session.Session // that is replayed; nil for none

	session *session.Session // that is recorded or replayed
}

// Choose opens the sources that are read, and begins to record. It completes the options with the form of evidence and what is written.
func (s *Sources) Choose(options *Options) (chosen []Named, err error) {
	s.session = s.Replay
	if s.Replay != nil && len(s.Only) == 0 {
		s.Only = s.Replay.Header().Only
	}
	if s.Record != "" {
		if s.session, err = session.Record(s.Record, options.By); err != nil {
			return nil, err
		}
		s.session.Begin(session.Service{ID: options.Service.ID, Name: options.Service.Name, Region: options.Service.Region}, options.At, s.Only)
	}
	chosen, err = s.open(options)
	if s.Record == "" {
		return chosen, err
	}
	if err != nil { // nothing was asked
		s.session.Discard()
		return nil, err
	}
	names := make([]string, len(chosen))
	for i := range chosen {
		names[i] = chosen[i].Name
	}
	s.session.Keep(names)
	return chosen, nil
}

// open opens the sources and answers those that are read. Those record or replay the session, if there is one.
func (s *Sources) open(options *Options) (chosen []Named, err error) {
	if options.Format, err = s.Rules.Format(); err != nil {
		return nil, err
	}
	reference, err := s.Rules.Reference()
	if err != nil {
		return nil, err
	}
	if options.Placeholders, err = placeholder.New(reference); err != nil {
		return nil, err
	}
	form, err := options.Format.Describe()
	if err != nil {
		return nil, err
	}
	all, err := s.Config.Open(Env{Getenv: os.Getenv, Form: form, Reference: reference, Session: s.session})
	if err != nil {
		return nil, err
	}
	chosen, options.Only, err = Select(all, s.Only, form.Sections())
	return chosen, err
}

// Finish ends the recording.
func (s *Sources) Finish() error {
	if s.Record == "" {
		return nil
	}
	return s.session.Finish()
}
