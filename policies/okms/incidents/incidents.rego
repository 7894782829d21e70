# METADATA
# title: Handle incidents (tickets and telephone contacts)
# description: >-
#   The customer is accountable and informed; OVHcloud does the work on its side. So there is an on-call service, the
#   provider is notified in time, legal deadlines are kept, and lessons are implemented.
# custom:
#   duty: 3.2.1.1
package okms.incidents

import data.lib

# METADATA
# title: An owner is accountable, and the on-call service answers at any hour
# description: An accountable owner, a deputy who is another person, and an on-call service around the clock.
# custom:
#   severity: medium
#   evidence: [/incidents/plan]
#   source: PCI DSS 4.0.1 requirement 12.10.3
#   remediation: Name an owner and a deputy, and set up an on-call service.
#   controls: {iso_27001: ["5.24"], ccm: [SEF-03], csf: [RS.MA-01], pci_dss: ["12.10.3"]}
#   conditions:
#     incomplete: "the incident plan does not state {absent}"
#     no_other_deputy: >-
#       the owner and the deputy of the incident plan are {owner} and {deputy}; expected are two different persons
#     not_at_any_hour: "the on-call service works {on_call}; expected is 24x7"
findings.accountable_on_call contains finding if {
	plan := input.incidents.plan
	not answered(plan)
	finding := {
		"condition": on_call_problem(plan),
		"pointer": lib.place("/incidents/plan", plan, on_call_fields),
		"values": {
			"absent": lib.absent(plan, on_call_fields),
			"owner": lib.shown(plan, "owner"),
			"deputy": lib.shown(plan, "deputy"),
			"on_call": lib.shown(plan, "on_call"),
		},
	}
}

# METADATA
# title: The plan is reviewed and exercised every year
# description: A plan is known to work where it was exercised, and what did not work was fixed.
# custom:
#   severity: medium
#   evidence: [/incidents/plan]
#   params: [incident_plan_review_max_age_days, incident_exercise_max_age_days, open_actions_max_days]
#   source: PCI DSS 4.0.1 requirement 12.10.2
#   remediation: Review and exercise the plan, keep the record as artifact, close the actions.
#   controls: {iso_27001: ["5.24", "5.27"], ccm: [SEF-04], csf: [ID.IM-02, ID.IM-04], pci_dss: ["12.10.2"]}
#   conditions:
#     incomplete: "the incident plan does not state {absent}"
#     no_record: "the exercise of {exercised_on} has no record (artifact)"
#     review_not_recent: >-
#       the incident plan was last reviewed on {reviewed_on}; expected is a review in the {review_days}
#       {review_days|day|days} before the assessment
#     exercise_not_recent: >-
#       the incident plan was last exercised on {exercised_on}; expected is an exercise in the {exercise_days}
#       {exercise_days|day|days} before the assessment
#     actions_open: >-
#       {open} {open|action is|actions are} open from the exercise of {exercised_on}; expected are 0, or a day by when
#       they are done (actions_due_on), not past and in the {actions_days} {actions_days|day|days} after it
findings.plan_exercised contains finding if {
	plan := input.incidents.plan
	not exercised(plan)
	finding := {
		"condition": exercise_problem(plan),
		"pointer": lib.place("/incidents/plan", plan, exercise_fields),
		"values": {
			"absent": lib.absent(plan, exercise_fields),
			"reviewed_on": lib.shown(plan, "reviewed_on"),
			"review_days": data.params.incident_plan_review_max_age_days,
			"exercised_on": lib.shown(plan, "exercised_on"),
			"exercise_days": data.params.incident_exercise_max_age_days,
			"open": lib.shown(plan, "open_actions"),
			"actions_days": data.params.open_actions_max_days,
		},
	}
}

