package okms.reversibility_test

import data.okms.reversibility

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "7d0c", "name": "payments"}},
	"keys": {"service_key_count": 2},
	"secrets": {"secret_count": 1},
	"datasets": {"dataset_count": 2, "datasets": [{"id": "d1", "encrypted": true}, {"id": "d2", "encrypted": false}]},
	"kmip": {"object_count": 1, "clients": [{"id": "c1"}]},
	"exit_plan": {
		"plan": {
			"version": "3", "owner": "julien", "approved_by": "claire", "reviewed_on": "2026-03-01",
			"target_service": "on-premises HSM", "target_protocols": ["proprietary", "KMIP"],
			"steps": data.params.exit_plan_steps, "transition_days": 30, "notice_days": 60,
		},
		"re_encryption": [{"dataset": "d1", "estimated_hours": 720}],
		"dependencies": [{"client": "c1", "alternative": "vault"}],
		"rehearsal": {
			"performed_on": "2026-06-01", "objects_sampled": 5, "objects_moved": 5, "open_actions": 0,
			"artifact": {"path": "r.txt", "sha256": "00"},
		},
		"contract": {"retrieval_days": 30, "clause": "12.4", "artifact": {"path": "c.txt", "sha256": "00"}},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in reversibility.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in reversibility.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

# A rehearsal with so many objects, all moved.
rehearsed(number) := json.patch(good, [
	{"op": "replace", "path": "/exit_plan/rehearsal/objects_sampled", "value": number},
	{"op": "replace", "path": "/exit_plan/rehearsal/objects_moved", "value": number},
])

# A transition of so many days, with an extension.
extended(days, extension) := json.patch(good, [
	{"op": "replace", "path": "/exit_plan/plan/transition_days", "value": days},
	{"op": "add", "path": "/exit_plan/plan/extension", "value": extension},
])

decision(days) := {"days": days, "decided_by": "claire", "clause": "Data Act 25(5)"}

# The dataset is encrypted under a KMIP object, and the plan has no estimate for it.
under_kmip(item) := json.patch(good, [
	{"op": "remove", "path": "/exit_plan/re_encryption"},
	{"op": "add", "path": "/datasets/datasets/0/key_id", "value": "o1"},
	{"op": "add", "path": "/kmip/objects", "value": [object.union({"id": "o1"}, item)]},
])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in reversibility.findings; findings != set()} with input as good
	failing == set()
}

test_plan_current_passes if pointers("plan_current", good) == set()

test_plan_current_fails_when_its_owner_approved_it if {
	pointers("plan_current", changed("/exit_plan/plan/approved_by", "Julien")) == {"/exit_plan/plan"}
}

test_plan_current_missing_when_never_reviewed if {
	pointers("plan_current", without("/exit_plan/plan/reviewed_on")) == {"/exit_plan/plan/reviewed_on"}
}

test_plan_current_conditions if {
	conditions("plan_current", without("/exit_plan/plan/version")) == {"incomplete"}
	conditions("plan_current", changed("/exit_plan/plan/approved_by", "Julien")) == {"approved_by_owner"}
	conditions("plan_current", changed("/exit_plan/plan/reviewed_on", "2025-11-19")) == {"review_not_recent"}
}

test_target_open_passes if pointers("target_open", good) == set()

test_target_open_fails_when_proprietary if {
	pointers("target_open", changed("/exit_plan/plan/target_protocols", ["proprietary"])) == {"/exit_plan/plan"}
}

test_target_open_missing_when_not_named if {
	pointers("target_open", without("/exit_plan/plan/target_service")) == {"/exit_plan/plan/target_service"}
}

test_target_open_conditions if {
	conditions(
		"target_open",
		changed("/exit_plan/plan/target_service", "OKMS in another region"),
	) == {"target_is_this_service"}
	conditions("target_open", without("/exit_plan/plan/target_service")) == {"incomplete"}
	conditions("target_open", changed("/exit_plan/plan/target_protocols", ["proprietary"])) == {"no_open_protocol"}
}

test_steps_complete_passes if pointers("steps_complete", good) == set()

test_steps_complete_fails_when_one_is_left_out if {
	pointers("steps_complete", without("/exit_plan/plan/steps/0")) == {"/exit_plan/plan/steps"}
}

test_steps_complete_missing_when_there_are_none if {
	pointers("steps_complete", without("/exit_plan/plan/steps")) == {"/exit_plan/plan/steps"}
}

test_steps_complete_conditions if {
	conditions("steps_complete", without("/exit_plan/plan/steps/0")) == {"steps_left_out"}
	first := array.concat(["destroy"], [step | some step in data.params.exit_plan_steps; step != "destroy"])
	conditions("steps_complete", changed("/exit_plan/plan/steps", first)) == {"destroys_too_early"}
}

test_steps_complete_passes_when_more_follows if {
	steps := array.concat(data.params.exit_plan_steps, ["a word to the customers"])
	conditions("steps_complete", changed("/exit_plan/plan/steps", steps)) == set()
}

