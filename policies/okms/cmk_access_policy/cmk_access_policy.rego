# METADATA
# title: Manage access and security policy for service users for CMK
# description: >-
#   Who may do what with keys and secrets is written narrowly, no identity both administers keys and uses them, and each
#   certificate stands for one workload, for a short time.
# custom:
#   duty: 3.1.2.3
package okms.cmk_access_policy

import data.lib

# METADATA
# title: Every policy is listed whole, with an owner
# description: The list is what the API counts, with all identities, actions and resources of each policy.
# custom:
#   severity: medium
#   evidence: [/iam/policies, /iam/policy_count]
#   source: ISO/IEC 27001:2022 A.5.15; CSA CCM v4 IAM-16
#   remediation: Export the policies whole, and name for each who answers for it.
#   controls: {iso_27001: ["5.15", "5.18"], ccm: [IAM-16], csf: [PR.AA-05], pci_dss: ["7.2.1"]}
#   conditions:
#     incomplete: "the policy {policy} does not state {absent}"
#     not_whole: >-
#       the policy {policy} lists {identities} of {identity_count} {identity_count|identity|identities}, {actions} of
#       {action_count} {action_count|action|actions} and {resources} of {resource_count}
#       {resource_count|resource|resources} that the API counts
#     policies_left_out: "{listed} {listed|policy is|policies are} listed, the API counts {counted}"
findings.policies_listed contains finding if {
	some i, policy in input.iam.policies
	not listed(policy)
	finding := {
		"condition": lib.problem(policy, policy_fields, "incomplete", "not_whole"),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, policy_fields),
		"values": {
			"policy": lib.label(policy),
			"absent": lib.absent(policy, policy_fields),
			"identities": count(object.get(policy, "identities", [])),
			"identity_count": lib.shown(policy, "identity_count"),
			"actions": count(object.get(policy, "allow", [])),
			"action_count": lib.shown(policy, "action_count"),
			"resources": count(object.get(policy, "resources", [])),
			"resource_count": lib.shown(policy, "resource_count"),
		},
	}
}

findings.policies_listed contains finding if {
	not all_policies
	finding := {
		"condition": "policies_left_out",
		"pointer": "/iam/policy_count",
		"values": {"listed": lib.listed(input.iam.policies, "id"), "counted": input.iam.policy_count},
		"related": ["/iam/policies"],
	}
}

# METADATA
# title: No policy allows everything, or on everything
# description: A wildcard gives rights that nobody decided, today's and tomorrow's.
# custom:
#   severity: critical
#   evidence: [/iam/policies]
#   source: PCI DSS 4.0.1 requirement 7.2.2; NIST SP 800-53 Rev. 5 AC-6
#   remediation: List the actions that are needed, on the key or at least the domain that they are needed for.
#   controls: {iso_27001: ["8.2", "8.3"], ccm: [IAM-05, IAM-16], csf: [PR.AA-05], pci_dss: ["7.2.2"]}
#   conditions:
#     incomplete: "the policy {policy} does not state {absent}"
#     not_narrow: "the policy {policy} allows {wide}, which {wide|reaches|reach} beyond listed actions on a domain"
findings.no_wildcards contains finding if {
	some i, policy in input.iam.policies
	not narrow(policy)
	finding := {
		"condition": lib.problem(policy, ["allow", "resources"], "incomplete", "not_narrow"),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow", "resources"]),
		"values": {
			"policy": lib.label(policy),
			"absent": lib.absent(policy, ["allow", "resources"]),
			"wide": array.concat(
				[action | some action in object.get(policy, "allow", []); not plain(action)],
				[resource | some resource in object.get(policy, "resources", []); not within_domain(resource)],
			),
		},
	}
}

# METADATA
# title: No identity both administers keys and uses them
# description: Who can make or destroy keys cannot read with them, and the other way round; theft takes two.
# custom:
#   severity: high
#   evidence: [/iam/policies]
#   source: NIST SP 800-53 Rev. 5 AC-5; CSA CCM v4 IAM-04
#   remediation: Split the rights between two identities held by different people or programs.
#   controls: {iso_27001: ["5.3", "8.2"], ccm: [IAM-04, CEK-02], csf: [PR.AA-05], pci_dss: ["7.2.1"]}
#   conditions:
#     both: "the identity {identity} may both administer keys and use them"
findings.duties_separated contains finding if {
	both != set()
	some i, policy in input.iam.policies
	some identity in policy.identities
	identity in both
	finding := {
		"condition": "both",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow"]),
		"values": {"identity": identity},
	}
}

