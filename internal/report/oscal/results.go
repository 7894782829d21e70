// Package oscal writes an assessment as OSCAL 1.1.3 JSON, for governance tools: assessment results, the assessment plan that
// they import, and a catalog of the RACI table. An activity is a control, a check a statement of it.
// https://pages.nist.gov/OSCAL/
package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"raci-check/internal/assessment"
	"raci-check/internal/report/phrase"
)

type results struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	ImportAP   reference   `json:"import-ap"`
	Results    []result    `json:"results"`
	BackMatter *backMatter `json:"back-matter"`
}

type result struct {
	UUID         string        `json:"uuid"`
	Title        string        `json:"title"`
	Description  string        `json:"description"`
	Start        string        `json:"start"`
	End          string        `json:"end"`
	Props        []prop        `json:"props"`
	Reviewed     reviewed      `json:"reviewed-controls"`
	Log          *log          `json:"assessment-log,omitempty"`
	Observations []observation `json:"observations,omitempty"`
	Risks        []risk        `json:"risks,omitempty"`
	Findings     []finding     `json:"findings,omitempty"`
}

type log struct {
	Entries []entry `json:"entries"`
}

type entry struct {
	UUID        string `json:"uuid"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Start       string `json:"start"`
	Props       []prop `json:"props,omitempty"`
	Status      string `json:"status-change,omitempty"` // of a risk's log only
}

type observation struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []prop     `json:"props,omitempty"`
	Methods     []string   `json:"methods"`
	Types       []string   `json:"types,omitempty"`
	Evidence    []evidence `json:"relevant-evidence,omitempty"`
	Collected   string     `json:"collected"`
	Remarks     string     `json:"remarks,omitempty"`
}

type evidence struct {
	Href        string `json:"href,omitempty"`
	Description string `json:"description"`
	Props       []prop `json:"props,omitempty"`
}

type risk struct {
	UUID         string          `json:"uuid"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Statement    string          `json:"statement"`
	Props        []prop          `json:"props"`
	Status       string          `json:"status"`
	Deadline     string          `json:"deadline,omitempty"`
	Remediations []remediation   `json:"remediations"`
	Log          *log            `json:"risk-log,omitempty"`
	Observations []relatedObject `json:"related-observations,omitempty"`
}

type remediation struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type relatedObject struct {
	Observation string `json:"observation-uuid,omitempty"`
	Risk        string `json:"risk-uuid,omitempty"`
}

