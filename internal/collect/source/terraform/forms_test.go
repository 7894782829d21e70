package terraform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/formtest"
	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
)

// object is a JSON object.
type object = map[string]any

// generated writes one made-up state in the two forms that Terraform has.
type generated struct {
	random    *rand.Rand
	resources []any // of the state file
	count     int
}

func (g *generated) id() string { g.count++; return fmt.Sprintf("%08d", g.count) }

// step writes a step of a path as state files do.
func step(at any) object {
	switch at := at.(type) {
	case string:
		return object{"type": "get_attr", "value": at}
	default:
		return object{"type": "index", "value": object{"value": at, "type": "number"}}
	}
}

// sensitive are the paths of a state file, and the marks of terraform show, of the same attributes.
type sensitive struct {
	paths [][]any
	shape object
}

// attributes are made-up attributes of a resource, and what is sensitive in them.
func (g *generated) attributes() (kind string, values object, marks sensitive) {
	id := g.id()
	switch g.random.IntN(7) {
	case 0:
		values = object{"okms_id": domain, "id": id, "name": "key " + id, "type": "oct", "size": 256, "operations": []any{"encrypt", "decrypt"}, "state": "ACTIVE", "created_at": "2026-01-02T03:04:05Z"}
		if g.random.IntN(2) == 0 {
			return "ovh_okms_service_key", values, sensitive{[][]any{{step("name")}}, object{"name": true}}
		}
		return "ovh_okms_service_key", values, sensitive{shape: object{}}
	case 1:
		values = object{"okms_id": domain, "id": id, "keys": []any{object{"kty": "EC", "crv": "P-256", "d": "geheim", "x": "x", "key_ops": []any{"sign", "verify"}}}}
		return "ovh_okms_service_key_jwk", values, sensitive{[][]any{{step("keys"), step(0), step("d")}}, object{"keys": []any{object{"d": true, "key_ops": []any{false, false}}}}}
	case 2:
		values = object{"okms_id": domain, "path": "app/" + id, "metadata": object{"max_versions": 10}, "version": object{"data": "geheim", "created_at": "2026-01-02T03:04:05Z"}}
		return "ovh_okms_secret", values, sensitive{[][]any{{step("version"), step("data")}}, object{"metadata": object{}, "version": object{"data": true}}}
	case 3: // a list of maps: one part of it is marked
		values = object{"id": id, "environment": []any{object{"name": "A", "value": "geheim"}, object{"name": "B", "value": "open"}}, "port": 5432}
		return "other_app", values, sensitive{[][]any{{step("environment"), step(0), step("value")}}, object{"environment": []any{object{"value": true}, object{}}}}
	case 4:
		values = object{"id": id, "result": "geheim", "keepers": object{"a": "b"}}
		return "random_password", values, sensitive{[][]any{{step("result")}}, object{"result": true, "keepers": object{}}}
	case 5:
		values = object{"id": id, "name": "p" + id, "resources": []any{"urn:v1:eu:resource:okms:7d0c*"}, "identities": []any{"urn:i"}, "allow": []any{"a", "b"}, "deny": []any{"b"}}
		return "ovh_iam_policy", values, sensitive{shape: object{"allow": []any{false, false}}}
	default:
		values = object{"client_id": id, "flow": "CLIENT_CREDENTIALS", "client_secret": "geheim"}
		return "ovh_me_api_oauth2_client", values, sensitive{[][]any{{step("client_secret")}}, object{"client_secret": true}}
	}
}

