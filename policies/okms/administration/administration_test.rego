package okms.administration_test

import data.okms.administration

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"responsibilities": {"owners": [
		{"activity": "1.1.1", "accountable": "claire", "deputy": "julien", "approver": "pierre"},
		{"activity": "1.1.2", "accountable": "julien", "deputy": "ines", "approver": "claire"},
	]},
	"account": {"user_count": 2, "users": [
		{"person": "ines@x", "status": "enabled", "privileged": true},
		{"person": "tomas@x", "status": "enabled", "privileged": true},
	]},
	"permissions": permissions,
	"credentials": {"certificate_count": 0},
	"iam": {"policy_count": 0},
	"people": {"person_count": 6, "people": [
		{"id": "claire"}, {"id": "julien"}, {"id": "pierre"}, {"id": "ines", "addresses": ["ines@x"]}, {"id": "tomas@x"},
		{"id": "lukas"},
	]},
	"management": {"state_backend_count": 1},
	"administration": {
		"administrators": [{"person": "ines@x", "deputy": "tomas@x"}, {"person": "Tomas@x", "deputy": "ines@x"}],
		"runbooks": [
		{"procedure": procedure, "document": "wiki/okms", "owner": "ines", "reviewed_on": "2026-02-01"} |
			some procedure in data.params.runbook_procedures
		],
		"change_count_90d": 1,
		"changes": [{"ticket": "C-1", "requested_by": "ines", "approved_by": "julien", "done_at": "2026-10-01T10:00:00Z"}],
		"configuration": {
			"resources_total": 40, "resources_managed": 36, "drift_count": 0, "planned_at": "2026-11-17T04:00:00Z",
		},
		"raci_review": {"reviewed_on": "2026-01-20", "reviewers": ["claire", "julien"], "reading": "2025-10-21"},
		"reconciliation": {"performed_on": "2026-10-05", "performed_by": "lukas", "open_differences": 0},
	},
}

# What follows from the evidence, which has no policies; a Go test holds it against what the program works out.
permissions := {
	"administrators": {}, "certificates": [], "clients": [], "holders": [], "keys": {}, "keys_without": [],
	"kmip_clients_without": [], "policies": [], "readers": [],
}

two := ["1.1.1", "1.1.2"]

pointers(check, evidence) := {finding.pointer |
	some finding in administration.findings[check] with input as evidence with data.duties as two
}

conditions(check, evidence) := {finding.condition |
	some finding in administration.findings[check] with input as evidence with data.duties as two
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in administration.findings; findings != set()} with input as good
		with data.duties as two
	failing == set()
}

test_owners_named_passes if pointers("owners_named", good) == set()

test_owners_named_fails_when_the_deputy_is_the_same if {
	pointers("owners_named", changed("/responsibilities/owners/0/deputy", "Claire")) == {"/responsibilities/owners/0"}
}

test_owners_named_fails_when_a_duty_is_left_out if {
	pointers("owners_named", without("/responsibilities/owners/1")) == {"/responsibilities/owners"}
}

test_owners_named_missing_when_nobody_stands_in if {
	pointers("owners_named", without("/responsibilities/owners/0/deputy")) == {"/responsibilities/owners/0/deputy"}
}

test_owners_named_conditions if {
	conditions("owners_named", without("/responsibilities/owners/1")) == {"not_listed"}
	conditions("owners_named", without("/responsibilities/owners/0/deputy")) == {"incomplete"}
	conditions("owners_named", changed("/responsibilities/owners/0/deputy", "Claire")) == {"same_person"}
}

test_approvers_separate_passes if pointers("approvers_separate", good) == set()

test_approvers_separate_fails_when_it_is_the_same_person if {
	evidence := changed("/responsibilities/owners/1/approver", "julien")
	pointers("approvers_separate", evidence) == {"/responsibilities/owners/1"}
}

test_approvers_separate_missing_when_nobody_approves if {
	evidence := without("/responsibilities/owners/1/approver")
	pointers("approvers_separate", evidence) == {"/responsibilities/owners/1/approver"}
}

