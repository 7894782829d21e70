package assessment

import (
	"errors"
	"fmt"

	"github.com/raci-check/raci-check/internal/safefile"
)

// ReadFile reads a stored assessment into memory.
func ReadFile(name string) (*Assessment, error) {
	fleet, err := readFleet(name)
	if err != nil {
		return nil, err
	}
	defer fleet.Close()
	return fleet.Whole()
}

// ReadFiles reads stored assessments, and puts several together as Merge does.
func ReadFiles(names []string, latest bool) (*Fleet, error) {
	all, err := readFleets(names)
	if err == nil {
		var merged *Fleet
		if merged, err = Merge(all, names, latest); err == nil {
			return merged, nil
		}
	}
	for _, fleet := range all {
		err = errors.Join(err, fleet.Close())
	}
	return nil, err
}

func readFleets(names []string) (all []*Fleet, err error) {
	for _, name := range names {
		fleet, err := readFleet(name)
		if err != nil {
			return all, err
		}
		all = append(all, fleet)
	}
	return all, nil
}

func readFleet(name string) (*Fleet, error) {
	file, _, err := safefile.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	defer file.Close()
	return ReadFleet(name, file)
}
