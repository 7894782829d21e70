package docs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// The page of mappings is made from METADATA and from okms/controls.yaml, whose form the tests of policies/ prove.
func TestControlsPageIsCurrent(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading(catalog.ReadingNames()[0])
	must(t, err)
	frameworks, err := rules.Controls()
	must(t, err)
	writeOrCompare(t, "controls.md", generated+controlsPage(frameworks, reading, set))
}

// frameworkOrder is that of METADATA.
var frameworkOrder = []string{"iso_27001", "ccm", "csf", "pci_dss"}

func controlsPage(frameworks map[string]controllist.Framework, reading *raci.Reading, set *policy.Set) string {
	var out strings.Builder
	out.WriteString("# Checks and the controls they map to\n\nA mapping says that the check gives evidence for the control, never that the control is met: most controls ask for more. " +
		"[How much a check shows](frameworks.md#how-much-a-check-shows) says what the last column means.\n\n" +
		"| framework | publisher | version | published | what is listed |\n|---|---|---|---|---|\n")
	for _, name := range frameworkOrder {
		f := frameworks[name]
		fmt.Fprintf(&out, "| [%s](%s) | %s | %s | %s | %s |\n", f.Title, f.Source, f.Publisher, f.Version, f.Published, f.List)
		if f.Successor.Version != "" {
			fmt.Fprintf(&out, "| its next version | %s | %s | %s | Where it has another id or title, that is shown behind the title. %s |\n",
				f.Publisher, f.Successor.Version, f.Successor.Published, f.Successor.List)
		}
	}
	for _, activity := range reading.Activities {
		for _, duty := range set.Duties {
			if duty.ID != activity.ID {
				continue
			}
			fmt.Fprintf(&out, "\n## %s %s\n\n| check | framework | id | title | shows |\n|---|---|---|---|---|\n", activity.ID, activity.Title)
			for _, check := range duty.Checks {
				for _, row := range controlRows(frameworks, check) {
					out.WriteString(row)
				}
			}
		}
	}
	return out.String()
}

// relations are the words for how much a check shows of a control; that it is a part is not written down.
var relations = map[string]string{"": "a part", "full": "all", "related": "related"}

// controlRows are the table rows of a check; its id stands in the first.
func controlRows(frameworks map[string]controllist.Framework, check policy.Check) []string {
	var rows []string
	for _, name := range frameworkOrder {
		for _, id := range check.Controls[name] {
			shown := ""
			if len(rows) == 0 {
				shown = "`" + check.ID + "`"
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s |\n", shown, policy.Frameworks[name], id, titleOf(frameworks[name], id),
				relations[frameworks[name].Relation(id, check.ID)]))
		}
	}
	return rows
}

// titleOf is that of a control, with what its next version makes of it.
func titleOf(f controllist.Framework, id string) string {
	title := f.Titles()[id]
	change, changed := f.Successor.Changes[id]
	switch {
	case !changed:
		return title
	case change.ID == "":
		return fmt.Sprintf("%s (v%s: none)", title, f.Successor.Version)
	case change.Title == "":
		return fmt.Sprintf("%s (v%s: %s)", title, f.Successor.Version, change.ID)
	default:
		return fmt.Sprintf("%s (v%s: %s %s)", title, f.Successor.Version, change.ID, change.Title)
	}
}
