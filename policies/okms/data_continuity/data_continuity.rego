# METADATA
# title: Manage data continuity and sustainability
# description: >-
#   For each workload it is known how long it can do without the domain; critical ones have a tested fallback; and no
#   key ends before the data that it protects.
# custom:
#   duty: 3.1.4.1
package okms.data_continuity

import data.lib

# METADATA
# title: The impact of losing the domain is known for every workload
# description: >-
#   Each workload has objectives with a responsible person, and recovery is promised before downtime becomes
#   intolerable.
# custom:
#   severity: medium
#   evidence: [/continuity/impacts, /location/workloads]
#   params:
#     - impact_assessment_max_age_days
#     - critical_downtime_max_hours
#     - standard_downtime_min_hours
#     - standard_downtime_max_hours
#   source: NIST SP 800-34 Rev. 1 §3.2; CSA CCM v4 BCR-02
#   remediation: Assess with the workload's owner how long it can do without the domain, and record RTO, RPO and MTD.
#   controls: {iso_27001: ["5.29", "5.30"], ccm: [BCR-02], csf: [GV.OC-04, GV.OC-05]}
#   conditions:
#     incomplete: "the impact on {workload} does not state {absent}"
#     unknown_workload: "the impact on {workload} is assessed, which is no workload of the inventory"
#     assessment_not_recent: >-
#       the impact on {workload} was last assessed on {assessed_on}; expected is a date in the {days} {days|day|days}
#       before the evidence is assessed
#     rpo_too_long: >-
#       the RPO of {workload} is {rpo} {rpo|hour|hours}; expected {rpo_max|is|are} at most {rpo_max}
#     recovery_too_late: >-
#       the RTO of {workload} is {rto} {rto|hour|hours}; expected are at most {mtd}, the downtime that it tolerates
#     critical_downtime_too_long: >-
#       the workload {workload} is critical, and its impact analysis tolerates a downtime of {mtd} {mtd|hour|hours};
#       expected {mtd_max|is|are} at most {mtd_max} for a critical workload
#     standard_downtime_too_short: >-
#       the workload {workload} is standard, and its impact analysis tolerates a downtime of {mtd} {mtd|hour|hours};
#       expected {mtd_min|is|are} at least {mtd_min} for a workload that is not critical
#     standard_downtime_too_long: >-
#       the impact analysis of the workload {workload} tolerates a downtime of {mtd} {mtd|hour|hours}; expected
#       {mtd_max|is|are} at most {mtd_max}
#     not_assessed: "the impact of losing the domain on {workload} is not assessed"
#     workload_without_id: "the workload {workload} does not state its id, so no impact can be matched with it"
findings.impact_assessed contains finding if {
	some i, impact in input.continuity.impacts
	not sound(impact)
	finding := {
		"condition": impact_problem(impact),
		"pointer": lib.place(sprintf("/continuity/impacts/%d", [i]), impact, impact_fields),
		"values": {
			"workload": lib.shown(impact, "workload"),
			"absent": lib.absent(impact, impact_fields),
			"assessed_on": lib.shown(impact, "assessed_on"),
			"days": data.params.impact_assessment_max_age_days,
			"rpo": lib.shown(impact, "rpo_hours"),
			"rpo_max": data.params.standard_downtime_max_hours,
			"rto": lib.shown(impact, "rto_hours"),
			"mtd": lib.shown(impact, "mtd_hours"),
		},
	}
}

findings.impact_assessed contains finding if {
	some i, impact in input.continuity.impacts
	impact.workload in critical_workloads
	not urgent(impact)
	finding := {
		"condition": "critical_downtime_too_long",
		"pointer": sprintf("/continuity/impacts/%d/mtd_hours", [i]),
		"values": {
			"workload": impact.workload,
			"mtd": lib.shown(impact, "mtd_hours"),
			"mtd_max": data.params.critical_downtime_max_hours,
		},
		"related": workload_places(impact.workload),
	}
}

findings.impact_assessed contains finding if {
	some i, impact in input.continuity.impacts
	impact.workload in standard_workloads
	not patient(impact)
	finding := {
		"condition": patience_problem(impact),
		"pointer": sprintf("/continuity/impacts/%d/mtd_hours", [i]),
		"values": {
			"workload": impact.workload,
			"mtd": lib.shown(impact, "mtd_hours"),
			"mtd_min": data.params.standard_downtime_min_hours,
			"mtd_max": data.params.standard_downtime_max_hours,
		},
		"related": workload_places(impact.workload),
	}
}

