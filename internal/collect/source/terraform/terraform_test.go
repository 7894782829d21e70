package terraform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/formtest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

// show is what terraform show -json prints of resources of the root module.
func show(resources ...string) string {
	return `{"format_version": "1.0", "values": {"root_module": {"resources": [` + strings.Join(resources, ",\n") + `]}}}`
}

func managed(kind, name, values string) string {
	return fmt.Sprintf(`{"address": "%s.%s", "mode": "managed", "type": "%s", "values": %s}`, kind, name, kind, values)
}

func key(id, more string) string {
	return managed("ovh_okms_service_key", "k"+id, fmt.Sprintf(`{"okms_id": "%s", "id": "%s", "name": "n", "type": "oct", "size": 256,
		"operations": ["encrypt", "decrypt"], "state": "ACTIVE", "created_at": "2026-01-02T03:04:05+02:00", "deactivation_reason": null %s}`, domain, id, more))
}

func stored(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t *testing.T, name string, limit int64) (collect.Result, error) {
	t.Helper()
	s := &source{name, limit, formtest.Form(t), nil}
	outcomes := collect.Run(t.Context(), []collect.Named{{Name: "terraform", Method: Kind.Method, Source: s}}, collect.Request{ServiceID: domain}, nil)
	return outcomes[0].Result, outcomes[0].Err
}

func part(t *testing.T, result collect.Result, section string) collect.Part {
	t.Helper()
	for _, part := range result.Parts {
		if part.Section == section {
			return part
		}
	}
	t.Fatalf("no part %s: %+v", section, result)
	return collect.Part{}
}

