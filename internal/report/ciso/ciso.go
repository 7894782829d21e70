// Package ciso writes an assessment as files that ciso-assistant imports: the table as a framework in a library, and for each service an
// audit, findings, security exceptions and tasks. Columns and words are those that its importers read (August 2026).
package ciso

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// maxName is how many characters of a name the program keeps.
const maxName = 200

// Files are the contents of the files to import, by name. The same assessment makes the same bytes, and a later one of the same service
// the same reference ids.
func Files(a *assessment.Assessment) (map[string][]byte, error) {
	framework, err := library(a)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"framework.yaml": framework}
	for i := range a.Services {
		s := &a.Services[i]
		tables := map[string][][]string{
			"audit": audit(a, s), "findings": findings(a, s), "exceptions": exceptions(s), "tasks": tasks(s),
		}
		for kind, rows := range tables {
			name := kind + "-" + slug(s.Service.ID)
			if files[name+".csv"] != nil {
				return nil, fmt.Errorf("two services would both be written to %s.csv: give each of them its own id, or write them one by one", name)
			}
			if files[name+".csv"], err = table(rows); err != nil {
				return nil, err
			}
			if files[name+".xlsx"], err = workbook(rows); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

func table(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = sanitize.Cell(cell)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

var unkept = regexp.MustCompile(`[^a-z0-9._-]+`)

// slug is a text as part of a URN and of a file's name. One that is not kept whole ends with a digest.
func slug(text string) string {
	const longest = 80
	safe := unkept.ReplaceAllString(strings.ToLower(text), "-")
	if safe == text && len(safe) <= longest && safe != "" && safe[0] != '.' {
		return safe
	}
	return strings.TrimLeft(safe[:min(len(safe), longest)], ".-") + "-" + digest(text)[:8]
}

// prefix keeps readers from taking an id of digits for a number.
const prefix = "rc-"

// digest names something across assessments, in hexadecimal digits.
func digest(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:16])
}

// unique gives the next of several things with one id another one, which is the same in every run.
type unique map[string]string

func (u unique) id(parts ...string) string {
	first := digest(parts...)
	id := first
	if before, ok := u[first]; ok {
		id = digest(before)
	}
	u[first] = id
	return prefix + id
}

type framework struct {
	URN         string        `yaml:"urn"`
	Locale      string        `yaml:"locale,omitempty"`
	RefID       string        `yaml:"ref_id"`
	Name        string        `yaml:"name"`
	Description string        `yaml:"description"`
	Version     int           `yaml:"version,omitempty"`
	Provider    string        `yaml:"provider,omitempty"`
	Packager    string        `yaml:"packager,omitempty"`
	Objects     *objects      `yaml:"objects,omitempty"`
	Nodes       []requirement `yaml:"requirement_nodes,omitempty"`
}

type objects struct {
	Framework framework `yaml:"framework"`
}

type requirement struct {
	URN         string `yaml:"urn"`
	Assessable  bool   `yaml:"assessable"`
	Depth       int    `yaml:"depth"`
	Parent      string `yaml:"parent_urn,omitempty"`
	RefID       string `yaml:"ref_id"`
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
}

// name is that of the framework in URNs: each variant of the table is a framework of its own.
func name(a *assessment.Assessment) string { return slug(a.Catalog.ID + "-" + a.Catalog.Reading) }

func urn(kind string, a *assessment.Assessment, parts ...string) string {
	return strings.Join(append([]string{"urn", "raci-check", "risk", kind, name(a)}, parts...), ":")
}

// library is the table: headings, and the activities below them. All services have the same.
func library(a *assessment.Assessment) ([]byte, error) {
	description := sanitize.Text(fmt.Sprintf("%s. Variant %s of the table.", a.Catalog.Source, a.Catalog.Reading))
	made := framework{
		URN: urn("framework", a), RefID: name(a), Name: sanitize.Text(a.Catalog.Title), Description: description,
	}
	if len(a.Services) > 0 {
		made.Nodes = nodes(a, a.Services[0].Activities)
	}
	if len(made.Nodes) == 0 {
		return nil, fmt.Errorf("the assessment has no activity: there is nothing to import")
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(framework{
		URN: urn("library", a), Locale: "en", RefID: name(a), Name: made.Name, Description: description, Version: 1,
		Provider: sanitize.Text(a.Catalog.Provider), Packager: "raci-check", Objects: &objects{made},
	})
	return out.Bytes(), err
}

func nodes(a *assessment.Assessment, activities []assessment.Activity) []requirement {
	var all []requirement
	listed := map[string]bool{}
	for i := range activities {
		activity := &activities[i]
		parent, depth := "", 0
		for _, title := range []string{activity.Phase, activity.Section} {
			if title == "" || depth > 0 && title == activity.Phase {
				continue
			}
			number, _, _ := strings.Cut(title, " ")
			heading := urn("req_node", a, "heading-"+slug(strings.TrimSuffix(number, ".")))
			depth++
			if !listed[heading] {
				listed[heading] = true
				all = append(all, requirement{URN: heading, Depth: depth, Parent: parent, RefID: sanitize.Text(strings.TrimSuffix(number, ".")), Name: sanitize.Text(title)})
			}
			parent = heading
		}
		all = append(all, requirement{
			URN: requirementURN(a, activity), Assessable: true, Depth: depth + 1, Parent: parent, RefID: sanitize.Text(activity.ID), Name: sanitize.Text(activity.Title),
			Description: sanitize.Text(responsibility(a, activity)),
		})
	}
	return all
}

func requirementURN(a *assessment.Assessment, activity *assessment.Activity) string {
	return urn("req_node", a, slug(activity.ID))
}

func responsibility(a *assessment.Assessment, activity *assessment.Activity) string {
	text := fmt.Sprintf("Customer: %s. %s: %s.", cmp.Or(activity.Customer, "none"), a.Catalog.Provider, cmp.Or(activity.Provider, "none"))
	if activity.Disputed {
		text += " Disputed: " + activity.DisputeNote
	}
	return text
}

// outcome is what an audit says of a requirement: its result, and how far the work on it is.
type outcome struct{ result, progress string }

// outcomes are the statuses in the audit's words. What is waived is done only in part, and what was not assessed is never compliant.
var outcomes = map[verdict.Status]outcome{
	verdict.Pass: {"compliant", "done"}, verdict.Waived: {"partially_compliant", "done"}, verdict.Fail: {"non_compliant", "in_progress"},
	verdict.Missing: {"non_compliant", "to_do"}, verdict.NotApplicable: {"not_applicable", "done"},
}

func audit(a *assessment.Assessment, s *assessment.Service) [][]string {
	rows := [][]string{{"urn", "ref_id", "assessable", "compliance_result", "requirement_progress", "observations"}}
	for i := range s.Activities {
		activity := &s.Activities[i]
		o, ok := outcomes[activity.Status]
		if !ok {
			o = outcome{"not_assessed", "to_do"}
		}
		rows = append(rows, []string{requirementURN(a, activity), activity.ID, "true", o.result, o.progress, observations(a, s, activity)})
	}
	return rows
}

// observations say what the result rests on. They are never empty: an empty cell would keep what an earlier import wrote.
func observations(a *assessment.Assessment, s *assessment.Service, activity *assessment.Activity) string {
	parts := []string{string(activity.Status) + ", assessed for " + s.At}
	if a.PastAt {
		parts = append(parts, assessment.ChosenTime)
	}
	if activity.Status == verdict.Inherited {
		parts = append(parts, "inherited from "+a.Catalog.Provider)
	}
	if activity.Reason != "" {
		parts = append(parts, activity.Reason)
	}
	if activity.Grade != "" {
		parts = append(parts, "passes are "+string(activity.Grade))
	}
	if a.DisputedNotCounted && activity.Disputed {
		parts = append(parts, wording.NotCounted)
	}
	for _, check := range activity.Checks {
		if check.Status != verdict.Pass {
			parts = append(parts, check.ID+": "+string(check.Status))
		}
	}
	return strings.Join(parts, "; ")
}

// priorities are those of findings, from 1, the most urgent, to 4.
var priorities = map[verdict.Severity]string{verdict.Critical: "1", verdict.High: "2", verdict.Medium: "3", verdict.Low: "4"}

func findings(a *assessment.Assessment, s *assessment.Service) [][]string {
	// There is no status: a second import would undo what people have noted since the first.
	rows := [][]string{{"ref_id", "name", "description", "severity", "priority", "observation", "filtering_labels"}}
	for _, o := range a.Open() {
		if o.Service != s {
			continue
		}
		labels := []string{"raci-check", o.Activity.ID, string(o.Finding.Status)}
		if o.Activity.Disputed {
			labels = append(labels, "disputed")
		}
		rows = append(rows, []string{
			prefix + o.Fingerprint, sanitize.Cut(o.Check.ID+": "+o.Finding.Message, maxName), o.Check.Title + ". " + o.Finding.Location.String() + " " + o.Finding.Pointer,
			string(o.Check.Severity), priorities[o.Check.Severity], "Fix: " + cmp.Or(o.Finding.Remediation, o.Check.Remediation),
			strings.Join(labels, "|"),
		})
	}
	return rows
}

// states are what became of waivers, in the words for exceptions.
var states = map[assessment.WaiverState]string{
	assessment.WaiverApplied: "approved", assessment.WaiverUnused: "resolved", assessment.WaiverRejected: "in_review",
}

func exceptions(s *assessment.Service) [][]string {
	rows := [][]string{{"ref_id", "name", "description", "severity", "status", "expiration_date", "observation"}}
	ids := unique{}
	for _, w := range s.Waivers {
		pointers := slices.Sorted(slices.Values(w.Pointers))
		id := ids.id("waiver", s.Service.ID, w.Check, strings.Join(pointers, "\n"))
		observation := fmt.Sprintf("requested by %s, approved by %s on %s; %s", w.RequestedBy, w.ApprovedBy, w.ApprovedOn, w.State)
		if w.Note != "" {
			observation += ": " + w.Note
		}
		description := w.Reason
		if len(pointers) > 0 {
			description += " (" + strings.Join(pointers, " ") + ")"
		}
		rows = append(rows, []string{
			id, sanitize.Cut(fmt.Sprintf("Waiver of %s %s", w.Check, id[:len(prefix)+8]), maxName), description, severity(s, w.Check), cmp.Or(states[w.State], "draft"),
			w.ExpiresOn, observation,
		})
	}
	return rows
}

// severity is that of a check; undefined where the service has none of that id.
func severity(s *assessment.Service, id string) string {
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			if check.ID == id {
				return string(check.Severity)
			}
		}
	}
	return "undefined"
}

// tasks are what is to be done before something fails that is good today.
func tasks(s *assessment.Service) [][]string {
	rows := [][]string{{"ref_id", "name", "description", "task_date", "is_recurrent", "enabled", "observation"}}
	if s.Forecast == nil {
		return rows
	}
	ids := unique{}
	for _, e := range s.Forecast.Events {
		id := ids.id("task", s.Service.ID, strings.Join(e.Checks, " "), e.Pointer, fmt.Sprint(e.WaiverEnds))
		rows = append(rows, []string{
			id, sanitize.Cut(fmt.Sprintf("%s %s", e.Message, id[:len(prefix)+8]), maxName), e.Remediation, day(e.At), "No", "Yes",
			fmt.Sprintf("%s: %s; %s %s", e.Severity, strings.Join(e.Checks, " "), e.Location, e.Pointer),
		})
	}
	return rows
}

// day is the day of a time, in UTC.
func day(at string) string {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
