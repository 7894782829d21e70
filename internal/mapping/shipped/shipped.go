// Package shipped reads the mappings that the program contains, and recognises the exports that they read.
package shipped

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
)

// Mapping is a mapping with its name and its text, as it is copied to evidence.
type Mapping struct {
	Name string
	Text []byte
	*mapping.Mapping
}

// File is the name of the file that a mapping is copied to.
func (m Mapping) File() string { return m.Name + ".yaml" }

// Names are the names of the mappings in a file system, sorted.
func Names(files fs.FS) ([]string, error) {
	paths, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("find mappings: %w", err)
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = strings.TrimSuffix(path, ".yaml")
	}
	return names, nil
}

// All are the mappings in a file system, by name.
func All(files fs.FS, form *evidence.Form) ([]Mapping, error) {
	names, err := Names(files)
	if err != nil {
		return nil, err
	}
	all := make([]Mapping, len(names))
	for i, name := range names {
		m := Mapping{Name: name}
		if m.Text, err = fs.ReadFile(files, m.File()); err != nil {
			return nil, fmt.Errorf("read mapping: %w", err)
		}
		if m.Mapping, err = mapping.Read(m.File(), m.Text, form); err != nil {
			return nil, err
		}
		all[i] = m
	}
	return all, nil
}

// Recognise answers the mappings of a section that read exports of the form that a content has, whether it is whole or not.
func Recognise(all []Mapping, section, name string, content []byte) (recognised []Mapping) {
	if len(content) > mapping.MaxExport {
		return nil
	}
	read := map[string]any{} // by the form that it was read as; nil where it has none of that form
	for _, m := range all {
		if !slices.Contains(m.Sections(), section) {
			continue
		}
		value, done := read[m.Form()]
		if !done {
			var err error
			if value, err = m.Decode(name, content); err != nil {
				value = nil
			}
			read[m.Form()] = value
		}
		if value != nil && m.Recognises(value) {
			recognised = append(recognised, m)
		}
	}
	return recognised
}
