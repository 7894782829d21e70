package html

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// What is shown of one service among several: a fleet of hundreds stays one page that a browser opens. The rest is counted,
// and stands in the report of that service alone.
const (
	fleetFindings = 1  // of a check
	fleetRecords  = 20 // waivers, files, sections, events of a service
)

// shownFacts is how many derived facts of one artifact are shown. More rows than these make a page that browsers open slowly.
const shownFacts = 10_000

// view is what the page shows.
type view struct {
	*assessment.Assessment
	Title    string
	One      bool
	Services []service              // the worst first
	Results  map[verdict.Status]int // services by result
	ByName   []service
	Columns  []column // of the heat map; none for one service
	Legend   []verdict.Status
	Looser   []assessment.Parameter
	Provider []inherited
	Mappings []mapping
	Split    string   // of the duties of all services; empty where nothing is disputed
	Unmapped string   // how many checks count for no framework, and why
	Left     []string // they
	Idle     *service // stands for the waivers that are listed for no service; nil where there is none
}

// service is one service as it is shown.
type service struct {
	assessment.Service
	ID        string // anchor
	Name      string
	Label     string // names the service's tables for a screen reader; no other service has it
	Sentence  string
	Open      string
	Days      int // that the forecast looks ahead
	Progress  assessment.Progress
	Oldest    *assessment.Section
	Expiry    *assessment.Expiry
	Requests  []assessment.Request
	Bar       []bar
	Worst     []row
	Phases    []phase
	Heat      []cell
	HeatWidth int
	Duties    []duty // the worst first
	Declared  []duty
	Left      int // records that are left out
	FromFiles []derivation
	Documents []inherited
}

// duty is an activity with its checks, those to fix first.
type duty struct {
	assessment.Activity
	ID         string // anchor
	Progress   assessment.Progress
	NotCounted bool // it fails, and that does not count
	Bad        []check
	Others     []check // pass, not applicable
}

// check is a bad or waived check.
type check struct {
	assessment.Check
	Thresholds []assessment.Parameter
	Shown      []assessment.Finding
	Hidden     int
	OwnFix     bool   // some finding is fixed as the check says, or there is none
	OtherFixes bool   // some finding has a fix of its own
	Unmapped   string // why it counts for no framework; empty where it counts
}

// derivation is an artifact with the facts that were derived from it.
type derivation struct {
	Artifact string
	SHA256   string
	Facts    []assessment.DerivedFact // the first
	Count    int                      // of all
}

// inherited is an activity of the provider.
type inherited struct {
	assessment.Activity
	ID string
}

// mapping is a framework with its controls.
type mapping struct {
	Framework string
	Controls  []control
}

type control struct {
	Number string
	Checks []mapped
}

// mapped is a check with its verdicts: of the only service, or counted over all.
type mapped struct {
	ID     string
	Status verdict.Status // the worst
	Bad    int            // services in which it does not hold
}

