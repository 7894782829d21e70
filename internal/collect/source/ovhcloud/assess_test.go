package ovhcloud

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

const compliant = "../../../../evidence/compliant"

// lookup is a list of the compliant evidence.
func lookup(t *testing.T, section, pointer string) []map[string]any {
	t.Helper()
	name := filepath.Join(compliant, section+".yaml")
	content, err := os.ReadFile(name)
	must(t, err)
	doc, err := document.Parse(name, content, document.DefaultLimits)
	must(t, err)
	list, _ := doc.Lookup("/" + section + pointer)
	var items []map[string]any
	for _, item := range list.([]any) {
		items = append(items, item.(map[string]any))
	}
	return items
}

// inCloud is an account as the compliant evidence has it, as the API calls it.
func inCloud(t *testing.T) *fake {
	f := newFake(t)
	f.page = 100
	renamed := func(from map[string]any, names map[string]string) map[string]any {
		to := map[string]any{}
		for name, field := range names {
			if from[field] != nil {
				to[name] = from[field]
			}
		}
		return to
	}
	var keys, certificates, policies []map[string]any
	for _, key := range lookup(t, "keys", "/service_keys") {
		listedKey := renamed(key, map[string]string{"id": "id", "name": "name", "type": "type", "size": "size", "curve": "curve", "operations": "operations", "createdAt": "created_at"})
		listedKey["state"] = strings.ToUpper(key["state"].(string))
		keys = append(keys, listedKey)
	}
	for _, item := range lookup(t, "credentials", "/certificates") {
		certificates = append(certificates, renamed(item, map[string]string{"id": "id", "name": "name", "identityURNs": "identity_urns", "fromCSR": "from_csr", "createdAt": "created_at", "expiredAt": "expires_at"}))
	}
	for _, item := range lookup(t, "iam", "/policies") {
		policy := renamed(item, map[string]string{"id": "id", "name": "name", "identities": "identities", "expiredAt": "expires_at"})
		var allow, resources []string
		for _, name := range item["allow"].([]any) {
			allow = append(allow, name.(string))
		}
		for _, urn := range item["resources"].([]any) {
			resources = append(resources, urn.(string))
		}
		policy["permissions"], policy["resources"] = actions(allow...), urns(resources...)
		if ranges, isList := item["source_ip_ranges"].([]any); isList {
			policy["conditions"] = map[string]any{"operator": "MATCH", "values": map[string]any{"request.IP": ranges[0]}}
		}
		policies = append(policies, policy)
	}
	f.pages[okmsRoute+"/serviceKey"], f.pages[okmsRoute+"/credential"], f.pages["/v2/iam/policy"] = keys, certificates, policies

	var users, clients []map[string]any
	for path := range f.items {
		if strings.HasSuffix(path, "/token") {
			delete(f.items, path)
		}
	}
	for _, item := range lookup(t, "account", "/users") {
		user := renamed(item, map[string]string{"login": "login", "email": "person"})
		user["status"] = map[any]any{"enabled": "OK", "disabled": "DISABLED"}[item["status"]]
		user["group"] = map[any]any{true: "ADMIN"}[item["privileged"]]
		if user["group"] == nil {
			user["group"] = "wheel"
		}
		user["urn"] = identities + "user:xx-ovh/" + item["login"].(string)
		users = append(users, user)
		f.items["/v1/me/identity/user/"+item["login"].(string)+"/token"] = nil
	}
	for _, item := range lookup(t, "management", "/api_clients") {
		clients = append(clients, map[string]any{"clientId": item["id"], "flow": "CLIENT_CREDENTIALS", "identity": "urn:v1:eu:identity:credential:xx48213-ovh/oauth2-" + item["id"].(string)})
	}
	f.items["/v1/me/identity/user"], f.items["/v1/me/api/oauth2/client"] = named("login", users...), named("clientId", clients...)
	f.items["/v1/me/api/credential"] = nil

	subscribed := map[string][]map[string]any{}
	for section, words := range map[string]map[any]string{
		"control_plane_logs": {"account_audit": "default", "account_activity": "default", "iam_access": "default"}, "service_logs": {"rest_audit": "audit", "kmip_audit": "kmip"},
	} {
		for _, item := range lookup(t, section, "/subscriptions") {
			subscription := renamed(item, map[string]string{"streamId": "stream_id", "createdAt": "created_at"})
			subscription["subscriptionId"], subscription["kind"], subscription["serviceName"] = "s-"+item["kind"].(string), words[item["kind"]], "ldp-ab-12345"
			key := item["kind"].(string)
			if section == "service_logs" {
				key = section
			}
			subscribed[key] = append(subscribed[key], subscription)
		}
	}
	f.pages[okmsRoute+"/log/subscription"], f.pages["/v2/iam/log/subscription"] = subscribed["service_logs"], subscribed["iam_access"]
	f.items["/v1/me/logs/audit/log/subscription"] = named("subscriptionId", subscribed["account_audit"]...)
	f.items["/v1/me/api/log/subscription"] = named("subscriptionId", subscribed["account_activity"]...)
	for _, item := range lookup(t, "log_streams", "/streams") {
		id := item["id"].(string)
		f.objects["/v1/dbaas/logs/ldp-ab-12345/output/graylog/stream/"+id] = map[string]any{
			"streamId": id, "title": item["name"], "clusterId": "cl", "retentionId": "r-" + id, "coldStorageEnabled": true, "coldStorageRetention": 2,
			"indexingEnabled": true, "encryptionKeysIds": []any{"k1"},
		}
		f.objects["/v1/dbaas/logs/ldp-ab-12345/cluster/cl/retention/r-"+id] = map[string]any{"retentionId": "r-" + id, "duration": fmt.Sprintf("P%vD", item["hot_days"]), "retentionType": "LOGS_INDEXING"}
	}
	return f
}

