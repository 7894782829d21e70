# METADATA
# title: Choose service location aligned with location of Instances
# description: >-
#   The domain is where its workloads are, or near enough; it and the copies that the platform makes stay in countries
#   that were decided on.
# custom:
#   duty: 1.1.2
package okms.service_location

import data.lib

# METADATA
# title: Every workload that uses the domain is listed with its place
# description: >-
#   The list is what the inventory counts, each workload with the place and country it runs in and the domain it uses. A
#   place is a region of OKMS or Public Cloud, or a site of the customer's own register.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /location/workload_count]
#   source: CSA CCM v4 DSP-19; NIST CSF 2.0 ID.AM-03
#   remediation: >-
#     List the workload with its region, its country and the id of the domain it uses. List a site of your own in the
#     section sites; give a new region of the provider with --reference.
#   controls: {iso_27001: ["5.9", "5.23"], ccm: [DSP-19], csf: [ID.AM-02, ID.AM-03]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     other_domain: "the workload {workload} uses the domain {domain}; this is {this_domain}"
#     unknown_region: >-
#       the workload {workload} runs in {region}, which is neither a region of the reference data nor a site of your own
#     other_country: "the workload {workload} runs in {region}, which is in {country_of_region}, not in {country}"
#     workloads_left_out: >-
#       {listed} different {listed|workload is|workloads are} listed, the inventory counts {counted}
findings.workloads_listed contains finding if {
	some i, workload in input.location.workloads
	not listed(workload)
	finding := {
		"condition": workload_problem(workload),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, workload_fields),
		"values": {
			"workload": lib.label(workload),
			"absent": lib.absent(workload, workload_fields),
			"domain": lib.shown(workload, "okms_id"),
			"this_domain": lib.shown(object.get(object.get(input, "metadata", {}), "service", {}), "id"),
			"region": lib.shown(workload, "region"),
			"country_of_region": country_shown(workload),
			"country": lib.shown(workload, "country"),
		},
	}
}

findings.workloads_listed contains finding if {
	not all_listed
	finding := {
		"condition": "workloads_left_out",
		"pointer": "/location/workload_count",
		"values": {
			"listed": lib.listed(input.location.workloads, "id"),
			"counted": lib.shown(input.location, "workload_count"),
		},
		"related": ["/location/workloads"],
	}
}

# METADATA
# title: The domain is where its workloads are
# description: The same country within the latency, or an exception that was accepted.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /metadata/service/region]
#   params: [location_latency_max_ms, location_exception_max_days, location_exception_max_percent]
#   source: RACI table, activity 1.1.2; the latency is a raci-check default, no external source
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [GV.OC-05]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     other_country: >-
#       the workload {workload} runs in {region}, which is not in the country of the domain's region {domain_region},
#       and has no valid exception of at most {days} {days|day|days}
#     too_many_exceptions: >-
#       {excepted} of {listed} workloads are under an exception; expected {limit|is|are} at most {limit} ({percent} %,
#       or one)
#     too_fast: >-
#       the workload {workload} runs in {region} and reaches the domain in {domain_region} in {latency} ms (95th
#       percentile); expected is at least {least} ms, in which light goes 20 km through a fibre and back
#     too_slow: >-
#       the workload {workload} reaches the domain in {latency} ms (95th percentile); expected {limit|is|are} at most
#       {limit} ms, or a valid exception of at most {days} {days|day|days}
findings.aligned contains finding if {
	some i, workload in input.location.workloads
	not aligned(workload)
	finding := {
		"condition": alignment_problem(workload),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, alignment_fields),
		"values": {
			"workload": lib.label(workload),
			"absent": lib.absent(workload, alignment_fields),
			"region": lib.shown(workload, "region"),
			"domain_region": input.metadata.service.region,
			"latency": lib.shown(workload, "latency_p95_ms"),
			"limit": data.params.location_latency_max_ms,
			"least": latency_between_regions_ms,
			"days": data.params.location_exception_max_days,
		},
		"related": ["/metadata/service/region"],
	}
}

findings.aligned contains finding if {
	not few_exceptions
	finding := {
		"condition": "too_many_exceptions",
		"pointer": "/location/workloads",
		"values": {
			"excepted": count(exception_places),
			"listed": count(input.location.workloads),
			"limit": most_exceptions,
			"percent": data.params.location_exception_max_percent,
		},
		"related": exception_places,
	}
}