# METADATA
# title: Every identity that may destroy keys is a person with a phishing-resistant second factor
# description: Destruction is for good; a program or a phished person must not be able to do it.
# custom:
#   severity: critical
#   evidence: [/iam/policies, /account/users]
#   params: [mfa_methods_privileged]
#   source: PCI DSS 4.0.1 requirement 8.4.1; NIST SP 800-53 Rev. 5 IA-2(1)
#   remediation: Take the right away from programs; enrol a security key for the person.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-04, IAM-14], csf: [PR.AA-03, PR.AA-05], pci_dss: ["8.4.1"]}
#   conditions:
#     not_a_user: >-
#       {identity} may deactivate or delete keys and is no user; expected is a person whose second factor is one of
#       {methods}
#     unknown_user: "{identity} may deactivate or delete keys, and the account lists no user with this login"
#     not_a_person: >-
#       {identity} may deactivate or delete keys and is listed as {kind}; expected is a person whose second factor is
#       one of {methods}
#     not_enabled: "{identity} may deactivate or delete keys and has the status {status}; expected is enabled"
#     weak_factor: >-
#       {identity} may deactivate or delete keys and has {mfa} as second factor; expected is one of {methods}
findings.destroyers_have_mfa contains finding if {
	some i, policy in input.iam.policies
	destroys(policy)
	some k, identity in policy.identities
	not strong_person(identity)
	user := user_of(identity)
	finding := {
		"condition": destroyer_problem(identity, user),
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {
			"identity": identity,
			"kind": lib.shown(user, "kind"),
			"status": lib.shown(user, "status"),
			"mfa": lib.shown(user, "mfa"),
			"methods": data.params.mfa_methods_privileged,
		},
	}
}

# METADATA
# title: Emergency policies end soon
# description: Rights for an emergency that never end are everyday rights.
# custom:
#   severity: medium
#   evidence: [/iam/policies]
#   params: [break_glass_max_days]
#   source: ISO/IEC 27001:2022 A.5.18; own judgement on the time
#   remediation: Give the policy an end, and renew it when it is reviewed.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-09], csf: [PR.AA-05]}
#   conditions:
#     unknown_use: "the policy {policy} does not state whether it is for emergencies"
#     no_end: "the policy {policy} is for emergencies and has no end"
#     ended: "the policy {policy} is for emergencies and ended at {expires_at}, but still exists"
#     ends_late: >-
#       the policy {policy} is for emergencies and ends at {expires_at}; expected is an end in the {days}
#       {days|day|days} after the assessment
findings.break_glass_ends contains finding if {
	some i, policy in input.iam.policies
	not ends(policy)
	finding := {
		"condition": break_glass_problem(policy),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["break_glass", "expires_at"]),
		"values": {
			"policy": lib.label(policy),
			"expires_at": lib.shown(policy, "expires_at"),
			"days": data.params.break_glass_max_days,
		},
	}
}

# METADATA
# title: The policies are reviewed by a person who owns none of them, and every decision is carried out
# description: Rights pile up; the owner who granted them sees no reason to take them back.
# custom:
#   severity: medium
#   evidence: [/iam/review, /iam/policies]
#   params: [policy_review_max_age_days]
#   source: PCI DSS 4.0.1 requirements 7.2.4 and 7.2.5.1
#   remediation: Have a person who owns none of the policies review them; remove the rights as decided.
#   controls: {iso_27001: ["5.18", "8.2"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.4"]}
#   conditions:
#     incomplete: "the review of the policies does not state {absent}"
#     review_not_recent: >-
#       the policies were last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before the
#       assessment
#     reviewed_by_owner: >-
#       the policies were reviewed by {reviewer}, who owns {owned} of them; expected is a person who owns none
#     removals_not_done: "the review decided {decided} {decided|removal|removals} of rights, {done} {done|is|are} done"
findings.policies_reviewed contains finding if {
	review := input.iam.review
	not reviewed(review)
	finding := {
		"condition": review_problem(review),
		"pointer": lib.place("/iam/review", review, review_fields),
		"values": {
			"absent": lib.absent(review, review_fields),
			"reviewed_on": lib.shown(review, "reviewed_on"),
			"days": data.params.policy_review_max_age_days,
			"reviewer": lib.shown(review, "reviewer"),
			"owned": count(owned_by(review)),
			"decided": lib.shown(review, "removals_decided"),
			"done": lib.shown(review, "removals_done"),
		},
		"related": owned_by(review),
	}
}

