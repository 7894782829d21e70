package oscal

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

type observation struct {
	UUID        string      `json:"uuid"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Props       []prop      `json:"props,omitempty"`
	Methods     []string    `json:"methods"`
	Types       []string    `json:"types,omitempty"`
	Subjects    []subjectID `json:"subjects,omitempty"`
	Evidence    []evidence  `json:"relevant-evidence,omitempty"`
	Collected   string      `json:"collected"`
	Remarks     string      `json:"remarks,omitempty"`

	made func() observation // all but the subjects, where they are made only when they are written: there may be very many
}

// MarshalJSON makes the observation, if need be.
func (o observation) MarshalJSON() ([]byte, error) {
	type plain observation // without this method
	if o.made != nil {
		subjects := o.Subjects
		o = o.made()
		o.Subjects = subjects
	}
	return json.Marshal(plain(o))
}

type evidence struct {
	Href        string `json:"href,omitempty"`
	Description string `json:"description"`
	Props       []prop `json:"props,omitempty"`
}

// source is where facts come from: the observation of their section, and how and when they were collected.
type source struct{ observation, method, collected string }

// section is an item of evidence: how, when and by whom its facts were collected.
func (b *builder) section(i int, section assessment.Section) {
	from := source{b.id("section", fmt.Sprint(i), section.Name), method(section.Method), timeOr(section.CollectedAt, b.at)}
	o := observation{
		UUID: from.observation, Title: text("Evidence: " + section.Name),
		Description: text(fmt.Sprintf("Section %s of %s, collected by %s.", section.Name, section.File, section.CollectedBy)),
		Methods:     []string{from.method}, Types: []string{"control-objective"}, Collected: from.collected,
		Props:    []prop{own("method", section.Method), own("collected-by", section.CollectedBy), own("collected-at", section.CollectedAt)},
		Evidence: []evidence{{Href: b.files.put(b.evidenceFile(section.File)), Description: text("section " + section.Name)}},
	}
	for _, artifact := range section.Artifacts { // named from the folder of the evidence
		named := artifact.Path
		artifact.Path = path.Join(path.Dir(section.File), named)
		o.Evidence = append(o.Evidence, evidence{Href: b.files.put(artifact), Description: text("artifact " + named)})
	}
	b.sections[section.Name] = from
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

// source is where the fact at a pointer comes from. What has no section that says so is a document that was read.
func (b *builder) source(pointer string) source {
	section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	if from, ok := b.sections[section]; ok {
		return from
	}
	return source{method: "EXAMINE", collected: b.at}
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

// inherited says what the provider has to show. It is no finding: nobody judged it.
func (b *builder) inherited(activity assessment.Activity) {
	ask, onFile := "There is nothing to ask the provider for.", "No assurance document is on file."
	if len(activity.AskProvider) > 0 {
		ask = "Ask the provider for: " + strings.Join(activity.AskProvider, "; ") + "."
	}
	if len(activity.Assurance) > 0 {
		var documents []string
		for _, assurance := range activity.Assurance {
			documents = append(documents, assurance.Document+" (valid until "+assurance.ValidUntil+")")
		}
		onFile = "On file, not assessed: " + strings.Join(documents, "; ") + "."
	}
	o := observation{
		UUID: b.refer("inherited "+activity.ID, b.id("inherited", activity.ID)), Title: text("Inherited: " + activity.ID + " " + activity.Title),
		Description: "The provider's activity: inherited, not assessed.", Methods: []string{"UNKNOWN"}, Types: []string{"control-objective"},
		Props:   append(responsibility(activity), own("control", controlID(activity))),
		Remarks: text(ask + " " + onFile), Collected: b.at,
	}
	for _, assurance := range activity.Assurance {
		o.Evidence = append(o.Evidence, evidence{
			Description: text(assurance.Document),
			Props:       []prop{own("valid-until", assurance.ValidUntil), own("read-by", assurance.ReadBy), own("read-on", assurance.ReadOn)},
		})
	}
	b.made.Observations = append(b.made.Observations, o)
}

// notSelected says that a duty was left out, so that nobody takes the silence for a verdict.
func (b *builder) notSelected(activity assessment.Activity) {
	b.made.Observations = append(b.made.Observations, observation{
		UUID: b.id("not selected", activity.ID), Title: text("Not assessed: " + activity.ID + " " + activity.Title),
		Description: "Left out by a partial run: not assessed.", Methods: []string{"UNKNOWN"}, Types: []string{"control-objective"},
		Props: append(responsibility(activity), own("control", controlID(activity))), Collected: b.at,
	})
}

// declared says that an activity is declared not to arise.
func (b *builder) declared(activity assessment.Activity) {
	d, state := activity.NotApplicable, "refused"
	if d.Accepted {
		state = "accepted"
	}
	b.made.Observations = append(b.made.Observations, observation{
		UUID: b.refer("declared "+activity.ID, b.id("declared", activity.ID)), Title: text("Declared not applicable: " + activity.ID + " " + activity.Title), Description: text(d.Reason),
		Methods: []string{"EXAMINE"}, Types: []string{"control-objective"}, Collected: b.at,
		Props: append(responsibility(activity), own("control", controlID(activity)), own("declaration", state),
			own("declared-by", d.DeclaredBy), own("approved-by", d.ApprovedBy), own("declared-on", d.DeclaredOn)),
	})
}

// judged supports the verdict on a check whose facts stand in no section and that found nothing.
func (b *builder) judged(activity assessment.Activity, check assessment.Check) string {
	description := "The verdict names no place in the evidence."
	switch check.Status {
	case verdict.Pass:
		description = "The facts that the check needs are present and meet the rule."
	case verdict.Error:
		description = "Could not be assessed: " + activity.Reason
	}
	o := observation{
		UUID: b.id("judged", check.ID), Title: text("Assessed: " + check.ID), Description: text(description),
		Methods: []string{"EXAMINE"}, Types: []string{"control-objective"}, Collected: b.at,
		Props: []prop{own("check", check.ID), own("verdict", string(check.Status))},
	}
	for _, pointer := range check.Evidence {
		o.Evidence = append(o.Evidence, evidence{Description: text("needs " + pointer)})
	}
	b.made.Observations = append(b.made.Observations, o)
	return o.UUID
}

// observe is what was found at one place; several checks may have found it.
func (b *builder) observe(finding *assessment.Finding) string {
	key := sha256.Sum256(fmt.Appendf(nil, "%q %v %q %q %v %q %v",
		finding.Status, finding.Location, finding.Pointer, finding.Message, finding.Related, finding.Condition, finding.Values))
	if uuid := b.observationIDs[key]; uuid != "" {
		return uuid
	}
	uuid := b.id("found", string(finding.Status), finding.File, fmt.Sprint(finding.Line), fmt.Sprint(finding.Column), finding.Pointer, finding.Message)
	b.observationIDs[key] = uuid
	b.files.put(b.evidenceFile(finding.File))
	for _, place := range finding.Related {
		b.files.put(b.evidenceFile(place.File))
	}
	b.made.Observations = append(b.made.Observations, observation{made: func() observation { return b.observed(uuid, finding) }})
	return uuid
}

// observed is the observation of a finding.
func (b *builder) observed(uuid string, finding *assessment.Finding) observation {
	from := b.source(finding.Pointer)
	o := observation{
		UUID: uuid, Title: text(wording.Place(finding.Location)), Description: text(finding.Message),
		Methods: []string{from.method}, Types: []string{"finding"}, Collected: from.collected,
		Evidence: []evidence{b.evidence(assessment.Place{Pointer: finding.Pointer, Location: finding.Location})},
	}
	o.Props = []prop{own("verdict", string(finding.Status))}
	if finding.Condition != "" {
		o.Props = append(o.Props, own("condition", finding.Condition))
	}
	for _, name := range slices.Sorted(maps.Keys(finding.Values)) {
		value := own("value", verdict.ValueText(finding.Values[name]))
		value.Class = token(name)
		o.Props = append(o.Props, value)
	}
	for _, place := range finding.Related {
		o.Evidence = append(o.Evidence, b.evidence(place))
	}
	return o
}

// evidence is a fact in a file of the evidence.
func (b *builder) evidence(place assessment.Place) evidence {
	return evidence{
		Href: b.files.put(b.evidenceFile(place.File)), Description: text(wording.Place(place.Location)),
		Props: []prop{own("pointer", place.Pointer), own("line", fmt.Sprint(place.Line)), own("column", fmt.Sprint(place.Column))},
	}
}