findings.impact_assessed contains finding if {
	some i, workload in input.location.workloads
	not has_impact(workload)
	finding := {
		"condition": lib.problem(workload, ["id"], "workload_without_id", "not_assessed"),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id"]),
		"values": {"workload": lib.label(workload)},
	}
}

# METADATA
# title: No recovery point is shorter than the platform's
# description: The platform backs up every few minutes; a recovery point below that cannot be met.
# custom:
#   severity: medium
#   evidence: [/continuity/impacts]
#   params: [platform_rpo_minutes]
#   source: OVHcloud OKMS architecture overview
#   remediation: Agree an objective that the platform or an own copy can meet.
#   controls: {iso_27001: ["5.30"], ccm: [BCR-02], csf: [GV.OC-05]}
#   conditions:
#     not_stated: "the impact on {workload} does not state an RPO"
#     too_short: >-
#       the RPO of {workload} is {hours} {hours|hour|hours}; expected are at least {minutes} {minutes|minute|minutes},
#       the rhythm of the platform's backups
findings.rpo_realistic contains finding if {
	some i, impact in input.continuity.impacts
	not realistic(impact)
	finding := {
		"condition": lib.problem(impact, ["rpo_hours"], "not_stated", "too_short"),
		"pointer": sprintf("/continuity/impacts/%d/rpo_hours", [i]),
		"values": {
			"workload": lib.shown(impact, "workload"),
			"hours": lib.shown(impact, "rpo_hours"),
			"minutes": data.params.platform_rpo_minutes,
		},
	}
}

# METADATA
# title: Every critical workload has a tested fallback
# description: When the domain is not available a critical workload goes on in another way, and that was tested.
# custom:
#   severity: high
#   evidence:
#     - /continuity/impacts
#     - /location/workloads
#     - /datasets/datasets
#     - /keys/service_key_count
#     - /kmip/object_count
#   params: [fallback_test_max_age_days]
#   source: NIST SP 800-53 Rev. 5 CP-2; NIST SP 800-34 Rev. 1 §3.5
#   remediation: Build a fallback (second region, wrapped copy offline, cached data keys) and test it.
#   controls: {iso_27001: ["5.30", "8.14"], ccm: [BCR-03, BCR-06], csf: [PR.IR-03]}
#   conditions:
#     criticality_unknown: "the workload {workload} does not state whether it is critical, and has no fallback"
#     no_fallback: "the critical workload {workload} has no fallback"
#     incomplete: "the fallback of {workload} does not state {absent}"
#     unknown_workload: "a fallback is listed for {workload}, which is no workload of the inventory"
#     no_mode: "the fallback of {workload} is {mode}; expected is one of {modes}"
#     nothing_cached: >-
#       the fallback of {workload} is cached_data_keys, and data keys are kept in memory for {minutes}
#       {minutes|minute|minutes}; expected is a time that bridges an outage
#     nothing_to_copy: >-
#       the fallback of {workload} is offline_wrapped_copy, and none of its keys can leave the domain: expected is an
#       imported or extractable service key of its data, or an extractable KMIP object of its client
#     test_not_recent: >-
#       the fallback of {workload} was last tested on {tested_on}; expected is a test in the {days} {days|day|days}
#       before the assessment
findings.fallback_tested contains finding if {
	some i, workload in input.location.workloads
	not has_fallback(workload)
	finding := {
		"condition": lib.problem(workload, ["criticality"], "criticality_unknown", "no_fallback"),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["criticality"]),
		"values": {"workload": lib.label(workload)},
	}
}

findings.fallback_tested contains finding if {
	some i, fallback in input.continuity.fallbacks
	not works(fallback)
	finding := {
		"condition": fallback_problem(fallback),
		"pointer": lib.place(sprintf("/continuity/fallbacks/%d", [i]), fallback, fallback_fields),
		"values": {
			"workload": lib.shown(fallback, "workload"),
			"absent": lib.absent(fallback, fallback_fields),
			"mode": lib.shown(fallback, "mode"),
			"modes": sort(fallback_modes),
			"minutes": lib.shown(input.continuity, "data_key_cache_minutes"),
			"tested_on": lib.shown(fallback, "tested_on"),
			"days": data.params.fallback_test_max_age_days,
		},
	}
}