// module makes up a module and those in it.
func (g *generated) module(address string, depth int) object {
	shown := []any{}
	for range g.random.IntN(4) {
		kind, _, _ := g.attributes()
		name, mode := "r"+g.id(), "managed"
		file := object{"mode": mode, "type": kind, "name": name, "provider": `provider["x"]`}
		prefix := kind + "." + name
		if address != "" {
			file["module"] = address
			prefix = address + "." + prefix
		}
		keys := [][]any{{nil}, {json.Number("0"), json.Number("1")}, {"eu-west", `a"b`, "${x}"}}[g.random.IntN(3)]
		var instances []any
		for _, key := range keys {
			values, marks := object(nil), sensitive{}
			for of := ""; of != kind; {
				of, values, marks = g.attributes()
			}
			instance := object{"schema_version": 0, "attributes": values, "sensitive_attributes": marks.paths}
			item := object{"address": prefix, "mode": mode, "type": kind, "name": name, "values": values, "sensitive_values": marks.shape}
			switch key := key.(type) {
			case json.Number:
				instance["index_key"], item["index"], item["address"] = key, key, prefix+"["+key.String()+"]"
			case string:
				quoted := strings.ReplaceAll(strings.ReplaceAll(key, `"`, `\"`), "${", "$${")
				instance["index_key"], item["index"], item["address"] = key, key, prefix+`["`+quoted+`"]`
			}
			switch g.random.IntN(5) {
			case 0:
				instance["status"], item["tainted"] = "tainted", true
			case 1:
				instance["deposed"], item["deposed_key"] = "0a1b2c3d", "0a1b2c3d"
			}
			instances, shown = append(instances, instance), append(shown, item)
		}
		file["instances"] = instances
		g.resources = append(g.resources, file)
	}
	g.random.Shuffle(len(shown), func(i, j int) { shown[i], shown[j] = shown[j], shown[i] })
	made := object{"resources": shown}
	if address != "" {
		made["address"] = address
	}
	if depth > 0 {
		var below []any
		for i, key := range []string{"", "[0]", `["b"]`}[:g.random.IntN(4)] {
			child := fmt.Sprintf("module.m%d%s", i, key)
			if address != "" {
				child = address + "." + child
			}
			below = append(below, g.module(child, depth-1))
		}
		made["child_modules"] = below
	}
	return made
}

// forms are one made-up state as a state file and as terraform show prints it.
func forms(seed uint64) (file, shown object) {
	g := &generated{random: rand.New(rand.NewPCG(seed, 15))}
	root := g.module("", 3)
	values := object{"id": domain, "region": "eu-west-gra", "iam": object{"display_name": "payments"}}
	g.resources = append(g.resources, object{"mode": "managed", "type": "ovh_okms", "name": "d", "instances": []any{object{"attributes": values, "sensitive_attributes": []any{}}}})
	root["resources"] = append(root["resources"].([]any), object{"address": "ovh_okms.d", "mode": "managed", "type": "ovh_okms", "values": values, "sensitive_values": object{}})
	outputs := object{
		"open":   object{"value": "open", "type": "string", "sensitive": false},
		"secret": object{"value": object{"a": []any{"geheim", "geheim"}}, "type": "dynamic", "sensitive": g.random.IntN(2) == 0},
	}
	file = object{"version": 4, "terraform_version": "1.12.1", "serial": 1, "lineage": "x", "outputs": outputs, "resources": g.resources}
	return file, object{"format_version": "1.0", "terraform_version": "1.12.1", "values": object{"outputs": outputs, "root_module": root}}
}

// facts are all that a state tells, and what is kept of it, with its notes.
func facts(t *testing.T, state object) string {
	t.Helper()
	encoded, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	read, err := parse("state.json", encoded)
	if err != nil {
		t.Fatal(err)
	}
	result, err := (&source{file: "state.json", form: formtest.Form(t)}).told(read.kept(), domain)
	if err != nil || len(result.Failed) > 0 {
		t.Fatal(err, result.Failed)
	}
	var out strings.Builder
	for _, part := range result.Parts {
		fields, err := json.Marshal(part.Fields)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := json.Marshal(part.Answers)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s\n%s\n", part.Section, fields, answers)
	}
	fmt.Fprintf(&out, "%s\n%v", strings.Join(result.Notes, "\n"), result.Service)
	return out.String()
}

