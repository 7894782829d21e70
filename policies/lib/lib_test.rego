package lib_test

import data.lib

at := {"at": "2026-11-20T12:00:00Z"}

test_moment_is_an_instant_or_the_first_moment_of_a_date if {
	lib.ns("2026-11-20T00:00:00Z") == lib.ns("2026-11-20")
	lib.ns("2026-11-20T01:00:00+01:00") == lib.ns("2026-11-20")
}

test_age_counts_days_back if {
	lib.age_days("2026-11-19T00:00:00Z") == 1.5 with input as at
	lib.days_until("2026-11-22T00:00:00Z") == 1.5 with input as at
	lib.hours_between("2026-11-19", "2026-11-20T06:00:00Z") == 30
	lib.days_between("2026-11-20", "2026-11-19") == -1
}

test_within_days_holds_to_the_last_moment if {
	lib.within_days("2026-11-19T12:00:00Z", 1) with input as at
	not lib.within_days("2026-11-19T11:59:59Z", 1) with input as at
	lib.within_days("2026-11-20T12:00:00Z", 1) with input as at
	not lib.within_days("2026-11-20T12:00:01Z", 1) with input as at
}

test_within_hours_holds_to_the_last_moment_and_not_backwards if {
	lib.within_hours("2026-11-19", "2026-11-19T12:00:00Z", 12)
	not lib.within_hours("2026-11-19", "2026-11-19T12:00:01Z", 12)
	lib.within_hours("2026-11-19", "2026-11-19", 12)
	not lib.within_hours("2026-11-19T00:00:01Z", "2026-11-19", 12)
}

test_instants_before_and_after_the_assessment if {
	lib.days_ago(1.5) == lib.ns("2026-11-19") with input as at
	lib.days_ahead(1.5) == lib.ns("2026-11-22") with input as at
}

test_past_and_ahead_leave_no_moment_out if {
	lib.past("2026-11-20T12:00:00Z") with input as at
	not lib.past("2026-11-20T12:00:01Z") with input as at
	lib.ahead("2026-11-20T12:00:01Z") with input as at
	not lib.ahead("2026-11-20T12:00:00Z") with input as at
}

test_filled_is_more_than_space if {
	lib.filled("x")
	lib.filled(["x"])
	not lib.filled("  ")
	not lib.filled([])
	not lib.filled({})
}

test_distinct_does_not_look_at_case_or_space if {
	lib.distinct("ines", "tomas")
	not lib.distinct("Ines ", "ines")
	not lib.distinct("", "ines")
}

test_label_is_never_undefined if {
	lib.label({"name": "a", "id": "b"}) == "a"
	lib.label({"name": "", "id": "b"}) == "b"
	lib.label({"path": "c"}) == "c"
	lib.label({}) == "unnamed"
	lib.shown({"x": 1}, "x") == 1
	lib.shown({}, "x") == "unknown"
}

test_place_is_the_first_absent_field if {
	lib.place("/a", {"x": 1, "z": 1}, ["x", "y", "z"]) == "/a/y"
	lib.place("/a", {"x": false}, ["x"]) == "/a"
}

exception := {
	"reason": "because", "requested_by": "ines", "approved_by": "claire",
	"approved_on": "2026-01-01", "expires_on": "2026-11-20",
}

test_accepted_through_the_last_day if {
	lib.accepted(exception, 365) with input as at
	not lib.accepted(exception, 365) with input as {"at": "2026-11-21T00:00:00Z"}
}

test_accepted_not_when_too_long_or_from_the_future if {
	not lib.accepted(exception, 300) with input as at
	not lib.accepted(exception, 365) with input as {"at": "2025-12-31T00:00:00Z"}
}

test_accepted_not_by_the_requester if {
	not lib.accepted(object.union(exception, {"approved_by": "Ines"}), 365) with input as at
}

test_accepted_not_without_a_reason if {
	not lib.accepted(object.remove(exception, ["reason"]), 365) with input as at
}
