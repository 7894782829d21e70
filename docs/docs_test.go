// Package docs holds the documentation. The pages on duties, parameters and evidence are made from the policies'
// METADATA, the profile and the schema: go test ./docs -update writes them, the plain test fails when they are old.
package docs

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"raci-check/internal/assessment"
	"slices"
	"strings"
	"testing"

	"raci-check/internal/evidence"
	"raci-check/internal/parameter"
	"raci-check/internal/policy"
	"raci-check/internal/raci"
	"raci-check/internal/ruleset"
	"raci-check/policies"
)

var update = flag.Bool("update", false, "write the generated pages")

const generated = "<!-- Made by go test ./docs -update from the policies, profiles and schema: do not edit. -->\n\n"

func TestGeneratedPagesAreCurrent(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading(catalog.ReadingNames()[0])
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	parameters, err := rules.Parameters()
	must(t, err)
	profiles, err := rules.Profiles().Names()
	must(t, err)
	compared, err := rules.Profiles().Compare(profiles...)
	must(t, err)
	format, err := rules.Format()
	must(t, err)
	form, err := format.Describe()
	must(t, err)

	pages := map[string]string{
		"duties/README.md": dutyIndex(reading, set),
		"parameters.md":    parameterTable(parameters, set) + sideBySide(compared),
		"evidence.md":      fieldReference(form),
	}
	for _, activity := range reading.Activities {
		if i := slices.IndexFunc(set.Duties, func(d policy.Duty) bool { return d.ID == activity.ID }); i >= 0 {
			pages["duties/"+activity.Name+".md"] = dutyPage(activity, set.Duties[i], parameters)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		writeOrCompare(t, name, generated+pages[name])
	}
	files, err := filepath.Glob("duties/*.md")
	must(t, err)
	for _, file := range files {
		if _, wanted := pages[filepath.ToSlash(file)]; !wanted {
			t.Errorf("%s is about a duty that is not there", file)
		}
	}
}

// writeOrCompare writes a generated page, or fails when the one that is there differs.
func writeOrCompare(t *testing.T, name, content string) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, []byte(content), 0o644))
		return
	}
	held, err := os.ReadFile(name)
	must(t, err)
	if string(held) != content {
		t.Errorf("%s is out of date: go test ./docs -update", name)
	}
}

func dutyIndex(reading *raci.Reading, set *policy.Set) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# The activities\n\n%d duties of the customer with %d checks in all; the other activities are the provider's.\n\n", len(set.Duties), len(set.Checks()))
	out.WriteString("| id | activity | customer | provider | checks |\n|---|---|---|---|---|\n")
	for _, a := range reading.Activities {
		title, checks := a.Title, "inherited"
		if a.Duty() {
			title = fmt.Sprintf("[%s](%s.md)", a.Title, a.Name)
			count := 0
			for _, check := range set.Checks() {
				if check.DutyID == a.ID {
					count++
				}
			}
			checks = fmt.Sprint(count)
		}
		if a.Disputed {
			title += " *"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", a.ID, title, a.Customer, a.Provider, checks)
	}
	out.WriteString("\n\\* disputed: another reading of the table gives the activity to the provider; see `raci-check duties --compare`.\n")
	return out.String()
}

func dutyPage(a raci.Activity, duty policy.Duty, parameters *parameter.Set) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s %s\n\n%s\n\n", a.ID, a.Title, duty.Description)
	fmt.Fprintf(&out, "Duty `%s`; customer %s, provider %s; section %s.\n", a.Name, cell(string(a.Customer)), cell(string(a.Provider)), a.Section)
	if a.Disputed {
		fmt.Fprintf(&out, "\n*Disputed.* %s\n", a.DisputeNote)
	}
	if a.NotApplicable != "" {
		fmt.Fprintf(&out, "\nMay be declared not applicable when %s.\n", a.NotApplicable)
	}
	for _, check := range duty.Checks {
		fmt.Fprintf(&out, "\n## %s\n\n**%s** (%s)\n\n%s\n\n", check.ID, check.Title, check.Severity, check.Description)
		fmt.Fprintf(&out, "- evidence: %s\n", code(check.Evidence))
		for _, name := range check.Params {
			p, _ := parameters.Find(name)
			fmt.Fprintf(&out, "- threshold: `%s` = %s %s — %s\n", name, assessment.ValueText(p.Value), p.Unit, p.Source)
		}
		for _, condition := range check.Conditions {
			fmt.Fprintf(&out, "- fails with `%s`: %s\n", condition.Name, condition.Outline())
		}
		fmt.Fprintf(&out, "- source: %s\n- to mend: %s\n", check.Source, check.Remediation)
		var mapped []string
		for _, framework := range slices.Sorted(maps.Keys(check.Controls)) {
			mapped = append(mapped, policy.Frameworks[framework]+" "+strings.Join(check.Controls[framework], ", "))
		}
		fmt.Fprintf(&out, "- maps to: %s\n", strings.Join(mapped, "; "))
		if check.Declared {
			out.WriteString("- a declared value decides, together with the artifact that shows it\n")
		}
	}
	return out.String()
}