# METADATA
# title: The loss of the region was exercised
# description: >-
#   Critical workloads were brought back without the region, within their objectives, and the fixes are done.
# custom:
#   severity: high
#   evidence: [/continuity/region_loss_exercise, /location/workloads]
#   params: [region_loss_exercise_max_age_days, open_actions_max_days]
#   source: CSA CCM v4 BCR-06 and BCR-10; ISO/IEC 27001:2022 A.5.30
#   remediation: Exercise the loss of the region, keep the record as artifact, finish the open fixes.
#   controls: {iso_27001: ["5.30", "5.29"], ccm: [BCR-06, BCR-10], csf: [PR.IR-03, ID.IM-02]}
#   conditions:
#     incomplete: "the exercise for the loss of the region does not state {absent}"
#     no_record: "the exercise for the loss of the region names no record of it as artifact"
#     not_recent: >-
#       the loss of the region was last exercised on {performed_on}; expected is an exercise in the {days}
#       {days|day|days} before the assessment
#     no_participants: >-
#       no workload took part in the exercise for the loss of the region; expected is at least one
#     more_than_listed: >-
#       {participants} {participants|workload|workloads} took part in the exercise for the loss of the region; the
#       inventory lists {workloads} {workloads|workload|workloads}
#     fewer_than_critical: >-
#       {participants} {participants|workload|workloads} took part in the exercise for the loss of the region; the
#       inventory lists {critical} critical {critical|workload|workloads}, and expected are all of them
#     not_all_recovered: >-
#       {recovered} {recovered|workload|workloads} recovered within their objective in the exercise for the loss of the
#       region; expected are all {participants} that took part
#     actions_open: >-
#       {open} {open|fix is|fixes are} still open after the exercise for the loss of the region; expected is none, or
#       a day by when they are done (actions_due_on), not past and in the {actions_days} {actions_days|day|days} after
#       it
findings.region_loss_exercised contains finding if {
	exercise := input.continuity.region_loss_exercise
	not exercised(exercise)
	finding := {
		"condition": exercise_problem(exercise),
		"pointer": lib.place("/continuity/region_loss_exercise", exercise, exercise_fields),
		"values": {
			"absent": lib.absent(exercise, exercise_fields),
			"performed_on": lib.shown(exercise, "performed_on"),
			"days": data.params.region_loss_exercise_max_age_days,
			"recovered": lib.shown(exercise, "recovered"),
			"participants": lib.shown(exercise, "participants"),
			"workloads": workloads_then(exercise),
			"critical": count(critical_then(exercise)),
			"actions_days": data.params.open_actions_max_days,
			"open": lib.shown(exercise, "open_actions"),
		},
		"related": ["/location/workloads"],
	}
}

# METADATA
# title: No key ends before its data
# description: >-
#   What a key protects must be readable as long as it must be kept. A KMIP object ends on its Deactivation Date; one
#   that has none has no planned end.
# custom:
#   severity: high
#   evidence: [/datasets/datasets, /keys/service_key_count, /kmip/object_count]
#   source: NIST SP 800-57 Part 1 Rev. 5 §8.3.1
#   remediation: Extend the planned life of the key, or encrypt the data anew under a key that lasts.
#   controls: {iso_27001: ["8.24", "5.33"], ccm: [CEK-18], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the encrypted dataset {dataset} does not state {absent}"
#     end_unknown: >-
#       the dataset {dataset} must be kept until {retention_until}; how long its key {key} is planned to protect is not
#       known
#     key_ends_before: >-
#       the dataset {dataset} must be kept until {retention_until}; its key {key} is planned to protect until
#       {protect_until}
findings.keys_outlive_data contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not outlived(dataset)
	key_id := object.get(dataset, "key_id", "")
	finding := {
		"condition": outlived_problem(dataset),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["key_id", "retention_until"]),
		"values": {
			"dataset": lib.label(dataset),
			"absent": lib.absent(dataset, ["key_id", "retention_until"]),
			"retention_until": lib.shown(dataset, "retention_until"),
			"key": lib.shown(dataset, "key_id"),
			"protect_until": object.get(protect_until, key_id, "unknown"),
		},
		"related": array.concat(
			[sprintf("/keys/service_keys/%d", [k]) | some k, key in input.keys.service_keys; key.id == key_id],
			[sprintf("/kmip/objects/%d", [k]) | some k, item in input.kmip.objects; item.id == key_id],
		),
	}
}

