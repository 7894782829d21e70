package policies_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/policy"
)

// forms are the ids of each framework.
var forms = map[string]*regexp.Regexp{
	"iso_27001": regexp.MustCompile(`^[5-8]\.[1-9][0-9]?$`),
	"ccm":       regexp.MustCompile(`^[A-Z][A-Z&][A-Z]-[0-9]{2}$`),
	"csf":       regexp.MustCompile(`^(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-[0-9]{2}$`),
	"pci_dss":   regexp.MustCompile(`^[1-9][0-9]?(\.[1-9][0-9]?){2,3}$`),
}

// complete says how many controls a framework has of which all are listed.
var complete = map[string]int{"iso_27001": 93, "ccm": 197, "csf": 106}

func controls(t *testing.T) map[string]controllist.Framework {
	t.Helper()
	data, err := os.ReadFile("okms/controls.yaml")
	must(t, err)
	frameworks, err := controllist.Read("controls.yaml", data)
	must(t, err)
	return frameworks
}

func TestControlsAreWellFormed(t *testing.T) {
	frameworks := controls(t)
	if names := slices.Sorted(maps.Keys(frameworks)); !slices.Equal(names, slices.Sorted(maps.Keys(policy.Frameworks))) {
		t.Errorf("controls.yaml has the frameworks %q, METADATA may name %q", names, slices.Sorted(maps.Keys(policy.Frameworks)))
	}
	for _, name := range slices.Sorted(maps.Keys(frameworks)) {
		for _, defect := range defects(frameworks[name], forms[name], complete[name]) {
			t.Errorf("controls.yaml: %s: %s", name, defect)
		}
	}
}

// defects lists what is wrong in a framework's list by itself.
func defects(f controllist.Framework, form *regexp.Regexp, count int) []string {
	defects := describedDefects(f.Title, f.Publisher, f.Version, f.Published, f.Source, f.List)
	if f.OSCAL != "" && !strings.HasPrefix(f.OSCAL, "https://") {
		defects = append(defects, fmt.Sprintf("oscal is %q, expected an address", f.OSCAL))
	}
	titles := f.Titles()
	if len(titles) == 0 || count > 0 && len(titles) != count {
		defects = append(defects, fmt.Sprintf("%d controls, expected %d", len(titles), count))
	}
	for _, id := range slices.Sorted(maps.Keys(titles)) {
		if !form.MatchString(id) {
			defects = append(defects, fmt.Sprintf("%q is no id of this framework", id))
		}
		if title := titles[id]; title == "" || strings.Join(strings.Fields(title), " ") != title || strings.HasSuffix(title, ".") {
			defects = append(defects, fmt.Sprintf("%s has the title %q", id, title))
		}
	}
	return append(append(defects, sectionDefects(f)...), successorDefects(f)...)
}

func describedDefects(title, publisher, version, published, source, list string) []string {
	var defects []string
	for _, text := range []string{title, publisher, version, list} {
		if strings.TrimSpace(text) == "" {
			defects = append(defects, "needs title, publisher, version and what the list is")
		}
	}
	if !regexp.MustCompile(`^20[0-9]{2}-(0[1-9]|1[0-2])$`).MatchString(published) {
		defects = append(defects, fmt.Sprintf("published is %q, expected a year and a month", published))
	}
	if !strings.HasPrefix(source, "https://") {
		defects = append(defects, fmt.Sprintf("source is %q, expected an address", source))
	}
	return defects
}

// sectionDefects finds requirements outside their section, listed twice, or with a title of their own too.
func sectionDefects(f controllist.Framework) []string {
	var defects []string
	seen := map[string]bool{}
	for _, number := range slices.Sorted(maps.Keys(f.Sections)) {
		for _, id := range f.Sections[number].Requirements {
			if !strings.HasPrefix(id, number+".") {
				defects = append(defects, fmt.Sprintf("%s does not belong to section %s", id, number))
			}
			if _, own := f.Controls[id]; own || seen[id] {
				defects = append(defects, fmt.Sprintf("%s is listed twice", id))
			}
			seen[id] = true
		}
		if len(f.Sections[number].Requirements) == 0 {
			defects = append(defects, fmt.Sprintf("section %s has no requirement", number))
		}
	}
	return defects
}

