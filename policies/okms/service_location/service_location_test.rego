package okms.service_location_test

import data.okms.service_location

good := {
	"at": "2026-11-20T00:00:00Z",
	"metadata": {"service": {"id": "dom", "region": "eu-west-par"}},
	"location": {
		"workload_count": 3,
		"workloads": [
			{
				"id": "w1", "region": "eu-west-par", "country": "FR", "okms_id": "dom", "latency_p95_ms": 2,
				"criticality": "critical",
			},
			{
				"id": "w2", "region": "eu-west-gra", "country": "FR", "okms_id": "dom", "latency_p95_ms": 50,
				"criticality": "standard",
			},
			{
				"id": "w3", "region": "eu-west-lim", "country": "DE", "okms_id": "dom", "latency_p95_ms": 12,
				"criticality": "standard", "exception": {
					"reason": "moves in spring", "requested_by": "hugo", "approved_by": "claire",
					"approved_on": "2026-06-01", "expires_on": "2027-03-31",
				},
			},
		],
		"residency": {
			"allowed_countries": ["FR", "DE"], "owner": "amelie", "approved_by": "claire", "decided_on": "2025-01-10",
			"artifact": {"path": "x", "sha256": "00"},
		},
		"transfer_count": 1,
		"transfers": [{"country": "CH", "basis": "adequacy", "approved_by": "amelie"}],
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in service_location.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in service_location.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in service_location.findings; findings != set()} with input as good
	failing == set()
}

test_workloads_listed_passes if pointers("workloads_listed", good) == set()

test_workloads_listed_fails_when_another_domain_or_country if {
	pointers("workloads_listed", changed("/location/workloads/0/okms_id", "other")) == {"/location/workloads/0"}
	pointers("workloads_listed", changed("/location/workloads/0/country", "DE")) == {"/location/workloads/0"}
	pointers("workloads_listed", changed("/location/workloads/1/id", "w1")) == {"/location/workload_count"}
	pointers("workloads_listed", changed("/location/workload_count", 4)) == {"/location/workload_count"}
}

test_workloads_listed_missing_when_it_has_no_place if {
	pointers("workloads_listed", without("/location/workloads/0/region")) == {"/location/workloads/0/region"}
}

test_workloads_listed_conditions if {
	conditions("workloads_listed", without("/location/workloads/0/region")) == {"incomplete"}
	conditions("workloads_listed", changed("/location/workloads/0/okms_id", "other")) == {"other_domain"}
	conditions("workloads_listed", changed("/location/workloads/0/region", "eu-north-new")) == {"unknown_region"}
	conditions("workloads_listed", changed("/location/workloads/0/country", "DE")) == {"other_country"}
	conditions("workloads_listed", changed("/location/workload_count", 4)) == {"workloads_left_out"}
}

test_workloads_listed_says_the_country_of_the_region if {
	evidence := changed("/location/workloads/0/country", "DE")
	some finding in service_location.findings.workloads_listed with input as evidence
	finding.values.country_of_region == "FR"
}

test_aligned_passes if pointers("aligned", good) == set()

test_aligned_fails_when_far_or_the_exception_has_ended if {
	pointers("aligned", changed("/location/workloads/1/latency_p95_ms", 51)) == {"/location/workloads/1"}
	evidence := changed("/location/workloads/2/exception/expires_on", "2026-11-19")
	pointers("aligned", evidence) == {"/location/workloads/2"}
}

test_aligned_missing_when_not_measured if {
	pointers("aligned", without("/location/workloads/1/latency_p95_ms")) == {"/location/workloads/1/latency_p95_ms"}
}

test_aligned_conditions if {
	conditions("aligned", without("/location/workloads/1/latency_p95_ms")) == {"incomplete"}
	conditions("aligned", changed("/location/workloads/2/exception/expires_on", "2026-11-19")) == {"other_country"}
	conditions("aligned", changed("/location/workloads/1/latency_p95_ms", 51)) == {"too_slow"}
}

test_critical_in_region_passes if pointers("critical_in_region", good) == set()

test_critical_in_region_fails_when_elsewhere if {
	pointers("critical_in_region", changed("/location/workloads/1/criticality", "critical")) == {"/location/workloads/1"}
}

test_critical_in_region_passes_when_accepted if {
	pointers("critical_in_region", changed("/location/workloads/2/criticality", "critical")) == set()
}

test_critical_in_region_missing_when_not_rated if {
	evidence := without("/location/workloads/1/criticality")
	pointers("critical_in_region", evidence) == {"/location/workloads/1/criticality"}
}

test_critical_in_region_conditions if {
	conditions("critical_in_region", without("/location/workloads/1/criticality")) == {"incomplete"}
	conditions("critical_in_region", changed("/location/workloads/1/criticality", "critical")) == {"other_region"}
}

