# What of the evidence does not fit together, as the program compared it.
package lib

# METADATA
# description: >-
#   The contradictions whose place is in one of the sections: findings of evidence_consistent. The program compares the
#   facts by the annotations of the schema and hands over what it finds in input.contradictions, by section. Where that
#   is absent, nothing was compared: each section is found then, so that no check passes unseen.
# custom:
#   conditions:
#     unknown_reference: "{text} is no {kinds} that the evidence lists"
#     wrong_state: "{text} is {state}; expected is {states}"
#     unfit_object: "{text} has {found} as {field}; expected is {fit}"
#     not_listed: "{text} names {part}, which is not among the {list} of its holder"
#     not_named: "{text} was used at {date}, and nothing in {sections} names it: what it protects is not listed"
#     another_event: >-
#       the file is that of an event of {date}, and of another of {other_date}; expected is a record of its own
#     still_listed: >-
#       the {field} is {date}, and the item was still listed at {reading}; expected is that it is removed in {days} days
#     takes_back: "{text} is given as {field}, although {other} is {found}"
#     no_route: >-
#       {text} is no recipient; expected is a channel with its target (teams:Security Operations), an address (https://,
#       mail), a telephone number (+33 ...), or a person of the directory
#     leads_nowhere: "{text} leads to nobody ({part})"
#     names_itself: "{text} names itself, or leads back to where it is named"
#     still_there: "{text} is the id of a {kind} that the evidence lists as there; expected is an id of its own"
#     other_kind: "{text} is a {kind}; expected is the name of what the field asks for"
#     number_of_another: >-
#       {text} is the number of an event of {date}, and of another of {other_date}; expected is a number of its own
#     another_day: "the {field} is {date}, the {other} of {text} is {other_date}; expected is the same day"
#     before_object: "the {field} is {date}, before the {other} of {text}, {other_date}"
#     after_object: "the {field} is {date}, after the {other} of {text}, {other_date}"
#     not_kept: "the {field} is {date}; {text} keeps things for {days} days, so that nothing of that day is left"
#     same_id: "{text} already names another item; expected is an id of its own"
#     several_objects: "{text} stands for {number} items with this id; expected is one"
#     unknown_person: "{text} is in no entry of the directory of people"
#     names_person: "{text} is the name of a person in the directory of people; expected is a program here"
#     names_group: "{text} is the name of several people ({word}); expected is one person"
#     several_persons: "{text} stands for several persons of the directory"
#     other_person: "{text} is the person given, and the directory of people has {other} as the name of another"
#     person_not_active: "{text} was not active on {date}, as the directory of people has it"
#     other_last_day: "{text} left on {date}; the last day in the directory of people is {until}"
#     not_apart: "{text} {role}; expected is another person here"
#     after_reading: "{date} lies after {reading}, when the section was read"
#     too_far: "{date} lies more than {years} years after {reading}, when the section was read"
#     no_date: "{date} is what programs write where they know no time"
#     out_of_order: "the {field} is {date}, after the {other}, {other_date}"
#     too_far_apart: >-
#       the {field} is {date}, more than {days} {days|day|days} after the {other}, {other_date}
#     after_end: "the {field} is {date}, after the end: the {other} is {other_date}"
#     test_too_old: "the test of {date} is older than what it tested, which is of {other_date}"
#     more_than: "the {field} is {number}, more than the {other}, {other_number}"
#     impossible: "the {field} is {value}, which cannot be where {facts}"
#     not_among: "the {field} is {text}, which is none of the {list}"
#     own_domain: "{text} is in this domain; expected is something outside it"
#     other_form: "{text} is not of the form that is expected ({form})"
#     names_nothing: "{text} says {part}; expected is something that exists and can be looked up"
#     not_in_table: "{text} is none of the {table} of the reference data"
#     no_number: "{text} has no number; expected is the number or the address by which it can be found"
#     no_range: "{text} is no range of addresses"
#     other_range: "{text} begins inside the range {range}; expected is {range}, or the one address"
#     no_client: "{text} is a {kind} range, from which no client can come"
#     lacks: "the field {field} is not stated"
#     public_suffix: "{text} is a suffix below which anybody has a domain; expected is a domain of the organisation"
#     public_domain: "{text} is a domain of a public mail provider ({domain})"
#     not_permitted: "{text} is in use, and no policy permits its use"
#     idle_action: "{text} is possible on none of the resources of the policy"
#     idle_resource: "{text} is named, and none of the actions of the policy is possible on it"
#     other_region: "{text} is one of {region}; the account is in {other}"
#     other_domain: "{text} has the id of an object in this domain, and names it as one of another domain"
#     nobody_made: "{text} was made at {date}, when no policy permitted {actions} to anybody but the account itself"
#     idle_scope: "{text} is among the scopes, and no policy gives it"
#     idle_ranges: "{text} comes from {others}, and the policy for it is for {ranges} alone"
#     other_owner: "{text} answers for a personal token of {other}"
#     other_workload: "{text} is the workload; a certificate of the same identity is for {other}"
#     other_protocol: "{text} may use the domain by {protocol} only, and reaches it at the port {port}"
#     count_too_low: "the count is {count}; other facts of the evidence show at least {shown}"
#     count_too_high: "the count is {count}; other facts of the evidence show at most {shown}"
#     count_differs: "the count is {count}; listed are {listed}"
#     other_in_artifact: "the {field} is {value}; {artifact} says {found} ({place})"
#     withheld: "the {field} is not given; {artifact} says {found} ({place})"
#     not_in_artifact: "{text} is not in {artifact}, which lists the rest"
#     only_in_artifact: "{text} is in {artifact} ({place}), and not here"
#     not_compared: "the facts were not compared with each other: make the input with raci-check bundle input"
contradictions(sections) := found if {
	is_object(input.contradictions)
	found := {contradiction |
		some section in sections
		some contradiction in input.contradictions[section]
	}
} else := {{"condition": "not_compared", "pointer": concat("/", ["", section]), "values": {}} |
	some section in sections
}
