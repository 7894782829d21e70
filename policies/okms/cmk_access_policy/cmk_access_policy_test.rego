package okms.cmk_access_policy_test

import data.okms.cmk_access_policy

user := "urn:v1:eu:identity:user:xx1-ovh/ines"

app := "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1"

domain := "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

good := object.union(facts, {"permissions": permissions})

facts := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"}},
	"location": {"workloads": [{"id": "w1"}]},
	"management": {"api_client_count": 0},
	"account": {"users": [{"login": "ines", "person": "ines@x", "kind": "human", "status": "enabled", "mfa": "webauthn"}]},
	"keys": {"service_keys": [{"id": "k", "state": "active", "last_used_at": "2026-11-18T00:00:00Z"}]},
	"secrets": {"secrets": [{"path": "app/db", "consumers": ["w1"]}]},
	"iam": {
		"policy_count": 2,
		"policies": [
			{
				"id": "p1", "name": "admin", "owner": "julien", "identity_kind": "human", "identities": [user],
				"identity_count": 1, "allow": ["okms:apiovh:serviceKey/create", "okms:apiovh:serviceKey/deactivate"],
				"action_count": 2, "resources": [domain], "resource_count": 1, "break_glass": true,
				"expires_at": "2027-02-20T00:00:00Z",
			},
			{
				"id": "p2", "name": "app", "owner": "hugo", "identity_kind": "service", "identities": [app],
				"identity_count": 1, "allow": ["okms:apikms:serviceKey/encrypt", "okms:apikms:secret/version/getData"],
				"action_count": 2,
				"resources": [concat("/", [domain, "serviceKey", "k"]), concat("/", [domain, "secret", "app", "db"])],
				"resource_count": 2, "break_glass": false,
			},
		],
		"review": {"reviewed_on": "2026-09-01", "reviewer": "lukas", "removals_decided": 1, "removals_done": 1},
	},
	"credentials": {
		"source": {"artifact": {"path": "x", "sha256": "00"}},
		"certificate_count": 2,
		"certificates": [
			{
				"id": "c1", "name": "c1", "identity_urns": [app], "from_csr": true, "created_at": "2026-10-01T00:00:00Z",
				"expires_at": "2026-12-30T00:00:00Z", "environment": "production", "workload": "w1",
				"last_used_at": "2026-11-18T00:00:00Z",
			},
			{"id": "c2", "name": "c2", "identity_urns": [app], "workload": "w1", "revoked_at": "2026-10-02T00:00:00Z"},
		],
	},
}

# What follows from the evidence; a Go test holds it against what the program works out.
permissions := {
	"administrators": {},
	"certificates": [
		{"kind": "service", "live": true, "permitted": true},
		{"kind": "service", "live": false, "permitted": true},
	],
	"clients": [],
	"holders": [
		{"classes": {"administer": 0, "destroy": 0}, "name": "person ines@x"},
		{"classes": {"read_secret": 1, "use_key": 1}, "name": "workload w1"},
	],
	"keys": {"k": true},
	"keys_without": [],
	"kmip_clients_without": [],
	"policies": [
		{
			"all_keys": false,
			"dangling": [],
			"destroys": [],
			"identities": [
				{
					"factors": ["webauthn"],
					"kind": "user",
					"person": true,
					"powers": ["destroy"],
					"problem": "",
					"reads_other": "",
					"test": false,
					"test_reads": "",
					"urn": "urn:v1:eu:identity:user:xx1-ovh/ines",
					"uses_other": "",
				},
			],
			"keys": [],
			"kind_differs": false,
			"people": true,
			"powers": {"destroy": ["okms:apiovh:serviceKey/deactivate"]},
			"provider": false,
			"reads_secrets": false,
			"touches": true,
			"unknown": [],
			"wide": [],
		},
		{
			"all_keys": false,
			"dangling": [],
			"destroys": [],
			"identities": [
				{
					"factors": [],
					"kind": "service",
					"person": false,
					"powers": [],
					"problem": "",
					"reads_other": "",
					"test": false,
					"test_reads": "",
					"urn": "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1",
					"uses_other": "",
				},
			],
			"keys": ["k"],
			"kind_differs": false,
			"people": false,
			"powers": {},
			"provider": false,
			"reads_secrets": true,
			"touches": true,
			"unknown": [],
			"wide": [],
		},
	],
	"readers": [{"w1": true}],
}