// told is the fields of a section as JSON.
func told(t *testing.T, result collect.Result, section string) string {
	t.Helper()
	encoded, err := json.Marshal(part(t, result, section).Fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestSections(t *testing.T) {
	for name, test := range map[string]struct{ section, resource, want string }{
		"a key": {"keys", key("1", ""),
			`{"service_keys":[{"created_at":"2026-01-02T01:04:05Z","id":"1","name":"n","operations":["encrypt","decrypt"],"size":256,"state":"active","type":"oct"}]}`},
		"a deactivated key": {"keys", managed("ovh_okms_service_key", "e", `{"okms_id": "`+domain+`", "id": "2", "type": "EC", "size": 0, "curve": "P-256", "state": "DEACTIVATED", "deactivation_reason": "KEY_COMPROMISE"}`),
			`{"service_keys":[{"curve":"P-256","deactivation_reason":"key_compromise","id":"2","state":"deactivated","type":"EC"}]}`},
		"a certificate": {"credentials", managed("ovh_okms_credential", "c", `{"okms_id": "`+domain+`", "id": "3", "name": "c", "identity_urns": ["urn:a"], "from_csr": false, "created_at": "2026-01-01T00:00:00Z", "expired_at": "2026-12-31T00:00:00Z", "private_key_pem": "geheim"}`),
			`{"certificates":[{"created_at":"2026-01-01T00:00:00Z","expires_at":"2026-12-31T00:00:00Z","from_csr":false,"id":"3","identity_urns":["urn:a"],"name":"c"}]}`},
		"a secret": {"secrets", managed("ovh_okms_secret", "s", `{"okms_id": "`+domain+`", "path": "a/b", "metadata": {"cas_required": false, "max_versions": 10, "deactivate_version_after": "48h0m0s"}, "version": {"created_at": "2026-01-01T00:00:00Z", "data": "geheim"}}`),
			`{"secrets":[{"cas_required":false,"current_version_created_at":"2026-01-01T00:00:00Z","deactivate_version_after_hours":48,"max_versions":10,"path":"a/b"}]}`},
		"a secret without end": {"secrets", managed("ovh_okms_secret", "s", `{"okms_id": "`+domain+`", "path": "a/b", "metadata": {"deactivate_version_after": "0s"}}`),
			`{"secrets":[{"deactivate_version_after_hours":0,"path":"a/b"}]}`},
		"a policy": {"iam", managed("ovh_iam_policy", "p", `{"id": "4", "name": "p", "identities": ["urn:i"], "resources": ["urn:v1:eu:resource:okms:`+domain+`"], "allow": ["okms:apikms:*"], "permissions_groups": [], "conditions": [{"operator": "AND", "condition": [{"operator": "MATCH", "values": {"request.IP": "192.0.2.1, 198.51.100.0/24"}}]}]}`),
			`{"policies":[{"action_count":1,"allow":["okms:apikms:*"],"id":"4","identities":["urn:i"],"identity_count":1,"name":"p","resource_count":1,"resources":["urn:v1:eu:resource:okms:` + domain + `"],"source_ip_ranges":["192.0.2.1/32","198.51.100.0/24"]}]}`},
		"a policy with a permissions group, and addresses that do not bind": {"iam", managed("ovh_iam_policy", "p", `{"id": "4", "identities": [], "resources": ["*"], "allow": ["a"], "permissions_groups": ["urn:g"], "conditions": [{"operator": "OR", "condition": [{"operator": "MATCH", "values": {"request.IP": "192.0.2.1"}}]}]}`),
			`{"policies":[{"id":"4","identities":[],"identity_count":0,"resource_count":1,"resources":["*"]}]}`},
		"a stream": {"log_streams", managed("ovh_dbaas_logs_output_graylog_stream", "l", `{"stream_id": "5", "title": "t", "retention_id": "r", "cold_storage_enabled": true, "cold_storage_retention": 2}`) + `, {"address": "data.r", "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "values": {"retention_id": "r", "duration": "P1Y14D"}}`,
			`{"streams":[{"hot_days":379,"id":"5","name":"t","retention_days":730}]}`},
		"a stream that indexes nothing": {"log_streams", managed("ovh_dbaas_logs_output_graylog_stream", "l", `{"stream_id": "5", "title": "t", "retention_id": "r", "indexing_enabled": false}`) + `, {"address": "data.r", "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "values": {"retention_id": "r", "duration": "P1Y"}}`,
			`{"streams":[{"hot_days":0,"id":"5","name":"t","retention_days":0}]}`},
		"a stream that indexes nothing, with an archive": {"log_streams", managed("ovh_dbaas_logs_output_graylog_stream", "l", `{"stream_id": "5", "indexing_enabled": false, "cold_storage_enabled": true, "cold_storage_retention": 2}`),
			`{"streams":[{"hot_days":0,"id":"5","retention_days":730}]}`},
		"a client that people log in by": {"management", managed("ovh_me_api_oauth2_client", "o", `{"client_id": "EU.1", "flow": "AUTHORIZATION_CODE", "client_secret": "geheim"}`) + ", " +
			managed("ovh_me_api_oauth2_client", "p", `{"client_id": "EU.2", "flow": "CLIENT_CREDENTIALS"}`),
			`{"api_clients":[{"id":"EU.2","kind":"oauth2_service_account"}],"terraform_state":{"sensitive_values":1}}`},
		"a user": {"account", managed("ovh_me_identity_user", "u", `{"login": "ines", "email": "ines@example.com", "status": "OK", "password": "geheim"}`),
			`{"users":[{"login":"ines","person":"ines@example.com","status":"enabled"}]}`},
		"an API client": {"management", managed("ovh_me_api_oauth2_client", "o", `{"client_id": "EU.1", "flow": "CLIENT_CREDENTIALS", "client_secret": "geheim"}`),
			`{"api_clients":[{"id":"EU.1","kind":"oauth2_service_account"}],"terraform_state":{"sensitive_values":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := read(t, stored(t, show(managed("ovh_okms", "d", `{"id": "`+domain+`"}`), test.resource)), maxState)
			if err != nil || len(result.Failed) > 0 {
				t.Fatalf("%v, %v", err, result.Failed)
			}
			if diff := cmp.Diff(test.want, told(t, result, test.section)); diff != "" {
				t.Error(diff)
			}
			raw, err := json.Marshal(part(t, result, test.section).Answers)
			if err != nil || strings.Contains(string(raw), "geheim") {
				t.Errorf("raw answer %s, %v", raw, err)
			}
		})
	}
}

// A state file and what terraform show prints of it tell the same.
func TestStateFile(t *testing.T) {
	const state = `{"version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "x", "resources": [
		{"module": "module.okms", "mode": "managed", "type": "ovh_okms_service_key", "name": "k", "provider": "provider[\"registry.terraform.io/ovh/ovh\"]",
		 "instances": [{"index_key": "a", "attributes": {"okms_id": "` + domain + `", "id": "1", "name": "geheim", "state": "ACTIVE"},
		   "sensitive_attributes": [[{"type": "get_attr", "value": "name"}]]}]},
		{"mode": "data", "type": "ovh_okms_service_key", "name": "k", "instances": [{"attributes": {"okms_id": "` + domain + `", "id": "1", "state": "ACTIVE"}}]},
		{"mode": "managed", "type": "tls_private_key", "name": "t", "instances": [{"index_key": 0, "attributes": {"private_key_pem": "geheim"}}]}]}`
	result, err := read(t, stored(t, state), maxState)
	if err != nil {
		t.Fatal(err)
	}
	if got := told(t, result, "keys"); got != `{"service_keys":[{"id":"1","state":"active"}]}` {
		t.Errorf("keys %s", got)
	}
	raw, err := json.Marshal(part(t, result, "keys").Answers)
	if err != nil || strings.Contains(string(raw), "geheim") || !strings.Contains(string(raw), `module.okms.ovh_okms_service_key.k[\"a\"]`) {
		t.Errorf("raw answer %s, %v", raw, err)
	}
	if got := told(t, result, "management"); got != `{"terraform_state":{"sensitive_values":2}}` {
		t.Errorf("management %s", got)
	}
}

// Two resources of one key that tell it otherwise: a managed one is read, and this is said; of two data sources nothing says which is right.
func TestResourcesThatDisagree(t *testing.T) {
	of := func(mode, name, more string) string {
		return `{"address": "` + name + `", "mode": "` + mode + `", "type": "ovh_okms_service_key", "values": {"okms_id": "` + domain + `", "id": "1", ` + more + `}}`
	}
	const active, compromised = `"state": "ACTIVE", "operations": ["sign", "verify"]`, `"state": "COMPROMISED"`
	for name, test := range map[string]struct {
		resources   []string
		fails, says string
	}{
		"the same":         {[]string{of("data", "a", active), of("data", "b", `"state": "ACTIVE", "operations": ["verify", "sign"]`)}, "", ""},
		"less":             {[]string{of("data", "a", active), of("data", "b", `"name": "k"`)}, "", ""},
		"data sources":     {[]string{of("data", "a", active), of("data", "b", compromised)}, "a and b are the same, and tell state otherwise: run", ""},
		"a managed one":    {[]string{of("data", "a", compromised), of("managed", "b", active)}, "", "b and a are the same, and tell state otherwise: the first is read"},
		"a managed of two": {[]string{of("data", "a", compromised), of("data", "c", active), of("managed", "b", active)}, "", "b and a are the same, and tell state otherwise: the first is read"},
		"another domain":   {[]string{of("data", "a", active), strings.Replace(of("data", "b", compromised), domain, "8d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", 1)}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := read(t, stored(t, show(test.resources...)), maxState)
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Failed["keys"]; (got != nil) != (test.fails != "") || got != nil && !strings.Contains(got.Error(), test.fails) {
				t.Errorf("%v", got)
			}
			if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, test.says) || test.says == "" && strings.Contains(notes, "otherwise") {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	whole := show(key("1", ""))
	for name, test := range map[string]struct{ text, says string }{
		"a truncated file":         {whole[:len(whole)-30], "truncated"},
		"an empty file":            {"", ":1:1: the JSON text ends before"},
		"two values":               {whole + "{}", "more follows"},
		"no JSON":                  {"{\n  version = 4 }", ":2:3: invalid character 'v'"},
		"a list":                   {"[]", "which is not expected"},
		"version 3":                {`{"version": 3, "modules": []}`, "version 3, supported is 4"},
		"a newer format":           {`{"format_version": "2.0"}`, "neither a Terraform state"},
		"some other JSON":          {`{"keys": []}`, "neither a Terraform state"},
		"null for a resource":      {`{"version": 4, "terraform_version": "1.12.0", "resources": [{"type": "ovh_okms", "name": "d"}, null]}`, "null in place of a resource"},
		"null in a shown state":    {`{"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "ovh_okms.d", "type": "ovh_okms"}, null]}}}`, "null in place of a resource"},
		"null for a module":        {`{"format_version": "1.0", "values": {"root_module": {"child_modules": [{"address": "module.a", "child_modules": [null]}]}}}`, "null in place of a resource or a module"},
		"a plan":                   {`{"format_version": "1.2", "planned_values": {}}`, "this is a plan"},
		"an encrypted state":       {`{"serial": 1, "lineage": "x", "meta": {"key_provider.pbkdf2.k": "x"}, "encrypted_data": "x", "encryption_version": "v0"}`, "OpenTofu encrypted: give the output of `tofu show -json`"},
		"an encrypted plan":        {`{"meta": {"key_provider.pbkdf2.k": "x"}, "encrypted_data": "x", "encryption_version": "v0"}`, "OpenTofu encrypted: give the output of `tofu show -json`"},
		"a saved plan":             {"PK\x03\x04\x14\x00", "this is a saved plan, not a state: give the output of `terraform show -json` for the state"},
		"an empty state":           {`{"format_version": "1.0"}`, "the state is empty"},
		"another domain's":         {strings.ReplaceAll(whole, domain, "8d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"), "nothing of the domain " + domain + ", but of 8d0c"},
		"a state without a domain": {show(), "has no OKMS resource"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := read(t, stored(t, test.text), maxState)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "state.json") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, %+v", err, result)
			}
		})
	}
}

func TestFilesThatAreNotRead(t *testing.T) {
	if _, err := read(t, stored(t, show(key("1", ""))), 50); err == nil || !strings.Contains(err.Error(), "limit of 50 bytes") {
		t.Errorf("a large file gives %v", err)
	}
	folder := t.TempDir()
	if _, err := read(t, folder, maxState); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder gives %v", err)
	}
	if _, err := read(t, filepath.Join(folder, "none"), maxState); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no file gives %v", err)
	}
	pipe := filepath.Join(folder, "pipe")
	if err := testhelp.Mkfifo(pipe); err != nil {
		t.Skip("no named pipes here")
	}
	if _, err := read(t, pipe, maxState); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a named pipe gives %v", err)
	}
}

