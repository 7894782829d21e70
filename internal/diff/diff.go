// Package diff compares two assessments: the regressions, what was fixed, and what changed in the rules meanwhile.
package diff

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/diff/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// Diff is what is not the same in two assessments.
type Diff struct {
	Schema string `json:"schema"`
	Gate   *Gate  `json:"gate,omitempty"` // where a gate was asked
	Old    Side   `json:"old"`
	New    Side   `json:"new"`
	// Worse are the checks that are bad now and were not; a gate looks at these alone. Those that became so by time alone are
	// marked, where that was asked for.
	Worse []Change `json:"worse"`
	// Fixed are the checks that were bad and pass now.
	Fixed []Change `json:"mended"`
	// Accepted are the checks that were bad, and are waived or declared not applicable now.
	Accepted []Change `json:"accepted"`
	// Grown are the checks that are still bad, with findings at places that had none.
	Grown []Change `json:"grown"`
	// NotAssessed are the checks that were judged and are not now: left out, gone, or the provider's in another reading.
	NotAssessed []Change          `json:"unjudged"`
	StillBad    int               `json:"still_bad"` // checks that are bad in both
	Services    []ServiceChange   `json:"services"`
	Rules       []RuleChange      `json:"rules"`
	Parameters  []ParameterChange `json:"parameters"`
	Waivers     []WaiverChange    `json:"waivers"`
}

// Gate is what a gate says that looks only at regressions.
type Gate struct {
	Result verdict.Status   `json:"result"`         // pass, fail or error
	FailOn verdict.Severity `json:"fail_on"`        // lowest severity of a regression that counts
	Aged   bool             `json:"aged,omitempty"` // it fails by time alone
}

// Side is one of the two assessments.
type Side struct {
	At     string         `json:"at"`
	PastAt bool           `json:"past_at,omitempty"` // see assessment.Assessment
	Digest string         `json:"digest"`
	Result verdict.Status `json:"result"`
	// Passing are the checks that pass, Of those that were judged, of all services. Checks that do not apply are neither.
	Passing int `json:"passing"`
	Of      int `json:"of"`
}

// Change is a check whose verdict changed; a status is empty where the check was not judged.
type Change struct {
	Service  assessment.ServiceID `json:"service"`
	Activity string               `json:"activity"`
	Check    string               `json:"check"`
	Title    string               `json:"title"`
	Severity verdict.Severity     `json:"severity"`
	Old      verdict.Status       `json:"old"`
	New      verdict.Status       `json:"new"`
	// NotCounted says that the duty is disputed, and that the new assessment was made so that its failures do not count.
	NotCounted bool `json:"not_counted,omitempty"`
	// Aged says that the check failed by time alone: the evidence and the rules of now pass it at an earlier time.
	Aged bool `json:"aged,omitempty"`
	// Findings are those of the new assessment that the old one did not have; none where it was fixed.
	Findings []assessment.Finding `json:"findings"`
}

// Kind says what became of something that two assessments need not share.
type Kind string

// What can become of it.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// ServiceChange is a service that only one assessment has.
type ServiceChange struct {
	Kind    Kind                 `json:"kind"`
	Service assessment.ServiceID `json:"service"`
}

// RuleChange is a part of the rules that is not the same.
type RuleChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// ParameterChange is a threshold that is not the same.
type ParameterChange struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Looser bool   `json:"looser_than_profile"` // the new value
}

// WaiverChange is an accepted risk that is not the same.
type WaiverChange struct {
	Kind    Kind                 `json:"kind"`
	Service assessment.ServiceID `json:"service"` // empty of one that names none and is about no finding of any
	Waiver  assessment.Waiver    `json:"waiver"`  // the new one; the old one where it was removed
}

// Of compares an older assessment with a newer one.
func Of(before, after *assessment.Assessment) *Diff {
	d := &Diff{
		Schema: SchemaID,
		Old:    sideOf(before), New: sideOf(after),
		Worse: []Change{}, Fixed: []Change{}, Accepted: []Change{}, Grown: []Change{}, NotAssessed: []Change{},
		Services: []ServiceChange{}, Rules: []RuleChange{}, Parameters: []ParameterChange{}, Waivers: []WaiverChange{},
	}
	d.checks(before, after)
	d.services(before, after)
	d.rules(before, after)
	d.parameters(before.Policies.Parameters, after.Policies.Parameters)
	return d
}

func sideOf(a *assessment.Assessment) Side {
	side := Side{At: a.At, PastAt: a.PastAt, Digest: a.Digest, Result: a.Result}
	for _, s := range a.Services {
		progress := assessment.ProgressOf(s.Activities...)
		side.Passing += progress.Passed
		side.Of += progress.Judged
	}
	return side
}