# METADATA
# title: Critical workloads run in the region of the domain
# description: A critical workload elsewhere stops with either of two regions, and with what connects them.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /metadata/service/region]
#   params: [location_exception_max_days]
#   source: RACI table, activity 1.1.2; the rule for critical workloads is a raci-check default, no external source
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23", "5.30"], ccm: [BCR-03], csf: [PR.IR-03]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     other_region: >-
#       the workload {workload} is critical and runs in {region}, the domain in {domain_region}; expected is the same
#       region, or a valid exception of at most {days} {days|day|days}
findings.critical_in_region contains finding if {
	some i, workload in input.location.workloads
	not local_enough(workload)
	finding := {
		"condition": lib.problem(workload, ["criticality", "region"], "incomplete", "other_region"),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["criticality", "region"]),
		"values": {
			"workload": lib.label(workload),
			"absent": lib.absent(workload, ["criticality", "region"]),
			"region": lib.shown(workload, "region"),
			"domain_region": input.metadata.service.region,
			"days": data.params.location_exception_max_days,
		},
		"related": ["/metadata/service/region"],
	}
}

# METADATA
# title: The domain and its platform copies are in allowed countries
# description: The platform keeps backups in two further regions; they count like the region itself.
# custom:
#   severity: high
#   evidence: [/location/residency, /metadata/service/region]
#   source: CSA CCM v4 DSP-19; OVHcloud OKMS architecture overview (backup regions)
#   remediation: >-
#     Use a domain in a region whose backup regions are in allowed countries too, or decide anew; give a new region of
#     the provider with --reference.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the decision on residency names no allowed countries"
#     unknown_region: "the domain is in {region}, which is no region that the reference data has"
#     copies_unknown: "the reference data names no region where the platform keeps copies of {region}"
#     copy_region_unknown: >-
#       the platform keeps copies of {region} in {unknown}, and the reference data does not have the country of
#       {unknown|this region|these regions}
#     country_not_allowed: >-
#       the domain in {region} and its platform copies are in {places}; the decision on residency does not allow
#       {not_allowed}
findings.residency_kept contains finding if {
	residency := input.location.residency
	not kept(residency)
	finding := {
		"condition": residency_problem(residency),
		"pointer": lib.place("/location/residency", residency, ["allowed_countries"]),
		"values": {
			"region": input.metadata.service.region,
			"unknown": sort(unknown_copy_regions),
			"places": sort(domain_countries),
			"not_allowed": sort(countries_not_allowed(residency)),
		},
		"related": ["/metadata/service/region"],
	}
}

# METADATA
# title: Workloads run in allowed countries
# description: A key is used where its workload runs; what it decrypts is in clear there.
# custom:
#   severity: high
#   evidence: [/location/workloads, /location/residency]
#   source: CSA CCM v4 DSP-19
#   remediation: Move the workload, or decide anew on the countries.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the workload {workload} does not state its country"
#     country_not_allowed: >-
#       the workload {workload} runs in {country}; the decision on residency allows {allowed}
findings.workloads_in_allowed_countries contains finding if {
	some i, workload in input.location.workloads
	not in_allowed_country(workload)
	finding := {
		"condition": lib.problem(workload, ["country"], "incomplete", "country_not_allowed"),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["country"]),
		"values": {
			"workload": lib.label(workload),
			"country": lib.shown(workload, "country"),
			"allowed": lib.shown(object.get(input.location, "residency", {}), "allowed_countries"),
		},
		"related": ["/location/residency/allowed_countries"],
	}
}

# METADATA
# title: The criticality of workloads agrees with the impact analysis
# description: >-
#   A workload that must be back within hours is critical. Called standard, it would be left out of the checks of
#   critical workloads.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /continuity/impacts]
#   params: [workload_critical_rto_max_hours]
#   source: ISO/IEC 27001:2022 A.5.30; the number of hours is a raci-check default, no external source
#   remediation: Call the workload critical, or correct its recovery time objective in the impact analysis.
#   controls: {iso_27001: ["5.9", "5.30"], ccm: [BCR-02], csf: [ID.AM-05]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     no_impact: "the workload {workload} is called standard, and no impact analysis states its recovery time objective"
#     called_standard: >-
#       the workload {workload} is called standard, and the impact analysis promises it within {rto} {rto|hour|hours};
#       expected is critical up to {limit} {limit|hour|hours}
findings.criticality_agrees contains finding if {
	some i, workload in input.location.workloads
	not criticality_agrees(workload)
	finding := {
		"condition": criticality_problem(workload),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id", "criticality"]),
		"values": {
			"workload": lib.label(workload),
			"absent": lib.absent(workload, ["id", "criticality"]),
			"rto": lib.shown(shortest_rto, lib.shown(workload, "id")),
			"limit": data.params.workload_critical_rto_max_hours,
		},
		"related": [sprintf("/continuity/impacts/%d/rto_hours", [k]) |
			some k, impact in input.continuity.impacts
			impact.workload == workload.id
		],
	}
}

