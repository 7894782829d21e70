package okms.network_access_test

import data.okms.network_access

good := object.union(facts, {"permissions": permissions})

facts := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"region": "eu-west-par"}},
	"location": {"workloads": [{"id": "w1", "criticality": "critical"}, {"id": "w2", "criticality": "standard"}]},
	"iam": {"policies": [
		{
			"name": "people", "identity_kind": "human", "identities": ["urn:v1:eu:identity:user:xx1-ovh/ines"],
			"source_ip_ranges": ["198.51.100.16/29"],
		},
		{"name": "service", "identity_kind": "service", "identities": ["urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1"]},
	]},
	"network": {
		"allow_list": [
			{"range": "198.51.100.0/24", "owner": "julien", "justification": "office"},
			{"range": "2001:db8::/48", "owner": "julien", "justification": "cluster"},
		],
		"observed_client_ips": ["198.51.100.20", "2001:db8::1"],
		"observed_client_ip_count": 2,
		"clients": [
			{
				"workload": "w1", "destination_host": "eu-west-par.okms.ovh.net", "destination_port": 443,
				"tls_min_version": "1.2", "probed_at": "2026-11-10T00:00:00Z", "probe_result": "ok",
			},
			{
				"workload": "w2", "destination_host": "eu-west-par.okms.ovh.net", "destination_port": 5696,
				"tls_min_version": "1.3", "probed_at": "2026-11-10T00:00:00Z", "probe_result": "ok",
			},
		],
		"rule_review": {"reviewed_on": "2026-09-01", "reviewer": "lukas"},
		"failure_test": {"performed_on": "2026-04-01", "workloads": ["w1"], "open_actions": 0},
	},
}

# What follows from the evidence; a Go test holds it against what the program works out.
permissions := {
	"administrators": {},
	"certificates": [],
	"clients": [],
	"holders": [],
	"keys": {},
	"keys_without": [],
	"kmip_clients_without": [],
	"policies": [
		{
			"all_keys": false,
			"dangling": [],
			"destroys": [],
			"identities": [
				{
					"factors": [],
					"kind": "user",
					"person": true,
					"powers": [],
					"problem": "unknown_user",
					"reads_other": "",
					"test": false,
					"test_reads": "",
					"urn": "urn:v1:eu:identity:user:xx1-ovh/ines",
					"uses_other": "",
				},
			],
			"keys": [],
			"kind_differs": false,
			"people": true,
			"powers": {},
			"provider": false,
			"reads_secrets": false,
			"touches": false,
			"unknown": [],
			"wide": [],
		},
		{
			"all_keys": false,
			"dangling": [],
			"destroys": [],
			"identities": [
				{
					"factors": [],
					"kind": "service",
					"person": false,
					"powers": [],
					"problem": "no_credential",
					"reads_other": "",
					"test": false,
					"test_reads": "",
					"urn": "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1",
					"uses_other": "",
				},
			],
			"keys": [],
			"kind_differs": false,
			"people": false,
			"powers": {},
			"provider": false,
			"reads_secrets": false,
			"touches": false,
			"unknown": [],
			"wide": [],
		},
	],
	"readers": [],
}

pointers(check, evidence) := {finding.pointer |
	some finding in network_access.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in network_access.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in network_access.findings; findings != set()} with input as good
	failing == set()
}

test_ranges_narrow_passes if pointers("ranges_narrow", good) == set()

test_ranges_narrow_fails_when_wide if {
	ipv4 := changed("/network/allow_list/0/range", "198.51.0.0/23")
	pointers("ranges_narrow", ipv4) == {"/network/allow_list/0/range"}
	ipv6 := changed("/network/allow_list/1/range", "2001:db8::/47")
	pointers("ranges_narrow", ipv6) == {"/network/allow_list/1/range"}
}

test_ranges_narrow_missing_when_not_given if {
	pointers("ranges_narrow", without("/network/allow_list/0/range")) == {"/network/allow_list/0/range"}
}

