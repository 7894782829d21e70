# METADATA
# title: Administrate the service
# description: >-
#   Named persons administer the domain by written procedures, changes are approved by another person, and the
#   configuration is what was decided.
# custom:
#   duty: 3.1.1.3
package okms.administration

import data.lib

# METADATA
# title: Every duty has a named accountable owner and a deputy
# description: Without a named owner a duty is done by nobody in particular, and without a deputy not during absences.
# custom:
#   severity: medium
#   evidence: [/responsibilities/owners]
#   source: ISO/IEC 27001:2022 A.5.2; CSA CCM v4 STA-04
#   remediation: Name the accountable owner of the duty and the deputy, two different persons.
#   controls: {iso_27001: ["5.2"], ccm: [STA-04], csf: [GV.RR-02], pci_dss: ["3.1.2"]}
#   conditions:
#     not_listed: "duty {duty} is not in the list of owners"
#     incomplete: "the owner of duty {duty} does not state {absent}"
#     same_person: "duty {duty} has {accountable} as accountable owner and as deputy; expected are two persons"
findings.owners_named contains finding if {
	some duty in (duties - owned_duties)
	owner := owner_of(duty)
	finding := {
		"condition": owner_problem(owner, "deputy"),
		"pointer": owner_place(duty, ["accountable", "deputy"]),
		"values": {
			"duty": duty,
			"absent": lib.absent(owner, ["accountable", "deputy"]),
			"accountable": lib.shown(owner, "accountable"),
		},
	}
}

# METADATA
# title: The approver of a duty is not its accountable owner
# description: The person who asks for an exception cannot be the one who grants it.
# custom:
#   severity: medium
#   evidence: [/responsibilities/owners]
#   source: ISO/IEC 27001:2022 A.5.3; NIST SP 800-53 Rev. 5 AC-5
#   remediation: Name another person as approver of the duty's requests and exceptions.
#   controls: {iso_27001: ["5.3"], ccm: [IAM-04], csf: [GV.RR-02]}
#   conditions:
#     not_listed: "duty {duty} is not in the list of owners"
#     incomplete: "the owner of duty {duty} does not state {absent}"
#     same_person: "duty {duty} has {accountable} as accountable owner and as approver; expected are two persons"
findings.approvers_separate contains finding if {
	some duty in (duties - separated_duties)
	owner := owner_of(duty)
	finding := {
		"condition": owner_problem(owner, "approver"),
		"pointer": owner_place(duty, ["approver"]),
		"values": {
			"duty": duty,
			"absent": lib.absent(owner, ["accountable", "approver"]),
			"accountable": lib.shown(owner, "accountable"),
		},
	}
}

# METADATA
# title: There are enough administrators, not too many, each with a deputy among them
# description: >-
#   With one administrator an absence is an outage; each further administrator is another way into the domain.
# custom:
#   severity: medium
#   evidence: [/administration/administrators]
#   params: [administrators_min, administrators_max]
#   source: raci-check default, no external source; NIST SP 800-53 Rev. 5 AC-6
#   remediation: Name further administrators, or take rights away; give each a deputy who is an administrator too.
#   controls: {iso_27001: ["5.2", "8.2"], ccm: [IAM-10], csf: [PR.AA-05]}
#   conditions:
#     number_not_allowed: "{listed} {listed|administrator is|administrators are} listed; expected are {min} to {max}"
#     incomplete: "the administrator {person} does not state {absent}"
#     own_deputy: "the administrator {person} is listed as the own deputy; expected is another administrator"
#     deputy_not_listed: "the administrator {person} has {deputy} as deputy, who is not listed as an administrator"
findings.administrators_bounded contains finding if {
	not bounded
	finding := {
		"condition": "number_not_allowed",
		"pointer": "/administration/administrators",
		"values": {
			"listed": count(persons),
			"min": data.params.administrators_min,
			"max": data.params.administrators_max,
		},
	}
}

