# METADATA
# title: Log streams, as the two duties about logs look at them
# description: >-
#   A subscription counts for nothing where its stream is not in the inventory; the stream is what is checked.
package lib.streams

import data.lib

# METADATA
# description: The ids of the streams in the inventory.
ids contains stream.id if some stream in input.log_streams.streams

# METADATA
# description: The subscription names a stream that is in the inventory.
names_stream(subscription) if subscription.stream_id in ids

# METADATA
# description: The subscription feeds a stream that is in the inventory, since a moment in the past.
feeds(subscription) if {
	names_stream(subscription)
	lib.past(subscription.created_at)
}

# METADATA
# description: The ids of the streams that a subscription of one of the two duties names. Others hold no log of them.
subscribed contains subscription.stream_id if some subscription in input.service_logs.subscriptions

subscribed contains subscription.stream_id if some subscription in input.control_plane_logs.subscriptions

# METADATA
# description: The kinds of log that a list of subscriptions really delivers.
kinds(subscriptions) := {subscription.kind | some subscription in subscriptions; feeds(subscription)}

# METADATA
# description: >-
#   The stream of the subscription has the name of other logs, and none of those reach it. Or another stream, which has
#   the name of these logs and which no subscription feeds, has received events since.
misnamed(subscription) if {
	named_for_others(subscription)
	not is_fed_as_named(subscription)
}

misnamed(subscription) if {
	named_for_others(subscription)
	some stream in input.log_streams.streams
	[stream.id, subscription.kind] in names
	not is_subscribed(stream)
	lib.ns(stream.last_event_at) > lib.ns(subscription.created_at)
}

named_for_others(subscription) if {
	subscription.stream_id in named_ids
	not is_named_for(subscription)
}

is_fed_as_named(subscription) if subscription.stream_id in fed_as_named

is_subscribed(stream) if stream.id in subscribed

is_named_for(subscription) if [subscription.stream_id, subscription.kind] in names

# How people write the kinds of log in the names of streams, between signs.
kind_names := {
	"account_audit": ["-account-audit-"],
	"account_activity": ["-account-activity-", "-api-activity-"],
	"iam_access": ["-iam-"],
	"rest_audit": ["-rest-audit-", "-rest-api-", "-okms-rest-", "-kms-rest-"],
	"kmip_audit": ["-kmip-"],
}

# Pairs of a stream and a kind of log that its name is that of.
names contains [stream.id, kind] if {
	some stream in input.log_streams.streams
	words := sprintf("-%s-", [replace(replace(replace(lower(stream.name), "_", "-"), " ", "-"), ".", "-")])
	some kind, phrases in kind_names
	some phrase in phrases
	contains(words, phrase)
}

named_ids := {pair[0] | some pair in names}

fed_as_named := {pair[0] | some pair in (names & deliveries)}

deliveries contains [subscription.stream_id, subscription.kind] if some subscription in input.service_logs.subscriptions

deliveries contains [subscription.stream_id, subscription.kind] if {
	some subscription in input.control_plane_logs.subscriptions
}

# METADATA
# description: The ids of the streams that a list of subscriptions feeds.
fed(subscriptions) := {subscription.stream_id | some subscription in subscriptions; feeds(subscription)}

# METADATA
# description: By id of the stream, when its newest subscription was created, in nanoseconds since 1970 UTC.
newest(subscriptions) := lib.greatest({[subscription.stream_id, lib.ns(subscription.created_at)] |
	some subscription in subscriptions
})

# METADATA
# description: >-
#   The stream keeps events for so many days, and so many of them searchable, which are no more than it keeps.
retains(stream, days, hot_days) if {
	stream.retention_days >= days
	stream.hot_days >= hot_days
	possible(stream)
}

# METADATA
# description: The stream does not claim to search events that it no longer keeps.
possible(stream) if stream.hot_days <= stream.retention_days

# METADATA
# description: The stream keeps every event searchable, so it has no archive.
all_hot(stream) if {
	stream.hot_days == stream.retention_days
	lib.absent(stream, ["cold_storage_region"]) != []
}

# METADATA
# description: When the state of the streams was read, as a sentence shows it.
read_at := lib.shown(object.get(object.get(input, "log_streams", {}), "source", {}), "collected_at")

# METADATA
# description: >-
#   How many hours a stream may have been without an event when its state was read: so many for every stream, or as many
#   as its own longest pause of 90 days, up to a limit.
silence_hours(stream) := max([data.params.log_silence_max_hours, usual]) if {
	usual := min([stream.longest_pause_90d_hours, data.params.log_pause_max_hours])
} else := data.params.log_silence_max_hours

# METADATA
# description: >-
#   The stream received an event in the hours before its state was read. How old that reading may be is the section's
#   freshness.
alive(stream) if {
	hours := silence_hours(stream)
	lib.within_hours(stream.last_event_at, input.log_streams.source.collected_at, hours)
}

# METADATA
# description: >-
#   The stream is alive, and received an event after its newest subscription was created. The second argument is what
#   newest answers.
receiving(stream, newest_ns) if {
	alive(stream)
	lib.ns(stream.last_event_at) >= newest_ns[stream.id]
}

# METADATA
# description: >-
#   What is wrong with a stream that receives no events: no_event, nothing_delivered or silent, the first that holds.
silence_problem(stream) := "no_event" if {
	lib.absent(stream, ["last_event_at"]) != []
} else := "silent" if {
	not alive(stream)
} else := "nothing_delivered"

# METADATA
# description: >-
#   The kinds of log of which the events of the last days are kept, so many days back or since the domain came into use:
#   the subscription is as old, or says that an earlier one delivered them.
covered(subscriptions) := {subscription.kind |
	some subscription in subscriptions
	feeds(subscription)
	kept_long_enough(subscription)
}

kept_long_enough(subscription) if lib.reached(since_ns(subscription) + lib.days_ns(data.params.log_hot_min_days))

kept_long_enough(subscription) if {
	some first_ns in set_up_ns
	since_ns(subscription) <= first_ns
}

# METADATA
# description: When the oldest event of the subscription that is still kept arrived, in nanoseconds since 1970 UTC.
since_ns(subscription) := lib.ns(subscription.events_since) if {
	subscription.events_since
} else := lib.ns(subscription.created_at)

# By when a domain is logged that came into use later: its oldest key or certificate, and the time to set up the logs.
set_up_ns contains first_ns + lib.days_ns(data.params.log_set_up_max_days) if {
	keys := object.get(object.get(input, "keys", {}), "service_keys", [])
	certificates := object.get(object.get(input, "credentials", {}), "certificates", [])
	first_ns := min([lib.ns(item.created_at) | some item in array.concat(keys, certificates)])
}