test_steps_complete_shows_what_is_left_out if {
	some finding in reversibility.findings.steps_complete with input as without("/exit_plan/plan/steps/0")
	finding.values.steps == [data.params.exit_plan_steps[0]]
}

test_time_sufficient_passes if pointers("time_sufficient", good) == set()

test_time_sufficient_fails_when_the_work_does_not_fit if {
	pointers("time_sufficient", changed("/exit_plan/re_encryption/0/estimated_hours", 721)) == {"/exit_plan/plan"}
}

test_time_sufficient_fails_when_too_long if {
	pointers("time_sufficient", changed("/exit_plan/plan/transition_days", 31)) == {"/exit_plan/plan"}
	pointers("time_sufficient", changed("/exit_plan/plan/notice_days", 63)) == {"/exit_plan/plan"}
}

test_time_sufficient_missing_when_not_planned if {
	pointers("time_sufficient", without("/exit_plan/plan/transition_days")) == {"/exit_plan/plan/transition_days"}
}

test_time_sufficient_conditions if {
	conditions("time_sufficient", without("/exit_plan/re_encryption/0")) == {"not_estimated"}
	conditions("time_sufficient", extended(60, {"days": 30})) == {"extension_not_decided"}
	conditions("time_sufficient", extended(300, decision(270))) == {"extension_too_long"}
	conditions("time_sufficient", without("/exit_plan/plan/notice_days")) == {"incomplete"}
	conditions("time_sufficient", changed("/exit_plan/plan/transition_days", 31)) == {"transition_too_long"}
	conditions("time_sufficient", changed("/exit_plan/plan/notice_days", 63)) == {"notice_too_long"}
	conditions("time_sufficient", changed("/exit_plan/re_encryption/0/estimated_hours", 721)) == {"work_does_not_fit"}
}

test_time_sufficient_shows_the_sum if {
	evidence := changed("/exit_plan/re_encryption/0/estimated_hours", 721)
	some finding in reversibility.findings.time_sufficient with input as evidence
	finding.values.hours == 721
}

test_datasets_planned_passes if pointers("datasets_planned", good) == set()

test_datasets_planned_fails_when_one_is_left_out_or_unknown if {
	evidence := changed("/exit_plan/re_encryption/0/dataset", "d9")
	pointers("datasets_planned", evidence) == {"/datasets/datasets/0", "/exit_plan/re_encryption/0"}
}

test_datasets_planned_missing_when_not_estimated if {
	evidence := without("/exit_plan/re_encryption/0/estimated_hours")
	pointers("datasets_planned", evidence) == {"/datasets/datasets/0", "/exit_plan/re_encryption/0/estimated_hours"}
}

test_datasets_planned_conditions if {
	conditions("datasets_planned", without("/datasets/datasets/0/id")) == {"dataset_without_id", "unknown_dataset"}
	conditions("datasets_planned", without("/exit_plan/re_encryption/0")) == {"not_planned"}
	conditions("datasets_planned", without("/exit_plan/re_encryption/0/estimated_hours")) == {"not_planned", "incomplete"}
	conditions("datasets_planned", changed("/exit_plan/re_encryption/0/estimated_hours", 0)) == {"not_planned", "no_time"}
	conditions(
		"datasets_planned",
		changed("/exit_plan/re_encryption/0/dataset", "d9"),
	) == {"not_planned", "unknown_dataset"}
}

test_clients_planned_passes if pointers("clients_planned", good) == set()

test_clients_planned_fails_when_there_is_no_alternative if {
	pointers("clients_planned", without("/exit_plan/dependencies/0/alternative")) == {"/kmip/clients/0"}
}

test_clients_planned_missing_when_the_client_has_no_id if {
	pointers("clients_planned", without("/kmip/clients/0/id")) == {"/kmip/clients/0/id"}
}

# The client has moved, and its objects are in a state.
moved_away(state) := json.patch(without("/exit_plan/dependencies/0"), [
	{"op": "add", "path": "/kmip/migrations", "value": [{"client": "c1", "source_destroyed_on": "2026-10-01"}]},
	{"op": "add", "path": "/kmip/objects", "value": [{"id": "o1", "client": "c1", "state": state}]},
])

test_clients_planned_passes_when_the_client_has_moved if pointers("clients_planned", moved_away("Destroyed")) == set()

test_clients_planned_fails_when_a_moved_client_still_has_objects if {
	pointers("clients_planned", moved_away("Deactivated")) == {"/kmip/clients/0"}
	rehearsed_only := json.patch(moved_away("Destroyed"), [{"op": "remove", "path": "/kmip/migrations"}])
	pointers("clients_planned", rehearsed_only) == {"/kmip/clients/0"}
	of_another := json.patch(moved_away("Active"), [{"op": "replace", "path": "/kmip/objects/0/client", "value": "c2"}])
	pointers("clients_planned", of_another) == set()
}

test_clients_planned_conditions if {
	conditions("clients_planned", without("/kmip/clients/0/id")) == {"client_without_id"}
	conditions("clients_planned", without("/exit_plan/dependencies/0")) == {"no_replacement"}
}