// collected collects into a folder.
func (f *fake) collected(t *testing.T, s *source, folder string) *collect.Plan {
	t.Helper()
	evidence, _ := format(t)
	named := []collect.Named{{Name: Kind.Name, Method: Kind.Method, Source: s}}
	outcomes := collect.Run(t.Context(), named, collect.Request{ServiceID: domainID, At: at}, nil)
	plan, err := collect.Prepare(outcomes, collect.Options{Folder: folder, Service: collect.Service{ID: domainID}, At: at, By: "raci-check-test 1", Format: evidence})
	must(t, err)
	if plan.Incomplete() || plan.Nothing() {
		t.Fatalf("%+v, %+v", plan.Reports, plan.Outcomes)
	}
	must(t, plan.Write())
	return plan
}

// Keys, policies and users may really be called what people write where a value is not there yet.
func TestNamesThatLookLikePlaceholders(t *testing.T) {
	f := inCloud(t)
	f.pages[okmsRoute+"/serviceKey"][0]["name"] = "TODO"
	f.pages["/v2/iam/policy"][0]["name"] = "pending"
	s := f.opened(t, byKeys)
	folder := t.TempDir()
	f.collected(t, s, folder)
	collecttest.RealName(t, folder, at, "TODO")
	collecttest.RealName(t, folder, at, "pending")
}

