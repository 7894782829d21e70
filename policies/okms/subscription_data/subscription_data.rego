# METADATA
# title: Provide personal data needed for service subscription
# description: >-
#   The provider knows who the customer is, whom to reach for what, and no more than it needs; the law's papers are there.
# custom:
#   duty: 1.1.1
package okms.subscription_data

import data.lib

# METADATA
# title: The legal entity is stated whole
# description: Who holds the contract decides whose law applies and who can ask for the account back.
# custom:
#   severity: medium
#   evidence: [/subscription/entity]
#   source: CSA CCM v4 DSP-12; own judgement on the fields
#   remediation: Fill in name, legal form, country and registration in the account, as the register of companies has them.
#   controls: {iso_27001: ["5.31"], ccm: [DSP-12], csf: [GV.OC-03]}
#   conditions:
#     not_entity_stated: "the legal entity needs a name, a legal form, a country and a registration"
findings.entity_stated contains finding if {
	entity := input.subscription.entity
	not stated(entity)
	finding := {
		"condition": "not_entity_stated",
		"pointer": lib.place("/subscription/entity", entity, ["name", "legal_form", "country", "registration"]),
		"values": {},
	}
}

stated(entity) if {
	entity.name != ""
	entity.legal_form != ""
	entity.registration != ""
	regex.match("^[A-Z]{2}$", entity.country)
}

# METADATA
# title: Every contact that the provider needs is there and current
# description: In an incident the provider writes to whom it knows; an address that nobody reads is no contact.
# custom:
#   severity: medium
#   evidence: [/subscription/contacts]
#   params: [contact_roles, contact_verified_max_age_days]
#   source: CSA CCM v4 SEF-08; Regulation (EU) 2016/679 (GDPR) Article 5(1)(d)
#   remediation: Name a contact for the role, and verify it every year by writing to it.
#   controls: {iso_27001: ["5.5"], ccm: [SEF-08], csf: [GV.OC-03]}
#   conditions:
#     not_contacts_current: "the {role} contact is not there, or was not verified in the last {contact_verified_max_age_days} days"
findings.contacts_current contains finding if {
	some role in data.params.contact_roles
	not served(role)
	finding := {
		"condition": "not_contacts_current",
		"pointer": contact_place(role),
		"values": {"role": role, "contact_verified_max_age_days": data.params.contact_verified_max_age_days},
	}
}

served(role) if {
	role in roles
	not role in stale_roles
}

roles contains contact.role if some contact in input.subscription.contacts

stale_roles contains contact.role if {
	some contact in input.subscription.contacts
	not verified(contact)
}

verified(contact) if {
	contact.email != ""
	lib.within_days(contact.verified_on, data.params.contact_verified_max_age_days)
}

contact_place(role) := lib.place(sprintf("/subscription/contacts/%v", [places[0]]), input.subscription.contacts[places[0]], ["email", "verified_on"]) if {
	places := [i | some i, contact in input.subscription.contacts; contact.role == role; not verified(contact)]
	places != []
} else := "/subscription/contacts"

# METADATA
# title: Contacts are addresses of the organisation, not one person's
# description: A private mailbox leaves with its owner; one mailbox for every role is a single point of failure.
# custom:
#   severity: high
#   evidence: [/subscription/contacts, /subscription/company_domains]
#   source: own judgement (account recovery goes to the contact's mailbox)
#   remediation: Use addresses in the organisation's domains, different ones for administration, technology and billing.
#   controls: {iso_27001: ["5.5"], ccm: [SEF-08], csf: [GV.OC-03]}
#   conditions:
#     not_contacts_organisational: "the {role} contact is not in a mail domain of the organisation"
#     not_contacts_organisational_2: "administrative, technical and billing contact share a mailbox"
findings.contacts_organisational contains finding if {
	some i, contact in input.subscription.contacts
	not organisational(contact)
	finding := {
		"condition": "not_contacts_organisational",
		"pointer": lib.place(sprintf("/subscription/contacts/%d", [i]), contact, ["role", "email"]),
		"values": {"role": lib.shown(contact, "role")},
	}
}

findings.contacts_organisational contains finding if {
	count(main_mailboxes) < 3
	finding := {
		"condition": "not_contacts_organisational_2",
		"pointer": "/subscription/contacts",
		"values": {},
	}
}

organisational(contact) if {
	contact.role != ""
	in_company_domain(contact.email)
}

in_company_domain(address) if {
	[mailbox, host] := split(lower(address), "@")
	mailbox != ""
	host in company_domains
}

company_domains contains lower(domain) if some domain in input.subscription.company_domains

