package permission_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/permission"
)

// fitting is evidence in which every right fits.
const fitting = `
metadata: {service: {id: ` + domain + `}}
iam:
  source: {collected_at: 2026-11-18T07:00:00Z}
  review: {reviewed_on: 2026-09-15}
  policies:
    - {identities: ["urn:v1:eu:identity:user:xx1-ovh/ann"], allow: ["okms:apiovh:serviceKey/create", "okms:apiovh:credential/create"], resources: ["DOMAIN"]}
    - {identities: ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.pay"], allow: ["okms:apikms:serviceKey/encrypt", "okms:apikms:serviceKey/get"], resources: ["DOMAIN/serviceKey/enc"]}
    - {identities: ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.tde"], allow: ["okms:kmip:encrypt"], resources: ["DOMAIN/kmip/*"]}
keys:
  service_keys:
    - {id: enc, operations: [encrypt, decrypt], state: active, origin: generated, created_at: 2026-10-01T08:00:00Z}
    - {id: sig, operations: [sign, verify], state: active, origin: generated, created_at: 2025-10-01T08:00:00Z}
    - {id: old, operations: [encrypt, decrypt], state: deactivated, origin: generated, created_at: 2024-10-01T08:00:00Z, deactivated_at: 2026-03-01T08:00:00Z}
    - {id: new, operations: [encrypt], state: deactivated, origin: generated, created_at: 2024-10-01T08:00:00Z, deactivated_at: 2026-10-01T08:00:00Z}
    - {id: gone, operations: [encrypt], state: destroyed, origin: generated, created_at: 2024-10-01T08:00:00Z, deactivated_at: 2026-03-01T08:00:00Z}
    - {id: bare, state: active, origin: imported, created_at: 2026-11-01T08:00:00Z}
kmip: {clients: [{id: c, workload: tde}], objects: [{id: ko, client: c, state: Active}]}
secrets: {secrets: [{path: pay/db, consumers: [pay]}]}
credentials:
  certificates:
    - {id: c1, identity_urns: ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.pay"], workload: pay, created_at: 2026-10-01T08:00:00Z, expires_at: 2026-12-30T08:00:00Z}
    - {id: c2, identity_urns: ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.tde"], workload: tde, created_at: 2026-10-01T08:00:00Z, expires_at: 2026-12-30T08:00:00Z}
management: {api_clients: [{id: EU.pay, kind: oauth2_service_account, workload: Pay, scopes: ["okms:apikms:serviceKey/encrypt", "ldp:apiovh:url/get"]}, {id: k, kind: application_key, scopes: ["GET /v2/okms/resource"]}]}
network: {clients: [{workload: pay, destination_port: 443}, {workload: tde, destination_port: 443}, {workload: tde, destination_port: 5696}, {workload: other, destination_port: 5696}]}
`

