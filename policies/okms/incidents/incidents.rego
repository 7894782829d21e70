# METADATA
# title: Handle incidents (tickets and telephone contacts)
# description: >-
#   The customer is accountable and informed; OVHcloud does the work on its side. So somebody answers, the provider is
#   told in time, clocks of the law are kept, and what was learned is done.
# custom:
#   duty: 3.2.1.1
package okms.incidents

import data.lib

# METADATA
# title: Somebody is accountable, and somebody answers at any hour
# description: An accountable owner, a deputy who is another person, and an on-call service around the clock.
# custom:
#   severity: high
#   evidence: [/incidents/plan]
#   source: PCI DSS 4.0.1 requirement 12.10.3
#   remediation: Name an owner and a deputy, and set up an on-call service.
#   controls: {iso_27001: ["5.24"], ccm: [SEF-03], csf: [RS.MA-01], pci_dss: ["12.10.3"]}
#   conditions:
#     not_accountable_on_call: "wanted are an owner, a deputy who is another person, and on call 24x7 (now {on_call})"
findings.accountable_on_call contains finding if {
	plan := input.incidents.plan
	not answered(plan)
	finding := {
		"condition": "not_accountable_on_call",
		"pointer": lib.place("/incidents/plan", plan, ["owner", "deputy", "on_call"]),
		"values": {"on_call": lib.shown(plan, "on_call")},
	}
}

answered(plan) if {
	lib.distinct(plan.owner, plan.deputy)
	plan.on_call == "24x7"
}

# METADATA
# title: The plan is reviewed and exercised every year
# description: A plan is known to work where it was tried, and what did not work is mended.
# custom:
#   severity: medium
#   evidence: [/incidents/plan]
#   params: [incident_plan_review_max_age_days, incident_exercise_max_age_days]
#   source: PCI DSS 4.0.1 requirement 12.10.2
#   remediation: Review and exercise the plan, keep the protocol as artifact, close the actions.
#   controls: {iso_27001: ["5.24", "5.27"], ccm: [SEF-04], csf: [ID.IM-04], pci_dss: ["12.10.2"]}
#   conditions:
#     not_plan_exercised: "wanted are a review in the last {incident_plan_review_max_age_days} days, an exercise with protocol in the last {incident_exercise_max_age_days}, and no open action (now {open_actions})"
findings.plan_exercised contains finding if {
	plan := input.incidents.plan
	not exercised(plan)
	finding := {
		"condition": "not_plan_exercised",
		"pointer": lib.place("/incidents/plan", plan, ["reviewed_on", "exercised_on", "open_actions", "artifact"]),
		"values": {"incident_plan_review_max_age_days": data.params.incident_plan_review_max_age_days, "incident_exercise_max_age_days": data.params.incident_exercise_max_age_days, "open_actions": lib.shown(plan, "open_actions")},
	}
}

exercised(plan) if {
	lib.within_days(plan.reviewed_on, data.params.incident_plan_review_max_age_days)
	lib.within_days(plan.exercised_on, data.params.incident_exercise_max_age_days)
	plan.open_actions == 0
	plan.artifact.path != ""
}

# METADATA
# title: The way to the provider is known, tried, and open to more than one
# description: Support level, ticket contacts and status feed are current, and both channels were tried.
# custom:
#   severity: medium
#   evidence: [/incidents/support]
#   params: [support_contacts_min, support_contact_max_age_days, support_test_max_age_days]
#   source: CSA CCM v4 SEF-08; the periods are own judgement
#   remediation: Verify the contacts, name a second one, try ticket and telephone, subscribe to the status feed.
#   controls: {iso_27001: ["5.24", "5.26"], ccm: [SEF-08], csf: [RS.CO-02], pci_dss: ["12.10.1"]}
#   conditions:
#     not_provider_reachable: "wanted are a support level, {support_contacts_min} ticket contacts or more, channels tried and a status notice seen in the last {support_test_max_age_days} days"
#     not_provider_reachable_2: "{person} was not verified as contact in the last {support_contact_max_age_days} days"
findings.provider_reachable contains finding if {
	support := input.incidents.support
	not reachable(support)
	finding := {
		"condition": "not_provider_reachable",
		"pointer": lib.place("/incidents/support", support, ["level", "tested_on", "contacts", "status_feed_last_seen_on"]),
		"values": {"support_contacts_min": data.params.support_contacts_min, "support_test_max_age_days": data.params.support_test_max_age_days},
	}
}