// Decide asks a gate, which looks only at regressions of at least that severity; aged says whether time alone may fail it. What
// could not be assessed is never good.
func (d *Diff) Decide(least verdict.Severity, aged bool) assessment.Outcome {
	worse := func(aged bool) bool {
		return slices.ContainsFunc(d.Worse, func(c Change) bool {
			return !c.NotCounted && c.Aged == aged && c.Severity.Rank() >= least.Rank()
		})
	}
	switch {
	case d.New.Result == verdict.Error:
		d.Gate = &Gate{Result: verdict.Error, FailOn: least}
		return assessment.Unanswered
	case worse(false):
		d.Gate = &Gate{Result: verdict.Fail, FailOn: least}
		return assessment.Bad
	case aged && worse(true):
		d.Gate = &Gate{Result: verdict.Fail, FailOn: least, Aged: true}
		return assessment.Aged
	default:
		d.Gate = &Gate{Result: verdict.Pass, FailOn: least}
		return assessment.Good
	}
}

// judged is a check with what it belongs to.
type judged struct {
	service  *assessment.Service
	activity *assessment.Activity
	counts   bool // its failure counts
	check    *assessment.Check
}

type key struct{ service, check string }

func index(a *assessment.Assessment) (map[key]*judged, []key) {
	checks := 0
	for i := range a.Services {
		for n := range a.Services[i].Activities {
			checks += len(a.Services[i].Activities[n].Checks)
		}
	}
	all, order := make(map[key]*judged, checks), make([]key, 0, checks)
	for i := range a.Services {
		s := &a.Services[i]
		for i := range s.Activities {
			activity := &s.Activities[i]
			counts := a.Counts(activity)
			for n := range activity.Checks {
				check := &activity.Checks[n]
				k := key{s.Service.ID, check.ID}
				all[k] = &judged{s, activity, counts, check}
				order = append(order, k)
			}
		}
	}
	return all, order
}

// findings are the open ones, by fingerprint.
func (j *judged) findings() map[string]assessment.Finding {
	all := map[string]assessment.Finding{}
	for _, open := range j.service.OpenOf(j.activity, j.check) {
		all[open.Fingerprint] = open.Finding
	}
	return all
}

func (d *Diff) checks(before, after *assessment.Assessment) {
	olds, oldOrder := index(before)
	news, newOrder := index(after)
	for _, k := range newOrder {
		now, was := news[k], olds[k]
		change := now.change()
		if was != nil {
			change.Old = was.check.Status
		}
		switch {
		case now.check.Status.Bad() && !change.Old.Bad():
			change.Findings = list(now.findings())
			d.Worse = append(d.Worse, change)
		case now.check.Status.Bad():
			d.StillBad++
			if more := now.beyond(was); len(more) > 0 {
				change.Findings = list(more)
				d.Grown = append(d.Grown, change)
			}
		case change.Old.Bad() && now.check.Status == verdict.Pass:
			d.Fixed = append(d.Fixed, change)
		case change.Old.Bad():
			d.Accepted = append(d.Accepted, change)
		}
	}
	for _, k := range oldOrder {
		if news[k] == nil {
			change := olds[k].change()
			change.Old, change.New = change.New, ""
			d.NotAssessed = append(d.NotAssessed, change)
		}
	}
	for _, list := range [][]Change{d.Worse, d.Fixed, d.Accepted, d.Grown, d.NotAssessed} {
		slices.SortStableFunc(list, func(x, y Change) int { return cmp.Compare(y.Severity.Rank(), x.Severity.Rank()) })
	}
}

func (j *judged) change() Change {
	return Change{
		Service: j.service.Service, Activity: j.activity.ID, Check: j.check.ID, Title: j.check.Title, Severity: j.check.Severity,
		New: j.check.Status, NotCounted: !j.counts, Findings: []assessment.Finding{},
	}
}

// beyond are the findings at places that had none before, of a check that was bad.
func (j *judged) beyond(was *judged) map[string]assessment.Finding {
	if j.check.OpenAtSame(was.check) {
		return nil
	}
	more := j.findings()
	for fingerprint := range was.findings() {
		delete(more, fingerprint)
	}
	return more
}

func list(findings map[string]assessment.Finding) []assessment.Finding {
	all := []assessment.Finding{}
	for _, finding := range findings {
		all = append(all, finding)
	}
	slices.SortFunc(all, assessment.Finding.Compare)
	return all
}

func (d *Diff) services(before, after *assessment.Assessment) {
	olds := map[string]assessment.Service{}
	for _, s := range before.Services {
		olds[s.Service.ID] = s
	}
	earlier, later := writtenIn(before), writtenIn(after)
	for _, s := range after.Services {
		old, existed := olds[s.Service.ID]
		if !existed {
			d.Services = append(d.Services, ServiceChange{Added, s.Service})
		}
		d.waivers(s.Service, side{old.Waivers, earlier}, side{s.Waivers, later})
		delete(olds, s.Service.ID)
	}
	d.idle(before, later, Removed)
	d.idle(after, earlier, Added)
	for _, s := range before.Services {
		if _, gone := olds[s.Service.ID]; gone {
			d.Services = append(d.Services, ServiceChange{Removed, s.Service})
		}
	}
}

// idle are the waivers that one assessment lists for no service, and that the other does not have.
func (d *Diff) idle(a *assessment.Assessment, other map[string]bool, kind Kind) {
	for _, w := range a.Waivers {
		if !other[written(w)] {
			d.Waivers = append(d.Waivers, WaiverChange{Kind: kind, Waiver: w})
		}
	}
}

