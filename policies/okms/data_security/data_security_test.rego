package okms.data_security_test

import data.okms.data_security

good := {
	"at": "2026-11-20T00:00:00Z",
	"location": {"workloads": [{"id": "w1"}]},
	"keys": {"service_keys": [{"id": "k1", "state": "active"}, {"id": "k2", "state": "deactivated"}]},
	"datasets": {"dataset_count": 2, "datasets": [
		{
			"id": "d1", "owner": "hugo", "classification": "restricted", "encrypted": true, "key_id": "k1",
			"mode": "AES-256-GCM", "multi_tenant": true, "context_bound": true, "retention_until": "2030-01-01",
			"workload": "w1",
		},
		{
			"id": "d2", "owner": "hugo", "classification": "public", "encrypted": false, "retention_until": "2030-01-01",
			"workload": "w1",
		},
	]},
	"data_security": {
		"integrity_check": {"performed_on": "2026-10-01", "objects_sampled": 10, "mismatches": 0},
		"plaintext_key_search": {"performed_on": "2026-10-01", "hosts_total": 4, "hosts_searched": 4, "found": 0},
		"risk_assessment": {"performed_on": "2026-02-01", "owner": "claire", "untreated_high_risks": 0},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in data_security.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in data_security.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in data_security.findings; findings != set()} with input as good
	failing == set()
}

test_datasets_listed_passes if pointers("datasets_listed", good) == set()

test_datasets_listed_fails_when_the_workload_is_unknown_or_one_is_left_out if {
	pointers("datasets_listed", changed("/datasets/datasets/0/workload", "w9")) == {"/datasets/datasets/0"}
	pointers("datasets_listed", changed("/datasets/dataset_count", 3)) == {"/datasets/dataset_count"}
}

test_datasets_listed_missing_when_nobody_owns_it if {
	pointers("datasets_listed", without("/datasets/datasets/0/owner")) == {"/datasets/datasets/0/owner"}
}

test_datasets_listed_conditions if {
	conditions("datasets_listed", without("/datasets/datasets/0/owner")) == {"incomplete"}
	conditions("datasets_listed", changed("/datasets/datasets/0/workload", "w9")) == {"workload_unknown"}
	conditions("datasets_listed", changed("/datasets/dataset_count", 3)) == {"count_differs"}
}

test_confidential_encrypted_passes if pointers("confidential_encrypted", good) == set()

test_confidential_encrypted_fails_when_in_clear_or_under_another_key if {
	pointers(
		"confidential_encrypted",
		changed("/datasets/datasets/1/classification", "confidential"),
	) == {"/datasets/datasets/1"}
	pointers("confidential_encrypted", changed("/datasets/datasets/0/key_id", "k2")) == {"/datasets/datasets/0"}
}

test_confidential_encrypted_missing_when_not_known if {
	evidence := without("/datasets/datasets/1/encrypted")
	pointers("confidential_encrypted", evidence) == {"/datasets/datasets/1/encrypted"}
}

test_confidential_encrypted_conditions if {
	conditions("confidential_encrypted", without("/datasets/datasets/1/encrypted")) == {"incomplete"}
	conditions("confidential_encrypted", without("/datasets/datasets/0/key_id")) == {"incomplete"}
	conditions("confidential_encrypted", changed("/datasets/datasets/1/classification", "restricted")) == {"in_clear"}
	retired := changed("/datasets/datasets/0/key_id", "k2")
	conditions("confidential_encrypted", retired) == {"key_not_active"}
	some finding in data_security.findings.confidential_encrypted with input as retired
	finding.related == ["/keys/service_keys/1"]
}

test_authenticated_passes if pointers("authenticated", good) == set()

test_authenticated_fails_when_it_can_be_changed if {
	pointers("authenticated", changed("/datasets/datasets/0/mode", "AES-256-CBC")) == {"/datasets/datasets/0"}
}

test_authenticated_missing_when_not_known if {
	pointers("authenticated", without("/datasets/datasets/0/mode")) == {"/datasets/datasets/0/mode"}
}