findings.provider_reachable contains finding if {
	some i, contact in input.incidents.support.contacts
	not verified(contact)
	finding := {
		"condition": "not_provider_reachable_2",
		"pointer": lib.place(sprintf("/incidents/support/contacts/%d", [i]), contact, ["person", "verified_on"]),
		"values": {"person": lib.shown(contact, "person"), "support_contact_max_age_days": data.params.support_contact_max_age_days},
	}
}

reachable(support) if {
	support.level != ""
	lib.within_days(support.tested_on, data.params.support_test_max_age_days)
	lib.within_days(support.status_feed_last_seen_on, data.params.support_test_max_age_days)
	count({lower(contact.person) | some contact in support.contacts}) >= data.params.support_contacts_min
}

verified(contact) if {
	contact.person != ""
	lib.within_days(contact.verified_on, data.params.support_contact_max_age_days)
}

# METADATA
# title: There is a playbook for a compromised key
# description: Revoke, re-key, encrypt anew, revoke certificates, inform, keep the logs; written before it is needed.
# custom:
#   severity: high
#   evidence: [/incidents/playbooks]
#   params: [key_compromise_steps, incident_plan_review_max_age_days]
#   source: CSA CCM v4 CEK-19
#   remediation: Write the playbook with all its steps, and review it every year.
#   controls: {iso_27001: ["5.26"], ccm: [CEK-19], csf: [RS.MA-01]}
#   conditions:
#     not_key_compromise_playbook: "no playbook for key_compromise, reviewed in the last {incident_plan_review_max_age_days} days, describes {key_compromise_steps}"
findings.key_compromise_playbook contains finding if {
	not has_playbook
	finding := {
		"condition": "not_key_compromise_playbook",
		"pointer": playbook_place,
		"values": {"incident_plan_review_max_age_days": data.params.incident_plan_review_max_age_days, "key_compromise_steps": concat(", ", data.params.key_compromise_steps)},
	}
}

has_playbook if {
	some playbook in input.incidents.playbooks
	playbook.scenario == "key_compromise"
	lib.within_days(playbook.reviewed_on, data.params.incident_plan_review_max_age_days)
	wanted := {step | some step in data.params.key_compromise_steps}
	described := {step | some step in playbook.steps}
	count(wanted - described) == 0
}

playbook_place := lib.place(sprintf("/incidents/playbooks/%v", [places[0]]), input.incidents.playbooks[places[0]], ["reviewed_on", "steps"]) if {
	places := [i | some i, playbook in input.incidents.playbooks; playbook.scenario == "key_compromise"]
	places != []
} else := "/incidents/playbooks"

# METADATA
# title: The incident record is whole
# description: It is what the ticket system counts, and every incident that a compromised key names is in it.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d, /keys/service_keys]
#   source: ISO/IEC 27001:2022 A.5.28; CSA CCM v4 SEF-06
#   remediation: Find the incident that is not in the record.
#   controls: {iso_27001: ["5.25", "5.28"], ccm: [SEF-06], csf: [RS.MA-01]}
#   conditions:
#     not_incidents_recorded: "the record of incidents is not as long as the ticket system says"
#     not_incidents_recorded_2: "{key} was compromised, and its incident is not in the record"
#     not_incidents_recorded_3: "incident {incident} needs an id, a severity and the time it was detected"
findings.incidents_recorded contains finding if {
	not all_recorded
	finding := {"condition": "not_incidents_recorded", "pointer": "/incidents/incident_count_365d", "values": {}}
}

findings.incidents_recorded contains finding if {
	some i, key in input.keys.service_keys
	key.state in {"compromised", "destroyed_compromised"}
	lib.within_days(key.compromised_at, 365)
	not recorded(key)
	finding := {
		"condition": "not_incidents_recorded_2",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["incident_id"]),
		"values": {"key": lib.label(key)},
	}
}

findings.incidents_recorded contains finding if {
	some i, incident in input.incidents.incidents
	not identified(incident)
	finding := {
		"condition": "not_incidents_recorded_3",
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["id", "severity", "detected_at"]),
		"values": {"incident": lib.label(incident)},
	}
}