test_approvers_separate_conditions if {
	conditions("approvers_separate", without("/responsibilities/owners/1")) == {"not_listed"}
	conditions("approvers_separate", without("/responsibilities/owners/0/approver")) == {"incomplete"}
	conditions("approvers_separate", changed("/responsibilities/owners/0/approver", "Claire")) == {"same_person"}
}

test_administrators_bounded_passes if pointers("administrators_bounded", good) == set()

test_administrators_bounded_fails_when_alone if {
	evidence := without("/administration/administrators/1")
	pointers("administrators_bounded", evidence) == {"/administration/administrators", "/administration/administrators/0"}
}

test_administrators_bounded_missing_when_there_is_no_deputy if {
	evidence := without("/administration/administrators/0/deputy")
	pointers("administrators_bounded", evidence) == {"/administration/administrators/0/deputy"}
}

test_administrators_bounded_conditions if {
	alone := without("/administration/administrators/1")
	conditions("administrators_bounded", alone) == {"number_not_allowed", "deputy_not_listed"}
	conditions("administrators_bounded", without("/administration/administrators/0/deputy")) == {"incomplete"}
	own := changed("/administration/administrators/0/deputy", "ines@x")
	conditions("administrators_bounded", own) == {"own_deputy"}
	other := changed("/administration/administrators/0/deputy", "hugo@x")
	conditions("administrators_bounded", other) == {"deputy_not_listed"}
}

test_administrators_bounded_counts_persons if {
	evidence := changed("/administration/administrators/1", {"person": "INES@x", "deputy": "tomas@x"})
	some finding in administration.findings.administrators_bounded with input as evidence
	finding.condition == "number_not_allowed"
	finding.values.listed == 1
}

test_administrators_match_account_passes if pointers("administrators_match_account", good) == set()

test_administrators_match_account_fails_when_the_user_is_disabled if {
	evidence := changed("/account/users/1/status", "disabled")
	pointers("administrators_match_account", evidence) == {"/administration/administrators/1"}
}

# federated is a company whose second administrator logs in through the identity provider.
federated := json.patch(good, [
	{"op": "remove", "path": "/account/users/1"},
	{"op": "add", "path": "/administration/administrators/1/person", "value": "N-5"},
	{"op": "add", "path": "/administration/administrators/0/deputy", "value": "N-5"},
	{"op": "add", "path": "/people/people", "value": [{"id": "n-5", "addresses": ["tomas@x"]}, {"id": "n-6"}]},
	{"op": "add", "path": "/account/groups", "value": [{"name": "Admins", "federated": true, "members": ["Tomas@x"]}]},
	{"op": "add", "path": "/iam/policies", "value": [{
		"identities": ["urn:v1:eu:identity:group:xx1-ovh/admins", "urn:v1:eu:identity:user:xx1-ovh/ines"],
		"allow": ["okms:apiovh:serviceKey/get", "okms:apiovh:serviceKey/create"],
	}]},
])

test_administrators_match_account_passes_when_federated if {
	pointers("administrators_match_account", federated) == set()
	person := {"id": "n-5", "logins": ["tomas@x"]}
	by_login := json.patch(federated, [{"op": "replace", "path": "/people/people/0", "value": person}])
	pointers("administrators_match_account", by_login) == set()
	by_address := json.patch(federated, [
		{"op": "remove", "path": "/people"},
		{"op": "replace", "path": "/administration/administrators/1/person", "value": "tomas@x"},
	])
	pointers("administrators_match_account", by_address) == set()
}

test_administrators_match_account_fails_when_the_group_changes_nothing if {
	every change in [
		{"op": "replace", "path": "/account/groups/0/federated", "value": false},
		{"op": "replace", "path": "/account/groups/0/name", "value": "others"},
		{"op": "replace", "path": "/account/groups/0/members", "value": ["eve@x"]},
		{"op": "replace", "path": "/iam/policies/0/allow", "value": ["okms:apiovh:serviceKey/get"]},
		{"op": "replace", "path": "/iam/policies/0/identities", "value": ["urn:v1:eu:identity:user:xx1-ovh/admins"]},
		{"op": "replace", "path": "/people/people/0/addresses", "value": ["tom@x"]},
	] {
		evidence := json.patch(federated, [change])
		pointers("administrators_match_account", evidence) == {"/administration/administrators/1"}
	}
}

