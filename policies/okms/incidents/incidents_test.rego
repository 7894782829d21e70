package okms.incidents_test

import data.okms.incidents

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"keys": {"service_keys": [{
		"name": "k", "data_class": "restricted", "state": "compromised",
		"compromised_at": "2026-07-08T08:40:00Z", "incident_id": "I-1",
	}]},
	"incidents": {
		"plan": {
			"owner": "claire", "deputy": "nadia", "on_call": "24x7", "reviewed_on": "2026-02-01",
			"exercised_on": "2026-05-01", "open_actions": 0, "artifact": {"path": "x", "sha256": "00"},
		},
		"support": {
			"level": "business", "tested_on": "2026-05-01", "status_feed_last_seen_on": "2026-11-01",
			"contacts": [{"person": "ines", "verified_on": "2026-09-01"}, {"person": "nadia", "verified_on": "2026-09-01"}],
		},
		"playbooks": [{
			"scenario": "key_compromise", "reviewed_on": "2026-02-01", "steps": data.params.key_compromise_steps,
		}],
		"legal_report_count_365d": 2,
		"legal_reports": [
			{
				"incident": "I-1", "law": "dora", "aware_at": "2026-07-08T09:00:00Z",
				"classified_at": "2026-07-08T12:00:00Z", "first_report_at": "2026-07-08T16:00:00Z",
				"second_report_at": "2026-07-11T16:00:00Z", "final_report_at": "2026-08-11T23:59:59Z",
			},
			{
				"incident": "I-2", "law": "nis2", "aware_at": "2026-07-08T09:00:00Z",
				"first_report_at": "2026-07-09T09:00:00Z", "second_report_at": "2026-07-11T09:00:00Z",
				"final_report_at": "2026-08-11T23:59:59Z",
			},
		],
		"incident_count_365d": 2,
		"incidents": [
			{
				"id": "I-1", "severity": "critical", "detected_at": "2026-07-08T08:40:00Z",
				"provider_notified_at": "2026-07-08T09:40:00Z", "personal_data": true,
				"authority_notified_at": "2026-07-11T08:40:00Z", "closed_at": "2026-07-12T00:00:00Z", "cause": "leak",
				"lessons_done_on": "2026-08-01",
			},
			{
				"id": "I-2", "severity": "major", "detected_at": "2026-07-08T08:40:00Z", "touches_service": false,
				"personal_data": false, "closed_at": "2026-07-12T00:00:00Z", "cause": "outage",
				"lessons_done_on": "2026-08-01",
			},
		],
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in incidents.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in incidents.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in incidents.findings; findings != set()} with input as good
	failing == set()
}

test_accountable_on_call_passes if pointers("accountable_on_call", good) == set()

test_accountable_on_call_fails_when_alone_or_by_day if {
	pointers("accountable_on_call", changed("/incidents/plan/deputy", "Claire")) == {"/incidents/plan"}
	pointers("accountable_on_call", changed("/incidents/plan/on_call", "business_hours")) == {"/incidents/plan"}
}

test_accountable_on_call_missing_when_nobody_stands_in if {
	pointers("accountable_on_call", without("/incidents/plan/deputy")) == {"/incidents/plan/deputy"}
}

test_accountable_on_call_conditions if {
	conditions("accountable_on_call", without("/incidents/plan/deputy")) == {"incomplete"}
	conditions("accountable_on_call", changed("/incidents/plan/deputy", "Claire")) == {"no_other_deputy"}
	conditions("accountable_on_call", changed("/incidents/plan/on_call", "business_hours")) == {"not_at_any_hour"}
}

test_plan_exercised_passes if pointers("plan_exercised", good) == set()

test_plan_exercised_fails_when_long_ago if {
	pointers("plan_exercised", changed("/incidents/plan/exercised_on", "2025-11-19")) == {"/incidents/plan"}
}

# One fix is open, and due on a day.
due(day) := json.patch(good, [
	{"op": "replace", "path": "/incidents/plan/exercised_on", "value": "2026-11-01"},
	{"op": "replace", "path": "/incidents/plan/open_actions", "value": 1},
	{"op": "add", "path": "/incidents/plan/actions_due_on", "value": day},
])