# METADATA
# title: Every certificate stands for one workload, never for root
# description: A shared certificate cannot be withdrawn from one; one for the root identity escapes every policy.
# custom:
#   severity: critical
#   evidence: [/credentials/certificates, /credentials/certificate_count, /location/workloads]
#   source: >-
#     OVHcloud documentation, OKMS certificate management (the root identity escapes IAM); PCI DSS 4.0.1 requirement
#     8.2.2
#   remediation: >-
#     Make a certificate for each workload with an identity of its own; revoke the shared ones and those of root.
#   controls: {iso_27001: ["5.16", "8.2"], ccm: [IAM-16], csf: [PR.AA-01], pci_dss: ["7.2.5"]}
#   conditions:
#     incomplete: "the certificate {certificate} does not state {absent}"
#     unknown_workload: >-
#       the certificate {certificate} is used by {workload}, which is not in the inventory of workloads
#     not_one_identity: "the certificate {certificate} stands for {identities}; expected is exactly one identity"
#     root_identity: "the certificate {certificate} stands for the root identity {identities}"
#     shared_identity: "the certificate {certificate} stands for {identities}, which another workload uses too"
#     certificates_left_out: "{listed} {listed|certificate is|certificates are} listed, the API counts {counted}"
findings.certificates_single contains finding if {
	some i, certificate in input.credentials.certificates
	not single(certificate)
	finding := {
		"condition": certificate_problem(certificate),
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, certificate_fields),
		"values": {
			"certificate": lib.label(certificate),
			"absent": lib.absent(certificate, certificate_fields),
			"workload": lib.shown(certificate, "workload"),
			"identities": lib.shown(certificate, "identity_urns"),
		},
	}
}

findings.certificates_single contains finding if {
	not all_certificates
	finding := {
		"condition": "certificates_left_out",
		"pointer": "/credentials/certificate_count",
		"values": {
			"listed": lib.listed(input.credentials.certificates, "id"),
			"counted": input.credentials.certificate_count,
		},
		"related": ["/credentials/certificates"],
	}
}

# METADATA
# title: Private keys of certificates never left their client
# description: >-
#   A certificate from a signing request has a private key that only its client ever had; the provider's certification
#   covers only those.
# custom:
#   severity: high
#   evidence: [/credentials/certificates, /credentials/source/artifact]
#   declared: true
#   source: OVHcloud documentation, OKMS certificate management (PCI DSS covers creation with a CSR only)
#   remediation: Make a key pair at the client, send the request, replace the certificate, revoke the old one.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-01], pci_dss: ["3.6.1.3"]}
#   conditions:
#     incomplete: "it is not stated whether the certificate {certificate} was made from a signing request"
#     made_elsewhere: "the certificate {certificate} was not made from a signing request of its client"
findings.certificates_from_csr contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not certificate.from_csr == true
	finding := {
		"condition": lib.problem(certificate, ["from_csr"], "incomplete", "made_elsewhere"),
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["from_csr"]),
		"values": {"certificate": lib.label(certificate)},
	}
}

