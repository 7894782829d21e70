// Package scaffold makes a ruleset of a RACI table: the catalog, and for each of the customer's duties a policy with one
// check that is missing until somebody supplies evidence. Import is pure, a table becomes files by path; Write puts them
// into a folder.
package scaffold

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"text/template"
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

// activity is a row with all that the templates ask for.
type activity struct {
	raci.Activity
	Root     string // package of the duties
	Warnings []raci.Warning
}

// Import makes the files of a ruleset by their path, such as storage/catalog.yaml. The same table and options give the
// same bytes.
func Import(table *raci.Table, o Options) (map[string][]byte, error) {
	if err := verifyID(o.ID); err != nil {
		return nil, err
	}
	catalog := struct {
		ID, Title, Provider, File, Source, Date string
		Activities                              []activity
	}{
		ID: o.ID, Title: cmp.Or(table.Title, o.ID+" - Shared responsibilities"), Provider: cmp.Or(o.Provider, table.Provider),
		File: o.File, Source: fmt.Sprintf("%s, imported on %s", o.File, o.Date), Date: o.Date,
	}
	names, duties := names(table.Rows), 0
	for i, row := range table.Rows {
		a := activity{Root: o.ID, Activity: raci.Activity{
			ID: row.ID, Name: names[i], Title: row.Title,
			Phase: row.Headings[0], Section: row.Headings[len(row.Headings)-1],
			Customer: row.Customer, Provider: row.Provider,
		}}
		for _, warning := range table.Warnings {
			if warning.Row == row.ID {
				a.Warnings = append(a.Warnings, warning)
			}
		}
		if a.Duty() {
			duties++
		} else {
			a.AskProvider = []string{fmt.Sprintf("Certificate, audit report or statement of %s that covers this activity (%s), with its scope and its period",
				catalog.Provider, row.Title)}
		}
		catalog.Activities = append(catalog.Activities, a)
	}
	if duties == 0 {
		return nil, fmt.Errorf("%s: no activity has the customer accountable (A): there is nothing to check", o.File)
	}

	files := map[string][]byte{}
	var errs []error
	add := func(name, of string, data any) {
		var out bytes.Buffer
		errs = append(errs, templates().ExecuteTemplate(&out, of, data))
		files[path.Join(o.ID, name)] = out.Bytes()
	}
	add("catalog.yaml", "catalog.yaml", catalog)
	add("reference.yaml", "reference.yaml", nil)
	add("profiles/baseline/_shared.yaml", "_shared.yaml", nil)
	add("schema/_root.json", "_root.json", catalog)
	for _, a := range catalog.Activities {
		if a.Duty() {
			add("schema/"+a.Name+".json", "section.json", a)
			add(path.Join(a.Name, a.Name+".rego"), "duty.rego", a)
			add(path.Join(a.Name, a.Name+"_test.rego"), "duty_test.rego", a)
		}
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

//go:embed all:templates
var sources embed.FS

// templates are parsed when they are first asked for: few runs write a ruleset.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").
		Funcs(template.FuncMap{"quote": quote, "sanitize": sanitize.Text}).
		ParseFS(sources, "templates/*"))
})

// quote writes a text between double quotes so that YAML and JSON both read it. What cannot be seen is escaped.
func quote(value any) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range fmt.Sprint(value) {
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
