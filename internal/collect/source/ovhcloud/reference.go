package ovhcloud

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// noRight stands for the action of a question that is not about the account.
const noRight = "none"

// Questions about what the provider offers. They need no right on a service (ovh/manager asks them before there is one).
var (
	regions  = question{"list the provider's regions", noRight, interpret.Regions}
	keyTypes = question{"list the types of keys", noRight, interpret.KeyTypes}
)

// offered are the types of keys that the region of the domain offers.
func offered(region string) question {
	q := keyTypes
	q.route += "?region=" + url.QueryEscape(region)
	return q
}

// reference reads which regions and types of keys the provider has now, to be kept beside the keys, and notes how the reference data
// differs, where there is any. It is no evidence: what cannot be read is noted, and fails nothing.
func (r *reader) reference(ctx context.Context) []collect.Answer {
	if r.published == nil {
		return nil
	}
	var answers []collect.Answer
	if all, err := list(ctx, r, regions, func(region interpret.Region) string { return region.ID }); err != nil {
		r.notes.add("the reference data is not compared with the provider's regions: %v", err)
	} else {
		answers = append(answers, r.answered(regions.route, all)...)
		r.note(regionDifferences(all, table(r.published, "regions")))
	}
	if r.region == "" {
		return answers
	}
	q := offered(r.region)
	if all, err := list(ctx, r, q, func(of interpret.KeyType) string { return of.Type }); err != nil {
		r.notes.add("the reference data is not compared with the types of keys: %v", err)
	} else {
		answers = append(answers, r.answered(q.route, all)...)
		r.note(keyDifferences(all, table(r.published, "key_types"), r.region))
	}
	return answers
}

func (r *reader) note(texts []string) {
	for _, text := range texts {
		r.notes.add("%s", text)
	}
}

// table is a table of the reference data, by name and row.
func table(reference map[string]any, name string) map[string]map[string]any {
	rows, _ := reference[name].(map[string]any)
	all := map[string]map[string]any{}
	for row, fields := range rows {
		all[row], _ = fields.(map[string]any)
	}
	return all
}

// inUS reports whether a region is one of OVHcloud US, which has an API of its own.
func inUS(region string) bool { return strings.HasPrefix(region, "us-") }

// regionDifferences says how the provider's regions differ from the reference data: in which there are, and in the certification by
// PCI DSS.
func regionDifferences(all []interpret.Region, reference map[string]map[string]any) []string {
	offered := map[string]interpret.Region{}
	certifies := false
	for _, region := range all {
		offered[ovhterms.Region(region.ID)] = region
		certifies = certifies || len(region.Certifications) > 0
	}
	var unknown, gone, certified, uncertified []string
	us := slices.ContainsFunc(slices.Collect(maps.Keys(offered)), inUS)
	for _, name := range slices.Sorted(maps.Keys(offered)) {
		if reference[name] == nil {
			unknown = append(unknown, name)
			continue
		}
		isListed := slices.Contains(offered[name].Certifications, "PCI_DSS")
		switch isKnown := reference[name]["pci_dss"] == true; {
		case !certifies || isListed == isKnown:
		case isListed:
			certified = append(certified, name)
		default:
			uncertified = append(uncertified, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(reference)) {
		if _, isThere := offered[name]; !isThere && inUS(name) == us {
			gone = append(gone, name)
		}
	}
	return sentences(
		"the provider has regions that the reference data lacks: %s; checks about them fail until a file for --reference adds them", unknown,
		"the reference data has regions that the provider does not list: %s", gone,
		"the provider lists regions for PCI DSS that the reference data does not: %s", certified,
		"the reference data has regions for PCI DSS that the provider does not list for it: %s", uncertified,
	)
}

// keyDifferences says how the keys that a region offers differ from the reference data: in types, sizes, curves and operations. A
// type whose sizes or curves the API leaves empty does not differ in them.
func keyDifferences(all []interpret.KeyType, reference map[string]map[string]any, region string) []string {
	var unknown, gone []string
	offered := map[string]bool{}
	for _, of := range all {
		offered[of.Type] = true
		row := reference[of.Type]
		if row == nil {
			unknown = append(unknown, of.Type)
			continue
		}
		for field, choices := range map[string][]interpret.Choice{"sizes": of.Sizes, "curves": of.Curves, "operations": of.Operations} {
			var values []any
			for _, choice := range choices {
				values = append(values, choice.Value)
			}
			offers, lists := texts(values), texts(row[field])
			unknown = append(unknown, behind(of.Type, offers, lists)...)
			if len(offers) > 0 {
				gone = append(gone, behind(of.Type, lists, offers)...)
			}
		}
	}
	for name := range reference {
		if !offered[name] {
			gone = append(gone, name)
		}
	}
	slices.Sort(unknown)
	slices.Sort(gone)
	return sentences(
		"the region "+ovhterms.Region(region)+" offers keys that the reference data lacks: %s", unknown,
		"the reference data has keys that the region "+ovhterms.Region(region)+" does not offer: %s", gone,
	)
}

// texts are the values of a list, and of the lists in it.
func texts(value any) map[string]bool {
	all := map[string]bool{}
	list, isList := value.([]any)
	if !isList {
		return map[string]bool{fmt.Sprint(value): true}
	}
	for _, item := range list {
		maps.Copy(all, texts(item))
	}
	return all
}

// behind are the texts that are not among others, behind a name.
func behind(name string, all, counterpart map[string]bool) (names []string) {
	for text := range all {
		if !counterpart[text] {
			names = append(names, name+" "+text)
		}
	}
	return names
}

// sentences are forms with the names that belong to each; a form without names is left out.
func sentences(pairs ...any) (all []string) {
	for i := 0; i < len(pairs); i += 2 {
		if names := pairs[i+1].([]string); len(names) > 0 {
			all = append(all, fmt.Sprintf(pairs[i].(string), strings.Join(names, ", ")))
		}
	}
	return all
}