pointers(check, evidence) := {finding.pointer |
	some finding in cmk_access_policy.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in cmk_access_policy.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in cmk_access_policy.findings; findings != set()} with input as good
	failing == set()
}

test_policies_listed_passes if pointers("policies_listed", good) == set()

test_policies_listed_fails_when_something_is_left_out if {
	pointers("policies_listed", changed("/iam/policies/0/action_count", 3)) == {"/iam/policies/0"}
	pointers("policies_listed", changed("/iam/policy_count", 3)) == {"/iam/policy_count"}
}

test_policies_listed_missing_when_nobody_owns_it if {
	pointers("policies_listed", without("/iam/policies/0/owner")) == {"/iam/policies/0/owner"}
}

test_policies_listed_conditions if {
	conditions("policies_listed", without("/iam/policies/0/owner")) == {"incomplete"}
	conditions("policies_listed", changed("/iam/policies/0/action_count", 3)) == {"not_whole"}
	conditions("policies_listed", changed("/iam/policy_count", 3)) == {"policies_left_out"}
}

test_policies_listed_counts_what_is_listed if {
	evidence := changed("/iam/policies/0/action_count", 3)
	some finding in cmk_access_policy.findings.policies_listed with input as evidence
	[finding.values.actions, finding.values.action_count] == [2, 3]
}

test_no_wildcards_passes if pointers("no_wildcards", good) == set()

test_no_wildcards_fails_when_it_allows_everything if {
	pointers("no_wildcards", changed("/permissions/policies/1/wide", ["okms:*"])) == {"/iam/policies/1"}
	pointers("no_wildcards", changed("/iam/policies/1/allow", [])) == {"/iam/policies/1"}
	pointers("no_wildcards", without("/permissions")) == {"/iam/policies/0", "/iam/policies/1"}
}

test_no_wildcards_missing_when_not_known if {
	pointers("no_wildcards", without("/iam/policies/1/resources")) == {"/iam/policies/1/resources"}
}

test_no_wildcards_conditions if {
	conditions("no_wildcards", without("/iam/policies/1/resources")) == {"incomplete"}
	conditions("no_wildcards", changed("/permissions/policies/1/wide", ["*"])) == {"not_narrow"}
}

test_no_wildcards_lists_what_is_too_wide if {
	evidence := changed("/permissions/policies/1/wide", ["okms:*", "*"])
	some finding in cmk_access_policy.findings.no_wildcards with input as evidence
	finding.values.wide == ["okms:*", "*"]
}

# The provider's own policies cannot be narrowed, owned or ended.
test_policies_of_the_provider_are_judged_apart if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/permissions/policies/1/provider", "value": true},
		{"op": "replace", "path": "/permissions/policies/1/wide", "value": ["*"]},
		{"op": "replace", "path": "/permissions/policies/1/unknown", "value": ["*"]},
		{"op": "replace", "path": "/permissions/policies/1/kind_differs", "value": true},
		{"op": "replace", "path": "/permissions/policies/1/touches", "value": false},
		{"op": "replace", "path": "/permissions/policies/1/identities/0/problem", "value": "root"},
		{"op": "remove", "path": "/iam/policies/1/owner"},
		{"op": "remove", "path": "/iam/policies/1/identity_kind"},
		{"op": "remove", "path": "/iam/policies/1/break_glass"},
	])
	failing := {check | some check, findings in cmk_access_policy.findings; findings != set()} with input as evidence
	failing == set()
	recounted := json.patch(evidence, [{"op": "replace", "path": "/iam/policies/1/action_count", "value": 3}])
	pointers("policies_listed", recounted) == {"/iam/policies/1/owner"}
}

test_actions_known_passes if pointers("actions_known", good) == set()

test_actions_known_fails_when_the_table_lacks_one if {
	unknown := changed("/permissions/policies/1/unknown", ["okms:apikms:serviceKey/melt"])
	pointers("actions_known", unknown) == {"/iam/policies/1"}
	conditions("actions_known", unknown) == {"unknown_actions"}
}

