package describe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/raci-check/raci-check/internal/raci"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/report/oscal"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
)

// activity is one row of the table as JSON has it.
type activity struct {
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

// Duties are the activities of a reading of the table, with the checks that cover them.
type Duties struct {
	Version  string                // of the program
	OSCAL    string                // version of OSCAL that documents are written in
	Language *translate.Translator // of the text; nil for English
	catalog  *raci.Catalog
	digest   string
	reading  *raci.Reading
	checks   map[string][]policy.Check // by activity
	// frameworks are what the checks map to, as their publishers list it.
	frameworks map[string]controllist.Framework
}

// OpenDuties reads the table in a reading.
func OpenDuties(rules ruleset.Ruleset, reading string) (Duties, error) {
	d := Duties{checks: map[string][]policy.Check{}}
	var err error
	if d.catalog, d.digest, err = rules.Catalog(); err != nil {
		return d, err
	}
	if d.reading, err = d.catalog.Reading(reading); err != nil {
		return d, err
	}
	if d.frameworks, err = rules.Controls(); err != nil {
		return d, err
	}
	policies, err := rules.Compiled()
	if err != nil {
		return d, err
	}
	for _, check := range policies.Checks() {
		d.checks[check.DutyID] = append(d.checks[check.DutyID], check)
	}
	return d, nil
}

var DutyFormats = []string{"text", "json", "oscal", "oscal-ssp", "oscal-mapping"}

// Write writes the duties as text, json, or a document in OSCAL: the catalog that reports in OSCAL refer to, the provider's part of
// the table that the customer's plan refers to, or the mapping of the catalog to control frameworks.
func (d Duties) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return writeJSON(w, map[string]any{
			"catalog": d.catalog.ID, "reading": d.reading.Name, "source": d.reading.Source, "activities": d.rows(),
		})
	case "oscal":
		return oscal.Catalog(w, d.table(), d.OSCAL)
	case "oscal-ssp":
		return oscal.Provider(w, d.table(), d.OSCAL)
	case "oscal-mapping":
		return oscal.Mapping(w, d.table(), d.targets(), d.OSCAL)
	default:
		return d.writeText(w)
	}
}

// table is the reading with its checks as OSCAL takes it.
func (d Duties) table() oscal.Table {
	table := oscal.Table{
		Catalog:      assess.CatalogOf(d.catalog, d.digest, d.reading),
		LastModified: d.reading.Date, Version: d.Version, Frameworks: policy.Frameworks,
	}
	for _, a := range d.reading.Activities {
		row := engine.Describe(a)
		if !a.Duty() {
			row.Status = verdict.Inherited
		}
		for _, check := range d.checks[a.ID] {
			row.Checks = append(row.Checks, engine.DescribeCheck(check))
		}
		table.Activities = append(table.Activities, row)
	}
	return table
}

func (d Duties) targets() map[string]oscal.Framework {
	targets := map[string]oscal.Framework{}
	for name, framework := range d.frameworks {
		target := oscal.Framework{
			Title: framework.Title, Version: framework.Version, Publisher: framework.Publisher, Source: framework.Source,
			Catalog: framework.OSCAL, Controls: framework.Titles(), Whole: len(framework.Sections) == 0, Later: map[string]string{},
		}
		for number, change := range framework.Successor.Changes {
			target.Later[number] = fmt.Sprintf("version %s: %s", framework.Successor.Version, cmp.Or(strings.TrimSpace(change.ID+" "+change.Title), "none"))
		}
		targets[name] = target
	}
	return targets
}

func (d Duties) rows() []activity {
	var rows []activity
	for _, a := range d.reading.Activities {
		row := activity{
			ID: a.ID, Name: a.Name, Title: a.Title, Phase: a.Phase.String(), Section: a.Section.String(),
			Customer: string(a.Customer), Provider: string(a.Provider), Duty: a.Duty(),
			Disputed: a.Disputed, DisputeNote: a.DisputeNote, Checks: []string{},
		}
		if a.Duty() {
			row.NotApplicable = a.NotApplicable
			for _, check := range d.checks[a.ID] {
				row.Checks = append(row.Checks, check.ID)
			}
		} else {
			row.AskProvider = a.AskProvider
		}
		rows = append(rows, row)
	}
	return rows
}