test_plan_exercised_passes_when_a_fix_is_due if pointers("plan_exercised", due("2026-12-01")) == set()

test_plan_exercised_fails_when_a_fix_is_overdue_or_due_late if {
	conditions("plan_exercised", due("2026-11-18")) == {"actions_open"}
	conditions("plan_exercised", due("2027-11-01")) == {"actions_open"}
}

test_plan_exercised_missing_when_never if {
	pointers("plan_exercised", without("/incidents/plan/exercised_on")) == {"/incidents/plan/exercised_on"}
}

test_plan_exercised_conditions if {
	conditions("plan_exercised", without("/incidents/plan/exercised_on")) == {"incomplete"}
	conditions("plan_exercised", without("/incidents/plan/artifact/path")) == {"no_record"}
	conditions("plan_exercised", changed("/incidents/plan/reviewed_on", "2025-11-19")) == {"review_not_recent"}
	conditions("plan_exercised", changed("/incidents/plan/exercised_on", "2025-11-19")) == {"exercise_not_recent"}
	conditions("plan_exercised", changed("/incidents/plan/open_actions", 1)) == {"actions_open"}
}

test_provider_reachable_passes if pointers("provider_reachable", good) == set()

test_provider_reachable_fails_when_alone_or_not_verified if {
	pointers("provider_reachable", without("/incidents/support/contacts/1")) == {"/incidents/support"}
	evidence := changed("/incidents/support/contacts/0/verified_on", "2026-05-23")
	pointers("provider_reachable", evidence) == {"/incidents/support/contacts/0"}
}

test_provider_reachable_missing_when_never_tried if {
	pointers("provider_reachable", without("/incidents/support/tested_on")) == {"/incidents/support/tested_on"}
}

test_provider_reachable_conditions if {
	conditions("provider_reachable", without("/incidents/support/tested_on")) == {"incomplete"}
	conditions("provider_reachable", without("/incidents/support/contacts/1")) == {"too_few_contacts"}
	conditions("provider_reachable", changed("/incidents/support/tested_on", "2025-11-19")) == {"test_not_recent"}
	old := changed("/incidents/support/status_feed_last_seen_on", "2025-11-19")
	conditions("provider_reachable", old) == {"no_recent_notice"}
	conditions("provider_reachable", without("/incidents/support/contacts/0/verified_on")) == {"contact_incomplete"}
	not_verified := changed("/incidents/support/contacts/0/verified_on", "2026-05-23")
	conditions("provider_reachable", not_verified) == {"contact_not_verified"}
}

test_key_compromise_playbook_passes if pointers("key_compromise_playbook", good) == set()

test_key_compromise_playbook_fails_when_a_step_is_left_out if {
	pointers("key_compromise_playbook", without("/incidents/playbooks/0/steps/0")) == {"/incidents/playbooks/0"}
	pointers("key_compromise_playbook", without("/incidents/playbooks/0")) == {"/incidents/playbooks"}
}

test_key_compromise_playbook_missing_when_never_reviewed if {
	evidence := without("/incidents/playbooks/0/reviewed_on")
	pointers("key_compromise_playbook", evidence) == {"/incidents/playbooks/0/reviewed_on"}
}

test_key_compromise_playbook_conditions if {
	conditions("key_compromise_playbook", without("/incidents/playbooks/0")) == {"no_playbook"}
	conditions("key_compromise_playbook", without("/incidents/playbooks/0/reviewed_on")) == {"incomplete"}
	old := changed("/incidents/playbooks/0/reviewed_on", "2025-11-19")
	conditions("key_compromise_playbook", old) == {"review_not_recent"}
	left_out := without("/incidents/playbooks/0/steps/0")
	conditions("key_compromise_playbook", left_out) == {"steps_left_out"}
	some finding in incidents.findings.key_compromise_playbook with input as left_out
	finding.values.left_out == [data.params.key_compromise_steps[0]]
}

test_incidents_recorded_passes if pointers("incidents_recorded", good) == set()

