package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// repetition is a mutant of the compliant evidence in which a list has one of its items twice.
type repetition struct {
	pointer string // of the item
	how     string // the second one is
	id      string // that both have; empty: the items of the list have none
	kind    string // of which the id is
	set     map[string]any
}

// repetitions are those of the first and the last item of each list, with the counts that say how long the list is: the item
// once more as it is, without each of its fields, and with what the next item has there.
func repetitions(t *testing.T, root, value map[string]any) []repetition {
	t.Helper()
	var all []repetition
	nodes("", value, func(pointer string, node any) {
		list, isList := node.([]any)
		if !isList || len(list) == 0 {
			return
		}
		counts := recounted(value, pointer, len(list))
		for _, i := range slices.Compact([]int{0, len(list) - 1}) {
			fields, isObject := list[i].(map[string]any)
			if !isObject {
				continue
			}
			item := fmt.Sprintf("%s/%d", pointer, i)
			idField, kind := "", ""
			for name := range fields {
				if is, hasID := annotated(t, root, item+"/"+name)["x-id"].(string); hasID {
					idField, kind = name, is
				}
			}
			id, _ := fields[idField].(string)
			add := func(how string, second map[string]any) {
				set := maps.Clone(counts)
				set[pointer+"/-"] = second
				all = append(all, repetition{item, how, id, kind, set})
			}
			add("as it is", fields)
			other := list[(i+1)%len(list)].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				if name == idField {
					continue
				}
				second := maps.Clone(fields)
				delete(second, name)
				add("without "+name, second)
				if other[name] != nil && fmt.Sprint(other[name]) != fmt.Sprint(fields[name]) {
					second = maps.Clone(fields)
					second[name] = other[name]
					add("with another "+name, second)
				}
			}
		}
	})
	return all
}

// recounted are the counts beside a list that say how long it is, each raised by one.
func recounted(value map[string]any, pointer string, length int) map[string]any {
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	object, _ := document.Lookup(value, above)
	fields, _ := object.(map[string]any)
	counts := map[string]any{}
	for name, number := range fields {
		if strings.Contains(name, "count") && number == json.Number(fmt.Sprint(length)) {
			counts[above+"/"+name] = json.Number(fmt.Sprint(length + 1))
		}
	}
	return counts
}

// An item that a list has twice is never an error of a policy. Where the items have ids, its section has a contradiction, and so
// has each other section that names it: no duty passes by an object that is there twice.
func TestRepeatedItemsAreNeitherAnErrorNorSilent(t *testing.T) {
	testhelp.Long(t, "judges some hundred mutants")
	h := load(t)
	l := newLaboratory(t, h)
	value := h.compliant(t)
	encoded, err := json.Marshal(value)
	must(t, err)
	plain := decode(t, encoded)
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	settings := consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values(), Memory: &recall.Memory{}}
	all := repetitions(t, root, value)
	withID := 0
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range all {
		if r.id != "" {
			withID++
		}
		group.Go(func() error {
			mutant := plain
			for pointer, to := range r.set {
				mutant = set(t, mutant, pointer, to)
			}
			service, err := l.judge(t, mutant)
			must(t, err)
			for _, activity := range service.Activities {
				if activity.Status == verdict.Error {
					t.Errorf("%s twice, %s: %s: %s", r.pointer, r.how, activity.ID, activity.Reason)
				}
			}
			if r.id == "" {
				return nil
			}
			contradictions := h.plan.Check(mutant, settings).Contradictions
			for _, section := range naming(t, root, value, r) {
				if contradictions[section] == nil {
					t.Errorf("%s twice, %s: %s, which names it, has no contradiction", r.pointer, r.how, section)
				}
			}
			return nil
		})
	}
	must(t, group.Wait())
	if withID < 200 {
		t.Errorf("%d of %d items have ids", withID, len(all))
	}
}

// naming are the sections that name an item: its own, and those in which a text refers to its kind by the item's id.
func naming(t *testing.T, root, value map[string]any, r repetition) []string {
	t.Helper()
	sections := map[string]bool{strings.Split(r.pointer, "/")[1]: true}
	nodes("", value, func(pointer string, node any) {
		if node != r.id {
			return
		}
		form := annotated(t, root, pointer)
		person, _ := form["x-person"].(map[string]any)
		kinds, _ := person["or"].([]any)
		refs, isList := form["x-ref"].([]any)
		if !isList {
			refs = []any{form["x-ref"]}
		}
		for _, ref := range refs {
			fields, _ := ref.(map[string]any)
			to, _ := fields["to"].([]any)
			kinds = append(kinds, to...)
		}
		if slices.Contains(kinds, any(r.kind)) || person != nil && r.kind == "person" {
			sections[strings.Split(pointer, "/")[1]] = true
		}
	})
	return slices.Sorted(maps.Keys(sections))
}
