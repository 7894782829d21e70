package okms.service_logs_test

import data.okms.service_logs

alerts := [{"event": event, "route": "soc", "tested_on": "2026-09-01"} | some event in data.params.log_alert_events]

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "x", "region": "eu-west-par"}},
	"log_streams": {
		"source": {"collected_at": "2026-11-18T12:00:00Z"},
		"archived_stream_count": 1,
		"streams": [{
			"id": "s1", "name": "okms", "retention_days": 365, "hot_days": 90, "encrypted": true,
			"cold_storage_region": "eu-west-gra", "last_event_at": "2026-11-18T11:00:00Z",
		}],
	},
	"keys": {"service_keys": [{"name": "k", "last_used_at": "2026-11-18T11:00:00Z"}]},
	"service_logs": {
		"subscriptions": [
			{"kind": "rest_audit", "stream_id": "s1", "created_at": "2025-03-01T00:00:00Z"},
			{"kind": "kmip_audit", "stream_id": "s1", "created_at": "2025-03-01T00:00:00Z"},
		],
		"fields": data.params.service_log_fields,
		"delivery_lag_p95_minutes": 60,
		"clock_offset_seconds": 1,
		"alerts": alerts,
		"test_event": {"request_id": "r-1", "sent_at": "2026-11-01T10:00:00Z", "found_at": "2026-11-01T10:04:00Z"},
		"archive_restore": {
			"performed_on": "2026-03-02", "performed_by": "nadia", "events_wanted": 120, "events_read": 120,
			"artifact": {"path": "restore.txt", "sha256": "00"},
		},
		"plaintext_scan": {"scanned_on": "2026-11-02", "tool": "gitleaks", "open_findings": 0},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in service_logs.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in service_logs.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in service_logs.findings; findings != set()} with input as good
	failing == set()
}

test_kinds_subscribed_passes if pointers("kinds_subscribed", good) == set()

test_kinds_subscribed_fails_when_kmip_is_left_out if {
	pointers("kinds_subscribed", without("/service_logs/subscriptions/1")) == {"/service_logs/subscriptions"}
}

test_kinds_subscribed_missing_when_no_stream_is_named if {
	evidence := without("/service_logs/subscriptions/1/stream_id")
	pointers("kinds_subscribed", evidence) == {"/service_logs/subscriptions"}
}

test_kinds_subscribed_conditions if {
	conditions("kinds_subscribed", without("/service_logs/subscriptions/1")) == {"not_subscribed"}
	conditions("kinds_subscribed", without("/service_logs/subscriptions/1/stream_id")) == {"not_delivered"}
	others := json.patch(good, [{"op": "add", "path": "/log_streams/streams/0/name", "value": "iam-access"}])
	conditions("kinds_subscribed", others) == {"named_for_others"}
}

test_retention_passes if pointers("retention", good) == set()

test_retention_fails_when_short if {
	pointers("retention", changed("/log_streams/streams/0/retention_days", 364)) == {"/log_streams/streams/0"}
}

test_retention_missing_when_not_known if {
	evidence := without("/log_streams/streams/0/retention_days")
	pointers("retention", evidence) == {"/log_streams/streams/0/retention_days"}
}

test_retention_conditions if {
	conditions("retention", without("/log_streams/streams/0/retention_days")) == {"incomplete"}
	conditions("retention", changed("/log_streams/streams/0/retention_days", 364)) == {"too_short"}
	conditions("retention", changed("/log_streams/streams/0/hot_days", 366)) == {"impossible"}
	conditions("retention", subscribed_anew({})) == {"covers_too_little"}
	pointers("retention", subscribed_anew({})) == {"/service_logs/subscriptions/1"}
	some finding in service_logs.findings.retention with input as subscribed_anew({"events_since": "2026-08-23T00:00:00Z"})
	finding.values.since == "2026-08-23T00:00:00Z"
}

