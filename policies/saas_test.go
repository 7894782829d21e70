package policies_test

import (
	"encoding/json"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// fields are the places of evidence that it has a value at, "*" standing for the items of lists.
func fields(value map[string]any) map[string]bool {
	found := map[string]bool{}
	nodes("", value, func(pointer string, _ any) { found[anyItem(pointer)] = true })
	return found
}

var itemNumber = regexp.MustCompile(`/[0-9]+(/|$)`)

// anyItem is a pointer with "*" for the items of lists.
func anyItem(pointer string) string {
	for itemNumber.MatchString(pointer) {
		pointer = itemNumber.ReplaceAllString(pointer, "/*$1")
	}
	return pointer
}

// Fields that only the company with SSO and Terraform has, such as groups of an identity provider, take the same mutants as
// those of evidence/compliant. Each is refused, contradicts something or turns a check bad, but for those that somebody has
// reviewed.
func TestWhatTheSaaSCompanyAddsMatters(t *testing.T) {
	h := load(t)
	l := newLaboratory(t, h)
	value, there := h.example(t, "saas"), fields(h.compliant(t))
	encoded, err := json.Marshal(value)
	must(t, err)
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	informative := informativeFields(t, h.format.Schema)
	type change struct {
		family, pointer string
		apply           func(map[string]any) map[string]any
		survives        bool
	}
	var all []*change
	own := func(pointer string) bool {
		return !there[anyItem(pointer)] && !strings.Contains(pointer, "/source/") && !informative(pointer)
	}
	nodes("", value, func(pointer string, held any) {
		if !own(pointer) {
			return
		}
		switch held.(type) {
		case map[string]any:
			all = append(all, &change{family: "emptied", pointer: pointer, apply: func(m map[string]any) map[string]any { return set(t, m, pointer, map[string]any{}) }})
		case []any:
			all = append(all, &change{family: "emptied", pointer: pointer, apply: func(m map[string]any) map[string]any { return set(t, m, pointer, []any{}) }})
		}
		all = append(all, &change{family: "dropped", pointer: pointer, apply: func(m map[string]any) map[string]any { return remove(t, m, pointer) }})
		for _, s := range spoilers {
			for _, to := range s.spoil(held, formAt(t, root, pointer)) {
				all = append(all, &change{family: s.family, pointer: pointer, apply: func(m map[string]any) map[string]any { return set(t, m, pointer, to) }})
			}
		}
	})
	for _, r := range relations(t, h, value) {
		if r.family == "placeholder" || !own(r.pointer) {
			continue
		}
		all = append(all, &change{family: r.family, pointer: r.pointer, apply: func(m map[string]any) map[string]any {
			for pointer, to := range r.set {
				m = set(t, m, pointer, to)
			}
			if r.drop != "" {
				m = remove(t, m, r.drop)
			}
			return m
		}})
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, one := range all {
		group.Go(func() error {
			ids, refused := l.bad(t, one.apply(decode(t, encoded)))
			one.survives = len(ids) == 0 && !refused
			return nil
		})
	}
	must(t, group.Wait())

	var reviewed []survivor
	readYAML(t, "../testdata/saas_survivors.yaml", &reviewed)
	needed := map[string]bool{}
	survived := 0
	for _, one := range all {
		if !one.survives {
			continue
		}
		survived++
		covered := false
		for _, entry := range reviewed {
			for _, place := range entry.Places {
				if slices.Contains(entry.Families, one.family) && like(one.pointer, place) {
					needed[place+" "+one.family], covered = true, true
				}
			}
		}
		if !covered {
			t.Errorf("%s: %s, and nothing notices", one.family, one.pointer)
		}
	}
	for _, entry := range reviewed {
		if strings.TrimSpace(entry.Reason) == "" {
			t.Errorf("%v has no reason", entry.Places)
		}
		for _, place := range entry.Places {
			for _, family := range entry.Families {
				if !needed[place+" "+family] {
					t.Errorf("testdata/saas_survivors.yaml: no mutant needs %s %s any more", place, family)
				}
			}
		}
	}
	t.Logf("%d of %d mutants noticed", len(all)-survived, len(all))
}
