// Package sample chooses facts of a report for an auditor to compare with the world, and reads what the auditor found. The choice
// follows from the report's digest alone: another program can make the same one (docs/auditor.md has the method).
package sample

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// How many facts are chosen: unless told otherwise, and at most.
const (
	DefaultSize = 25
	MaxSize     = 10_000
)

// Request says of what to choose, and how many facts.
type Request struct {
	Report *assessment.Assessment
	Folder string // that the names of files in the report are relative to
	Size   int
	Seed   string // an auditor's own text, so that nobody can make reports until the choice suits; empty for none
}

// Sample is a choice of facts.
type Sample struct {
	Report     string // digest of the report
	At         string // RFC 3339 time that the report was made for
	PastAt     bool   // that time was allowed to be past
	Seed       string
	Population int // facts that passes rest on
	Groups     int // fields of services, by grade, that these facts stand in
	Facts      []Fact
	answers    map[int]Answer // what the auditor found, by the index of the fact
}

// Fill puts what an auditor found of a fact into the worksheet.
func (s *Sample) Fill(fact int, answer Answer) {
	if s.answers == nil {
		s.answers = map[int]Answer{}
	}
	s.answers[fact] = answer
}

// Fact is a chosen fact, with the gravest check that passes by it.
type Fact struct {
	Service  assessment.ServiceID
	Activity string // id
	Duty     string // name of the activity
	Check    string
	Title    string
	Severity verdict.Severity
	Checks   int // that pass by the fact
	Pointer  string
	verdict.Location
	Value      string // a text as it is, all else as JSON
	Grade      verdict.Grade
	SignedBy   []string // names of the keys that have signed the file
	FileSHA256 string
	Artifact   Artifact
}

// Artifact is the file that shows a fact; empty for a fact that is only stated.
type Artifact struct {
	Path   string // relative to the working folder of the assessment
	Place  string // where in it a derived fact was read
	SHA256 string
}

// ErrNothing says that there is no fact to choose.
var ErrNothing = errors.New("no check of the report passes by facts: there is nothing to sample")

// ErrSize says that so many facts cannot be chosen.
var ErrSize = fmt.Errorf("the number of facts must be from 1 to %d", MaxSize)

// maxSeed is how long a seed may be, in bytes.
const maxSeed = 200

// ErrSeed says that a seed would not come back from a spreadsheet as it was.
var ErrSeed = fmt.Errorf("a seed is a text of at most %d bytes, without hidden characters, space around it, or an apostrophe before it", maxSeed)

// Choose chooses facts. Each field of a service is drawn with as many tickets as its weight says; the fields with the lowest tickets
// give a fact each, in that order, then again, until there are enough.
func Choose(r Request) (*Sample, error) {
	if r.Size < 1 || r.Size > MaxSize {
		return nil, ErrSize
	}
	if sanitize.Text(r.Seed) != r.Seed || strings.TrimSpace(r.Seed) != r.Seed || strings.HasPrefix(r.Seed, "'") || len(r.Seed) > maxSeed {
		return nil, ErrSeed
	}
	s := &Sample{Report: r.Report.Digest, At: r.Report.At, PastAt: r.Report.PastAt, Seed: r.Seed}
	reader, err := newReader(r)
	if err != nil {
		return nil, err
	}
	defer reader.close()
	var groups []*group
	for i := range r.Report.Services {
		service := &r.Report.Services[i]
		facts, err := reader.facts(service)
		if err != nil {
			return nil, err
		}
		s.Population += len(facts)
		drawn := r.draw(service.Service.ID, facts)
		s.Groups += len(drawn)
		groups = append(groups, drawn...)
		slices.SortFunc(groups, func(a, b *group) int { return bytes.Compare(a.ticket[:], b.ticket[:]) })
		groups = groups[:min(len(groups), r.Size)] // the others would come too late
	}
	if s.Population == 0 {
		return nil, ErrNothing
	}
	s.Facts = inRounds(groups, min(r.Size, s.Population))
	return s, nil
}

// group is the facts of one field of a service that have one grade.
type group struct {
	field  string
	grade  verdict.Grade
	facts  []Fact // in the order in which they are chosen
	ticket [sha256.Size]byte
}

// draw puts the facts of a service into groups and draws for each.
func (r Request) draw(service string, facts []fieldFact) []*group {
	type key struct {
		field string
		grade verdict.Grade
	}
	byKey := map[key]*group{}
	var groups []*group
	for _, fact := range facts {
		k := key{fact.field, fact.Grade}
		g := byKey[k]
		if g == nil {
			g = &group{field: fact.field, grade: fact.Grade}
			byKey[k], groups = g, append(groups, g)
		}
		g.facts = append(g.facts, fact.Fact)
	}
	for _, g := range groups {
		tickets := make(map[string][sha256.Size]byte, len(g.facts))
		for _, fact := range g.facts {
			tickets[fact.Pointer] = r.ticket(service, fact.Pointer)
		}
		slices.SortFunc(g.facts, func(a, b Fact) int {
			x, y := tickets[a.Pointer], tickets[b.Pointer]
			return bytes.Compare(x[:], y[:])
		})
		g.facts = g.facts[:min(len(g.facts), r.Size)]
		for k := 1; k <= Weight(g.facts[0].Severity, g.grade); k++ {
			ticket := r.ticket(service, g.field, string(g.grade), fmt.Sprint(k))
			if k == 1 || bytes.Compare(ticket[:], g.ticket[:]) < 0 {
				g.ticket = ticket
			}
		}
	}
	return groups
}

// ticket is a number that nobody chooses: the SHA-256 of the report's digest, the seed, and what is drawn for.
func (r Request) ticket(about ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(append([]string{r.Report.Digest, r.Seed}, about...), "\n")))
}

// Weight is how many tickets a group of facts has. Each step of severity and each step of weakness doubles them: what a mistake costs
// grows with the severity, and how likely it goes unnoticed with the weakness of the grade.
func Weight(severity verdict.Severity, grade verdict.Grade) int {
	return 1 << max(severity.Rank()-1, 0) << (len(verdict.Grades) - max(grade.Rank(), 1))
}

// inRounds takes a fact of each group in turn, in the order of their tickets, until there are so many.
func inRounds(groups []*group, count int) []Fact {
	var chosen []Fact
	for round := 0; ; round++ {
		before := len(chosen)
		for _, g := range groups {
			if round < len(g.facts) && len(chosen) < count {
				chosen = append(chosen, g.facts[round])
			}
		}
		if len(chosen) == before {
			return chosen
		}
	}
}