test_retention_passes_when_older_events_are_kept_or_the_domain_is_new if {
	pointers("retention", subscribed_anew({"events_since": "2026-08-22T00:00:00Z"})) == set()
	twice := json.patch(subscribed_anew({}), [
		{"op": "add", "path": "/service_logs/subscriptions/-", "value": good.service_logs.subscriptions[1]},
	])
	pointers("retention", twice) == set()
	every at, places in {
		"2026-11-11T00:00:00Z": set(),
		"2026-11-10T23:59:59Z": {"/service_logs/subscriptions/1"},
	} {
		new := object.union(subscribed_anew({}), {
			"keys": {"service_keys": [{"created_at": "2026-11-15T00:00:00Z"}]},
			"credentials": {"certificates": [{"created_at": at}, {"revoked_at": "2026-11-16T00:00:00Z"}]},
		})
		pointers("retention", new) == places
	}
}

test_retention_passes_when_kmip_is_not_used_or_came_later if {
	none := object.union(subscribed_anew({}), {"kmip": {"object_count": 0}})
	pointers("retention", none) == set()
	every created_at, places in {
		"2026-11-11T00:00:00Z": set(),
		"2026-11-10T23:59:59Z": {"/service_logs/subscriptions/1"},
	} {
		objects := [{"id": "o", "created_at": created_at}, {"id": "p", "created_at": "2026-11-19T00:00:00Z"}]
		later := object.union(subscribed_anew({}), {"kmip": {"object_count": 2, "objects": objects}})
		pointers("retention", later) == places
	}
	undated := object.union(subscribed_anew({}), {"kmip": {"object_count": 1, "objects": [{"id": "o"}]}})
	pointers("retention", undated) == {"/service_logs/subscriptions/1"}
}

# The second subscription was created again two days ago.
subscribed_anew(fields) := json.patch(good, [
	{
		"op": "replace", "path": "/service_logs/subscriptions/1",
		"value": object.union(
			{"kind": "kmip_audit", "stream_id": "s1", "created_at": "2026-11-18T00:00:00Z"},
			fields,
		),
	},
])

test_events_arrive_passes if pointers("events_arrive", good) == set()

test_events_arrive_fails_when_silent if {
	evidence := changed("/log_streams/streams/0/last_event_at", "2026-11-16T00:00:00Z")
	pointers("events_arrive", evidence) == {"/log_streams/streams/0"}
}

test_events_arrive_missing_when_not_known if {
	evidence := without("/log_streams/streams/0/last_event_at")
	pointers("events_arrive", evidence) == {"/log_streams/streams/0/last_event_at"}
}

test_events_arrive_conditions if {
	conditions("events_arrive", without("/log_streams/streams/0/last_event_at")) == {"no_event"}
	conditions("events_arrive", changed("/log_streams/streams/0/last_event_at", "2026-11-16T00:00:00Z")) == {"silent"}
	younger := changed("/service_logs/subscriptions/1/created_at", "2026-11-18T11:00:01Z")
	conditions("events_arrive", younger) == {"nothing_delivered"}
}

test_events_arrive_names_the_subscriptions if {
	evidence := without("/log_streams/streams/0/last_event_at")
	some finding in service_logs.findings.events_arrive with input as evidence
	finding.related == ["/service_logs/subscriptions/0", "/service_logs/subscriptions/1"]
}

test_uses_logged_passes if {
	pointers("uses_logged", good) == set()
	pointers("uses_logged", without("/keys/service_keys/0/last_used_at")) == set()
	pointers("uses_logged", changed("/keys/service_keys/0/last_used_at", "2026-11-18T12:00:01Z")) == set()
}

test_uses_logged_fails_when_a_key_was_used_in_the_silence if {
	evidence := changed("/keys/service_keys/0/last_used_at", "2026-11-18T11:00:01Z")
	pointers("uses_logged", evidence) == {"/keys/service_keys/0/last_used_at"}
	some finding in service_logs.findings.uses_logged with input as evidence
	finding.related == ["/log_streams/streams/0/last_event_at"]
}

test_uses_logged_missing_when_no_stream_states_an_event if {
	evidence := without("/log_streams/streams/0/last_event_at")
	pointers("uses_logged", evidence) == {"/log_streams/streams/0/last_event_at"}
}

test_uses_logged_conditions if {
	conditions("uses_logged", without("/log_streams/streams/0/last_event_at")) == {"no_event"}
	used := changed("/keys/service_keys/0/last_used_at", "2026-11-18T11:00:01Z")
	conditions("uses_logged", used) == {"used_without_record"}
}

