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
#   The list is what the inventory counts, each workload with the region and country it runs in and the domain it uses.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /location/workload_count]
#   source: CSA CCM v4 DSP-19; NIST CSF 2.0 ID.AM-03
#   remediation: List the workload with its region, its country and the id of the domain it uses.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     other_domain: "the workload {workload} uses the domain {domain}; this is {this_domain}"
#     unknown_region: "the workload {workload} runs in {region}, which is no known region"
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
			"country_of_region": lib.shown(data.reference.region_countries, lib.shown(workload, "region")),
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
#   params: [location_latency_max_ms, location_exception_max_days]
#   source: RACI table, activity 1.1.2; the latency is a raci-check default, no external source
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
#   conditions:
#     incomplete: "the workload {workload} does not state {absent}"
#     other_country: >-
#       the workload {workload} runs in {region}, which is not in the country of the domain's region {domain_region},
#       and has no valid exception of at most {days} {days|day|days}
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
			"days": data.params.location_exception_max_days,
		},
		"related": ["/metadata/service/region"],
	}
}

# METADATA
# title: Critical workloads run in the region of the domain
# description: A critical workload elsewhere stops with either of two regions, and with what connects them.
# custom:
#   severity: high
#   evidence: [/location/workloads, /metadata/service/region]
#   params: [location_exception_max_days]
#   source: RACI table, activity 1.1.2; the rule for critical workloads is a raci-check default, no external source
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
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
#   remediation: Use a domain in a region whose backup regions are in allowed countries too, or decide anew.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the decision on residency names no allowed countries"
#     unknown_region: "the domain is in {region}, which is no region that the reference data has"
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
#   outside the Economic Area where the domain, its platform copies or a workload is, is among them.
# custom:
#   severity: medium
#   evidence: [/location/transfer_count, /location/workloads, /metadata/service/region]
#   params: [transfer_free_countries]
#   source: Regulation (EU) 2016/679 (GDPR) chapter V
#   remediation: End the transfer, or find its basis and have it approved.
#   controls: {iso_27001: ["5.31", "5.23"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the transfer to {country} does not state {absent}"
#     no_lasting_basis: >-
#       the transfer to {country} is based on {basis}; expected is an adequacy decision, standard clauses or binding
#       rules
#     transfer_left_out: >-
#       the domain, a platform copy or a workload is in {country}, and no transfer to it is listed
#     transfers_left_out: >-
#       {listed} {listed|transfer is|transfers are} listed, the record of processing counts {counted}
findings.transfers_justified contains finding if {
	some i, transfer in input.location.transfers
	not justified(transfer)
	finding := {
		"condition": lib.problem(transfer, transfer_fields, "incomplete", "no_lasting_basis"),
		"pointer": lib.place(sprintf("/location/transfers/%d", [i]), transfer, transfer_fields),
		"values": {
			"country": lib.shown(transfer, "country"),
			"absent": lib.absent(transfer, transfer_fields),
			"basis": lib.shown(transfer, "basis"),
		},
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
			workload.country == country
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

# workloads_listed

workload_fields := ["id", "region", "country", "okms_id", "criticality"]

listed(workload) if {
	workload.id != ""
	workload.criticality != ""
	uses_domain(workload)
	data.reference.region_countries[workload.region] == workload.country
}

uses_domain(workload) if workload.okms_id == input.metadata.service.id

known_region(workload) if data.reference.region_countries[workload.region]

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
	workload.latency_p95_ms <= data.params.location_latency_max_ms
}

aligned(workload) if {
	workload.latency_p95_ms >= 0
	excepted(workload)
}

excepted(workload) if lib.accepted(workload.exception, data.params.location_exception_max_days)

same_country(workload) if {
	countries := data.reference.region_countries
	countries[workload.region] == countries[input.metadata.service.region]
}

alignment_problem(workload) := "incomplete" if {
	lib.absent(workload, alignment_fields) != []
} else := "other_country" if {
	not same_country(workload)
} else := "too_slow"

# critical_in_region

local_enough(workload) if workload.criticality == "standard"

local_enough(workload) if workload.region == input.metadata.service.region

local_enough(workload) if excepted(workload)

# residency_kept

kept(residency) if {
	region_listed
	count(countries_not_allowed(residency)) == 0
}

region_listed if data.reference.regions[input.metadata.service.region].country

domain_countries contains data.reference.regions[input.metadata.service.region].country

domain_countries contains data.reference.region_countries[name] if {
	some name in data.reference.regions[input.metadata.service.region].backup_regions
}

countries_not_allowed(residency) := domain_countries - {country | some country in residency.allowed_countries}

residency_problem(residency) := "incomplete" if {
	lib.absent(residency, ["allowed_countries"]) != []
} else := "unknown_region" if {
	not region_listed
} else := "country_not_allowed"

# workloads_in_allowed_countries

in_allowed_country(workload) if workload.country in input.location.residency.allowed_countries

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
	transfer.basis in {"adequacy", "standard_clauses", "binding_rules"} # a derogation is for single cases only
	transfer.approved_by != ""
}

abroad contains country if {
	some country in places
	not country in data.params.transfer_free_countries
}

places contains workload.country if some workload in input.location.workloads

places contains country if some country in domain_countries

transfer_countries contains transfer.country if some transfer in input.location.transfers

all_transfers if input.location.transfer_count == count(object.get(input.location, "transfers", []))
