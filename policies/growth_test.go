package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// collections are the lists of the evidence that sections refer to.
var collections = map[string]string{
	"keys": "/keys/service_keys", "secrets": "/secrets/secrets", "users": "/account/users",
	"credentials": "/credentials/certificates", "workloads": "/location/workloads", "kmip": "/kmip/objects",
}

// grown is the compliant evidence with so many items in a list: each item is copied under an id of its own, and so is all
// that refers to it, wherever it stands, and what refers to that. Counts grow with the lists they count.
func grown(t testing.TB, compliant map[string]any, pointer string, items int) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(compliant)
	must(t, err)
	value := decode(t, encoded)
	list, _ := document.Lookup(value, pointer)
	g := growth{ids: map[string]bool{}, copies: (items + len(list.([]any)) - 1) / len(list.([]any))}
	for _, item := range list.([]any) {
		g.ids[ownID(item)] = true
		g.identify(item)
	}
	for size := 0; size != len(g.ids); {
		size = len(g.ids)
		g.refer(value)
	}
	counted := func() map[string]int64 {
		numbers := map[string]int64{}
		for resource, count := range map[string]string{
			"service_keys": "/keys/service_key_count", "secrets": "/secrets/secret_count", "kmip_objects": "/kmip/object_count",
		} {
			scalar, _ := document.Lookup(value, count)
			number, err := scalar.(json.Number).Int64()
			must(t, err)
			numbers[resource] = number
		}
		return numbers
	}
	configured := func() int64 {
		number := 0
		for _, pointer := range []string{"/keys/service_keys", "/credentials/certificates"} {
			list, _ := document.Lookup(value, pointer)
			number += len(list.([]any))
		}
		return int64(number)
	}
	before, configuredBefore := counted(), configured()
	if pointer == collections["workloads"] {
		share(value)
	}
	g.grow(value)
	g.exercise(t, value)
	usage, _ := document.Lookup(value, "/capacity/usage")
	for _, item := range usage.([]any) {
		resource := item.(map[string]any)
		if name := resource["resource"].(string); counted()[name] != before[name] {
			resource["used"] = json.Number(fmt.Sprint(counted()[name]))
			resource["limit"] = json.Number(fmt.Sprint(4 * counted()[name]))
		}
	}
	recount(value)
	direct(value)
	// Keys and certificates are resources of the configuration, and all are in code.
	configuration, _ := document.Lookup(value, "/administration/configuration")
	resources := configuration.(map[string]any)
	total, err := resources["resources_total"].(json.Number).Int64()
	must(t, err)
	resources["resources_total"] = json.Number(fmt.Sprint(total + configured() - configuredBefore))
	resources["resources_managed"] = resources["resources_total"]
	return value
}

// share names the workloads of each key under which no data is stored: of copies there are several, which a key must say.
func share(value map[string]any) {
	items := func(section, list string) []any { return value[section].(map[string]any)[list].([]any) }
	workloads := map[any]any{} // by identity
	for _, item := range items("credentials", "certificates") {
		certificate := item.(map[string]any)
		workloads[certificate["identity_urns"].([]any)[0]] = certificate["workload"]
	}
	stored := map[any]bool{}
	for _, item := range items("datasets", "datasets") {
		stored[item.(map[string]any)["key_id"]] = true
	}
	for _, item := range items("keys", "service_keys") {
		key := item.(map[string]any)
		if stored[key["id"]] || key["workloads"] != nil {
			continue
		}
		for _, item := range items("iam", "policies") {
			policy := item.(map[string]any)
			of := workloads[policy["identities"].([]any)[0]]
			names := func(resource any) bool { return strings.HasSuffix(resource.(string), key["id"].(string)) }
			if of != nil && slices.ContainsFunc(policy["resources"].([]any), names) {
				key["workloads"] = []any{of}
			}
		}
	}
}

// direct lists in the directory of people those of the users that are copies.
func direct(value map[string]any) {
	directory := value["people"].(map[string]any)
	people := directory["people"].([]any)
	listed := map[string]bool{}
	for _, item := range people {
		person := item.(map[string]any)
		listed[person["id"].(string)] = true
		if logins, _ := person["logins"].([]any); len(logins) > 1 {
			person["logins"] = logins[:1] // the others are of copies of the user, who are other persons
		}
	}
	for _, item := range value["account"].(map[string]any)["users"].([]any) {
		person, _ := item.(map[string]any)["person"].(string)
		if person == "" || listed[person] {
			continue
		}
		listed[person] = true
		entry := maps.Clone(people[0].(map[string]any))
		entry["id"], entry["name"], entry["logins"], entry["addresses"] = person, person, []any{}, []any{}
		people = append(people, entry)
	}
	directory["people"], directory["person_count"] = people, json.Number(fmt.Sprint(len(people)))
}

