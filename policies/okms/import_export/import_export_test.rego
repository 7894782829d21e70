package okms.import_export_test

import data.okms.import_export

test(kind, objects) := {
	"kind": kind, "format": "JWK", "performed_on": "2026-05-05", "objects_expected": objects,
	"objects_exported": objects,
}

signing(fields) := object.union(
	{
		"origin": "generated", "state": "active", "type": "EC", "extractable": false, "protection_level": "SOFTWARE",
		"purpose": "signature",
	},
	fields,
)

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"keys": {"service_key_count": 5, "service_keys": [
		{
			"id": "a", "name": "imported", "origin": "imported", "state": "active", "type": "oct",
			"created_at": "2026-01-10T10:00:05Z", "extractable": false, "protection_level": "SOFTWARE",
		},
		{
			"id": "b", "name": "generated", "origin": "generated", "state": "active", "type": "oct",
			"created_at": "2026-01-01T00:00:00Z", "extractable": false, "protection_level": "HSM",
			"purpose": "data_encryption",
		},
		signing({"id": "c", "name": "signs", "created_at": "2026-01-01T00:00:00Z"}),
		signing({"id": "d", "name": "later", "created_at": "2026-06-01T00:00:00Z", "extractable": true}),
		signing({
			"id": "e", "name": "before", "created_at": "2025-01-01T00:00:00Z", "state": "destroyed",
			"destroyed_at": "2026-02-01T00:00:00Z", "extractable": true,
		}),
	]},
	"secrets": {"secret_count": 2, "secrets": [{"path": "s1"}, {"path": "s2", "created_at": "2026-06-01T00:00:00Z"}]},
	"kmip": {
		"object_count": 3,
		"objects": [
			{"id": "o1", "state": "Active", "extractable": true},
			{"id": "o2", "state": "Destroyed", "extractable": true},
			{"id": "o3", "state": "Active", "extractable": false},
		],
		"migrations": [{"client": "m1", "method": "get_wrapped_register", "completed_on": "2026-05-06"}],
	},
	"import_export": {
		"imports": [{
			"key_id": "a", "generated_in": "Luna 7", "validation": "FIPS 140-3 certificate 4735", "strength_bits": 256,
			"transport": "wrapped",
			"wrapping_algorithm": "RSA-OAEP-256",
			"imported_at": "2026-01-10T10:00:00Z", "clear_copies_destroyed_at": "2026-01-10T11:00:00Z",
			"custodians": ["sofia", "marc"], "artifact": {"path": "c.txt", "sha256": "00"},
		}],
		"export_tests": [
			test("public_key", 1),
			test("secret", 1),
			test("kmip_object", 1),
			object.union(test("service_key", 1), {"performed_on": "2026-07-05"}),
		],
		"export_count_365d": 2,
		"exports": [
			{
				"object": "s1", "kind": "secret", "exported_at": "2026-04-01T09:00:00Z", "reason": "move to Vault",
				"approved_by": ["claire", "julien"],
			},
			{
				"object": "m1", "kind": "kmip_object", "exported_at": "2026-05-06T09:00:00Z", "reason": "migration",
				"approved_by": ["claire", "julien"], "wrapping_algorithm": "AES-256-KWP",
				"custodians": ["sofia", "marc"], "artifact": {"path": "e.txt", "sha256": "01"},
			},
		],
		"nonexportable": [
			{"key_id": "b", "plan": "re_encrypt", "owner": "hugo"},
			{"key_id": "c", "plan": "re_issue", "owner": "hugo"},
		],
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in import_export.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in import_export.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in import_export.findings; findings != set()} with input as good
	failing == set()
}

test_origins_known_passes if pointers("origins_known", good) == set()

test_origins_known_fails_when_the_import_is_not_recorded if {
	pointers("origins_known", changed("/import_export/imports/0/key_id", "z")) == {"/keys/service_keys/0"}
}

test_origins_known_fails_when_the_record_and_the_key_differ if {
	generated := changed("/keys/service_keys/0/origin", "generated")
	pointers("origins_known", generated) == {"/import_export/imports/0/key_id"}
	late := changed("/keys/service_keys/0/created_at", "2026-01-11T10:00:01Z")
	pointers("origins_known", late) == {"/import_export/imports/0/imported_at"}
	early := changed("/keys/service_keys/0/created_at", "2026-01-09T09:59:59Z")
	pointers("origins_known", early) == {"/import_export/imports/0/imported_at"}
}

