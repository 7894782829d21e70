# METADATA
# title: Manage access rights to the OVHcloud Control Panel
# description: >-
#   Access to the account is access to the domain. Every user is a known person with a second factor, is reviewed, and
#   is disabled when the person leaves; the root identity is not used.
# custom:
#   duty: 3.1.2.1
package okms.control_panel_access

import data.lib

# METADATA
# title: Every user is a known person
# description: >-
#   Each login belongs to one person, and no person has two, unless one of the two is a separate one for administration.
# custom:
#   severity: high
#   evidence: [/account/users, /account/user_count]
#   population: {list: /account/users, count: /account/user_count}
#   source: PCI DSS 4.0.1 requirements 8.2.1 and 8.2.2
#   remediation: Give each person a user of their own, and delete shared and unknown ones.
#   controls: {iso_27001: ["5.16"], ccm: [IAM-03, IAM-13], csf: [PR.AA-01], pci_dss: ["8.2.1", "8.2.2"]}
#   conditions:
#     no_person: "the user {login} does not state its person"
#     shared_login: "the login {login} is listed for {persons} {persons|person|persons}; expected is one"
#     several_users: >-
#       the user {login} belongs to {person}, who has another enabled user with the same privileges; expected is one,
#       and at most one more for administration
findings.users_named contains finding if {
	some i, user in input.account.users
	not named(user)
	finding := {
		"condition": person_problem(user),
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["person"]),
		"values": {
			"login": lib.shown(user, "login"),
			"person": lib.shown(user, "person"),
			"persons": count({lower(other.person) | some other in input.account.users; other.login == user.login}),
		},
		"related": [sprintf("/account/users/%d", [k]) |
			some k, other in input.account.users
			k != i
			same_user(user, other)
		],
	}
}

# METADATA
# title: Every user is listed with its kind and status
# description: The list of users is as long as the API counts, and shows of each what the other checks need.
# custom:
#   severity: medium
#   evidence: [/account/user_count]
#   source: PCI DSS 4.0.1 requirement 8.2.1; ISO/IEC 27001:2022 A.5.16
#   remediation: Export all users of the account again, with login, kind and status.
#   controls: {iso_27001: ["5.16"], ccm: [IAM-03], csf: [PR.AA-01], pci_dss: ["8.2.1"]}
#   conditions:
#     incomplete: "the user {login} does not state {absent}"
#     users_left_out: "{listed} {listed|user is|users are} listed, the API counts {counted}"
findings.users_listed contains finding if {
	some i, user in input.account.users
	not described(user)
	finding := {
		"condition": "incomplete",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, user_fields),
		"values": {"login": lib.shown(user, "login"), "absent": lib.absent(user, user_fields)},
	}
}

findings.users_listed contains finding if {
	not all_listed
	finding := {
		"condition": "users_left_out",
		"pointer": "/account/user_count",
		"values": {
			"listed": lib.listed(object.get(input.account, "users", []), "login"),
			"counted": lib.shown(input.account, "user_count"),
		},
	}
}

# METADATA
# title: Every person has a second factor, privileged ones a phishing-resistant one
# description: A password alone is one mail away from somebody else.
# custom:
#   severity: critical
#   evidence: [/account/user_count]
#   params: [mfa_methods, mfa_methods_privileged]
#   source: PCI DSS 4.0.1 requirements 8.4.1 and 8.4.2; phishing resistance is a raci-check default, no external source
#   remediation: Enrol a security key or passkey for the user, or disable the user.
#   controls: {iso_27001: ["8.5"], ccm: [IAM-14], csf: [PR.AA-03], pci_dss: ["8.4.1", "8.4.2"]}
#   conditions:
#     no_second_factor: >-
#       {login} has {mfa} as second factor; expected is one of {methods}, and for privileged users one of
#       {methods_privileged}
#     users_left_out: "{listed} {listed|user is|users are} listed, the API counts {counted}"
#     nobody: "the account has neither users nor groups of an identity provider: nothing shows how people log in"
#     federation_incomplete: "the identity provider does not state {absent}"
#     not_required: "the identity provider {provider} lets people in without a second factor"
#     weak_rule: "the identity provider {provider} accepts {factors}; expected are {methods} only"
findings.mfa contains finding if {
	some i, user in enabled
	not second_factor(user)
	finding := {
		"condition": "no_second_factor",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["kind", "privileged", "mfa"]),
		"values": {
			"login": lib.shown(user, "login"),
			"mfa": lib.shown(user, "mfa"),
			"methods": data.params.mfa_methods,
			"methods_privileged": data.params.mfa_methods_privileged,
		},
	}
}

