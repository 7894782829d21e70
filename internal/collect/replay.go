package collect

import (
	"fmt"
	"slices"

	"raci-check/internal/collect/session"
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
