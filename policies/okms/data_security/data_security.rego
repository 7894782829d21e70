# METADATA
# title: Manage data security hosted on the service (confidentiality, integrity, backups, …)
# description: >-
#   Every dataset is known and classed; what is confidential is encrypted under a living key in a way that shows changes;
#   the keys to the data lie nowhere in clear.
# custom:
#   duty: 3.1.1.1
package okms.data_security

import data.lib

# METADATA
# title: Every dataset is listed, classed and owned
# description: What is not classed cannot be protected as it deserves.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets, /datasets/dataset_count, /location/workloads]
#   source: ISO/IEC 27001:2022 A.5.12; CSA CCM v4 DSP-04
#   remediation: List the datasets that the catalogue counts; name for each owner, class, retention and workload.
#   controls: {iso_27001: ["5.12", "5.9"], ccm: [DSP-04], csf: [PR.DS-01]}
#   conditions:
#     not_datasets_listed: "{dataset} needs an owner, a class, a retention and a workload of the inventory"
#     not_datasets_listed_2: "the list of datasets is not as long as the catalogue says"
findings.datasets_listed contains finding if {
	some i, dataset in input.datasets.datasets
	not listed(dataset)
	finding := {
		"condition": "not_datasets_listed",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["id", "owner", "classification", "retention_until", "workload"]),
		"values": {"dataset": lib.label(dataset)},
	}
}

findings.datasets_listed contains finding if {
	not all_listed
	finding := {"condition": "not_datasets_listed_2", "pointer": "/datasets/dataset_count", "values": {}}
}

workloads contains workload.id if some workload in input.location.workloads

listed(dataset) if {
	dataset.id != ""
	dataset.owner != ""
	dataset.classification != ""
	dataset.retention_until != ""
	dataset.workload in workloads
}

all_listed if input.datasets.dataset_count == count({dataset.id | some dataset in input.datasets.datasets})

# METADATA
# title: Confidential data is encrypted under an active key
# description: Every confidential or restricted dataset names the key that protects it, and the domain has that key, active.
# custom:
#   severity: critical
#   evidence: [/datasets/datasets, /keys/service_keys]
#   source: PCI DSS 4.0.1 requirement 3.5.1; CSA CCM v4 CEK-03
#   remediation: Encrypt the dataset, or encrypt it anew under an active key, and record the key's id.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03, DSP-17], csf: [PR.DS-01], pci_dss: ["3.5.1"]}
#   conditions:
#     not_confidential_encrypted: "{dataset} ({classification}) is not encrypted under an active key of the domain"
findings.confidential_encrypted contains finding if {
	some i, dataset in input.datasets.datasets
	not protected(dataset)
	finding := {
		"condition": "not_confidential_encrypted",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["classification", "encrypted"]),
		"values": {"dataset": lib.label(dataset), "classification": lib.shown(dataset, "classification")},
	}
}

protected(dataset) if {
	dataset.encrypted == false
	dataset.classification in {"public", "internal"}
}

protected(dataset) if {
	dataset.encrypted == true
	dataset.key_id in active_keys
}

active_keys contains key.id if {
	some key in input.keys.service_keys
	key.state == "active"
}

# METADATA
# title: Encrypted data shows when it was changed
# description: Encryption without authentication can be changed without anybody noticing.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets]
#   params: [encryption_modes]
#   source: NIST SP 800-38D; own judgement
#   remediation: Encrypt anew in an authenticated mode.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01]}
#   conditions:
#     not_authenticated: "{dataset} is encrypted with {mode}, wanted is {encryption_modes}"
findings.authenticated contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not authenticated(dataset)
	finding := {
		"condition": "not_authenticated",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["mode"]),
		"values": {"dataset": lib.label(dataset), "mode": lib.shown(dataset, "mode"), "encryption_modes": concat(" or ", data.params.encryption_modes)},
	}
}

authenticated(dataset) if dataset.mode in data.params.encryption_modes

# METADATA
# title: Ciphertexts of several tenants are bound to their tenant
# description: Without a context one tenant's ciphertext can be passed off as another's.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets]
#   source: OVHcloud OKMS SDK (context of encrypt and data keys); own judgement
#   remediation: Pass the tenant as context when encrypting, and encrypt existing data anew.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01]}
#   conditions:
#     not_tenants_bound: "{dataset} holds several tenants, or it is not known, and its ciphertexts are not bound to them"
findings.tenants_bound contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not bound(dataset)
	finding := {
		"condition": "not_tenants_bound",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["multi_tenant"]),
		"values": {"dataset": lib.label(dataset)},
	}
}

