package okms.key_selection_test

import data.okms.key_selection

key(fields) := object.union(
	{
		"purpose": "data_encryption", "operations": ["encrypt", "decrypt"], "state": "active",
		"data_class": "internal", "rationale": "r",
	},
	fields,
)

signing(fields) := key(object.union({"purpose": "signature", "operations": ["verify", "sign"]}, fields))

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"keys": {"service_keys": [
		key({"name": "a", "type": "oct", "size": 128, "protect_until": "2035-12-31"}),
		key({"name": "b", "type": "oct", "size": 256, "protect_until": "2036-01-01"}),
		signing({"name": "c", "type": "RSA", "size": 2048, "protect_until": "2030-12-31"}),
		signing({"name": "d", "type": "RSA", "size": 3072, "protect_until": "2031-01-01", "pqc_plan": "P-1"}),
		signing({"name": "e", "type": "EC", "curve": "P-256", "protect_until": "2027-01-01"}),
		{"name": "f", "type": "RSA", "size": 1024, "state": "destroyed", "protect_until": "2040-01-01"},
	]},
	"key_selection": {"standard_owner": "sofia", "reviewer": "lukas", "reviewed_on": "2026-02-01"},
}

pointers(check, evidence) := {finding.pointer |
	some finding in key_selection.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in key_selection.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in key_selection.findings; findings != set()} with input as good
	failing == set()
}

test_strength_sufficient_passes if pointers("strength_sufficient", good) == set()

test_strength_sufficient_passes_within_a_forecast_of_its_data if {
	pointers("strength_sufficient", changed("/keys/service_keys/1/protect_until", "2076-12-31")) == set()
	pointers("strength_sufficient", archived("2030-12-31")) == set()
	pointers("strength_sufficient", archived("2029-12-31")) == {"/keys/service_keys/1"}
}

# What a register of births is encrypted with.
archived(retention_until) := json.patch(good, [
	{"op": "add", "path": "/keys/service_keys/1/id", "value": "k1"},
	{"op": "replace", "path": "/keys/service_keys/1/protect_until", "value": "2080-12-31"},
	{"op": "add", "path": "/datasets", "value": {"datasets": [
		{"key_id": "k1", "retention_until": "2027-12-31"},
		{"key_id": "k1", "retention_until": retention_until},
		{"key_id": "k2", "retention_until": "2090-12-31"},
	]}},
])

test_strength_sufficient_fails_when_too_small if {
	pointers("strength_sufficient", changed("/keys/service_keys/0/size", 127)) == {"/keys/service_keys/0"}
	pointers("strength_sufficient", changed("/keys/service_keys/1/size", 192)) == {"/keys/service_keys/1"}
	pointers("strength_sufficient", changed("/keys/service_keys/4/curve", "secp160r1")) == {"/keys/service_keys/4"}
}

test_strength_sufficient_fails_when_rsa_2048_must_last_longer if {
	pointers(
		"strength_sufficient",
		changed("/keys/service_keys/2/protect_until", "2031-01-01"),
	) == {"/keys/service_keys/2"}
}

test_strength_sufficient_missing_when_not_known if {
	pointers("strength_sufficient", without("/keys/service_keys/0/size")) == {"/keys/service_keys/0/size"}
	pointers("strength_sufficient", without("/keys/service_keys/4/curve")) == {"/keys/service_keys/4/curve"}
	pointers(
		"strength_sufficient",
		without("/keys/service_keys/3/protect_until"),
	) == {"/keys/service_keys/3/protect_until"}
}

test_strength_sufficient_conditions if {
	conditions("strength_sufficient", without("/keys/service_keys/0/size")) == {"incomplete"}
	conditions("strength_sufficient", changed("/keys/service_keys/1/size", 192)) == {"too_short"}
	conditions("strength_sufficient", changed("/keys/service_keys/4/curve", "secp160r1")) == {"curve_not_allowed"}
	far := changed("/keys/service_keys/1/protect_until", "2077-01-01")
	conditions("strength_sufficient", far) == {"beyond_forecast"}
	{finding.values.years | some finding in key_selection.findings.strength_sufficient with input as far} == {50}
}

test_strength_sufficient_says_how_many_bits_are_expected if {
	every index, bits in {0: 128, 1: 256, 2: 2048, 3: 3072} {
		evidence := changed(sprintf("/keys/service_keys/%d/size", [index]), 64)
		some finding in key_selection.findings.strength_sufficient with input as evidence
		finding.values.bits == bits
		finding.values.size == 64
	}
}

test_single_purpose_passes if pointers("single_purpose", good) == set()

