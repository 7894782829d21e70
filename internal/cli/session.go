package cli

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"raci-check/internal/collect"
	"raci-check/internal/collect/session"
	"raci-check/internal/collect/source"
)

// sessionFlags say whether a collection is recorded or replayed.
type sessionFlags struct {
	record, replay string // folders
}

// register adds the flags. A replay has its sources, its service and its time from the session.
func (f *sessionFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.record, "record", "", "keep what the sources ask and are answered in this new `folder`, for a bug report")
	flags.StringVar(&f.replay, "replay", "", "collect from the session in this `folder`, without a network, into a new folder; no check passes on the result")
	for _, name := range []string{"record", "replay"} {
		if err := cmd.MarkFlagDirname(name); err != nil {
			panic(err) // the flag is there
		}
		cmd.MarkFlagsMutuallyExclusive("check-rights", name)
	}
	cmd.MarkFlagsMutuallyExclusive("record", "replay")
	excluded := []string{"config", "from", "service-id", "name", "region", "at"}
	for _, kind := range source.All {
		for _, option := range kind.Options {
			excluded = append(excluded, collect.Flag(kind, option)[len("--"):])
		}
	}
	for _, name := range excluded {
		cmd.MarkFlagsMutuallyExclusive("replay", name)
	}
}

// configOf is what is collected: that of a session that is replayed, or else what flags say.
func (f *sessionFlags) configOf(args []string, other func() (collect.Config, error)) (collect.Config, *session.Session, error) {
	if f.record != "" && len(args) > 0 && filepath.Clean(f.record) == filepath.Clean(args[0]) {
		return collect.Config{}, nil, errors.New("--record names the folder of the evidence: give the session a folder of its own, outside of it")
	}
	if f.replay == "" {
		collection, err := other()
		return collection, nil, err
	}
	if len(args) == 0 {
		return collect.Config{}, nil, errors.New("name a new folder to write the evidence of the session to")
	}
	if err := collect.FreshFolder(args[0]); err != nil {
		return collect.Config{}, nil, err
	}
	recorded, err := session.Open(f.replay)
	if err != nil {
		return collect.Config{}, nil, err
	}
	collection, err := collect.Replayed(recorded, source.All)
	return collection, recorded, err
}

// sourcesOf are the sources of a collection, and its session.
type sourcesOf struct {
	collection collect.Config
	only       []string
	record     string           // the folder to record a session in; empty for none
	recorded   *session.Session // that is recorded or replayed; nil for none
}

// choose opens the sources that are read, and begins to record.
func (s *sourcesOf) choose(options collect.Options) (chosen []collect.Named, sections []string, err error) {
	if s.recorded != nil && len(s.only) == 0 {
		s.only = s.recorded.Header().Only
	}
	if s.record != "" {
		if s.recorded, err = session.Record(s.record, options.By); err != nil {
			return nil, nil, err
		}
		s.recorded.Begin(session.Service{ID: options.Service.ID, Name: options.Service.Name, Region: options.Service.Region}, options.At, s.only)
	}
	chosen, sections, err = choose(s.collection, s.only, options.Format, s.recorded)
	if s.record == "" {
		return chosen, sections, err
	}
	if err != nil { // nothing was asked
		s.recorded.Discard()
		return nil, nil, err
	}
	names := make([]string, len(chosen))
	for i := range chosen {
		names[i] = chosen[i].Name
	}
	s.recorded.Keep(names)
	return chosen, sections, nil
}

// finish ends the recording.
func (s *sourcesOf) finish() error {
	if s.record == "" {
		return nil
	}
	return s.recorded.Finish()
}
