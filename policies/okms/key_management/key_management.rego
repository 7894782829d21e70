# METADATA
# title: Administrate keys and secrets stored on the OKMS
# description: >-
#   Every key and secret is known, owned and used, is replaced in time, and is taken out of use properly when it is
#   compromised or no longer needed.
# custom:
#   duty: 3.1.1.5
package okms.key_management

import data.lib

# METADATA
# title: Every key is listed with its owner and purpose
# description: The inventory holds all keys that the API counts; a key without an owner is not rotated.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys, /keys/service_key_count]
#   source: CSA CCM v4 CEK-21; ISO/IEC 27001:2022 A.5.9
#   remediation: List the keys that the API shows in every state; name for each its owner and its purpose.
#   controls: {iso_27001: ["5.9", "8.24"], ccm: [CEK-21], csf: [ID.AM-07]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     created_in_future: "the key {key} was created at {created_at}, after the assessment"
#     count_differs: "{listed} {listed|key is|keys are} listed, the API counts {counted}"
findings.keys_listed contains finding if {
	some i, key in input.keys.service_keys
	not listed(key)
	finding := {
		"condition": lib.problem(key, key_fields, "incomplete", "created_in_future"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, key_fields),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, key_fields),
			"created_at": lib.shown(key, "created_at"),
		},
	}
}

findings.keys_listed contains finding if {
	not all_keys
	finding := {
		"condition": "count_differs",
		"pointer": "/keys/service_key_count",
		"values": {
			"listed": lib.listed(input.keys.service_keys, "id"),
			"counted": input.keys.service_key_count,
		},
		"related": ["/keys/service_keys"],
	}
}

# METADATA
# title: Every active key is within its crypto-period
# description: The longer a key is in use, the more it protects and the more often it could have been taken.
# custom:
#   severity: high
#   evidence: [/keys/service_keys]
#   params:
#     - crypto_period_days_data_encryption
#     - crypto_period_days_key_wrapping
#     - crypto_period_days_signature
#     - crypto_period_days_authentication
#     - crypto_period_days_master
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.3.6 Table 1; PCI DSS 4.0.1 requirement 3.7.4
#   remediation: Create a new key, rewrap or sign anew, and deactivate the old key with reason superseded.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-12], csf: [PR.DS-01], pci_dss: ["3.7.4"]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     period_over: >-
#       the key {key} was activated at {activated_at}; expected is an activation in the {days} {days|day|days} before
#       the assessment, as its purpose is {purpose}
findings.within_crypto_period contains finding if {
	some i, key in input.keys.service_keys
	lib.active(key)
	not within_period(key)
	finding := {
		"condition": lib.problem(key, period_fields, "incomplete", "period_over"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, period_fields),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, period_fields),
			"activated_at": lib.shown(key, "activated_at"),
			"purpose": lib.shown(key, "purpose"),
			"days": object.get(periods, lib.shown(key, "purpose"), "unknown"),
		},
	}
}

# METADATA
# title: Every active key is in use
# description: A key without a use can be stolen, and its loss goes unnoticed. A new one need not have been used yet.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   params: [key_unused_max_days]
#   source: raci-check default, no external source
#   remediation: Find out the purpose of the key; deactivate it, and destroy it when nothing depends on it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-21], csf: [ID.AM-08]}
#   conditions:
#     use_unknown: "the key {key} does not state when it was last used"
#     unused: >-
#       the key {key} was last used at {last_used_at}; expected is a use in the {days} {days|day|days} before the
#       assessment
findings.in_use contains finding if {
	some i, key in input.keys.service_keys
	lib.active(key)
	not used(key)
	finding := {
		"condition": lib.problem(key, ["last_used_at"], "use_unknown", "unused"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["last_used_at"]),
		"values": {
			"key": lib.label(key),
			"last_used_at": lib.shown(key, "last_used_at"),
			"days": data.params.key_unused_max_days,
		},
	}
}

