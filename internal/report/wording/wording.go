// Package wording says in words, the same in every report, what an assessment holds.
package wording

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// Phrases are the sentences of reports in one language.
type Phrases struct{ *words.Words }

// English are those of the language that everything is stored in.
var English Phrases

// In are those of a language.
func In(w *words.Words) Phrases { return Phrases{w} }

// PastTime says of an assessment for a time that was allowed to be in the past what that time was; empty for any other.
func (w Phrases) PastTime(a *assessment.Assessment) string {
	if !a.PastAt {
		return ""
	}
	return w.Say("for %s, %s", w.Day(strings.TrimSuffix(a.At, "T00:00:00Z")), w.Text(assessment.ChosenTime))
}

// Clock is a time of UTC as a page has it, without the name of the zone.
func (w Phrases) Clock(at string) string {
	if prose := w.Day(at); prose != at {
		return strings.TrimSuffix(prose, " UTC")
	}
	return strings.TrimSuffix(strings.Replace(at, "T", " ", 1), "Z")
}

// Sentence says what the result of a service means.
func (w Phrases) Sentence(s assessment.Service) string {
	count, rest := s.Summary, ""
	duties := func(n int) string { return w.Plural(n, "duties", "duties") }
	if n := count[verdict.NotSelected]; n > 0 {
		duties = func(n int) string { return w.Plural(n, "assessed duties", "assessed duties") }
		rest = w.Say(", %d not assessed", n)
	}
	judged := len(s.Activities) - count[verdict.Inherited] - count[verdict.NotSelected]
	of := func(n int, singular, plural string) string {
		return w.Say("%d of %d %s %s", n, judged, duties(n), w.Plural(n, singular, plural))
	}
	also := func(n int, label string) string {
		if n == 0 {
			return ""
		}
		return w.Say(", %d %s", n, label)
	}
	bad, waived := count[verdict.Fail]+count[verdict.Missing], count[verdict.Waived]
	switch s.Result {
	case verdict.Pass:
		text := of(judged, "passes", "pass")
		if rest == "" {
			text = w.Count(judged, "all %d duties pass", "all %d duties pass")
		}
		provider := count[verdict.Inherited]
		return text + also(count[verdict.NotApplicable], w.Text("of them not applicable")) + rest +
			also(provider, w.Plural(provider, "activity is the provider's", "activities are the provider's"))
	case verdict.Waived:
		return w.Say("not compliant without accepted risks: %s", of(waived, "is waived", "are waived")) + rest
	case verdict.Fail:
		return of(bad, "needs work", "need work") + also(waived, w.Plural(waived, "waived", "waived")) + rest
	case verdict.Error:
		return of(count[verdict.Error], "could not be assessed", "could not be assessed") +
			also(bad, w.Plural(bad, "needs work", "need work")) + also(waived, w.Plural(waived, "waived", "waived")) + rest
	}
	return w.Text("no verdict was reached") + rest
}

var statuses = map[verdict.Status]string{
	verdict.Pass: "PASS", verdict.Fail: "FAIL", verdict.Missing: "MISSING", verdict.Error: "ERROR", verdict.Waived: "WAIVED",
	verdict.NotApplicable: "N/A", verdict.Inherited: "INHERITED", verdict.NotSelected: "LEFT OUT",
}

// Status is a status on a page. An unknown one is never taken for a good one.
func (w Phrases) Status(s verdict.Status) string {
	if word, is := statuses[s]; is {
		return w.Text(word)
	}
	return w.Text("NO VERDICT")
}

// StatusClass names the colours of a status on a page.
func StatusClass(s verdict.Status) string {
	if _, is := statuses[s]; is {
		return string(s)
	}
	return string(verdict.Error)
}

var roleNames = map[rune]string{'R': "responsible", 'A': "accountable", 'C': "consulted", 'I': "informed"}

