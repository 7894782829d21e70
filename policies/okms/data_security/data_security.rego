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
#   evidence: [/datasets/datasets, /datasets/dataset_count, /location/workloads, /keys/service_key_count]
#   source: ISO/IEC 27001:2022 A.5.12; CSA CCM v4 DSP-04
#   remediation: List the datasets that the catalogue counts; name for each owner, class, retention and workload.
#   controls: {iso_27001: ["5.12", "5.9"], ccm: [DSP-03, DSP-04, DSP-06], csf: [ID.AM-07]}
#   conditions:
#     incomplete: "the dataset {dataset} does not state {absent}"
#     workload_unknown: "the dataset {dataset} is stored by {workload}, which is no workload of the inventory"
#     count_differs: "{listed} {listed|dataset is|datasets are} listed, the catalogue counts {counted}"
#     nothing_encrypted: >-
#       {keys} {keys|key|keys} for data {keys|is|are} active and used, and no dataset is listed that is encrypted
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

findings.datasets_listed contains finding if {
	count(encrypted_datasets) == 0
	count(data_keys_used) > 0
	finding := {
		"condition": "nothing_encrypted",
		"pointer": "/datasets/datasets",
		"values": {"keys": count(data_keys_used)},
		"related": data_keys_used,
	}
}

# METADATA
# title: Confidential data is encrypted under a key that is in use
# description: >-
#   Every confidential or restricted dataset names the key that protects it: an active service key or KMIP object of the
#   domain. A deactivated one, which decrypts only, may protect old data for as long as it may be kept, if nothing was
#   added to the data since its deactivation.
# custom:
#   severity: critical
#   evidence: [/datasets/datasets, /keys/service_keys, /kmip/object_count]
#   params: [key_retired_max_days]
#   source: >-
#     PCI DSS 4.0.1 requirement 3.5.1; CSA CCM v4 CEK-03; NIST SP 800-57 Part 1 Rev. 5 §5.3.5 (recipient usage period)
#   remediation: Encrypt the dataset, or encrypt it anew under an active key, and record the key's id.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03, DSP-17], csf: [PR.DS-01], pci_dss: ["3.5.1"]}
#   conditions:
#     incomplete: "the dataset {dataset} does not state {absent}"
#     in_clear: "the dataset {dataset} is {classification} and is not encrypted"
#     written_after_deactivation: >-
#       the dataset {dataset} is under {key}, which was deactivated at {deactivated_at}, and was written until
#       {written_until}; expected is a last write before the deactivation, which lies at most {days} {days|day|days}
#       before the assessment
#     key_not_active: >-
#       the dataset {dataset} is encrypted under {key}; expected is an active key or KMIP object of the domain
findings.confidential_encrypted contains finding if {
	some i, dataset in input.datasets.datasets
	not protected(dataset)
	finding := {
		"condition": protection_problem(dataset),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, protection_fields(dataset)),
		"values": {
			"dataset": lib.label(dataset),
			"absent": lib.absent(dataset, protection_fields(dataset)),
			"classification": lib.shown(dataset, "classification"),
			"key": lib.shown(dataset, "key_id"),
			"deactivated_at": object.get(deactivated_since, lib.shown(dataset, "key_id"), "unknown"),
			"written_until": lib.shown(dataset, "written_until"),
			"days": data.params.key_retired_max_days,
		},
		"related": key_places(dataset),
	}
}

# METADATA
# title: The key of a dataset can encrypt it
# description: >-
#   A signature key encrypts nothing, and a cipher is no stronger than the key that protects it or its data keys.
# custom:
#   severity: high
#   evidence: [/datasets/datasets, /keys/service_keys, /kmip/object_count]
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.2 and Table 2; OVHcloud documentation, OKMS usage (operations by type)
#   remediation: Correct the key or the cipher in the inventory; encrypt anew where the data really is so.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01]}
#   conditions:
#     cannot_encrypt: >-
#       the dataset {dataset} is encrypted under {key}, which can neither encrypt nor wrap; expected is a key with these
#       operations, or a KMIP object that is a symmetric key or secret data
#     key_too_short: >-
#       the dataset {dataset} is encrypted with {mode}, which has {bits} bits, under {key}, which has less
findings.keys_fit_ciphers contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	dataset.key_id in keys_with_material
	not key_fits(dataset)
	finding := {
		"condition": fit_problem(dataset),
		"pointer": sprintf("/datasets/datasets/%d/key_id", [i]),
		"values": {
			"dataset": lib.label(dataset),
			"key": lib.shown(dataset, "key_id"),
			"mode": lib.shown(dataset, "mode"),
			"bits": object.get(cipher_bits, object.get(dataset, "mode", ""), "unknown"),
		},
		"related": key_places(dataset),
	}
}