# METADATA
# title: The dates of each key fit its state
# description: >-
#   A key that is in use was neither deactivated nor destroyed, a key that exists was not destroyed, and only a
#   compromised key has a time of its compromise.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   source: NIST SP 800-57 Part 1 Rev. 5 §7 (key states and transitions)
#   remediation: Read the states and dates of the key from the API again, and correct the inventory.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-21], csf: [ID.AM-08]}
#   conditions:
#     ended: "the key {key} is {state}, and states {dates}"
findings.states_dated contains finding if {
	some i, key in input.keys.service_keys
	dates := [field | some field in impossible_dates[key.state]; key[field]]
	dates != []
	finding := {
		"condition": "ended",
		"pointer": sprintf("/keys/service_keys/%d/state", [i]),
		"values": {"key": lib.label(key), "state": key.state, "dates": dates},
		"related": [sprintf("/keys/service_keys/%d/%s", [i, field]) | some field in dates],
	}
}

# METADATA
# title: A compromised key was deactivated at once and replaced
# description: From the finding on, every hour in which the key works is an hour for the attacker.
# custom:
#   severity: critical
#   evidence: [/keys/service_keys, /incidents/source]
#   params: [key_compromise_reaction_max_hours, key_compromise_replacement_max_days]
#   source: PCI DSS 4.0.1 requirement 3.7.5; CSA CCM v4 CEK-19
#   remediation: Deactivate with reason key_compromise, open an incident, replace the key and what depends on it.
#   controls: {iso_27001: ["8.24", "5.26"], ccm: [CEK-13, CEK-19], csf: [RS.MI-01], pci_dss: ["3.7.5"]}
#   conditions:
#     incomplete: "the compromised key {key} does not state {absent}"
#     other_reason: >-
#       the compromised key {key} was deactivated with the reason {reason}; expected is key_compromise or ca_compromise
#     replacement_not_active: "the compromised key {key} was replaced by {replacement}, which is not an active key"
#     replacement_unfit: >-
#       the compromised key {key}, for {purpose}, was replaced by {replacement}, which is the key itself, has another
#       purpose or is for data of a lower class
#     replaced_late: >-
#       the key {key} was found to be compromised at {compromised_at}, and its replacement {replacement} was activated
#       at {replaced_since}; expected is an activation in the {replacement_days} {replacement_days|day|days} after the
#       finding
#     incident_earlier: >-
#       the key {key} was found to be compromised at {compromised_at} and was deactivated at {deactivated_at}; its
#       incident {incident} was detected at {detected_at}, and expected is a deactivation in the {hours}
#       {hours|hour|hours} after that
#     deactivated_in_future: >-
#       the compromised key {key} was deactivated at {deactivated_at}, which is after the assessment
#     too_slow: >-
#       the key {key} was found to be compromised at {compromised_at} and was deactivated at {deactivated_at}; expected
#       is a deactivation in the {hours} {hours|hour|hours} after the finding
findings.compromise_handled contains finding if {
	some i, key in input.keys.service_keys
	lib.compromised(key)
	not handled(key)
	finding := {
		"condition": compromise_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, compromise_fields),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, compromise_fields),
			"reason": lib.shown(key, "deactivation_reason"),
			"replacement": lib.shown(key, "replaced_by"),
			"purpose": lib.shown(key, "purpose"),
			"incident": lib.shown(key, "incident_id"),
			"detected_at": object.get(detections, lib.shown(key, "incident_id"), "unknown"),
			"compromised_at": lib.shown(key, "compromised_at"),
			"deactivated_at": lib.shown(key, "deactivated_at"),
			"hours": data.params.key_compromise_reaction_max_hours,
			"replaced_since": object.get(works_since, lib.shown(key, "replaced_by"), "unknown"),
			"replacement_days": data.params.key_compromise_replacement_max_days,
		},
		"related": [sprintf("/incidents/incidents/%d", [k]) |
			some k, incident in input.incidents.incidents
			incident.id == key.incident_id
		],
	}
}

