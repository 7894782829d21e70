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
# description: The inventory is what the API counts, all of it; a key that nobody owns is rotated by nobody.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys, /keys/service_key_count]
#   source: CSA CCM v4 CEK-21; ISO/IEC 27001:2022 A.5.9
#   remediation: List the keys that the API shows in every state; name for each who answers for it and what it is for.
#   controls: {iso_27001: ["5.9", "8.24"], ccm: [CEK-21], csf: [ID.AM-08]}
#   conditions:
#     not_keys_listed: "{key} needs an id, a state, an owner, a purpose and the date it was made"
#     not_keys_listed_2: "the list of keys is not as long as the API says"
findings.keys_listed contains finding if {
	some i, key in input.keys.service_keys
	not listed(key)
	finding := {
		"condition": "not_keys_listed",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id", "state", "owner", "purpose", "created_at"]),
		"values": {"key": lib.label(key)},
	}
}

findings.keys_listed contains finding if {
	not all_keys
	finding := {"condition": "not_keys_listed_2", "pointer": "/keys/service_key_count", "values": {}}
}

listed(key) if {
	key.id != ""
	key.state != ""
	key.owner != ""
	key.purpose != ""
	lib.past(key.created_at)
}

all_keys if input.keys.service_key_count == count({key.id | some key in input.keys.service_keys})

# METADATA
# title: Every active key is within its crypto-period
# description: The longer a key is in use, the more it protects and the more often it could have been taken.
# custom:
#   severity: high
#   evidence: [/keys/service_keys]
#   params: [crypto_period_days_data_encryption, crypto_period_days_key_wrapping, crypto_period_days_signature, crypto_period_days_authentication, crypto_period_days_master]
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.3.6 Table 1; PCI DSS 4.0.1 requirement 3.7.4
#   remediation: Make a new key, rewrap or sign anew, deactivate the old one with reason superseded.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-12], csf: [PR.DS-01], pci_dss: ["3.7.4"]}
#   conditions:
#     not_within_crypto_period: "{key} is active since {activated_at}, wanted are at most {purpose} days for its purpose"
findings.within_crypto_period contains finding if {
	some i, key in input.keys.service_keys
	key.state == "active"
	not within_period(key)
	finding := {
		"condition": "not_within_crypto_period",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["purpose", "activated_at"]),
		"values": {"key": lib.label(key), "activated_at": lib.shown(key, "activated_at"), "purpose": object.get(periods, object.get(key, "purpose", ""), "unknown")},
	}
}

periods := {
	"data_encryption": data.params.crypto_period_days_data_encryption,
	"key_wrapping": data.params.crypto_period_days_key_wrapping,
	"signature": data.params.crypto_period_days_signature,
	"authentication": data.params.crypto_period_days_authentication,
	"master": data.params.crypto_period_days_master,
}

within_period(key) if lib.within_days(key.activated_at, periods[key.purpose])

# METADATA
# title: Every active key is in use
# description: A key that nothing uses can be stolen and is missed by nobody.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   params: [key_unused_max_days]
#   source: own judgement
#   remediation: Find out what the key was for; deactivate it, and destroy it when nothing depends on it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-21], csf: [ID.AM-08]}
#   conditions:
#     not_in_use: "{key} was not used in the last {key_unused_max_days} days"
findings.in_use contains finding if {
	some i, key in input.keys.service_keys
	key.state == "active"
	not used(key)
	finding := {
		"condition": "not_in_use",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["last_used_at"]),
		"values": {"key": lib.label(key), "key_unused_max_days": data.params.key_unused_max_days},
	}
}

used(key) if lib.within_days(key.last_used_at, data.params.key_unused_max_days)

