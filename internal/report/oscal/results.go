// Package oscal writes an assessment as OSCAL JSON, for governance tools: assessment results, the assessment plan that they
// import, the security plan of the customer's system that the plan imports, that of the provider, a catalog of the RACI table,
// and its mapping to other catalogs. An activity is a control, a check a statement of it.
// https://pages.nist.gov/OSCAL/
package oscal

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
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

type relatedObject struct {
	Observation string `json:"observation-uuid,omitempty"`
	Risk        string `json:"risk-uuid,omitempty"`
}

type finding struct {
	UUID         string          `json:"uuid"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Props        []prop          `json:"props"`
	Origins      []origin        `json:"origins"`
	Target       target          `json:"target"`
	Implemented  string          `json:"implementation-statement-uuid,omitempty"`
	Observations []relatedObject `json:"related-observations,omitempty"`
	Risks        []relatedObject `json:"related-risks,omitempty"`
}

// origin is what judged: a component of the plan's assets.
type origin struct {
	Actors []actor `json:"actors"`
}

type actor struct {
	Type string `json:"type"`
	UUID string `json:"actor-uuid"`
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

// ErrNobody is an assessment of no service: OSCAL wants a result.
var ErrNobody = errors.New("the assessment has no service")

// Results writes the assessment results in a version of OSCAL, a result for each service.
func Results(w io.Writer, a *assessment.Assessment, version string) error {
	at, err := needed(a.At)
	if err != nil {
		return err
	}
	if len(a.Services) == 0 {
		return fmt.Errorf("write OSCAL: %w", ErrNobody)
	}
	planned, table := planResource(a, wording.English), catalogResource(a.Catalog)
	r := results{
		UUID: resultsID(a),
		Metadata: metadata{
			Title: "Results: " + text(a.Catalog.Title), LastModified: at, Version: text(a.Tool.Version), OSCAL: version,
			Props: append(rules(a), own("assessment-digest", a.Digest)),
		},
		ImportAP:   reference{Href: "#" + planned.UUID},
		BackMatter: &backMatter{[]resource{planned, table}},
	}
	for _, digest := range a.MergedFrom {
		r.Metadata.Props = append(r.Metadata.Props, own("merged-from", digest))
	}
	files := &files{back: r.BackMatter, listed: map[string]bool{}}
	for i := range a.Services {
		r.Results = append(r.Results, newBuilder(a, i, files).result(a, table.UUID))
	}
	return write(w, "assessment-results", r)
}

// files are the resources of evidence, each once in the document.
type files struct {
	back   *backMatter
	listed map[string]bool
}

// put answers the reference to a file of evidence; a file that is known by its name only has no digest.
func (f *files) put(file assessment.File) string {
	uuid := id("file", file.Path, file.SHA256)
	if !f.listed[uuid] {
		f.listed[uuid] = true
		entry := resource{UUID: uuid, Title: text(file.Path), Links: []remote{{Href: href(file.Path)}}}
		if file.SHA256 != "" {
			entry.Links[0].Hashes = []hash{{"SHA-256", text(file.SHA256)}}
		}
		f.back.Resources = append(f.back.Resources, entry)
	}
	return "#" + uuid
}

// builder makes the result of one service.
type builder struct {
	service        assessment.Service
	at             string
	tool           string // id of what judges
	profile        string
	seed           string
	files          *files
	made           result
	times          map[[sha256.Size]byte]int // that an id was made of the same parts
	sections       map[string]source
	observationIDs map[[sha256.Size]byte]string // of findings, by what they say
	refs           map[string]string            // findings by their statement, and the observations that are about an activity
}

func newBuilder(a *assessment.Assessment, i int, f *files) *builder {
	service := a.Services[i]
	at, _ := needed(a.At)
	return &builder{
		service: service, at: timeOr(service.At, at), tool: toolID(a), files: f, seed: id("result", a.Digest, fmt.Sprint(i), service.Service.ID),
		times: map[[sha256.Size]byte]int{}, sections: map[string]source{}, observationIDs: map[[sha256.Size]byte]string{}, refs: map[string]string{},
	}
}

// refer keeps the id of what the system security plan refers to.
func (b *builder) refer(name, uuid string) string {
	if b.refs[name] == "" {
		b.refs[name] = uuid
	}
	return uuid
}

// id is an id that the document does not have yet: a forged report may name two things alike.
func (b *builder) id(parts ...string) string {
	key := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	b.times[key]++
	if n := b.times[key]; n > 1 {
		parts = append(parts, fmt.Sprint(n))
	}
	return id(append([]string{b.seed}, parts...)...)
}

func (b *builder) result(a *assessment.Assessment, table string) result {
	s := b.service
	description := wording.English.Sentence(s)
	if past := wording.English.PastTime(a); past != "" {
		description += ". Assessed " + past
	}
	b.made = result{
		UUID: b.seed, Title: text(cmp.Or(s.Service.Name, s.Service.ID)), Description: text(description), Start: b.at, End: b.at,
		Props: []prop{
			own("service-id", s.Service.ID), own("service-name", s.Service.Name), own("region", s.Service.Region), own("verdict", string(s.Result)),
		},
		Reviewed: reviewedControls(s.Activities, table),
	}
	b.profile = a.Policies.Profile
	if s.Dispute != nil {
		b.made.Props = append(b.made.Props, verdicts(s, a)...)
	}
	if unmapped := wording.English.Unmapped(assessment.TallyOf(&s), b.profile); unmapped != "" {
		p := own("unmapped-checks", fmt.Sprint(s.Unmapped))
		p.Remarks = text(unmapped)
		b.made.Props = append(b.made.Props, p)
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
	for i := range b.made.Observations {
		b.made.Observations[i].Subjects = []subjectID{{domainID(s.Service), "component"}}
	}
	return b.made
}

// verdicts are those on the disputed duties, on the others, and by each reading of the table.
func verdicts(s assessment.Service, a *assessment.Assessment) []prop {
	props := []prop{
		own("verdict-undisputed", cmp.Or(string(s.Dispute.Undisputed.Result), "none assessed")),
		own("verdict-disputed", cmp.Or(string(s.Dispute.Disputed.Result), "none assessed")),
	}
	for i := range props {
		props[i].Remarks = text(wording.English.Split(s, a.Catalog.Provider))
	}
	for _, by := range s.Dispute.Readings {
		p := own("verdict-by-reading", cmp.Or(string(by.Result), "not known"))
		p.Class, p.Remarks = token(by.Reading), text(wording.English.ByReading(s))
		props = append(props, p)
	}
	if a.DisputedNotCounted {
		p := own("disputed-not-counted", "yes")
		p.Remarks = wording.NotCounted
		props = append(props, p)
	}
	return props
}

func (b *builder) activity(activity assessment.Activity) {
	switch {
	case activity.Status == verdict.Inherited:
		b.inherited(activity)
		return
	case activity.Status == verdict.NotSelected:
		b.notSelected(activity)
		return
	case activity.NotApplicable != nil:
		b.declared(activity)
	}
	for _, check := range activity.Checks {
		if check.Status != verdict.NotApplicable { // there is nothing to be found
			b.check(activity, check)
		}
	}
}

func (b *builder) check(activity assessment.Activity, check assessment.Check) {
	f := finding{
		UUID: b.refer(statementID(activity, check.ID), b.id("finding", check.ID)), Title: text(check.Title), Description: text(check.Description),
		Props:   append(responsibility(activity), own("check", check.ID), own("verdict", string(check.Status)), own("severity", string(check.Severity))),
		Origins: []origin{{[]actor{{"tool", b.tool}}}},
		Target:  target{"statement-id", statementID(activity, check.ID), state(activity, check)}, Implemented: implementationID(b.seed, statementID(activity, check.ID)),
	}
	if check.Grade != "" {
		f.Props = append(f.Props, own("grade", string(check.Grade)))
	}
	if len(check.Looser) > 0 {
		p := own("counts-for-no-framework", "yes")
		p.Remarks = text(wording.English.Looser(check.Looser, b.profile))
		f.Props = append(f.Props, p)
	}
	seen := map[string]bool{}
	relate := func(observation string) {
		if observation != "" && !seen[observation] {
			seen[observation] = true
			f.Observations = append(f.Observations, relatedObject{Observation: observation})
		}
	}
	for _, pointer := range check.Evidence {
		relate(b.source(pointer).observation)
	}
	for i := range check.Findings {
		relate(b.observe(&check.Findings[i]))
	}
	if len(f.Observations) == 0 {
		relate(b.judged(activity, check))
	}
	if check.Status != verdict.Pass {
		r := b.risk(activity, check, f.Observations)
		b.made.Risks = append(b.made.Risks, r)
		f.Risks = []relatedObject{{Risk: r.UUID}}
	}
	b.made.Findings = append(b.made.Findings, f)
}

// state is satisfied for what passed and for nothing else: an accepted risk is still a risk.
func state(activity assessment.Activity, check assessment.Check) status {
	switch check.Status {
	case verdict.Pass:
		return status{State: "satisfied", Reason: "pass"}
	case verdict.Fail:
		return status{State: "not-satisfied", Reason: "fail"}
	case verdict.Missing:
		return status{State: "not-satisfied", Reason: "other", Remarks: "Evidence is missing, empty or too old."}
	case verdict.Waived:
		return status{State: "not-satisfied", Reason: "fail", Remarks: "Not satisfied; a valid waiver accepts the risk."}
	default:
		return status{State: "not-satisfied", Reason: "other", Remarks: text("Could not be assessed: " + activity.Reason)}
	}
}