test_origins_known_missing_when_not_said if {
	pointers("origins_known", without("/keys/service_keys/1/origin")) == {"/keys/service_keys/1/origin"}
}

test_origins_known_conditions if {
	conditions("origins_known", without("/keys/service_keys/1/origin")) == {"incomplete"}
	conditions("origins_known", changed("/import_export/imports/0/key_id", "z")) == {"import_not_recorded"}
	generated := changed("/keys/service_keys/0/origin", "generated")
	conditions("origins_known", generated) == {"import_of_generated"}
	late := changed("/keys/service_keys/0/created_at", "2026-01-12T10:00:00Z")
	conditions("origins_known", late) == {"created_at_other_time"}
	some finding in import_export.findings.origins_known with input as late
	finding.related == ["/keys/service_keys/0"]
}

test_extraction_possible_passes if pointers("extraction_possible", good) == set()

test_extraction_possible_fails_when_it_cannot_be if {
	pointers("extraction_possible", changed("/keys/service_keys/1/extractable", true)) == {"/keys/service_keys/1"}
	pointers("extraction_possible", changed("/keys/service_keys/0/protection_level", "HSM")) == {"/keys/service_keys/0"}
}

test_extraction_possible_missing_when_not_known if {
	evidence := without("/keys/service_keys/0/extractable")
	pointers("extraction_possible", evidence) == {"/keys/service_keys/0/extractable"}
}

test_extraction_possible_conditions if {
	conditions("extraction_possible", without("/keys/service_keys/0/protection_level")) == {"incomplete"}
	imported := json.patch(good, [{"op": "add", "path": "/keys/service_keys/0/never_extractable", "value": true}])
	conditions("extraction_possible", imported) == {"imported_never_extractable"}
	both := json.patch(good, [{"op": "add", "path": "/keys/service_keys/3/never_extractable", "value": true}])
	conditions("extraction_possible", both) == {"extractable_and_never"}
	conditions("extraction_possible", changed("/keys/service_keys/1/extractable", true)) == {"hsm_transferable"}
	conditions("extraction_possible", changed("/keys/service_keys/0/protection_level", "HSM")) == {"hsm_transferable"}
}

test_imports_strong_passes if pointers("imports_strong", good) == set()

test_imports_strong_fails_when_weak_or_not_validated if {
	pointers("imports_strong", changed("/import_export/imports/0/strength_bits", 112)) == {"/import_export/imports/0"}
	pointers("imports_strong", changed("/import_export/imports/0/validation", "none")) == {"/import_export/imports/0"}
}

sized(fields) := json.patch(good, [
	{"op": "replace", "path": "/keys/service_keys/0", "value": object.union(good.keys.service_keys[0], fields)},
	{"op": "replace", "path": "/import_export/imports/0/strength_bits", "value": 192},
	{"op": "replace", "path": "/import_export/imports/0/wrapping_algorithm", "value": "AES-128-KW"},
])

# A symmetric key is as strong as its generator and as what it travelled under.
test_imports_fail_when_the_key_is_stronger_than_where_it_comes_from if {
	pointers("imports_strong", sized({"size": 192})) == set()
	conditions("imports_strong", sized({"size": 256})) == {"too_weak"}
	pointers("imports_strong", sized({"size": 2048, "type": "RSA"})) == set()
	pointers("imports_strong", sized({})) == set()
	pointers("imports_protected", sized({"size": 128})) == set()
	conditions("imports_protected", sized({"size": 192})) == {"wrapping_not_accepted"}
}

test_imports_strong_missing_when_not_known if {
	evidence := without("/import_export/imports/0/strength_bits")
	pointers("imports_strong", evidence) == {"/import_export/imports/0/strength_bits"}
}

test_imports_strong_conditions if {
	conditions("imports_strong", without("/import_export/imports/0/strength_bits")) == {"incomplete"}
	conditions("imports_strong", changed("/import_export/imports/0/validation", "none")) == {"validation_unknown"}
	conditions("imports_strong", changed("/import_export/imports/0/strength_bits", 112)) == {"too_weak"}
}

test_imports_protected_passes if pointers("imports_protected", good) == set()

test_imports_protected_fails_when_in_clear_or_left_behind if {
	pointers("imports_protected", changed("/import_export/imports/0/transport", "clear")) == {"/import_export/imports/0"}
	evidence := changed("/import_export/imports/0/clear_copies_destroyed_at", "2026-01-11T10:00:01Z")
	pointers("imports_protected", evidence) == {"/import_export/imports/0"}
}