findings.mfa contains finding if {
	not all_listed
	finding := {
		"condition": "users_left_out",
		"pointer": "/account/user_count",
		"values": {
			"listed": count({user.login | some user in input.account.users}),
			"counted": lib.shown(input.account, "user_count"),
		},
	}
}

findings.mfa contains finding if {
	input.account.user_count == 0
	count(federated) == 0
	finding := {"condition": "nobody", "pointer": "/account/groups", "values": {}}
}

findings.mfa contains finding if {
	federates
	federation := object.get(input.account, "federation", {})
	not enforced(federation)
	finding := {
		"condition": federation_problem(federation),
		"pointer": lib.place("/account/federation", federation, federation_fields),
		"values": {
			"absent": lib.absent(federation, federation_fields),
			"provider": lib.shown(federation, "provider"),
			"factors": object.get(federation, "mfa_methods", []),
			"methods": data.params.mfa_methods,
		},
	}
}

findings.mfa contains finding if {
	some i, group in federated
	not strong_group(group)
	finding := {
		"condition": "weak_rule",
		"pointer": sprintf("/account/groups/%d/mfa_methods", [i]),
		"values": {"provider": lib.label(group), "factors": group.mfa_methods, "methods": data.params.mfa_methods},
	}
}

# METADATA
# title: Users that do not log in are disabled
# description: Where a user's access is not used, its use by another person is not noticed.
# custom:
#   severity: medium
#   evidence: [/account/users, /account/user_count, /people/person_count]
#   population: {list: /account/users, count: /account/user_count}
#   params: [user_inactive_max_days]
#   source: PCI DSS 4.0.1 requirement 8.2.6
#   remediation: Disable the user.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-07], csf: [PR.AA-01], pci_dss: ["8.2.6"]}
#   conditions:
#     no_login: "the user {login} is enabled and has no recorded login"
#     login_not_recent: >-
#       the user {login} is enabled and last logged in at {last_login_at}; expected is a login in the {days}
#       {days|day|days} before the assessment
findings.inactive_disabled contains finding if {
	some i, user in enabled
	not active(user)
	finding := {
		"condition": lib.problem(user, ["last_login_at"], "no_login", "login_not_recent"),
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["last_login_at"]),
		"values": {
			"login": lib.shown(user, "login"),
			"last_login_at": lib.shown(user, "last_login_at"),
			"days": data.params.user_inactive_max_days,
		},
	}
}

# METADATA
# title: Persons who left have no access
# description: Personnel counts the leavers; for each, access ended within hours, and no enabled user is theirs.
# custom:
#   severity: high
#   evidence: [/account/leaver_count_365d, /account/user_count, /people/people]
#   population: {list: /account/leavers, count: /account/leaver_count_365d}
#   params: [leaver_disabled_max_hours]
#   source: PCI DSS 4.0.1 requirement 8.2.5
#   remediation: Disable the user now; tie the end of access to personnel's process.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-07], csf: [PR.AA-01], pci_dss: ["8.2.5"]}
#   conditions:
#     incomplete: "the leaver {person} does not state {absent}"
#     ended_in_future: "the access of {person}, who left at {left_at}, ends at {disabled_at}, after the assessment"
#     ended_late: >-
#       {person} left at {left_at}, and the access ended at {disabled_at}; expected are at most {hours}
#       {hours|hour|hours}
#     outside_window: >-
#       {person} left at {left_at}; expected are the leavers of the {window} days before the list was read
#     still_enabled: "{person} left at {left_at}, and has an enabled user"
#     leavers_left_out: "{listed} {listed|leaver is|leavers are} listed, personnel counts {counted}"
#     leaver_not_listed: >-
#       {person} has a user of the account, and left on {until} as the directory of people has it; expected is an entry
#       in the list of leavers
findings.leavers_removed contains finding if {
	some i, leaver in input.account.leavers
	not removed(leaver)
	finding := {
		"condition": leaver_problem(leaver),
		"pointer": lib.place(sprintf("/account/leavers/%d", [i]), leaver, leaver_fields),
		"values": {
			"person": lib.shown(leaver, "person"),
			"absent": lib.absent(leaver, leaver_fields),
			"left_at": lib.shown(leaver, "left_at"),
			"disabled_at": lib.shown(leaver, "disabled_at"),
			"hours": data.params.leaver_disabled_max_hours,
			"window": leaver_days,
		},
		"related": [sprintf("/account/users/%d", [k]) |
			some k, user in enabled
			lower(user.person) == lower(leaver.person)
		],
	}
}