test_administrators_match_account_missing_when_not_named if {
	evidence := without("/administration/administrators/0/person")
	pointers("administrators_match_account", evidence) == {"/administration/administrators/0/person"}
}

test_administrators_match_account_conditions if {
	check := "administrators_match_account"
	conditions(check, without("/administration/administrators/0/person")) == {"incomplete"}
	conditions(check, changed("/account/users/1/status", "disabled")) == {"not_privileged"}
}

test_privileged_users_are_administrators_passes if {
	pointers("privileged_users_are_administrators", good) == set()
	user := {"login": "ci", "person": "eve@x", "status": "enabled", "privileged": false}
	evidence := json.patch(good, [{"op": "add", "path": "/account/users/-", "value": user}])
	pointers("privileged_users_are_administrators", evidence) == set()
}

third(user) := json.patch(good, [{"op": "add", "path": "/account/users/-", "value": user}])

test_privileged_users_are_administrators_fails_when_one_is_not_listed if {
	evidence := third({"login": "eve", "person": "eve@x", "status": "enabled", "privileged": true})
	pointers("privileged_users_are_administrators", evidence) == {"/account/users/2"}
	conditions("privileged_users_are_administrators", evidence) == {"no_administrator"}
	some finding in administration.findings.privileged_users_are_administrators with input as evidence
	finding.related == ["/administration/administrators"]
	disabled := third({"login": "eve", "person": "eve@x", "status": "disabled", "privileged": true})
	pointers("privileged_users_are_administrators", disabled) == set()
}

test_privileged_users_are_administrators_missing_when_not_known if {
	evidence := third({"login": "eve", "person": "ines@x", "status": "enabled"})
	pointers("privileged_users_are_administrators", evidence) == {"/account/users/2/privileged"}
	conditions("privileged_users_are_administrators", evidence) == {"incomplete"}
}

test_privileged_users_are_administrators_conditions if {
	check := "privileged_users_are_administrators"
	conditions(check, third({"login": "eve", "person": "ines@x", "status": "enabled"})) == {"incomplete"}
	other := third({"login": "eve", "person": "eve@x", "status": "enabled", "privileged": true})
	conditions(check, other) == {"no_administrator"}
	rights := changed("/permissions/administrators", {"tomas@x": 0, "eve@x": 3})
	pointers(check, rights) == {"/iam/policies/3"}
	conditions(check, rights) == {"unlisted_rights"}
	pointers(check, without("/permissions")) == {"/administration/administrators"}
	conditions(check, without("/permissions")) == {"not_prepared"}
}

test_runbooks_current_passes if pointers("runbooks_current", good) == set()

test_runbooks_current_fails_when_old if {
	evidence := changed("/administration/runbooks/0/reviewed_on", "2025-11-19")
	pointers("runbooks_current", evidence) == {"/administration/runbooks/0"}
}

test_runbooks_current_fails_when_one_is_left_out if {
	pointers("runbooks_current", without("/administration/runbooks/0")) == {"/administration/runbooks"}
}

test_runbooks_current_missing_when_nobody_keeps_it if {
	pointers("runbooks_current", without("/administration/runbooks/0/owner")) == {"/administration/runbooks/0/owner"}
}

test_runbooks_current_conditions if {
	conditions("runbooks_current", without("/administration/runbooks/0")) == {"not_listed"}
	conditions("runbooks_current", without("/administration/runbooks/0/owner")) == {"incomplete"}
	old := changed("/administration/runbooks/0/reviewed_on", "2025-11-19")
	conditions("runbooks_current", old) == {"review_not_recent"}
}

test_changes_approved_passes if pointers("changes_approved", good) == set()

test_changes_approved_fails_when_by_the_requester if {
	evidence := changed("/administration/changes/0/approved_by", "Ines")
	pointers("changes_approved", evidence) == {"/administration/changes/0"}
}

