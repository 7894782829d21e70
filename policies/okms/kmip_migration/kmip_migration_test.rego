package okms.kmip_migration_test

import data.okms.kmip_migration

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"location": {"workloads": [{"id": "w1"}]},
	"kmip": {
		"object_count": 2,
		"requests_90d": 1200,
		"objects": [
			{"id": "o1", "type": "SymmetricKey", "state": "Active", "extractable": true, "client": "c1", "owner": "hugo"},
			{
				"id": "o2", "type": "SymmetricKey", "state": "Active", "extractable": false, "rekey_plan": "EXIT-4",
				"client": "c1", "owner": "hugo",
			},
		],
		"clients": [{"id": "c1", "product": "Veeam 13", "workload": "w1"}],
		"migrations": [
			{
				"client": "c1", "method": "get_wrapped_register", "tested_on": "2026-06-01", "objects_expected": 1,
				"objects_moved": 1, "digest_mismatches": 0, "attributes_preserved": data.params.kmip_migration_attributes,
				"artifact": {"path": "m.csv", "sha256": "00"},
			},
			{
				"client": "old", "method": "rekey_at_target", "tested_on": "2026-03-01", "objects_expected": 1,
				"objects_moved": 1, "digest_mismatches": 0, "attributes_preserved": data.params.kmip_migration_attributes,
				"completed_on": "2026-03-01", "clients_repointed_percent": 100, "source_destroyed_on": "2026-04-01",
				"artifact": {"path": "n.csv", "sha256": "01"},
			},
		],
	},
}

none := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"not_applicable": [{"activity": "4.2.1"}],
	"kmip": {"object_count": 0, "requests_90d": 0},
}

pointers(check, evidence) := {finding.pointer |
	some finding in kmip_migration.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in kmip_migration.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

# Further objects, of the client c1 where they do not say otherwise.
with_objects(items) := json.patch(good, [{"op": "add", "path": "/kmip/objects/-", "value": item} |
	some added in items
	item := object.union({"type": "SymmetricKey", "state": "Active", "client": "c1", "owner": "hugo"}, added)
])

# The rehearsal expected and moved so many objects.
moved(number) := json.patch(good, [
	{"op": "replace", "path": "/kmip/migrations/0/objects_expected", "value": number},
	{"op": "replace", "path": "/kmip/migrations/0/objects_moved", "value": number},
])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in kmip_migration.findings; findings != set()} with input as good
	failing == set()
}

test_applicability_passes if {
	pointers("applicability", none) == set()
	pointers("applicability", good) == set()
}

test_applicability_fails_when_an_object_is_found if {
	some evidence in [
		object.union(none, {"kmip": {"object_count": 1}}),
		object.union(none, {"kmip": {"requests_90d": 1}}),
		object.union(none, {"kmip": {"objects": [{"id": "o"}]}}),
		object.union(none, {"kmip": {"clients": [{"id": "c"}]}}),
		object.union(none, {"backups": {"jobs": [{"kmip_object_ids": ["o"]}]}}),
	]
	pointers("applicability", evidence) == {"/not_applicable/0"}
}

test_applicability_missing_when_not_counted if {
	pointers("applicability", object.remove(none, ["kmip"])) == {"/not_applicable/0"}
}

test_applicability_conditions if {
	conditions("applicability", object.remove(none, ["kmip"])) == {"not_counted"}
	conditions("applicability", object.union(none, {"kmip": {"requests_90d": 1}})) == {"contradicted"}
}

test_applicability_shows_what_contradicts if {
	evidence := object.union(none, {"backups": {"jobs": [{"kmip_object_ids": ["o"]}]}})
	some finding in kmip_migration.findings.applicability with input as evidence
	finding.values == {"absent": [], "counted": 0, "listed": 0, "clients": 0, "requests": 0, "held": 1}
}

test_inventory_complete_passes if pointers("inventory_complete", good) == set()

test_inventory_complete_fails_when_the_client_is_not_listed if {
	pointers("inventory_complete", changed("/kmip/objects/0/client", "c9")) == {"/kmip/objects/0"}
}

test_inventory_complete_fails_when_objects_are_left_out if {
	pointers("inventory_complete", changed("/kmip/object_count", 3)) == {"/kmip/object_count"}
}