findings.leavers_removed contains finding if {
	not all_leavers
	finding := {
		"condition": "leavers_left_out",
		"pointer": "/account/leaver_count_365d",
		"values": {"listed": count(leaver_persons), "counted": lib.shown(input.account, "leaver_count_365d")},
	}
}

findings.leavers_removed contains finding if {
	some i, person in input.people.people
	left_in_window(person)
	id := lower(person.id)
	id in user_persons
	not id in leaver_persons
	finding := {
		"condition": "leaver_not_listed",
		"pointer": sprintf("/people/people/%d/active_until", [i]),
		"values": {"person": person.id, "until": person.active_until},
		"related": ["/account/leaver_count_365d"],
	}
}

# METADATA
# title: Access is reviewed by a person without privileges, and what was decided is done
# description: Rights pile up; a person who has none of them asks what each is for.
# custom:
#   severity: medium
#   evidence: [/account/review, /account/user_count]
#   params: [access_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 7.2.4
#   remediation: Review all users with a person who is not privileged; take away what was decided.
#   controls: {iso_27001: ["5.18", "8.2"], ccm: [IAM-08], csf: [PR.AA-05], pci_dss: ["7.2.4"]}
#   conditions:
#     incomplete: "the review of access does not state {absent}"
#     review_not_recent: >-
#       access was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before the
#       assessment
#     reviewed_by_privileged: >-
#       access was reviewed by {reviewer}, who is a privileged user; expected is a person without privileges
#     removals_not_done: >-
#       {done} of {decided} decided {decided|removal|removals} {done|is|are} done; expected are all
findings.access_reviewed contains finding if {
	review := input.account.review
	not reviewed(review)
	finding := {
		"condition": review_problem(review),
		"pointer": lib.place("/account/review", review, review_fields),
		"values": {
			"absent": lib.absent(review, review_fields),
			"reviewed_on": lib.shown(review, "reviewed_on"),
			"days": data.params.access_review_max_age_days,
			"reviewer": lib.shown(review, "reviewer"),
			"done": lib.shown(review, "removals_done"),
			"decided": lib.shown(review, "removals_decided"),
		},
		"related": [sprintf("/account/users/%d", [k]) |
			some k, user in input.account.users
			user.privileged == true
			lower(user.person) == lower(review.reviewer)
		],
	}
}

# METADATA
# title: The root identity has a phishing-resistant second factor
# description: The root identity is above every policy; without a security key one stolen password is the account.
# custom:
#   severity: high
#   evidence: [/account/root]
#   params: [mfa_methods_privileged]
#   source: raci-check default, no external source (CIS cloud benchmarks); PCI DSS 4.0.1 requirement 8.4.1
#   remediation: Enrol a security key for root.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-10, IAM-14], csf: [PR.AA-03], pci_dss: ["8.4.1"]}
#   conditions:
#     incomplete: "the root identity does not state {absent}"
#     weak_factor: "the root identity has {mfa} as second factor; expected is one of {methods}"
findings.root_rests contains finding if {
	root := input.account.root
	not strong_factor(root)
	finding := {
		"condition": lib.problem(root, ["mfa"], "incomplete", "weak_factor"),
		"pointer": lib.place("/account/root", root, ["mfa"]),
		"values": {
			"absent": lib.absent(root, ["mfa"]),
			"mfa": lib.shown(root, "mfa"),
			"methods": data.params.mfa_methods_privileged,
		},
	}
}

