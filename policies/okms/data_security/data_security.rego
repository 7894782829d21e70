# METADATA
# title: Manage data security hosted on the service (confidentiality, integrity, backups, …)
# description: >-
#   Every dataset is known and classed; what is confidential is encrypted under a living key in a way that shows
#   changes; the keys to the data lie nowhere in clear.
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
#     incomplete: "the dataset {dataset} does not state {absent}"
#     workload_unknown: "the dataset {dataset} is stored by {workload}, which is no workload of the inventory"
#     count_differs: "{listed} {listed|dataset is|datasets are} listed, the catalogue counts {counted}"
findings.datasets_listed contains finding if {
	some i, dataset in input.datasets.datasets
	not listed(dataset)
	finding := {
		"condition": lib.problem(dataset, dataset_fields, "incomplete", "workload_unknown"),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, dataset_fields),
		"values": {
			"dataset": lib.label(dataset),
			"absent": lib.absent(dataset, dataset_fields),
			"workload": lib.shown(dataset, "workload"),
		},
		"related": ["/location/workloads"],
	}
}

findings.datasets_listed contains finding if {
	not all_listed
	finding := {
		"condition": "count_differs",
		"pointer": "/datasets/dataset_count",
		"values": {
			"listed": lib.listed(input.datasets.datasets, "id"),
			"counted": input.datasets.dataset_count,
		},
		"related": ["/datasets/datasets"],
	}
}

# METADATA
# title: Confidential data is encrypted under an active key
# description: >-
#   Every confidential or restricted dataset names the key that protects it, and the domain has that key, active.
# custom:
#   severity: critical
#   evidence: [/datasets/datasets, /keys/service_keys]
#   source: PCI DSS 4.0.1 requirement 3.5.1; CSA CCM v4 CEK-03
#   remediation: Encrypt the dataset, or encrypt it anew under an active key, and record the key's id.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03, DSP-17], csf: [PR.DS-01], pci_dss: ["3.5.1"]}
#   conditions:
#     incomplete: "the dataset {dataset} does not state {absent}"
#     in_clear: "the dataset {dataset} is {classification} and is not encrypted"
#     key_not_active: "the dataset {dataset} is encrypted under {key}; expected is an active key of the domain"
findings.confidential_encrypted contains finding if {
	some i, dataset in input.datasets.datasets
	not protected(dataset)
	finding := {
		"condition": protection_problem(dataset),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["classification", "encrypted"]),
		"values": {
			"dataset": lib.label(dataset),
			"absent": lib.absent(dataset, protection_fields(dataset)),
			"classification": lib.shown(dataset, "classification"),
			"key": lib.shown(dataset, "key_id"),
		},
		"related": [sprintf("/keys/service_keys/%d", [k]) |
			some k, key in input.keys.service_keys
			key.id == dataset.key_id
		],
	}
}

# METADATA
# title: Encrypted data shows when it was changed
# description: Encryption without authentication can be changed unnoticed.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets]
#   params: [encryption_modes]
#   source: NIST SP 800-38D; raci-check default, no external source
#   remediation: Encrypt anew in an authenticated mode.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01]}
#   conditions:
#     mode_unknown: "the dataset {dataset} does not state how it is encrypted"
#     mode_not_allowed: "the dataset {dataset} is encrypted with {mode}; expected is one of {modes}"
findings.authenticated contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not authenticated(dataset)
	finding := {
		"condition": lib.problem(dataset, ["mode"], "mode_unknown", "mode_not_allowed"),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["mode"]),
		"values": {
			"dataset": lib.label(dataset),
			"mode": lib.shown(dataset, "mode"),
			"modes": data.params.encryption_modes,
		},
	}
}