test_single_purpose_passes_with_keys_that_wrap_or_have_a_public_part_alone if {
	every fields in [
		{"purpose": "key_wrapping", "operations": ["wrapKey", "unwrapKey"]},
		{"purpose": "key_wrapping", "operations": ["wrapKey"], "class": "public_key"},
		{"purpose": "signature", "operations": ["verify"], "class": "public_key"},
	] {
		evidence := changed("/keys/service_keys/3", object.union(good.keys.service_keys[3], fields))
		pointers("single_purpose", evidence) == set()
	}
}

test_single_purpose_fails_when_it_does_more if {
	evidence := changed("/keys/service_keys/0/operations", ["encrypt", "decrypt", "wrapKey"])
	pointers("single_purpose", evidence) == {"/keys/service_keys/0"}
	pointers("single_purpose", changed("/keys/service_keys/2/type", "oct")) == {"/keys/service_keys/2"}
	both := object.union(good.keys.service_keys[3], {"class": "public_key"})
	pointers("single_purpose", changed("/keys/service_keys/3", both)) == {"/keys/service_keys/3"}
}

test_single_purpose_missing_when_it_has_no_purpose if {
	pointers("single_purpose", without("/keys/service_keys/0/purpose")) == {"/keys/service_keys/0/purpose"}
}

test_single_purpose_conditions if {
	conditions("single_purpose", without("/keys/service_keys/0/purpose")) == {"incomplete"}
	conditions("single_purpose", changed("/keys/service_keys/2/type", "oct")) == {"type_unfit"}
	more := changed("/keys/service_keys/0/operations", ["encrypt", "decrypt", "wrapKey"])
	conditions("single_purpose", more) == {"operations_differ"}
	some finding in key_selection.findings.single_purpose with input as more
	finding.values.expected == ["decrypt", "encrypt"]
}

test_choice_documented_passes if pointers("choice_documented", good) == set()

test_choice_documented_fails_when_blank if {
	pointers("choice_documented", changed("/keys/service_keys/0/rationale", "")) == {"/keys/service_keys/0"}
}

test_choice_documented_missing_when_not_classified if {
	pointers("choice_documented", without("/keys/service_keys/0/data_class")) == {"/keys/service_keys/0/data_class"}
}

test_pqc_planned_passes if pointers("pqc_planned", good) == set()

test_pqc_planned_fails_when_blank if {
	pointers("pqc_planned", changed("/keys/service_keys/3/pqc_plan", "")) == {"/keys/service_keys/3"}
}

test_pqc_planned_missing_when_nobody_knows_how_long if {
	evidence := json.patch(
		without("/keys/service_keys/3/protect_until"),
		[{"op": "remove", "path": "/keys/service_keys/3/pqc_plan"}],
	)
	pointers("pqc_planned", evidence) == {"/keys/service_keys/3/protect_until"}
}

test_pqc_planned_missing_when_in_no_plan if {
	pointers("pqc_planned", without("/keys/service_keys/3/pqc_plan")) == {"/keys/service_keys/3/pqc_plan"}
}

test_pqc_planned_conditions if {
	conditions("pqc_planned", without("/keys/service_keys/3/pqc_plan")) == {"no_plan"}
	endless := json.patch(
		without("/keys/service_keys/3/protect_until"),
		[{"op": "remove", "path": "/keys/service_keys/3/pqc_plan"}],
	)
	conditions("pqc_planned", endless) == {"end_unknown"}
}

test_reviewed_passes if pointers("reviewed", good) == set()

test_reviewed_fails_when_by_its_owner_or_old if {
	pointers("reviewed", changed("/key_selection/reviewer", "Sofia")) == {"/key_selection"}
	pointers("reviewed", changed("/key_selection/reviewed_on", "2025-11-19")) == {"/key_selection"}
}

test_reviewed_missing_when_never if {
	pointers("reviewed", without("/key_selection/reviewed_on")) == {"/key_selection/reviewed_on"}
}

test_reviewed_conditions if {
	conditions("reviewed", without("/key_selection/reviewed_on")) == {"incomplete"}
	conditions("reviewed", changed("/key_selection/reviewer", "Sofia")) == {"reviewed_by_owner"}
	conditions("reviewed", changed("/key_selection/reviewed_on", "2025-11-19")) == {"review_not_recent"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	key_selection.findings.evidence_consistent == set() with input as good
	key_selection.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/key_selection/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"key_selection": [found]}})
	key_selection.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/key_selection", "values": {}},
	}
	key_selection.findings.evidence_consistent == found with input as evidence
}
