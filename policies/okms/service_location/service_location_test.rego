package okms.service_location_test

import data.okms.service_location

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "dom", "region": "eu-west-par"}},
	"sites": {"site_count": 1, "sites": [{"id": "vault", "region": "Trier", "country": "DE", "operator": "Tresor"}]},
	"continuity": {"impacts": [
		{"workload": "w1", "rto_hours": 2},
		{"workload": "w2", "rto_hours": 5},
		{"workload": "w3", "rto_hours": 24},
	]},
	"backups": {"jobs": [{"name": "nightly", "copies": [{"location": "eu-west-gra"}, {"location": "vault"}]}]},
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

test_workloads_listed_passes_for_public_cloud_and_own_sites if {
	every region, country in {"GRA11": "FR", "EU-WEST-PAR": "FR", "vault": "DE"} {
		evidence := json.patch(good, [
			{"op": "replace", "path": "/location/workloads/1/region", "value": region},
			{"op": "replace", "path": "/location/workloads/1/country", "value": country},
		])
		pointers("workloads_listed", evidence) == set()
	}
}

test_workloads_listed_fails_when_the_site_is_not_registered if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/location/workloads/1/region", "value": "vault"},
		{"op": "replace", "path": "/location/workloads/1/country", "value": "DE"},
		{"op": "remove", "path": "/sites/sites/0/country"},
	])
	conditions("workloads_listed", evidence) == {"unknown_region"}
	some finding in service_location.findings.workloads_listed with input as evidence
	finding.values.country_of_region == "unknown"
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
	exception := good.location.workloads[2].exception
	two := json.patch(good, [{"op": "add", "path": "/location/workloads/1/exception", "value": exception}])
	conditions("aligned", two) == {"too_many_exceptions"}
	some finding in service_location.findings.aligned with input as two
	finding.values == {"excepted": 2, "listed": 3, "limit": 1, "percent": data.params.location_exception_max_percent}
	finding.related == ["/location/workloads/1/exception", "/location/workloads/2/exception"]
}

test_aligned_fails_when_faster_than_light if {
	every path in ["/location/workloads/1/latency_p95_ms", "/location/workloads/2/latency_p95_ms"] {
		conditions("aligned", changed(path, 0.19)) == {"too_fast"}
		conditions("aligned", changed(path, 0.2)) == set()
	}
	conditions("aligned", changed("/location/workloads/0/latency_p95_ms", 0.01)) == set()
	beside := json.patch(good, [
		{"op": "replace", "path": "/location/workloads/1/region", "value": "vault-lyon"},
		{"op": "replace", "path": "/location/workloads/1/latency_p95_ms", "value": 0.01},
	])
	conditions("aligned", beside) == {"other_country"}
}

