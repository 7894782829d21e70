package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"raci-check/internal/collect"
	"raci-check/internal/collect/source"
	"raci-check/internal/document"
	"raci-check/internal/engine"
	"raci-check/internal/evidence"
	"raci-check/internal/policy"
	"raci-check/internal/raci"
	"raci-check/internal/rego"
	"raci-check/internal/ruleset"
	"raci-check/internal/schema"
	"raci-check/internal/verdict"
	"raci-check/policies"
)

// The page that says which source can prove which check is made from what each check needs and what each source declares.
func TestCoveragePageIsCurrent(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	format, err := rules.Format()
	must(t, err)
	form, err := format.Describe()
	must(t, err)
	needs := needsOf(t, rules, set, format, form)
	page, measured := coverage(t, set, form, needs)
	writeOrCompare(t, "collect-coverage.md", generated+page)

	kinds := map[string]bool{}
	for _, kind := range source.All {
		kinds[kind.Name] = true
	}
	if percent := 100 * measured / len(set.Checks()); kinds["okms"] && kinds["ovhcloud"] && percent < 40 {
		t.Errorf("%d %% of the checks can be measured, expected are at least 40 %%", percent)
	}
}

// needsOf lists for each check the fields that must be there for it to be judged: what its METADATA names; every field
// whose absence everywhere in the compliant evidence turns it bad; and every field that its rule reads, itself or through
// helpers. So rather too many than too few.
func needsOf(t *testing.T, rules ruleset.Ruleset, set *policy.Set, format *evidence.Format, form *evidence.Form) map[string][]string {
	t.Helper()
	all := schemaLeaves(form)
	needs := map[string]map[string]bool{}
	for _, check := range set.Checks() {
		needs[check.ID] = map[string]bool{}
		for _, pointer := range check.Evidence {
			needs[check.ID][pointer] = true
		}
	}
	for id, pointers := range readFields(t, set, all) {
		for _, pointer := range pointers {
			needs[id][pointer] = true
		}
	}
	for id, pointers := range missedFields(t, rules, set, format, all) {
		for _, pointer := range pointers {
			needs[id][pointer] = true
		}
	}
	sorted := map[string][]string{}
	for id, pointers := range needs {
		maps.DeleteFunc(pointers, func(pointer string, _ bool) bool { // collect writes these itself
			steps := strings.Split(pointer, "/")
			return steps[1] == "metadata" || len(steps) > 2 && steps[2] == "source"
		})
		// A list or section is needed by what is needed below it.
		for pointer := range pointers {
			for other := range pointers {
				if strings.HasPrefix(other, pointer+"/") {
					delete(pointers, pointer)
					break
				}
			}
		}
		sorted[id] = slices.Sorted(maps.Keys(pointers))
	}
	return sorted
}

// schemaLeaves are the fields of evidence that hold no fields, list items as *, with those of source left out: collect writes
// them itself. Informative fields are left out too.
func schemaLeaves(root *evidence.Form) []string {
	var all []string
	var walk func(pointer string, form *evidence.Form)
	walk = func(pointer string, form *evidence.Form) {
		form = root.Resolve(form)
		switch {
		case form.Informative != "":
		case form.Type == "array" && root.Resolve(form.Items).Type == "object":
			walk(pointer+"/*", form.Items)
		case form.Type == "object":
			for _, name := range form.Properties.Names {
				if name != "source" {
					walk(pointer+"/"+name, form.Properties.Forms[name])
				}
			}
		default:
			all = append(all, pointer)
		}
	}
	for _, section := range root.Sections() {
		walk("/"+section, root.Properties.Forms[section])
	}
	return all
}

// readFields lists the fields that the rule of a check reads, directly or through helpers of its package: a reference from
// input, or one from a variable where a field of that name is below what the rule reads of input.
func readFields(t *testing.T, set *policy.Set, all []string) map[string][]string {
	t.Helper()
	compiler := ast.NewCompiler()
	modules := map[string]*ast.Module{}
	for name, module := range set.Modules {
		modules[name] = module.Copy()
	}
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	read := map[string][]string{}
	for _, duty := range set.Duties {
		for _, rule := range compiler.Modules[duty.File].Rules {
			check := checkOf(duty, rule)
			if check == "" {
				continue
			}
			fromInput, fromVariables := map[string]bool{}, map[string]bool{}
			seen := map[*ast.Rule]bool{}
			var visit func(*ast.Rule)
			visit = func(rule *ast.Rule) {
				if seen[rule] || !strings.HasPrefix(rule.Module.Package.Path.String(), "data."+set.Root+".") {
					return
				}
				seen[rule] = true
				ast.WalkRefs(rule, func(ref ast.Ref) bool {
					switch {
					case ref[0].Equal(ast.InputRootDocument):
						fromInput[pathOf(ref[1:])] = true
					case !ref[0].Equal(ast.DefaultRootDocument):
						fromVariables[pathOf(ref[1:])] = true
					}
					return false
				})
				for dependency := range compiler.Graph.Dependencies(rule) {
					visit(dependency.(*ast.Rule))
				}
			}
			visit(rule)
			for _, leaf := range all {
				isRead := fromInput[leaf]
				for field := range fromInput {
					if below, isBelow := strings.CutPrefix(leaf, field+"/"); isBelow {
						for path := range fromVariables {
							isRead = isRead || path != "" && strings.HasSuffix("/"+below, path)
						}
					}
				}
				if isRead {
					read[check] = append(read[check], leaf)
				}
			}
		}
	}
	return read
}

