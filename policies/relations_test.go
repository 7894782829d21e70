package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// relation is a mutant of how facts relate to each other: several places may change.
type relation struct {
	family, pointer string
	set             map[string]any // by pointer
	drop            string         // pointer of an item
	survives        bool
}

// relations are the mutants of one example.
type relations struct {
	t *testing.T
	*example
	objects map[string][]object // by kind
	all     []relation
}

// newRelations makes the mutants of all families.
func newRelations(t *testing.T, e *example) *relations {
	r := &relations{t: t, example: e, objects: objectsOf(t, e)}
	nodes("", e.value, func(pointer string, node any) {
		if e.informative(pointer) {
			return
		}
		switch v := node.(type) {
		case []any:
			r.list(pointer, v)
		case map[string]any:
			r.swapPersons(pointer, v)
		case string:
			r.text(pointer, v)
		}
	})
	return r
}

func (r *relations) add(family, pointer string, to any) {
	r.all = append(r.all, relation{family: family, pointer: pointer, set: map[string]any{pointer: to}})
}

// list makes the mutants of a list: without one of its items, and with the parts of two items swapped.
func (r *relations) list(pointer string, list []any) {
	for i, item := range list {
		fields, isObject := item.(map[string]any)
		if !isObject {
			continue
		}
		r.all = append(r.all, dropped(r.value, pointer, i, len(list)))
		next, _ := list[(i+1)%len(list)].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			ownPointer, nextPointer := fmt.Sprintf("%s/%d/%s", pointer, i, name), fmt.Sprintf("%s/%d/%s", pointer, (i+1)%len(list), name)
			if next[name] == nil || r.informative(ownPointer) || same(fields[name], next[name]) {
				continue
			}
			swap := map[string]any{ownPointer: next[name], nextPointer: fields[name]}
			switch fields[name].(type) {
			case map[string]any, []any:
				r.all = append(r.all, relation{family: "part of another item", pointer: ownPointer, set: swap})
			case string:
				if annotated(r.t, r.root, ownPointer)["x-person"] != nil {
					r.all = append(r.all, relation{family: "two persons swapped", pointer: ownPointer, set: swap})
				}
			}
		}
	}
}

func same(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// swapPersons makes the mutants in which two persons of one object have each other's part.
func (r *relations) swapPersons(pointer string, fields map[string]any) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, isText := fields[name].(string); isText && annotated(r.t, r.root, pointer+"/"+name)["x-person"] != nil {
			names = append(names, name)
		}
	}
	for i, name := range names {
		for _, other := range names[i+1:] {
			if fields[name] != fields[other] {
				swap := map[string]any{pointer + "/" + name: fields[other], pointer + "/" + other: fields[name]}
				r.all = append(r.all, relation{family: "two persons swapped", pointer: pointer + "/" + name, set: swap})
			}
		}
	}
}

// text makes the mutants of a text, as the schema annotates it.
func (r *relations) text(pointer, text string) {
	form := annotated(r.t, r.root, pointer)
	if form["x-ref"] != nil {
		r.add("reference to nothing", pointer, missing(text))
		r.references(form, pointer, text)
	}
	if form["x-person"] != nil && strings.Contains(text, "@") && !strings.HasPrefix(pointer, "/people/") {
		r.persons(pointer, text)
	}
	if form["enum"] == nil && form["const"] == nil && form["format"] == nil && form["pattern"] == nil && form["x-placeholder"] == nil && form["x-form"] == nil && form["x-listed"] == nil {
		r.add("placeholder", pointer, "TBD")
		r.add("placeholder", pointer, "…")
	}
	if format, _ := form["format"].(string); strings.HasPrefix(format, "date") {
		moves(r.value, form, pointer, text, r.add)
	}
	r.widen(pointer, text)
}

// persons makes the mutants of a text that names a person.
func (r *relations) persons(pointer, text string) {
	r.add("somebody unknown", pointer, "nobody.known@arvella.example")
	for _, person := range r.objects["person"] {
		if person.state == "ended" && person.id != text {
			r.add("somebody who has left", pointer, person.id)
		}
	}
	for _, other := range siblings(r.t, r.root, r.value, pointer) {
		if value, _ := document.Lookup(r.value, other); value != text {
			r.add("one person spelled twice", pointer, " "+strings.ToUpper(strings.Replace(value.(string), "@", "+okms@", 1))+" ")
		}
	}
}

// dropped drops an item and lowers the count that stands beside its list.
func dropped(value map[string]any, pointer string, i, length int) relation {
	r := relation{family: "dropped with its count", pointer: fmt.Sprintf("%s/%d", pointer, i), drop: fmt.Sprintf("%s/%d", pointer, i), set: map[string]any{}}
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	object, _ := document.Lookup(value, above)
	fields, _ := object.(map[string]any)
	for name, number := range fields {
		if strings.Contains(name, "count") && number == json.Number(strconv.Itoa(length)) {
			r.set[above+"/"+name] = json.Number(strconv.Itoa(length - 1))
		}
	}
	return r
}

