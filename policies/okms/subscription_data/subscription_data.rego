# METADATA
# title: Provide personal data needed for service subscription
# description: >-
#   The provider knows who the customer is, which contact to write to for which subject, and no more than it needs; the
#   documents that the law asks for are there.
# custom:
#   duty: 1.1.1
package okms.subscription_data

import data.lib

# METADATA
# title: The legal entity is stated in full
# description: The entity that has the contract decides whose law applies and who can ask for the account back.
# custom:
#   severity: medium
#   evidence: [/subscription/entity]
#   source: CSA CCM v4 STA-09; the fields are a raci-check default, no external source
#   remediation: >-
#     Fill in name, legal form, country and registration in the account, as the register of companies has them.
#   controls: {iso_27001: ["5.20"], ccm: [STA-09], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the legal entity does not state {absent}"
#     other_form: "the legal form is {form}, and the name {name} ends with another"
findings.entity_stated contains finding if {
	entity := input.subscription.entity
	not stated(entity)
	finding := {
		"condition": "incomplete",
		"pointer": lib.place("/subscription/entity", entity, entity_fields),
		"values": {"absent": lib.absent(entity, entity_fields)},
	}
}

findings.entity_stated contains finding if {
	entity := input.subscription.entity
	form := form_spelled(entity.legal_form)
	words := split(entity.name, " ")
	written := form_spelled(words[count(words) - 1])
	legal_forms[written]
	not written_alike(written, form)
	finding := {
		"condition": "other_form",
		"pointer": "/subscription/entity/legal_form",
		"values": {"form": entity.legal_form, "name": entity.name},
	}
}

# METADATA
# title: Every contact that the provider needs is there and current
# description: In an incident the provider writes to the contacts it has; an address that nobody reads is not a contact.
# custom:
#   severity: medium
#   evidence: [/subscription/contacts]
#   params: [contact_roles, contact_verified_max_age_days]
#   source: CSA CCM v4 SEF-08; Regulation (EU) 2016/679 (GDPR) Article 5(1)(d)
#   remediation: Name a contact for the role, and verify it every year by writing to it.
#   controls: {iso_27001: ["5.24"], ccm: [SEF-08], csf: [GV.SC-08]}
#   conditions:
#     not_listed: "there is no {role} contact"
#     incomplete: "the {role} contact does not state {absent}"
#     verification_not_recent: >-
#       the {role} contact was last verified on {verified_on}; expected is a verification in the {days} {days|day|days}
#       before the assessment
findings.contacts_current contains finding if {
	some role in data.params.contact_roles
	not served(role)
	contact := stale_contact(role)
	finding := {
		"condition": contact_problem(contact),
		"pointer": contact_place(role),
		"values": {
			"role": role,
			"absent": lib.absent(contact, ["email", "verified_on"]),
			"verified_on": lib.shown(contact, "verified_on"),
			"days": data.params.contact_verified_max_age_days,
		},
	}
}

# METADATA
# title: Contacts are addresses of the organisation, not one person's
# description: >-
#   A private mailbox leaves with its owner; with one mailbox for every role the loss of that mailbox is the loss of
#   every contact.
# custom:
#   severity: high
#   evidence: [/subscription/contacts, /subscription/company_domains]
#   source: raci-check default, no external source (account recovery goes to the contact's mailbox)
#   remediation: Use addresses in the organisation's domains, different ones for administration, technology and billing.
#   controls: {iso_27001: ["5.24"], ccm: [SEF-08], csf: [GV.SC-08]}
#   conditions:
#     incomplete: "a contact ({role}) does not state {absent}"
#     outside_organisation: "the {role} contact is in no mail domain of the organisation; expected is one of {domains}"
#     public_domain: >-
#       {domain} is listed as a mail domain of the organisation, and is a domain of a public mail provider, where
#       anybody can have an address
#     mailbox_shared: >-
#       the administrative, technical and billing contacts have {mailboxes} {mailboxes|mailbox|different mailboxes};
#       expected are 3
findings.contacts_organisational contains finding if {
	some i, contact in input.subscription.contacts
	not organisational(contact)
	finding := {
		"condition": lib.problem(contact, ["role", "email"], "incomplete", "outside_organisation"),
		"pointer": lib.place(sprintf("/subscription/contacts/%d", [i]), contact, ["role", "email"]),
		"values": {
			"role": lib.shown(contact, "role"),
			"absent": lib.absent(contact, ["role", "email"]),
			"domains": lib.shown(input.subscription, "company_domains"),
		},
	}
}

findings.contacts_organisational contains finding if {
	count(main_mailboxes) < 3
	finding := {
		"condition": "mailbox_shared",
		"pointer": "/subscription/contacts",
		"values": {"mailboxes": count(main_mailboxes)},
	}
}

findings.contacts_organisational contains finding if {
	some i, domain in input.subscription.company_domains
	public_domain(lower(domain))
	finding := {
		"condition": "public_domain",
		"pointer": sprintf("/subscription/company_domains/%d", [i]),
		"values": {"domain": domain},
	}
}

