package text

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// What the brief report of a service shows, so that it fits a screen of 50 lines.
const (
	causesListed   = 10
	failuresListed = 8
	errorsListed   = 2
	waiversListed  = 3
	sharesListed   = 3
)

// brief reports on one service in a screen: what most checks hang on, the gravest failures, and what to do next.
func (r *report) brief(s assessment.Service) {
	r.headline(s)
	causes, failures := causesListed, failuresListed
	if r.errors(s.Activities) {
		causes, failures = causes/2, failures/2 // what could not be assessed comes first, and the screen stays one
	}
	r.causes(s.Causes, causes)
	failing := failing(s.Activities)
	r.failures(failing, failures)
	r.accepted(s.Waivers)
	r.commands(s, failing)
}

// errors lists the duties whose policies could not be evaluated, and reports whether there are any.
func (r *report) errors(all []assessment.Activity) bool {
	all = slices.DeleteFunc(slices.Clone(all), func(a assessment.Activity) bool { return a.Status != verdict.Error })
	if len(all) == 0 {
		return false
	}
	r.section("Could not be assessed")
	for _, a := range all[:min(len(all), errorsListed)] {
		reason := cmp.Or(a.Reason, r.words.Text("the policy could not be evaluated"))
		r.item(2, 4, span{a.ID, red}, span{text: shorten(sanitize.Text(reason), 2*r.width)})
	}
	r.more(len(all)-errorsListed, "other duty", "other duties")
	return true
}

// causes lists at most so much of what several checks lack or fail for.
func (r *report) causes(all []assessment.Cause, most int) {
	if len(all) == 0 {
		return
	}
	shown := all[:min(len(all), most)]
	r.section("What holds checks back")
	var rows []row
	for _, c := range shown {
		n := len(c.Checks)
		rows = append(rows, row{[]span{
			r.severity(c.Severity),
			{r.counted(n), plain},
		}, r.words.Cause(c), wording.Place(c.Location)})
	}
	rows = r.fitting(rows, most, leastText)
	r.rows(rows, leastText)
	r.more(len(all)-len(rows), "other cause", "other causes")
}

// counted is how many checks there are, in a column.
func (r *report) counted(n int) string {
	width := max(columns(r.words.Plural(1, "check", "checks")), columns(r.words.Plural(2, "check", "checks")))
	return pad(fmt.Sprintf("%*d %s", 3, n, r.words.Plural(n, "check", "checks")), width+6)
}

// severity is a severity, in a column.
func (p *printer) severity(s verdict.Severity) span {
	return span{pad(p.words.Text(string(s)), len(verdict.Critical)+2), severityStyle[s]}
}

// state is what became of something, in a column.
func (p *printer) state(s string) span { return span{pad(p.words.Text(s), stateWidth), stateStyle[s]} }

// accepted says how many waivers there are, and which end or are rejected first.
func (r *report) accepted(all []assessment.Waiver) {
	if len(all) == 0 {
		return
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b assessment.Waiver) int {
		return cmp.Or(cmp.Compare(waiverRank[a.State], waiverRank[b.State]), cmp.Compare(a.ExpiresOn, b.ExpiresOn))
	})
	shown := all[:min(len(all), waiversListed)]
	r.section("Waivers")
	var rows []row
	for _, w := range shown {
		text := r.words.Say("%s until %s%s", w.Check, r.words.Day(w.ExpiresOn), r.left(w.ExpiresOn))
		if w.Note != "" {
			text = w.Check + r.words.Text(": ") + w.Note
		}
		rows = append(rows, row{[]span{r.state(string(w.State))}, text, wording.Place(w.Location)})
	}
	rows = r.fitting(rows, waiversListed, leastText)
	r.rows(rows, leastText)
	r.more(len(all)-len(rows), "other waiver", "other waivers")
}

var waiverRank = map[assessment.WaiverState]int{assessment.WaiverRejected: 0, assessment.WaiverApplied: 1, assessment.WaiverUnused: 2}