test_imports_protected_fails_when_copies_were_destroyed_before_the_import if {
	evidence := changed("/import_export/imports/0/clear_copies_destroyed_at", "2025-01-12T10:00:00Z")
	pointers("imports_protected", evidence) == {"/import_export/imports/0"}
}

test_imports_protected_passes_when_it_was_wrapped_and_never_in_clear if {
	pointers("imports_protected", never_clear) == set()
	pointers("imports_protected", changed("/import_export/imports/0/transport", "mutual_tls")) == set()
}

never_clear := json.patch(good, [
	{"op": "remove", "path": "/import_export/imports/0/clear_copies_destroyed_at"},
	{"op": "add", "path": "/import_export/imports/0/clear_copies_made", "value": false},
])

test_imports_protected_fails_when_wrapped_by_a_weak_way_or_contradictory if {
	weak := changed("/import_export/imports/0/wrapping_algorithm", "RSA1_5")
	pointers("imports_protected", weak) == {"/import_export/imports/0"}
	both := json.patch(good, [{"op": "add", "path": "/import_export/imports/0/clear_copies_made", "value": false}])
	pointers("imports_protected", both) == {"/import_export/imports/0"}
	tls := json.patch(never_clear, [{
		"op": "replace", "path": "/import_export/imports/0/transport", "value": "mutual_tls",
	}])
	pointers("imports_protected", tls) == {"/import_export/imports/0"}
	future := json.patch(never_clear, [{
		"op": "replace", "path": "/import_export/imports/0/imported_at", "value": "2026-11-21T00:00:00Z",
	}])
	conditions("imports_protected", future) == {"in_future"}
}

test_imports_protected_missing_when_copies_were_not_destroyed if {
	evidence := without("/import_export/imports/0/clear_copies_destroyed_at")
	pointers("imports_protected", evidence) == {"/import_export/imports/0/clear_copies_destroyed_at"}
}

