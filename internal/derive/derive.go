// Package derive reads facts of the evidence again from the artifacts that they rest on, as mappings say or by the readers of what
// collect keeps, and compares. A digest shows that a file is what it was; this shows what the file says.
package derive

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/spelling"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Fact is a fact of the evidence that was read again from an artifact, and is the same there.
type Fact struct {
	Pointer  string // of the fact, in the evidence
	Artifact string // path of the file
	Place    string // where in the file: a JSON pointer, or row and column of a table
	Service  bool   // the service itself answered it, or a program that knows it; only told where the evidence has Unproved
}

// Result is what the artifacts of one evidence say.
type Result struct {
	Facts []Fact // in the order of the artifacts
	// Contradictions are where the evidence and an artifact differ.
	Contradictions []consistency.Contradiction
	// Broken are artifacts that cannot be read as their derivation says, or that do not mention what names them.
	Broken []verdict.BrokenArtifact
}

// Deriver reads the facts of evidence again. It may be used by several goroutines.
type Deriver struct {
	Form func() (*evidence.Form, error)
	// Keeps says that the facts of an artifact are kept, for a later reading of evidence in which it is the same; and what they say of
	// sections, for one in which those are the same.
	Keeps bool

	mutex   sync.Mutex
	read    map[document.File]*mapping.Mapping // the services of a fleet often share their mappings
	facts   map[reading][]filled
	results map[compared]*comparedResult
}

type reading struct{ artifact, mapping document.File }

// filled is what an entry of a mapping gives of an artifact.
type filled struct {
	section string
	facts   mapping.Facts
	err     error
}

// mostRead is how many mappings a deriver remembers: more than one service has, and little for a fleet in which each has its own.
const mostRead = 256

