# METADATA
# title: Manage data continuity and sustainability
# description: >-
#   For each workload it is known how long it can do without the domain; critical ones have something to fall back on
#   that has been tried; and no key ends before the data that it protects.
# custom:
#   duty: 3.1.4.1
package okms.data_continuity

import data.lib

# METADATA
# title: The impact of losing the domain is known for every workload
# description: Each workload has objectives that somebody owns, and recovery is promised before downtime becomes intolerable.
# custom:
#   severity: medium
#   evidence: [/continuity/impacts, /location/workloads]
#   params: [impact_assessment_max_age_days]
#   source: NIST SP 800-34 Rev. 1 §3.2; CSA CCM v4 BCR-02
#   remediation: Assess with the workload's owner how long it can do without the domain, and record RTO, RPO and MTD.
#   controls: {iso_27001: ["5.29", "5.30"], ccm: [BCR-02], csf: [ID.IM-02]}
#   conditions:
#     not_impact_assessed: "the impact on {workload} needs an owner, an assessment in the last {impact_assessment_max_age_days} days, and an RTO that is not longer than the tolerable downtime"
#     not_impact_assessed_2: "the impact on {workload} is not assessed"
findings.impact_assessed contains finding if {
	some i, impact in input.continuity.impacts
	not sound(impact)
	finding := {
		"condition": "not_impact_assessed",
		"pointer": lib.place(sprintf("/continuity/impacts/%d", [i]), impact, ["workload", "owner", "assessed_on", "rto_hours", "rpo_hours", "mtd_hours"]),
		"values": {"workload": lib.shown(impact, "workload"), "impact_assessment_max_age_days": data.params.impact_assessment_max_age_days},
	}
}

findings.impact_assessed contains finding if {
	some i, workload in input.location.workloads
	not has_impact(workload)
	finding := {
		"condition": "not_impact_assessed_2",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id"]),
		"values": {"workload": lib.label(workload)},
	}
}

sound(impact) if {
	impact.workload in workload_ids
	impact.owner != ""
	lib.within_days(impact.assessed_on, data.params.impact_assessment_max_age_days)
	impact.rpo_hours >= 0
	impact.rto_hours <= impact.mtd_hours
}

workload_ids contains workload.id if some workload in input.location.workloads

has_impact(workload) if workload.id in assessed

assessed contains impact.workload if some impact in input.continuity.impacts

# METADATA
# title: No recovery point is shorter than the platform's
# description: The platform backs up every few minutes; who promises less data loss than that promises what nobody keeps.
# custom:
#   severity: medium
#   evidence: [/continuity/impacts]
#   params: [platform_rpo_minutes]
#   source: OVHcloud OKMS architecture overview
#   remediation: Agree an objective that the platform or an own copy can keep.
#   controls: {iso_27001: ["5.30"], ccm: [BCR-02], csf: [RC.RP-01]}
#   conditions:
#     not_rpo_realistic: "the RPO of {workload} is {rpo_hours} hours, the platform allows no less than {platform_rpo_minutes} minutes"
findings.rpo_realistic contains finding if {
	some i, impact in input.continuity.impacts
	not realistic(impact)
	finding := {
		"condition": "not_rpo_realistic",
		"pointer": sprintf("/continuity/impacts/%d/rpo_hours", [i]),
		"values": {"workload": lib.shown(impact, "workload"), "rpo_hours": lib.shown(impact, "rpo_hours"), "platform_rpo_minutes": data.params.platform_rpo_minutes},
	}
}

realistic(impact) if impact.rpo_hours * 60 >= data.params.platform_rpo_minutes

# METADATA
# title: Every critical workload has a fallback that was tried
# description: When the domain is away a critical workload goes on in another way, and that was seen to work.
# custom:
#   severity: high
#   evidence: [/continuity/fallbacks, /location/workloads]
#   params: [fallback_test_max_age_days]
#   source: NIST SP 800-53 Rev. 5 CP-2; NIST SP 800-34 Rev. 1 §3.5
#   remediation: Build a fallback (second region, wrapped copy offline, cached data keys) and try it.
#   controls: {iso_27001: ["5.30", "8.14"], ccm: [BCR-03], csf: [PR.IR-03]}
#   conditions:
#     not_fallback_tested: "{workload} has no fallback that was tried in the last {fallback_test_max_age_days} days"
#     not_fallback_tested_2: "the fallback of {workload} is none, or was not tried in the last {fallback_test_max_age_days} days"
findings.fallback_tested contains finding if {
	some i, workload in input.location.workloads
	not has_fallback(workload)
	finding := {
		"condition": "not_fallback_tested",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["criticality"]),
		"values": {"workload": lib.label(workload), "fallback_test_max_age_days": data.params.fallback_test_max_age_days},
	}
}

