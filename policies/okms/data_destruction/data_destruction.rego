# METADATA
# title: Destroy data hosted on volumes storage
# description: >-
#   What is no longer needed is destroyed by a method that fits its class, by one person and verified by another, with
#   its keys and its copies; what is still needed is not.
# custom:
#   duty: 5.2.1
package okms.data_destruction

import data.lib

# METADATA
# title: The plan of destruction is owned, approved and current
# description: Before the contract ends it is known what is destroyed when, how and by whom.
# custom:
#   severity: medium
#   evidence: [/destruction/plan]
#   params: [destruction_plan_review_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.10; CSA CCM v4 DSP-02
#   remediation: Review the plan, let another person approve it, and record the date.
#   controls: {iso_27001: ["8.10"], ccm: [DSP-02, DSP-16], csf: [ID.AM-08], pci_dss: ["3.2.1"]}
#   conditions:
#     incomplete: "the plan of destruction does not state {absent}"
#     approved_by_owner: >-
#       the plan of destruction was approved by its owner, {owner}; expected is the approval of another person
#     review_not_recent: >-
#       the plan of destruction was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days}
#       before the assessment
findings.plan_current contains finding if {
	plan := input.destruction.plan
	not current(plan)
	finding := {
		"condition": plan_problem(plan),
		"pointer": lib.place("/destruction/plan", plan, plan_fields),
		"values": {
			"absent": lib.absent(plan, plan_fields),
			"owner": lib.shown(plan, "owner"),
			"reviewed_on": lib.shown(plan, "reviewed_on"),
			"days": data.params.destruction_plan_review_max_age_days,
		},
	}
}

# METADATA
# title: The method fits the class of the data
# description: Confidential data that was overwritten by ordinary means can be recovered.
# custom:
#   severity: high
#   evidence: [/destruction/media_count]
#   population: {list: /destruction/media, count: /destruction/media_count}
#   params: [destruction_methods_confidential]
#   source: NIST SP 800-88 Rev. 2
#   remediation: Purge or destroy the medium, or erase it cryptographically.
#   controls: {iso_27001: ["8.10", "7.14"], ccm: [DSP-02], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     incomplete: "the medium {medium} does not state {absent}"
#     method_too_weak: >-
#       the medium {medium} held {classification} data and was sanitised by {method}; expected is one of {methods}
findings.method_sufficient contains finding if {
	some i, medium in input.destruction.media
	not method_sufficient(medium)
	finding := {
		"condition": lib.problem(medium, ["classification", "method"], "incomplete", "method_too_weak"),
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, ["classification", "method"]),
		"values": {
			"medium": lib.label(medium),
			"absent": lib.absent(medium, ["classification", "method"]),
			"classification": lib.shown(medium, "classification"),
			"method": lib.shown(medium, "method"),
			"methods": data.params.destruction_methods_confidential,
		},
	}
}

# METADATA
# title: Every destruction is certified and verified by another person
# description: The person, the date and the method are on file, and another person has verified the result.
# custom:
#   severity: medium
#   evidence: [/destruction/media_count]
#   population: {list: /destruction/media, count: /destruction/media_count}
#   source: >-
#     NIST SP 800-88 Rev. 2 (certificate of sanitization); the second person is a raci-check default, no external source
#   remediation: Let another person verify, fill in the certificate, and keep it as artifact.
#   controls: {iso_27001: ["8.10", "7.14"], ccm: [DSP-02], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     incomplete: "the destruction of the medium {medium} does not state {absent}"
#     verified_by_operator: >-
#       the destruction of the medium {medium} was verified by {verifier}, who performed it; expected is another person
#     no_record: "the destruction of the medium {medium} names no file as artifact"
#     in_future: "the destruction of the medium {medium} is dated {performed_on}, after the assessment"
#     count_differs: "{listed} destroyed {listed|medium is|media are} listed, the inventory counts {counted}"
findings.certified contains finding if {
	some i, medium in input.destruction.media
	not certified(medium)
	finding := {
		"condition": certificate_problem(medium),
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, medium_fields),
		"values": {
			"medium": lib.label(medium),
			"absent": lib.absent(medium, medium_fields),
			"verifier": lib.shown(medium, "verified_by"),
			"performed_on": lib.shown(medium, "performed_on"),
		},
	}
}

findings.certified contains finding if {
	not all_listed
	finding := {
		"condition": "count_differs",
		"pointer": "/destruction/media_count",
		"values": {
			"listed": lib.listed(object.get(input.destruction, "media", []), "id"),
			"counted": input.destruction.media_count,
		},
		"related": ["/destruction/media"],
	}
}