# METADATA
# title: The class of a dataset and the class of its key agree
# description: >-
#   A key is classed by the highest class of the data under it: data above it is protected too little, and a key above
#   all of its data says that one of the two is classed wrongly. Master keys protect other keys, and may be above.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets, /keys/service_keys]
#   source: ISO/IEC 27001:2022 A.5.12; CSA CCM v4 DSP-04
#   remediation: Class the dataset or the key anew, or move the dataset under a key of its class.
#   controls: {iso_27001: ["5.12", "8.24"], ccm: [DSP-04, CEK-04], csf: [PR.DS-01]}
#   conditions:
#     data_above_key: >-
#       the dataset {dataset} is {classification}, and its key {key} is for data of a lower class
#     key_above_data: >-
#       the key {key} is for {data_class} data, and each dataset under it is of a lower class
findings.classes_agree contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	dataset.key_id in lib.keys_below[dataset.classification]
	finding := {
		"condition": "data_above_key",
		"pointer": sprintf("/datasets/datasets/%d/classification", [i]),
		"values": {
			"dataset": lib.label(dataset),
			"classification": dataset.classification,
			"key": dataset.key_id,
		},
		"related": service_key_places(dataset),
	}
}

findings.classes_agree contains finding if {
	some i, key in input.keys.service_keys
	lib.active(key)
	not key.purpose == "master"
	key.id in keys_of_data
	not matched_by_data(key)
	finding := {
		"condition": "key_above_data",
		"pointer": sprintf("/keys/service_keys/%d/data_class", [i]),
		"values": {"key": lib.label(key), "data_class": lib.shown(key, "data_class")},
		"related": [sprintf("/datasets/datasets/%d/classification", [d]) |
			some d, dataset in input.datasets.datasets
			dataset.key_id == key.id
		],
	}
}

# METADATA
# title: Encrypted data shows when it was changed
# description: >-
#   Encryption without authentication can be changed unnoticed. A disk, volume or tablespace has no room for a tag, and
#   may be encrypted in XTS mode.
# custom:
#   severity: medium
#   evidence: [/datasets/datasets]
#   params: [encryption_modes]
#   source: NIST SP 800-38D; NIST SP 800-38E; raci-check default, no external source
#   remediation: Encrypt anew in an authenticated mode; state storage disk where a disk or tablespace is encrypted.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03, CEK-04], csf: [PR.DS-01]}
#   conditions:
#     mode_absent: "the dataset {dataset} does not state how it is encrypted"
#     mode_unknown: >-
#       the dataset {dataset} is encrypted with {mode}, which is no cipher of the reference data; expected is one of
#       {modes}
#     mode_not_allowed: "the dataset {dataset} is encrypted with {mode}; expected for {storage} is one of {modes}"
findings.authenticated contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not authenticated(dataset)
	finding := {
		"condition": mode_problem(dataset),
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["mode"]),
		"values": {
			"dataset": lib.label(dataset),
			"mode": lib.shown(dataset, "mode"),
			"storage": object.get(dataset, "storage", "data"),
			"modes": sort(object.get(modes_by_storage, object.get(dataset, "storage", "data"), set())),
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
#   evidence: [/data_security/integrity_check, /datasets/datasets]
#   params: [integrity_check_max_age_days, integrity_sample_min]
#   source: raci-check default, no external source (quarterly)
#   remediation: >-
#     Decrypt at least one ciphertext of each encrypted dataset and compare it; find the cause of every mismatch.
#   controls: {iso_27001: ["8.24"], ccm: [DSP-17], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the check of stored ciphertext does not state {absent}"
#     mismatched: >-
#       {mismatches} of {sampled} sampled {sampled|ciphertext|ciphertexts} did not match; expected is no mismatch
#     sample_too_small: >-
#       {sampled} {sampled|ciphertext was|ciphertexts were} sampled; expected {sample_min|is|are} at least {sample_min},
#       and one of each of the {datasets} encrypted {datasets|dataset|datasets}
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
			"datasets": count(encrypted_datasets),
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
#   evidence: [/data_security/plaintext_key_search, /datasets/datasets, /location/workloads]
#   params: [plaintext_key_search_max_age_days]
#   source: PCI DSS 4.0.1 requirement 3.6.1.2
#   remediation: Remove the key, encrypt what it protected anew, and fix the code that wrote it.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-03, DSP-17], csf: [PR.DS-01], pci_dss: ["3.6.1.2"]}
#   conditions:
#     incomplete: "the search for data keys in clear does not state {absent}"
#     keys_found: "{found} data {found|key|keys} in clear {found|was|were} found; expected is none"
#     hosts_left_out: >-
#       {searched} of {hosts} {hosts|host was|hosts were} searched for data keys in clear; expected are all, and at
#       least one
#     hosts_too_few: >-
#       {hosts} {hosts|host is|hosts are} counted, and the workloads that were searched run at {places}; expected is one
#       host at least in each place
#     workloads_left_out: >-
#       {workloads} {workloads|stores|store} encrypted data and {workloads|was|were} not searched for data keys in clear
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
			"places": sort(places_of(search)),
			"workloads": sort(workloads_with_keys - workloads_of(search)),
			"performed_on": lib.shown(search, "performed_on"),
			"days": data.params.plaintext_key_search_max_age_days,
		},
		"related": ["/datasets/datasets", "/location/workloads"],
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
#   controls: {ccm: [CEK-07], csf: [ID.RA-05, ID.RA-06]}
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

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections data security and datasets, each name leads to something that the evidence lists, in a state that
#   allows it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/data_security, /datasets]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["data_security", "datasets"])
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

