package okms.backup_devices_test

import data.okms.backup_devices

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"backups": {"jobs": [{"name": "j", "copies": [
		{"location": "gra", "medium": "object_storage", "held_by": "customer"},
		{"location": "sbg", "held_by": "provider_platform"},
	]}]},
	"sites": {"sites": [{"id": "gra"}, {"id": "sbg"}], "key_holders": [{"id": "hsm:vault", "keys": ["k"]}]},
	"backup_devices": {
		"device_count": 1,
		"devices": [{
			"id": "b1", "kind": "bucket", "location": "gra", "owner": "nadia", "encryption_key": "hsm:vault/k", "health": "ok",
			"checked_on": "2026-11-01", "support_until": "2027-01-01", "used_percent": 80, "maintained_on": "2026-02-01",
		}],
		"offline_media": {"media_count": 12, "media_found": 12, "reviewed_on": "2026-02-01", "reviewer": "lukas"},
		"failed_media": [{"id": "t1", "failed_on": "2026-03-01", "sanitised_on": "2026-03-31", "certificate": "C-1"}],
		"failed_media_count": 1,
	},
}

none := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"not_applicable": [{"activity": "3.1.3.4"}],
	"sites": {"sites": [{"id": "cellar"}]},
	"backups": {"jobs": [{"copies": [
		{"held_by": "provider_platform"},
		{"held_by": "customer", "medium": "object_storage", "location": "eu-west-gra"},
	]}]},
	"backup_devices": {"device_count": 0},
}

pointers(check, evidence) := {finding.pointer |
	some finding in backup_devices.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in backup_devices.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

# A copy on tape, in a library, with so many offline media.
on_tape(media) := json.patch(good, [
	{"op": "replace", "path": "/backups/jobs/0/copies/0/medium", "value": "tape"},
	{"op": "replace", "path": "/backup_devices/devices/0/kind", "value": "tape_library"},
	{"op": "replace", "path": "/backup_devices/offline_media/media_count", "value": media},
])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in backup_devices.findings; findings != set()} with input as good
	failing == set()
}

test_applicability_passes if pointers("applicability", none) == set()

test_applicability_fails_when_a_copy_is_held if {
	some evidence in [
		object.union(none, {"backups": {"jobs": [{"copies": [{"held_by": "customer"}]}]}}),
		object.union(none, {"backup_devices": {"device_count": 1}}),
		object.union(none, {"backup_devices": {"devices": [{"id": "x"}]}}),
	]
	pointers("applicability", evidence) == {"/not_applicable/0"}
}

test_applicability_missing_when_not_counted if {
	pointers("applicability", object.remove(none, ["backup_devices"])) == {"/not_applicable/0"}
}

test_applicability_conditions if {
	conditions("applicability", object.remove(none, ["backup_devices"])) == {"not_counted"}
	conditions("applicability", object.union(none, {"backup_devices": {"device_count": 1}})) == {"contradicted"}
}

test_applicability_shows_what_contradicts if {
	evidence := object.union(none, {"backups": {"jobs": [{"copies": [{"held_by": "customer"}]}]}})
	some finding in backup_devices.findings.applicability with input as evidence
	finding.values == {"counted": 0, "listed": 0, "copies": 1}
	finding.related == ["/backups/jobs/0/copies/0"]
}

test_devices_listed_passes if pointers("devices_listed", good) == set()

test_devices_listed_fails_when_a_copy_lies_elsewhere_or_one_is_left_out if {
	pointers("devices_listed", changed("/backups/jobs/0/copies/0/location", "lyon")) == {"/backups/jobs/0/copies/0"}
	pointers("devices_listed", changed("/backup_devices/device_count", 2)) == {"/backup_devices/device_count"}
}

test_devices_listed_missing_when_nobody_owns_it if {
	pointers("devices_listed", without("/backup_devices/devices/0/owner")) == {"/backup_devices/devices/0/owner"}
}

test_devices_listed_conditions if {
	conditions("devices_listed", changed("/backups/jobs/0/copies/0/medium", "nas")) == {"no_device_of_kind"}
	conditions("devices_listed", on_tape(0)) == {"media_not_counted"}
	conditions("devices_listed", without("/backup_devices/devices/0/owner")) == {"incomplete"}
	conditions("devices_listed", changed("/backup_devices/device_count", 2)) == {"not_all_listed"}
	conditions("devices_listed", without("/backups/jobs/0/copies/0/location")) == {"copy_without_place"}
	conditions("devices_listed", changed("/backups/jobs/0/copies/0/location", "lyon")) == {"no_device_there"}
}

