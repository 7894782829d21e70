package policies_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// publicList is which requirements a framework has, as a public list has them.
type publicList struct {
	Repository   string                       `yaml:"repository"`
	Commit       string                       `yaml:"commit"`
	ReadOn       string                       `yaml:"read_on"`
	Files        map[string]string            `yaml:"files"`    // digests by path
	Level        string                       `yaml:"level"`    // how deep the list was read
	LeftOut      map[string][]string          `yaml:"left_out"` // ids that are not listed here, by the reason
	Added        map[string]string            `yaml:"added"`    // where ids were read that the list does not have
	Corrected    map[string]map[string]string `yaml:"corrected"`
	Requirements map[string]map[string]string `yaml:"requirements"` // titles by id and language
}

// title is that of a requirement in a language as it must be here; empty where the publisher gives none.
func (l publicList) title(id, language string) string {
	if corrected := l.Corrected[id][language]; corrected != "" {
		return corrected
	}
	return l.Requirements[id][language]
}

// counted are the frameworks of which no public list could be read: their number of controls is compared, or only those with checks
// are listed.
var counted = []string{"ccm-4.1", "pci-dss-4.0.1"}

// frenchTitles are those of the publishers, by framework.
func frenchTitles(t *testing.T) map[string]map[string]string {
	t.Helper()
	var all map[string]struct {
		ReadIn string            `yaml:"read_in"`
		Titles map[string]string `yaml:"titles"`
	}
	readInto(t, filepath.Join("words", "fr", "titles.yaml"), &all)
	titles := map[string]map[string]string{}
	for id, published := range all {
		if published.ReadIn == "" || len(published.Titles) == 0 {
			t.Errorf("words/fr/titles.yaml: %s needs titles, and where they were read", id)
		}
		titles[id] = published.Titles
	}
	return titles
}

func readInto(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	doc, err := document.Parse(file, data, document.Limits{Bytes: 1 << 20, Depth: 6, Nodes: 20_000, KeysPerMapping: 2000, ScalarBytes: 2000, KeyBytes: 200})
	must(t, err)
	must(t, doc.Decode(into))
}

// A framework has each requirement of its public list, once and by the list's title, or says why not; and none besides.
func TestFrameworksHaveTheRequirementsOfTheirLists(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	ids, err := rules.FrameworkIDs()
	must(t, err)
	french := frenchTitles(t)
	for _, id := range ids {
		if slices.Contains(counted, id) {
			if french[id] != nil {
				t.Errorf("%s has French titles, and no list to compare them with", id)
			}
			continue
		}
		f, err := rules.Framework(id)
		must(t, err)
		var list publicList
		readInto(t, filepath.Join("testdata", "lists", id+".yaml"), &list)
		for _, defect := range append(listDefects(list), append(missed(f, list), untranslated(f, french[id], list)...)...) {
			t.Errorf("%s: %s", id, defect)
		}
	}
	files, err := filepath.Glob("testdata/lists/*.yaml")
	must(t, err)
	if len(files) != len(ids)-len(counted) {
		t.Errorf("%d lists for %d frameworks, of which %d have none", len(files), len(ids), len(counted))
	}
	for id := range french {
		if !slices.Contains(ids, id) {
			t.Errorf("words/fr/titles.yaml has titles of %s, which is no framework", id)
		}
	}
}

