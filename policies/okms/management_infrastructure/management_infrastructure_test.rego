package okms.management_infrastructure_test

import data.okms.management_infrastructure

good := object.union(facts, {"permissions": permissions})

facts := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"}},
	"iam": {"policies": [{
		"identities": ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1"], "allow": ["okms:apiovh:resource/get"],
		"resources": ["urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"],
	}]},
	"network": {"allow_list": [{"range": "198.51.100.0/24"}]},
	"sites": {"key_holders": [{"id": "kms:tf"}]},
	"management": {
		"api_clients": [{
			"id": "EU.1", "kind": "oauth2_service_account", "owner": "ines",
			"scopes": ["okms:apiovh:resource/get"], "scope_count": 1,
			"secret_created_on": "2026-09-01", "stored_in": "vault", "ip_ranges": ["198.51.100.32/28"],
		}],
		"api_client_count": 1,
		"host_count": 1,
		"hosts": [{
			"name": "runner", "owner": "nadia", "baseline": "CIS Debian 12 L1", "patched_on": "2026-11-10",
			"scanned_on": "2026-11-12", "critical_past_due": 0,
		}],
		"secret_scan": {
			"scanned_on": "2026-11-16", "repositories_total": 40, "repositories_scanned": 40, "open_findings": 0,
		},
		"terraform_state": {"encryption_key": "kms:tf", "readers": ["ci", "ines"], "reader_count": 2, "sensitive_values": 0},
		"pipeline_count": 1,
		"pipelines": [{"name": "deploy", "repository": "iac", "required_approvals": 1, "bypass_actor_count": 0}],
	},
}

# What follows from the evidence; a Go test holds it against what the program works out.
permissions := {
	"administrators": {},
	"certificates": [],
	"clients": [{"beyond": [], "classes": ["read_metadata"], "permitted": true, "unknown": [], "wide": []}],
	"holders": [],
	"keys": {},
	"keys_without": [],
	"kmip_clients_without": [],
	"policies": [
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
			"keys": [],
			"kind_differs": false,
			"people": false,
			"powers": {},
			"provider": false,
			"reads_secrets": false,
			"touches": true,
			"unknown": [],
			"wide": [],
		},
	],
	"readers": [],
}

pointers(check, evidence) := {finding.pointer |
	some finding in management_infrastructure.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in management_infrastructure.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in management_infrastructure.findings; findings != set()} with input as good
	failing == set()
}

using := changed("/permissions/clients/0/classes", ["use_key", "read_secret"])

test_clients_scoped_fails_when_it_uses_for_no_workload if {
	pointers("clients_scoped", using) == {"/management/api_clients/0"}
	conditions("clients_scoped", using) == {"no_workload"}
	conditions("clients_scoped", changed("/permissions/clients/0/classes", ["read_secret"])) == {"no_workload"}
}

test_clients_scoped_passes if {
	pointers("clients_scoped", good) == set()
	every classes in [["administer", "read_metadata"], []] {
		pointers("clients_scoped", changed("/permissions/clients/0/classes", classes)) == set()
	}
	for_workload := json.patch(using, [{"op": "add", "path": "/management/api_clients/0/workload", "value": "w1"}])
	pointers("clients_scoped", for_workload) == set()
}

test_clients_scoped_fails_when_it_may_too_much if {
	every change_and_condition in [
		[{"wide": ["okms:*"]}, "wide"],
		[{"unknown": ["okms:apiovh:x"]}, "unknown_scopes"],
		[{"permitted": false}, "no_policy"],
		[{"classes": ["read_metadata", "escalate"]}, "too_much"],
		[{"classes": ["use_key", "administer"]}, "both"],
		[{"beyond": ["okms:apiovh:serviceKey/create"]}, "beyond_scopes"],
		[{"classes": ["read_secret", "administer"]}, "both"],
	] {
		[change, condition] := change_and_condition
		rights := object.union(good.permissions.clients[0], change)
		evidence := changed("/permissions/clients/0", rights)
		pointers("clients_scoped", evidence) == {"/management/api_clients/0"}
		conditions("clients_scoped", evidence) == {condition}
	}
	pointers("clients_scoped", changed("/management/api_clients/0/scope_count", 2)) == {"/management/api_clients/0"}
	conditions("clients_scoped", changed("/management/api_clients/0/scope_count", 2)) == {"not_whole"}
	pointers("clients_scoped", without("/permissions")) == {"/management/api_clients/0"}
}

