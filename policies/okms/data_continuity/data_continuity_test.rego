package okms.data_continuity_test

import data.okms.data_continuity

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"location": {"workloads": [{"id": "w1", "criticality": "critical"}, {"id": "w2", "criticality": "standard"}]},
	"keys": {"service_key_count": 1, "service_keys": [{"id": "k1", "protect_until": "2030-01-01"}]},
	"kmip": {"object_count": 0},
	"datasets": {"dataset_count": 2, "datasets": [
		{"id": "d1", "encrypted": true, "key_id": "k1", "retention_until": "2030-01-01"},
		{"id": "d2", "encrypted": false, "retention_until": "2050-01-01"},
	]},
	"continuity": {
		"impacts": [
			{"workload": "w1", "owner": "hugo", "assessed_on": "2026-02-01", "rto_hours": 4, "rpo_hours": 1, "mtd_hours": 4},
			{"workload": "w2", "owner": "hugo", "assessed_on": "2026-02-01", "rto_hours": 24, "rpo_hours": 24, "mtd_hours": 72},
		],
		"fallbacks": [{
			"workload": "w1", "mode": "second_region", "domain": "1d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c22",
			"tested_on": "2026-05-01",
		}],
		"region_loss_exercise": {
			"performed_on": "2026-05-01", "participants": 1, "recovered": 1, "open_actions": 0,
			"artifact": {"path": "x", "sha256": "00"},
		},
		"data_key_cache_minutes": 60,
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in data_continuity.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in data_continuity.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

# A further entry of a list, about a workload that is not in the inventory.
stranger(list) := json.patch(good, [
	{"op": "copy", "from": concat("", [list, "/0"]), "path": concat("", [list, "/0"])},
	{"op": "replace", "path": concat("", [list, "/0/workload"]), "value": "w9"},
])

# A year of downtime is tolerated.
year := json.patch(good, [
	{"op": "replace", "path": "/continuity/impacts/0/mtd_hours", "value": 8760},
	{"op": "replace", "path": "/continuity/impacts/0/rto_hours", "value": 8760},
])

with_fallback(mode, minutes) := json.patch(good, [
	{"op": "replace", "path": "/continuity/fallbacks/0/mode", "value": mode},
	{"op": "replace", "path": "/continuity/data_key_cache_minutes", "value": minutes},
])

# A second critical workload, with a fallback, which took no part in the exercise.
two_critical := json.patch(good, [
	{"op": "replace", "path": "/location/workloads/1/criticality", "value": "critical"},
	{"op": "add", "path": "/continuity/fallbacks/-", "value": object.union(
		good.continuity.fallbacks[0],
		{"workload": "w2"},
	)},
])

# The dataset is encrypted under a KMIP object.
under_kmip(item) := json.patch(good, [
	{"op": "replace", "path": "/datasets/datasets/0/key_id", "value": "o1"},
	{"op": "add", "path": "/kmip/objects", "value": [object.union({"id": "o1"}, item)]},
])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in data_continuity.findings; findings != set()} with input as good
	failing == set()
}

test_impact_assessed_passes if pointers("impact_assessed", good) == set()

test_impact_assessed_fails_when_too_slow_or_left_out if {
	pointers("impact_assessed", changed("/continuity/impacts/0/rto_hours", 5)) == {"/continuity/impacts/0"}
	pointers("impact_assessed", without("/continuity/impacts/1")) == {"/location/workloads/1"}
}

test_impact_assessed_missing_when_nobody_owns_it if {
	pointers("impact_assessed", without("/continuity/impacts/0/owner")) == {"/continuity/impacts/0/owner"}
}

test_impact_assessed_conditions if {
	conditions("impact_assessed", changed("/continuity/impacts/1/mtd_hours", 8760)) == {"standard_downtime_too_long"}
	conditions(
		"impact_assessed",
		changed("/location/workloads/0/criticality", "standard"),
	) == {"standard_downtime_too_short"}
	conditions("impact_assessed", year) == {"critical_downtime_too_long"}
	conditions("impact_assessed", without("/continuity/impacts/0/owner")) == {"incomplete"}
	conditions(
		"impact_assessed",
		stranger("/continuity/impacts"),
	) == {"unknown_workload"}
	conditions("impact_assessed", changed("/continuity/impacts/0/assessed_on", "2025-11-19")) == {"assessment_not_recent"}
	conditions("impact_assessed", changed("/continuity/impacts/0/rpo_hours", 721)) == {"rpo_too_long"}
	conditions("impact_assessed", changed("/continuity/impacts/0/rto_hours", 5)) == {"recovery_too_late"}
	conditions("impact_assessed", without("/continuity/impacts/1")) == {"not_assessed"}
	conditions(
		"impact_assessed",
		json.patch(good, [{"op": "add", "path": "/location/workloads/-", "value": {"criticality": "standard"}}]),
	) == {"workload_without_id"}
}

