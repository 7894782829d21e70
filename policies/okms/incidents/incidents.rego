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
#   severity: high
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
#   params: [incident_plan_review_max_age_days, incident_exercise_max_age_days]
#   source: PCI DSS 4.0.1 requirement 12.10.2
#   remediation: Review and exercise the plan, keep the record as artifact, close the actions.
#   controls: {iso_27001: ["5.24", "5.27"], ccm: [SEF-04], csf: [ID.IM-04], pci_dss: ["12.10.2"]}
#   conditions:
#     incomplete: "the incident plan does not state {absent}"
#     no_record: "the exercise of {exercised_on} has no record (artifact)"
#     review_not_recent: >-
#       the incident plan was last reviewed on {reviewed_on}; expected is a review in the {review_days}
#       {review_days|day|days} before the assessment
#     exercise_not_recent: >-
#       the incident plan was last exercised on {exercised_on}; expected is an exercise in the {exercise_days}
#       {exercise_days|day|days} before the assessment
#     actions_open: "{open} {open|action is|actions are} open from the exercise of {exercised_on}; expected are 0"
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
#   controls: {iso_27001: ["5.24", "5.26"], ccm: [SEF-08], csf: [RS.CO-02], pci_dss: ["12.10.1"]}
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
#   severity: high
#   evidence: [/incidents/playbooks]
#   params: [key_compromise_steps, incident_plan_review_max_age_days]
#   source: CSA CCM v4 CEK-19
#   remediation: Write the playbook with all its steps, and review it every year.
#   controls: {iso_27001: ["5.26"], ccm: [CEK-19], csf: [RS.MA-01]}
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
#   source: ISO/IEC 27001:2022 A.5.28; CSA CCM v4 SEF-06
#   remediation: Find the incident that is not in the record.
#   controls: {iso_27001: ["5.25", "5.28"], ccm: [SEF-06], csf: [RS.MA-01]}
#   conditions:
#     incidents_left_out: >-
#       the record lists {listed} different {listed|incident|incidents}, the ticket system counts {counted}
#     key_without_incident: "the key {key} was compromised at {compromised_at} and names no incident"
#     unknown_incident: >-
#       the key {key} was compromised at {compromised_at}; its incident {incident} is not in the record
#     incident_incomplete: "the incident {incident} does not state {absent}"
#     detected_in_future: "the incident {incident} was detected at {detected_at}, after the assessment"
findings.incidents_recorded contains finding if {
	not all_recorded
	finding := {
		"condition": "incidents_left_out",
		"pointer": "/incidents/incident_count_365d",
		"values": {
			"listed": lib.listed(object.get(input.incidents, "incidents", []), "id"),
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
# description: Without a notice the provider can neither help nor warn others.
# custom:
#   severity: high
#   evidence: [/incidents/incident_count_365d]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [provider_notice_max_minutes]
#   source: ISO/IEC 27001:2022 A.5.26; the time is a raci-check default, no external source
#   remediation: Open a ticket with the provider at once; put the step first in the playbook.
#   controls: {iso_27001: ["5.26", "6.8"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     not_notified: "it is not stated when the provider was notified of the critical incident {incident}"
#     notified_late: >-
#       the critical incident {incident} was detected at {detected_at} and the provider notified at {notified_at};
#       expected {limit|is|are} at most {limit} {limit|minute|minutes} from one to the other
findings.provider_notified contains finding if {
	some i, incident in input.incidents.incidents
	incident.severity == "critical"
	not notified(incident)
	finding := {
		"condition": lib.problem(incident, ["provider_notified_at"], "not_notified", "notified_late"),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["provider_notified_at"]),
		"values": {
			"incident": lib.label(incident),
			"detected_at": lib.shown(incident, "detected_at"),
			"notified_at": lib.shown(incident, "provider_notified_at"),
			"limit": data.params.provider_notice_max_minutes,
		},
	}
}

# METADATA
# title: Breaches of personal data were notified in time
# description: The legal deadline runs from the detection; for every incident it is known whether it applies.
# custom:
#   severity: high
#   evidence: [/incidents/incident_count_365d]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [authority_notice_max_hours]
#   source: Regulation (EU) 2016/679 (GDPR) Article 33
#   remediation: >-
#     Notify the authority now, with the reasons for the delay; record for each incident whether personal data was
#     breached.
#   controls: {iso_27001: ["5.26", "5.5"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     unknown_breach: "it is not stated whether the incident {incident} breached personal data"
#     not_notified: >-
#       the incident {incident} breached personal data, and it is not stated when the authority was notified
#     notified_late: >-
#       the incident {incident} breached personal data, was detected at {detected_at} and notified to the authority at
#       {notified_at}; expected {hours|is|are} at most {hours} {hours|hour|hours} from one to the other
findings.authority_notified contains finding if {
	some i, incident in input.incidents.incidents
	not lawful(incident)
	finding := {
		"condition": authority_problem(incident),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["personal_data"]),
		"values": {
			"incident": lib.label(incident),
			"detected_at": lib.shown(incident, "detected_at"),
			"notified_at": lib.shown(incident, "authority_notified_at"),
			"hours": data.params.authority_notice_max_hours,
		},
	}
}

# METADATA
# title: Incidents are closed with a cause, and the lessons are implemented
# description: An incident whose cause was not found is likely to happen again.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d]
#   population: {list: /incidents/incidents, count: /incidents/incident_count_365d}
#   params: [incident_lessons_max_days]
#   source: ISO/IEC 27001:2022 A.5.27; NIST SP 800-61 Rev. 3
#   remediation: Find the cause, decide what to change, change it, and record the date.
#   controls: {iso_27001: ["5.27"], ccm: [SEF-06], csf: [ID.IM-04]}
#   conditions:
#     incomplete: "the incident {incident} does not state {absent}"
#     wrong_order: >-
#       the incident {incident} was detected at {detected_at}, closed at {closed_at} and its lessons were implemented on
#       {done_on}; expected are the last two after the detection and before the assessment
#     done_late: >-
#       the incident {incident} was closed at {closed_at} and its lessons were implemented on {done_on}; expected
#       {days|is|are} at most {days} {days|day|days} from one to the other
findings.lessons_done contains finding if {
	some i, incident in input.incidents.incidents
	not learned(incident)
	finding := {
		"condition": lessons_problem(incident),
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, lessons_fields),
		"values": {
			"incident": lib.label(incident),
			"absent": lib.absent(incident, lessons_fields),
			"detected_at": lib.shown(incident, "detected_at"),
			"closed_at": lib.shown(incident, "closed_at"),
			"done_on": lib.shown(incident, "lessons_done_on"),
			"days": data.params.incident_lessons_max_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section incidents, each name leads to something that the evidence lists, in a state that
#   allows it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/incidents]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list.
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
	plan.open_actions == 0
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

all_recorded if lib.complete(object.get(input.incidents, "incidents", []), "id", input.incidents.incident_count_365d)

recorded(key) if key.incident_id in incident_ids

incident_ids contains incident.id if some incident in input.incidents.incidents

identified(incident) if {
	incident.id != ""
	incident.severity != ""
	lib.past(incident.detected_at)
}

# provider_notified

notified(incident) if {
	minutes := lib.hours_between(incident.detected_at, incident.provider_notified_at) * 60
	minutes >= 0
	minutes <= data.params.provider_notice_max_minutes
}

# authority_notified

lawful(incident) if incident.personal_data == false

lawful(incident) if {
	incident.personal_data == true
	lib.within_hours(incident.detected_at, incident.authority_notified_at, data.params.authority_notice_max_hours)
}

authority_problem(incident) := "unknown_breach" if {
	lib.absent(incident, ["personal_data"]) != []
} else := "not_notified" if {
	lib.absent(incident, ["authority_notified_at"]) != []
} else := "notified_late"

# lessons_done

lessons_fields := ["closed_at", "cause", "lessons_done_on"]

learned(incident) if {
	incident.cause != ""
	in_order(incident)
	lib.days_between(incident.closed_at, incident.lessons_done_on) <= data.params.incident_lessons_max_days
}

in_order(incident) if {
	lib.past(incident.lessons_done_on)
	lib.past(incident.closed_at)
	lib.ns(incident.closed_at) >= lib.ns(incident.detected_at)
	lib.days_between(incident.detected_at, incident.lessons_done_on) > -1
}

lessons_problem(incident) := "incomplete" if {
	lib.absent(incident, lessons_fields) != []
} else := "wrong_order" if {
	not in_order(incident)
} else := "done_late"
