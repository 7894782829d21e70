package ovhcloud

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
)

// In whatever way the API is authenticated to, evidence gets the same values.
func TestSections(t *testing.T) {
	want := map[string]string{
		"account": `{"groups":[{"name":"ADMIN","federated":false,"members":["ines"],"member_count":1},{"name":"readers","federated":false,"members":["leo"],"member_count":1},` +
			`{"name":"wheel","federated":false,"members":["w/root"],"member_count":1}],"root":{"mfa":"u2f","ip_ranges":["198.51.100.16/28"]},"user_count":3,"users":[` +
			`{"login":"ines","person":"ines@arvella.example","status":"enabled","privileged":true},` +
			`{"login":"leo","person":"leo@arvella.example","status":"disabled","privileged":false},` +
			`{"login":"w/root","person":"wr@arvella.example","status":"enabled","privileged":true}]}`,
		"control_plane_logs": `{"subscriptions":[{"kind":"account_activity","stream_id":"gone","created_at":"2025-02-11T09:12:00Z"},` +
			`{"kind":"account_audit","stream_id":"st1","created_at":"2025-02-11T09:12:00Z"},{"kind":"iam_access","stream_id":"st2","created_at":"2025-02-11T09:12:00Z"}]}`,
		"credentials": `{"certificate_count":1,"certificates":[{"id":"c1","name":"checkout","identity_urns":["urn:v1:eu:identity:credential:xx-ovh/oauth2-EU.app"],` +
			`"from_csr":true,"created_at":"2026-10-01T07:00:00Z","expires_at":"2026-12-28T07:00:00Z"}]}`,
		"iam": `{"policies":[{"id":"p1","name":"admins","identity_kind":"human","identities":["urn:v1:eu:identity:user:xx-ovh/ines"],"identity_count":1,` +
			`"allow":["okms:apiovh:serviceKey/create","okms:apiovh:serviceKey/delete"],"action_count":2,"resources":["` + okmsURN + `"],"resource_count":1,"source_ip_ranges":["198.51.100.16/28","203.0.113.7/32"]},` +
			`{"id":"p2","name":"app","identity_kind":"service","identities":["urn:v1:eu:identity:credential:xx-ovh/oauth2-EU.app"],"identity_count":1,` +
			`"allow":["okms:apikms:serviceKey/encrypt","okms:apikms:serviceKey/verify"],"action_count":2,"resources":["` + okmsURN + `/serviceKey/` + keyID + `"],"resource_count":1,"expires_at":"2027-01-31T00:00:00Z"},` +
			`{"id":"p4","name":"everything","identity_kind":"human","identities":["urn:v1:eu:identity:group:xx-ovh/wheel"],"identity_count":1,"allow":["*"],"action_count":1,"resources":["*"],"resource_count":1}],"policy_count":3}`,
		"keys": `{"service_key_count":3,"service_keys":[{"id":"00000000-0000-4000-8000-000000000001","name":"old","type":"EC","curve":"P-256","operations":["sign","verify"],"state":"deactivated","created_at":"2025-01-02T03:04:05Z","deactivation_reason":"superseded"},` +
			`{"id":"00000000-0000-4000-8000-000000000002","name":"new","state":"active"},` +
			`{"id":"` + keyID + `","name":"cards","type":"oct","size":256,"operations":["encrypt","decrypt"],"state":"active","created_at":"2026-01-02T03:04:05Z"}]}`,
		"log_streams": `{"streams":[{"id":"st1","name":"rest","retention_days":730,"hot_days":365,"encrypted":true},{"id":"st2","name":"kmip","retention_days":365,"hot_days":365}]}`,
		"management": `{"api_client_count":4,"api_clients":[{"id":"11","kind":"application_key","scopes":["/*"],"scope_count":1,"ip_ranges":["203.0.113.9/32"]},` +
			`{"id":"EU.app","kind":"oauth2_service_account","scopes":["okms:apikms:serviceKey/encrypt","okms:apikms:serviceKey/verify"],"scope_count":2},` +
			`{"id":"ines/laptop","kind":"personal_access_token","scopes":["*"],"scope_count":1,"expires_at":"2027-01-01T00:00:00Z"},{"id":"w/root/ci","kind":"personal_access_token","scopes":["*"],"scope_count":1}]}`,
		"people":       `{"people":[{"id":"ines@arvella.example","logins":["ines"],"addresses":["ines@arvella.example"]},{"id":"leo@arvella.example","logins":["leo"],"addresses":["leo@arvella.example"]}]}`,
		"service_logs": `{"subscriptions":[{"kind":"kmip_audit","stream_id":"st2","created_at":"2025-02-11T09:12:00Z"},{"kind":"rest_audit","stream_id":"st1","created_at":"2025-02-11T09:12:00Z"}]}`,
		"subscription": `{"data_field_count":5,"data_fields":["country","firstname","legal_form","organisation","phone"],"entity":{"name":"Arvella SAS","legal_form":"corporation","country":"FR","registration":"851234567"}}`,
	}
	for name, variables := range map[string]map[string]string{"signatures": byKeys, "a service account": byOAuth, "an access token": byToken} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			result := whole(t, f.opened(t, variables))
			got := map[string]string{}
			for _, part := range result.Parts {
				got[part.Section] = told(t, result, part.Section)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			notes := strings.Join(result.Notes, "\n")
			for _, say := range []string{
				`the domain "payments-prod" is in the region "EU_WEST_PAR"`, "1 OAuth2 clients are left out", "1 users are not listed as people", "s5 feeds the stream gone of ldp-ab-12345, which does not exist",
				`/keys/service_keys/*/type is left out of 1 items: the API gives an unknown value, such as "ML-KEM"`, `such as ["encapsulate"]`, `/service_logs/subscriptions/*/kind is left out of 1 items`,
			} {
				if !strings.Contains(notes, say) {
					t.Errorf("notes lack %q:\n%s", say, notes)
				}
			}
			posts := 0
			for _, call := range f.requests {
				if !strings.HasPrefix(call, "GET ") {
					posts++
				}
			}
			if wanted := map[string]int{"a service account": 1}[name]; posts != wanted || f.tokens != wanted {
				t.Errorf("%d requests are no GET, %d tokens were given", posts, f.tokens)
			}
		})
	}
}

