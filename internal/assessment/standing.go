package assessment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Progress counts checks by what became of them.
type Progress struct {
	Passed int
	Judged int                      // that apply and were assessed
	Count  map[verdict.Status]int   // of all
	Bad    map[verdict.Severity]int // that do not pass and are not waived
}

// ProgressOf counts the checks of activities.
func ProgressOf(activities ...Activity) Progress {
	p := Progress{Count: map[verdict.Status]int{}, Bad: map[verdict.Severity]int{}}
	for _, activity := range activities {
		for _, check := range activity.Checks {
			p.Count[check.Status]++
			switch check.Status {
			case verdict.Pass:
				p.Passed++
			case verdict.NotApplicable, verdict.Inherited, verdict.NotSelected:
				continue
			}
			p.Judged++
			if check.Status.Bad() {
				p.Bad[check.Severity]++
			}
		}
	}
	return p
}

// compare orders what has more and graver checks to fix first.
func (p Progress) compare(other Progress) int {
	for _, severity := range slices.Backward(verdict.Severities) {
		if c := cmp.Compare(other.Bad[severity], p.Bad[severity]); c != 0 {
			return c
		}
	}
	return 0
}

// WorstActivities are the indexes of activities, the worst first: by status, then by the gravest checks that do not pass, then in the
// table's order.
func WorstActivities(activities []Activity) []int {
	order, progress := make([]int, len(activities)), make([]Progress, len(activities))
	for i := range activities {
		order[i], progress[i] = i, ProgressOf(activities[i])
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Or(verdict.WorstFirst(activities[x].Status, activities[y].Status), progress[x].compare(progress[y]))
	})
	return order
}

// GravestFirst orders checks by severity, then by status.
func GravestFirst(x, y Check) int {
	return cmp.Or(cmp.Compare(y.Severity.Rank(), x.Severity.Rank()), verdict.WorstFirst(x.Status, y.Status))
}

// Oldest is the section that was collected first; nil where no section says when.
func (s *Service) Oldest() *Section {
	var oldest *Section
	var first time.Time
	for i := range s.Sections {
		at, err := time.Parse(time.RFC3339Nano, s.Sections[i].CollectedAt)
		if err == nil && (oldest == nil || at.Before(first)) {
			oldest, first = &s.Sections[i], at
		}
	}
	return oldest
}

// Expiry is something that ends, and when.
type Expiry struct {
	On   string // RFC 3339 date
	Kind string // check, waiver or document
	What string // message of the check, id of the waived check, name of the document
}

// NextExpiry is what ends first at the assessment's time or after it: a waiver that applies, a document of the provider or, where the
// assessment looks ahead, what a check finds then; nil where nothing is known to end.
func (s *Service) NextExpiry() *Expiry {
	var next *Expiry
	add := func(e Expiry) {
		if _, err := time.Parse(time.DateOnly, e.On); err != nil || e.On < s.At[:min(len(s.At), len(time.DateOnly))] {
			return
		}
		if next == nil || e.On < next.On {
			next = &e
		}
	}
	if s.Forecast != nil {
		for _, event := range s.Forecast.Events {
			add(Expiry{event.At[:min(len(event.At), len(time.DateOnly))], "check", event.Message})
		}
	}
	for _, waiver := range s.Waivers {
		if waiver.State == WaiverApplied {
			add(Expiry{waiver.ExpiresOn, "waiver", waiver.Check})
		}
	}
	for _, activity := range s.Activities {
		for _, document := range activity.Assurance {
			add(Expiry{document.ValidUntil, "document", document.Document})
		}
	}
	return next
}

// Request is the evidence that one person or system has to supply.
type Request struct {
	Owner   string // that collected the sections before; empty where the evidence does not say so
	Missing []Missing
}

// Missing is one thing that the evidence lacks, with the checks that need it.
type Missing struct {
	Cause  *Cause // nil where only one finding says so
	Checks []string
	Finding
	Severity verdict.Severity
}

// Requests lists what evidence is missing by who collected its section, the gravest first; what belongs to nobody is at the end.
func (s *Service) Requests() []Request {
	owners := map[string]string{}
	for _, section := range s.Sections {
		owners[section.Name] = section.CollectedBy
	}
	var all []Request
	add := func(m Missing) {
		section, _, _ := strings.Cut(strings.TrimPrefix(m.Pointer, "/"), "/")
		owner := owners[section]
		at := slices.IndexFunc(all, func(r Request) bool { return r.Owner == owner })
		if at < 0 {
			at, all = len(all), append(all, Request{Owner: owner})
		}
		all[at].Missing = append(all[at].Missing, m)
	}
	for i := range s.Causes {
		c := &s.Causes[i]
		add(Missing{Cause: c, Checks: c.Checks, Severity: c.Severity, Finding: Finding{
			Status: verdict.Missing, Message: c.Message, Pointer: c.Pointer, Location: c.Location, Remediation: c.Remediation,
		}})
	}
	for _, open := range Join(s.reasons(isOpen)) {
		if open.Finding.Status != verdict.Missing || open.Finding.Cause != nil {
			continue
		}
		m := Missing{Checks: []string{open.Check.ID}, Finding: open.Finding, Severity: open.Check.Severity}
		for _, also := range open.Also {
			m.Checks = append(m.Checks, also.ID)
			if also.Severity.Rank() > m.Severity.Rank() {
				m.Severity = also.Severity
			}
		}
		add(m)
	}
	for _, r := range all {
		slices.SortStableFunc(r.Missing, func(x, y Missing) int { return cmp.Compare(y.Severity.Rank(), x.Severity.Rank()) })
	}
	slices.SortStableFunc(all, func(x, y Request) int {
		if (x.Owner == "") != (y.Owner == "") {
			return cmp.Compare(len(y.Owner), len(x.Owner))
		}
		return cmp.Or(cmp.Compare(y.Missing[0].Severity.Rank(), x.Missing[0].Severity.Rank()), strings.Compare(x.Owner, y.Owner))
	})
	return all
}
