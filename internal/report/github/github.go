// Package github writes what an assessment leaves to fix as workflow commands, which GitHub shows as annotations in the
// files of a pull request.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
package github

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// GitHub shows this many errors of one step, and as many warnings.
const shown = 10

// kinds are the commands: what is grave is an error.
var kinds = map[verdict.Severity]string{
	verdict.Critical: "error", verdict.High: "error", verdict.Medium: "warning", verdict.Low: "warning",
}

// Write writes in a language the first ten errors and the first ten warnings, the gravest first, and says how many more there are. Notices say
// how strong the passes are, and what is waived.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	say := wording.In(language)
	out := bufio.NewWriter(w)
	count := map[string]int{}
	for _, o := range assessment.Join(a.Open()) {
		kind := cmp.Or(kinds[o.Check.Severity], "error")
		count[kind]++
		if count[kind] > shown {
			continue
		}
		title := say.Text(string(o.Check.Severity)) + " " + o.Check.ID
		if len(o.Also) > 0 {
			title += say.Say(" and %d more", len(o.Also))
		}
		if o.Finding.Status == verdict.Missing {
			title += say.Text(" (missing)")
		}
		switch {
		case !a.Counts(o.Activity):
			title += " " + say.Text("(disputed duty: it does not count)")
		case o.Activity.Disputed:
			title += say.Text(" (disputed duty)")
		}
		f := o.Finding
		fmt.Fprintf(out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", kind, property(f.File), max(f.Line, 1), max(f.Column, 1),
			property(title), data(f.Message+". "+f.Remediation))
	}
	for _, kind := range []string{"error", "warning"} {
		if more := count[kind] - shown; more > 0 {
			noun := say.Plural(more, "error", "errors")
			if kind == "warning" {
				noun = say.Plural(more, "warning", "warnings")
			}
			fmt.Fprintln(out, say.Say("and %d more %s: the summary and the other formats have them all", more, noun))
		}
	}
	if grades := say.Grades(a.Services...); grades != "" {
		fmt.Fprintf(out, "::notice title=%s::%s\n", property(say.Text("strength of the passes")), data(grades))
	}
	if waived := say.Accepted(a.Accepted()); waived != "" {
		fmt.Fprintf(out, "::notice title=%s::%s\n", property(say.Text("accepted risks")), data(waived))
	}
	if past := say.PastTime(a); past != "" {
		fmt.Fprintf(out, "::notice title=raci-check::%s\n", data(say.Say("Assessed %s.", past)))
	}
	fmt.Fprintf(out, "raci-check: %s", say.Status(a.Result))
	for _, service := range a.Services {
		fmt.Fprintf(out, "; %s %s", sanitize.Text(cmp.Or(service.Service.Name, service.Service.ID)), say.Status(service.Result))
	}
	if len(a.Readings) > 0 {
		fmt.Fprintf(out, "; %s", sanitize.Text(say.Readings(a.Readings)))
	}
	if a.DisputedNotCounted {
		fmt.Fprintf(out, "; %s", say.Text(wording.NotCounted))
	}
	if unmapped := say.Unmapped(assessment.FleetOf(a).Tally, a.Policies.Profile); unmapped != "" {
		fmt.Fprintf(out, "; %s", sanitize.Text(unmapped))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// data is a command's text: escaped as the runner undoes it, after everything that cannot be seen is shown.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(sanitize.Text(s))
}

// property is a value between a command's name and its text.
func property(s string) string { return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s)) }
