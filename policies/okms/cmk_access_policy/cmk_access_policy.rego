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
#     not_policies_listed: "{policy} needs an owner and all of its identities, actions and resources"
#     not_policies_listed_2: "the list of policies is not as long as the API says"
findings.policies_listed contains finding if {
	some i, policy in input.iam.policies
	not listed(policy)
	finding := {
		"condition": "not_policies_listed",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["id", "owner", "identity_kind", "identities", "identity_count", "allow", "action_count", "resources", "resource_count"]),
		"values": {"policy": lib.label(policy)},
	}
}

findings.policies_listed contains finding if {
	not all_policies
	finding := {"condition": "not_policies_listed_2", "pointer": "/iam/policy_count", "values": {}}
}

listed(policy) if {
	policy.id != ""
	policy.owner != ""
	policy.identity_kind != ""
	policy.identity_count == count(policy.identities)
	policy.action_count == count(policy.allow)
	policy.resource_count == count(policy.resources)
}

all_policies if input.iam.policy_count == count({policy.id | some policy in input.iam.policies})

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
#     not_no_wildcards: "{policy} allows actions with a wildcard, or resources beyond a domain"
findings.no_wildcards contains finding if {
	some i, policy in input.iam.policies
	not narrow(policy)
	finding := {
		"condition": "not_no_wildcards",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow", "resources"]),
		"values": {"policy": lib.label(policy)},
	}
}

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
#     not_duties_separated: "{identity} may both administer keys and use them"
findings.duties_separated contains finding if {
	both != set()
	some i, policy in input.iam.policies
	some identity in policy.identities
	identity in both
	finding := {
		"condition": "not_duties_separated",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow"]),
		"values": {"identity": identity},
	}
}

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
#     not_destroyers_have_mfa: "{identity} may deactivate or delete keys and is no enabled person with {mfa_methods_privileged}"
findings.destroyers_have_mfa contains finding if {
	some i, policy in input.iam.policies
	destroys(policy)
	some k, identity in policy.identities
	not strong_person(identity)
	finding := {
		"condition": "not_destroyers_have_mfa",
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {"identity": identity, "mfa_methods_privileged": concat(" or ", data.params.mfa_methods_privileged)},
	}
}

destroys(policy) if {
	some action in policy.allow
	regex.match(`serviceKey/(delete|deactivate)$`, action)
}

strong_person(identity) if {
	contains(identity, ":identity:user:")
	parts := split(identity, "/")
	some i, _ in parts
	i > 0
	concat("/", array.slice(parts, i, count(parts))) in strong_logins
}

strong_logins contains user.login if {
	some user in input.account.users
	user.kind == "human"
	user.status == "enabled"
	user.mfa in data.params.mfa_methods_privileged
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
#     not_break_glass_ends: "{policy} is for emergencies, or it is not known, and does not end within {break_glass_max_days} days"
findings.break_glass_ends contains finding if {
	some i, policy in input.iam.policies
	not ends(policy)
	finding := {
		"condition": "not_break_glass_ends",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["break_glass", "expires_at"]),
		"values": {"policy": lib.label(policy), "break_glass_max_days": data.params.break_glass_max_days},
	}
}

ends(policy) if policy.break_glass == false

ends(policy) if {
	policy.break_glass == true
	lib.ahead(policy.expires_at)
	lib.ns(policy.expires_at) <= lib.days_ahead(data.params.break_glass_max_days)
}

# METADATA
# title: The policies are reviewed by somebody who owns none, and what was decided is done
# description: Rights pile up; who granted them sees no reason to take them back.
# custom:
#   severity: medium
#   evidence: [/iam/review, /iam/policies]
#   params: [policy_review_max_age_days]
#   source: PCI DSS 4.0.1 requirements 7.2.4 and 7.2.5.1
#   remediation: Review the policies with somebody who owns none of them; take away what was decided.
#   controls: {iso_27001: ["5.18", "8.2"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.4"]}
#   conditions:
#     not_policies_reviewed: "the policies were not reviewed in the last {policy_review_max_age_days} days by somebody who owns none, or removals are not done"
findings.policies_reviewed contains finding if {
	review := input.iam.review
	not reviewed(review)
	finding := {
		"condition": "not_policies_reviewed",
		"pointer": lib.place("/iam/review", review, ["reviewed_on", "reviewer", "removals_decided", "removals_done"]),
		"values": {"policy_review_max_age_days": data.params.policy_review_max_age_days},
	}
}

