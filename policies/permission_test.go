package policies_test

import (
	"encoding/json"
	"github.com/raci-check/raci-check/internal/engine"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Fixtures of tests in Rego write out what the program works out from evidence. They say the same as the program.
func TestFixturesHaveThePermissionsThatFollow(t *testing.T) {
	h := load(t)
	compiler := ast.NewCompiler()
	if compiler.Compile(modules(t, true)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	config := h.config()
	tried := 0
	for _, duty := range h.set.Duties {
		results, err := rego.New(rego.Query("data.okms."+duty.Name+"_test.good"), rego.Compiler(compiler)).Eval(t.Context())
		must(t, err)
		if len(results) == 0 {
			continue
		}
		good := asJSON(t, results[0].Expressions[0].Value).(map[string]any)
		written, hasPermissions := good["permissions"]
		if !hasPermissions {
			continue
		}
		tried++
		moment, err := time.Parse(time.RFC3339, good["at"].(string))
		must(t, err)
		want := asJSON(t, config.Input(engine.Evidence{Value: good}, moment)["permissions"])
		if difference := cmp.Diff(want, written); difference != "" {
			text, err := json.Marshal(want)
			must(t, err)
			t.Errorf("good of okms.%s: permissions are not what follows from the rest (-wanted +written):\n%s\nwrite %s", duty.Name, difference, text)
		}
	}
	if tried < 3 {
		t.Errorf("%d fixtures have permissions, expected are at least 3", tried)
	}
}

// asJSON is a value as JSON has it.
func asJSON(t testing.TB, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	var read any
	must(t, json.Unmarshal(text, &read))
	return read
}

const (
	theDomain   = "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	userURN     = "urn:v1:eu:identity:user:xx48213-ovh/"
	programURN  = "urn:v1:eu:identity:credential:xx48213-ovh/oauth2-EU."
	groupURN    = "urn:v1:eu:identity:group:xx48213-ovh/"
	accountURN  = "urn:v1:eu:identity:account:xx48213-ovh"
	checkoutKey = theDomain + "/serviceKey/bdaee862-6fe1-408f-a53a-18050cf887f6"
	decryptKey  = "okms:apikms:serviceKey/decrypt"
)

// account is the compliant evidence, to be changed as somebody would who keeps counts right.
type account struct {
	t     *testing.T
	value map[string]any
}

func (a account) set(pointer string, to any) account {
	return a.become(set(a.t, a.value, pointer, to))
}

func (a account) remove(pointer string) account {
	return a.become(remove(a.t, a.value, pointer))
}

func (a account) become(value map[string]any) account {
	clear(a.value)
	maps.Copy(a.value, value)
	return a
}

func (a account) policy(name string) map[string]any {
	for _, item := range a.value["iam"].(map[string]any)["policies"].([]any) {
		if policy := item.(map[string]any); policy["name"] == name {
			return policy
		}
	}
	a.t.Fatalf("there is no policy %s", name)
	return nil
}

var countOf = map[string]string{"identities": "identity_count", "allow": "action_count", "resources": "resource_count"}

// give adds to a list of a policy.
func (a account) give(name, field string, more ...string) account {
	policy := a.policy(name)
	list := policy[field].([]any)
	for _, text := range more {
		list = append(list, text)
	}
	policy[field], policy[countOf[field]] = list, json.Number(strconv.Itoa(len(list)))
	return a
}

// put replaces a list of a policy.
func (a account) put(name, field string, texts ...string) account {
	a.policy(name)[field] = []any{}
	return a.give(name, field, texts...)
}

// add adds a policy; fields are added to it.
func (a account) add(kind string, identities, allow, resources []string, fields map[string]any) account {
	policies := a.value["iam"].(map[string]any)["policies"].([]any)
	policy := map[string]any{
		"id": "00000000-0000-4000-8000-000000000001", "name": "added", "owner": "claire.moreau@arvella.example", "identity_kind": kind,
		"identities": []any{}, "allow": []any{}, "resources": []any{}, "break_glass": false,
	}
	if kind == "human" {
		policy["source_ip_ranges"] = []any{"198.51.100.16/28"}
	}
	maps.Copy(policy, fields)
	a.set("/iam/policies/-", policy).set("/iam/policy_count", json.Number(strconv.Itoa(len(policies)+1)))
	return a.give("added", "identities", identities...).give("added", "allow", allow...).give("added", "resources", resources...)
}

func (a account) user(login string, fields map[string]any) account {
	user := map[string]any{
		"login": login, "person": login + "@arvella.example", "kind": "human", "status": "enabled", "mfa": "webauthn", "privileged": false,
		"last_login_at": "2026-11-17T08:02:00Z",
	}
	maps.Copy(user, fields)
	count := len(a.value["account"].(map[string]any)["users"].([]any)) + 1
	return a.set("/account/users/-", user).set("/account/user_count", json.Number(strconv.Itoa(count)))
}

func (a account) group(fields map[string]any) account {
	group := map[string]any{"name": "key-admins"}
	maps.Copy(group, fields)
	return a.set("/account/groups", []any{group})
}

func one(texts ...string) []string { return texts }

const policyDuty = "cmk_access_policy."

// Each of these changes keeps to the schema and to all counts. An auditor would accept none.
func TestRightsThatNobodyShouldHaveAreFound(t *testing.T) {
	h := load(t)
	l := newLaboratory(t, h)
	encoded, err := json.Marshal(h.compliant(t))
	must(t, err)
	members := map[string]any{"members": []any{"ines.benali", "nobody.here"}, "member_count": json.Number("2")}
	federated := map[string]any{"federated": true}
	for name, test := range map[string]struct {
		change func(a account) account
		check  string
	}{
		"everybody":                   {func(a account) account { return a.give("checkout-encrypt", "identities", "*") }, policyDuty + "identities_known"},
		"everybody alone, for people": {func(a account) account { return a.put("okms-auditors", "identities", "*") }, policyDuty + "identities_known"},
		"everybody of the account": {func(a account) account {
			return a.give("checkout-encrypt", "identities", "urn:v1:eu:identity:*:xx48213-ovh/*")
		}, policyDuty + "identities_known"},
		"all groups":         {func(a account) account { return a.give("okms-auditors", "identities", groupURN+"*") }, policyDuty + "identities_known"},
		"the account itself": {func(a account) account { return a.give("tokeniser", "identities", accountURN) }, policyDuty + "identities_known"},
		"the account itself, said to be read-only with others": {func(a account) account {
			a.policy("tokeniser")["read_only"] = true
			return a.give("tokeniser", "identities", accountURN)
		}, policyDuty + "identities_known"},
		"a group that is not listed": {func(a account) account { return a.give("okms-auditors", "identities", groupURN+"key-admins") }, policyDuty + "identities_known"},
		"a group without members": {func(a account) account {
			return a.give("okms-auditors", "identities", groupURN+"key-admins").group(nil)
		}, policyDuty + "identities_known"},
		"a group with a member who is no user": {func(a account) account {
			return a.give("okms-auditors", "identities", groupURN+"key-admins").group(members)
		}, policyDuty + "identities_known"},
		"a group with fewer members than counted": {func(a account) account {
			return a.give("okms-auditors", "identities", groupURN+"key-admins").group(map[string]any{"members": []any{"ines.benali"}, "member_count": json.Number("4")})
		}, policyDuty + "identities_known"},
		"a group of an identity provider without its rules": {func(a account) account {
			return a.give("okms-auditors", "identities", groupURN+"key-admins").group(federated)
		}, policyDuty + "identities_known"},
		"a group whose member uses keys by another policy": {func(a account) account {
			a.add("human", one(userURN+"nadia.haddad"), one(decryptKey), one(theDomain), nil)
			return a.give("okms-key-administrators", "identities", groupURN+"key-admins").group(map[string]any{"members": []any{"nadia.haddad"}, "member_count": json.Number("1")})
		}, policyDuty + "duties_separated"},
		"a user who does not exist": {func(a account) account { return a.give("okms-auditors", "identities", userURN+"nobody.here") }, policyDuty + "identities_known"},
		"a disabled leaver":         {func(a account) account { return a.give("okms-auditors", "identities", userURN+"leo.martin") }, policyDuty + "identities_known"},
		"a leaver in capitals":      {func(a account) account { return a.give("okms-auditors", "identities", userURN+"LEO.MARTIN") }, policyDuty + "identities_known"},
		"a leaver who is still enabled": {func(a account) account {
			return a.give("okms-auditors", "identities", userURN+"leo.martin").set("/account/users/11/status", "enabled")
		}, policyDuty + "identities_known"},
		"a user of another account": {func(a account) account {
			return a.give("okms-auditors", "identities", "urn:v1:eu:identity:user:zz99999-ovh/ines.benali")
		}, policyDuty + "identities_known"},
		"a program without a credential": {func(a account) account { return a.give("tokeniser", "identities", programURN+"ffffffffffff") }, policyDuty + "identities_known"},
		"a program whose certificate is revoked": {func(a account) account {
			return a.set("/credentials/certificates/4/revoked_at", "2026-11-15T00:00:00Z")
		}, policyDuty + "identities_known"},
		"a resource as an identity": {func(a account) account { return a.give("tokeniser", "identities", theDomain) }, policyDuty + "identities_known"},
		"people said to be programs": {func(a account) account {
			return a.set("/iam/policies/1/identity_kind", "service").remove("/iam/policies/1/source_ip_ranges")
		}, "network_access.people_bound_to_addresses"},
		"people said to be programs, bound":   {func(a account) account { return a.set("/iam/policies/1/identity_kind", "service") }, policyDuty + "identities_known"},
		"programs said to be people":          {func(a account) account { return a.set("/iam/policies/3/identity_kind", "human") }, policyDuty + "identities_known"},
		"a pattern that has no end":           {func(a account) account { return a.put("okms-auditors", "resources", "urn:v1:eu:resource:okms:7d*") }, policyDuty + "no_wildcards"},
		"a pattern that begins as the domain": {func(a account) account { return a.put("okms-auditors", "resources", theDomain+"*") }, policyDuty + "no_wildcards"},
		"a part of a key's id":                {func(a account) account { return a.put("tokeniser", "resources", theDomain+"/serviceKey/8*") }, policyDuty + "no_wildcards"},
		"every domain":                        {func(a account) account { return a.put("okms-auditors", "resources", "urn:v1:eu:resource:okms:*") }, policyDuty + "no_wildcards"},
		"a resource group that is not listed": {func(a account) account {
			return a.put("okms-auditors", "resources", "urn:v1:eu:resourceGroup:aa0713ab-ed13-4f1a-89a5-32aeae8be1a2")
		}, policyDuty + "no_wildcards"},
		"another domain only": {func(a account) account {
			return a.put("okms-auditors", "resources", "urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001")
		}, policyDuty + "resources_known"},
		"another service only": {func(a account) account { return a.put("okms-auditors", "resources", "urn:v1:eu:resource:vps:vps-1") }, policyDuty + "resources_known"},
		"a key that does not exist": {func(a account) account {
			return a.give("checkout-encrypt", "resources", theDomain+"/serviceKey/00000000-0000-4000-8000-000000000001")
		}, policyDuty + "resources_known"},
		"a secret that does not exist": {func(a account) account {
			return a.give("checkout-secrets", "resources", theDomain+"/secret/checkout/other")
		}, policyDuty + "resources_known"},
		"every KMIP action":                {func(a account) account { return a.give("ledger-tde", "allow", "okms:kmip:*") }, policyDuty + "no_wildcards"},
		"KMIP get by an application":       {func(a account) account { return a.give("checkout-encrypt", "allow", "okms:kmip:get") }, policyDuty + "duties_separated"},
		"KMIP get by an auditor":           {func(a account) account { return a.give("okms-auditors", "allow", "okms:kmip:get") }, policyDuty + "destroyers_have_mfa"},
		"KMIP get by an administrator":     {func(a account) account { return a.give("okms-key-administrators", "allow", "okms:kmip:get") }, policyDuty + "duties_separated"},
		"KMIP destroy by a client":         {func(a account) account { return a.give("ledger-tde", "allow", "okms:kmip:destroy") }, policyDuty + "destroyers_have_mfa"},
		"KMIP revoke by an auditor":        {func(a account) account { return a.give("okms-auditors", "allow", "okms:kmip:revoke") }, policyDuty + "destroyers_have_mfa"},
		"KMIP decrypt by an administrator": {func(a account) account { return a.give("okms-key-administrators", "allow", "okms:kmip:decrypt") }, policyDuty + "duties_separated"},
		"wrapKey by an application":        {func(a account) account { return a.give("ledger-wrap", "allow", "okms:apikms:serviceKey/wrapKey") }, policyDuty + "destroyers_have_mfa"},
		"wrapKey by an administrator": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "okms:apiovh:serviceKey/wrapKey")
		}, policyDuty + "duties_separated"},
		"unwrapKey by an application": {func(a account) account { return a.give("ledger-wrap", "allow", "okms:apikms:serviceKey/unwrapKey") }, policyDuty + "duties_separated"},
		"verify by an administrator": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "okms:apikms:serviceKey/verify")
		}, policyDuty + "duties_separated"},
		"dataKey in another spelling": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "okms:apiovh:serviceKey/datakeyDecrypt")
		}, policyDuty + "duties_separated"},
		"secrets read by an auditor": {func(a account) account { return a.give("okms-auditors", "allow", "okms:apiovh:secret/version/getData") }, policyDuty + "secrets_read_by_consumers"},
		"secrets read by an administrator": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "okms:apikms:secret/version/getData")
		}, policyDuty + "duties_separated"},
		"secrets read by the inventory": {func(a account) account {
			return a.give("inventory-reader", "allow", "okms:apiovh:secret/version/getData")
		}, policyDuty + "secrets_read_by_consumers"},
		"a secret of another program": {func(a account) account {
			return a.give("checkout-secrets", "resources", theDomain+"/secret/ledger/database")
		}, policyDuty + "secrets_read_by_consumers"},
		"every secret for one program":        {func(a account) account { return a.put("checkout-secrets", "resources", theDomain+"/secret/*") }, policyDuty + "secrets_read_by_consumers"},
		"secret delete by an application":     {func(a account) account { return a.give("checkout-secrets", "allow", "okms:apikms:secret/delete") }, policyDuty + "destroyers_have_mfa"},
		"secret version delete by an auditor": {func(a account) account { return a.give("okms-auditors", "allow", "okms:apiovh:secret/version/delete") }, policyDuty + "destroyers_have_mfa"},
		"credential create by an application": {func(a account) account { return a.give("checkout-encrypt", "allow", "okms:apiovh:credential/create") }, policyDuty + "destroyers_have_mfa"},
		"credential create by an administrator": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "okms:apiovh:credential/create")
		}, policyDuty + "duties_separated"},
		"credential create by an auditor":     {func(a account) account { return a.give("okms-auditors", "allow", "okms:apiovh:credential/create") }, policyDuty + "destroyers_have_mfa"},
		"the end of the domain by an auditor": {func(a account) account { return a.give("okms-auditors", "allow", "okms:apiovh:resource/terminate") }, policyDuty + "destroyers_have_mfa"},
		"the end of the domain by a program":  {func(a account) account { return a.give("okms-terraform", "allow", "account:apiovh:services/terminate") }, policyDuty + "destroyers_have_mfa"},
		"policies edited by an administrator": {func(a account) account {
			return a.give("okms-key-administrators", "allow", "account:apiovh:iam/policy/edit")
		}, policyDuty + "duties_separated"},
		"users made by a program": {func(a account) account {
			return a.give("okms-terraform", "allow", "account:apiovh:me/identity/user/create")
		}, policyDuty + "destroyers_have_mfa"},
		"policies made by an auditor, on the account": {func(a account) account {
			return a.add("human", one(userURN+"lukas.weber"), one("account:apiovh:iam/policy/create"), one("urn:v1:eu:resource:account:xx48213-ovh"), nil)
		}, policyDuty + "destroyers_have_mfa"},
		"an action that nobody knows": {func(a account) account {
			return a.give("okms-certificate-officers", "allow", "okms:apiovh:serviceKey/melt")
		}, policyDuty + "actions_known"},
		"an action that nobody knows, by a program": {func(a account) account { return a.give("tokeniser", "allow", "okms:apikms:serviceKey/copyOut") }, policyDuty + "destroyers_have_mfa"},
		"a wildcard at the front":                   {func(a account) account { return a.give("okms-auditors", "allow", "*get") }, policyDuty + "no_wildcards"},
		"two logins of one person, one administers and one uses": {func(a account) account {
			a.user("ines.daily", map[string]any{"person": "Ines.Benali@arvella.example"})
			return a.add("human", one(userURN+"ines.daily"), one(decryptKey), one(checkoutKey), nil)
		}, policyDuty + "duties_separated"},
		"the staging certificate on all keys": {func(a account) account {
			return a.put("staging-tests", "allow", "okms:apikms:serviceKey/encrypt", decryptKey)
		}, policyDuty + "environments_apart"},
		"the staging certificate on one production key": {func(a account) account {
			return a.give("checkout-encrypt", "identities", programURN+"9a766399805b")
		}, policyDuty + "environments_apart"},
		"keys that were used, without their policies": {func(a account) account {
			iam := a.value["iam"].(map[string]any)
			iam["policies"], iam["policy_count"] = iam["policies"].([]any)[:3], json.Number("3")
			return a
		}, policyDuty + "keys_permitted"},
		"a policy that ended": {func(a account) account {
			a.policy("analytics")["expires_at"] = "2026-11-01T00:00:00Z"
			return a
		}, policyDuty + "keys_permitted"},
		"a KMIP client without a policy": {func(a account) account { return a.put("backup-vault", "allow", "okms:kmip:locate") }, policyDuty + "keys_permitted"},
		"a certificate without a policy": {func(a account) account {
			return a.set("/credentials/certificates/9/identity_urns/0", programURN+"ffffffffffff")
		}, policyDuty + "certificates_permitted"},
		"a certificate for a group": {func(a account) account {
			return a.set("/credentials/certificates/9/identity_urns/0", groupURN+"key-admins")
		}, policyDuty + "certificates_single"},
		"a certificate for everybody": {func(a account) account {
			return a.set("/credentials/certificates/9/identity_urns/0", "urn:v1:eu:identity:credential:xx48213-ovh/*")
		}, policyDuty + "certificates_single"},
		"scopes for everything": {func(a account) account { return a.set("/management/api_clients/0/scopes/0", "okms:*/*") }, "management_infrastructure.clients_scoped"},
		"scopes for IAM":        {func(a account) account { return a.set("/management/api_clients/0/scopes/0", "iam:*") }, "management_infrastructure.clients_scoped"},
		"a scope that edits policies": {func(a account) account {
			return a.set("/management/api_clients/0/scopes/0", "account:apiovh:iam/policy/edit")
		}, "management_infrastructure.clients_scoped"},
		"a scope that is a path for every method": {func(a account) account {
			return a.set("/management/api_clients/0/scopes/0", "/v2/iam/policy")
		}, "management_infrastructure.clients_scoped"},
		"a scope that destroys": {func(a account) account {
			return a.set("/management/api_clients/1/scopes/0", "okms:apiovh:serviceKey/delete")
		}, "management_infrastructure.clients_scoped"},
		"a scope that uses keys beside those that administer": {func(a account) account {
			return a.set("/management/api_clients/1/scopes/0", decryptKey)
		}, "management_infrastructure.clients_scoped"},
		"a policy that gives a client more than its scopes say": {func(a account) account {
			return a.give("inventory-reader", "allow", "okms:apiovh:credential/create")
		}, "management_infrastructure.clients_scoped"},
		"a token of a user who left": {func(a account) account {
			return a.set("/management/api_clients/-", map[string]any{
				"id": "leo.martin/laptop", "kind": "personal_access_token", "owner": "ines.benali@arvella.example",
				"scopes": []any{"okms:apiovh:serviceKey/get"}, "scope_count": json.Number("1"), "expires_at": "2027-01-31T00:00:00Z",
				"secret_created_on": "2026-10-14", "stored_in": "vault", "ip_ranges": []any{"203.0.113.32/28"},
			}).set("/management/api_client_count", json.Number("4"))
		}, "management_infrastructure.clients_scoped"},
		"a program with the certificate of an administrator": {func(a account) account {
			return a.set("/credentials/certificates/8", map[string]any{
				"id": "7e45cf73-c2db-4845-a31d-305f8aa49425", "identity_urns": []any{userURN + "ines.benali"}, "from_csr": true,
				"created_at": "2026-10-08T07:30:00Z", "expires_at": "2026-12-30T07:00:00Z", "environment": "production",
				"workload": "checkout-api", "last_used_at": "2026-11-17T11:00:00Z",
			})
		}, policyDuty + "duties_separated"},
		"a token that does not end": {func(a account) account {
			return a.set("/management/api_clients/0/kind", "personal_access_token").set("/management/api_clients/0/id", "ines.benali/inventory")
		}, "management_infrastructure.tokens_end"},
		"an identity provider that asks for no second factor": {func(a account) account {
			return a.set("/account/federation", map[string]any{
				"provider": "Entra ID", "mfa_required": false, "mfa_methods": []any{"webauthn"}, "artifact": artifactOf("x"),
			})
		}, "control_panel_access.mfa"},
	} {
		t.Run(name, func(t *testing.T) {
			ids, refused := l.bad(t, test.change(account{t, decode(t, encoded)}).value)
			if refused || !slices.Contains(ids, test.check) {
				t.Errorf("refused: %v; bad are %v, expected is %s", refused, ids, test.check)
			}
		})
	}
}

