package okms.import_export_test

import data.okms.import_export

good := {
	"at": "2026-11-20T00:00:00Z",
	"keys": {"service_keys": [
		{"id": "a", "name": "imported", "origin": "imported", "state": "active"},
		{"id": "b", "name": "generated", "origin": "generated", "state": "active"},
	]},
	"import_export": {
		"imports": [{
			"key_id": "a", "validation": "FIPS 140-3 certificate 4735", "strength_bits": 256, "transport": "wrapped",
			"imported_at": "2026-01-10T10:00:00Z", "clear_copies_destroyed_at": "2026-01-10T11:00:00Z",
			"custodians": ["sofia", "marc"], "artifact": {"path": "c.txt", "sha256": "00"},
		}],
		"export_tests": [
		{
			"kind": kind, "format": "JWK", "performed_on": "2026-05-05", "objects_expected": 4,
			"objects_exported": 4,
		} |
			some kind in data.params.export_kinds
		],
		"export_count_365d": 1,
		"exports": [{
			"object": "app/db", "exported_at": "2026-04-01T09:00:00Z", "reason": "move",
			"approved_by": ["claire", "julien"],
		}],
		"nonexportable": [{"key_id": "b", "plan": "re_encrypt", "owner": "hugo"}],
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

test_origins_known_missing_when_not_said if {
	pointers("origins_known", without("/keys/service_keys/1/origin")) == {"/keys/service_keys/1/origin"}
}

test_origins_known_conditions if {
	conditions("origins_known", without("/keys/service_keys/1/origin")) == {"incomplete"}
	conditions("origins_known", changed("/import_export/imports/0/key_id", "z")) == {"import_not_recorded"}
}

test_imports_strong_passes if pointers("imports_strong", good) == set()

test_imports_strong_fails_when_weak_or_not_validated if {
	pointers("imports_strong", changed("/import_export/imports/0/strength_bits", 112)) == {"/import_export/imports/0"}
	pointers("imports_strong", changed("/import_export/imports/0/validation", "none")) == {"/import_export/imports/0"}
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

test_imports_protected_missing_when_copies_were_not_destroyed if {
	evidence := without("/import_export/imports/0/clear_copies_destroyed_at")
	pointers("imports_protected", evidence) == {"/import_export/imports/0/clear_copies_destroyed_at"}
}

test_imports_protected_conditions if {
	conditions("imports_protected", without("/import_export/imports/0/transport")) == {"incomplete"}
	every field, value_and_condition in {
		"transport": ["clear", "travelled_in_clear"],
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
	evidence := changed("/import_export/export_tests/0/objects_exported", 3)
	pointers("exports_tested", evidence) == {"/import_export/export_tests/0"}
}

test_exports_tested_fails_when_a_kind_is_left_out if {
	pointers("exports_tested", without("/import_export/export_tests/2")) == {"/import_export/export_tests"}
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
		"objects_exported": [3, "objects_left_out"],
		"performed_on": ["2025-11-19", "test_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/import_export/export_tests/0", field]), value)
		conditions("exports_tested", evidence) == {condition}
	}
}

test_exports_approved_passes if pointers("exports_approved", good) == set()

test_exports_approved_fails_when_by_one if {
	evidence := changed("/import_export/exports/0/approved_by", ["claire"])
	pointers("exports_approved", evidence) == {"/import_export/exports/0"}
}

test_exports_approved_fails_when_not_recorded if {
	pointers("exports_approved", without("/import_export/exports")) == {"/import_export/export_count_365d"}
}

test_exports_approved_missing_when_there_is_no_reason if {
	pointers("exports_approved", without("/import_export/exports/0/reason")) == {"/import_export/exports/0/reason"}
}

test_exports_approved_conditions if {
	conditions("exports_approved", without("/import_export/exports/0/reason")) == {"incomplete"}
	late := changed("/import_export/exports/0/exported_at", "2025-11-19T00:00:00Z")
	conditions("exports_approved", late) == {"export_not_recent"}
	conditions("exports_approved", changed("/import_export/exports/0/approved_by", ["claire"])) == {"too_few"}
	conditions("exports_approved", changed("/import_export/export_count_365d", 2)) == {"count_differs"}
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
}
