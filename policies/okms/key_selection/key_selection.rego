# METADATA
# title: Choose key type and size adapted to the need
# description: >-
#   Each key is strong enough for as long as what it protects must stay protected, serves one purpose, and was chosen
#   for a reason that is reviewed.
# custom:
#   duty: 2.3.1
package okms.key_selection

import data.lib

# METADATA
# title: Every key is strong enough for as long as it must protect
# description: Type and size give the strength; how long the data must stay protected says how much of it is needed.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /datasets/dataset_count]
#   params:
#     - symmetric_min_bits
#     - symmetric_long_term_min_bits
#     - symmetric_long_term_year
#     - rsa_min_bits
#     - rsa_legacy_min_bits
#     - rsa_legacy_last_year
#     - elliptic_curves
#     - key_protection_max_years
#   source: >-
#     NIST SP 800-57 Part 1 Rev. 5 Tables 2 and 4; ANSSI, RGS B1; ECRYPT-CSA D5.4 (long-term protection is at most 50
#     years)
#   remediation: Create a key of sufficient size, and encrypt or sign anew what the weak one protects.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["3.7.1"]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     too_short: >-
#       the {type} key {key} has {size} bits; expected are at least {bits} for protection until {protect_until}
#     beyond_forecast: >-
#       the key {key} must protect until {protect_until}; expected is a date at most {years} {years|year|years} after
#       the assessment or the retention of its data, because no recommendation covers more
#     curve_not_allowed: "the key {key} is on the curve {curve}; allowed {curves|is|are} {curves}"
findings.strength_sufficient contains finding if {
	some i, key in living
	not strong(key)
	finding := {
		"condition": strength_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, strength_fields(key)),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, strength_fields(key)),
			"type": lib.shown(key, "type"),
			"size": lib.shown(key, "size"),
			"bits": least_bits(key),
			"protect_until": lib.shown(key, "protect_until"),
			"curve": lib.shown(key, "curve"),
			"curves": data.params.elliptic_curves,
			"years": data.params.key_protection_max_years,
		},
	}
}

# METADATA
# title: Every key serves one purpose
# description: A key that both encrypts and wraps, or signs and encrypts, weakens each use by the other.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   source: >-
#     NIST SP 800-57 Part 1 Rev. 5 §5.2; OVHcloud documentation, OKMS usage and BYOK (operations by type; of an imported
#     public key, wrapKey or verify alone)
#   remediation: Create a key for each purpose, with the operations of that purpose only.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-11], csf: [PR.DS-01]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     type_unfit: "the key {key} is of the type {type}; expected for {purpose} is one of {types}"
#     operations_differ: >-
#       the operations of the key {key} are {operations}; expected for {purpose} are exactly {expected}
findings.single_purpose contains finding if {
	some i, key in living
	not single_purpose(key)
	finding := {
		"condition": purpose_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, purpose_fields),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, purpose_fields),
			"type": lib.shown(key, "type"),
			"types": sort(object.get(types, lib.shown(key, "purpose"), [])),
			"purpose": lib.shown(key, "purpose"),
			"operations": lib.shown(key, "operations"),
			"expected": sort(expected_uses(key)),
		},
	}
}

# METADATA
# title: For every key it is written down what it protects and why it was chosen
# description: A size without the class of the data and a reason cannot be checked, only repeated.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   source: PCI DSS 4.0.1 requirement 12.3.3; CSA CCM v4 CEK-04
#   remediation: Record the highest class of data, and the rule or reason the key was chosen by.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["12.3.3"]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
findings.choice_documented contains finding if {
	some i, key in living
	not documented(key)
	finding := {
		"condition": "incomplete",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["data_class", "rationale"]),
		"values": {"key": lib.label(key), "absent": lib.absent(key, ["data_class", "rationale"])},
	}
}

# METADATA
# title: Long-lived RSA and EC keys are in the post-quantum plan
# description: >-
#   A signature or an exchanged key of today that must last beyond the horizon needs a way to other algorithms.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   params: [pqc_plan_year]
#   source: NIST IR 8547 (initial public draft)
#   remediation: Add the key to the plan for the move to post-quantum algorithms, and name the entry.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-05], csf: [PR.DS-01], pci_dss: ["12.3.3"]}
#   conditions:
#     end_unknown: >-
#       the {type} key {key} does not state until when it must protect, and names no entry of the plan for the move to
#       post-quantum algorithms
#     no_plan: >-
#       the {type} key {key} must protect until {protect_until}, later than {year}, and names no entry of the plan for
#       the move to post-quantum algorithms
findings.pqc_planned contains finding if {
	some i, key in living
	key.type in {"RSA", "EC"}
	not ends_before_pqc(key)
	not pqc_planned(key)
	finding := {
		"condition": lib.problem(key, ["protect_until"], "end_unknown", "no_plan"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["protect_until", "pqc_plan"]),
		"values": {
			"key": lib.label(key),
			"type": key.type,
			"protect_until": lib.shown(key, "protect_until"),
			"year": data.params.pqc_plan_year,
		},
	}
}