func dutiesOf(reading *raci.Reading) (n int) {
	for _, a := range reading.Activities {
		if a.Duty() {
			n++
		}
	}
	return n
}

func (d Duties) writeText(w io.Writer) error {
	disputed := ""
	t, words := d.Language, d.Language.Words()
	fmt.Fprint(w, words.Say("%s\nvariant %s: %s\n%d activities, %d of them the customer's duties\n\n",
		t.Text(d.catalog.Title), d.reading.Name, d.reading.Source, len(d.reading.Activities), dutiesOf(d.reading)))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, words.Say("ID\tNAME\tCUSTOMER\t%s\tCHECKS\tACTIVITY\n", strings.ToUpper(d.catalog.Provider)))
	for _, a := range d.reading.Activities {
		covered, mark := words.Text("inherited"), ""
		if a.Duty() {
			covered = fmt.Sprint(len(d.checks[a.ID]))
		}
		if a.Disputed {
			disputed, mark = a.DisputeNote, " *"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s%s\n", a.ID, a.Name, role(a.Customer), role(a.Provider), covered, t.Text(a.Title), mark)
	}
	if err := table.Flush(); err != nil || disputed == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", words.Say("* disputed: %s", t.Text(disputed)))
	return err
}

// role prints an empty cell so that it can be seen.
func role(r raci.Roles) string { return cmp.Or(string(r), "-") }

// Comparison are the rows in which two readings of a table differ.
type Comparison struct {
	Language      *translate.Translator // of the text; nil for English
	provider      string
	first, second *raci.Reading
	differences   []difference
}

type difference struct {
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Title string          `json:"title"`
	Roles map[string]cell `json:"roles"`
}

type cell struct {
	Customer raci.Roles `json:"customer"`
	Provider raci.Roles `json:"provider"`
}

// Compare compares two readings of the table.
func Compare(rules ruleset.Ruleset, first, second string) (Comparison, error) {
	catalog, _, err := rules.Catalog()
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{provider: catalog.Provider, differences: []difference{}}
	if c.first, err = catalog.Reading(first); err != nil {
		return c, err
	}
	if c.second, err = catalog.Reading(second); err != nil {
		return c, err
	}
	for i, x := range c.first.Activities {
		y := c.second.Activities[i]
		if x.Customer != y.Customer || x.Provider != y.Provider {
			c.differences = append(c.differences, difference{x.ID, x.Name, x.Title, map[string]cell{
				c.first.Name: {x.Customer, x.Provider}, c.second.Name: {y.Customer, y.Provider},
			}})
		}
	}
	return c, nil
}

// Write writes the comparison as text or json.
func (c Comparison) Write(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, map[string]any{"readings": []string{c.first.Name, c.second.Name}, "differences": c.differences})
	}
	words := c.Language.Words()
	fmt.Fprint(w, words.Say("customer / %s in each variant; %s has %d duties, %s has %d\n\n",
		c.provider, c.first.Name, dutiesOf(c.first), c.second.Name, dutiesOf(c.second)))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, words.Say("ID\tNAME\t%s\t%s\tACTIVITY\n", strings.ToUpper(c.first.Name), strings.ToUpper(c.second.Name)))
	for _, d := range c.differences {
		x, y := d.Roles[c.first.Name], d.Roles[c.second.Name]
		fmt.Fprintf(table, "%s\t%s\t%s / %s\t%s / %s\t%s\n", d.ID, d.Name,
			role(x.Customer), role(x.Provider), role(y.Customer), role(y.Provider), c.Language.Text(d.Title))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, words.Say("\n%d rows differ, the other %d agree\n", len(c.differences), len(c.first.Activities)-len(c.differences)))
	return err
}

func writeJSON(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}