# METADATA
# title: Data keys are not kept in memory for long
# description: A cache bridges an outage; one without an end keeps a withdrawn key working.
# custom:
#   severity: medium
#   evidence: [/continuity/data_key_cache_minutes]
#   params: [data_key_cache_max_minutes]
#   source: raci-check default, no external source
#   remediation: Give cached data keys an end.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-13, CEK-17], csf: [PR.DS-10]}
#   conditions:
#     kept_too_long: >-
#       data keys are kept in memory for {minutes} {minutes|minute|minutes}; expected are at most {minutes_max}
findings.cache_bounded contains finding if {
	not cache_bounded
	finding := {
		"condition": "kept_too_long",
		"pointer": "/continuity/data_key_cache_minutes",
		"values": {
			"minutes": lib.shown(input.continuity, "data_key_cache_minutes"),
			"minutes_max": data.params.data_key_cache_max_minutes,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section continuity, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/continuity]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["continuity"])
}

# impact_assessed, fallback_tested, region_loss_exercised

# A workload whose criticality is not known counts as critical.
critical_workloads contains workload.id if {
	some workload in input.location.workloads
	not standard(workload)
}

standard(workload) if workload.criticality == "standard"

workload_places(id) := [sprintf("/location/workloads/%d/criticality", [i]) |
	some i, workload in input.location.workloads
	workload.id == id
]

workload_ids contains workload.id if some workload in input.location.workloads

# impact_assessed

impact_fields := ["workload", "owner", "assessed_on", "rto_hours", "rpo_hours", "mtd_hours"]

sound(impact) if {
	impact_of_workload(impact)
	impact.owner != ""
	assessed_recently(impact)
	data_loss_bounded(impact)
	impact.rto_hours <= impact.mtd_hours
}

impact_problem(impact) := "incomplete" if {
	lib.absent(impact, impact_fields) != []
} else := "unknown_workload" if {
	not impact_of_workload(impact)
} else := "assessment_not_recent" if {
	not assessed_recently(impact)
} else := "rpo_too_long" if {
	not data_loss_bounded(impact)
} else := "recovery_too_late"

impact_of_workload(impact) if impact.workload in workload_ids

assessed_recently(impact) if lib.within_days(impact.assessed_on, data.params.impact_assessment_max_age_days)

data_loss_bounded(impact) if impact.rpo_hours <= data.params.standard_downtime_max_hours

urgent(impact) if impact.mtd_hours <= data.params.critical_downtime_max_hours

patient(impact) if {
	can_wait(impact)
	impact.mtd_hours <= data.params.standard_downtime_max_hours
}

patience_problem(impact) := "standard_downtime_too_short" if {
	not can_wait(impact)
} else := "standard_downtime_too_long"

can_wait(impact) if impact.mtd_hours >= data.params.standard_downtime_min_hours

standard_workloads contains workload.id if {
	some workload in input.location.workloads
	standard(workload)
}

has_impact(workload) if workload.id in assessed

assessed contains impact.workload if some impact in input.continuity.impacts

# rpo_realistic

realistic(impact) if impact.rpo_hours * 60 >= data.params.platform_rpo_minutes

# fallback_tested

fallback_fields := ["workload", "mode", "tested_on"]

fallback_modes := {"second_region", "offline_wrapped_copy", "cached_data_keys"}

has_fallback(workload) if standard(workload)

has_fallback(workload) if workload.id in with_fallback

with_fallback contains fallback.workload if some fallback in input.continuity.fallbacks

works(fallback) if {
	fallback_of_workload(fallback)
	bridges(fallback)
	cache_exists(fallback)
	copy_possible(fallback)
	lib.within_days(fallback.tested_on, data.params.fallback_test_max_age_days)
}

fallback_problem(fallback) := "incomplete" if {
	lib.absent(fallback, fallback_fields) != []
} else := "unknown_workload" if {
	not fallback_of_workload(fallback)
} else := "no_mode" if {
	not bridges(fallback)
} else := "nothing_cached" if {
	not cache_exists(fallback)
} else := "nothing_to_copy" if {
	not copy_possible(fallback)
} else := "test_not_recent"

fallback_of_workload(fallback) if fallback.workload in workload_ids

