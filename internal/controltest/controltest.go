// Package controltest reads the list of controls that checks map to. Only tests need it: those of the list, and the one
// that writes the page of mappings.
package controltest

import (
	"bytes"
	"io/fs"
	"maps"

	"gopkg.in/yaml.v3"
)

// Framework is an entry of the list: what a framework's publisher lists.
type Framework struct {
	Title, Publisher, Version, Published, Source, List string

	Controls  map[string]string // titles by id
	Sections  map[string]Section
	Successor Successor
}

// Section is one whose title stands for those of its requirements, which have none.
type Section struct {
	Title        string
	Requirements []string
}

// Successor is a later version that gives some controls another id or title; without a version there is none.
type Successor struct {
	Version, Published, Source, List string

	Changes map[string]Change // by today's id
}

// Change is what a later version makes of a control; an empty id says that the control is gone.
type Change struct{ ID, Title string }

// Read decodes a list strictly.
func Read(fsys fs.FS, name string) (map[string]Framework, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	frameworks := map[string]Framework{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	return frameworks, decoder.Decode(&frameworks)
}

// Titles are those of all ids of a framework.
func (f Framework) Titles() map[string]string {
	titles := maps.Clone(f.Controls)
	if titles == nil {
		titles = map[string]string{}
	}
	for _, section := range f.Sections {
		for _, id := range section.Requirements {
			titles[id] = section.Title
		}
	}
	return titles
}
