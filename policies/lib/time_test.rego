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

test_a_term_runs_from_its_start_until_its_end if {
	lib.running("2026-11-20T12:00:00Z", 1) with input as at
	lib.running("2026-11-20T11:00:01Z", 1) with input as at
	not lib.running("2026-11-20T11:00:00Z", 1) with input as at
	not lib.running("2026-11-20T12:00:01Z", 1) with input as at
}

test_months_after_ends_with_the_day if {
	lib.months_after("2026-09-14T22:15:00Z", 1) == lib.ns("2026-10-15")
	lib.months_after("2026-12-31T10:00:00Z", 2) == lib.ns("2027-03-01")
	lib.months_after("2026-01-30", 1) == lib.ns("2026-03-01")
	lib.months_after("2028-01-30", 1) == lib.ns("2028-03-01")
	lib.months_after("2026-01-28", 1) == lib.ns("2026-03-01")
}

test_months_after_ends_with_the_day_where_the_moment_was_written if {
	lib.months_after("2026-09-15T00:30:00+02:00", 1) == lib.ns("2026-10-16T00:00:00+02:00")
	lib.months_after("2026-09-14T22:30:00.75-03:30", 1) == lib.ns("2026-10-15T00:00:00-03:30")
	lib.months_after("2028-02-29T23:59:59+01:00", 12) == lib.ns("2029-03-01T00:00:00+01:00")
}

test_limits_on_a_weekend_move_to_the_monday if {
	saturday := lib.ns("2026-11-21T10:00:00Z")
	lib.on_working_day(saturday, "2026-11-20T10:00:00Z", 12) == lib.ns("2026-11-23T12:00:00Z")
	lib.on_working_day(lib.ns("2026-11-22T23:59:00Z"), "2026-11-20T10:00:00Z", 24) == lib.ns("2026-11-24")
	lib.on_working_day(lib.ns("2026-11-20T23:59:00Z"), "2026-11-20", 12) == lib.ns("2026-11-20T23:59:00Z")
	lib.on_working_day(lib.ns("2026-11-23T00:00:01Z"), "2026-11-20", 12) == lib.ns("2026-11-23T00:00:01Z")
}

test_weekends_are_those_of_the_time_zone_that_is_written if {
	limit := lib.ns("2026-11-20T23:30:00Z")
	lib.on_working_day(limit, "2026-11-19T23:30:00Z", 12) == limit
	lib.on_working_day(limit, "2026-11-20T00:30:00+01:00", 12) == lib.ns("2026-11-23T12:00:00+01:00")
	late := lib.ns("2026-11-22T23:30:00Z")
	lib.on_working_day(late, "2026-11-20T00:30:00+01:00", 12) == late
}

test_the_end_of_a_day_is_of_that_day if {
	lib.on_working_day(lib.ns("2026-11-21"), "2026-10-20", 12) == lib.ns("2026-11-21")
	lib.on_working_day(lib.ns("2026-11-23"), "2026-10-22", 12) == lib.ns("2026-11-23T12:00:00Z")
}

test_comparisons_with_the_time_change_at_their_moment if {
	lib.reached(lib.ns("2026-11-20T12:00:00Z")) with input as at
	not lib.reached(lib.ns("2026-11-20T12:00:01Z")) with input as at
	not lib.older_than("2026-11-19T12:00:00Z", 1) with input as at
	lib.older_than("2026-11-19T11:59:59Z", 1) with input as at
	lib.ends_within("2026-11-21T12:00:00Z", 1) with input as at
	not lib.ends_within("2026-11-21T12:00:01Z", 1) with input as at
	lib.lasts("2026-11-21T12:00:00Z", 1) with input as at
	not lib.lasts("2026-11-21T11:59:59Z", 1) with input as at
}

test_a_day_is_over_when_the_next_begins if {
	lib.day_over("2026-11-19") with input as at
	not lib.day_over("2026-11-20") with input as at
	lib.day_not_over("2026-11-20") with input as at
	not lib.day_not_over("2026-11-19") with input as at
}

test_a_year_is_reached_when_it_begins if {
	lib.year_reached(2026) with input as at
	lib.year_reached(1) with input as at
	not lib.year_reached(2026.5) with input as at
	not lib.year_reached(2026.2) with input as at
	lib.year_reached(2025.2) with input as at
	not lib.year_reached(2027) with input as at
	not lib.year_reached(9999) with input as at
}