findings.administrators_bounded contains finding if {
	some i, administrator in input.administration.administrators
	not deputised(administrator)
	finding := {
		"condition": deputy_problem(administrator),
		"pointer": lib.place(sprintf("/administration/administrators/%d", [i]), administrator, ["person", "deputy"]),
		"values": {
			"person": lib.shown(administrator, "person"),
			"deputy": lib.shown(administrator, "deputy"),
			"absent": lib.absent(administrator, ["person", "deputy"]),
		},
	}
}

# METADATA
# title: Every administrator is an enabled privileged user of the account
# description: >-
#   The list of administrators and the rights in the account agree. A person who logs in through the identity provider
#   is no user of the account: a group gives the rights, by a policy that lets it do more than read.
# custom:
#   severity: medium
#   evidence: [/administration/administrators, /account/user_count, /iam/policy_count, /people/person_count]
#   source: ISO/IEC 27001:2022 A.8.2; the comparison is a raci-check default, no external source
#   remediation: Take away rights in the account that belong to no role, or correct the list of administrators.
#   controls: {iso_27001: ["8.2", "5.18"], ccm: [IAM-03, IAM-10], csf: [PR.AA-05]}
#   conditions:
#     incomplete: "an administrator is listed without the person"
#     not_privileged: >-
#       the administrator {person} is neither an enabled privileged user of the account nor a member of a federated
#       group that a policy lets change something
findings.administrators_match_account contains finding if {
	some i, administrator in input.administration.administrators
	not privileged(administrator)
	finding := {
		"condition": lib.problem(administrator, ["person"], "incomplete", "not_privileged"),
		"pointer": lib.place(sprintf("/administration/administrators/%d", [i]), administrator, ["person"]),
		"values": {"person": lib.shown(administrator, "person")},
	}
}

# METADATA
# title: Every privileged user of the account, and everybody who may administer keys, is an administrator
# description: A right that goes with no role was given for another time or another person, and is another way in.
# custom:
#   severity: high
#   evidence: [/administration/administrators, /account/user_count]
#   source: ISO/IEC 27001:2022 A.8.2; the comparison is a raci-check default, no external source
#   remediation: Take away the administrative rights, or name the person as an administrator.
#   controls: {iso_27001: ["8.2", "5.2"], ccm: [IAM-09, IAM-10], csf: [PR.AA-05]}
#   conditions:
#     incomplete: "the enabled user {login} does not state {absent}"
#     no_administrator: >-
#       the user {login} is enabled and privileged, and belongs to {person}, who is not listed as an administrator;
#       {listed} {listed|person is|persons are}
#     unlisted_rights: >-
#       {person} may administer or destroy keys, or the domain, or change who has which rights, by a policy that is not
#       for emergencies, and is not listed as an administrator; {listed} {listed|person is|persons are}
#     not_prepared: "nothing says what the policies let whom do; make the input with raci-check bundle input"
findings.privileged_users_are_administrators contains finding if {
	some i, user in input.account.users
	not user.status == "disabled"
	not user.privileged == false
	not administers(user)
	finding := {
		"condition": lib.problem(user, ["person", "privileged"], "incomplete", "no_administrator"),
		"pointer": lib.place(sprintf("/account/users/%d", [i]), user, ["person", "privileged"]),
		"values": {
			"login": lib.shown(user, "login"),
			"absent": lib.absent(user, ["person", "privileged"]),
			"person": lib.shown(user, "person"),
			"listed": count(persons),
		},
		"related": ["/administration/administrators"],
	}
}

findings.privileged_users_are_administrators contains finding if {
	some person, i in input.permissions.administrators
	not person in persons
	finding := {
		"condition": "unlisted_rights",
		"pointer": sprintf("/iam/policies/%v", [i]),
		"values": {"person": person, "listed": count(persons)},
		"related": ["/administration/administrators"],
	}
}

findings.privileged_users_are_administrators contains finding if {
	not input.permissions.administrators
	finding := {"condition": "not_prepared", "pointer": "/administration/administrators", "values": {}}
}

