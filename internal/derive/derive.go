// Package derive reads facts of the evidence again from the artifacts that they rest on, as mappings say, and compares. A digest
// shows that a file is what it was; this shows what the file says.
package derive

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"raci-check/internal/collect/merge"
	"raci-check/internal/consistency"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/mapping"
	"raci-check/internal/sanitize"
	"raci-check/internal/spelling"
	"raci-check/internal/verdict"
)

// Fact is a fact of the evidence that was read again from an artifact, and is the same there.
type Fact struct {
	Pointer  string // of the fact, in the evidence
	Artifact string // path of the file
	Place    string // where in the file: a JSON pointer, or row and column of a table
}

// Result is what the artifacts of one evidence say.
type Result struct {
	Facts []Fact // in the order of the artifacts
	// Contradictions are where the evidence and an artifact differ.
	Contradictions []consistency.Contradiction
	// Broken are artifacts that cannot be read as their mapping says, or that do not mention what names them.
	Broken []verdict.BrokenArtifact
}

// Deriver reads the facts of evidence again. It may be used by several goroutines.
type Deriver struct {
	// Form is the form of evidence.
	Form func() (*evidence.Form, error)

	mutex sync.Mutex
	read  map[document.File]*mapping.Mapping // the services of a fleet often share their mappings
}

// mostRead is how many mappings a deriver remembers: more than one service has, and little for a fleet in which each has its own.
const mostRead = 256

// Of reads the facts of a set again. The error is one of a mapping, with its place.
func (d *Deriver) Of(set *evidence.Set) (*Result, error) {
	if len(set.Derivations) == 0 {
		return &Result{}, nil
	}
	form, err := d.Form()
	if err != nil {
		return nil, err
	}
	r := &reader{deriver: d, set: set, form: form, mappings: map[string]*mapping.Mapping{}, result: &Result{}}
	var errs document.Errors
	for _, derivation := range set.Derivations {
		m, err := r.mapping(derivation.Mapping)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		if m != nil {
			r.derive(derivation, m, func() ([]byte, error) { return r.set.ReadFile(derivation.Artifact, mapping.MaxExport) })
		}
	}
	return r.result, errs.Sorted()
}

type reader struct {
	deriver  *Deriver
	set      *evidence.Set
	form     *evidence.Form
	mappings map[string]*mapping.Mapping // by path; nil for one that is wrong, which was said
	result   *Result
}

// mapping reads a mapping once.
func (r *reader) mapping(file document.File) (*mapping.Mapping, error) {
	if m, read := r.mappings[file.Path]; read {
		return m, nil
	}
	r.mappings[file.Path] = r.deriver.known(file)
	if m := r.mappings[file.Path]; m != nil {
		return m, nil
	}
	content, err := r.set.ReadFile(file, evidence.MaxMapping)
	if err != nil {
		return nil, err
	}
	m, err := mapping.Read(file.Path, content, r.form)
	if err != nil {
		return nil, err
	}
	r.mappings[file.Path] = m
	r.deriver.remember(file, m)
	return m, nil
}

// known is a mapping that was read of the same file before; nil where none was.
func (d *Deriver) known(file document.File) *mapping.Mapping {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.read[file]
}

func (d *Deriver) remember(file document.File, m *mapping.Mapping) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.read == nil {
		d.read = map[document.File]*mapping.Mapping{}
	}
	if len(d.read) < mostRead {
		d.read[file] = m
	}
}

// Try compares a set with what a mapping reads of an artifact that is not part of it yet.
func Try(set *evidence.Set, form *evidence.Form, derivation evidence.Derivation, m *mapping.Mapping, content []byte) *Result {
	r := &reader{set: set, form: form, result: &Result{}}
	r.derive(derivation, m, func() ([]byte, error) { return content, nil })
	return r.result
}

// derive reads the facts of one artifact.
func (r *reader) derive(derivation evidence.Derivation, m *mapping.Mapping, read func() ([]byte, error)) {
	spoiled := func(format string, values ...any) {
		r.result.Broken = append(r.result.Broken, verdict.BrokenArtifact{
			Pointer: derivation.Pointer, Status: verdict.Fail, Remediation: "Attach the file that shows the facts, or correct the mapping that reads it.",
			Message: fmt.Sprintf("the artifact %s, read by %s, %s", derivation.Artifact.Path, derivation.Mapping.Path, fmt.Sprintf(format, values...)),
		})
	}
	content, err := read()
	if err != nil {
		spoiled("cannot be read: %v", err)
		return
	}
	export, err := m.Value(derivation.Artifact.Path, content)
	if err != nil {
		spoiled("cannot be read: %v", err)
		return
	}
	// An artifact of a record shows that record, one of a section's source shows the section.
	about := strings.TrimSuffix(strings.TrimSuffix(derivation.Pointer, "/artifact"), "/source")
	says := false
	m.Apply(export, func(section string, facts mapping.Facts, err error) {
		if err == nil {
			err = r.toldApart(facts)
		}
		if err != nil {
			spoiled("does not give /%s: %v", section, err)
			says = true // what is wrong is said already
			return
		}
		c := comparer{reader: r, derivation: derivation, mapping: m, facts: facts, whole: about == "/"+section && !facts.OnlyAdds}
		says = c.compare(about) || says
	})
	if !says {
		spoiled("does not mention %s", about)
	}
}