bound(dataset) if dataset.multi_tenant == false

bound(dataset) if {
	dataset.multi_tenant == true
	dataset.context_bound == true
}

# METADATA
# title: Stored ciphertext was checked
# description: A sample was decrypted and compared; what cannot be read is lost already and nobody knows.
# custom:
#   severity: medium
#   evidence: [/data_security/integrity_check]
#   params: [integrity_check_max_age_days, integrity_sample_min]
#   source: own judgement (quarterly)
#   remediation: Decrypt a sample of each dataset and compare it; find the cause of every mismatch.
#   controls: {iso_27001: ["8.24"], ccm: [DSP-17], csf: [PR.DS-01]}
#   conditions:
#     not_integrity_checked: "{objects_sampled} ciphertexts were checked with {mismatches} mismatches; wanted are at least {integrity_sample_min} in the last {integrity_check_max_age_days} days, and none"
findings.integrity_checked contains finding if {
	check := input.data_security.integrity_check
	not checked(check)
	finding := {
		"condition": "not_integrity_checked",
		"pointer": lib.place("/data_security/integrity_check", check, ["performed_on", "objects_sampled", "mismatches"]),
		"values": {"objects_sampled": lib.shown(check, "objects_sampled"), "mismatches": lib.shown(check, "mismatches"), "integrity_sample_min": data.params.integrity_sample_min, "integrity_check_max_age_days": data.params.integrity_check_max_age_days},
	}
}

checked(check) if {
	lib.within_days(check.performed_on, data.params.integrity_check_max_age_days)
	check.objects_sampled >= data.params.integrity_sample_min
	check.mismatches == 0
}

# METADATA
# title: No data key lies in clear
# description: A data key that was written to disk, an image or a dump makes the KMS an ornament.
# custom:
#   severity: critical
#   evidence: [/data_security/plaintext_key_search]
#   params: [plaintext_key_search_max_age_days]
#   source: PCI DSS 4.0.1 requirement 3.6.1.2
#   remediation: Remove the key, encrypt what it protected anew, and mend the code that wrote it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01], pci_dss: ["3.6.1"]}
#   conditions:
#     not_no_plaintext_keys: "{hosts_searched} of {hosts_total} hosts were searched and {found} keys in clear found; wanted are all in the last {plaintext_key_search_max_age_days} days, and none"
findings.no_plaintext_keys contains finding if {
	search := input.data_security.plaintext_key_search
	not clean(search)
	finding := {
		"condition": "not_no_plaintext_keys",
		"pointer": lib.place("/data_security/plaintext_key_search", search, ["performed_on", "hosts_total", "hosts_searched", "found"]),
		"values": {"hosts_searched": lib.shown(search, "hosts_searched"), "hosts_total": lib.shown(search, "hosts_total"), "found": lib.shown(search, "found"), "plaintext_key_search_max_age_days": data.params.plaintext_key_search_max_age_days},
	}
}

clean(search) if {
	lib.within_days(search.performed_on, data.params.plaintext_key_search_max_age_days)
	search.hosts_searched == search.hosts_total
	search.found == 0
}

# METADATA
# title: The risks of the data are assessed and decided
# description: High risks are treated or accepted by somebody who may, not forgotten.
# custom:
#   severity: medium
#   evidence: [/data_security/risk_assessment]
#   params: [risk_assessment_max_age_days]
#   source: ISO/IEC 27001:2022 clause 8.2
#   remediation: Assess the risks, and decide each high one.
#   controls: {iso_27001: ["5.12"], ccm: [DSP-04], csf: [PR.DS-01]}
#   conditions:
#     not_risks_assessed: "the risks were not assessed in the last {risk_assessment_max_age_days} days, nobody owns them, or {untreated_high_risks} high ones are undecided"
findings.risks_assessed contains finding if {
	assessment := input.data_security.risk_assessment
	not assessed(assessment)
	finding := {
		"condition": "not_risks_assessed",
		"pointer": lib.place("/data_security/risk_assessment", assessment, ["performed_on", "owner", "untreated_high_risks"]),
		"values": {"risk_assessment_max_age_days": data.params.risk_assessment_max_age_days, "untreated_high_risks": lib.shown(assessment, "untreated_high_risks")},
	}
}

assessed(assessment) if {
	lib.within_days(assessment.performed_on, data.params.risk_assessment_max_age_days)
	assessment.owner != ""
	assessment.untreated_high_risks == 0
}