// failing picks the checks that fail for something of their own, the gravest first.
func failing(all []assessment.Activity) []assessment.Check {
	var checks []assessment.Check
	for _, activity := range all {
		for _, check := range activity.Checks {
			if check.Status == verdict.Fail && ownFailure(check) >= 0 {
				checks = append(checks, check)
			}
		}
	}
	slices.SortStableFunc(checks, func(a, b assessment.Check) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	return checks
}

// ownFailure is the index of the first failure that no cause explains; -1 where there is none.
func ownFailure(check assessment.Check) int {
	return slices.IndexFunc(check.Findings, func(f assessment.Finding) bool { return f.Status == verdict.Fail && f.Cause == nil && !f.Waived })
}

// failures lists at most so many of the failures, a line each.
func (r *report) failures(all []assessment.Check, most int) {
	if len(all) == 0 {
		return
	}
	shown := all[:min(len(all), most)]
	r.section("Checks that fail, the gravest first")
	var rows []row
	for _, check := range shown {
		first := check.Findings[ownFailure(check)]
		rows = append(rows, row{[]span{r.severity(check.Severity)}, check.ID, wording.Place(first.Location)})
	}
	rows = r.fitting(rows, most, wholeText)
	r.rows(rows, wholeText)
	r.more(len(all)-len(rows), "other check", "other checks")
}

// row is what it is about and where, after spans that are equally wide in all rows.
type row struct {
	start       []span
	text, place string
}

// rows prints each row in a line, with the places in one column. Places are whole, so that terminals can open them; the texts give
// way, down to so many columns. Where fewer are left, each place has a line of its own.
func (r *report) rows(all []row, least int) {
	for i := range all {
		all[i].text, all[i].place = sanitize.Text(all[i].text), sanitize.Text(all[i].place)
	}
	room, together := r.room(all, least)
	for _, line := range all {
		spans := append([]span{{text: blank(2)}}, line.start...)
		if !together {
			r.line(append(spans, span{text: shorten(line.text, max(room, leastText))})...)
			r.item(4, 4, span{line.place, dim})
			continue
		}
		r.line(append(spans, span{text: pad(shorten(line.text, room), room+2)}, span{line.place, dim})...)
	}
}

// room is how many columns the texts of rows have, and whether the places fit beside them.
func (r *report) room(all []row, least int) (columnsLeft int, together bool) {
	used, widest, longest := 2, 0, 0
	for _, line := range all {
		widest, longest = max(widest, columns(sanitize.Text(line.place))), max(longest, columns(sanitize.Text(line.text)))
	}
	for _, s := range all[0].start {
		used += columns(s.text)
	}
	if room := min(r.width-used-widest-2, longest); room >= min(least, longest) {
		return room, true
	}
	return r.width - used, false
}

// fitting is the rows that fit so many lines: long names of folders, which take a line each, do not make the report longer than a screen.
func (r *report) fitting(all []row, lines, least int) []row {
	if _, together := r.room(all, least); together || 2*len(all) <= lines {
		return all
	}
	return all[:max(lines/2, 1)]
}

const (
	leastText = 24      // the fewest columns in which a text still says something
	wholeText = 1 << 10 // an id is of no use in part
)

// chosen reports on the duties that a partial run was about: what fails, and nothing of the others.
func (r *report) chosen(s assessment.Service) {
	duties := worst(s.Activities, r.least)
	r.headline(s)
	r.findings(duties)
	r.waivers(slices.DeleteFunc(slices.Clone(s.Waivers), func(w assessment.Waiver) bool { return dutyOf(s, w.Check) == "" }))
	var failures []assessment.Check
	for _, d := range duties {
		failures = append(failures, d.checks...)
	}
	r.commands(s, failures)
}

// dutyOf is the name of the assessed duty that a check belongs to; empty where it was not assessed.
func dutyOf(s assessment.Service, check string) string {
	for _, activity := range s.Activities {
		if slices.ContainsFunc(activity.Checks, func(c assessment.Check) bool { return c.ID == check }) {
			return activity.Name
		}
	}
	return ""
}

// commands say what to do next, as they can be pasted.
func (r *report) commands(s assessment.Service, failures []assessment.Check) {
	r.line()
	passes := s.Result == verdict.Pass
	if passes && !r.Partial {
		r.item(0, 6, span{r.words.Text(nothingToFix), bold})
		return
	}
	r.line(span{r.words.Text("Next"), bold})
	if passes {
		r.command(r.again(s), r.words.Text("all duties"))
		return
	}
	first, purpose := "", ""
	switch {
	case len(failures) > 0:
		first, purpose = failures[0].ID, r.words.Text("what the first failure is about")
	case len(s.Causes) > 0:
		first, purpose = s.Causes[0].Checks[0], r.words.Text("what the first of these checks needs")
	}
	if first != "" {
		r.command("raci-check explain "+first, purpose)
		reach := r.words.Text("its duty, with remedies")
		if r.Partial {
			reach = r.words.Text("its duty again, once it is fixed")
		}
		r.command(r.again(s, "--duty", dutyOf(s, first)), reach)
	}
	if !r.Partial {
		r.command(r.again(s, "--details"), r.words.Text("everything, with remedies"))
	}
}

// again is the command that assesses a service again by the same rules, for the same time if that was chosen.
func (r *report) again(s assessment.Service, options ...string) string {
	words := []string{"raci-check", "assess"}
	if r.PastAt {
		words = append(words, "--at", strings.TrimSuffix(r.At, "T00:00:00Z"), "--allow-past-at")
	}
	if len(r.Policies.Profiles) != 1 || r.Policies.Profiles[0] != parameter.Baseline {
		for _, name := range r.Policies.Profiles {
			words = append(words, "--profile", name)
		}
	}
	if in := r.Inputs; in != nil {
		if in.Reading != "" {
			words = append(words, "--raci", in.Reading)
		}
		for _, source := range in.Policies {
			words = append(words, "--policies", source.Path)
		}
		for _, files := range []struct {
			flag string
			list []assessment.File
		}{{"--params", in.Params}, {"--reference", in.Reference}, {"--waivers", in.Waivers}, {"--evidence-keys", in.EvidenceKeys}} {
			for _, file := range files.list {
				words = append(words, files.flag, file.Path)
			}
		}
		for _, severity := range verdict.Severities {
			if grade := in.MinAssurance[severity]; grade != "" {
				words = append(words, "--min-assurance", string(severity)+"="+string(grade))
			}
		}
	}
	words = append(words, options...)
	switch {
	case len(s.Evidence) == 0:
		words = append(words, ".")
	case s.Evidence[0].Path == "-":
		words = append(words, "-")
	default:
		words = append(words, path.Dir(s.Evidence[0].Path))
	}
	for i := range words {
		words[i] = quoted(words[i])
	}
	return strings.Join(words, " ")
}

func (r *report) command(text, purpose string) {
	text = sanitize.Text(text)
	if columns(text)+columns(purpose)+6 > r.width {
		r.line(span{text: blank(2) + text})
		return
	}
	r.line(span{text: blank(2) + text}, span{blank(2) + "# " + purpose, dim})
}

// quoted is a word for a shell.
func quoted(word string) string {
	if strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=", r)
	}) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