test_clients_scoped_fails_when_a_token_is_of_no_user if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/management/api_clients/0/kind", "value": "personal_access_token"},
		{"op": "replace", "path": "/permissions/clients/0/permitted", "value": false},
	])
	conditions("clients_scoped", evidence) == {"no_user"}
}

test_clients_scoped_missing_when_not_stated if {
	pointers("clients_scoped", without("/management/api_clients/0/scopes")) == {"/management/api_clients/0/scopes"}
	conditions("clients_scoped", without("/management/api_clients/0/scopes")) == {"incomplete"}
}

test_clients_scoped_conditions if {
	conditions("clients_scoped", without("/management/api_clients/0/scopes")) == {"incomplete"}
	conditions("clients_scoped", changed("/management/api_clients/0/scope_count", 2)) == {"not_whole"}
	every change_and_condition in [
		[{"wide": ["okms:*"]}, "wide"],
		[{"unknown": ["okms:apiovh:x"]}, "unknown_scopes"],
		[{"permitted": false}, "no_policy"],
		[{"classes": ["escalate"]}, "too_much"],
		[{"classes": ["use_key", "administer"]}, "both"],
	] {
		[change, condition] := change_and_condition
		rights := object.union(good.permissions.clients[0], change)
		conditions("clients_scoped", changed("/permissions/clients/0", rights)) == {condition}
	}
}

token(expires_at) := json.patch(good, [
	{"op": "replace", "path": "/management/api_clients/0/kind", "value": "personal_access_token"},
	{"op": "add", "path": "/management/api_clients/0/expires_at", "value": expires_at},
])

test_tokens_end_passes if {
	pointers("tokens_end", good) == set()
	pointers("tokens_end", token("2027-02-18T00:00:00Z")) == set()
}

test_tokens_end_fails_when_late_or_ended if {
	pointers("tokens_end", token("2027-02-18T00:00:01Z")) == {"/management/api_clients/0"}
	conditions("tokens_end", token("2027-02-18T00:00:01Z")) == {"ends_late"}
	conditions("tokens_end", token("2026-11-20T00:00:00Z")) == {"ended"}
}

test_tokens_end_missing_when_it_has_no_end if {
	evidence := changed("/management/api_clients/0/kind", "personal_access_token")
	pointers("tokens_end", evidence) == {"/management/api_clients/0/expires_at"}
	conditions("tokens_end", evidence) == {"no_end"}
}

test_tokens_end_conditions if {
	no_end := changed("/management/api_clients/0/kind", "personal_access_token")
	conditions("tokens_end", no_end) == {"no_end"}
	conditions("tokens_end", token("2026-11-20T00:00:00Z")) == {"ended"}
	conditions("tokens_end", token("2027-02-18T00:00:01Z")) == {"ends_late"}
}

test_clients_owned_passes if pointers("clients_owned", good) == set()

test_clients_owned_fails_when_it_is_an_application_key if {
	evidence := changed("/management/api_clients/0/kind", "application_key")
	pointers("clients_owned", evidence) == {"/management/api_clients/0"}
}

test_clients_owned_fails_when_one_is_not_listed if {
	pointers("clients_owned", changed("/management/api_client_count", 2)) == {"/management/api_client_count"}
}

test_clients_owned_missing_when_nobody_owns_it if {
	evidence := without("/management/api_clients/0/owner")
	pointers("clients_owned", evidence) == {"/management/api_clients/0/owner"}
}

test_clients_owned_conditions if {
	conditions("clients_owned", without("/management/api_clients/0/owner")) == {"incomplete"}
	key := changed("/management/api_clients/0/kind", "application_key")
	conditions("clients_owned", key) == {"kind_not_allowed"}
	conditions("clients_owned", changed("/management/api_client_count", 2)) == {"clients_left_out"}
}

