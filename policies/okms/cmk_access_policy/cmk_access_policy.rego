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
	not listed(i, policy)
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
# description: >-
#   A wildcard gives rights that nobody decided, today's and tomorrow's. The provider's own policies, which nobody can
#   change and which are for the account itself, are not the customer's to narrow.
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
	not narrow(i, policy)
	finding := {
		"condition": lib.problem(policy, ["allow", "resources"], "incomplete", "not_narrow"),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow", "resources"]),
		"values": {
			"policy": lib.label(policy),
			"absent": lib.absent(policy, ["allow", "resources"]),
			"wide": object.get(facts(i), "wide", object.get(policy, "allow", [])),
		},
	}
}

# METADATA
# title: Every action of a policy is known
# description: >-
#   An action that the table of the provider's actions does not have may do anything, and counts as the worst.
# custom:
#   severity: medium
#   evidence: [/iam/policies]
#   source: NIST SP 800-53 Rev. 5 AC-6; raci-check default, no external source (what is not known counts as the worst)
#   remediation: >-
#     Correct the name of the action, or take it away. Where the provider has added it, add it to the reference data
#     with the document that describes it.
#   controls: {iso_27001: ["5.18", "8.3"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.2"]}
#   conditions:
#     incomplete: "the policy {policy} does not state {absent}"
#     unknown_actions: >-
#       the policy {policy} allows {unknown}, which the table of the provider's actions does not have; {unknown|it
#       counts|they count} as giving any right
findings.actions_known contains finding if {
	some i, policy in input.iam.policies
	not understood(i, policy)
	finding := {
		"condition": lib.problem(policy, ["allow"], "incomplete", "unknown_actions"),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["allow"]),
		"values": {
			"policy": lib.label(policy),
			"absent": lib.absent(policy, ["allow"]),
			"unknown": object.get(facts(i), "unknown", object.get(policy, "allow", [])),
		},
	}
}

# METADATA
# title: Every resource of a policy is this domain's, and exists
# description: >-
#   A right on an object that is in no inventory is one on nothing, or on something that nobody knows. A policy that
#   reaches only another domain has no effect on this one.
# custom:
#   severity: high
#   evidence: [/iam/policies]
#   source: ISO/IEC 27001:2022 A.5.18; NIST SP 800-53 Rev. 5 AC-6
#   remediation: Name the objects of this domain that the policy is for; take away what no longer exists.
#   controls: {iso_27001: ["5.9", "5.18"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.1"]}
#   conditions:
#     incomplete: "the policy {policy} does not state {absent}"
#     elsewhere: "the policy {policy} reaches neither the domain nor its account: its resources are {resources}"
#     dangling: >-
#       the policy {policy} names {dangling}, which {dangling|is|are} in no inventory of this domain
findings.resources_known contains finding if {
	some i, policy in input.iam.policies
	not on_known_resources(i)
	finding := {
		"condition": resources_problem(i, policy),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["resources"]),
		"values": {
			"policy": lib.label(policy),
			"absent": lib.absent(policy, ["resources"]),
			"resources": lib.shown(policy, "resources"),
			"dangling": object.get(facts(i), "dangling", []),
		},
	}
}