test_archive_protected_passes if pointers("archive_protected", good) == set()

test_archive_protected_fails_when_abroad if {
	evidence := changed("/log_streams/streams/0/cold_storage_region", "ca-east-bhs")
	pointers("archive_protected", evidence) == {"/log_streams/streams/0"}
}

test_archive_protected_fails_when_in_clear if {
	pointers("archive_protected", changed("/log_streams/streams/0/encrypted", false)) == {"/log_streams/streams/0"}
}

test_archive_protected_missing_when_not_said if {
	pointers("archive_protected", without("/log_streams/streams/0/encrypted")) == {"/log_streams/streams/0/encrypted"}
}

test_archive_protected_conditions if {
	conditions("archive_protected", without("/log_streams/streams/0/encrypted")) == {"incomplete"}
	conditions("archive_protected", changed("/log_streams/streams/0/encrypted", false)) == {"not_encrypted"}
	abroad := changed("/log_streams/streams/0/cold_storage_region", "ca-east-bhs")
	conditions("archive_protected", abroad) == {"not_in_country"}
	conditions("archive_protected", changed("/log_streams/archived_stream_count", 2)) == {"archives_left_out"}
}

test_archive_protected_passes_in_a_public_cloud_region if {
	pointers("archive_protected", changed("/log_streams/streams/0/cold_storage_region", "GRA11")) == set()
}

test_archive_protected_passes_where_nothing_is_archived if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/log_streams/archived_stream_count", "value": 0},
		{"op": "replace", "path": "/log_streams/streams/0/hot_days", "value": 365},
		{"op": "remove", "path": "/log_streams/streams/0/cold_storage_region"},
	])
	pointers("archive_protected", evidence) == set()
	still_archived := json.patch(evidence, [{"op": "replace", "path": "/log_streams/streams/0/hot_days", "value": 90}])
	pointers("archive_protected", still_archived) == {
		"/log_streams/streams/0", "/log_streams/streams/0/cold_storage_region",
	}
}

test_archive_protected_fails_when_old_events_are_nowhere if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/log_streams/archived_stream_count", "value": 0},
		{"op": "remove", "path": "/log_streams/streams/0/cold_storage_region"},
	])
	conditions("archive_protected", evidence) == {"incomplete", "no_archive"}
}

test_fields_complete_passes if pointers("fields_complete", good) == set()

test_fields_complete_fails_when_one_is_dropped if {
	pointers("fields_complete", without("/service_logs/fields/0")) == {"/service_logs/fields"}
}

test_fields_complete_missing_when_not_listed if {
	pointers("fields_complete", changed("/service_logs/fields", [])) == {"/service_logs/fields"}
}

test_timely_passes if pointers("timely", good) == set()

test_timely_fails_when_late_or_wrong if {
	pointers("timely", changed("/service_logs/delivery_lag_p95_minutes", 61)) == {"/service_logs/delivery_lag_p95_minutes"}
	pointers("timely", changed("/service_logs/clock_offset_seconds", 1.1)) == {"/service_logs/clock_offset_seconds"}
}

test_timely_missing_when_not_measured if {
	pointers("timely", without("/service_logs/clock_offset_seconds")) == {"/service_logs/clock_offset_seconds"}
}

test_timely_conditions if {
	conditions("timely", without("/service_logs/delivery_lag_p95_minutes")) == {"delivery_not_measured"}
	conditions("timely", changed("/service_logs/delivery_lag_p95_minutes", 61)) == {"delivered_late"}
	conditions("timely", without("/service_logs/clock_offset_seconds")) == {"clock_not_measured"}
	conditions("timely", changed("/service_logs/clock_offset_seconds", 1.1)) == {"clock_wrong"}
}

test_alerts_defined_passes if pointers("alerts_defined", good) == set()

test_alerts_defined_fails_when_one_is_left_out if {
	pointers("alerts_defined", without("/service_logs/alerts/0")) == {"/service_logs/alerts"}
}

test_alerts_defined_missing_when_it_goes_nowhere if {
	pointers("alerts_defined", without("/service_logs/alerts/0/route")) == {"/service_logs/alerts"}
}

