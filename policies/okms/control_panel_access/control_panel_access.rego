# METADATA
# title: Manage access rights to the OVHcloud Control Panel
# description: >-
#   Who can reach the account can reach the domain. Every user is a known person with a second factor, is looked at, and
#   goes when the person goes; the root identity rests.
# custom:
#   duty: 3.1.2.1
package okms.control_panel_access

import data.lib

# METADATA
# title: Every user is a known person
# description: >-
#   The list is what the API counts; each login belongs to one person, and no person has two, unless one of the two is a
#   separate one for administration.
# custom:
#   severity: high
#   evidence: [/account/users, /account/user_count]
#   source: PCI DSS 4.0.1 requirements 8.2.1 and 8.2.2
#   remediation: Give each person a user of their own, and delete shared ones and those that nobody knows.
#   controls: {iso_27001: ["5.16"], ccm: [IAM-03], csf: [PR.AA-01], pci_dss: ["8.2.1"]}
#   conditions:
#     not_users_named: >-
#       user {login} needs a login, a kind, a status, and a person who has no other enabled user, except a privileged one
#       beside an ordinary one
#     not_users_named_2: "the list of users is not as long as the API says"
findings.users_named contains finding if {
	some i, user in input.account.users
	not named(user)
	finding := {
		"condition": "not_users_named",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["login", "person", "kind", "status"]),
		"values": {"login": lib.shown(user, "login")},
	}
}

findings.users_named contains finding if {
	not all_listed
	finding := {"condition": "not_users_named_2", "pointer": "/account/user_count", "values": {}}
}

named(user) if {
	user.kind == "technical"
	user.login != ""
	user.person != ""
	user.status != ""
}

named(user) if {
	user.kind == "human"
	user.login != ""
	user.person != ""
	user.status != ""
	not has_two_users(user)
}

has_two_users(user) if [lower(user.person), privilege(user)] in doubled

doubled contains holding[0] if {
	some i, holding in holdings
	holding[0] == holdings[i + 1][0]
}

# Sorted, so that the logins of one person with the same privileges stand together.
holdings := sort({[[lower(user.person), privilege(user)], user.login] |
	some user in enabled
	user.kind == "human"
})

# One that is not said is not told apart.
privilege(user) := "ordinary" if {
	user.privileged == false
} else := "privileged"

enabled := {i: user |
	some i, user in input.account.users
	not user.status == "disabled"
}

all_listed if input.account.user_count == count({user.login | some user in input.account.users})

# METADATA
# title: Every person has a second factor, privileged ones a phishing-resistant one
# description: A password alone is one mail away from somebody else.
# custom:
#   severity: critical
#   evidence: [/account/user_count]
#   params: [mfa_methods, mfa_methods_privileged]
#   source: PCI DSS 4.0.1 requirements 8.4.1 and 8.4.2; phishing resistance is own judgement
#   remediation: Enrol a security key or passkey for the user, or disable the user.
#   controls: {iso_27001: ["8.5"], ccm: [IAM-14], csf: [PR.AA-03], pci_dss: ["8.4.1"]}
#   conditions:
#     not_mfa: "{login} has {mfa} as second factor; wanted is {mfa_methods}, for privileged users {mfa_methods_privileged}"
#     users_left_out: "{listed} {listed|user is|users are} listed, the API counts {counted}"
#     nobody: "the account has neither users nor groups of an identity provider: nothing shows how people log in"
#     federation_incomplete: "the identity provider does not state {absent}"
#     not_required: "the identity provider {provider} lets people in without a second factor"
#     weak_rule: "the identity provider {provider} accepts {factors}; expected are {methods} only"
findings.mfa contains finding if {
	some i, user in enabled
	not second_factor(user)
	finding := {
		"condition": "not_mfa",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["kind", "privileged", "mfa"]),
		"values": {"login": lib.shown(user, "login"), "mfa": lib.shown(user, "mfa"), "mfa_methods": concat(" or ", data.params.mfa_methods), "mfa_methods_privileged": concat(" or ", data.params.mfa_methods_privileged)},
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

# METADATA
# title: Users who do not log in are disabled
# description: Access that nobody uses is missed by nobody when somebody else does.
# custom:
#   severity: medium
#   evidence: [/account/users]
#   params: [user_inactive_max_days]
#   source: PCI DSS 4.0.1 requirement 8.2.6
#   remediation: Disable the user.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-07], csf: [PR.AA-01], pci_dss: ["8.2.6"]}
#   conditions:
#     not_inactive_disabled: "{login} is enabled and did not log in for {user_inactive_max_days} days"
findings.inactive_disabled contains finding if {
	some i, user in enabled
	not active(user)
	finding := {
		"condition": "not_inactive_disabled",
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["last_login_at"]),
		"values": {"login": lib.shown(user, "login"), "user_inactive_max_days": data.params.user_inactive_max_days},
	}
}