# METADATA
# title: The route to the provider is known, tested, and open to more than one person
# description: Support level, ticket contacts and status feed are current, and both channels were tested.
# custom:
#   severity: medium
#   evidence: [/incidents/support]
#   params: [support_contacts_min, support_contact_max_age_days, support_test_max_age_days]
#   source: CSA CCM v4 SEF-08; the periods are a raci-check default, no external source
#   remediation: Verify the contacts, name a second one, test ticket and telephone, subscribe to the status feed.
#   controls: {iso_27001: ["5.24", "5.26"], ccm: [SEF-03, SEF-08], csf: [GV.SC-08], pci_dss: ["12.10.1"]}
#   conditions:
#     incomplete: "the route to the provider does not state {absent}"
#     too_few_contacts: >-
#       {contacts} {contacts|person may|persons may} open tickets with the provider; expected {contacts_min|is|are} at
#       least {contacts_min}
#     test_not_recent: >-
#       the channels to the provider were last tested on {tested_on}; expected is a test in the {days} {days|day|days}
#       before the assessment
#     no_recent_notice: >-
#       a notice of the provider's status feed was last received on {notice_on}; expected is one in the {days}
#       {days|day|days} before the assessment
#     contact_incomplete: "a contact for tickets, {person}, does not state {absent}"
#     contact_not_verified: >-
#       {person} was last verified as a contact on {verified_on}; expected is a date in the {days} {days|day|days}
#       before the assessment
findings.provider_reachable contains finding if {
	support := input.incidents.support
	not reachable(support)
	finding := {
		"condition": support_problem(support),
		"pointer": lib.place("/incidents/support", support, support_fields),
		"values": {
			"absent": lib.absent(support, support_fields),
			"contacts": count(persons(support)),
			"contacts_min": data.params.support_contacts_min,
			"tested_on": lib.shown(support, "tested_on"),
			"notice_on": lib.shown(support, "status_feed_last_seen_on"),
			"days": data.params.support_test_max_age_days,
		},
	}
}

findings.provider_reachable contains finding if {
	some i, contact in input.incidents.support.contacts
	not verified(contact)
	finding := {
		"condition": lib.problem(contact, contact_fields, "contact_incomplete", "contact_not_verified"),
		"pointer": lib.place(sprintf("/incidents/support/contacts/%d", [i]), contact, contact_fields),
		"values": {
			"person": lib.shown(contact, "person"),
			"absent": lib.absent(contact, contact_fields),
			"verified_on": lib.shown(contact, "verified_on"),
			"days": data.params.support_contact_max_age_days,
		},
	}
}

# METADATA
# title: There is a playbook for a compromised key
# description: Revoke, re-key, encrypt again, revoke certificates, inform, keep the logs; written before it is needed.
# custom:
#   severity: medium
#   evidence: [/incidents/playbooks]
#   params: [key_compromise_steps, incident_plan_review_max_age_days]
#   source: CSA CCM v4 CEK-19
#   remediation: Write the playbook with all its steps, and review it every year.
#   controls: {iso_27001: ["5.24", "5.26"], ccm: [CEK-19, SEF-03], csf: [ID.IM-04]}
#   conditions:
#     no_playbook: "no playbook is for the scenario key_compromise"
#     incomplete: "the playbook for key_compromise does not state {absent}"
#     review_not_recent: >-
#       the playbook for key_compromise was last reviewed on {reviewed_on}; expected is a review in the {days}
#       {days|day|days} before the assessment
#     steps_left_out: "the playbook for key_compromise does not describe {left_out}"
findings.key_compromise_playbook contains finding if {
	not has_playbook
	finding := {
		"condition": playbook_problem,
		"pointer": playbook_place,
		"values": {
			"absent": lib.absent(first_playbook, playbook_fields),
			"reviewed_on": lib.shown(first_playbook, "reviewed_on"),
			"days": data.params.incident_plan_review_max_age_days,
			"left_out": steps_left_out(first_playbook),
		},
	}
}

# METADATA
# title: The incident record is complete
# description: It is what the ticket system counts, and every incident that a compromised key names is in it.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d, /keys/service_keys]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   source: ISO/IEC 27001:2022 A.5.28; NIST CSF 2.0 RS.AN-07
#   remediation: Find the incident that is not in the record.
#   controls: {iso_27001: ["5.25", "5.28"], csf: [RS.AN-07]}
#   conditions:
#     incidents_left_out: >-
#       the record lists {listed} different {listed|incident|incidents} of the last 365 days, the ticket system counts
#       {counted}
#     key_without_incident: "the key {key} was compromised at {compromised_at} and names no incident"
#     unknown_incident: >-
#       the key {key} was compromised at {compromised_at}; its incident {incident} is not in the record
#     severity_too_low: >-
#       the key {key}, of the class {data_class}, was compromised in the incident {incident}, which is called minor
#     incident_incomplete: "the incident {incident} does not state {absent}"
#     detected_in_future: "the incident {incident} was detected at {detected_at}, after the assessment"
findings.incidents_recorded contains finding if {
	not all_recorded
	finding := {
		"condition": "incidents_left_out",
		"pointer": "/incidents/incident_count_365d",
		"values": {
			"listed": count(recent_incident_ids),
			"counted": lib.shown(input.incidents, "incident_count_365d"),
		},
	}
}

