package okms.control_plane_logs_test

import data.okms.control_plane_logs

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"log_streams": {
		"source": {"collected_at": "2026-11-18T12:00:00Z"},
		"streams": [
			{
				"id": "s1", "name": "audit", "retention_days": 400, "hot_days": 90, "immutable": true,
				"readers": ["claire", "nadia"], "reader_count": 2, "last_event_at": "2026-11-18T11:00:00Z",
			},
			{"id": "s2", "name": "not fed", "retention_days": 7, "readers": ["x"], "reader_count": 1},
		],
	},
	"incidents": {"incidents": [{"id": "I-1", "detected_at": "2026-10-02T03:00:00Z"}]},
	"control_plane_logs": {
		"source": {"collected_at": "2026-11-18T12:00:00Z"},
		"subscriptions": [
			{"kind": "account_audit", "stream_id": "s1", "created_at": "2025-03-01T00:00:00Z"},
			{"kind": "account_activity", "stream_id": "s1", "created_at": "2025-03-01T00:00:00Z"},
			{"kind": "iam_access", "stream_id": "s1", "created_at": "2025-03-01T00:00:00Z"},
		],
		"gap_count_90d": 1,
		"gaps": [{
			"began_at": "2026-10-02T01:00:00Z", "ended_at": "2026-10-02T03:00:00Z", "ticket": "OPS-7", "incident_id": "I-1",
		}],
		"review": {"last_at": "2026-11-18T06:00:00Z", "reviewer": "siem", "findings_90d": 3, "findings_ticketed_90d": 3},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in control_plane_logs.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in control_plane_logs.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in control_plane_logs.findings; findings != set()} with input as good
	failing == set()
}

test_sources_subscribed_passes if pointers("sources_subscribed", good) == set()

test_sources_subscribed_fails_when_a_kind_is_left_out if {
	evidence := changed("/control_plane_logs/subscriptions/2/kind", "account_audit")
	pointers("sources_subscribed", evidence) == {"/control_plane_logs/subscriptions"}
}

test_sources_subscribed_missing_when_no_stream_is_named if {
	evidence := without("/control_plane_logs/subscriptions/0/stream_id")
	pointers("sources_subscribed", evidence) == {"/control_plane_logs/subscriptions"}
}

test_sources_subscribed_conditions if {
	left_out := changed("/control_plane_logs/subscriptions/2/kind", "account_audit")
	conditions("sources_subscribed", left_out) == {"not_subscribed"}
	conditions("sources_subscribed", without("/control_plane_logs/subscriptions/0/stream_id")) == {"not_delivered"}
	others := json.patch(good, [{"op": "add", "path": "/log_streams/streams/0/name", "value": "okms-kmip-audit"}])
	conditions("sources_subscribed", others) == {"named_for_others"}
}

test_subscriptions_lead_somewhere_passes if pointers("subscriptions_lead_somewhere", good) == set()

test_subscriptions_lead_somewhere_fails_when_the_stream_is_unknown if {
	evidence := changed("/control_plane_logs/subscriptions/1/stream_id", "gone")
	pointers("subscriptions_lead_somewhere", evidence) == {"/control_plane_logs/subscriptions/1"}
}

test_subscriptions_lead_somewhere_missing_when_not_dated if {
	evidence := without("/control_plane_logs/subscriptions/1/created_at")
	pointers("subscriptions_lead_somewhere", evidence) == {"/control_plane_logs/subscriptions/1/created_at"}
}

test_subscriptions_lead_somewhere_conditions if {
	check := "subscriptions_lead_somewhere"
	conditions(check, without("/control_plane_logs/subscriptions/1/created_at")) == {"incomplete"}
	conditions(check, changed("/control_plane_logs/subscriptions/1/stream_id", "gone")) == {"unknown_stream"}
	later := changed("/control_plane_logs/subscriptions/1/created_at", "2026-11-20T00:00:01Z")
	conditions(check, later) == {"created_in_future"}
}

test_retention_passes if pointers("retention", good) == set()

test_retention_fails_when_short_on_the_stream_that_is_fed if {
	pointers("retention", changed("/log_streams/streams/0/retention_days", 364)) == {"/log_streams/streams/0"}
	pointers("retention", changed("/log_streams/streams/0/hot_days", 89)) == {"/log_streams/streams/0"}
}

test_retention_missing_when_not_known if {
	pointers("retention", without("/log_streams/streams/0/hot_days")) == {"/log_streams/streams/0/hot_days"}
}

test_retention_conditions if {
	conditions("retention", without("/log_streams/streams/0/hot_days")) == {"incomplete"}
	conditions("retention", changed("/log_streams/streams/0/hot_days", 89)) == {"too_short"}
	conditions("retention", changed("/log_streams/streams/0/hot_days", 401)) == {"impossible"}
	conditions("retention", subscribed_anew({})) == {"covers_too_little"}
	pointers("retention", subscribed_anew({})) == {"/control_plane_logs/subscriptions/1"}
	later := subscribed_anew({"events_since": "2026-08-23T00:00:00Z"})
	some finding in control_plane_logs.findings.retention with input as later
	finding.values.since == "2026-08-23T00:00:00Z"
}