// From the cloud to the verdict: what is collected fills what was missing, and a change in the cloud turns the checks that it
// concerns and no other.
func TestCollectedAndAssessed(t *testing.T) {
	f := inCloud(t)
	s := f.opened(t, byKeys)

	t.Run("a folder without evidence", func(t *testing.T) {
		folder := t.TempDir()
		collecttest.Unfilled(t, folder, domainID)
		before := collecttest.Checks(t, folder, at)
		f.collected(t, s, folder)
		want := map[string]verdict.Status{ // what was missing
			"backups.keys_covered": verdict.Fail, "cmk_access_policy.destroyers_have_mfa": verdict.Fail, "cmk_access_policy.duties_separated": verdict.Fail,
			"cmk_access_policy.actions_known": verdict.Pass, "cmk_access_policy.certificates_permitted": verdict.Pass, "cmk_access_policy.environments_apart": verdict.Pass,
			"cmk_access_policy.identities_known": verdict.Pass, "cmk_access_policy.keys_permitted": verdict.Pass,
			"cmk_access_policy.resources_known": verdict.Fail, "cmk_access_policy.secrets_read_by_consumers": verdict.Fail,
			"management_infrastructure.tokens_end": verdict.Pass,
			"cmk_access_policy.no_wildcards":       verdict.Pass, "control_panel_access.root_bound": verdict.Fail, "control_plane_logs.retention": verdict.Pass,
			"control_plane_logs.sources_subscribed": verdict.Pass, "control_plane_logs.subscriptions_lead_somewhere": verdict.Pass,
			"data_destruction.key_destructions_approved": verdict.Fail, "management_infrastructure.clients_scoped": verdict.Pass,
			"network_access.people_bound_to_addresses": verdict.Fail, "service_logs.kinds_subscribed": verdict.Pass,
			"subscription_data.entity_stated": verdict.Pass, "subscription_data.data_minimised": verdict.Pass,
			"administration.changes_approved": verdict.Fail, "administration.privileged_users_are_administrators": verdict.Fail,
			"control_panel_access.people_listed": verdict.Fail, "control_panel_access.evidence_consistent": verdict.Pass,
			"control_panel_access.root_rests": verdict.Pass, "control_panel_access.users_named": verdict.Pass, "key_management.states_dated": verdict.Pass,
			"cmk_access_policy.evidence_consistent": verdict.Pass, "control_plane_logs.evidence_consistent": verdict.Pass,
			"management_infrastructure.evidence_consistent": verdict.Pass, "service_logs.evidence_consistent": verdict.Pass,
			"subscription_data.evidence_consistent": verdict.Pass,
		}
		if diff := cmp.Diff(want, collecttest.Turned(before, collecttest.Checks(t, folder, at))); diff != "" {
			t.Error(diff)
		}
	})

	folder := filepath.Join(t.TempDir(), "evidence")
	must(t, os.CopyFS(folder, os.DirFS(compliant)))
	good := collecttest.Checks(t, folder, at)
	f.collected(t, s, folder)
	if n := collecttest.Reread(t, folder, at); n != 9 {
		t.Errorf("%d sections are kept", n)
	}
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("what the cloud says as the evidence does turns %v", diff)
	}
	if again := f.collected(t, s, folder); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}

	const audit, rest = "5a94a37e-ffc3-4b5c-844b-c080ebbb31dd", "1265dc99-3ba8-4fcc-9a0f-2eda4982134c"
	stream := func(id string) map[string]any {
		return f.objects["/v1/dbaas/logs/ldp-ab-12345/output/graylog/stream/"+id].(map[string]any)
	}
	fail := func(ids ...string) map[string]verdict.Status {
		statuses := map[string]verdict.Status{}
		for _, id := range ids {
			statuses[id] = verdict.Fail
		}
		return statuses
	}
	to := func(of, change map[string]any) func() { return func() { maps.Copy(of, change) } }
	key := func() map[string]any {
		keys := f.pages[okmsRoute+"/serviceKey"]
		return keys[slices.IndexFunc(keys, func(key map[string]any) bool { return key["id"] == keyID })]
	}
	less := func(list map[string][]map[string]any, path, kind string) func() {
		return func() {
			list[path] = slices.DeleteFunc(slices.Clone(list[path]), func(s map[string]any) bool { return s["kind"] == kind })
		}
	}
	for name, test := range map[string]struct {
		change func()
		turns  map[string]verdict.Status
		stays  map[string]verdict.Status // once it is changed back
	}{
		"root loses its second factor":    {to(f.items["/v1/me/accessRestriction/u2f"][0], map[string]any{"status": "disabled"}), fail("control_panel_access.root_rests"), nil},
		"root may log in from anywhere":   {to(f.objects["/v1/me/accessRestriction/ipDefaultRule"].(map[string]any), map[string]any{"rule": "accept"}), fail("control_panel_access.root_bound"), nil},
		"a certificate expires":           {to(f.pages[okmsRoute+"/credential"][0], map[string]any{"expiredAt": "2026-11-19T00:00:00Z"}), fail("cmk_access_policy.evidence_consistent", "cmk_access_policy.certificates_current", "cmk_access_policy.identities_known", "cmk_access_policy.keys_permitted", "cmk_access_policy.secrets_read_by_consumers"), nil},
		"a certificate stands for root":   {to(f.pages[okmsRoute+"/credential"][0], map[string]any{"identityURNs": []any{"urn:v1:eu:identity:account:xx48213-ovh"}}), fail("cmk_access_policy.evidence_consistent", "cmk_access_policy.certificates_single", "cmk_access_policy.certificates_permitted", "cmk_access_policy.identities_known", "cmk_access_policy.keys_permitted", "cmk_access_policy.secrets_read_by_consumers"), nil},
		"a certificate not by a CSR":      {to(f.pages[okmsRoute+"/credential"][0], map[string]any{"fromCSR": false}), fail("cmk_access_policy.certificates_from_csr"), nil},
		"an account stream keeps less":    {to(f.objects["/v1/dbaas/logs/ldp-ab-12345/cluster/cl/retention/r-"+audit].(map[string]any), map[string]any{"duration": "P30D"}), fail("control_plane_logs.retention"), nil},
		"a service stream keeps less":     {to(f.objects["/v1/dbaas/logs/ldp-ab-12345/cluster/cl/retention/r-"+rest].(map[string]any), map[string]any{"duration": "P30D"}), fail("service_logs.retention"), nil},
		"a service stream is not indexed": {to(stream(rest), map[string]any{"indexingEnabled": false}), fail("service_logs.retention"), nil},
		"a service stream has no archive": {to(stream(rest), map[string]any{"coldStorageEnabled": false}), map[string]verdict.Status{
			"service_logs.retention": verdict.Fail, "service_logs.archive_protected": verdict.Missing}, nil},
		"a service stream is gone": {func() { delete(f.objects, "/v1/dbaas/logs/ldp-ab-12345/output/graylog/stream/"+rest) }, fail("service_logs.archive_protected", "service_logs.evidence_consistent", "service_logs.kinds_subscribed"), map[string]verdict.Status{
			"control_plane_logs.immutable":       verdict.Missing,
			"control_plane_logs.readers_limited": verdict.Missing,
			"service_logs.archive_protected":     verdict.Fail,
			"service_logs.events_arrive":         verdict.Missing,
		}},
		"the log of REST leads nowhere": {less(f.pages, okmsRoute+"/log/subscription", "audit"), fail("service_logs.archive_protected", "service_logs.kinds_subscribed"), map[string]verdict.Status{
			"control_plane_logs.immutable":       verdict.Missing,
			"control_plane_logs.readers_limited": verdict.Missing,
			"service_logs.archive_protected":     verdict.Fail,
			"service_logs.events_arrive":         verdict.Missing,
		}},
		"the log of KMIP leads nowhere": {less(f.pages, okmsRoute+"/log/subscription", "kmip"), fail("service_logs.archive_protected", "service_logs.kinds_subscribed"), map[string]verdict.Status{
			"control_plane_logs.immutable":       verdict.Missing,
			"control_plane_logs.readers_limited": verdict.Missing,
			"service_logs.archive_protected":     verdict.Fail,
			"service_logs.events_arrive":         verdict.Missing,
		}},
		"the account's log leads nowhere": {less(f.items, "/v1/me/logs/audit/log/subscription", "default"), fail("control_plane_logs.sources_subscribed", "service_logs.archive_protected"), map[string]verdict.Status{
			"control_plane_logs.events_arrive":   verdict.Missing,
			"control_plane_logs.immutable":       verdict.Missing,
			"control_plane_logs.readers_limited": verdict.Missing,
			"service_logs.archive_protected":     verdict.Fail,
		}},
		"the log of IAM leads nowhere": {less(f.pages, "/v2/iam/log/subscription", "default"), fail("control_plane_logs.sources_subscribed", "service_logs.archive_protected"), map[string]verdict.Status{
			"control_plane_logs.events_arrive":   verdict.Missing,
			"control_plane_logs.immutable":       verdict.Missing,
			"control_plane_logs.readers_limited": verdict.Missing,
			"service_logs.archive_protected":     verdict.Fail,
		}},
		"a reader becomes privileged": {to(f.items["/v1/me/identity/user"][3], map[string]any{"group": "ADMIN"}), fail("administration.privileged_users_are_administrators", "control_panel_access.mfa"), nil},
		"a user is new": {func() {
			f.items["/v1/me/identity/user"] = append(f.items["/v1/me/identity/user"], named("login", map[string]any{"login": "eve", "email": "eve@elsewhere.example", "group": "wheel", "status": "OK", "urn": identities + "user:xx-ovh/eve"})...)
			f.items["/v1/me/identity/user/eve/token"] = nil
		}, map[string]verdict.Status{
			"control_panel_access.inactive_disabled": verdict.Missing,
			"control_panel_access.mfa":               verdict.Missing,
			"control_panel_access.people_described":  verdict.Missing,
			"control_panel_access.people_listed":     verdict.Fail,
			"control_panel_access.users_listed":      verdict.Missing,
		}, nil},
		"a user makes a token without an end": {func() {
			f.items["/v1/me/identity/user/"+f.items["/v1/me/identity/user"][0]["login"].(string)+"/token"] = named("name", map[string]any{"name": "laptop"})
		}, map[string]verdict.Status{
			"management_infrastructure.clients_bound":  verdict.Missing,
			"management_infrastructure.clients_owned":  verdict.Missing,
			"management_infrastructure.clients_scoped": verdict.Fail,
			"management_infrastructure.secrets_kept":   verdict.Missing,
			"management_infrastructure.tokens_end":     verdict.Missing,
		}, nil},
		"people log in through a provider": {func() {
			f.objects["/v1/me/identity/provider"] = map[string]any{"ssoServiceUrl": "https://login.microsoftonline.com/x/saml2"}
		}, map[string]verdict.Status{
			"control_panel_access.mfa": verdict.Missing,
		}, nil},
		"a policy allows everything": {to(f.pages["/v2/iam/policy"][1], map[string]any{"permissions": actions("okms:*")}), fail(
			"cmk_access_policy.no_wildcards", "cmk_access_policy.destroyers_have_mfa", "cmk_access_policy.duties_separated", "cmk_access_policy.keys_permitted",
			"cmk_access_policy.secrets_read_by_consumers", "administration.privileged_users_are_administrators", "administration.evidence_consistent",
			"backups.evidence_consistent", "cmk_access_policy.evidence_consistent", "control_panel_access.evidence_consistent"), nil}, // the policy is the auditor's
		"a policy reaches everything":       {to(f.pages["/v2/iam/policy"][1], map[string]any{"resources": urns("*")}), fail("cmk_access_policy.no_wildcards"), nil},
		"a policy allows what nobody knows": {to(f.pages["/v2/iam/policy"][1], map[string]any{"permissions": actions("okms:apikms:serviceKey/frobnicate")}), fail("cmk_access_policy.actions_known", "cmk_access_policy.destroyers_have_mfa"), nil},
		"a policy is bound to no address": {to(f.pages["/v2/iam/policy"][0], map[string]any{"conditions": nil}), map[string]verdict.Status{
			"network_access.people_bound_to_addresses": verdict.Missing,
		}, nil},
		"a policy is gone": {func() { f.pages["/v2/iam/policy"] = f.pages["/v2/iam/policy"][1:] }, nil, map[string]verdict.Status{
			"cmk_access_policy.break_glass_ends": verdict.Missing,
			"cmk_access_policy.policies_listed":  verdict.Missing,
		}},
		"a key is deactivated": {func() { maps.Copy(key(), map[string]any{"state": "DEACTIVATED", "deactivationReason": "SUPERSEDED"}) }, map[string]verdict.Status{
			"data_security.confidential_encrypted": verdict.Fail,
			"key_management.retired_properly":      verdict.Missing,
		}, nil},
		"a key is smaller": {func() { maps.Copy(key(), map[string]any{"size": 128}) }, fail("data_security.keys_fit_ciphers"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			own := filepath.Join(t.TempDir(), "evidence")
			must(t, os.CopyFS(own, os.DirFS(folder)))
			undo := f.saved()
			test.change()
			f.collected(t, s, own)
			if diff := cmp.Diff(test.turns, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			undo()
			f.collected(t, s, own)
			if diff := cmp.Diff(test.stays, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("once it is changed back: %s", diff)
			}
		})
	}
}