reviewed(review) if {
	lib.within_days(review.reviewed_on, data.params.policy_review_max_age_days)
	review.reviewer != ""
	owners := {lower(policy.owner) | some policy in input.iam.policies}
	reviewer := lower(review.reviewer)
	not reviewer in owners
	review.removals_done == review.removals_decided
}

# METADATA
# title: Every certificate stands for one workload, never for root
# description: A shared certificate cannot be withdrawn from one; one for the root identity escapes every policy.
# custom:
#   severity: critical
#   evidence: [/credentials/certificates, /credentials/certificate_count, /location/workloads]
#   source: OVHcloud documentation, OKMS certificate management (the root identity escapes IAM); PCI DSS 4.0.1 requirement 8.2.2
#   remediation: Make a certificate for each workload with an identity of its own; revoke the shared ones and those of root.
#   controls: {iso_27001: ["5.16", "8.2"], ccm: [IAM-16], csf: [PR.AA-01], pci_dss: ["7.2.5"]}
#   conditions:
#     not_certificates_single: "{certificate} needs exactly one identity, not root and no other workload's, and a workload of the inventory"
#     not_certificates_single_2: "the list of certificates is not as long as the API says"
findings.certificates_single contains finding if {
	some i, certificate in input.credentials.certificates
	not single(certificate)
	finding := {
		"condition": "not_certificates_single",
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["id", "identity_urns", "workload"]),
		"values": {"certificate": lib.label(certificate)},
	}
}

findings.certificates_single contains finding if {
	not all_certificates
	finding := {"condition": "not_certificates_single_2", "pointer": "/credentials/certificate_count", "values": {}}
}

workloads contains workload.id if some workload in input.location.workloads

single(certificate) if {
	certificate.id != ""
	certificate.workload in workloads
	[identity] := certificate.identity_urns
	identity != ""
	not contains(identity, ":identity:account:")
	not identity in of_several
}

of_several contains holding[0] if {
	some i, holding in holdings
	holding[0] == holdings[i + 1][0]
}

# Sorted, so that the workloads of one identity stand together.
holdings := sort({[identity, certificate.workload] |
	some certificate in input.credentials.certificates
	some identity in certificate.identity_urns
})

all_certificates if input.credentials.certificate_count == count({certificate.id | some certificate in input.credentials.certificates})

# METADATA
# title: Private keys of certificates never left their client
# description: A certificate from a signing request has a private key that only its client ever had; the provider's certification covers only those.
# custom:
#   severity: high
#   evidence: [/credentials/certificates, /credentials/source/artifact]
#   declared: true
#   source: OVHcloud documentation, OKMS certificate management (PCI DSS covers creation with a CSR only)
#   remediation: Make a key pair at the client, send the request, replace the certificate, revoke the old one.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-01], pci_dss: ["3.6.1.3"]}
#   conditions:
#     not_certificates_from_csr: "{certificate} was not made from a signing request"
findings.certificates_from_csr contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not certificate.from_csr == true
	finding := {
		"condition": "not_certificates_from_csr",
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["from_csr"]),
		"values": {"certificate": lib.label(certificate)},
	}
}

revoked(certificate) if lib.past(certificate.revoked_at)

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
#     not_certificates_current: "{certificate} ends {expires_at}; wanted are at most {certificate_max_days_production} days of validity in production ({certificate_max_days_test} in test), and at least {certificate_renewal_min_days} days left"
findings.certificates_current contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not current(certificate)
	finding := {
		"condition": "not_certificates_current",
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["environment", "created_at", "expires_at"]),
		"values": {"certificate": lib.label(certificate), "expires_at": lib.shown(certificate, "expires_at"), "certificate_max_days_production": data.params.certificate_max_days_production, "certificate_max_days_test": data.params.certificate_max_days_test, "certificate_renewal_min_days": data.params.certificate_renewal_min_days},
	}
}

validity := {
	"production": data.params.certificate_max_days_production,
	"test": data.params.certificate_max_days_test,
}

current(certificate) if {
	lib.past(certificate.created_at)
	expiry := lib.ns(certificate.expires_at)
	expiry - lib.ns(certificate.created_at) <= lib.days_ns(validity[certificate.environment])
	expiry >= lib.days_ahead(data.params.certificate_renewal_min_days)
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
#     not_certificates_used: "{certificate} was not used in the last {certificate_unused_max_days} days"
findings.certificates_used contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not used(certificate)
	finding := {
		"condition": "not_certificates_used",
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["last_used_at"]),
		"values": {"certificate": lib.label(certificate), "certificate_unused_max_days": data.params.certificate_unused_max_days},
	}
}

used(certificate) if lib.within_days(certificate.last_used_at, data.params.certificate_unused_max_days)