test_incidents_recorded_fails_when_one_is_left_out if {
	pointers("incidents_recorded", changed("/incidents/incident_count_365d", 3)) == {"/incidents/incident_count_365d"}
	pointers("incidents_recorded", changed("/keys/service_keys/0/incident_id", "I-9")) == {"/keys/service_keys/0"}
}

test_incidents_recorded_missing_when_it_has_no_severity if {
	pointers("incidents_recorded", without("/incidents/incidents/0/severity")) == {"/incidents/incidents/0/severity"}
}

test_incidents_recorded_conditions if {
	conditions("incidents_recorded", changed("/incidents/incident_count_365d", 3)) == {"incidents_left_out"}
	conditions("incidents_recorded", without("/keys/service_keys/0/incident_id")) == {"key_without_incident"}
	conditions("incidents_recorded", changed("/keys/service_keys/0/incident_id", "I-9")) == {"unknown_incident"}
	conditions("incidents_recorded", without("/incidents/incidents/0/severity")) == {"incident_incomplete"}
	later := changed("/incidents/incidents/0/detected_at", "2026-11-20T00:00:01Z")
	conditions("incidents_recorded", later) == {"detected_in_future"}
	minor := changed("/incidents/incidents/0/severity", "minor")
	conditions("incidents_recorded", minor) == {"severity_too_low"}
	some finding in incidents.findings.incidents_recorded with input as minor
	finding.related == ["/incidents/incidents/0/severity"]
}

test_incidents_recorded_counts_those_of_a_year if {
	old := {"id": "I-0", "severity": "minor", "detected_at": "2025-11-19T00:00:00Z"}
	two := array.concat(good.incidents.incidents, [old])
	pointers("incidents_recorded", changed("/incidents/incidents", two)) == set()
}

test_incidents_recorded_passes_when_a_test_key_is_compromised_in_a_minor_incident if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/0/data_class", "value": "internal"},
		{"op": "replace", "path": "/incidents/incidents/0/severity", "value": "minor"},
	])
	pointers("incidents_recorded", evidence) == set()
}

test_provider_notified_passes if pointers("provider_notified", good) == set()

test_provider_notified_fails_when_late if {
	evidence := changed("/incidents/incidents/0/provider_notified_at", "2026-07-08T09:40:01Z")
	pointers("provider_notified", evidence) == {"/incidents/incidents/0"}
}

test_provider_notified_missing_when_never if {
	evidence := without("/incidents/incidents/0/provider_notified_at")
	pointers("provider_notified", evidence) == {"/incidents/incidents/0/provider_notified_at"}
}

# A report of the incident of this day, without some facts.
fresh(facts, absent) := object.union(object.remove(good, ["keys"]), {"incidents": object.union(good.incidents, {
	"source": {"collected_at": "2026-11-19T18:00:00Z"},
	"incidents": [object.union(object.remove(good.incidents.incidents[0], absent), facts)],
})})

test_provider_notified_waits_for_the_term if {
	absent := ["provider_notified_at"]
	pointers("provider_notified", fresh({"detected_at": "2026-11-19T17:00:00Z"}, absent)) == set()
	conditions("provider_notified", fresh({"detected_at": "2026-11-19T16:59:59Z"}, absent)) == {"not_notified"}
	conditions("provider_notified", fresh({"detected_at": "2026-11-19T18:00:01Z"}, absent)) == {"not_notified"}
}

test_provider_notified_conditions if {
	conditions("provider_notified", without("/incidents/incidents/0/provider_notified_at")) == {"not_notified"}
	late := changed("/incidents/incidents/0/provider_notified_at", "2026-07-08T09:40:01Z")
	conditions("provider_notified", late) == {"notified_late"}
	unrelated := json.patch(good, [
		{"op": "add", "path": "/incidents/incidents/0/touches_service", "value": false},
		{"op": "remove", "path": "/incidents/incidents/0/provider_notified_at"},
	])
	conditions("provider_notified", unrelated) == {"touches_keys"}
	some finding in incidents.findings.provider_notified with input as unrelated
	finding.values.keys == ["k"]
	finding.related == ["/keys/service_keys/0/incident_id"]
}

