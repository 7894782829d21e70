package assess_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Without its artifact, the impact analysis is the word of people: of the owner of each record, else of the collector.
func TestStatedBy(t *testing.T) {
	mine := t.TempDir()
	testhelp.Must(t, os.CopyFS(mine, os.DirFS(compliant)))
	file := filepath.Join(mine, "continuity.yaml")
	content, err := os.ReadFile(file)
	testhelp.Must(t, err)
	before, rest, _ := strings.Cut(string(content), "    artifact:\n")
	_, after, _ := strings.Cut(rest, "impacts.yaml}\n")
	testhelp.Put(t, file, strings.Replace(before+after, "method: document", "method: statement", 1))

	s := run(t, options(mine)).Services[0]
	checks := map[string]assessment.Check{}
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			checks[check.ID] = check
		}
	}
	for id, expected := range map[string]assessment.Stated{
		"data_continuity.rpo_realistic":       {By: []string{"hugo.petit@arvella.example"}, Alone: true},
		"data_continuity.cache_bounded":       {By: []string{"nadia.haddad@arvella.example"}, Alone: true},
		"data_continuity.evidence_consistent": {By: []string{"hugo.petit@arvella.example", "nadia.haddad@arvella.example"}},
		"backups.objectives_promised":         {By: []string{"hugo.petit@arvella.example"}},
	} {
		got := checks[id].StatedBy
		if got == nil || !slices.Equal(got.By, expected.By) || got.Alone != expected.Alone || got.Others != 0 {
			t.Errorf("%s: %+v, expected %+v", id, got, expected)
		}
	}
	listed := 0
	for _, w := range s.Stated {
		listed += len(w.Checks) + len(w.Partly)
		for _, id := range slices.Concat(w.Checks, w.Partly) {
			if checks[id].Grade != verdict.Stated || !slices.Equal(checks[id].StatedBy.By, w.By) {
				t.Errorf("%s is listed under %v", id, w.By)
			}
		}
	}
	if listed == 0 || listed != s.Grades[verdict.Stated] {
		t.Errorf("%d checks are listed, and %d are stated", listed, s.Grades[verdict.Stated])
	}
	for id, check := range checks {
		if (check.StatedBy != nil) != (check.Grade == verdict.Stated) {
			t.Errorf("%s is %s, by %+v", id, check.Grade, check.StatedBy)
		}
	}
}

// Every derived fact leads to the bytes of its artifact, and each check says on which fields it rests.
func TestFromAFactToItsBytes(t *testing.T) {
	a := run(t, options(compliant))
	s := a.Services[0]
	if len(s.Derived) == 0 {
		t.Fatal("nothing is derived")
	}
	for _, derived := range s.Derived {
		listed := slices.ContainsFunc(s.Sections, func(section assessment.Section) bool {
			return slices.ContainsFunc(section.Artifacts, func(f assessment.File) bool { return f.Path == derived.Artifact && f.SHA256 == derived.SHA256 })
		})
		if !listed {
			t.Errorf("%s %q is no artifact of a section", derived.Artifact, derived.SHA256)
		}
		for _, fact := range derived.Facts {
			if fact.Pointer == "" || fact.Place == "" {
				t.Errorf("%s: %+v", derived.Artifact, fact)
			}
		}
	}
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			fields := a.Policies.RestsOn[check.ID]
			if check.Status == verdict.Pass && len(fields) == 0 {
				t.Errorf("%s does not say on what it rests", check.ID)
			}
			for _, weakest := range check.Weakest {
				if !slices.ContainsFunc(fields, func(field string) bool { return weakest == field || strings.HasPrefix(weakest, field+"/") }) {
					t.Errorf("%s rests on %s, which is not among %v", check.ID, weakest, fields)
				}
			}
		}
	}
}