func parameterTable(parameters *parameter.Set, set *policy.Set) string {
	var out strings.Builder
	out.WriteString("# Parameters\n\nWhat the baseline profile asks for; what other profiles change stands [below](#profiles-side-by-side), and " +
		"[profiles](profiles.md) says how to choose. `--params FILE` changes values; one that asks for less is used and shown as looser in every report.\n\n## The baseline\n\n")
	out.WriteString("| parameter | value | unit | stricter | what it is | source | used by |\n|---|---|---|---|---|---|---|\n")
	for _, p := range parameters.All() {
		var users []string
		for _, check := range set.Checks() {
			if slices.Contains(check.Params, p.Name) {
				users = append(users, check.ID)
			}
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s | %s |\n", p.Name, assessment.ValueText(p.Value), p.Unit, p.Stricter, p.Description, p.Source, code(users))
	}
	return out.String()
}

// sideBySide lists what the profiles change, and why.
func sideBySide(compared []parameter.Compared) string {
	var table, sources strings.Builder
	table.WriteString("\n## Profiles side by side\n\nOnly what a profile changes; all else is as in the baseline, and so is an empty cell. `*` is looser than the baseline.\n\n")
	for column, of := range compared[0].Each {
		if column == 0 {
			table.WriteString("| parameter | unit |")
		}
		fmt.Fprintf(&table, " %s |", of.Profile)
	}
	table.WriteString("\n|---|---|" + strings.Repeat("---|", len(compared[0].Each)) + "\n")
	for _, p := range compared {
		if !p.Changed() {
			continue
		}
		fmt.Fprintf(&table, "| `%s` | %s |", p.Name, p.Unit)
		for column, of := range p.Each {
			switch {
			case column > 0 && of.SetBy == parameter.Baseline:
				table.WriteString(" |")
			case of.LooserBecause != "":
				fmt.Fprintf(&table, " %s * |", assessment.ValueText(of.Value))
			default:
				fmt.Fprintf(&table, " %s |", assessment.ValueText(of.Value))
			}
		}
		table.WriteString("\n")
	}
	for column, profile := range compared[0].Each {
		if column == 0 {
			continue // its sources stand in the table of the baseline
		}
		fmt.Fprintf(&sources, "\n### %s\n\n", profile.Profile)
		for _, p := range compared {
			of := p.Each[column]
			if of.SetBy == parameter.Baseline {
				continue
			}
			fmt.Fprintf(&sources, "- `%s` = %s %s — %s", of.Name, assessment.ValueText(of.Value), of.Unit, of.Source)
			if of.LooserBecause != "" {
				fmt.Fprintf(&sources, ". *Looser than the baseline: %s.*", of.LooserBecause)
			}
			sources.WriteString("\n")
		}
	}
	return table.String() + sources.String()
}

func fieldReference(root *evidence.Form) string {
	var out strings.Builder
	out.WriteString("# Evidence, field by field\n\nEvery section has a `source`; a field that is left out is missing evidence, an unknown one is an error, and so is\na text of nothing but white space.\n")
	for _, section := range root.Sections() {
		form := root.Properties.Forms[section]
		fmt.Fprintf(&out, "\n## %s\n\n%s\n", section, form.Description)
		if form.Freshness != "" {
			fmt.Fprintf(&out, "How old it may be: `%s`.\n", form.Freshness)
		}
		out.WriteString("\n| field | type | meaning |\n|---|---|---|\n")
		fields(&out, root, "/"+section, form)
	}
	return out.String()
}

func fields(out *strings.Builder, root *evidence.Form, pointer string, form *evidence.Form) {
	for _, name := range form.Properties.Names {
		field := root.Resolve(form.Properties.Forms[name])
		kind := field.Type
		if field.Format != "" {
			kind = field.Format
		}
		if len(field.Enum) > 0 {
			kind = strings.Join(field.Enum, ", ")
		}
		meaning := field.Description
		if field.Informative != "" {
			meaning += " *Informative: " + field.Informative + ".*"
		}
		below := pointer + "/" + name
		items := field
		if field.Type == "array" {
			items = root.Resolve(field.Items)
			kind = "list of " + items.Type
			if len(items.Enum) > 0 {
				kind = "list of " + strings.Join(items.Enum, ", ")
			}
		}
		fmt.Fprintf(out, "| `%s` | %s | %s |\n", below, kind, strings.ReplaceAll(meaning, "|", `\|`))
		if name == "source" && strings.Count(pointer, "/") == 1 {
			continue // the same in every section
		}
		if field.Type == "array" {
			below += "/*"
		}
		fields(out, root, below, items)
	}
}

func code(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, ", ")
}

func cell(roles string) string {
	if roles == "" {
		return "–"
	}
	return roles
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
