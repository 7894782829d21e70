package okms.key_management_test

import data.okms.key_management

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"location": {"workloads": [{"id": "w1"}]},
	"keys": {
		"service_key_count": 5,
		"service_keys": [
			{
				"id": "a", "name": "a", "state": "active", "owner": "hugo", "purpose": "signature",
				"created_at": "2026-01-01T00:00:00Z", "activated_at": "2026-01-01T00:00:00Z",
				"last_used_at": "2026-11-01T00:00:00Z",
			},
			{
				"id": "b", "name": "b", "state": "compromised", "owner": "hugo", "purpose": "signature",
				"created_at": "2025-01-01T00:00:00Z", "compromised_at": "2026-04-01T00:00:00Z",
				"deactivated_at": "2026-04-02T00:00:00Z", "deactivation_reason": "key_compromise", "incident_id": "I-1",
				"replaced_by": "a",
			},
			{
				"id": "c", "name": "c", "state": "deactivated", "owner": "hugo", "purpose": "signature",
				"created_at": "2025-01-01T00:00:00Z", "deactivated_at": "2026-01-01T00:00:00Z",
				"deactivation_reason": "superseded", "replaced_by": "a",
			},
			{
				"id": "d", "name": "d", "state": "destroyed", "owner": "hugo", "purpose": "signature",
				"created_at": "2025-01-01T00:00:00Z", "deactivated_at": "2026-01-01T00:00:00Z",
				"deactivation_reason": "cessation_of_operation", "destroyed_at": "2026-02-01T00:00:00Z",
			},
			{
				"id": "e", "name": "e", "state": "pre_active", "owner": "hugo", "purpose": "master",
				"created_at": "2026-11-01T00:00:00Z",
			},
		],
	},
	"incidents": {"incidents": [{"id": "I-1", "detected_at": "2026-04-01T00:00:00Z"}]},
	"secrets": {"source": {"collected_at": "2026-11-18T00:00:00Z"}, "secret_count": 1, "secrets": [{
		"path": "s", "owner": "hugo", "consumers": ["w1"], "current_version_created_at": "2026-09-01T00:00:00Z",
		"max_versions": 10, "deactivate_version_after_hours": 2160, "cas_required": true,
	}]},
	"key_management": {"custodians": [
		{"person": "sofia", "acknowledged_on": "2026-01-10"},
		{"person": "marc", "acknowledged_on": "2026-01-10"},
	]},
}

pointers(check, evidence) := {finding.pointer |
	some finding in key_management.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in key_management.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in key_management.findings; findings != set()} with input as good
	failing == set()
}

test_keys_listed_passes if pointers("keys_listed", good) == set()

test_keys_listed_fails_when_one_is_left_out if {
	pointers("keys_listed", changed("/keys/service_key_count", 6)) == {"/keys/service_key_count"}
	pointers("keys_listed", changed("/keys/service_keys/4/id", "a")) == {"/keys/service_key_count"}
}

test_keys_listed_missing_when_nobody_owns_it if {
	pointers("keys_listed", without("/keys/service_keys/0/owner")) == {"/keys/service_keys/0/owner"}
}

test_keys_listed_conditions if {
	conditions("keys_listed", without("/keys/service_keys/0/owner")) == {"incomplete"}
	future := changed("/keys/service_keys/0/created_at", "2026-11-21T00:00:00Z")
	conditions("keys_listed", future) == {"created_in_future"}
	conditions("keys_listed", changed("/keys/service_key_count", 6)) == {"count_differs"}
}

test_keys_listed_says_both_numbers if {
	some finding in key_management.findings.keys_listed with input as changed("/keys/service_key_count", 6)
	finding.values == {"listed": 5, "counted": 6}
	finding.related == ["/keys/service_keys"]
}

test_within_crypto_period_passes if pointers("within_crypto_period", good) == set()

test_within_crypto_period_fails_when_too_old if {
	pointers(
		"within_crypto_period",
		changed("/keys/service_keys/0/activated_at", "2023-11-20T00:00:00Z"),
	) == {"/keys/service_keys/0"}
	pointers("within_crypto_period", changed("/keys/service_keys/0/activated_at", "2023-11-21T00:00:00Z")) == set()
	pointers("within_crypto_period", changed("/keys/service_keys/0/purpose", "odd")) == {"/keys/service_keys/0"}
}