# METADATA
# title: Every identity of a policy is a known person or program that is there
# description: >-
#   A policy for everybody, for the account itself, for a group whose members are not known, for a user who is disabled
#   or does not exist, or for a program without a credential gives rights to nobody in particular.
# custom:
#   severity: critical
#   evidence: [/iam/policies]
#   source: PCI DSS 4.0.1 requirements 7.2.2, 8.2.1 and 8.2.5; NIST SP 800-53 Rev. 5 AC-2
#   remediation: >-
#     Name users, service accounts, or groups with their members; take identities away that no longer exist. For a group
#     of an identity provider, record its rules.
#   controls: {iso_27001: ["5.16", "5.18"], ccm: [IAM-03, IAM-07], csf: [PR.AA-01, PR.AA-05], pci_dss: ["7.2.1",
#   "8.2.5"]}
#   conditions:
#     incomplete: "the policy {policy} does not state {absent}"
#     everybody: "the policy {policy} is for {identity}, which stands for everybody"
#     root: "the policy {policy} is for the account itself, {identity}, which no policy can limit"
#     unknown: "the policy {policy} is for {identity}, which is no URN of an identity"
#     foreign_account: "the policy {policy} is for {identity}, which is of another account than the others"
#     unknown_user: "the policy {policy} is for {identity}, and the account lists no such user"
#     disabled_user: "the policy {policy} is for {identity}, a user who is not enabled"
#     left: "the policy {policy} is for {identity}, and personnel says that this person left"
#     unknown_group: >-
#       the policy {policy} is for the group {identity}, which the account does not list: it counts as everybody
#     unknown_members: >-
#       the policy {policy} is for the group {identity}, whose members are not all listed as users of the account: it
#       counts as everybody
#     unenforced: >-
#       the policy {policy} is for the group {identity} of an identity provider, and nothing shows that the provider
#       asks for a second factor
#     no_credential: >-
#       the policy {policy} is for {identity}, which has neither a live certificate nor an API credential in the
#       inventories
#     kind_differs: "the policy {policy} is said to be for {identity_kind} identities, and its identities are not"
findings.identities_known contains finding if {
	some i, policy in input.iam.policies
	not policy.identities[0]
	finding := {
		"condition": "incomplete",
		"pointer": sprintf("/iam/policies/%d/identities", [i]),
		"values": {"policy": lib.label(policy), "absent": ["identities"]},
	}
}

findings.identities_known contains finding if {
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	not known_identity(i, k)
	finding := {
		"condition": object.get(identity_facts(i, k), "problem", "unknown"),
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {"policy": lib.label(policy), "identity": identity},
	}
}

findings.identities_known contains finding if {
	some i, policy in input.iam.policies
	not of_its_kind(i)
	finding := {
		"condition": lib.problem(policy, ["identity_kind"], "incomplete", "kind_differs"),
		"pointer": sprintf("/iam/policies/%d/identity_kind", [i]),
		"values": {
			"policy": lib.label(policy),
			"absent": ["identity_kind"],
			"identity_kind": lib.shown(policy, "identity_kind"),
		},
	}
}

# METADATA
# title: Rights that must be kept apart are with different identities
# description: >-
#   Using keys and reading secrets, administering them, taking keys out of the service, and giving rights are apart: no
#   person and no program has two of these, by whichever policies and logins. Theft then takes two. A person with any of
#   them does not end the recording of logs.
# custom:
#   severity: high
#   evidence: [/iam/policies]
#   source: NIST SP 800-53 Rev. 5 AC-5; CSA CCM v4 IAM-04
#   remediation: Split the rights between two identities held by different people or programs.
#   controls: {iso_27001: ["5.3", "8.2"], ccm: [IAM-04, IAM-09, CEK-02], csf: [PR.AA-05], pci_dss: ["7.2.1"]}
#   conditions:
#     both: "{holder} has rights that must be apart: {rights}"
#     not_prepared: "nothing says what the policies let whom do; make the input with raci-check bundle input"
findings.duties_separated contains finding if {
	some holder in input.permissions.holders
	not separate(holder)
	policies := sort({i | some i in holder.classes})
	finding := {
		"condition": "both",
		"pointer": sprintf("/iam/policies/%v", [policies[0]]),
		"values": {"holder": holder.name, "rights": sort(object.keys(holder.classes))},
		"related": [sprintf("/iam/policies/%v", [i]) | some i in policies],
	}
}

findings.duties_separated contains finding if {
	not input.permissions.holders
	finding := {"condition": "not_prepared", "pointer": "/iam/policies", "values": {}}
}