# METADATA
# title: Keys were taken out of use for a reason, and do not stay for ever
# description: >-
#   A deactivated key is kept only as long as something old must be read; a destroyed key was deactivated before, or
#   never was in use and did not wait for long.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   params: [key_retired_max_days, key_unused_max_days]
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.3.6 Table 1; PCI DSS 4.0.1 requirement 3.7.5
#   remediation: Record why the key was deactivated and what replaced it; destroy it when nothing depends on it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-14, CEK-17], csf: [ID.AM-08], pci_dss: ["3.7.5"]}
#   conditions:
#     incomplete: "the {state} key {key} does not state {absent}"
#     other_reason: >-
#       the key {key} was deactivated with the reason {reason}; expected is superseded, cessation_of_operation,
#       privilege_withdrawn or affiliation_changed
#     replacement_unknown: >-
#       the key {key} was superseded by {replacement}; expected is the id of a key in the inventory
#     replacement_unfit: >-
#       the key {key}, for {purpose}, was superseded by {replacement}, which is the key itself, has another purpose or
#       is for data of a lower class
#     replacement_never_active: "the key {key} was superseded by {replacement}, which has never been active"
#     replaced_late: >-
#       the key {key} was deactivated at {deactivated_at} as superseded, and {replacement} was activated at
#       {replaced_since}; expected is an activation before that, or a day after it at most
#     kept_too_long: >-
#       the key {key} was deactivated at {deactivated_at} and is not destroyed; expected is a deactivation in the {days}
#       {days|day|days} before the assessment
#     destroyed_out_of_time: >-
#       the key {key} was deactivated at {deactivated_at} and destroyed at {destroyed_at}; expected is a destruction
#       before the assessment, and at most {days} {days|day|days} after the deactivation
findings.retired_properly contains finding if {
	some i, key in input.keys.service_keys
	lib.retired(key)
	not lib.compromised(key)
	not retired_properly(key)
	finding := {
		"condition": retirement_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["deactivated_at", "deactivation_reason"]),
		"values": {
			"key": lib.label(key),
			"state": lib.shown(key, "state"),
			"absent": lib.absent(key, retirement_fields(key)),
			"reason": lib.shown(key, "deactivation_reason"),
			"replacement": lib.shown(key, "replaced_by"),
			"purpose": lib.shown(key, "purpose"),
			"deactivated_at": lib.shown(key, "deactivated_at"),
			"destroyed_at": lib.shown(key, "destroyed_at"),
			"replaced_since": object.get(works_since, lib.shown(key, "replaced_by"), "unknown"),
			"days": data.params.key_retired_max_days,
		},
	}
}

# METADATA
# title: Every secret is listed, with its owner and its readers
# description: A secret whose readers are not known cannot be replaced without an outage.
# custom:
#   severity: medium
#   evidence: [/secrets/secrets, /secrets/secret_count, /location/workloads]
#   population: {list: /secrets/secrets, count: /secrets/secret_count}
#   source: ISO/IEC 27001:2022 A.5.9 and A.5.17
#   remediation: List the secrets that the API shows; name for each its owner and the workloads that read it.
#   controls: {iso_27001: ["5.9", "5.17"], ccm: [IAM-15], csf: [ID.AM-07, PR.AA-01]}
#   conditions:
#     incomplete: "the secret {secret} does not state {absent}"
#     readers_unknown: >-
#       the secret {secret} is read by {readers}, which {readers|is no workload|are no workloads} of the inventory
#     count_differs: "{listed} {listed|secret is|secrets are} listed, the API counts {counted}"
findings.secrets_listed contains finding if {
	some i, secret in input.secrets.secrets
	not secret_listed(secret)
	finding := {
		"condition": lib.problem(secret, secret_fields, "incomplete", "readers_unknown"),
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, secret_fields),
		"values": {
			"secret": lib.label(secret),
			"absent": lib.absent(secret, secret_fields),
			"readers": [reader | some reader in object.get(secret, "consumers", []); not reader in workloads],
		},
		"related": ["/location/workloads"],
	}
}

