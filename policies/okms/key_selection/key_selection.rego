# METADATA
# title: Choose key type and size adapted to the need
# description: >-
#   Each key is strong enough for as long as what it protects must stay protected, serves one purpose, and was chosen for
#   a reason that somebody reviews.
# custom:
#   duty: 2.3.1
package okms.key_selection

import data.lib

# METADATA
# title: Every key is strong enough for as long as it must protect
# description: Type and size give the strength; how long the data must stay protected says how much of it is needed.
# custom:
#   severity: high
#   evidence: [/keys/service_keys]
#   params: [symmetric_min_bits, symmetric_long_term_min_bits, symmetric_long_term_year, rsa_min_bits, rsa_legacy_min_bits, rsa_legacy_last_year, elliptic_curves]
#   source: NIST SP 800-57 Part 1 Rev. 5 Tables 2 and 4; ANSSI, RGS B1
#   remediation: Make a key of sufficient size, and encrypt or sign anew what the weak one protects.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["3.7.1"]}
#   conditions:
#     not_strength_sufficient: "{key} ({type} {value}) is too weak, or of no known size, for protection until {protect_until}"
findings.strength_sufficient contains finding if {
	some i, key in living
	not strong(key)
	finding := {
		"condition": "not_strength_sufficient",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, needed(key)),
		"values": {"key": lib.label(key), "type": lib.shown(key, "type"), "value": size_text(key), "protect_until": lib.shown(key, "protect_until")},
	}
}

living := {i: key |
	some i, key in input.keys.service_keys
	not gone(key)
}

gone(key) if key.state in {"destroyed", "destroyed_compromised"}

needed(key) := ["type", "curve", "protect_until"] if {
	key.type == "EC"
} else := ["type", "size", "protect_until"]

size_text(key) := sprintf("%v", [object.get(key, "curve", object.get(key, "size", "unknown"))])

last_year(key) := to_number(substring(key.protect_until, 0, 4))

strong(key) if {
	key.type == "oct"
	key.size >= data.params.symmetric_min_bits
	last_year(key) <= data.params.symmetric_long_term_year
}

strong(key) if {
	key.type == "oct"
	key.size >= data.params.symmetric_long_term_min_bits
	last_year(key) > data.params.symmetric_long_term_year
}

strong(key) if {
	key.type == "RSA"
	key.size >= data.params.rsa_min_bits
	last_year(key)
}

strong(key) if {
	key.type == "RSA"
	key.size >= data.params.rsa_legacy_min_bits
	last_year(key) <= data.params.rsa_legacy_last_year
}

strong(key) if {
	key.type == "EC"
	key.curve in data.params.elliptic_curves
	last_year(key)
}

# METADATA
# title: Every key serves one purpose
# description: A key that both encrypts and wraps, or signs and encrypts, weakens each use by the other.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   source: NIST SP 800-57 Part 1 Rev. 5 §5.2; OVHcloud documentation, OKMS usage (operations by type)
#   remediation: Make a key for each purpose, with the operations of that purpose only.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01]}
#   conditions:
#     not_single_purpose: "the type or the operations of {key} are not those of its purpose, {purpose}"
findings.single_purpose contains finding if {
	some i, key in living
	not single_purpose(key)
	finding := {
		"condition": "not_single_purpose",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["type", "operations", "purpose"]),
		"values": {"key": lib.label(key), "purpose": lib.shown(key, "purpose")},
	}
}

uses := {
	"data_encryption": {"encrypt", "decrypt"},
	"key_wrapping": {"wrapKey", "unwrapKey"},
	"master": {"wrapKey", "unwrapKey"},
	"signature": {"sign", "verify"},
	"authentication": {"sign", "verify"},
}

# OKMS lets oct keys encrypt and wrap, RSA and EC keys sign.
types := {
	"data_encryption": {"oct"},
	"key_wrapping": {"oct"},
	"master": {"oct"},
	"signature": {"RSA", "EC"},
	"authentication": {"RSA", "EC"},
}

single_purpose(key) if {
	key.type in types[key.purpose]
	operations := {operation | some operation in key.operations}
	operations == uses[key.purpose]
}

# METADATA
# title: For every key it is written down what it protects and why it was chosen
# description: A size without the class of the data and a reason cannot be judged, only repeated.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   source: PCI DSS 4.0.1 requirement 12.3.3; CSA CCM v4 CEK-04
#   remediation: Record the highest class of data, and the rule or reason the key was chosen by.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["12.3.3"]}
#   conditions:
#     not_choice_documented: "{key} has no class of data or no reason for its type and size"
findings.choice_documented contains finding if {
	some i, key in living
	not documented(key)
	finding := {
		"condition": "not_choice_documented",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["data_class", "rationale"]),
		"values": {"key": lib.label(key)},
	}
}

documented(key) if {
	key.data_class != ""
	key.rationale != ""
}

# METADATA
# title: Long-lived RSA and EC keys are in the post-quantum plan
# description: What is signed or exchanged today and must hold beyond the horizon needs a way to other algorithms.
# custom:
#   severity: low
#   evidence: [/keys/service_keys]
#   params: [pqc_plan_year]
#   source: NIST IR 8547 (initial public draft)
#   remediation: Add the key to the plan for the move to post-quantum algorithms, and name the entry.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01]}
#   conditions:
#     not_pqc_planned: "{key} protects beyond {pqc_plan_year}, or for no known time, and is in no plan"
findings.pqc_planned contains finding if {
	some i, key in living
	key.type in {"RSA", "EC"}
	not ends_before_pqc(key)
	not pqc_planned(key)
	finding := {
		"condition": "not_pqc_planned",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["protect_until", "pqc_plan"]),
		"values": {"key": lib.label(key), "pqc_plan_year": data.params.pqc_plan_year},
	}
}

ends_before_pqc(key) if last_year(key) <= data.params.pqc_plan_year

pqc_planned(key) if key.pqc_plan != ""

# METADATA
# title: The ciphers and sizes in use are reviewed every year
# description: Strength decays; somebody who did not choose looks at what is in use.
# custom:
#   severity: medium
#   evidence: [/key_selection/source]
#   params: [key_selection_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 12.3.3
#   remediation: Review the standard against current guidance, by somebody other than its owner.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-04], csf: [PR.DS-01], pci_dss: ["12.3.3"]}
#   conditions:
#     not_reviewed: "the key standard was not reviewed in the last {key_selection_review_max_age_days} days by somebody other than its owner"
findings.reviewed contains finding if {
	standard := input.key_selection
	not reviewed(standard)
	finding := {
		"condition": "not_reviewed",
		"pointer": lib.place("/key_selection", standard, ["standard_owner", "reviewer", "reviewed_on"]),
		"values": {"key_selection_review_max_age_days": data.params.key_selection_review_max_age_days},
	}
}

reviewed(standard) if {
	lib.distinct(standard.standard_owner, standard.reviewer)
	lib.within_days(standard.reviewed_on, data.params.key_selection_review_max_age_days)
}