# METADATA
# title: Procedures are written, owned and current
# description: In an incident a key is revoked, or the domain recovered, by a procedure that was written before.
# custom:
#   severity: medium
#   evidence: [/administration/runbooks]
#   params: [runbook_procedures, runbook_review_max_age_days]
#   source: ISO/IEC 27001:2022 A.5.37
#   remediation: Write the procedure, name its owner, review it every year.
#   controls: {iso_27001: ["5.37"], ccm: [CEK-01], csf: [ID.IM-04], pci_dss: ["3.1.1"]}
#   conditions:
#     not_listed: "no procedure for {procedure} is listed"
#     incomplete: "the procedure for {procedure} does not state {absent}"
#     review_not_recent: >-
#       the procedure for {procedure} was last reviewed on {reviewed_on}; expected is a review in the {days}
#       {days|day|days} before the assessment
findings.runbooks_current contains finding if {
	some procedure in data.params.runbook_procedures
	not procedure in current_runbooks
	runbook := runbook_for(procedure)
	finding := {
		"condition": runbook_problem(runbook),
		"pointer": runbook_place(procedure),
		"values": {
			"procedure": procedure,
			"absent": lib.absent(runbook, ["owner", "reviewed_on"]),
			"reviewed_on": lib.shown(runbook, "reviewed_on"),
			"days": data.params.runbook_review_max_age_days,
		},
	}
}

# METADATA
# title: Every change was approved by another person
# description: The audit log's changes are all in the change record, each with a ticket and another person's approval.
# custom:
#   severity: high
#   evidence: [/administration/change_count_90d, /keys/service_keys, /credentials/certificate_count]
#   population: {list: /administration/changes, count: /administration/change_count_90d}
#   params: [change_rollout_max_days]
#   source: PCI DSS 4.0.1 requirement 6.5.1; ISO/IEC 27001:2022 A.8.32
#   remediation: Find the change that is not in the record, or the missing approval; undo changes without approval.
#   controls: {iso_27001: ["8.32", "5.3"], ccm: [CCC-04], csf: [PR.PS-01, ID.RA-07], pci_dss: ["6.5.1"]}
#   conditions:
#     incomplete: "the change {ticket} does not state {absent}"
#     approved_by_requester: >-
#       the change {ticket} was approved by {approver}, who requested it, or answers for the program that did; expected
#       is the approval of another person
#     outside_window: >-
#       the change {ticket} was made at {done_at}; expected are the changes of the {days} days before the list was read
#     changes_left_out: "{listed} {listed|change is|changes are} listed, the audit log counts {counted}"
#     made_without_change: >-
#       {object} has {date} as {field}, and no change is listed for that day, the day after or the {rollout}
#       {rollout|day|days} before
findings.changes_approved contains finding if {
	some i, change in input.administration.changes
	not approved(change)
	finding := {
		"condition": change_problem(change),
		"pointer": lib.place(sprintf("/administration/changes/%d", [i]), change, change_fields),
		"values": {
			"ticket": lib.shown(change, "ticket"),
			"absent": lib.absent(change, change_fields),
			"approver": lib.shown(change, "approved_by"),
			"done_at": lib.shown(change, "done_at"),
			"days": window_days,
		},
	}
}

findings.changes_approved contains finding if {
	not all_recorded
	finding := {
		"condition": "changes_left_out",
		"pointer": "/administration/change_count_90d",
		"values": {"listed": count(changes), "counted": lib.shown(input.administration, "change_count_90d")},
	}
}

findings.changes_approved contains finding if {
	some event in events
	day := event.day
	not day in changed_days
	finding := {
		"condition": "made_without_change",
		"pointer": event.pointer,
		"values": {
			"object": event.object,
			"date": event.date,
			"field": event.field,
			"rollout": data.params.change_rollout_max_days,
		},
		"related": ["/administration/changes" | count(changes) > 0],
	}
}

