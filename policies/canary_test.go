package policies_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

var update = flag.Bool("update", false, "write docs/shown-fields.md")

// canaries are values that stand for a field of the evidence and nowhere else.
type canaries struct {
	form   *schema.Schema
	fields map[string]string // field by canary
	next   int

	searched sync.Map // parts of verdicts that were searched: most mutants have most of them in common
}

// fieldOf is a pointer without the places in lists.
func fieldOf(pointer string) string { return listPlace.ReplaceAllString(pointer, "/*$1") }

var listPlace = regexp.MustCompile(`/[0-9]+(/|$)`)

// put answers a value for the scalar at a pointer that the schema takes; nil where it takes none of a kind.
func (c *canaries) put(t testing.TB, section map[string]any, pointer string, value any) any {
	t.Helper()
	c.next++
	var candidates []any
	switch value.(type) {
	case string:
		day := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, c.next)
		candidates = []any{
			fmt.Sprintf("canary%05dx", c.next), fmt.Sprintf("canary%05dx@example.com", c.next), fmt.Sprintf("00000000-0000-4000-8000-%012d", c.next),
			day.Add(time.Duration(c.next) * time.Second).Format(time.RFC3339), day.Format(time.DateOnly),
		}
	case json.Number:
		candidates = []any{json.Number(fmt.Sprint(7_000_000 + c.next)), json.Number(fmt.Sprint(7000 + c.next))}
	}
	for _, candidate := range candidates {
		mutant := set(t, section, pointer, candidate)
		_, misfit := c.form.Misfit(mutant)
		if !misfit {
			c.fields[fmt.Sprint(candidate)] = fieldOf(pointer)
			return candidate
		}
	}
	return nil
}

// envelope makes a document of its own of one section.
func envelope(t testing.TB, value map[string]any, section string) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(map[string]any{
		"api_version": value["api_version"], "kind": value["kind"], "metadata": value["metadata"], section: value[section],
	})
	must(t, err)
	return decode(t, encoded)
}

// scalars lists the scalars of the sections.
func scalars(value map[string]any) map[string]any {
	byPointer := map[string]any{}
	nodes("", value, func(pointer string, node any) {
		switch node.(type) {
		case map[string]any, []any:
			return
		}
		if section := strings.Split(pointer, "/")[1]; !slices.Contains([]string{"api_version", "kind", "metadata"}, section) {
			byPointer[pointer] = node
		}
	})
	return byPointer
}

// shownFields answers which fields have their value in a verdict, in parts of it that no verdict had before; stated says that no fact
// of the evidence has an artifact.
func (c *canaries) shownFields(t testing.TB, service assessment.Service, stated bool) []string {
	t.Helper()
	// What a check is comes from its METADATA; all else could come from the evidence.
	var rest []any
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			rest = append(rest, check.Findings, check.Waiver)
		}
		activity.Checks = nil
		rest = append(rest, activity)
	}
	service.Activities = nil
	var shown []string
	for _, part := range append(rest, service) {
		encoded, err := json.Marshal(part)
		must(t, err)
		if _, isSearched := c.searched.LoadOrStore(fmt.Sprint(stated, string(encoded)), true); isSearched {
			continue
		}
		for _, mark := range canaryMarks.FindAllString(string(encoded), -1) {
			if field, isCanary := c.fields[mark]; isCanary {
				shown = append(shown, field)
			}
		}
	}
	if stated { // the page says of all owners that they are shown there
		shown = slices.DeleteFunc(shown, func(field string) bool { return strings.HasSuffix(field, "/owner") })
	}
	return shown
}

var canaryMarks = regexp.MustCompile(`canary[0-9]{5}x(@example\.com)?|00000000-0000-4000-8000-[0-9]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?|\b7[0-9]{3,6}\b`)