# METADATA
# title: A cryptographic erase counts when the key is gone everywhere
# description: >-
#   The key is destroyed in the domain, and the platform's backups, which keep it for a while, have ended too.
# custom:
#   severity: high
#   evidence: [/destruction/media_count, /keys/service_keys]
#   population: {list: /destruction/media, count: /destruction/media_count}
#   source: NIST SP 800-88 Rev. 2 (cryptographic erase); OVHcloud OKMS architecture overview (backups are kept 30 days)
#   remediation: Destroy the key, wait until the platform's backups have ended, and record that day as effective.
#   controls: {iso_27001: ["8.10"], ccm: [CEK-14, DSP-02], csf: [ID.AM-08]}
#   conditions:
#     incomplete: "the cryptographic erase of the medium {medium} does not state {absent}"
#     key_not_destroyed: >-
#       the medium {medium} was erased by destroying the key {key}; expected is a key of the inventory that is destroyed
#       since a stated time
#     erased_before_key: >-
#       the erase of the medium {medium} was performed on {performed_on}, and its key {key} was destroyed at
#       {destroyed_at}; expected is an erase on the day of the destruction, or later
#     effective_too_early: >-
#       the erase of the medium {medium} is called effective from {effective_on}, and its key {key} was destroyed at
#       {destroyed_at}; expected is a day when {days} {days|day|days} have passed, as long as the platform keeps backups
findings.erase_effective contains finding if {
	some i, medium in input.destruction.media
	medium.method == "cryptographic_erase"
	not erased(medium)
	finding := {
		"condition": erase_problem(medium),
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, erase_fields),
		"values": {
			"medium": lib.label(medium),
			"absent": lib.absent(medium, erase_fields),
			"performed_on": lib.shown(medium, "performed_on"),
			"key": lib.shown(medium, "key_id"),
			"effective_on": lib.shown(medium, "effective_on"),
			"destroyed_at": object.get(destroyed_keys, lib.shown(medium, "key_id"), "unknown"),
			"days": data.reference.platform_backup_days,
		},
		"related": service_key_places(medium),
	}
}

# METADATA
# title: The destruction of every key was approved by two, before it
# description: A destroyed key takes its data with it, for good; no single person decides that, and not afterwards.
# custom:
#   severity: high
#   evidence: [/destruction/media_count, /keys/service_keys]
#   params: [destruction_approvers_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6 (by analogy)
#   remediation: Find out who destroyed the key and what was lost; from now on record two approvals first.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-14], csf: [ID.AM-08]}
#   conditions:
#     incomplete: "the destroyed key {key} does not state its id, so no approval can be matched with it"
#     approved_late: >-
#       the key {key} was destroyed at {destroyed_at}, and the last approval of its destruction is of {approved_on};
#       expected is an approval not after the destruction
#     too_few: >-
#       the destruction of the key {key} has the recorded approval of {persons} {persons|person|persons}; expected
#       {persons_min|is|are} at least {persons_min}
findings.key_destructions_approved contains finding if {
	some i, key in input.keys.service_keys
	lib.destroyed(key)
	not destruction_approved(key)
	finding := {
		"condition": approval_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id"]),
		"values": {
			"key": lib.label(key),
			"persons": lib.largest({count(approvers(record)) | some record in records_of(key)}),
			"destroyed_at": lib.shown(key, "destroyed_at"),
			"approved_on": concat(", ", [lib.shown(record, "approved_on") | some record in records_of(key)]),
			"persons_min": data.params.destruction_approvers_min,
		},
		"related": [sprintf("/destruction/key_destructions/%d", [r]) |
			some r, record in input.destruction.key_destructions
			record.key_id == key.id
		],
	}
}

# METADATA
# title: No data that must be kept depends on a destroyed key
# description: >-
#   Data whose key, in the domain or by KMIP, is destroyed is destroyed too, even where the law asks for it to be kept.
# custom:
#   severity: critical
#   evidence: [/datasets/datasets, /keys/service_keys, /kmip/object_count]
#   source: ISO/IEC 27001:2022 A.5.33; NIST SP 800-57 Part 1 Rev. 5 §8.3.1
#   remediation: Restore the data from a copy under another key; correct the inventory if it was encrypted anew before.
#   controls: {iso_27001: ["5.33", "8.10"], ccm: [CEK-14, DSP-16], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the dataset {dataset} is encrypted and does not state its key"
#     key_gone: >-
#       the dataset {dataset} must be kept until {retention_until}, and its key {key} is destroyed or not in the
#       inventory
findings.nothing_orphaned contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not readable(dataset)
	finding := {
		"condition": lib.problem(dataset, ["key_id"], "incomplete", "key_gone"),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["key_id"]),
		"values": {
			"dataset": lib.label(dataset),
			"key": lib.shown(dataset, "key_id"),
			"retention_until": lib.shown(dataset, "retention_until"),
		},
		"related": key_places(dataset),
	}
}