test_devices_listed_shows_both_numbers if {
	evidence := changed("/backup_devices/device_count", 2)
	some finding in backup_devices.findings.devices_listed with input as evidence
	finding.values == {"listed": 1, "counted": 2}
}

test_devices_encrypted_passes if pointers("devices_encrypted", good) == set()

test_devices_encrypted_fails_when_in_clear if {
	pointers("devices_encrypted", changed("/backup_devices/devices/0/encryption_key", "")) == {"/backup_devices/devices/0"}
}

test_devices_encrypted_missing_when_not_said if {
	evidence := without("/backup_devices/devices/0/encryption_key")
	pointers("devices_encrypted", evidence) == {"/backup_devices/devices/0/encryption_key"}
}

test_devices_healthy_passes if pointers("devices_healthy", good) == set()

test_devices_healthy_fails_when_degraded_or_unsupported if {
	pointers("devices_healthy", changed("/backup_devices/devices/0/health", "degraded")) == {"/backup_devices/devices/0"}
	pointers(
		"devices_healthy",
		changed("/backup_devices/devices/0/support_until", "2026-11-20"),
	) == {"/backup_devices/devices/0"}
}

test_devices_healthy_missing_when_not_checked if {
	pointers(
		"devices_healthy",
		without("/backup_devices/devices/0/checked_on"),
	) == {"/backup_devices/devices/0/checked_on"}
}

test_devices_healthy_conditions if {
	conditions("devices_healthy", without("/backup_devices/devices/0/checked_on")) == {"incomplete"}
	conditions("devices_healthy", changed("/backup_devices/devices/0/health", "degraded")) == {"not_healthy"}
	conditions("devices_healthy", changed("/backup_devices/devices/0/checked_on", "2026-10-20")) == {"check_not_recent"}
	conditions("devices_healthy", changed("/backup_devices/devices/0/support_until", "2026-11-20")) == {"unsupported"}
}

test_devices_have_room_passes if pointers("devices_have_room", good) == set()

test_devices_have_room_fails_when_nearly_full if {
	evidence := changed("/backup_devices/devices/0/used_percent", 80.1)
	pointers("devices_have_room", evidence) == {"/backup_devices/devices/0/used_percent"}
}

test_devices_have_room_missing_when_not_known if {
	evidence := without("/backup_devices/devices/0/used_percent")
	pointers("devices_have_room", evidence) == {"/backup_devices/devices/0/used_percent"}
}

test_devices_have_room_conditions if {
	conditions("devices_have_room", without("/backup_devices/devices/0/used_percent")) == {"not_measured"}
	conditions("devices_have_room", changed("/backup_devices/devices/0/used_percent", 80.1)) == {"nearly_full"}
}

test_devices_maintained_passes if pointers("devices_maintained", good) == set()

test_devices_maintained_fails_when_long_ago if {
	pointers(
		"devices_maintained",
		changed("/backup_devices/devices/0/maintained_on", "2025-11-19"),
	) == {"/backup_devices/devices/0"}
}

test_devices_maintained_missing_when_never if {
	evidence := without("/backup_devices/devices/0/maintained_on")
	pointers("devices_maintained", evidence) == {"/backup_devices/devices/0/maintained_on"}
}

test_devices_maintained_conditions if {
	conditions("devices_maintained", without("/backup_devices/devices/0/maintained_on")) == {"never_maintained"}
	evidence := changed("/backup_devices/devices/0/maintained_on", "2025-11-19")
	conditions("devices_maintained", evidence) == {"maintenance_not_recent"}
}

test_media_reviewed_passes if pointers("media_reviewed", good) == set()

test_media_reviewed_fails_when_one_is_lost if {
	pointers(
		"media_reviewed",
		changed("/backup_devices/offline_media/media_found", 11),
	) == {"/backup_devices/offline_media"}
}

test_media_reviewed_missing_when_never if {
	evidence := without("/backup_devices/offline_media/reviewed_on")
	pointers("media_reviewed", evidence) == {"/backup_devices/offline_media/reviewed_on"}
}

test_media_reviewed_conditions if {
	conditions("media_reviewed", without("/backup_devices/offline_media/reviewer")) == {"incomplete"}
	conditions("media_reviewed", changed("/backup_devices/offline_media/media_found", 11)) == {"not_all_found"}
	evidence := changed("/backup_devices/offline_media/reviewed_on", "2025-11-19")
	conditions("media_reviewed", evidence) == {"review_not_recent"}
}

test_failed_media_sanitised_passes if pointers("failed_media_sanitised", good) == set()

