package permission_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/permission"
)

const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// table is the shipped table of actions.
func table(t testing.TB) *permission.Table {
	t.Helper()
	data, err := os.ReadFile("../../policies/okms/reference/actions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse("actions.yaml", data, document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return permission.NewTable(doc.Value().(map[string]any))
}

func TestActionsHaveTheClassesOfTheTable(t *testing.T) {
	actions := table(t)
	for text, want := range map[string]string{
		"okms:apikms:serviceKey/encrypt":           "use_key",
		" OKMS:apikms:serviceKey/Encrypt ":         "use_key",
		"okms:apiovh:serviceKey/dataKeyDecrypt":    "use_key", // another spelling
		"okms:apikms:serviceKey/wrapKey":           "export",
		"okms:apikms:serviceKey/unwrapKey":         "administer",
		"okms:kmip:get":                            "export",
		"okms:kmip:destroy":                        "destroy",
		"okms:apikms:secret/version/getData":       "read_secret",
		"okms:apiovh:secret/delete":                "destroy",
		"okms:apiovh:credential/create":            "escalate",
		"okms:apiovh:credential/delete":            "", // takes access away
		"okms:apiovh:log/subscription/delete":      "", // is about logs
		"okms:apiovh:resource/terminate":           "destroy",
		"account:apiovh:iam/policy/edit":           "escalate",
		"account:apiovh:me/identity/user/create":   "escalate",
		"okms:apikms:serviceKey/melt":              "escalate unknown",
		"":                                         "escalate unknown",
		"okms:":                                    "escalate unknown",
		"okms:apikms:serviceKey/*crypt":            "use_key wildcard",
		"*get":                                     "read_metadata use_key export wildcard",
		"*":                                        "read_metadata use_key read_secret administer export destroy escalate wildcard",
		"okms:kmip:*":                              "read_metadata use_key administer export destroy wildcard",
		"okms:*:serviceKey/delete":                 "destroy wildcard",
		"vps:*":                                    "escalate unknown wildcard",
		"get /v2/okms/resource":                    "read_metadata",
		"GET /v2/okms/resource/x/secret/a/version": "escalate",
		"GET /v2/*":                                "escalate wildcard",
		"/v2/okms/resource":                        "escalate",
		"DELETE /v2/okms/resource":                 "escalate",
	} {
		a := actions.Action(text)
		got := a.Classes()
		if !a.Known {
			got = append(got, "unknown")
		}
		if a.Wildcard {
			got = append(got, "wildcard")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q is %v, expected is %s", text, got, want)
		}
	}
}

// Without a table nothing is known, and nothing is harmless.
func TestNothingIsKnownWithoutATable(t *testing.T) {
	for _, reference := range []map[string]any{nil, {}, {"actions": []any{}}, {"actions": map[string]any{"okms:kmip:get": "export"}}} {
		a := permission.NewTable(reference).Action("okms:kmip:locate")
		if a.Known || !slices.Equal(a.Classes(), []string{"escalate"}) {
			t.Errorf("%v: known %v, %v", reference, a.Known, a.Classes())
		}
	}
	wrong := permission.NewTable(map[string]any{"actions": map[string]any{"okms:kmip:get": map[string]any{"class": "harmless", "object": "kmip_object"}}})
	if got := wrong.Action("okms:kmip:get").Classes(); !slices.Equal(got, []string{"escalate"}) {
		t.Errorf("a class that is none is %v", got)
	}
}

func TestIdentitiesAreTakenApart(t *testing.T) {
	for text, want := range map[string]string{
		"urn:v1:eu:identity:user:xx1-ovh/ines":               "user xx1-ovh ines",
		" URN:v1:eu:identity:user:xx1-ovh/Ines.Benali@x ":    "user xx1-ovh ines.benali@x",
		"urn:v1:eu:identity:user:xx1-ovh/provider/ines":      "user xx1-ovh provider/ines",
		"urn:v1:eu:identity:group:xx1-ovh/admins":            "group xx1-ovh admins",
		"urn:v1:eu:identity:group:xx1-ovh/Key Admins":        "group xx1-ovh key admins",
		"urn:v1:eu:identity:group:xx1-ovh/Key%20Admins":      "group xx1-ovh key admins",
		"urn:v1:eu:identity:group:xx1-ovh/%C3%89quipe":       "group xx1-ovh équipe",
		"urn:v1:eu:identity:group:xx1-ovh/100%":              "group xx1-ovh 100%",
		"urn:v1:eu:identity:group:xx1 ovh/admins":            "unknown  ",
		"urn:v1:ca:identity:credential:xx1-ovh/oauth2-EU.1a": "service xx1-ovh oauth2-eu.1a",
		"urn:v1:eu:identity:account:xx1-ovh":                 "root xx1-ovh ",
		"urn:v1:eu:identity:group:xx1-ovh/*":                 "everybody  ",
		"*":                                                  "everybody  ",
		"urn:v1:eu:identity:user:*":                          "everybody  ",
		"urn:v1:eu:identity:account:xx1-ovh/x":               "unknown xx1-ovh x",
		"urn:v1:eu:identity:user:xx1-ovh":                    "unknown xx1-ovh ",
		"urn:v1:eu:identity:user:xx1-ovh/":                   "unknown  ",
		"urn:v1:eu:identity:robot:xx1-ovh/r2":                "unknown xx1-ovh r2",
		"urn:v2:eu:identity:user:xx1-ovh/ines":               "unknown  ",
		"urn:v1:eu:resource:okms:" + domain:                  "unknown  ",
		"ines":                                               "unknown  ",
		"":                                                   "unknown  ",
	} {
		i := permission.ParseIdentity(text)
		if got := fmt.Sprintf("%s %s %s", i.Kind, i.Account, i.Name); got != want {
			t.Errorf("%q is %q, expected is %q", text, got, want)
		}
	}
}

func TestResourcesAreTakenApart(t *testing.T) {
	const okms = "urn:v1:eu:resource:okms:"
	for text, want := range map[string]string{
		okms + domain:                                 "domain",
		okms + strings.ToUpper(domain):                "domain",
		okms + domain + "/*":                          "domain",
		okms + domain + "/serviceKey/ABC":             "object servicekey abc",
		okms + domain + "/secret/App/db":              "object secret App/db",
		okms + domain + "/kmip/1":                     "object kmip 1",
		okms + domain + "/serviceKey/*":               "folder servicekey",
		okms + domain + "/secret/app/*":               "folder secret app/",
		okms + domain + "/secret/app*":                "open_pattern secret",
		okms + domain + "/secret/*/db":                "open_pattern secret",
		okms + domain + "/serviceKey/a*":              "open_pattern servicekey",
		okms + domain + "/s*":                         "open_pattern s*",
		okms + domain + "/serviceKey":                 "unknown servicekey",
		okms + domain + "*":                           "open_pattern",
		okms + "7d*":                                  "open_pattern",
		okms + "*":                                    "open_pattern",
		okms + "00*":                                  "other_domain",
		okms + "00000000-0000-4000-8000-000000000001": "other_domain",
		okms:                                 "unknown",
		"urn:v1:eu:resource:*":               "open_pattern",
		"urn:v1:*":                           "open_pattern",
		"urn:v1:eu:resource:*:x":             "open_pattern",
		"*":                                  "open_pattern",
		"urn:v1:eu:resource:account:xx1-ovh": "account",
		"urn:v1:eu:resource:ldp:ldp-xx-1":    "logs",
		"urn:v1:eu:resource:vps:vps-1":       "other_service",
		"urn:v1:eu:resourceGroup:aa0713ab":   "resource_group",
		"urn:v1:eu:identity:account:xx1-ovh": "unknown",
		"":                                   "unknown",
	} {
		r := permission.ParseResource(text, domain)
		if got := strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Area, r.Type, r.Name)); got != want {
			t.Errorf("%q is %q, expected is %q", text, got, want)
		}
	}
}