// What is secret is in no field, no raw answer, no note and no error.
func TestNothingSecretComesOut(t *testing.T) {
	for _, variables := range []map[string]string{byKeys, byOAuth, byToken} {
		f := newFake(t)
		result := whole(t, f.opened(t, variables))
		encoded, err := json.Marshal(result)
		must(t, err)
		if text := string(encoded); strings.Contains(text, "-secret-") || strings.Contains(text, "BEGIN") || strings.Contains(text, "+33.1") {
			t.Errorf("a secret comes out: %s", text)
		}
	}
	for _, variables := range []map[string]string{byKeys, byOAuth, byToken} {
		f := newFake(t)
		wrong := maps.Clone(variables)
		for _, name := range []string{"OVH_APPLICATION_SECRET", "OVH_CLIENT_SECRET", "OVH_ACCESS_TOKEN"} {
			if wrong[name] != "" {
				wrong[name] = "other-secret-9"
			}
		}
		_, err := read(t, f.opened(t, wrong))
		if err == nil || strings.Contains(err.Error(), "-secret-") || !strings.Contains(err.Error(), "revoked") {
			t.Errorf("%v", err)
		}
		if len(f.requests) > 2 {
			t.Errorf("a refusal is asked for again: %v", f.requests)
		}
	}
}