# METADATA
# title: >-
#   Every identity that may destroy or export keys, or give rights, is a person with a phishing-resistant second factor
# description: >-
#   Destruction is for good, an exported key is out of reach, and a right that somebody gives opens everything; a
#   program or a phished person must not be able to do it. A client of KMIP may fetch the objects that it works with.
# custom:
#   severity: critical
#   evidence: [/iam/policies]
#   params: [mfa_methods_privileged]
#   source: PCI DSS 4.0.1 requirement 8.4.1; NIST SP 800-53 Rev. 5 IA-2(1)
#   remediation: Take the right away from programs; enrol a security key for the person.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-14], csf: [PR.AA-03, PR.AA-05], pci_dss: ["8.4.1"]}
#   conditions:
#     not_a_person: >-
#       {identity} may {rights} by {actions} and is no known person; expected is a person whose second factor is one of
#       {methods}
#     weak_factor: >-
#       {identity} may {rights} by {actions} with the second factor {factors}; expected is one of {methods} (of a group
#       of the identity provider, what mfa_methods of the group says, or else those of the federation)
findings.destroyers_have_mfa contains finding if {
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	not harmless(i, k)
	not strong_person(i, k)
	finding := {
		"condition": power_problem(i, k),
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {
			"identity": identity,
			"rights": powers(i, k),
			"actions": sort({action | some class in powers(i, k); some action in facts(i).powers[class]}),
			"factors": object.get(identity_facts(i, k), "factors", []),
			"methods": data.params.mfa_methods_privileged,
		},
	}
}

# METADATA
# title: Keys are used by their workloads and by nobody else
# description: >-
#   The way leads from a policy to an enabled user or a live credential, from there to a workload, and from the workload
#   to its data and keys. A key that was used, and that none of its workloads may use, was used by somebody that the
#   evidence leaves out. Any other program that may use it opens data that is none of its business; people use keys in
#   an emergency only, or keys that no program uses.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /iam/policies]
#   source: ISO/IEC 27001:2022 A.5.15; NIST SP 800-53 Rev. 5 AC-3 and AC-6
#   remediation: >-
#     Find out in the logs who used the key, and list the policy and the credential; or take the access away. Where
#     other workloads than those that store the data rightly use the key, name them all in the workloads of the key.
#   controls: {iso_27001: ["5.15", "5.18"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.1"]}
#   conditions:
#     nobody_may: >-
#       the key {key} was used at {last_used_at}, and no policy lets a person or a program with a live credential use it
#       whose business it is
#     workload_may_not: >-
#       the key {key} is in use and is for the workload {workload}, which stores data under it or is named by it; no
#       policy lets that workload use the key in everyday work
#     other_program: >-
#       {identity} may use {key} by the policy {policy}; that is for other workloads, or not known to be for several
#     person_uses: >-
#       {identity} may use {key} by the policy {policy}, which is for people and not for emergencies
#     client_may_not: "the KMIP client of /kmip/clients/{client} has objects, and no policy lets its workload use any"
findings.keys_permitted contains finding if {
	some i, key in input.keys.service_keys
	not lib.retired(key)
	key.last_used_at
	not usable(key)
	finding := {
		"condition": "nobody_may",
		"pointer": sprintf("/keys/service_keys/%d", [i]),
		"values": {"key": lib.label(key), "last_used_at": lib.shown(key, "last_used_at")},
	}
}

findings.keys_permitted contains finding if {
	some without in input.permissions.keys_without
	i := without.key
	finding := {
		"condition": "workload_may_not",
		"pointer": sprintf("/keys/service_keys/%v", [i]),
		"values": {"key": lib.label(input.keys.service_keys[i]), "workload": without.workload},
	}
}

findings.keys_permitted contains finding if {
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	not uses_its_own(i, k, policy)
	finding := {
		"condition": use_problem(i, k),
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {
			"identity": identity,
			"key": object.get(identity_facts(i, k), "uses_other", "unknown"),
			"policy": lib.label(policy),
		},
	}
}

findings.keys_permitted contains finding if {
	some i in input.permissions.kmip_clients_without
	finding := {
		"condition": "client_may_not",
		"pointer": sprintf("/kmip/clients/%v", [i]),
		"values": {"client": i},
	}
}