// A state file and what terraform show -json prints of the same state tell the same, and neither keeps a secret.
func TestTwoFormsTellTheSame(t *testing.T) {
	sawKeys, sawDeposed := false, false
	for seed := range uint64(300) {
		file, shown := forms(seed)
		inFile, inShown := facts(t, file), facts(t, shown)
		if diff := cmp.Diff(inFile, inShown); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		if strings.Contains(inFile, "geheim") {
			t.Fatalf("seed %d keeps a secret: %s", seed, inFile)
		}
		sawKeys = sawKeys || strings.Contains(inFile, `"curve":"P-256"`) && strings.Contains(inFile, `"origin":"imported"`) && strings.Contains(inFile, `"operations":["sign","verify"]`)
		sawDeposed = sawDeposed || strings.Contains(inFile, "(deposed object 0a1b2c3d) still exists")
	}
	if !sawKeys || !sawDeposed {
		t.Errorf("the states have imported keys: %t, deposed objects: %t", sawKeys, sawDeposed)
	}
}

// What a writer's version does not mark proves no 0.
func TestNoMarkProvesNoZero(t *testing.T) {
	domainOf := object{"mode": "managed", "type": "ovh_okms", "name": "d", "instances": []any{object{"attributes": object{"id": domain}}}}
	password := func(marks ...any) object {
		return object{"mode": "managed", "type": "random_password", "name": "p", "instances": []any{object{"attributes": object{"result": "x"}, "sensitive_attributes": marks}}}
	}
	data := object{"mode": "managed", "type": "terraform_data", "name": "t", "instances": []any{object{"attributes": object{"output": "x"}}}}
	flat := object{"mode": "managed", "type": "random_password", "name": "f", "instances": []any{object{"attributes_flat": object{"result": "x"}}}}
	marked := []any{step("result")}
	for name, test := range map[string]struct {
		version   string
		resources []any
		count     int  // -1 where it is left out
		more      bool // there may be more
	}{
		"1.4 marks nothing":            {"1.4.7", []any{password()}, -1, false},
		"1.4 marks something":          {"1.4.7", []any{password(marked)}, 1, true},
		"1.9":                          {"1.9.8", nil, -1, false},
		"no version":                   {"", nil, -1, false},
		"1.10 marks it":                {"1.10.0", []any{password(marked)}, 1, false},
		"1.10 has nothing to mark":     {"1.10.0", nil, 0, false},
		"a prerelease":                 {"1.10.0-beta1", nil, 0, false},
		"attributes of an old form":    {"1.12.0", []any{flat}, -1, false},
		"OpenTofu and terraform_data":  {"1.12.0", []any{data}, -1, false},
		"the same with something else": {"1.12.0", []any{data, password(marked)}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := facts(t, object{"version": 4, "terraform_version": test.version, "resources": append([]any{domainOf}, test.resources...)})
			want := fmt.Sprintf(`management {"terraform_state":{"sensitive_values":%d}}`, test.count)
			if test.count < 0 {
				if strings.Contains(got, "terraform_state") || !strings.Contains(got, "proves nothing, since") {
					t.Errorf("the count is told, or not said to be left out: %s", got)
				}
				return
			}
			if !strings.Contains(got, want) || strings.Contains(got, "there may be more, since") != test.more {
				t.Errorf("expected %s, and a word that there may be more: %v: %s", want, test.more, got)
			}
		})
	}
	old := object{"format_version": "0.1", "values": object{"root_module": object{"resources": []any{object{"address": "ovh_okms.d", "type": "ovh_okms", "values": object{"id": domain}}}}}}
	if got := facts(t, old); strings.Contains(got, "terraform_state") {
		t.Errorf("what terraform show prints without marks: %s", got)
	}
}

