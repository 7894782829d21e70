package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// spoiler makes the mutants of one family out of one place of the evidence.
type spoiler struct {
	family string
	// spoil answers what to put in the place of a value, given the schema's form of it; none where the family does not apply.
	spoil func(value any, form map[string]any) []any
}

// mutant is the compliant evidence with one value changed.
type mutant struct {
	family, pointer string
	to              any
	survives        bool // no check starts to fail, and the schema does not refuse it
}

// spoilers are the families. That every leaf is needed, and no collection may be empty, is TestEveryLeafMatters.
var spoilers = []spoiler{
	{"null", func(value any, _ map[string]any) []any { return []any{nil} }},
	{"duplicated item", func(value any, _ map[string]any) []any {
		list, ok := value.([]any)
		if !ok {
			return nil
		}
		var mutants []any
		for _, item := range list {
			mutants = append(mutants, append(slices.Clone(list), item))
		}
		return mutants
	}},
	{"flipped boolean", func(value any, _ map[string]any) []any {
		if b, ok := value.(bool); ok {
			return []any{!b}
		}
		return nil
	}},
	{"ten years earlier", moved(-10)},
	{"ten years later", moved(10)},
	{"number 0", number("0")},
	{"number -1", number("-1")},
	{"number x1000", func(value any, _ map[string]any) []any {
		if n, ok := value.(json.Number); ok {
			f, err := n.Float64()
			if err == nil && f != 0 {
				return []any{json.Number(fmt.Sprint(f * 1000))}
			}
		}
		return nil
	}},
	{"another word", func(value any, form map[string]any) []any {
		var alternatives []any
		words, _ := form["enum"].([]any)
		for _, word := range words {
			if word != value {
				alternatives = append(alternatives, word)
			}
		}
		return alternatives
	}},
}

func moved(years int) func(any, map[string]any) []any {
	return func(value any, _ map[string]any) []any {
		text, _ := value.(string)
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if at, err := time.Parse(layout, text); err == nil {
				return []any{at.AddDate(years, 0, 0).Format(layout)}
			}
		}
		return nil
	}
}

func number(to string) func(any, map[string]any) []any {
	return func(value any, _ map[string]any) []any {
		if n, ok := value.(json.Number); ok && n.String() != to {
			return []any{json.Number(to)}
		}
		return nil
	}
}

// Every mutant of every family is refused or makes a check fail, but for those that somebody has reviewed.
func TestNoMutantPassesUnreviewed(t *testing.T) {
	testhelp.Long(t, "judges some thousand mutants")
	e := newExample(t, "compliant")
	var all []mutant
	nodes("", e.value, func(pointer string, node any) {
		if e.informative(pointer) {
			return
		}
		for _, s := range spoilers {
			for _, to := range s.spoil(node, formAt(t, e.root, pointer)) {
				all = append(all, mutant{family: s.family, pointer: pointer, to: to})
			}
		}
	})
	each(t, len(all), func(i int) {
		all[i].survives = !e.notices(t, set(t, e.plain, all[i].pointer, all[i].to))
	})
	r := readReviews(t, "../testdata/survivors.yaml")
	for _, m := range all {
		if m.survives && !r.cover(m.family, m.pointer) {
			t.Errorf("%s: %s becomes %.60v, and every check still passes", m.family, m.pointer, m.to)
		}
	}
	r.allNeeded(t)
	score(t, e.house, all)
}

// score prints, and writes to the file that RACI_CHECK_SCORES names, how many mutants are noticed, by family, and by duty: those in the sections that its checks need.
func score(t *testing.T, h house, all []mutant) {
	var lines strings.Builder
	sections := map[string][]string{} // duties by section
	for _, check := range h.set.Checks() {
		for _, pointer := range check.Evidence {
			section := strings.Split(pointer, "/")[1]
			if !slices.Contains(sections[section], check.DutyName) {
				sections[section] = append(sections[section], check.DutyName)
			}
		}
	}
	type count struct{ noticed, all int }
	families, duties, whole := map[string]count{}, map[string]count{}, count{}
	for _, m := range all {
		add := func(c count) count {
			c.all++
			if !m.survives {
				c.noticed++
			}
			return c
		}
		families[m.family], whole = add(families[m.family]), add(whole)
		for _, duty := range sections[strings.Split(m.pointer, "/")[1]] {
			duties[duty] = add(duties[duty])
		}
	}
	for _, counts := range []map[string]count{families, duties, {"all": whole}} {
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			c := counts[name]
			fmt.Fprintf(&lines, "%-28s %5d of %5d mutants noticed, %5.1f %%\n", name, c.noticed, c.all, float64(c.noticed)/float64(c.all)*100)
		}
	}
	t.Logf("\n%s", lines.String())
	if file := os.Getenv("RACI_CHECK_SCORES"); file != "" {
		must(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	}
}

// formAt is the schema of the value at a pointer.
func formAt(t testing.TB, root map[string]any, pointer string) map[string]any {
	t.Helper()
	parts, err := document.Split(pointer)
	must(t, err)
	form := root
	for _, part := range parts {
		form = resolve(root, form)
		if items, ok := form["items"].(map[string]any); ok {
			form = items
			continue
		}
		properties, _ := form["properties"].(map[string]any)
		form, _ = properties[part].(map[string]any)
	}
	return resolve(root, form)
}
