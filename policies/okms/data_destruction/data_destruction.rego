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
#     not_plan_current: "the plan needs an owner, another person's approval, and a review in the last {destruction_plan_review_max_age_days} days"
findings.plan_current contains finding if {
	plan := input.destruction.plan
	not current(plan)
	finding := {
		"condition": "not_plan_current",
		"pointer": lib.place("/destruction/plan", plan, ["owner", "approved_by", "reviewed_on"]),
		"values": {"destruction_plan_review_max_age_days": data.params.destruction_plan_review_max_age_days},
	}
}

current(plan) if {
	lib.distinct(plan.owner, plan.approved_by)
	lib.within_days(plan.reviewed_on, data.params.destruction_plan_review_max_age_days)
}

# METADATA
# title: The method fits the class of the data
# description: Confidential data that was merely overwritten by ordinary means can be brought back.
# custom:
#   severity: high
#   evidence: [/destruction/media_count]
#   params: [destruction_methods_confidential]
#   source: NIST SP 800-88 Rev. 2
#   remediation: Purge or destroy the medium, or erase it cryptographically.
#   controls: {iso_27001: ["8.10", "7.14"], ccm: [DSP-02], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     not_method_sufficient: "{medium} held {classification} data and was sanitised by {method}"
findings.method_sufficient contains finding if {
	some i, medium in input.destruction.media
	not method_sufficient(medium)
	finding := {
		"condition": "not_method_sufficient",
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, ["classification", "method"]),
		"values": {"medium": lib.label(medium), "classification": lib.shown(medium, "classification"), "method": lib.shown(medium, "method")},
	}
}

method_sufficient(medium) if {
	medium.classification in {"public", "internal"}
	medium.method != ""
}

method_sufficient(medium) if {
	medium.classification in {"confidential", "restricted"}
	medium.method in data.params.destruction_methods_confidential
}

# METADATA
# title: Every destruction is certified and verified by another person
# description: Who did it, when and how is on file, and somebody else looked.
# custom:
#   severity: medium
#   evidence: [/destruction/media_count]
#   source: NIST SP 800-88 Rev. 2 (certificate of sanitization); the second person is own judgement
#   remediation: Let another person verify, fill in the certificate, and keep it as artifact.
#   controls: {iso_27001: ["8.10", "7.14"], ccm: [DSP-02], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     not_certified: "the destruction of {medium} needs a date, a certificate on file, and a verifier who is not the operator"
#     not_certified_2: "the list of destroyed media is not as long as the inventory says"
findings.certified contains finding if {
	some i, medium in input.destruction.media
	not certified(medium)
	finding := {
		"condition": "not_certified",
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, ["id", "kind", "performed_on", "performed_by", "verified_by", "certificate", "artifact"]),
		"values": {"medium": lib.label(medium)},
	}
}

findings.certified contains finding if {
	not all_listed
	finding := {"condition": "not_certified_2", "pointer": "/destruction/media_count", "values": {}}
}

certified(medium) if {
	medium.id != ""
	medium.kind != ""
	lib.past(medium.performed_on)
	lib.distinct(medium.performed_by, medium.verified_by)
	medium.certificate != ""
	medium.artifact.path != ""
}

all_listed if input.destruction.media_count == count({medium.id | some medium in object.get(input.destruction, "media", [])})

# METADATA
# title: A cryptographic erase counts when the key is gone everywhere
# description: The key is destroyed in the domain, and the platform's backups, which keep it for a while, have ended too.
# custom:
#   severity: high
#   evidence: [/destruction/media_count, /keys/service_keys]
#   source: NIST SP 800-88 Rev. 2 (cryptographic erase); OVHcloud OKMS architecture overview (backups are kept 30 days)
#   remediation: Destroy the key, wait until the platform's backups have ended, and record that day as effective.
#   controls: {iso_27001: ["8.10"], ccm: [CEK-14, DSP-02], csf: [ID.AM-08]}
#   conditions:
#     not_erase_effective: "the key of {medium} is not destroyed, or the erase is called effective before {platform_backup_days} days have passed since"
findings.erase_effective contains finding if {
	some i, medium in input.destruction.media
	medium.method == "cryptographic_erase"
	not erased(medium)
	finding := {
		"condition": "not_erase_effective",
		"pointer": lib.place(sprintf("/destruction/media/%d", [i]), medium, ["key_id", "effective_on"]),
		"values": {"medium": lib.label(medium), "platform_backup_days": data.reference.platform_backup_days},
	}
}

erased(medium) if {
	destroyed_at := destroyed_keys[medium.key_id]
	lib.days_between(destroyed_at, medium.effective_on) >= data.reference.platform_backup_days - 1
}

