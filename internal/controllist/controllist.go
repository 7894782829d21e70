// Package controllist reads the list of controls that checks map to, with the titles that their publishers give them.
package controllist

import (
	"maps"
	"path"
	"slices"

	"github.com/raci-check/raci-check/internal/document"
)

// Framework is an entry of the list: what a framework's publisher lists.
type Framework struct {
	Title     string `yaml:"title"`
	Publisher string `yaml:"publisher"`
	Version   string `yaml:"version"`
	Published string `yaml:"published"`
	Source    string `yaml:"source"` // address of the framework
	List      string `yaml:"list"`   // what is listed
	OSCAL     string `yaml:"oscal"`  // address of the publisher's own catalog in OSCAL, with the same ids; empty for none

	Controls  map[string]string  `yaml:"controls"` // titles by id
	Sections  map[string]Section `yaml:"sections"`
	Successor Successor          `yaml:"successor"`

	// Relations say how much the checks that METADATA maps to a control show of it, where that is not a part: "full" or "related",
	// then the control, then ids of checks, in which * stands for anything.
	Relations map[string]map[string][]string `yaml:"relations"`
}

// Relation is how much a check shows of a control that METADATA maps it to; empty where the list does not say.
func (f Framework) Relation(control, check string) string {
	for _, relation := range slices.Sorted(maps.Keys(f.Relations)) {
		for _, pattern := range f.Relations[relation][control] {
			if matches, err := path.Match(pattern, check); err == nil && matches {
				return relation
			}
		}
	}
	return ""
}

// Section is one whose title stands for those of its requirements, which have none.
type Section struct {
	Title        string   `yaml:"title"`
	Requirements []string `yaml:"requirements"`
}

// Successor is a later version that gives some controls another id or title; without a version there is none.
type Successor struct {
	Version   string `yaml:"version"`
	Published string `yaml:"published"`
	Source    string `yaml:"source"`
	List      string `yaml:"list"`

	Changes map[string]Change  `yaml:"changes"` // by today's id
	Added   map[string]Control `yaml:"added"`   // controls that have none today, by their id
}

// Control is one that METADATA does not map checks to, with how much of it each check shows.
type Control struct {
	Title  string            `yaml:"title"`
	Checks map[string]string `yaml:"checks"`
}

// Change is what a later version makes of a control; an empty id says that the control is gone.
type Change struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
}

// Read reads a list; the name is that of its file in messages.
func Read(name string, data []byte) (map[string]Framework, error) {
	doc, err := document.Parse(name, data, document.DefaultLimits)
	if err != nil {
		return nil, err
	}
	frameworks := map[string]Framework{}
	return frameworks, doc.Decode(&frameworks)
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