findings.incidents_recorded contains finding if {
	some i, key in input.keys.service_keys
	lib.compromised(key)
	lib.within_days(key.compromised_at, 365)
	not recorded(key)
	finding := {
		"condition": lib.problem(key, ["incident_id"], "key_without_incident", "unknown_incident"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["incident_id"]),
		"values": {
			"key": lib.label(key),
			"compromised_at": lib.shown(key, "compromised_at"),
			"incident": lib.shown(key, "incident_id"),
		},
	}
}

findings.incidents_recorded contains finding if {
	some i, key in input.keys.service_keys
	lib.compromised(key)
	key.incident_id in minor_incidents
	not harmless(key)
	finding := {
		"condition": "severity_too_low",
		"pointer": sprintf("/keys/service_keys/%d/incident_id", [i]),
		"values": {
			"key": lib.label(key),
			"data_class": lib.shown(key, "data_class"),
			"incident": key.incident_id,
		},
		"related": [sprintf("/incidents/incidents/%d/severity", [k]) |
			some k, incident in input.incidents.incidents
			incident.id == key.incident_id
		],
	}
}

findings.incidents_recorded contains finding if {
	some i, incident in input.incidents.incidents
	not identified(incident)
	finding := {
		"condition": lib.problem(incident, incident_fields, "incident_incomplete", "detected_in_future"),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, incident_fields),
		"values": {
			"incident": lib.label(incident),
			"absent": lib.absent(incident, incident_fields),
			"detected_at": lib.shown(incident, "detected_at"),
		},
	}
}

# METADATA
# title: The provider was notified of critical incidents in time
# description: >-
#   Without a notice the provider can neither help nor warn others. An incident that does not touch its service is none
#   of its concern.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d, /keys/service_keys]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [provider_notice_max_minutes]
#   source: ISO/IEC 27001:2022 A.5.26; the time is a raci-check default, no external source
#   remediation: Open a ticket with the provider at once; put the step first in the playbook.
#   controls: {iso_27001: ["5.26", "6.8"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     touches_keys: >-
#       the critical incident {incident} is said not to touch the service, and the compromised {keys|key|keys} {keys}
#       {keys|names|name} it
#     not_notified: "it is not stated when the provider was notified of the critical incident {incident}"
#     notified_late: >-
#       the critical incident {incident} was detected at {detected_at} and the provider notified at {notified_at};
#       expected {limit|is|are} at most {limit} {limit|minute|minutes} from one to the other
findings.provider_notified contains finding if {
	some i, incident in input.incidents.incidents
	incident.severity == "critical"
	not provider_informed(incident)
	finding := {
		"condition": notice_problem(incident),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["provider_notified_at"]),
		"values": {
			"incident": lib.label(incident),
			"detected_at": lib.shown(incident, "detected_at"),
			"notified_at": lib.shown(incident, "provider_notified_at"),
			"limit": data.params.provider_notice_max_minutes,
			"keys": [lib.label(key) | some key in keys_of(incident)],
		},
		"related": [sprintf("/keys/service_keys/%d/incident_id", [k]) | some k, _ in keys_of(incident)],
	}
}

