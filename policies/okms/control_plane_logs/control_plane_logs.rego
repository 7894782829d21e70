# METADATA
# title: Retain logs of control plane
# description: >-
#   The account's audit, activity and access logs reach a stream that keeps them, complete and unchanged, long enough to
#   find out what happened.
# custom:
#   duty: 3.1.3.2
package okms.control_plane_logs

import data.lib
import data.lib.streams

# METADATA
# title: Every kind of control-plane log is forwarded to a stream
# description: Without a subscription the logs are a live view only; what was not forwarded cannot be looked up later.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   params: [control_plane_log_kinds]
#   source: PCI DSS 4.0.1 requirement 10.2.1; OVHcloud documentation, IAM logs forwarding
#   remediation: Subscribe the kind of log to a stream, and list the stream in log_streams.
#   controls: {iso_27001: ["8.15"], ccm: [LOG-07], csf: [PR.PS-04], pci_dss: ["10.2.1"]}
#   conditions:
#     not_subscribed: "no subscription forwards {kind} logs"
#     not_delivered: "{kind} logs have a subscription that feeds no stream of the inventory"
#     named_for_others: >-
#       {kind} logs have a subscription that feeds a stream with the name of other logs, which go elsewhere, or
#       while a stream with the name of these receives events that no subscription delivers
findings.sources_subscribed contains finding if {
	some kind in data.params.control_plane_log_kinds
	not kind in well_delivered
	finding := {
		"condition": delivery_problem(kind),
		"pointer": "/control_plane_logs/subscriptions",
		"values": {"kind": kind},
	}
}

# METADATA
# title: Every subscription feeds a known stream
# description: The retention of a stream that was deleted, or that the inventory does not list, cannot be shown.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   source: raci-check default, no external source (the retention of a stream that is not listed cannot be shown)
#   remediation: Correct the stream id, or list the stream in log_streams; record when the subscription was created.
#   controls: {iso_27001: ["8.15"], ccm: [LOG-02], csf: [PR.PS-04]}
#   conditions:
#     incomplete: "the subscription of {kind} logs does not state {absent}"
#     unknown_stream: "the subscription of {kind} logs feeds the stream {stream}, which is not in the inventory"
#     created_in_future: "the subscription of {kind} logs was created at {created_at}, after the assessment"
findings.subscriptions_lead_somewhere contains finding if {
	some i, subscription in input.control_plane_logs.subscriptions
	not sound(subscription)
	finding := {
		"condition": subscription_problem(subscription),
		"pointer": lib.place(sprintf("/control_plane_logs/subscriptions/%d", [i]), subscription, subscription_fields),
		"values": {
			"kind": lib.shown(subscription, "kind"),
			"absent": lib.absent(subscription, subscription_fields),
			"stream": lib.shown(subscription, "stream_id"),
			"created_at": lib.shown(subscription, "created_at"),
		},
	}
}

# METADATA
# title: The streams that receive the logs keep them long enough
# description: Retention is checked on the stream that the subscription feeds, cold storage included.
# custom:
#   severity: high
#   evidence:
#     - /control_plane_logs/subscriptions
#     - /log_streams/streams
#     - /keys/service_key_count
#     - /credentials/certificate_count
#   params: [log_retention_min_days, log_hot_min_days, log_set_up_max_days]
#   source: PCI DSS 4.0.1 requirement 10.5.1
#   remediation: Raise the stream's retention, or add cold storage; keep the recent part searchable.
#   controls: {iso_27001: ["8.15", "5.33"], ccm: [LOG-02], csf: [PR.PS-04], pci_dss: ["10.5.1"]}
#   conditions:
#     incomplete: "{stream} does not state {absent}"
#     impossible: >-
#       {stream} keeps logs for {kept} {kept|day|days} and has {hot} {hot|day|days} searchable, which is more than it
#       keeps
#     too_short: >-
#       {stream} keeps logs for {kept} {kept|day|days}, {hot} {hot|day|days} searchable; expected are at least {days}
#       {days|day|days}, {hot_days} searchable
#     covers_too_little: >-
#       the {kind} logs have been forwarded since {since}; expected are events of the {hot_days} {hot_days|day|days}
#       before the assessment, or since {set_up_days} {set_up_days|day|days} after the first key or certificate at the
#       latest. If an earlier subscription delivered older events that are still kept, state events_since
findings.retention contains finding if {
	some i, stream in input.log_streams.streams
	stream.id in fed
	not streams.retains(stream, data.params.log_retention_min_days, data.params.log_hot_min_days)
	finding := {
		"condition": retention_problem(stream),
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, retention_fields),
		"values": {
			"stream": lib.label(stream),
			"absent": lib.absent(stream, retention_fields),
			"kept": lib.shown(stream, "retention_days"),
			"hot": lib.shown(stream, "hot_days"),
			"days": data.params.log_retention_min_days,
			"hot_days": data.params.log_hot_min_days,
		},
	}
}