test_within_crypto_period_missing_when_not_dated if {
	pointers("within_crypto_period", without("/keys/service_keys/0/activated_at")) == {"/keys/service_keys/0/activated_at"}
}

test_within_crypto_period_conditions if {
	conditions("within_crypto_period", without("/keys/service_keys/0/purpose")) == {"incomplete"}
	late := changed("/keys/service_keys/0/activated_at", "2023-11-20T00:00:00Z")
	conditions("within_crypto_period", late) == {"period_over"}
	{finding.values.days | some finding in key_management.findings.within_crypto_period with input as late} == {1095}
}

test_in_use_passes if pointers("in_use", good) == set()

test_in_use_fails_when_unused if {
	pointers("in_use", changed("/keys/service_keys/0/last_used_at", "2026-08-21T00:00:00Z")) == {"/keys/service_keys/0"}
}

test_in_use_missing_when_not_known if {
	pointers("in_use", without("/keys/service_keys/0/last_used_at")) == {"/keys/service_keys/0/last_used_at"}
}

test_in_use_passes_when_new if {
	every activated, expected in {
		"2026-08-21T00:00:00Z": {"/keys/service_keys/0/last_used_at"},
		"2026-08-23T00:00:00Z": set(),
	} {
		unused := json.remove(changed("/keys/service_keys/0/activated_at", activated), ["/keys/service_keys/0/last_used_at"])
		pointers("in_use", unused) == expected
	}
}

test_in_use_conditions if {
	conditions("in_use", without("/keys/service_keys/0/last_used_at")) == {"use_unknown"}
	conditions("in_use", changed("/keys/service_keys/0/last_used_at", "2026-08-21T00:00:00Z")) == {"unused"}
}

test_states_dated_passes if pointers("states_dated", good) == set()

test_states_dated_fails_when_a_date_does_not_fit_the_state if {
	every index, field in {
		0: "deactivated_at", 1: "destroyed_at", 2: "compromised_at", 3: "compromised_at",
		4: "last_used_at",
	} {
		evidence := json.patch(good, [{
			"op": "add", "path": sprintf("/keys/service_keys/%d/%s", [index, field]), "value": "2026-11-02T00:00:00Z",
		}])
		pointers("states_dated", evidence) == {sprintf("/keys/service_keys/%d/state", [index])}
	}
}

test_states_dated_missing_when_there_is_no_state if {
	pointers("keys_listed", without("/keys/service_keys/0/state")) == {"/keys/service_keys/0/state"}
}

test_compromise_handled_passes if pointers("compromise_handled", good) == set()

test_compromise_handled_passes_when_it_was_out_of_use_before if {
	before := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/1/deactivated_at", "value": "2026-03-01T00:00:00Z"},
		{"op": "replace", "path": "/keys/service_keys/1/deactivation_reason", "value": "superseded"},
	])
	pointers("compromise_handled", before) == set()
}

test_compromise_handled_passes_when_its_replacement_was_replaced if {
	since := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/1/replaced_by", "value": "c"},
		{"op": "replace", "path": "/keys/service_keys/2/deactivated_at", "value": "2026-04-01T00:00:00Z"},
	])
	pointers("compromise_handled", since) == set()
}

test_compromise_handled_passes_when_replaced_in_a_week if {
	pointers("compromise_handled", changed("/keys/service_keys/0/activated_at", "2026-04-08T00:00:00Z")) == set()
	by_creation := json.patch(without("/keys/service_keys/0/activated_at"), [
		{"op": "replace", "path": "/keys/service_keys/0/created_at", "value": "2026-04-09T00:00:00Z"},
	])
	conditions("compromise_handled", by_creation) == {"replaced_late"}
}