// successorDefects finds changes of unknown controls, changes that change nothing, and two controls that become one.
func successorDefects(f controllist.Framework) []string {
	if f.Successor.Version == "" {
		return nil
	}
	s := f.Successor
	defects := describedDefects(f.Title, f.Publisher, s.Version, s.Published, s.Source, s.List)
	from := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(f.Controls)) {
		to := id
		if change, changed := s.Changes[id]; changed {
			if to = change.ID; to == "" {
				continue // the control is gone
			}
			if to == id && (change.Title == "" || change.Title == f.Controls[id]) {
				defects = append(defects, fmt.Sprintf("%s does not change", id))
			}
		}
		if other, twice := from[to]; twice {
			defects = append(defects, fmt.Sprintf("%s and %s both become %s", other, id, to))
		}
		from[to] = id
	}
	for _, id := range slices.Sorted(maps.Keys(s.Changes)) {
		if f.Controls[id] == "" {
			defects = append(defects, fmt.Sprintf("%s changes and is not listed", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Added)) {
		if from[id] != "" {
			defects = append(defects, fmt.Sprintf("%s is added, and %s becomes it", id, from[id]))
		}
		if title := s.Added[id].Title; title == "" || strings.Join(strings.Fields(title), " ") != title {
			defects = append(defects, fmt.Sprintf("%s has the title %q", id, title))
		}
	}
	return defects
}

func TestControlDefectsAreFound(t *testing.T) {
	type list = controllist.Framework
	sections := func(requirements ...string) map[string]controllist.Section {
		return map[string]controllist.Section{"1.2": {Title: "T", Requirements: requirements}}
	}
	for name, broken := range map[string]struct {
		change func(f *list)
		want   string
	}{
		"a foreign id":               {func(f *list) { f.Controls["A.5"] = "T" }, `"A.5" is no id`},
		"no title":                   {func(f *list) { f.Controls["ABC-01"] = "" }, `ABC-01 has the title ""`},
		"a title with two blanks":    {func(f *list) { f.Controls["ABC-01"] = "a  b" }, "ABC-01 has the title"},
		"no address of a catalog":    {func(f *list) { f.OSCAL = "catalog.json" }, "oscal is"},
		"one too few":                {func(f *list) { delete(f.Controls, "ABC-01") }, "2 controls, expected 3"},
		"no publisher":               {func(f *list) { f.Publisher = " " }, "needs title, publisher"},
		"no month":                   {func(f *list) { f.Published = "2024" }, "expected a year and a month"},
		"no address":                 {func(f *list) { f.Source = "a book" }, "expected an address"},
		"another section":            {func(f *list) { f.Sections = sections("1.3.1") }, "does not belong"},
		"an empty section":           {func(f *list) { f.Sections = sections() }, "has no requirement"},
		"listed twice":               {func(f *list) { f.Sections = sections("1.2.1", "1.2.1") }, "listed twice"},
		"a change of an unknown":     {func(f *list) { f.Successor.Changes["XYZ-01"] = controllist.Change{ID: "XYZ-02"} }, "is not listed"},
		"a change of nothing":        {func(f *list) { f.Successor.Changes["ABC-03"] = controllist.Change{ID: "ABC-03"} }, "does not change"},
		"two that become one":        {func(f *list) { delete(f.Successor.Changes, "ABC-02") }, "both become ABC-02"},
		"an added one without title": {func(f *list) { f.Successor.Added = map[string]controllist.Control{"ABC-04": {}} }, "ABC-04 has the title"},
		"an added one that is there": {func(f *list) { f.Successor.Added = map[string]controllist.Control{"ABC-03": {Title: "T"}} }, "ABC-03 is added, and ABC-03 becomes it"},
		"a successor without date":   {func(f *list) { f.Successor.Published = "" }, "expected a year and a month"},
	} {
		f := list{
			Title: "T", Publisher: "P", Version: "1", Published: "2024-01", Source: "https://example.com", List: "All.",
			Controls: map[string]string{"ABC-01": "A", "ABC-02": "B", "ABC-03": "C"},
			Successor: controllist.Successor{
				Version: "2", Published: "2026-01", Source: "https://example.com", List: "All.",
				Changes: map[string]controllist.Change{"ABC-01": {ID: "ABC-02"}, "ABC-02": {}},
			},
		}
		if defects := defects(f, forms["ccm"], 3); len(defects) > 0 {
			t.Fatalf("the sound one has defects: %q", defects)
		}
		broken.change(&f)
		if defects := strings.Join(defects(f, forms["ccm"], 3), "; "); !strings.Contains(defects, broken.want) {
			t.Errorf("%s: %q, expected %q", name, defects, broken.want)
		}
	}
}

// Every id that METADATA maps a check to is in the publisher's list, once a check; and a list that is not complete has only
// what checks map to.
func TestMappedControlsAreListed(t *testing.T) {
	frameworks := controls(t)
	used := map[string]map[string]bool{}
	for name := range frameworks {
		used[name] = map[string]bool{}
	}
	for _, check := range load(t).set.Checks() {
		for _, name := range slices.Sorted(maps.Keys(check.Controls)) {
			ids, titles := check.Controls[name], frameworks[name].Titles()
			if len(ids) == 0 {
				t.Errorf("%s:%d: %s maps to %s and names no control", check.File, check.Line, check.ID, name)
			}
			for i, id := range ids {
				if titles[id] == "" {
					t.Errorf("%s:%d: %s maps to %s %s, which controls.yaml does not list", check.File, check.Line, check.ID, name, id)
				}
				if slices.Contains(ids[:i], id) {
					t.Errorf("%s:%d: %s maps to %s %s twice", check.File, check.Line, check.ID, name, id)
				}
				used[name][id] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(frameworks)) {
		if complete[name] > 0 {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(frameworks[name].Titles())) {
			if !used[name][id] {
				t.Errorf("controls.yaml: no check maps to %s %s", name, id)
			}
		}
	}
}

// The list says of a mapping that it is more or less than a part, once, and of no mapping that METADATA does not have.
func TestRelationsAreOfMappings(t *testing.T) {
	mapped := map[string]map[string][]string{} // checks by framework and control
	checks := map[string]bool{}
	for _, check := range load(t).set.Checks() {
		checks[check.ID] = true
		for name, ids := range check.Controls {
			for _, id := range ids {
				if mapped[name] == nil {
					mapped[name] = map[string][]string{}
				}
				mapped[name][id] = append(mapped[name][id], check.ID)
			}
		}
	}
	for name, f := range controls(t) {
		for _, defect := range relationDefects(f, mapped[name]) {
			t.Errorf("controls.yaml: %s: %s", name, defect)
		}
		for id, added := range f.Successor.Added {
			for check, relation := range added.Checks {
				if !checks[check] || !slices.Contains(framework.Relations, framework.Relation(relation)) {
					t.Errorf("controls.yaml: %s: the added %s has the check %s: %s", name, id, check, relation)
				}
			}
		}
	}
	sound := controllist.Framework{Relations: map[string]map[string][]string{"full": {"A": {"d.a"}}, "related": {"A": {"*.b"}}}}
	for want, broken := range map[string]controllist.Framework{
		"":                             sound,
		"no check that is mapped to B": {Relations: map[string]map[string][]string{"full": {"B": {"d.a"}}}},
		"unknown relation":             {Relations: map[string]map[string][]string{"part": {"A": {"d.a"}}}},
		"d.b is named for A twice":     {Relations: map[string]map[string][]string{"full": {"A": {"d.b"}}, "related": {"A": {"*.b"}}}},
	} {
		got := strings.Join(relationDefects(broken, map[string][]string{"A": {"d.a", "d.b"}}), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

func relationDefects(f controllist.Framework, mapped map[string][]string) (defects []string) {
	seen := map[string]bool{}
	for _, relation := range slices.Sorted(maps.Keys(f.Relations)) {
		if relation != string(framework.Full) && relation != string(framework.Related) {
			defects = append(defects, "unknown relation "+relation)
		}
		for _, id := range slices.Sorted(maps.Keys(f.Relations[relation])) {
			for _, pattern := range f.Relations[relation][id] {
				matched := false
				for _, check := range mapped[id] {
					matches, err := path.Match(pattern, check)
					if err != nil || !matches {
						continue
					}
					if matched = true; seen[id+" "+check] {
						defects = append(defects, fmt.Sprintf("%s is named for %s twice", check, id))
					}
					seen[id+" "+check] = true
				}
				if !matched {
					defects = append(defects, fmt.Sprintf("%s names no check that is mapped to %s", pattern, id))
				}
			}
		}
	}
	return defects
}