// A star that stands for several platforms or projects reaches beyond what is listed, one below a platform that is named does not.
func TestStarsOnOtherProductsAreWide(t *testing.T) {
	const resource = "urn:v1:eu:resource:"
	for text, isWide := range map[string]bool{
		"ldp:*": true, "ldp:ldp-xx-*": true, "cloudProject:*": true, "vps:vps-1*": true, "ldp:ldp-xx-1": false, "ldp:ldp-xx-1/*": false, "vps:vps-1": false,
	} {
		policy := map[string]any{"identities": []any{}, "allow": []any{}, "resources": []any{resource + "okms:" + domain, resource + text}}
		policies := permission.At(map[string]any{"iam": map[string]any{"policies": []any{policy}}}, table(t), at)["policies"].([]any)
		if wide := policies[0].(map[string]any)["wide"]; (fmt.Sprint(wide) != "[]") != isWide {
			t.Errorf("%s: %v", text, wide)
		}
	}
}

// Whatever an evidence file holds, permissions are worked out.
func TestMalformedEvidenceHasPermissions(t *testing.T) {
	for _, evidence := range []map[string]any{
		nil, {}, {"iam": "x"}, {"iam": map[string]any{"policies": "x"}}, {"iam": map[string]any{"policies": []any{"x", nil, map[string]any{"identities": []any{1, nil}}}}},
		{"credentials": map[string]any{"certificates": []any{nil}}, "secrets": map[string]any{"secrets": []any{nil}}, "kmip": map[string]any{"clients": []any{nil}}},
	} {
		if got := permission.At(evidence, table(t), at); got["policies"] == nil {
			t.Errorf("%v: %v", evidence, got)
		}
	}
}

