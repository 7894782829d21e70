package policies_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// laboratory judges mutants of the compliant evidence.
type laboratory struct {
	engines engines
	form    *schema.Schema
	at      time.Time
	fitting map[string]any // evidence that fits the schema, of which mutants are made; nil for none
}

// newLaboratory judges as the program does for somebody who edits evidence: what follows from parts of the evidence is kept for the
// next mutant, and a mutant is asked only for the checks that it can change. TestProgramDecidesAsOPADoes holds that against plain OPA,
// as it does the rest.
func newLaboratory(t testing.TB, h house) laboratory {
	t.Helper()
	built.once.Do(func() { built.laboratory = build(t, h) })
	if built.laboratory.engines == nil {
		t.Fatal("the policies cannot be evaluated: another test says why")
	}
	return built.laboratory
}

// built is the laboratory of all tests: the policies are compiled once.
var built struct {
	once       sync.Once
	laboratory laboratory
}

func build(t testing.TB, h house) laboratory {
	t.Helper()
	form, err := schema.Proven("evidence", h.format.Schema)
	must(t, err)
	reads, err := rego.Reads(h.set)
	must(t, err)
	free := make(engines, runtime.GOMAXPROCS(0))
	for range cap(free) {
		config := h.config()
		config.Again = true
		evaluator, err := rego.NewLocal(t.Context(), rego.LocalConfig{Policies: h.set, Data: config.Data(), Again: true})
		must(t, err)
		config.Evaluator = engine.Remember(evaluator, reads)
		e, err := engine.New(config)
		must(t, err)
		free <- e
	}
	return laboratory{engines: free, form: form, at: instant(t)}
}

// engines lends each of its engines to one evaluation at a time: those that remember spare less where two share them.
type engines chan *engine.Engine

// alone lends one engine to all at once.
func alone(e *engine.Engine) engines {
	lent := make(engines, runtime.GOMAXPROCS(0))
	for range cap(lent) {
		lent <- e
	}
	return lent
}

func (l engines) evaluate(ctx context.Context, request engine.Request) (assessment.Service, error) {
	e := <-l
	defer func() { l <- e }()
	return e.Evaluate(ctx, request)
}

// instant is the time that the examples are judged for.
func instant(t testing.TB) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, at)
	must(t, err)
	return parsed
}

func (l laboratory) judge(t testing.TB, value map[string]any) (assessment.Service, error) {
	return l.engines.evaluate(t.Context(), engine.Request{At: l.at, Evidence: engine.Evidence{
		Value:  value,
		Locate: func(string) verdict.Location { return verdict.Location{} },
	}})
}

// bad lists the ids of the checks that do not hold for the evidence; refused says that it is malformed.
func (l laboratory) bad(t testing.TB, value map[string]any) (ids []string, refused bool) {
	if _, misfit := l.form.Misfit(l.changed(value)); misfit {
		return nil, true
	}
	service, err := l.judge(t, value)
	if err != nil {
		return nil, true
	}
	for _, activity := range service.Activities {
		if activity.Status == verdict.Error {
			t.Errorf("%s: %s", activity.ID, activity.Reason)
		}
		for _, check := range activity.Checks {
			if check.Status.Bad() {
				ids = append(ids, check.ID)
			}
		}
	}
	return ids, false
}

// changed is a mutant without the sections that it shares with the evidence that it is made of: these fit the schema, which asks
// only for metadata and compares no section with another, as newExample makes sure.
func (l laboratory) changed(mutant map[string]any) map[string]any {
	changed := map[string]any{}
	for name, section := range mutant {
		fields, isObject := section.(map[string]any)
		before, wasObject := l.fitting[name].(map[string]any)
		isSame := isObject && wasObject && reflect.ValueOf(fields).UnsafePointer() == reflect.ValueOf(before).UnsafePointer()
		if !isSame || name == "metadata" {
			changed[name] = section
		}
	}
	return changed
}

// notices reports whether a check fails for the evidence, or the evidence is refused.
func (l laboratory) notices(t testing.TB, value map[string]any) bool {
	ids, refused := l.bad(t, value)
	return len(ids) > 0 || refused
}

