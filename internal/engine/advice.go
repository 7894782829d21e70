package engine

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
)

// fewFields is how many fields advice names, and fewSources how many sources.
const (
	fewFields  = 4
	fewSources = 3
)

// advice says of a pointer that leads to nothing which fields there checks need, and which sources of collect fill them.
type advice struct {
	needed  []string            // fields that checks rest on, the most important first; * for the items of lists
	sources map[string][]string // kinds of sources, by field
}

// adviceOf weighs each field by the severities of the checks that rest on it: one that many grave checks need comes first.
func adviceOf(config Config) *advice {
	a := &advice{}
	if config.Sources != nil {
		a.sources = config.Sources()
	}
	weight := map[string]int{}
	for _, check := range config.Policies.Checks() {
		for _, field := range needs(config.Policies, check) {
			weight[field] += check.Severity.Rank()
		}
	}
	for field := range weight {
		a.needed = append(a.needed, field)
	}
	slices.SortFunc(a.needed, func(x, y string) int { return cmp.Or(cmp.Compare(weight[y], weight[x]), strings.Compare(x, y)) })
	return a
}

// needs are the fields that a check rests on, or those that it names where that is not known, without those that say where facts come
// from. A check that only compares facts with each other needs none of them.
func needs(policies *policy.Set, check policy.Check) (fields []string) {
	if check.Shared != "" {
		return nil
	}
	all := check.Evidence
	if len(check.Fields) > 0 {
		all = nil
	}
	for _, i := range check.Fields {
		all = append(all, policies.Fields[i])
	}
	for _, field := range all {
		steps := strings.Split(field, "/")
		if len(steps) > 2 && steps[2] != "source" && !slices.Contains(steps, "artifact") {
			fields = append(fields, field)
		}
	}
	return fields
}

// below are the needed fields at or below a pattern, the most important first.
func (a *advice) below(pattern string) (fields []string) {
	for _, field := range a.needed {
		if field == pattern || strings.HasPrefix(field, pattern+"/") {
			fields = append(fields, field)
		}
	}
	return fields
}

// listed names the first of the fields, as they are called below a pattern.
func listed(fields []string, pattern string) string {
	var names []string
	for _, field := range fields[:min(len(fields), fewFields)] {
		names = append(names, strings.TrimPrefix(strings.TrimPrefix(field, pattern), "/"))
	}
	text := strings.Join(names, ", ")
	if more := len(fields) - fewFields; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// filledBy says which sources fill fields, those that fill most of them first.
func (a *advice) filledBy(fields []string) string {
	count := map[string]int{}
	var kinds []string
	for _, field := range fields {
		for _, kind := range a.sources[field] {
			if count[kind]++; count[kind] == 1 {
				kinds = append(kinds, kind)
			}
		}
	}
	slices.SortStableFunc(kinds, func(x, y string) int { return cmp.Compare(count[y], count[x]) }) // those of the service itself are told first
	switch {
	case a.sources == nil || len(fields) == 0:
		return ""
	case len(kinds) == 0:
		return " No source of raci-check collect knows this; a mapping of yours can read it from an export."
	case len(fields) == 1:
		return fmt.Sprintf(" raci-check collect can fill it, --from %s.", strings.Join(kinds[:min(len(kinds), fewSources)], " or --from "))
	}
	var shares []string
	for _, kind := range kinds[:min(len(kinds), fewSources)] {
		shares = append(shares, fmt.Sprintf("%d with --from %s", count[kind], kind))
	}
	return fmt.Sprintf(" Of these %d fields, raci-check collect can fill %s.", len(fields), strings.Join(shares, ", "))
}

// section is what to do about a section that is absent; file is the one that evidence of it would stand in.
func (a *advice) section(name, file string) string {
	fields := a.below("/" + name)
	text := fmt.Sprintf("Write the section %s into %s", name, file)
	if len(fields) > 0 {
		text += ": " + listed(fields, "/"+name)
	}
	return text + ". raci-check init writes it with every field explained." + a.filledBy(fields)
}

// fact is what to do about a fact that is absent from a section.
func (a *advice) fact(pointer, file string) string {
	section := sectionOf(pointer)
	if section == "metadata" { // no section: it says which service the evidence is about
		return fmt.Sprintf("Add %s (%s).", strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", "."), file)
	}
	pattern := document.Pattern(pointer)
	fields := a.below(pattern)
	text := fmt.Sprintf("Fill the section %s (%s)", section, file)
	if name := strings.TrimPrefix(strings.TrimPrefix(pointer, "/"+section), "/"); name != "" {
		text = fmt.Sprintf("Add %s to the section %s (%s)", name, section, file)
	}
	if len(fields) > 0 && fields[0] != pattern {
		text += ", with " + listed(fields, pattern)
	}
	if len(fields) == 0 { // no check rests on it alone
		fields = []string{pattern}
	}
	return text + "." + a.filledBy(fields)
}

// fileFor is the file that a section should stand in, where a place in some file of the evidence is known.
func fileFor(section, place string) string {
	if name := path.Base(place); place == "" || place == "." || strings.TrimSuffix(name, path.Ext(name)) == section {
		return cmp.Or(place, section+".yaml")
	}
	return path.Join(path.Dir(place), section+".yaml")
}