test_authenticated_conditions if {
	conditions("authenticated", without("/datasets/datasets/0/mode")) == {"mode_unknown"}
	conditions("authenticated", changed("/datasets/datasets/0/mode", "AES-256-CBC")) == {"mode_not_allowed"}
}

test_tenants_bound_passes if {
	pointers("tenants_bound", good) == set()
	pointers("tenants_bound", changed("/datasets/datasets/0/multi_tenant", false)) == set()
}

test_tenants_bound_fails_when_not_bound if {
	pointers("tenants_bound", changed("/datasets/datasets/0/context_bound", false)) == {"/datasets/datasets/0"}
}

test_tenants_bound_missing_when_not_known if {
	pointers("tenants_bound", without("/datasets/datasets/0/multi_tenant")) == {"/datasets/datasets/0/multi_tenant"}
}

test_tenants_bound_conditions if {
	conditions("tenants_bound", without("/datasets/datasets/0/multi_tenant")) == {"tenants_unknown"}
	conditions("tenants_bound", without("/datasets/datasets/0/context_bound")) == {"context_not_bound"}
}

test_integrity_checked_passes if pointers("integrity_checked", good) == set()

test_integrity_checked_fails_when_few_or_wrong if {
	pointers(
		"integrity_checked",
		changed("/data_security/integrity_check/objects_sampled", 9),
	) == {"/data_security/integrity_check"}
	pointers(
		"integrity_checked",
		changed("/data_security/integrity_check/mismatches", 1),
	) == {"/data_security/integrity_check"}
}

test_integrity_checked_missing_when_never if {
	evidence := without("/data_security/integrity_check/performed_on")
	pointers("integrity_checked", evidence) == {"/data_security/integrity_check/performed_on"}
}

test_integrity_checked_conditions if {
	conditions("integrity_checked", without("/data_security/integrity_check/performed_on")) == {"incomplete"}
	every field, value_and_condition in {
		"mismatches": [1, "mismatched"],
		"objects_sampled": [9, "sample_too_small"],
		"performed_on": ["2026-08-21", "check_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/data_security/integrity_check", field]), value)
		conditions("integrity_checked", evidence) == {condition}
	}
}

test_no_plaintext_keys_passes if pointers("no_plaintext_keys", good) == set()

test_no_plaintext_keys_fails_when_one_is_found if {
	pointers(
		"no_plaintext_keys",
		changed("/data_security/plaintext_key_search/found", 1),
	) == {"/data_security/plaintext_key_search"}
}

test_no_plaintext_keys_missing_when_not_searched if {
	evidence := without("/data_security/plaintext_key_search/hosts_searched")
	pointers("no_plaintext_keys", evidence) == {"/data_security/plaintext_key_search/hosts_searched"}
}

test_no_plaintext_keys_conditions if {
	conditions("no_plaintext_keys", without("/data_security/plaintext_key_search/found")) == {"incomplete"}
	every field, value_and_condition in {
		"found": [1, "keys_found"],
		"hosts_searched": [3, "hosts_left_out"],
		"performed_on": ["2026-08-19", "search_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/data_security/plaintext_key_search", field]), value)
		conditions("no_plaintext_keys", evidence) == {condition}
	}
}

test_risks_assessed_passes if pointers("risks_assessed", good) == set()

test_risks_assessed_fails_when_undecided if {
	evidence := changed("/data_security/risk_assessment/untreated_high_risks", 1)
	pointers("risks_assessed", evidence) == {"/data_security/risk_assessment"}
}

test_risks_assessed_missing_when_never if {
	evidence := without("/data_security/risk_assessment/performed_on")
	pointers("risks_assessed", evidence) == {"/data_security/risk_assessment/performed_on"}
}

test_risks_assessed_conditions if {
	conditions("risks_assessed", without("/data_security/risk_assessment/owner")) == {"incomplete"}
	undecided := changed("/data_security/risk_assessment/untreated_high_risks", 1)
	conditions("risks_assessed", undecided) == {"risks_undecided"}
	late := changed("/data_security/risk_assessment/performed_on", "2025-11-19")
	conditions("risks_assessed", late) == {"assessment_not_recent"}
}