data_keys_used := [sprintf("/keys/service_keys/%d", [k]) |
	some k, key in input.keys.service_keys
	lib.active(key)
	key.purpose == "data_encryption"
	key.last_used_at
]

all_listed if lib.complete(input.datasets.datasets, "id", input.datasets.dataset_count)

# confidential_encrypted, keys_fit_ciphers, classes_agree: where the key of a dataset is listed

key_places(dataset) := array.concat(
	service_key_places(dataset),
	[sprintf("/kmip/objects/%d", [k]) | some k, item in input.kmip.objects; item.id == dataset.key_id],
)

service_key_places(dataset) := [sprintf("/keys/service_keys/%d", [k]) |
	some k, key in input.keys.service_keys
	key.id == dataset.key_id
]

# confidential_encrypted

protection_fields(dataset) := ["encrypted", "key_id", "written_until"] if {
	dataset.encrypted == true
	deactivated_since[dataset.key_id]
} else := ["encrypted", "key_id"] if {
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

protected(dataset) if {
	dataset.encrypted == true
	since := deactivated_since[dataset.key_id]
	lib.within_days(since, data.params.key_retired_max_days)
	lib.ns(dataset.written_until) <= lib.ns(since)
}

protection_problem(dataset) := "incomplete" if {
	lib.absent(dataset, protection_fields(dataset)) != []
} else := "in_clear" if {
	dataset.encrypted == false
} else := "written_after_deactivation" if {
	deactivated_since[dataset.key_id]
} else := "key_not_active"

active_keys := service_keys_in_use | kmip_objects_in_use

service_keys_in_use := {key.id | some key in input.keys.service_keys; lib.active(key)}

kmip_objects_in_use := {item.id | some item in input.kmip.objects; lib.kmip_active(item)}

# By id of a key that datasets name, when it was deactivated.
deactivated_since := lib.least(service_keys_out_of_use | kmip_objects_out_of_use)

service_keys_out_of_use := {[key.id, key.deactivated_at] |
	some key in input.keys.service_keys
	lib.deactivated(key)
	key.id in keys_of_data
}

kmip_objects_out_of_use := {[item.id, item.deactivated_at] |
	some item in input.kmip.objects
	lib.kmip_deactivated(item)
	item.id in keys_of_data
}

keys_of_data := {dataset.key_id | some dataset in input.datasets.datasets}

# keys_fit_ciphers. Destroyed keys and keys that the domain does not have are the subject of other checks.

keys_with_material := {key.id | some key in input.keys.service_keys; lib.held(key)} | {item.id |
	some item in input.kmip.objects
	not lib.kmip_destroyed(item)
}

key_fits(dataset) if {
	encryptable(dataset)
	not shorter_than_cipher(dataset)
}

encryptable(dataset) if dataset.key_id in encrypting_keys

fit_problem(dataset) := "cannot_encrypt" if {
	not encryptable(dataset)
} else := "key_too_short"

shorter_than_cipher(dataset) if dataset.key_id in short_keys[cipher_bits[dataset.mode]]

encrypting_keys := {key.id |
	some key in input.keys.service_keys
	some operation in key.operations
	operation in {"encrypt", "wrapKey"}
} | {item.id |
	some item in input.kmip.objects
	item.type in {"SymmetricKey", "SecretData", "SplitKey"}
}

# The symmetric keys that are shorter than a cipher's strength, by that strength.
short_keys := {bits: ids |
	some bits in {cipher.strength_bits | some cipher in data.reference.data_ciphers}
	ids := {key.id | some key in input.keys.service_keys; key.type == "oct"; key.size < bits}
}

cipher_bits := {mode: data.reference.data_ciphers[lib.cipher_name(mode)].strength_bits |
	some mode in {dataset.mode | some dataset in input.datasets.datasets}
}

# classes_agree

matched_by_data(key) if key.id in keys_of_data_at_least[key.data_class]

keys_of_data_at_least := {class: ids |
	some class, rank in lib.class_ranks
	ids := {dataset.key_id |
		some dataset in input.datasets.datasets
		lib.class_ranks[dataset.classification] >= rank
	}
}

# authenticated

authenticated(dataset) if dataset.mode in allowed_modes[object.get(dataset, "storage", "data")]

mode_problem(dataset) := "mode_absent" if {
	lib.absent(dataset, ["mode"]) != []
} else := "mode_unknown" if {
	not known_mode(dataset)
} else := "mode_not_allowed"

known_mode(dataset) if lib.cipher_name(dataset.mode)

# Of the modes that datasets name, those that are allowed, by what is encrypted.
allowed_modes := {storage: allowed |
	some storage, names in modes_by_storage
	allowed := {mode |
		some mode in {dataset.mode | some dataset in input.datasets.datasets}
		lib.cipher_name(mode) in names
	}
}

modes_by_storage := {storage: names |
	some storage in {"data", "disk"}
	names := {name |
		some name, cipher in data.reference.data_ciphers
		name in data.params.encryption_modes
		storage in cipher.use
	}
}

# tenants_bound

bound(dataset) if dataset.multi_tenant == false

bound(dataset) if {
	dataset.multi_tenant == true
	dataset.context_bound == true
}

# integrity_checked, no_plaintext_keys

encrypted_datasets := [dataset | some dataset in input.datasets.datasets; dataset.encrypted == true]

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

sampled(check) if check.objects_sampled >= max([data.params.integrity_sample_min, count(encrypted_datasets)])

# no_plaintext_keys

search_fields := ["performed_on", "hosts_total", "hosts_searched", "found", "workloads"]

clean(search) if {
	nothing_found(search)
	searched_everywhere(search)
	host_in_each_place(search)
	searched_all_workloads(search)
	lib.within_days(search.performed_on, data.params.plaintext_key_search_max_age_days)
}

search_problem(search) := "incomplete" if {
	lib.absent(search, search_fields) != []
} else := "keys_found" if {
	not nothing_found(search)
} else := "hosts_left_out" if {
	not searched_everywhere(search)
} else := "hosts_too_few" if {
	not host_in_each_place(search)
} else := "workloads_left_out" if {
	not searched_all_workloads(search)
} else := "search_not_recent"

nothing_found(search) if search.found == 0

searched_everywhere(search) if {
	search.hosts_searched == search.hosts_total
	search.hosts_total > 0
}

# Several workloads may share a host, but no host is in two places.
host_in_each_place(search) if search.hosts_total >= count(places_of(search))

places_of(search) := {lib.place_name(workload.region) |
	some workload in input.location.workloads
	workload.id in workloads_of(search)
}

searched_all_workloads(search) if workloads_with_keys - workloads_of(search) == set()

workloads_of(search) := {workload | some workload in object.get(search, "workloads", [])}

workloads_with_keys := {dataset.workload | some dataset in encrypted_datasets}

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