// toldApart refuses the items of a list that a mapping gives without what tells them apart: they could be compared with none.
func (r *reader) toldApart(facts mapping.Facts) error {
	section := merge.Section{Root: r.form, Form: r.form.Properties.Forms[facts.Section], Name: facts.Section}
	items, _ := facts.Fields[facts.List].([]any)
	return section.ToldApart(facts.List, items)
}

// comparer compares what one entry of a mapping reads with the evidence.
type comparer struct {
	*reader
	derivation evidence.Derivation
	mapping    *mapping.Mapping
	facts      mapping.Facts
	whole      bool // the artifact lists all items of a list
}

// compare reports whether the artifact says something below a pointer.
func (c comparer) compare(about string) (says bool) {
	section := merge.Section{Root: c.form, Form: c.form.Properties.Forms[c.facts.Section], Name: c.facts.Section}
	written, supplied := c.set.Value[c.facts.Section].(map[string]any)
	if !supplied { // a section that is missing is for the checks that need it
		return true
	}
	section.Compare(written, c.facts.Fields, func(fact merge.Comparison) {
		equal := fact.Equal || fact.Written.Value == nil && isEmpty(fact.Told.Value) || sameText(fact.Written.Value, fact.Told.Value)
		switch {
		case fact.Item && !equal && !c.whole:
			return // others list it
		case !equal:
			c.report(fact)
		case fact.Written.Value != nil && !fact.Item:
			c.result.Facts = append(c.result.Facts, Fact{fact.Written.Pointer, c.derivation.Artifact.Path, c.place(fact.Told.Pointer)})
		}
		says = says || strings.HasPrefix(fact.Written.Pointer+"/", about+"/")
	})
	return says
}

// report notes a contradiction.
func (c comparer) report(fact merge.Comparison) {
	contradiction := consistency.Contradiction{
		Condition: "not_in_artifact", Pointer: fact.Written.Pointer, Related: []string{c.derivation.Pointer},
		Values: map[string]any{"artifact": c.derivation.Artifact.Path},
	}
	field := strings.ReplaceAll(fact.Name, "_", " ")
	switch {
	case fact.Item && fact.Told.Value == nil:
		contradiction.Values["text"] = fact.Name
	case fact.Item:
		contradiction.Condition = "only_in_artifact"
		contradiction.Values["text"], contradiction.Values["place"] = fact.Name, c.place(fact.Told.Pointer)
	default:
		contradiction.Condition = "other_in_artifact"
		contradiction.Values["field"], contradiction.Values["place"] = field, c.place(fact.Told.Pointer)
		contradiction.Values["value"], contradiction.Values["found"] = shown(fact.Written.Value), shown(fact.Told.Value)
		if fact.Written.Value == nil {
			contradiction.Condition = "withheld"
			delete(contradiction.Values, "value")
		}
	}
	c.result.Contradictions = append(c.result.Contradictions, contradiction)
}

// place is where in the artifact a fact was read, by its pointer in the facts.
func (c comparer) place(pointer string) string {
	for {
		if origin, ok := c.facts.Origins[pointer]; ok {
			return c.mapping.Place(origin)
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return c.mapping.Place("")
		}
		pointer = pointer[:cut] // of the item, or of the list
	}
}

// isEmpty reports whether a value says that there is none.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case []any:
		return len(v) == 0
	case bool:
		return !v
	}
	return false
}

// sameText reports whether two texts differ in their spelling alone.
func sameText(a, b any) bool {
	x, isText := a.(string)
	y, isOther := b.(string)
	return isText && isOther && spelling.Fold(x) == spelling.Fold(y)
}

// shown is a value as messages repeat it, cut where it is long.
func shown(value any) string {
	const most = 80
	text, isText := value.(string)
	if !isText {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(err) // a JSON value
		}
		text = string(encoded)
	}
	if letters := []rune(text); len(letters) > most {
		text = string(letters[:most-1]) + "…"
	}
	return sanitize.Text(text)
}