// Role says what part a party has in an activity, by its letters in the table.
func (w Phrases) Role(letters string) string {
	var all []string
	for _, letter := range letters {
		if name := roleNames[letter]; name != "" {
			all = append(all, w.Text(name))
		}
	}
	return cmp.Or(strings.Join(all, ", "), w.Text("no part"))
}

// Share says how much is under accepted deviations.
func (w Phrases) Share(s assessment.Share) string {
	percent := (100*s.Accepted + s.Of/2) / max(s.Of, 1)
	if s.Accepted > 0 {
		percent = max(percent, 1) // some are not none
	}
	text := w.Say("%s: %d of %d (%d %%", w.Text(s.What), s.Accepted, s.Of, percent)
	if s.Most != nil {
		text += w.Say("; at most %v %%, %s", s.Most.Percent, s.Most.Parameter)
	}
	return text + ")"
}

// Cause says what several checks lack or fail for.
func (w Phrases) Cause(c assessment.Cause) string {
	switch c.Kind {
	case assessment.Absent:
		return w.Say("section %s is absent", c.Subject)
	case assessment.Incomplete:
		text := w.Say("section %s lacks %s", c.Subject, strings.TrimPrefix(c.Fields[0], "/"+c.Subject+"/"))
		if more := len(c.Fields) - 1; more > 0 {
			text += w.Say(" and %d more", more)
		}
		return text
	case assessment.Artifact, assessment.Person, assessment.Unread:
		return c.Message
	}
	return w.Say("section %s: %s", c.Subject, c.Message)
}

// Open says how many checks pass, and counts by severity those that do not; empty where all do.
func (w Phrases) Open(s assessment.Service) string {
	progress := assessment.ProgressOf(s.Activities...)
	bad := w.Severities(progress.Bad, "", "")
	if bad == "" {
		return ""
	}
	return w.Passing(progress) + w.Say("; to fix: %s", bad)
}

// Passing says how many checks pass.
func (w Phrases) Passing(p assessment.Progress) string {
	return fmt.Sprintf(w.Plural(p.Passed, "%d of %d checks pass", "%d of %d checks pass"), p.Passed, p.Judged)
}

// Severities counts by severity, the worst first; empty where there is nothing.
func (w Phrases) Severities(count map[verdict.Severity]int, singular, plural string) string {
	var parts []string
	total := 0
	for _, severity := range slices.Backward(verdict.Severities) {
		if n := count[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w.Plural(n, string(severity), string(severity))))
			total += n
		}
	}
	if total == 0 {
		return ""
	}
	if singular == "" {
		return strings.Join(parts, ", ")
	}
	return strings.Join(parts, ", ") + " " + w.Plural(total, singular, plural)
}

// Place writes a location so that terminals and editors can open it.
func Place(l verdict.Location) string {
	if l.File == "" {
		return "(no file)"
	}
	return l.String()
}

// Left says how many days remain from an assessment's time to the end of a date; empty where that is not known.
func (w Phrases) Left(date, at string) string {
	end, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	now, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return ""
	}
	days := int(end.Sub(now.UTC().Truncate(24*time.Hour)).Hours() / 24)
	switch {
	case days < 0:
		return w.Count(-days, "ended %d day ago", "ended %d days ago")
	case days == 0:
		return w.Text("its last day")
	}
	return w.Count(days, "%d day left", "%d days left")
}

// Tally counts by status, the worst first.
func (w Phrases) Tally(count map[verdict.Status]int) string {
	var parts []string
	for _, status := range verdict.Statuses {
		if n := count[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w.State(n, status)))
		}
	}
	return strings.Join(parts, ", ")
}

// State is a status as it stands behind how many have it.
func (w Phrases) State(n int, status verdict.Status) string {
	word := strings.ReplaceAll(string(status), "_", " ")
	return w.Plural(n, word, word)
}

// NotCounted says that failures of disputed duties have no part in the exit code.
const NotCounted = "failures of disputed duties did not count for the exit code (--fail-on-disputed=false)"