test_changes_approved_fails_when_by_the_owner_of_the_program if {
	requested := changed("/administration/changes/0/requested_by", "Renewer")
	approver := requested.administration.changes[0].approved_by
	every owner, expected in {approver: {"/administration/changes/0"}, "somebody else": set()} {
		people := {"people": {"programs": [{"id": "renewer", "owner": owner}]}}
		pointers("changes_approved", object.union(requested, people)) == expected
	}
}

test_changes_approved_fails_when_one_is_not_recorded if {
	pointers("changes_approved", changed("/administration/change_count_90d", 2)) == {"/administration/change_count_90d"}
	pointers("changes_approved", without("/administration/changes")) == {"/administration/change_count_90d"}
}

test_changes_approved_missing_when_there_is_no_ticket if {
	evidence := without("/administration/changes/0/ticket")
	pointers("changes_approved", evidence) == {"/administration/changes/0/ticket"}
}

test_changes_approved_conditions if {
	made := with_key({"id": "k2", "created_at": "2026-11-02T10:00:00Z"})
	conditions("changes_approved", made) == {"made_without_change"}
	conditions("changes_approved", without("/administration/changes/0/ticket")) == {"incomplete"}
	own := changed("/administration/changes/0/approved_by", "Ines")
	conditions("changes_approved", own) == {"approved_by_requester"}
	old := changed("/administration/changes/0/done_at", "2026-08-21T23:59:59Z")
	conditions("changes_approved", old) == {"outside_window"}
	conditions("changes_approved", changed("/administration/change_count_90d", 2)) == {"changes_left_out"}
}

test_changes_approved_counts_what_is_listed if {
	evidence := changed("/administration/change_count_90d", 2)
	some finding in administration.findings.changes_approved with input as evidence
	finding.values == {"listed": 1, "counted": 2}
}

with_certificate(certificate) := json.patch(good, [
	{"op": "add", "path": "/credentials/certificates", "value": [certificate]},
])

first_key := {"id": "k1", "state": "active", "created_at": "2026-10-02T10:00:00Z"}

with_key(key) := object.union(good, {"keys": {"service_keys": [first_key, key]}})

test_changes_approved_fails_when_an_inventory_shows_another if {
	every field in ["created_at", "deactivated_at", "destroyed_at"] {
		key := object.union({"id": "k2", "created_at": "2024-01-01T00:00:00Z"}, {field: "2026-11-02T10:00:00Z"})
		evidence := with_key(key)
		pointers("changes_approved", evidence) == {concat("/", ["/keys/service_keys/1", field])}
		conditions("changes_approved", evidence) == {"made_without_change"}
	}
	every field in ["created_at", "revoked_at"] {
		certificate := object.union({"id": "c1", "created_at": "2024-01-01T00:00:00Z"}, {field: "2026-11-02T10:00:00Z"})
		evidence := with_certificate(certificate)
		pointers("changes_approved", evidence) == {concat("/", ["/credentials/certificates/0", field])}
		conditions("changes_approved", evidence) == {"made_without_change"}
	}
	nothing := json.patch(with_key({"id": "k2", "created_at": "2024-01-01T00:00:00Z"}), [
		{"op": "replace", "path": "/administration/change_count_90d", "value": 0},
		{"op": "replace", "path": "/administration/changes", "value": []},
	])
	pointers("changes_approved", nothing) == {"/keys/service_keys/0/created_at"}
}

test_changes_approved_looks_until_the_reading if {
	every date, expected in {
		"2026-11-02T10:00:00Z": {"/keys/service_keys/1/created_at"},
		"2026-11-15T10:00:00Z": set(),
		"2026-06-01T10:00:00Z": set(),
	} {
		evidence := json.patch(with_key({"id": "k2", "created_at": date}), [{
			"op": "add", "path": "/administration/source", "value": {"collected_at": "2026-11-10T00:00:00Z"},
		}])
		pointers("changes_approved", evidence) == expected
	}
}

