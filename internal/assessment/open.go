package assessment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Open is one reason why a check does not hold, with what it belongs to: a finding that no waiver covers, or a policy that
// could not be evaluated. Accepted lists findings that waivers cover in the same form.
type Open struct {
	Service  *Service
	Activity *Activity
	Check    *Check
	Finding  Finding // of status error for a policy that could not be evaluated
	// Fingerprint names the finding across assessments, in hexadecimal digits. It is made of service, check and pointer,
	// so that it stays when lines move, and when a waiver begins or ends; of several findings at one pointer the next get another one.
	Fingerprint string
	// Waiver covers the finding; nil in what Open lists, and where a stored report does not have the waiver.
	Waiver *Waiver
}

// Accepted reports whether a waiver covers the finding.
func (o *Open) Accepted() bool { return isAccepted(o.Check, o.Finding) }

// Open lists what leaves something to fix, the gravest first; the same severity in the order of the report.
func (a *Assessment) Open() []Open {
	return a.reasons(isOpen)
}

func isOpen(c *Check, f Finding) bool { return c.Status.Bad() && !f.Waived }

func isAccepted(c *Check, f Finding) bool {
	return c.Status == verdict.Waived || c.Status.Bad() && f.Waived
}

// Accepted lists the findings that waivers cover, in the order of Open: those of waived checks, and those of checks that do not
// hold for other findings.
func (a *Assessment) Accepted() []Open {
	return a.reasons(isAccepted)
}

func (a *Assessment) reasons(wanted func(*Check, Finding) bool) []Open {
	var all []Open
	for i := range a.Services {
		all = append(all, a.Services[i].reasons(wanted)...)
	}
	slices.SortStableFunc(all, func(x, y Open) int { return cmp.Compare(y.Check.Severity.Rank(), x.Check.Severity.Rank()) })
	return all
}

func (s *Service) reasons(wanted func(*Check, Finding) bool) []Open {
	var all []Open
	for i := range s.Activities {
		activity := &s.Activities[i]
		for k := range activity.Checks {
			all = append(all, s.reasonsOf(activity, &activity.Checks[k], wanted)...)
		}
	}
	return all
}

// OpenOf is Assessment.Open of one check.
func (s *Service) OpenOf(activity *Activity, check *Check) []Open {
	return s.reasonsOf(activity, check, isOpen)
}

func (s *Service) reasonsOf(activity *Activity, check *Check, wanted func(*Check, Finding) bool) []Open {
	var all []Open
	last := map[string]string{} // fingerprints, by pointer
	for _, finding := range check.reasons(s, activity) {
		unique := fmt.Appendf(nil, "%q %q %q", s.Service.ID, check.ID, finding.Pointer)
		if before := last[finding.Pointer]; before != "" {
			unique = []byte(before)
		}
		sum := sha256.Sum256(unique)
		fingerprint := hex.EncodeToString(sum[:16])
		last[finding.Pointer] = fingerprint
		if wanted(check, finding) {
			all = append(all, Open{s, activity, check, finding, fingerprint, s.waiver(check, finding)})
		}
	}
	return all
}

// OpenAtSame reports whether two checks, both bad, are open at the same places: their findings have the same fingerprints. It may be
// false of some that are.
func (c *Check) OpenAtSame(other *Check) bool {
	return c.Status != verdict.Error && other.Status != verdict.Error && slices.EqualFunc(c.Findings, other.Findings, func(a, b Finding) bool {
		return a.Pointer == b.Pointer && a.Waived == b.Waived
	})
}

// reasons are the findings of a check; of a policy that could not be evaluated, that it could not.
func (c *Check) reasons(s *Service, activity *Activity) []Finding {
	if c.Status != verdict.Error {
		return c.Findings
	}
	// A policy that fails speaks of no place; the first file of the evidence is the nearest there is.
	place := verdict.Location{Line: 1, Column: 1}
	if len(s.Evidence) > 0 {
		place.File = s.Evidence[0].Path
	}
	return []Finding{{Status: verdict.Error, Message: cmp.Or(activity.Reason, "the policy could not be evaluated"), Location: place, Remediation: c.Remediation}}
}

// waiver is the first waiver that covers a finding; nil where none does.
func (s *Service) waiver(check *Check, finding Finding) *Waiver {
	if !isAccepted(check, finding) {
		return nil
	}
	for i := range s.Waivers {
		if w := &s.Waivers[i]; w.State == WaiverApplied && w.Covers(check.ID, finding.Pointer) {
			return w
		}
	}
	return check.Waiver
}

// Joined is what several checks of one service say of the same place in the same words, once.
type Joined struct {
	Open          // of the first, the gravest
	Also []*Check // the others
}

// Join joins what is the same; the order stays.
func Join(open []Open) []Joined {
	type reason struct {
		service *Service
		place   verdict.Location
		message string
	}
	var all []Joined
	first := map[reason]int{}
	for _, o := range open {
		r := reason{o.Service, o.Finding.Location, o.Finding.Message}
		if i, ok := first[r]; ok {
			all[i].Also = append(all[i].Also, o.Check)
			continue
		}
		first[r] = len(all)
		all = append(all, Joined{Open: o})
	}
	return all
}
