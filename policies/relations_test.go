package policies_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"raci-check/internal/consistency"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/placeholder"
	"raci-check/internal/schema"
)

// relation is a mutant of how facts relate to each other: several places may change.
type relation struct {
	family, pointer string
	set             map[string]any // by pointer
	drop            string         // pointer of an item
	survives        bool
}

// leaver is the person of the compliant evidence who has left.
const leaver = "leo.martin@arvella.example"

// relations are the mutants of the compliant evidence, by family.
func relations(t *testing.T, h house, value map[string]any) []relation {
	t.Helper()
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	informative := informativeFields(t, h.format.Schema)
	var all []relation
	add := func(family, pointer string, to any) {
		all = append(all, relation{family: family, pointer: pointer, set: map[string]any{pointer: to}})
	}
	nodes("", value, func(pointer string, held any) {
		if informative(pointer) {
			return
		}
		if list, isList := held.([]any); isList {
			for i, item := range list {
				if _, isObject := item.(map[string]any); isObject {
					all = append(all, dropped(value, pointer, i, len(list)))
				}
			}
			return
		}
		text, isText := held.(string)
		if !isText {
			return
		}
		form := annotated(t, root, pointer)
		if form["x-ref"] != nil {
			add("reference to nothing", pointer, missing(text))
			for _, ended := range []string{"30c0b848-a5c6-4ee6-b851-b60644d618af", "8ca3d7bd-b2d2-4a15-bf33-fbd76b9068f0"} {
				if isUUID(text) && isUUID(ended) && text != ended && states(form) {
					add("reference to an ended object", pointer, ended)
				}
			}
		}
		if form["x-person"] != nil && strings.Contains(text, "@") && !strings.HasPrefix(pointer, "/people/") {
			add("somebody unknown", pointer, "nobody.known@arvella.example")
			if text != leaver {
				add("somebody who has left", pointer, leaver)
			}
			for _, other := range siblings(t, root, value, pointer) {
				if held, _ := document.Lookup(value, other); held != text {
					add("one person spelled twice", pointer, " "+strings.ToUpper(strings.Replace(held.(string), "@", "+okms@", 1))+" ")
				}
			}
		}
		if form["enum"] == nil && form["const"] == nil && form["format"] == nil && form["pattern"] == nil && form["x-placeholder"] == nil && form["x-form"] == nil {
			add("placeholder", pointer, "TBD")
			add("placeholder", pointer, "…")
		}
		if format, _ := form["format"].(string); strings.HasPrefix(format, "date") {
			moves(value, form, pointer, text, add)
		}
	})
	return all
}

// dropped drops an item and lowers the count that stands beside its list.
func dropped(value map[string]any, pointer string, i, length int) relation {
	r := relation{family: "dropped with its count", pointer: fmt.Sprintf("%s/%d", pointer, i), drop: fmt.Sprintf("%s/%d", pointer, i), set: map[string]any{}}
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	object, _ := document.Lookup(value, above)
	fields, _ := object.(map[string]any)
	for name, held := range fields {
		if strings.Contains(name, "count") && held == json.Number(strconv.Itoa(length)) {
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

func isUUID(text string) bool { return len(text) == 36 && strings.Count(text, "-") == 4 }

// states reports whether a reference says in which state an object must be.
func states(form map[string]any) bool {
	ref, _ := form["x-ref"].(map[string]any)
	states, _ := ref["states"].([]any)
	return len(states) > 0 && !slices.Contains(states, any("destroyed"))
}

// annotated is the schema of the value at a pointer; of an item of a list of texts, that of the list.
func annotated(t *testing.T, root map[string]any, pointer string) map[string]any {
	t.Helper()
	form := maps.Clone(formAt(t, root, pointer))
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	if above == "" {
		return form
	}
	if list := formAt(t, root, above); list["items"] != nil {
		for keyword, held := range list {
			if strings.HasPrefix(keyword, "x-") {
				form[keyword] = held
			}
		}
	}
	return form
}

// siblings are the pointers of the other persons that the object of a pointer names: approvers, requesters, verifiers.
func siblings(t *testing.T, root, value map[string]any, pointer string) []string {
	t.Helper()
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	held, _ := document.Lookup(value, above)
	var others []string
	switch v := held.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, isText := v[name].(string); isText && above+"/"+name != pointer && annotated(t, root, above+"/"+name)["x-person"] != nil {
				others = append(others, above+"/"+name)
			}
		}
	case []any:
		for i := range v {
			if other := fmt.Sprintf("%s/%d", above, i); other != pointer {
				others = append(others, other)
			}
		}
	}
	return others
}

// Relations that do not hold are refused, contradict or turn a check bad, but for those that somebody has reviewed.
func TestNoRelationIsBrokenUnnoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("judges some thousand mutants")
	}
	h := load(t)
	l := newLaboratory(t, h)
	value := h.compliant(t)
	encoded, err := json.Marshal(value)
	must(t, err)
	list, err := placeholder.New(h.reference)
	must(t, err)
	form, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	settings := consistency.Settings{Reference: h.reference, Parameters: h.parameters.Values()}
	all := relations(t, h, value)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range all {
		group.Go(func() error {
			mutant := decode(t, encoded)
			for pointer, to := range all[i].set {
				mutant = set(t, mutant, pointer, to)
			}
			if all[i].drop != "" {
				mutant = remove(t, mutant, all[i].drop)
			}
			if all[i].family == "placeholder" {
				text, err := json.Marshal(mutant)
				must(t, err)
				reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits, Placeholders: list, Stdin: bytes.NewReader(text)}
				_, err = reader.Read([]string{"-"})
				all[i].survives = err == nil || !strings.Contains(err.Error(), placeholder.Advice)
				return nil
			}
			if len(h.plan.Check(mutant, settings).Contradictions) > 0 {
				return nil
			}
			ids, refused := l.bad(t, mutant)
			all[i].survives = len(ids) == 0 && !refused
			return nil
		})
	}
	must(t, group.Wait())
	var reviewed []survivor
	readYAML(t, "../testdata/broken_relations.yaml", &reviewed)
	needed := map[string]bool{}
	type count struct{ noticed, all int }
	counts := map[string]count{}
	for _, r := range all {
		c := counts[r.family]
		c.all++
		if !r.survives {
			c.noticed++
		}
		counts[r.family] = c
		if !r.survives {
			continue
		}
		covered := false
		for _, entry := range reviewed {
			for _, place := range entry.Places {
				if slices.Contains(entry.Families, r.family) && like(r.pointer, place) {
					needed[place+" "+r.family], covered = true, true
				}
			}
		}
		if !covered {
			t.Errorf("%s: %s (%v), and nothing notices", r.family, r.pointer, r.set)
		}
	}
	for _, entry := range reviewed {
		if strings.TrimSpace(entry.Reason) == "" {
			t.Errorf("%v has no reason", entry.Places)
		}
		for _, place := range entry.Places {
			for _, family := range entry.Families {
				if !needed[place+" "+family] {
					t.Errorf("testdata/broken_relations.yaml: no mutant needs %s %s any more", place, family)
				}
			}
		}
	}
	for _, family := range slices.Sorted(maps.Keys(counts)) {
		c := counts[family]
		t.Logf("%-28s %5d of %5d mutants noticed, %5.1f %%", family, c.noticed, c.all, float64(c.noticed)/float64(c.all)*100)
	}
}
