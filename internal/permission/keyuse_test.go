package permission_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/permission"
)

// company is a domain with three programs, three people and four keys. pay and ship store data under keys of their own; nothing
// is stored under seal, and dev is for tests.
func company() map[string]any {
	certificate := func(name, environment string) any {
		return map[string]any{
			"identity_urns": []any{program(name)}, "workload": name, "environment": environment,
			"created_at": "2026-10-01T00:00:00Z", "expires_at": "2026-12-30T00:00:00Z",
		}
	}
	user := func(name string) any {
		return map[string]any{"login": name, "person": name + "@x", "kind": "human", "status": "enabled", "mfa": "webauthn"}
	}
	key := func(id string) map[string]any {
		return map[string]any{"id": id, "state": "active", "last_used_at": "2026-11-18T00:00:00Z"}
	}
	dev := key("dev")
	dev["environment"] = "test"
	return map[string]any{
		"metadata": map[string]any{"service": map[string]any{"id": domain}},
		"keys":     map[string]any{"service_keys": []any{key("pay"), key("ship"), key("seal"), dev, map[string]any{"id": "old", "state": "destroyed"}}},
		"datasets": map[string]any{"datasets": []any{
			map[string]any{"key_id": "pay", "workload": "pay"}, map[string]any{"key_id": "pay", "workload": "pay"}, map[string]any{"key_id": "ship", "workload": "ship"},
		}},
		"kmip": map[string]any{
			"clients": []any{map[string]any{"id": "disk", "workload": "ship"}}, "objects": []any{map[string]any{"id": "o1", "state": "Active", "client": "disk"}},
		},
		"secrets":     map[string]any{"secrets": []any{map[string]any{"path": "ship/db", "consumers": []any{"ship"}}}},
		"credentials": map[string]any{"certificates": []any{certificate("pay", "production"), certificate("ship", "production"), certificate("trial", "test")}},
		"account": map[string]any{
			"users":  []any{user("ann"), user("bob"), map[string]any{"login": "robot", "person": "ann@x", "kind": "technical", "status": "enabled"}},
			"groups": []any{map[string]any{"name": "ops", "members": []any{"bob"}, "member_count": 1}},
		},
		"iam": map[string]any{"source": map[string]any{"collected_at": "2026-11-18T00:00:00Z"}},
	}
}

func program(name string) string { return "urn:v1:eu:identity:credential:xx1-ovh/" + name }

func person(login string) string { return "urn:v1:eu:identity:user:xx1-ovh/" + login }

// policy is one for an identity: actions and resources are separated by spaces; a resource that begins with a slash is in the
// domain, and an action without a colon is one on service keys.
func policy(identity, actions, resources string) any {
	p := map[string]any{"identities": []any{identity}, "allow": []any{}, "resources": []any{}, "break_glass": false}
	for _, action := range strings.Fields(actions) {
		if !strings.Contains(action, ":") {
			action = "okms:apikms:serviceKey/" + action
		}
		p["allow"] = append(p["allow"].([]any), action)
	}
	for _, resource := range strings.Fields(resources) {
		p["resources"] = append(p["resources"].([]any), "urn:v1:eu:resource:okms:"+domain+strings.TrimSuffix(resource, "."))
	}
	return p
}

func with(policies ...any) map[string]any {
	evidence := company()
	evidence["iam"].(map[string]any)["policies"] = policies
	return evidence
}

