package policies_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

func TestCompliantEvidenceIsGood(t *testing.T) {
	h := load(t)
	l := newLaboratory(t, h)
	for _, name := range good {
		service, err := l.judge(t, h.passing(t, name))
		must(t, err)
		for _, activity := range service.Activities {
			if activity.Status == verdict.Error {
				t.Errorf("evidence/%s: %s %s: %s", name, activity.ID, activity.Name, activity.Reason)
			}
			for _, check := range activity.Checks {
				for _, finding := range check.Findings {
					t.Errorf("evidence/%s: %s: %s %s: %s", name, check.ID, finding.Status, finding.Pointer, finding.Message)
				}
			}
		}
	}
}

// Every leaf of the compliant evidence, dropped alone, and every collection, emptied alone, must make a check fail or be
// refused, unless the schema marks the field informative.
func TestEveryLeafMatters(t *testing.T) {
	testhelp.Long(t, "judges some thousand mutants")
	e := newExample(t, "compliant")
	var pointers []string
	nodes("", e.value, func(pointer string, _ any) {
		if !e.informative(pointer) {
			pointers = append(pointers, pointer)
		}
	})
	survivors := make([]string, len(pointers))
	each(t, len(pointers), func(i int) {
		pointer := pointers[i]
		mutant := e.plain
		node, _ := document.Lookup(mutant, pointer)
		how := "dropped"
		switch node.(type) {
		case map[string]any:
			how = "emptied"
			mutant = set(t, mutant, pointer, map[string]any{})
		case []any:
			how = "emptied"
			mutant = set(t, mutant, pointer, []any{})
		default:
			mutant = remove(t, mutant, pointer)
		}
		if !e.notices(t, mutant) {
			survivors[i] = fmt.Sprintf("%s %s: every check still passes", pointer, how)
		}
	})
	t.Logf("%d mutants", len(pointers))
	for _, survivor := range survivors {
		if survivor != "" {
			t.Error(survivor)
		}
	}
}

// mutation is a change of the compliant evidence that turns one check bad.
type mutation struct {
	Check  string         `yaml:"check"`
	Set    map[string]any `yaml:"set"`
	Remove []string       `yaml:"remove"`
	Also   []string       `yaml:"also"` // checks that must turn with it
	Why    string         `yaml:"why"`  // why they must
}

// apply answers evidence, which is made of JSON values, with the mutation.
func (m mutation) apply(t testing.TB, mutant map[string]any) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(m.Set) // what YAML gives becomes what JSON gives
	must(t, err)
	values := decode(t, encoded)
	for _, pointer := range slices.Sorted(maps.Keys(values)) {
		mutant = set(t, mutant, pointer, values[pointer])
	}
	for _, pointer := range m.Remove {
		mutant = remove(t, mutant, pointer)
	}
	return mutant
}

func TestEveryCheckIsEffective(t *testing.T) {
	e := newExample(t, "compliant")
	bitten := map[string]bool{}
	files, err := filepath.Glob("../testdata/mutations/*.yaml")
	must(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var mutations []mutation
			readYAML(t, file, &mutations)
			for i, m := range mutations {
				ids, refused := e.bad(t, m.apply(t, e.plain))
				wanted := append([]string{m.Check}, m.Also...)
				slices.Sort(wanted)
				slices.Sort(ids)
				switch {
				case refused:
					t.Errorf("mutation %d (%s) is refused by the schema", i+1, m.Check)
				case !slices.Equal(ids, wanted):
					t.Errorf("mutation %d turns %v bad, wanted %v", i+1, ids, wanted)
				case len(m.Also) > 0 && m.Why == "":
					t.Errorf("mutation %d (%s) turns others too and does not say why", i+1, m.Check)
				}
				bitten[m.Check] = true
			}
		})
	}
	for _, check := range e.set.Checks() {
		if !bitten[check.ID] {
			t.Errorf("%s: no mutation shows that it bites", check.ID)
		}
	}
}

// nodes visits every value below the sections, children before parents, in a fixed order.
func nodes(pointer string, value any, visit func(pointer string, value any)) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			nodes(pointer+document.Pointer(key), v[key], visit)
		}
	case []any:
		for i, item := range v {
			nodes(pointer+"/"+strconv.Itoa(i), item, visit)
		}
	}
	if pointer != "" {
		visit(pointer, value)
	}
}

