package ovhcloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/formtest"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// A user is a person where its login is its address. A program has the address of somebody responsible, or a mailbox of a role.
func TestPersons(t *testing.T) {
	for name, test := range map[string]struct {
		login, address string
		person         bool
	}{
		"the local part":                  {"ines.benali", "ines.benali@arvella.example", true},
		"in other letters":                {" Ines.Benali", "ines.benali@Arvella.example", true},
		"the whole address":               {"ines@arvella.example", "ines@arvella.example", true},
		"an account for administration":   {"adm-ines.benali", "ines.benali@arvella.example", true},
		"the same, marked at its end":     {"ines.benali.admin", "ines.benali@arvella.example", true},
		"an address elsewhere":            {"ines@arvella.example", "ines@other.example", false},
		"a program of somebody":           {"ci-terraform", "tomas.novak@arvella.example", false},
		"a program that somebody lent it": {"backup-ines", "ines@arvella.example", false},
		"a mailbox of a role":             {"ops", "ops@arvella.example", false},
		"its account for administration":  {"adm-ops", "ops@arvella.example", false},
		"no address":                      {"ines", "", false},
		"no mailbox":                      {"", "@arvella.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := IsPerson(User{Login: test.login, Email: test.address}); got != test.person {
				t.Errorf("%q with %q: a person is %t", test.login, test.address, got)
			}
		})
	}
}

func TestRules(t *testing.T) {
	for path, want := range map[string]bool{
		"/*": true, "*": true, "/v2/*": true, "/v2/okms/*": true, "/okms/resource": true, "/ok*": true, "/v1/iam/policy": true, "/1.0/*": true,
		"/domain/*": false, "/me/identity/user": false, "/v2/domain/*": false, "/o": false, "/vps/*": false, "": false,
	} {
		if got := reachesDomain(path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

// Who is privileged is said only where it is known.
func TestPrivileged(t *testing.T) {
	const urn = "urn:v1:eu:identity:user:xx-ovh/u"
	everything, unknown := resolved{Policy: Policy{Identities: []string{urn}}, allowed: []string{"*"}, anything: true}, resolved{Policy: Policy{Identities: []string{urn}}}
	for name, test := range map[string]struct {
		role     string
		policies []resolved
		want     string
	}{
		"an administrator":          {"ADMIN", nil, "true true"},
		"a role that writes":        {"REGULAR", nil, "true true"},
		"a reader":                  {"UNPRIVILEGED", nil, "false true"},
		"a reader by policies more": {"UNPRIVILEGED", []resolved{unknown, everything}, "true true"},
		"a policy not understood":   {"NONE", []resolved{unknown}, "false false"},
		"a role that is new":        {"AUDITOR", nil, "false false"},
		"a policy for others":       {"NONE", []resolved{{Policy: Policy{Identities: []string{"x"}}, allowed: []string{"*"}, anything: true}}, "false true"},
	} {
		privileged, certain := isPrivileged(User{Group: "g", URN: urn}, map[string]Group{"g": {Name: "g", Role: test.role, URN: "urn:v1:eu:identity:group:xx-ovh/g"}}, byIdentities(test.policies))
		if got := fmt.Sprint(privileged, certain); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for user, group := range map[string]string{"": "urn:g", urn: ""} { // policies for them cannot be found
		if _, certain := isPrivileged(User{Group: "g", URN: user}, map[string]Group{"g": {Name: "g", Role: "NONE", URN: group}}, nil); certain {
			t.Errorf("%q in %q is known not to be privileged", user, group)
		}
	}
	if _, certain := isPrivileged(User{Group: "gone"}, nil, nil); certain {
		t.Error("a group that is not there")
	}
}

// The name of a kind of log says what it is: the API may list no field.
func TestLogKinds(t *testing.T) {
	for name, test := range map[string]struct {
		kind LogKind
		want string
	}{
		"KMIP by name":          {LogKind{Name: "kmip_audit"}, "kmip_audit"},
		"KMIP in other letters": {LogKind{Name: "KMIP"}, "kmip_audit"},
		"REST by name":          {LogKind{Name: "rest-api"}, "rest_audit"},
		"by its fields":         {LogKind{Name: "audit", AdditionalReturnedFields: []string{"domain_id", "http_path"}}, "rest_audit"},
		"KMIP by its fields":    {LogKind{Name: "audit", AdditionalReturnedFields: []string{"kmip_operation"}}, "kmip_audit"},
		"unknown":               {LogKind{Name: "other"}, ""},
	} {
		if got := test.kind.word(); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A kind of log that is unknown is said once, whether or not it is subscribed.
func TestUnknownLogKinds(t *testing.T) {
	const id = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	answers := func(subscriptions ...Subscription) []reader.Answer {
		kinds := []LogKind{{Name: "rest"}, {Name: "billing"}, {Name: "kmip"}}
		return []reader.Answer{{Origin: "https://x" + Domain(id) + LogKinds, Body: kinds}, {Origin: "https://x" + Domain(id) + LogSubscriptions, Body: subscriptions}}
	}
	for name, test := range map[string]struct {
		subscriptions []Subscription
		want          string
	}{
		"not subscribed": {nil, `the domain has the kind of log "billing"`},
		"subscribed":     {[]Subscription{{Kind: "billing", SubscriptionID: "s1"}, {Kind: "billing", SubscriptionID: "s2"}}, `/service_logs/subscriptions/*/kind is left out of 2 items: the API gives an unknown value, such as "billing" of s1`},
	} {
		part, err := read(reader.Request{Section: "service_logs", Service: id, Form: formtest.Form(t), Answers: answers(test.subscriptions...)})
		if notes := strings.Join(part.Notes, "\n"); err != nil || len(part.Notes) != 1 || !strings.Contains(notes, test.want) {
			t.Errorf("%s: %q, %v", name, notes, err)
		}
	}
}

// Only deny takes away from permissions groups.
func TestExceptAndDeny(t *testing.T) {
	const group = "urn:v1:eu:permissionsGroup:ovh:keys"
	groups := map[string]PermissionsGroup{group: {URN: group, Permissions: &Permissions{Allow: []Action{{"okms:apiovh:serviceKey/delete"}}}}}
	for name, test := range map[string]struct {
		permissions Permissions
		want        string
	}{
		"except": {Permissions{Except: []Action{{"okms:apiovh:serviceKey/delete"}}}, "[okms:apiovh:serviceKey/delete]"},
		"deny":   {Permissions{Deny: []Action{{"okms:apiovh:serviceKey/*"}}}, "[]"},
	} {
		policy, err := resolve(Policy{ID: "p", Permissions: &test.permissions, PermissionsGroups: []URN{{group}}}, groups)
		if got := fmt.Sprint(policy.allowed); err != nil || got != test.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