# METADATA
# title: The root identity is sealed by two persons, and not used without a ticket
# description: >-
#   Its credentials are opened only by two persons together, one of whom has no administrative rights, and a use of it
#   has a reason that was recorded.
# custom:
#   severity: medium
#   evidence: [/account/root]
#   params: [root_unused_min_days, root_approval_max_days]
#   source: raci-check default, no external source (CIS cloud benchmarks)
#   remediation: >-
#     Seal the credentials of root with two persons, one of them without administrative rights; work with named users.
#   controls: {iso_27001: ["8.2"], ccm: [IAM-10], csf: [PR.AA-05]}
#   conditions:
#     incomplete: "the root identity does not state {absent}"
#     too_few_sealers: >-
#       the credentials of the root identity are sealed by {sealers} {sealers|person|persons}; expected are two or more
#     sealed_by_administrators: >-
#       the credentials of the root identity are sealed by {persons}, who are all privileged users; expected is one
#       person or more without privileges among them
#     used_without_ticket: >-
#       the root identity was last used on {last_used_on} without a ticket; expected is no such use in the {days}
#       {days|day|days} before the assessment
#     approval_unknown: >-
#       the root identity was last used on {last_used_on}; it is not stated when that use was approved
#     approved_for_another: >-
#       the root identity was last used on {last_used_on}, and that use was approved on {approved_on}; expected is an
#       approval at most {approval_days} {approval_days|day|days} before or after the use
findings.root_sealed contains finding if {
	root := input.account.root
	not rests(root)
	finding := {
		"condition": root_problem(root),
		"pointer": root_place(root),
		"values": {
			"absent": lib.absent(root, root_fields),
			"approved_on": lib.shown(root, "last_use_approved_on"),
			"approval_days": data.params.root_approval_max_days,
			"sealers": count(sealers(root)),
			"persons": sort(sealers(root)),
			"last_used_on": lib.shown(root, "last_used_on"),
			"days": data.params.root_unused_min_days,
		},
		"related": [sprintf("/account/users/%d", [k]) |
			some k, user in input.account.users
			user.privileged == true
			lower(user.person) in sealers(root)
		],
	}
}

# METADATA
# title: The root identity logs in from allowed addresses only
# description: Stolen root credentials are useless outside the company's own addresses.
# custom:
#   severity: medium
#   evidence: [/account/root, /network/allow_list]
#   source: raci-check default, no external source (access restriction of the account)
#   remediation: Restrict the account's logins to ranges of the network allow-list.
#   controls: {iso_27001: ["8.5", "8.20"], ccm: [IAM-10], csf: [PR.AA-05]}
#   conditions:
#     not_bound: "the root identity is bound to no address ranges"
#     outside_allow_list: >-
#       the root identity may log in from {outside}, which {outside|is|are} outside the network allow-list
findings.root_bound contains finding if {
	root := input.account.root
	not bound(root)
	finding := {
		"condition": lib.problem(root, ["ip_ranges"], "not_bound", "outside_allow_list"),
		"pointer": lib.place("/account/root", root, ["ip_ranges"]),
		"values": {"outside": [range |
			some range in root.ip_ranges
			not lib.allowed(range)
		]},
	}
}