test_compromise_handled_fails_when_slow_or_not_replaced if {
	pointers(
		"compromise_handled",
		changed("/keys/service_keys/1/deactivated_at", "2026-04-02T00:00:01Z"),
	) == {"/keys/service_keys/1"}
	pointers("compromise_handled", changed("/keys/service_keys/1/replaced_by", "c")) == {"/keys/service_keys/1"}
}

test_compromise_handled_missing_when_there_is_no_incident if {
	pointers("compromise_handled", without("/keys/service_keys/1/incident_id")) == {"/keys/service_keys/1/incident_id"}
}

test_compromise_handled_conditions if {
	conditions("compromise_handled", without("/keys/service_keys/1/incident_id")) == {"incomplete"}
	every field, value_and_condition in {
		"deactivation_reason": ["superseded", "other_reason"],
		"replaced_by": ["c", "replacement_not_active"],
		"compromised_at": ["2026-03-31T00:00:00Z", "too_slow"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/keys/service_keys/1", field]), value)
		conditions("compromise_handled", evidence) == {condition}
	}
	future := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/1/deactivated_at", "value": "2026-11-21T00:00:00Z"},
		{"op": "remove", "path": "/incidents"},
	])
	conditions("compromise_handled", future) == {"deactivated_in_future"}
	conditions("compromise_handled", changed("/keys/service_keys/0/purpose", "master")) == {"replacement_unfit"}
	late := changed("/keys/service_keys/0/activated_at", "2026-04-08T00:00:01Z")
	conditions("compromise_handled", late) == {"replaced_late"}
	some slow in key_management.findings.compromise_handled with input as late
	slow.values.replaced_since == "2026-04-08T00:00:01Z"
	conditions("compromise_handled", lower_class(1)) == {"replacement_unfit"}
	earlier := changed("/incidents/incidents/0/detected_at", "2026-03-25T00:00:00Z")
	conditions("compromise_handled", earlier) == {"incident_earlier"}
	some finding in key_management.findings.compromise_handled with input as earlier
	finding.related == ["/incidents/incidents/0"]
}

test_retired_properly_passes if pointers("retired_properly", good) == set()

test_retired_properly_passes_when_the_successor_works_a_day_later if {
	pointers("retired_properly", changed("/keys/service_keys/0/activated_at", "2026-01-02T00:00:00Z")) == set()
}

test_retired_properly_fails_when_kept_too_long_or_destroyed_before if {
	pointers(
		"retired_properly",
		changed("/keys/service_keys/2/deactivated_at", "2023-11-19T00:00:00Z"),
	) == {"/keys/service_keys/2"}
	pointers(
		"retired_properly",
		changed("/keys/service_keys/3/destroyed_at", "2025-12-31T00:00:00Z"),
	) == {"/keys/service_keys/3"}
	pointers("retired_properly", changed("/keys/service_keys/2/replaced_by", "z")) == {"/keys/service_keys/2"}
}

test_retired_properly_missing_when_there_is_no_reason if {
	evidence := without("/keys/service_keys/2/deactivation_reason")
	pointers("retired_properly", evidence) == {"/keys/service_keys/2/deactivation_reason"}
}

# A key that was destroyed before it was in use.
never_used(more) := changed("/keys/service_keys/3", object.union(
	{
		"id": "d", "name": "d", "state": "destroyed", "created_at": "2025-11-03T00:00:00Z",
		"destroyed_at": "2026-02-01T00:00:00Z",
	},
	more,
))

test_retired_properly_passes_when_it_was_never_in_use if pointers("retired_properly", never_used({})) == set()

test_retired_properly_missing_when_it_was_in_use if {
	every field in ["activated_at", "last_used_at", "deactivated_at"] {
		conditions("retired_properly", never_used({field: "2026-01-01T00:00:00Z"})) == {"incomplete"}
	}
	conditions("retired_properly", never_used({"destroyed_at": "2027-01-01T00:00:00Z"})) == {"incomplete"}
	conditions("retired_properly", never_used({"state": "deactivated"})) == {"incomplete"}
	conditions("retired_properly", never_used({"created_at": "2025-11-02T23:59:59Z"})) == {"incomplete"}
}