// Of reads the facts of a set again. The error is one of a mapping, or of what names readers, with its place.
func (d *Deriver) Of(set *evidence.Set) (*Result, error) {
	if len(set.Derivations) == 0 {
		return &Result{}, nil
	}
	form, err := d.Form()
	if err != nil {
		return nil, err
	}
	r := &reader{deriver: d, set: set, form: form, mappings: map[string]*mapping.Mapping{}}
	var errs document.Errors
	for _, derivation := range set.Derivations {
		if len(derivation.Readers) == 0 {
			_, err := r.mapping(derivation.Mapping)
			errs = document.Collect(errs, err)
		}
	}
	read := func(_ context.Context, i int) (outcome, error) {
		return r.outcome(set.Derivations[i]), nil
	}
	results, facts := make([]*Result, 0, len(set.Derivations)), 0
	err = parallel.Each(context.Background(), len(set.Derivations), read, func(_ int, o outcome) error {
		errs = document.Collect(errs, o.err)
		results, facts = append(results, o.Result), facts+len(o.Facts)
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := &Result{Facts: make([]Fact, 0, facts)} // there are thousands, in each run of one that watches
	for _, result := range results {
		all.Facts = append(all.Facts, result.Facts...)
		all.Contradictions = append(all.Contradictions, result.Contradictions...)
		all.Broken = append(all.Broken, result.Broken...)
	}
	return all, errs.Sorted()
}

// outcome is what one artifact says, or why its derivation is refused.
type outcome struct {
	*Result
	err error
}

type reader struct {
	deriver  *Deriver
	set      *evidence.Set
	form     *evidence.Form
	mappings map[string]*mapping.Mapping // by path; nil for one that is wrong, which was said
}

type artifactReader struct {
	*reader
	result   *Result
	names    bool           // messages name records: no report shows them
	sections map[string]any // of the evidence, that were compared with the artifact; nil for no note of it
}

func (r *artifactReader) read(derivation evidence.Derivation) error {
	if len(derivation.Readers) > 0 {
		return r.reread(derivation)
	}
	if m := r.mappings[derivation.Mapping.Path]; m != nil {
		r.derive(derivation, m, func() ([]byte, error) { return r.set.ReadFile(derivation.Artifact, mapping.MaxExport) })
	}
	return nil
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

// factsOf reads an artifact, or answers what an earlier reading gave.
func (d *Deriver) factsOf(of reading, read func() ([]filled, error)) ([]filled, error) {
	if d == nil || !d.Keeps {
		return read()
	}
	d.mutex.Lock()
	all, kept := d.facts[of]
	d.mutex.Unlock()
	if kept {
		return all, nil
	}
	all, err := read()
	if err != nil {
		return nil, err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.facts == nil || len(d.facts) >= mostRead {
		d.facts = map[reading][]filled{}
	}
	d.facts[of] = all
	return all, nil
}

// Try compares a set with what a mapping reads of an artifact that is not part of it yet.
func Try(set *evidence.Set, form *evidence.Form, derivation evidence.Derivation, m *mapping.Mapping, content []byte) *Result {
	r := &artifactReader{reader: &reader{set: set, form: form}, result: &Result{}, names: true}
	r.derive(derivation, m, func() ([]byte, error) { return content, nil })
	return r.result
}

func (r *artifactReader) derive(derivation evidence.Derivation, m *mapping.Mapping, read func() ([]byte, error)) {
	spoiled := func(format string, values ...any) {
		r.spoiled(derivation, "Attach the file that shows the facts, or correct the mapping that reads it.",
			"the artifact %s, read by %s, %s", derivation.Artifact.Path, derivation.Mapping.Path, fmt.Sprintf(format, values...))
	}
	all, err := r.deriver.factsOf(reading{derivation.Artifact, derivation.Mapping}, func() (all []filled, err error) {
		content, err := read()
		if err != nil {
			return nil, err
		}
		export, err := m.Value(derivation.Artifact.Path, content)
		if err != nil {
			return nil, err
		}
		m.Apply(export, func(section string, facts mapping.Facts, err error) { all = append(all, filled{section, facts, err}) })
		return all, nil
	})
	if err != nil {
		spoiled("cannot be read: %v", err)
		return
	}
	about := shownBy(derivation)
	says := false
	for _, entry := range all {
		section, facts, err := entry.section, entry.facts, entry.err
		if err == nil {
			err = r.toldApart(facts)
		}
		if err != nil {
			spoiled("does not give /%s: %v", section, err)
			says = true // what is wrong is said already
			continue
		}
		c := comparer{
			artifactReader: r, derivation: derivation, section: r.section(section), fields: facts.Fields, whole: strings.Count(about, "/") == 1 && !facts.OnlyAdds,
			place: func(fact merge.Comparison) string { return m.Place(originOf(facts.Origins, fact.Told.Pointer)) },
		}
		says = c.compare(about) || says
	}
	if !says {
		spoiled("does not mention %s%s", about, r.nameAt(about))
	}
}

// nameAt is the name of a record, by which an artifact mentions it, in brackets; empty for none.
func (r *artifactReader) nameAt(pointer string) string {
	if !r.names {
		return ""
	}
	value, _ := document.Lookup(r.set.Value, pointer)
	record, _ := value.(map[string]any)
	for _, field := range []string{"name", "id"} {
		if name, _ := record[field].(string); name != "" {
			return fmt.Sprintf(" (%s)", name)
		}
	}
	return ""
}

// shownBy is the pointer to what an artifact shows: that of a record shows the record, that of a section's source the section.
func shownBy(derivation evidence.Derivation) string {
	return strings.TrimSuffix(strings.TrimSuffix(derivation.Pointer, "/artifact"), "/source")
}

// spoiled notes that an artifact cannot be read, or does not show what names it.
func (r *artifactReader) spoiled(derivation evidence.Derivation, remediation, format string, values ...any) {
	r.result.Broken = append(r.result.Broken, verdict.BrokenArtifact{
		Pointer: derivation.Pointer, Status: verdict.Fail, Remediation: remediation, Message: fmt.Sprintf(format, values...),
	})
}

func (r *reader) section(name string) merge.Section {
	return merge.Section{Root: r.form, Form: r.form.Properties.Forms[name], Name: name}
}

// toldApart refuses the items of a list that a mapping gives without what tells them apart: they could be compared with none.
func (r *reader) toldApart(facts mapping.Facts) error {
	items, _ := facts.Fields[facts.List].([]any)
	return r.section(facts.Section).ToldApart(facts.List, items)
}

// comparer compares what is read of an artifact with the evidence.
type comparer struct {
	*artifactReader
	derivation evidence.Derivation
	section    merge.Section
	fields     map[string]any                // of the section, as they are read
	whole      bool                          // the artifact is that of a section, and lists all items of a list
	place      func(merge.Comparison) string // where in the artifact a fact was read
	service    func(merge.Comparison) bool   // whether the service answered it; nil for a file that people or other programs write
	skip       func(merge.Comparison) bool   // what the artifact does not tell; nil for nothing
}

// compare reports whether the artifact says something below a pointer.
func (c comparer) compare(about string) (says bool) {
	written, supplied := c.set.Value[c.section.Name].(map[string]any)
	if c.sections != nil {
		c.sections[c.section.Name] = c.set.Value[c.section.Name]
	}
	if !supplied { // a section that is missing is for the checks that need it
		return true
	}
	c.section.Compare(written, c.fields, func(fact merge.Comparison) {
		equal := fact.Equal || fact.Written.Value == nil && isEmpty(fact.Told.Value) || sameText(fact.Written.Value, fact.Told.Value)
		switch {
		case c.skip != nil && c.skip(fact):
			return
		case fact.Item && !equal && !c.whole:
			return // others list it
		case !equal:
			c.report(fact)
		case fact.Written.Value != nil && !fact.Item && !fact.More:
			c.result.Facts = append(c.result.Facts, Fact{
				Pointer: fact.Written.Pointer, Artifact: c.derivation.Artifact.Path, Place: c.place(fact), Service: c.service != nil && c.service(fact),
			})
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
		contradiction.Values["text"], contradiction.Values["place"] = fact.Name, c.place(fact)
	default:
		contradiction.Condition = "other_in_artifact"
		contradiction.Values["field"], contradiction.Values["place"] = field, c.place(fact)
		contradiction.Values["value"], contradiction.Values["found"] = shown(fact.Written.Value), shown(fact.Told.Value)
		if fact.Written.Value == nil {
			contradiction.Condition = "withheld"
			delete(contradiction.Values, "value")
		}
	}
	c.result.Contradictions = append(c.result.Contradictions, contradiction)
}

// originOf is where a fact was read, by its pointer in the facts: as it is noted for the fact, or for the item or the list that it
// is in; empty where nothing is.
func originOf(origins map[string]string, pointer string) string {
	for around := range document.Around(pointer) {
		if origin, ok := origins[around]; ok {
			return origin
		}
	}
	return origins[""]
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
	text, isText := value.(string)
	if !isText {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(err) // a JSON value
		}
		text = string(encoded)
	}
	return sanitize.Text(sanitize.Cut(text, 80))
}