# METADATA
# title: Breaches of personal data were notified in time
# description: >-
#   The legal deadline runs from the awareness of the breach. A breach that is unlikely to result in a risk to persons
#   is not notified, but assessed and on record; of a high risk the persons are informed too.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [authority_notice_max_hours, incident_awareness_max_hours]
#   source: Regulation (EU) 2016/679 (GDPR) Articles 33 and 34
#   remediation: >-
#     Notify the authority now, with the reasons for the delay; record for each incident whether personal data was
#     breached, and who assessed the risk where it is unlikely.
#   controls: {iso_27001: ["5.26", "5.5"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     unknown_breach: "it is not stated whether the incident {incident} breached personal data"
#     risk_not_assessed: >-
#       the incident {incident} breached personal data without risk to persons, and it is not stated who assessed the
#       risk
#     aware_late: >-
#       the incident {incident} was detected at {detected_at} and the breach of personal data known at {aware_at};
#       expected {awareness_hours|is|are} at most {awareness_hours} {awareness_hours|hour|hours} from one to the other
#     not_notified: >-
#       the incident {incident} breached personal data, and it is not stated when the authority was notified
#     notified_late: >-
#       the incident {incident} breached personal data, which was known at {aware_at}, and was notified to the authority
#       at {notified_at}; expected {hours|is|are} at most {hours} {hours|hour|hours} from one to the other
#     persons_not_informed: >-
#       the incident {incident} breached personal data with a high risk to persons, and it is not stated that these were
#       informed after the detection
findings.authority_notified contains finding if {
	some i, incident in input.incidents.incidents
	not lawful(incident)
	finding := {
		"condition": authority_problem(incident),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["personal_data"]),
		"values": {
			"incident": lib.label(incident),
			"detected_at": lib.shown(incident, "detected_at"),
			"aware_at": lib.shown({"at": aware_at(incident)}, "at"),
			"notified_at": lib.shown(incident, "authority_notified_at"),
			"awareness_hours": data.params.incident_awareness_max_hours,
			"hours": data.params.authority_notice_max_hours,
		},
	}
}

# METADATA
# title: Reports that NIS 2 and DORA ask for were made in time
# description: >-
#   The clocks run from the awareness of the incident, under DORA also from its classification. A report that is not due
#   yet is not asked for. The content of the reports is not looked at.
# custom:
#   severity: medium
#   evidence: [/incidents/legal_report_count_365d]
#   population: {list: /incidents/legal_reports, count: /incidents/legal_report_count_365d}
#   params:
#     - nis2_early_warning_max_hours
#     - nis2_notification_max_hours
#     - nis2_final_report_max_months
#     - dora_initial_notification_max_hours
#     - dora_classified_notification_max_hours
#     - dora_intermediate_report_max_hours
#     - dora_final_report_max_months
#   source: Directive (EU) 2022/2555 (NIS 2) Article 23(4); Delegated Regulation (EU) 2025/301 (DORA) Article 5
#   remediation: >-
#     Send the report now, with the reasons for the delay; record for each incident that the law covers when it was
#     known, classified and reported.
#   controls: {iso_27001: ["5.26", "5.5"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     reports_left_out: >-
#       {listed} different {listed|incident|incidents} of the last 365 days {listed|has|have} a record of legal reports,
#       {counted} had to be reported
#     incomplete: "the record of legal reports on the incident {incident} does not state {absent}"
#     not_aware_yet: "the incident {incident} was known at {aware_at}, after the assessment"
#     warning_late: >-
#       the date of the early warning under NIS 2 on the incident {incident} is {first_at}; expected is a time at most
#       {first_hours} {first_hours|hour|hours} after the incident was known, at {aware_at}
#     notification_late: >-
#       the date of the notification under NIS 2 of the incident {incident} is {second_at}; expected is a time at most
#       {second_hours} {second_hours|hour|hours} after the incident was known, at {aware_at}
#     initial_late: >-
#       the date of the initial notification under DORA of the incident {incident} is {first_at}; expected are at most
#       {classified_hours} {classified_hours|hour|hours} after its classification at {classified_at}, and {first_hours}
#       {first_hours|hour|hours} after {aware_at} if it was classified by then
#     intermediate_late: >-
#       the date of the intermediate report under DORA on the incident {incident} is {second_at}; expected is a time at
#       most {second_hours} {second_hours|hour|hours} after the initial notification at {first_at}
#     final_late: >-
#       the date of the final report under {law} on the incident {incident} is {final_at}; expected is a day at most
#       {months} {months|month|months} after the report of {before_at}, or the Monday after a weekend
findings.legal_reports_in_time contains finding if {
	not legal_reports_complete
	finding := {
		"condition": "reports_left_out",
		"pointer": "/incidents/legal_report_count_365d",
		"values": {
			"listed": count(recent_legal_reports),
			"counted": lib.shown(input.incidents, "legal_report_count_365d"),
		},
	}
}