findings.retention contains finding if {
	some i, subscription in input.control_plane_logs.subscriptions
	subscription.kind in delivered
	not reaches_back(subscription)
	finding := {
		"condition": "covers_too_little",
		"pointer": lib.place(sprintf("/control_plane_logs/subscriptions/%d", [i]), subscription, ["created_at"]),
		"values": {
			"kind": subscription.kind,
			"since": object.get(subscription, "events_since", lib.shown(subscription, "created_at")),
			"hot_days": data.params.log_hot_min_days,
			"set_up_days": data.params.log_set_up_max_days,
		},
	}
}

# METADATA
# title: The streams received events when they were last read
# description: A subscription that delivers no more events keeps nothing, however long its retention.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   params: [log_silence_max_hours, log_pause_max_hours]
#   source: PCI DSS 4.0.1 requirement 10.7.2
#   remediation: Find out why events stopped, repair the subscription, and record the gap with its ticket.
#   controls: {iso_27001: ["8.15", "8.16"], ccm: [LOG-13], csf: [PR.PS-04], pci_dss: ["10.7.2"]}
#   conditions:
#     no_event: "it is not stated when {stream} last received an event"
#     nothing_delivered: >-
#       {stream} last received an event at {last_event_at}; expected is an event after its newest subscription was
#       created
#     silent: >-
#       {stream} last received an event at {last_event_at}; expected is an event in the {hours} {hours|hour|hours}
#       before its state was read at {read_at}
findings.events_arrive contains finding if {
	some i, stream in input.log_streams.streams
	stream.id in fed
	not streams.receiving(stream, newest)
	finding := {
		"condition": streams.silence_problem(stream),
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["last_event_at"]),
		"values": {
			"stream": lib.label(stream),
			"last_event_at": lib.shown(stream, "last_event_at"),
			"hours": streams.silence_hours(stream),
			"read_at": streams.read_at,
		},
		"related": [sprintf("/control_plane_logs/subscriptions/%d", [k]) |
			some k, subscription in input.control_plane_logs.subscriptions
			subscription.stream_id == stream.id
		],
	}
}

# METADATA
# title: No stream can be changed or deleted before its time
# description: >-
#   A person who can change the log can hide an action. The exported settings of the stream show that it is locked.
# custom:
#   severity: high
#   evidence: [/log_streams/streams, /log_streams/source/artifact]
#   declared: true
#   source: PCI DSS 4.0.1 requirement 10.3.2; NIST SP 800-53 Rev. 5 AU-9
#   remediation: Lock the stream or copy it to write-once storage, and keep the exported settings as artifact.
#   controls: {iso_27001: ["8.15", "5.33"], ccm: [LOG-02, LOG-09], csf: [PR.PS-04], pci_dss: ["10.3.2"]}
#   conditions:
#     incomplete: "it is not stated whether {stream} can be changed or deleted before its retention ends"
#     changeable: "{stream} can be changed or deleted before its retention ends"
findings.immutable contains finding if {
	some i, stream in input.log_streams.streams
	stream.id in streams.subscribed
	not stream.immutable == true
	finding := {
		"condition": lib.problem(stream, ["immutable"], "incomplete", "changeable"),
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["immutable"]),
		"values": {"stream": lib.label(stream)},
	}
}

# METADATA
# title: Few named readers have access to each stream
# description: >-
#   Audit logs show names, addresses and the structure of the systems; every reader that the platform counts is listed
#   by name.
# custom:
#   severity: medium
#   evidence: [/log_streams/streams]
#   params: [log_readers_max]
#   source: PCI DSS 4.0.1 requirement 10.3.1
#   remediation: Remove access that is not needed, and list the readers that remain by name.
#   controls: {iso_27001: ["8.15", "8.3"], ccm: [LOG-04], csf: [PR.PS-04], pci_dss: ["10.3.1"]}
#   conditions:
#     incomplete: "{stream} does not state {absent}"
#     too_many: "{stream} lists {listed} {listed|reader|readers}; expected {max|is|are} at most {max}"
#     readers_left_out: >-
#       {stream} lists {listed} different {listed|reader|readers} by name, the platform counts {counted}
findings.readers_limited contains finding if {
	some i, stream in input.log_streams.streams
	not few_readers(stream)
	finding := {
		"condition": readers_problem(stream),
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["readers", "reader_count"]),
		"values": {
			"stream": lib.label(stream),
			"absent": lib.absent(stream, ["readers", "reader_count"]),
			"listed": count(names_of(stream)),
			"counted": lib.shown(stream, "reader_count"),
			"max": data.params.log_readers_max,
		},
	}
}