// Split says how the duties of a service stand, those on which the readings of the table agree apart from the disputed ones; empty
// where nothing is disputed.
func (w Phrases) Split(s assessment.Service, provider string) string {
	if s.Dispute == nil {
		return ""
	}
	var readings []string
	for _, by := range s.Dispute.Readings {
		readings = append(readings, by.Reading)
	}
	return w.split(s.Dispute.Undisputed.Summary, s.Dispute.Disputed.Summary, provider, readings)
}

// FleetSplit says the same of the duties of all services, each counted once a service.
func (w Phrases) FleetSplit(f *assessment.Fleet) string {
	if len(f.Head.Readings) == 0 {
		return ""
	}
	var readings []string
	for _, by := range f.Head.Readings {
		readings = append(readings, by.Reading)
	}
	return w.split(f.Tally.Split.Undisputed, f.Tally.Split.Disputed, f.Head.Catalog.Provider, readings)
}

func (w Phrases) split(undisputed, disputed map[verdict.Status]int, provider string, readings []string) string {
	if provider == "" {
		provider = w.Text("the provider")
	}
	return w.Say("%s · %s (%s's part by %s)", w.part("undisputed", undisputed), w.part("disputed", disputed), provider, strings.Join(readings[1:], ", "))
}

func (w Phrases) part(name string, count map[verdict.Status]int) string {
	total := 0
	for _, n := range count {
		total += n
	}
	if total == 0 {
		return w.Say("%s: none assessed", w.Plural(2, name, name))
	}
	return w.Say("%s %d: %s", w.Plural(total, name, name), total, w.Tally(count))
}

// ByReading says the verdict on a service by each reading of the table; empty where nothing is disputed.
func (w Phrases) ByReading(s assessment.Service) string {
	if s.Dispute == nil {
		return ""
	}
	parts := make([]string, len(s.Dispute.Readings))
	for i, by := range s.Dispute.Readings {
		parts[i] = w.Say("by %s: %s", by.Reading, w.resultOf(by.Result))
		switch {
		case len(by.NotKnown) > 0:
			parts[i] += w.Say(" (assess with --raci %s: its verdict on %s is another)", by.Reading, strings.Join(by.NotKnown, ", "))
		case by.Result == "":
			parts[i] = w.Say("by %s: none of its duties was assessed", by.Reading)
		}
	}
	return strings.Join(parts, w.Text("; "))
}

// Readings says the result of all services by each reading of the table; empty where nothing is disputed.
func (w Phrases) Readings(all []assessment.ReadingResult) string {
	parts := make([]string, len(all))
	for i, r := range all {
		parts[i] = w.Say("by %s: %s", r.Reading, w.resultOf(r.Result))
		if len(r.Results) > 0 {
			parts[i] += " (" + w.Tally(r.Results) + ")"
		}
	}
	return strings.Join(parts, w.Text("; "))
}

func (w Phrases) resultOf(result verdict.Status) string {
	if result == "" {
		return w.Text("not known")
	}
	return w.Text(strings.ToUpper(string(result)))
}

// looserShown is how many parameters a headline names.
const looserShown = 3

// Unmapped says how many checks count for no framework, and for which parameters; empty where all count.
func (w Phrases) Unmapped(t assessment.Tally, profile string) string {
	n := len(t.Unmapped)
	if n == 0 {
		return ""
	}
	shown := t.Looser[:min(len(t.Looser), looserShown)]
	text := w.Say("%d %s for no framework: %s", n, w.Plural(n, "check counts", "checks count"), w.Looser(shown, profile))
	if more := len(t.Looser) - len(shown); more > 0 {
		text += w.Say("; and %d more %s", more, w.Plural(more, "parameter", "parameters"))
	}
	return text
}