findings.legal_reports_in_time contains finding if {
	some i, report in input.incidents.legal_reports
	not reported_in_time(report)
	problem := report_problem(report)
	finding := {
		"condition": problem.condition,
		"pointer": lib.place(sprintf("/incidents/legal_reports/%d", [i]), report, problem.fields),
		"values": {
			"incident": lib.shown(report, "incident"),
			"law": law_name(report),
			"absent": lib.absent(report, report_fields(report)),
			"aware_at": lib.shown(report, "aware_at"),
			"classified_at": lib.shown(report, "classified_at"),
			"first_at": lib.shown(report, "first_report_at"),
			"second_at": lib.shown(report, "second_report_at"),
			"final_at": lib.shown(report, "final_report_at"),
			"before_at": lib.shown(report, before_field(report)),
			"first_hours": first_hours(report),
			"classified_hours": data.params.dora_classified_notification_max_hours,
			"second_hours": second_hours(report),
			"months": final_months(report),
		},
	}
}

# METADATA
# title: Incidents are closed with a cause, and the lessons are implemented
# description: >-
#   An incident whose cause was not found is likely to happen again. The lessons are due after the closing; an incident
#   that is still open has none yet.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [incident_lessons_max_days, incident_open_max_days]
#   source: ISO/IEC 27001:2022 A.5.27; NIST SP 800-61 Rev. 3
#   remediation: >-
#     Find the cause, decide what to change and by when (lessons_due_on), change it, and record the date.
#   controls: {iso_27001: ["5.27"], csf: [ID.IM-03, RS.AN-03], pci_dss: ["12.10.6"]}
#   conditions:
#     not_closed: >-
#       the incident {incident} was detected at {detected_at} and is not closed; expected is a closing in the
#       {open_days} {open_days|day|days} after the detection
#     incomplete: "the incident {incident} was closed and does not state {absent}"
#     wrong_order: >-
#       the incident {incident} was detected at {detected_at}, closed at {closed_at} and its lessons were implemented on
#       {done_on}; expected are the last two after the detection and before the assessment
#     done_late: >-
#       the incident {incident} was closed at {closed_at} and its lessons were implemented on {done_on}; expected
#       {days|is|are} at most {days} {days|day|days} from one to the other
#     overdue: >-
#       the incident {incident} was closed at {closed_at}, its lessons are due on {due_on} and not implemented; expected
#       is a date that is not past, at most {days} {days|day|days} after the closing
findings.lessons_done contains finding if {
	some i, incident in input.incidents.incidents
	not learned(incident)
	finding := {
		"condition": lessons_problem(incident),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, lessons_fields(incident)),
		"values": {
			"incident": lib.label(incident),
			"absent": lib.absent(incident, lessons_fields(incident)),
			"detected_at": lib.shown(incident, "detected_at"),
			"closed_at": lib.shown(incident, "closed_at"),
			"done_on": lib.shown(incident, "lessons_done_on"),
			"due_on": lib.shown(incident, "lessons_due_on"),
			"days": data.params.incident_lessons_max_days,
			"open_days": data.params.incident_open_max_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section incidents, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/incidents]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["incidents"])
}

# accountable_on_call

on_call_fields := ["owner", "deputy", "on_call"]

answered(plan) if {
	deputised(plan)
	plan.on_call == "24x7"
}

deputised(plan) if lib.distinct(plan.owner, plan.deputy)

on_call_problem(plan) := "incomplete" if {
	lib.absent(plan, on_call_fields) != []
} else := "no_other_deputy" if {
	not deputised(plan)
} else := "not_at_any_hour"

# plan_exercised

exercise_fields := ["reviewed_on", "exercised_on", "open_actions", "artifact"]

exercised(plan) if {
	reviewed_recently(plan)
	exercised_recently(plan)
	lib.actions_done(plan, plan.exercised_on, data.params.open_actions_max_days)
	exercise_recorded(plan)
}

reviewed_recently(item) if lib.within_days(item.reviewed_on, data.params.incident_plan_review_max_age_days)

exercised_recently(plan) if lib.within_days(plan.exercised_on, data.params.incident_exercise_max_age_days)

exercise_recorded(plan) if plan.artifact.path != ""

exercise_problem(plan) := "incomplete" if {
	lib.absent(plan, exercise_fields) != []
} else := "no_record" if {
	not exercise_recorded(plan)
} else := "review_not_recent" if {
	not reviewed_recently(plan)
} else := "exercise_not_recent" if {
	not exercised_recently(plan)
} else := "actions_open"

# provider_reachable

support_fields := ["level", "tested_on", "contacts", "status_feed_last_seen_on"]

contact_fields := ["person", "verified_on"]

reachable(support) if {
	support.level != ""
	channels_tested(support)
	notice_received(support)
	enough_contacts(support)
}

