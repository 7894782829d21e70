// Package markdown writes an assessment as GitHub Flavored Markdown, for the comment on a pull request or the summary of a
// step. Text from evidence stands in code spans: there nothing is a link, a mention, a reference or HTML.
package markdown

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// The room there is, in bytes: GitHub takes 65,536 characters in a comment, of which a reader wants fewer, and 1 MiB in the
// summary of a step.
const (
	Comment = 20_000
	Summary = 1_000_000
)

// maxMessage is how many characters of one message are shown.
const maxMessage = 400

// document is text that grows up to a limit.
type document struct {
	strings.Builder
	limit int
	words wording.Phrases
}

func (d *document) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// say writes a line of the language.
func (d *document) say(format string, args ...any) { d.line("%s", d.words.Say(format, args...)) }

// full keeps room for the end of the document.
func (d *document) full() bool { return d.Len() > d.limit-4096 }

// Write writes in a language verdicts, the duties to fix and the findings, the gravest first, in at most about limit bytes; it says how
// many findings are left out.
func Write(w io.Writer, a *assessment.Assessment, limit int, language *words.Words) error {
	d := &document{limit: limit, words: wording.In(language)}
	d.line("## raci-check%s%s", d.words.Text(": "), d.word(a.Result))
	d.line("")
	if past := d.words.PastTime(a); past != "" {
		d.say("Assessed **%s**.", escape(past))
		d.line("")
	}
	if a.Partial {
		d.say("**Partial run**: only chosen duties were assessed.")
		d.line("")
	}
	if a.DisputedNotCounted {
		d.say("**Careful**: %s.", escape(d.words.Text(wording.NotCounted)))
		d.line("")
	}
	if len(a.Services) > 1 {
		if len(a.Readings) > 0 {
			d.say("- duties: %s", escape(d.words.FleetSplit(assessment.FleetOf(a))))
			d.say("- variants: %s", escape(d.words.Readings(a.Readings)))
			d.line("")
		}
		d.services(a)
	}
	open := assessment.Join(a.Open())
	for i, s := range worstFirst(a) {
		if d.full() {
			d.say("%d more services are left out here.", len(a.Services)-i)
			d.line("")
			break
		}
		d.service(a, s, open)
	}
	d.waivers(a.Waivers)
	d.looser(a)
	d.footer(a)
	_, err := io.WriteString(w, d.String())
	return err
}

func (d *document) services(a *assessment.Assessment) {
	d.say("| service | result | duties |\n|---|---|---|")
	for i, s := range worstFirst(a) {
		if d.full() {
			d.say("| %d more | | |", len(a.Services)-i)
			break
		}
		d.line("| %s | %s | %s |", cell(name(*s)), d.word(s.Result), d.words.Tally(s.Summary))
	}
	d.line("")
}

func worstFirst(a *assessment.Assessment) []*assessment.Service {
	var sorted []*assessment.Service
	for i := range a.Services {
		sorted = append(sorted, &a.Services[i])
	}
	slices.SortStableFunc(sorted, func(x, y *assessment.Service) int { return verdict.WorstFirst(x.Result, y.Result) })
	return sorted
}

func (d *document) service(a *assessment.Assessment, s *assessment.Service, open []assessment.Joined) {
	d.line("### %s%s%s", code(name(*s)), d.words.Text(": "), d.word(s.Result))
	d.line("")
	d.line("%s.", strings.Join(slices.DeleteFunc([]string{d.words.Sentence(*s), d.words.Open(*s)}, func(t string) bool { return t == "" }), " — "))
	d.line("")
	if s.Dispute != nil {
		d.say("- duties: %s", escape(d.words.Split(*s, a.Catalog.Provider)))
		d.say("- variants: %s", escape(d.words.ByReading(*s)))
	}
	if grades := d.words.Grades(*s); grades != "" {
		if len(s.Signers) > 0 { // the names of keys are from outside
			grades = code(grades)
		} else {
			grades = escape(grades)
		}
		d.say("- strength: %s", grades)
	}
	for _, share := range s.Accepted {
		d.say("- accepted: %s", escape(d.words.Share(share)))
	}
	if unmapped := d.words.Unmapped(assessment.TallyOf(s), a.Policies.Profile); unmapped != "" {
		d.say("- mappings: **%s**", escape(unmapped))
	}
	if len(s.Accepted)+len(s.Grades)+s.Unmapped > 0 || s.Dispute != nil {
		d.line("")
	}
	d.stated(s.Stated)
	d.causes(s.Causes)
	bad := false
	for _, activity := range s.Activities {
		if !activity.Status.Bad() && activity.Status != verdict.Waived {
			continue
		}
		if !bad {
			d.say("| duty | | status | checks that do not pass |\n|---|---|---|---|")
			bad = true
		}
		d.line("| %s | %s | %s | %s |", escape(activity.ID), escape(activity.Title), d.word(activity.Status)+d.uncounted(a, &activity), d.badChecks(activity))
	}
	if bad {
		d.line("")
	}
	d.findings(s, open)
	d.waivers(s.Waivers)
}

// uncounted marks an activity whose failure does not count.
func (d *document) uncounted(a *assessment.Assessment, activity *assessment.Activity) string {
	if activity.Status.Bad() && !a.Counts(activity) {
		return " " + d.words.Text("(disputed: it does not count)")
	}
	return ""
}

// shownChecks is how many checks of one person are named.
const shownChecks = 20