# Of the keys that media were erased by, so that no other key can spoil the answer.
destroyed_keys := {key.id: key.destroyed_at |
	some key in input.keys.service_keys
	key.id in erasing_keys
	key.state in {"destroyed", "destroyed_compromised"}
}

erasing_keys contains medium.key_id if {
	some medium in input.destruction.media
	medium.method == "cryptographic_erase"
}

# METADATA
# title: The destruction of every key was approved by two
# description: A key that is destroyed takes its data with it, for good; no one person decides that.
# custom:
#   severity: high
#   evidence: [/destruction/media_count, /keys/service_keys]
#   params: [destruction_approvers_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6 (by analogy)
#   remediation: Find out who destroyed the key and what was lost; from now on record two approvals first.
#   controls: {iso_27001: ["8.10", "5.3"], ccm: [CEK-14], csf: [ID.AM-08]}
#   conditions:
#     not_key_destructions_approved: "{key} was destroyed without the recorded approval of at least {destruction_approvers_min} persons"
findings.key_destructions_approved contains finding if {
	some i, key in input.keys.service_keys
	key.state in {"destroyed", "destroyed_compromised"}
	not destruction_approved(key)
	finding := {
		"condition": "not_key_destructions_approved",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id"]),
		"values": {"key": lib.label(key), "destruction_approvers_min": data.params.destruction_approvers_min},
	}
}

destruction_approved(key) if key.id in approved_destructions

approved_destructions contains record.key_id if {
	some record in input.destruction.key_destructions
	persons := {lower(person) | some person in record.approved_by; person != ""}
	count(persons) >= data.params.destruction_approvers_min
}

# METADATA
# title: No data that must be kept depends on a destroyed key
# description: Retention outlives zeal; data whose key is gone is destroyed too, whatever the law wanted.
# custom:
#   severity: critical
#   evidence: [/datasets/datasets, /keys/service_keys]
#   source: ISO/IEC 27001:2022 A.5.33; NIST SP 800-57 Part 1 Rev. 5 §8.3.1
#   remediation: Restore the data from a copy under another key; correct the inventory if it was encrypted anew before.
#   controls: {iso_27001: ["5.33", "8.10"], ccm: [CEK-14, DSP-16], csf: [PR.DS-01]}
#   conditions:
#     not_nothing_orphaned: "{dataset} must be kept until {retention_until} and its key is destroyed, or not known"
findings.nothing_orphaned contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not readable(dataset)
	finding := {
		"condition": "not_nothing_orphaned",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["key_id"]),
		"values": {"dataset": lib.label(dataset), "retention_until": lib.shown(dataset, "retention_until")},
	}
}

readable(dataset) if dataset.key_id in living_keys

readable(dataset) if lib.past(dataset.retention_until)

living_keys contains key.id if {
	some key in input.keys.service_keys
	key.state in {"pre_active", "active", "deactivated", "compromised"}
}

# METADATA
# title: Copies that outlive their medium have an end
# description: Backups, logs and caches of what was destroyed are known, and each ends on a day.
# custom:
#   severity: medium
#   evidence: [/destruction/residual_copy_count]
#   params: [residual_copy_max_days]
#   source: PCI DSS 4.0.1 requirement 3.2.1; the value is own judgement
#   remediation: Delete the copy, or shorten its retention; record the day it ends or ended.
#   controls: {iso_27001: ["8.10"], ccm: [DSP-16], csf: [ID.AM-08], pci_dss: ["3.2.1"]}
#   conditions:
#     not_residual_copies_end: "the copy of {copy_of} must end within {residual_copy_max_days} days, or have been removed when it ended"
#     not_residual_copies_end_2: "the list of copies is not as long as the search found"
findings.residual_copies_end contains finding if {
	some i, residue in input.destruction.residual_copies
	not ends(residue)
	finding := {
		"condition": "not_residual_copies_end",
		"pointer": lib.place(sprintf("/destruction/residual_copies/%d", [i]), residue, ["copy_of", "location", "expires_on"]),
		"values": {"copy_of": lib.shown(residue, "copy_of"), "residual_copy_max_days": data.params.residual_copy_max_days},
	}
}

findings.residual_copies_end contains finding if {
	not all_copies
	finding := {"condition": "not_residual_copies_end_2", "pointer": "/destruction/residual_copy_count", "values": {}}
}

ends(residue) if {
	residue.copy_of != ""
	residue.location != ""
	lib.ahead(residue.expires_on)
	lib.ns(residue.expires_on) <= lib.days_ahead(data.params.residual_copy_max_days)
}

ends(residue) if {
	residue.copy_of != ""
	residue.location != ""
	lib.past(residue.expires_on)
	lib.past(residue.removed_on)
}

all_copies if input.destruction.residual_copy_count == count(object.get(input.destruction, "residual_copies", []))