# METADATA
# title: Ciphertexts of several tenants are bound to their tenant
# description: Without a context one tenant's ciphertext can be passed off as another's.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets]
#   source: OVHcloud OKMS SDK (context of encrypt and data keys); raci-check default, no external source
#   remediation: Pass the tenant as context when encrypting, and encrypt existing data anew.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01]}
#   conditions:
#     tenants_unknown: "the dataset {dataset} does not state whether it holds data of several tenants"
#     context_not_bound: >-
#       the dataset {dataset} holds data of several tenants, and its ciphertexts are not bound to their tenant
findings.tenants_bound contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not bound(dataset)
	finding := {
		"condition": lib.problem(dataset, ["multi_tenant"], "tenants_unknown", "context_not_bound"),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["multi_tenant"]),
		"values": {"dataset": lib.label(dataset)},
	}
}

# METADATA
# title: Stored ciphertext was checked
# description: A sample was decrypted and compared; without it the loss of what cannot be read goes unnoticed.
# custom:
#   severity: medium
#   evidence: [/data_security/integrity_check]
#   params: [integrity_check_max_age_days, integrity_sample_min]
#   source: raci-check default, no external source (quarterly)
#   remediation: Decrypt a sample of each dataset and compare it; find the cause of every mismatch.
#   controls: {iso_27001: ["8.24"], ccm: [DSP-17], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the check of stored ciphertext does not state {absent}"
#     mismatched: >-
#       {mismatches} of {sampled} sampled {sampled|ciphertext|ciphertexts} did not match; expected is no mismatch
#     sample_too_small: >-
#       {sampled} {sampled|ciphertext was|ciphertexts were} sampled; expected {sample_min|is|are} at least {sample_min}
#     check_not_recent: >-
#       stored ciphertext was last checked on {performed_on}; expected is a check in the {days} {days|day|days} before
#       the assessment
findings.integrity_checked contains finding if {
	check := input.data_security.integrity_check
	not checked(check)
	finding := {
		"condition": check_problem(check),
		"pointer": lib.place("/data_security/integrity_check", check, check_fields),
		"values": {
			"absent": lib.absent(check, check_fields),
			"sampled": lib.shown(check, "objects_sampled"),
			"mismatches": lib.shown(check, "mismatches"),
			"sample_min": data.params.integrity_sample_min,
			"performed_on": lib.shown(check, "performed_on"),
			"days": data.params.integrity_check_max_age_days,
		},
	}
}

# METADATA
# title: No data key lies in clear
# description: A data key that was written to disk, an image or a dump defeats the purpose of the KMS.
# custom:
#   severity: critical
#   evidence: [/data_security/plaintext_key_search]
#   params: [plaintext_key_search_max_age_days]
#   source: PCI DSS 4.0.1 requirement 3.6.1.2
#   remediation: Remove the key, encrypt what it protected anew, and fix the code that wrote it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03], csf: [PR.DS-01], pci_dss: ["3.6.1"]}
#   conditions:
#     incomplete: "the search for data keys in clear does not state {absent}"
#     keys_found: "{found} data {found|key|keys} in clear {found|was|were} found; expected is none"
#     hosts_left_out: >-
#       {searched} of {hosts} {hosts|host was|hosts were} searched for data keys in clear; expected are all
#     search_not_recent: >-
#       hosts were last searched for data keys in clear on {performed_on}; expected is a search in the {days}
#       {days|day|days} before the assessment
findings.no_plaintext_keys contains finding if {
	search := input.data_security.plaintext_key_search
	not clean(search)
	finding := {
		"condition": search_problem(search),
		"pointer": lib.place("/data_security/plaintext_key_search", search, search_fields),
		"values": {
			"absent": lib.absent(search, search_fields),
			"found": lib.shown(search, "found"),
			"searched": lib.shown(search, "hosts_searched"),
			"hosts": lib.shown(search, "hosts_total"),
			"performed_on": lib.shown(search, "performed_on"),
			"days": data.params.plaintext_key_search_max_age_days,
		},
	}
}