# METADATA
# title: A compromised key was deactivated at once and replaced
# description: From the finding on, every hour that the key works is an hour for whoever has it.
# custom:
#   severity: critical
#   evidence: [/keys/service_keys]
#   params: [key_compromise_reaction_max_hours]
#   source: PCI DSS 4.0.1 requirement 3.7.5; CSA CCM v4 CEK-19
#   remediation: Deactivate with reason key_compromise, open an incident, replace the key and what depends on it.
#   controls: {iso_27001: ["8.24", "5.26"], ccm: [CEK-19], csf: [PR.DS-01], pci_dss: ["3.7.5"]}
#   conditions:
#     not_compromise_handled: "{key} is compromised; wanted are an incident, deactivation within {key_compromise_reaction_max_hours} hours, and an active replacement"
findings.compromise_handled contains finding if {
	some i, key in input.keys.service_keys
	key.state in {"compromised", "destroyed_compromised"}
	not handled(key)
	finding := {
		"condition": "not_compromise_handled",
		"pointer": lib.place(
			sprintf("/keys/service_keys/%d", [i]), key,
			["compromised_at", "deactivated_at", "deactivation_reason", "incident_id", "replaced_by"],
		),
		"values": {"key": lib.label(key), "key_compromise_reaction_max_hours": data.params.key_compromise_reaction_max_hours},
	}
}

active_keys contains key.id if {
	some key in input.keys.service_keys
	key.state == "active"
}

handled(key) if {
	key.incident_id != ""
	key.deactivation_reason in {"key_compromise", "ca_compromise"}
	key.replaced_by in active_keys
	lib.past(key.deactivated_at)
	lib.within_hours(key.compromised_at, key.deactivated_at, data.params.key_compromise_reaction_max_hours)
}

# METADATA
# title: Keys were taken out of use for a reason, and do not stay for ever
# description: A deactivated key is kept only as long as something old must be read; a destroyed one was deactivated before.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   params: [key_retired_max_days]
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.3.6 Table 1; PCI DSS 4.0.1 requirement 3.7.5
#   remediation: Record why the key was deactivated and what replaced it; destroy it when nothing depends on it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-14], csf: [ID.AM-08], pci_dss: ["3.7.5"]}
#   conditions:
#     not_retired_properly: "{key} ({state}) needs a reason, a replacement where it was superseded, and to be destroyed at most {key_retired_max_days} days after its deactivation"
findings.retired_properly contains finding if {
	some i, key in input.keys.service_keys
	key.state in {"deactivated", "destroyed"}
	not retired(key)
	finding := {
		"condition": "not_retired_properly",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["deactivated_at", "deactivation_reason"]),
		"values": {"key": lib.label(key), "state": key.state, "key_retired_max_days": data.params.key_retired_max_days},
	}
}

retired(key) if {
	key.state == "deactivated"
	replaced(key)
	lib.within_days(key.deactivated_at, data.params.key_retired_max_days)
}

retired(key) if {
	key.state == "destroyed"
	replaced(key)
	lib.past(key.destroyed_at)
	days := lib.days_between(key.deactivated_at, key.destroyed_at)
	days >= 0
	days <= data.params.key_retired_max_days
}

replaced(key) if key.deactivation_reason in {"cessation_of_operation", "privilege_withdrawn", "affiliation_changed"}

replaced(key) if {
	key.deactivation_reason == "superseded"
	key.replaced_by in known_keys
}

known_keys contains key.id if some key in input.keys.service_keys

# METADATA
# title: Every secret is listed, with an owner and who reads it
# description: A secret whose readers are not known cannot be replaced without an outage.
# custom:
#   severity: medium
#   evidence: [/secrets/secrets, /secrets/secret_count, /location/workloads]
#   source: CSA CCM v4 CEK-21; ISO/IEC 27001:2022 A.5.17
#   remediation: List the secrets that the API shows; name for each its owner and the workloads that read it.
#   controls: {iso_27001: ["5.9", "5.17"], ccm: [CEK-21], csf: [ID.AM-08, PR.AA-01]}
#   conditions:
#     not_secrets_listed: "{secret} needs an owner, and readers that are workloads of the inventory"
#     not_secrets_listed_2: "the list of secrets is not as long as the API says"
findings.secrets_listed contains finding if {
	some i, secret in input.secrets.secrets
	not secret_listed(secret)
	finding := {
		"condition": "not_secrets_listed",
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["path", "owner", "consumers"]),
		"values": {"secret": lib.label(secret)},
	}
}

findings.secrets_listed contains finding if {
	not all_secrets
	finding := {"condition": "not_secrets_listed_2", "pointer": "/secrets/secret_count", "values": {}}
}

workloads contains workload.id if some workload in input.location.workloads

secret_listed(secret) if {
	secret.path != ""
	secret.owner != ""
	readers := {reader | some reader in secret.consumers}
	count(readers) > 0
	count(readers - workloads) == 0
}

all_secrets if input.secrets.secret_count == count({secret.path | some secret in input.secrets.secrets})