# METADATA
# title: Every gap is explained, and none is long
# description: >-
#   A time without events is either an outage that was investigated, or a sign that the log was switched off. A ticket
#   explains a gap; it does not bring back what was not recorded.
# custom:
#   severity: medium
#   evidence: [/control_plane_logs/gap_count_90d]
#   population: {list: /control_plane_logs/gaps, count: /control_plane_logs/gap_count_90d}
#   params: [log_gap_max_hours, log_gap_total_max_hours_90d]
#   source: PCI DSS 4.0.1 requirement 10.7.3; ISO/IEC 27001:2022 A.8.15
#   remediation: >-
#     List every gap of the last 90 days with its begin, its end and the ticket that explains it; repair what
#     interrupted the log for so long.
#   controls: {iso_27001: ["8.15"], ccm: [LOG-13], csf: [DE.AE-02], pci_dss: ["10.7.3"]}
#   conditions:
#     not_counted: "it is not stated how many gaps the platform counted in 90 days"
#     not_explained: >-
#       the platform counts {counted} {counted|gap|gaps} in 90 days; {explained} {explained|is|are} listed with begin,
#       end and ticket
#     too_long: >-
#       the gap from {began_at} to {ended_at} lasted {hours} {hours|hour|hours}; expected {limit|is|are} at most {limit}
#     too_long_together: >-
#       the gaps of 90 days lasted {hours} {hours|hour|hours} together; expected {limit|is|are} at most {limit}
findings.gaps_explained contains finding if {
	not gaps_explained
	finding := {
		"condition": lib.problem(input.control_plane_logs, ["gap_count_90d"], "not_counted", "not_explained"),
		"pointer": "/control_plane_logs/gap_count_90d",
		"values": {
			"counted": lib.shown(input.control_plane_logs, "gap_count_90d"),
			"explained": count(explained_gaps),
		},
		"related": unexplained_gaps,
	}
}

findings.gaps_explained contains finding if {
	some i, gap in input.control_plane_logs.gaps
	explained(gap)
	not short(gap)
	finding := {
		"condition": "too_long",
		"pointer": sprintf("/control_plane_logs/gaps/%d", [i]),
		"values": {
			"began_at": gap.began_at, "ended_at": gap.ended_at,
			"hours": round(length_hours(gap)), "limit": data.params.log_gap_max_hours,
		},
	}
}

findings.gaps_explained contains finding if {
	not short_together
	finding := {
		"condition": "too_long_together",
		"pointer": "/control_plane_logs/gaps",
		"values": {"hours": round(total_hours), "limit": data.params.log_gap_total_max_hours_90d},
	}
}

# METADATA
# title: A gap during which an incident was detected names the incident
# description: >-
#   Events that are missing when something happened are part of that incident, as its consequence or as the removal of
#   traces.
# custom:
#   severity: medium
#   evidence: [/control_plane_logs/gap_count_90d, /incidents/incident_count_365d]
#   population: {list: /control_plane_logs/gaps, count: /control_plane_logs/gap_count_90d}
#   source: ISO/IEC 27001:2022 A.5.28; PCI DSS 4.0.1 requirement 10.7.3
#   remediation: Find out whether the gap belongs to the incident, and name the incident in the gap's incident_id.
#   controls: {iso_27001: ["8.15", "5.28"], ccm: [LOG-13], csf: [DE.AE-02, RS.AN-07], pci_dss: ["10.7.3"]}
#   conditions:
#     incident_in_gap: >-
#       the incident {incident} was detected at {detected_at}, in the gap from {began_at} to {ended_at}, which does not
#       name it
findings.gaps_name_incidents contains finding if {
	some i, gap in input.control_plane_logs.gaps
	some k, incident in input.incidents.incidents
	detected_in(incident, gap)
	not named_by(incident, gap)
	finding := {
		"condition": "incident_in_gap",
		"pointer": lib.place(sprintf("/control_plane_logs/gaps/%d", [i]), gap, ["incident_id"]),
		"values": {
			"incident": lib.label(incident), "detected_at": incident.detected_at,
			"began_at": gap.began_at, "ended_at": gap.ended_at,
		},
		"related": [sprintf("/incidents/incidents/%d", [k])],
	}
}