channels_tested(support) if lib.within_days(support.tested_on, data.params.support_test_max_age_days)

notice_received(support) if lib.within_days(support.status_feed_last_seen_on, data.params.support_test_max_age_days)

enough_contacts(support) if count(persons(support)) >= data.params.support_contacts_min

persons(support) := {lower(contact.person) | some contact in support.contacts}

support_problem(support) := "incomplete" if {
	lib.absent(support, support_fields) != []
} else := "too_few_contacts" if {
	not enough_contacts(support)
} else := "test_not_recent" if {
	not channels_tested(support)
} else := "no_recent_notice"

verified(contact) if {
	contact.person != ""
	lib.within_days(contact.verified_on, data.params.support_contact_max_age_days)
}

# key_compromise_playbook

playbook_fields := ["reviewed_on", "steps"]

has_playbook if {
	some playbook in playbooks
	reviewed_recently(playbook)
	steps_left_out(playbook) == []
}

playbooks := [playbook | some playbook in input.incidents.playbooks; playbook.scenario == "key_compromise"]

first_playbook := playbooks[0] if {
	playbooks != []
} else := {}

steps_left_out(playbook) := [step |
	some step in data.params.key_compromise_steps
	not step in object.get(playbook, "steps", [])
]

playbook_problem := "no_playbook" if {
	playbooks == []
} else := "incomplete" if {
	lib.absent(first_playbook, playbook_fields) != []
} else := "review_not_recent" if {
	not reviewed_recently(first_playbook)
} else := "steps_left_out"

playbook_place := lib.place(sprintf("/incidents/playbooks/%v", [places[0]]), first_playbook, playbook_fields) if {
	places := [i | some i, playbook in input.incidents.playbooks; playbook.scenario == "key_compromise"]
	places != []
} else := "/incidents/playbooks"

# incidents_recorded

incident_fields := ["id", "severity", "detected_at"]

all_recorded if input.incidents.incident_count_365d == count(recent_incident_ids)

# An incident that does not state when it was detected counts here; that it does not is a finding of its own.
recent_incident_ids contains incident.id if {
	some incident in input.incidents.incidents
	not detected_earlier(incident)
}

detected_earlier(incident) if lib.older_than(incident.detected_at, 365)

recorded(key) if key.incident_id in incident_ids

incident_ids contains incident.id if some incident in input.incidents.incidents

minor_incidents contains incident.id if {
	some incident in input.incidents.incidents
	incident.severity == "minor"
}

harmless(key) if key.data_class in {"public", "internal"}

identified(incident) if {
	incident.id != ""
	incident.severity != ""
	lib.past(incident.detected_at)
}

# provider_notified

provider_informed(incident) if notified(incident)

provider_informed(incident) if unrelated(incident)

unrelated(incident) if {
	said_unrelated(incident)
	not names_key(incident)
}

names_key(incident) if incident.id in incidents_of_keys

incidents_of_keys contains key.incident_id if some key in input.keys.service_keys

keys_of(incident) := {k: key | some k, key in input.keys.service_keys; key.incident_id == incident.id}

said_unrelated(incident) if incident.touches_service == false

notice_problem(incident) := "touches_keys" if {
	said_unrelated(incident)
} else := "not_notified" if {
	lib.absent(incident, ["provider_notified_at"]) != []
} else := "notified_late"

notified(incident) if {
	minutes := lib.hours_between(incident.detected_at, incident.provider_notified_at) * 60
	minutes >= 0
	minutes <= data.params.provider_notice_max_minutes
}

notified(incident) if {
	lib.absent(incident, ["provider_notified_at"]) != []
	lib.within_hours(
		incident.detected_at,
		input.incidents.source.collected_at,
		data.params.provider_notice_max_minutes / 60,
	)
}

# authority_notified

lawful(incident) if incident.personal_data == false

# Whether it did is still looked into.
lawful(incident) if {
	lib.absent(incident, ["personal_data"]) != []
	lib.absent(incident, ["closed_at"]) != []
	notice_runs(incident)
}

lawful(incident) if {
	incident.personal_data == true
	without_risk(incident)
	incident.risk_assessed_by != ""
}

lawful(incident) if {
	incident.personal_data == true
	not without_risk(incident)
	aware_soon(incident)
	authority_informed(incident)
	persons_informed(incident)
}

without_risk(incident) if incident.risk_to_persons == "unlikely"

