# METADATA
# title: Retain logs of control plane
# description: >-
#   The account's audit, activity and access logs reach a stream that really keeps them, whole and unchanged, long enough
#   to find out what happened.
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
#   controls: {iso_27001: ["8.15"], ccm: [LOG-02, LOG-07], csf: [PR.PS-04], pci_dss: ["10.2.1"]}
#   conditions:
#     not_sources_subscribed: "{kind} logs reach no stream of the inventory"
findings.sources_subscribed contains finding if {
	some kind in data.params.control_plane_log_kinds
	not kind in delivered
	finding := {
		"condition": "not_sources_subscribed",
		"pointer": "/control_plane_logs/subscriptions",
		"values": {"kind": kind},
	}
}

# METADATA
# title: Every subscription feeds a known stream
# description: A subscription to a stream that is gone, or that nobody listed, is a retention that nobody can show.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   source: own judgement (the retention of a stream that is not known is not known)
#   remediation: Correct the stream id, or list the stream in log_streams; record when the subscription was made.
#   controls: {iso_27001: ["8.15"], ccm: [LOG-07], csf: [PR.PS-04]}
#   conditions:
#     not_subscriptions_lead_somewhere: "the subscription of {kind} logs feeds no stream of the inventory"
findings.subscriptions_lead_somewhere contains finding if {
	some i, subscription in input.control_plane_logs.subscriptions
	not sound(subscription)
	finding := {
		"condition": "not_subscriptions_lead_somewhere",
		"pointer": lib.place(sprintf("/control_plane_logs/subscriptions/%d", [i]), subscription, ["kind", "stream_id", "created_at"]),
		"values": {"kind": lib.shown(subscription, "kind")},
	}
}

sound(subscription) if {
	subscription.kind != ""
	streams.feeds(subscription)
}

# METADATA
# title: The streams that receive the logs keep them long enough
# description: Retention is judged on the stream that the subscription really feeds, cold storage included.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   params: [log_retention_min_days, log_hot_min_days]
#   source: PCI DSS 4.0.1 requirement 10.5.1
#   remediation: Raise the stream's retention, or add cold storage; keep the recent part searchable.
#   controls: {iso_27001: ["8.15", "5.33"], ccm: [LOG-02], csf: [PR.PS-04], pci_dss: ["10.5.1"]}
#   conditions:
#     not_retention: "{stream} keeps logs {retention_days} days, {hot_days} of them searchable; wanted are at least {log_retention_min_days} and {log_hot_min_days}"
findings.retention contains finding if {
	some i, stream in input.log_streams.streams
	stream.id in fed
	not streams.retains(stream, data.params.log_retention_min_days, data.params.log_hot_min_days)
	finding := {
		"condition": "not_retention",
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["retention_days", "hot_days"]),
		"values": {"stream": lib.label(stream), "retention_days": lib.shown(stream, "retention_days"), "hot_days": lib.shown(stream, "hot_days"), "log_retention_min_days": data.params.log_retention_min_days, "log_hot_min_days": data.params.log_hot_min_days},
	}
}

delivered := streams.kinds(input.control_plane_logs.subscriptions)

fed := streams.fed(input.control_plane_logs.subscriptions)

# METADATA
# title: The streams received events when they were last read
# description: A subscription that has gone silent keeps nothing, however long its retention.
# custom:
#   severity: high
#   evidence: [/control_plane_logs/subscriptions, /log_streams/streams]
#   params: [log_silence_max_hours]
#   source: PCI DSS 4.0.1 requirement 10.7.2
#   remediation: Find out why events stopped, repair the subscription, and record the gap with its ticket.
#   controls: {iso_27001: ["8.15", "8.16"], ccm: [LOG-07], csf: [PR.PS-04, DE.CM-03]}
#   conditions:
#     not_events_arrive: "{stream} received no event in the {log_silence_max_hours} hours before it was read"
findings.events_arrive contains finding if {
	some i, stream in input.log_streams.streams
	stream.id in fed
	not streams.alive(stream, data.params.log_silence_max_hours)
	finding := {
		"condition": "not_events_arrive",
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["last_event_at"]),
		"values": {"stream": lib.label(stream), "log_silence_max_hours": data.params.log_silence_max_hours},
	}
}

