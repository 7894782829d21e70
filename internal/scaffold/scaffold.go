// Package scaffold makes a ruleset of a RACI table: the catalog, and for each of the customer's duties a policy with one
// check that is missing until somebody supplies evidence. Import is pure, a table becomes files by path; Write puts them
// into a folder.
package scaffold

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// Options say what a table does not.
type Options struct {
	ID       string // of the catalog; the folder and the Rego package that hold the duties are called so
	Provider string // empty for the heading of the provider's column
	File     string // name of the file that the table was read from
	Date     string // of the import, YYYY-MM-DD
	Lib      fs.FS  // the helpers that policies share, copied to lib/
}

// Import makes the files of a ruleset by their path, such as storage/catalog.yaml. The same table and options give the
// same bytes.
func Import(table *raci.Table, o Options) (map[string][]byte, error) {
	if err := verifyID(o.ID); err != nil {
		return nil, err
	}
	title, provider := cmp.Or(table.Title, o.ID+" - Shared responsibilities"), cmp.Or(o.Provider, table.Provider)
	of := values{
		"id": o.ID, "title": title, "provider": provider, "file": o.File, "evidence": sanitize.Text("Evidence for " + title),
		"source": fmt.Sprintf("%s, imported on %s", o.File, o.Date), "date": o.Date,
	}
	names, duties := names(table.Rows), 0
	files := map[string][]byte{}
	var errs []error
	add := func(name, template string, of values) string {
		text, err := of.fill(template)
		errs = append(errs, err)
		files[path.Join(o.ID, name)] = []byte(text)
		return text
	}
	var catalog strings.Builder
	catalog.WriteString(add("catalog.yaml", "catalog.yaml", of))
	add("reference.yaml", "reference.yaml", nil)
	add("profiles/baseline/_shared.yaml", "_shared.yaml", nil)
	add("schema/_root.json", "_root.json", of)
	for i, row := range table.Rows {
		a := raci.Activity{
			ID: row.ID, Name: names[i], Title: row.Title,
			Phase: row.Headings[0], Section: row.Headings[len(row.Headings)-1],
			Customer: row.Customer, Provider: row.Provider,
		}
		if !a.Duty() {
			a.AskProvider = []string{fmt.Sprintf("Certificate, audit report or statement of %s that covers this activity (%s), with its scope and its period",
				provider, row.Title)}
		}
		entry, err := entryOf(a, table.Warnings)
		errs = append(errs, err)
		catalog.WriteString(entry)
		if a.Duty() {
			duties++
			of := valuesOf(a)
			of["root"] = o.ID
			add("schema/"+a.Name+".json", "section.json", of)
			add(path.Join(a.Name, a.Name+".rego"), "duty.rego", of)
			add(path.Join(a.Name, a.Name+"_test.rego"), "duty_test.rego", of)
		}
	}
	files[o.ID+"/catalog.yaml"] = []byte(catalog.String())
	if duties == 0 {
		return nil, fmt.Errorf("%s: no activity has the customer accountable (A): there is nothing to check", o.File)
	}
	helpers, err := fs.Glob(o.Lib, "*.rego")
	errs = append(errs, err)
	for _, name := range helpers {
		data, err := fs.ReadFile(o.Lib, name)
		errs = append(errs, err)
		files[path.Join("lib", name)] = data
	}
	if len(helpers) == 0 {
		errs = append(errs, errors.New("the helpers of the policies are missing"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("import %s: %w", o.File, err)
	}
	// What the loader refuses must not be written.
	if _, err := raci.LoadCatalog(o.ID+"/catalog.yaml", files[o.ID+"/catalog.yaml"]); err != nil {
		return nil, fmt.Errorf("import %s: %w", o.File, err)
	}
	return files, nil
}

// entryOf is the entry of an activity in the catalog, below what the import warns of.
func entryOf(a raci.Activity, warnings []raci.Warning) (string, error) {
	var entry strings.Builder
	for _, warning := range warnings {
		if warning.Row == a.ID {
			fmt.Fprintf(&entry, "  # line %d of the table: %s\n", warning.Line, sanitize.Text(warning.Message))
		}
	}
	text, err := valuesOf(a).fill("activity.yaml")
	entry.WriteString(text)
	for _, ask := range a.AskProvider {
		fmt.Fprintf(&entry, "    ask_provider:\n      - %s\n", quote(ask))
	}
	return entry.String(), err
}

// values are what the places of a template are filled with, by their names.
type values map[string]string

func valuesOf(a raci.Activity) values {
	return values{
		"id": a.ID, "name": a.Name, "title": a.Title, "customer": string(a.Customer), "provider": string(a.Provider),
		"phase number": a.Phase.Number, "phase title": a.Phase.Title, "section number": a.Section.Number, "section title": a.Section.Title,
	}
}

//go:embed all:templates
var sources embed.FS

// fill is a template with its places filled: {{name}} is the value as it is, {{clean name}} with all that can be seen in it, and quoted
// before either puts it between double quotes. What a value holds is never a place itself.
func (v values) fill(template string) (string, error) {
	text, err := sources.ReadFile("templates/" + template)
	var places []string
	for name, value := range v {
		clean := sanitize.Text(value)
		places = append(places, "{{"+name+"}}", value, "{{clean "+name+"}}", clean, "{{quoted "+name+"}}", quote(value), "{{quoted clean "+name+"}}", quote(clean))
	}
	return strings.NewReplacer(places...).Replace(string(text)), err
}

// quote writes a text between double quotes so that YAML and JSON both read it. What cannot be seen is escaped.
func quote(value string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case unicode.IsGraphic(r):
			out.WriteRune(r)
		case r > 0xffff: // JSON has no such escape, but takes the rune as it is; nothing of this kind passes sanitize.Text
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