# METADATA
# title: Backups of keys are in allowed countries
# description: A copy of a key is a key; the decision on residency holds for it too.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /location/residency]
#   source: CSA CCM v4 DSP-19; OVHcloud RACI table, activity 1.1.2
#   remediation: >-
#     Move the copy, or decide anew on the countries; list a site of your own in the section sites.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "a copy of {job} does not state its location"
#     unknown_place: >-
#       a copy of {job} is at {location}, which is neither a region of the reference data nor a site of your own
#     country_not_allowed: >-
#       a copy of {job} is at {location}, in {country}; the decision on residency allows {allowed}
findings.copies_in_allowed_countries contains finding if {
	some i, job in input.backups.jobs
	some k, copy in job.copies
	not copy_allowed(copy)
	finding := {
		"condition": copy_problem(copy),
		"pointer": lib.place(sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy, ["location"]),
		"values": {
			"job": lib.label(job),
			"location": lib.shown(copy, "location"),
			"country": copy_country(copy),
			"allowed": lib.shown(object.get(input.location, "residency", {}), "allowed_countries"),
		},
		"related": ["/location/residency/allowed_countries"],
	}
}

# METADATA
# title: Residency was decided, approved and written down
# description: The places where keys may be were decided by an owner, approved by another person, and are on file.
# custom:
#   severity: medium
#   evidence: [/location/residency]
#   params: [residency_decision_max_age_days]
#   source: ISO/IEC 27001:2022 A.5.31; the period is a raci-check default, no external source
#   remediation: Decide, have another person approve it, and keep the decision as artifact.
#   controls: {iso_27001: ["5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the decision on residency does not state {absent}"
#     approved_by_owner: >-
#       the decision on residency was approved by its owner, {owner}; expected is the approval of another person
#     decision_not_recent: >-
#       residency was decided on {decided_on}; expected is a decision in the {days} {days|day|days} before the
#       assessment
#     no_record: "the decision on residency of {decided_on} is not on file (artifact)"
findings.residency_decided contains finding if {
	residency := input.location.residency
	not decided(residency)
	finding := {
		"condition": decision_problem(residency),
		"pointer": lib.place("/location/residency", residency, decision_fields),
		"values": {
			"absent": lib.absent(residency, decision_fields),
			"owner": lib.shown(residency, "owner"),
			"decided_on": lib.shown(residency, "decided_on"),
			"days": data.params.residency_decision_max_age_days,
		},
	}
}