test_rpo_realistic_passes if pointers("rpo_realistic", good) == set()

test_rpo_realistic_fails_when_nobody_can_keep_it if {
	pointers("rpo_realistic", changed("/continuity/impacts/0/rpo_hours", 0.08)) == {"/continuity/impacts/0/rpo_hours"}
}

test_rpo_realistic_missing_when_there_is_none if {
	pointers("rpo_realistic", without("/continuity/impacts/0/rpo_hours")) == {"/continuity/impacts/0/rpo_hours"}
}

test_rpo_realistic_conditions if {
	conditions("rpo_realistic", without("/continuity/impacts/0/rpo_hours")) == {"not_stated"}
	conditions("rpo_realistic", changed("/continuity/impacts/0/rpo_hours", 0.08)) == {"too_short"}
}

test_fallback_tested_passes if pointers("fallback_tested", good) == set()

test_fallback_tested_fails_when_there_is_none if {
	pointers("fallback_tested", changed("/continuity/fallbacks/0/mode", "none")) == {"/continuity/fallbacks/0"}
	pointers("fallback_tested", without("/continuity/fallbacks/0")) == {"/location/workloads/0"}
}

test_fallback_tested_missing_when_never_tried if {
	pointers("fallback_tested", without("/continuity/fallbacks/0/tested_on")) == {"/continuity/fallbacks/0/tested_on"}
}

test_fallback_tested_conditions if {
	conditions("fallback_tested", with_fallback("cached_data_keys", 0)) == {"nothing_cached"}
	conditions("fallback_tested", with_fallback("offline_wrapped_copy", 60)) == {"nothing_to_copy"}
	conditions("fallback_tested", without("/location/workloads/1/criticality")) == {"criticality_unknown"}
	conditions("fallback_tested", without("/continuity/fallbacks/0")) == {"no_fallback"}
	conditions("fallback_tested", without("/continuity/fallbacks/0/tested_on")) == {"incomplete"}
	conditions(
		"fallback_tested",
		stranger("/continuity/fallbacks"),
	) == {"unknown_workload"}
	conditions("fallback_tested", changed("/continuity/fallbacks/0/mode", "none")) == {"no_mode"}
	conditions("fallback_tested", changed("/continuity/fallbacks/0/tested_on", "2025-11-19")) == {"test_not_recent"}
}

test_region_loss_exercised_passes if pointers("region_loss_exercised", good) == set()

test_region_loss_exercised_fails_when_one_was_late if {
	evidence := changed("/continuity/region_loss_exercise/recovered", 0)
	pointers("region_loss_exercised", evidence) == {"/continuity/region_loss_exercise"}
}

test_region_loss_exercised_missing_when_there_is_no_protocol if {
	evidence := without("/continuity/region_loss_exercise/artifact")
	pointers("region_loss_exercised", evidence) == {"/continuity/region_loss_exercise/artifact"}
}

test_region_loss_exercised_passes_when_a_workload_started_later if {
	started := json.patch(two_critical, [{"op": "add", "path": "/location/workloads/1/started_on", "value": "2026-05-02"}])
	pointers("region_loss_exercised", started) == set()
	before := json.patch(two_critical, [{"op": "add", "path": "/location/workloads/1/started_on", "value": "2026-05-01"}])
	conditions("region_loss_exercised", before) == {"fewer_than_critical"}
}

# So many workloads took part in the exercise, and one has ended since.
exercised(number) := json.patch(good, [
	{"op": "replace", "path": "/continuity/region_loss_exercise/participants", "value": number},
	{"op": "replace", "path": "/continuity/region_loss_exercise/recovered", "value": number},
	{"op": "add", "path": "/import_export", "value": {"former_objects": [
		{"id": "w8", "kind": "workload", "ended_on": "2026-05-01"},
		{"id": "w9", "kind": "workload", "ended_on": "2026-04-30"},
	]}},
])

test_region_loss_exercised_counts_workloads_that_are_gone if {
	listed := count(good.location.workloads)
	pointers("region_loss_exercised", exercised(listed + 1)) == set()
	conditions("region_loss_exercised", exercised(listed + 2)) == {"more_than_listed"}
}

test_region_loss_exercised_conditions if {
	conditions(
		"region_loss_exercised",
		changed("/continuity/region_loss_exercise/participants", 3),
	) == {"more_than_listed"}
	conditions("region_loss_exercised", two_critical) == {"fewer_than_critical"}
	conditions("region_loss_exercised", without("/continuity/region_loss_exercise/artifact")) == {"incomplete"}
	conditions(
		"region_loss_exercised",
		changed("/continuity/region_loss_exercise/artifact", {"path": "", "sha256": "00"}),
	) == {"no_record"}
	conditions(
		"region_loss_exercised",
		changed("/continuity/region_loss_exercise/performed_on", "2025-11-19"),
	) == {"not_recent"}
	conditions("region_loss_exercised", changed("/continuity/region_loss_exercise/participants", 0)) == {"no_participants"}
	conditions("region_loss_exercised", changed("/continuity/region_loss_exercise/recovered", 0)) == {"not_all_recovered"}
	conditions("region_loss_exercised", changed("/continuity/region_loss_exercise/open_actions", 1)) == {"actions_open"}
}

