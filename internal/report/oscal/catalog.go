package oscal

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Table is a RACI table with the checks that cover it.
type Table struct {
	Catalog      assessment.Catalog
	LastModified string            // RFC 3339
	Version      string            // of the program that has the checks
	Frameworks   map[string]string // printed names of control frameworks
	// Activities are all rows; their checks are described, not judged.
	Activities []assessment.Activity
}

type catalog struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	Groups     []group     `json:"groups,omitempty"`
	BackMatter *backMatter `json:"back-matter"`
}

type group struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Controls []control `json:"controls"`
}

type control struct {
	ID    string `json:"id"`
	Class string `json:"class"`
	Title string `json:"title"`
	Props []prop `json:"props"`
	Parts []part `json:"parts"`
}

// Catalog writes the table as an OSCAL catalog: an activity is a control, a check an item of its statement.
func Catalog(w io.Writer, t Table, version string) error {
	modified, err := needed(t.LastModified)
	if err != nil {
		return err
	}
	c := catalog{
		UUID: catalogID(t.Catalog),
		Metadata: metadata{
			Title: text(t.Catalog.Title), LastModified: modified, Version: text(t.Version), OSCAL: version,
			Props: []prop{own("reading", t.Catalog.Reading), own("table-digest", t.Catalog.Digest)},
		},
		BackMatter: &backMatter{[]resource{{UUID: id("source", t.Catalog.Digest), Title: "Source of the table", Description: text(t.Catalog.Source)}}},
	}
	for _, activity := range t.Activities {
		if n := len(c.Groups); n == 0 || c.Groups[n-1].Title != text(activity.Phase) {
			c.Groups = append(c.Groups, group{ID: fmt.Sprintf("phase-%d", n+1), Title: text(activity.Phase)})
		}
		g := &c.Groups[len(c.Groups)-1]
		g.Controls = append(g.Controls, controlOf(t, activity))
	}
	return write(w, "catalog", c)
}

func catalogID(c assessment.Catalog) string { return id("catalog", c.ID, c.Reading, c.Digest) }

func controlOf(t Table, activity assessment.Activity) control {
	statement := part{ID: controlID(activity) + "_smt", Name: "statement", Prose: text(activity.Title)}
	for _, check := range activity.Checks {
		props := []prop{own("severity", string(check.Severity)), own("source", check.Source)}
		for _, framework := range slices.Sorted(maps.Keys(check.Controls)) {
			for _, number := range check.Controls[framework] {
				p := own("mapped-control", number)
				p.Class, p.Remarks = token(framework), text(cmp.Or(t.Frameworks[framework], framework))
				props = append(props, p)
			}
		}
		statement.Parts = append(statement.Parts, part{
			ID: statementID(activity, check.ID), Name: "item", Title: text(check.Title), Prose: text(check.Description), Props: props,
			Parts: []part{{Name: "guidance", Prose: text(check.Remediation)}},
		})
	}
	parts := []part{statement}
	for _, ask := range activity.AskProvider {
		parts = append(parts, part{Name: "guidance", Title: "Ask the provider for", Prose: text(ask)})
	}
	return control{
		ID: controlID(activity), Class: "raci-activity", Title: text(activity.Title), Parts: parts,
		Props: append([]prop{{Name: "label", Value: text(activity.ID)}}, responsibility(activity)...),
	}
}

// responsibility says who does what, in the letters of the table and in OSCAL's words for shared responsibility.
func responsibility(activity assessment.Activity) []prop {
	whose := "customer"
	switch {
	case activity.Status == verdict.Inherited:
		whose = "inherited"
	case accountable(activity.Customer) && accountable(activity.Provider):
		whose = "shared"
	case !accountable(activity.Customer):
		whose = "provider"
	}
	props := []prop{own("responsibility", whose), own("customer-roles", cmp.Or(activity.Customer, "none")), own("provider-roles", cmp.Or(activity.Provider, "none"))}
	if activity.Disputed {
		disputed := own("disputed", "yes")
		disputed.Remarks = text(activity.DisputeNote)
		props = append(props, disputed)
	}
	return props
}

func accountable(roles string) bool {
	return slices.Contains([]rune(roles), 'A')
}
