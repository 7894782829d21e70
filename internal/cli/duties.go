package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"raci-check/internal/assess"
	"raci-check/internal/engine"
	"raci-check/internal/policy"
	"raci-check/internal/raci"
	"raci-check/internal/report/oscal"
	"raci-check/internal/ruleset"
	"raci-check/internal/verdict"
)

// dutyRow is one activity as `duties -o json` prints it.
type dutyRow struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Title         string   `json:"title"`
	Phase         string   `json:"phase"`
	Section       string   `json:"section"`
	Customer      string   `json:"customer"`
	Provider      string   `json:"provider"`
	Duty          bool     `json:"duty"` // the customer is accountable
	Disputed      bool     `json:"disputed"`
	DisputeNote   string   `json:"dispute_note,omitempty"`
	NotApplicable string   `json:"not_applicable_when,omitempty"`
	Checks        []string `json:"checks"` // ids
	AskProvider   []string `json:"ask_provider,omitempty"`
}

func newDuties(streams Streams) *cobra.Command {
	var (
		policies    rulesFlags
		readingName string
		compare     bool
		output      = &choice{value: "text", known: []string{"text", "json", "oscal"}, kind: "output format"}
	)
	cmd := &cobra.Command{
		Use:   "duties [--compare VARIANT VARIANT]",
		Short: "Show the RACI table: roles, and the number of checks for each activity",
		Long: `Show the activities of the RACI table, with the roles of the customer and the provider and the number of checks. --raci
selects the variant of the table. With --compare, show the rows in which two variants differ. -o oscal writes the OSCAL
catalog that assess -o oscal refers to.`,
		Example: `  raci-check duties
  raci-check duties --raci published-2025-10-21 -o json
  raci-check duties -o oscal > oscal-catalog.json
  raci-check duties --compare kb0065221 published-2025-10-21`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case compare && len(args) != 2:
				return errors.New("--compare takes two variants")
			case compare && output.value == "oscal":
				return errors.New("--compare works with text and json; an OSCAL catalog has one variant")
			case !compare && len(args) > 0:
				return errors.New("duties takes no arguments, except for two variants after --compare")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			catalog, _, err := rules.Catalog()
			if err != nil {
				return err
			}
			if compare {
				return compareReadings(streams, catalog, args[0], args[1], output.value)
			}
			reading, err := catalog.Reading(readingName)
			if err != nil {
				return err
			}
			if output.value == "oscal" {
				return writeCatalog(streams, rules, reading)
			}
			rows, err := dutyRows(rules, reading)
			if err != nil {
				return err
			}
			if output.value == "json" {
				return printJSON(streams, map[string]any{
					"catalog": catalog.ID, "reading": reading.Name, "source": reading.Source, "activities": rows,
				})
			}
			return printDuties(streams, catalog, reading, rows)
		},
	}
	policies.register(cmd.Flags())
	cmd.Flags().StringVar(&readingName, "raci", "", readingUsage)
	cmd.Flags().BoolVar(&compare, "compare", false, "show the rows in which the two variants differ")
	cmd.Flags().VarP(output, "output", "o", "how to print")
	return cmd
}

// writeCatalog writes the table and its checks as the OSCAL catalog that reports in OSCAL refer to.
func writeCatalog(streams Streams, rules ruleset.Ruleset, reading *raci.Reading) error {
	policies, err := rules.Compiled()
	if err != nil {
		return err
	}
	catalog, digest, err := rules.Catalog()
	if err != nil {
		return err
	}
	table := oscal.Table{
		Catalog:      assess.CatalogOf(catalog, digest, reading),
		LastModified: reading.Date, Version: tool().Version, Frameworks: policy.Frameworks,
	}
	for _, activity := range reading.Activities {
		row := engine.Describe(activity)
		if activity.Duty() {
			for _, check := range policies.Checks() {
				if check.DutyID == activity.ID {
					row.Checks = append(row.Checks, engine.DescribeCheck(check))
				}
			}
		} else {
			row.Status = verdict.Inherited
		}
		table.Activities = append(table.Activities, row)
	}
	return oscal.Catalog(streams.Out, table)
}