// Looser says which values are looser than those of the profile.
func (w Phrases) Looser(all []assessment.Looser, profile string) string {
	parts := make([]string, len(all))
	for i, l := range all {
		parts[i] = w.Say("%s is %s, looser than %s's %s", l.Parameter, verdict.ValueText(l.Value), profile, verdict.ValueText(l.Profile))
	}
	return strings.Join(parts, w.Text("; "))
}

// RestOn lists the checks that count for no framework for a parameter, the first of many; empty where there are none.
func (w Phrases) RestOn(s assessment.Service, parameter string) string {
	var ids []string
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			if slices.ContainsFunc(check.Looser, func(l assessment.Looser) bool { return l.Parameter == parameter }) {
				ids = append(ids, check.ID)
			}
		}
	}
	const most = 10
	if more := len(ids) - most; more > 0 {
		ids = append(ids[:most], w.Say("and %d more", more))
	}
	return strings.Join(ids, ", ")
}

// Days is the number of whole days between two times; 0 where one is not known.
func Days(from, to string) int {
	start, err := time.Parse(time.RFC3339Nano, from)
	if err != nil {
		return 0
	}
	end, err := time.Parse(time.RFC3339Nano, to)
	if err != nil {
		return 0
	}
	return int((end.Sub(start) + time.Second).Hours() / 24)
}

// Additions says what a file added to the reference data: names, by table.
func (w Phrases) Additions(added map[string][]string) string {
	var tables []string
	for _, table := range slices.Sorted(maps.Keys(added)) {
		tables = append(tables, table+": "+strings.Join(added[table], ", "))
	}
	return strings.Join(tables, "; ")
}

// Grades says how strong the passes of services are, and by whom their facts are signed; empty where that is not known, as in
// reports of earlier versions.
func (w Phrases) Grades(services ...assessment.Service) string {
	grades, signers := map[verdict.Grade]int{}, map[string]int{}
	for _, s := range services {
		for grade, n := range s.Grades {
			grades[grade] += n
		}
		for _, signer := range s.Signers {
			signers[signer.Name] += signer.Checks
		}
	}
	text, idle := w.Strength(grades, signers), 0
	for _, s := range services {
		idle += notApplicable(s)
	}
	if text != "" && idle > 0 {
		text += w.Count(idle, "; %d does not apply", "; %d do not apply")
	}
	return text
}

// Strength says how many checks pass by facts of each grade, and by facts that each key has signed; empty where none does.
func (w Phrases) Strength(grades map[verdict.Grade]int, signers map[string]int) string {
	total := 0
	var parts []string
	for _, grade := range verdict.Grades {
		if n := grades[grade]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, w.Plural(n, string(grade), string(grade))))
		}
	}
	if total == 0 {
		return ""
	}
	return w.Say("%d %s: %s", total, w.Plural(total, "check passes", "checks pass"), strings.Join(parts, ", ")) + w.signed(signers, total)
}

// signed says how many of the passes each key has signed, those that have signed the most first.
func (w Phrases) signed(signers map[string]int, total int) string {
	names := slices.SortedFunc(maps.Keys(signers), func(a, b string) int {
		return cmp.Or(cmp.Compare(signers[b], signers[a]), strings.Compare(a, b))
	})
	var all []string
	rest := ""
	for _, name := range names {
		if signers[name] == total {
			all = append(all, name)
		} else {
			rest += w.Say("; %d signed by %s", signers[name], name)
		}
	}
	if len(all) > 0 {
		rest = w.Say("; all signed by %s", strings.Join(all, w.Text(" and by "))) + rest
	}
	return rest
}

// People names those who stated the facts that nothing else shows.
func (w Phrases) People(by []string, more int) string {
	switch {
	case len(by) == 0:
		return w.Text("people whom the evidence does not name")
	case more > 0:
		return w.Say("%s and %d %s", strings.Join(by, ", "), more, w.Plural(more, "other", "others"))
	case len(by) == 1:
		return by[0]
	}
	return w.And(by...)
}