func TestKeysAreUsedByTheirWorkloadsAlone(t *testing.T) {
	pay := policy(program("pay"), "encrypt decrypt", "/serviceKey/pay")
	shared := func(workloads ...any) map[string]any {
		evidence := with(policy(program("pay"), "sign", "/serviceKey/seal"), policy(program("ship"), "sign", "/serviceKey/seal"))
		evidence["keys"].(map[string]any)["service_keys"].([]any)[2].(map[string]any)["workloads"] = workloads
		return evidence
	}
	retired := func(policies ...any) map[string]any {
		evidence := with(policies...)
		keys := evidence["keys"].(map[string]any)
		for _, id := range []string{"second", "first"} {
			keys["service_keys"] = append(keys["service_keys"].([]any), map[string]any{
				"id": id, "state": "deactivated", "replaced_by": map[string]any{"first": "second", "second": "pay"}[id],
			})
		}
		return evidence
	}
	emergency := func(p any) any {
		p.(map[string]any)["break_glass"] = true
		return p
	}
	for name, test := range map[string]struct {
		evidence  map[string]any
		usesOther string // uses_other of the first identity of each policy
		usable    string
	}{
		"its own":                                       {with(pay), "-", "pay"},
		"another workload's":                            {with(pay, policy(program("ship"), "decrypt", "/serviceKey/pay")), "- pay", "pay"},
		"only another workload's":                       {with(policy(program("ship"), "decrypt", "/serviceKey/pay")), "pay", ""},
		"a key without data":                            {with(policy(program("ship"), "sign", "/serviceKey/seal")), "-", "seal"},
		"a key without data, by two":                    {shared(), "seal seal", "seal"},
		"a key that names both":                         {shared("pay", "ship"), "- -", "seal"},
		"a key that names the other":                    {shared("ship"), "seal -", "seal"},
		"the whole domain":                              {with(policy(program("pay"), "decrypt", ".")), "ship", "dev pay seal"},
		"a key without data, by one and by one for all": {with(policy(program("pay"), "sign", "."), policy(program("ship"), "sign", "/serviceKey/seal")), "ship -", "dev pay seal"},
		"every key":                                     {with(policy(program("pay"), "decrypt", "/serviceKey/*")), "ship", "dev pay seal"},
		"the public key alone":                          {with(policy(program("pay"), "verify", "/serviceKey/seal /serviceKey/ship")), "-", ""},
		"a key that another replaced":                   {retired(policy(program("pay"), "decrypt", "/serviceKey/first"), policy(program("ship"), "decrypt", "/serviceKey/first")), "- first", "first"},
		"a test key":                                    {with(policy(program("pay"), "decrypt", "/serviceKey/dev"), policy(person("ann"), "decrypt", "/serviceKey/dev")), "- -", "dev"},
		"a key that is gone":                            {with(policy(program("pay"), "decrypt", "/serviceKey/old")), "-", ""},
		"a person, on data":                             {with(pay, policy(person("ann"), "decrypt", "/serviceKey/pay")), "- pay", "pay"},
		"a person, everywhere":                          {with(policy(person("ann"), "decrypt", "."), policy(person("bob"), "sign", ".")), "pay pay", "dev seal"},
		"a person, with a key of people":                {with(policy(person("ann"), "sign", "/serviceKey/seal")), "-", "seal"},
		"a person, with a program's key":                {with(policy(person("ann"), "sign", "/serviceKey/seal"), policy(program("pay"), "sign", "/serviceKey/seal")), "seal -", "seal"},
		"a person takes a key out":                      {with(policy(person("ann"), "wrapKey", "/serviceKey/pay")), "-", ""},
		"a program takes a key out":                     {with(policy(program("ship"), "wrapKey", "/serviceKey/pay")), "pay", ""},
		"a technical user":                              {with(policy(person("robot"), "decrypt", "/serviceKey/pay")), "pay", ""},
		"a program that has ended":                      {with(policy(program("gone"), "decrypt", "/serviceKey/pay")), "-", ""},
		"a program, in an emergency alone":              {with(emergency(policy(program("pay"), "decrypt", "/serviceKey/pay"))), "-", ""},
		"a program, in an emergency as well":            {with(pay, emergency(policy(program("pay"), "decrypt", "/serviceKey/pay"))), "- -", "pay"},
		"another's in an emergency":                     {with(pay, emergency(policy(program("ship"), "decrypt", "/serviceKey/pay"))), "- pay", "pay"},
		"administration":                                {with(policy(person("ann"), "update", ".")), "-", ""},
		"a client of KMIP":                              {with(policy(program("ship"), "okms:kmip:decrypt", "/kmip/*")), "-", ""},
		"no client of KMIP":                             {with(policy(program("pay"), "okms:kmip:decrypt", "/kmip/*")), "kmip/*", ""},
		"an object of another client":                   {with(policy(program("pay"), "okms:kmip:decrypt", "/kmip/o1")), "o1", ""},
		"an object of its own":                          {with(policy(program("ship"), "okms:kmip:decrypt", "/kmip/o1")), "-", ""},
		"a person uses KMIP":                            {with(policy(person("ann"), "okms:kmip:decrypt", ".")), "kmip/*", ""},
		"a program reads attributes of objects":         {with(policy(program("pay"), "okms:kmip:locate", "/kmip/*")), "-", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := permission.At(test.evidence, table(t), at)
			var usesOther []string
			for _, p := range got["policies"].([]any) {
				other := p.(map[string]any)["identities"].([]any)[0].(map[string]any)["uses_other"].(string)
				if other == "" {
					other = "-"
				}
				usesOther = append(usesOther, other)
			}
			usable := strings.Join(slices.Sorted(maps.Keys(got["keys"].(map[string]any))), " ")
			if strings.Join(usesOther, " ") != test.usesOther || usable != test.usable {
				t.Errorf("uses_other is %v, usable are %q", usesOther, usable)
			}
		})
	}
}