// recount gives tests of exports and of restores the numbers of the inventories: all that existed, and what a job holds.
func recount(value map[string]any) {
	objects := func(pointer string) []map[string]any {
		list, _ := document.Lookup(value, pointer)
		var all []map[string]any
		for _, item := range list.([]any) {
			all = append(all, item.(map[string]any))
		}
		return all
	}
	for _, test := range objects("/import_export/export_tests") {
		day, number := test["performed_on"].(string), 0
		switch test["kind"] {
		case "secret":
			number = len(objects("/secrets/secrets"))
		case "kmip_object":
			for _, object := range objects("/kmip/objects") {
				if object["extractable"] == true && object["state"] != "Destroyed" {
					number++
				}
			}
		case "public_key":
			for _, key := range objects("/keys/service_keys") {
				if created := key["created_at"].(string); (key["type"] == "RSA" || key["type"] == "EC") && created[:len(day)] <= day {
					number++
				}
			}
		}
		test["objects_expected"] = json.Number(fmt.Sprint(number))
		test["objects_exported"] = test["objects_expected"]
	}
	for _, job := range objects("/backups/jobs") {
		number := 0
		for _, field := range []string{"key_ids", "secret_paths", "kmip_object_ids"} {
			list, _ := job[field].([]any)
			number += len(list)
		}
		job["restore_test"].(map[string]any)["sample_items"] = json.Number(fmt.Sprint(number))
	}
}

type growth struct {
	ids    map[string]bool // of what is copied
	copies int             // how many there are of each in the end
}

// ownID is what others call an item; empty where it has no name.
func ownID(item any) string {
	object, _ := item.(map[string]any)
	for _, field := range []string{"id", "path", "login"} {
		if id, ok := object[field].(string); ok {
			return id
		}
	}
	return ""
}

// refer adds the ids of the items that refer to an id.
func (g growth) refer(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			g.refer(inner)
		}
	case []any:
		for _, item := range v {
			if id := ownID(item); id != "" && g.refers(item) {
				g.ids[id] = true
				g.identify(item)
			}
			g.refer(item)
		}
	}
}

// identify adds the identities that an item stands for: policies refer to these.
func (g growth) identify(item any) {
	urns, _ := item.(map[string]any)["identity_urns"].([]any)
	for _, urn := range urns {
		g.ids[urn.(string)] = true
	}
}

// refers reports whether a value is an id, or has one that stands in no list of its own.
func (g growth) refers(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if key != "name" && g.refers(inner) { // what an item is called refers to nothing
				return true
			}
		}
		return false
	case string:
		_, path, _ := strings.Cut(v, "/secret/")
		return g.ids[v] || g.ids[v[strings.LastIndexByte(v, '/')+1:]] || g.ids[path]
	}
	return false
}

// grow copies, in the innermost list, all that refers to an id.
func (g growth) grow(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "readers" || key == "identity_urns" || key == "identities" && v["identity_kind"] == "human" {
				continue // a parameter bounds them, administrators too; a certificate has one identity
			}
			list, _ := v[key].([]any)
			v[key] = g.grow(v[key])
			longer, _ := v[key].([]any)
			singular := strings.TrimSuffix(key, "s")
			if stem, ok := strings.CutSuffix(key, "ies"); ok {
				singular = stem + "y"
			}
			for count, number := range v {
				if strings.HasPrefix(count, singular+"_count") && number == json.Number(fmt.Sprint(len(list))) {
					v[count] = json.Number(fmt.Sprint(len(longer)))
				}
			}
		}
	case []any:
		var all []any
		for _, item := range v {
			refers := g.refers(item)
			all = append(all, g.grow(item))
			for k := 1; refers && k < g.copies; k++ {
				all = append(all, g.renamed(item, "", fmt.Sprintf("-%d", k)))
			}
		}
		return all
	}
	return value
}

