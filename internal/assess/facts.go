package assess

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/derive"
)

// lastFacts are the facts that were read from artifacts last, as the engine takes them: those of a section in which they are the same are
// one and the same object. Nil has none. They may be used concurrently.
type lastFacts struct {
	mutex    sync.Mutex
	sections map[string]sectionFacts
}

// sectionFacts are the pointers of facts in a section, each without a signer. They are not to be changed.
type sectionFacts struct {
	pointers []string // in their order
	unsigned map[string][]string
}

// bySection are the pointers of facts, by section.
func (l *lastFacts) bySection(facts []derive.Fact) map[string]map[string][]string {
	var last map[string]sectionFacts
	if l != nil {
		l.mutex.Lock()
		last = l.sections
		l.mutex.Unlock()
	}
	sections := map[string]sectionFacts{}
	for len(facts) > 0 { // those of an artifact are mostly in one section
		section := sectionOf(facts[0].Pointer)
		all := sections[section]
		n := leading(facts, func(fact derive.Fact) bool { return sectionOf(fact.Pointer) == section })
		all.pointers = slices.Grow(all.pointers, n)
		for _, fact := range facts[:n] {
			all.pointers = append(all.pointers, fact.Pointer)
		}
		sections[section], facts = all, facts[n:]
	}
	by := make(map[string]map[string][]string, len(sections))
	for section, all := range sections {
		if before := last[section]; before.unsigned != nil && slices.Equal(before.pointers, all.pointers) {
			all = before
		} else {
			all.unsigned = make(map[string][]string, len(all.pointers))
			for _, pointer := range all.pointers {
				all.unsigned[pointer] = nil
			}
		}
		sections[section], by[section] = all, all.unsigned
	}
	if l != nil {
		l.mutex.Lock()
		l.sections = sections
		l.mutex.Unlock()
	}
	return by
}

// sectionOf is the section that a pointer leads into.
func sectionOf(pointer string) string {
	section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return section
}

// signed are the same facts, each with the keys that have signed its artifact.
func signed(by map[string]map[string][]string, facts []derive.Fact, signers map[string][]string) map[string]map[string][]string {
	all := make(map[string]map[string][]string, len(by))
	for section, pointers := range by {
		all[section] = maps.Clone(pointers)
	}
	for _, fact := range facts {
		if keys := signers[fact.Artifact]; len(keys) > 0 {
			all[sectionOf(fact.Pointer)][fact.Pointer] = keys
		}
	}
	return all
}