# METADATA
# title: The account is recovered through a mailbox of the organisation that its administrators do not use
# description: An attacker who takes an administrator's mailbox, or a private one, must not get the account with it.
# custom:
#   severity: high
#   evidence:
#     [/subscription/recovery_contact, /subscription/contacts, /subscription/company_domains, /account/user_count]
#   source: raci-check default, no external source
#   remediation: >-
#     Set a recovery address in a domain of the organisation that is no administrator's and no administrative or
#     technical contact's.
#   controls: {iso_27001: ["5.17"], ccm: [IAM-15], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "no contact for the recovery of the account is stated"
#     outside_organisation: >-
#       the contact for the recovery of the account is in no mail domain of the organisation; expected is one of
#       {domains}
#     everyday_mailbox: >-
#       the contact for the recovery of the account is also an administrative or technical contact, or the address of a
#       privileged user
#     users_left_out: >-
#       {listed} {listed|user is|users are} listed and the API counts {counted}, so the contact cannot be compared with
#       their mailboxes
#     user_unknown: "the user {login} does not state {absent}, so the contact cannot be compared with its mailbox"
findings.recovery_separate contains finding if {
	not recovery_separate
	finding := {
		"condition": recovery_problem,
		"pointer": "/subscription/recovery_contact",
		"values": {"domains": lib.shown(input.subscription, "company_domains")},
		"related": everyday_places,
	}
}

findings.recovery_separate contains finding if {
	not all_users
	finding := {
		"condition": "users_left_out",
		"pointer": "/account/user_count",
		"values": {
			"listed": lib.listed(object.get(input.account, "users", []), "login"),
			"counted": lib.shown(input.account, "user_count"),
		},
	}
}

findings.recovery_separate contains finding if {
	some i, user in input.account.users
	not user.status == "disabled"
	not user.privileged == false
	not known_privileged(user)
	finding := {
		"condition": "user_unknown",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["privileged", "person"]),
		"values": {"login": lib.shown(user, "login"), "absent": lib.absent(user, ["privileged", "person"])},
	}
}

# METADATA
# title: The agreement on processing is accepted and on file
# description: Personal data goes to a processor only under an agreement.
# custom:
#   severity: medium
#   evidence: [/subscription/processing_agreement]
#   source: Regulation (EU) 2016/679 (GDPR) Article 28(3)
#   remediation: Accept the provider's agreement, and file it as artifact.
#   controls: {iso_27001: ["5.34", "5.31"], ccm: [DSP-13, STA-09], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the data processing agreement does not state {absent}"
#     accepted_in_future: "the data processing agreement is accepted on {accepted_on}, after the assessment"
findings.processing_agreed contains finding if {
	agreement := input.subscription.processing_agreement
	not agreed(agreement)
	finding := {
		"condition": lib.problem(agreement, agreement_fields, "incomplete", "accepted_in_future"),
		"pointer": lib.place("/subscription/processing_agreement", agreement, agreement_fields),
		"values": {
			"absent": lib.absent(agreement, agreement_fields),
			"accepted_on": lib.shown(agreement, "accepted_on"),
		},
	}
}

# METADATA
# title: The processing is in the record of processing
# description: The data that the provider gets is in the record of processing, which is reviewed every year.
# custom:
#   severity: low
#   evidence: [/subscription/processing_record]
#   params: [processing_record_max_age_days]
#   source: Regulation (EU) 2016/679 (GDPR) Article 30
#   remediation: Add the entry, or review it, and record the date.
#   controls: {iso_27001: ["5.34"], ccm: [DSP-03], csf: [GV.OC-03]}
#   conditions:
#     incomplete: "the record of processing does not state {absent}"
#     review_not_recent: >-
#       the record of processing was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days}
#       before the assessment
findings.processing_recorded contains finding if {
	record := input.subscription.processing_record
	not recorded(record)
	finding := {
		"condition": lib.problem(record, ["id", "reviewed_on"], "incomplete", "review_not_recent"),
		"pointer": lib.place("/subscription/processing_record", record, ["id", "reviewed_on"]),
		"values": {
			"absent": lib.absent(record, ["id", "reviewed_on"]),
			"reviewed_on": lib.shown(record, "reviewed_on"),
			"days": data.params.processing_record_max_age_days,
		},
	}
}

# METADATA
# title: No more personal data was given than is needed
# description: Each field that was given is one that the subscription asks for.
# custom:
#   severity: low
#   evidence: [/subscription/data_fields, /subscription/data_field_count]
#   population: {list: /subscription/data_fields, count: /subscription/data_field_count}
#   params: [personal_data_fields]
#   source: Regulation (EU) 2016/679 (GDPR) Article 5(1)(c)
#   remediation: Delete the field from the account.
#   controls: {iso_27001: ["5.34"], ccm: [DSP-08, DSP-12], csf: [GV.OC-03]}
#   conditions:
#     not_needed: "the field {field} was given to the provider; the subscription does not need it"
#     fields_left_out: "{listed} {listed|field is|fields are} listed, the account export counts {counted}"
findings.data_minimised contains finding if {
	some i, field in input.subscription.data_fields
	not field in data.params.personal_data_fields
	finding := {
		"condition": "not_needed",
		"pointer": sprintf("/subscription/data_fields/%d", [i]),
		"values": {"field": field},
	}
}