// exercise makes the numbers of exercises and rehearsals what the longer lists ask for.
func (growth) exercise(t testing.TB, value any) {
	t.Helper()
	number := func(n int) json.Number { return json.Number(fmt.Sprint(n)) }
	objects := func(pointer string) []map[string]any {
		list, _ := document.Lookup(value, pointer)
		var items []map[string]any
		for _, item := range list.([]any) {
			items = append(items, item.(map[string]any))
		}
		return items
	}
	critical := 0
	for _, workload := range objects("/location/workloads") {
		if workload["criticality"] == "critical" {
			critical++
		}
	}
	exercise, _ := document.Lookup(value, "/continuity/region_loss_exercise")
	for _, field := range []string{"participants", "recovered"} {
		exercise.(map[string]any)[field] = number(critical)
	}
	for _, migration := range objects("/kmip/migrations") {
		moved := 0
		for _, object := range objects("/kmip/objects") {
			rekeyed := migration["method"] == "rekey_at_target" && object["state"] != "Destroyed"
			if object["client"] == migration["client"] && (rekeyed || object["extractable"] == true) {
				moved++
			}
		}
		if moved > 0 {
			migration["objects_expected"], migration["objects_moved"] = number(moved), number(moved)
		}
	}
}

// renamed copies a value; ids, and what belongs to one item alone, get a suffix.
func (g growth) renamed(value any, field, suffix string) any {
	switch v := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for key, inner := range v {
			object[key] = g.renamed(inner, key, suffix)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = g.renamed(item, field, suffix)
		}
		return list
	case bool:
		if field == "privileged" {
			return false // a parameter bounds the administrators
		}
	case json.Number:
		if field == "estimated_hours" {
			return json.Number("0.01") // they are added up, and must fit into the transition
		}
	case string:
		if g.refers(v) || field == "person" || field == "identity_urns" {
			return v + suffix
		}
	}
	return value
}

// steps counts the expressions that OPA evaluates.
type steps int

func (*steps) Enabled() bool               { return true }
func (*steps) Config() topdown.TraceConfig { return topdown.TraceConfig{} }
func (s *steps) TraceEvent(event topdown.Event) {
	if event.Op == topdown.EvalOp {
		*s++
	}
}

// Four times the items take about four times the steps, whether all is good or nothing is: a package that takes more holds
// every item against every other. What a builtin does inside (a set made anew for each item) is no step; the benchmarks
// below show it.
func TestStepsGrowWithTheEvidence(t *testing.T) {
	testhelp.Long(t, "judges evidence with many objects of each kind")
	const few, many, most = 48, 192, 4.6
	h := load(t)
	compliant := h.compliant(t)
	compiler := ast.NewCompiler()
	if compiler.Compile(modules(t, false)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	store := inmem.NewFromObject(h.config().Data())
	queries := map[string]rego.PreparedEvalQuery{}
	for _, duty := range h.set.Duties {
		var err error
		queries[duty.Name], err = rego.New(rego.Query("data.okms."+duty.Name+".findings"), rego.Compiler(compiler), rego.Store(store)).PrepareForEval(t.Context())
		must(t, err)
	}
	l := newLaboratory(t, h)
	for _, name := range slices.Sorted(maps.Keys(collections)) {
		if ids, refused := l.bad(t, grown(t, compliant, collections[name], many)); len(ids) > 0 || refused {
			t.Errorf("the evidence with %d %s is not good: %v", many, name, ids)
		}
		for _, instant := range []string{at, "2126-11-20T00:00:00Z"} {
			stepsOf := func(items int) map[string]int {
				value := grown(t, compliant, collections[name], items)
				moment, err := time.Parse(time.RFC3339, instant)
				must(t, err)
				input, err := ast.InterfaceToValue(h.config().Input(engine.Evidence{Value: value}, moment))
				must(t, err)
				counts := map[string]int{}
				for duty, query := range queries {
					var s steps
					_, err := query.Eval(t.Context(), rego.EvalParsedInput(input), rego.EvalQueryTracer(&s))
					must(t, err)
					counts[duty] = int(s)
				}
				return counts
			}
			before, after := stepsOf(few), stepsOf(many)
			for _, duty := range slices.Sorted(maps.Keys(queries)) {
				if ratio := float64(after[duty]) / float64(before[duty]); ratio > most {
					t.Errorf("okms.%s takes %d steps for %d %s and %d for %d, %.1f times as many (at %s): build a set or an object once, and look up in it",
						duty, before[duty], few, name, after[duty], many, ratio, instant)
				}
			}
		}
	}
}
