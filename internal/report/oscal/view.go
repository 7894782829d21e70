package oscal

import (
	"cmp"
	"fmt"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

// View writes assessment results by the requirements of a framework: a result for each service, a finding for each requirement, and
// an observation for each check that is about it. A requirement is satisfied only where a check shows all of it: what is shown in
// part, and what no check is about, is not.
func View(w io.Writer, v *framework.View, version string, language *words.Words) error {
	a, say := v.Assessment, wording.In(language)
	at, err := needed(a.At)
	if err != nil {
		return err
	}
	if len(v.Services) == 0 {
		return fmt.Errorf("write OSCAL: %w", ErrNobody)
	}
	planned := planResource(a, say)
	listed := resource{
		UUID: id("framework", v.Framework.ID, v.Framework.Version), Title: text(v.Framework.Title),
		Description: text(say.Say("Version %s, published by %s in %s. %s", v.Framework.Version, v.Framework.Publisher, say.Month(v.Framework.Published), v.Framework.List)),
		Links:       []remote{{Href: text(v.Framework.Source)}},
	}
	r := results{
		UUID: id("view", a.Digest, v.Framework.ID, v.Framework.Version),
		Metadata: metadata{
			Title: text(say.Say("Results by requirement: %s", v.Framework.Title)), LastModified: at, Version: text(a.Tool.Version), OSCAL: version,
			Props: append(rules(a), own("assessment-digest", a.Digest), own("framework", v.Framework.ID)),
		},
		ImportAP:   reference{Href: "#" + planned.UUID},
		BackMatter: &backMatter{[]resource{planned, listed}},
	}
	for i, service := range v.Services {
		seen := seenFrom{words: say, view: v, seed: id(r.UUID, fmt.Sprint(i), service.Service.Service.ID), at: timeOr(service.At, at), tool: toolID(a), observed: map[string]string{}}
		r.Results = append(r.Results, seen.result(service, listed.UUID))
	}
	return write(w, "assessment-results", r)
}

// seenFrom makes the result of one service.
type seenFrom struct {
	words    wording.Phrases
	view     *framework.View
	seed, at string
	tool     string // id of what judges
	observed map[string]string
	made     result
}

func (b *seenFrom) result(service framework.Service, list string) result {
	named := service.Service.Service
	description := b.words.Requirements(b.view.Framework, service) + ". " + b.words.NoCertificate()
	if past := b.words.PastTime(b.view.Assessment); past != "" {
		description += b.words.Say(" Assessed %s.", past)
	}
	b.made = result{
		UUID: b.seed, Title: text(cmp.Or(named.Name, named.ID)), Description: text(description), Start: b.at, End: b.at,
		Props: []prop{own("service-id", named.ID), own("service-name", named.Name), own("region", named.Region)},
	}
	chosen := selection{Description: b.words.Text("The requirements of the framework, by the tokens that their ids make.")}
	for _, state := range framework.States {
		b.made.Props = append(b.made.Props, own("requirements-"+string(state), fmt.Sprint(service.Count[state])))
	}
	for _, requirement := range service.Requirements {
		control := token(b.view.Framework.ID + "_" + requirement.ID)
		chosen.Include = append(chosen.Include, selected{Control: control})
		b.finding(named, requirement, control)
	}
	b.made.Reviewed = reviewed{Links: []link{{Href: "#" + list, Rel: "reference"}}, Selections: []selection{chosen}}
	return b.made
}

func (b *seenFrom) finding(service assessment.ServiceID, requirement framework.Standing, control string) {
	f := finding{
		UUID: id(b.seed, "finding", requirement.ID), Title: text(requirement.Title), Description: text(b.words.Requirement(requirement.State)),
		Props:   []prop{own("requirement", requirement.ID), own("state", string(requirement.State))},
		Origins: []origin{{[]actor{{"tool", b.tool}}}},
		Target:  target{"objective-id", control, b.standing(requirement.State)},
	}
	if requirement.Grade != "" {
		f.Props = append(f.Props, own("grade", string(requirement.Grade)))
	}
	for _, support := range requirement.Checks {
		p := own("shows", string(support.Relation))
		p.Class, p.Remarks = token(support.Check.ID), text(b.words.Relation(support))
		f.Props = append(f.Props, p)
		f.Observations = append(f.Observations, relatedObject{Observation: b.observe(service, support)})
	}
	b.made.Findings = append(b.made.Findings, f)
}

// standing is satisfied for what is shown in full and for nothing else.
func (b *seenFrom) standing(state framework.State) status {
	remarks := text(b.words.Requirement(state))
	switch state {
	case framework.Shown:
		return status{State: "satisfied", Reason: "pass"}
	case framework.Gap, framework.Waived:
		return status{State: "not-satisfied", Reason: "fail", Remarks: remarks}
	default:
		return status{State: "not-satisfied", Reason: "other", Remarks: remarks}
	}
}

// observe answers the observation of a check, of which there is only one in a result.
func (b *seenFrom) observe(service assessment.ServiceID, support framework.Support) string {
	check := support.Check
	if uuid := b.observed[check.ID]; uuid != "" {
		return uuid
	}
	o := observation{
		UUID: id(b.seed, "check", check.ID), Title: text(check.Title), Description: text(b.words.Supported(support)),
		Props:   []prop{own("check", check.ID), own("verdict", string(check.Status)), own("severity", string(check.Severity))},
		Methods: []string{"EXAMINE"}, Types: []string{"control-objective"}, Collected: b.at,
		Subjects: []subjectID{{domainID(service), "component"}},
	}
	if check.Status == verdict.Pass && check.Grade != "" {
		o.Props = append(o.Props, own("grade", string(check.Grade)))
	}
	if len(check.Looser) > 0 {
		o.Props = append(o.Props, own("counts-for-no-framework", "yes"))
	}
	if check.Status.Bad() && len(check.Findings) > 0 {
		o.Remarks = text(check.Findings[0].Message)
	}
	b.observed[check.ID] = o.UUID
	b.made.Observations = append(b.made.Observations, o)
	return o.UUID
}
