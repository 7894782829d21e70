package policies_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// fields are the places of evidence that it has a value at, "*" standing for the items of lists.
func fields(value map[string]any) map[string]bool {
	places := map[string]bool{}
	nodes("", value, func(pointer string, _ any) { places[anyItem(pointer)] = true })
	return places
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
// those of evidence/compliant. Each is refused, contradicts something or makes a check fail, but for those that somebody has
// reviewed.
func TestWhatTheSaaSCompanyAddsMatters(t *testing.T) {
	testhelp.Long(t, "judges some hundred mutants")
	e := newExample(t, "saas")
	compliantFields := fields(e.compliant(t))
	type change struct {
		family, pointer string
		apply           func(map[string]any) map[string]any
		survives        bool
	}
	var all []*change
	own := func(pointer string) bool {
		return !compliantFields[anyItem(pointer)] && !strings.Contains(pointer, "/source/") && !e.informative(pointer)
	}
	add := func(family, pointer string, to any) {
		all = append(all, &change{family: family, pointer: pointer, apply: func(m map[string]any) map[string]any { return set(t, m, pointer, to) }})
	}
	nodes("", e.value, func(pointer string, value any) {
		if !own(pointer) {
			return
		}
		switch value.(type) {
		case map[string]any:
			add("emptied", pointer, map[string]any{})
		case []any:
			add("emptied", pointer, []any{})
		}
		all = append(all, &change{family: "dropped", pointer: pointer, apply: func(m map[string]any) map[string]any { return remove(t, m, pointer) }})
		for _, s := range spoilers {
			for _, to := range s.spoil(value, formAt(t, e.root, pointer)) {
				add(s.family, pointer, to)
			}
		}
	})
	for _, r := range newRelations(t, e).all {
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
	each(t, len(all), func(i int) { all[i].survives = !e.notices(t, all[i].apply(e.plain)) })

	reviewed, survived := readReviews(t, "../testdata/saas_survivors.yaml"), 0
	for _, tried := range all {
		if !tried.survives {
			continue
		}
		survived++
		if !reviewed.cover(tried.family, tried.pointer) {
			t.Errorf("%s: %s, and nothing notices", tried.family, tried.pointer)
		}
	}
	reviewed.allNeeded(t)
	t.Logf("%d of %d mutants noticed", len(all)-survived, len(all))
}
