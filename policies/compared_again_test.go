package policies_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/permission"
	"github.com/raci-check/raci-check/internal/recall"
)

// fact is a value of evidence that an edit can replace.
type fact struct {
	value any
	set   func(value any)
}

// facts are the texts, numbers, truth values and lists of a part of evidence, by the field that they stand in, in a fixed order.
func facts(field string, value any, set func(any), see func(field string, f fact)) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			facts(name, v[name], func(value any) { v[name] = value }, see)
		}
		return
	case []any:
		for i, item := range v {
			facts(field, item, func(value any) { v[i] = value }, see)
		}
	}
	see(field, fact{value, set})
}

// What is kept of a comparison changes nothing: after each of many edits, facts are compared as without what is kept. An edit gives a
// fact the value that a fact of such a field has elsewhere in the examples, makes a list longer or shorter, or drops a section.
func TestFactsAreComparedAgainAsTheyAreComparedAnew(t *testing.T) {
	t.Parallel()
	h := load(t)
	table := permission.NewTable(h.reference)
	settings := consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values(), Rights: func(evidence map[string]any) consistency.Rights {
		all := consistency.Rights{Persons: map[string][]consistency.Right{}}
		for person, rights := range permission.Read(evidence, table).Persons() {
			for _, right := range rights {
				all.Persons[person] = append(all.Persons[person], consistency.Right(right))
			}
		}
		return all
	}}
	examples := []string{"compliant", "gaps", "saas"}
	elsewhere := map[string][]any{}
	for _, name := range examples {
		value := h.read(t, "../evidence/"+name)
		for _, section := range sortedSections(value) {
			facts(section, value[section], nil, func(field string, f fact) { elsewhere[field] = append(elsewhere[field], f.value) })
		}
	}
	for number, name := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := settings
			kept.Memory = &recall.Memory{}
			chance := rand.New(rand.NewPCG(17, uint64(number)))
			original := h.read(t, "../evidence/"+name)
			value := original
			different := map[string]bool{}
			const edits = 120
			for range edits {
				edited := maps.Clone(value)
				names := sortedSections(value)
				section := names[chance.IntN(len(names))]
				edited[section] = document.Clone(value[section])
				editSection(edited, section, elsewhere, chance)
				again, expected := h.plan.Check(edited, kept), h.plan.Check(edited, settings)
				for part, same := range map[string]bool{
					"the resolved evidence": reflect.DeepEqual(again.Value, expected.Value), "the evidence": reflect.DeepEqual(again.Supplied, edited),
					"what does not fit": reflect.DeepEqual(again.Contradictions, expected.Contradictions), "the shares": reflect.DeepEqual(again.Shares, expected.Shares),
				} {
					if !same {
						t.Fatalf("after an edit of %s, %s is not as it is without what is kept:\n%v\n%v", section, part, again.Contradictions, expected.Contradictions)
					}
				}
				encoded, err := json.Marshal(expected.Contradictions)
				must(t, err)
				different[string(encoded)] = true
				if chance.IntN(3) > 0 && len(edited) > 10 { // most edits stay for a while, so that several sections differ
					value = edited
				} else {
					value = original
				}
			}
			if len(different) < edits/8 {
				t.Errorf("%d edits led to only %d different results: they change too little to prove anything", edits, len(different))
			}
		})
	}
}

func sortedSections(value map[string]any) []string {
	names := slices.Sorted(maps.Keys(value))
	return slices.DeleteFunc(names, func(name string) bool { return name == "api_version" || name == "kind" })
}

// editSection changes a section of evidence.
func editSection(value map[string]any, section string, elsewhere map[string][]any, chance *rand.Rand) {
	if chance.IntN(20) == 0 && section != "metadata" {
		delete(value, section)
		return
	}
	type named struct {
		field string
		fact  fact
	}
	var all []named
	facts(section, value[section], func(v any) { value[section] = v }, func(field string, f fact) { all = append(all, named{field, f}) })
	if len(all) == 0 {
		return
	}
	chosen := all[chance.IntN(len(all))]
	if list, isList := chosen.fact.value.([]any); isList && len(list) > 0 {
		at := chance.IntN(len(list))
		if chance.IntN(2) == 0 {
			chosen.fact.set(slices.Delete(slices.Clone(list), at, at+1))
		} else {
			chosen.fact.set(append(slices.Clone(list), list[at]))
		}
		return
	}
	values := elsewhere[chosen.field]
	for range 10 {
		other := values[chance.IntN(len(values))]
		if _, isList := other.([]any); !isList && other != chosen.fact.value {
			chosen.fact.set(other)
			return
		}
	}
}

// A save of one field costs little: what did not change, and does not look at what did, is not compared again.
func TestWhatDidNotChangeIsNotComparedAgain(t *testing.T) {
	h := load(t)
	settings := consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values()}
	value := grown(t, h.compliant(t), "/keys/service_keys", 200)
	allocations := func(settings consistency.Settings) float64 {
		edits := 0
		return testing.AllocsPerRun(10, func() {
			edits++
			edited := maps.Clone(value)
			backups := maps.Clone(value["backups"].(map[string]any))
			backups["rpo_hours"] = json.Number([]string{"4", "5"}[edits%2])
			edited["backups"] = backups
			h.plan.Check(edited, settings)
		})
	}
	anew := allocations(settings)
	settings.Memory = &recall.Memory{}
	if again := allocations(settings); again > anew/4 {
		t.Errorf("to compare after an edit takes %.0f allocations, and %.0f without what is kept: expected is a quarter at most", again, anew)
	}
}