test_keys_outlive_data_passes if pointers("keys_outlive_data", good) == set()

test_keys_outlive_data_fails_when_the_key_ends_before if {
	pointers(
		"keys_outlive_data",
		changed("/datasets/datasets/0/retention_until", "2030-01-02"),
	) == {"/datasets/datasets/0"}
	pointers("keys_outlive_data", changed("/datasets/datasets/0/key_id", "k9")) == {"/datasets/datasets/0"}
}

test_keys_outlive_data_missing_when_not_dated if {
	evidence := without("/datasets/datasets/0/retention_until")
	pointers("keys_outlive_data", evidence) == {"/datasets/datasets/0/retention_until"}
}

test_keys_outlive_data_conditions if {
	conditions("keys_outlive_data", without("/datasets/datasets/0/retention_until")) == {"incomplete"}
	conditions("keys_outlive_data", changed("/datasets/datasets/0/key_id", "k9")) == {"end_unknown"}
	conditions("keys_outlive_data", changed("/datasets/datasets/0/retention_until", "2030-01-02")) == {"key_ends_before"}
}

test_keys_outlive_data_shows_both_ends if {
	evidence := changed("/datasets/datasets/0/retention_until", "2030-01-02")
	some finding in data_continuity.findings.keys_outlive_data with input as evidence
	finding.values.protect_until == "2030-01-01"
	finding.related == ["/keys/service_keys/0"]
}

test_cache_bounded_passes if pointers("cache_bounded", good) == set()

test_cache_bounded_fails_when_long if {
	pointers("cache_bounded", changed("/continuity/data_key_cache_minutes", 61)) == {"/continuity/data_key_cache_minutes"}
}

test_cache_bounded_missing_when_not_known if {
	pointers("cache_bounded", without("/continuity/data_key_cache_minutes")) == {"/continuity/data_key_cache_minutes"}
}

test_impact_assessed_names_the_workload_that_is_critical if {
	some finding in data_continuity.findings.impact_assessed with input as year
	finding.pointer == "/continuity/impacts/0/mtd_hours"
	finding.related == ["/location/workloads/0/criticality"]
}

test_fallback_tested_passes_without_critical_workloads if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/location/workloads/0/criticality", "value": "standard"},
		{"op": "remove", "path": "/continuity/fallbacks"},
	])
	pointers("fallback_tested", evidence) == set()
}

test_fallback_tested_passes_with_a_cache if pointers("fallback_tested", with_fallback("cached_data_keys", 60)) == set()

test_fallback_tested_passes_with_a_copy_of_what_can_leave if {
	copied := with_fallback("offline_wrapped_copy", 60)
	stored := json.patch(copied, [{"op": "add", "path": "/datasets/datasets/0/workload", "value": "w1"}])
	every evidence in [
		object.union(stored, {"keys": {"service_keys": [{"id": "k1", "origin": "imported"}]}}),
		object.union(stored, {"keys": {"service_keys": [{"id": "k1", "origin": "generated", "extractable": true}]}}),
		object.union(copied, {"kmip": {
			"clients": [{"id": "c1", "workload": "w1"}],
			"objects": [{"id": "o1", "client": "c1", "extractable": true}],
		}}),
		object.union(stored, {"kmip": {"objects": [{"id": "k1", "client": "c9", "extractable": true}]}}),
	] {
		pointers("fallback_tested", evidence) == set()
	}
	generated := object.union(stored, {"keys": {"service_keys": [{"id": "k1", "origin": "generated"}]}})
	pointers("fallback_tested", generated) == {"/continuity/fallbacks/0"}
}

test_keys_outlive_data_passes_under_a_kmip_object if {
	every item in [
		{"state": "Active"},
		{"state": "Deactivated"},
		{"state": "Active", "deactivation_on": "2030-01-01"},
	] {
		pointers("keys_outlive_data", under_kmip(item)) == set()
	}
}

test_keys_outlive_data_fails_when_the_kmip_object_ends_before if {
	every item in [{"state": "Destroyed"}, {"state": "Active", "deactivation_on": "2029-12-31"}] {
		pointers("keys_outlive_data", under_kmip(item)) == {"/datasets/datasets/0"}
	}
	some finding in data_continuity.findings.keys_outlive_data with input as under_kmip({"state": "Destroyed"})
	finding.related == ["/kmip/objects/0"]
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	data_continuity.findings.evidence_consistent == set() with input as good
	data_continuity.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/continuity/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"continuity": [found]}})
	data_continuity.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/continuity", "values": {}},
	}
	data_continuity.findings.evidence_consistent == found with input as evidence
}
