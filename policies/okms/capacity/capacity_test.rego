package okms.capacity_test

import data.okms.capacity

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"keys": {"service_key_count": 80},
	"secrets": {"secret_count": 0},
	"kmip": {"object_count": 10},
	"capacity": {
		"usage": [
			{"resource": "service_keys", "used": 80, "limit": 100, "days_to_limit": 90},
			{"resource": "secrets", "used": 0, "limit": 100, "days_to_limit": 9000},
			{"resource": "kmip_objects", "used": 11, "limit": 100, "days_to_limit": 9000},
			{"resource": "requests_per_second", "used": 40, "limit": 100, "days_to_limit": 9000},
		],
		"requests_90d": 10000,
		"throttled_90d": 10,
		"alerts": [
			{"resource": "service_keys", "threshold_percent": 80, "route": "ops", "tested_on": "2026-09-01"},
			{"resource": "secrets", "threshold_percent": 70, "route": "ops", "tested_on": "2026-09-01"},
			{"resource": "kmip_objects", "threshold_percent": 70, "route": "ops", "tested_on": "2026-09-01"},
			{"resource": "requests_per_second", "threshold_percent": 70, "route": "ops", "tested_on": "2026-09-01"},
		],
		"review": {"owner": "nadia", "reviewed_on": "2026-10-01", "next_campaign_tested_on": "2026-09-01"},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in capacity.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in capacity.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in capacity.findings; findings != set()} with input as good
	failing == set()
}

test_resources_measured_passes if pointers("resources_measured", good) == set()

test_resources_measured_fails_when_the_inventory_counts_otherwise if {
	pointers("resources_measured", changed("/capacity/usage/2/used", 12)) == {"/capacity/usage/2"}
	pointers("resources_measured", changed("/capacity/usage/2/used", 8)) == {"/capacity/usage/2"}
	pointers("resources_measured", changed("/capacity/usage/1/limit", 0)) == {"/capacity/usage/1"}
	pointers("resources_measured", changed("/capacity/usage/3/used", 0)) == {"/capacity/usage/3"}
}

test_resources_measured_passes_when_the_measure_leaves_destroyed_objects_out if {
	destroyed := json.patch(good, [
		{"op": "add", "path": "/kmip/objects", "value": [
			{"id": "a", "state": "Destroyed"}, {"id": "b", "state": "DestroyedCompromised"}, {"id": "c", "state": "Active"},
		]},
		{"op": "replace", "path": "/capacity/usage/2/used", "value": 8},
	])
	pointers("resources_measured", destroyed) == set()
	fewer := json.patch(destroyed, [{"op": "replace", "path": "/capacity/usage/2/used", "value": 7}])
	conditions("resources_measured", fewer) == {"differs"}
}

test_resources_measured_passes_when_an_object_was_made_after_the_use_was_read if {
	every date, expected in {"2026-11-19T05:00:01Z": set(), "2026-11-19T05:00:00Z": {"/capacity/usage/1"}} {
		evidence := json.patch(good, [
			{"op": "add", "path": "/capacity/source", "value": {"collected_at": "2026-11-19T05:00:00Z"}},
			{"op": "replace", "path": "/secrets", "value": {"secret_count": 1, "secrets": [{"path": "a", "created_at": date}]}},
		])
		pointers("resources_measured", evidence) == expected
	}
}

test_resources_measured_passes_when_an_object_ended_after_the_use_was_read if {
	every day, expected in {"2026-11-19": set(), "2026-11-18": {"/capacity/usage/0", "/capacity/usage/2"}} {
		ended := [{"id": id, "kind": kind, "ended_on": day} |
			some kind in ["kmip_object", "service_key"]
			some id in numbers.range(1, 20)
		]
		evidence := json.patch(changed("/capacity/usage/2/used", 13), [
			{"op": "add", "path": "/capacity/source", "value": {"collected_at": "2026-11-19T05:00:00Z"}},
			{"op": "add", "path": "/keys/service_keys", "value": [{"id": "k1", "created_at": "2026-01-01T00:00:00Z"}]},
			{"op": "add", "path": "/kmip/objects", "value": [{"id": "o1", "created_at": "2026-01-01T00:00:00Z"}]},
			{"op": "replace", "path": "/capacity/usage/0/used", "value": 95},
			{"op": "add", "path": "/import_export", "value": {"former_objects": ended}},
		])
		pointers("resources_measured", evidence) == expected
	}
}