main_mailboxes contains lower(contact.email) if {
	some contact in input.subscription.contacts
	contact.role in {"administrative", "technical", "billing"}
}

# METADATA
# title: The account is recovered through a mailbox of the organisation that its administrators do not use
# description: Who takes an administrator's mailbox, or a private one, must not get the account with it.
# custom:
#   severity: high
#   evidence: [/subscription/recovery_contact, /subscription/contacts, /subscription/company_domains, /account/users]
#   source: own judgement
#   remediation: Set a recovery address in a domain of the organisation that is no administrator's and no administrative or technical contact's.
#   controls: {iso_27001: ["5.5"], ccm: [SEF-08], csf: [GV.OC-03]}
#   conditions:
#     not_recovery_separate: "the recovery contact is outside the organisation, or is an administrative or technical contact or a privileged user"
findings.recovery_separate contains finding if {
	not recovery_separate
	finding := {
		"condition": "not_recovery_separate",
		"pointer": "/subscription/recovery_contact",
		"values": {},
	}
}

recovery_separate if {
	recovery := lower(input.subscription.recovery_contact)
	in_company_domain(recovery)
	not recovery in everyday_mailboxes
}

everyday_mailboxes contains lower(contact.email) if {
	some contact in input.subscription.contacts
	contact.role in {"administrative", "technical"}
}

everyday_mailboxes contains lower(user.person) if {
	some user in input.account.users
	not user.privileged == false
}

# METADATA
# title: The agreement on processing is accepted and on file
# description: Personal data goes to a processor only under an agreement.
# custom:
#   severity: medium
#   evidence: [/subscription/processing_agreement]
#   source: Regulation (EU) 2016/679 (GDPR) Article 28(3)
#   remediation: Accept the provider's agreement, and keep it as artifact.
#   controls: {iso_27001: ["5.34", "5.31"], ccm: [DSP-12], csf: [GV.OC-03]}
#   conditions:
#     not_processing_agreed: "the data processing agreement needs a version, the date it was accepted, and the document on file"
findings.processing_agreed contains finding if {
	agreement := input.subscription.processing_agreement
	not agreed(agreement)
	finding := {
		"condition": "not_processing_agreed",
		"pointer": lib.place("/subscription/processing_agreement", agreement, ["version", "accepted_on", "artifact"]),
		"values": {},
	}
}

agreed(agreement) if {
	agreement.version != ""
	lib.past(agreement.accepted_on)
	agreement.artifact.path != ""
}

# METADATA
# title: The processing stands in the record
# description: What the provider is given is in the record of processing, reviewed every year.
# custom:
#   severity: low
#   evidence: [/subscription/processing_record]
#   params: [processing_record_max_age_days]
#   source: Regulation (EU) 2016/679 (GDPR) Article 30
#   remediation: Add the entry, or review it, and record the date.
#   controls: {iso_27001: ["5.34"], ccm: [DSP-12], csf: [GV.OC-03]}
#   conditions:
#     not_processing_recorded: "the record of processing has no entry reviewed in the last {processing_record_max_age_days} days"
findings.processing_recorded contains finding if {
	record := input.subscription.processing_record
	not recorded(record)
	finding := {
		"condition": "not_processing_recorded",
		"pointer": lib.place("/subscription/processing_record", record, ["id", "reviewed_on"]),
		"values": {"processing_record_max_age_days": data.params.processing_record_max_age_days},
	}
}

recorded(record) if {
	record.id != ""
	lib.within_days(record.reviewed_on, data.params.processing_record_max_age_days)
}

# METADATA
# title: No more personal data was given than is needed
# description: Each field that was given is one that the subscription asks for.
# custom:
#   severity: low
#   evidence: [/subscription/data_fields, /subscription/data_field_count]
#   params: [personal_data_fields]
#   source: Regulation (EU) 2016/679 (GDPR) Article 5(1)(c)
#   remediation: Delete the field from the account.
#   controls: {iso_27001: ["5.34"], ccm: [DSP-12], csf: [GV.OC-03]}
#   conditions:
#     not_data_minimised: "{field} is not needed for the subscription"
#     not_data_minimised_2: "the list of fields is not as long as the account export says"
findings.data_minimised contains finding if {
	some i, field in input.subscription.data_fields
	not field in data.params.personal_data_fields
	finding := {
		"condition": "not_data_minimised",
		"pointer": sprintf("/subscription/data_fields/%d", [i]),
		"values": {"field": field},
	}
}

findings.data_minimised contains finding if {
	not all_fields
	finding := {"condition": "not_data_minimised_2", "pointer": "/subscription/data_field_count", "values": {}}
}

all_fields if input.subscription.data_field_count == count({field | some field in input.subscription.data_fields})
