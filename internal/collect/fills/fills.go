// Package fills says which kinds of sources of collect can fill which fields of evidence: what advice about an absent fact names. It
// knows no source; a test compares the table with what the sources themselves say.
package fills

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed table.json
var table []byte

// Kinds answers for each field, a JSON pointer with * for the items of lists, the kinds of sources that can fill it, in the order of
// the table. For http these are the fields of the mappings for interfaces that the program has; file fills what a person's mapping says.
var Kinds = sync.OnceValue(func() map[string][]string {
	all, err := read(table)
	if err != nil {
		panic(err) // a test reads the same table
	}
	return all
})

// row is a kind of source, and the fields that it can fill, sorted.
type row struct {
	Kind   string   `json:"kind"`
	Fields []string `json:"fields"`
}

func read(content []byte) (map[string][]string, error) {
	var rows []row
	if err := json.Unmarshal(content, &rows); err != nil {
		return nil, fmt.Errorf("read the table of what sources fill: %w", err)
	}
	all := map[string][]string{}
	for _, r := range rows {
		for _, field := range r.Fields {
			if !slices.Contains(all[field], r.Kind) {
				all[field] = append(all[field], r.Kind)
			}
		}
	}
	return all, nil
}
