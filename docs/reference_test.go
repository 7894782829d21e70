package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

const referenceIntro = `# Reference data

Facts that the policies compare evidence with and that no customer decides: what the provider publishes about the service, and
lists of public facts. They are data, ` + "`data.reference`" + ` in a policy, in ` + "`policies/okms/reference/`" + `, one file a subject; the
fields of all files are one mapping, and no field may stand in two files. A region, an action, a country or an algorithm that is
missing here makes the checks about it fail; a placeholder or a mail domain that is missing is not noticed.

A customer can add to most tables, with a source and a date, and replace nothing: a region that is new, a word that people there
write for nothing.

` + "```yaml" + `
api_version: raci-check/v1
kind: Reference
source: Letter of the provider about its region in Stockholm, OPS-311
as_of: "2026-11-02"
reference:
  regions:
    eu-north-sto: {country: SE, backup_regions: [eu-west-gra, eu-west-sbg], pci_dss: false}
  region_countries: {eu-north-sto: SE}
  placeholders: [ask anna]
` + "```" + `

` + "`raci-check assess --reference FILE`" + ` (repeatable; also for ` + "`forecast` and `bundle build`" + `) takes it, ` + "`raci-check schema reference`" + ` has
its form. Reports list each such file with its digest, its source and what it added, and an assessment that is made again
needs it.

As of is the date of the newest document that a table is taken from; where the document is older than the reading, read on is
when it was read.

`

func TestReferencePageIsCurrent(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	reference, err := rules.Reference()
	must(t, err)
	sources, _ := reference["sources"].(map[string]any)
	var index, tables strings.Builder
	index.WriteString("| table | what it is | as of | source |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		source := sources[name].(map[string]any)
		asOf := fmt.Sprint(source["as_of"])
		if read, ok := source["read_on"]; ok {
			asOf += fmt.Sprintf(" (read on %s)", read)
		}
		fmt.Fprintf(&index, "| [`%s`](#%s) | %s | %s | %s |\n", name, name, tableCell(source["about"]), asOf, tableCell(source["source"]))
		fmt.Fprintf(&tables, "\n## %s\n\n%s.\n\n%s", name, source["about"], tableOf(reference[name]))
	}
	writeOrCompare(t, "reference-data.md", generated+referenceIntro+index.String()+tables.String())
}

// tableOf writes a table of reference data in the form that fits it.
func tableOf(value any) string {
	rows, isMapping := value.(map[string]any)
	if !isMapping {
		return tableCell(value) + "\n"
	}
	var columns []string
	for _, row := range rows {
		row, _ := row.(map[string]any)
		for column := range row {
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
		}
	}
	slices.Sort(columns)
	simple := slices.ContainsFunc(slices.Collect(maps.Values(rows)), func(row any) bool { _, isRow := row.(map[string]any); return !isRow })
	if simple {
		columns = []string{"value"}
	}
	var out strings.Builder
	out.WriteString("| name | " + strings.Join(columns, " | ") + " |\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&out, "| `%s` |", name)
		if simple {
			fmt.Fprintf(&out, " %s |\n", tableCell(rows[name]))
			continue
		}
		for _, column := range columns {
			fmt.Fprintf(&out, " %s |", tableCell(rows[name].(map[string]any)[column]))
		}
		out.WriteString("\n")
	}
	return out.String()
}

var inCell = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ")

// tableCell is a value in one cell of a table.
func tableCell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		if strings.ContainsAny(value, `^\*[{`) {
			return codeOf(value)
		}
		return inCell.Replace(value)
	case bool:
		return map[bool]string{true: "yes", false: "no"}[value]
	case json.Number:
		return value.String()
	case []any:
		var items []string
		for _, item := range value {
			switch item := item.(type) {
			case string:
				items = append(items, codeOf(item))
			case json.Number:
				items = append(items, item.String())
			default:
				items = append(items, "("+tableCell(item)+")")
			}
		}
		return strings.Join(items, ", ")
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			fields = append(fields, name+" "+tableCell(value[name]))
		}
		return strings.Join(fields, ", ")
	}
	return fmt.Sprint(value)
}

// codeOf is a text as a span of code in a cell.
func codeOf(text string) string {
	quotes := "`"
	if strings.Contains(text, "`") {
		quotes, text = "``", " "+text+" "
	}
	return quotes + strings.ReplaceAll(text, "|", `\|`) + quotes
}