// StatedBy names those whose word the stated facts of a check are; empty where it has none.
func (w Phrases) StatedBy(stated *assessment.Stated) string {
	if stated == nil {
		return ""
	}
	text := w.People(stated.By, stated.Others)
	if stated.Alone {
		text = w.Say("%s alone", text)
	}
	return text
}

// notApplicable counts the checks that found nothing to judge: they are no passes.
func notApplicable(s assessment.Service) (n int) {
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			if check.Status == verdict.NotApplicable {
				n++
			}
		}
	}
	return n
}

// Compared says how many regressions there are, those by time alone apart, and what else became of the checks.
func (w Phrases) Compared(d *diff.Diff) (regressions, rest string) {
	changed, aged := d.Regressions()
	regressions = w.Say("%d %s", len(changed), w.Plural(len(changed), "regression", "regressions"))
	if len(aged) > 0 {
		regressions += w.Say(", %d %s by time alone", len(aged), w.Plural(len(aged), "check fails", "checks fail"))
	}
	return regressions, w.Say("%d fixed, %d accepted, %d still failing, of them %d with more findings", len(d.Fixed), len(d.Accepted), d.StillBad, len(d.Grown))
}

// Progress says how many checks pass, and how many more or fewer than before.
func (w Phrases) Progress(d *diff.Diff) string {
	return w.Say("%d of %d checks pass (%+d since the older report)", d.New.Passing, d.New.Of, d.New.Passing-d.Old.Passing)
}

// Saved says what the last change of the evidence did to the checks.
func (w Phrases) Saved(d *diff.Diff) string {
	var effects []string
	add := func(list []diff.Change, singular, plural string) {
		if len(list) > 0 {
			effects = append(effects, w.Say("%d %s", len(list), w.Plural(len(list), singular, plural)))
		}
	}
	add(d.Fixed, "fixed", "fixed")
	add(d.Worse, "fails now", "fail now")
	add(d.Grown, "has more findings", "have more findings")
	add(d.Accepted, "is accepted", "are accepted")
	add(d.NotAssessed, "is no longer assessed", "are no longer assessed")
	if effects == nil {
		effects = []string{"no check differs"}
	}
	return w.Say("The last change: %s; %d of %d checks pass (%+d)", strings.Join(effects, ", "), d.New.Passing, d.New.Of, d.New.Passing-d.Old.Passing)
}

// Waivers counts waivers by what became of them; empty where there is none.
func (w Phrases) Waivers(states map[assessment.WaiverState]int) string {
	var parts []string
	add := func(state assessment.WaiverState, singular, plural string) {
		if n := states[state]; n > 0 {
			parts = append(parts, w.Say("%d %s", n, w.Plural(n, singular, plural)))
		}
	}
	add(assessment.WaiverApplied, "is applied", "are applied")
	add(assessment.WaiverRejected, "is rejected", "are rejected")
	add(assessment.WaiverUnused, "is unused", "are unused")
	return strings.Join(parts, ", ")
}

// PassedOver says which files below the paths had no part in an assessment; empty where there is none.
func (w Phrases) PassedOver(files []assessment.PassedOver) string {
	if len(files) == 0 {
		return ""
	}
	return w.Say("%s; the JSON report lists them", w.Passed(files))
}

// Passed says which files below the paths were not read; empty where there is none.
func (w Phrases) Passed(files []assessment.PassedOver) string {
	if len(files) == 0 {
		return ""
	}
	count := map[string]int{}
	for _, file := range files {
		count[file.Is]++
	}
	var parts []string
	for _, is := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%s: %d", w.Text(is), count[is]))
	}
	return w.Say("passed over %d %s not evidence (%s), such as %s", len(files),
		w.Plural(len(files), "YAML file that is", "YAML files that are"), strings.Join(parts, ", "), files[0].Path)
}