# METADATA
# title: Secrets are read by their consumers and by nobody else
# description: >-
#   Each consumer has a policy that lets it read the secret; no other program has one, and people have one in an
#   emergency only.
# custom:
#   severity: high
#   evidence: [/secrets/secrets, /iam/policies, /secrets/secret_count]
#   population: {list: /secrets/secrets, count: /secrets/secret_count}
#   source: PCI DSS 4.0.1 requirement 7.2.5; NIST SP 800-53 Rev. 5 AC-6
#   remediation: Give each consumer a policy for its own secrets, and take other rights to read them away.
#   controls: {iso_27001: ["5.17", "8.3"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.5"]}
#   conditions:
#     no_reader: "{consumer} consumes the secret {secret}, and no policy lets it read it"
#     other_reader: "{identity} may read {secret} by the policy {policy} and is no consumer of it"
#     person_reads: "{identity} may read secrets by the policy {policy}, which is for people and not for emergencies"
findings.secrets_read_by_consumers contains finding if {
	some i, secret in input.secrets.secrets
	some k, consumer in secret.consumers
	not reads(i, consumer)
	finding := {
		"condition": "no_reader",
		"pointer": sprintf("/secrets/secrets/%d/consumers/%d", [i, k]),
		"values": {"consumer": consumer, "secret": lib.label(secret)},
	}
}

findings.secrets_read_by_consumers contains finding if {
	some i, policy in input.iam.policies
	facts(i).reads_secrets
	some k, identity in policy.identities
	not reads_its_own(i, k, policy)
	finding := {
		"condition": reading_problem(i, k),
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {
			"identity": identity,
			"secret": object.get(identity_facts(i, k), "reads_other", "unknown"),
			"policy": lib.label(policy),
		},
	}
}

# METADATA
# title: What is for tests uses neither production keys nor production secrets, and production uses no test keys
# description: >-
#   A test system is less guarded than what it tests; its credentials open test keys and secrets only, and these protect
#   nothing of production. A secret that a program in production reads too is none for tests.
# custom:
#   severity: high
#   evidence: [/iam/policies, /keys/service_keys, /credentials/certificate_count]
#   source: ISO/IEC 27001:2022 A.8.31; PCI DSS 4.0.1 requirement 6.5.3
#   remediation: Give the test keys and secrets of its own, and take the right on others away.
#   controls: {iso_27001: ["8.31"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["6.5.3"]}
#   conditions:
#     production_keys: >-
#       {identity} stands for a test and may use {keys} by the policy {policy}; expected are keys whose environment is
#       test
#     production_secret: >-
#       {identity} stands for a test and may read {secret} by the policy {policy}; a program in production reads it too
#     test_keys: >-
#       {identity} has a certificate for production and may use {keys} by the policy {policy}, whose environment is
#       test; expected are keys for production
findings.environments_apart contains finding if {
	production_keys != set()
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	identity_facts(i, k).test
	not uses_test_keys(i)
	finding := {
		"condition": "production_keys",
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {"identity": identity, "keys": used_keys(i), "policy": lib.label(policy)},
	}
}

findings.environments_apart contains finding if {
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	secret := input.permissions.policies[i].identities[k].test_reads
	secret != ""
	finding := {
		"condition": "production_secret",
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {"identity": identity, "secret": secret, "policy": lib.label(policy)},
	}
}

findings.environments_apart contains finding if {
	keys_for_tests != set()
	some i, policy in input.iam.policies
	some k, identity in policy.identities
	lower(identity) in production_identities
	keys := [id | some id in facts(i).keys; id in keys_for_tests]
	keys != []
	finding := {
		"condition": "test_keys",
		"pointer": sprintf("/iam/policies/%d/identities/%d", [i, k]),
		"values": {"identity": identity, "keys": keys, "policy": lib.label(policy)},
	}
}