type finding struct {
	UUID         string          `json:"uuid"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Props        []prop          `json:"props"`
	Target       target          `json:"target"`
	Observations []relatedObject `json:"related-observations,omitempty"`
	Risks        []relatedObject `json:"related-risks,omitempty"`
}

type target struct {
	Type   string `json:"type"`
	ID     string `json:"target-id"`
	Status status `json:"status"`
}

type status struct {
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Remarks string `json:"remarks,omitempty"`
}

// ErrInstant is an assessment whose instant is none.
var ErrInstant = errors.New("the assessment's instant is not RFC 3339")

func instantOf(a *assessment.Assessment) (string, error) {
	at := instant(a.At, "")
	if at == "" {
		return "", fmt.Errorf("write OSCAL: %w", ErrInstant)
	}
	return at, nil
}

// Results writes the assessment results, a result for each service.
func Results(w io.Writer, a *assessment.Assessment) error {
	at, err := instantOf(a)
	if err != nil {
		return err
	}
	planned := resource{
		UUID: id("plan resource", planID(a)), Title: "Assessment plan", Description: "Written by raci-check with -o oscal-plan from the same assessment.",
		Documents: []documentID{{planID(a)}}, Links: []remote{{Href: "oscal-plan.json"}},
	}
	table := catalogResource(a)
	r := results{
		UUID: id("results", a.Digest),
		Metadata: metadata{
			Title: "Results: " + text(a.Catalog.Title), LastModified: at, Version: text(a.Tool.Version), OSCAL: version,
			Props: append(rules(a), own("assessment-digest", a.Digest)),
		},
		ImportAP:   reference{Href: "#" + planned.UUID},
		BackMatter: &backMatter{[]resource{planned, table}},
	}
	files := &files{back: r.BackMatter, known: map[string]bool{}}
	for _, service := range a.Services {
		s := builder{service: service, at: instant(service.At, at), files: files, seed: id("result", a.Digest, service.Service.ID)}
		r.Results = append(r.Results, s.result(a, table.UUID))
	}
	return write(w, "assessment-results", r)
}

// files are the resources of evidence, each once in the document.
type files struct {
	back  *backMatter
	known map[string]bool
}

// put answers the reference to a file of evidence; a file that is known by its name only has no digest.
func (f *files) put(file assessment.File) string {
	uuid := id("file", file.Path, file.SHA256)
	if !f.known[uuid] {
		f.known[uuid] = true
		one := resource{UUID: uuid, Title: text(file.Path), Links: []remote{{Href: href(file.Path)}}}
		if file.SHA256 != "" {
			one.Links[0].Hashes = []hash{{"SHA-256", text(file.SHA256)}}
		}
		f.back.Resources = append(f.back.Resources, one)
	}
	return "#" + uuid
}

// builder makes the result of one service.
type builder struct {
	service  assessment.Service
	at       string
	seed     string
	files    *files
	made     result
	sections map[string]string // observation by section
	found    map[assessment.Finding]string
}

func (b *builder) id(parts ...string) string { return id(append([]string{b.seed}, parts...)...) }

func (b *builder) result(a *assessment.Assessment, table string) result {
	s := b.service
	b.sections, b.found = map[string]string{}, map[assessment.Finding]string{}
	b.made = result{
		UUID: b.seed, Title: text(cmp.Or(s.Service.Name, s.Service.ID)), Description: text(phrase.Sentence(s)), Start: b.at, End: b.at,
		Props: []prop{
			own("service-id", s.Service.ID), own("service-name", s.Service.Name), own("region", s.Service.Region), own("verdict", string(s.Result)),
		},
		Reviewed: reviewedControls(s.Activities, table),
	}
	if a.Partial {
		b.made.Props = append(b.made.Props, own("partial", "yes"))
	}
	for _, file := range s.Evidence {
		b.files.put(file)
	}
	for i, section := range s.Sections {
		b.section(i, section)
	}
	for _, activity := range s.Activities {
		b.activity(activity)
	}
	b.waivers()
	return b.made
}

// section is an item of evidence: how, when and by whom its facts were collected.
func (b *builder) section(i int, section assessment.Section) {
	o := observation{
		UUID: b.id("section", fmt.Sprint(i), section.Name), Title: text("Evidence: " + section.Name),
		Description: text(fmt.Sprintf("Section %s of %s, collected by %s.", section.Name, section.File, section.CollectedBy)),
		Methods:     []string{method(section.Method)}, Types: []string{"control-objective"}, Collected: instant(section.CollectedAt, b.at),
		Props:    []prop{own("method", section.Method), own("collected-by", section.CollectedBy)},
		Evidence: []evidence{{Href: b.files.put(b.evidenceFile(section.File)), Description: text("section " + section.Name)}},
	}
	for _, artifact := range section.Artifacts {
		o.Evidence = append(o.Evidence, evidence{Href: b.files.put(artifact), Description: text("artifact " + artifact.Path)})
	}
	b.sections[section.Name] = o.UUID
	b.made.Observations = append(b.made.Observations, o)
}

// method is OSCAL's word for how facts were collected: what a tool reads is tested, what people write is examined.
func method(m string) string {
	switch m {
	case "api", "export":
		return "TEST"
	case "document", "statement":
		return "EXAMINE"
	}
	return "UNKNOWN"
}

// evidenceFile is a file of the evidence with its digest.
func (b *builder) evidenceFile(name string) assessment.File {
	for _, file := range b.service.Evidence {
		if file.Path == name {
			return file
		}
	}
	return assessment.File{Path: name}
}

func (b *builder) activity(activity assessment.Activity) {
	switch {
	case activity.Status == assessment.Inherited:
		b.inherited(activity)
		return
	case activity.NotApplicable != nil:
		b.declared(activity)
	}
	for _, check := range activity.Checks {
		if check.Status != assessment.NotApplicable { // there is nothing to be found
			b.check(activity, check)
		}
	}
}

// inherited says what the provider has to show. It is no finding: nobody judged it.
func (b *builder) inherited(activity assessment.Activity) {
	o := observation{
		UUID: b.id("inherited", activity.ID), Title: text("Inherited: " + activity.ID + " " + activity.Title),
		Description: "The provider's activity: inherited, not judged.", Methods: []string{"UNKNOWN"}, Types: []string{"control-objective"},
		Props:   append(responsibility(activity), own("control", controlID(activity))),
		Remarks: text("Ask the provider for: " + strings.Join(activity.AskProvider, "; ")), Collected: b.at,
	}
	for _, held := range activity.Assurance {
		o.Evidence = append(o.Evidence, evidence{
			Description: text(held.Document),
			Props:       []prop{own("valid-until", held.ValidUntil), own("read-by", held.ReadBy), own("read-on", held.ReadOn)},
		})
	}
	b.made.Observations = append(b.made.Observations, o)
}

// declared says that an activity is declared not to arise.
func (b *builder) declared(activity assessment.Activity) {
	d, state := activity.NotApplicable, "refused"
	if d.Accepted {
		state = "accepted"
	}
	b.made.Observations = append(b.made.Observations, observation{
		UUID: b.id("declared", activity.ID), Title: text("Declared not applicable: " + activity.ID + " " + activity.Title), Description: text(d.Reason),
		Methods: []string{"EXAMINE"}, Types: []string{"control-objective"}, Collected: b.at,
		Props: append(responsibility(activity), own("control", controlID(activity)), own("declaration", state),
			own("declared-by", d.DeclaredBy), own("approved-by", d.ApprovedBy), own("declared-on", d.DeclaredOn)),
	})
}

func (b *builder) check(activity assessment.Activity, check assessment.Check) {
	f := finding{
		UUID: b.id("finding", check.ID), Title: text(check.Title), Description: text(check.Description),
		Props:  append(responsibility(activity), own("check", check.ID), own("verdict", string(check.Status)), own("severity", string(check.Severity))),
		Target: target{"statement-id", statementID(activity, check.ID), state(activity, check)},
	}
	seen := map[string]bool{}
	relate := func(observation string) {
		if observation != "" && !seen[observation] {
			seen[observation] = true
			f.Observations = append(f.Observations, relatedObject{Observation: observation})
		}
	}
	for _, pointer := range check.Evidence {
		section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		relate(b.sections[section])
	}
	for _, found := range check.Findings {
		relate(b.observe(found))
	}
	if check.Status != assessment.Pass {
		r := b.risk(activity, check, f.Observations)
		b.made.Risks = append(b.made.Risks, r)
		f.Risks = []relatedObject{{Risk: r.UUID}}
	}
	b.made.Findings = append(b.made.Findings, f)
}

// state is satisfied for what passed and for nothing else: an accepted risk is still a risk.
func state(activity assessment.Activity, check assessment.Check) status {
	switch check.Status {
	case assessment.Pass:
		return status{State: "satisfied", Reason: "pass"}
	case assessment.Fail:
		return status{State: "not-satisfied", Reason: "fail"}
	case assessment.Missing:
		return status{State: "not-satisfied", Reason: "other", Remarks: "Evidence is missing, empty or too old."}
	case assessment.Waived:
		return status{State: "not-satisfied", Reason: "fail", Remarks: "Not satisfied; a valid waiver accepts the risk."}
	default:
		return status{State: "not-satisfied", Reason: "other", Remarks: text("Could not be judged: " + activity.Reason)}
	}
}

// observe is what was found at one place; several checks may have found it.
func (b *builder) observe(found assessment.Finding) string {
	key := found
	key.Remediation, key.Waived = "", false
	if known := b.found[key]; known != "" {
		return known
	}
	uuid := b.id("found", string(found.Status), found.File, fmt.Sprint(found.Line), fmt.Sprint(found.Column), found.Pointer, found.Message)
	b.found[key] = uuid
	b.made.Observations = append(b.made.Observations, observation{
		UUID: uuid, Title: text(phrase.Place(found.Location)), Description: text(found.Message), Methods: []string{"TEST"}, Types: []string{"finding"}, Collected: b.at,
		Evidence: []evidence{{
			Href: b.files.put(b.evidenceFile(found.File)), Description: text(phrase.Place(found.Location)),
			Props: []prop{own("pointer", found.Pointer), own("line", fmt.Sprint(found.Line)), own("column", fmt.Sprint(found.Column))},
		}},
	})
	return uuid
}

func (b *builder) risk(activity assessment.Activity, check assessment.Check, observations []relatedObject) risk {
	var messages []string
	for _, found := range check.Findings {
		messages = append(messages, found.Message)
	}
	r := risk{
		UUID: b.id("risk", check.ID), Title: text(check.Title), Description: text(check.Description),
		Statement: text(cmp.Or(strings.Join(messages, "; "), activity.Reason)), Status: "open", Observations: observations,
		Props: []prop{own("check", check.ID), own("severity", string(check.Severity)), own("verdict", string(check.Status))},
		Remediations: []remediation{{
			UUID: b.id("remediation", check.ID), Lifecycle: "recommendation", Title: text("Mend " + check.ID), Description: text(check.Remediation),
		}},
	}
	if w := check.Waiver; w != nil && check.Status == assessment.Waived {
		r.Status = "deviation-approved"
		if end, err := time.Parse(time.DateOnly, w.ExpiresOn); err == nil {
			r.Deadline = end.Add(24*time.Hour - time.Second).Format(time.RFC3339)
		}
		r.Log = &log{[]entry{{
			UUID: b.id("accepted", check.ID), Title: "Risk accepted", Description: text(w.Reason), Start: instant(w.ApprovedOn, b.at), Status: r.Status,
			Props: waiverProps(*w),
		}}}
	}
	return r
}

func waiverProps(w assessment.Waiver) []prop {
	return []prop{
		own("waiver", string(w.State)), own("requested-by", w.RequestedBy), own("approved-by", w.ApprovedBy), own("approved-on", w.ApprovedOn), own("expires-on", w.ExpiresOn),
	}
}

// waivers logs every accepted risk as it was found, those that were not applied too.
func (b *builder) waivers() {
	for i, w := range b.service.Waivers {
		if b.made.Log == nil {
			b.made.Log = &log{}
		}
		b.made.Log.Entries = append(b.made.Log.Entries, entry{
			UUID: b.id("waiver", fmt.Sprint(i), w.Check), Title: text(fmt.Sprintf("Waiver %s: %s", w.State, w.Check)),
			Description: text(strings.TrimPrefix(w.Note+": "+w.Reason, ": ")), Start: b.at, Props: append(waiverProps(w), own("place", phrase.Place(w.Location))),
		})
	}
}