// stated lists the checks that pass by nobody's word but that of somebody.
func (d *document) stated(all []assessment.Word) {
	for i, w := range all {
		if d.full() {
			d.say("- %d more people on whose word checks pass are left out here", len(all)-i)
			break
		}
		var checks []string
		for _, id := range slices.Concat(w.Checks, w.Partly) {
			checks = append(checks, code(id))
		}
		more := ""
		if n := len(checks) - shownChecks; n > 0 {
			checks, more = checks[:shownChecks], d.words.Say(" and %d more", n)
		}
		partly := ""
		if n := len(w.Partly); n > 0 {
			partly = d.words.Say(" (%d of them with stronger facts too)", n)
		}
		d.say("- supported by nobody's word but that of %s: %s%s%s", code(d.words.People(w.By, w.Others)), strings.Join(checks, ", "), more, partly)
	}
	if len(all) > 0 {
		d.line("")
	}
}

func (d *document) badChecks(activity assessment.Activity) string {
	var parts []string
	for _, severity := range slices.Backward(verdict.Severities) {
		n := 0
		for _, check := range activity.Checks {
			if check.Status.Bad() && check.Severity == severity {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, d.words.Plural(n, string(severity), string(severity))))
		}
	}
	return strings.Join(parts, ", ")
}

func (d *document) findings(s *assessment.Service, open []assessment.Joined) {
	var own []assessment.Joined
	for _, o := range open {
		if o.Service == s {
			own = append(own, o)
		}
	}
	for i, o := range own {
		if d.full() {
			d.say("- %d more findings are left out here", len(own)-i)
			break
		}
		f := o.Finding
		also := ""
		if len(o.Also) > 0 {
			also = d.words.Say(" and %d more %s", len(o.Also), d.words.Plural(len(o.Also), "check", "checks"))
		}
		d.say("- **%s** %s%s at %s: %s%s  \n  %s", d.words.Text(string(o.Check.Severity)), code(o.Check.ID), also, code(f.Location.String()),
			code(f.Message), d.related(f), escape(f.Remediation))
	}
	if len(own) > 0 {
		d.line("")
	}
}

func place(l verdict.Location) string { return code(fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)) }

// related names the other places that a finding involves.
func (d *document) related(f assessment.Finding) string {
	var places []string
	for _, other := range f.Related {
		places = append(places, place(other.Location))
	}
	if places == nil {
		return ""
	}
	return d.words.Say("; see %s", strings.Join(places, ", "))
}

func (d *document) waivers(all []assessment.Waiver) {
	for i, w := range all {
		if d.full() {
			d.say("- %d more waivers are left out here", len(all)-i)
			break
		}
		note := ""
		if w.Note != "" {
			note = " (" + escape(w.Note) + ")"
		}
		d.say("- **waiver %s**%s: %s until %s, approved by %s: %s", d.words.Text(string(w.State)), note, code(w.Check), code(w.ExpiresOn), code(w.ApprovedBy), code(w.Reason))
	}
	if len(all) > 0 {
		d.line("")
	}
}

func (d *document) looser(a *assessment.Assessment) {
	written := false
	for _, p := range a.Policies.Parameters {
		if p.Looser && !d.full() {
			unmapped := ""
			if len(a.Services) > 0 {
				if ids := d.words.RestOn(a.Services[0], p.Name); ids != "" {
					unmapped = d.words.Say("; these checks count for no framework: %s", escape(ids))
				}
			}
			d.say("- **looser than the profile**: %s = %s, the profile has %s%s", code(p.Name), code(verdict.ValueText(p.Value)), code(verdict.ValueText(p.Default)), unmapped)
			written = true
		}
	}
	if written {
		d.line("")
	}
}

// causesListed is how many causes a service shows; the JSON has all.
const causesListed = 10

// causes lists what several checks lack or fail for.
func (d *document) causes(all []assessment.Cause) {
	if len(all) == 0 || d.full() {
		return
	}
	d.say("| what holds checks back | | checks | where |\n|---|---|---|---|")
	for _, c := range all[:min(len(all), causesListed)] {
		d.line("| %s | %s | %d | %s |", d.words.Text(string(c.Severity)), cell(d.words.Cause(c)), len(c.Checks), cell(wording.Place(c.Location)))
	}
	if more := len(all) - causesListed; more > 0 {
		d.say("| | %d more | | |", more)
	}
	d.line("")
}

func (d *document) footer(a *assessment.Assessment) {
	d.say("Assessed for %s by %s %s; RACI table %s, variant %s; profile %s; policies %s; assessment %s.", code(a.At), escape(a.Tool.Name), escape(a.Tool.Version),
		code(a.Catalog.ID), code(a.Catalog.Reading), code(a.Policies.Profile), code(a.Policies.Digest), code(a.Digest))
}

func name(s assessment.Service) string { return cmp.Or(s.Service.Name, s.Service.ID) }

// word is a status as people read it.
func (d *document) word(s verdict.Status) string {
	return d.words.Text(strings.ToUpper(strings.ReplaceAll(escape(cmp.Or(string(s), "no verdict")), `\_`, " ")))
}

// shorten keeps a message within its room.
func shorten(s string) string {
	if runes := []rune(s); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return s
}

// code is a code span that holds any text, shortened: its fence is longer than any row of backticks within.
func code(s string) string {
	s = shorten(sanitize.Text(s))
	longest, row := 0, 0
	for _, r := range s {
		if r != '`' {
			row = 0
			continue
		}
		row++
		longest = max(longest, row)
	}
	fence := strings.Repeat("`", longest+1)
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cell is code in a table, which ends a cell at a bar even in a code span.
func cell(s string) string { return strings.ReplaceAll(code(s), "|", `\|`) }

// escape is text from the policies as text: no markup, no mention, no reference.
func escape(s string) string {
	var b strings.Builder
	for _, r := range sanitize.Text(s) {
		switch {
		case r == '@' || r == '#':
			fmt.Fprintf(&b, "`%c`", r)
		case strings.ContainsRune("\\`*_{}[]<>|~&:", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