test_imports_protected_conditions if {
	conditions("imports_protected", without("/import_export/imports/0/transport")) == {"incomplete"}
	conditions("imports_protected", without("/import_export/imports/0/wrapping_algorithm")) == {"incomplete"}
	both := json.patch(good, [{"op": "add", "path": "/import_export/imports/0/clear_copies_made", "value": false}])
	conditions("imports_protected", both) == {"copies_contradict"}
	every field, value_and_condition in {
		"transport": ["clear", "travelled_in_clear"],
		"wrapping_algorithm": ["RSA1_5", "wrapping_not_accepted"],
		"imported_at": ["2026-11-21T00:00:00Z", "in_future"],
		"clear_copies_destroyed_at": ["2026-01-11T10:00:01Z", "copies_kept"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/import_export/imports/0", field]), value)
		conditions("imports_protected", evidence) == {condition}
	}
}

test_imports_dual_control_passes if pointers("imports_dual_control", good) == set()

test_imports_dual_control_fails_when_alone if {
	evidence := changed("/import_export/imports/0/custodians", ["sofia", "Sofia"])
	pointers("imports_dual_control", evidence) == {"/import_export/imports/0"}
}

test_imports_dual_control_missing_when_there_is_no_protocol if {
	evidence := without("/import_export/imports/0/artifact")
	pointers("imports_dual_control", evidence) == {"/import_export/imports/0/artifact"}
}

test_imports_dual_control_conditions if {
	conditions("imports_dual_control", without("/import_export/imports/0/custodians")) == {"incomplete"}
	conditions("imports_dual_control", without("/import_export/imports/0/artifact/path")) == {"no_protocol"}
	alone := changed("/import_export/imports/0/custodians", ["sofia", "Sofia"])
	conditions("imports_dual_control", alone) == {"too_few"}
	{finding.values.persons | some finding in import_export.findings.imports_dual_control with input as alone} == {1}
}

test_exports_tested_passes if pointers("exports_tested", good) == set()

test_exports_tested_fails_when_some_were_lost if {
	evidence := changed("/import_export/export_tests/0/objects_exported", 0)
	pointers("exports_tested", evidence) == {"/import_export/export_tests/0"}
}

test_exports_tested_fails_when_a_kind_is_left_out if {
	pointers("exports_tested", without("/import_export/export_tests/2")) == {"/import_export/export_tests"}
}

test_exports_tested_fails_when_the_counts_are_not_those_of_the_inventory if {
	every index, numbers in {0: [0, 2], 1: [0, 3], 2: [0, 3], 3: [0, 2]} {
		every number in numbers {
			place := sprintf("/import_export/export_tests/%d", [index])
			evidence := json.patch(good, [
				{"op": "replace", "path": concat("/", [place, "objects_expected"]), "value": number},
				{"op": "replace", "path": concat("/", [place, "objects_exported"]), "value": number},
			])
			pointers("exports_tested", evidence) == {place}
		}
	}
}

test_exports_tested_passes_when_an_object_was_deleted_since if {
	every index, kind in {1: "secret", 2: "kmip_object"} {
		place := sprintf("/import_export/export_tests/%d", [index])
		most := {1: 2, 2: 3}[index]
		counts := [
			{"op": "replace", "path": concat("/", [place, "objects_expected"]), "value": most},
			{"op": "replace", "path": concat("/", [place, "objects_exported"]), "value": most},
		]
		former := {"op": "add", "path": "/import_export/former_objects", "value": [
			{"kind": kind, "ended_on": "2026-05-05"}, {"kind": kind, "ended_on": "2026-05-04"}, {"kind": "workload"},
		]}
		pointers("exports_tested", json.patch(good, counts)) == {place}
		pointers("exports_tested", json.patch(good, array.concat(counts, [former]))) == set()
	}
}

test_exports_tested_passes_when_there_is_nothing_of_a_kind if {
	no_kmip := json.patch(good, [
		{"op": "replace", "path": "/kmip", "value": {"object_count": 0, "objects": []}},
		{"op": "remove", "path": "/import_export/export_tests/2"},
	])
	pointers("exports_tested", no_kmip) == set()
	every date, expected in {"2026-11-19": set(), "2026-11-20": {"not_tested"}, "2026-11-21": {"not_tested"}} {
		former := {"op": "add", "path": "/import_export/former_objects", "value": [
			{"kind": "kmip_object", "ended_on": date}, {"kind": "workload", "ended_on": "2026-11-21"},
		]}
		conditions("exports_tested", json.patch(no_kmip, [former])) == expected
	}
}

test_exports_tested_passes_when_all_of_a_kind_are_gone_or_still_to_come if {
	every date, expected in {"2026-11-20": set(), "2026-11-21": {"not_tested"}} {
		gone := json.patch(good, [
			{"op": "add", "path": "/keys/service_keys/2/destroyed_at", "value": date},
			{"op": "add", "path": "/keys/service_keys/3/destroyed_at", "value": "2026-11-01T00:00:00Z"},
			{"op": "remove", "path": "/import_export/export_tests/0"},
		])
		conditions("exports_tested", gone) == expected
	}
	to_come := json.patch(good, [
		{"op": "replace", "path": "/secrets", "value": {
			"secret_count": 1, "secrets": [{"path": "s2", "created_at": "2026-11-21T00:00:00Z"}],
		}},
		{"op": "remove", "path": "/import_export/export_tests/1"},
	])
	conditions("exports_tested", to_come) == set()
}

test_exports_tested_missing_when_not_dated if {
	evidence := without("/import_export/export_tests/1/performed_on")
	pointers("exports_tested", evidence) == {"/import_export/export_tests/1/performed_on"}
}

test_exports_tested_conditions if {
	conditions("exports_tested", without("/import_export/export_tests/2")) == {"not_tested"}
	conditions("exports_tested", without("/import_export/export_tests/1/performed_on")) == {"incomplete"}
	every field, value_and_condition in {
		"format": ["proprietary", "format_not_open"],
		"objects_exported": [0, "objects_left_out"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/import_export/export_tests/0", field]), value)
		conditions("exports_tested", evidence) == {condition}
	}
	conditions(
		"exports_tested",
		changed("/import_export/export_tests/1/performed_on", "2025-11-19"),
	) == {"test_not_recent"}
	short := changed("/secrets/secrets/1/created_at", "2026-05-01T00:00:00Z")
	conditions("exports_tested", short) == {"inventory_differs"}
	some finding in import_export.findings.exports_tested with input as short
	finding.values.existed == 2
	finding.related == ["/secrets/secrets"]
}

test_exports_approved_passes if pointers("exports_approved", good) == set()

test_exports_approved_fails_when_by_one if {
	evidence := changed("/import_export/exports/0/approved_by", ["claire"])
	pointers("exports_approved", evidence) == {"/import_export/exports/0"}
}

test_exports_approved_fails_when_not_recorded if {
	pointers("exports_approved", without("/import_export/exports/0")) == {"/import_export/export_count_365d"}
}

test_exports_approved_fails_when_a_migration_took_keys_out_unrecorded if {
	evidence := changed("/import_export/exports/1/object", "another")
	pointers("exports_approved", evidence) == {"/kmip/migrations/0/completed_on"}
}

test_exports_approved_missing_when_there_is_no_reason if {
	pointers("exports_approved", without("/import_export/exports/0/reason")) == {"/import_export/exports/0/reason"}
}

test_exports_approved_conditions if {
	conditions("exports_approved", without("/import_export/exports/0/reason")) == {"incomplete"}
	late := changed("/import_export/exports/0/exported_at", "2025-11-19T00:00:00Z")
	conditions("exports_approved", late) == {"export_not_recent"}
	conditions("exports_approved", changed("/import_export/exports/0/approved_by", ["claire"])) == {"too_few"}
	conditions("exports_approved", changed("/import_export/export_count_365d", 3)) == {"count_differs"}
	conditions("exports_approved", changed("/import_export/exports/1/object", "x")) == {"migration_not_recorded"}
}

test_exports_protected_passes if {
	pointers("exports_protected", good) == set()
	wrapped := json.patch(good, [{"op": "replace", "path": "/import_export/exports/1/object", "value": "later"}])
	pointers("exports_protected", wrapped) == set()
}

test_exports_protected_fails_when_in_clear_or_impossible if {
	every value in ["none", "zip", "RSA1_5"] {
		evidence := changed("/import_export/exports/1/wrapping_algorithm", value)
		pointers("exports_protected", evidence) == {"/import_export/exports/1"}
	}
	every object in ["b", "generated", "o3"] {
		pointers("exports_protected", changed("/import_export/exports/1/object", object)) == {"/import_export/exports/1"}
	}
}

test_exports_protected_missing_when_the_wrapping_is_not_known if {
	evidence := without("/import_export/exports/1/wrapping_algorithm")
	pointers("exports_protected", evidence) == {"/import_export/exports/1/wrapping_algorithm"}
}

test_exports_protected_conditions if {
	conditions("exports_protected", without("/import_export/exports/1/wrapping_algorithm")) == {"incomplete"}
	weak := changed("/import_export/exports/1/wrapping_algorithm", "zip")
	conditions("exports_protected", weak) == {"wrapping_not_accepted"}
	conditions("exports_protected", changed("/import_export/exports/1/object", "o3")) == {"cannot_leave"}
	secret := json.patch(good, [{"op": "replace", "path": "/import_export/exports/0/object", "value": "later"}])
	conditions("exports_protected", secret) == {"kind_differs"}
	some finding in import_export.findings.exports_protected with input as secret
	finding.related == ["/keys/service_keys/3"]
}

test_exports_dual_control_passes if pointers("exports_dual_control", good) == set()

test_exports_dual_control_fails_when_alone if {
	evidence := changed("/import_export/exports/1/custodians", ["sofia", "Sofia"])
	pointers("exports_dual_control", evidence) == {"/import_export/exports/1"}
}

test_exports_dual_control_missing_when_there_is_no_protocol if {
	evidence := without("/import_export/exports/1/artifact")
	pointers("exports_dual_control", evidence) == {"/import_export/exports/1/artifact"}
}

test_exports_dual_control_conditions if {
	conditions("exports_dual_control", without("/import_export/exports/1/custodians")) == {"incomplete"}
	conditions("exports_dual_control", without("/import_export/exports/1/artifact/path")) == {"no_protocol"}
	conditions("exports_dual_control", changed("/import_export/exports/1/custodians", ["sofia"])) == {"too_few"}
}

test_nonexportable_planned_passes if pointers("nonexportable_planned", good) == set()

test_nonexportable_planned_fails_when_there_is_none if {
	evidence := changed("/import_export/nonexportable/0/plan", "none")
	pointers("nonexportable_planned", evidence) == {"/keys/service_keys/1"}
}

test_nonexportable_planned_missing_when_the_key_has_no_id if {
	pointers("nonexportable_planned", without("/keys/service_keys/1/id")) == {"/keys/service_keys/1/id"}
}

test_nonexportable_planned_conditions if {
	conditions("nonexportable_planned", without("/keys/service_keys/1/id")) == {"incomplete"}
	conditions("nonexportable_planned", changed("/import_export/nonexportable/0/plan", "none")) == {"no_plan"}
	conditions("nonexportable_planned", changed("/import_export/nonexportable/0/plan", "re_issue")) == {"plan_unfit"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	import_export.findings.evidence_consistent == set() with input as good
	import_export.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/import_export/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"import_export": [found]}})
	import_export.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/import_export", "values": {}},
	}
	import_export.findings.evidence_consistent == found with input as evidence
}
