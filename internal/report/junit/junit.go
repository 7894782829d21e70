// Package junit writes an assessment as JUnit XML in the dialect of Jenkins, which GitLab and others read too: a suite for
// each activity of each service, a case for each check.
package junit

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name       string     `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Timestamp  string     `xml:"timestamp,attr,omitempty"` // without a zone, as readers of the format want it: UTC
	ID         string     `xml:"id,attr"`
	Package    string     `xml:"package,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []testCase `xml:"testcase"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Time    string   `xml:"time,attr"`
	Failure *outcome `xml:"failure,omitempty"`
	Error   *outcome `xml:"error,omitempty"`
	Skipped *outcome `xml:"skipped,omitempty"`
}

type outcome struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Write writes all services in a language.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	all := suites{Name: text(a.Tool.Name)}
	say := writer{wording.In(language)}
	if past := say.PastTime(a); past != "" {
		all.Name += text(" " + past)
	}
	for _, service := range a.Services {
		for _, activity := range service.Activities {
			all.add(say.ofActivity(a, service, activity))
		}
	}
	return all.write(w)
}

func (s *suites) add(child suite) {
	s.Tests += child.Tests
	s.Failures += child.Failures
	s.Errors += child.Errors
	s.Suites = append(s.Suites, child)
}

func (s suites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w) // which writes piece by piece
	encoder.Indent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return fmt.Errorf("encode JUnit XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// writer has the words of a language.
type writer struct{ wording.Phrases }

func (w writer) ofActivity(a *assessment.Assessment, service assessment.Service, activity assessment.Activity) suite {
	named := cmp.Or(service.Service.Name, service.Service.ID)
	s := suite{
		Name: text(named + ": " + activity.ID + " " + activity.Title), ID: text(service.Service.ID + "/" + activity.ID), Package: text(named),
		Properties: []property{
			{"service", text(service.Service.ID)}, {"activity", text(activity.ID)}, {"status", string(activity.Status)},
			{"policies", text(a.Policies.Digest)}, {"profile", text(a.Policies.Profile)},
		},
	}
	if activity.Disputed {
		s.Properties = append(s.Properties, property{"disputed", text(activity.DisputeNote)})
	}
	if verdicts := w.ByReading(service); verdicts != "" {
		s.Properties = append(s.Properties, property{"variants", text(verdicts)})
	}
	if !a.Counts(&activity) {
		s.Properties = append(s.Properties, property{"not_counted", w.Text(wording.NotCounted)})
	}
	if a.PastAt {
		s.Properties = append(s.Properties, property{"past_at", "true"})
	}
	if activity.Grade != "" {
		s.Properties = append(s.Properties, property{"grade", string(activity.Grade)})
	}
	for _, check := range activity.Checks {
		if check.Grade != "" {
			s.Properties = append(s.Properties, property{"grade:" + text(check.ID), string(check.Grade)})
		}
		if len(check.Looser) > 0 {
			s.Properties = append(s.Properties, property{"counts_for_no_framework:" + text(check.ID), text(w.Looser(check.Looser, a.Policies.Profile))})
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, service.At); err == nil {
		s.Timestamp = at.UTC().Format("2006-01-02T15:04:05")
	}
	class := text(named + "." + activity.Name)
	for _, check := range activity.Checks {
		_, short, _ := strings.Cut(check.ID, ".")
		c := w.judged(a, activity, check)
		for _, out := range []*outcome{c.Failure, c.Error} {
			if out != nil && check.Status.Bad() && !a.Counts(&activity) {
				out.Message = w.Say("disputed duty, it does not count: %s", out.Message)
			}
		}
		s.add(c, text(cmp.Or(short, check.ID)), class)
	}
	if len(activity.Checks) == 0 {
		s.add(testCase{Skipped: &outcome{Type: string(activity.Status), Message: w.unjudged(activity)}}, "not_judged", class)
	}
	return s
}

func (s *suite) add(c testCase, name, class string) {
	c.Name, c.Class, c.Time = name, class, "0"
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// judged maps the verdict: what was looked at and does not hold is a failure, what could not be looked at an error.
func (w writer) judged(a *assessment.Assessment, activity assessment.Activity, check assessment.Check) testCase {
	var c testCase
	out := &outcome{Type: string(check.Status), Message: text(check.Title)}
	switch check.Status {
	case verdict.Pass:
	case verdict.Fail:
		c.Failure = out
		out.Text = w.findings(check, a.Policies.Frameworks)
	case verdict.Missing:
		c.Error = out
		out.Text = w.findings(check, a.Policies.Frameworks)
	case verdict.Waived:
		c.Skipped = out
		out.Message = text(w.Waived(check.Waiver))
		out.Text = w.findings(check, a.Policies.Frameworks)
	case verdict.NotApplicable:
		c.Skipped = out
		out.Message = text(w.Say("not applicable: %s", cmp.Or(check.Reason, activity.Reason, w.Text("it checks declarations, and nothing is declared"))))
	default: // an error, or a status that is not known: never a pass
		c.Error = out
		out.Text = text(cmp.Or(activity.Reason, w.Text("the policy could not be evaluated")))
	}
	return c
}

// findings is a line for each finding, which begins with the severity: no text from evidence begins a line.
func (w writer) findings(check assessment.Check, frameworks map[string]string) string {
	var b strings.Builder
	for _, f := range check.Findings {
		mark := ""
		if f.Waived {
			mark = w.Text("waived:") + " "
		}
		fmt.Fprintf(&b, "\n%s%s%s:%s:%s: %s (%s)", w.Say("%s: ", w.Text(string(check.Severity))), mark, text(f.File), strconv.Itoa(f.Line), strconv.Itoa(f.Column), text(f.Message), text(f.Pointer))
		if condition := wording.Condition(f); condition != "" {
			fmt.Fprintf(&b, "; %s", text(condition))
		}
		for _, other := range f.Related {
			b.WriteString(w.Say("; see %s:%d:%d (%s)", text(other.File), other.Line, other.Column, text(other.Pointer)))
		}
	}
	b.WriteString(w.Say("\nsource: %s\nfix: %s\n", text(check.Source), text(check.Remediation)))
	for _, controls := range wording.Controls(&check, frameworks) {
		b.WriteString(w.Say("control: %s\n", text(controls)))
	}
	if waiver := check.Waiver; waiver != nil {
		b.WriteString(w.Say("waiver: %s\n", text(w.Owner(waiver))))
	}
	return b.String()
}

// unjudged says why an activity has no case of its own.
func (w writer) unjudged(activity assessment.Activity) string {
	switch activity.Status {
	case verdict.Inherited:
		return text(w.Say("the provider's activity, not assessed; ask for: %s", strings.Join(activity.AskProvider, w.Text("; "))))
	case verdict.NotSelected:
		return w.Text("left out of this partial run")
	default:
		return text(w.Text(string(activity.Status)) + " " + activity.Reason)
	}
}

func text(s string) string { return sanitize.Text(s) }