# METADATA
# title: Every live certificate has a policy
# description: >-
#   A certificate whose identity no policy names opens nothing, or opens it by a policy that the evidence leaves out.
# custom:
#   severity: high
#   evidence: [/credentials/certificates, /iam/policies, /credentials/certificate_count]
#   population: {list: /credentials/certificates, count: /credentials/certificate_count}
#   source: ISO/IEC 27001:2022 A.5.18; PCI DSS 4.0.1 requirement 7.2.5
#   remediation: List the policy that the certificate is for, or revoke the certificate.
#   controls: {iso_27001: ["5.16", "5.18"], ccm: [IAM-05], csf: [PR.AA-05], pci_dss: ["7.2.5"]}
#   conditions:
#     incomplete: "the certificate {certificate} does not state {absent}"
#     no_policy: "the certificate {certificate} is live, and no policy that has not ended names {identities}"
findings.certificates_permitted contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not permitted(i)
	finding := {
		"condition": lib.problem(certificate, ["identity_urns"], "incomplete", "no_policy"),
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, ["identity_urns"]),
		"values": {
			"certificate": lib.label(certificate),
			"absent": ["identity_urns"],
			"identities": lib.shown(certificate, "identity_urns"),
		},
	}
}

# METADATA
# title: Emergency policies end soon, and let nobody destroy for good
# description: >-
#   Rights for an emergency that never end are everyday rights. An emergency calls for stopping the use of a key, never
#   for deleting it, or the domain.
# custom:
#   severity: medium
#   evidence: [/iam/policies]
#   params: [break_glass_max_days]
#   source: ISO/IEC 27001:2022 A.5.18; raci-check default, no external source
#   remediation: >-
#     Give the policy an end, and renew it when it is reviewed. Leave out deletion; deactivate keys instead.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-10], csf: [PR.AA-05]}
#   conditions:
#     unknown_use: "the policy {policy} does not state whether it is for emergencies"
#     no_end: "the policy {policy} is for emergencies and has no end"
#     ended: >-
#       the policy {policy} is for emergencies and ended at {expires_at}, but still exists; expected is that it is
#       removed in the {days} {days|day|days} after its end
#     ends_late: >-
#       the policy {policy} is for emergencies and ends at {expires_at}; expected is an end in the {days}
#       {days|day|days} after the assessment
#     destroys: >-
#       the policy {policy} is for emergencies and allows {destroys}, which cannot be undone; an emergency calls for
#       stopping the use of keys
findings.break_glass_ends contains finding if {
	some i, policy in input.iam.policies
	not providers(i)
	not for_emergencies(i, policy)
	finding := {
		"condition": break_glass_problem(policy),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["break_glass", "expires_at"]),
		"values": {
			"policy": lib.label(policy),
			"expires_at": lib.shown(policy, "expires_at"),
			"days": data.params.break_glass_max_days,
			"destroys": object.get(facts(i), "destroys", []),
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
#   controls: {iso_27001: ["5.18", "8.2"], ccm: [IAM-08], csf: [PR.AA-05], pci_dss: ["7.2.4", "7.2.5.1"]}
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
# description: >-
#   A shared certificate cannot be withdrawn from one; one for the root identity escapes every policy. A program that
#   only reads the inventory, an API client of its own, belongs to no workload.
# custom:
#   severity: critical
#   evidence:
#     [/credentials/certificates, /credentials/certificate_count, /location/workloads, /management/api_client_count]
#   population: {list: /credentials/certificates, count: /credentials/certificate_count}
#   source: >-
#     OVHcloud documentation, OKMS certificate management (the root identity escapes IAM); PCI DSS 4.0.1 requirement
#     8.2.2
#   remediation: >-
#     Make a certificate for each workload with an identity of its own; revoke the shared ones and those of root.
#   controls: {iso_27001: ["5.16", "8.2"], ccm: [IAM-13], csf: [PR.AA-01], pci_dss: ["8.2.2"]}
#   conditions:
#     incomplete: "the certificate {certificate} does not state {absent}"
#     unknown_workload: >-
#       the certificate {certificate} is used by {workload}, which is not in the inventory of workloads
#     not_one_identity: "the certificate {certificate} stands for {identities}; expected is exactly one identity"
#     root_identity: "the certificate {certificate} stands for the root identity {identities}"
#     nobody: "the certificate {certificate} stands for {identities}, which is neither a service account nor a user"
#     shared_identity: "the certificate {certificate} stands for {identities}, which another workload uses too"
#     certificates_left_out: "{listed} {listed|certificate is|certificates are} listed, the API counts {counted}"
findings.certificates_single contains finding if {
	some i, certificate in input.credentials.certificates
	not single(i, certificate)
	finding := {
		"condition": certificate_problem(i, certificate),
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
#   evidence: [/credentials/certificates, /credentials/source/artifact, /credentials/certificate_count]
#   population: {list: /credentials/certificates, count: /credentials/certificate_count}
#   declared: true
#   source: OVHcloud documentation, OKMS certificate management (PCI DSS covers creation with a CSR only)
#   remediation: Make a key pair at the client, send the request, replace the certificate, revoke the old one.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-01], pci_dss: ["8.3.11"]}
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
#   severity: medium
#   evidence: [/credentials/certificates, /credentials/certificate_count]
#   population: {list: /credentials/certificates, count: /credentials/certificate_count}
#   params: [certificate_max_days_production, certificate_max_days_test, certificate_renewal_min_days]
#   source: OVHcloud documentation, OKMS certificate management; raci-check default, no external source
#   remediation: Replace the certificate now, for at most the allowed time; automate the renewal.
#   controls: {iso_27001: ["8.5", "5.17"], ccm: [IAM-14], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "the certificate {certificate} does not state {absent}"
#     made_in_future: "the certificate {certificate} was made at {created_at}, after the assessment"
#     ends_soon: >-
#       the certificate {certificate} ends at {expires_at}; expected are at least {days_left} {days_left|day|days} after
#       the assessment, or a newer certificate of the same identity that lasts as long
#     valid_too_long: >-
#       the certificate {certificate} is valid from {created_at} to {expires_at}; expected are at most {days}
#       {days|day|days} in {environment}
#     valid_too_long_anywhere: >-
#       the certificate {certificate} is valid from {created_at} to {expires_at}; expected are at most {days}
#       {days|day|days}, wherever it is used
findings.certificates_current contains finding if {
	some i, certificate in input.credentials.certificates
	not revoked(certificate)
	not current(certificate)
	condition := validity_problem(certificate)
	finding := {
		"condition": condition,
		"pointer": lib.place(sprintf("/credentials/certificates/%d", [i]), certificate, validity_needs[condition]),
		"values": {
			"certificate": lib.label(certificate),
			"absent": lib.absent(certificate, validity_fields),
			"created_at": lib.shown(certificate, "created_at"),
			"expires_at": lib.shown(certificate, "expires_at"),
			"environment": lib.shown(certificate, "environment"),
			"days": object.get(validity, lib.shown(certificate, "environment"), longest_validity),
			"days_left": data.params.certificate_renewal_min_days,
		},
	}
}

# METADATA
# title: Certificates that nobody uses are revoked
# description: >-
#   A certificate that nobody uses is missed by nobody when somebody else does. A new one need not have been used yet.
# custom:
#   severity: medium
#   evidence: [/credentials/certificates, /credentials/certificate_count]
#   population: {list: /credentials/certificates, count: /credentials/certificate_count}
#   params: [certificate_unused_max_days]
#   source: raci-check default, no external source
#   remediation: Revoke the certificate.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-07], csf: [PR.AA-01]}
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

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections IAM and credentials, each name leads to something that the evidence lists, in a state that allows
#   it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/iam, /credentials]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["iam", "credentials"])
}

# policies_listed

policy_fields := [
	"id", "owner", "identity_kind", "identities", "identity_count", "allow", "action_count", "resources", "resource_count",
]

listed(_, policy) if {
	policy.id != ""
	policy.owner != ""
	policy.identity_kind != ""
	whole(policy)
}

listed(i, policy) if {
	providers(i)
	policy.id != ""
	whole(policy)
}

whole(policy) if {
	policy.identity_count == count(policy.identities)
	policy.action_count == count(policy.allow)
	policy.resource_count == count(policy.resources)
}

all_policies if lib.complete(input.iam.policies, "id", input.iam.policy_count)

# What follows from a policy, and from one of its identities; nothing where the input was not prepared.
facts(i) := object.get(input, ["permissions", "policies", i], {})

identity_facts(i, k) := object.get(facts(i), ["identities", k], {})

providers(i) if input.permissions.policies[i].provider

# no_wildcards

narrow(i, _) if providers(i)

narrow(i, policy) if {
	count(policy.allow) > 0
	count(policy.resources) > 0
	input.permissions.policies[i].wide == []
}

# actions_known

understood(i, _) if providers(i)

understood(i, policy) if {
	count(policy.allow) > 0
	input.permissions.policies[i].unknown == []
}

# resources_known

on_known_resources(i) if providers(i)

on_known_resources(i) if {
	input.permissions.policies[i].touches
	input.permissions.policies[i].dangling == []
}

resources_problem(i, policy) := "incomplete" if {
	lib.absent(policy, ["resources"]) != []
} else := "dangling" if {
	facts(i).touches
} else := "elsewhere"

# identities_known

known_identity(i, _) if providers(i)

known_identity(i, k) if input.permissions.policies[i].identities[k].problem == ""

of_its_kind(i) if providers(i)

of_its_kind(i) if {
	input.iam.policies[i].identity_kind
	input.permissions.policies[i].kind_differs == false
}

# duties_separated

separate(holder) if count({part[class] | some class, _ in holder.classes}) < 2

part := {
	"use_key": "use",
	"read_secret": "use",
	"administer": "administer",
	"destroy": "administer",
	"export": "export",
	"escalate": "escalate",
	"end_logs": "end_logs",
}

# destroyers_have_mfa

powers(i, k) := object.get(identity_facts(i, k), "powers", ["unknown"])

harmless(i, k) if input.permissions.policies[i].identities[k].powers == []

person(i, k) if {
	input.permissions.policies[i].identities[k].person
	input.permissions.policies[i].identities[k].problem == ""
}

strong_person(i, k) if {
	person(i, k)
	factors := input.permissions.policies[i].identities[k].factors
	count(factors) > 0
	every factor in factors {
		factor in data.params.mfa_methods_privileged
	}
}

power_problem(i, k) := "weak_factor" if {
	person(i, k)
} else := "not_a_person"

# keys_permitted

usable(key) if input.permissions.keys[key.id]

uses_its_own(i, k, _) if input.permissions.policies[i].identities[k].uses_other == ""

uses_its_own(i, k, policy) if {
	input.permissions.policies[i].identities[k].person
	policy.break_glass == true
}

use_problem(i, k) := "person_uses" if {
	identity_facts(i, k).person
} else := "other_program"

# secrets_read_by_consumers

reads(i, consumer) if input.permissions.readers[i][consumer]

reads_its_own(i, k, _) if {
	input.permissions.policies[i].identities[k].person == false
	input.permissions.policies[i].identities[k].reads_other == ""
}

reads_its_own(i, k, policy) if {
	input.permissions.policies[i].identities[k].person
	policy.break_glass == true
}

reading_problem(i, k) := "person_reads" if {
	identity_facts(i, k).person
} else := "other_reader"

# environments_apart

production_keys contains key.id if {
	some key in input.keys.service_keys
	not key.environment == "test"
	not lib.destroyed(key)
}

keys_for_tests contains key.id if {
	some key in input.keys.service_keys
	key.environment == "test"
	not lib.destroyed(key)
}

production_identities contains lower(urn) if {
	some certificate in input.credentials.certificates
	certificate.environment == "production"
	some urn in certificate.identity_urns
}

uses_test_keys(i) if {
	input.permissions.policies[i].all_keys == false
	every id in input.permissions.policies[i].keys {
		not id in production_keys
	}
}

used_keys(i) := ["every key of the domain"] if {
	facts(i).all_keys
} else := object.get(facts(i), "keys", [])

# certificates_permitted

permitted(i) if input.permissions.certificates[i].permitted

# A certificate that ended, or is not valid yet, opens nothing.
permitted(i) if input.permissions.certificates[i].live == false

# break_glass_ends

for_emergencies(_, policy) if policy.break_glass == false

for_emergencies(i, policy) if {
	ends(policy)
	input.permissions.policies[i].destroys == []
}

ends(policy) if {
	policy.break_glass == true
	not_long_over(policy)
	lib.ends_within(policy.expires_at, data.params.break_glass_max_days)
}

not_long_over(policy) if lib.ahead(policy.expires_at)

# One that has ended gives no rights any more, and is tidied up as it would have been renewed.
not_long_over(policy) if lib.within_days(policy.expires_at, data.params.break_glass_max_days)

break_glass_problem(policy) := "unknown_use" if {
	lib.absent(policy, ["break_glass"]) != []
} else := "no_end" if {
	lib.absent(policy, ["expires_at"]) != []
} else := "ended" if {
	lib.past(policy.expires_at)
	not not_long_over(policy)
} else := "ends_late" if {
	not ends(policy)
} else := "destroys"

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

single(i, certificate) if {
	certificate.id != ""
	belongs(certificate)
	[identity] := certificate.identity_urns
	identity != ""
	somebody(i)
	not identity in of_several
}

somebody(i) if input.permissions.certificates[i].kind in {"service", "user"}

known_workload(certificate) if certificate.workload in workloads

known_workload(certificate) if {
	revoked(certificate)
	certificate.workload in former_workloads
}

former_workloads contains object.id if {
	some object in input.import_export.former_objects
	object.kind == "workload"
}

belongs(certificate) if known_workload(certificate)

belongs(certificate) if {
	lib.absent(certificate, ["workload"]) != []
	[identity] := certificate.identity_urns
	[_, client] := split(lower(identity), "/oauth2-")
	client in inventory_readers
}

# inventory_readers are the service accounts of programs that read metadata, such as a collection of evidence.
inventory_readers contains lower(client.id) if {
	some i, client in input.management.api_clients
	client.kind == "oauth2_service_account"
	lib.absent(client, ["workload"]) != []
	{class | some class in input.permissions.clients[i].classes} == {"read_metadata"}
}

root(i) if input.permissions.certificates[i].kind == "root"

certificate_problem(i, certificate) := "incomplete" if {
	lib.absent(certificate, certificate_fields) != []
} else := "unknown_workload" if {
	not known_workload(certificate)
} else := "not_one_identity" if {
	count(certificate.identity_urns) != 1
} else := "root_identity" if {
	root(i)
} else := "nobody" if {
	not somebody(i)
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

longest_validity := max([days | some days in validity])

# What the certificate has to state for a condition to be told.
validity_needs := {
	"incomplete": validity_fields,
	"made_in_future": [],
	"ends_soon": [],
	"valid_too_long": [],
	"valid_too_long_anywhere": [],
}

current(certificate) if {
	made(certificate)
	lasts(certificate)
	lib.ns(certificate.expires_at) - lib.ns(certificate.created_at) <= lib.days_ns(validity[certificate.environment])
}

made(certificate) if lib.past(certificate.created_at)

lasts(certificate) if lasts_itself(certificate)

# It was replaced, and is left to end.
lasts(certificate) if {
	some urn in certificate.identity_urns
	lower(urn) in renewed
}

lasts_itself(certificate) if {
	lib.lasts(certificate.expires_at, data.params.certificate_renewal_min_days)
}

renewed contains lower(urn) if {
	some certificate in input.credentials.certificates
	not revoked(certificate)
	made(certificate)
	lasts_itself(certificate)
	some urn in certificate.identity_urns
}

validity_problem(certificate) := "valid_too_long_anywhere" if {
	lib.absent(certificate, validity_fields) == ["environment"]
	lib.ns(certificate.expires_at) - lib.ns(certificate.created_at) > lib.days_ns(longest_validity)
} else := "incomplete" if {
	lib.absent(certificate, validity_fields) != []
} else := "made_in_future" if {
	not made(certificate)
} else := "ends_soon" if {
	not lasts(certificate)
} else := "valid_too_long"

# certificates_used

used(certificate) if lib.within_days(certificate.last_used_at, data.params.certificate_unused_max_days)

# One that has ended opens nothing, and stays in the list.
used(certificate) if lib.past(certificate.expires_at)

# Nothing can be asked of it before so many days have passed.
used(certificate) if {
	lib.absent(certificate, ["last_used_at"]) == ["last_used_at"]
	lib.within_days(certificate.created_at, data.params.certificate_unused_max_days)
}
