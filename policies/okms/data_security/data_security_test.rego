package okms.data_security_test

import data.okms.data_security

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"location": {"workloads": [{"id": "w1"}]},
	"keys": {"service_keys": [{
		"id": "k1", "state": "active", "type": "oct", "size": 256, "operations": ["encrypt", "decrypt"],
		"data_class": "restricted", "purpose": "data_encryption",
	}]},
	"kmip": {"object_count": 1, "objects": [{"id": "o1", "state": "Active", "type": "SymmetricKey"}]},
	"datasets": {"dataset_count": 3, "datasets": [
		{
			"id": "d1", "owner": "hugo", "classification": "restricted", "encrypted": true, "key_id": "k1",
			"mode": "AES-256-GCM", "multi_tenant": true, "context_bound": true, "retention_until": "2030-01-01",
			"workload": "w1",
		},
		{
			"id": "d2", "owner": "hugo", "classification": "public", "encrypted": false, "retention_until": "2030-01-01",
			"workload": "w1",
		},
		{
			"id": "d3", "owner": "hugo", "classification": "internal", "encrypted": true, "key_id": "o1",
			"mode": "aes-xts-plain64-512", "storage": "disk", "multi_tenant": false, "retention_until": "2030-01-01",
			"workload": "w1",
		},
	]},
	"data_security": {
		"integrity_check": {"performed_on": "2026-10-01", "objects_sampled": 10, "mismatches": 0},
		"plaintext_key_search": {
			"performed_on": "2026-10-01", "hosts_total": 4, "hosts_searched": 4, "found": 0, "workloads": ["w1"],
		},
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

test_datasets_listed_fails_when_keys_for_data_encrypt_none if {
	in_clear := [object.union(object.remove(dataset, ["key_id", "mode"]), {"encrypted": false}) |
		some dataset in good.datasets.datasets
	]
	evidence := json.patch(good, [
		{"op": "replace", "path": "/datasets/datasets", "value": in_clear},
		{"op": "add", "path": "/keys/service_keys/0/last_used_at", "value": "2026-11-01T00:00:00Z"},
	])
	conditions("datasets_listed", evidence) == {"nothing_encrypted"}
	every key in [{"purpose": "signature"}, {"state": "destroyed"}] {
		other := object.union(evidence.keys.service_keys[0], key)
		changed_key := json.patch(evidence, [{"op": "replace", "path": "/keys/service_keys/0", "value": other}])
		conditions("datasets_listed", changed_key) == set()
	}
	unused := json.patch(evidence, [{"op": "remove", "path": "/keys/service_keys/0/last_used_at"}])
	conditions("datasets_listed", unused) == set()
}

test_datasets_listed_fails_when_the_workload_is_unknown_or_one_is_left_out if {
	pointers("datasets_listed", changed("/datasets/datasets/0/workload", "w9")) == {"/datasets/datasets/0"}
	pointers("datasets_listed", changed("/datasets/dataset_count", 4)) == {"/datasets/dataset_count"}
}

test_datasets_listed_missing_when_nobody_owns_it if {
	pointers("datasets_listed", without("/datasets/datasets/0/owner")) == {"/datasets/datasets/0/owner"}
}

test_datasets_listed_conditions if {
	conditions("datasets_listed", without("/datasets/datasets/0/owner")) == {"incomplete"}
	conditions("datasets_listed", changed("/datasets/datasets/0/workload", "w9")) == {"workload_unknown"}
	conditions("datasets_listed", changed("/datasets/dataset_count", 4)) == {"count_differs"}
}

test_confidential_encrypted_passes if pointers("confidential_encrypted", good) == set()

retired_key(fields) := object.union(
	{
		"id": "k2", "state": "deactivated", "deactivated_at": "2026-03-02T10:00:00Z", "type": "oct", "size": 256,
		"operations": ["encrypt", "decrypt"],
	},
	fields,
)

under_retired_key(fields, dataset) := json.patch(good, array.concat(
	[
		{"op": "add", "path": "/keys/service_keys/-", "value": retired_key(fields)},
		{"op": "replace", "path": "/datasets/datasets/0/key_id", "value": "k2"},
	],
	[{"op": "add", "path": concat("/", ["/datasets/datasets/0", field]), "value": value} |
		some field, value in dataset
	],
))

test_confidential_encrypted_passes_with_old_data_under_a_deactivated_key if {
	pointers("confidential_encrypted", under_retired_key({}, {"written_until": "2026-03-02"})) == set()
	kmip := json.patch(good, [
		{"op": "replace", "path": "/kmip/objects/0/state", "value": "Deactivated"},
		{"op": "add", "path": "/kmip/objects/0/deactivated_at", "value": "2026-03-02T10:00:00Z"},
		{"op": "add", "path": "/datasets/datasets/2/written_until", "value": "2026-03-01"},
	])
	pointers("confidential_encrypted", kmip) == set()
}

test_confidential_encrypted_fails_when_in_clear_or_under_another_key if {
	pointers(
		"confidential_encrypted",
		changed("/datasets/datasets/1/classification", "confidential"),
	) == {"/datasets/datasets/1"}
	pointers("confidential_encrypted", changed("/datasets/datasets/0/key_id", "k2")) == {"/datasets/datasets/0"}
	pointers("confidential_encrypted", changed("/kmip/objects/0/state", "Destroyed")) == {"/datasets/datasets/2"}
}

test_confidential_encrypted_fails_when_the_deactivated_key_is_used_or_kept_too_long if {
	written := under_retired_key({}, {"written_until": "2026-03-03"})
	pointers("confidential_encrypted", written) == {"/datasets/datasets/0"}
	kept := under_retired_key({"deactivated_at": "2023-11-20T00:00:00Z"}, {"written_until": "2023-01-01"})
	pointers("confidential_encrypted", kept) == {"/datasets/datasets/0"}
	compromised := under_retired_key({"state": "compromised"}, {"written_until": "2026-03-02"})
	pointers("confidential_encrypted", compromised) == {"/datasets/datasets/0"}
}

test_confidential_encrypted_missing_when_not_known if {
	evidence := without("/datasets/datasets/1/encrypted")
	pointers("confidential_encrypted", evidence) == {"/datasets/datasets/1/encrypted"}
	pointers("confidential_encrypted", under_retired_key({}, {})) == {"/datasets/datasets/0/written_until"}
}

test_confidential_encrypted_conditions if {
	conditions("confidential_encrypted", without("/datasets/datasets/1/encrypted")) == {"incomplete"}
	conditions("confidential_encrypted", without("/datasets/datasets/0/key_id")) == {"incomplete"}
	conditions("confidential_encrypted", changed("/datasets/datasets/1/classification", "restricted")) == {"in_clear"}
	conditions("confidential_encrypted", changed("/datasets/datasets/0/key_id", "k2")) == {"key_not_active"}
	written := under_retired_key({}, {"written_until": "2026-03-03"})
	conditions("confidential_encrypted", written) == {"written_after_deactivation"}
	some finding in data_security.findings.confidential_encrypted with input as written
	finding.related == ["/keys/service_keys/1"]
}

test_keys_fit_ciphers_passes if {
	pointers("keys_fit_ciphers", good) == set()
	pointers("keys_fit_ciphers", changed("/datasets/datasets/0/key_id", "unknown")) == set()
}

test_keys_fit_ciphers_fails_when_the_key_signs_or_is_shorter if {
	signing := changed("/keys/service_keys/0/operations", ["sign", "verify"])
	pointers("keys_fit_ciphers", signing) == {"/datasets/datasets/0/key_id"}
	pointers("keys_fit_ciphers", changed("/keys/service_keys/0/size", 128)) == {"/datasets/datasets/0/key_id"}
	pointers("keys_fit_ciphers", changed("/kmip/objects/0/type", "Certificate")) == {"/datasets/datasets/2/key_id"}
}

test_keys_fit_ciphers_missing_when_the_operations_are_not_known if {
	pointers("keys_fit_ciphers", without("/keys/service_keys/0/operations")) == {"/datasets/datasets/0/key_id"}
}

test_keys_fit_ciphers_conditions if {
	signing := changed("/keys/service_keys/0/operations", ["sign", "verify"])
	conditions("keys_fit_ciphers", signing) == {"cannot_encrypt"}
	short := changed("/keys/service_keys/0/size", 128)
	conditions("keys_fit_ciphers", short) == {"key_too_short"}
	some finding in data_security.findings.keys_fit_ciphers with input as short
	finding.values == {"dataset": "d1", "key": "k1", "mode": "AES-256-GCM", "bits": 256}
	finding.related == ["/keys/service_keys/0"]
}

test_classes_agree_passes if {
	pointers("classes_agree", good) == set()
	master := json.patch(changed("/datasets/datasets/0/classification", "internal"), [{
		"op": "replace", "path": "/keys/service_keys/0/purpose", "value": "master",
	}])
	pointers("classes_agree", master) == set()
}

test_classes_agree_fails_when_one_is_above_the_other if {
	pointers(
		"classes_agree",
		changed("/keys/service_keys/0/data_class", "internal"),
	) == {"/datasets/datasets/0/classification"}
	pointers(
		"classes_agree",
		changed("/datasets/datasets/0/classification", "public"),
	) == {"/keys/service_keys/0/data_class"}
}

test_classes_agree_missing_when_the_class_is_not_known if {
	pointers("classes_agree", without("/datasets/datasets/0/classification")) == {"/keys/service_keys/0/data_class"}
}

test_classes_agree_conditions if {
	conditions("classes_agree", changed("/keys/service_keys/0/data_class", "internal")) == {"data_above_key"}
	public := changed("/datasets/datasets/0/classification", "public")
	conditions("classes_agree", public) == {"key_above_data"}
	some finding in data_security.findings.classes_agree with input as public
	finding.related == ["/datasets/datasets/0/classification"]
}

test_authenticated_passes if {
	pointers("authenticated", good) == set()
	pointers("authenticated", changed("/datasets/datasets/0/mode", "chacha20_poly1305")) == set()
}

test_authenticated_fails_when_it_can_be_changed if {
	pointers("authenticated", changed("/datasets/datasets/0/mode", "AES-256-CBC")) == {"/datasets/datasets/0"}
	pointers("authenticated", changed("/datasets/datasets/0/mode", "AES-256-XTS")) == {"/datasets/datasets/0"}
}

test_authenticated_missing_when_not_known if {
	pointers("authenticated", without("/datasets/datasets/0/mode")) == {"/datasets/datasets/0/mode"}
}

test_authenticated_conditions if {
	conditions("authenticated", without("/datasets/datasets/0/mode")) == {"mode_absent"}
	conditions("authenticated", changed("/datasets/datasets/0/mode", "rot13")) == {"mode_unknown"}
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

test_integrity_checked_fails_when_a_dataset_has_no_sample if {
	datasets := [object.union(good.datasets.datasets[0], {"id": sprintf("d%d", [i])}) |
		some i in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
	]
	evidence := changed("/datasets/datasets", datasets)
	pointers("integrity_checked", evidence) == {"/data_security/integrity_check"}
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

test_no_plaintext_keys_fails_when_nothing_or_not_every_workload_was_searched if {
	nothing := json.patch(good, [
		{"op": "replace", "path": "/data_security/plaintext_key_search/hosts_total", "value": 0},
		{"op": "replace", "path": "/data_security/plaintext_key_search/hosts_searched", "value": 0},
	])
	pointers("no_plaintext_keys", nothing) == {"/data_security/plaintext_key_search"}
	pointers(
		"no_plaintext_keys",
		changed("/datasets/datasets/0/workload", "w2"),
	) == {"/data_security/plaintext_key_search"}
}

test_no_plaintext_keys_fails_when_hosts_are_fewer_than_places if {
	workloads := [
		{"id": "w1", "region": "eu-west-gra"}, {"id": "w2", "region": "GRA11"},
		{"id": "w3", "region": "eu-west-sbg"}, {"id": "w4", "region": "eu-west-par"},
	]
	every hosts, found in {1: {"hosts_too_few"}, 2: set()} {
		evidence := json.patch(good, [
			{"op": "replace", "path": "/location/workloads", "value": workloads},
			{
				"op": "replace", "path": "/data_security/plaintext_key_search",
				"value": object.union(good.data_security.plaintext_key_search, {
					"hosts_total": hosts, "hosts_searched": hosts, "workloads": ["w1", "w2", "w3"],
				}),
			},
		])
		conditions("no_plaintext_keys", evidence) == found
	}
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
		"workloads": [["w9"], "workloads_left_out"],
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

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	data_security.findings.evidence_consistent == set() with input as good
	data_security.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/data_security/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"data_security": [found]}})
	data_security.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/data_security", "values": {}},
		{"condition": "not_compared", "pointer": "/datasets", "values": {}},
	}
	data_security.findings.evidence_consistent == found with input as evidence
}