func dutyRows(rules ruleset.Ruleset, reading *raci.Reading) ([]dutyRow, error) {
	policies, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	checks := map[string][]string{}
	for _, check := range policies.Checks() {
		checks[check.DutyID] = append(checks[check.DutyID], check.ID)
	}
	var rows []dutyRow
	for _, a := range reading.Activities {
		row := dutyRow{
			ID: a.ID, Name: a.Name, Title: a.Title, Phase: a.Phase.String(), Section: a.Section.String(),
			Customer: string(a.Customer), Provider: string(a.Provider), Duty: a.Duty(),
			Disputed: a.Disputed, DisputeNote: a.DisputeNote, Checks: []string{},
		}
		if a.Duty() {
			row.NotApplicable, row.Checks = a.NotApplicable, append(row.Checks, checks[a.ID]...)
		} else {
			row.AskProvider = a.AskProvider
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func printDuties(streams Streams, catalog *raci.Catalog, reading *raci.Reading, rows []dutyRow) error {
	out := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	duties, disputed := 0, ""
	for _, row := range rows {
		if row.Duty {
			duties++
		}
		if row.Disputed {
			disputed = row.DisputeNote
		}
	}
	fmt.Fprintf(streams.Out, "%s\nvariant %s: %s\n%d activities, %d of them the customer's duties\n\n",
		catalog.Title, reading.Name, reading.Source, len(rows), duties)
	fmt.Fprintf(out, "ID\tNAME\tCUSTOMER\t%s\tCHECKS\tACTIVITY\n", strings.ToUpper(catalog.Provider))
	for _, row := range rows {
		covered, mark := "inherited", ""
		if row.Duty {
			covered = fmt.Sprint(len(row.Checks))
		}
		if row.Disputed {
			mark = " *"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s%s\n", row.ID, row.Name, role(row.Customer), role(row.Provider), covered, row.Title, mark)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if disputed != "" {
		_, err := fmt.Fprintf(streams.Out, "\n* disputed: %s\n", disputed)
		return err
	}
	return nil
}

// role prints an empty cell so that it can be seen.
func role(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func compareReadings(streams Streams, catalog *raci.Catalog, a, b, format string) error {
	one, err := catalog.Reading(a)
	if err != nil {
		return err
	}
	other, err := catalog.Reading(b)
	if err != nil {
		return err
	}
	type cell struct {
		Customer string `json:"customer"`
		Provider string `json:"provider"`
	}
	type difference struct {
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Title string          `json:"title"`
		Roles map[string]cell `json:"roles"`
	}
	differences := []difference{}
	for i, x := range one.Activities {
		y := other.Activities[i]
		if x.Customer != y.Customer || x.Provider != y.Provider {
			differences = append(differences, difference{x.ID, x.Name, x.Title, map[string]cell{
				one.Name: {string(x.Customer), string(x.Provider)}, other.Name: {string(y.Customer), string(y.Provider)},
			}})
		}
	}
	if format == "json" {
		return printJSON(streams, map[string]any{"readings": []string{one.Name, other.Name}, "differences": differences})
	}
	duties := func(reading *raci.Reading) (n int) {
		for _, activity := range reading.Activities {
			if activity.Duty() {
				n++
			}
		}
		return n
	}
	fmt.Fprintf(streams.Out, "customer / %s in each variant; %s has %d duties, %s has %d\n\n",
		catalog.Provider, one.Name, duties(one), other.Name, duties(other))
	out := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "ID\tNAME\t%s\t%s\tACTIVITY\n", strings.ToUpper(one.Name), strings.ToUpper(other.Name))
	for _, d := range differences {
		x, y := d.Roles[one.Name], d.Roles[other.Name]
		fmt.Fprintf(out, "%s\t%s\t%s / %s\t%s / %s\t%s\n", d.ID, d.Name,
			role(x.Customer), role(x.Provider), role(y.Customer), role(y.Provider), d.Title)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(streams.Out, "\n%d rows differ, the other %d agree\n", len(differences), len(one.Activities)-len(differences))
	return err
}

func printJSON(streams Streams, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = streams.Out.Write(append(data, '\n'))
	return err
}