// A report shows of the evidence only the fields that docs/shown-fields.md lists. Every scalar is given a value of its own,
// all at once, each alone, and all in every mutant that makes a check fail, and is looked for in the assessment, which is all
// that a report is written from.
func TestReportsShowListedFieldsOnly(t *testing.T) {
	testhelp.Long(t, "judges some thousand mutants")
	h := load(t)
	l := newLaboratory(t, h)
	shown := map[string]bool{}
	readers := map[string][]string{} // activities by the section that they read
	for _, check := range h.set.Checks() {
		for _, pointer := range check.Evidence {
			section := strings.Split(pointer, "/")[1]
			readers[section] = append(readers[section], check.DutyID)
		}
	}
	for _, name := range []string{"compliant", "gaps"} {
		value := h.read(t, "../evidence/"+name)
		c := &canaries{form: l.form, fields: map[string]string{}}
		marks := map[string]any{} // canary by pointer
		envelopes := map[string]map[string]any{}
		for _, pointer := range slices.Sorted(maps.Keys(scalars(value))) {
			section := strings.Split(pointer, "/")[1]
			if envelopes[section] == nil {
				envelopes[section] = envelope(t, value, section)
			}
			scalar, _ := document.Lookup(value, pointer)
			if mark := c.put(t, envelopes[section], pointer, scalar); mark != nil {
				marks[pointer] = mark
			}
		}
		if len(marks) < 900 {
			t.Fatalf("%s: only %d fields take a canary", name, len(marks))
		}
		encoded, err := json.Marshal(value)
		must(t, err)
		plain := decode(t, encoded)
		marked := plain
		for pointer, mark := range marks {
			marked = set(t, marked, pointer, mark)
		}

		type mutant struct {
			value    map[string]any
			selected []string // activities to judge; empty for all
			stated   bool     // no fact has an artifact
		}
		stated := document.Clone(marked).(map[string]any)
		unattach(stated)
		mutants := []mutant{{marked, nil, false}, {stated, nil, true}}
		if name == "compliant" {
			for _, m := range allMutations(t) {
				mutants = append(mutants, mutant{m.apply(t, marked), nil, false})
			}
		}
		for pointer, mark := range marks {
			mutants = append(mutants, mutant{set(t, plain, pointer, mark), readers[strings.Split(pointer, "/")[1]], false})
		}
		var lock sync.Mutex
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for _, mutant := range mutants {
			group.Go(func() error {
				service, err := l.engines.evaluate(t.Context(), engine.Request{At: l.at, Selected: mutant.selected, Evidence: engine.Evidence{
					Value: mutant.value, Locate: func(string) verdict.Location { return verdict.Location{} },
				}})
				if err != nil {
					return nil // refused: TestErrorsShowNoValue looks at that
				}
				fields := c.shownFields(t, service, mutant.stated)
				lock.Lock()
				defer lock.Unlock()
				for _, field := range fields {
					shown[field] = true
				}
				return nil
			})
		}
		must(t, group.Wait())
	}
	// What the reader of evidence itself puts into the report, of every section.
	for section := range h.read(t, "../evidence/compliant") {
		for field := range shown {
			if strings.HasPrefix(field, "/"+section+"/source/") {
				delete(shown, field)
			}
		}
	}
	page := shownPage(t, h, slices.Sorted(maps.Keys(shown)))
	const file = "../docs/shown-fields.md"
	if *update {
		must(t, os.WriteFile(file, []byte(page), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), page); diff != "" {
		t.Errorf("reports show other fields than docs/shown-fields.md lists (-listed +shown); if this is intended, run go test ./policies -run ListedFields -update:\n%s", diff)
	}
}

// unattach makes all facts the word of somebody.
func unattach(value any) {
	switch v := value.(type) {
	case map[string]any:
		delete(v, "artifact")
		if source, ok := v["source"].(map[string]any); ok {
			source["method"] = "statement"
		}
		for _, below := range v {
			unattach(below)
		}
	case []any:
		for _, below := range v {
			unattach(below)
		}
	}
}

func allMutations(t testing.TB) []mutation {
	t.Helper()
	files, err := filepath.Glob("../testdata/mutations/*.yaml")
	must(t, err)
	var all []mutation
	for _, file := range files {
		var mutations []mutation
		readYAML(t, file, &mutations)
		all = append(all, mutations...)
	}
	return all
}

func shownPage(t testing.TB, h house, fields []string) string {
	t.Helper()
	var root map[string]any
	must(t, json.Unmarshal(h.format.Schema, &root))
	var out strings.Builder
	out.WriteString(`<!-- Generated by go test ./policies -run ListedFields -update, which tries every field. Do not edit. -->

# What a report shows of the evidence

A report names the objects of its findings and what is wrong with them. It can show the values of the fields below. It shows
no value of any other field, and neither do error messages. A test gives every field a unique value and looks for it. Reports
also show file names, digests, lines and the paths of fields.

- From every section: ` + "`source`" + ` (method, when and by whom it was collected, paths and digests of artifacts).
- From every file: the service's id, name and region, the declarations in ` + "`not_applicable`" + `, and the provider's documents in
  ` + "`assurance`" + `.
- From every record: ` + "`owner`" + `, where a check passes by facts that are only stated.
- From waivers: everything.

| field | meaning |
|---|---|
`)
	for _, field := range fields {
		fmt.Fprintf(&out, "| `%s` | %s |\n", field, strings.ReplaceAll(describe(t, root, field), "|", `\|`))
	}
	return out.String()
}

func describe(t testing.TB, root map[string]any, field string) string {
	t.Helper()
	form := root
	for _, part := range strings.Split(field, "/")[1:] {
		form = resolve(root, form)
		if part == "*" {
			form, _ = form["items"].(map[string]any)
			continue
		}
		properties, _ := form["properties"].(map[string]any)
		form, _ = properties[part].(map[string]any)
	}
	if text, ok := form["description"].(string); ok {
		return text
	}
	text, _ := resolve(root, form)["description"].(string)
	return text
}

// An error never repeats a value: it may be a secret that was pasted into the wrong place. Without RACI_CHECK_LONG it is every fifth value.
func TestErrorsShowNoValue(t *testing.T) {
	h := load(t)
	form, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	value := h.read(t, "../evidence/compliant")
	const canary = "canary-4f1d9a"
	refused, step := 0, 5/testhelp.Rounds(5, 1)
	for i, pointer := range slices.Sorted(maps.Keys(scalars(value))) {
		if i%step != 0 {
			continue
		}
		section := strings.Split(pointer, "/")[1]
		for _, wrong := range []any{canary, json.Number("-7316524.5"), map[string]any{"x": canary}, []any{canary}} {
			mutant := set(t, envelope(t, value, section), pointer, wrong)
			encoded, err := json.Marshal(mutant)
			must(t, err)
			doc, err := document.Parse("evidence.yaml", encoded, document.DefaultLimits)
			if err == nil {
				err = form.Validate(doc)
			}
			if err == nil {
				continue
			}
			refused++
			if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "7316524") {
				t.Errorf("%s: %v", pointer, err)
			}
		}
	}
	if refused < 2000/step {
		t.Errorf("only %d wrong values were refused", refused)
	}
}