test_resources_measured_fails_when_the_rate_is_below_its_mean if {
	window := (90 * 24) * 3600
	pointers("resources_measured", changed("/capacity/requests_90d", 40 * window)) == set()
	conditions("resources_measured", changed("/capacity/requests_90d", (40 * window) + 1)) == {"below_mean"}
	pointers("resources_measured", without("/capacity/requests_90d")) == set()
}

test_alerts_set_fails_when_an_alert_fires_at_all_times if {
	conditions("alerts_set", changed("/capacity/alerts/3/threshold_percent", 29)) == {"fires_always"}
	pointers("alerts_set", changed("/capacity/alerts/3/threshold_percent", 30)) == set()
	half_used := json.patch(good, [
		{"op": "replace", "path": "/capacity/usage/3/used", "value": 50},
		{"op": "replace", "path": "/capacity/alerts/3/threshold_percent", "value": 29},
	])
	pointers("alerts_set", half_used) == set()
}

# An honest customer without secrets measures none.
test_resources_measured_passes_without_a_measure_of_what_is_not_there if {
	pointers("resources_measured", without("/capacity/usage/1")) == set()
	some_secrets := json.patch(without("/capacity/usage/1"), [
		{"op": "replace", "path": "/secrets/secret_count", "value": 1},
	])
	pointers("resources_measured", some_secrets) == {"/capacity/usage"}
	pointers("resources_measured", changed("/capacity/usage/1/used", 5)) == {"/capacity/usage/1"}
}

test_resources_measured_fails_when_a_resource_is_left_out if {
	pointers("resources_measured", without("/capacity/usage/3")) == {"/capacity/usage"}
}

test_resources_measured_missing_when_there_is_no_measure if {
	pointers("resources_measured", without("/capacity/usage/0/used")) == {"/capacity/usage/0/used"}
}

test_resources_measured_missing_when_the_inventory_does_not_count if {
	pointers("resources_measured", without("/kmip/object_count")) == {"/capacity/usage/2"}
}

test_resources_measured_conditions if {
	conditions("resources_measured", without("/capacity/usage/3")) == {"not_listed"}
	conditions("resources_measured", without("/capacity/usage/0/used")) == {"incomplete"}
	conditions("resources_measured", changed("/capacity/usage/1/limit", 0)) == {"no_limit"}
	conditions("resources_measured", changed("/capacity/usage/3/used", 0)) == {"nothing_used"}
	conditions("resources_measured", without("/kmip/object_count")) == {"not_counted"}
	conditions("resources_measured", changed("/capacity/usage/2/used", 12)) == {"differs"}
}

test_resources_measured_shows_both_numbers if {
	evidence := changed("/capacity/usage/2/used", 12)
	some finding in capacity.findings.resources_measured with input as evidence
	[finding.values.used, finding.values.counted] == [12, 10]
}

test_use_below_limits_passes if pointers("use_below_limits", good) == set()

test_use_below_limits_fails_when_above if {
	pointers("use_below_limits", changed("/capacity/usage/0/used", 81)) == {"/capacity/usage/0"}
}

test_use_below_limits_missing_when_the_limit_is_not_known if {
	pointers("use_below_limits", without("/capacity/usage/0/limit")) == {"/capacity/usage/0/limit"}
}

test_use_below_limits_conditions if {
	conditions("use_below_limits", without("/capacity/usage/0/limit")) == {"incomplete"}
	conditions("use_below_limits", changed("/capacity/usage/0/used", 81)) == {"above"}
}

test_forecast_far_passes if pointers("forecast_far", good) == set()

test_forecast_far_fails_when_soon if {
	pointers("forecast_far", changed("/capacity/usage/0/days_to_limit", 89)) == {"/capacity/usage/0/days_to_limit"}
}

test_forecast_far_missing_when_not_known if {
	pointers("forecast_far", without("/capacity/usage/0/days_to_limit")) == {"/capacity/usage/0/days_to_limit"}
}