# METADATA
# title: The domain is configured as the code says
# description: >-
#   Resources outside the code are changed by hand without a review; a drift is a change outside the process.
# custom:
#   severity: medium
#   evidence:
#     - /administration/configuration
#     - /management/state_backend_count
#     - /keys/service_keys
#     - /credentials/certificate_count
#   population: {list: /administration/configuration, count: /management/state_backend_count}
#   params: [configuration_managed_min_percent, configuration_plan_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.9; CSA CCM v4 CCC-07
#   remediation: Import the missing resources into the code, plan, and resolve every drift.
#   controls: {iso_27001: ["8.9"], ccm: [CCC-07], csf: [PR.PS-01]}
#   conditions:
#     incomplete: "the configuration does not state {absent}"
#     more_than_there_are: >-
#       {managed} {managed|resource is|resources are} stated as managed by the code, and {total} as the number that
#       there {total|is|are}
#     fewer_than_inventories: >-
#       {total} {total|resource is|resources are} counted; when the plan was made there were {keys} {keys|key|keys} and
#       {certificates} {certificates|certificate|certificates}
#     no_state: >-
#       {managed} {managed|resource is|resources are} managed by the code, and no backend with its state is counted
#     too_few_managed: >-
#       {managed} of {total} {total|resource|resources} {managed|is|are} managed by the code; expected are at least
#       {percent} %
#     drifted: "{drift} {drift|resource differs|resources differ} from the code; expected is no difference"
#     plan_not_recent: >-
#       the last plan was made at {planned_at}; expected is a plan in the {days} {days|day|days} before the assessment
findings.configuration_managed contains finding if {
	configuration := input.administration.configuration
	not managed(configuration)
	finding := {
		"condition": configuration_problem(configuration),
		"pointer": lib.place("/administration/configuration", configuration, configuration_fields),
		"values": {
			"absent": lib.absent(configuration, configuration_fields),
			"managed": lib.shown(configuration, "resources_managed"),
			"total": lib.shown(configuration, "resources_total"),
			"keys": count(keys_at_plan),
			"certificates": count(certificates_at_plan),
			"percent": data.params.configuration_managed_min_percent,
			"drift": lib.shown(configuration, "drift_count"),
			"planned_at": lib.shown(configuration, "planned_at"),
			"days": data.params.configuration_plan_max_age_days,
		},
		"related": configuration_related(configuration),
	}
}

# METADATA
# title: The split of responsibilities is reviewed by two persons
# description: >-
#   Where provider and customer each believe that the other does a duty, it is not done; two persons read the current
#   version of the provider's table again.
# custom:
#   severity: medium
#   evidence: [/administration/raci_review]
#   params: [raci_review_max_age_days, raci_table_versions]
#   source: PCI DSS 4.0.1 requirement 12.8.5; CSA CCM v4 STA-05
#   remediation: >-
#     Read the provider's current table with the owners of the duties, and record the reviewers and the version.
#   controls: {iso_27001: ["5.23", "5.2"], ccm: [STA-05], csf: [GV.SC-02], pci_dss: ["12.8.5"]}
#   conditions:
#     incomplete: "the review of the split of responsibilities does not state {absent}"
#     review_not_recent: >-
#       the split of responsibilities was last reviewed on {reviewed_on}; expected is a review in the {days}
#       {days|day|days} before the assessment
#     other_version: >-
#       the split of responsibilities was compared with {reading}; expected is the version of the provider's table of
#       one of these dates: {versions}
#     reviewed_before_version: >-
#       the split of responsibilities was reviewed on {reviewed_on}, before {reading} was published
#     too_few_reviewers: "the split of responsibilities was reviewed by {reviewers}; expected are two persons or more"
findings.raci_reviewed contains finding if {
	review := input.administration.raci_review
	not raci_reviewed(review)
	finding := {
		"condition": raci_problem(review),
		"pointer": lib.place("/administration/raci_review", review, raci_fields),
		"values": {
			"absent": lib.absent(review, raci_fields),
			"reviewed_on": lib.shown(review, "reviewed_on"),
			"reviewers": lib.shown(review, "reviewers"),
			"reading": lib.shown(review, "reading"),
			"versions": data.params.raci_table_versions,
			"days": data.params.raci_review_max_age_days,
		},
	}
}

