package okms.data_destruction_test

import data.okms.data_destruction

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"keys": {"service_keys": [
		{"id": "k1", "name": "k1", "state": "destroyed", "destroyed_at": "2026-05-04T10:00:00Z"},
		{"id": "k2", "name": "k2", "state": "active"},
	]},
	"datasets": {"datasets": [
		{"id": "d1", "encrypted": true, "key_id": "k2", "retention_until": "2030-01-01"},
		{"id": "d2", "encrypted": true, "key_id": "k1", "retention_until": "2026-03-31"},
		{"id": "d3", "encrypted": false},
		{"id": "d4", "encrypted": true, "key_id": "o1", "retention_until": "2030-01-01"},
	]},
	"kmip": {"object_count": 1, "objects": [{"id": "o1", "state": "Active"}]},
	"destruction": {
		"plan": {"owner": "amelie", "approved_by": "claire", "reviewed_on": "2026-02-01"},
		"media_count": 2,
		"media": [
			{
				"id": "m1", "kind": "volume", "classification": "confidential", "method": "cryptographic_erase",
				"key_id": "k1", "performed_on": "2026-05-04", "effective_on": "2026-06-03", "performed_by": "ines",
				"verified_by": "lukas", "certificate": "C-1", "artifact": {"path": "c", "sha256": "00"},
			},
			{
				"id": "m2", "kind": "export", "classification": "internal", "method": "clear", "performed_on": "2026-05-04",
				"performed_by": "ines", "verified_by": "lukas", "certificate": "C-2",
				"artifact": {"path": "d", "sha256": "01"},
			},
		],
		"key_destructions": [{"key_id": "k1", "approved_on": "2026-05-04", "approved_by": ["claire", "amelie"]}],
		"residual_copies": [
			{"copy_of": "m1", "location": "gra", "expires_on": "2027-01-01"},
			{"copy_of": "m2", "location": "gra", "expires_on": "2026-08-01", "removed_on": "2026-08-02"},
		],
		"residual_copy_count": 2,
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in data_destruction.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in data_destruction.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in data_destruction.findings; findings != set()} with input as good
	failing == set()
}

test_plan_current_passes if pointers("plan_current", good) == set()

test_plan_current_fails_when_its_owner_approved_it if {
	pointers("plan_current", changed("/destruction/plan/approved_by", "Amelie")) == {"/destruction/plan"}
}

test_plan_current_missing_when_never_reviewed if {
	pointers("plan_current", without("/destruction/plan/reviewed_on")) == {"/destruction/plan/reviewed_on"}
}

test_plan_current_conditions if {
	conditions("plan_current", without("/destruction/plan/reviewed_on")) == {"incomplete"}
	conditions("plan_current", changed("/destruction/plan/approved_by", "Amelie")) == {"approved_by_owner"}
	conditions("plan_current", changed("/destruction/plan/reviewed_on", "2025-11-19")) == {"review_not_recent"}
}

test_method_sufficient_passes if pointers("method_sufficient", good) == set()

test_method_sufficient_fails_when_merely_cleared if {
	pointers("method_sufficient", changed("/destruction/media/0/method", "clear")) == {"/destruction/media/0"}
}

test_method_sufficient_missing_when_not_classified if {
	evidence := without("/destruction/media/1/classification")
	pointers("method_sufficient", evidence) == {"/destruction/media/1/classification"}
}

test_method_sufficient_conditions if {
	conditions("method_sufficient", without("/destruction/media/1/classification")) == {"incomplete"}
	conditions("method_sufficient", changed("/destruction/media/0/method", "clear")) == {"method_too_weak"}
}

test_certified_passes if pointers("certified", good) == set()

test_certified_fails_when_the_operator_verifies_or_one_is_left_out if {
	pointers("certified", changed("/destruction/media/0/verified_by", "Ines")) == {"/destruction/media/0"}
	pointers("certified", changed("/destruction/media_count", 3)) == {"/destruction/media_count"}
}

test_certified_missing_when_there_is_no_certificate if {
	pointers("certified", without("/destruction/media/1/certificate")) == {"/destruction/media/1/certificate"}
}

test_certified_conditions if {
	conditions("certified", without("/destruction/media/1/certificate")) == {"incomplete"}
	conditions("certified", changed("/destruction/media/0/verified_by", "Ines")) == {"verified_by_operator"}
	conditions("certified", without("/destruction/media/0/artifact/path")) == {"no_record"}
	conditions("certified", changed("/destruction/media/0/performed_on", "2026-11-21")) == {"in_future"}
	conditions("certified", changed("/destruction/media_count", 3)) == {"count_differs"}
}

test_erase_effective_passes if pointers("erase_effective", good) == set()

test_erase_effective_fails_when_too_soon_or_the_key_lives if {
	pointers("erase_effective", changed("/destruction/media/0/effective_on", "2026-06-01")) == {"/destruction/media/0"}
	pointers("erase_effective", changed("/destruction/media/0/key_id", "k2")) == {"/destruction/media/0"}
}

test_erase_effective_missing_when_not_dated if {
	evidence := without("/destruction/media/0/effective_on")
	pointers("erase_effective", evidence) == {"/destruction/media/0/effective_on"}
}

test_erase_effective_conditions if {
	conditions("erase_effective", without("/destruction/media/0/key_id")) == {"incomplete"}
	conditions("erase_effective", changed("/destruction/media/0/key_id", "k2")) == {"key_not_destroyed"}
	conditions("erase_effective", changed("/destruction/media/0/performed_on", "2026-05-03")) == {"erased_before_key"}
	early := changed("/destruction/media/0/effective_on", "2026-06-01")
	conditions("erase_effective", early) == {"effective_too_early"}
	some finding in data_destruction.findings.erase_effective with input as early
	finding.values.destroyed_at == "2026-05-04T10:00:00Z"
	finding.related == ["/keys/service_keys/0"]
}