// saved answers what makes the account again what it is now.
func (f *fake) saved() (undo func()) {
	lists := func(all map[string][]map[string]any) func() {
		was := map[string][]map[string]any{}
		content := map[string][]map[string]any{}
		for path, list := range all {
			was[path] = slices.Clone(list)
			for _, item := range list {
				content[path] = append(content[path], maps.Clone(item))
			}
		}
		return func() {
			clear(all)
			for path, list := range was {
				all[path] = list
				for i, item := range list { // the same objects, which changes name
					clear(item)
					maps.Copy(item, content[path][i])
				}
			}
		}
	}
	pages, items := lists(f.pages), lists(f.items)
	objects, content := maps.Clone(f.objects), map[string]map[string]any{}
	for path, object := range objects {
		if fields, isObject := object.(map[string]any); isObject {
			content[path] = maps.Clone(fields)
		}
	}
	return func() {
		pages()
		items()
		clear(f.objects)
		maps.Copy(f.objects, objects)
		for path, fields := range content {
			object := objects[path].(map[string]any)
			clear(object)
			maps.Copy(object, fields)
		}
	}
}

// What the account states about people is counted by the names of the fields, and no value is kept.
func TestPersonalDataOfTheAccount(t *testing.T) {
	f := newFake(t)
	s := f.opened(t, byToken)
	folder := t.TempDir()
	collecttest.Unfilled(t, folder, domainID)
	holder := f.objects["/v1/me"].(map[string]any)
	for _, test := range []struct {
		birthday any
		want     verdict.Status
	}{{nil, verdict.Pass}, {"", verdict.Pass}, {"1990-01-01", verdict.Fail}, {nil, verdict.Pass}} {
		holder["birthDay"] = test.birthday
		f.collected(t, s, folder)
		if got := collecttest.Checks(t, folder, at)["subscription_data.data_minimised"]; got != test.want {
			t.Errorf("birthday %v: %s, wanted %s", test.birthday, got, test.want)
		}
		kept, err := os.ReadFile(filepath.Join(folder, "collected", "subscription.json"))
		must(t, err)
		for _, value := range []string{"1990-01-01", "Ines", "+33.1"} {
			if strings.Contains(string(kept), value) {
				t.Errorf("%s is kept", value)
			}
		}
	}
}