test_failed_media_sanitised_fails_when_late_or_left_out if {
	evidence := changed("/backup_devices/failed_media/0/sanitised_on", "2026-04-01")
	pointers("failed_media_sanitised", evidence) == {"/backup_devices/failed_media/0"}
	pointers("failed_media_sanitised", without("/backup_devices/failed_media")) == {"/backup_devices/failed_media_count"}
}

test_failed_media_sanitised_missing_when_there_is_no_certificate if {
	evidence := without("/backup_devices/failed_media/0/certificate")
	pointers("failed_media_sanitised", evidence) == {"/backup_devices/failed_media/0/certificate"}
}

# A medium failed on a day and is not sanitised yet.
failed(day) := changed("/backup_devices/failed_media/0", {"id": "t1", "failed_on": day})

test_failed_media_sanitised_waits_for_the_term if {
	pointers("failed_media_sanitised", failed("2026-10-22")) == set()
	conditions("failed_media_sanitised", failed("2026-10-21")) == {"incomplete"}
}

test_failed_media_sanitised_conditions if {
	conditions("failed_media_sanitised", without("/backup_devices/failed_media/0/certificate")) == {"incomplete"}
	later := changed("/backup_devices/failed_media/0/sanitised_on", "2026-11-21")
	conditions("failed_media_sanitised", later) == {"sanitised_in_future"}
	evidence := changed("/backup_devices/failed_media/0/sanitised_on", "2026-04-01")
	conditions("failed_media_sanitised", evidence) == {"not_in_time"}
	conditions("failed_media_sanitised", without("/backup_devices/failed_media")) == {"not_all_listed"}
}

test_failed_media_sanitised_shows_both_numbers if {
	some finding in backup_devices.findings.failed_media_sanitised with input as without("/backup_devices/failed_media")
	finding.values == {"listed": 0, "counted": 1}
}

test_applicability_fails_when_a_copy_is_on_own_media_or_at_an_own_site if {
	every copy in [
		{"medium": "tape", "location": "eu-west-gra"},
		{"medium": "object_storage", "location": "cellar"},
		{"location": "eu-west-gra"},
		{"medium": "object_storage"},
	] {
		held := object.union(copy, {"held_by": "customer"})
		evidence := object.union(none, {"backups": {"jobs": [{"copies": [held]}]}})
		pointers("applicability", evidence) == {"/not_applicable/0"}
	}
}

test_devices_listed_passes_with_tapes_that_are_counted if pointers("devices_listed", on_tape(1)) == set()

test_devices_listed_fails_when_the_device_is_of_another_kind if {
	evidence := changed("/backups/jobs/0/copies/0/medium", "tape")
	pointers("devices_listed", evidence) == {"/backups/jobs/0/copies/0"}
	some finding in backup_devices.findings.devices_listed with input as evidence
	finding.values.kinds == ["bucket"]
	finding.related == ["/backup_devices/devices/0"]
}

test_devices_listed_passes_without_devices_and_own_copies if {
	evidence := json.patch(good, [
		{"op": "remove", "path": "/backup_devices/devices"},
		{"op": "replace", "path": "/backup_devices/device_count", "value": 0},
		{"op": "remove", "path": "/backups/jobs/0/copies/0"},
	])
	pointers("devices_listed", evidence) == set()
	counted := json.patch(evidence, [{"op": "replace", "path": "/backup_devices/device_count", "value": 1}])
	pointers("devices_listed", counted) == {"/backup_devices/device_count"}
}

test_devices_listed_missing_when_the_media_are_not_counted if {
	evidence := json.patch(on_tape(1), [{"op": "remove", "path": "/backup_devices/offline_media"}])
	pointers("devices_listed", evidence) == {"/backup_devices/offline_media/media_count"}
}

test_failed_media_sanitised_does_not_count_what_failed_long_ago if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backup_devices/failed_media/0/failed_on", "value": "2025-11-19"},
		{"op": "replace", "path": "/backup_devices/failed_media/0/sanitised_on", "value": "2025-11-20"},
	])
	pointers("failed_media_sanitised", evidence) == {"/backup_devices/failed_media_count"}
	none_left := json.patch(evidence, [{"op": "replace", "path": "/backup_devices/failed_media_count", "value": 0}])
	pointers("failed_media_sanitised", none_left) == set()
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	backup_devices.findings.evidence_consistent == set() with input as good
	backup_devices.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/backup_devices/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"backup_devices": [found]}})
	backup_devices.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/backup_devices", "values": {}},
	}
	backup_devices.findings.evidence_consistent == found with input as evidence
}