// example is evidence that passes, of which mutants are made.
type example struct {
	house
	laboratory
	value       map[string]any
	encoded     []byte
	plain       map[string]any            // the value as JSON gives it; it stays as it is
	root        map[string]any            // the schema of evidence
	informative func(pointer string) bool // whether no check reads it
	reader      evidence.Reader
}

// newExample is the evidence of a folder below evidence/.
func newExample(t testing.TB, folder string) *example {
	t.Helper()
	h := load(t)
	e := &example{house: h, laboratory: newLaboratory(t, h), value: h.passing(t, folder)}
	var err error
	e.encoded, err = json.Marshal(e.value)
	must(t, err)
	e.plain = decode(t, e.encoded)
	must(t, json.Unmarshal(h.format.Schema, &e.root))
	for keyword := range e.root {
		if !strings.HasPrefix(keyword, "x-") && !slices.Contains(apart, keyword) {
			t.Fatalf("the schema's %q may compare sections: mutants are to be checked whole", keyword)
		}
	}
	if _, misfit := e.form.Misfit(e.plain); misfit {
		t.Fatalf("evidence/%s does not fit the schema", folder)
	}
	e.fitting = e.plain
	e.informative = informativeFields(t, e.root)
	list, err := placeholder.New(h.reference)
	must(t, err)
	e.reader = evidence.Reader{Schema: e.form, Limits: document.DefaultLimits, Placeholders: list}
	return e
}

// apart are keywords at the top of the schema that ask nothing of one section because of another.
var apart = []string{"$schema", "$id", "$defs", "title", "description", "type", "additionalProperties", "required", "properties"}

// refuses is the error of the reader of evidence, as a user's file would meet it; nil where it takes the evidence.
func (e *example) refuses(t testing.TB, value map[string]any) error {
	text, err := json.Marshal(value)
	must(t, err)
	reader := e.reader
	reader.Stdin = bytes.NewReader(text)
	_, _, err = reader.Read([]string{"-"})
	return err
}

// each tries so many mutants, on all processors.
func each(t testing.TB, n int, try func(i int)) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error {
			try(i)
			return nil
		})
	}
	must(t, group.Wait())
}

// survivor is an entry of a file of reviewed mutants that nothing notices.
type survivor struct {
	Places   []string `yaml:"places"`
	Families []string `yaml:"families"`
	Reason   string   `yaml:"reason"`
}

// reviews are the entries of one file, and which of them a mutant has needed.
type reviews struct {
	file    string
	entries []survivor
	needed  map[string]bool // by place and family
}

func readReviews(t testing.TB, file string) *reviews {
	t.Helper()
	r := &reviews{file: file, needed: map[string]bool{}}
	readYAML(t, file, &r.entries)
	return r
}

// cover reports whether somebody has reviewed the mutants of a family at a place.
func (r *reviews) cover(family, pointer string) bool {
	covered := false
	for _, entry := range r.entries {
		for _, place := range entry.Places {
			if slices.Contains(entry.Families, family) && like(pointer, place) {
				r.needed[place+" "+family], covered = true, true
			}
		}
	}
	return covered
}

// allNeeded refuses entries without a reason, and those that no mutant has needed.
func (r *reviews) allNeeded(t testing.TB) {
	t.Helper()
	for _, entry := range r.entries {
		if strings.TrimSpace(entry.Reason) == "" {
			t.Errorf("%s: %v has no reason", r.file, entry.Places)
		}
		for _, place := range entry.Places {
			for _, family := range entry.Families {
				if !r.needed[place+" "+family] {
					t.Errorf("%s: no mutant needs %s %s any more", r.file, place, family)
				}
			}
		}
	}
}

// like reports whether a pointer is the place, whose "*" stands for any part.
func like(pointer, place string) bool {
	same := func(part, expected string) bool { return expected == "*" || part == expected }
	return slices.EqualFunc(strings.Split(pointer, "/"), strings.Split(place, "/"), same)
}