# METADATA
# title: Copies that outlive their medium have an end
# description: >-
#   Backups, logs and caches of what was destroyed are known, and each ends on a day. Until then it is in a country
#   that the decision on residency allows.
# custom:
#   severity: medium
#   evidence: [/destruction/residual_copy_count]
#   population: {list: /destruction/residual_copies, count: /destruction/residual_copy_count}
#   params: [residual_copy_max_days, residual_copy_removal_max_days]
#   source: PCI DSS 4.0.1 requirement 3.2.1; the value is a raci-check default, no external source
#   remediation: Delete the copy, or shorten its retention; record the day it ends or ended.
#   controls: {iso_27001: ["8.10"], ccm: [DSP-16], csf: [ID.AM-08], pci_dss: ["3.2.1"]}
#   conditions:
#     incomplete: "the residual copy of {medium} does not state {absent}"
#     ends_too_late: >-
#       the residual copy of {medium} at {place} ends on {expires_on}; expected is an end in the {days} {days|day|days}
#       after the assessment
#     not_removed: >-
#       the residual copy of {medium} at {place} ended on {expires_on} and was removed on {removed_on}; expected is a
#       removal before the assessment, and at most {removal_days} {removal_days|day|days} after the end
#     abroad: >-
#       the residual copy of {medium} is at {place}, in the country {country}; expected is one of {allowed}
#     count_differs: "{listed} residual {listed|copy is|copies are} listed, the search found {counted}"
findings.residual_copies_end contains finding if {
	some i, residue in input.destruction.residual_copies
	not ends(residue)
	finding := {
		"condition": residue_problem(residue),
		"pointer": lib.place(sprintf("/destruction/residual_copies/%d", [i]), residue, residue_fields),
		"values": {
			"medium": lib.shown(residue, "copy_of"),
			"absent": lib.absent(residue, residue_fields),
			"place": lib.shown(residue, "location"),
			"expires_on": lib.shown(residue, "expires_on"),
			"removed_on": lib.shown(residue, "removed_on"),
			"days": data.params.residual_copy_max_days,
			"removal_days": data.params.residual_copy_removal_max_days,
		},
	}
}

# What is removed is nowhere.
findings.residual_copies_end contains finding if {
	some i, residue in input.destruction.residual_copies
	not removed(residue)
	allowed := input.location.residency.allowed_countries
	country := lib.country_of(residue.location)
	not country in allowed
	finding := {
		"condition": "abroad",
		"pointer": sprintf("/destruction/residual_copies/%d/location", [i]),
		"values": {
			"medium": lib.shown(residue, "copy_of"),
			"place": residue.location,
			"country": country,
			"allowed": allowed,
		},
		"related": ["/location/residency/allowed_countries"],
	}
}

findings.residual_copies_end contains finding if {
	not all_copies
	finding := {
		"condition": "count_differs",
		"pointer": "/destruction/residual_copy_count",
		"values": {
			"listed": count(object.get(input.destruction, "residual_copies", [])),
			"counted": input.destruction.residual_copy_count,
		},
		"related": ["/destruction/residual_copies"],
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section destruction, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/destruction]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["destruction"])
}

# plan_current

plan_fields := ["owner", "approved_by", "reviewed_on"]

current(plan) if {
	approved_by_another(plan)
	lib.within_days(plan.reviewed_on, data.params.destruction_plan_review_max_age_days)
}

plan_problem(plan) := "incomplete" if {
	lib.absent(plan, plan_fields) != []
} else := "approved_by_owner" if {
	not approved_by_another(plan)
} else := "review_not_recent"

approved_by_another(plan) if lib.distinct(plan.owner, plan.approved_by)

# method_sufficient

method_sufficient(medium) if {
	medium.classification in {"public", "internal"}
	medium.method != ""
}

method_sufficient(medium) if {
	medium.classification in {"confidential", "restricted"}
	medium.method in data.params.destruction_methods_confidential
}

# certified

medium_fields := ["id", "kind", "performed_on", "performed_by", "verified_by", "certificate", "artifact"]

certified(medium) if {
	medium.id != ""
	medium.kind != ""
	medium.certificate != ""
	verified_by_another(medium)
	on_file(medium)
	lib.past(medium.performed_on)
}