test_changes_approved_passes_within_the_rollout if {
	every date in ["2026-09-30T00:00:00Z", "2026-10-15T23:59:59Z", "2026-09-05T00:00:00Z", "2026-08-30T00:00:00Z"] {
		evidence := with_key({"id": "k2", "created_at": date})
		late := date == "2026-09-05T00:00:00Z"
		pointers("changes_approved", evidence) == set() != late
	}
	some date in ["2026-09-29T23:59:59Z", "2026-10-16T00:00:00Z"]
	pointers("changes_approved", with_key({"id": "k2", "created_at": date})) == {"/keys/service_keys/1/created_at"}
}

test_changes_approved_counts_from_the_reading if {
	read := {"administration": {"source": {"collected_at": "2026-11-10T00:00:00Z"}}}
	old := changed("/administration/changes/0/done_at", "2026-08-13T00:00:00Z")
	conditions("changes_approved", old) == {"outside_window"}
	pointers("changes_approved", object.union(old, read)) == set()
}

test_configuration_managed_passes if pointers("configuration_managed", good) == set()

test_configuration_managed_fails_when_too_little_is_in_code if {
	evidence := changed("/administration/configuration/resources_managed", 35)
	pointers("configuration_managed", evidence) == {"/administration/configuration"}
}

test_configuration_managed_fails_when_more_is_in_code_than_there_is if {
	evidence := changed("/administration/configuration/resources_managed", 4000)
	pointers("configuration_managed", evidence) == {"/administration/configuration"}
}

test_configuration_managed_fails_when_drifted if {
	evidence := changed("/administration/configuration/drift_count", 1)
	pointers("configuration_managed", evidence) == {"/administration/configuration"}
}

test_configuration_managed_missing_when_never_planned if {
	evidence := without("/administration/configuration/planned_at")
	pointers("configuration_managed", evidence) == {"/administration/configuration/planned_at"}
}

test_configuration_managed_fails_when_fewer_are_counted_than_there_are if {
	certificate := {"id": "c1", "created_at": "2026-10-03T10:00:00Z"}
	inventories := object.union(with_certificate(certificate), {"keys": {"service_keys": [first_key]}})
	evidence := json.patch(inventories, [{"op": "replace", "path": "/administration/configuration", "value": {
		"resources_total": 1, "resources_managed": 1, "drift_count": 0, "planned_at": "2026-11-17T04:00:00Z",
	}}])
	pointers("configuration_managed", evidence) == {"/administration/configuration"}
	conditions("configuration_managed", evidence) == {"fewer_than_inventories"}
	some finding in administration.findings.configuration_managed with input as evidence
	[finding.values.keys, finding.values.certificates] == [1, 1]
	finding.related == ["/keys/service_keys", "/credentials/certificates"]
}

test_configuration_managed_does_not_count_what_was_gone_or_not_there if {
	one_of_one := {
		"resources_total": 1, "resources_managed": 1, "drift_count": 0, "planned_at": "2026-11-17T04:00:00Z",
	}
	evidence := json.patch(good, [
		{"op": "replace", "path": "/administration/configuration", "value": one_of_one},
		{"op": "add", "path": "/keys", "value": {"service_keys": [
			first_key,
			{"created_at": "2024-01-01T00:00:00Z", "state": "destroyed"},
			{"created_at": "2026-11-18T00:00:00Z", "state": "active"},
		]}},
		{"op": "add", "path": "/credentials/certificates", "value": [{
			"created_at": "2024-01-01T00:00:00Z", "revoked_at": "2024-02-01T00:00:00Z",
		}]},
	])
	pointers("configuration_managed", evidence) == set()
}

test_configuration_managed_fails_when_no_state_is_counted if {
	evidence := changed("/management/state_backend_count", 0)
	pointers("configuration_managed", evidence) == {"/administration/configuration"}
	conditions("configuration_managed", evidence) == {"no_state"}
	some finding in administration.findings.configuration_managed with input as evidence
	finding.related == ["/management/state_backend_count"]
	unmanaged := json.patch(evidence, [{
		"op": "replace", "path": "/administration/configuration/resources_managed", "value": 0,
	}])
	conditions("configuration_managed", unmanaged) == {"too_few_managed"}
}