all_recorded if input.incidents.incident_count_365d == count({incident.id | some incident in object.get(input.incidents, "incidents", [])})

recorded(key) if key.incident_id in incident_ids

incident_ids contains incident.id if some incident in input.incidents.incidents

identified(incident) if {
	incident.id != ""
	incident.severity != ""
	lib.past(incident.detected_at)
}

# METADATA
# title: The provider was told of critical incidents in time
# description: What the provider does not know it cannot help with, nor tell others.
# custom:
#   severity: high
#   evidence: [/incidents/incident_count_365d]
#   params: [provider_notice_max_minutes]
#   source: ISO/IEC 27001:2022 A.5.26; the time is own judgement
#   remediation: Open a ticket with the provider at once; put the step first in the playbook.
#   controls: {iso_27001: ["5.26", "6.8"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     not_provider_notified: "the provider was not told of {incident} within {provider_notice_max_minutes} minutes"
findings.provider_notified contains finding if {
	some i, incident in input.incidents.incidents
	incident.severity == "critical"
	not notified(incident)
	finding := {
		"condition": "not_provider_notified",
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["provider_notified_at"]),
		"values": {"incident": lib.label(incident), "provider_notice_max_minutes": data.params.provider_notice_max_minutes},
	}
}

notified(incident) if {
	minutes := lib.hours_between(incident.detected_at, incident.provider_notified_at) * 60
	minutes >= 0
	minutes <= data.params.provider_notice_max_minutes
}

# METADATA
# title: Breaches of personal data were notified in time
# description: The law's clock runs from the detection; for every incident it is known whether it applies.
# custom:
#   severity: high
#   evidence: [/incidents/incident_count_365d]
#   params: [authority_notice_max_hours]
#   source: Regulation (EU) 2016/679 (GDPR) Article 33
#   remediation: Notify the authority now, with the reasons for the delay; record for each incident whether personal data was breached.
#   controls: {iso_27001: ["5.26", "5.5"], ccm: [SEF-07], csf: [RS.CO-02]}
#   conditions:
#     not_authority_notified: "{incident} breached personal data, or it is not known, and the authority was not notified within {authority_notice_max_hours} hours"
findings.authority_notified contains finding if {
	some i, incident in input.incidents.incidents
	not lawful(incident)
	finding := {
		"condition": "not_authority_notified",
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["personal_data"]),
		"values": {"incident": lib.label(incident), "authority_notice_max_hours": data.params.authority_notice_max_hours},
	}
}

lawful(incident) if incident.personal_data == false

lawful(incident) if {
	incident.personal_data == true
	lib.within_hours(incident.detected_at, incident.authority_notified_at, data.params.authority_notice_max_hours)
}

# METADATA
# title: Incidents are closed with a cause, and what was learned is done
# description: An incident without a cause comes again.
# custom:
#   severity: medium
#   evidence: [/incidents/incident_count_365d]
#   params: [incident_lessons_max_days]
#   source: ISO/IEC 27001:2022 A.5.27; NIST SP 800-61 Rev. 3
#   remediation: Find the cause, decide what to change, change it, and record the date.
#   controls: {iso_27001: ["5.27"], ccm: [SEF-06], csf: [ID.IM-04]}
#   conditions:
#     not_lessons_done: "{incident} needs an end, a cause, and what was learned done within {incident_lessons_max_days} days"
findings.lessons_done contains finding if {
	some i, incident in input.incidents.incidents
	not learned(incident)
	finding := {
		"condition": "not_lessons_done",
		"pointer": lib.place(sprintf("/incidents/incidents/%d", [i]), incident, ["closed_at", "cause", "lessons_done_on"]),
		"values": {"incident": lib.label(incident), "incident_lessons_max_days": data.params.incident_lessons_max_days},
	}
}

learned(incident) if {
	incident.cause != ""
	lib.past(incident.lessons_done_on)
	lib.past(incident.closed_at)
	lib.ns(incident.closed_at) >= lib.ns(incident.detected_at)
	lib.days_between(incident.detected_at, incident.lessons_done_on) > -1
	lib.days_between(incident.closed_at, incident.lessons_done_on) <= data.params.incident_lessons_max_days
}