test_actions_known_missing_when_not_stated if {
	pointers("actions_known", without("/iam/policies/1/allow")) == {"/iam/policies/1/allow"}
	conditions("actions_known", without("/iam/policies/1/allow")) == {"incomplete"}
}

test_resources_known_passes if pointers("resources_known", good) == set()

test_resources_known_fails_when_elsewhere_or_nowhere if {
	elsewhere := changed("/permissions/policies/1/touches", false)
	pointers("resources_known", elsewhere) == {"/iam/policies/1"}
	conditions("resources_known", elsewhere) == {"elsewhere"}
	dangling := changed("/permissions/policies/1/dangling", ["x"])
	pointers("resources_known", dangling) == {"/iam/policies/1"}
	conditions("resources_known", dangling) == {"dangling"}
}

test_resources_known_missing_when_not_stated if {
	evidence := json.patch(good, [
		{"op": "remove", "path": "/iam/policies/1/resources"},
		{"op": "replace", "path": "/permissions/policies/1/touches", "value": false},
	])
	pointers("resources_known", evidence) == {"/iam/policies/1/resources"}
	conditions("resources_known", evidence) == {"incomplete"}
}

test_identities_known_passes if pointers("identities_known", good) == set()

test_identities_known_fails_when_nobody_in_particular if {
	every problem in [
		"everybody", "root", "unknown", "foreign_account", "unknown_user", "disabled_user", "left", "unknown_group",
		"unknown_members", "unenforced", "no_credential",
	] {
		evidence := changed("/permissions/policies/1/identities/0/problem", problem)
		pointers("identities_known", evidence) == {"/iam/policies/1/identities/0"}
		conditions("identities_known", evidence) == {problem}
	}
}

test_identities_known_fails_when_the_kind_is_another if {
	evidence := changed("/permissions/policies/1/kind_differs", true)
	pointers("identities_known", evidence) == {"/iam/policies/1/identity_kind"}
	conditions("identities_known", evidence) == {"kind_differs"}
}

test_identities_known_missing_when_not_stated if {
	pointers("identities_known", without("/iam/policies/1/identities")) == {"/iam/policies/1/identities"}
	pointers("identities_known", without("/iam/policies/1/identity_kind")) == {"/iam/policies/1/identity_kind"}
	conditions("identities_known", without("/iam/policies/1/identities")) == {"incomplete"}
}

test_duties_separated_passes if {
	pointers("duties_separated", good) == set()
	related := [
		{"name": "app", "classes": {"use_key": 1, "read_secret": 1}},
		{"name": "ines", "classes": {"administer": 0, "destroy": 0}},
	]
	pointers("duties_separated", changed("/permissions/holders", related)) == set()
}

test_duties_separated_fails_when_one_has_both if {
	every other in ["administer", "export", "escalate", "destroy", "end_logs"] {
		evidence := changed("/permissions/holders", [{"name": "app", "classes": {"use_key": 1, other: 0}}])
		pointers("duties_separated", evidence) == {"/iam/policies/0"}
		conditions("duties_separated", evidence) == {"both"}
	}
	some finding in cmk_access_policy.findings.duties_separated with input as changed(
		"/permissions/holders",
		[{"name": "app", "classes": {"use_key": 1, "administer": 0}}],
	)
	finding.related == ["/iam/policies/0", "/iam/policies/1"]
}

test_duties_separated_missing_when_not_prepared if {
	pointers("duties_separated", without("/permissions")) == {"/iam/policies"}
	conditions("duties_separated", without("/permissions")) == {"not_prepared"}
}

test_destroyers_have_mfa_passes if pointers("destroyers_have_mfa", good) == set()

test_destroyers_have_mfa_fails_when_weak_or_a_program if {
	weak := changed("/permissions/policies/0/identities/0/factors", ["totp", "webauthn"])
	pointers("destroyers_have_mfa", weak) == {"/iam/policies/0/identities/0"}
	conditions("destroyers_have_mfa", weak) == {"weak_factor"}
	every change in [{"person": false}, {"problem": "disabled_user"}] {
		identity := object.union(good.permissions.policies[0].identities[0], change)
		evidence := changed("/permissions/policies/0/identities/0", identity)
		pointers("destroyers_have_mfa", evidence) == {"/iam/policies/0/identities/0"}
		conditions("destroyers_have_mfa", evidence) == {"not_a_person"}
	}
}

