package oscal

import (
	"fmt"
	"io"

	"raci-check/internal/assessment"
)

type plan struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	ImportSSP  reference   `json:"import-ssp"`
	Reviewed   reviewed    `json:"reviewed-controls"`
	Subjects   []subject   `json:"assessment-subjects"`
	BackMatter *backMatter `json:"back-matter"`
}

type subject struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Include     any    `json:"include-all"`
}

// Plan writes the assessment plan that the results of the assessment import: which controls are reviewed, by which rules.
// Assessments by the same rules at the same instant have the same plan.
func Plan(w io.Writer, a *assessment.Assessment) error {
	at, err := instantOf(a)
	if err != nil {
		return err
	}
	system := resource{
		UUID: id("ssp", planID(a)), Title: "The system",
		Description: "There is no system security plan in OSCAL: the system is the OKMS domain that the evidence of each result names.",
	}
	table := catalogResource(a)
	props := rules(a)
	for _, parameter := range a.Policies.Parameters {
		p := own("parameter", fmt.Sprintf("%s = %s %s", parameter.Name, assessment.ValueText(parameter.Value), parameter.Unit))
		p.Remarks = text(parameter.Source)
		if parameter.Looser {
			p.Class = "looser-than-profile"
		}
		props = append(props, p)
	}
	p := plan{
		UUID:       planID(a),
		Metadata:   metadata{Title: "Plan: " + text(a.Catalog.Title), LastModified: at, Version: text(a.Tool.Version), OSCAL: version, Props: props},
		ImportSSP:  reference{Href: "#" + system.UUID},
		Reviewed:   reviewedControls(firstActivities(a), table.UUID),
		Subjects:   []subject{{"component", "The OKMS domains whose evidence is assessed.", struct{}{}}},
		BackMatter: &backMatter{[]resource{system, table}},
	}
	return write(w, "assessment-plan", p)
}

func planID(a *assessment.Assessment) string {
	parts := []string{"plan", a.At, a.Tool.Version, a.Policies.Digest, catalogID(a.Catalog), a.Policies.Profile, fmt.Sprint(a.Partial)}
	for _, p := range a.Policies.Parameters {
		parts = append(parts, p.Name, assessment.ValueText(p.Value))
	}
	for _, activity := range firstActivities(a) {
		parts = append(parts, activity.ID, fmt.Sprint(activity.Status == assessment.NotSelected))
	}
	return id(parts...)
}

// firstActivities are the rows of the table: all services of an assessment have the same.
func firstActivities(a *assessment.Assessment) []assessment.Activity {
	if len(a.Services) == 0 {
		return nil
	}
	return a.Services[0].Activities
}

func catalogResource(a *assessment.Assessment) resource {
	return resource{
		UUID: id("catalog resource", catalogID(a.Catalog)), Title: "RACI table as an OSCAL catalog",
		Description: "Written by raci-check duties -o oscal with the same reading.",
		Documents:   []documentID{{catalogID(a.Catalog)}}, Links: []remote{{Href: "oscal-catalog.json"}},
	}
}

// rules are the properties that say what a verdict was made by.
func rules(a *assessment.Assessment) []prop {
	return []prop{
		own("policies-digest", a.Policies.Digest), own("table-digest", a.Catalog.Digest), own("profile", a.Policies.Profile), own("reading", a.Catalog.Reading),
		own("program", a.Tool.Name+" "+a.Tool.Version),
	}
}

// reviewedControls are the customer's duties that were judged, with a statement for each check.
func reviewedControls(activities []assessment.Activity, catalogResource string) reviewed {
	s := selection{Description: "The customer's duties that are judged, a statement for each check. The provider's activities are inherited and not reviewed."}
	for _, activity := range activities {
		if len(activity.Checks) == 0 {
			continue
		}
		one := selected{Control: controlID(activity)}
		for _, check := range activity.Checks {
			one.Statements = append(one.Statements, statementID(activity, check.ID))
		}
		s.Include = append(s.Include, one)
	}
	return reviewed{Links: []link{{Href: "#" + catalogResource, Rel: "reference", Text: "the catalog of these controls"}}, Selections: []selection{s}}
}