// checkOf is the id of the check whose rule this is; "" for a helper.
func checkOf(duty policy.Duty, rule *ast.Rule) string {
	if rule.Head.Name.String() != "findings" {
		return ""
	}
	for _, annotation := range rule.Annotations {
		if name, isText := annotation.Custom["id"].(string); isText {
			return duty.Name + "." + name
		}
	}
	return ""
}

// pathOf is a reference as a pointer, variables as *.
func pathOf(ref ast.Ref) string {
	var path strings.Builder
	for _, term := range ref {
		if name, isName := term.Value.(ast.String); isName {
			path.WriteString("/" + string(name))
		} else {
			path.WriteString("/*")
		}
	}
	return path.String()
}

// missedFields lists the fields whose absence turns a check bad that the compliant evidence passes.
func missedFields(t *testing.T, rules ruleset.Ruleset, set *policy.Set, format *evidence.Format, all []string) map[string][]string {
	t.Helper()
	compiled, err := schema.Compile("evidence", format.Schema)
	must(t, err)
	sets, err := (&evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}).Read([]string{"../evidence/compliant"})
	must(t, err)
	encoded, err := json.Marshal(sets[0].Value)
	must(t, err)
	judge := judgeOf(t, rules, set, format)
	missed := map[string][]string{}
	for _, leaf := range all {
		decoder := json.NewDecoder(bytes.NewReader(encoded))
		decoder.UseNumber()
		var value map[string]any
		must(t, decoder.Decode(&value))
		if !drop(value, strings.Split(leaf, "/")[1:]) {
			continue
		}
		for _, id := range judge(value) {
			missed[id] = append(missed[id], leaf)
		}
	}
	return missed
}

// judgeOf answers which checks do not hold for evidence.
func judgeOf(t *testing.T, rules ruleset.Ruleset, set *policy.Set, format *evidence.Format) func(map[string]any) []string {
	t.Helper()
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading(catalog.ReadingNames()[0])
	must(t, err)
	parameters, err := rules.Parameters()
	must(t, err)
	reference, err := rules.Reference()
	must(t, err)
	var duties []raci.Activity
	for _, activity := range reading.Activities {
		if activity.Duty() {
			duties = append(duties, activity)
		}
	}
	plan, err := rules.Consistency()
	must(t, err)
	e, err := rego.NewEngine(t.Context(), engine.Config{
		Activities: duties, Policies: set, Parameters: parameters.Values(), Reference: reference, Freshness: format.Freshness, Consistency: plan,
	}, 0)
	must(t, err)
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return func(value map[string]any) (bad []string) {
		service, err := e.Evaluate(t.Context(), engine.Request{At: at, Evidence: engine.Evidence{
			Value: value, Locate: func(string) verdict.Location { return verdict.Location{} },
		}})
		must(t, err)
		for _, activity := range service.Activities {
			for _, check := range activity.Checks {
				if check.Status.Bad() {
					bad = append(bad, check.ID)
				}
			}
		}
		return bad
	}
}

// drop takes a field away wherever it is; it answers whether it was anywhere.
func drop(value any, steps []string) (dropped bool) {
	switch v := value.(type) {
	case map[string]any:
		if len(steps) == 1 {
			_, dropped = v[steps[0]]
			delete(v, steps[0])
			return dropped
		}
		return drop(v[steps[0]], steps[1:])
	case []any:
		for _, item := range v {
			if steps[0] == "*" {
				dropped = drop(item, steps[1:]) || dropped
			}
		}
	}
	return dropped
}