aware_at(incident) := object.get(incident, "aware_at", object.get(incident, "detected_at", ""))

aware_soon(incident) if {
	lib.within_hours(incident.detected_at, aware_at(incident), data.params.incident_awareness_max_hours)
}

authority_informed(incident) if {
	lib.within_hours(aware_at(incident), incident.authority_notified_at, data.params.authority_notice_max_hours)
}

authority_informed(incident) if {
	lib.absent(incident, ["authority_notified_at"]) != []
	notice_runs(incident)
}

notice_runs(incident) if {
	aware := aware_at(incident)
	aware != ""
	lib.running(aware, data.params.authority_notice_max_hours)
}

persons_informed(incident) if not high_risk(incident)

# They are told without delay, and no sooner than the authority.
persons_informed(incident) if {
	lib.absent(incident, ["persons_notified_at"]) != []
	notice_runs(incident)
}

persons_informed(incident) if {
	lib.past(incident.persons_notified_at)
	lib.ns(incident.persons_notified_at) >= lib.ns(incident.detected_at)
}

high_risk(incident) if incident.risk_to_persons == "high"

authority_problem(incident) := "unknown_breach" if {
	lib.absent(incident, ["personal_data"]) != []
} else := "risk_not_assessed" if {
	without_risk(incident)
} else := "aware_late" if {
	not aware_soon(incident)
} else := "not_notified" if {
	lib.absent(incident, ["authority_notified_at"]) != []
} else := "notified_late" if {
	not authority_informed(incident)
} else := "persons_not_informed"

# legal_reports_in_time

legal_reports_complete if input.incidents.legal_report_count_365d == count(recent_legal_reports)

# A record that does not state when the incident was known counts here; that it does not is a finding of its own.
recent_legal_reports contains report.incident if {
	some report in input.incidents.legal_reports
	not known_earlier(report)
}

known_earlier(report) if lib.older_than(report.aware_at, 365)

reported_in_time(report) if {
	lib.absent(report, report_fields(report)) == []
	known_already(report)
	first_in_time(report)
	second_in_time(report)
	final_in_time(report)
}

known_already(report) if lib.past(report.aware_at)

# An incident that is not classified yet is not known to be major.
report_fields(report) := ["incident", "law", "aware_at", "classified_at"] if {
	report.law == "dora"
} else := ["incident", "law", "aware_at"]

law_name(report) := "DORA" if {
	report.law == "dora"
} else := "NIS 2"

first_hours(report) := data.params.dora_initial_notification_max_hours if {
	report.law == "dora"
} else := data.params.nis2_early_warning_max_hours

second_hours(report) := data.params.dora_intermediate_report_max_hours if {
	report.law == "dora"
} else := data.params.nis2_notification_max_hours

final_months(report) := data.params.dora_final_report_max_months if {
	report.law == "dora"
} else := data.params.nis2_final_report_max_months

first_due(report) := lib.ns(report.aware_at) + lib.hours_ns(first_hours(report)) if {
	report.law == "nis2"
}

# Article 5(2): classified after the hours from the awareness, the hours from the classification are what counts.
first_due(report) := due if {
	report.law == "dora"
	from_awareness := lib.ns(report.aware_at) + lib.hours_ns(first_hours(report))
	classified := lib.ns(report.classified_at)
	from_classification := classified + lib.hours_ns(data.params.dora_classified_notification_max_hours)
	due := moved(report, earlier_unless_past(from_awareness, classified, from_classification))
}

# Article 5(4) to (6): to noon of the next working day, for entities that it holds for.
moved(report, due) := lib.on_working_day(due, report.aware_at, 12) if {
	report.weekend_extension == true
} else := due

earlier_unless_past(from_awareness, classified, from_classification) := from_classification if {
	classified > from_awareness
} else := min([from_awareness, from_classification])

second_due(report) := lib.ns(report.aware_at) + lib.hours_ns(second_hours(report)) if {
	report.law == "nis2"
}

second_due(report) := moved(report, lib.ns(report.first_report_at) + lib.hours_ns(second_hours(report))) if {
	report.law == "dora"
}

# A limit in months that falls on a weekend moves for everybody: under DORA to noon of the Monday (2025/301 Article
# 5(4)), else to its end (Regulation (EEC, Euratom) No 1182/71 Article 3(4)).
final_due(report) := lib.on_working_day(end_ns, from, hours_of_monday[report.law]) if {
	from := report[before_field(report)]
	end_ns := lib.months_after(from, final_months(report))
}

