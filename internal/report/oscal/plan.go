package oscal

import (
	"fmt"
	"io"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

type plan struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	ImportSSP  reference   `json:"import-ssp"`
	Reviewed   reviewed    `json:"reviewed-controls"`
	Subjects   []subject   `json:"assessment-subjects"`
	Assets     assets      `json:"assessment-assets"`
	BackMatter *backMatter `json:"back-matter"`
}

type subject struct {
	Type        string      `json:"type"`
	Description string      `json:"description"`
	All         *struct{}   `json:"include-all,omitempty"`
	Include     []subjectID `json:"include-subjects,omitempty"`
}

type subjectID struct {
	UUID string `json:"subject-uuid"`
	Type string `json:"type"`
}

// assets are what assesses.
type assets struct {
	Components []systemComponent `json:"components"`
	Platforms  []platform        `json:"assessment-platforms"`
}

type platform struct {
	UUID  string          `json:"uuid"`
	Title string          `json:"title"`
	Uses  []usedComponent `json:"uses-components"`
}

type usedComponent struct {
	Component string `json:"component-uuid"`
}

// Plan writes the assessment plan that the results of the assessment import: which controls are reviewed, by which rules.
// Assessments of the same services by the same rules at the same time have the same plan.
func Plan(w io.Writer, a *assessment.Assessment, version string) error {
	at, err := needed(a.At)
	if err != nil {
		return err
	}
	system, table := systemResource(a), catalogResource(a.Catalog)
	props := rules(a)
	for _, parameter := range a.Policies.Parameters {
		p := own("parameter", fmt.Sprintf("%s = %s", parameter.Name, verdict.Quantity(parameter.Value, parameter.Unit)))
		p.Remarks = text(fmt.Sprintf("Source: %s. Set by %s; the profile has %s.", parameter.Source, parameter.SetBy, verdict.ValueText(parameter.Default)))
		if parameter.Looser {
			p.Class = "looser-than-profile"
		}
		props = append(props, p)
	}
	p := plan{
		UUID:       planID(a),
		Metadata:   metadata{Title: "Plan: " + text(a.Catalog.Title), LastModified: at, Version: text(a.Tool.Version), OSCAL: version, Props: props},
		ImportSSP:  reference{Href: "#" + system.UUID},
		Reviewed:   reviewedControls(rows(a), table.UUID),
		Subjects:   []subject{subjectOf(a)},
		Assets:     assetsOf(a),
		BackMatter: &backMatter{[]resource{system, table}},
	}
	return write(w, "assessment-plan", p)
}

// subjectOf are the services whose evidence is assessed: components of the system.
func subjectOf(a *assessment.Assessment) subject {
	s := subject{Type: "component", Description: "The services whose evidence is assessed."}
	for _, service := range domains(a) {
		s.Include = append(s.Include, subjectID{domainID(service), "component"})
	}
	if len(s.Include) == 0 {
		s.All = &struct{}{}
	}
	return s
}

// toolID is the program, which assesses.
func toolID(a *assessment.Assessment) string { return id("tool", a.Tool.Name, a.Tool.Version) }

func assetsOf(a *assessment.Assessment) assets {
	return assets{
		Components: []systemComponent{{
			UUID: toolID(a), Type: "software", Title: text(a.Tool.Name), Description: "Holds evidence against the checks.", Status: stateOf{State: "operational"},
			Props: []prop{{Name: "version", Value: text(a.Tool.Version)}},
		}},
		Platforms: []platform{{UUID: id("platform", toolID(a)), Title: text(a.Tool.Name), Uses: []usedComponent{{toolID(a)}}}},
	}
}

func planID(a *assessment.Assessment) string {
	parts := []string{"plan", a.At, a.Tool.Version, a.Policies.Digest, catalogID(a.Catalog), a.Policies.Profile, fmt.Sprint(a.Partial)}
	for _, p := range a.Policies.Parameters {
		parts = append(parts, p.Name, verdict.ValueText(p.Value), p.SetBy)
	}
	for _, service := range domains(a) {
		parts = append(parts, service.ID)
	}
	for _, activity := range rows(a) {
		parts = append(parts, activity.ID, fmt.Sprint(activity.Status == verdict.NotSelected))
		for _, check := range activity.Checks {
			parts = append(parts, check.ID)
		}
	}
	return id(parts...)
}

// rows are the rows of the table with the checks that any service has: merged partial runs judge not the same of each.
func rows(a *assessment.Assessment) []assessment.Activity {
	var all []assessment.Activity
	place := map[string]int{}
	for _, service := range a.Services {
		for _, activity := range service.Activities {
			i, ok := place[activity.ID]
			if !ok {
				i = len(all)
				place[activity.ID] = i
				all = append(all, activity)
				all[i].Checks = nil
			}
			if all[i].Status == verdict.NotSelected {
				all[i].Status = activity.Status
			}
			for _, check := range activity.Checks {
				if !slices.ContainsFunc(all[i].Checks, func(c assessment.Check) bool { return c.ID == check.ID }) {
					all[i].Checks = append(all[i].Checks, check)
				}
			}
		}
	}
	return all
}

// rules are the properties that say what a verdict was made by.
func rules(a *assessment.Assessment) []prop {
	props := []prop{
		own("policies-digest", a.Policies.Digest), own("table-digest", a.Catalog.Digest), own("profile", a.Policies.Profile), own("reading", a.Catalog.Reading),
		own("program", a.Tool.Name+" "+a.Tool.Version),
	}
	if a.PastAt {
		props = append(props, own("past-at", "yes"))
	}
	for _, file := range a.Policies.Added {
		p := own("added-policy", file.Path)
		p.Remarks = text("sha256:" + file.SHA256)
		props = append(props, p)
	}
	for _, file := range a.Policies.Reference {
		p := own("added-reference", file.Path)
		p.Remarks = text("sha256:" + file.SHA256 + " adds " + wording.English.Additions(file.Added))
		props = append(props, p)
	}
	return props
}

// reviewedControls are the customer's duties that are judged, with a statement for each check, and apart from them the
// provider's activities. What a partial run leaves out is not among them.
func reviewedControls(activities []assessment.Activity, catalogResource string) reviewed {
	judged := selection{Description: "The customer's assessed duties, with a statement for each check."}
	inherited := selection{
		Description: "The provider's activities: inherited, not assessed. Observations say what the provider has to show.",
		Props:       []prop{own("responsibility", "inherited")},
	}
	for _, activity := range activities {
		control := selected{Control: controlID(activity)}
		for _, check := range activity.Checks {
			control.Statements = append(control.Statements, statementID(activity, check.ID))
		}
		switch activity.Status {
		case verdict.NotSelected:
		case verdict.Inherited:
			inherited.Include = append(inherited.Include, control)
		default:
			judged.Include = append(judged.Include, control)
		}
	}
	r := reviewed{Links: []link{{Href: "#" + catalogResource, Rel: "reference", Text: "the catalog of these controls"}}, Selections: []selection{judged}}
	if len(inherited.Include) > 0 {
		r.Selections = append(r.Selections, inherited)
	}
	return r
}