test_key_destructions_approved_passes if pointers("key_destructions_approved", good) == set()

test_key_destructions_approved_fails_when_by_one if {
	evidence := changed("/destruction/key_destructions/0/approved_by", ["claire", "Claire"])
	pointers("key_destructions_approved", evidence) == {"/keys/service_keys/0"}
}

test_key_destructions_approved_fails_when_late_or_not_dated if {
	late := changed("/destruction/key_destructions/0/approved_on", "2026-05-05")
	pointers("key_destructions_approved", late) == {"/keys/service_keys/0"}
	undated := without("/destruction/key_destructions/0/approved_on")
	pointers("key_destructions_approved", undated) == {"/keys/service_keys/0"}
	pointers("key_destructions_approved", without("/keys/service_keys/0/destroyed_at")) == {"/keys/service_keys/0"}
}

test_key_destructions_approved_missing_when_the_key_has_no_id if {
	pointers("key_destructions_approved", without("/keys/service_keys/0/id")) == {"/keys/service_keys/0/id"}
}

test_key_destructions_approved_conditions if {
	conditions("key_destructions_approved", without("/keys/service_keys/0/id")) == {"incomplete"}
	late := changed("/destruction/key_destructions/0/approved_on", "2026-05-05")
	conditions("key_destructions_approved", late) == {"approved_late"}
	alone := changed("/destruction/key_destructions/0/approved_by", ["claire"])
	conditions("key_destructions_approved", alone) == {"too_few"}
	some finding in data_destruction.findings.key_destructions_approved with input as alone
	finding.values.persons == 1
	finding.related == ["/destruction/key_destructions/0"]
}

test_nothing_orphaned_passes if pointers("nothing_orphaned", good) == set()

test_nothing_orphaned_fails_when_the_key_is_destroyed if {
	pointers("nothing_orphaned", changed("/datasets/datasets/0/key_id", "k1")) == {"/datasets/datasets/0"}
	pointers("nothing_orphaned", changed("/kmip/objects/0/state", "Destroyed")) == {"/datasets/datasets/3"}
}

test_nothing_orphaned_missing_when_no_key_is_named if {
	pointers("nothing_orphaned", without("/datasets/datasets/0/key_id")) == {"/datasets/datasets/0/key_id"}
}

test_nothing_orphaned_conditions if {
	conditions("nothing_orphaned", without("/datasets/datasets/0/key_id")) == {"incomplete"}
	conditions("nothing_orphaned", changed("/datasets/datasets/0/key_id", "k1")) == {"key_gone"}
}

test_residual_copies_end_passes if {
	pointers("residual_copies_end", good) == set()
	pointers("residual_copies_end", changed("/destruction/residual_copies/1/removed_on", "2026-09-01")) == set()
}

test_residual_copies_end_fails_when_too_late_or_not_removed if {
	pointers(
		"residual_copies_end",
		changed("/destruction/residual_copies/0/expires_on", "2027-12-26"),
	) == {"/destruction/residual_copies/0"}
	pointers(
		"residual_copies_end",
		without("/destruction/residual_copies/1/removed_on"),
	) == {"/destruction/residual_copies/1"}
	pointers("residual_copies_end", changed("/destruction/residual_copy_count", 3)) == {"/destruction/residual_copy_count"}
}

test_residual_copies_end_fails_when_a_copy_is_abroad if {
	decided := {"location": {"residency": {"allowed_countries": ["FR"]}}}
	every place, expected in {"ca-east-bhs": {"/destruction/residual_copies/0/location"}, "eu-west-rbx": set()} {
		evidence := object.union(changed("/destruction/residual_copies/0/location", place), decided)
		pointers("residual_copies_end", evidence) == expected
	}
	removed := object.union(changed("/destruction/residual_copies/1/location", "ca-east-bhs"), decided)
	pointers("residual_copies_end", removed) == set()
}

test_residual_copies_end_missing_when_not_dated if {
	evidence := without("/destruction/residual_copies/0/expires_on")
	pointers("residual_copies_end", evidence) == {"/destruction/residual_copies/0/expires_on"}
}

test_residual_copies_end_conditions if {
	conditions("residual_copies_end", without("/destruction/residual_copies/0/expires_on")) == {"incomplete"}
	late := changed("/destruction/residual_copies/0/expires_on", "2027-12-26")
	conditions("residual_copies_end", late) == {"ends_too_late"}
	conditions("residual_copies_end", without("/destruction/residual_copies/1/removed_on")) == {"not_removed"}
	removed_late := changed("/destruction/residual_copies/1/removed_on", "2026-09-02")
	conditions("residual_copies_end", removed_late) == {"not_removed"}
	conditions("residual_copies_end", changed("/destruction/residual_copy_count", 3)) == {"count_differs"}
	abroad := object.union(
		changed("/destruction/residual_copies/0/location", "ca-east-bhs"),
		{"location": {"residency": {"allowed_countries": ["FR"]}}},
	)
	conditions("residual_copies_end", abroad) == {"abroad"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	data_destruction.findings.evidence_consistent == set() with input as good
	data_destruction.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/destruction/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"destruction": [found]}})
	data_destruction.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/destruction", "values": {}},
	}
	data_destruction.findings.evidence_consistent == found with input as evidence
}