# METADATA
# title: The logs are looked at every day, and what is found is followed
# description: Logs that are not read reveal nothing; a finding without a ticket is not fixed.
# custom:
#   severity: medium
#   evidence: [/control_plane_logs/review]
#   params: [log_review_max_age_hours]
#   source: PCI DSS 4.0.1 requirement 10.4.1
#   remediation: Review daily or let a detection service do so; open a ticket for every finding.
#   controls: {iso_27001: ["8.15", "8.16"], ccm: [LOG-05], csf: [DE.CM-03], pci_dss: ["10.4.1", "10.4.3"]}
#   conditions:
#     incomplete: "the review of the logs does not state {absent}"
#     review_not_recent: >-
#       the logs were last reviewed at {last_at}; expected is a review in the {hours} {hours|hour|hours} before the
#       facts were read at {read_at}
#     findings_not_followed: >-
#       reviews of 90 days had {found} {found|finding|findings}, {ticketed} {ticketed|has|have} a ticket; expected is a
#       ticket for each
findings.reviewed contains finding if {
	review := input.control_plane_logs.review
	not reviewed(review)
	finding := {
		"condition": review_problem(review),
		"pointer": lib.place("/control_plane_logs/review", review, review_fields),
		"values": {
			"absent": lib.absent(review, review_fields),
			"last_at": lib.shown(review, "last_at"),
			"hours": data.params.log_review_max_age_hours,
			"read_at": lib.shown(object.get(input.control_plane_logs, "source", {}), "collected_at"),
			"found": lib.shown(review, "findings_90d"),
			"ticketed": lib.shown(review, "findings_ticketed_90d"),
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the sections control plane logs and log streams, each name leads to something that the evidence lists, in a state
#   that allows it, each person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/control_plane_logs, /log_streams]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["control_plane_logs", "log_streams"])
}

# sources_subscribed

delivered := streams.kinds(input.control_plane_logs.subscriptions)

well_delivered := delivered - misnamed

misnamed := {subscription.kind |
	some subscription in input.control_plane_logs.subscriptions
	streams.misnamed(subscription)
}

delivery_problem(kind) := "not_subscribed" if {
	not kind in subscribed
} else := "named_for_others" if {
	kind in misnamed
} else := "not_delivered"

subscribed contains subscription.kind if some subscription in input.control_plane_logs.subscriptions

# subscriptions_lead_somewhere

subscription_fields := ["kind", "stream_id", "created_at"]

sound(subscription) if {
	subscription.kind != ""
	streams.feeds(subscription)
}

subscription_problem(subscription) := "incomplete" if {
	lib.absent(subscription, subscription_fields) != []
} else := "unknown_stream" if {
	not streams.names_stream(subscription)
} else := "created_in_future"

# retention, events_arrive

retention_fields := ["retention_days", "hot_days"]

fed := streams.fed(input.control_plane_logs.subscriptions)

reaches_back(subscription) if subscription.kind in covered

covered := streams.covered(input.control_plane_logs.subscriptions)

retention_problem(stream) := "incomplete" if {
	lib.absent(stream, retention_fields) != []
} else := "impossible" if {
	not streams.possible(stream)
} else := "too_short"

newest := streams.newest(input.control_plane_logs.subscriptions)

# readers_limited

few_readers(stream) if {
	readers := names_of(stream)
	count(readers) > 0
	within_limit(readers)
	count(readers) == stream.reader_count
}

names_of(stream) := {lower(reader) | some reader in stream.readers; reader != ""}

within_limit(readers) if count(readers) <= data.params.log_readers_max

readers_problem(stream) := "incomplete" if {
	lib.absent(stream, ["readers", "reader_count"]) != []
} else := "too_many" if {
	readers := names_of(stream)
	not within_limit(readers)
} else := "readers_left_out"

# gaps_explained

gaps_explained if input.control_plane_logs.gap_count_90d == count(explained_gaps)

explained_gaps := [gap | some gap in input.control_plane_logs.gaps; explained(gap)]

unexplained_gaps := [sprintf("/control_plane_logs/gaps/%d", [i]) |
	some i, gap in input.control_plane_logs.gaps
	not explained(gap)
]

explained(gap) if {
	lib.within_days(gap.ended_at, 90)
	lib.ns(gap.ended_at) > lib.ns(gap.began_at)
	gap.ticket != ""
}

short(gap) if length_hours(gap) <= data.params.log_gap_max_hours

length_hours(gap) := lib.hours_between(gap.began_at, gap.ended_at)

short_together if total_hours <= data.params.log_gap_total_max_hours_90d

total_hours := sum([length_hours(gap) | some gap in explained_gaps])

# gaps_name_incidents

detected_in(incident, gap) if {
	detected_ns := lib.ns(incident.detected_at)
	detected_ns >= lib.ns(gap.began_at)
	detected_ns <= lib.ns(gap.ended_at)
}

named_by(incident, gap) if incident.id == gap.incident_id

# reviewed

review_fields := ["last_at", "reviewer", "findings_90d", "findings_ticketed_90d"]

reviewed(review) if {
	review.reviewer != ""
	recently_reviewed(review)
	review.findings_ticketed_90d == review.findings_90d
}

recently_reviewed(review) if {
	lib.within_hours(review.last_at, input.control_plane_logs.source.collected_at, data.params.log_review_max_age_hours)
}

review_problem(review) := "incomplete" if {
	lib.absent(review, review_fields) != []
} else := "review_not_recent" if {
	not recently_reviewed(review)
} else := "findings_not_followed"