# METADATA
# title: Transfers out of the Union have a basis
# description: >-
#   The record of processing counts the transfers; each has a basis that lasts and a person who approved it. A country
#   outside the Economic Area where the domain, its platform copies or a workload is, is among them. A country that the
#   decision on residency allows is among them too, or its protection is adequate.
# custom:
#   severity: medium
#   evidence: [/location/transfer_count, /location/workloads, /metadata/service/region]
#   population: {list: /location/transfers, count: /location/transfer_count}
#   params: [transfer_free_countries, transfer_scope_check_max_age_days]
#   source: Regulation (EU) 2016/679 (GDPR) chapter V
#   remediation: End the transfer, or find its basis and have it approved.
#   controls: {iso_27001: ["5.31", "5.34"], ccm: [DSP-10, DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the transfer to {country} does not state {absent}"
#     no_lasting_basis: >-
#       the transfer to {country} is based on {basis}; expected is an adequacy decision, standard clauses or binding
#       rules
#     no_adequacy_decision: >-
#       the transfer to {country} is based on adequacy, and the reference data has no decision of the European
#       Commission about {country} that is in force
#     scope_not_stated: >-
#       the transfer to {country} is based on a decision on adequacy that holds where {scope}; it is not stated when
#       this was checked (scope_checked_on)
#     scope_not_checked: >-
#       the transfer to {country} is based on a decision on adequacy that holds where {scope}; this was last checked on
#       {checked_on}, expected is a check in the {days} {days|day|days} before the assessment
#     checked_before_decision: >-
#       the transfer to {country} is based on a decision on adequacy of {decided}; that its recipient is covered was
#       checked on {checked_on}, before there was one
#     domain_place_unknown: >-
#       the domain is in {region}; the reference data does not have the country of it or of each region that holds its
#       platform copies
#     country_without_basis: >-
#       the decision on residency allows {country}; no transfer to it is listed, and the reference data has no decision
#       of the European Commission about it that is in force
#     transfer_left_out: >-
#       the domain, a platform copy or a workload is in {country}, and no transfer to it is listed
#     transfers_left_out: >-
#       {listed} {listed|transfer is|transfers are} listed, the record of processing counts {counted}
findings.transfers_justified contains finding if {
	some i, transfer in input.location.transfers
	not justified(transfer)
	finding := {
		"condition": transfer_problem(transfer),
		"pointer": lib.place(sprintf("/location/transfers/%d", [i]), transfer, transfer_fields),
		"values": {
			"country": lib.shown(transfer, "country"),
			"absent": lib.absent(transfer, transfer_fields),
			"basis": lib.shown(transfer, "basis"),
			"scope": lib.shown(object.get(data.reference.adequacy_decisions, lib.shown(transfer, "country"), {}), "condition"),
			"checked_on": lib.shown(transfer, "scope_checked_on"),
			"decided": lib.shown(object.get(data.reference.adequacy_decisions, lib.shown(transfer, "country"), {}), "decided"),
			"days": data.params.transfer_scope_check_max_age_days,
		},
	}
}

findings.transfers_justified contains finding if {
	some i, country in input.location.residency.allowed_countries
	not based(country)
	finding := {
		"condition": "country_without_basis",
		"pointer": sprintf("/location/residency/allowed_countries/%d", [i]),
		"values": {"country": country},
		"related": ["/location/transfer_count"],
	}
}

findings.transfers_justified contains finding if {
	not domain_place_known
	finding := {
		"condition": "domain_place_unknown",
		"pointer": "/metadata/service/region",
		"values": {"region": input.metadata.service.region},
	}
}

findings.transfers_justified contains finding if {
	some country in abroad
	not country in transfer_countries
	finding := {
		"condition": "transfer_left_out",
		"pointer": "/location/transfer_count",
		"values": {"country": country},
		"related": [sprintf("/location/workloads/%d", [i]) |
			some i, workload in input.location.workloads
			runs_in(workload, country)
		],
	}
}