findings.secrets_listed contains finding if {
	not all_secrets
	finding := {
		"condition": "count_differs",
		"pointer": "/secrets/secret_count",
		"values": {
			"listed": lib.listed(input.secrets.secrets, "path"),
			"counted": input.secrets.secret_count,
		},
		"related": ["/secrets/secrets"],
	}
}

# METADATA
# title: Secrets are replaced in time
# description: A secret is seen by people, logs and backups; the older it is, the more often.
# custom:
#   severity: medium
#   evidence: [/secrets/secrets, /secrets/secret_count]
#   population: {list: /secrets/secrets, count: /secrets/secret_count}
#   params: [secret_max_age_days]
#   source: PCI DSS 4.0.1 requirement 8.6.3; the value is a raci-check default, no external source
#   remediation: Write a new version, let the readers take it, deactivate the old one.
#   controls: {iso_27001: ["5.17"], ccm: [IAM-15], csf: [PR.AA-01], pci_dss: ["8.6.3"]}
#   conditions:
#     incomplete: "the secret {secret} does not state when its current version was created"
#     version_ended: >-
#       the current version of the secret {secret} was created at {created_at}, and versions are deactivated after
#       {end_hours} {end_hours|hour|hours}, which were over when the secrets were read
#     version_not_recent: >-
#       the current version of the secret {secret} was created at {created_at}; expected is a version of the {days}
#       {days|day|days} before the assessment
findings.secrets_rotated contains finding if {
	some i, secret in input.secrets.secrets
	not rotated(secret)
	finding := {
		"condition": rotation_problem(secret),
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["current_version_created_at"]),
		"values": {
			"secret": lib.label(secret),
			"created_at": lib.shown(secret, "current_version_created_at"),
			"days": data.params.secret_max_age_days,
			"end_hours": lib.shown(secret, "deactivate_version_after_hours"),
		},
	}
}

# METADATA
# title: Secrets are configured so that replacing them is safe
# description: >-
#   Old versions are kept for a while and then end by themselves, and two writers cannot overwrite each other.
# custom:
#   severity: low
#   evidence: [/secrets/secrets, /secrets/secret_count]
#   population: {list: /secrets/secrets, count: /secrets/secret_count}
#   params: [secret_versions_min, secret_versions_max, secret_version_end_max_hours]
#   source: OVHcloud documentation, OKMS secrets (the oldest version is dropped silently; versions never end by default)
#   remediation: Set cas_required, max_versions and deactivate_version_after for the secret.
#   controls: {iso_27001: ["5.17", "8.9"], ccm: [IAM-15], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "the secret {secret} does not state {absent}"
#     writes_unchecked: >-
#       the secret {secret} can be written without naming the version that is replaced; expected is cas_required
#     versions_never_end: "the versions of the secret {secret} are never deactivated; expected is an age in hours"
#     versions_end_late: >-
#       the versions of the secret {secret} are deactivated after {end_hours} {end_hours|hour|hours}; expected are at
#       most {end_hours_max}
#     versions_out_of_range: >-
#       the secret {secret} keeps {versions} {versions|version|versions}; expected are {versions_min} to {versions_max}
findings.secrets_configured contains finding if {
	some i, secret in input.secrets.secrets
	not configured(secret)
	finding := {
		"condition": configuration_problem(secret),
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, configuration_fields),
		"values": {
			"secret": lib.label(secret),
			"absent": lib.absent(secret, configuration_fields),
			"end_hours": lib.shown(secret, "deactivate_version_after_hours"),
			"end_hours_max": data.params.secret_version_end_max_hours,
			"versions": lib.shown(secret, "max_versions"),
			"versions_min": data.params.secret_versions_min,
			"versions_max": data.params.secret_versions_max,
		},
	}
}