# METADATA
# title: The risks of the data are assessed and decided
# description: High risks are treated, or accepted by a person with the right to do so, not forgotten.
# custom:
#   severity: medium
#   evidence: [/data_security/risk_assessment]
#   params: [risk_assessment_max_age_days]
#   source: ISO/IEC 27001:2022 clause 8.2
#   remediation: Assess the risks, and decide each high one.
#   controls: {iso_27001: ["5.12"], ccm: [DSP-04], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the risk assessment of the data does not state {absent}"
#     risks_undecided: "{risks} high {risks|risk is|risks are} without a decision; expected is none"
#     assessment_not_recent: >-
#       the risks of the data were last assessed on {performed_on}; expected is an assessment in the {days}
#       {days|day|days} before the assessment by raci-check
findings.risks_assessed contains finding if {
	assessment := input.data_security.risk_assessment
	not assessed(assessment)
	finding := {
		"condition": assessment_problem(assessment),
		"pointer": lib.place("/data_security/risk_assessment", assessment, assessment_fields),
		"values": {
			"absent": lib.absent(assessment, assessment_fields),
			"risks": lib.shown(assessment, "untreated_high_risks"),
			"performed_on": lib.shown(assessment, "performed_on"),
			"days": data.params.risk_assessment_max_age_days,
		},
	}
}

# datasets_listed

dataset_fields := ["id", "owner", "classification", "retention_until", "workload"]

listed(dataset) if {
	dataset.id != ""
	dataset.owner != ""
	dataset.classification != ""
	dataset.retention_until != ""
	dataset.workload in workloads
}

workloads contains workload.id if some workload in input.location.workloads

all_listed if lib.complete(input.datasets.datasets, "id", input.datasets.dataset_count)

# confidential_encrypted

protection_fields(dataset) := ["encrypted", "key_id"] if {
	dataset.encrypted == true
} else := ["classification", "encrypted"]

protected(dataset) if {
	dataset.encrypted == false
	dataset.classification in {"public", "internal"}
}

protected(dataset) if {
	dataset.encrypted == true
	dataset.key_id in active_keys
}

protection_problem(dataset) := "incomplete" if {
	lib.absent(dataset, protection_fields(dataset)) != []
} else := "in_clear" if {
	dataset.encrypted == false
} else := "key_not_active"

active_keys := {key.id | some key in input.keys.service_keys; lib.active(key)}

# authenticated

authenticated(dataset) if dataset.mode in data.params.encryption_modes

# tenants_bound

bound(dataset) if dataset.multi_tenant == false

bound(dataset) if {
	dataset.multi_tenant == true
	dataset.context_bound == true
}

# integrity_checked

check_fields := ["performed_on", "objects_sampled", "mismatches"]

checked(check) if {
	matched(check)
	sampled(check)
	lib.within_days(check.performed_on, data.params.integrity_check_max_age_days)
}

check_problem(check) := "incomplete" if {
	lib.absent(check, check_fields) != []
} else := "mismatched" if {
	not matched(check)
} else := "sample_too_small" if {
	not sampled(check)
} else := "check_not_recent"

matched(check) if check.mismatches == 0

sampled(check) if check.objects_sampled >= data.params.integrity_sample_min

# no_plaintext_keys

search_fields := ["performed_on", "hosts_total", "hosts_searched", "found"]

clean(search) if {
	nothing_found(search)
	searched_everywhere(search)
	lib.within_days(search.performed_on, data.params.plaintext_key_search_max_age_days)
}

search_problem(search) := "incomplete" if {
	lib.absent(search, search_fields) != []
} else := "keys_found" if {
	not nothing_found(search)
} else := "hosts_left_out" if {
	not searched_everywhere(search)
} else := "search_not_recent"

nothing_found(search) if search.found == 0

searched_everywhere(search) if search.hosts_searched == search.hosts_total

# risks_assessed

assessment_fields := ["performed_on", "owner", "untreated_high_risks"]

assessed(assessment) if {
	decided(assessment)
	assessment.owner != ""
	lib.within_days(assessment.performed_on, data.params.risk_assessment_max_age_days)
}

assessment_problem(assessment) := "incomplete" if {
	lib.absent(assessment, assessment_fields) != []
} else := "risks_undecided" if {
	not decided(assessment)
} else := "assessment_not_recent"

decided(assessment) if assessment.untreated_high_risks == 0