test_retention_passes_when_older_events_are_kept_or_the_domain_is_new if {
	pointers("retention", subscribed_anew({"events_since": "2026-08-22T00:00:00Z"})) == set()
	twice := json.patch(subscribed_anew({}), [
		{"op": "add", "path": "/control_plane_logs/subscriptions/-", "value": good.control_plane_logs.subscriptions[1]},
	])
	pointers("retention", twice) == set()
	every at, places in {
		"2026-11-11T00:00:00Z": set(),
		"2026-11-10T23:59:59Z": {"/control_plane_logs/subscriptions/1"},
	} {
		new := object.union(subscribed_anew({}), {
			"keys": {"service_keys": [{"created_at": "2026-11-15T00:00:00Z"}]},
			"credentials": {"certificates": [{"created_at": at}, {"revoked_at": "2026-11-16T00:00:00Z"}]},
		})
		pointers("retention", new) == places
	}
}

# The second subscription was created again two days ago.
subscribed_anew(fields) := json.patch(good, [
	{
		"op": "replace", "path": "/control_plane_logs/subscriptions/1",
		"value": object.union(
			{"kind": "account_activity", "stream_id": "s1", "created_at": "2026-11-18T00:00:00Z"},
			fields,
		),
	},
])

test_events_arrive_passes if pointers("events_arrive", good) == set()

test_events_arrive_fails_when_silent_for_longer if {
	evidence := changed("/log_streams/streams/0/last_event_at", "2026-11-17T11:59:59Z")
	pointers("events_arrive", evidence) == {"/log_streams/streams/0"}
}

test_events_arrive_missing_when_not_known if {
	evidence := without("/log_streams/streams/0/last_event_at")
	pointers("events_arrive", evidence) == {"/log_streams/streams/0/last_event_at"}
}

test_events_arrive_conditions if {
	conditions("events_arrive", without("/log_streams/streams/0/last_event_at")) == {"no_event"}
	conditions("events_arrive", changed("/log_streams/streams/0/last_event_at", "2026-11-17T11:59:59Z")) == {"silent"}
	younger := changed("/control_plane_logs/subscriptions/1/created_at", "2026-11-18T11:00:01Z")
	conditions("events_arrive", younger) == {"nothing_delivered"}
}

test_events_arrive_names_the_subscriptions if {
	evidence := without("/log_streams/streams/0/last_event_at")
	some finding in control_plane_logs.findings.events_arrive with input as evidence
	finding.related == [sprintf("/control_plane_logs/subscriptions/%d", [i]) | some i in [0, 1, 2]]
}

test_events_arrive_passes_on_a_monday_after_a_weekend_as_usual if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/log_streams/streams/0/last_event_at", "value": "2026-11-16T00:00:00Z"},
		{"op": "add", "path": "/log_streams/streams/0/longest_pause_90d_hours", "value": 61},
	])
	pointers("events_arrive", evidence) == set()
}

test_immutable_passes if pointers("immutable", good) == set()

test_immutable_fails_when_it_can_be_changed if {
	pointers("immutable", changed("/log_streams/streams/0/immutable", false)) == {"/log_streams/streams/0"}
}

test_immutable_missing_when_not_said if {
	pointers("immutable", without("/log_streams/streams/0/immutable")) == {"/log_streams/streams/0/immutable"}
}

test_immutable_looks_at_streams_of_the_duties_alone if {
	fed := json.patch(good, [{"op": "add", "path": "/control_plane_logs/subscriptions/-", "value": {"stream_id": "s2"}}])
	pointers("immutable", fed) == {"/log_streams/streams/1/immutable"}
}

test_immutable_conditions if {
	conditions("immutable", without("/log_streams/streams/0/immutable")) == {"incomplete"}
	conditions("immutable", changed("/log_streams/streams/0/immutable", false)) == {"changeable"}
}

test_readers_limited_passes if pointers("readers_limited", good) == set()

test_readers_limited_fails_when_too_many if {
	evidence := changed("/log_streams/streams/0/readers", ["a", "b", "c", "d", "e", "f"])
	pointers("readers_limited", evidence) == {"/log_streams/streams/0"}
}

test_readers_limited_fails_when_one_is_not_named if {
	pointers("readers_limited", changed("/log_streams/streams/1/reader_count", 2)) == {"/log_streams/streams/1"}
}

test_readers_limited_missing_when_not_listed if {
	pointers("readers_limited", without("/log_streams/streams/0/readers")) == {"/log_streams/streams/0/readers"}
}

test_readers_limited_conditions if {
	conditions("readers_limited", without("/log_streams/streams/0/readers")) == {"incomplete"}
	six := changed("/log_streams/streams/0/readers", ["a", "b", "c", "d", "e", "f"])
	conditions("readers_limited", six) == {"too_many"}
	conditions("readers_limited", changed("/log_streams/streams/1/reader_count", 2)) == {"readers_left_out"}
}