// A sensitive output of the root is a secret in the state, whatever form it is read in.
func TestSensitiveOutputsAreCounted(t *testing.T) {
	values := object{"id": domain}
	for n, outputs := range []object{
		{"open": object{"value": "open", "sensitive": false}}, {"secret": object{"value": "geheim", "sensitive": true}},
		{"a": object{"value": []any{"geheim"}, "sensitive": true}, "b": object{"value": object{"c": "geheim"}, "sensitive": true}},
	} {
		for name, state := range map[string]object{
			"a state file": {"version": 4, "terraform_version": "1.12.1", "outputs": outputs, "resources": []any{
				object{"mode": "managed", "type": "ovh_okms", "name": "d", "instances": []any{object{"attributes": values}}}}},
			"terraform show": {"format_version": "1.0", "terraform_version": "1.12.1", "values": object{"outputs": outputs, "root_module": object{"resources": []any{
				object{"address": "ovh_okms.d", "mode": "managed", "type": "ovh_okms", "values": values, "sensitive_values": object{}}}}}},
		} {
			got := facts(t, state)
			if !strings.Contains(got, fmt.Sprintf(`management {"terraform_state":{"sensitive_values":%d}}`, n)) || strings.Contains(got, "geheim") {
				t.Errorf("%s with %d sensitive outputs: %s", name, n, got)
			}
		}
	}
}

// A state with the data source of a domain alone is one of the domain.
func TestDomainByDataSource(t *testing.T) {
	for _, name := range []string{"id", "okms_id"} {
		state := object{"format_version": "1.0", "values": object{"root_module": object{"resources": []any{object{
			"address": "data.ovh_okms_resource.d", "mode": "data", "type": "ovh_okms_resource", "sensitive_values": object{},
			"values": object{name: domain, "region": "us-east-vin", "iam": object{"display_name": "payments"}},
		}}}}}
		if got := facts(t, state); !strings.HasSuffix(got, "{"+domain+" payments us-east-vin}") {
			t.Error(got)
		}
	}
}

// Only what is mapped is kept.
func TestKeep(t *testing.T) {
	all := object{"okms_id": domain, "id": "1", "note": "x", "keys": []any{object{"kty": "EC", "d": "x", "key_ops": []any{"sign"}}, "[redacted]"}, "metadata": object{"max_versions": 1}}
	got := reader.Keep("ovh_okms_service_key_jwk", all)
	want := object{"okms_id": domain, "id": "1", "keys": []any{object{"kty": "EC", "key_ops": []any{"sign"}}, "[redacted]"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := reader.Keep("other", all); len(got) != 0 {
		t.Errorf("of another type: %v", got)
	}
}

// A policy whose resources a state marks sensitive may be one on the domain: it is told without them, and said.
func TestSensitiveResourcesOfAPolicy(t *testing.T) {
	domainOf := object{"mode": "managed", "type": "ovh_okms", "name": "d", "instances": []any{object{"attributes": object{"id": domain}}}}
	for name, path := range map[string][]any{"all of them": {step("resources")}, "one of them": {step("resources"), step(0)}} {
		policy := object{"mode": "managed", "type": "ovh_iam_policy", "name": "p", "instances": []any{object{
			"attributes":           object{"id": "p1", "resources": []any{"urn:v1:eu:resource:vps:geheim", "urn:v1:eu:resource:vps:b"}, "allow": []any{"okms:*"}},
			"sensitive_attributes": []any{path},
		}}}
		got := facts(t, object{"version": 4, "terraform_version": "1.12.0", "resources": []any{domainOf, policy}})
		if !strings.Contains(got, `"id":"p1"`) || !strings.Contains(got, "ovh_iam_policy.p does not tell its resources") || strings.Contains(got, "geheim") || strings.Contains(got, "resource_count") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A key of several parts is one of which no part speaks for the others: it is said.
func TestKeysOfSeveralParts(t *testing.T) {
	domainOf := object{"mode": "managed", "type": "ovh_okms", "name": "d", "instances": []any{object{"attributes": object{"id": domain}}}}
	key := object{"mode": "managed", "type": "ovh_okms_service_key_jwk", "name": "k", "instances": []any{object{
		"attributes": object{"id": "k1", "keys": []any{object{"kty": "RSA", "key_ops": []any{"sign"}}, object{"kty": "RSA", "key_ops": []any{"verify"}}}},
	}}}
	got := facts(t, object{"version": 4, "terraform_version": "1.12.0", "resources": []any{domainOf, key}})
	if !strings.Contains(got, "ovh_okms_service_key_jwk.k has 2 parts in keys") || !strings.Contains(got, `[{"id":"k1","origin":"imported"}]`) {
		t.Error(got)
	}
}