test_retired_properly_conditions if {
	conditions("retired_properly", without("/keys/service_keys/3/destroyed_at")) == {"incomplete"}
	conditions("retired_properly", without("/keys/service_keys/2/deactivated_at")) == {"incomplete"}
	unspecified := changed("/keys/service_keys/2/deactivation_reason", "unspecified")
	conditions("retired_properly", unspecified) == {"other_reason"}
	conditions("retired_properly", changed("/keys/service_keys/2/replaced_by", "z")) == {"replacement_unknown"}
	conditions("retired_properly", changed("/keys/service_keys/2/replaced_by", "c")) == {"replacement_unfit"}
	late := changed("/keys/service_keys/0/activated_at", "2026-01-02T00:00:01Z")
	conditions("retired_properly", late) == {"replaced_late"}
	planned := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/2/replaced_by", "value": "e"},
		{"op": "replace", "path": "/keys/service_keys/4/purpose", "value": "signature"},
	])
	conditions("retired_properly", planned) == {"replacement_never_active"}
	conditions("retired_properly", lower_class(2)) == {"replacement_unfit"}
	kept := json.patch(good, [
		{"op": "replace", "path": "/keys/service_keys/2/deactivated_at", "value": "2023-11-19T00:00:00Z"},
		{"op": "replace", "path": "/keys/service_keys/2/deactivation_reason", "value": "cessation_of_operation"},
	])
	conditions("retired_properly", kept) == {"kept_too_long"}
	before := changed("/keys/service_keys/3/destroyed_at", "2025-12-31T00:00:00Z")
	conditions("retired_properly", before) == {"destroyed_out_of_time"}
}

test_secrets_listed_passes if pointers("secrets_listed", good) == set()

test_secrets_listed_fails_when_the_reader_is_unknown_or_one_is_left_out if {
	pointers("secrets_listed", changed("/secrets/secrets/0/consumers", ["w9"])) == {"/secrets/secrets/0"}
	pointers("secrets_listed", changed("/secrets/secret_count", 2)) == {"/secrets/secret_count"}
}

test_secrets_listed_missing_when_nobody_owns_it if {
	pointers("secrets_listed", without("/secrets/secrets/0/owner")) == {"/secrets/secrets/0/owner"}
}

test_secrets_listed_conditions if {
	conditions("secrets_listed", without("/secrets/secrets/0/owner")) == {"incomplete"}
	unknown := changed("/secrets/secrets/0/consumers", ["w1", "w9"])
	conditions("secrets_listed", unknown) == {"readers_unknown"}
	{finding.values.readers | some finding in key_management.findings.secrets_listed with input as unknown} == {["w9"]}
	conditions("secrets_listed", changed("/secrets/secret_count", 2)) == {"count_differs"}
}

test_secrets_rotated_passes if pointers("secrets_rotated", good) == set()

test_secrets_rotated_fails_when_old if {
	evidence := changed("/secrets/secrets/0/current_version_created_at", "2026-08-21T00:00:00Z")
	pointers("secrets_rotated", evidence) == {"/secrets/secrets/0"}
}

test_secrets_rotated_missing_when_not_dated if {
	evidence := without("/secrets/secrets/0/current_version_created_at")
	pointers("secrets_rotated", evidence) == {"/secrets/secrets/0/current_version_created_at"}
}

test_secrets_rotated_conditions if {
	conditions("secrets_rotated", without("/secrets/secrets/0/current_version_created_at")) == {"incomplete"}
	late := changed("/secrets/secrets/0/current_version_created_at", "2026-08-21T00:00:00Z")
	conditions("secrets_rotated", late) == {"version_not_recent"}
	ended := changed("/secrets/secrets/0/deactivate_version_after_hours", 1871)
	conditions("secrets_rotated", ended) == {"version_ended"}
	pointers("secrets_rotated", changed("/secrets/secrets/0/deactivate_version_after_hours", 1872)) == set()
}

test_secrets_configured_passes if pointers("secrets_configured", good) == set()