// grown is the evidence of a domain with so many keys, secrets, certificates and users, and a tenth as many policies for people
// as for programs.
func grown(n int) map[string]any {
	urn := func(kind string, i int) string {
		return fmt.Sprintf("urn:v1:eu:identity:%s:xx1-ovh/%s%d", kind, kind, i)
	}
	okms := "urn:v1:eu:resource:okms:" + domain
	var keys, secrets, certificates, users, policies, members []any
	for i := range n {
		key, path, workload := fmt.Sprintf("key%d", i), fmt.Sprintf("app%d/db", i), fmt.Sprintf("w%d", i)
		keys = append(keys, map[string]any{"id": key, "state": "active", "last_used_at": "2026-11-18T00:00:00Z"})
		secrets = append(secrets, map[string]any{"path": path, "consumers": []any{workload}})
		certificates = append(certificates, map[string]any{
			"identity_urns": []any{urn("credential", i)}, "workload": workload, "environment": "production",
			"created_at": "2026-10-01T00:00:00Z", "expires_at": "2026-12-30T00:00:00Z",
		})
		users = append(users, map[string]any{"login": fmt.Sprintf("user%d", i), "person": "p", "kind": "human", "status": "enabled", "mfa": "webauthn"})
		members = append(members, fmt.Sprintf("user%d", i))
		policies = append(policies, map[string]any{
			"identities": []any{urn("credential", i)}, "allow": []any{"okms:apikms:serviceKey/decrypt", "okms:apikms:secret/version/getData"},
			"resources": []any{okms + "/serviceKey/" + key, okms + "/secret/" + path},
		})
		if i%10 == 0 {
			policies = append(policies, map[string]any{
				"identities": []any{urn("user", i), urn("group", 0)}, "allow": []any{"okms:apiovh:serviceKey/*"}, "resources": []any{okms},
			})
		}
	}
	return map[string]any{
		"metadata": map[string]any{"service": map[string]any{"id": domain}}, "keys": map[string]any{"service_keys": keys},
		"secrets": map[string]any{"secrets": secrets}, "credentials": map[string]any{"certificates": certificates},
		"account": map[string]any{"users": users, "groups": []any{map[string]any{"name": "group0", "members": members, "member_count": n}}},
		"iam":     map[string]any{"policies": policies},
	}
}

func BenchmarkFrom(b *testing.B) {
	actions := table(b)
	for _, n := range []int{100, 1_000, 10_000} {
		evidence := grown(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				permission.At(evidence, actions, at)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/item")
		})
	}
}

// Ten times the evidence takes about ten times the memory: nothing holds every item against every other.
func TestMemoryGrowsWithTheEvidence(t *testing.T) {
	actions := table(t)
	allocations := func(n int) float64 {
		evidence := grown(n)
		return testing.AllocsPerRun(1, func() { permission.At(evidence, actions, at) })
	}
	few, many := allocations(200), allocations(2_000)
	if many > 12*few {
		t.Errorf("%.0f allocations for 200 items and %.0f for 2,000", few, many)
	}
}