test_provider_notified_passes_when_the_service_is_not_touched if {
	evidence := json.patch(good, [
		{"op": "add", "path": "/incidents/incidents/0/touches_service", "value": false},
		{"op": "remove", "path": "/incidents/incidents/0/provider_notified_at"},
		{"op": "remove", "path": "/keys/service_keys/0/incident_id"},
	])
	pointers("provider_notified", evidence) == set()
}

test_authority_notified_passes if {
	pointers("authority_notified", good) == set()
	pointers("authority_notified", changed("/incidents/incidents/0/personal_data", false)) == set()
}

test_authority_notified_fails_when_late if {
	evidence := changed("/incidents/incidents/0/authority_notified_at", "2026-07-11T08:40:01Z")
	pointers("authority_notified", evidence) == {"/incidents/incidents/0"}
}

test_authority_notified_missing_when_not_known if {
	evidence := without("/incidents/incidents/0/personal_data")
	pointers("authority_notified", evidence) == {"/incidents/incidents/0/personal_data"}
}

test_authority_notified_waits_for_the_term if {
	absent := ["authority_notified_at", "closed_at"]
	pointers("authority_notified", fresh({"detected_at": "2026-11-17T00:00:01Z"}, absent)) == set()
	conditions("authority_notified", fresh({"detected_at": "2026-11-17T00:00:00Z"}, absent)) == {"not_notified"}
	high := {"detected_at": "2026-11-17T00:00:01Z", "risk_to_persons": "high"}
	pointers("authority_notified", fresh(high, absent)) == set()
	conditions("authority_notified", fresh({"detected_at": "2026-11-20T00:00:01Z"}, absent)) == {"not_notified"}
}

test_authority_notified_waits_until_a_breach_is_known if {
	absent := ["personal_data", "closed_at"]
	pointers("authority_notified", fresh({"detected_at": "2026-11-19T08:00:00Z"}, absent)) == set()
	conditions("authority_notified", fresh({"detected_at": "2026-11-16T08:00:00Z"}, absent)) == {"unknown_breach"}
	closed := fresh({"detected_at": "2026-11-19T08:00:00Z"}, ["personal_data"])
	conditions("authority_notified", closed) == {"unknown_breach"}
}

test_authority_notified_conditions if {
	conditions("authority_notified", without("/incidents/incidents/0/personal_data")) == {"unknown_breach"}
	conditions("authority_notified", without("/incidents/incidents/0/authority_notified_at")) == {"not_notified"}
	late := changed("/incidents/incidents/0/authority_notified_at", "2026-07-11T08:40:01Z")
	conditions("authority_notified", late) == {"notified_late"}
	conditions("authority_notified", with_facts({"risk_to_persons": "unlikely"})) == {"risk_not_assessed"}
	aware_late := with_facts({"aware_at": "2026-07-11T08:40:01Z", "authority_notified_at": "2026-07-11T09:00:00Z"})
	conditions("authority_notified", aware_late) == {"aware_late"}
	conditions("authority_notified", with_facts({"risk_to_persons": "high"})) == {"persons_not_informed"}
}

with_facts(facts) := changed("/incidents/incidents/0", object.union(good.incidents.incidents[0], facts))

test_authority_notified_passes_when_no_risk_is_likely if {
	evidence := json.patch(with_facts({"risk_to_persons": "unlikely", "risk_assessed_by": "amelie"}), [{
		"op": "remove", "path": "/incidents/incidents/0/authority_notified_at",
	}])
	pointers("authority_notified", evidence) == set()
}

test_authority_notified_from_the_awareness if {
	evidence := with_facts({"aware_at": "2026-07-10T08:40:00Z", "authority_notified_at": "2026-07-13T08:40:00Z"})
	pointers("authority_notified", evidence) == set()
	before := with_facts({"aware_at": "2026-07-08T08:39:59Z"})
	conditions("authority_notified", before) == {"aware_late"}
}

test_authority_notified_passes_when_the_persons_are_informed if {
	pointers("authority_notified", with_facts({
		"risk_to_persons": "high", "persons_notified_at": "2026-07-12T00:00:00Z",
	})) == set()
	conditions("authority_notified", with_facts({
		"risk_to_persons": "high", "persons_notified_at": "2026-07-08T00:00:00Z",
	})) == {"persons_not_informed"}
}

