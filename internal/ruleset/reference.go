package ruleset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
)

const (
	referenceFile   = "reference.yaml" // all reference data of a small catalog
	referenceFolder = "reference"      // or a folder of files, one a subject
	sourcesField    = "sources"        // in each file: where the tables of the file come from, by table
)

// Reference is what is published about the service, data.reference in the policies: the fields of reference.yaml and of the
// files in reference/, as if they stood in one file, and what WithReference added.
func (r Ruleset) Reference() (map[string]any, error) {
	reference, err := r.ownReference()
	if err == nil {
		add(reference, r.additions)
	}
	return reference, err
}

// ownReference is the reference data without what customers add.
func (r Ruleset) ownReference() (map[string]any, error) {
	if r.snapshot != nil {
		return maps.Clone(r.snapshot.reference()), nil
	}
	names, err := r.filesOfReference()
	if err != nil {
		return nil, err
	}
	reference, sources, origin := map[string]any{}, map[string]any{}, map[string]*document.Document{}
	var errs document.Errors
	for _, name := range names {
		doc, err := r.document("reference data", name)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		tables := doc.Value().(map[string]any)
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			if table == sourcesField {
				continue
			}
			if other, twice := origin[table]; twice {
				errs = append(errs, doc.Errorf(document.Pointer(table),
					"%s is also in %s:%d; keep one of the two", table, other.Name(), other.Position(document.Pointer(table)).Line))
				continue
			}
			reference[table], origin[table] = tables[table], doc
		}
		errs = append(errs, addSources(sources, tables, doc)...)
	}
	if err := errs.Sorted(); err != nil {
		return nil, err
	}
	if len(sources) > 0 {
		reference[sourcesField] = sources
	}
	return reference, nil
}

// Placeholders are the texts that are no value, as the reference data has them.
func (r Ruleset) Placeholders() (*placeholder.List, error) {
	reference, err := r.Reference()
	if err != nil {
		return nil, err
	}
	return placeholder.New(reference)
}

// Regions are the names of the regions that the reference data has, sorted; none if it has no such table.
func (r Ruleset) Regions() ([]string, error) {
	reference, err := r.Reference()
	if err != nil {
		return nil, err
	}
	regions, _ := reference["regions"].(map[string]any)
	return slices.Sorted(maps.Keys(regions)), nil
}

// addSources adds what a file says about the sources of its tables.
func addSources(sources, tables map[string]any, doc *document.Document) document.Errors {
	value, ok := tables[sourcesField]
	if !ok {
		return nil
	}
	pointer := document.Pointer(sourcesField)
	entries, isMapping := value.(map[string]any)
	if !isMapping {
		return document.Errors{doc.Errorf(pointer, "sources must be a mapping from a table of this file to where the table comes from")}
	}
	var errs document.Errors
	for _, table := range slices.Sorted(maps.Keys(entries)) {
		if _, ok := tables[table]; !ok || table == sourcesField {
			errs = append(errs, doc.Errorf(document.Pointer(sourcesField, table), "there is no table %s in this file", table))
			continue
		}
		sources[table] = entries[table]
	}
	return errs
}

// filesOfReference are the names of the files with reference data, by their path in the service's folder.
func (r Ruleset) filesOfReference() ([]string, error) {
	names, err := fs.Glob(r.service, path.Join(referenceFolder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read reference data: %w", err)
	}
	switch _, err := fs.Stat(r.service, referenceFile); {
	case err == nil:
		names = append(names, referenceFile)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read reference data: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("read reference data: %w: neither %s nor a file in %s/", fs.ErrNotExist,
			r.shown(path.Join(r.root, referenceFile)), r.shown(path.Join(r.root, referenceFolder)))
	}
	return names, nil
}

// isReference reports whether a file of the tree is reference data.
func isReference(name string) bool {
	folder, file := path.Split(name)
	return file == referenceFile || path.Base(folder) == referenceFolder && (path.Ext(file) == ".yaml" || file == additionsForm)
}