func newView(a *assessment.Assessment, w wording.Phrases) *view {
	fleet := assessment.FleetOf(a)
	tally := fleet.Tally
	v := &view{Split: w.FleetSplit(fleet), Unmapped: w.Unmapped(tally, a.Policies.Profile), Left: tally.Unmapped, Assessment: a, One: len(a.Services) == 1, Legend: verdict.Statuses, Results: map[verdict.Status]int{}}
	for _, p := range a.Policies.Parameters {
		if p.Looser {
			v.Looser = append(v.Looser, p)
		}
	}
	e := expected{Assessment: a, words: w, profile: a.Policies.Profile, parameters: map[string]assessment.Parameter{}}
	for _, p := range a.Policies.Parameters {
		e.parameters[p.Name] = p
	}
	order := make([]int, len(a.Services))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Or(verdict.WorstFirst(a.Services[x].Result, a.Services[y].Result),
			cmp.Compare(a.Services[y].Summary[verdict.Fail], a.Services[x].Summary[verdict.Fail]))
	})
	for i, index := range order {
		v.Results[a.Services[index].Result]++
		v.Services = append(v.Services, newService(a.Services[index], fmt.Sprintf("s%d", i+1), e, !v.One))
	}
	v.ByName = slices.Clone(v.Services)
	slices.SortStableFunc(v.ByName, func(x, y service) int { return cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
	v.Title = w.Say("%d services: %s", len(v.Services), w.Status(a.Result))
	if v.One {
		v.Title = w.Say("%s: %s", shorten(v.Services[0].Name, 40), w.Status(a.Result))
	}
	if len(a.Services) > 0 {
		for i, activity := range a.Services[0].Activities {
			if activity.Status == verdict.Inherited {
				v.Provider = append(v.Provider, inherited{activity, provided(i)})
			}
		}
	}
	v.Idle = idle(a, w)
	v.Mappings = mappings(a)
	if !v.One {
		v.Columns = columns(tally)
	}
	return v
}

// idle is a service with nothing but the waivers that are about no finding of any.
func idle(a *assessment.Assessment, w wording.Phrases) *service {
	if len(a.Waivers) == 0 {
		return nil
	}
	s := assessment.Service{At: a.At, Waivers: a.Waivers}
	shown := service{Label: w.Text("All services")}
	shown.Service, shown.Left = clipped(s)
	return &shown
}

// expected is what the checks compare with.
type expected struct {
	*assessment.Assessment
	words      wording.Phrases
	profile    string
	parameters map[string]assessment.Parameter // by name
}

func newService(s assessment.Service, id string, e expected, clip bool) service {
	shown := service{
		Service: s, ID: id, Name: cmp.Or(s.Service.Name, s.Service.ID), Sentence: e.words.Sentence(s), Open: e.words.Open(s),
		Progress: assessment.ProgressOf(s.Activities...), Oldest: s.Oldest(), Expiry: s.NextExpiry(), FromFiles: derivations(s.Derived),
	}
	shown.Bar = bars(shown.Progress.Count)
	order := assessment.WorstActivities(s.Activities)
	shown.Label = shorten(shown.Name, 60)
	if clip {
		shown.Label += " (" + id + ")"
	}
	if s.Forecast != nil {
		shown.Days = wording.Days(s.At, s.Forecast.Until)
	}
	if clip {
		shown.Service, shown.Left = clipped(s)
		shown.Heat, shown.HeatWidth = heat(s.Activities, id)
	} else {
		shown.Requests = s.Requests()
		shown.Worst, shown.Phases = rows(s.Activities, id, order, e.words)
	}
	for _, i := range order {
		activity := s.Activities[i]
		d := duty{Activity: activity, ID: anchor(id, i), Progress: assessment.ProgressOf(activity), NotCounted: activity.Status.Bad() && !e.Counts(&activity)}
		if activity.NotApplicable != nil {
			shown.Declared = append(shown.Declared, d)
		}
		if len(activity.Assurance) > 0 {
			shown.Documents = append(shown.Documents, inherited{activity, d.ID})
		}
		for _, c := range activity.Checks {
			if !c.Status.Bad() && c.Status != verdict.Waived {
				d.Others = append(d.Others, check{Check: c, Unmapped: e.words.Looser(c.Looser, e.profile)})
				continue
			}
			d.Bad = append(d.Bad, e.check(c, clip))
		}
		slices.SortStableFunc(d.Bad, func(x, y check) int { return assessment.GravestFirst(x.Check, y.Check) })
		if shows(activity) {
			shown.Duties = append(shown.Duties, d)
		}
	}
	return shown
}

// check is a bad or waived check, with the first of its findings where it is clipped.
func (e expected) check(c assessment.Check, clip bool) check {
	entry := check{Check: c, Shown: c.Findings, OwnFix: len(c.Findings) == 0, Unmapped: e.words.Looser(c.Looser, e.profile)}
	for _, f := range c.Findings {
		same := f.Remediation == c.Remediation
		entry.OwnFix, entry.OtherFixes = entry.OwnFix || same, entry.OtherFixes || !same
	}
	for _, name := range c.Parameters {
		if p, ok := e.parameters[name]; ok {
			entry.Thresholds = append(entry.Thresholds, p)
		}
	}
	if clip {
		entry.Shown, entry.Hidden = c.Findings[:min(len(c.Findings), fleetFindings)], max(len(c.Findings)-fleetFindings, 0)
	}
	return entry
}

// derivations are the artifacts with the first of their facts.
func derivations(all []assessment.DerivedFacts) []derivation {
	var shown []derivation
	for _, derived := range all {
		n := len(derived.Facts)
		shown = append(shown, derivation{derived.Artifact, derived.SHA256, derived.Facts[:min(n, shownFacts)], n})
	}
	return shown
}

// clipped bounds the lists of a service, and counts what is left out.
func clipped(s assessment.Service) (assessment.Service, int) {
	left := 0
	count := func(n int) int { left += max(n-fleetRecords, 0); return min(n, fleetRecords) }
	s.Waivers = s.Waivers[:count(len(s.Waivers))]
	s.Evidence = s.Evidence[:count(len(s.Evidence))]
	if s.Forecast != nil {
		f := *s.Forecast
		f.Events = f.Events[:count(len(f.Events))]
		s.Forecast = &f
	}
	return s, left
}

func anchor(service string, activity int) string { return fmt.Sprintf("%s-a%d", service, activity+1) }

func provided(activity int) string { return fmt.Sprintf("p%d", activity+1) }

// shows reports whether an activity has a part among the duties.
func shows(a assessment.Activity) bool {
	return len(a.Checks) > 0 || a.NotApplicable != nil || a.Reason != ""
}

// mappings lists the controls of each framework, with the checks that map to them.
func mappings(a *assessment.Assessment) []mapping {
	byFramework := map[string]map[string][]mapped{} // framework, control number, checks
	checks, verdicts := tally(a)
	for _, c := range checks {
		for framework, numbers := range c.Controls {
			if byFramework[framework] == nil {
				byFramework[framework] = map[string][]mapped{}
			}
			for _, number := range numbers {
				byFramework[framework][number] = append(byFramework[framework][number], *verdicts[c.ID])
			}
		}
	}
	var all []mapping
	for _, framework := range slices.Sorted(maps.Keys(byFramework)) {
		controls := byFramework[framework]
		m := mapping{Framework: cmp.Or(a.Policies.Frameworks[framework], framework)}
		for _, number := range slices.SortedFunc(maps.Keys(controls), byNumber) {
			slices.SortFunc(controls[number], func(x, y mapped) int { return strings.Compare(x.ID, y.ID) })
			m.Controls = append(m.Controls, control{number, controls[number]})
		}
		all = append(all, m)
	}
	return all
}

// tally lists the checks, each as it first stands, and counts their verdicts over all services.
func tally(a *assessment.Assessment) (checks []assessment.Check, verdicts map[string]*mapped) {
	verdicts = map[string]*mapped{}
	for _, s := range a.Services {
		for _, activity := range s.Activities {
			for _, c := range activity.Checks {
				m := verdicts[c.ID]
				if m == nil {
					m = &mapped{ID: c.ID}
					verdicts[c.ID], checks = m, append(checks, c)
				}
				m.Status = verdict.Worse(m.Status, c.Status)
				if c.Status.Bad() {
					m.Bad++
				}
			}
		}
	}
	return checks, verdicts
}

// byNumber orders controls as their catalogs do: 5.9 before 5.10.
func byNumber(a, b string) int {
	return slices.CompareFunc(parts(a), parts(b), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(x)*digits(x), len(y)*digits(y)), strings.Compare(x, y))
	})
}

func parts(number string) []string {
	return strings.FieldsFunc(number, func(r rune) bool { return r == '.' || r == '-' })
}

// digits is 1 for a number, so that longer numbers are greater, and 0 for a word.
func digits(s string) int {
	if strings.Trim(s, "0123456789") == "" {
		return 1
	}
	return 0
}

func shorten(s string, n int) string {
	if runes := []rune(text(s)); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text(s)
}