test_configuration_managed_conditions if {
	fewer := json.patch(good, [
		{"op": "replace", "path": "/administration/configuration/resources_total", "value": 1},
		{"op": "replace", "path": "/administration/configuration/resources_managed", "value": 1},
		{"op": "add", "path": "/keys", "value": {"service_keys": [first_key, object.union(first_key, {"id": "k2"})]}},
	])
	conditions("configuration_managed", fewer) == {"fewer_than_inventories"}
	conditions("configuration_managed", changed("/management/state_backend_count", 0)) == {"no_state"}
	conditions("configuration_managed", without("/administration/configuration/planned_at")) == {"incomplete"}
	every field, value_and_condition in {
		"resources_total": [35, "more_than_there_are"],
		"resources_managed": [35, "too_few_managed"],
		"drift_count": [1, "drifted"],
		"planned_at": ["2026-11-12T23:59:59Z", "plan_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/administration/configuration", field]), value)
		conditions("configuration_managed", evidence) == {condition}
	}
}

test_raci_reviewed_passes if pointers("raci_reviewed", good) == set()

test_raci_reviewed_fails_when_alone if {
	evidence := changed("/administration/raci_review/reviewers", ["claire", "Claire"])
	pointers("raci_reviewed", evidence) == {"/administration/raci_review"}
}

test_raci_reviewed_missing_when_not_dated if {
	evidence := without("/administration/raci_review/reviewed_on")
	pointers("raci_reviewed", evidence) == {"/administration/raci_review/reviewed_on"}
}

test_raci_reviewed_fails_when_the_version_is_younger if {
	early := {"at": "2025-11-01T00:00:00Z", "administration": {"raci_review": {"reviewed_on": "2025-10-20"}}}
	conditions("raci_reviewed", object.union(good, early)) == {"reviewed_before_version"}
}

test_raci_reviewed_conditions if {
	early := {"at": "2025-11-01T00:00:00Z", "administration": {"raci_review": {"reviewed_on": "2025-10-20"}}}
	conditions("raci_reviewed", object.union(good, early)) == {"reviewed_before_version"}
	conditions("raci_reviewed", without("/administration/raci_review/reading")) == {"incomplete"}
	old := changed("/administration/raci_review/reviewed_on", "2025-11-19")
	conditions("raci_reviewed", old) == {"review_not_recent"}
	every reading in ["2024-01-01", "the current one"] {
		conditions("raci_reviewed", changed("/administration/raci_review/reading", reading)) == {"other_version"}
	}
	alone := changed("/administration/raci_review/reviewers", ["claire"])
	conditions("raci_reviewed", alone) == {"too_few_reviewers"}
}

test_inventory_reconciled_passes if pointers("inventory_reconciled", good) == set()

test_inventory_reconciled_fails_when_differences_are_open if {
	evidence := changed("/administration/reconciliation/open_differences", 1)
	pointers("inventory_reconciled", evidence) == {"/administration/reconciliation"}
}

test_inventory_reconciled_missing_when_nobody_is_named if {
	evidence := without("/administration/reconciliation/performed_by")
	pointers("inventory_reconciled", evidence) == {"/administration/reconciliation/performed_by"}
}

test_inventory_reconciled_conditions if {
	conditions("inventory_reconciled", without("/administration/reconciliation/performed_by")) == {"incomplete"}
	old := changed("/administration/reconciliation/performed_on", "2026-08-19")
	conditions("inventory_reconciled", old) == {"comparison_not_recent"}
	open := changed("/administration/reconciliation/open_differences", 1)
	conditions("inventory_reconciled", open) == {"differences_open"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	administration.findings.evidence_consistent == set() with input as good
	administration.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/administration/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"administration": [found]}})
	administration.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/administration", "values": {}},
		{"condition": "not_compared", "pointer": "/responsibilities", "values": {}},
		{"condition": "not_compared", "pointer": "/assurance", "values": {}},
	}
	administration.findings.evidence_consistent == found with input as evidence
}