test_rehearsed_passes if pointers("rehearsed", good) == set()

test_rehearsed_fails_when_something_did_not_work if {
	pointers("rehearsed", changed("/exit_plan/rehearsal/objects_moved", 4)) == {"/exit_plan/rehearsal"}
	pointers("rehearsed", changed("/exit_plan/rehearsal/open_actions", 1)) == {"/exit_plan/rehearsal"}
}

test_rehearsed_missing_when_never if {
	pointers("rehearsed", without("/exit_plan/rehearsal/performed_on")) == {"/exit_plan/rehearsal/performed_on"}
}

test_rehearsed_conditions if {
	conditions("rehearsed", rehearsed(7)) == {"sample_too_large"}
	conditions("rehearsed", rehearsed(2)) == {"sample_too_small"}
	conditions("rehearsed", without("/exit_plan/rehearsal/artifact")) == {"incomplete"}
	conditions("rehearsed", changed("/exit_plan/rehearsal/artifact", {"path": "", "sha256": "00"})) == {"no_record"}
	conditions("rehearsed", changed("/exit_plan/rehearsal/performed_on", "2025-11-19")) == {"not_recent"}
	conditions("rehearsed", changed("/exit_plan/rehearsal/objects_moved", 4)) == {"not_all_moved"}
	conditions("rehearsed", changed("/exit_plan/rehearsal/open_actions", 1)) == {"actions_open"}
}

test_rehearsed_passes_when_objects_have_ended_since if {
	former := {"op": "add", "path": "/import_export", "value": {"former_objects": [
		{"id": "s", "kind": "secret", "ended_on": good.exit_plan.rehearsal.performed_on},
		{"id": "w", "kind": "workload", "ended_on": "2026-11-01"},
	]}}
	pointers("rehearsed", json.patch(rehearsed(7), [former])) == set()
	conditions("rehearsed", json.patch(rehearsed(8), [former])) == {"sample_too_large"}
}

test_retrieval_agreed_passes if pointers("retrieval_agreed", good) == set()

test_retrieval_agreed_fails_when_short if {
	pointers("retrieval_agreed", changed("/exit_plan/contract/retrieval_days", 29)) == {"/exit_plan/contract"}
}

test_retrieval_agreed_missing_when_the_clause_is_not_on_file if {
	pointers("retrieval_agreed", without("/exit_plan/contract/artifact")) == {"/exit_plan/contract/artifact"}
}

test_retrieval_agreed_conditions if {
	conditions("retrieval_agreed", without("/exit_plan/contract/clause")) == {"incomplete"}
	conditions(
		"retrieval_agreed",
		changed("/exit_plan/contract/artifact", {"path": "", "sha256": "00"}),
	) == {"clause_not_kept"}
	conditions("retrieval_agreed", changed("/exit_plan/contract/retrieval_days", 29)) == {"too_short"}
}

test_target_open_fails_when_it_is_this_domain if {
	every target in ["Domain 7D0C", " Payments ", "ovhcloud kms", " "] {
		pointers("target_open", changed("/exit_plan/plan/target_service", target)) == {"/exit_plan/plan"}
	}
}

test_target_open_passes_for_another_service_at_the_same_provider if {
	evidence := changed("/exit_plan/plan/target_service", "Vault on OVHcloud Public Cloud")
	pointers("target_open", evidence) == set()
}

test_clients_planned_fails_when_the_replacement_is_no_other_service if {
	every alternative in ["c1", "OKMS", "payments"] {
		evidence := changed("/exit_plan/dependencies/0/alternative", alternative)
		pointers("clients_planned", evidence) == {"/kmip/clients/0"}
	}
}

test_rehearsed_passes_with_all_that_there_is if {
	pointers("rehearsed", rehearsed(6)) == set()
	pointers("rehearsed", rehearsed(3)) == set()
	two := json.patch(rehearsed(2), [
		{"op": "replace", "path": "/keys/service_key_count", "value": 0},
		{"op": "replace", "path": "/datasets/dataset_count", "value": 0},
	])
	pointers("rehearsed", two) == set()
}

test_time_sufficient_passes_with_an_extension if {
	pointers("time_sufficient", extended(60, decision(30))) == set()
}

test_time_sufficient_fails_beyond_the_extension if {
	pointers("time_sufficient", extended(61, decision(30))) == {"/exit_plan/plan"}
}

test_datasets_planned_passes_when_the_key_moves if {
	moves := under_kmip({"state": "Active", "extractable": true})
	pointers("datasets_planned", moves) == set()
	pointers("time_sufficient", moves) == set()
}

test_datasets_planned_fails_when_the_key_stays if {
	every item in [{"state": "Active", "extractable": false}, {"state": "Destroyed", "extractable": true}] {
		pointers("datasets_planned", under_kmip(item)) == {"/datasets/datasets/0"}
	}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	reversibility.findings.evidence_consistent == set() with input as good
	reversibility.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/exit_plan/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"exit_plan": [found]}})
	reversibility.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/exit_plan", "values": {}},
	}
	reversibility.findings.evidence_consistent == found with input as evidence
}