test_ranges_narrow_conditions if {
	conditions("ranges_narrow", without("/network/allow_list/0/range")) == {"no_range"}
	conditions("ranges_narrow", changed("/network/allow_list/0/range", "198.51.0.0/23")) == {"too_wide"}
}

test_ranges_narrow_says_the_bits_of_the_family if {
	wide := changed("/network/allow_list/1/range", "2001:db8::/47")
	{finding.values.bits | some finding in network_access.findings.ranges_narrow with input as wide} == {48}
}

test_ranges_owned_passes if pointers("ranges_owned", good) == set()

test_ranges_owned_fails_when_the_reason_is_empty if {
	pointers("ranges_owned", changed("/network/allow_list/0/justification", "")) == {"/network/allow_list/0"}
	conditions("ranges_owned", changed("/network/allow_list/0/justification", "")) == {"incomplete"}
}

test_ranges_owned_fails_when_a_range_has_two_owners if {
	first := good.network.allow_list[0]
	other := object.union(first, {"owner": "Somebody Else"})
	value := json.patch(good, [{"op": "add", "path": "/network/allow_list/0", "value": other}])
	pointers("ranges_owned", value) == {"/network/allow_list/0/owner", "/network/allow_list/1/owner"}
	conditions("ranges_owned", value) == {"several_owners"}
}

test_ranges_owned_passes_when_a_range_has_one_owner_and_two_reasons if {
	first := good.network.allow_list[0]
	other := object.union(first, {"owner": upper(first.owner), "justification": "another reason"})
	pointers("ranges_owned", json.patch(good, [{"op": "add", "path": "/network/allow_list/0", "value": other}])) == set()
}

test_ranges_owned_missing_when_nobody_is_named if {
	pointers("ranges_owned", without("/network/allow_list/0/owner")) == {"/network/allow_list/0/owner"}
}

test_observed_within_allow_list_passes if pointers("observed_within_allow_list", good) == set()

test_observed_within_allow_list_fails_when_a_stranger_came if {
	evidence := changed("/network/observed_client_ips/0", "203.0.113.9")
	pointers("observed_within_allow_list", evidence) == {"/network/observed_client_ips/0"}
}

test_observed_within_allow_list_fails_when_addresses_are_left_out if {
	evidence := without("/network/observed_client_ips/0")
	pointers("observed_within_allow_list", evidence) == {"/network/observed_client_ip_count"}
}

test_observed_within_allow_list_missing_when_not_counted if {
	evidence := without("/network/observed_client_ip_count")
	pointers("observed_within_allow_list", evidence) == {"/network/observed_client_ip_count"}
}

test_observed_within_allow_list_conditions if {
	check := "observed_within_allow_list"
	conditions(check, changed("/network/observed_client_ips/0", "203.0.113.9")) == {"not_allowed"}
	conditions(check, without("/network/observed_client_ips/0")) == {"addresses_left_out"}
}

test_people_bound_to_addresses_passes if pointers("people_bound_to_addresses", good) == set()

test_people_bound_to_addresses_fails_when_outside if {
	evidence := changed("/iam/policies/0/source_ip_ranges", ["198.51.100.16/29", "203.0.113.0/28"])
	pointers("people_bound_to_addresses", evidence) == {"/iam/policies/0"}
}

test_people_bound_to_addresses_fails_when_empty if {
	pointers("people_bound_to_addresses", changed("/iam/policies/0/source_ip_ranges", [])) == {"/iam/policies/0"}
}

test_people_bound_to_addresses_looks_at_the_identities if {
	people := changed("/permissions/policies/1/people", true)
	pointers("people_bound_to_addresses", people) == {"/iam/policies/1/source_ip_ranges"}
	pointers("people_bound_to_addresses", without("/permissions")) == {"/iam/policies/1/source_ip_ranges"}
	provider := json.patch(people, [{"op": "replace", "path": "/permissions/policies/1/provider", "value": true}])
	pointers("people_bound_to_addresses", provider) == set()
}

test_people_bound_to_addresses_missing_when_not_bound if {
	evidence := without("/iam/policies/0/source_ip_ranges")
	pointers("people_bound_to_addresses", evidence) == {"/iam/policies/0/source_ip_ranges"}
}