# METADATA
# title: The ciphers and sizes in use are reviewed every year
# description: Strength decays; another person than the owner of the key standard looks at what is in use.
# custom:
#   severity: medium
#   evidence: [/key_selection/source]
#   params: [key_selection_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 12.3.3
#   remediation: Let another person than its owner review the standard against current guidance.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["12.3.3"]}
#   conditions:
#     incomplete: "the key standard does not state {absent}"
#     reviewed_by_owner: >-
#       the key standard was reviewed by {reviewer}, its owner; expected is a review by another person
#     review_not_recent: >-
#       the key standard was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before
#       the assessment
findings.reviewed contains finding if {
	standard := input.key_selection
	not reviewed(standard)
	finding := {
		"condition": review_problem(standard),
		"pointer": lib.place("/key_selection", standard, review_fields),
		"values": {
			"absent": lib.absent(standard, review_fields),
			"reviewer": lib.shown(standard, "reviewer"),
			"reviewed_on": lib.shown(standard, "reviewed_on"),
			"days": data.params.key_selection_review_max_age_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section key selection, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/key_selection]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["key_selection"])
}

# all checks about keys: destroyed keys protect nothing

living := {i: key |
	some i, key in input.keys.service_keys
	not lib.destroyed(key)
}

last_year(key) := to_number(substring(key.protect_until, 0, 4))

# strength_sufficient

strength_fields(key) := ["type", "curve", "protect_until"] if {
	key.type == "EC"
} else := ["type", "size", "protect_until"]

strong(key) if {
	key.type in {"oct", "RSA"}
	foreseeable(key)
	key.size >= least_bits(key)
}

strong(key) if {
	key.type == "EC"
	key.curve in data.params.elliptic_curves
	foreseeable(key)
}

# Data that is kept for longer than any forecast says so in its retention.
foreseeable(key) if lib.year_reached(last_year(key) - data.params.key_protection_max_years)

foreseeable(key) if last_year(key) <= retained_until[key.id] + data.params.key_protection_max_years

retained_until := lib.greatest({[dataset.key_id, to_number(substring(dataset.retention_until, 0, 4))] |
	some dataset in input.datasets.datasets
})

strength_problem(key) := "incomplete" if {
	lib.absent(key, strength_fields(key)) != []
} else := "beyond_forecast" if {
	not foreseeable(key)
} else := "curve_not_allowed" if {
	key.type == "EC"
} else := "too_short"

least_bits(key) := data.params.symmetric_min_bits if {
	key.type == "oct"
	last_year(key) <= data.params.symmetric_long_term_year
} else := data.params.symmetric_long_term_min_bits if {
	key.type == "oct"
} else := min([data.params.rsa_legacy_min_bits, data.params.rsa_min_bits]) if {
	last_year(key) <= data.params.rsa_legacy_last_year
} else := data.params.rsa_min_bits

# single_purpose

purpose_fields := ["type", "operations", "purpose"]

single_purpose(key) if {
	type_fits(key)
	operations := {operation | some operation in key.operations}
	operations == expected_uses(key)
}

# A public key alone can only wrap and verify.
expected_uses(key) := object.get(public_uses, lib.shown(key, "purpose"), set()) if {
	key.class == "public_key"
} else := object.get(uses, lib.shown(key, "purpose"), set())

purpose_problem(key) := "incomplete" if {
	lib.absent(key, purpose_fields) != []
} else := "type_unfit" if {
	not type_fits(key)
} else := "operations_differ"

type_fits(key) if key.type in types[key.purpose]

uses := {
	"data_encryption": {"encrypt", "decrypt"},
	"key_wrapping": {"wrapKey", "unwrapKey"},
	"master": {"wrapKey", "unwrapKey"},
	"signature": {"sign", "verify"},
	"authentication": {"sign", "verify"},
}

public_uses := {
	"key_wrapping": {"wrapKey"},
	"signature": {"verify"},
	"authentication": {"verify"},
}

# OKMS lets oct keys encrypt and wrap, RSA keys wrap and sign, EC keys sign.
types := {
	"data_encryption": {"oct"},
	"key_wrapping": {"oct", "RSA"},
	"master": {"oct"},
	"signature": {"RSA", "EC"},
	"authentication": {"RSA", "EC"},
}

# choice_documented

documented(key) if {
	key.data_class != ""
	key.rationale != ""
}

# pqc_planned

ends_before_pqc(key) if last_year(key) <= data.params.pqc_plan_year

pqc_planned(key) if key.pqc_plan != ""

# reviewed

review_fields := ["standard_owner", "reviewer", "reviewed_on"]

reviewed(standard) if {
	reviewed_by_another(standard)
	lib.within_days(standard.reviewed_on, data.params.key_selection_review_max_age_days)
}

review_problem(standard) := "incomplete" if {
	lib.absent(standard, review_fields) != []
} else := "reviewed_by_owner" if {
	not reviewed_by_another(standard)
} else := "review_not_recent"

reviewed_by_another(standard) if lib.distinct(standard.standard_owner, standard.reviewer)
