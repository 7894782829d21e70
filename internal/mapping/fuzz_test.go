package mapping_test

import (
	"os"
	"path/filepath"
	"testing"

	"raci-check/internal/collect/collecttest"
	"raci-check/internal/mapping"
)

func FuzzExport(f *testing.F) {
	files, err := filepath.Glob("../../examples/collect/mappings/*/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	_, form := collecttest.Format(f)
	var all []*mapping.Mapping
	for _, name := range files {
		m, err := mapping.ReadFile(name, form, map[string]string{})
		if err != nil {
			f.Fatal(err)
		}
		export, err := os.ReadFile(m.Input)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, m)
		f.Add(export)
	}
	f.Fuzz(func(t *testing.T, export []byte) {
		for _, m := range all {
			value, err := m.Value("export", export)
			if err != nil {
				continue
			}
			m.Apply(value, func(section string, facts mapping.Facts, err error) {
				if err == nil && facts.Fields == nil {
					t.Errorf("%s gives neither fields nor an error", section)
				}
			})
		}
	})
}
