package terraform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raci-check/internal/collect"
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
	s := &source{name, limit, nil}
	outcomes := collect.Run(t.Context(), []collect.Named{{Name: "terraform", Method: Kind.Method, Source: s}}, collect.Request{ServiceID: domain}, nil)
	return outcomes[0].Result, outcomes[0].Err
}

func part(t *testing.T, result collect.Result, section string) collect.Part {
	t.Helper()
	for _, one := range result.Parts {
		if one.Section == section {
			return one
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
		"a plan":                   {`{"format_version": "1.2", "planned_values": {}}`, "this is a plan"},
		"an encrypted state":       {`{"serial": 1, "encrypted_data": "x"}`, "encrypted"},
		"an empty state":           {`{"format_version": "1.0"}`, "the state is empty"},
		"another domain's":         {strings.ReplaceAll(whole, domain, "8d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"), "nothing of the domain " + domain + ", but of 8d0c"},
		"a state without a domain": {show(), "has no OKMS resource"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := read(t, stored(t, test.text), maxState)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "state.json") {
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
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here")
	}
	if _, err := read(t, pipe, maxState); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a named pipe gives %v", err)
	}
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