# METADATA
# title: Certificates are short, and replaced before they end
# description: A short certificate limits theft; one that ends before it is replaced is an outage.
# custom:
#   severity: high
#   evidence: [/credentials/certificates]
#   params: [certificate_max_days_production, certificate_max_days_test, certificate_renewal_min_days]
#   source: OVHcloud documentation, OKMS certificate management; own judgement on the times
#   remediation: Replace the certificate now, for at most the allowed time; automate the renewal.
#   controls: {iso_27001: ["8.5", "5.17"], ccm: [IAM-14], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "the certificate {certificate} does not state {absent}"
#     made_in_future: "the certificate {certificate} was made at {created_at}, after the assessment"
#     ends_soon: >-
#       the certificate {certificate} ends at {expires_at}; expected are at least {days_left} {days_left|day|days} after
#       the assessment
#     valid_too_long: >-
#       the certificate {certificate} is valid from {created_at} to {expires_at}; expected are at most {days}
#       {days|day|days} in {environment}
findings.certificates_current contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not current(certificate)
	finding := {
		"condition": validity_problem(certificate),
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, validity_fields),
		"values": {
			"certificate": lib.label(certificate),
			"absent": lib.absent(certificate, validity_fields),
			"created_at": lib.shown(certificate, "created_at"),
			"expires_at": lib.shown(certificate, "expires_at"),
			"environment": lib.shown(certificate, "environment"),
			"days": object.get(validity, lib.shown(certificate, "environment"), data.params.certificate_max_days_production),
			"days_left": data.params.certificate_renewal_min_days,
		},
	}
}

# METADATA
# title: Certificates that nobody uses are revoked
# description: A certificate that nobody uses is missed by nobody when somebody else does.
# custom:
#   severity: medium
#   evidence: [/credentials/certificates]
#   params: [certificate_unused_max_days]
#   source: own judgement
#   remediation: Revoke the certificate.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-16], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "it is not stated when the certificate {certificate} was last used"
#     unused: >-
#       the certificate {certificate} was last used at {last_used_at}; expected is a use in the {days} {days|day|days}
#       before the assessment
findings.certificates_used contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not used(certificate)
	finding := {
		"condition": lib.problem(certificate, ["last_used_at"], "incomplete", "unused"),
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["last_used_at"]),
		"values": {
			"certificate": lib.label(certificate),
			"last_used_at": lib.shown(certificate, "last_used_at"),
			"days": data.params.certificate_unused_max_days,
		},
	}
}

# policies_listed

policy_fields := [
	"id", "owner", "identity_kind", "identities", "identity_count", "allow", "action_count", "resources", "resource_count",
]

listed(policy) if {
	policy.id != ""
	policy.owner != ""
	policy.identity_kind != ""
	policy.identity_count == count(policy.identities)
	policy.action_count == count(policy.allow)
	policy.resource_count == count(policy.resources)
}

all_policies if lib.complete(input.iam.policies, "id", input.iam.policy_count)

# no_wildcards

narrow(policy) if {
	every action in policy.allow {
		plain(action)
	}
	every resource in policy.resources {
		within_domain(resource)
	}
	count(policy.allow) > 0
	count(policy.resources) > 0
}

plain(action) if {
	action != ""
	not contains(action, "*")
}

within_domain(resource) if regex.match(`^urn:v1:[a-z]+:resource:[a-z]+:[0-9A-Za-z-]+`, resource)

# duties_separated

both := administering & using

administering contains identity if {
	some policy in input.iam.policies
	some action in policy.allow
	regex.match(`serviceKey/(create|import|update|delete|activate|deactivate)$`, action)
	some identity in policy.identities
}

using contains identity if {
	some policy in input.iam.policies
	some action in policy.allow
	regex.match(`serviceKey/(encrypt|decrypt|sign|dataKey/create|dataKey/decrypt)$`, action)
	some identity in policy.identities
}

# destroyers_have_mfa

destroys(policy) if {
	some action in policy.allow
	regex.match(`serviceKey/(delete|deactivate)$`, action)
}

strong_person(identity) if {
	is_user(identity)
	parts := split(identity, "/")
	some i, _ in parts
	i > 0
	concat("/", array.slice(parts, i, count(parts))) in strong_logins
}

is_user(identity) if contains(identity, ":identity:user:")

strong_logins contains user.login if {
	some user in input.account.users
	person(user)
	enabled(user)
	user.mfa in data.params.mfa_methods_privileged
}

person(user) if user.kind == "human"

enabled(user) if user.status == "enabled"