test_forecast_far_conditions if {
	conditions("forecast_far", without("/capacity/usage/0/days_to_limit")) == {"incomplete"}
	conditions("forecast_far", changed("/capacity/usage/0/days_to_limit", 89)) == {"soon"}
}

test_rarely_throttled_passes if pointers("rarely_throttled", good) == set()

test_rarely_throttled_fails_when_often if {
	pointers("rarely_throttled", changed("/capacity/throttled_90d", 11)) == {"/capacity"}
}

test_rarely_throttled_fails_when_no_request_was_seen if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/capacity/requests_90d", "value": 0},
		{"op": "replace", "path": "/capacity/throttled_90d", "value": 0},
	])
	pointers("rarely_throttled", evidence) == {"/capacity"}
}

test_rarely_throttled_missing_when_not_counted if {
	pointers("rarely_throttled", without("/capacity/throttled_90d")) == {"/capacity/throttled_90d"}
}

test_rarely_throttled_conditions if {
	conditions("rarely_throttled", without("/capacity/throttled_90d")) == {"incomplete"}
	conditions("rarely_throttled", changed("/capacity/throttled_90d", 10001)) == {"more_than_requests"}
	conditions("rarely_throttled", changed("/capacity/throttled_90d", 11)) == {"too_often"}
	conditions("rarely_throttled", changed("/capacity/requests_90d", 777600011)) == {"more_than_the_limit"}
	nothing := json.patch(good, [
		{"op": "replace", "path": "/capacity/requests_90d", "value": 0},
		{"op": "replace", "path": "/capacity/throttled_90d", "value": 0},
	])
	conditions("rarely_throttled", nothing) == {"no_requests"}
}

test_rarely_throttled_fails_when_the_limit_lets_fewer_through if {
	pointers("rarely_throttled", changed("/capacity/requests_90d", 777600010)) == set()
	evidence := changed("/capacity/requests_90d", 777600011)
	pointers("rarely_throttled", evidence) == {"/capacity"}
	some finding in capacity.findings.rarely_throttled with input as evidence
	finding.related == ["/capacity/usage/3/limit"]
}

test_alerts_set_passes if pointers("alerts_set", good) == set()

test_alerts_set_fails_when_late_or_left_out if {
	pointers("alerts_set", changed("/capacity/alerts/0/threshold_percent", 81)) == {"/capacity/alerts/0"}
	pointers("alerts_set", without("/capacity/alerts/1")) == {"/capacity/alerts"}
}

test_alerts_set_missing_when_never_seen if {
	pointers("alerts_set", without("/capacity/alerts/0/tested_on")) == {"/capacity/alerts/0/tested_on"}
}

test_alerts_set_conditions if {
	conditions("alerts_set", without("/capacity/alerts/1")) == {"not_listed"}
	conditions("alerts_set", without("/capacity/alerts/0/tested_on")) == {"incomplete"}
	conditions("alerts_set", changed("/capacity/alerts/0/threshold_percent", 81)) == {"fires_late"}
	conditions("alerts_set", changed("/capacity/alerts/0/tested_on", "2026-05-23")) == {"test_not_recent"}
}

test_reviewed_passes if pointers("reviewed", good) == set()

test_reviewed_fails_when_long_ago if {
	pointers("reviewed", changed("/capacity/review/reviewed_on", "2026-08-19")) == {"/capacity/review"}
}

test_reviewed_missing_when_nobody_owns_it if {
	pointers("reviewed", without("/capacity/review/owner")) == {"/capacity/review/owner"}
}

test_reviewed_conditions if {
	conditions("reviewed", without("/capacity/review/owner")) == {"incomplete"}
	conditions("reviewed", changed("/capacity/review/reviewed_on", "2026-08-19")) == {"review_not_recent"}
	late := changed("/capacity/review/next_campaign_tested_on", "2025-11-19")
	conditions("reviewed", late) == {"load_test_not_recent"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	capacity.findings.evidence_consistent == set() with input as good
	capacity.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/capacity/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"capacity": [found]}})
	capacity.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/capacity", "values": {}},
	}
	capacity.findings.evidence_consistent == found with input as evidence
}