// moves are dates put beyond a neighbour, or beyond the reading.
func moves(value map[string]any, form map[string]any, pointer, text string, add func(family, pointer string, to any)) {
	section := strings.Split(pointer, "/")[1]
	reading, _ := document.Lookup(value, "/"+section+"/source/collected_at")
	read, err := time.Parse(time.RFC3339, fmt.Sprint(reading))
	if err != nil || strings.Contains(pointer, "/source/") {
		return
	}
	layout := time.RFC3339
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	if form["x-future"] == nil {
		add("after the reading", pointer, read.AddDate(0, 0, 2).Format(layout))
	}
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	object, _ := document.Lookup(value, above)
	fields, _ := object.(map[string]any)
	own, _ := time.Parse(layout, text)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		other, _ := fields[name].(string)
		for _, l := range []string{time.RFC3339, time.DateOnly} {
			at, err := time.Parse(l, other)
			if err != nil || above+"/"+name == pointer {
				continue
			}
			to := at.AddDate(0, 0, -2)
			if own.Before(at) {
				to = at.AddDate(0, 0, 2)
			}
			if !to.After(read) || form["x-future"] != nil {
				add("past a neighbour", pointer, to.Format(layout))
			}
		}
	}
}

// missing is a reference of the same form to nothing.
func missing(text string) string {
	if at := strings.LastIndexByte(text, '/'); at >= 0 {
		return text[:at+1] + "0f0f0f0f-0000-4000-8000-0000000000f0"
	}
	return "0f0f0f0f-0000-4000-8000-0000000000f0"
}

// annotated is the schema of the value at a pointer; of an item of a list of texts, that of the list.
func annotated(t testing.TB, root map[string]any, pointer string) map[string]any {
	t.Helper()
	form := maps.Clone(formAt(t, root, pointer))
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	if above == "" {
		return form
	}
	if list := formAt(t, root, above); list["items"] != nil {
		for keyword, annotation := range list {
			if strings.HasPrefix(keyword, "x-") {
				form[keyword] = annotation
			}
		}
	}
	return form
}

// siblings are the pointers of the other persons that the object of a pointer names: approvers, requesters, verifiers.
func siblings(t *testing.T, root, value map[string]any, pointer string) []string {
	t.Helper()
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	container, _ := document.Lookup(value, above)
	var pointers []string
	switch v := container.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, isText := v[name].(string); isText && above+"/"+name != pointer && annotated(t, root, above+"/"+name)["x-person"] != nil {
				pointers = append(pointers, above+"/"+name)
			}
		}
	case []any:
		for i := range v {
			if other := fmt.Sprintf("%s/%d", above, i); other != pointer {
				pointers = append(pointers, other)
			}
		}
	}
	return pointers
}

// Relations that do not hold are refused, contradict or make a check fail, but for those that somebody has reviewed.
func TestNoRelationIsBrokenUnnoticed(t *testing.T) {
	testhelp.Long(t, "judges some thousand mutants")
	reviewed := readReviews(t, "../testdata/broken_relations.yaml")
	for _, folder := range []string{"compliant", "small"} {
		t.Run(folder, func(t *testing.T) {
			r := newRelations(t, newExample(t, folder))
			r.try()
			r.report(reviewed)
		})
	}
	reviewed.allNeeded(t)
}

// try judges the mutants. A contradiction alone is enough, and is found quickest.
func (r *relations) try() {
	settings := consistency.Settings{Reference: r.reference, Parameters: r.parameters.Values(), Memory: &recall.Memory{}}
	each(r.t, len(r.all), func(i int) {
		m := &r.all[i]
		mutant := r.plain
		for pointer, to := range m.set {
			mutant = set(r.t, mutant, pointer, to)
		}
		if m.drop != "" {
			mutant = remove(r.t, mutant, m.drop)
		}
		switch {
		case m.family == "placeholder":
			err := r.refuses(r.t, mutant)
			m.survives = err == nil || !strings.Contains(err.Error(), placeholder.Advice)
		case len(r.plan.Check(mutant, settings).Contradictions) > 0:
		default:
			m.survives = !r.notices(r.t, mutant)
		}
	})
}

// report names the mutants that nothing notices and nobody has reviewed, and logs the score by family.
func (r *relations) report(reviewed *reviews) {
	type count struct{ noticed, all int }
	counts := map[string]count{}
	for _, m := range r.all {
		c := counts[m.family]
		c.all++
		switch {
		case !m.survives:
			c.noticed++
		case !reviewed.cover(m.family, m.pointer):
			r.t.Errorf("%s: %s (%v), and nothing notices", m.family, m.pointer, m.set)
		}
		counts[m.family] = c
	}
	for _, family := range slices.Sorted(maps.Keys(counts)) {
		c := counts[family]
		r.t.Logf("%-28s %5d of %5d mutants noticed, %5.1f %%", family, c.noticed, c.all, float64(c.noticed)/float64(c.all)*100)
	}
}
