# METADATA
# title: Log streams, as the two duties about logs look at them
# description: >-
#   A subscription counts for nothing where its stream is not in the inventory; what holds is judged on the stream.
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
# description: The kinds of log that a list of subscriptions really delivers.
kinds(subscriptions) := {subscription.kind | some subscription in subscriptions; feeds(subscription)}

# METADATA
# description: The ids of the streams that a list of subscriptions feeds.
fed(subscriptions) := {subscription.stream_id | some subscription in subscriptions; feeds(subscription)}

# METADATA
# description: The stream keeps events for so many days, and so many of them at once available.
retains(stream, days, hot_days) if {
	stream.retention_days >= days
	stream.hot_days >= hot_days
}

# METADATA
# description: When the state of the streams was read, as a sentence shows it.
read_at := lib.shown(object.get(object.get(input, "log_streams", {}), "source", {}), "collected_at")

# METADATA
# description: >-
#   The stream received an event in the hours before its state was read. How old that reading may be is the section's
#   freshness.
alive(stream, hours) if lib.within_hours(stream.last_event_at, input.log_streams.source.collected_at, hours)
