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

test_acceptance_problem_is_the_first_that_holds if {
	changed := {
		"incomplete": object.remove(exception, ["approved_by"]),
		"approved_by_requester": object.union(exception, {"approved_by": "Ines "}),
		"approved_in_future": object.union(exception, {"approved_on": "2026-11-21"}),
		"expired": object.union(exception, {"expires_on": "2026-11-19"}),
		"too_long": exception,
	}
	every problem, changed_exception in changed {
		lib.acceptance_problem(changed_exception) == problem with input as {"at": "2026-11-20T00:00:00Z"}
	}
}