test_aligned_passes_for_public_cloud if {
	pointers("aligned", changed("/location/workloads/1/region", "GRA11")) == set()
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

test_critical_in_region_passes_at_the_same_site if {
	pointers("critical_in_region", changed("/location/workloads/0/region", "EU-WEST-PAR")) == set()
}

test_critical_in_region_fails_at_a_site_of_its_own if {
	pointers("critical_in_region", changed("/location/workloads/0/region", "vault")) == {"/location/workloads/0"}
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
	no_copies := {"eu-west-par": {"country": "FR", "backup_regions": [], "pci_dss": false}}
	conditions("residency_kept", good) == {"copies_unknown"} with data.reference.regions as no_copies
	elsewhere := {"eu-west-par": {"country": "FR", "backup_regions": ["eu-west-gra", "eu-north-new"], "pci_dss": false}}
	conditions("residency_kept", good) == {"copy_region_unknown"} with data.reference.regions as elsewhere
	some finding in service_location.findings.residency_kept with input as good with data.reference.regions as elsewhere
	finding.values.unknown == ["eu-north-new"]
}

test_residency_kept_passes_in_a_region_that_was_added if {
	regions := {"eu-north-sto": {"country": "SE", "backup_regions": ["eu-west-gra"], "pci_dss": false}}
	evidence := json.patch(good, [
		{"op": "replace", "path": "/metadata/service/region", "value": "eu-north-sto"},
		{"op": "replace", "path": "/location/residency/allowed_countries", "value": ["FR", "SE"]},
	])
	pointers("residency_kept", evidence) == set() with data.reference.regions as regions
}

test_residency_kept_passes_however_the_region_is_spelled if {
	pointers("residency_kept", changed("/metadata/service/region", "EU_WEST_PAR")) == set()
}

test_residency_kept_names_the_countries if {
	evidence := changed("/metadata/service/region", "eu-west-eri")
	some finding in service_location.findings.residency_kept with input as evidence
	finding.values == {"region": "eu-west-eri", "unknown": [], "places": ["FR", "GB"], "not_allowed": ["GB"]}
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

test_criticality_agrees_passes if pointers("criticality_agrees", good) == set()

test_criticality_agrees_fails_when_all_are_called_standard if {
	evidence := changed("/location/workloads/0/criticality", "standard")
	pointers("criticality_agrees", evidence) == {"/location/workloads/0"}
}

test_criticality_agrees_missing_when_not_rated if {
	evidence := without("/location/workloads/0/criticality")
	pointers("criticality_agrees", evidence) == {"/location/workloads/0/criticality"}
}

test_criticality_agrees_conditions if {
	conditions("criticality_agrees", without("/location/workloads/1/id")) == {"incomplete"}
	conditions("criticality_agrees", without("/continuity/impacts/2")) == {"no_impact"}
	conditions("criticality_agrees", changed("/continuity/impacts/1/rto_hours", 4)) == {"called_standard"}
}

test_criticality_agrees_counts_the_shorter_of_two_objectives if {
	more := array.concat(good.continuity.impacts, [{"workload": "w2", "rto_hours": 3}, {"workload": "w2", "rto_hours": 9}])
	evidence := changed("/continuity/impacts", more)
	some finding in service_location.findings.criticality_agrees with input as evidence
	finding.values.rto == 3
	finding.related == [
		"/continuity/impacts/1/rto_hours", "/continuity/impacts/3/rto_hours", "/continuity/impacts/4/rto_hours",
	]
}

test_copies_in_allowed_countries_passes if pointers("copies_in_allowed_countries", good) == set()

test_copies_in_allowed_countries_fails_when_abroad if {
	evidence := changed("/backups/jobs/0/copies/1/location", "ca-east-bhs")
	pointers("copies_in_allowed_countries", evidence) == {"/backups/jobs/0/copies/1"}
}

test_copies_in_allowed_countries_missing_when_no_place_is_named if {
	evidence := without("/backups/jobs/0/copies/1/location")
	pointers("copies_in_allowed_countries", evidence) == {"/backups/jobs/0/copies/1/location"}
}

test_copies_in_allowed_countries_conditions if {
	check := "copies_in_allowed_countries"
	conditions(check, without("/backups/jobs/0/copies/1/location")) == {"incomplete"}
	conditions(check, changed("/backups/jobs/0/copies/1/location", "a cellar")) == {"unknown_place"}
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
	conditions("transfers_justified", changed("/location/transfers/0/country", "CN")) == {"no_adequacy_decision"}
	conditions("transfers_justified", changed("/location/transfers/0/country", "US")) == {"scope_not_stated"}
	long_ago := json.patch(good, [
		{"op": "replace", "path": "/location/transfers/0/country", "value": "US"},
		{"op": "add", "path": "/location/transfers/0/scope_checked_on", "value": "2024-01-01"},
	])
	conditions("transfers_justified", long_ago) == {"scope_not_checked"}
	too_early := json.patch(good, [
		{"op": "replace", "path": "/location/transfers/0/country", "value": "BR"},
		{"op": "add", "path": "/location/transfers/0/scope_checked_on", "value": "2026-01-25"},
	])
	conditions("transfers_justified", too_early) == {"checked_before_decision"}
	conditions("transfers_justified", changed("/metadata/service/region", "eu-north-new")) == {"domain_place_unknown"}
	conditions("transfers_justified", changed("/location/workloads/2/country", "CA")) == {"transfer_left_out"}
	conditions("transfers_justified", without("/location/transfers")) == {"transfers_left_out"}
	evidence := changed("/location/residency/allowed_countries", ["FR", "DE", "SG"])
	conditions("transfers_justified", evidence) == {"country_without_basis"}
	pointers("transfers_justified", evidence) == {"/location/residency/allowed_countries/2"}
}

test_transfers_justified_passes_when_what_residency_allows_is_adequate_or_listed if {
	adequate := changed("/location/residency/allowed_countries", ["FR", "DE", "GB", "US"])
	pointers("transfers_justified", adequate) == set()
	pointers("transfers_justified", object.union(adequate, {"at": "2031-12-28T00:00:00Z"})) != set()
	listed := json.patch(good, [
		{"op": "replace", "path": "/location/residency/allowed_countries", "value": ["FR", "DE", "IN"]},
		{"op": "replace", "path": "/location/transfers/0/country", "value": "IN"},
		{"op": "replace", "path": "/location/transfers/0/basis", "value": "standard_clauses"},
	])
	pointers("transfers_justified", listed) == set()
}

test_transfers_justified_names_the_workload if {
	evidence := changed("/location/workloads/2/country", "CA")
	some finding in service_location.findings.transfers_justified with input as evidence
	finding.related == ["/location/workloads/2"]
}

test_transfers_justified_passes_when_the_recipient_was_checked if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/location/transfers/0/country", "value": "US"},
		{"op": "add", "path": "/location/transfers/0/scope_checked_on", "value": "2026-02-01"},
	])
	pointers("transfers_justified", evidence) == set()
}

