package lib_test

import data.lib

test_distinct_does_not_look_at_case_or_space if {
	lib.distinct("ines", "tomas")
	not lib.distinct("Ines ", "ines")
	not lib.distinct("", "ines")
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
