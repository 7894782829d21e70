# METADATA
# title: Administrate the service
# description: >-
#   Named people administer the domain by written procedures, changes are approved by somebody else, and what is
#   configured is what was decided.
# custom:
#   duty: 3.1.1.3
package okms.administration

import data.lib

# METADATA
# title: Every duty has a named accountable owner and a deputy
# description: A duty that nobody by name answers for is nobody's, most of all when that person is away.
# custom:
#   severity: medium
#   evidence: [/responsibilities/owners]
#   source: ISO/IEC 27001:2022 A.5.2; CSA CCM v4 STA-04
#   remediation: Name for the duty who is accountable and who stands in, two different persons.
#   controls: {iso_27001: ["5.2"], ccm: [STA-04], csf: [GV.RR-02], pci_dss: ["12.8.5"]}
#   conditions:
#     not_owners_named: "duty {duty} has no accountable owner with a deputy who is another person"
findings.owners_named contains finding if {
	some duty in (duties - owned_duties)
	finding := {
		"condition": "not_owners_named",
		"pointer": owner_place(duty, ["accountable", "deputy"]),
		"values": {"duty": duty},
	}
}

duties contains duty if some duty in data.duties

owned_duties contains owner.activity if {
	some owner in input.responsibilities.owners
	lib.distinct(owner.accountable, owner.deputy)
}

owner_place(duty, fields) := lib.place(sprintf("/responsibilities/owners/%v", [places[0]]), input.responsibilities.owners[places[0]], fields) if {
	places := [i | some i, owner in input.responsibilities.owners; owner.activity == duty]
	places != []
} else := "/responsibilities/owners"

# METADATA
# title: Who approves is not who answers for the duty
# description: The person who asks for an exception cannot be the one who grants it.
# custom:
#   severity: medium
#   evidence: [/responsibilities/owners]
#   source: ISO/IEC 27001:2022 A.5.3; NIST SP 800-53 Rev. 5 AC-5
#   remediation: Name another person as approver of the duty's requests and exceptions.
#   controls: {iso_27001: ["5.3"], ccm: [IAM-04], csf: [GV.RR-02]}
#   conditions:
#     not_approvers_separate: "duty {duty} has no approver who is another person than its accountable owner"
findings.approvers_separate contains finding if {
	some duty in (duties - separated_duties)
	finding := {
		"condition": "not_approvers_separate",
		"pointer": owner_place(duty, ["approver"]),
		"values": {"duty": duty},
	}
}

separated_duties contains owner.activity if {
	some owner in input.responsibilities.owners
	lib.distinct(owner.accountable, owner.approver)
}

# METADATA
# title: There are enough administrators, not too many, each with a deputy among them
# description: One administrator is an outage waiting to happen; ten are ten ways in.
# custom:
#   severity: medium
#   evidence: [/administration/administrators]
#   params: [administrators_min, administrators_max]
#   source: own judgement; NIST SP 800-53 Rev. 5 AC-6
#   remediation: Name further administrators, or take rights away; give each a deputy who is an administrator too.
#   controls: {iso_27001: ["5.2", "8.2"], ccm: [STA-04], csf: [GV.RR-02]}
#   conditions:
#     not_administrators_bounded: "there are {persons} administrators, wanted are {administrators_min} to {administrators_max}"
#     not_administrators_bounded_2: "{person} has no deputy who is another administrator"
findings.administrators_bounded contains finding if {
	not bounded
	finding := {
		"condition": "not_administrators_bounded",
		"pointer": "/administration/administrators",
		"values": {"persons": count(persons), "administrators_min": data.params.administrators_min, "administrators_max": data.params.administrators_max},
	}
}

findings.administrators_bounded contains finding if {
	some i, administrator in input.administration.administrators
	not deputised(administrator)
	finding := {
		"condition": "not_administrators_bounded_2",
		"pointer": lib.place(sprintf("/administration/administrators/%d", [i]), administrator, ["person", "deputy"]),
		"values": {"person": lib.shown(administrator, "person")},
	}
}

persons contains lower(administrator.person) if some administrator in input.administration.administrators

bounded if {
	count(persons) >= data.params.administrators_min
	count(persons) <= data.params.administrators_max
}

deputised(administrator) if {
	lib.distinct(administrator.person, administrator.deputy)
	lower(administrator.deputy) in persons
}

