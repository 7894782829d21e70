package engine

import (
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
)

// aboutPersons are the conditions of contradictions that one entry in the directory of people resolves.
var aboutPersons = []string{"unknown_person", "person_not_active", "several_persons", "names_group"}

// lacking tells of a fact that is not there whether its whole section is absent.
func (j judge) lacking(pointer string) *assessment.CauseKey {
	section := sectionOf(pointer)
	if j.state("/"+section) != present {
		return &assessment.CauseKey{Kind: assessment.Absent, Subject: section}
	}
	return &assessment.CauseKey{Kind: assessment.Incomplete, Subject: section}
}

// person is the cause of a finding that is about a person and not about what the person did; nil for any other.
func (r raw) person() *assessment.CauseKey {
	name, _ := r.values["text"].(string)
	if name == "" || !slices.Contains(aboutPersons, r.condition) {
		return nil
	}
	return &assessment.CauseKey{Kind: assessment.Person, Subject: name}
}

// supply says how a fact that is not there comes to be there. The remedy of a check is for what contradicts it.
func (j judge) supply(f assessment.Finding) string {
	advice := j.engine.advice()
	if section := sectionOf(f.Pointer); j.state("/"+section) != present {
		key := section + "\x00" + f.File
		text, isKnown := j.supplies[key]
		if !isKnown { // many checks need the same section
			text = advice.section(section, fileFor(section, f.File))
			j.supplies[key] = text
		}
		return text
	}
	return advice.fact(f.Pointer, f.File)
}