test_secrets_configured_fails_when_versions_never_end if {
	pointers(
		"secrets_configured",
		changed("/secrets/secrets/0/deactivate_version_after_hours", 0),
	) == {"/secrets/secrets/0"}
	pointers("secrets_configured", changed("/secrets/secrets/0/max_versions", 1)) == {"/secrets/secrets/0"}
	pointers("secrets_configured", changed("/secrets/secrets/0/cas_required", false)) == {"/secrets/secrets/0"}
}

test_secrets_configured_missing_when_not_known if {
	pointers("secrets_configured", without("/secrets/secrets/0/cas_required")) == {"/secrets/secrets/0/cas_required"}
}

test_secrets_configured_conditions if {
	conditions("secrets_configured", without("/secrets/secrets/0/cas_required")) == {"incomplete"}
	endless := changed("/secrets/secrets/0/deactivate_version_after_hours", 0)
	conditions("secrets_configured", endless) == {"versions_never_end"}
	every field, value_and_condition in {
		"cas_required": [false, "writes_unchecked"],
		"deactivate_version_after_hours": [87600, "versions_end_late"],
		"max_versions": [11, "versions_out_of_range"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/secrets/secrets/0", field]), value)
		conditions("secrets_configured", evidence) == {condition}
	}
}

test_custodians_acknowledged_passes if pointers("custodians_acknowledged", good) == set()

test_custodians_acknowledged_fails_when_alone_or_long_ago if {
	pointers("custodians_acknowledged", without("/key_management/custodians/1")) == {"/key_management/custodians"}
	evidence := changed("/key_management/custodians/0/acknowledged_on", "2025-11-19")
	pointers("custodians_acknowledged", evidence) == {"/key_management/custodians/0"}
}

test_custodians_acknowledged_missing_when_never if {
	evidence := without("/key_management/custodians/0/acknowledged_on")
	pointers("custodians_acknowledged", evidence) == {"/key_management/custodians/0/acknowledged_on"}
}

# A third custodian, of a ceremony of the past, whose last day in the organisation is given.
left(until) := json.patch(good, [
	{"op": "add", "path": "/people", "value": {"people": [{"id": "Karl", "active_until": until}]}},
	{"op": "add", "path": "/key_management/custodians/-", "value": {"person": "karl", "acknowledged_on": "2025-01-10"}},
])

test_custodians_acknowledged_passes_when_one_has_left if {
	pointers("custodians_acknowledged", left("2026-11-19")) == set()
	conditions("custodians_acknowledged", left("2026-11-20")) == {"acknowledgement_not_recent"}
}

test_custodians_acknowledged_fails_when_too_few_are_still_there if {
	evidence := json.patch(left("2026-11-19"), [{"op": "remove", "path": "/key_management/custodians/0"}])
	conditions("custodians_acknowledged", evidence) == {"too_few"}
}

test_custodians_acknowledged_missing_when_one_who_left_never_did if {
	evidence := json.patch(left("2026-11-19"), [{"op": "remove", "path": "/key_management/custodians/2/acknowledged_on"}])
	conditions("custodians_acknowledged", evidence) == {"incomplete"}
}

test_custodians_acknowledged_conditions if {
	conditions("custodians_acknowledged", without("/key_management/custodians/1")) == {"too_few"}
	conditions("custodians_acknowledged", without("/key_management/custodians/0/acknowledged_on")) == {"incomplete"}
	late := changed("/key_management/custodians/0/acknowledged_on", "2025-11-19")
	conditions("custodians_acknowledged", late) == {"acknowledgement_not_recent"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	key_management.findings.evidence_consistent == set() with input as good
	key_management.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/key_management/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"key_management": [found]}})
	key_management.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/key_management", "values": {}},
		{"condition": "not_compared", "pointer": "/keys", "values": {}},
		{"condition": "not_compared", "pointer": "/secrets", "values": {}},
	}
	key_management.findings.evidence_consistent == found with input as evidence
}

# lower_class is the good evidence in which a key was for restricted data, and its replacement is not.
lower_class(i) := json.patch(good, [
	{"op": "add", "path": sprintf("/keys/service_keys/%d/data_class", [i]), "value": "restricted"},
	{"op": "add", "path": "/keys/service_keys/0/data_class", "value": "internal"},
])