test_destroyers_have_mfa_missing_when_not_known if {
	none := changed("/permissions/policies/0/identities/0/factors", [])
	pointers("destroyers_have_mfa", none) == {"/iam/policies/0/identities/0"}
	pointers("destroyers_have_mfa", without("/permissions")) == {
		"/iam/policies/0/identities/0",
		"/iam/policies/1/identities/0",
	}
}

test_keys_permitted_passes if {
	pointers("keys_permitted", good) == set()
	person := json.patch(good, [
		{"op": "replace", "path": "/permissions/policies/0/identities/0/uses_other", "value": "k"},
		{"op": "replace", "path": "/iam/policies/0/break_glass", "value": true},
	])
	pointers("keys_permitted", person) == set()
}

test_keys_permitted_fails_when_nobody_may_use_it if {
	evidence := changed("/permissions/keys", {})
	pointers("keys_permitted", evidence) == {"/keys/service_keys/0"}
	conditions("keys_permitted", evidence) == {"nobody_may"}
	client := changed("/permissions/kmip_clients_without", [3])
	pointers("keys_permitted", client) == {"/kmip/clients/3"}
	conditions("keys_permitted", client) == {"client_may_not"}
}

test_keys_permitted_fails_when_others_may_use_it if {
	program := changed("/permissions/policies/1/identities/0/uses_other", "other")
	pointers("keys_permitted", program) == {"/iam/policies/1/identities/0"}
	conditions("keys_permitted", program) == {"other_program"}
	of_a_person := {"op": "replace", "path": "/permissions/policies/1/identities/0/person", "value": true}
	conditions("keys_permitted", json.patch(program, [of_a_person])) == {"person_uses"}
	emergency := json.patch(program, [{"op": "replace", "path": "/iam/policies/1/break_glass", "value": true}])
	conditions("keys_permitted", emergency) == {"other_program"}
	without_policy := changed("/permissions/keys_without", [{"key": 0, "workload": "w2"}])
	pointers("keys_permitted", without_policy) == {"/keys/service_keys/0"}
	conditions("keys_permitted", without_policy) == {"workload_may_not"}
}

test_keys_permitted_missing_when_not_prepared if {
	pointers("keys_permitted", without("/permissions")) == {
		"/keys/service_keys/0",
		"/iam/policies/0/identities/0",
		"/iam/policies/1/identities/0",
	}
}

test_secrets_read_by_consumers_passes if pointers("secrets_read_by_consumers", good) == set()

test_secrets_read_by_consumers_fails_when_others_read_it if {
	nobody := changed("/permissions/readers/0", {})
	pointers("secrets_read_by_consumers", nobody) == {"/secrets/secrets/0/consumers/0"}
	conditions("secrets_read_by_consumers", nobody) == {"no_reader"}
	other := changed("/permissions/policies/1/identities/0/reads_other", "other/db")
	pointers("secrets_read_by_consumers", other) == {"/iam/policies/1/identities/0"}
	conditions("secrets_read_by_consumers", other) == {"other_reader"}
	person := changed("/permissions/policies/1/identities/0/person", true)
	pointers("secrets_read_by_consumers", person) == {"/iam/policies/1/identities/0"}
	conditions("secrets_read_by_consumers", person) == {"person_reads"}
	emergency := json.patch(person, [{"op": "replace", "path": "/iam/policies/1/break_glass", "value": true}])
	pointers("secrets_read_by_consumers", emergency) == set()
}

test_secrets_read_by_consumers_missing_when_not_prepared if {
	pointers("secrets_read_by_consumers", without("/permissions")) == {"/secrets/secrets/0/consumers/0"}
}

test_environments_apart_passes if {
	pointers("environments_apart", good) == set()
	test_keys := json.patch(good, [
		{"op": "replace", "path": "/credentials/certificates/0/environment", "value": "test"},
		{"op": "replace", "path": "/permissions/policies/1/identities/0/test", "value": true},
		{"op": "add", "path": "/keys/service_keys/0/environment", "value": "test"},
		{"op": "add", "path": "/keys/service_keys/-", "value": {"id": "production"}},
	])
	pointers("environments_apart", test_keys) == set()
}

