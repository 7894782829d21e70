package assessment

import (
	"cmp"
	"slices"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Tally counts the verdicts of many services, as one after the other is added.
type Tally struct {
	Services int
	Results  map[verdict.Status]int // services by result
	Duties   []DutyTally            // in the table's order; without the provider's activities
	Counted                         // of all services
	// Undisputed are those of the duties that no reading of the table gives to somebody else.
	Undisputed Counted
	// Split are the duties of all services by status: those that are the customer's by every reading, and the disputed ones.
	Split struct{ Undisputed, Disputed map[verdict.Status]int }
	// Unmapped are the checks that count for no framework in some service, sorted by id; Looser are the parameters for which.
	Unmapped []string
	Looser   []Looser
	Grades   map[verdict.Grade]int // checks that pass, by grade, of all services
	Signers  map[string]int        // checks that pass by signed facts alone, by the name of the key
	Waivers  map[WaiverState]int   // of all services; one that several share is counted for each that it is listed for, or once
	// Worst are the services with something to fix, the worst first, and no more than WorstListed.
	Worst []Standing
}

// Counted are checks that a gate looks at.
type Counted struct {
	Bad    map[verdict.Severity]int // checks that do not hold
	Waived int                      // checks that are waived
}

func (c *Counted) add(check Check) {
	switch {
	case check.Status.Bad():
		if c.Bad == nil {
			c.Bad = map[verdict.Severity]int{}
		}
		c.Bad[check.Severity]++
	case check.Status == verdict.Waived:
		c.Waived++
	}
}

func (c *Counted) merge(other Counted) {
	if c.Bad == nil && len(other.Bad) > 0 {
		c.Bad = map[verdict.Severity]int{}
	}
	sum(c.Bad, other.Bad)
	c.Waived += other.Waived
}

// WorstListed is how many services a tally names.
const WorstListed = 10

// DutyTally counts the services by what became of one duty.
type DutyTally struct {
	ID    string
	Title string
	Count map[verdict.Status]int
}

// Bad is the number of services in which the duty leaves something to fix.
func (d DutyTally) Bad() int {
	n := 0
	for status, count := range d.Count {
		if status.Bad() {
			n += count
		}
	}
	return n
}

// Standing is how one service stands among others.
type Standing struct {
	Service ServiceID
	Result  verdict.Status
	Bad     map[verdict.Severity]int // checks that do not hold
	File    string                   // the first of its evidence
}

// begin makes the maps of a tally of nothing.
func (t *Tally) begin() {
	if t.Results == nil {
		t.Results, t.Bad = map[verdict.Status]int{}, map[verdict.Severity]int{}
		t.Split.Undisputed, t.Split.Disputed = map[verdict.Status]int{}, map[verdict.Status]int{}
		t.Grades, t.Signers, t.Waivers = map[verdict.Grade]int{}, map[string]int{}, map[WaiverState]int{}
	}
}

// merge adds what another tally counted, of services that come later.
func (t *Tally) merge(other *Tally) {
	t.begin()
	t.Services += other.Services
	sum(t.Results, other.Results)
	sum(t.Grades, other.Grades)
	sum(t.Signers, other.Signers)
	sum(t.Waivers, other.Waivers)
	sum(t.Split.Undisputed, other.Split.Undisputed)
	sum(t.Split.Disputed, other.Split.Disputed)
	for i, duty := range other.Duties {
		if i == len(t.Duties) {
			t.Duties = append(t.Duties, DutyTally{ID: duty.ID, Title: duty.Title, Count: map[verdict.Status]int{}})
		}
		sum(t.Duties[i].Count, duty.Count)
	}
	t.Counted.merge(other.Counted)
	t.Undisputed.merge(other.Undisputed)
	for _, id := range other.Unmapped {
		if at, listed := slices.BinarySearch(t.Unmapped, id); !listed {
			t.Unmapped = slices.Insert(t.Unmapped, at, id)
		}
	}
	for _, looser := range other.Looser {
		t.loosen(looser)
	}
	for _, standing := range other.Worst {
		at, _ := slices.BinarySearchFunc(t.Worst, standing, func(a, b Standing) int {
			return cmp.Or(worstFirst(a, b), -1) // behind those that stand the same
		})
		if at < WorstListed {
			t.Worst = slices.Insert(t.Worst, at, standing)
			t.Worst = t.Worst[:min(len(t.Worst), WorstListed)]
		}
	}
}

func sum[K comparable](counts, more map[K]int) {
	for key, n := range more {
		counts[key] += n
	}
}

// TallyOf counts the verdicts of one service.
func TallyOf(s *Service) Tally {
	t := Tally{Services: 1}
	t.begin()
	t.Results[s.Result]++
	sum(t.Grades, s.Grades)
	for _, w := range s.Waivers {
		t.Waivers[w.State]++
	}
	for _, signer := range s.Signers {
		t.Signers[signer.Name] += signer.Checks
	}
	standing := Standing{Service: s.Service, Result: s.Result, Bad: map[verdict.Severity]int{}}
	if len(s.Evidence) > 0 {
		standing.File = s.Evidence[0].Path
	}
	for _, activity := range s.Activities {
		if activity.Status == verdict.Inherited {
			continue
		}
		t.Duties = append(t.Duties, DutyTally{ID: activity.ID, Title: activity.Title, Count: map[verdict.Status]int{activity.Status: 1}})
		for _, check := range activity.Checks {
			t.unmap(check)
			t.Counted.add(check)
			if !activity.Disputed {
				t.Undisputed.add(check)
			}
			if check.Status.Bad() {
				standing.Bad[check.Severity]++
			}
		}
	}
	if s.Dispute != nil {
		sum(t.Split.Undisputed, s.Dispute.Undisputed.Summary)
		sum(t.Split.Disputed, s.Dispute.Disputed.Summary)
	}
	if s.Result.Bad() {
		t.Worst = []Standing{standing}
	}
	return t
}

// unmap notes a check that counts for no framework, and why.
func (t *Tally) unmap(check Check) {
	if len(check.Looser) == 0 {
		return
	}
	if at, listed := slices.BinarySearch(t.Unmapped, check.ID); !listed {
		t.Unmapped = slices.Insert(t.Unmapped, at, check.ID)
	}
	for _, looser := range check.Looser {
		t.loosen(looser)
	}
}

// loosen notes a parameter for which a check counts for no framework.
func (t *Tally) loosen(looser Looser) {
	at, listed := slices.BinarySearchFunc(t.Looser, looser.Parameter, func(l Looser, name string) int { return cmp.Compare(l.Parameter, name) })
	if !listed {
		t.Looser = slices.Insert(t.Looser, at, looser)
	}
}

// worstFirst orders services by result, then by how many checks do not hold, those of the gravest severity first.
func worstFirst(a, b Standing) int {
	order := verdict.WorstFirst(a.Result, b.Result)
	for _, severity := range slices.Backward(verdict.Severities) {
		order = cmp.Or(order, cmp.Compare(b.Bad[severity], a.Bad[severity]))
	}
	return order
}
