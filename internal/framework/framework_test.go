package framework

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/verdict"
)

const file = `title: A law
publisher: A parliament
version: "1"
published: 2024-01
source: https://example.com
list: All.
binds: Everybody.
requirements:
  - id: "1"
    title: Backups
    checks:
      backups.tested: full
      backups.kept: part
  - id: "2"
    title: Locks
`

func TestRead(t *testing.T) {
	f, err := Read("law", "law.yaml", []byte(file))
	if err != nil || f.ID != "law" || len(f.Requirements) != 2 || f.Requirements[0].Checks["backups.tested"] != Full {
		t.Fatalf("%+v, %v", f, err)
	}
	for old, test := range map[string]struct{ new, want string }{
		"binds: Everybody.\n": {"", "law.yaml:1:1: the framework has no binds"},
		"full":                {"whole", `law.yaml:12:7: unknown relation "whole": write full, part or related`},
		`id: "2"`:             {`id: "1"`, "law.yaml:14:5: the requirement 1 is listed twice"},
		"title: Locks":        {`title: ""`, "a requirement needs an id and a title"},
		"version":             {"versoin", "unknown field"},
		file[strings.Index(file, "requirements"):]: {"requirements: []\n", "lists no requirement"},
	} {
		if _, err := Read("law", "law.yaml", []byte(strings.Replace(file, old, test.new, 1))); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, expected %s", test.new, err, test.want)
		}
	}
}

func TestOfControlsPairsVersionsAndCountsAsPeopleDo(t *testing.T) {
	list := controllist.Framework{
		Title: "Matrix v4.0", Version: "4.0", Source: "https://example.com", List: "All.",
		Controls: map[string]string{"5.10": "Ten", "5.9": "Nine", "A-02": "Gone"},
		Successor: controllist.Successor{
			Version: "4.1", List: "Compared.", Changes: map[string]controllist.Change{"5.9": {ID: "5.11"}, "A-02": {}},
			Added: map[string]controllist.Control{"5.12": {Title: "Twelve", Checks: map[string]string{"duty.other": "related"}}},
		},
		Relations: map[string]map[string][]string{"full": {"5.10": {"duty.whole"}}, "related": {"5.9": {"*.near"}}},
	}
	mapped := map[string][]string{"duty.check": {"5.9"}, "duty.near": {"5.9", "5.10"}, "duty.whole": {"5.10"}}
	now, later := OfControls("m", list, mapped, false), OfControls("m", list, mapped, true)
	ids := func(f Framework) (ids []string) {
		for _, r := range f.Requirements {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"A-02", "5.9", "5.10"}, ids(now)); diff != "" {
		t.Errorf("(-expected +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"5.10", "5.11", "5.12"}, ids(later)); diff != "" {
		t.Errorf("(-expected +got)\n%s", diff)
	}
	if diff := cmp.Diff([]map[string]Relation{
		{"duty.near": Part, "duty.whole": Full}, {"duty.check": Part, "duty.near": Related}, {"duty.other": Related},
	}, []map[string]Relation{later.Requirements[0].Checks, later.Requirements[1].Checks, later.Requirements[2].Checks}); diff != "" {
		t.Errorf("(-expected +got)\n%s", diff)
	}
	if later.Title != "Matrix v4.1" || later.List != "Compared." || later.Partial || later.Requirements[1].Title != "Nine" || later.Requirements[1].Checks["duty.check"] != Part {
		t.Errorf("%+v", later)
	}
}

func TestStateOfARequirement(t *testing.T) {
	check := func(id string, status verdict.Status) assessment.Check {
		return assessment.Check{ID: id, Status: status, Grade: verdict.Attached}
	}
	loose, looseFail := check("d.a", verdict.Pass), check("d.a", verdict.Fail)
	loose.Looser = []assessment.Looser{{Parameter: "days"}}
	looseFail.Looser = loose.Looser
	own, foreign := check("d.a", verdict.Pass), check("d.a", verdict.Pass)
	own.Milder = []assessment.Milder{{Parameter: "days", Profiles: []string{"law"}}}
	foreign.Milder = []assessment.Milder{{Parameter: "days", Profiles: []string{"law"}}, {Parameter: "hours", Profiles: []string{"standard"}}}
	weak := check("d.b", verdict.Pass)
	weak.Grade = verdict.Stated
	for name, test := range map[string]struct {
		mapped map[string]Relation
		checks []assessment.Check
		state  State
		grade  verdict.Grade
	}{
		"no check is about it":             {nil, []assessment.Check{check("d.a", verdict.Pass)}, NoCheck, ""},
		"shown by a check that shows all":  {map[string]Relation{"d.a": Full, "d.b": Part}, []assessment.Check{check("d.a", verdict.Pass), weak}, Shown, verdict.Stated},
		"a check that shows a part":        {map[string]Relation{"d.a": Part}, []assessment.Check{check("d.a", verdict.Pass)}, InPart, verdict.Attached},
		"a related check adds no grade":    {map[string]Relation{"d.a": Part, "d.b": Related}, []assessment.Check{check("d.a", verdict.Pass), weak}, InPart, verdict.Attached},
		"a part that fails weighs more":    {map[string]Relation{"d.a": Part, "d.b": Full}, []assessment.Check{check("d.a", verdict.Missing), weak}, Gap, verdict.Stated},
		"a related check that fails":       {map[string]Relation{"d.a": Related, "d.b": Part}, []assessment.Check{check("d.a", verdict.Fail), weak}, InPart, verdict.Stated},
		"an accepted risk":                 {map[string]Relation{"d.a": Part, "d.b": Full}, []assessment.Check{check("d.a", verdict.Waived), weak}, Waived, verdict.Stated},
		"related checks alone":             {map[string]Relation{"d.a": Related}, []assessment.Check{check("d.a", verdict.Pass)}, RelatedOnly, ""},
		"a looser parameter drops it":      {map[string]Relation{"d.a": Full}, []assessment.Check{loose}, Loosened, ""},
		"what fails by a looser parameter": {map[string]Relation{"d.a": Part}, []assessment.Check{looseFail}, Gap, ""},
		"a related one that fails by it":   {map[string]Relation{"d.a": Related}, []assessment.Check{looseFail}, RelatedOnly, ""},
		"its own profile asks for less":    {map[string]Relation{"d.a": Full}, []assessment.Check{own}, Shown, verdict.Attached},
		"another profile asks for less":    {map[string]Relation{"d.a": Full}, []assessment.Check{foreign}, Loosened, ""},
		"a looser one beside another":      {map[string]Relation{"d.a": Full, "d.b": Part}, []assessment.Check{loose, weak}, InPart, verdict.Stated},
		"what does not apply":              {map[string]Relation{"d.a": Full}, []assessment.Check{check("d.a", verdict.NotApplicable)}, NotAssessed, ""},
		"a check that is not there":        {map[string]Relation{"d.c": Related}, []assessment.Check{check("d.a", verdict.Pass)}, NotAssessed, ""},
	} {
		a := &assessment.Assessment{Services: []assessment.Service{{Activities: []assessment.Activity{{ID: "1", Checks: test.checks}}}}}
		view := Of(Framework{ID: "law", Requirements: []Requirement{{ID: "1", Title: "R", Checks: test.mapped}}}, a)
		got := view.Services[0].Requirements[0]
		if got.State != test.state || got.Grade != test.grade || view.Services[0].Count[test.state] != 1 {
			t.Errorf("%s: %s at grade %q, expected %s at %q", name, got.State, got.Grade, test.state, test.grade)
		}
	}
}