# METADATA
# title: Custodians are two or more and have acknowledged their duties
# description: Custodians of keys know their duties, and no single person has keys in custody alone.
# custom:
#   severity: medium
#   evidence: [/key_management/custodians, /people/person_count]
#   params: [custodians_min, custodian_acknowledgement_max_age_days]
#   source: PCI DSS 4.0.1 requirements 3.7.6 and 3.7.8
#   remediation: Name further custodians; let each acknowledge the duties in writing every year.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-02], csf: [GV.RR-02], pci_dss: ["3.7.6", "3.7.8"]}
#   conditions:
#     too_few: >-
#       {persons} {persons|custodian is|custodians are} active; expected {persons_min|is|are} at least {persons_min}
#     incomplete: "the custodian {person} does not state {absent}"
#     acknowledgement_not_recent: >-
#       {person} acknowledged the duties of a custodian on {acknowledged_on}; expected is an acknowledgement in the
#       {days} {days|day|days} before the assessment
findings.custodians_acknowledged contains finding if {
	persons := {lower(custodian.person) | some custodian in input.key_management.custodians} - former_people
	count(persons) < data.params.custodians_min
	finding := {
		"condition": "too_few",
		"pointer": "/key_management/custodians",
		"values": {"persons": count(persons), "persons_min": data.params.custodians_min},
	}
}

