package oscal

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
)

// Provider writes the provider's part of the table as a system security plan. Each activity exports what the provider does, to be
// inherited, and what it leaves to the customer. Where a party has no part or is only informed, nothing is exported for it.
func Provider(w io.Writer, t Table, version string) error {
	modified, err := needed(t.LastModified)
	if err != nil {
		return err
	}
	c := t.Catalog
	table := catalogResource(c)
	p := securityPlan{
		UUID: providerPlanID(c),
		Metadata: metadata{
			Title: text(c.Title + ": the provider's part"), LastModified: modified, Version: text(t.Version), OSCAL: version,
			Props: []prop{own("reading", c.Reading), own("table-digest", c.Digest)}, Roles: partyRoles, Parties: []party{providerParty(c)},
		},
		ImportProfile: reference{Href: "#" + table.UUID, Remarks: "All activities of the table."},
		Characteristics: characteristics{
			IDs: []systemID{{Namespace, text(c.ID)}}, Name: text(c.Title),
			Description: text(fmt.Sprintf("What %s does and what it leaves to the customer, by this variant of the table: %s.", c.Provider, c.Source)),
			Props:       []prop{writtenBy(c)},
			Information: unstated("The table"), Status: stateOf{"other", "The table does not say."},
			Boundary: described{"The activities of the table that the provider does or answers for."},
		},
		Implementation: systemImplementation{Users: customers(providerPlanID(c)), Components: []systemComponent{{
			UUID: providerComponentID(c), Type: "this-system", Title: text(c.Title), Description: text("The service of " + c.Provider + "."),
			Status: stateOf{"other", "The table does not say."},
		}}},
		Controls:   implementedControls{Description: "The activities of the table. Nothing here is assessed."},
		BackMatter: &backMatter{[]resource{table}},
	}
	for _, activity := range t.Activities {
		p.Controls.Requirements = append(p.Controls.Requirements, requirement{
			UUID: id(p.UUID, "requirement", activity.ID), Control: controlID(activity), Props: responsibility(activity),
			Components: []component{{
				Component: providerComponentID(c), UUID: id(p.UUID, "component", activity.ID),
				Description: text(partOf(c.Provider, activity.Provider) + ". " + activity.Title + "."),
				Export:      exportOf(c, activity),
			}},
		})
	}
	return write(w, "system-security-plan", p)
}

// writtenBy keeps a reader from taking the document for the provider's own.
func writtenBy(c assessment.Catalog) prop {
	p := own("written-by", "raci-check")
	p.Remarks = text(fmt.Sprintf("Made of the table. %s has neither written nor approved this document.", c.Provider))
	return p
}

func exportOf(c assessment.Catalog, activity assessment.Activity) *export {
	e := &export{Description: text(partOf(c.Provider, activity.Provider) + "; " + partOf("the customer", activity.Customer) + ".")}
	from := ""
	if acts(activity.Provider) {
		from = providedID(c, activity)
		p := provided{
			UUID: from, Description: text(partOf(c.Provider, activity.Provider) + ": " + activity.Title + "."), Roles: providerRoles(c),
			Props: []prop{own("provider-roles", activity.Provider)},
		}
		if len(activity.AskProvider) > 0 {
			p.Remarks = text("Ask the provider for: " + strings.Join(activity.AskProvider, "; ") + ".")
		}
		e.Provided = []provided{p}
	}
	if acts(activity.Customer) {
		e.Responsibilities = []responsibleFor{{
			UUID: responsibilityID(c, activity), Provided: from, Roles: customerRoles,
			Description: text(partOf("The customer", activity.Customer) + ": " + activity.Title + "."),
			Props:       []prop{own("customer-roles", activity.Customer)},
		}}
	}
	return e
}