func TestCredentials(t *testing.T) {
	const evil = "https://collector.example/1.0"
	for name, test := range map[string]struct {
		variables map[string]string
		file      string // ovh.conf
		endpoint  string
		says      string // "" where it opens
	}{
		"none":                         {nil, "", "", "from OVH_* variables or ovh.conf: missing authentication information"},
		"two ways":                     {map[string]string{"OVH_ACCESS_TOKEN": "t", "OVH_CLIENT_ID": "c", "OVH_CLIENT_SECRET": "s"}, "", "", "can't use multiple authentication methods"},
		"half of one":                  {map[string]string{"OVH_CLIENT_ID": "c"}, "", "", "both client_id and client_secret must be given"},
		"no consumer key":              {map[string]string{"OVH_APPLICATION_KEY": "a", "OVH_APPLICATION_SECRET": "s"}, "", "", "set OVH_CONSUMER_KEY"},
		"an endpoint that is none":     {byToken, "", "ovh-mars", "unknown endpoint 'ovh-mars'"},
		"an endpoint without TLS":      {map[string]string{"OVH_ACCESS_TOKEN": "t"}, "", "http://127.0.0.1:1/1.0", "expected a name such as ovh-eu, or an https URL"},
		"a password in the endpoint":   {map[string]string{"OVH_ACCESS_TOKEN": "t"}, "", "https://u:p-secret-1@host.example/1.0", `the endpoint is "https://u:xxxxx@host.example/1.0"`},
		"a file":                       {nil, "[default]\nendpoint = ovh-ca\n[ovh-ca]\nclient_id = c\nclient_secret = s\n", "", ""},
		"a file that is no INI":        {nil, "[ovh-eu]\nclient_secret p-secret-1\n", "", "has a line that is neither"},
		"a section that does not end":  {nil, "[ovh-eu p-secret-1\n", "", "has a line that is neither"},
		"a file that leads elsewhere":  {map[string]string{"OVH_ACCESS_TOKEN": "t"}, "[default]\nendpoint = " + evil + "\n", "", `ovh.conf names the endpoint "` + evil + `", which is not OVHcloud's`},
		"a variable that leads there":  {map[string]string{"OVH_ACCESS_TOKEN": "t", "OVH_ENDPOINT": evil}, "", "", ""},
		"an option that leads there":   {map[string]string{"OVH_ACCESS_TOKEN": "t"}, "", evil, ""},
		"a file with another's wishes": {nil, "[default]\nendpoint = ovh-eu\n[ovh-ca]\naccess_token = t\n", "", "missing authentication information"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			environment(t, test.variables)
			if test.file != "" {
				must(t, os.WriteFile("ovh.conf", []byte(test.file), 0o600))
			}
			values := collect.Values{}
			if test.endpoint != "" {
				values["endpoint"] = []string{test.endpoint}
			}
			_, err := open(values, collect.Env{Getenv: os.Getenv})
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "-secret-")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A policy that names the beginning of the domain's id is one on the domain, and what it excepts of its own actions stays allowed by a group.
func TestPoliciesOnTheBeginningOfTheDomain(t *testing.T) {
	f := newFake(t)
	pattern := okmsURN[:len(okmsURN)-32] + "*"
	f.pages["/v2/iam/policy"] = append(f.pages["/v2/iam/policy"], map[string]any{
		"id": "p5", "name": "pattern", "identities": []any{identities + "user:xx-ovh/ines"}, "resources": urns(pattern),
		"permissions": map[string]any{"allow": []any{}, "except": []any{map[string]any{"action": "okms:apikms:serviceKey/verify"}}}, "permissionsGroups": urns("urn:v1:eu:permissionsGroup:ovh:signers"),
	})
	got := told(t, whole(t, f.opened(t, byToken)), "iam")
	if !strings.Contains(got, `"policy_count":4`) || !strings.Contains(got, `"resources":["`+pattern+`"]`) {
		t.Errorf("the policy on %s: %s", pattern, got)
	}
	if _, policy, _ := strings.Cut(got, `"id":"p5"`); !strings.Contains(policy, "serviceKey/verify") {
		t.Errorf("what its group allows: %s", policy)
	}
}