findings.custodians_acknowledged contains finding if {
	some i, custodian in input.key_management.custodians
	not acknowledged(custodian)
	finding := {
		"condition": lib.problem(custodian, custodian_fields, "incomplete", "acknowledgement_not_recent"),
		"pointer": lib.place(sprintf("/key_management/custodians/%d", [i]), custodian, custodian_fields),
		"values": {
			"person": lib.shown(custodian, "person"),
			"absent": lib.absent(custodian, custodian_fields),
			"acknowledged_on": lib.shown(custodian, "acknowledged_on"),
			"days": data.params.custodian_acknowledgement_max_age_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections key management, keys and secrets, each name leads to something that the evidence lists, in a state
#   that allows it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/key_management, /keys, /secrets]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["key_management", "keys", "secrets"])
}

# keys_listed

key_fields := ["id", "state", "owner", "purpose", "created_at"]

listed(key) if {
	key.id != ""
	key.state != ""
	key.owner != ""
	key.purpose != ""
	lib.past(key.created_at)
}

all_keys if lib.complete(input.keys.service_keys, "id", input.keys.service_key_count)

# within_crypto_period

period_fields := ["purpose", "activated_at"]

periods := {
	"data_encryption": data.params.crypto_period_days_data_encryption,
	"key_wrapping": data.params.crypto_period_days_key_wrapping,
	"signature": data.params.crypto_period_days_signature,
	"authentication": data.params.crypto_period_days_authentication,
	"master": data.params.crypto_period_days_master,
}

within_period(key) if lib.within_days(key.activated_at, periods[key.purpose])

# in_use

used(key) if lib.within_days(key.last_used_at, data.params.key_unused_max_days)

# Nothing can be asked of it before so many days have passed.
used(key) if {
	lib.absent(key, ["last_used_at"]) == ["last_used_at"]
	lib.within_days(key.activated_at, data.params.key_unused_max_days)
}

# compromise_handled

compromise_fields := ["compromised_at", "deactivated_at", "deactivation_reason", "incident_id", "replaced_by"]

handled(key) if {
	key.incident_id != ""
	deactivated_for_it(key)
	replaced_by_active(key)
	replacement_fits(key)
	replaced_in_time(key)
	not incident_earlier(key)
	lib.past(key.deactivated_at)
	deactivated_at_once(key)
}

compromise_problem(key) := "incomplete" if {
	lib.absent(key, compromise_fields) != []
} else := "other_reason" if {
	not deactivated_for_it(key)
} else := "replacement_not_active" if {
	not replaced_by_active(key)
} else := "replacement_unfit" if {
	not replacement_fits(key)
} else := "replaced_late" if {
	not replaced_in_time(key)
} else := "incident_earlier" if {
	incident_earlier(key)
} else := "deactivated_in_future" if {
	lib.ahead(key.deactivated_at)
} else := "too_slow"

deactivated_for_it(key) if key.deactivation_reason in {"key_compromise", "ca_compromise"}

deactivated_for_it(key) if out_of_use_before(key)

# A key that was no longer in use when it was found to be compromised had another reason, and nobody had to be quick.
out_of_use_before(key) if lib.ns(key.deactivated_at) < lib.ns(key.compromised_at)

deactivated_at_once(key) if {
	lib.within_hours(key.compromised_at, key.deactivated_at, data.params.key_compromise_reaction_max_hours)
}

deactivated_at_once(key) if out_of_use_before(key)

replaced_by_active(key) if key.replaced_by in active_keys

# It was in use when it replaced the key, and has been superseded itself since then.
replaced_by_active(key) if lib.ns(superseded_at[key.replaced_by]) >= lib.ns(key.compromised_at)

superseded_at := lib.least({[key.id, key.deactivated_at] |
	some key in input.keys.service_keys
	key.deactivation_reason == "superseded"
})

active_keys contains key.id if {
	some key in input.keys.service_keys
	lib.active(key)
}

replacement_fits(key) if {
	key.replaced_by != key.id
	[key.replaced_by, key.purpose] in purposes
	not for_lower_class(key)
}

for_lower_class(key) if key.replaced_by in lib.keys_below[key.data_class]

purposes contains [key.id, key.purpose] if some key in input.keys.service_keys

replaced_in_time(key) if {
	days := lib.days_between(key.compromised_at, works_since[key.replaced_by])
	days <= data.params.key_compromise_replacement_max_days
}

# Of the keys that replace others: when they began to work. Where the API gives no
# time of the activation, the creation is the earliest that it can have been.
works_since := lib.least({[key.id, object.get(key, "activated_at", lib.shown(key, "created_at"))] |
	some key in input.keys.service_keys
	key.id in replacements
})

replacements contains key.replaced_by if some key in input.keys.service_keys

# The incident of a key found it: the hours run from its detection, too.
incident_earlier(key) if {
	reaction_ns := lib.ns(key.deactivated_at) - lib.ns(detections[key.incident_id])
	reaction_ns > lib.hours_ns(data.params.key_compromise_reaction_max_hours)
}

# By id of an incident that keys name, when it was detected.
detections := lib.least({[incident.id, incident.detected_at] |
	some incident in input.incidents.incidents
	incident.id in incidents_of_keys
})

incidents_of_keys contains key.incident_id if some key in input.keys.service_keys

# states_dated

impossible_dates := {
	"pre_active": ["activated_at", "last_used_at", "deactivated_at", "compromised_at", "destroyed_at"],
	"active": ["deactivated_at", "compromised_at", "destroyed_at"],
	"deactivated": ["compromised_at", "destroyed_at"],
	"compromised": ["destroyed_at"],
	"destroyed": ["compromised_at"],
}

# retired_properly, of keys that are not compromised: those that are held are deactivated

retirement_fields(key) := ["deactivated_at", "deactivation_reason", "destroyed_at"] if {
	lib.destroyed(key)
} else := ["deactivated_at", "deactivation_reason"]

retired_properly(key) if {
	ended_for_a_reason(key)
	replaced(key)
	superseded_by_fitting(key)
	ended_in_time(key)
}

# It never was in use, and did not wait for that long.
retired_properly(key) if {
	lib.destroyed(key)
	lib.past(key.destroyed_at)
	count({"activated_at", "last_used_at", "deactivated_at"} & object.keys(key)) == 0
	lib.days_between(key.created_at, key.destroyed_at) <= data.params.key_unused_max_days
}

retirement_problem(key) := "incomplete" if {
	lib.absent(key, retirement_fields(key)) != []
} else := "other_reason" if {
	not ended_for_a_reason(key)
} else := "replacement_unknown" if {
	not replaced(key)
} else := "replacement_unfit" if {
	key.deactivation_reason == "superseded"
	not replacement_fits(key)
} else := "replacement_never_active" if {
	key.deactivation_reason == "superseded"
	never_active(key)
} else := "replaced_late" if {
	key.deactivation_reason == "superseded"
	not taken_over(key)
} else := "kept_too_long" if {
	lib.held(key)
} else := "destroyed_out_of_time"

ended_for_a_reason(key) if {
	key.deactivation_reason in {"superseded", "cessation_of_operation", "privilege_withdrawn", "affiliation_changed"}
}

replaced(key) if key.deactivation_reason != "superseded"

replaced(key) if key.replaced_by in known_keys

superseded_by_fitting(key) if key.deactivation_reason != "superseded"

superseded_by_fitting(key) if {
	replacement_fits(key)
	not never_active(key)
	taken_over(key)
}

never_active(key) if key.replaced_by in pre_active_keys

pre_active_keys contains key.id if {
	some key in input.keys.service_keys
	lib.pre_active(key)
}

# The old key may be switched off up to a day before the new one is switched on.
taken_over(key) if lib.days_between(key.deactivated_at, works_since[key.replaced_by]) <= 1

known_keys contains key.id if some key in input.keys.service_keys

ended_in_time(key) if {
	lib.held(key)
	lib.within_days(key.deactivated_at, data.params.key_retired_max_days)
}

ended_in_time(key) if {
	lib.destroyed(key)
	lib.past(key.destroyed_at)
	days := lib.days_between(key.deactivated_at, key.destroyed_at)
	days >= 0
	days <= data.params.key_retired_max_days
}

# secrets_listed

secret_fields := ["path", "owner", "consumers"]

secret_listed(secret) if {
	secret.path != ""
	secret.owner != ""
	readers := {reader | some reader in secret.consumers}
	count(readers) > 0
	count(readers - workloads) == 0
}

workloads contains workload.id if some workload in input.location.workloads

all_secrets if lib.complete(input.secrets.secrets, "path", input.secrets.secret_count)

# secrets_rotated

rotated(secret) if {
	lib.within_days(secret.current_version_created_at, data.params.secret_max_age_days)
	not version_ended(secret)
}

# Nobody can read a secret whose current version has been deactivated by its age.
version_ended(secret) if {
	secret.deactivate_version_after_hours > 0
	age_hours := lib.hours_between(secret.current_version_created_at, input.secrets.source.collected_at)
	age_hours > secret.deactivate_version_after_hours
}

rotation_problem(secret) := "incomplete" if {
	lib.absent(secret, ["current_version_created_at"]) != []
} else := "version_ended" if {
	version_ended(secret)
} else := "version_not_recent"

# secrets_configured

configuration_fields := ["max_versions", "deactivate_version_after_hours", "cas_required"]

configured(secret) if {
	writes_checked(secret)
	versions_end(secret)
	versions_end_in_time(secret)
	secret.max_versions >= data.params.secret_versions_min
	secret.max_versions <= data.params.secret_versions_max
}

configuration_problem(secret) := "incomplete" if {
	lib.absent(secret, configuration_fields) != []
} else := "writes_unchecked" if {
	not writes_checked(secret)
} else := "versions_never_end" if {
	not versions_end(secret)
} else := "versions_end_late" if {
	not versions_end_in_time(secret)
} else := "versions_out_of_range"

writes_checked(secret) if secret.cas_required == true

versions_end(secret) if secret.deactivate_version_after_hours > 0

versions_end_in_time(secret) if secret.deactivate_version_after_hours <= data.params.secret_version_end_max_hours

# custodians_acknowledged

custodian_fields := ["person", "acknowledged_on"]

acknowledged(custodian) if {
	custodian.person != ""
	lib.within_days(custodian.acknowledged_on, data.params.custodian_acknowledgement_max_age_days)
}

# Listed for a ceremony of the past.
acknowledged(custodian) if {
	lower(custodian.person) in former_people
	custodian.acknowledged_on != ""
}

former_people contains lower(person.id) if {
	some person in input.people.people
	lib.day_over(person.active_until)
}