findings.data_minimised contains finding if {
	not all_fields
	finding := {
		"condition": "fields_left_out",
		"pointer": "/subscription/data_field_count",
		"values": {
			"listed": count({field | some field in input.subscription.data_fields}),
			"counted": lib.shown(input.subscription, "data_field_count"),
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section subscription, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/subscription]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["subscription"])
}

# entity_stated

entity_fields := ["name", "legal_form", "country", "registration"]

stated(entity) if {
	entity.name != ""
	entity.legal_form != ""
	entity.registration != ""
	entity.country != ""
}

# What a name of a company of that form may end with.
legal_forms[form_spelled(form)] := {form_spelled(other) | some other in object.get(row, "written_as", [])} if {
	some form, row in data.reference.legal_forms
}

form_spelled(form) := regex.replace(lower(form), `[^\pL\pN]`, "")

# An account may have a form in words, or a kind of form, which is none of the table.
written_alike(_, form) if not legal_forms[form]

written_alike(written, form) if contains(written, form)

written_alike(written, form) if contains(form, written)

written_alike(written, form) if written in legal_forms[form]

# contacts_current

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

stale_places(role) := [i |
	some i, contact in input.subscription.contacts
	contact.role == role
	not verified(contact)
]

stale_contact(role) := input.subscription.contacts[stale_places(role)[0]] if {
	stale_places(role) != []
} else := {}

contact_place(role) := lib.place(
	sprintf("/subscription/contacts/%v", [stale_places(role)[0]]), stale_contact(role),
	["email", "verified_on"],
) if {
	stale_places(role) != []
} else := "/subscription/contacts"

contact_problem(contact) := "not_listed" if {
	contact == {}
} else := "incomplete" if {
	lib.absent(contact, ["email", "verified_on"]) != []
} else := "verification_not_recent"

# contacts_organisational, recovery_separate

organisational(contact) if {
	contact.role != ""
	in_company_domain(contact.email)
}

in_company_domain(address) if {
	[mailbox, host] := split(lower(address), "@")
	mailbox != ""
	host in company_domains
}

company_domains contains name if {
	some domain in input.subscription.company_domains
	name := lower(domain)
	not public_domain(name)
}

# The domain, or one above it, is of a public mail provider.
public_domain(domain) if {
	parts := split(domain, ".")
	some i, _ in parts
	concat(".", array.slice(parts, i, count(parts))) in public_domains
}

public_domains contains domain if some domain in data.reference.public_mail_domains

# The mailbox that mail to an address arrives in: case does not matter, nor does a tag (name+tag@host).
mailbox_of(address) := concat("@", [mailbox, host]) if {
	[local, host] := split(lower(address), "@")
	mailbox := split(local, "+")[0]
	mailbox != ""
} else := lower(address)

main_mailboxes contains mailbox_of(contact.email) if {
	some contact in input.subscription.contacts
	contact.role in {"administrative", "technical", "billing"}
}

# recovery_separate

recovery_separate if {
	recovery_in_company
	not recovery in everyday_mailboxes
}

all_users if lib.complete(object.get(input.account, "users", []), "login", input.account.user_count)

recovery := mailbox_of(input.subscription.recovery_contact)

recovery_in_company if in_company_domain(recovery)

everyday_mailboxes contains mailbox_of(contact.email) if {
	some contact in input.subscription.contacts
	contact.role in {"administrative", "technical"}
}

everyday_mailboxes contains mailbox_of(user.person) if {
	some user in input.account.users
	not user.privileged == false
}

known_privileged(user) if {
	user.privileged == true
	user.person != ""
}

everyday_places := array.concat(
	[sprintf("/subscription/contacts/%d", [i]) |
		some i, contact in input.subscription.contacts
		contact.role in {"administrative", "technical"}
		mailbox_of(contact.email) == recovery
	],
	[sprintf("/account/users/%d", [i]) |
		some i, user in input.account.users
		not user.privileged == false
		mailbox_of(user.person) == recovery
	],
)

recovery_problem := "incomplete" if {
	lib.absent(input.subscription, ["recovery_contact"]) != []
} else := "outside_organisation" if {
	not recovery_in_company
} else := "everyday_mailbox"

# processing_agreed

agreement_fields := ["version", "accepted_on", "artifact"]

agreed(agreement) if {
	agreement.version != ""
	lib.past(agreement.accepted_on)
	agreement.artifact.path != ""
}

# processing_recorded

recorded(record) if {
	record.id != ""
	lib.within_days(record.reviewed_on, data.params.processing_record_max_age_days)
}

# data_minimised

all_fields if input.subscription.data_field_count == count({field | some field in input.subscription.data_fields})
