package cli

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/collect/source"
)

// sessionHelp is what the help of collect says of sessions.
const sessionHelp = `
--record SESSION keeps the requests and their answers in a new folder, without secrets and with pseudonyms, for a bug
report. --replay SESSION collects from such a folder, without a network and without credentials, into a new folder: no check passes on
what it gives. See docs/collect-session.md.
`

// momentOf is the time of the collection: that of a session that is replayed, or else another.
func momentOf(recorded *session.Session, other func() time.Time) time.Time {
	if recorded != nil {
		return recorded.At()
	}
	return other()
}

// sessionFlags say whether a collection is recorded or replayed.
type sessionFlags struct {
	record, replay string // folders
}

// register adds the flags. A replay has its sources, its service and its time from the session.
func (f *sessionFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.record, "record", "", "keep the requests and their answers in this new `folder`, for a bug report")
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
	if f.record != "" && len(args) > 0 && isWithin(f.record, args[0]) {
		return collect.Config{}, nil, errors.New("--record names a folder in that of the evidence: give the session a folder outside of it")
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

// isWithin reports whether a folder is another one or lies in it.
func isWithin(folder, other string) bool {
	inner, err := filepath.Abs(folder)
	outer, wrong := filepath.Abs(other)
	if err != nil || wrong != nil {
		return false
	}
	relative, err := filepath.Rel(outer, inner)
	return err == nil && filepath.IsLocal(relative)
}

// noteOf says what to do with a session that was recorded, or what one that was replayed is good for; empty where there is none.
func noteOf(from *collect.Sources) string {
	switch {
	case from.Record != "":
		return "the session is in " + from.Record + ": look through it before you hand it over (docs/collect-session.md)\n"
	case from.Replay != nil:
		return "the facts are of a recorded session: no check passes on them\n"
	}
	return ""
}