// A key may really be named TODO.
func TestNamesThatLookLikePlaceholders(t *testing.T) {
	file := stored(t, show(managed("ovh_okms", "d", `{"id": "`+domain+`"}`), strings.Replace(key("key-1", ""), `"name": "n"`, `"name": "TODO"`, 1), strings.Replace(key("key-2", ""), `"name": "n"`, `"name": "cards"`, 1)))
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: collect.Values{"state": {file}}}}}
	folder, at := t.TempDir(), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	if err := collecttest.Plan(t, config, at, folder).Write(); err != nil {
		t.Fatal(err)
	}
	collecttest.RealName(t, folder, at, "TODO")
}

// What is wrong with one resource fails its section and no other.
func TestASectionFails(t *testing.T) {
	policy := managed("ovh_iam_policy", "p", `{"id": "4", "resources": ["*"], "conditions": [{"operator": "MATCH", "values": {"request.IP": "home"}}]}`)
	result, err := read(t, stored(t, show(key("1", ""), policy)), maxState)
	if err != nil || result.Failed["iam"] == nil || !strings.Contains(result.Failed["iam"].Error(), "ovh_iam_policy.p: the condition on request.IP") {
		t.Errorf("%v, %v", err, result.Failed)
	}
	part(t, result, "keys")
}

