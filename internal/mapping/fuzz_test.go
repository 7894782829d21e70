package mapping_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/mappings"
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
	contained, err := shipped.All(mappings.FS, form)
	if err != nil {
		f.Fatal(err)
	}
	examples, err := filepath.Glob("../../mappings/testdata/*")
	if err != nil || len(examples) < len(contained) {
		f.Fatal(examples, err)
	}
	for _, name := range examples {
		export, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(export)
	}
	for _, m := range contained {
		all = append(all, m.Mapping)
	}
	f.Fuzz(func(t *testing.T, export []byte) {
		for _, m := range all {
			value, err := m.Value("export", export)
			if err != nil {
				continue
			}
			m.Recognises(value)
			m.Apply(value, func(section string, facts mapping.Facts, err error) {
				switch {
				case err == nil && facts.Fields == nil:
					t.Errorf("%s gives neither fields nor an error", section)
				case err == nil:
					again(t, form, facts)
				}
			})
		}
	})
}