// Whatever the API tells, and whatever it does not, the kept answers tell it again.
func TestKeptAnswersAreReadAgain(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request, int) bool{
		"all of it":                nil,
		"a group that is not told": on("permissionsGroup:ovh:signers", status(403, `{}`)),
		"root that is not told":    on("/accessRestriction/u2f", status(403, `{}`)),
		"streams that are all gone": func(w http.ResponseWriter, r *http.Request, n int) bool {
			gone := strings.Contains(r.URL.Path, "/output/graylog/stream/")
			if gone {
				status(404, `{"message": "This object does not exist"}`)(w, n)
			}
			return gone
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = fault
			folder := t.TempDir()
			collecttest.Unfilled(t, folder, domainID)
			for _, report := range f.collected(t, f.opened(t, byToken), folder).Reports {
				if len(report.Notes) > 0 {
					t.Errorf("%s: %v", report.Section, report.Notes)
				}
			}
			if name == "streams that are all gone" { // no answer tells that
				must(t, os.Remove(filepath.Join(folder, "collected", "log_streams.json")))
				must(t, os.Remove(filepath.Join(folder, "log_streams.yaml")))
			}
			if n := collecttest.Reread(t, folder, at); n < 9 {
				t.Errorf("%d sections are kept", n)
			}
		})
	}
}