test_inventory_complete_fails_when_the_workload_is_unknown if {
	pointers("inventory_complete", changed("/kmip/clients/0/workload", "w9")) == {"/kmip/clients/0"}
}

test_inventory_complete_missing_when_nobody_owns_it if {
	pointers("inventory_complete", without("/kmip/objects/1/owner")) == {"/kmip/objects/1/owner"}
}

test_inventory_complete_passes_when_the_client_of_a_destroyed_object_is_gone if {
	gone := json.patch(good, [
		{"op": "replace", "path": "/kmip/objects/0/client", "value": "c9"},
		{"op": "replace", "path": "/kmip/objects/0/state", "value": "Destroyed"},
		{"op": "add", "path": "/kmip/migrations/-", "value": {"client": "c9"}},
	])
	pointers("inventory_complete", gone) == set()
	never_moved := json.patch(gone, [{"op": "replace", "path": "/kmip/objects/0/client", "value": "c8"}])
	conditions("inventory_complete", never_moved) == {"unknown_client"}
	owned_by_nobody := json.patch(gone, [{"op": "remove", "path": "/kmip/objects/0/owner"}])
	conditions("inventory_complete", owned_by_nobody) == {"object_incomplete"}
}

test_inventory_complete_conditions if {
	conditions("inventory_complete", without("/kmip/objects/1/owner")) == {"object_incomplete"}
	conditions("inventory_complete", changed("/kmip/objects/0/client", "c9")) == {"unknown_client"}
	conditions("inventory_complete", without("/kmip/clients/0/workload")) == {"client_incomplete"}
	conditions("inventory_complete", changed("/kmip/clients/0/workload", "w9")) == {"unknown_workload"}
	conditions("inventory_complete", changed("/kmip/object_count", 3)) == {"not_all_listed"}
}

test_migration_tested_passes if pointers("migration_tested", good) == set()

test_migration_tested_fails_when_long_ago if {
	pointers("migration_tested", changed("/kmip/migrations/0/tested_on", "2025-11-19")) == {"/kmip/clients/0"}
	pointers("migration_tested", changed("/kmip/migrations/0/tested_on", "2025-11-20")) == set()
}

test_migration_tested_missing_when_the_client_has_no_id if {
	pointers("migration_tested", without("/kmip/clients/0/id")) == {"/kmip/clients/0/id"}
}

test_migration_tested_conditions if {
	conditions("migration_tested", with_objects([{"id": "o3", "extractable": true}])) == {"not_all_tested"}
	conditions("migration_tested", without("/kmip/clients/0/id")) == {"client_without_id"}
	conditions("migration_tested", without("/kmip/migrations/0/artifact")) == {"not_tested"}
}

test_moved_protected_passes if pointers("moved_protected", good) == set()

test_moved_protected_fails_when_in_clear if {
	pointers("moved_protected", changed("/kmip/migrations/0/method", "get_clear_register")) == {"/kmip/migrations/0"}
}

test_moved_protected_missing_when_not_said if {
	pointers("moved_protected", without("/kmip/migrations/0/method")) == {"/kmip/migrations/0/method"}
}

test_moved_protected_conditions if {
	conditions("moved_protected", without("/kmip/migrations/0/method")) == {"method_unknown"}
	conditions("moved_protected", changed("/kmip/migrations/0/method", "get_clear_register")) == {"method_not_allowed"}
}

test_moved_whole_passes if pointers("moved_whole", good) == set()

test_moved_whole_fails_when_something_is_lost if {
	pointers("moved_whole", changed("/kmip/migrations/0/objects_moved", 0)) == {"/kmip/migrations/0"}
	pointers("moved_whole", changed("/kmip/migrations/0/digest_mismatches", 1)) == {"/kmip/migrations/0"}
	pointers("moved_whole", without("/kmip/migrations/0/attributes_preserved/0")) == {"/kmip/migrations/0"}
}

test_moved_whole_missing_when_not_counted if {
	pointers("moved_whole", without("/kmip/migrations/0/objects_moved")) == {"/kmip/migrations/0/objects_moved"}
}

