package ruleset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
)

// additionsForm is the JSON Schema of files that add to the reference data, in its folder.
const additionsForm = "_form.json"

// ReferenceForm is the JSON Schema of a file that adds to the reference data.
func (r Ruleset) ReferenceForm() ([]byte, error) {
	data, err := fs.ReadFile(r.service, path.Join(referenceFolder, additionsForm))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("nothing can be added to the reference data of the catalog %s: it has no %s",
			r.root, r.shown(path.Join(r.root, referenceFolder, additionsForm)))
	}
	if err != nil {
		return nil, fmt.Errorf("read the form of reference data: %w", err)
	}
	return data, nil
}

// ReferenceFile is a file that added to the reference data.
type ReferenceFile struct {
	document.File
	Source string              // the document or the reason that it names
	AsOf   string              // date of what it says
	Added  map[string][]string // names, by table
}

// WithReference adds the files' tables to the reference data. Nothing that is there is replaced. Names are relative to the base.
func (r Ruleset) WithReference(base document.Folder, names []string) (Ruleset, error) {
	if len(names) == 0 {
		return r, nil
	}
	raw, err := r.ReferenceForm()
	if err != nil {
		return r, err
	}
	form, err := schema.Compile("reference", raw)
	if err != nil {
		return r, err
	}
	reference, err := r.Reference()
	if err != nil {
		return r, err
	}
	r.additions, r.referenceFiles = slices.Clone(r.additions), slices.Clone(r.referenceFiles)
	owned := owners{reference: reference, of: map[string]map[string]string{}}
	var errs document.Errors
	for _, name := range names {
		doc, digest, err := document.ReadFile(base, name, document.DefaultLimits)
		if err == nil {
			err = form.Validate(doc)
		}
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		listed := ReferenceFile{File: document.File{Path: filepath.ToSlash(name), SHA256: digest}, Added: map[string][]string{}}
		values := doc.Value().(map[string]any)
		listed.Source, _ = values["source"].(string)
		listed.AsOf, _ = values["as_of"].(string)
		tables := values["reference"].(map[string]any)
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			for _, entry := range entriesOf(tables[table]) {
				errs = append(errs, owned.add(doc, table, entry)...)
				listed.Added[table] = append(listed.Added[table], entry.spellings[0])
			}
		}
		r.additions, r.referenceFiles = append(r.additions, doc), append(r.referenceFiles, listed)
	}
	return r, errs.Sorted()
}

// owners knows which file added a name.
type owners struct {
	reference map[string]any
	of        map[string]map[string]string // by table, the names and spellings in lower case: the file that added each, empty for the program
}

// add takes an entry of a file into a table, and refuses the spellings that the table has already.
func (o owners) add(doc *document.Document, table string, added entry) document.Errors {
	names := o.of[table]
	if names == nil {
		names = map[string]string{}
		for _, entry := range entriesOf(o.reference[table]) {
			for _, spelling := range entry.spellings {
				names[strings.ToLower(spelling)] = ""
			}
		}
		o.of[table] = names
	}
	var errs document.Errors
	at := document.Pointer("reference", table, added.key)
	for _, spelling := range added.spellings {
		owner, exists := names[strings.ToLower(spelling)]
		switch {
		case exists && owner == "":
			errs = append(errs, doc.Errorf(at, "%s is in the table %s already, and nothing there is replaced: remove it", spelling, table))
		case exists:
			errs = append(errs, doc.Errorf(at, "%s is added to %s by %s as well: keep one of the two", spelling, table, owner))
		}
		names[strings.ToLower(spelling)] = doc.Name()
	}
	return errs
}

// ReferenceFiles lists the files that added to the reference data, with what each added.
func (r Ruleset) ReferenceFiles() []ReferenceFile { return r.referenceFiles }

// entry is a row of a table, or a word of a list.
type entry struct {
	key       string   // in the mapping, or its place in the list
	spellings []string // its name, and other spellings of it
}

func entriesOf(table any) []entry {
	var entries []entry
	switch table := table.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(table)) {
			spellings := []string{name}
			row, _ := table[name].(map[string]any)
			synonyms, _ := row["other_spellings"].([]any)
			for _, other := range synonyms {
				text, _ := other.(string)
				spellings = append(spellings, text)
			}
			entries = append(entries, entry{name, spellings})
		}
	case []any:
		for i, word := range table {
			text, _ := word.(string)
			entries = append(entries, entry{fmt.Sprint(i), []string{text}})
		}
	}
	return entries
}

// add puts what the files have into the tables, which are copied where they change.
func add(reference map[string]any, additions []*document.Document) {
	for _, doc := range additions {
		tables := doc.Value().(map[string]any)["reference"].(map[string]any)
		for name, table := range tables {
			switch existing := reference[name].(type) {
			case map[string]any:
				existing = maps.Clone(existing)
				maps.Copy(existing, table.(map[string]any))
				reference[name] = existing
			case []any:
				reference[name] = append(slices.Clone(existing), table.([]any)...)
			}
		}
	}
}