test_environments_apart_fails_when_a_test_uses_production_keys if {
	evidence := changed("/permissions/policies/1/identities/0/test", true)
	pointers("environments_apart", evidence) == {"/iam/policies/1/identities/0"}
	conditions("environments_apart", evidence) == {"production_keys"}
	every_key := json.patch(evidence, [{"op": "replace", "path": "/permissions/policies/1/all_keys", "value": true}])
	some finding in cmk_access_policy.findings.environments_apart with input as every_key
	finding.values.keys == ["every key of the domain"]
}

test_environments_apart_fails_when_a_test_reads_a_production_secret if {
	evidence := changed("/permissions/policies/1/identities/0/test_reads", "app/db")
	pointers("environments_apart", evidence) == {"/iam/policies/1/identities/0"}
	conditions("environments_apart", evidence) == {"production_secret"}
}

test_environments_apart_fails_when_production_uses_test_keys if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/permissions/policies/1/keys", "value": ["k"]},
		{"op": "add", "path": "/keys/service_keys/0/environment", "value": "test"},
	])
	pointers("environments_apart", evidence) == {"/iam/policies/1/identities/0"}
	conditions("environments_apart", evidence) == {"test_keys"}
	destroyed := json.patch(evidence, [{"op": "replace", "path": "/keys/service_keys/0/state", "value": "destroyed"}])
	pointers("environments_apart", destroyed) == set()
}

# An environment that is not stated is production.
test_environments_apart_missing_when_the_environment_is_not_stated if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/permissions/policies/1/identities/0/test", "value": true},
		{"op": "replace", "path": "/permissions/policies/1/keys", "value": ["k"]},
	])
	pointers("environments_apart", evidence) == {"/iam/policies/1/identities/0"}
}

test_certificates_permitted_passes if {
	pointers("certificates_permitted", good) == set()
	ended := json.patch(good, [
		{"op": "replace", "path": "/permissions/certificates/0/permitted", "value": false},
		{"op": "replace", "path": "/permissions/certificates/0/live", "value": false},
	])
	pointers("certificates_permitted", ended) == set()
}

test_certificates_permitted_fails_when_no_policy_names_it if {
	evidence := changed("/permissions/certificates/0/permitted", false)
	pointers("certificates_permitted", evidence) == {"/credentials/certificates/0"}
	conditions("certificates_permitted", evidence) == {"no_policy"}
}

test_certificates_permitted_missing_when_it_stands_for_nobody if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/permissions/certificates/0/permitted", "value": false},
		{"op": "remove", "path": "/credentials/certificates/0/identity_urns"},
	])
	pointers("certificates_permitted", evidence) == {"/credentials/certificates/0/identity_urns"}
	conditions("certificates_permitted", evidence) == {"incomplete"}
}

test_break_glass_ends_passes if pointers("break_glass_ends", good) == set()

test_break_glass_ends_fails_when_late_or_past if {
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2027-02-21T00:00:00Z")) == {"/iam/policies/0"}
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-08-19T23:59:59Z")) == {"/iam/policies/0"}
}

test_break_glass_ends_passes_when_it_ended_a_short_while_ago if {
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-11-20T00:00:00Z")) == set()
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-08-20T00:00:00Z")) == set()
}

test_break_glass_ends_fails_when_it_destroys_for_good if {
	evidence := changed("/permissions/policies/0/destroys", ["okms:apiovh:serviceKey/delete"])
	pointers("break_glass_ends", evidence) == {"/iam/policies/0"}
	conditions("break_glass_ends", evidence) == {"destroys"}
	everyday := json.patch(evidence, [{"op": "replace", "path": "/iam/policies/0/break_glass", "value": false}])
	pointers("break_glass_ends", everyday) == set()
	pointers("break_glass_ends", without("/permissions")) == {"/iam/policies/0"}
}

test_break_glass_ends_missing_when_it_has_no_end if {
	pointers("break_glass_ends", without("/iam/policies/0/expires_at")) == {"/iam/policies/0/expires_at"}
}