hours_of_monday := {"nis2": 24, "dora": 12}

# Under DORA an intermediate report is sent again when the incident changes, and the last of them counts.
before_field(report) := "updated_report_at" if {
	report.law == "dora"
	lib.past(report.updated_report_at)
	lib.ns(report.updated_report_at) >= lib.ns(report.second_report_at)
} else := "second_report_at"

first_in_time(report) if waiting(report, "first_report_at", first_due(report))

first_in_time(report) if sent(report.first_report_at, report.aware_at, first_due(report))

second_in_time(report) if waiting(report, "second_report_at", second_due(report))

second_in_time(report) if sent(report.second_report_at, report.aware_at, second_due(report))

# Under DORA the clock begins with the first report.
second_in_time(report) if {
	report.law == "dora"
	count(lib.absent(report, ["first_report_at", "second_report_at"])) == 2
}

final_in_time(report) if waiting(report, "final_report_at", final_due(report))

final_in_time(report) if sent(report.final_report_at, report[before_field(report)], final_due(report))

final_in_time(report) if count(lib.absent(report, ["second_report_at", "final_report_at"])) == 2

waiting(report, field, due) if {
	lib.absent(report, [field]) != []
	lib.at_ns < due
}

sent(moment, from, due) if {
	lib.past(moment)
	lib.ns(moment) >= lib.ns(from)
	lib.ns(moment) <= due
}

first_late := {"nis2": "warning_late", "dora": "initial_late"}

second_late := {"nis2": "notification_late", "dora": "intermediate_late"}

report_problem(report) := {"condition": "incomplete", "fields": report_fields(report)} if {
	lib.absent(report, report_fields(report)) != []
} else := {"condition": "not_aware_yet", "fields": []} if {
	not known_already(report)
} else := {"condition": first_late[report.law], "fields": ["first_report_at"]} if {
	not first_in_time(report)
} else := {"condition": second_late[report.law], "fields": ["second_report_at"]} if {
	not second_in_time(report)
} else := {"condition": "final_late", "fields": ["final_report_at"]}

# lessons_done

# What is planned instead of done is shown by its date; where neither is given, the lessons are what is absent.
lessons_fields(incident) := ["closed_at", "cause", "lessons_due_on"] if {
	lib.absent(incident, ["lessons_due_on"]) == []
	lib.absent(incident, ["lessons_done_on"]) != []
} else := ["closed_at", "cause", "lessons_done_on"]

learned(incident) if still_open(incident)

learned(incident) if {
	incident.cause != ""
	in_order(incident)
	done_in_time(incident)
}

learned(incident) if {
	incident.cause != ""
	closed_in_order(incident)
	planned_in_time(incident)
}

# An incident with lessons was closed, whether or not it says when.
still_open(incident) if {
	unclosed(incident)
	without_lessons(incident)
	lib.within_days(incident.detected_at, data.params.incident_open_max_days)
}

unclosed(incident) if lib.absent(incident, ["closed_at"]) == ["closed_at"]

without_lessons(incident) if count(lib.absent(incident, ["lessons_done_on", "lessons_due_on"])) == 2

closed_in_order(incident) if {
	lib.past(incident.closed_at)
	lib.ns(incident.closed_at) >= lib.ns(incident.detected_at)
}

in_order(incident) if {
	closed_in_order(incident)
	lib.past(incident.lessons_done_on)
	lib.days_between(incident.detected_at, incident.lessons_done_on) > -1
}

done_in_time(incident) if {
	lib.days_between(incident.closed_at, incident.lessons_done_on) <= data.params.incident_lessons_max_days
}

planned_in_time(incident) if {
	lib.absent(incident, ["lessons_done_on"]) != []
	lib.day_not_over(incident.lessons_due_on)
	lib.days_between(incident.closed_at, incident.lessons_due_on) <= data.params.incident_lessons_max_days
}

done(incident) if lib.absent(incident, ["lessons_done_on"]) == []

lessons_problem(incident) := "not_closed" if {
	unclosed(incident)
	without_lessons(incident)
} else := "incomplete" if {
	lib.absent(incident, lessons_fields(incident)) != []
} else := "wrong_order" if {
	not closed_in_order(incident)
} else := "overdue" if {
	not done(incident)
} else := "wrong_order" if {
	not in_order(incident)
} else := "done_late"