test_lessons_done_passes if pointers("lessons_done", good) == set()

test_lessons_done_fails_when_late if {
	late := changed("/incidents/incidents/0/lessons_done_on", "2026-10-11")
	pointers("lessons_done", late) == {"/incidents/incidents/0"}
}

test_lessons_done_fails_when_learned_before_or_closed_later if {
	before := changed("/incidents/incidents/0/lessons_done_on", "2026-07-07")
	pointers("lessons_done", before) == {"/incidents/incidents/0"}
	later := changed("/incidents/incidents/0/closed_at", "2026-11-20T00:00:01Z")
	pointers("lessons_done", later) == {"/incidents/incidents/0"}
}

test_lessons_done_missing_when_there_is_no_cause if {
	pointers("lessons_done", without("/incidents/incidents/0/cause")) == {"/incidents/incidents/0/cause"}
}

test_lessons_done_conditions if {
	conditions("lessons_done", without("/incidents/incidents/0/cause")) == {"incomplete"}
	conditions("lessons_done", changed("/incidents/incidents/0/lessons_done_on", "2026-07-07")) == {"wrong_order"}
	conditions("lessons_done", changed("/incidents/incidents/0/lessons_done_on", "2026-10-11")) == {"done_late"}
	later := changed("/incidents/incidents/0/closed_at", "2026-11-20T00:00:01Z")
	conditions("lessons_done", later) == {"wrong_order"}
	conditions("lessons_done", an_open_one("2026-08-21T00:00:00Z")) == {"not_closed"}
	conditions("lessons_done", planned("2026-11-01T00:00:00Z", "2027-01-31")) == {"overdue"}
}

an_open_one(detected_at) := changed("/incidents/incidents", [{
	"id": "I-1", "severity": "major", "detected_at": detected_at, "personal_data": false,
}])

planned(closed_at, due_on) := changed("/incidents/incidents", [{
	"id": "I-1", "severity": "major", "detected_at": "2026-10-01T00:00:00Z", "personal_data": false, "cause": "leak",
	"closed_at": closed_at, "lessons_due_on": due_on,
}])

test_lessons_done_passes_while_the_incident_is_open if {
	pointers("lessons_done", an_open_one("2026-11-18T00:00:00Z")) == set()
	pointers("lessons_done", an_open_one("2026-08-21T23:59:59Z")) == {"/incidents/incidents/0/closed_at"}
}

test_lessons_done_passes_while_they_are_due if {
	pointers("lessons_done", planned("2026-11-01T00:00:00Z", "2027-01-30")) == set()
	pointers("lessons_done", planned("2026-11-01T00:00:00Z", "2026-11-20")) == set()
	pointers("lessons_done", planned("2026-11-01T00:00:00Z", "2026-11-18")) == {"/incidents/incidents/0"}
}

test_lessons_done_missing_when_closed_without_a_plan if {
	evidence := json.patch(planned("2026-11-01T00:00:00Z", "2027-01-30"), [{
		"op": "remove", "path": "/incidents/incidents/0/lessons_due_on",
	}])
	pointers("lessons_done", evidence) == {"/incidents/incidents/0/lessons_done_on"}
}

test_lessons_done_missing_when_done_and_not_closed if {
	pointers("lessons_done", without("/incidents/incidents/0/closed_at")) == {"/incidents/incidents/0/closed_at"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	incidents.findings.evidence_consistent == set() with input as good
	incidents.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/incidents/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"incidents": [found]}})
	incidents.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/incidents", "values": {}},
	}
	incidents.findings.evidence_consistent == found with input as evidence
}

reports(changes, removed) := json.patch(good, array.concat(
	[{"op": "replace", "path": "/incidents/legal_report_count_365d", "value": 1}],
	[{"op": "replace", "path": "/incidents/legal_reports", "value": [object.union(
		object.remove(good.incidents.legal_reports[0], removed),
		changes,
	)]}],
))

dora(changes, removed) := reports(object.union({"law": "dora"}, changes), removed)