destroyer_problem(identity, user) := "not_a_user" if {
	not is_user(identity)
} else := "unknown_user" if {
	user == {}
} else := "not_a_person" if {
	not person(user)
} else := "not_enabled" if {
	not enabled(user)
} else := "weak_factor"

# The user whose login the identity ends in; an empty one where the account has none.
user_of(identity) := accounts[0] if {
	accounts := [user |
		some user in input.account.users
		endswith(identity, concat("", ["/", user.login]))
	]
	accounts != []
} else := {}

# break_glass_ends

ends(policy) if policy.break_glass == false

ends(policy) if {
	policy.break_glass == true
	ahead(policy)
	lib.ns(policy.expires_at) <= lib.days_ahead(data.params.break_glass_max_days)
}

ahead(policy) if lib.ahead(policy.expires_at)

break_glass_problem(policy) := "unknown_use" if {
	lib.absent(policy, ["break_glass"]) != []
} else := "no_end" if {
	lib.absent(policy, ["expires_at"]) != []
} else := "ended" if {
	not ahead(policy)
} else := "ends_late"

# policies_reviewed

review_fields := ["reviewed_on", "reviewer", "removals_decided", "removals_done"]

reviewed(review) if {
	recent(review)
	review.reviewer != ""
	owners := {lower(policy.owner) | some policy in input.iam.policies}
	reviewer := lower(review.reviewer)
	not reviewer in owners
	review.removals_done == review.removals_decided
}

recent(review) if lib.within_days(review.reviewed_on, data.params.policy_review_max_age_days)

review_problem(review) := "incomplete" if {
	lib.absent(review, review_fields) != []
} else := "review_not_recent" if {
	not recent(review)
} else := "reviewed_by_owner" if {
	owned_by(review) != []
} else := "removals_not_done"

owned_by(review) := [sprintf("/iam/policies/%d", [i]) |
	some i, policy in input.iam.policies
	lower(policy.owner) == lower(review.reviewer)
]

# certificates_single

certificate_fields := ["id", "identity_urns", "workload"]

workloads contains workload.id if some workload in input.location.workloads

single(certificate) if {
	certificate.id != ""
	known_workload(certificate)
	[identity] := certificate.identity_urns
	identity != ""
	not root(identity)
	not identity in of_several
}

known_workload(certificate) if certificate.workload in workloads

root(identity) if contains(identity, ":identity:account:")

certificate_problem(certificate) := "incomplete" if {
	lib.absent(certificate, certificate_fields) != []
} else := "unknown_workload" if {
	not known_workload(certificate)
} else := "not_one_identity" if {
	count(certificate.identity_urns) != 1
} else := "root_identity" if {
	root(certificate.identity_urns[0])
} else := "shared_identity"

of_several contains holding[0] if {
	some i, holding in holdings
	holding[0] == holdings[i + 1][0]
}

# Sorted, so that the workloads of one identity stand together.
holdings := sort({[identity, certificate.workload] |
	some certificate in input.credentials.certificates
	some identity in certificate.identity_urns
})

all_certificates if lib.complete(input.credentials.certificates, "id", input.credentials.certificate_count)

# certificates_from_csr, certificates_current, certificates_used

revoked(certificate) if lib.past(certificate.revoked_at)

# certificates_current

validity_fields := ["environment", "created_at", "expires_at"]

validity := {
	"production": data.params.certificate_max_days_production,
	"test": data.params.certificate_max_days_test,
}

current(certificate) if {
	made(certificate)
	expiry := lib.ns(certificate.expires_at)
	expiry - lib.ns(certificate.created_at) <= lib.days_ns(validity[certificate.environment])
	expiry >= lib.days_ahead(data.params.certificate_renewal_min_days)
}

made(certificate) if lib.past(certificate.created_at)

lasts(certificate) if lib.ns(certificate.expires_at) >= lib.days_ahead(data.params.certificate_renewal_min_days)

validity_problem(certificate) := "incomplete" if {
	lib.absent(certificate, validity_fields) != []
} else := "made_in_future" if {
	not made(certificate)
} else := "ends_soon" if {
	not lasts(certificate)
} else := "valid_too_long"

# certificates_used

used(certificate) if lib.within_days(certificate.last_used_at, data.params.certificate_unused_max_days)