test_break_glass_ends_conditions if {
	conditions("break_glass_ends", without("/iam/policies/0/break_glass")) == {"unknown_use"}
	conditions("break_glass_ends", without("/iam/policies/0/expires_at")) == {"no_end"}
	conditions("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-08-01T00:00:00Z")) == {"ended"}
	conditions("break_glass_ends", changed("/iam/policies/0/expires_at", "2027-02-21T00:00:00Z")) == {"ends_late"}
}

test_policies_reviewed_passes if pointers("policies_reviewed", good) == set()

test_policies_reviewed_fails_when_by_an_owner_or_not_done if {
	pointers("policies_reviewed", changed("/iam/review/reviewer", "Hugo")) == {"/iam/review"}
	pointers("policies_reviewed", changed("/iam/review/removals_done", 0)) == {"/iam/review"}
}

test_policies_reviewed_missing_when_never if {
	pointers("policies_reviewed", without("/iam/review/reviewed_on")) == {"/iam/review/reviewed_on"}
}

test_policies_reviewed_conditions if {
	conditions("policies_reviewed", without("/iam/review/reviewer")) == {"incomplete"}
	conditions("policies_reviewed", changed("/iam/review/reviewed_on", "2025-01-01")) == {"review_not_recent"}
	conditions("policies_reviewed", changed("/iam/review/reviewer", "Hugo")) == {"reviewed_by_owner"}
	conditions("policies_reviewed", changed("/iam/review/removals_done", 0)) == {"removals_not_done"}
}

test_policies_reviewed_names_the_policies_of_the_reviewer if {
	evidence := changed("/iam/review/reviewer", "Hugo")
	some finding in cmk_access_policy.findings.policies_reviewed with input as evidence
	finding.related == ["/iam/policies/1"]
}

test_certificates_single_passes if pointers("certificates_single", good) == set()

test_certificates_single_fails_when_root_shared_or_left_out if {
	path := "/credentials/certificates/0/identity_urns"
	pointers("certificates_single", changed("/permissions/certificates/0/kind", "root")) == {"/credentials/certificates/0"}
	pointers("certificates_single", changed(path, [app, user])) == {"/credentials/certificates/0"}
	others := json.patch(good, [
		{"op": "add", "path": "/location/workloads/-", "value": {"id": "w2"}},
		{"op": "replace", "path": "/credentials/certificates/1/workload", "value": "w2"},
	])
	pointers("certificates_single", others) == {"/credentials/certificates/0", "/credentials/certificates/1"}
	pointers("certificates_single", changed("/credentials/certificates/1/id", "c1")) == {"/credentials/certificate_count"}
	pointers("certificates_single", changed("/credentials/certificate_count", 3)) == {"/credentials/certificate_count"}
}

test_certificates_single_missing_when_nobody_uses_it if {
	evidence := without("/credentials/certificates/0/workload")
	pointers("certificates_single", evidence) == {"/credentials/certificates/0/workload"}
}

# collector is a program that reads the inventory, with a certificate and no workload.
collector := json.patch(good, [
	{"op": "remove", "path": "/credentials/certificates/0/workload"},
	{"op": "add", "path": "/management/api_clients", "value": [{"id": "eu.1", "kind": "oauth2_service_account"}]},
	{"op": "add", "path": "/permissions/clients", "value": [{"classes": ["read_metadata"]}]},
])

test_certificates_single_passes_when_it_reads_the_inventory if pointers("certificates_single", collector) == set()

test_certificates_single_missing_when_it_does_more if {
	every change in [
		{"op": "replace", "path": "/permissions/clients/0/classes", "value": ["read_metadata", "use_key"]},
		{"op": "replace", "path": "/management/api_clients/0/id", "value": "EU.2"},
		{"op": "replace", "path": "/management/api_clients/0/kind", "value": "application_key"},
		{"op": "add", "path": "/management/api_clients/0/workload", "value": "w1"},
		{"op": "replace", "path": "/credentials/certificates/0/identity_urns", "value": [user]},
	] {
		"/credentials/certificates/0/workload" in pointers("certificates_single", json.patch(collector, [change]))
	}
}