// coverage is the page, and how many checks can be measured.
func coverage(t *testing.T, set *policy.Set, form *evidence.Form, needs map[string][]string) (page string, measured int) {
	t.Helper()
	type column struct {
		name  string
		fills []string
	}
	var columns []column
	var ours []string // of sources that know what they read
	for _, kind := range source.All {
		if kind.Name == "http" {
			kind.Fills = shippedFills(t, kind, form)
		}
		if kind.Name != "file" {
			columns = append(columns, column{kind.Name, kind.Fills})
			ours = append(ours, kind.Fills...)
			continue
		}
		for _, folder := range []string{"tools", "registers"} {
			columns = append(columns, column{"file: " + folder, exampleFills(t, kind, form, folder)})
		}
	}
	tools := slices.Clone(ours)
	var all []string
	for _, column := range columns {
		all = append(all, column.fills...)
		if column.name == "file: tools" {
			tools = append(tools, column.fills...)
		}
	}
	var rows strings.Builder
	byInterfaces, byTools := 0, 0
	for _, check := range set.Checks() {
		needed := needs[check.ID]
		var cells []string
		for _, column := range columns {
			switch filled := len(needed) - len(lackingIn(needed, column.fills)); filled {
			case len(needed):
				cells = append(cells, "all")
			case 0:
				cells = append(cells, "–")
			default:
				cells = append(cells, fmt.Sprintf("%d of %d", filled, len(needed)))
			}
		}
		verdict := "people: " + code(lackingIn(needed, all))
		switch {
		case len(lackingIn(needed, ours)) == 0:
			verdict, byInterfaces = "measured", byInterfaces+1
		case len(lackingIn(needed, tools)) == 0:
			verdict, byTools = "measured, with tools' exports", byTools+1
		case len(lackingIn(needed, all)) == 0:
			verdict, measured = "measured, with registers' exports", measured+1
		}
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", check.ID, strings.Join(cells, " | "), verdict)
	}
	byTools += byInterfaces
	measured += byTools
	total := len(set.Checks())
	share := func(n int) string { return fmt.Sprintf("%d of %d checks (%d %%)", n, total, 100*n/total) }
	var out strings.Builder
	fmt.Fprintf(&out, `# Which source can prove which check

A check is **measured** if sources together can fill every field that it needs, so that no person has to write one. A field
that can be filled is not necessarily good, and a customer's interface or tool may lack it. The file source can fill what its
mappings describe; the table uses those of the worked example, examples/collect. For the source http, it uses the shipped mappings for
interfaces. Tools measure or record by themselves
(backups, monitoring, scanners, tickets). A register contains what people entered. Its export proves that something is
recorded, not that it is true.

- measured by interfaces and states alone: %s
- with the exports of tools, as in the example: %s
- with the exports of registers too: %s
- the others need facts that only people know; the last column names them

A check needs the fields that its METADATA names and the fields that its rule reads, itself or through helpers. It also needs
the fields whose removal from the compliant evidence makes it fail. A field of an exception counts, even if the rule reads it
only for an exception. A field that shares its name with one that is read counts too. The numbers are therefore too low rather
than too high. Each cell says how many of the needed fields a source can fill alone.

`, share(byInterfaces), share(byTools), share(measured))
	out.WriteString("| check |")
	for _, column := range columns {
		out.WriteString(" " + column.name + " |")
	}
	out.WriteString(" together |\n|---|" + strings.Repeat("---|", len(columns)+1) + "\n" + rows.String())
	return out.String(), measured
}

// lackingIn lists what is needed and not filled. A list or section is filled by a field below it.
func lackingIn(needed, fills []string) []string {
	var lacking []string
	for _, pointer := range needed {
		if !slices.ContainsFunc(fills, func(fill string) bool { return fill == pointer || strings.HasPrefix(fill, pointer+"/") }) {
			lacking = append(lacking, pointer)
		}
	}
	return lacking
}

// shippedFills are the fields that the shipped mappings for interfaces fill, those that docs/mappings.md marks.
func shippedFills(t *testing.T, kind collect.Kind, form *evidence.Form) (fills []string) {
	t.Helper()
	page, err := os.ReadFile("mappings.md")
	must(t, err)
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `") || !strings.HasSuffix(line, "| yes |\n") {
			continue
		}
		source, err := kind.New(collect.Values{"url": {"https://tool.example/"}, "shipped": {strings.Split(line, "`")[1]}}, collect.Env{Form: form})
		must(t, err)
		fills = append(fills, source.Fills()...)
	}
	slices.Sort(fills)
	return slices.Compact(fills)
}

// exampleFills are the fields that mappings of the worked example fill.
func exampleFills(t *testing.T, kind collect.Kind, form *evidence.Form, folder string) []string {
	t.Helper()
	mappings, err := filepath.Glob("../examples/collect/mappings/" + folder + "/*.yaml")
	must(t, err)
	source, err := kind.New(collect.Values{"mapping": mappings}, collect.Env{Form: form})
	must(t, err)
	return source.Fills()
}