func FuzzURNs(f *testing.F) {
	for _, seed := range []string{
		"*", "urn:v1:eu:identity:user:xx1-ovh/ines", "urn:v1:eu:resource:okms:" + domain + "/secret/a/*", "urn:v1:eu:resource:okms:7d*",
		"urn:v1:eu:resourceGroup:x", "okms:*:serviceKey/*crypt", "GET /v2/okms/*", "a*b*a", ":::::", "urn:v1:eu:resource:okms:/",
	} {
		f.Add(seed)
	}
	actions := table(f)
	f.Fuzz(func(t *testing.T, text string) {
		i := permission.ParseIdentity(text)
		if strings.Contains(text, "*") && i.Kind != permission.Everybody {
			t.Errorf("identity %q is %s", text, i.Kind)
		}
		if i.Kind == permission.User && (i.Account == "" || i.Name == "") {
			t.Errorf("user %q has account %q and name %q", text, i.Account, i.Name)
		}
		r := permission.ParseResource(text, domain)
		if r.Area == permission.Object && (r.Type == "" || r.Name == "" || strings.Contains(r.Name, "*")) {
			t.Errorf("object %q is %q %q", text, r.Type, r.Name)
		}
		if r.Area == permission.Domain && !strings.Contains(strings.ToLower(text), domain) {
			t.Errorf("%q is the domain", text)
		}
		a := actions.Action(text)
		if len(a.Classes()) == 0 && !a.Known {
			t.Errorf("action %q is not known and has no class", text)
		}
		if !a.Known && !slices.Contains(a.Classes(), "escalate") {
			t.Errorf("action %q is not known and is %v", text, a.Classes())
		}
	})
}

// An identity provider knows people by their addresses, personnel by numbers: the rights of both are those of one person.
func TestMembersAreThePeopleOfTheDirectory(t *testing.T) {
	doc, err := document.Parse("evidence.yaml", []byte(`
metadata: {service: {id: `+domain+`}}
people:
  people:
    - {id: n-1, logins: [ada], addresses: [ada@x.example, shared@x.example]}
    - {id: n-2, logins: [bob], addresses: [bob@x.example, shared@x.example]}
    - {id: n-3, logins: [cay], active_from: 2026-08-17}
account:
  users:
    - {login: local-ada, person: n-1, kind: human, status: enabled, mfa: webauthn}
    - {login: local-bob, person: n-2, kind: human, status: disabled}
    - {login: local-cay, person: n-3, kind: human, status: enabled, mfa: webauthn}
  leavers: [{person: n-2, left_at: 2026-07-31T16:00:00Z}, {person: n-3, left_at: 2026-06-30T16:00:00Z}]
  federation: {provider: p, mfa_required: true, mfa_methods: [webauthn], artifact: {path: a, sha256: b}}
  groups:
    - {name: keys, federated: true, members: [Ada@x.example], member_count: 1}
    - {name: gone, federated: true, members: [bob@x.example], member_count: 1}
    - {name: shared, federated: true, members: [shared@x.example, eve@x.example], member_count: 2}
    - {name: with a leaver, members: [local-ada, local-bob], member_count: 2}
    - {name: with one who came back, members: [local-cay], member_count: 1}
iam:
  policies:
    - {identities: ["urn:v1:eu:identity:group:xx1-ovh/keys", "urn:v1:eu:identity:group:xx1-ovh/gone", "urn:v1:eu:identity:group:xx1-ovh/shared",
         "urn:v1:eu:identity:group:xx1-ovh/with a leaver", "urn:v1:eu:identity:group:xx1-ovh/with%20one%20who%20came%20back"],
       allow: ["okms:apiovh:serviceKey/create"], resources: ["urn:v1:eu:resource:okms:`+domain+`"]}
    - {identities: ["urn:v1:eu:identity:user:xx1-ovh/local-ada", "urn:v1:eu:identity:group:xx1-ovh/shared"],
       allow: ["okms:apikms:serviceKey/encrypt"], resources: ["urn:v1:eu:resource:okms:`+domain+`"]}
`), document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	permissions := permission.At(doc.Value().(map[string]any), table(t), at)
	identities := permissions["policies"].([]any)[0].(map[string]any)["identities"].([]any)
	for i, want := range []string{"", "left", "", "left", ""} {
		if got := identities[i].(map[string]any)["problem"]; got != want {
			t.Errorf("identity %d has the problem %q, expected is %q", i, got, want)
		}
	}
	var names []string
	for _, holder := range permissions["holders"].([]any) {
		names = append(names, holder.(map[string]any)["name"].(string))
	}
	slices.Sort(names)
	if want := []string{"group shared", "person eve@x.example", "person n-1", "person shared@x.example"}; !slices.Equal(names, want) {
		t.Errorf("holders of several classes are %q, expected are %q", names, want)
	}
}
