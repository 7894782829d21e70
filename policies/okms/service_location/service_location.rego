# METADATA
# title: Choose service location aligned with location of Instances
# description: >-
#   The domain lies where what uses it lies, or near enough; it and the copies that the platform makes stay in countries
#   that somebody decided on.
# custom:
#   duty: 1.1.2
package okms.service_location

import data.lib

# METADATA
# title: Every workload that uses the domain is listed with its place
# description: The list is what the inventory counts, each workload with the region and country it runs in and the domain it uses.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /location/workload_count]
#   source: CSA CCM v4 DSP-19; NIST CSF 2.0 ID.AM-03
#   remediation: List the workload with its region, its country and the id of the domain it uses.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
#   conditions:
#     not_workloads_listed: "{workload} needs a region of the provider in its right country, a criticality, and this domain's id"
#     not_workloads_listed_2: "the list of workloads is not as long as the inventory says"
findings.workloads_listed contains finding if {
	some i, workload in input.location.workloads
	not listed(workload)
	finding := {
		"condition": "not_workloads_listed",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id", "region", "country", "okms_id", "criticality"]),
		"values": {"workload": lib.label(workload)},
	}
}

findings.workloads_listed contains finding if {
	not all_listed
	finding := {"condition": "not_workloads_listed_2", "pointer": "/location/workload_count", "values": {}}
}

listed(workload) if {
	workload.id != ""
	workload.criticality != ""
	workload.okms_id == input.metadata.service.id
	data.reference.region_countries[workload.region] == workload.country
}

all_listed if input.location.workload_count == count({workload.id | some workload in input.location.workloads})

# METADATA
# title: The domain lies where its workloads lie
# description: The same region; or the same country within the latency; or an exception that somebody accepted.
# custom:
#   severity: medium
#   evidence: [/location/workloads, /metadata/service/region]
#   params: [location_latency_max_ms, location_exception_max_days]
#   source: RACI table, activity 1.1.2; the latency is own judgement
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
#   conditions:
#     not_aligned: "{workload} runs in {region}, the domain in {region_2}; wanted is the same region, or the same country within {location_latency_max_ms} ms, or a valid exception"
findings.aligned contains finding if {
	some i, workload in input.location.workloads
	not aligned(workload)
	finding := {
		"condition": "not_aligned",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["region", "latency_p95_ms"]),
		"values": {"workload": lib.label(workload), "region": lib.shown(workload, "region"), "region_2": input.metadata.service.region, "location_latency_max_ms": data.params.location_latency_max_ms},
	}
}

aligned(workload) if {
	same_country(workload)
	workload.latency_p95_ms <= data.params.location_latency_max_ms
}

aligned(workload) if {
	workload.latency_p95_ms >= 0
	lib.accepted(workload.exception, data.params.location_exception_max_days)
}

same_country(workload) if {
	countries := data.reference.region_countries
	countries[workload.region] == countries[input.metadata.service.region]
}

# METADATA
# title: Critical workloads run in the region of the domain
# description: A critical workload elsewhere stops with either of two regions, and with what connects them.
# custom:
#   severity: high
#   evidence: [/location/workloads, /metadata/service/region]
#   params: [location_exception_max_days]
#   source: RACI table, activity 1.1.2; own judgement on critical workloads
#   remediation: Move the workload or use a domain in its region; or have the deviation accepted for a time.
#   controls: {iso_27001: ["5.23"], ccm: [DSP-19], csf: [ID.AM-03]}
#   conditions:
#     not_critical_in_region: "{workload} is critical and runs in {region}, the domain in {region_2}"
findings.critical_in_region contains finding if {
	some i, workload in input.location.workloads
	not local_enough(workload)
	finding := {
		"condition": "not_critical_in_region",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["criticality", "region"]),
		"values": {"workload": lib.label(workload), "region": lib.shown(workload, "region"), "region_2": input.metadata.service.region},
	}
}

local_enough(workload) if workload.criticality == "standard"

local_enough(workload) if workload.region == input.metadata.service.region

local_enough(workload) if lib.accepted(workload.exception, data.params.location_exception_max_days)

# METADATA
# title: The domain and its platform copies lie in allowed countries
# description: The platform keeps backups in two further regions; they count like the region itself.
# custom:
#   severity: high
#   evidence: [/location/residency, /metadata/service/region]
#   source: CSA CCM v4 DSP-19; OVHcloud OKMS architecture overview (backup regions)
#   remediation: Use a domain in a region whose backup regions are in allowed countries too, or decide anew.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     not_residency_kept: "region {region}, or a region of its platform backups, is unknown or not in an allowed country"
findings.residency_kept contains finding if {
	residency := input.location.residency
	not kept(residency)
	finding := {
		"condition": "not_residency_kept",
		"pointer": lib.place("/location/residency", residency, ["allowed_countries"]),
		"values": {"region": input.metadata.service.region},
	}
}