nis2(changes, removed) := reports(
	object.union(
		{"law": "nis2", "first_report_at": "2026-07-09T09:00:00Z", "second_report_at": "2026-07-11T09:00:00Z"},
		changes,
	),
	array.concat(["classified_at"], removed),
)

test_legal_reports_in_time_passes if {
	pointers("legal_reports_in_time", good) == set()
	pointers("legal_reports_in_time", dora({}, [])) == set()
	pointers("legal_reports_in_time", nis2({}, [])) == set()
}

test_legal_reports_in_time_fails_at_the_edges if {
	conditions("legal_reports_in_time", dora({"first_report_at": "2026-07-08T16:00:01Z"}, [])) == {"initial_late"}
	conditions("legal_reports_in_time", dora({"second_report_at": "2026-07-11T16:00:01Z"}, [])) == {"intermediate_late"}
	conditions("legal_reports_in_time", dora({"final_report_at": "2026-08-12T00:00:01Z"}, [])) == {"final_late"}
	conditions("legal_reports_in_time", nis2({"first_report_at": "2026-07-09T09:00:01Z"}, [])) == {"warning_late"}
	conditions("legal_reports_in_time", nis2({"second_report_at": "2026-07-11T09:00:01Z"}, [])) == {"notification_late"}
	conditions("legal_reports_in_time", nis2({"final_report_at": "2026-08-12T00:00:01Z"}, [])) == {"final_late"}
}

test_legal_reports_in_time_counts_a_late_classification_from_itself if {
	late := {"classified_at": "2026-07-10T09:00:00Z"}
	pointers("legal_reports_in_time", dora(object.union(late, {"first_report_at": "2026-07-10T13:00:00Z"}), [])) == set()
	conditions("legal_reports_in_time", dora(
		object.union(late, {"first_report_at": "2026-07-10T13:00:01Z"}),
		[],
	)) == {"initial_late"}
	soon := {"classified_at": "2026-07-09T08:00:00Z", "first_report_at": "2026-07-09T09:00:01Z"}
	conditions("legal_reports_in_time", dora(soon, [])) == {"initial_late"}
}

test_legal_reports_in_time_waits_while_the_clock_runs if {
	unsent := ["first_report_at", "second_report_at", "final_report_at"]
	fresh := {"aware_at": "2026-11-19T00:00:01Z", "classified_at": "2026-11-19T21:00:00Z"}
	pointers("legal_reports_in_time", dora(fresh, unsent)) == set()
	over := dora(object.union(fresh, {"aware_at": "2026-11-19T00:00:00Z"}), unsent)
	pointers("legal_reports_in_time", over) == {"/incidents/legal_reports/0/first_report_at"}
	second := {"first_report_at": "2026-11-17T00:00:01Z", "aware_at": "2026-11-16T23:00:00Z"}
	classified := object.union(second, {"classified_at": "2026-11-16T23:00:00Z"})
	pointers("legal_reports_in_time", dora(classified, ["second_report_at", "final_report_at"])) == set()
	early := dora(
		object.union(classified, {"first_report_at": "2026-11-17T00:00:00Z"}),
		["second_report_at", "final_report_at"],
	)
	pointers("legal_reports_in_time", early) == {"/incidents/legal_reports/0/second_report_at"}
}

test_legal_reports_in_time_missing_where_it_is_not_stated if {
	pointers("legal_reports_in_time", dora({}, ["aware_at"])) == {"/incidents/legal_reports/0/aware_at"}
	pointers("legal_reports_in_time", dora({}, ["classified_at"])) == {"/incidents/legal_reports/0/classified_at"}
	conditions("legal_reports_in_time", dora({}, ["incident"])) == {"incomplete", "reports_left_out"}
	conditions("legal_reports_in_time", dora({"aware_at": "2026-11-20T00:00:01Z"}, [])) == {"not_aware_yet"}
	conditions("legal_reports_in_time", changed("/incidents/legal_report_count_365d", 3)) == {"reports_left_out"}
}