# The second certificate is one of a workload that was retired.
retired(revoked_at) := json.patch(good, [
	{"op": "replace", "path": "/credentials/certificates/1/workload", "value": "w0"},
	{"op": "replace", "path": "/credentials/certificates/1/identity_urns", "value": [concat("", [app, "0"])]},
	{"op": "replace", "path": "/credentials/certificates/1/revoked_at", "value": revoked_at},
	{"op": "add", "path": "/import_export", "value": {"former_objects": [
		{"id": "w0", "kind": "workload", "ended_on": "2026-10-01"},
		{"id": "w1", "kind": "secret", "ended_on": "2026-10-01"},
	]}},
])

test_certificates_single_passes_when_the_workload_of_a_revoked_one_is_gone if {
	pointers("certificates_single", retired("2026-10-02T00:00:00Z")) == set()
	conditions("certificates_single", retired("2026-12-02T00:00:00Z")) == {"unknown_workload"}
	secret := json.patch(retired("2026-10-02T00:00:00Z"), [
		{"op": "replace", "path": "/import_export/former_objects/0/kind", "value": "secret"},
	])
	conditions("certificates_single", secret) == {"unknown_workload"}
}

test_certificates_single_conditions if {
	path := "/credentials/certificates/0/identity_urns"
	conditions("certificates_single", without("/credentials/certificates/0/id")) == {"incomplete", "certificates_left_out"}
	conditions("certificates_single", changed("/credentials/certificates/0/workload", "w9")) == {
		"unknown_workload",
		"shared_identity",
	}
	conditions("certificates_single", changed(path, [app, user])) == {"not_one_identity"}
	conditions("certificates_single", changed("/permissions/certificates/0/kind", "root")) == {"root_identity"}
	conditions("certificates_single", changed("/permissions/certificates/0/kind", "group")) == {"nobody"}
	conditions("certificates_single", changed("/credentials/certificate_count", 3)) == {"certificates_left_out"}
}

test_certificates_from_csr_passes if pointers("certificates_from_csr", good) == set()

test_certificates_from_csr_fails_when_made_by_the_provider if {
	evidence := changed("/credentials/certificates/0/from_csr", false)
	pointers("certificates_from_csr", evidence) == {"/credentials/certificates/0"}
}

test_certificates_from_csr_missing_when_not_known if {
	evidence := without("/credentials/certificates/0/from_csr")
	pointers("certificates_from_csr", evidence) == {"/credentials/certificates/0/from_csr"}
}

test_certificates_from_csr_conditions if {
	conditions("certificates_from_csr", without("/credentials/certificates/0/from_csr")) == {"incomplete"}
	conditions("certificates_from_csr", changed("/credentials/certificates/0/from_csr", false)) == {"made_elsewhere"}
}

test_certificates_current_passes if pointers("certificates_current", good) == set()

test_certificates_current_fails_when_long_or_about_to_end if {
	path := "/credentials/certificates/0/expires_at"
	pointers("certificates_current", changed(path, "2026-12-31T00:00:00Z")) == {"/credentials/certificates/0"}
	pointers("certificates_current", changed(path, "2026-12-03T00:00:00Z")) == {"/credentials/certificates/0"}
}

test_certificates_current_missing_when_it_has_no_end if {
	evidence := without("/credentials/certificates/0/expires_at")
	pointers("certificates_current", evidence) == {"/credentials/certificates/0/expires_at"}
}

# The first certificate ends next week, and another was made.
replaced(more) := json.patch(good, [
	{"op": "replace", "path": "/credentials/certificates/0/expires_at", "value": "2026-11-27T00:00:00Z"},
	{"op": "add", "path": "/credentials/certificates/-", "value": object.union(
		{
			"id": "c3", "name": "c3", "identity_urns": [upper(app)], "created_at": "2026-11-12T00:00:00Z",
			"expires_at": "2027-02-10T00:00:00Z", "environment": "production", "workload": "w1",
		},
		more,
	)},
])

test_certificates_current_passes_when_it_was_replaced if pointers("certificates_current", replaced({})) == set()