# METADATA
# title: Secrets are replaced in time
# description: A secret has been seen by people, logs and backups; its age says how long that has been enough.
# custom:
#   severity: medium
#   evidence: [/secrets/secrets]
#   params: [secret_max_age_days]
#   source: PCI DSS 4.0.1 requirement 8.6.3; the value is own judgement
#   remediation: Write a new version, let the readers take it, deactivate the old one.
#   controls: {iso_27001: ["5.17"], ccm: [CEK-12], csf: [PR.AA-01], pci_dss: ["8.6.3"]}
#   conditions:
#     not_secrets_rotated: "the current version of {secret} is older than {secret_max_age_days} days, or from the future"
findings.secrets_rotated contains finding if {
	some i, secret in input.secrets.secrets
	not rotated(secret)
	finding := {
		"condition": "not_secrets_rotated",
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["current_version_created_at"]),
		"values": {"secret": lib.label(secret), "secret_max_age_days": data.params.secret_max_age_days},
	}
}

rotated(secret) if lib.within_days(secret.current_version_created_at, data.params.secret_max_age_days)

# METADATA
# title: Secrets are configured so that replacing them is safe
# description: Old versions are kept for a while and then end by themselves, and two writers cannot overwrite each other.
# custom:
#   severity: low
#   evidence: [/secrets/secrets]
#   params: [secret_versions_min, secret_versions_max]
#   source: OVHcloud documentation, OKMS secrets (the oldest version is dropped silently; versions never end by default)
#   remediation: Set cas_required, max_versions and deactivate_version_after for the secret.
#   controls: {iso_27001: ["5.17", "8.9"], ccm: [CEK-12], csf: [PR.AA-01]}
#   conditions:
#     not_secrets_configured: "{secret} wants {secret_versions_min} to {secret_versions_max} versions, versions that end by themselves, and check-and-set writes"
findings.secrets_configured contains finding if {
	some i, secret in input.secrets.secrets
	not configured(secret)
	finding := {
		"condition": "not_secrets_configured",
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["max_versions", "deactivate_version_after_hours", "cas_required"]),
		"values": {"secret": lib.label(secret), "secret_versions_min": data.params.secret_versions_min, "secret_versions_max": data.params.secret_versions_max},
	}
}

configured(secret) if {
	secret.cas_required == true
	secret.deactivate_version_after_hours > 0
	secret.max_versions >= data.params.secret_versions_min
	secret.max_versions <= data.params.secret_versions_max
}

# METADATA
# title: Custodians are two or more and have acknowledged their duties
# description: Who has keys in custody knows what that means, and no one person has them alone.
# custom:
#   severity: medium
#   evidence: [/key_management/custodians]
#   params: [custodians_min, custodian_acknowledgement_max_age_days]
#   source: PCI DSS 4.0.1 requirements 3.7.6 and 3.7.8
#   remediation: Name further custodians; let each acknowledge the duties in writing every year.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-21], csf: [PR.AA-01], pci_dss: ["3.7.8"]}
#   conditions:
#     not_custodians_acknowledged: "there are {persons} custodians, wanted are at least {custodians_min}"
#     not_custodians_acknowledged_2: "{person} did not acknowledge the duties in the last {custodian_acknowledgement_max_age_days} days"
findings.custodians_acknowledged contains finding if {
	persons := {lower(custodian.person) | some custodian in input.key_management.custodians}
	count(persons) < data.params.custodians_min
	finding := {
		"condition": "not_custodians_acknowledged",
		"pointer": "/key_management/custodians",
		"values": {"persons": count(persons), "custodians_min": data.params.custodians_min},
	}
}

findings.custodians_acknowledged contains finding if {
	some i, custodian in input.key_management.custodians
	not acknowledged(custodian)
	finding := {
		"condition": "not_custodians_acknowledged_2",
		"pointer": lib.place(sprintf("/key_management/custodians/%d", [i]), custodian, ["person", "acknowledged_on"]),
		"values": {"person": lib.shown(custodian, "person"), "custodian_acknowledgement_max_age_days": data.params.custodian_acknowledgement_max_age_days},
	}
}

acknowledged(custodian) if {
	custodian.person != ""
	lib.within_days(custodian.acknowledged_on, data.params.custodian_acknowledgement_max_age_days)
}
