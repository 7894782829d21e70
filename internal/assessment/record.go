package assessment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/raci-check/raci-check/internal/verdict"
)

// record is a service without what is the same in all of them: what its checks and activities are about is named by its
// place in a glossary.
type record struct {
	Service
	Activities []activityRecord `json:"short"`
}

type activityRecord struct {
	Description   int
	Status        verdict.Status
	Reason        string       `json:",omitempty"`
	Assurance     []Assurance  `json:",omitempty"`
	NotApplicable *Declaration `json:",omitempty"`
	Checks        []checkRecord
	Grade         verdict.Grade `json:",omitempty"`
}

type checkRecord struct {
	Description int
	Status      verdict.Status
	Findings    []Finding
	Waiver      *Waiver       `json:",omitempty"`
	Reason      string        `json:",omitempty"`
	Grade       verdict.Grade `json:",omitempty"`
	Weakest     []string      `json:",omitempty"`
	SignedBy    []string      `json:",omitempty"`
	StatedBy    *Stated       `json:",omitempty"`
}

// glossary holds the descriptions of activities and checks. It is safe for concurrent use.
type glossary struct {
	activities descriptions[Activity]
	checks     descriptions[Check]
}

// descriptions holds each description once.
type descriptions[T any] struct {
	mutex sync.RWMutex
	all   []T
	byID  map[string][]int // several where one id is described in several ways
}

// encode writes a service down in a short form that decode understands.
func (g *glossary) encode(s *Service) ([]byte, error) {
	r := record{Service: *s}
	r.Service.Activities = nil
	if s.Activities != nil {
		r.Activities = make([]activityRecord, len(s.Activities))
	}
	for i := range s.Activities {
		a := &s.Activities[i]
		short := activityRecord{
			Description: g.activities.place(a.ID, describedActivity(*a), sameActivity),
			Status:      a.Status, Reason: a.Reason, Grade: a.Grade, Assurance: a.Assurance, NotApplicable: a.NotApplicable,
		}
		if a.Checks != nil {
			short.Checks = make([]checkRecord, len(a.Checks))
		}
		for k := range a.Checks {
			c := &a.Checks[k]
			short.Checks[k] = checkRecord{g.checks.place(c.ID, describedCheck(*c), sameCheck), c.Status, c.Findings, c.Waiver, c.Reason, c.Grade, c.Weakest, c.SignedBy, c.StatedBy}
		}
		r.Activities[i] = short
	}
	encoded, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encode service: %w", err)
	}
	return encoded, nil
}

func (g *glossary) decode(encoded []byte) (*Service, error) {
	var r record
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber() // the values of findings
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("decode service: %w", err)
	}
	s := r.Service
	if r.Activities != nil {
		s.Activities = make([]Activity, len(r.Activities))
	}
	for i, short := range r.Activities {
		a := g.activities.at(short.Description)
		a.Status, a.Reason, a.Grade, a.Assurance, a.NotApplicable = short.Status, short.Reason, short.Grade, short.Assurance, short.NotApplicable
		if short.Checks != nil {
			a.Checks = make([]Check, len(short.Checks))
		}
		for k, shortCheck := range short.Checks {
			c := g.checks.at(shortCheck.Description)
			c.Status, c.Findings, c.Waiver, c.Reason = shortCheck.Status, shortCheck.Findings, shortCheck.Waiver, shortCheck.Reason
			c.Grade, c.Weakest, c.SignedBy, c.StatedBy = shortCheck.Grade, shortCheck.Weakest, shortCheck.SignedBy, shortCheck.StatedBy
			a.Checks[k] = c
		}
		s.Activities[i] = a
	}
	return &s, nil
}

// Glossary holds the descriptions that services of one run share.
type Glossary struct{ glossary }