# METADATA
# title: Passwords are long
# description: Short passwords are guessed.
# custom:
#   severity: medium
#   evidence: [/account/password_min_length]
#   params: [password_min_characters]
#   source: PCI DSS 4.0.1 requirement 8.3.6
#   remediation: Raise the shortest length that the account accepts.
#   controls: {iso_27001: ["5.17"], ccm: [IAM-02, IAM-15], csf: [PR.AA-01], pci_dss: ["8.3.6"]}
#   conditions:
#     incomplete: "the account does not state {absent}"
#     too_short: >-
#       passwords of {accepted} {accepted|character|characters} are accepted; expected are at least {min}
#       {min|character|characters}
findings.password_length contains finding if {
	account := input.account
	not long_enough(account)
	finding := {
		"condition": lib.problem(account, ["password_min_length"], "incomplete", "too_short"),
		"pointer": "/account/password_min_length",
		"values": {
			"absent": lib.absent(account, ["password_min_length"]),
			"accepted": lib.shown(account, "password_min_length"),
			"min": data.params.password_min_characters,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections account and people, each name leads to something that the evidence lists, in a state that allows it,
#   each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/account, /people]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["account", "people", "metadata"])
}

# METADATA
# title: The directory of people is complete
# description: >-
#   Personnel counts as many persons as the directory lists, and each entry says who it is, since when, and for whom the
#   person works.
# custom:
#   severity: high
#   evidence: [/people/person_count, /people/people]
#   source: ISO/IEC 27001:2022 A.5.16; NIST SP 800-53 Rev. 5 PS-2
#   remediation: List every person that the evidence names, those who have left too, from a personnel export.
#   controls: {iso_27001: ["5.16"], ccm: [IAM-03], csf: [PR.AA-01]}
#   conditions:
#     other_count: "{listed} {listed|person is|persons are} listed, personnel counts {counted}"
findings.people_listed contains finding if {
	people := object.get(input, ["people", "people"], [])
	not all_people_listed
	finding := {
		"condition": "other_count",
		"pointer": "/people/people",
		"values": {
			"listed": lib.listed(people, "id"),
			"counted": object.get(input, ["people", "person_count"], "unknown"),
		},
	}
}

# METADATA
# title: Each person of the directory has a name, an employer, a role and a first day
# description: Without them nobody can tell which person an entry is, or when the person was active.
# custom:
#   severity: medium
#   evidence: [/people/people]
#   source: ISO/IEC 27001:2022 A.5.16; NIST SP 800-53 Rev. 5 PS-2
#   remediation: Add what is missing from the personnel export.
#   controls: {iso_27001: ["5.16"], ccm: [IAM-03], csf: [PR.AA-01]}
#   conditions:
#     incomplete: "the entry of {person} lacks {absent}"
#     private_addresses: >-
#       {person} has no address but {addresses}, at public mail providers, and works for {employer}, which has addresses
#       of its own; expected is one of those
findings.people_described contains finding if {
	some i, person in input.people.people
	absent := lib.absent(person, ["id", "name", "employer", "role", "active_from"])
	absent != []
	finding := {
		"condition": "incomplete",
		"pointer": sprintf("/people/people/%d/%s", [i, absent[0]]),
		"values": {"person": lib.label(person), "absent": absent},
	}
}

findings.people_described contains finding if {
	some i, person in input.people.people
	lower(person.employer) in employers_with_mail
	reached_in_private(person)
	not ended_before(person)
	finding := {
		"condition": "private_addresses",
		"pointer": sprintf("/people/people/%d/addresses", [i]),
		"values": {"person": lib.label(person), "addresses": sort(addresses_of(person)), "employer": person.employer},
	}
}

# users_named

# users_named, users_listed

user_fields := ["login", "kind", "status"]

described(user) if {
	user.login != ""
	user.kind != ""
	user.status != ""
}

named(user) if {
	user.person != ""
	one_person(user)
	one_user(user)
}

one_person(user) if {
	login := user.login
	not login in shared_logins
}

one_person(user) if not user.login

one_user(user) if not has_two_users(user)

person_problem(user) := "no_person" if {
	lib.absent(user, ["person"]) != []
} else := "shared_login" if {
	not one_person(user)
} else := "several_users"

same_user(user, other) if user.login == other.login

same_user(user, other) if {
	lower(user.person) == lower(other.person)
	privilege(user) == privilege(other)
	user.kind == "human"
	other.kind == "human"
	not other.status == "disabled"
}

shared_logins contains holder[0] if {
	some i, holder in holders
	holder[0] == holders[i + 1][0]
}

# Sorted, so that the persons of one login stand together.
holders := sort({[user.login, lower(user.person)] | some user in input.account.users})

# A technical user, or a disabled one, is not a second one of its person.
has_two_users(user) if {
	user.kind == "human"
	[lower(user.person), privilege(user)] in several_holders
}

several_holders contains holding[0] if {
	some i, holding in holdings
	next := holdings[i + 1]
	holding[0] == next[0]
}

# Sorted, so that the logins of one person with the same privileges stand together.
holdings := sort({[[lower(user.person), privilege(user)], user.login] |
	some user in enabled
	user.kind == "human"
})

# A user that does not state its privileges counts as privileged.
privilege(user) := "ordinary" if {
	user.privileged == false
} else := "privileged"

enabled := {i: user |
	some i, user in input.account.users
	not user.status == "disabled"
}

all_listed if lib.complete(input.account.users, "login", input.account.user_count)

# mfa

# People log in through an identity provider where a group says so, or where one is described.
federates if count(federated) > 0

federates if input.account.federation

federated := {i: group |
	some i, group in input.account.groups
	group.federated == true
}

federation_fields := ["provider", "mfa_required", "mfa_methods", "artifact"]

enforced(federation) if {
	federation.provider != ""
	asks(federation)
	federation.artifact.sha256 != ""
	count(federation.mfa_methods) > 0
	every method in federation.mfa_methods {
		method in data.params.mfa_methods
	}
}

asks(federation) if federation.mfa_required == true

federation_problem(federation) := "federation_incomplete" if {
	lib.absent(federation, federation_fields) != []
} else := "not_required" if {
	not asks(federation)
} else := "weak_rule"

strong_group(group) if not group.mfa_methods

strong_group(group) if {
	count(group.mfa_methods) > 0
	every method in group.mfa_methods {
		method in data.params.mfa_methods
	}
}

second_factor(user) if {
	user.kind == "technical"
	user.privileged == false
}

second_factor(user) if {
	user.kind == "human"
	user.privileged == false
	user.mfa in data.params.mfa_methods
}

second_factor(user) if {
	user.privileged == true
	user.mfa in data.params.mfa_methods_privileged
}

# inactive_disabled

active(user) if lib.within_days(user.last_login_at, data.params.user_inactive_max_days)

# Who has joined lately need not have logged in yet.
active(user) if {
	lib.absent(user, ["last_login_at"]) != []
	lower(user.person) in newcomers
}

newcomers contains lower(person.id) if {
	some person in input.people.people
	lib.within_days(person.active_from, data.params.user_inactive_max_days)
}

# leavers_removed

leaver_fields := ["person", "left_at", "disabled_at"]

leavers := object.get(input.account, "leavers", [])

removed(leaver) if {
	in_window(leaver)
	ended(leaver)
	ended_in_time(leaver)
	gone(leaver)
}

removed(leaver) if {
	leaver.person != ""
	lib.absent(leaver, ["disabled_at"]) != []
	lib.within_hours(leaver.left_at, input.account.source.collected_at, data.params.leaver_disabled_max_hours)
}

gone(leaver) if {
	person := lower(leaver.person)
	not person in people
}

# Whoever left came back: the directory has the person's first day since.
gone(leaver) if {
	some person in input.people.people
	lower(person.id) == lower(leaver.person)
	lib.ns(person.active_from) > lib.ns(leaver.left_at)
	lib.past(person.active_from)
}

ended(leaver) if lib.past(leaver.disabled_at)

ended_in_time(leaver) if {
	lib.hours_between(leaver.left_at, leaver.disabled_at) <= data.params.leaver_disabled_max_hours
}

people contains lower(user.person) if some user in enabled

in_window(leaver) if {
	left := lib.ns(leaver.left_at)
	lib.reached(left)
	left >= read_ns - lib.days_ns(leaver_days)
}

in_window(leaver) if {
	not input.account.source.collected_at
	lib.within_days(leaver.left_at, leaver_days)
}

leaver_days := 365

# The last day is a whole one: the person has left when it is over, and the list was read after that.
left_in_window(person) if {
	end := lib.ns(person.active_until) + lib.day_ns
	end <= read_ns
	end >= read_ns - lib.days_ns(leaver_days)
}

left_in_window(person) if {
	not input.account.source.collected_at
	end := lib.ns(person.active_until) + lib.day_ns
	lib.reached(end)
	end + lib.days_ns(leaver_days) >= lib.at_ns
}

user_persons contains lower(user.person) if some user in input.account.users

# Without it, the window ends with the assessment.
read_ns := lib.ns(input.account.source.collected_at)

all_leavers if input.account.leaver_count_365d == count(leaver_persons)

# A person who is listed twice is one leaver, unless who it is is not stated.
leaver_persons := {lower(object.get(leaver, "person", sprintf("%v", [i]))) | some i, leaver in leavers}

leaver_problem(leaver) := "incomplete" if {
	lib.absent(leaver, leaver_fields) != []
} else := "ended_in_future" if {
	not ended(leaver)
} else := "still_enabled" if {
	not gone(leaver)
} else := "outside_window" if {
	not in_window(leaver)
} else := "ended_late"

# access_reviewed

review_fields := ["reviewed_on", "reviewer", "removals_decided", "removals_done"]

reviewed(review) if {
	reviewed_recently(review)
	by_unprivileged(review)
	review.removals_done == review.removals_decided
}

reviewed_recently(review) if lib.within_days(review.reviewed_on, data.params.access_review_max_age_days)

by_unprivileged(review) if {
	review.reviewer != ""
	reviewer := lower(review.reviewer)
	not reviewer in privileged_people
}

privileged_people contains lower(user.person) if {
	some user in input.account.users
	user.privileged == true
}

review_problem(review) := "incomplete" if {
	lib.absent(review, review_fields) != []
} else := "review_not_recent" if {
	not reviewed_recently(review)
} else := "reviewed_by_privileged" if {
	not by_unprivileged(review)
} else := "removals_not_done"

# root_rests, root_sealed

root_fields := ["last_used_on", "sealed_by"]

strong_factor(root) if root.mfa in data.params.mfa_methods_privileged

rests(root) if {
	sealed(root)
	sealed_apart(root)
	unused_or_explained(root)
}

sealers(root) := {lower(person) |
	some person in root.sealed_by
	person != ""
}

sealed(root) if count(sealers(root)) > 1

sealed_apart(root) if count(sealers(root) - privileged_people) > 0

unused_or_explained(root) if lib.older_than(root.last_used_on, data.params.root_unused_min_days)

unused_or_explained(root) if {
	explained(root)
	approved_then(root)
}

explained(root) if {
	lib.past(root.last_used_on)
	root.last_use_ticket != ""
}

# The ticket of an earlier use explains no later one. In an emergency the ticket is written afterwards.
approved_then(root) if {
	days := lib.days_between(root.last_use_approved_on, root.last_used_on)
	abs(days) <= data.params.root_approval_max_days
}

root_problem(root) := "incomplete" if {
	lib.absent(root, root_fields) != []
} else := "too_few_sealers" if {
	not sealed(root)
} else := "sealed_by_administrators" if {
	not sealed_apart(root)
} else := "used_without_ticket" if {
	not explained(root)
} else := "approval_unknown" if {
	lib.absent(root, ["last_use_approved_on"]) != []
} else := "approved_for_another"

root_place(root) := lib.place("/account/root", root, root_fields) if {
	not root_problem(root) == "approval_unknown"
} else := "/account/root/last_use_approved_on"

# root_bound

bound(root) if {
	count(root.ip_ranges) > 0
	every range in root.ip_ranges {
		lib.allowed(range)
	}
}

# password_length

long_enough(account) if account.password_min_length >= data.params.password_min_characters

# people_listed

all_people_listed if {
	section := input.people
	lib.complete(section.people, "id", section.person_count)
}

# people_described

addresses_of(person) := {lower(address) |
	some address in array.concat([person.id], object.get(person, "addresses", []))
	contains(address, "@")
}

host_of(address) := split(address, "@")[1]

# An address of the organisation beside them, or none at all, says where the person works.
reached_in_private(person) if {
	addresses := addresses_of(person)
	count(addresses) > 0
	every address in addresses {
		host_of(address) in data.reference.public_mail_domains
	}
}

# Personnel knows those who have left by their private addresses.
ended_before(person) if lib.past(person.active_until)

# Some colleague has an address that is not private.
employers_with_mail contains lower(person.employer) if {
	some person in input.people.people
	some address in addresses_of(person)
	not host_of(address) in data.reference.public_mail_domains
}