test_certificates_current_fails_when_the_other_does_not_replace_it if {
	every more in [
		{"identity_urns": [user]},
		{"revoked_at": "2026-11-19T00:00:00Z"},
	] {
		pointers("certificates_current", replaced(more)) == {"/credentials/certificates/0"}
	}
	every more in [
		{"expires_at": "2026-12-03T00:00:00Z"},
		{"created_at": "2026-11-21T00:00:00Z"},
	] {
		pointers("certificates_current", replaced(more)) == {"/credentials/certificates/0", "/credentials/certificates/2"}
	}
}

test_certificates_current_conditions if {
	certificate := "/credentials/certificates/0"
	conditions("certificates_current", without(concat("/", [certificate, "environment"]))) == {"incomplete"}
	every field, value_and_condition in {
		"created_at": ["2026-11-20T00:00:01Z", "made_in_future"],
		"expires_at": ["2026-12-03T00:00:00Z", "ends_soon"],
	} {
		[value, condition] := value_and_condition
		conditions("certificates_current", changed(concat("/", [certificate, field]), value)) == {condition}
	}
	late := changed(concat("/", [certificate, "expires_at"]), "2026-12-31T00:00:00Z")
	conditions("certificates_current", late) == {"valid_too_long"}
}

# What is longer than is allowed anywhere fails, although nobody says yet where the certificate is used.
test_certificates_current_without_environment if {
	every made_and_condition in [
		["2025-12-01T00:00:00Z", "incomplete"],
		["2025-11-30T23:59:59Z", "valid_too_long_anywhere"],
	] {
		[made, condition] := made_and_condition
		evidence := json.patch(without("/credentials/certificates/0/environment"), [
			{"op": "replace", "path": "/credentials/certificates/0/created_at", "value": made},
			{"op": "replace", "path": "/credentials/certificates/0/expires_at", "value": "2026-12-01T00:00:00Z"},
		])
		conditions("certificates_current", evidence) == {condition}
	}
}

test_certificates_current_says_how_long_is_too_long_anywhere if {
	evidence := json.patch(without("/credentials/certificates/0/environment"), [{
		"op": "replace",
		"path": "/credentials/certificates/0/expires_at",
		"value": "2036-12-31T00:00:00Z",
	}])
	pointers("certificates_current", evidence) == {"/credentials/certificates/0"}
}

test_certificates_used_passes if pointers("certificates_used", good) == set()

test_certificates_used_fails_when_not if {
	evidence := changed("/credentials/certificates/0/last_used_at", "2026-10-20T00:00:00Z")
	pointers("certificates_used", evidence) == {"/credentials/certificates/0"}
}

test_certificates_used_missing_when_not_known if {
	evidence := without("/credentials/certificates/0/last_used_at")
	pointers("certificates_used", evidence) == {"/credentials/certificates/0/last_used_at"}
}

test_certificates_used_passes_when_new if {
	every made, expected in {
		"2026-10-20T00:00:00Z": {"/credentials/certificates/0/last_used_at"},
		"2026-10-22T00:00:00Z": set(),
	} {
		new := changed("/credentials/certificates/0/created_at", made)
		pointers("certificates_used", json.remove(new, ["/credentials/certificates/0/last_used_at"])) == expected
	}
}

test_certificates_used_passes_when_it_has_ended if {
	unused := changed("/credentials/certificates/0/last_used_at", "2026-10-01T00:00:00Z")
	every end, expected in {
		"2026-10-07T00:00:00Z": set(),
		"2026-11-20T00:00:00Z": set(),
		"2026-11-20T00:00:01Z": {"/credentials/certificates/0"},
	} {
		ended := json.patch(unused, [{"op": "replace", "path": "/credentials/certificates/0/expires_at", "value": end}])
		pointers("certificates_used", ended) == expected
	}
}

test_certificates_used_conditions if {
	conditions("certificates_used", without("/credentials/certificates/0/last_used_at")) == {"incomplete"}
	unused := changed("/credentials/certificates/0/last_used_at", "2026-10-20T00:00:00Z")
	conditions("certificates_used", unused) == {"unused"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	cmk_access_policy.findings.evidence_consistent == set() with input as good
	cmk_access_policy.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/iam/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"iam": [found]}})
	cmk_access_policy.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/iam", "values": {}},
		{"condition": "not_compared", "pointer": "/credentials", "values": {}},
	}
	cmk_access_policy.findings.evidence_consistent == found with input as evidence
}