certificate_problem(medium) := "incomplete" if {
	lib.absent(medium, medium_fields) != []
} else := "verified_by_operator" if {
	not verified_by_another(medium)
} else := "no_record" if {
	not on_file(medium)
} else := "in_future"

verified_by_another(medium) if lib.distinct(medium.performed_by, medium.verified_by)

on_file(medium) if medium.artifact.path != ""

all_listed if lib.complete(object.get(input.destruction, "media", []), "id", input.destruction.media_count)

# erase_effective

erase_fields := ["key_id", "performed_on", "effective_on"]

erased(medium) if {
	erased_with_key(medium)
	destroyed_at := destroyed_keys[medium.key_id]
	lib.days_between(destroyed_at, medium.effective_on) >= data.reference.platform_backup_days - 1
}

erase_problem(medium) := "incomplete" if {
	lib.absent(medium, erase_fields) != []
} else := "key_not_destroyed" if {
	not erased_by_destroyed_key(medium)
} else := "erased_before_key" if {
	not erased_with_key(medium)
} else := "effective_too_early"

erased_by_destroyed_key(medium) if destroyed_keys[medium.key_id]

# A date is compared with the day of a time: the last moment of the date.
erased_with_key(medium) if {
	lib.ns(medium.performed_on) + lib.day_ns > lib.ns(destroyed_keys[medium.key_id])
}

# By id of a key that media were erased by, when it was destroyed.
destroyed_keys := lib.greatest({[key.id, key.destroyed_at] |
	some key in input.keys.service_keys
	key.id in erasing_keys
	lib.destroyed(key)
})

erasing_keys contains medium.key_id if {
	some medium in input.destruction.media
	medium.method == "cryptographic_erase"
}

# erase_effective, nothing_orphaned: where the key of a medium or dataset is listed
service_key_places(item) := [sprintf("/keys/service_keys/%d", [k]) |
	some k, key in input.keys.service_keys
	key.id == item.key_id
]

key_places(item) := array.concat(
	service_key_places(item),
	[sprintf("/kmip/objects/%d", [k]) | some k, entry in input.kmip.objects; entry.id == item.key_id],
)

# key_destructions_approved

destruction_approved(key) if [key.id, day(key.destroyed_at)] in approved_until

approval_problem(key) := "incomplete" if {
	lib.absent(key, ["id"]) != []
} else := "approved_late" if {
	some record in records_of(key)
	count(approvers(record)) >= data.params.destruction_approvers_min
} else := "too_few"

records_of(key) := [record |
	some record in object.get(input.destruction, "key_destructions", [])
	record.key_id == key.id
]

# Keys with days on which enough persons had approved their destruction: the days on which a key of that id was
# destroyed.
approved_until contains [id, destroyed] if {
	some [id, destroyed] in destruction_days
	lib.ns(approved_on[id]) <= lib.ns(destroyed)
}

destruction_days := {[key.id, day(key.destroyed_at)] |
	some key in input.keys.service_keys
	lib.destroyed(key)
}

# The first day on which enough persons had approved the destruction of a key.
approved_on := lib.least({[record.key_id, record.approved_on] |
	some record in input.destruction.key_destructions
	count(approvers(record)) >= data.params.destruction_approvers_min
})

day(time) := substring(time, 0, 10)

approvers(record) := {lower(person) | some person in object.get(record, "approved_by", []); person != ""}

# nothing_orphaned

readable(dataset) if dataset.key_id in held_keys

readable(dataset) if lib.past(dataset.retention_until)

held_keys := {key.id | some key in input.keys.service_keys; lib.held(key)} | {item.id |
	some item in input.kmip.objects
	not lib.kmip_destroyed(item)
	item.state != ""
}

# residual_copies_end

residue_fields := ["copy_of", "location", "expires_on"]

ends(residue) if {
	residue.copy_of != ""
	residue.location != ""
	lib.ahead(residue.expires_on)
	lib.ends_within(residue.expires_on, data.params.residual_copy_max_days)
}

ends(residue) if {
	residue.copy_of != ""
	residue.location != ""
	lib.past(residue.expires_on)
	lib.past(residue.removed_on)
	lib.days_between(residue.expires_on, residue.removed_on) <= data.params.residual_copy_removal_max_days
}

removed(residue) if lib.past(residue.removed_on)

residue_problem(residue) := "incomplete" if {
	lib.absent(residue, residue_fields) != []
} else := "ends_too_late" if {
	lib.ahead(residue.expires_on)
} else := "not_removed"

all_copies if input.destruction.residual_copy_count == count(object.get(input.destruction, "residual_copies", []))