test_moved_whole_passes_when_objects_have_ended_since if {
	former := {"op": "add", "path": "/import_export", "value": {"former_objects": [
		{"id": "o9", "kind": "kmip_object", "ended_on": "2026-11-19"},
		{"id": "o8", "kind": "secret", "ended_on": "2026-11-19"},
	]}}
	pointers("moved_whole", json.patch(moved(2), [former])) == set()
	conditions("moved_whole", json.patch(moved(3), [former])) == {"more_than_movable"}
}

test_moved_whole_counts_objects_that_were_there if {
	every date, expected in {"2026-06-02T10:00:00Z": {"more_than_movable"}, "2026-06-01T10:00:00Z": set()} {
		made := {"op": "add", "path": "/kmip/objects/0/created_at", "value": date}
		conditions("moved_whole", json.patch(good, [made])) == expected
	}
}

test_moved_whole_conditions if {
	conditions("moved_whole", moved(2)) == {"more_than_movable"}
	conditions("moved_whole", without("/kmip/migrations/0/attributes_preserved")) == {"incomplete"}
	conditions("moved_whole", changed("/kmip/migrations/0/objects_moved", 0)) == {"not_all_moved"}
	conditions("moved_whole", changed("/kmip/migrations/0/digest_mismatches", 1)) == {"digests_differ"}
	conditions("moved_whole", without("/kmip/migrations/0/attributes_preserved/0")) == {"attributes_lost"}
}

test_moved_whole_shows_what_is_lost if {
	evidence := without("/kmip/migrations/0/attributes_preserved/0")
	some finding in kmip_migration.findings.moved_whole with input as evidence
	finding.values.lost == [data.params.kmip_migration_attributes[0]]
}

test_locked_objects_planned_passes if pointers("locked_objects_planned", good) == set()

test_locked_objects_planned_fails_when_there_is_no_plan if {
	pointers("locked_objects_planned", without("/kmip/objects/1/rekey_plan")) == {"/kmip/objects/1"}
}

test_locked_objects_planned_missing_when_not_known if {
	pointers("locked_objects_planned", without("/kmip/objects/0/extractable")) == {"/kmip/objects/0/extractable"}
}

test_locked_objects_planned_conditions if {
	conditions("locked_objects_planned", without("/kmip/objects/0/extractable")) == {"extractable_unknown"}
	conditions("locked_objects_planned", without("/kmip/objects/1/rekey_plan")) == {"no_plan"}
}

test_source_destroyed_passes if pointers("source_destroyed", good) == set()

test_source_destroyed_passes_while_it_may_live_on if {
	evidence := json.patch(good, [
		{"op": "remove", "path": "/kmip/migrations/1/source_destroyed_on"},
		{"op": "replace", "path": "/kmip/migrations/1/completed_on", "value": "2026-10-01"},
	])
	pointers("source_destroyed", evidence) == set()
}

test_source_destroyed_fails_when_too_soon_or_too_late if {
	pointers("source_destroyed", changed("/kmip/migrations/1/source_destroyed_on", "2026-03-30")) == {"/kmip/migrations/1"}
	pointers("source_destroyed", changed("/kmip/migrations/1/source_destroyed_on", "2026-06-30")) == {"/kmip/migrations/1"}
}

test_source_destroyed_fails_when_a_client_stayed_behind if {
	evidence := changed("/kmip/migrations/1/clients_repointed_percent", 99)
	pointers("source_destroyed", evidence) == {"/kmip/migrations/1"}
}

test_source_destroyed_missing_when_never if {
	evidence := without("/kmip/migrations/1/source_destroyed_on")
	pointers("source_destroyed", evidence) == {"/kmip/migrations/1/source_destroyed_on"}
}

test_source_destroyed_conditions if {
	conditions("source_destroyed", with_objects([{"id": "o3", "client": "old"}])) == {"objects_left"}
	conditions("source_destroyed", without("/kmip/migrations/1/clients_repointed_percent")) == {"incomplete"}
	conditions("source_destroyed", changed("/kmip/migrations/1/tested_on", "2026-03-02")) == {"not_rehearsed"}
	conditions("source_destroyed", changed("/kmip/migrations/1/clients_repointed_percent", 99)) == {"not_all_repointed"}
	conditions("source_destroyed", changed("/kmip/migrations/1/completed_on", "2026-11-21")) == {"completed_in_future"}
	conditions("source_destroyed", without("/kmip/migrations/1/source_destroyed_on")) == {"not_destroyed"}
	conditions(
		"source_destroyed",
		changed("/kmip/migrations/1/source_destroyed_on", "2026-11-21"),
	) == {"destroyed_in_future"}
	conditions("source_destroyed", changed("/kmip/migrations/1/source_destroyed_on", "2026-03-30")) == {"wrong_time"}
}