# METADATA
# title: Every administrator is an enabled privileged user of the account
# description: The list of administrators and the account's rights tell the same story.
# custom:
#   severity: high
#   evidence: [/administration/administrators, /account/users]
#   source: ISO/IEC 27001:2022 A.8.2; own judgement on the comparison
#   remediation: Take away the account's rights that go with no role, or correct the list of administrators.
#   controls: {iso_27001: ["8.2", "5.2"], ccm: [STA-04], csf: [GV.RR-02]}
#   conditions:
#     not_administrators_match_account: "{person} is no enabled privileged user of the account"
findings.administrators_match_account contains finding if {
	some i, administrator in input.administration.administrators
	not privileged(administrator)
	finding := {
		"condition": "not_administrators_match_account",
		"pointer": lib.place(sprintf("/administration/administrators/%d", [i]), administrator, ["person"]),
		"values": {"person": lib.shown(administrator, "person")},
	}
}

privileged(administrator) if {
	person := lower(administrator.person)
	person in privileged_people
}

privileged_people contains lower(user.person) if {
	some user in input.account.users
	user.status == "enabled"
	user.privileged == true
}

# METADATA
# title: Procedures are written, owned and current
# description: On the bad day nobody invents how a key is revoked or the domain is recovered.
# custom:
#   severity: medium
#   evidence: [/administration/runbooks]
#   params: [runbook_procedures, runbook_review_max_age_days]
#   source: ISO/IEC 27001:2022 A.5.37
#   remediation: Write the procedure, name its owner, review it every year.
#   controls: {iso_27001: ["5.37"], ccm: [CCC-01], csf: [PR.PS-01]}
#   conditions:
#     not_runbooks_current: "{procedure} has no owned procedure reviewed in the last {runbook_review_max_age_days} days"
findings.runbooks_current contains finding if {
	some procedure in data.params.runbook_procedures
	not procedure in current_runbooks
	finding := {
		"condition": "not_runbooks_current",
		"pointer": runbook_place(procedure),
		"values": {"procedure": procedure, "runbook_review_max_age_days": data.params.runbook_review_max_age_days},
	}
}

current_runbooks contains runbook.procedure if {
	some runbook in input.administration.runbooks
	runbook.owner != ""
	lib.within_days(runbook.reviewed_on, data.params.runbook_review_max_age_days)
}

runbook_place(procedure) := lib.place(
	sprintf("/administration/runbooks/%v", [places[0]]), input.administration.runbooks[places[0]],
	["owner", "reviewed_on"],
) if {
	places := [i | some i, runbook in input.administration.runbooks; runbook.procedure == procedure]
	places != []
} else := "/administration/runbooks"

# METADATA
# title: Every change was approved by somebody else
# description: The audit log's changes are all in the change record, each with a ticket and another person's approval.
# custom:
#   severity: high
#   evidence: [/administration/change_count_90d]
#   source: PCI DSS 4.0.1 requirement 6.5.1; ISO/IEC 27001:2022 A.8.32
#   remediation: Find the change that is not in the record, or the approval that is missing; undo what nobody approved.
#   controls: {iso_27001: ["8.32", "5.3"], ccm: [CCC-01], csf: [PR.PS-01], pci_dss: ["6.5.1"]}
#   conditions:
#     not_changes_approved: "change {ticket} was not approved by somebody else than who asked, or is not of the last 90 days"
#     not_changes_approved_2: "the change record is not as long as the audit log says"
findings.changes_approved contains finding if {
	some i, change in input.administration.changes
	not approved(change)
	finding := {
		"condition": "not_changes_approved",
		"pointer": lib.place(sprintf("/administration/changes/%d", [i]), change, ["ticket", "requested_by", "approved_by", "done_at"]),
		"values": {"ticket": lib.shown(change, "ticket")},
	}
}

findings.changes_approved contains finding if {
	not all_recorded
	finding := {
		"condition": "not_changes_approved_2",
		"pointer": "/administration/change_count_90d",
		"values": {},
	}
}

approved(change) if {
	change.ticket != ""
	lib.distinct(change.requested_by, change.approved_by)
	lib.within_days(change.done_at, 90)
}

all_recorded if {
	listed := object.get(input.administration, "changes", [])
	input.administration.change_count_90d == count(listed)
}