test_clients_owned_counts_what_is_listed if {
	evidence := changed("/management/api_client_count", 2)
	some finding in management_infrastructure.findings.clients_owned with input as evidence
	finding.values == {"listed": 1, "counted": 2}
}

test_secrets_kept_passes if pointers("secrets_kept", good) == set()

test_secrets_kept_fails_when_old if {
	path := "/management/api_clients/0/secret_created_on"
	pointers("secrets_kept", changed(path, "2026-08-21")) == {"/management/api_clients/0"}
	pointers("secrets_kept", changed(path, "2026-08-22")) == set()
}

test_secrets_kept_fails_when_in_a_file if {
	pointers("secrets_kept", changed("/management/api_clients/0/stored_in", "file")) == {"/management/api_clients/0"}
}

test_secrets_kept_missing_when_not_dated if {
	evidence := without("/management/api_clients/0/secret_created_on")
	pointers("secrets_kept", evidence) == {"/management/api_clients/0/secret_created_on"}
}

test_secrets_kept_conditions if {
	conditions("secrets_kept", without("/management/api_clients/0/stored_in")) == {"incomplete"}
	conditions("secrets_kept", changed("/management/api_clients/0/secret_created_on", "2026-08-21")) == {"too_old"}
	conditions("secrets_kept", changed("/management/api_clients/0/stored_in", "file")) == {"stored_badly"}
}

test_clients_bound_passes if pointers("clients_bound", good) == set()

test_clients_bound_fails_when_outside if {
	evidence := changed("/management/api_clients/0/ip_ranges", ["203.0.113.0/24"])
	pointers("clients_bound", evidence) == {"/management/api_clients/0"}
}

test_clients_bound_missing_when_not_bound if {
	evidence := without("/management/api_clients/0/ip_ranges")
	pointers("clients_bound", evidence) == {"/management/api_clients/0/ip_ranges"}
}

test_clients_bound_conditions if {
	conditions("clients_bound", changed("/management/api_clients/0/ip_ranges", [])) == {"not_bound"}
	outside := changed("/management/api_clients/0/ip_ranges", ["203.0.113.0/24"])
	conditions("clients_bound", outside) == {"outside_allow_list"}
}

test_clients_bound_lists_the_ranges_outside if {
	evidence := changed("/management/api_clients/0/ip_ranges", ["198.51.100.32/28", "203.0.113.0/24"])
	some finding in management_infrastructure.findings.clients_bound with input as evidence
	finding.values.outside == ["203.0.113.0/24"]
}

test_hosts_maintained_passes if pointers("hosts_maintained", good) == set()

test_hosts_maintained_fails_when_not_patched if {
	pointers("hosts_maintained", changed("/management/hosts/0/patched_on", "2026-10-20")) == {"/management/hosts/0"}
}

test_hosts_maintained_fails_when_past_due if {
	pointers("hosts_maintained", changed("/management/hosts/0/critical_past_due", 1)) == {"/management/hosts/0"}
}

test_hosts_maintained_missing_when_not_scanned if {
	pointers("hosts_maintained", without("/management/hosts/0/scanned_on")) == {"/management/hosts/0/scanned_on"}
}