findings.transfers_justified contains finding if {
	not all_transfers
	finding := {
		"condition": "transfers_left_out",
		"pointer": "/location/transfer_count",
		"values": {
			"listed": count(object.get(input.location, "transfers", [])),
			"counted": lib.shown(input.location, "transfer_count"),
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections location and sites, each name leads to something that the evidence lists, in a state that allows it,
#   each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/location]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["location", "sites"])
}

# METADATA
# title: Each own site has a place, a country and an operator
# description: >-
#   A copy or a device lies where the register of sites says that its site is. The provider's own places are no sites of
#   the register: they have the names of their regions, which says how far they are from the domain.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /sites/site_count]
#   population: {list: /sites/sites, count: /sites/site_count}
#   source: raci-check default, no external source
#   remediation: Complete the entry from the register of sites, or list the sites that it counts.
#   controls: {iso_27001: ["7.1"], ccm: [DCS-06], csf: [ID.AM-01]}
#   conditions:
#     incomplete: "the site {site} lacks {absent}"
#     place_of_provider: >-
#       the site {site} is run by {operator}, the provider; expected is the name of the provider's region, such as
#       eu-west-par, where this site is named
#     other_country: "the site {site} is in {region}, which is in {country_of_region}, not in {country}"
#     other_count: "{listed} {listed|site is|sites are} listed, the register counts {counted}"
findings.sites_described contains finding if {
	some i, site in input.sites.sites
	absent := lib.absent(site, ["id", "region", "country", "operator"])
	absent != []
	finding := {
		"condition": "incomplete",
		"pointer": sprintf("/sites/sites/%d/%s", [i, absent[0]]),
		"values": {"site": lib.label(site), "absent": absent},
	}
}

findings.sites_described contains finding if {
	some i, site in input.sites.sites
	lib.absent(site, ["region", "country", "operator"]) == []
	not placed(site)
	finding := {
		"condition": site_problem(site),
		"pointer": sprintf("/sites/sites/%d/region", [i]),
		"values": {
			"site": lib.label(site),
			"operator": site.operator,
			"region": site.region,
			"country_of_region": site_country_shown(site),
			"country": site.country,
		},
	}
}

findings.sites_described contains finding if {
	sites := object.get(input.sites, "sites", [])
	not all_sites_listed(sites)
	finding := {
		"condition": "other_count",
		"pointer": lib.place("/sites", input.sites, ["sites", "site_count"]),
		"values": {"listed": count(sites), "counted": lib.shown(input.sites, "site_count")},
	}
}

placed(site) if {
	not lib.run_by_provider(site)
	not in_region(site)
}

placed(site) if {
	not lib.run_by_provider(site)
	lib.country_of(site.region) == site.country
}

in_region(site) if lib.country_of(site.region)

site_problem(site) := "place_of_provider" if {
	lib.run_by_provider(site)
} else := "other_country"

site_country_shown(site) := lib.country_of(site.region) if {
	in_region(site)
} else := "unknown"

all_sites_listed(sites) if lib.complete(sites, "id", input.sites.site_count)

# workloads_listed

workload_fields := ["id", "region", "country", "okms_id", "criticality"]

listed(workload) if {
	workload.id != ""
	workload.criticality != ""
	uses_domain(workload)
	lib.country_of(workload.region) == workload.country
}

uses_domain(workload) if workload.okms_id == input.metadata.service.id

known_region(workload) if lib.country_of(workload.region)

country_shown(workload) := lib.country_of(workload.region) if {
	known_region(workload)
} else := "unknown"

all_listed if lib.complete(input.location.workloads, "id", input.location.workload_count)

workload_problem(workload) := "incomplete" if {
	lib.absent(workload, workload_fields) != []
} else := "other_domain" if {
	not uses_domain(workload)
} else := "unknown_region" if {
	not known_region(workload)
} else := "other_country"

# aligned

alignment_fields := ["region", "latency_p95_ms"]

aligned(workload) if {
	same_country(workload)
	reachable_so_fast(workload)
	workload.latency_p95_ms <= data.params.location_latency_max_ms
}

aligned(workload) if {
	reachable_so_fast(workload)
	excepted(workload)
}

# Two regions of the provider are more than 20 km apart.
reachable_so_fast(workload) if workload.latency_p95_ms >= latency_between_regions_ms

reachable_so_fast(workload) if {
	workload.latency_p95_ms >= 0
	not in_another_region(workload)
}

latency_between_regions_ms := 0.2

in_another_region(workload) if lib.provider_site(workload.region) != lib.provider_site(input.metadata.service.region)

excepted(workload) if lib.accepted(workload.exception, data.params.location_exception_max_days)

same_country(workload) if lib.country_of(workload.region) == domain_country

domain_country := lib.country_of(input.metadata.service.region)

alignment_problem(workload) := "incomplete" if {
	lib.absent(workload, alignment_fields) != []
} else := "too_fast" if {
	not reachable_so_fast(workload)
} else := "other_country" if {
	not same_country(workload)
} else := "too_slow"

few_exceptions if count(exception_places) <= most_exceptions

most_exceptions := max([1, (count(input.location.workloads) * data.params.location_exception_max_percent) / 100])

exception_places := [sprintf("/location/workloads/%d/exception", [i]) |
	some i, workload in input.location.workloads
	workload.exception
]

# critical_in_region

local_enough(workload) if workload.criticality == "standard"

local_enough(workload) if lib.same_place(workload.region, input.metadata.service.region)

local_enough(workload) if excepted(workload)

# residency_kept

kept(residency) if {
	domain_place_known
	count(countries_not_allowed(residency)) == 0
}

domain_place_known if {
	region_listed
	count(copy_regions) > 0
	count(unknown_copy_regions) == 0
}

domain_region := lib.region_key(input.metadata.service.region)

region_listed if data.reference.regions[domain_region].country

domain_countries contains data.reference.regions[domain_region].country

domain_countries contains data.reference.region_countries[name] if some name in copy_regions

copy_regions contains name if some name in data.reference.regions[domain_region].backup_regions

unknown_copy_regions contains name if {
	some name in copy_regions
	not data.reference.region_countries[name]
}

countries_not_allowed(residency) := domain_countries - {country | some country in residency.allowed_countries}

residency_problem(residency) := "incomplete" if {
	lib.absent(residency, ["allowed_countries"]) != []
} else := "unknown_region" if {
	not region_listed
} else := "copies_unknown" if {
	count(copy_regions) == 0
} else := "copy_region_unknown" if {
	count(unknown_copy_regions) > 0
} else := "country_not_allowed"

# workloads_in_allowed_countries

in_allowed_country(workload) if workload.country in input.location.residency.allowed_countries

# criticality_agrees

criticality_agrees(workload) if {
	workload.criticality == "critical"
	workload.id != ""
}

criticality_agrees(workload) if {
	workload.criticality == "standard"
	shortest_rto[workload.id] > data.params.workload_critical_rto_max_hours
}

shortest_rto := lib.least({[impact.workload, impact.rto_hours] | some impact in input.continuity.impacts})

criticality_problem(workload) := "incomplete" if {
	lib.absent(workload, ["id", "criticality"]) != []
} else := "no_impact" if {
	not shortest_rto[workload.id]
} else := "called_standard"

# copies_in_allowed_countries

copy_allowed(copy) if lib.country_of(copy.location) in input.location.residency.allowed_countries

copy_country(copy) := lib.country_of(copy.location) if {
	place_known(copy)
} else := "unknown"

place_known(copy) if lib.country_of(copy.location)

copy_problem(copy) := "incomplete" if {
	lib.absent(copy, ["location"]) != []
} else := "unknown_place" if {
	not place_known(copy)
} else := "country_not_allowed"

# residency_decided

decision_fields := ["owner", "approved_by", "decided_on", "artifact"]

decided(residency) if {
	approved_by_another(residency)
	decided_recently(residency)
	residency.artifact.path != ""
}

approved_by_another(residency) if lib.distinct(residency.owner, residency.approved_by)

decided_recently(residency) if lib.within_days(residency.decided_on, data.params.residency_decision_max_age_days)

decision_problem(residency) := "incomplete" if {
	lib.absent(residency, decision_fields) != []
} else := "approved_by_owner" if {
	not approved_by_another(residency)
} else := "decision_not_recent" if {
	not decided_recently(residency)
} else := "no_record"

# transfers_justified

transfer_fields := ["country", "basis", "approved_by"]

justified(transfer) if {
	transfer.country != ""
	lasting_basis(transfer)
	transfer.approved_by != ""
}

lasting_basis(transfer) if transfer.basis in {"standard_clauses", "binding_rules"} # a derogation is for single cases

lasting_basis(transfer) if {
	transfer.basis == "adequacy"
	decision_in_force(transfer)
	covers_recipient(transfer)
}

decision_in_force(transfer) if {
	decision := data.reference.adequacy_decisions[transfer.country]
	not ended(decision)
}

# A decision without a date in ends has no end; the form of reference data refuses what is no date.
ended(decision) if lib.day_over(decision.ends)

covers_recipient(transfer) if data.reference.adequacy_decisions[transfer.country].scope == "whole"

covers_recipient(transfer) if {
	checked_recently(transfer)
	lib.ns(transfer.scope_checked_on) >= lib.ns(data.reference.adequacy_decisions[transfer.country].decided)
}

checked_recently(transfer) if {
	lib.within_days(transfer.scope_checked_on, data.params.transfer_scope_check_max_age_days)
}

transfer_problem(transfer) := "incomplete" if {
	lib.absent(transfer, transfer_fields) != []
} else := "no_lasting_basis" if {
	not transfer.basis == "adequacy"
} else := "no_adequacy_decision" if {
	not decision_in_force(transfer)
} else := "scope_not_stated" if {
	lib.absent(transfer, ["scope_checked_on"]) != []
} else := "scope_not_checked" if {
	not checked_recently(transfer)
} else := "checked_before_decision"

based(country) if country in data.params.transfer_free_countries

based(country) if country in transfer_countries

based(country) if {
	decision := data.reference.adequacy_decisions[country]
	not ended(decision)
}

abroad contains country if {
	some country in places
	not country in data.params.transfer_free_countries
}

places contains workload.country if some workload in input.location.workloads

places contains lib.country_of(workload.region) if some workload in input.location.workloads

places contains country if some country in domain_countries

runs_in(workload, country) if workload.country == country

runs_in(workload, country) if lib.country_of(workload.region) == country

transfer_countries contains transfer.country if some transfer in input.location.transfers

all_transfers if input.location.transfer_count == count(object.get(input.location, "transfers", []))