findings.fallback_tested contains finding if {
	some i, fallback in input.continuity.fallbacks
	not works(fallback)
	finding := {
		"condition": "not_fallback_tested_2",
		"pointer": lib.place(sprintf("/continuity/fallbacks/%d", [i]), fallback, ["workload", "mode", "tested_on"]),
		"values": {"workload": lib.shown(fallback, "workload"), "fallback_test_max_age_days": data.params.fallback_test_max_age_days},
	}
}

has_fallback(workload) if workload.criticality == "standard"

has_fallback(workload) if workload.id in with_fallback

with_fallback contains fallback.workload if some fallback in input.continuity.fallbacks

works(fallback) if {
	fallback.workload in workload_ids
	fallback.mode in {"second_region", "offline_wrapped_copy", "cached_data_keys"}
	lib.within_days(fallback.tested_on, data.params.fallback_test_max_age_days)
}

# METADATA
# title: The loss of the region was exercised
# description: Critical workloads were brought back without the region, within their objectives, and what was learned is done.
# custom:
#   severity: high
#   evidence: [/continuity/region_loss_exercise]
#   params: [region_loss_exercise_max_age_days]
#   source: CSA CCM v4 BCR-06 and BCR-10; ISO/IEC 27001:2022 A.5.30
#   remediation: Exercise the loss of the region, keep the protocol as artifact, close the actions.
#   controls: {iso_27001: ["5.30", "5.29"], ccm: [BCR-06, BCR-10], csf: [RC.RP-01, ID.IM-02]}
#   conditions:
#     not_region_loss_exercised: "{recovered} of {participants} workloads were back in time and {open_actions} actions are open; wanted are all, none, and a protocol of the last {region_loss_exercise_max_age_days} days"
findings.region_loss_exercised contains finding if {
	exercise := input.continuity.region_loss_exercise
	not exercised(exercise)
	finding := {
		"condition": "not_region_loss_exercised",
		"pointer": lib.place("/continuity/region_loss_exercise", exercise, ["performed_on", "participants", "recovered", "open_actions", "artifact"]),
		"values": {"recovered": lib.shown(exercise, "recovered"), "participants": lib.shown(exercise, "participants"), "open_actions": lib.shown(exercise, "open_actions"), "region_loss_exercise_max_age_days": data.params.region_loss_exercise_max_age_days},
	}
}

exercised(exercise) if {
	lib.within_days(exercise.performed_on, data.params.region_loss_exercise_max_age_days)
	exercise.participants > 0
	exercise.recovered == exercise.participants
	exercise.open_actions == 0
	exercise.artifact.path != ""
}

# METADATA
# title: No key ends before its data
# description: What a key protects must be readable as long as it must be kept.
# custom:
#   severity: high
#   evidence: [/datasets/datasets, /keys/service_keys]
#   source: NIST SP 800-57 Part 1 Rev. 5 §8.3.1
#   remediation: Extend the planned life of the key, or encrypt the data anew under a key that lasts.
#   controls: {iso_27001: ["5.29", "8.24"], ccm: [CEK-18], csf: [PR.DS-01]}
#   conditions:
#     not_keys_outlive_data: "{dataset} must be kept until {retention_until}, and its key is planned to protect until {key_id}"
findings.keys_outlive_data contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not outlived(dataset)
	finding := {
		"condition": "not_keys_outlive_data",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["key_id", "retention_until"]),
		"values": {"dataset": lib.label(dataset), "retention_until": lib.shown(dataset, "retention_until"), "key_id": object.get(protect_until, object.get(dataset, "key_id", ""), "an unknown day")},
	}
}

# Of the keys that data is encrypted under, so that no other key can spoil the answer.
protect_until := {key.id: key.protect_until |
	some key in input.keys.service_keys
	key.id in data_keys
}

data_keys contains dataset.key_id if {
	some dataset in input.datasets.datasets
	dataset.encrypted == true
}

outlived(dataset) if lib.ns(protect_until[dataset.key_id]) >= lib.ns(dataset.retention_until)

# METADATA
# title: Data keys are not kept in memory for long
# description: A cache bridges an outage; one without an end keeps a withdrawn key working.
# custom:
#   severity: medium
#   evidence: [/continuity/data_key_cache_minutes]
#   params: [data_key_cache_max_minutes]
#   source: own judgement
#   remediation: Give cached data keys an end.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-18], csf: [PR.DS-01]}
#   conditions:
#     not_cache_bounded: "data keys are kept {data_key_cache_minutes} minutes, wanted are at most {data_key_cache_max_minutes}"
findings.cache_bounded contains finding if {
	continuity := input.continuity
	not cache_bounded(continuity)
	finding := {
		"condition": "not_cache_bounded",
		"pointer": "/continuity/data_key_cache_minutes",
		"values": {"data_key_cache_minutes": lib.shown(continuity, "data_key_cache_minutes"), "data_key_cache_max_minutes": data.params.data_key_cache_max_minutes},
	}
}

cache_bounded(continuity) if continuity.data_key_cache_minutes <= data.params.data_key_cache_max_minutes