// An instance without attributes fails its section, and the message has its address.
func TestAnInstanceWithoutAttributes(t *testing.T) {
	text := `{"version": 4, "terraform_version": "1.12.0", "resources": [
		{"mode": "managed", "type": "ovh_okms", "name": "main", "instances": [{"attributes": {"id": "` + domain + `"}}]},
		{"module": "module.k", "mode": "managed", "type": "ovh_okms_service_key", "name": "orders", "instances": [{"index_key": "a", "attributes": null}]},
		{"mode": "managed", "type": "ovh_okms_secret", "name": "db", "instances": [{"attributes": {"okms_id": "` + domain + `", "path": "db"}}]}]}`
	result, err := read(t, stored(t, text), maxState)
	if err != nil || result.Failed["keys"] == nil || !strings.Contains(result.Failed["keys"].Error(), `state.json: module.k.ovh_okms_service_key.orders["a"] has no id that can be read`) {
		t.Errorf("%v, %v", err, result.Failed)
	}
	part(t, result, "secrets")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(show(key("1", ""))))
	f.Add([]byte(`{"version": 4, "resources": [{"type": "ovh_okms_secret", "instances": [{"attributes": {"version": [{"data": 1}]}, "sensitive_attributes": [[{"value": "version"}, {"value": 0}], []]}]}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		state, err := parse("state.json", content)
		if err != nil {
			return
		}
		s := &source{file: "state.json"}
		if _, err := s.told(state.kept(), domain); err != nil && !strings.HasPrefix(err.Error(), "state.json ") {
			t.Error(err)
		}
	})
}

// What evidence has no words for is left out, and said once, with the file and the first resource.
func TestUnknownWords(t *testing.T) {
	policy := func(name, values string) string {
		return managed("ovh_iam_policy", name, `{"id": "`+name+`", "identities": [], "resources": ["*"], "allow": ["a"], "conditions": `+values+`}`)
	}
	odd := func(id, fields string) string {
		return managed("ovh_okms_service_key", "k"+id, `{"okms_id": "`+domain+`", "id": "`+id+`", `+fields+`}`)
	}
	text := show(managed("ovh_okms", "d", `{"id": "`+domain+`"}`),
		odd("1", `"type": "ML-KEM", "operations": ["encapsulate", "encrypt"], "state": "ARCHIVED"`), odd("2", `"type": "ML-KEM", "curve": "X25519", "deactivation_reason": "BOREDOM"`),
		policy("p", `[{"operator": "MATCH", "values": {"request.IP.NOT_IN": "192.0.2.1", "resource.Tag(team)": "geheim"}}]`),
		policy("q", `[{"operator": "AND", "condition": [{"operator": "XOR"}, {"operator": "MATCH", "values": {"request.ip.in": "192.0.2.1"}}, {"operator": "MATCH", "values": {"request.IP.NOT_IN": "192.0.2.2"}}]}]`),
		managed("ovh_me_identity_user", "u", `{"login": "ines", "status": "ASLEEP"}`))
	result, err := read(t, stored(t, text), maxState)
	if err != nil || len(result.Failed) > 0 {
		t.Fatalf("%v, %v", err, result.Failed)
	}
	if got, want := told(t, result, "keys"), `{"service_keys":[{"id":"1"},{"id":"2"}]}`; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
	if got := told(t, result, "iam"); !strings.Contains(got, `"id":"q"`) || !strings.Contains(got, `"source_ip_ranges":["192.0.2.1/32"]`) || strings.Count(got, "192.0.2") != 1 {
		t.Error(got)
	}
	notes := strings.Join(result.Notes, "\n")
	for _, want := range []string{
		`state.json: ovh_okms_service_key.k1 has the type "ML-KEM", which evidence has no word for: it is left out (and 1 more)`,
		`state.json: ovh_okms_service_key.k1 has the operations "encapsulate", which evidence has no word for`,
		`state.json: ovh_okms_service_key.k1 has the state "archived"`, `state.json: ovh_okms_service_key.k2 has the curve "X25519"`, `ovh_okms_service_key.k2 has the deactivation_reason "boredom"`,
		`state.json: ovh_iam_policy.p has a condition that cannot be read: request.IP.NOT_IN is left out of source_ip_ranges (and 1 more)`,
		`state.json: ovh_iam_policy.q has a condition that cannot be read: the operator XOR is left out of source_ip_ranges`,
		`state.json: ovh_me_identity_user.u has the unknown status ASLEEP`,
	} {
		if strings.Count(notes, want) != 1 {
			t.Errorf("%d times %q in\n%s", strings.Count(notes, want), want, notes)
		}
	}
	raw, err := json.Marshal(result.Parts)
	if err != nil || strings.Contains(string(raw), "geheim") {
		t.Errorf("the value of another condition is kept: %s, %v", raw, err)
	}
}

// Whatever else stands in the attributes of a resource, nothing of it is kept, and the facts are the same.
func TestNothingElseIsKept(t *testing.T) {
	var all []string
	for _, resource := range []string{
		managed("ovh_okms", "d", `{"id": "`+domain+`"}`), key("1", ""),
		managed("ovh_okms_service_key_jwk", "j", `{"okms_id": "`+domain+`", "id": "2", "keys": [{"kty": "EC", "crv": "P-256", "key_ops": ["sign"]}]}`),
		managed("ovh_okms_credential", "c", `{"okms_id": "`+domain+`", "id": "3", "identity_urns": ["urn:a"]}`),
		managed("ovh_okms_secret", "s", `{"okms_id": "`+domain+`", "path": "a/b", "metadata": {"max_versions": 10}, "version": {"created_at": "2026-01-01T00:00:00Z"}}`),
		managed("ovh_iam_policy", "p", `{"id": "4", "identities": ["urn:i"], "resources": ["*"], "allow": ["a"], "conditions": [{"operator": "MATCH", "values": {"request.IP": "192.0.2.1"}}]}`),
		managed("ovh_me_identity_user", "u", `{"login": "ines", "status": "OK"}`), managed("ovh_me_api_oauth2_client", "o", `{"client_id": "EU.1"}`),
		managed("tls_private_key", "t", `{"private_key_pem": "planted"}`),
	} {
		var fields map[string]any
		if err := json.Unmarshal([]byte(resource), &fields); err != nil {
			t.Fatal(err)
		}
		fields["values"] = collecttest.Plant(fields["values"])
		planted, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(planted))
	}
	result, err := read(t, stored(t, show(all...)), maxState)
	if err != nil || len(result.Failed) > 0 || len(result.Parts) < 6 {
		t.Fatalf("%v, %v", err, result.Failed)
	}
	kept, err := json.Marshal(result.Parts)
	if err != nil || strings.Contains(string(kept), collecttest.PlantedText) || !strings.Contains(string(kept), "192.0.2.1") {
		t.Errorf("%.3000s, %v", kept, err)
	}
}