test_migration_tested_passes_with_objects_that_were_made_later_or_are_destroyed if {
	every item in [
		{"id": "o3", "extractable": true, "created_at": "2026-06-02T00:00:00Z"},
		{"id": "o3", "extractable": true, "state": "Destroyed"},
		{"id": "o3", "extractable": false, "rekey_plan": "EXIT-4"},
	] {
		pointers("migration_tested", with_objects([item])) == set()
	}
}

test_migration_tested_asks_for_all_objects_where_a_new_key_was_tested if {
	rekeyed := json.patch(good, [
		{"op": "copy", "from": "/kmip/migrations/0", "path": "/kmip/migrations/-"},
		{"op": "replace", "path": "/kmip/migrations/2/method", "value": "rekey_at_target"},
	])
	pointers("migration_tested", rekeyed) == set()
	pointers("migration_tested", json.patch(rekeyed, [{"op": "add", "path": "/kmip/objects/-", "value": object.union(
		good.kmip.objects[1],
		{"id": "o3"},
	)}])) == {"/kmip/clients/0"}
}

test_migration_tested_counts_repetitions_once if {
	evidence := with_objects([{"id": "o3", "extractable": true, "created_at": "2026-05-31T00:00:00Z"}])
	again := json.patch(evidence, [
		{"op": "copy", "from": "/kmip/migrations/0", "path": "/kmip/migrations/-"},
		{"op": "replace", "path": "/kmip/migrations/2/tested_on", "value": "2026-06-02"},
	])
	conditions("migration_tested", again) == {"not_all_tested"}
}

test_migration_tested_shows_both_numbers if {
	evidence := with_objects([{"id": "o3", "extractable": true, "created_at": "2026-05-31T00:00:00Z"}])
	some finding in kmip_migration.findings.migration_tested with input as evidence
	finding.values == {"client": "c1", "expected": 1, "held": 2}
	finding.related == ["/kmip/migrations/0/objects_expected"]
}

test_moved_whole_fails_when_get_moved_what_is_not_extractable if {
	pointers("moved_whole", moved(2)) == {"/kmip/migrations/0/objects_expected"}
	some finding in kmip_migration.findings.moved_whole with input as moved(9999)
	finding.values == {"client": "c1", "method": "get_wrapped_register", "expected": 9999, "movable": 1}
}

test_moved_whole_passes_when_new_keys_were_made_for_all if {
	rekeyed := json.patch(moved(2), [{"op": "replace", "path": "/kmip/migrations/0/method", "value": "rekey_at_target"}])
	pointers("moved_whole", rekeyed) == set()
}

test_source_destroyed_passes_with_objects_that_were_made_later if {
	evidence := with_objects([{"id": "o3", "client": "old", "created_at": "2026-04-02T00:00:00Z"}])
	pointers("source_destroyed", evidence) == set()
}

test_source_destroyed_fails_when_objects_are_left if {
	evidence := with_objects([{"id": "o3", "client": "old", "created_at": "2026-02-02T00:00:00Z"}])
	some finding in kmip_migration.findings.source_destroyed with input as evidence
	finding.pointer == "/kmip/migrations/1/source_destroyed_on"
	finding.related == ["/kmip/objects/2"]
}

test_locked_objects_planned_passes_for_what_is_destroyed if {
	pointers("locked_objects_planned", with_objects([{"id": "o3", "state": "Destroyed"}])) == set()
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	kmip_migration.findings.evidence_consistent == set() with input as good
	kmip_migration.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/kmip/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"kmip": [found]}})
	kmip_migration.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/kmip", "values": {}},
	}
	kmip_migration.findings.evidence_consistent == found with input as evidence
}
