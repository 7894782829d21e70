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

# What is wrong where the logs of two kinds go to streams of these names.
misnamed_of(names, kmip_to, rest_to) := {subscription.kind |
	subscriptions := [
		{"kind": "kmip_audit", "stream_id": kmip_to, "created_at": "2026-01-01T00:00:00Z"},
		{"kind": "rest_audit", "stream_id": rest_to, "created_at": "2026-11-01T00:00:00Z"},
	]
	domain := object.union(evidence, {
		"log_streams": {"streams": [
			{"id": "a", "name": names[0], "last_event_at": "2026-11-18T00:00:00Z"},
			{"id": "b", "name": names[1], "last_event_at": "2026-10-18T00:00:00Z"},
		]},
		"service_logs": {"subscriptions": subscriptions},
		"control_plane_logs": {"subscriptions": [{"kind": "iam_access", "stream_id": "b"}]},
	})
	some subscription in subscriptions
	streams.misnamed(subscription) with input as domain
}

test_a_stream_has_the_name_of_other_logs if {
	misnamed_of(["okms_kmip.audit", "OKMS REST audit"], "a", "b") == set()
	misnamed_of(["okms-kmip", "okms-rest"], "b", "a") == {"kmip_audit", "rest_audit"}
	misnamed_of(["everything", "logs"], "b", "a") == set()
	misnamed_of(["iam", "kmip"], "a", "b") == {"kmip_audit", "rest_audit"}
}

test_a_stream_may_receive_more_logs_than_those_of_its_name if {
	misnamed_of(["okms-kmip", "restore"], "a", "a") == set()
	misnamed_of(["all", "iam-access"], "b", "b") == set()
}

# The stream of the other name has received events since the subscription of these logs was made, unless they were
# moved to where they are now.
test_a_stream_of_the_name_is_fed_by_nobody if {
	misnamed_of(["okms-kmip", "iam-access"], "b", "b") == {"kmip_audit"}
	misnamed_of(["okms-rest", "iam-access"], "b", "b") == {"rest_audit"}
	misnamed_of(["other", "iam-access"], "b", "b") == set()
	misnamed_of(["okms-kmip", "iam-access"], "b", "a") == {"rest_audit"} # whose events those of the stream a are
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
	streams.alive(stream) with input as evidence with data.params.log_silence_max_hours as 24
	not streams.alive(stream) with input as evidence with data.params.log_silence_max_hours as 23
	not streams.alive(object.union(stream, {"last_event_at": "2026-11-19T00:00:01Z"})) with input as evidence
}

test_a_stream_may_pause_as_long_as_it_usually_does if {
	friday := object.union(evidence.log_streams.streams[0], {"last_event_at": "2026-11-16T12:00:00Z"})
	not streams.alive(friday) with input as evidence
	streams.alive(object.union(friday, {"longest_pause_90d_hours": 60})) with input as evidence
	not streams.alive(object.union(friday, {"longest_pause_90d_hours": 59.9})) with input as evidence
}

test_hours_of_silence if {
	streams.silence_hours({}) == 24 with data.params.log_silence_max_hours as 24
	streams.silence_hours({"longest_pause_90d_hours": 3}) == 24 with data.params.log_silence_max_hours as 24
	streams.silence_hours({"longest_pause_90d_hours": 62}) == 62 with data.params.log_pause_max_hours as 96
	streams.silence_hours({"longest_pause_90d_hours": 2000}) == 96 with data.params.log_pause_max_hours as 96
}

test_a_stream_receives_since_its_newest_subscription if {
	stream := evidence.log_streams.streams[0]
	newer := object.union(subscription, {"created_at": "2026-11-18T00:00:01Z"})
	streams.receiving(stream, streams.newest([subscription])) with input as evidence
	not streams.receiving(stream, streams.newest([newer, subscription])) with input as evidence
	not streams.receiving({"id": "a"}, streams.newest([subscription])) with input as evidence
}

test_silence_problem_is_the_first_that_holds if {
	stream := evidence.log_streams.streams[0]
	streams.silence_problem({}) == "no_event" with input as evidence
	old := object.union(stream, {"last_event_at": "2026-11-01T00:00:00Z"})
	streams.silence_problem(old) == "silent" with input as evidence
	streams.silence_problem(stream) == "nothing_delivered" with input as evidence
}

test_a_stream_does_not_search_what_it_does_not_keep if {
	not streams.retains({"retention_days": 365, "hot_days": 366}, 365, 90)
	streams.retains({"retention_days": 365, "hot_days": 365}, 365, 90)
}

test_a_stream_without_archive if {
	streams.all_hot({"retention_days": 365, "hot_days": 365})
	not streams.all_hot({"retention_days": 365, "hot_days": 90})
	not streams.all_hot({"retention_days": 365, "hot_days": 365, "cold_storage_region": "eu-west-gra"})
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

test_streams_of_both_duties_are_subscribed if {
	subscriptions := {
		"service_logs": {"subscriptions": [{"stream_id": "a"}]},
		"control_plane_logs": {"subscriptions": [{"stream_id": "b"}, {"kind": "x"}]},
	}
	streams.subscribed == {"a", "b"} with input as subscriptions
}
