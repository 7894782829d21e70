package assess

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// pastTolerance is how old a time may be that is meant to be now: a date names its first moment, and a build takes a while.
const pastTolerance = 24 * time.Hour

// IsPast reports whether a time is in the past. Evidence that is too old by now was young then, so a gate must ask for it.
func IsPast(at, now time.Time) bool { return now.Sub(at) > pastTolerance }

// Assurance reads the weakest grades that checks of some severities may pass with; nil for none.
func Assurance(texts map[string]string) (map[verdict.Severity]verdict.Grade, error) {
	var grades map[verdict.Severity]verdict.Grade
	for _, severity := range slices.Sorted(maps.Keys(texts)) {
		if !slices.Contains(verdict.Severities, verdict.Severity(severity)) {
			return nil, errors.New(suggest.Unknown("severity", severity, suggest.Words(verdict.Severities)))
		}
		grade := verdict.Grade(texts[severity])
		if !slices.Contains(verdict.Grades, grade) {
			return nil, errors.New(suggest.Unknown("grade", texts[severity], suggest.Words(verdict.Grades)))
		}
		if grades == nil {
			grades = map[verdict.Severity]verdict.Grade{}
		}
		grades[verdict.Severity(severity)] = grade
	}
	return grades, nil
}

// Names names files below a folder relative to it, however they were named: reports say where things are in the repository, and are the
// same on every machine.
func Names(folder string, names []string) []string {
	short := slices.Clone(names)
	for i, name := range short {
		below, err := filepath.Rel(folder, name)
		switch {
		case name == "": // no file
		case filepath.IsAbs(name) && err == nil && filepath.IsLocal(below):
			short[i] = below
		default:
			short[i] = filepath.Clean(name)
		}
	}
	return short
}

// ReaderOf reads evidence by rules as an assessment does.
func ReaderOf(rules ruleset.Ruleset) (*evidence.Reader, error) {
	form, _, err := rules.Form()
	if err != nil {
		return nil, err
	}
	placeholders, err := rules.Placeholders()
	if err != nil {
		return nil, err
	}
	reader := Options{}.Reader(form, placeholders)
	return &reader, nil
}