active(user) if lib.within_days(user.last_login_at, data.params.user_inactive_max_days)

# METADATA
# title: Who left has no access
# description: Personnel counts who left; for each, access ended within hours, and no enabled user is theirs.
# custom:
#   severity: high
#   evidence: [/account/leaver_count_365d, /account/users]
#   params: [leaver_disabled_max_hours]
#   source: PCI DSS 4.0.1 requirement 8.2.5
#   remediation: Disable the user now; tie the end of access to personnel's process.
#   controls: {iso_27001: ["5.18"], ccm: [IAM-07], csf: [PR.AA-01], pci_dss: ["8.2.5"]}
#   conditions:
#     not_leavers_removed: "{person} left, and access did not end within {leaver_disabled_max_hours} hours"
#     not_leavers_removed_2: "the list of leavers is not as long as personnel says"
findings.leavers_removed contains finding if {
	some i, leaver in input.account.leavers
	not removed(leaver)
	finding := {
		"condition": "not_leavers_removed",
		"pointer": lib.place(sprintf("/account/leavers/%d", [i]), leaver, ["person", "left_at", "disabled_at"]),
		"values": {"person": lib.shown(leaver, "person"), "leaver_disabled_max_hours": data.params.leaver_disabled_max_hours},
	}
}

findings.leavers_removed contains finding if {
	not all_leavers
	finding := {"condition": "not_leavers_removed_2", "pointer": "/account/leaver_count_365d", "values": {}}
}

removed(leaver) if {
	lib.hours_between(leaver.left_at, leaver.disabled_at) <= data.params.leaver_disabled_max_hours
	lib.past(leaver.disabled_at)
	person := lower(leaver.person)
	not person in people
}

people contains lower(user.person) if some user in enabled

all_leavers if input.account.leaver_count_365d == count(object.get(input.account, "leavers", []))

# METADATA
# title: Access is reviewed by somebody without privileges, and what was decided is done
# description: Rights pile up; somebody who has none of them asks what each is for.
# custom:
#   severity: medium
#   evidence: [/account/review, /account/users]
#   params: [access_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 7.2.4
#   remediation: Review all users with somebody who is not privileged; take away what was decided.
#   controls: {iso_27001: ["5.18", "8.2"], ccm: [IAM-08], csf: [PR.AA-05], pci_dss: ["7.2.4"]}
#   conditions:
#     not_access_reviewed: "access was not reviewed in the last {access_review_max_age_days} days by somebody without privileges, or {removals_done} of {removals_decided} removals are not done"
findings.access_reviewed contains finding if {
	review := input.account.review
	not reviewed(review)
	finding := {
		"condition": "not_access_reviewed",
		"pointer": lib.place("/account/review", review, ["reviewed_on", "reviewer", "removals_decided", "removals_done"]),
		"values": {"access_review_max_age_days": data.params.access_review_max_age_days, "removals_done": object.get(review, "removals_decided", 0) - object.get(review, "removals_done", 0), "removals_decided": object.get(review, "removals_decided", 0)},
	}
}

