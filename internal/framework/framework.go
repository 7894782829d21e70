// Package framework sees an assessment from a framework that its user answers to: requirement by requirement, which checks show how
// much of it, at which grade, and which requirements no check is about. It gives no verdicts of its own.
package framework

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/document"
)

// Relation says how much of a requirement a check shows where it passes.
type Relation string

// The relations, the strongest first. Each is about the assessed domain and its evidence, never about the whole of who uses it.
const (
	Full    Relation = "full"    // all that the requirement asks of the domain
	Part    Relation = "part"    // a part of it
	Related Relation = "related" // the same subject, and by itself nothing of it
)

// Relations lists the relations, the strongest first.
var Relations = []Relation{Full, Part, Related}

// Framework is a law, standard or scheme with its requirements.
type Framework struct {
	ID           string        `yaml:"-"`
	Title        string        `yaml:"title"`
	Publisher    string        `yaml:"publisher"`
	Version      string        `yaml:"version"`
	Published    string        `yaml:"published"`
	Source       string        `yaml:"source"` // address of the framework
	List         string        `yaml:"list"`   // what is listed, and where it was read
	Binds        string        `yaml:"binds"`  // whom it binds
	Spoken       string        `yaml:"titles"` // language of the titles of requirements; empty for English
	Partial      bool          `yaml:"-"`      // the framework has requirements that are not listed, which no check is about
	Requirements []Requirement `yaml:"requirements"`
}

// Requirement is an entry of a framework, with the checks that are about it.
type Requirement struct {
	ID     string              `yaml:"id"`
	Title  string              `yaml:"title"`
	Spoken string              `yaml:"-"`      // language of the title, where it is not that of the framework's titles
	Checks map[string]Relation `yaml:"checks"` // by the id of the check
}

// Read reads a framework; the name is that of its file in messages.
func Read(id, name string, data []byte) (Framework, error) {
	f := Framework{ID: id}
	doc, err := document.Parse(name, data, document.DefaultLimits)
	if err != nil {
		return f, err
	}
	if err := doc.Decode(&f); err != nil {
		return f, err
	}
	for field, text := range map[string]string{"title": f.Title, "version": f.Version, "source": f.Source, "list": f.List, "binds": f.Binds} {
		if text == "" {
			return f, doc.Errorf("", "the framework has no %s: write it, so that a reader of a report knows what was compared", field)
		}
	}
	if len(f.Requirements) == 0 {
		return f, doc.Errorf("", "the framework lists no requirement: write them under requirements")
	}
	seen := map[string]bool{}
	for i, requirement := range f.Requirements {
		at := fmt.Sprintf("/requirements/%d", i)
		switch {
		case requirement.ID == "" || requirement.Title == "":
			return f, doc.Errorf(at, "a requirement needs an id and a title")
		case seen[requirement.ID]:
			return f, doc.Errorf(at+"/id", "the requirement %s is listed twice: keep the first", requirement.ID)
		}
		seen[requirement.ID] = true
		for _, check := range slices.Sorted(maps.Keys(requirement.Checks)) {
			if relation := requirement.Checks[check]; !slices.Contains(Relations, relation) {
				return f, doc.Errorf(at+"/checks/"+check, "unknown relation %q: write full, part or related", relation)
			}
		}
	}
	return f, nil
}

// OfControls is a list of controls that METADATA maps checks to, as a framework. METADATA says that a check gives evidence for a
// control, which is Part; the list says where it is more or less. With later, it is the next version of the list.
func OfControls(id string, list controllist.Framework, mapped map[string][]string, later bool) Framework {
	f := Framework{
		ID: id, Title: list.Title, Publisher: list.Publisher, Version: list.Version, Published: list.Published, Source: list.Source, List: list.List,
		Binds: "Who adopts it or is asked for it by contract.", Partial: len(list.Sections) > 0,
	}
	changes := map[string]controllist.Change{}
	if later {
		s := list.Successor
		f.Version, f.Published, f.Source, f.List = s.Version, s.Published, cmp.Or(s.Source, list.Source), s.List
		f.Title = strings.ReplaceAll(list.Title, list.Version, s.Version)
		changes = s.Changes
		for control, added := range s.Added {
			requirement := Requirement{ID: control, Title: added.Title, Checks: map[string]Relation{}}
			for check, relation := range added.Checks {
				requirement.Checks[check] = Relation(relation)
			}
			f.Requirements = append(f.Requirements, requirement)
		}
	}
	checks := map[string]map[string]Relation{}
	for check, ids := range mapped {
		for _, control := range ids {
			if checks[control] == nil {
				checks[control] = map[string]Relation{}
			}
			checks[control][check] = cmp.Or(Relation(list.Relation(control, check)), Part)
		}
	}
	for control, title := range list.Titles() {
		requirement := Requirement{ID: control, Title: title, Checks: checks[control]}
		if change, changed := changes[control]; changed {
			if change.ID == "" {
				continue // gone
			}
			requirement.ID, requirement.Title = change.ID, cmp.Or(change.Title, title)
		}
		f.Requirements = append(f.Requirements, requirement)
	}
	slices.SortFunc(f.Requirements, func(a, b Requirement) int { return compareIDs(a.ID, b.ID) })
	return f
}

// compareIDs orders ids as people count: 5.9 comes before 5.10.
func compareIDs(a, b string) int {
	split := func(id string) []string {
		return strings.FieldsFunc(id, func(r rune) bool { return r == '.' || r == '-' })
	}
	return slices.CompareFunc(split(a), split(b), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(digits(x)), len(digits(y))), cmp.Compare(x, y))
	})
}

// digits is a part of an id if it is a number: the longer is the larger.
func digits(part string) string {
	if strings.Trim(part, "0123456789") == "" {
		return part
	}
	return ""
}