test_readers_limited_counts_a_reader_once if {
	twice := changed("/log_streams/streams/0/readers", ["claire", "Claire"])
	{finding.values.listed | some finding in control_plane_logs.findings.readers_limited with input as twice} == {1}
}

test_gaps_explained_passes if pointers("gaps_explained", good) == set()

test_gaps_explained_fails_when_one_has_no_ticket if {
	evidence := without("/control_plane_logs/gaps/0/ticket")
	pointers("gaps_explained", evidence) == {"/control_plane_logs/gap_count_90d"}
}

test_gaps_explained_fails_when_one_has_not_ended if {
	evidence := changed("/control_plane_logs/gaps/0/ended_at", "2026-11-20T00:00:01Z")
	pointers("gaps_explained", evidence) == {"/control_plane_logs/gap_count_90d"}
}

test_gaps_explained_missing_when_not_counted if {
	evidence := without("/control_plane_logs/gap_count_90d")
	pointers("gaps_explained", evidence) == {"/control_plane_logs/gap_count_90d"}
}

test_gaps_explained_conditions if {
	conditions("gaps_explained", without("/control_plane_logs/gap_count_90d")) == {"not_counted"}
	conditions("gaps_explained", without("/control_plane_logs/gaps/0/ticket")) == {"not_explained"}
	long := changed("/control_plane_logs/gaps/0/ended_at", "2026-10-05T01:00:01Z")
	conditions("gaps_explained", long) == {"too_long"}
	conditions("gaps_explained", three_gaps) == {"too_long_together"}
}

three_gaps := json.patch(good, [
	{"op": "replace", "path": "/control_plane_logs/gap_count_90d", "value": 3},
	{"op": "replace", "path": "/control_plane_logs/gaps", "value": [
		{"began_at": "2026-10-01T00:00:00Z", "ended_at": "2026-10-04T00:00:00Z", "ticket": "OPS-1"},
		{"began_at": "2026-10-05T00:00:00Z", "ended_at": "2026-10-08T00:00:00Z", "ticket": "OPS-2"},
		{"began_at": "2026-10-09T00:00:00Z", "ended_at": "2026-10-10T01:00:00Z", "ticket": "OPS-3"},
	]},
])

test_gaps_explained_says_the_hours if {
	{finding.values.hours | some finding in control_plane_logs.findings.gaps_explained with input as three_gaps} == {169}
}

test_gaps_explained_counts_a_gap_that_began_earlier if {
	evidence := changed("/control_plane_logs/gaps/0/began_at", "2026-08-20T00:00:00Z")
	conditions("gaps_explained", evidence) == {"too_long", "too_long_together"}
}

test_gaps_name_incidents_passes if {
	pointers("gaps_name_incidents", good) == set()
	later := json.patch(good, [
		{"op": "replace", "path": "/incidents/incidents/0/detected_at", "value": "2026-10-02T03:00:01Z"},
		{"op": "remove", "path": "/control_plane_logs/gaps/0/incident_id"},
	])
	pointers("gaps_name_incidents", later) == set()
}

test_gaps_name_incidents_fails_when_the_gap_names_another if {
	evidence := changed("/control_plane_logs/gaps/0/incident_id", "I-9")
	pointers("gaps_name_incidents", evidence) == {"/control_plane_logs/gaps/0"}
	some finding in control_plane_logs.findings.gaps_name_incidents with input as evidence
	finding.related == ["/incidents/incidents/0"]
}

test_gaps_name_incidents_missing_when_the_gap_names_none if {
	evidence := without("/control_plane_logs/gaps/0/incident_id")
	pointers("gaps_name_incidents", evidence) == {"/control_plane_logs/gaps/0/incident_id"}
}

test_reviewed_passes if pointers("reviewed", good) == set()

test_reviewed_fails_when_longer_ago if {
	evidence := changed("/control_plane_logs/review/last_at", "2026-11-17T11:59:59Z")
	pointers("reviewed", evidence) == {"/control_plane_logs/review"}
}

test_reviewed_fails_when_findings_have_no_ticket if {
	evidence := changed("/control_plane_logs/review/findings_ticketed_90d", 2)
	pointers("reviewed", evidence) == {"/control_plane_logs/review"}
}

test_reviewed_missing_when_nobody_is_named if {
	evidence := without("/control_plane_logs/review/reviewer")
	pointers("reviewed", evidence) == {"/control_plane_logs/review/reviewer"}
}

test_reviewed_conditions if {
	conditions("reviewed", without("/control_plane_logs/review/reviewer")) == {"incomplete"}
	late := changed("/control_plane_logs/review/last_at", "2026-11-17T11:59:59Z")
	conditions("reviewed", late) == {"review_not_recent"}
	conditions("reviewed", changed("/control_plane_logs/review/findings_ticketed_90d", 2)) == {"findings_not_followed"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	control_plane_logs.findings.evidence_consistent == set() with input as good
	control_plane_logs.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/control_plane_logs/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"control_plane_logs": [found]}})
	control_plane_logs.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/control_plane_logs", "values": {}},
		{"condition": "not_compared", "pointer": "/log_streams", "values": {}},
	}
	control_plane_logs.findings.evidence_consistent == found with input as evidence
}
