package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Framework is a control framework that checks map to.
type Framework struct {
	Title, Version, Publisher string
	Source                    string            // address of the framework
	Catalog                   string            // address of its catalog in OSCAL, with the same ids; empty for none
	Controls                  map[string]string // titles by id
	Whole                     bool              // Controls are all that the framework has
	Later                     map[string]string // what a later version makes of a control, by today's id
}

type mappingCollection struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	Provenance provenance  `json:"provenance"`
	Mappings   []mapping   `json:"mappings"`
	BackMatter *backMatter `json:"back-matter"`
}

type provenance struct {
	Method      string `json:"method"`
	Rationale   string `json:"matching-rationale"`
	Status      string `json:"status"`
	Description string `json:"mapping-description"`
}

type mapping struct {
	UUID    string      `json:"uuid"`
	Props   []prop      `json:"props,omitempty"`
	Source  mapped      `json:"source-resource"`
	Target  mapped      `json:"target-resource"`
	Maps    []mapEntry  `json:"maps"`
	Gap     *gapSummary `json:"target-gap-summary,omitempty"`
	Remarks string      `json:"remarks"`
}

type mapped struct {
	Type string `json:"type"`
	Href string `json:"href"`
}

type mapEntry struct {
	UUID         string    `json:"uuid"`
	Relationship string    `json:"relationship"`
	Sources      []mapItem `json:"sources"`
	Targets      []mapItem `json:"targets"`
}

type mapItem struct {
	Type    string `json:"type"`
	ID      string `json:"id-ref"`
	Remarks string `json:"remarks,omitempty"`
}

type gapSummary struct {
	UUID     string  `json:"uuid"`
	Unmapped []withs `json:"unmapped-controls"`
}

type withs struct {
	IDs []string `json:"with-ids"`
}

// The mapping cannot be written where there is nothing to map to, and in a version without the model.
var (
	ErrVersion   = errors.New("OSCAL has mappings since version 1.2: write this one in 1.2.1")
	ErrNoMapping = errors.New("no check of the table maps to a control")
)

const relation = "A check gives evidence for the control, and never shows that the control is met: most controls ask for more, and the check is about one service. " +
	"So each relationship is intersects-with; none is called equal, a subset or a superset."

// Mapping writes the mapping of the activities and checks of the table to the controls of frameworks.
func Mapping(w io.Writer, t Table, frameworks map[string]Framework, version string) error {
	if strings.HasPrefix(version, "1.1.") {
		return fmt.Errorf("write OSCAL %s: %w", version, ErrVersion)
	}
	modified, err := needed(t.LastModified)
	if err != nil {
		return err
	}
	table := catalogResource(t.Catalog)
	m := mappingCollection{
		UUID: id("mapping", catalogID(t.Catalog), t.Version),
		Metadata: metadata{
			Title: text(t.Catalog.Title + ": controls of other frameworks"), LastModified: modified, Version: text(t.Version), OSCAL: version,
			Props: []prop{own("reading", t.Catalog.Reading), own("table-digest", t.Catalog.Digest)},
		},
		Provenance: provenance{"human", "functional", "complete", "Each check names the controls that it gives evidence for; the authors of the checks wrote the names. The ids are those of the publishers."},
		BackMatter: &backMatter{[]resource{table}},
	}
	for _, name := range slices.Sorted(maps.Keys(t.Frameworks)) {
		f := frameworks[name]
		target := resource{
			UUID: id("framework", name, f.Version), Title: text(cmp.Or(f.Title, t.Frameworks[name])),
			Description: text(fmt.Sprintf("Version %s, published by %s.", cmp.Or(f.Version, "not known"), cmp.Or(f.Publisher, "its publisher"))),
		}
		for _, address := range []string{f.Catalog, f.Source} {
			if address != "" {
				target.Links = append(target.Links, remote{Href: address})
			}
		}
		made := mapping{
			UUID: id(m.UUID, name), Source: mapped{"catalog", "#" + table.UUID}, Target: mapped{"catalog", "#" + target.UUID}, Remarks: relation,
			Maps: mapsTo(id(m.UUID, name), t, name, f),
		}
		if len(made.Maps) == 0 {
			continue
		}
		made.unmapped(f)
		m.Mappings = append(m.Mappings, made)
		m.BackMatter.Resources = append(m.BackMatter.Resources, target)
	}
	if len(m.Mappings) == 0 {
		return fmt.Errorf("write OSCAL: %w", ErrNoMapping)
	}
	return write(w, "mapping-collection", m)
}

// mapsTo maps each activity, and each check of it, to the controls of a framework.
func mapsTo(seed string, t Table, name string, f Framework) []mapEntry {
	var all []mapEntry
	for _, activity := range t.Activities {
		var numbers []string
		var entries []mapEntry
		for _, check := range activity.Checks {
			if mapped := check.Controls[name]; len(mapped) > 0 {
				numbers = append(numbers, mapped...)
				entries = append(entries, entryOf(seed, "statement", statementID(activity, check.ID), f.items(mapped)))
			}
		}
		if len(numbers) > 0 {
			slices.Sort(numbers)
			all = append(all, entryOf(seed, "control", controlID(activity), f.items(slices.Compact(numbers))))
			all = append(all, entries...)
		}
	}
	return all
}

func entryOf(seed, kind, source string, targets []mapItem) mapEntry {
	return mapEntry{UUID: id(seed, kind, source), Relationship: "intersects-with", Sources: []mapItem{{Type: kind, ID: source}}, Targets: targets}
}

// items are controls as targets, with their titles.
func (f Framework) items(numbers []string) []mapItem {
	items := make([]mapItem, len(numbers))
	for i, number := range numbers {
		items[i] = mapItem{Type: "control", ID: text(number)}
		if title := f.Controls[number]; title != "" {
			items[i].Remarks = text(title)
		}
		if later := f.Later[number]; later != "" {
			items[i].Remarks = text(strings.TrimSpace(items[i].Remarks + " (" + later + ")"))
		}
	}
	return items
}

// unmapped lists the controls that nothing maps to: as OSCAL does if their ids are tokens, else as properties.
func (m *mapping) unmapped(f Framework) {
	if !f.Whole {
		return
	}
	used := map[string]bool{}
	for _, entry := range m.Maps {
		for _, item := range entry.Targets {
			used[item.ID] = true
		}
	}
	var left []string
	tokens := true
	for _, number := range slices.Sorted(maps.Keys(f.Controls)) {
		if !used[text(number)] {
			left = append(left, number)
			tokens = tokens && token(number) == number
		}
	}
	switch {
	case len(left) == 0:
	case tokens:
		m.Gap = &gapSummary{id(m.UUID, "gap"), []withs{{left}}}
	default:
		for _, number := range left {
			m.Props = append(m.Props, own("unmapped-control", number))
		}
	}
}