// A workload that a key names, and that no policy lets use it, is no user of it.
func TestNamedWorkloadsMayUseTheirKey(t *testing.T) {
	evidence := with(policy(program("pay"), "sign", "/serviceKey/seal"))
	evidence["datasets"] = nil
	key := evidence["keys"].(map[string]any)["service_keys"].([]any)[2].(map[string]any)
	key["workloads"] = []any{"pay", "ship"}
	if diff := cmp.Diff([]any{map[string]any{"key": 2, "workload": "ship"}}, permission.At(evidence, table(t), at)["keys_without"]); diff != "" {
		t.Error(diff)
	}
	stored := with(policy(program("pay"), "decrypt", "/serviceKey/pay"))
	data := stored["datasets"].(map[string]any)
	data["datasets"] = append(data["datasets"].([]any), map[string]any{"key_id": "pay", "workload": "ship"})
	if diff := cmp.Diff([]any{map[string]any{"key": 0, "workload": "ship"}, map[string]any{"key": 1, "workload": "ship"}}, permission.At(stored, table(t), at)["keys_without"]); diff != "" {
		t.Error(diff)
	}
	key["state"] = "deactivated"
	if got := permission.At(evidence, table(t), at)["keys_without"].([]any); len(got) > 0 {
		t.Errorf("a key out of use needs no policy: %v", got)
	}
}

func TestTestsReadNoSecretOfProduction(t *testing.T) {
	const read = "okms:apikms:secret/version/getData"
	trial := policy(program("trial"), read, "/secret/ship/db")
	reads := func(policies ...any) any {
		p := permission.At(with(policies...), table(t), at)["policies"].([]any)[0].(map[string]any)
		return p["identities"].([]any)[0].(map[string]any)["test_reads"]
	}
	if got := reads(trial); got != "" {
		t.Errorf("a secret that only the test reads: %v", got)
	}
	for _, resources := range []string{"/secret/ship/db", "/secret/*", "."} {
		if got := reads(trial, policy(program("ship"), read, resources)); got != "ship/db" {
			t.Errorf("%s: %v", resources, got)
		}
	}
}