test_alerts_defined_conditions if {
	conditions("alerts_defined", without("/service_logs/alerts/0")) == {"no_alert"}
	conditions("alerts_defined", without("/service_logs/alerts/0/route")) == {"no_route"}
}

test_alerts_tested_passes if pointers("alerts_tested", good) == set()

test_alerts_tested_fails_when_long_ago if {
	pointers("alerts_tested", changed("/service_logs/alerts/0/tested_on", "2026-05-23")) == {"/service_logs/alerts/0"}
	pointers("alerts_tested", changed("/service_logs/alerts/0/tested_on", "2026-05-24")) == set()
}

test_alerts_tested_missing_when_never if {
	pointers("alerts_tested", without("/service_logs/alerts/0/tested_on")) == {"/service_logs/alerts/0/tested_on"}
}

test_alerts_tested_conditions if {
	conditions("alerts_tested", without("/service_logs/alerts/0/tested_on")) == {"not_tested"}
	conditions("alerts_tested", changed("/service_logs/alerts/0/tested_on", "2026-05-23")) == {"test_not_recent"}
}

test_known_event_found_passes if pointers("known_event_found", good) == set()

test_known_event_found_fails_when_it_took_too_long if {
	evidence := changed("/service_logs/test_event/found_at", "2026-11-01T11:00:01Z")
	pointers("known_event_found", evidence) == {"/service_logs/test_event"}
}

test_known_event_found_missing_when_not_found if {
	evidence := without("/service_logs/test_event/found_at")
	pointers("known_event_found", evidence) == {"/service_logs/test_event/found_at"}
}

test_known_event_found_conditions if {
	conditions("known_event_found", without("/service_logs/test_event/found_at")) == {"incomplete"}
	old := changed("/service_logs/test_event/sent_at", "2026-10-01T00:00:00Z")
	conditions("known_event_found", old) == {"test_not_recent"}
	late := changed("/service_logs/test_event/found_at", "2026-11-01T11:00:01Z")
	conditions("known_event_found", late) == {"delivered_late"}
}

test_archive_restored_passes if pointers("archive_restored", good) == set()

test_archive_restored_fails_when_events_are_lost if {
	evidence := changed("/service_logs/archive_restore/events_read", 119)
	pointers("archive_restored", evidence) == {"/service_logs/archive_restore"}
}

test_archive_restored_missing_when_not_dated if {
	evidence := without("/service_logs/archive_restore/performed_on")
	pointers("archive_restored", evidence) == {"/service_logs/archive_restore/performed_on"}
}

test_archive_restored_conditions if {
	conditions("archive_restored", without("/service_logs/archive_restore/performed_on")) == {"incomplete"}
	conditions("archive_restored", without("/service_logs/archive_restore/artifact/path")) == {"no_record"}
	old := changed("/service_logs/archive_restore/performed_on", "2025-11-19")
	conditions("archive_restored", old) == {"restore_not_recent"}
	conditions("archive_restored", changed("/service_logs/archive_restore/events_read", 119)) == {"events_lost"}
	conditions("archive_restored", changed("/service_logs/archive_restore/events_wanted", 99)) == {"sample_too_small"}
}

test_no_plaintext_passes if pointers("no_plaintext", good) == set()

test_no_plaintext_fails_when_findings_are_open if {
	pointers("no_plaintext", changed("/service_logs/plaintext_scan/open_findings", 1)) == {"/service_logs/plaintext_scan"}
}

test_no_plaintext_missing_when_not_scanned if {
	evidence := without("/service_logs/plaintext_scan/scanned_on")
	pointers("no_plaintext", evidence) == {"/service_logs/plaintext_scan/scanned_on"}
}

test_no_plaintext_conditions if {
	conditions("no_plaintext", without("/service_logs/plaintext_scan/scanned_on")) == {"incomplete"}
	conditions("no_plaintext", changed("/service_logs/plaintext_scan/scanned_on", "2026-10-01")) == {"search_not_recent"}
	conditions("no_plaintext", changed("/service_logs/plaintext_scan/open_findings", 1)) == {"findings_open"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	service_logs.findings.evidence_consistent == set() with input as good
	service_logs.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/service_logs/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"service_logs": [found]}})
	service_logs.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/service_logs", "values": {}},
	}
	service_logs.findings.evidence_consistent == found with input as evidence
}