// Pack writes a service down in two parts: what is its own, and the descriptions of activities and checks, which are the same for
// most services of one set of rules.
func Pack(s *Service) (own, descriptions []byte, err error) {
	var g glossary
	if own, err = g.encode(s); err != nil {
		return nil, nil, err
	}
	descriptions, err = json.Marshal(packed{g.activities.all, g.checks.all})
	if err != nil {
		return nil, nil, fmt.Errorf("encode descriptions: %w", err)
	}
	return own, descriptions, nil
}

// packed are the descriptions of one service in the order of their places.
type packed struct {
	Activities []Activity
	Checks     []Check
}

// ReadGlossary reads descriptions that Pack wrote.
func ReadGlossary(descriptions []byte) (*Glossary, error) {
	var p packed
	decoder := json.NewDecoder(bytes.NewReader(descriptions))
	decoder.UseNumber() // the values of parameters
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("decode descriptions: %w", err)
	}
	return &Glossary{glossary{activities: descriptionsOf(p.Activities), checks: descriptionsOf(p.Checks)}}, nil
}

// Unpack reads a service that Pack wrote together with the descriptions of this glossary.
func (g *Glossary) Unpack(own []byte) (*Service, error) { return g.decode(own) }

// place answers the place of a description, which is put there if it is new.
func (d *descriptions[T]) place(id string, description T, same func(a, b *T) bool) int {
	find := func() (int, bool) {
		for _, i := range d.byID[id] {
			if same(&d.all[i], &description) {
				return i, true
			}
		}
		return 0, false
	}
	d.mutex.RLock()
	i, ok := find()
	d.mutex.RUnlock()
	if ok {
		return i
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if i, ok := find(); ok {
		return i
	}
	if d.byID == nil {
		d.byID = map[string][]int{}
	}
	d.all = append(d.all, description)
	d.byID[id] = append(d.byID[id], len(d.all)-1)
	return len(d.all) - 1
}

func descriptionsOf[T any](all []T) descriptions[T] { return descriptions[T]{all: all} }

func (d *descriptions[T]) at(place int) T {
	d.mutex.RLock()
	defer d.mutex.RUnlock()
	return d.all[place]
}

// describedActivity leaves out what a service has to do with it.
func describedActivity(a Activity) Activity {
	a.Status, a.Reason, a.Grade, a.Assurance, a.NotApplicable, a.Checks = "", "", "", nil, nil, nil
	return a
}

func sameActivity(a, b *Activity) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Title == b.Title && a.Phase == b.Phase && a.Section == b.Section &&
		a.Customer == b.Customer && a.Provider == b.Provider && a.Disputed == b.Disputed && a.DisputeNote == b.DisputeNote &&
		sameTexts(a.AskProvider, b.AskProvider)
}

// describedCheck leaves out the verdict.
func describedCheck(c Check) Check {
	c.Status, c.Findings, c.Waiver, c.Reason, c.Grade, c.Weakest, c.SignedBy, c.StatedBy = "", nil, nil, "", "", nil, nil, nil
	return c
}

func sameCheck(a, b *Check) bool {
	return a.ID == b.ID && a.Title == b.Title && a.Description == b.Description && a.Severity == b.Severity &&
		a.Source == b.Source && a.Remediation == b.Remediation && sameTexts(a.Evidence, b.Evidence) &&
		sameTexts(a.Parameters, b.Parameters) && sameLooser(a.Looser, b.Looser) && sameLooser(a.Milder, b.Milder) &&
		(a.Controls == nil) == (b.Controls == nil) && maps.EqualFunc(a.Controls, b.Controls, sameTexts)
}

// sameTexts tells none from empty: they are written differently.
func sameTexts(a, b []string) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

// sameLooser compares names and values: of one run they are the same for each service, unless a waiver's parameter is among them.
func sameLooser[T any](a, b []T) bool {
	return (a == nil) == (b == nil) && slices.EqualFunc(a, b, func(x, y T) bool { return reflect.DeepEqual(x, y) })
}