test_hosts_maintained_conditions if {
	conditions("hosts_maintained", changed("/management/host_count", 2)) == {"hosts_left_out"}
	conditions("hosts_maintained", without("/management/hosts/0/owner")) == {"incomplete"}
	every field, value_and_condition in {
		"patched_on": ["2026-10-20", "patch_not_recent"],
		"scanned_on": ["2026-10-20", "scan_not_recent"],
		"critical_past_due": [1, "past_due"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/management/hosts/0", field]), value)
		conditions("hosts_maintained", evidence) == {condition}
	}
}

test_repositories_clean_passes if pointers("repositories_clean", good) == set()

test_repositories_clean_fails_when_a_finding_is_open if {
	pointers("repositories_clean", changed("/management/secret_scan/open_findings", 1)) == {"/management/secret_scan"}
}

test_repositories_clean_missing_when_not_counted if {
	evidence := without("/management/secret_scan/open_findings")
	pointers("repositories_clean", evidence) == {"/management/secret_scan/open_findings"}
}

test_repositories_clean_conditions if {
	conditions("repositories_clean", without("/management/secret_scan/open_findings")) == {"incomplete"}
	conditions("repositories_clean", changed("/management/secret_scan/open_findings", 1)) == {"findings_open"}
}

one_repository := json.patch(good, [
	{"op": "replace", "path": "/management/secret_scan/repositories_total", "value": 1},
	{"op": "replace", "path": "/management/secret_scan/repositories_scanned", "value": 1},
])

test_repositories_searched_passes if {
	pointers("repositories_searched", good) == set()
	pointers("repositories_searched", one_repository) == set()
}

test_repositories_searched_fails_when_one_was_left_out if {
	evidence := changed("/management/secret_scan/repositories_scanned", 39)
	pointers("repositories_searched", evidence) == {"/management/secret_scan"}
}

test_repositories_searched_fails_when_pipelines_run_from_more if {
	second := {"name": "other", "repository": "iam"}
	evidence := json.patch(one_repository, [{"op": "add", "path": "/management/pipelines/-", "value": second}])
	pointers("repositories_searched", evidence) == {"/management/secret_scan"}
	conditions("repositories_searched", evidence) == {"fewer_than_pipelines"}
	some finding in management_infrastructure.findings.repositories_searched with input as evidence
	finding.values.repositories == ["iac", "iam"]
	finding.related == ["/management/pipelines"]
}

test_repositories_searched_missing_when_not_stated if {
	dated := without("/management/secret_scan/scanned_on")
	pointers("repositories_searched", dated) == {"/management/secret_scan/scanned_on"}
	nowhere := without("/management/pipelines/0/repository")
	pointers("repositories_searched", nowhere) == {"/management/pipelines/0/repository"}
	conditions("repositories_searched", nowhere) == {"repository_unknown"}
}

test_repositories_searched_conditions if {
	conditions("repositories_searched", without("/management/pipelines/0/repository")) == {"repository_unknown"}
	two := json.patch(one_repository, [
		{"op": "add", "path": "/management/pipelines/-", "value": {"name": "other", "repository": "iam"}},
	])
	conditions("repositories_searched", two) == {"fewer_than_pipelines"}
	conditions("repositories_searched", without("/management/secret_scan/scanned_on")) == {"incomplete"}
	every field, value_and_condition in {
		"repositories_scanned": [39, "not_all_searched"],
		"scanned_on": ["2026-11-12", "search_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/management/secret_scan", field]), value)
		conditions("repositories_searched", evidence) == {condition}
	}
}

test_state_holds_no_keys_passes if pointers("state_holds_no_keys", good) == set()

test_state_holds_no_keys_fails_when_a_private_key_is_in_it if {
	evidence := changed("/management/terraform_state/sensitive_values", 1)
	pointers("state_holds_no_keys", evidence) == {"/management/terraform_state"}
	conditions("state_holds_no_keys", evidence) == {"sensitive_values_found"}
}

test_state_holds_no_keys_missing_when_not_searched if {
	evidence := without("/management/terraform_state/sensitive_values")
	pointers("state_holds_no_keys", evidence) == {"/management/terraform_state/sensitive_values"}
	conditions("state_holds_no_keys", evidence) == {"incomplete"}
}

test_state_holds_no_keys_conditions if {
	path := "/management/terraform_state/sensitive_values"
	conditions("state_holds_no_keys", without(path)) == {"incomplete"}
	conditions("state_holds_no_keys", changed(path, 1)) == {"sensitive_values_found"}
}

test_state_protected_passes if pointers("state_protected", good) == set()

encrypted_with(key) := json.patch(good, [
	{"op": "replace", "path": "/management/terraform_state/encryption_key", "value": key},
	{"op": "add", "path": "/keys", "value": {"service_keys": [
		{"id": "K1", "state": "active"},
		{"id": "K2", "state": "destroyed"},
	]}},
])