test_transfers_justified_passes_when_the_recipient_was_checked_on_the_day_of_the_decision if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/location/transfers/0/country", "value": "BR"},
		{"op": "add", "path": "/location/transfers/0/scope_checked_on", "value": "2026-01-26"},
	])
	pointers("transfers_justified", evidence) == set()
}

test_transfers_justified_passes_by_standard_clauses if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/location/transfers/0/country", "value": "IN"},
		{"op": "replace", "path": "/location/transfers/0/basis", "value": "standard_clauses"},
	])
	pointers("transfers_justified", evidence) == set()
}

test_transfers_justified_through_the_last_day_of_a_decision if {
	evidence := changed("/location/transfers/0/country", "GB")
	pointers("transfers_justified", object.union(evidence, {"at": "2031-12-27T23:00:00Z"})) == set()
	conditions("transfers_justified", object.union(evidence, {"at": "2031-12-28T00:00:00Z"})) == {"no_adequacy_decision"}
}

test_transfers_justified_fails_when_only_the_region_is_abroad if {
	evidence := changed("/location/workloads/1/region", "ca-east-bhs")
	pointers("transfers_justified", evidence) == {"/location/transfer_count"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	service_location.findings.evidence_consistent == set() with input as good
	service_location.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/location/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"location": [found]}})
	service_location.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/location", "values": {}},
		{"condition": "not_compared", "pointer": "/sites", "values": {}},
	}
	service_location.findings.evidence_consistent == found with input as evidence
}

test_sites_described_passes if pointers("sites_described", good) == set()

test_sites_described_fails_when_the_register_counts_others if {
	pointers("sites_described", changed("/sites/site_count", 3)) == {"/sites"}
}

test_sites_described_missing_without_an_operator if {
	pointers("sites_described", without("/sites/sites/0/operator")) == {"/sites/sites/0/operator"}
}

test_sites_described_conditions if {
	site := {"id": "vault", "region": "Lyon", "country": "FR", "operator": "Coffre"}
	listed := object.union(good, {"sites": {"site_count": 1, "sites": [site]}})
	pointers("sites_described", listed) == set()
	unplaced := object.union(good, {"sites": {"site_count": 1, "sites": [object.remove(site, ["country"])]}})
	conditions("sites_described", unplaced) == {"incomplete"}
	conditions("sites_described", object.union(listed, {"sites": {"site_count": 2}})) == {"other_count"}
	uncounted := object.union(object.remove(good, ["sites"]), {"sites": {"sites": [site]}})
	pointers("sites_described", uncounted) == {"/sites/site_count"}
	of_provider := changed("/sites/sites/0/operator", "OVH SAS")
	conditions("sites_described", of_provider) == {"place_of_provider"}
	conditions("sites_described", changed("/sites/sites/0/region", "eu-west-rbx")) == {"other_country"}
}

test_sites_described_fails_however_the_provider_is_spelled if {
	every operator in ["OVHcloud", "ovh groupe", "OVH.com", "the OVH-Cloud team", "So you start / Kimsufi"] {
		pointers("sites_described", changed("/sites/sites/0/operator", operator)) == {"/sites/sites/0/region"}
	}
	every operator in ["Novhar", "OVHX", "Tresor und Partner"] {
		pointers("sites_described", changed("/sites/sites/0/operator", operator)) == set()
	}
}

test_sites_described_passes_in_a_region_of_the_same_country if {
	pointers("sites_described", changed("/sites/sites/0/region", "eu-west-lim")) == set()
}

test_sites_described_shows_the_country_of_the_region if {
	shown := {finding.values.country_of_region |
		some evidence in [changed("/sites/sites/0/region", "GRA11"), changed("/sites/sites/0/operator", "OVH")]
		some finding in service_location.findings.sites_described with input as evidence
	}
	shown == {"FR", "unknown"}
}