test_people_bound_to_addresses_conditions if {
	check := "people_bound_to_addresses"
	conditions(check, changed("/iam/policies/0/source_ip_ranges", [])) == {"not_bound"}
	outside := changed("/iam/policies/0/source_ip_ranges", ["198.51.100.16/29", "203.0.113.0/28"])
	conditions(check, outside) == {"not_allowed"}
	{finding.values.ranges | some finding in network_access.findings[check] with input as outside} == {["203.0.113.0/28"]}
}

test_egress_narrow_passes if pointers("egress_narrow", good) == set()

test_egress_narrow_fails_when_elsewhere if {
	pointers("egress_narrow", changed("/network/clients/0/destination_host", "0.0.0.0")) == {"/network/clients/0"}
	pointers("egress_narrow", changed("/network/clients/0/destination_port", 80)) == {"/network/clients/0"}
}

test_egress_narrow_missing_when_not_given if {
	evidence := without("/network/clients/0/destination_port")
	pointers("egress_narrow", evidence) == {"/network/clients/0/destination_port"}
}

test_egress_narrow_conditions if {
	conditions("egress_narrow", without("/network/clients/0/destination_port")) == {"incomplete"}
	conditions("egress_narrow", changed("/network/clients/0/destination_host", "0.0.0.0")) == {"other_host"}
	conditions("egress_narrow", changed("/network/clients/0/destination_port", 80)) == {"other_port"}
}

test_egress_narrow_fails_when_the_host_is_of_another_region if {
	evidence := changed("/network/clients/0/destination_host", "eu-west-gra.okms.ovh.net")
	conditions("egress_narrow", evidence) == {"other_host"}
	some finding in network_access.findings.egress_narrow with input as evidence
	finding.values.hosts == ["eu-west-par.okms.ovh.net"]
}

test_egress_narrow_fails_when_the_host_is_of_the_other_company if {
	in_us := json.patch(good, [{"op": "replace", "path": "/metadata/service/region", "value": "us-east-vin"}])
	every evidence in [
		changed("/network/clients/0/destination_host", "eu-west-par.okms.ovh.us"),
		json.patch(in_us, [
			{"op": "replace", "path": "/network/clients/0/destination_host", "value": "us-east-vin.okms.ovh.net"},
			{"op": "remove", "path": "/network/clients/1"},
		]),
	] {
		conditions("egress_narrow", evidence) == {"other_host"}
	}
}

test_egress_narrow_passes_in_the_united_states if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/metadata/service/region", "value": "us-east-vin"},
		{"op": "replace", "path": "/network/clients/0/destination_host", "value": "us-east-vin.okms.ovh.us"},
		{"op": "remove", "path": "/network/clients/1"},
	])
	pointers("egress_narrow", evidence) == set()
}

test_tls_verified_passes if pointers("tls_verified", good) == set()

test_tls_verified_fails_when_old_or_not_verified if {
	pointers("tls_verified", changed("/network/clients/0/tls_min_version", "1.1")) == {"/network/clients/0"}
	not_verified := changed("/network/clients/0/probe_result", "certificate_not_verified")
	pointers("tls_verified", not_verified) == {"/network/clients/0"}
}

test_tls_verified_missing_when_not_probed if {
	pointers("tls_verified", without("/network/clients/0/probe_result")) == {"/network/clients/0/probe_result"}
}

test_tls_verified_conditions if {
	conditions("tls_verified", without("/network/clients/0/probe_result")) == {"incomplete"}
	conditions("tls_verified", changed("/network/clients/0/tls_min_version", "1.1")) == {"old_version"}
	conditions("tls_verified", changed("/network/clients/0/probe_result", "timeout")) == {"not_verified"}
}

test_reachable_passes if pointers("reachable", good) == set()

test_reachable_fails_when_probed_long_ago if {
	pointers("reachable", changed("/network/clients/1/probed_at", "2026-10-20T23:59:59Z")) == {"/location/workloads/1"}
}

test_reachable_missing_when_the_workload_has_no_id if {
	pointers("reachable", without("/location/workloads/1/id")) == {"/location/workloads/1/id"}
}