test_legal_reports_in_time_waits_for_the_final_report if {
	sent := {
		"aware_at": "2026-10-18T00:00:00Z", "first_report_at": "2026-10-18T12:00:00Z",
		"second_report_at": "2026-10-20T00:00:00Z",
	}
	pointers("legal_reports_in_time", nis2(sent, ["final_report_at"])) == set()
	over := object.union(sent, {"second_report_at": "2026-10-19T00:00:00Z"})
	pointers("legal_reports_in_time", nis2(over, ["final_report_at"])) == {"/incidents/legal_reports/0/final_report_at"}
}

test_legal_reports_in_time_counts_the_final_report_from_the_last_intermediate_report if {
	updated := {"updated_report_at": "2026-08-05T10:00:00Z", "final_report_at": "2026-09-07T11:59:59Z"}
	pointers("legal_reports_in_time", dora(updated, [])) == set()
	conditions("legal_reports_in_time", nis2(updated, [])) == {"final_late"}
	conditions(
		"legal_reports_in_time",
		dora(object.union(updated, {"updated_report_at": "2026-11-20T00:00:01Z"}), []),
	) == {"final_late"}
	conditions(
		"legal_reports_in_time",
		dora(object.union(updated, {"final_report_at": "2026-08-05T09:59:59Z"}), []),
	) == {"final_late"}
}

# A month after 7 October 2026 is a Saturday.
test_legal_reports_in_time_ends_a_month_on_a_working_day if {
	sent := {
		"aware_at": "2026-10-05T09:00:00Z", "classified_at": "2026-10-05T09:00:00Z",
		"first_report_at": "2026-10-05T10:00:00Z", "second_report_at": "2026-10-07T09:00:00Z",
	}
	noon := object.union(sent, {"final_report_at": "2026-11-09T12:00:00Z"})
	pointers("legal_reports_in_time", dora(noon, [])) == set()
	past_noon := object.union(sent, {"final_report_at": "2026-11-09T12:00:01Z"})
	conditions("legal_reports_in_time", dora(past_noon, [])) == {"final_late"}
	night := object.union(sent, {"final_report_at": "2026-11-09T23:59:59Z"})
	pointers("legal_reports_in_time", nis2(night, [])) == set()
	tuesday := object.union(sent, {"final_report_at": "2026-11-10T00:00:01Z"})
	conditions("legal_reports_in_time", nis2(tuesday, [])) == {"final_late"}
}

# 7 November 2026 is a Saturday.
test_legal_reports_in_time_moves_other_limits_only_where_that_is_stated if {
	sent := {
		"aware_at": "2026-11-06T15:00:00Z", "classified_at": "2026-11-07T08:00:00Z",
		"first_report_at": "2026-11-09T12:00:00Z",
	}
	extended := object.union(sent, {"weekend_extension": true})
	unsent := ["second_report_at", "final_report_at"]
	conditions("legal_reports_in_time", dora(sent, unsent)) == {"initial_late"}
	conditions("legal_reports_in_time", dora(object.union(sent, {"weekend_extension": false}), unsent)) == {"initial_late"}
	intermediate := {"second_report_at": "2026-11-12T12:00:00Z"}
	pointers("legal_reports_in_time", dora(object.union(extended, intermediate), ["final_report_at"])) == set()
	later := object.union(intermediate, {"first_report_at": "2026-11-09T12:00:01Z"})
	conditions("legal_reports_in_time", dora(object.union(extended, later), ["final_report_at"])) == {"initial_late"}
	warned := object.union(extended, {"first_report_at": "2026-11-09T09:00:00Z"})
	conditions("legal_reports_in_time", nis2(warned, unsent)) == {"warning_late"}
}

test_legal_reports_in_time_counts_a_year if {
	old := {
		"incident": "I-0", "law": "nis2", "aware_at": "2025-07-08T09:00:00Z", "first_report_at": "2025-07-09T09:00:00Z",
		"second_report_at": "2025-07-11T09:00:00Z", "final_report_at": "2025-08-11T09:00:00Z",
	}
	evidence := json.patch(good, [{"op": "add", "path": "/incidents/legal_reports/-", "value": old}])
	pointers("legal_reports_in_time", evidence) == set()
}