reviewed(review) if {
	lib.within_days(review.reviewed_on, data.params.access_review_max_age_days)
	review.reviewer != ""
	privileged := {lower(user.person) | some user in input.account.users; user.privileged == true}
	reviewer := lower(review.reviewer)
	not reviewer in privileged
	review.removals_done == review.removals_decided
}

# METADATA
# title: The root identity rests, sealed by two
# description: The root identity is above every policy; it has a security key, its credentials are sealed, and a use has a ticket.
# custom:
#   severity: critical
#   evidence: [/account/root]
#   params: [root_unused_min_days, mfa_methods_privileged]
#   source: own judgement (CIS cloud benchmarks); PCI DSS 4.0.1 requirement 8.4.1
#   remediation: Enrol a security key for root, seal its credentials with two persons, work with named users.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-10, IAM-14], csf: [PR.AA-03], pci_dss: ["8.4.1"]}
#   conditions:
#     not_root_rests: "root needs {mfa_methods_privileged}, two sealers, and no use without a ticket in the last {root_unused_min_days} days"
findings.root_rests contains finding if {
	root := input.account.root
	not rests(root)
	finding := {
		"condition": "not_root_rests",
		"pointer": lib.place("/account/root", root, ["mfa", "last_used_on", "sealed_by"]),
		"values": {"mfa_methods_privileged": concat(" or ", data.params.mfa_methods_privileged), "root_unused_min_days": data.params.root_unused_min_days},
	}
}

rests(root) if {
	root.mfa in data.params.mfa_methods_privileged
	count({lower(person) | some person in root.sealed_by; person != ""}) > 1
	unused_or_explained(root)
}

unused_or_explained(root) if lib.age_days(root.last_used_on) > data.params.root_unused_min_days

unused_or_explained(root) if {
	lib.past(root.last_used_on)
	root.last_use_ticket != ""
}

# METADATA
# title: The root identity logs in from allowed addresses only
# description: Stolen root credentials are worth nothing outside the company's own addresses.
# custom:
#   severity: high
#   evidence: [/account/root, /network/allow_list]
#   source: own judgement (access restriction of the account)
#   remediation: Restrict the account's logins to ranges of the network allow-list.
#   controls: {iso_27001: ["8.5", "8.20"], ccm: [IAM-10], csf: [PR.AA-05]}
#   conditions:
#     not_root_bound: "root may log in from outside the network allow-list"
findings.root_bound contains finding if {
	root := input.account.root
	not bound(root)
	finding := {
		"condition": "not_root_bound",
		"pointer": lib.place("/account/root", root, ["ip_ranges"]),
		"values": {},
	}
}

bound(root) if {
	count(root.ip_ranges) > 0
	every range in root.ip_ranges {
		allowed(range)
	}
}

allowed(range) if {
	some entry in input.network.allow_list
	net.cidr_contains(entry.range, range)
}

# METADATA
# title: Passwords are long
# description: Short passwords are guessed.
# custom:
#   severity: low
#   evidence: [/account/password_min_length]
#   params: [password_min_characters]
#   source: PCI DSS 4.0.1 requirement 8.3.6
#   remediation: Raise the shortest length that the account accepts.
#   controls: {iso_27001: ["8.5"], ccm: [IAM-14], csf: [PR.AA-01]}
#   conditions:
#     not_password_length: "passwords of {password_min_length} characters are accepted, wanted are at least {password_min_characters}"
findings.password_length contains finding if {
	account := input.account
	not long_enough(account)
	finding := {
		"condition": "not_password_length",
		"pointer": "/account/password_min_length",
		"values": {"password_min_length": lib.shown(account, "password_min_length"), "password_min_characters": data.params.password_min_characters},
	}
}

long_enough(account) if account.password_min_length >= data.params.password_min_characters