func TestMisfits(t *testing.T) {
	resources, allow := `["DOMAIN/serviceKey/enc"]`, `["okms:apikms:serviceKey/encrypt", "okms:apikms:serviceKey/get"]`
	on := func(list string) []string { return []string{resources, `["` + list + `"]`} }
	group := func(members string) []string {
		return []string{resources, `["DOMAIN/serviceKey/enc", "urn:v1:eu:resourceGroup:g"]`, "  review:", "  resource_groups: [{urn: \"urn:v1:eu:resourceGroup:g\", resources: [" + members + "]}]\n  review:"}
	}
	for name, test := range map[string]struct {
		replaced []string // texts of the evidence, each with what takes its place
		wanted   []string
	}{
		"every right fits": {nil, nil},
		"a policy for other addresses than its client's": {[]string{`["DOMAIN/serviceKey/enc"]`, `["DOMAIN/serviceKey/enc"], source_ip_ranges: ["198.51.100.0/28"]`,
			`workload: Pay,`, `workload: Pay, ip_ranges: ["203.0.113.0/28"],`}, []string{"idle_ranges /iam/policies/1/source_ip_ranges"}},
		"a policy for some of its client's addresses": {[]string{`["DOMAIN/serviceKey/enc"]`, `["DOMAIN/serviceKey/enc"], source_ip_ranges: ["203.0.113.8/32"]`,
			`workload: Pay,`, `workload: Pay, ip_ranges: ["203.0.113.0/28"],`}, nil},
		"forwarding logs to no platform":  {[]string{allow, `["okms:apikms:serviceKey/encrypt", "ldp:apiovh:output/graylog/stream/forwardTo"]`}, []string{"idle_action /iam/policies/1/allow/1"}},
		"an operation that the key lacks": {[]string{allow, `["okms:apikms:serviceKey/encrypt", "okms:apikms:serviceKey/sign"]`}, []string{"idle_action /iam/policies/1/allow/1"}},
		"every use of a key": {[]string{allow, `["okms:apikms:serviceKey/encrypt", "okms:apikms:serviceKey/decrypt", "okms:apikms:serviceKey/sign", "okms:apikms:serviceKey/verify",
			"okms:apikms:serviceKey/dataKey/create", "okms:apikms:serviceKey/dataKeyDecrypt", "okms:apikms:secret/version/getData"]`}, nil},
		"another spelling of such an operation":       {[]string{allow, `["okms:apikms:serviceKey/encrypt", "okms:apiovh:serviceKey/datakeyDecrypt"]`}, nil},
		"a signing key, to read its state":            {on(`DOMAIN/serviceKey/enc", "DOMAIN/serviceKey/sig`), nil},
		"a signing key to encrypt with":               {append(on(`DOMAIN/serviceKey/enc", "DOMAIN/serviceKey/sig`), allow, `["okms:apikms:serviceKey/encrypt"]`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"a key that says nothing of itself":           {on(`DOMAIN/serviceKey/enc", "DOMAIN/serviceKey/bare`), nil},
		"a key in no inventory, found elsewhere":      {on(`DOMAIN/serviceKey/enc", "DOMAIN/serviceKey/none`), nil},
		"a destroyed key, found elsewhere":            {append(on(`DOMAIN/serviceKey/gone`), allow, `["okms:apikms:serviceKey/encrypt"]`), nil},
		"a key deactivated before the review":         {append(on(`DOMAIN/serviceKey/old`), allow, `["okms:apikms:serviceKey/encrypt"]`), []string{"idle_action /iam/policies/1/allow/0", "idle_resource /iam/policies/1/resources/0"}},
		"a deactivated key to decrypt with":           {append(on(`DOMAIN/serviceKey/old`), allow, `["okms:apikms:serviceKey/decrypt"]`), []string{"idle_scope /management/api_clients/0/scopes/0"}},
		"a key deactivated after the review":          {append(on(`DOMAIN/serviceKey/new`), allow, `["okms:apikms:serviceKey/encrypt"]`), nil},
		"a resource of another service":               {on(`DOMAIN/serviceKey/enc", "urn:v1:eu:resource:account:xx1-ovh`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"secrets beside a key":                        {on(`DOMAIN/serviceKey/enc", "DOMAIN/secret/*`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"KMIP objects beside a key":                   {on(`DOMAIN/serviceKey/enc", "DOMAIN/kmip/ko`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"a certificate beside a key":                  {on(`DOMAIN/serviceKey/enc", "DOMAIN/credential/c1`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"all of the domain":                           {on(`DOMAIN`), nil},
		"another domain":                              {on(`DOMAIN/serviceKey/enc", "urn:v1:eu:resource:okms:other`), nil},
		"an object of this domain in another":         {on(`DOMAIN/serviceKey/enc", "urn:v1:eu:resource:okms:other/serviceKey/enc`), []string{"other_domain /iam/policies/1/resources/1"}},
		"a KMIP object of this domain in another":     {[]string{`"DOMAIN/kmip/*"`, `"DOMAIN/kmip/*", "urn:v1:eu:resource:okms:other/kmip/ko"`}, []string{"other_domain /iam/policies/2/resources/1"}},
		"a resource of another region":                {on(strings.Replace(`DOMAIN/serviceKey/enc`, "DOMAIN", "urn:v1:us:resource:okms:"+domain, 1)), []string{"other_region /iam/policies/1/resources/0"}},
		"an identity of another region":               {[]string{"urn:v1:eu:identity:user:xx1-ovh/ann", "urn:v1:ca:identity:user:xx1-ovh/ann"}, []string{"other_region /iam/policies/0/identities/0"}},
		"a group with something for the action":       {group(`"urn:v1:eu:resource:vps:v", "DOMAIN/serviceKey/enc"`), nil},
		"a group with nothing for the action":         {group(`"urn:v1:eu:resource:vps:v", "DOMAIN/secret/pay/db"`), []string{"idle_resource /iam/policies/1/resources/1"}},
		"an empty group":                              {group(``), nil},
		"a group in a group":                          {group(`"urn:v1:eu:resourceGroup:h"`), nil},
		"the account's actions without the account":   {[]string{`"okms:apiovh:serviceKey/create", `, `"okms:apiovh:serviceKey/create", "account:apiovh:me/identity/user/create", "account:apiovh:me/get", `}, []string{"idle_action /iam/policies/0/allow/1"}},
		"actions that stand for several":              {[]string{allow, `["okms:apikms:*", "vps:apiovh:get", "GET /v2/okms/resource"]`}, nil},
		"nobody makes certificates":                   {[]string{`, "okms:apiovh:credential/create"]`, `]`}, []string{"nobody_made /credentials/certificates/0/created_at"}},
		"the right to make any ended before":          {[]string{`resources: ["DOMAIN"]`, `resources: ["DOMAIN"], expires_at: 2026-09-30T00:00:00Z`}, []string{"nobody_made /credentials/certificates/0/created_at", "nobody_made /keys/service_keys/0/created_at"}},
		"the right to make any ended after":           {[]string{`resources: ["DOMAIN"]`, `resources: ["DOMAIN"], expires_at: 2026-11-01T00:00:00Z`}, nil},
		"nobody is in the group that makes any":       {[]string{"user:xx1-ovh/ann", "group:xx1-ovh/g", "kmip: {clients", "account: {groups: [{name: g, federated: true, members: [], member_count: 0}]}\nkmip: {clients"}, []string{"nobody_made /credentials/certificates/0/created_at", "nobody_made /keys/service_keys/0/created_at"}},
		"members of the group are not known":          {[]string{"user:xx1-ovh/ann", "group:xx1-ovh/g", "kmip: {clients", "account: {groups: [{name: g, federated: true}]}\nkmip: {clients"}, nil},
		"somebody is in the group that makes any":     {[]string{"user:xx1-ovh/ann", "group:xx1-ovh/g", "kmip: {clients", "account: {groups: [{name: g, federated: true, members: [ann@x], member_count: 1}]}\nkmip: {clients"}, nil},
		"nobody makes keys":                           {[]string{`"okms:apiovh:serviceKey/create", `, ``}, []string{"nobody_made /keys/service_keys/0/created_at"}},
		"only the account itself makes any":           {[]string{"urn:v1:eu:identity:user:xx1-ovh/ann", "urn:v1:eu:identity:account:xx1-ovh", `resources: ["DOMAIN"]`, `resources: ["DOMAIN"], read_only: true`}, []string{"nobody_made /credentials/certificates/0/created_at", "nobody_made /keys/service_keys/0/created_at"}},
		"keys are made in no domain that is all":      {[]string{`resources: ["DOMAIN"]`, `resources: ["DOMAIN/serviceKey/*"]`}, []string{"nobody_made /credentials/certificates/0/created_at"}},
		"administrators by their role alone":          {[]string{"urn:v1:eu:identity:user:xx1-ovh/ann", "urn:v1:eu:identity:account:xx1-ovh", `resources: ["DOMAIN"]`, `resources: ["DOMAIN"], read_only: true`, "kmip: {clients", "account: {users: [{login: ann, person: ann, privileged: true, status: enabled}]}\nkmip: {clients"}, nil},
		"some by their role, some by a policy":        {[]string{`, "okms:apiovh:credential/create"]`, `]`, "kmip: {clients", "account: {users: [{login: ann, person: ann, privileged: true, status: enabled}]}\nkmip: {clients"}, []string{"nobody_made /credentials/certificates/0/created_at"}},
		"a group with a member of another region":     {group(`"DOMAIN/serviceKey/enc", "urn:v1:ca:resource:vps:v"`), []string{"other_region /iam/policies/1/resources/1"}},
		"a group with an object in another domain":    {group(`"DOMAIN/serviceKey/enc", "urn:v1:eu:resource:okms:other/serviceKey/sig"`), []string{"other_domain /iam/policies/1/resources/1"}},
		"made long before":                            {[]string{`, "okms:apiovh:credential/create"]`, `]`, "2026-10-01", "2026-08-01"}, nil},
		"policies of an unknown day":                  {[]string{`, "okms:apiovh:credential/create"]`, `]`, "2026-11-18T07:00:00Z", "soon"}, nil},
		"a scope that no policy gives":                {[]string{`"ldp:apiovh:url/get"`, `"okms:apiovh:serviceKey/import"`}, []string{"idle_scope /management/api_clients/0/scopes/1"}},
		"a scope that stands for several":             {[]string{`"ldp:apiovh:url/get"`, `"okms:*"`}, nil},
		"an API client of another workload":           {[]string{"workload: Pay", "workload: ship"}, []string{"other_workload /management/api_clients/0/workload"}},
		"an API client of no certificate's identity":  {[]string{"workload: Pay", "workload: ship", "id: EU.pay", "id: EU.other"}, nil},
		"an expired certificate of another workload":  {[]string{"workload: Pay", "workload: ship", "expires_at: 2026-12-30T08:00:00Z}\n    - {id: c2", "expires_at: 2026-11-01T08:00:00Z}\n    - {id: c2"}, nil},
		"a token of one person that is another's":     {[]string{"{id: k, kind: application_key", "{id: ann/1, kind: personal_access_token, owner: bob", "kmip: {clients", "account: {users: [{login: ann, person: ann, status: enabled}]}\nkmip: {clients", "GET /v2/okms/resource", "okms:apiovh:serviceKey/create"}, []string{"other_owner /management/api_clients/1/owner"}},
		"a token with a scope that its user lacks":    {[]string{"{id: k, kind: application_key", "{id: bob/1, kind: personal_access_token, owner: bob", "kmip: {clients", "account: {users: [{login: bob, person: bob, status: enabled}], groups: [{name: g, members: [bob], member_count: 1}]}\nkmip: {clients", "GET /v2/okms/resource", "okms:apiovh:serviceKey/create"}, []string{"idle_scope /management/api_clients/1/scopes/0"}},
		"a token with a scope that its group has":     {[]string{"{id: k, kind: application_key", "{id: bob/1, kind: personal_access_token, owner: bob", "kmip: {clients", "account: {users: [{login: bob, person: bob, status: enabled}], groups: [{name: g, members: [bob], member_count: 1}]}\nkmip: {clients", "GET /v2/okms/resource", "okms:apiovh:serviceKey/create", "user:xx1-ovh/ann", "group:xx1-ovh/g"}, nil},
		"a token of an administrator by role":         {[]string{"{id: k, kind: application_key", "{id: bob/1, kind: personal_access_token, owner: bob", "kmip: {clients", "account: {users: [{login: bob, person: bob, status: enabled, privileged: true}]}\nkmip: {clients", "GET /v2/okms/resource", "okms:apiovh:serviceKey/create"}, nil},
		"KMIP at the port of the REST API alone":      {[]string{"destination_port: 5696}, {workload: other", "destination_port: 443}, {workload: other"}, []string{"other_protocol /network/clients/1/destination_port"}},
		"the REST API at the port of KMIP alone":      {[]string{"workload: pay, destination_port: 443", "workload: pay, destination_port: 5696"}, []string{"other_protocol /network/clients/0/destination_port"}},
		"a port that is not known":                    {[]string{"workload: pay, destination_port: 443", "workload: pay"}, nil},
		"no policies":                                 {[]string{"policies:", "other:"}, nil},
		"a policy that allows nothing":                {[]string{allow, `[]`, "ldp:apiovh:url/get", "okms:*"}, nil},
		"identities, actions and resources of a type": {[]string{resources, `[1, null]`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer(test.replaced...).Replace(fitting)
			doc, err := document.Parse("evidence.yaml", []byte(strings.ReplaceAll(text, "DOMAIN", "urn:v1:eu:resource:okms:"+domain)), document.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			var misfits []string
			for _, misfit := range permission.Read(doc.Value().(map[string]any), table(t)).Misfits() {
				misfits = append(misfits, misfit.Condition+" "+misfit.Pointer)
			}
			slices.Sort(misfits)
			if !slices.Equal(misfits, test.wanted) {
				t.Errorf("misfits are %q, expected are %q", misfits, test.wanted)
			}
		})
	}
}