# METADATA
# title: The domain is configured as the code says
# description: What is not in code is changed by hand and noticed by nobody; what has drifted was changed outside the process.
# custom:
#   severity: medium
#   evidence: [/administration/configuration]
#   params: [configuration_managed_min_percent, configuration_plan_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.9; CSA CCM v4 CCC-07
#   remediation: Import the missing resources into the code, plan, and resolve every drift.
#   controls: {iso_27001: ["8.9"], ccm: [CCC-07], csf: [PR.PS-01]}
#   conditions:
#     not_configuration_managed: "{resources_managed} of {resources_total} resources are in code and {drift_count} have drifted; wanted are at least {configuration_managed_min_percent} %, none, and a plan in the last {configuration_plan_max_age_days} days"
findings.configuration_managed contains finding if {
	configuration := input.administration.configuration
	not managed(configuration)
	finding := {
		"condition": "not_configuration_managed",
		"pointer": lib.place("/administration/configuration", configuration, ["resources_total", "resources_managed", "drift_count", "planned_at"]),
		"values": {"resources_managed": lib.shown(configuration, "resources_managed"), "resources_total": lib.shown(configuration, "resources_total"), "drift_count": lib.shown(configuration, "drift_count"), "configuration_managed_min_percent": data.params.configuration_managed_min_percent, "configuration_plan_max_age_days": data.params.configuration_plan_max_age_days},
	}
}

managed(configuration) if {
	configuration.resources_managed <= configuration.resources_total
	configuration.resources_managed * 100 >= configuration.resources_total * data.params.configuration_managed_min_percent
	configuration.drift_count == 0
	lib.within_days(configuration.planned_at, data.params.configuration_plan_max_age_days)
}

# METADATA
# title: The split of responsibilities is reviewed by two
# description: Provider and customer each believe that the other does it; the table is read again, together, against its current version.
# custom:
#   severity: medium
#   evidence: [/administration/raci_review]
#   params: [raci_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 12.8.5; CSA CCM v4 STA-04
#   remediation: Read the provider's current table with the owners of the duties, and record who did and against which version.
#   controls: {iso_27001: ["5.23", "5.2"], ccm: [STA-04], csf: [GV.RR-02], pci_dss: ["12.8.5"]}
#   conditions:
#     not_raci_reviewed: "two persons did not review the provider's table in the last {raci_review_max_age_days} days"
findings.raci_reviewed contains finding if {
	review := input.administration.raci_review
	not raci_reviewed(review)
	finding := {
		"condition": "not_raci_reviewed",
		"pointer": lib.place("/administration/raci_review", review, ["reviewed_on", "reviewers", "reading"]),
		"values": {"raci_review_max_age_days": data.params.raci_review_max_age_days},
	}
}

raci_reviewed(review) if {
	lib.within_days(review.reviewed_on, data.params.raci_review_max_age_days)
	review.reading != ""
	count({lower(reviewer) | some reviewer in review.reviewers; reviewer != ""}) > 1
}

# METADATA
# title: The inventory was held against the domain
# description: What the inventory says and what the domain holds agree, and somebody looked.
# custom:
#   severity: medium
#   evidence: [/administration/reconciliation]
#   params: [inventory_reconciliation_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.9; the period is own judgement
#   remediation: List the domain's objects, compare them with the inventory, clear every difference.
#   controls: {iso_27001: ["8.9"], ccm: [CCC-07], csf: [PR.PS-01]}
#   conditions:
#     not_inventory_reconciled: "the inventory was not held against the domain in the last {inventory_reconciliation_max_age_days} days, or {open_differences} differences are open"
findings.inventory_reconciled contains finding if {
	reconciliation := input.administration.reconciliation
	not reconciled(reconciliation)
	finding := {
		"condition": "not_inventory_reconciled",
		"pointer": lib.place("/administration/reconciliation", reconciliation, ["performed_on", "performed_by", "open_differences"]),
		"values": {"inventory_reconciliation_max_age_days": data.params.inventory_reconciliation_max_age_days, "open_differences": lib.shown(reconciliation, "open_differences")},
	}
}

reconciled(reconciliation) if {
	lib.within_days(reconciliation.performed_on, data.params.inventory_reconciliation_max_age_days)
	reconciliation.performed_by != ""
	reconciliation.open_differences == 0
}