// listDefects finds what is wrong in a list by itself.
func listDefects(list publicList) (defects []string) {
	if !strings.HasPrefix(list.Repository, "https://") || list.ReadOn == "" || list.Level == "" || len(list.Files) == 0 {
		defects = append(defects, "the list needs its repository, files, level and the day it was read")
	}
	digest := regexp.MustCompile(`^[0-9a-f]{40}$`)
	for _, hash := range append(slices.Collect(maps.Values(list.Files)), list.Commit) {
		if !digest.MatchString(hash) {
			defects = append(defects, fmt.Sprintf("%q is no digest of git", hash))
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(list.LeftOut)) {
		for _, id := range list.LeftOut[reason] {
			if _, ok := list.Requirements[id]; !ok {
				defects = append(defects, id+" is left out, and the list does not have it")
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(list.Corrected)) {
		for language, title := range list.Corrected[id] {
			if language != "because" && (list.Requirements[id][language] == title || list.Requirements[id][language] == "") {
				defects = append(defects, fmt.Sprintf("%s is corrected, and the list has %q", id, list.Requirements[id][language]))
			}
		}
		if list.Corrected[id]["because"] == "" {
			defects = append(defects, id+" is corrected for no reason")
		}
	}
	return defects
}

// missed finds in which requirements a framework and its list differ.
func missed(f framework.Framework, list publicList) (defects []string) {
	left := slices.Concat(slices.Collect(maps.Values(list.LeftOut))...)
	have := map[string]bool{}
	language := f.Spoken
	if language == "" {
		language = "en"
	}
	for _, r := range f.Requirements {
		have[r.ID] = true
		_, listed := list.Requirements[r.ID]
		switch {
		case slices.Contains(left, r.ID):
			defects = append(defects, r.ID+" is here, and said to be left out")
		case !listed && list.Added[r.ID] == "":
			defects = append(defects, r.ID+" is in no list")
		case listed && list.title(r.ID, language) != "" && r.Title != list.title(r.ID, language):
			defects = append(defects, fmt.Sprintf("%s has the title %q, the list %q", r.ID, r.Title, list.title(r.ID, language)))
		}
	}
	for _, id := range append(slices.Sorted(maps.Keys(list.Requirements)), slices.Sorted(maps.Keys(list.Added))...) {
		if !have[id] && !slices.Contains(left, id) {
			defects = append(defects, id+" is missing")
		}
	}
	return defects
}

// untranslated finds French titles that are not those of the list, and requirements that lack the list's. A framework that is listed in
// French, or whose list has no French title, has none.
func untranslated(f framework.Framework, titles map[string]string, list publicList) (defects []string) {
	have := map[string]bool{}
	for _, r := range f.Requirements {
		have[r.ID] = true
		want := list.title(r.ID, "fr")
		if f.Spoken == "fr" {
			want = ""
		}
		if titles[r.ID] != want {
			defects = append(defects, fmt.Sprintf("%s has the French title %q, the list %q", r.ID, titles[r.ID], want))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(titles)) {
		if !have[id] {
			defects = append(defects, id+" has a French title, and is no requirement")
		}
	}
	return defects
}

func TestDifferencesFromAListAreFound(t *testing.T) {
	sound := func() (framework.Framework, map[string]string, publicList) {
		return framework.Framework{Requirements: []framework.Requirement{{ID: "1", Title: "One"}, {ID: "2", Title: "Two"}, {ID: "D", Title: "Ours"}}},
			map[string]string{"1": "Un", "2": "Deux"},
			publicList{
				Repository: "https://example.com", Commit: strings.Repeat("a", 40), ReadOn: "2026-11-29", Level: "All.",
				Files: map[string]string{"list.yaml": strings.Repeat("b", 40)}, LeftOut: map[string][]string{"scope": {"3"}},
				Added: map[string]string{"D": "the directive"}, Corrected: map[string]map[string]string{"2": {"en": "Two", "because": "a letter lacks"}},
				Requirements: map[string]map[string]string{"1": {"en": "One", "fr": "Un"}, "2": {"en": "To", "fr": "Deux"}, "3": {"en": "Three"}},
			}
	}
	for name, test := range map[string]struct {
		change func(*framework.Framework, map[string]string, *publicList)
		want   string
	}{
		"nothing": {func(*framework.Framework, map[string]string, *publicList) {}, ""},
		"one that is missing": {func(f *framework.Framework, _ map[string]string, _ *publicList) { f.Requirements = f.Requirements[1:] },
			"1 is missing; 1 has a French title, and is no requirement"},
		"one that is invented": {func(f *framework.Framework, _ map[string]string, _ *publicList) { f.Requirements[2].ID = "E" }, "E is in no list; D is missing"},
		"one that was left out": {func(f *framework.Framework, _ map[string]string, _ *publicList) { f.Requirements[2].ID = "3" },
			"3 is here, and said to be left out"},
		"another title":           {func(f *framework.Framework, _ map[string]string, _ *publicList) { f.Requirements[0].Title = "Once" }, `1 has the title "Once"`},
		"the title of the list":   {func(f *framework.Framework, _ map[string]string, _ *publicList) { f.Requirements[1].Title = "To" }, `2 has the title "To"`},
		"no French title":         {func(_ *framework.Framework, titles map[string]string, _ *publicList) { delete(titles, "1") }, `1 has the French title ""`},
		"another French title":    {func(_ *framework.Framework, titles map[string]string, _ *publicList) { titles["2"] = "Trois" }, `2 has the French title "Trois"`},
		"an invented French one":  {func(_ *framework.Framework, titles map[string]string, _ *publicList) { titles["9"] = "Neuf" }, "9 has a French title, and is no"},
		"a title of ours":         {func(_ *framework.Framework, titles map[string]string, _ *publicList) { titles["D"] = "Le nôtre" }, `D has the French title`},
		"a correction of nothing": {func(_ *framework.Framework, _ map[string]string, l *publicList) { l.Corrected["2"]["en"] = "To" }, `2 is corrected, and the list has "To"`},
		"one without reason":      {func(_ *framework.Framework, _ map[string]string, l *publicList) { delete(l.Corrected["2"], "because") }, "for no reason"},
		"an unknown left out": {func(_ *framework.Framework, _ map[string]string, l *publicList) {
			l.LeftOut["scope"] = []string{"3", "4"}
		}, "4 is left out, and"},
		"no commit": {func(_ *framework.Framework, _ map[string]string, l *publicList) { l.Commit = "main" }, `"main" is no digest`},
		"no day":    {func(_ *framework.Framework, _ map[string]string, l *publicList) { l.ReadOn = "" }, "the list needs its"},
	} {
		f, titles, list := sound()
		test.change(&f, titles, &list)
		got := strings.Join(append(listDefects(list), append(missed(f, list), untranslated(f, titles, list)...)...), "; ")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, expected %q", name, got, test.want)
		}
	}
}

// Where a text names a lettered requirement as its source, there is one.
func TestSourcesNameRequirementsOfSecNumCloud(t *testing.T) {
	var list publicList
	readInto(t, filepath.Join("testdata", "lists", "secnumcloud-3.2.yaml"), &list)
	named := regexp.MustCompile(`§([0-9]+(?:\.[0-9]+)+\.[a-z])\b`)
	sources := 0
	for _, pattern := range []string{"okms/profiles/*/*.yaml", "okms/*/*.rego"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			must(t, err)
			for line := range strings.Lines(string(data)) {
				if !strings.Contains(line, "SecNumCloud") {
					continue
				}
				for _, match := range named.FindAllStringSubmatch(line, -1) {
					if sources++; list.Requirements[match[1]] == nil {
						t.Errorf("%s names SecNumCloud %s, which is not there", file, match[1])
					}
				}
			}
		}
	}
	if sources < 15 {
		t.Errorf("only %d sources name a requirement", sources)
	}
}
