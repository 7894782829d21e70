package evidence_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
)

// Whatever the bytes: no panic, and either errors with places or a set in which everything has its place.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		head, head + "doors: {count: 1}\n", head + "doors: {count: one}\n", head + "windows:\n  source: {method: api}\n", "kind: Waivers\n", "kind: Parameters\n",
		head + "doors: {artifact: {path: ../x, sha256: ff}}\n", head + "doors: {artifact: {path: \"a\\u0301\", sha256: é}}\n", "kind: [Evidence]\n", "metadata: {service: {id: [a]}}\n", "",
		head + "doors: {artifact: {path: x, sha256: 1}}\nnot_applicable: [1]\n",
	} {
		f.Add([]byte(seed))
	}
	form, err := schema.Compile("evidence", []byte(form))
	if err != nil {
		f.Fatal(err)
	}
	f.Chdir(f.TempDir())
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits, Stdin: strings.NewReader(string(data))}
		sets, _, err := reader.Read([]string{"-"})
		var errs document.Errors
		if err != nil {
			if !errors.As(err, &errs) || len(errs) == 0 {
				t.Fatalf("an error without a place: %v", err)
			}
			for _, problem := range errs {
				if problem.File != "-" || problem.Line < 1 || problem.Column < 1 {
					t.Errorf("no place: %v", problem)
				}
			}
			return
		}
		if len(sets) != 1 || len(sets[0].Files) != 1 || len(sets[0].Files[0].SHA256) != 64 {
			t.Fatalf("sets %+v", sets)
		}
		for _, section := range sets[0].Sections {
			if at := sets[0].Locate("/" + section.Name); at.File != "-" || at.Line < 1 {
				t.Errorf("%s stands at %+v", section.Name, at)
			}
		}
	})
}