func decode(t testing.TB, encoded []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value map[string]any
	must(t, decoder.Decode(&value))
	return value
}

// set is a value with another one at a pointer; the last part "-" appends to a list. What the pointer does not lead through is shared
// with the value, which stays as it is.
func set(t testing.TB, value map[string]any, pointer string, to any) map[string]any {
	t.Helper()
	return edit(t, value, pointer, func(collection any, key string) any {
		switch h := collection.(type) {
		case map[string]any:
			h[key] = to
			return h
		case []any:
			if key == "-" {
				return append(h, to)
			}
			h[index(t, h, key)] = to
			return h
		}
		t.Fatalf("%s leads nowhere", pointer)
		return nil
	})
}

// remove is a value without what is at a pointer; else it is like set.
func remove(t testing.TB, value map[string]any, pointer string) map[string]any {
	t.Helper()
	return edit(t, value, pointer, func(collection any, key string) any {
		switch h := collection.(type) {
		case map[string]any:
			if _, hasKey := h[key]; !hasKey {
				t.Fatalf("%s is not there", pointer)
			}
			delete(h, key)
			return h
		case []any:
			i := index(t, h, key)
			return slices.Delete(h, i, i+1)
		}
		t.Fatalf("%s leads nowhere", pointer)
		return nil
	})
}

// edit is a value in which the collection that holds a pointer's last part is what change makes of a copy of it.
func edit(t testing.TB, value map[string]any, pointer string, change func(collection any, key string) any) map[string]any {
	t.Helper()
	parts, err := document.Split(pointer)
	must(t, err)
	var descend func(collection any, parts []string) any
	descend = func(collection any, parts []string) any {
		switch h := collection.(type) {
		case map[string]any:
			collection = maps.Clone(h)
		case []any:
			collection = slices.Clone(h)
		}
		if len(parts) == 1 {
			return change(collection, parts[0])
		}
		switch h := collection.(type) {
		case map[string]any:
			if _, hasKey := h[parts[0]]; !hasKey {
				h[parts[0]] = map[string]any{}
			}
			h[parts[0]] = descend(h[parts[0]], parts[1:])
		case []any:
			i := index(t, h, parts[0])
			h[i] = descend(h[i], parts[1:])
		default:
			t.Fatalf("%s leads nowhere", pointer)
		}
		return collection
	}
	return descend(value, parts).(map[string]any)
}

func index(t testing.TB, list []any, key string) int {
	t.Helper()
	i, err := strconv.Atoi(key)
	if err != nil || i < 0 || i >= len(list) {
		t.Fatalf("no item %s in a list of %d", key, len(list))
	}
	return i
}

// schemaFields lists the pointers of all fields that lie outside lists.
func schemaFields(t testing.TB, raw []byte) map[string]bool {
	t.Helper()
	var root map[string]any
	must(t, json.Unmarshal(raw, &root))
	fields := map[string]bool{}
	var walk func(pointer string, form map[string]any)
	walk = func(pointer string, form map[string]any) {
		properties, _ := resolve(root, form)["properties"].(map[string]any)
		for name, property := range properties {
			below := pointer + document.Pointer(name)
			fields[below] = true
			walk(below, property.(map[string]any))
		}
	}
	walk("", root)
	return fields
}

// informativeFields answers whether the schema marks a pointer, or something above it, as informative.
func informativeFields(t testing.TB, root map[string]any) func(pointer string) bool {
	t.Helper()
	return func(pointer string) bool {
		parts, err := document.Split(pointer)
		must(t, err)
		form := root
		for _, part := range parts {
			form = resolve(root, form)
			if _, marked := form["x-informative"]; marked {
				return true
			}
			if items, ok := form["items"].(map[string]any); ok {
				form = items
				continue
			}
			properties, _ := form["properties"].(map[string]any)
			form, _ = properties[part].(map[string]any)
			if form == nil {
				t.Errorf("%s is not in the schema", pointer)
				return true
			}
		}
		_, marked := form["x-informative"]
		return marked
	}
}

// resolve follows a $ref into the $defs of the root; what stands beside the $ref stays.
func resolve(root, form map[string]any) map[string]any {
	ref, _ := form["$ref"].(string)
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	if !ok {
		return form
	}
	resolved := maps.Clone(root["$defs"].(map[string]any)[name].(map[string]any))
	maps.Copy(resolved, form)
	delete(resolved, "$ref")
	return resolved
}
