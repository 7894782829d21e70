package lib.streams_test

import data.lib.streams

evidence := {
	"at": "2026-11-20T00:00:00Z",
	"log_streams": {
		"source": {"collected_at": "2026-11-19T00:00:00Z"},
		"streams": [{"id": "a", "retention_days": 365, "hot_days": 90, "last_event_at": "2026-11-18T00:00:00Z"}],
	},
}

subscription := {"kind": "x", "stream_id": "a", "created_at": "2026-01-01T00:00:00Z"}

test_a_subscription_counts_where_its_stream_is_known if {
	streams.kinds([subscription]) == {"x"} with input as evidence
	streams.fed([subscription]) == {"a"} with input as evidence
	streams.kinds([object.union(subscription, {"stream_id": "b"})]) == set() with input as evidence
	streams.kinds([object.union(subscription, {"created_at": "2027-01-01T00:00:00Z"})]) == set() with input as evidence
}

test_retention_needs_both_numbers if {
	stream := evidence.log_streams.streams[0]
	streams.retains(stream, 365, 90)
	not streams.retains(stream, 366, 90)
	not streams.retains(stream, 365, 91)
	not streams.retains({"retention_days": 365}, 365, 90)
}

test_a_stream_is_alive_by_the_time_it_was_read if {
	stream := evidence.log_streams.streams[0]
	streams.alive(stream, 24) with input as evidence
	not streams.alive(stream, 23) with input as evidence
	not streams.alive(object.union(stream, {"last_event_at": "2026-11-19T00:00:01Z"}), 24) with input as evidence
}

test_a_subscription_names_a_stream_where_it_is_listed if {
	streams.names_stream(subscription) with input as evidence
	not streams.names_stream(object.union(subscription, {"stream_id": "b"})) with input as evidence
	not streams.names_stream({}) with input as evidence
}

test_the_time_of_the_reading_is_never_undefined if {
	streams.read_at == "2026-11-19T00:00:00Z" with input as evidence
	streams.read_at == "unknown" with input as {}
}
