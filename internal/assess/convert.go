package assess

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// What was read becomes part of the result here, and nowhere else.

func filesOf(read []document.File) []assessment.File {
	var files []assessment.File
	for _, file := range read {
		files = append(files, assessment.File{Path: file.Path, SHA256: file.SHA256})
	}
	return files
}

// PassedOver lists files that are not evidence as reports have them.
func PassedOver(files []evidence.Other) []assessment.PassedOver {
	var passed []assessment.PassedOver
	for _, file := range files {
		passed = append(passed, assessment.PassedOver{Path: file.Path, SHA256: file.SHA256, Is: file.What})
	}
	return passed
}

func sourcesOf(read []document.File) []assessment.Source {
	var sources []assessment.Source
	for _, file := range read {
		sources = append(sources, assessment.Source(file))
	}
	return sources
}

func referenceOf(read []ruleset.ReferenceFile) []assessment.ReferenceFile {
	var files []assessment.ReferenceFile
	for _, file := range read {
		files = append(files, assessment.ReferenceFile{
			File:   assessment.File{Path: file.Path, SHA256: file.SHA256},
			Source: file.Source, AsOf: file.AsOf, Added: file.Added,
		})
	}
	return files
}

func sectionsOf(set *evidence.Set) []assessment.Section {
	sections := []assessment.Section{} // none is written as none, not as null
	for _, s := range set.Sections {
		sections = append(sections, assessment.Section{
			Name: s.Name, File: s.File, Method: s.Method, CollectedAt: s.CollectedAt, CollectedBy: s.CollectedBy,
			Artifacts: append([]assessment.File{}, filesOf(s.Artifacts)...),
		})
	}
	return sections
}

// derivedOf groups the facts by artifact, in the order of their pointers.
func derivedOf(result *derive.Result, sections []assessment.Section) []assessment.DerivedFacts {
	var all []assessment.DerivedFacts
	digests := map[string]string{}
	for _, section := range sections {
		for _, artifact := range section.Artifacts {
			digests[artifact.Path] = artifact.SHA256
		}
	}
	at := map[string]int{}
	for facts := result.Facts; len(facts) > 0; { // those of an artifact mostly follow one another
		artifact := facts[0].Artifact
		i, listed := at[artifact]
		if !listed {
			i = len(all)
			at[artifact] = i
			all = append(all, assessment.DerivedFacts{Artifact: artifact, SHA256: digests[artifact]})
		}
		n := leading(facts, func(fact derive.Fact) bool { return fact.Artifact == artifact })
		all[i].Facts = slices.Grow(all[i].Facts, n)
		for _, fact := range facts[:n] {
			all[i].Facts = append(all[i].Facts, assessment.DerivedFact{Pointer: fact.Pointer, Place: fact.Place})
		}
		facts = facts[n:]
	}
	slices.SortFunc(all, func(a, b assessment.DerivedFacts) int { return strings.Compare(a.Artifact, b.Artifact) })
	return all
}

// leading is how many facts at the beginning are such facts.
func leading(facts []derive.Fact, is func(derive.Fact) bool) int {
	if other := slices.IndexFunc(facts, func(fact derive.Fact) bool { return !is(fact) }); other >= 0 {
		return other
	}
	return len(facts)
}

func parametersOf(set *parameter.Set) []assessment.Parameter {
	parameters := make([]assessment.Parameter, 0, len(set.All()))
	for _, p := range set.All() {
		parameters = append(parameters, assessment.Parameter{
			Name: p.Name, Description: p.Description, Value: p.Value, Unit: p.Unit, Source: p.Source,
			Default: p.Default, Looser: p.Looser(), SetBy: p.SetBy,
		})
	}
	return parameters
}

// CatalogOf names a table and the reading of it in a report.
func CatalogOf(catalog *raci.Catalog, digest string, reading *raci.Reading) assessment.Catalog {
	return assessment.Catalog{
		ID: catalog.ID, Reading: reading.Name, Title: catalog.Title, Provider: catalog.Provider, Source: reading.Source, Digest: digest,
	}
}
