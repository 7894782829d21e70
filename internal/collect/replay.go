package collect

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/session"
)

// Replayed is what a session was collected from. Nothing of it is asked or read again.
func Replayed(recorded *session.Session, kinds []Kind) (Config, error) {
	header := recorded.Header()
	config := Config{Service: Service{ID: header.Service.ID, Name: header.Service.Name, Region: header.Service.Region}}
	for _, source := range header.Sources {
		at := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == source.Kind })
		if at < 0 {
			return Config{}, fmt.Errorf("replay a session: its source %s is of the kind %.40q, which this program does not have", source.Name, source.Kind)
		}
		values := Values{}
		for _, option := range kinds[at].Options {
			if value := source.Settings[option.Name]; value != "" {
				values[option.Name] = []string{value}
			}
		}
		config.Sources = append(config.Sources, Configured{Kind: kinds[at], Values: values, Name: source.Name})
	}
	return config, nil
}

// ClassReplayed is the class of facts that a recorded session gave: nothing was read of the service.
const ClassReplayed = "replayed"

// replayedFrom says in evidence that the facts of a section are those of a session. No check passes on them.
func (p *planner) replayedFrom(parts []part) []any {
	var items []any
	for _, part := range parts {
		items = append(items, map[string]any{"source": part.Name, "error": ClassReplayed, "tried_at": p.At.UTC().Format(time.RFC3339)})
	}
	return items
}

// FreshFolder fails where a folder holds anything: what a session gives is not mixed with evidence.
func FreshFolder(name string) error {
	entries, err := os.ReadDir(name)
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), ".raci-check") }) // of a run that was killed
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return fmt.Errorf("replay a session: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("replay a session: the folder %s is not empty: a session gives evidence for a bug report, so name a new folder", name)
	}
	return nil
}