test_reachable_conditions if {
	conditions("reachable", without("/location/workloads/1/id")) == {"incomplete"}
	old := changed("/network/clients/1/probed_at", "2026-10-20T23:59:59Z")
	conditions("reachable", old) == {"not_probed"}
	refused := changed("/network/clients/1/probe_result", "refused")
	conditions("reachable", refused) == {"not_reached"}
	some finding in network_access.findings.reachable with input as refused
	finding.values.result == "refused"
	{finding.related | some finding in network_access.findings.reachable with input as old} == {["/network/clients/1"]}
}

test_rules_reviewed_passes if pointers("rules_reviewed", good) == set()

test_rules_reviewed_fails_when_an_owner_reviews if {
	pointers("rules_reviewed", changed("/network/rule_review/reviewer", "Julien")) == {"/network/rule_review"}
}

test_rules_reviewed_fails_when_long_ago if {
	pointers("rules_reviewed", changed("/network/rule_review/reviewed_on", "2026-05-20")) == {"/network/rule_review"}
	pointers("rules_reviewed", changed("/network/rule_review/reviewed_on", "2026-05-21")) == set()
}

test_rules_reviewed_missing_when_not_dated if {
	evidence := without("/network/rule_review/reviewed_on")
	pointers("rules_reviewed", evidence) == {"/network/rule_review/reviewed_on"}
}

test_rules_reviewed_conditions if {
	conditions("rules_reviewed", without("/network/rule_review/reviewed_on")) == {"incomplete"}
	conditions("rules_reviewed", changed("/network/rule_review/reviewed_on", "2026-05-20")) == {"review_not_recent"}
	conditions("rules_reviewed", changed("/network/rule_review/reviewer", "Julien")) == {"reviewed_by_owner"}
}

test_rules_reviewed_names_the_ranges_of_the_reviewer if {
	evidence := changed("/network/rule_review/reviewer", "Julien")
	some finding in network_access.findings.rules_reviewed with input as evidence
	finding.values.ranges == ["198.51.100.0/24", "2001:db8::/48"]
	finding.related == ["/network/allow_list/0", "/network/allow_list/1"]
}

test_failure_tested_passes if pointers("failure_tested", good) == set()

test_failure_tested_fails_when_a_critical_workload_is_left_out if {
	pointers("failure_tested", changed("/network/failure_test/workloads", ["w2"])) == {"/network/failure_test"}
}

test_failure_tested_fails_when_actions_are_open if {
	pointers("failure_tested", changed("/network/failure_test/open_actions", 1)) == {"/network/failure_test"}
}

test_failure_tested_missing_when_never if {
	evidence := without("/network/failure_test/performed_on")
	pointers("failure_tested", evidence) == {"/network/failure_test/performed_on"}
}

# The critical workload started on a day, and took no part in the test.
started(day) := json.patch(good, [
	{"op": "replace", "path": "/network/failure_test/workloads", "value": ["w2"]},
	{"op": "add", "path": "/location/workloads/0/started_on", "value": day},
])

test_failure_tested_passes_when_a_workload_started_later if {
	pointers("failure_tested", started("2026-11-19")) == set()
	conditions("failure_tested", started(good.network.failure_test.performed_on)) == {"workloads_left_out"}
}

test_failure_tested_conditions if {
	conditions("failure_tested", without("/network/failure_test/performed_on")) == {"incomplete"}
	conditions("failure_tested", changed("/network/failure_test/performed_on", "2025-11-19")) == {"test_not_recent"}
	left_out := changed("/network/failure_test/workloads", ["w2"])
	conditions("failure_tested", left_out) == {"workloads_left_out"}
	conditions("failure_tested", changed("/network/failure_test/open_actions", 1)) == {"actions_open"}
	some finding in network_access.findings.failure_tested with input as left_out
	finding.related == ["/location/workloads/0"]
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	network_access.findings.evidence_consistent == set() with input as good
	network_access.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/network/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"network": [found]}})
	network_access.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/network", "values": {}},
	}
	network_access.findings.evidence_consistent == found with input as evidence
}