bridges(fallback) if fallback.mode in fallback_modes

cache_exists(fallback) if fallback.mode in (fallback_modes - {"cached_data_keys"})

cache_exists(_) if input.continuity.data_key_cache_minutes >= 1

copy_possible(fallback) if fallback.mode in (fallback_modes - {"offline_wrapped_copy"})

copy_possible(fallback) if fallback.workload in workloads_with_copies

# A wrapped copy can be made of what leaves the domain: what was imported or may be extracted.
workloads_with_copies contains dataset.workload if {
	some dataset in input.datasets.datasets
	dataset.key_id in keys_that_leave
}

workloads_with_copies contains client.workload if {
	some client in input.kmip.clients
	client.id in clients_with_copies
}

keys_that_leave := (imported_keys | extractable_keys) | extractable_objects

imported_keys := {key.id | some key in input.keys.service_keys; key.origin == "imported"}

extractable_keys := {key.id | some key in input.keys.service_keys; object.get(key, "extractable", false) == true}

extractable_objects := {item.id | some item in input.kmip.objects; item.extractable == true}

clients_with_copies := {item.client | some item in input.kmip.objects; item.extractable == true}

# region_loss_exercised

exercise_fields := ["performed_on", "participants", "recovered", "open_actions", "artifact"]

exercised(exercise) if {
	exercise_recent(exercise)
	attended(exercise)
	exercise.participants <= workloads_then(exercise)
	critical_attended(exercise)
	all_recovered(exercise)
	lib.actions_done(exercise, exercise.performed_on, data.params.open_actions_max_days)
	exercise_recorded(exercise)
}

exercise_problem(exercise) := "incomplete" if {
	lib.absent(exercise, exercise_fields) != []
} else := "no_record" if {
	not exercise_recorded(exercise)
} else := "not_recent" if {
	not exercise_recent(exercise)
} else := "no_participants" if {
	not attended(exercise)
} else := "more_than_listed" if {
	exercise.participants > workloads_then(exercise)
} else := "fewer_than_critical" if {
	not critical_attended(exercise)
} else := "not_all_recovered" if {
	not all_recovered(exercise)
} else := "actions_open"

exercise_recent(exercise) if lib.within_days(exercise.performed_on, data.params.region_loss_exercise_max_age_days)

attended(exercise) if exercise.participants > 0

critical_attended(exercise) if exercise.participants >= count(critical_then(exercise))

# With those that took part then, and are gone.
workloads_then(exercise) := count(workload_ids) + lib.former("workload", lib.shown(exercise, "performed_on"))

# Those that were there when the exercise was made.
critical_then(exercise) := critical_workloads - {workload.id |
	some workload in input.location.workloads
	workload.started_on > lib.shown(exercise, "performed_on")
}

all_recovered(exercise) if exercise.recovered == exercise.participants

exercise_recorded(exercise) if exercise.artifact.path != ""

# keys_outlive_data

# By id of a key that data is encrypted under, the first end that is planned for it.
protect_until := lib.least(service_key_ends | kmip_ends)

service_key_ends := {[key.id, key.protect_until] |
	some key in input.keys.service_keys
	key.id in data_keys
}

kmip_ends := {[item.id, item.deactivation_on] |
	some item in input.kmip.objects
	item.id in data_keys
	item.state in kmip_readable
}

# KMIP objects that data can be read with, and that no end is planned for.
kmip_without_end contains item.id if {
	some item in input.kmip.objects
	item.id in data_keys
	item.state in kmip_readable
	not item.deactivation_on
}

kmip_readable := {"Active", "Deactivated"}

data_keys contains dataset.key_id if {
	some dataset in input.datasets.datasets
	dataset.encrypted == true
}

outlived(dataset) if {
	dataset.retention_until
	dataset.key_id in kmip_without_end
}

outlived(dataset) if lib.ns(protect_until[dataset.key_id]) >= lib.ns(dataset.retention_until)

outlived_problem(dataset) := "incomplete" if {
	lib.absent(dataset, ["key_id", "retention_until"]) != []
} else := "end_unknown" if {
	not end_known(dataset)
} else := "key_ends_before"

end_known(dataset) if protect_until[dataset.key_id]

# cache_bounded

cache_bounded if input.continuity.data_key_cache_minutes <= data.params.data_key_cache_max_minutes