// Waived says until when a finding is accepted, by whom, and why.
func (w Phrases) Waived(by *assessment.Waiver) string {
	if by == nil {
		return w.Text("waived; the report does not have the waiver")
	}
	return w.Say("waived until %s by %s: %s", w.Day(by.ExpiresOn), by.ApprovedBy, by.Reason)
}

// Owner says by whom a waiver was requested, and when it was approved.
func (w Phrases) Owner(of *assessment.Waiver) string {
	if of == nil {
		return ""
	}
	return w.Say("requested by %s, approved on %s", of.RequestedBy, w.Day(of.ApprovedOn))
}

// Accepted says how many findings are waived, and until when each check is; empty where none is.
func (w Phrases) Accepted(accepted []assessment.Open) string {
	if len(accepted) == 0 {
		return ""
	}
	var parts []string
	for _, o := range accepted {
		part := o.Check.ID
		if o.Waiver != nil {
			part += w.Say(" until %s by %s", w.Day(o.Waiver.ExpiresOn), o.Waiver.ApprovedBy)
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	const most = 10
	if more := len(parts) - most; more > 0 {
		parts = append(parts[:most], w.Say("and %d more", more))
	}
	return w.Say("%d %s waived: %s", len(accepted), w.Plural(len(accepted), "finding is", "findings are"), strings.Join(parts, w.Text("; ")))
}

// Condition names the way of failing with the values that it is about, by name; empty where neither is known. A list without
// items says nothing.
func Condition(f assessment.Finding) string {
	var values []string
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		if text := value(f.Values[name]); text != "" {
			values = append(values, name+": "+text)
		}
	}
	if len(values) == 0 {
		return f.Condition
	}
	return strings.TrimSpace(f.Condition + " (" + strings.Join(values, "; ") + ")")
}

// value is a value of evidence as text: numbers without an exponent, whatever they were read as.
func value(v any) string {
	if number, ok := v.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return verdict.ValueText(v)
}

// Quantity is the value of a parameter with its unit.
func (w Phrases) Quantity(value any, unit string) string {
	quantity := verdict.Quantity(value, unit)
	if w.Words == nil {
		return quantity
	}
	number := verdict.ValueText(value)
	shown := number
	if _, isList := value.([]any); !isList {
		shown = w.Grammar.Number(number)
	}
	unit = strings.TrimPrefix(quantity, number+" ")
	if w.Has("unit " + unit) { // a word that means something else elsewhere
		unit = "unit " + unit
	}
	return shown + " " + w.Text(unit)
}

// Controls are the controls of frameworks that a check counts for: the framework's printed name and its ids, a framework each.
func Controls(c *assessment.Check, frameworks map[string]string) []string {
	var all []string
	for _, framework := range slices.Sorted(maps.Keys(c.Controls)) {
		all = append(all, cmp.Or(frameworks[framework], framework)+": "+strings.Join(c.Controls[framework], ", "))
	}
	return all
}

// About is what a report says of all findings together, for formats that have a text for it: the result, the time, the readings, how strong
// the passes are, and what does not count. Texts that say nothing are left out.
func (w Phrases) About(a *assessment.Assessment) []string {
	all := []string{
		w.Say("Result: %s", w.Text(strings.ToUpper(string(a.Result)))), w.Say("assessed %s", cmp.Or(w.PastTime(a), w.Say("for %s", a.At))),
		w.Readings(a.Readings), w.Grades(a.Services...), w.Unmapped(assessment.FleetOf(a).Tally, a.Policies.Profile),
	}
	if a.DisputedNotCounted {
		all = append(all, w.Text(NotCounted))
	}
	all = append(all, w.Say("profile %s", a.Policies.Profile), w.Say("assessment %s", a.Digest))
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}

// Service names a service.
func Service(s *assessment.Service) string { return cmp.Or(s.Service.Name, s.Service.ID) }

// Day is the day of a time, in UTC; empty where that is not known.
func Day(at string) string {
	day, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return ""
	}
	return day.UTC().Format(time.DateOnly)
}