# METADATA
# title: No stream can be changed or deleted before its time
# description: Who can change the log can hide what he did. The stream's settings, as exported, show that it is locked.
# custom:
#   severity: high
#   evidence: [/log_streams/streams, /log_streams/source/artifact]
#   declared: true
#   source: PCI DSS 4.0.1 requirement 10.3.2; NIST SP 800-53 Rev. 5 AU-9
#   remediation: Lock the stream or copy it to write-once storage, and keep the exported settings as artifact.
#   controls: {iso_27001: ["8.15", "5.33"], ccm: [LOG-02, LOG-09], csf: [PR.PS-04], pci_dss: ["10.3.2"]}
#   conditions:
#     not_immutable: "{stream} can be changed or deleted before its retention ends"
findings.immutable contains finding if {
	some i, stream in input.log_streams.streams
	not stream.immutable == true
	finding := {
		"condition": "not_immutable",
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["immutable"]),
		"values": {"stream": lib.label(stream)},
	}
}

# METADATA
# title: Few named readers have access to each stream
# description: Audit logs show names, addresses and the shape of the estate; every reader that the platform counts is known by name.
# custom:
#   severity: medium
#   evidence: [/log_streams/streams]
#   params: [log_readers_max]
#   source: PCI DSS 4.0.1 requirement 10.3.1
#   remediation: Take away access that is not needed, and list the readers that remain by name.
#   controls: {iso_27001: ["8.15", "8.3"], ccm: [LOG-04], csf: [PR.PS-04], pci_dss: ["10.3.1"]}
#   conditions:
#     not_readers_limited: "{stream} needs between 1 and {log_readers_max} readers, each of them named"
findings.readers_limited contains finding if {
	some i, stream in input.log_streams.streams
	not few_readers(stream)
	finding := {
		"condition": "not_readers_limited",
		"pointer": lib.place(sprintf("/log_streams/streams/%d", [i]), stream, ["readers", "reader_count"]),
		"values": {"stream": lib.label(stream), "log_readers_max": data.params.log_readers_max},
	}
}

few_readers(stream) if {
	readers := {lower(reader) | some reader in stream.readers; reader != ""}
	count(readers) > 0
	count(readers) <= data.params.log_readers_max
	count(readers) == stream.reader_count
}

# METADATA
# title: Every gap is explained
# description: A time without events is either an outage that somebody looked into, or the trace of who switched the log off.
# custom:
#   severity: medium
#   evidence: [/control_plane_logs/gap_count_90d]
#   source: PCI DSS 4.0.1 requirement 10.7.3; ISO/IEC 27001:2022 A.8.15
#   remediation: List every gap of the last 90 days with its begin, its end and the ticket that explains it.
#   controls: {iso_27001: ["8.15"], ccm: [LOG-07], csf: [DE.CM-03]}
#   conditions:
#     not_gaps_explained: "the platform counts {gap_count_90d} gaps in 90 days, and not each of them is listed with begin, end and ticket"
findings.gaps_explained contains finding if {
	not gaps_explained
	finding := {
		"condition": "not_gaps_explained",
		"pointer": "/control_plane_logs/gap_count_90d",
		"values": {"gap_count_90d": lib.shown(input.control_plane_logs, "gap_count_90d")},
	}
}

gaps_explained if {
	explained := [gap |
		some gap in input.control_plane_logs.gaps
		lib.within_days(gap.began_at, 90)
		lib.past(gap.ended_at)
		lib.ns(gap.ended_at) > lib.ns(gap.began_at)
		gap.ticket != ""
	]
	input.control_plane_logs.gap_count_90d == count(explained)
}

# METADATA
# title: The logs are looked at every day, and what is found is followed
# description: A log that nobody reads finds nothing; a finding without a ticket mends nothing.
# custom:
#   severity: medium
#   evidence: [/control_plane_logs/review]
#   params: [log_review_max_age_hours]
#   source: PCI DSS 4.0.1 requirement 10.4.1
#   remediation: Review daily or let a detection service do so; open a ticket for every finding.
#   controls: {iso_27001: ["8.15", "8.16"], ccm: [LOG-05], csf: [DE.CM-03], pci_dss: ["10.4.1"]}
#   conditions:
#     not_reviewed: "the logs were not reviewed by a named reviewer in the {log_review_max_age_hours} hours before the facts were read, or findings have no ticket"
findings.reviewed contains finding if {
	review := input.control_plane_logs.review
	not reviewed(review)
	finding := {
		"condition": "not_reviewed",
		"pointer": lib.place("/control_plane_logs/review", review, ["last_at", "reviewer", "findings_90d", "findings_ticketed_90d"]),
		"values": {"log_review_max_age_hours": data.params.log_review_max_age_hours},
	}
}

reviewed(review) if {
	review.reviewer != ""
	lib.within_hours(review.last_at, input.control_plane_logs.source.collected_at, data.params.log_review_max_age_hours)
	review.findings_ticketed_90d == review.findings_90d
}