kept(residency) if {
	region := data.reference.regions[input.metadata.service.region]
	places := {data.reference.region_countries[name] | some name in region.backup_regions} | {region.country}
	allowed := {country | some country in residency.allowed_countries}
	count(places - allowed) == 0
}

# METADATA
# title: Workloads run in allowed countries
# description: A key is used where its workload runs; what it opens is there in clear.
# custom:
#   severity: high
#   evidence: [/location/workloads, /location/residency]
#   source: CSA CCM v4 DSP-19
#   remediation: Move the workload, or decide anew on the countries.
#   controls: {iso_27001: ["5.23", "5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     not_workloads_in_allowed_countries: "{workload} runs in {country}, which is no allowed country"
findings.workloads_in_allowed_countries contains finding if {
	some i, workload in input.location.workloads
	not in_allowed_country(workload)
	finding := {
		"condition": "not_workloads_in_allowed_countries",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["country"]),
		"values": {"workload": lib.label(workload), "country": lib.shown(workload, "country")},
	}
}

in_allowed_country(workload) if workload.country in input.location.residency.allowed_countries

# METADATA
# title: Residency was decided, approved and written down
# description: Somebody decided where keys may lie, another person approved it, and the paper is on file.
# custom:
#   severity: medium
#   evidence: [/location/residency]
#   params: [residency_decision_max_age_days]
#   source: ISO/IEC 27001:2022 A.5.31; the period is own judgement
#   remediation: Decide, have it approved by somebody else, keep the decision as artifact.
#   controls: {iso_27001: ["5.31"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     not_residency_decided: "the decision on residency needs an owner, another person's approval, the paper, and a date in the last {residency_decision_max_age_days} days"
findings.residency_decided contains finding if {
	residency := input.location.residency
	not decided(residency)
	finding := {
		"condition": "not_residency_decided",
		"pointer": lib.place("/location/residency", residency, ["owner", "approved_by", "decided_on", "artifact"]),
		"values": {"residency_decision_max_age_days": data.params.residency_decision_max_age_days},
	}
}

decided(residency) if {
	lib.distinct(residency.owner, residency.approved_by)
	lib.within_days(residency.decided_on, data.params.residency_decision_max_age_days)
	residency.artifact.path != ""
}

# METADATA
# title: Transfers out of the Union have a basis
# description: >-
#   The record of processing counts the transfers; each has a basis that lasts and somebody who approved it. A country
#   outside the Economic Area where the domain, its platform copies or a workload lies is among them.
# custom:
#   severity: medium
#   evidence: [/location/transfer_count, /location/workloads, /metadata/service/region]
#   params: [transfer_free_countries]
#   source: Regulation (EU) 2016/679 (GDPR) chapter V
#   remediation: End the transfer, or find its basis and have it approved.
#   controls: {iso_27001: ["5.31", "5.23"], ccm: [DSP-19], csf: [GV.OC-03]}
#   conditions:
#     not_transfers_justified: "the transfer to {country} needs a basis other than a derogation, and an approval"
#     not_transfers_justified_2: "the domain, a platform copy or a workload lies in {country}, and no transfer to it is listed"
#     not_transfers_justified_3: "the list of transfers is not as long as the record says"
findings.transfers_justified contains finding if {
	some i, transfer in input.location.transfers
	not justified(transfer)
	finding := {
		"condition": "not_transfers_justified",
		"pointer": lib.place(sprintf("/location/transfers/%d", [i]), transfer, ["country", "basis", "approved_by"]),
		"values": {"country": lib.shown(transfer, "country")},
	}
}

findings.transfers_justified contains finding if {
	some country in abroad
	not country in transfer_countries
	finding := {
		"condition": "not_transfers_justified_2",
		"pointer": "/location/transfer_count",
		"values": {"country": country},
	}
}

abroad contains country if {
	some country in places
	not country in data.params.transfer_free_countries
}

places contains workload.country if some workload in input.location.workloads

places contains data.reference.regions[input.metadata.service.region].country

places contains data.reference.region_countries[name] if {
	some name in data.reference.regions[input.metadata.service.region].backup_regions
}

transfer_countries contains transfer.country if some transfer in input.location.transfers

findings.transfers_justified contains finding if {
	not all_transfers
	finding := {"condition": "not_transfers_justified_3", "pointer": "/location/transfer_count", "values": {}}
}

justified(transfer) if {
	transfer.country != ""
	transfer.basis in {"adequacy", "standard_clauses", "binding_rules"} # a derogation is for single cases, not for a service
	transfer.approved_by != ""
}

all_transfers if input.location.transfer_count == count(object.get(input.location, "transfers", []))