test_residency_kept_passes if pointers("residency_kept", good) == set()

test_residency_kept_fails_when_abroad_or_unknown if {
	pointers("residency_kept", changed("/metadata/service/region", "ap-southeast-sgp")) == {"/location/residency"}
	pointers("residency_kept", changed("/metadata/service/region", "eu-north-new")) == {"/location/residency"}
}

test_residency_kept_missing_when_not_decided if {
	evidence := without("/location/residency/allowed_countries")
	pointers("residency_kept", evidence) == {"/location/residency/allowed_countries"}
}

test_residency_kept_conditions if {
	conditions("residency_kept", without("/location/residency/allowed_countries")) == {"incomplete"}
	conditions("residency_kept", changed("/metadata/service/region", "eu-north-new")) == {"unknown_region"}
	conditions("residency_kept", changed("/metadata/service/region", "ap-southeast-sgp")) == {"country_not_allowed"}
}

test_residency_kept_names_the_countries if {
	evidence := changed("/metadata/service/region", "eu-west-eri")
	some finding in service_location.findings.residency_kept with input as evidence
	finding.values == {"region": "eu-west-eri", "places": ["FR", "GB"], "not_allowed": ["GB"]}
}

test_workloads_in_allowed_countries_passes if pointers("workloads_in_allowed_countries", good) == set()

test_workloads_in_allowed_countries_fails_when_abroad if {
	evidence := changed("/location/residency/allowed_countries", ["FR"])
	pointers("workloads_in_allowed_countries", evidence) == {"/location/workloads/2"}
}

test_workloads_in_allowed_countries_missing_when_not_known if {
	evidence := without("/location/workloads/0/country")
	pointers("workloads_in_allowed_countries", evidence) == {"/location/workloads/0/country"}
}

test_workloads_in_allowed_countries_conditions if {
	check := "workloads_in_allowed_countries"
	conditions(check, without("/location/workloads/0/country")) == {"incomplete"}
	conditions(check, changed("/location/residency/allowed_countries", ["FR"])) == {"country_not_allowed"}
}

test_residency_decided_passes if pointers("residency_decided", good) == set()

test_residency_decided_fails_when_by_one_person if {
	pointers("residency_decided", changed("/location/residency/approved_by", "Amelie")) == {"/location/residency"}
}

test_residency_decided_missing_when_not_dated if {
	evidence := without("/location/residency/decided_on")
	pointers("residency_decided", evidence) == {"/location/residency/decided_on"}
}

test_residency_decided_conditions if {
	conditions("residency_decided", without("/location/residency/decided_on")) == {"incomplete"}
	conditions("residency_decided", changed("/location/residency/approved_by", "Amelie")) == {"approved_by_owner"}
	conditions("residency_decided", changed("/location/residency/decided_on", "2023-11-20")) == {"decision_not_recent"}
	conditions("residency_decided", without("/location/residency/artifact/path")) == {"no_record"}
}

test_transfers_justified_passes if pointers("transfers_justified", good) == set()

test_transfers_justified_fails_when_one_is_left_out if {
	pointers("transfers_justified", without("/location/transfers")) == {"/location/transfer_count"}
}

test_transfers_justified_fails_when_the_basis_is_a_derogation if {
	pointers("transfers_justified", changed("/location/transfers/0/basis", "derogation")) == {"/location/transfers/0"}
}

test_transfers_justified_fails_when_a_country_abroad_is_not_listed if {
	pointers("transfers_justified", changed("/location/workloads/2/country", "CA")) == {"/location/transfer_count"}
	pointers("transfers_justified", changed("/metadata/service/region", "ca-east-bhs")) == {"/location/transfer_count"}
	pointers("transfers_justified", changed("/location/workloads/2/country", "CH")) == set()
}

test_transfers_justified_missing_when_there_is_no_basis if {
	pointers("transfers_justified", without("/location/transfers/0/basis")) == {"/location/transfers/0/basis"}
}

test_transfers_justified_conditions if {
	conditions("transfers_justified", without("/location/transfers/0/basis")) == {"incomplete"}
	conditions("transfers_justified", changed("/location/transfers/0/basis", "derogation")) == {"no_lasting_basis"}
	conditions("transfers_justified", changed("/location/workloads/2/country", "CA")) == {"transfer_left_out"}
	conditions("transfers_justified", without("/location/transfers")) == {"transfers_left_out"}
}

test_transfers_justified_names_the_workload if {
	evidence := changed("/location/workloads/2/country", "CA")
	some finding in service_location.findings.transfers_justified with input as evidence
	finding.related == ["/location/workloads/2"]
}