# METADATA
# title: The inventory was compared with the domain
# description: A person listed the domain's objects, and the inventory agrees with them.
# custom:
#   severity: medium
#   evidence: [/administration/reconciliation]
#   params: [inventory_reconciliation_max_age_days]
#   source: ISO/IEC 27001:2022 A.5.9; the period is a raci-check default, no external source
#   remediation: List the domain's objects, compare them with the inventory, resolve every difference.
#   controls: {iso_27001: ["5.9"], ccm: [CEK-21], csf: [ID.AM-07]}
#   conditions:
#     incomplete: "the comparison of the inventory with the domain does not state {absent}"
#     comparison_not_recent: >-
#       the inventory was last compared with the domain on {performed_on}; expected is a comparison in the {days}
#       {days|day|days} before the assessment
#     differences_open: >-
#       {differences} {differences|difference|differences} between the inventory and the domain {differences|is|are}
#       open; expected is none
findings.inventory_reconciled contains finding if {
	reconciliation := input.administration.reconciliation
	not reconciled(reconciliation)
	finding := {
		"condition": reconciliation_problem(reconciliation),
		"pointer": lib.place("/administration/reconciliation", reconciliation, reconciliation_fields),
		"values": {
			"absent": lib.absent(reconciliation, reconciliation_fields),
			"performed_on": lib.shown(reconciliation, "performed_on"),
			"days": data.params.inventory_reconciliation_max_age_days,
			"differences": lib.shown(reconciliation, "open_differences"),
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections administration, responsibilities and assurance, each name leads to something that the evidence
#   lists, in a state that allows it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/administration, /responsibilities]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["administration", "responsibilities", "assurance"])
}

# owners_named, approvers_separate

duties contains duty if some duty in data.duties

owned_duties contains owner.activity if {
	some owner in input.responsibilities.owners
	lib.distinct(owner.accountable, owner.deputy)
}

separated_duties contains owner.activity if {
	some owner in input.responsibilities.owners
	lib.distinct(owner.accountable, owner.approver)
}

owner_places(duty) := [i | some i, owner in input.responsibilities.owners; owner.activity == duty]

owner_of(duty) := input.responsibilities.owners[owner_places(duty)[0]] if {
	owner_places(duty) != []
} else := {}

owner_place(duty, fields) := lib.place(
	sprintf("/responsibilities/owners/%v", [owner_places(duty)[0]]),
	owner_of(duty), fields,
) if {
	owner_places(duty) != []
} else := "/responsibilities/owners"

owner_problem(owner, other) := "not_listed" if {
	owner == {}
} else := "incomplete" if {
	lib.absent(owner, ["accountable", other]) != []
} else := "same_person"

# administrators_bounded

persons contains lower(administrator.person) if some administrator in input.administration.administrators

bounded if {
	count(persons) >= data.params.administrators_min
	count(persons) <= data.params.administrators_max
}

deputised(administrator) if {
	lib.distinct(administrator.person, administrator.deputy)
	lower(administrator.deputy) in persons
}

other_deputy(administrator) if lib.distinct(administrator.person, administrator.deputy)

deputy_problem(administrator) := "incomplete" if {
	lib.absent(administrator, ["person", "deputy"]) != []
} else := "own_deputy" if {
	not other_deputy(administrator)
} else := "deputy_not_listed"

# administrators_match_account

privileged(administrator) if {
	person := lower(administrator.person)
	person in privileged_people
}

privileged_people contains lower(user.person) if {
	some user in input.account.users
	user.status == "enabled"
	user.privileged == true
}

privileged_people contains name if some name in changing_members

privileged_people contains lower(person.id) if {
	some person in input.people.people
	some name in array.concat(object.get(person, "logins", []), object.get(person, "addresses", []))
	lower(name) in changing_members
}

# changing_members are the members of federated groups that a policy lets change something, as the identity provider
# knows them.
changing_members contains lower(member) if {
	some group in input.account.groups
	group.federated == true
	lower(group.name) in changing_groups
	some member in group.members
}

changing_groups contains name if {
	some policy in input.iam.policies
	some action in policy.allow
	not endswith(lower(action), "/get")
	some identity in policy.identities
	contains(lower(identity), ":identity:group:")
	parts := split(lower(identity), "/")
	name := concat("/", array.slice(parts, 1, count(parts)))
}

# privileged_users_are_administrators

administers(user) if {
	user.privileged == true
	person := lower(user.person)
	person in persons
}

# runbooks_current

current_runbooks contains runbook.procedure if {
	some runbook in input.administration.runbooks
	runbook.owner != ""
	lib.within_days(runbook.reviewed_on, data.params.runbook_review_max_age_days)
}

runbook_places(procedure) := [i | some i, runbook in input.administration.runbooks; runbook.procedure == procedure]

runbook_for(procedure) := input.administration.runbooks[runbook_places(procedure)[0]] if {
	runbook_places(procedure) != []
} else := {}

runbook_place(procedure) := lib.place(
	sprintf("/administration/runbooks/%v", [runbook_places(procedure)[0]]), runbook_for(procedure),
	["owner", "reviewed_on"],
) if {
	runbook_places(procedure) != []
} else := "/administration/runbooks"

runbook_problem(runbook) := "not_listed" if {
	runbook == {}
} else := "incomplete" if {
	lib.absent(runbook, ["owner", "reviewed_on"]) != []
} else := "review_not_recent"

# changes_approved

change_fields := ["ticket", "requested_by", "approved_by", "done_at"]

window_days := 90

changes := object.get(input.administration, "changes", [])

approved(change) if {
	change.ticket != ""
	approved_by_another(change)
	in_window(change)
}

approved_by_another(change) if {
	lib.distinct(change.requested_by, change.approved_by)
	not by_program_of_approver(change)
}

# What a program requests comes from whoever answers for it.
by_program_of_approver(change) if {
	some program in input.people.programs
	lower(program.id) == lower(change.requested_by)
	lower(program.owner) == lower(change.approved_by)
}

in_window(change) if {
	done := lib.ns(change.done_at)
	lib.reached(done)
	done >= read_ns - lib.days_ns(window_days)
}

in_window(change) if {
	not input.administration.source.collected_at
	lib.within_days(change.done_at, window_days)
}

# Without it, the window ends with the assessment.
read_ns := lib.ns(input.administration.source.collected_at)

day_of(instant) := (instant - (instant % lib.day_ns)) / lib.day_ns

change_days contains day_of(lib.ns(change.done_at)) if some change in changes

# The days of events that a change accounts for: its own, the one before (it may be recorded late), and its rollout.
changed_days contains day if {
	some day in event_days
	some change_day in change_days
	day >= change_day - 1
	day <= change_day + data.params.change_rollout_max_days
}

event_days := {event.day | some event in events}

# What the inventories show to have happened in the window. The change for what happened in its first days may lie
# before it.
events contains event if {
	some field in ["created_at", "deactivated_at", "destroyed_at"]
	some i, key in input.keys.service_keys
	happened(key[field])
	event := {
		"pointer": sprintf("/keys/service_keys/%d/%s", [i, field]),
		"object": lib.label(key), "field": field, "date": key[field], "day": day_of(lib.ns(key[field])),
	}
}

events contains event if {
	some field in ["created_at", "revoked_at"]
	some i, certificate in input.credentials.certificates
	happened(certificate[field])
	event := {
		"pointer": sprintf("/credentials/certificates/%d/%s", [i, field]),
		"object": lib.label(certificate), "field": field, "date": certificate[field],
		"day": day_of(lib.ns(certificate[field])),
	}
}

happened(date) if {
	instant := lib.ns(date)
	instant <= read_ns
	instant >= read_ns - lib.days_ns(window_days - data.params.change_rollout_max_days)
}

happened(date) if {
	not input.administration.source.collected_at
	lib.within_days(date, window_days - data.params.change_rollout_max_days)
}

all_recorded if input.administration.change_count_90d == count(changes)

change_problem(change) := "incomplete" if {
	lib.absent(change, change_fields) != []
} else := "approved_by_requester" if {
	not approved_by_another(change)
} else := "outside_window"

# configuration_managed

configuration_fields := ["resources_total", "resources_managed", "drift_count", "planned_at"]

managed(configuration) if {
	at_most_total(configuration)
	covers_inventories(configuration)
	state_counted(configuration)
	enough_managed(configuration)
	configuration.drift_count == 0
	lib.within_days(configuration.planned_at, data.params.configuration_plan_max_age_days)
}

at_most_total(configuration) if configuration.resources_managed <= configuration.resources_total

covers_inventories(configuration) if {
	configuration.resources_total >= count(keys_at_plan) + count(certificates_at_plan)
}

planned_ns := lib.ns(input.administration.configuration.planned_at)

# Keys and certificates that existed when the plan was made: each is a resource.
keys_at_plan := [key.id |
	some key in input.keys.service_keys
	not lib.destroyed(key)
	lib.ns(key.created_at) <= planned_ns
]

certificates_at_plan := [certificate.id |
	some certificate in input.credentials.certificates
	not certificate.revoked_at
	lib.ns(certificate.created_at) <= planned_ns
]

state_counted(configuration) if configuration.resources_managed == 0

state_counted(_) if input.management.state_backend_count > 0

configuration_related(configuration) := ["/keys/service_keys", "/credentials/certificates"] if {
	not covers_inventories(configuration)
} else := ["/management/state_backend_count"] if {
	not state_counted(configuration)
} else := []

enough_managed(configuration) if {
	expected := configuration.resources_total * data.params.configuration_managed_min_percent
	configuration.resources_managed * 100 >= expected
}

configuration_problem(configuration) := "incomplete" if {
	lib.absent(configuration, configuration_fields) != []
} else := "more_than_there_are" if {
	not at_most_total(configuration)
} else := "fewer_than_inventories" if {
	not covers_inventories(configuration)
} else := "no_state" if {
	not state_counted(configuration)
} else := "too_few_managed" if {
	not enough_managed(configuration)
} else := "drifted" if {
	not configuration.drift_count == 0
} else := "plan_not_recent"

# raci_reviewed

raci_fields := ["reviewed_on", "reviewers", "reading"]

raci_reviewed(review) if {
	raci_recent(review)
	current_version(review)
	after_version(review)
	count({lower(reviewer) | some reviewer in review.reviewers; reviewer != ""}) > 1
}

raci_recent(review) if lib.within_days(review.reviewed_on, data.params.raci_review_max_age_days)

versions(review) := [version |
	some version in data.params.raci_table_versions
	contains(review.reading, version)
]

current_version(review) if versions(review) != []

after_version(review) if {
	some version in versions(review)
	lib.ns(review.reviewed_on) >= lib.ns(version)
}

raci_problem(review) := "incomplete" if {
	lib.absent(review, raci_fields) != []
} else := "review_not_recent" if {
	not raci_recent(review)
} else := "other_version" if {
	not current_version(review)
} else := "reviewed_before_version" if {
	not after_version(review)
} else := "too_few_reviewers"

# inventory_reconciled

reconciliation_fields := ["performed_on", "performed_by", "open_differences"]

reconciled(reconciliation) if {
	reconciled_recently(reconciliation)
	reconciliation.performed_by != ""
	reconciliation.open_differences == 0
}

reconciled_recently(reconciliation) if {
	lib.within_days(reconciliation.performed_on, data.params.inventory_reconciliation_max_age_days)
}

reconciliation_problem(reconciliation) := "incomplete" if {
	lib.absent(reconciliation, reconciliation_fields) != []
} else := "comparison_not_recent" if {
	not reconciled_recently(reconciliation)
} else := "differences_open"