func artifactOf(name string) map[string]any {
	return map[string]any{"path": name, "sha256": strings.Repeat("0", 64)}
}

// Each of these is normal practice of an honest customer.
func TestHonestRightsPass(t *testing.T) {
	h := load(t)
	l := newLaboratory(t, h)
	encoded, err := json.Marshal(h.compliant(t))
	must(t, err)
	federation := map[string]any{"provider": "Entra ID", "mfa_required": true, "mfa_methods": []any{"webauthn"}, "artifact": artifactOf("x")}
	for name, change := range map[string]func(a account) account{
		"the provider's own policy": func(a account) account {
			a.add("human", one(accountURN), one("*"), one("urn:v1:eu:resourceGroup:aa0713ab-ed13-4f1a-89a5-32aeae8be1a2"), map[string]any{"name": "added", "read_only": true})
			added := a.policy("added")
			added["name"] = "ovh-default"
			for _, field := range []string{"owner", "identity_kind", "source_ip_ranges", "break_glass"} {
				delete(added, field)
			}
			return a
		},
		"policies on groups of an identity provider": func(a account) account {
			a.put("okms-key-administrators", "identities", groupURN+"key-admins").group(map[string]any{"federated": true})
			return a.set("/account/federation", federation)
		},
		"a federated group with its members": func(a account) account {
			a.put("okms-key-administrators", "identities", groupURN+"key-admins")
			a.group(map[string]any{"federated": true, "members": []any{"Ines.Benali@arvella.example", "tomas.novak"}, "member_count": json.Number("2")})
			return a.set("/account/federation", federation)
		},
		"single sign-on without any local user": func(a account) account {
			for policy, group := range map[string]string{"okms-key-administrators": "keys", "okms-auditors": "audit", "okms-break-glass": "emergency", "okms-certificate-officers": "certificates"} {
				a.put(policy, "identities", groupURN+group)
			}
			groups := []any{}
			for _, name := range []string{"keys", "audit", "emergency", "certificates"} {
				groups = append(groups, map[string]any{"name": name, "federated": true})
			}
			return a.set("/account/groups", groups).set("/account/federation", federation)
		},
		"a local group with its members": func(a account) account {
			a.put("okms-key-administrators", "identities", groupURN+"key-admins")
			return a.group(map[string]any{"members": []any{"ines.benali", "tomas.novak"}, "member_count": json.Number("2")})
		},
		"a separate administrator account": func(a account) account {
			a.user("nadia.admin", map[string]any{"person": "nadia.haddad@arvella.example", "privileged": true})
			a.set("/administration/administrators/-", map[string]any{"person": "nadia.haddad@arvella.example", "deputy": "ines.benali@arvella.example"})
			return a.give("okms-key-administrators", "identities", userURN+"nadia.admin")
		},
		"a resource group that is listed": func(a account) account {
			const group = "urn:v1:eu:resourceGroup:aa0713ab-ed13-4f1a-89a5-32aeae8be1a2"
			a.set("/iam/resource_groups", []any{map[string]any{"urn": group, "resources": []any{theDomain}}})
			return a.put("okms-auditors", "resources", group)
		},
		"one policy for two domains": func(a account) account {
			return a.give("okms-auditors", "resources", "urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001")
		},
		"a folder of secrets":   func(a account) account { return a.put("checkout-secrets", "resources", theDomain+"/secret/checkout/*") },
		"all keys by a pattern": func(a account) account { return a.put("okms-auditors", "resources", theDomain+"/*") },
		"other spellings": func(a account) account {
			a.put("kyc-documents", "allow", "okms:apikms:serviceKey/datakey", "okms:apikms:serviceKey/datakeyDecrypt")
			return a.put("checkout-encrypt", "resources", strings.ToUpper(theDomain[:len("urn:v1:eu:resource:okms")])+theDomain[len("urn:v1:eu:resource:okms"):]+"/serviceKey/BDAEE862-6FE1-408F-A53A-18050CF887F6")
		},
		"a service account in place of a certificate": func(a account) account {
			a.set("/management/api_clients/-", map[string]any{
				"id": "EU.aaaa0000bbbb", "kind": "oauth2_service_account", "owner": "hugo.petit@arvella.example", "workload": "checkout-api",
				"scopes": []any{"okms:apikms:serviceKey/encrypt", decryptKey}, "scope_count": json.Number("2"),
				"secret_created_on": "2026-10-14", "stored_in": "vault", "ip_ranges": []any{"203.0.113.32/28"},
			}).set("/management/api_client_count", json.Number("4"))
			return a.give("checkout-encrypt", "identities", programURN+"aaaa0000bbbb")
		},
		"a token that ends": func(a account) account {
			return a.set("/management/api_clients/-", map[string]any{
				"id": "ines.benali/inventory", "kind": "personal_access_token", "owner": "ines.benali@arvella.example",
				"scopes": []any{"okms:apiovh:serviceKey/get"}, "scope_count": json.Number("1"), "expires_at": "2027-01-31T00:00:00Z",
				"secret_created_on": "2026-10-14", "stored_in": "vault", "ip_ranges": []any{"203.0.113.32/28"},
			}).set("/management/api_client_count", json.Number("4"))
		},
		"a person who may read a secret in an emergency": func(a account) account {
			emergency := map[string]any{"break_glass": true, "expires_at": "2027-01-31T00:00:00Z"}
			return a.add("human", one(userURN+"pierre.lambert"), one("okms:apikms:secret/version/getData"), one(theDomain), emergency)
		},
		"a certificate officer less": func(a account) account {
			return a.put("okms-certificate-officers", "identities", userURN+"sofia.rossi")
		},
	} {
		t.Run(name, func(t *testing.T) {
			if ids, refused := l.bad(t, change(account{t, decode(t, encoded)}).value); refused || len(ids) > 0 {
				t.Errorf("refused: %v; bad are %v", refused, ids)
			}
		})
	}
}