test_state_protected_fails_when_the_key_is_none_or_out_of_use if {
	every key in ["none", "kms:", "okms:K2", "okms:k2", ""] {
		pointers("state_protected", encrypted_with(key)) == {"/management/terraform_state"}
	}
	pointers("state_protected", encrypted_with("okms:K1")) == set()
}

test_state_protected_relates_the_key_out_of_use if {
	some finding in management_infrastructure.findings.state_protected with input as encrypted_with("okms:k2")
	finding.related == ["/keys/service_keys/1"]
}

test_state_protected_fails_when_too_many_read_it if {
	evidence := changed("/management/terraform_state/readers", ["a", "b", "c", "d", "e", "f"])
	pointers("state_protected", evidence) == {"/management/terraform_state"}
}

test_state_protected_missing_when_no_key_is_named if {
	evidence := without("/management/terraform_state/encryption_key")
	pointers("state_protected", evidence) == {"/management/terraform_state/encryption_key"}
}

test_state_protected_conditions if {
	conditions("state_protected", without("/management/terraform_state/encryption_key")) == {"incomplete"}
	every field, value_and_condition in {
		"encryption_key": ["", "not_encrypted"],
		"readers": [["a", "b", "c", "d", "e", "f"], "number_of_readers"],
		"reader_count": [3, "readers_left_out"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/management/terraform_state", field]), value)
		conditions("state_protected", evidence) == {condition}
	}
	conditions("state_protected", changed("/management/terraform_state/encryption_key", "none")) == {"not_a_key"}
	conditions("state_protected", encrypted_with("okms:K2")) == {"key_out_of_use"}
}

test_state_protected_counts_the_readers if {
	evidence := changed("/management/terraform_state/reader_count", 3)
	some finding in management_infrastructure.findings.state_protected with input as evidence
	[finding.values.listed, finding.values.counted] == [2, 3]
}

test_pipelines_approved_passes if pointers("pipelines_approved", good) == set()

test_pipelines_approved_fails_when_it_can_be_bypassed if {
	pointers("pipelines_approved", changed("/management/pipelines/0/bypass_actor_count", 1)) == {"/management/pipelines/0"}
}

test_pipelines_approved_fails_when_nobody_approves if {
	pointers("pipelines_approved", changed("/management/pipelines/0/required_approvals", 0)) == {"/management/pipelines/0"}
}

test_pipelines_approved_missing_when_not_known if {
	evidence := without("/management/pipelines/0/required_approvals")
	pointers("pipelines_approved", evidence) == {"/management/pipelines/0/required_approvals"}
}

test_pipelines_approved_conditions if {
	conditions("pipelines_approved", changed("/management/pipeline_count", 2)) == {"pipelines_left_out"}
	conditions("pipelines_approved", without("/management/pipelines/0/required_approvals")) == {"incomplete"}
	conditions("pipelines_approved", changed("/management/pipelines/0/required_approvals", 0)) == {"too_few_approvals"}
	conditions("pipelines_approved", changed("/management/pipelines/0/bypass_actor_count", 1)) == {"bypassed"}
}

test_hosts_maintained_fails_when_one_is_left_out if {
	every count in [0, 2] {
		evidence := changed("/management/host_count", count)
		pointers("hosts_maintained", evidence) == {"/management/host_count"}
		conditions("hosts_maintained", evidence) == {"hosts_left_out"}
	}
}

test_pipelines_approved_fails_when_one_is_left_out if {
	every count in [0, 2] {
		evidence := changed("/management/pipeline_count", count)
		pointers("pipelines_approved", evidence) == {"/management/pipeline_count"}
		conditions("pipelines_approved", evidence) == {"pipelines_left_out"}
	}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	management_infrastructure.findings.evidence_consistent == set() with input as good
	management_infrastructure.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/management/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"management": [found]}})
	management_infrastructure.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/management", "values": {}},
	}
	management_infrastructure.findings.evidence_consistent == found with input as evidence
}