// Rights that are none on keys must be apart from those all the same.
func TestRightsBesideKeysAreApartFromThose(t *testing.T) {
	const endLogs, revoke = "okms:apiovh:log/subscription/delete", "okms:apiovh:credential/delete"
	group := "urn:v1:eu:identity:group:xx1-ovh/ops"
	for name, test := range map[string]struct {
		policies []any
		want     map[string]any
	}{
		"a program ends logs":           {[]any{policy(program("pay"), "decrypt "+endLogs, ".")}, map[string]any{"workload pay": []string{"administer", "use_key"}}},
		"a program takes access away":   {[]any{policy(program("pay"), "decrypt "+revoke, ".")}, map[string]any{"workload pay": []string{"administer", "use_key"}}},
		"a program administers":         {[]any{policy(program("pay"), "create "+endLogs, ".")}, map[string]any{}},
		"a program follows logs":        {[]any{policy(program("pay"), "decrypt okms:apiovh:log/subscription/create", ".")}, map[string]any{}},
		"an administrator ends logs":    {[]any{policy(person("ann"), "create", "."), policy(person("ann"), endLogs, ".")}, map[string]any{"person ann@x": []string{"administer", "end_logs"}}},
		"an officer takes access away":  {[]any{policy(person("ann"), revoke+" okms:apiovh:credential/create", ".")}, map[string]any{}},
		"a person ends logs alone":      {[]any{policy(person("ann"), endLogs, ".")}, map[string]any{}},
		"a member of a group ends logs": {[]any{policy(group, endLogs, "."), policy(person("bob"), "create", ".")}, map[string]any{"person bob@x": []string{"administer", "end_logs"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]any{}
			for _, holder := range permission.At(with(test.policies...), table(t), at)["holders"].([]any) {
				h := holder.(map[string]any)
				got[h["name"].(string)] = slices.Sorted(maps.Keys(h["classes"].(map[string]any)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The token of a technical user acts for its workload, as a service account does; a person's token does not.
func TestTokensActForTheirWorkload(t *testing.T) {
	for name, test := range map[string]struct {
		id, workload, expires string
		holder                string // the identity of the policy
		other                 string
	}{
		"a technical user's":             {"Robot/eso", "pay", "2027-01-01T00:00:00Z", "robot", ""},
		"a technical user's, by login":   {"robot", "pay", "2027-01-01T00:00:00Z", "robot", ""},
		"another workload's":             {"robot", "ship", "2027-01-01T00:00:00Z", "robot", "pay"},
		"one that has ended":             {"robot", "pay", "2026-11-19T00:00:00Z", "robot", "pay"},
		"another user's":                 {"robot2", "pay", "2027-01-01T00:00:00Z", "robot", "pay"},
		"a person's, named by a program": {"ann", "pay", "2027-01-01T00:00:00Z", "ann", "pay"},
	} {
		t.Run(name, func(t *testing.T) {
			evidence := with(policy(program("pay"), "encrypt", "/serviceKey/pay"), policy(person(test.holder), "decrypt", "/serviceKey/pay"))
			evidence["management"] = map[string]any{"api_clients": []any{map[string]any{
				"id": test.id, "kind": "personal_access_token", "workload": test.workload, "expires_at": test.expires,
			}}}
			policies := permission.At(evidence, table(t), at)["policies"].([]any)
			identity := policies[1].(map[string]any)["identities"].([]any)[0].(map[string]any)
			if got := identity["uses_other"]; got != test.other {
				t.Errorf("uses_other is %q, expected is %q", got, test.other)
			}
		})
	}
}

// An action that the table lacks counts as the worst in a policy, and as nothing among the rights of a person.
func TestUnknownActionsAreNoRightsOfPersons(t *testing.T) {
	evidence := with(policy(person("ann"), "okms:apikms:serviceKey/melt", "."), policy(person("bob"), "create okms:apikms:serviceKey/melt", "."))
	want := map[string][]permission.Right{"bob@x": {{Class: "administer", Pointer: "/iam/policies/1"}}}
	if diff := cmp.Diff(want, permission.Read(evidence, table(t)).Persons()); diff != "" {
		t.Error(diff)
	}
}

func TestAdministratorsAndRightsOfPersons(t *testing.T) {
	emergency := policy(person("bob"), "deactivate", ".").(map[string]any)
	emergency["break_glass"] = true
	evidence := with(
		policy(person("ann"), "okms:apiovh:secret/update", "."), policy("urn:v1:eu:identity:group:xx1-ovh/ops", "update okms:apiovh:log/subscription/delete", "."), emergency,
		policy(program("pay"), "create", "."), policy(person("robot"), "create", "."),
	)
	got := permission.At(evidence, table(t), at)
	if diff := cmp.Diff(map[string]any{"bob@x": 1}, got["administrators"]); diff != "" {
		t.Error(diff)
	}
	if destroys := got["policies"].([]any)[2].(map[string]any)["destroys"].([]any); len(destroys) > 0 {
		t.Errorf("taking a key out of use destroys nothing: %v", destroys)
	}
	want := map[string][]permission.Right{
		"ann@x": {{Class: "administer", Pointer: "/iam/policies/0"}},
		"bob@x": {{Class: "administer", Pointer: "/iam/policies/1"}, {Class: "destroy", Pointer: "/iam/policies/2"}, {Class: "end_logs", Pointer: "/iam/policies/1"}},
	}
	if diff := cmp.Diff(want, permission.Read(evidence, table(t)).Persons()); diff != "" {
		t.Error(diff)
	}
}