// side is what one of two assessments lists of the waivers of a service, and what it has of all services.
type side struct {
	listed  []assessment.Waiver
	written map[string]bool
}

// written is what a waiver says, whatever became of it and wherever it stands in its file.
func written(w assessment.Waiver) string {
	return fmt.Sprintf("%q %q %q %q %q %q %q %t", w.Check, w.Pointers, w.Reason, w.RequestedBy, w.ApprovedBy, w.ApprovedOn, w.ExpiresOn, w.AcceptsMissing)
}

func writtenIn(a *assessment.Assessment) map[string]bool {
	all := map[string]bool{}
	for _, w := range a.Waivers {
		all[written(w)] = true
	}
	for _, s := range a.Services {
		for _, w := range s.Waivers {
			all[written(w)] = true
		}
	}
	return all
}

// waivers compares by what a waiver is about; where it stands in its file says nothing. One that several services share is listed for a
// service only where it is about a finding of it: where the other side has it elsewhere, it was there, and about nothing.
func (d *Diff) waivers(service assessment.ServiceID, before, after side) {
	about := func(w assessment.Waiver) string { return fmt.Sprintf("%q %q", w.Check, w.Pointers) }
	unmatched := map[string][]assessment.Waiver{}
	for _, w := range before.listed {
		unmatched[about(w)] = append(unmatched[about(w)], w)
	}
	for _, w := range after.listed {
		same := unmatched[about(w)]
		switch {
		case len(same) > 0:
		case !before.written[written(w)]:
			d.Waivers = append(d.Waivers, WaiverChange{Added, service, w})
			continue
		case w.State == assessment.WaiverUnused:
			continue
		default:
			d.Waivers = append(d.Waivers, WaiverChange{Changed, service, w})
			continue
		}
		old := same[0]
		unmatched[about(w)] = same[1:]
		old.Location = w.Location
		if !reflect.DeepEqual(old, w) {
			d.Waivers = append(d.Waivers, WaiverChange{Changed, service, w})
		}
	}
	for _, w := range before.listed {
		left := unmatched[about(w)]
		if len(left) == 0 {
			continue
		}
		old := left[0]
		unmatched[about(w)] = left[1:]
		switch {
		case !after.written[written(old)]:
			d.Waivers = append(d.Waivers, WaiverChange{Removed, service, old})
		case old.State == assessment.WaiverApplied:
			old.State = assessment.WaiverUnused
			d.Waivers = append(d.Waivers, WaiverChange{Changed, service, old})
		}
	}
}

func (d *Diff) rules(before, after *assessment.Assessment) {
	for _, rule := range []RuleChange{
		{"program", before.Tool.Version, after.Tool.Version},
		{"RACI table", before.Catalog.Digest, after.Catalog.Digest},
		{"reading", before.Catalog.Reading, after.Catalog.Reading},
		{"policies", before.Policies.Digest, after.Policies.Digest},
		{"profile", before.Policies.Profile, after.Policies.Profile},
		{"added reference data", additions(before), additions(after)},
		{"scope", scope(before), scope(after)},
		{"failures of disputed duties", counting(before), counting(after)},
	} {
		if rule.Old != rule.New {
			d.Rules = append(d.Rules, rule)
		}
	}
}

// counting says whether failures of disputed duties count.
func counting(a *assessment.Assessment) string {
	if a.DisputedNotCounted {
		return "do not count"
	}
	return "count"
}

// additions names the files that added to the reference data.
func additions(a *assessment.Assessment) string {
	if len(a.Policies.Reference) == 0 {
		return "none"
	}
	var files []string
	for _, file := range a.Policies.Reference {
		files = append(files, fmt.Sprintf("%s (sha256:%.12s)", file.Path, file.SHA256))
	}
	return strings.Join(files, ", ")
}

func scope(a *assessment.Assessment) string {
	if a.Partial {
		return "chosen duties"
	}
	return "all duties"
}

func (d *Diff) parameters(olds, news []assessment.Parameter) {
	unmatched := map[string]assessment.Parameter{}
	for _, p := range olds {
		unmatched[p.Name] = p
	}
	for _, p := range news {
		old, existed := unmatched[p.Name]
		delete(unmatched, p.Name)
		if existed && reflect.DeepEqual(old.Value, p.Value) {
			continue
		}
		was, now := verdict.ValueText(old.Value), verdict.ValueText(p.Value)
		switch {
		case !existed:
			d.Parameters = append(d.Parameters, ParameterChange{Added, p.Name, "", now, p.Looser})
		case was != now:
			d.Parameters = append(d.Parameters, ParameterChange{Changed, p.Name, was, now, p.Looser})
		}
	}
	for _, p := range olds {
		if _, gone := unmatched[p.Name]; gone {
			d.Parameters = append(d.Parameters, ParameterChange{Removed, p.Name, verdict.ValueText(p.Value), "", false})
		}
	}
}

// WriteJSON writes the comparison as indented JSON with a final newline.
func (d *Diff) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, d) }
