# METADATA
# title: Helpers that the policies of several duties share
# description: >-
#   A file for each subject. Every helper that decides is positive: it is true only when the fact is there and as it
#   should be, so `not helper(x)` also catches an absent x. Every helper that fills a sentence is total: it has a value
#   for an absent fact too, so that none can swallow a finding.
package lib

# This file: moments and how far apart they are. Time is input.at, the time the assessment is made for, never a clock.
#
# A comparison that has at_ns alone on one side tells the evaluator when its answer changes, so that a forecast
# evaluates a check again at that time only. A check that reads the time in another way is evaluated for each day of a
# forecast.

# METADATA
# description: The time of the assessment, in nanoseconds since 1970 UTC.
at_ns := time.parse_rfc3339_ns(input.at)

# METADATA
# description: Nanoseconds in a day of 24 hours.
day_ns := 86400000000000

# METADATA
# description: Nanoseconds in an hour.
hour_ns := 3600000000000

# METADATA
# description: An RFC 3339 time, or a date (its first moment in UTC), in nanoseconds since 1970 UTC.
ns(moment) := time.parse_rfc3339_ns(moment) if {
	contains(moment, "T")
} else := time.parse_rfc3339_ns(concat("", [moment, "T00:00:00Z"]))

# METADATA
# description: The time so many days before the assessment, in nanoseconds since 1970 UTC.
days_ago(days) := at_ns - days_ns(days)

# METADATA
# description: The time so many days after the assessment, in nanoseconds since 1970 UTC.
days_ahead(days) := at_ns + days_ns(days)

# METADATA
# description: So many days in nanoseconds.
days_ns(days) := days * day_ns

# METADATA
# description: So many hours in nanoseconds.
hours_ns(hours) := hours * hour_ns

# METADATA
# description: Days from a moment to the assessment; negative when the moment lies ahead.
age_days(moment) := (at_ns - ns(moment)) / day_ns

# METADATA
# description: Days from the assessment to a moment; negative when the moment is past.
days_until(moment) := (ns(moment) - at_ns) / day_ns

# METADATA
# description: Hours from one moment to another; negative when the second is the earlier.
hours_between(from, to) := (ns(to) - ns(from)) / hour_ns

# METADATA
# description: Days from one moment to another; negative when the second is the earlier.
days_between(from, to) := (ns(to) - ns(from)) / day_ns

# METADATA
# description: The moment is past, and at most so many days ago.
within_days(moment, days) if {
	time_ns := ns(moment)
	time_ns <= at_ns
	time_ns + days_ns(days) >= at_ns
}

# METADATA
# description: The second moment is not before the first, and at most so many hours after it.
within_hours(from, to, hours) if {
	start := ns(from)
	end := ns(to)
	end >= start
	end - start <= hours_ns(hours)
}

# METADATA
# description: A term of so many hours that began at a moment in the past is not over yet.
running(from, hours) if {
	start := ns(from)
	start <= at_ns
	at_ns < start + hours_ns(hours)
}

# METADATA
# description: The moment is at or before the assessment.
past(moment) if ns(moment) <= at_ns

# METADATA
# description: The moment is after the assessment.
ahead(moment) if ns(moment) > at_ns

# METADATA
# description: >-
#   The end of the day so many months after a moment, in nanoseconds since 1970 UTC, by the time zone that the moment is
#   written with. Where the later month has no such day, it is the end of its last day (Regulation (EEC, Euratom)
#   No 1182/71 Article 3).
months_after(moment, months) := (min([same_day, last_day]) + day_ns) - offset_ns(moment) if {
	same_day := month_ns(moment, months) + ((digits(moment, 8, 2) - 1) * day_ns)
	last_day := month_ns(moment, months + 1) - day_ns
}

# METADATA
# description: >-
#   A limit, in nanoseconds since 1970 UTC, that moves where it falls on a Saturday or Sunday: to so many hours into the
#   Monday after it. The days are those of the time zone that the moment is written with.
on_working_day(limit_ns, moment, hours) := (monday + hours_ns(hours)) - offset if {
	offset := offset_ns(moment)
	last := (limit_ns + offset) - 1
	midnight := last - (last % day_ns)
	monday := midnight + (days_to_monday[(midnight / day_ns) % 7] * day_ns)
} else := limit_ns

# By the days since 1 January 1970, a Thursday, without whole weeks.
days_to_monday := {2: 2, 3: 1}

# How far the time zone of a moment is ahead of UTC: whole minutes, as they are written.
offset_ns(moment) := round((ns(concat("", [substring(moment, 0, 19), "Z"])) - ns(moment)) / minute_ns) * minute_ns if {
	contains(moment, "T")
} else := 0

minute_ns := 60000000000

# The first day of the month so many months after that of a moment.
month_ns(moment, months) := ns(sprintf("%v-%s-01", [(total - (total % 12)) / 12, two_digits((total % 12) + 1)])) if {
	total := min([last_month, (((digits(moment, 0, 4) * 12) + digits(moment, 5, 2)) - 1) + months])
}

# Times end in the year 2262, and no assessment is for a later one.
last_month := 2261 * 12

digits(moment, start, length) := to_number(trim_left(substring(moment, start, length), "0"))

two_digits(number) := sprintf("0%v", [number]) if {
	number < 10
} else := sprintf("%v", [number])

# METADATA
# description: A time, in nanoseconds since 1970 UTC, is at or before the assessment.
reached(time_ns) if time_ns <= at_ns

# METADATA
# description: The moment was more than so many days before the assessment.
older_than(moment, days) if ns(moment) + days_ns(days) < at_ns

# METADATA
# description: The moment is past, or at most so many days after the assessment.
ends_within(moment, days) if ns(moment) - days_ns(days) <= at_ns

# METADATA
# description: The moment is at least so many days after the assessment.
lasts(moment, days) if ns(moment) - days_ns(days) >= at_ns

# METADATA
# description: The whole day is before the assessment.
day_over(date) if ns(date) + day_ns <= at_ns

# METADATA
# description: The day is that of the assessment, or after it.
day_not_over(date) if ns(date) + day_ns > at_ns

# METADATA
# description: The year is that of the assessment, or before it. No time of an assessment is after 2261.
year_reached(year) if {
	year <= 2261
	past(sprintf("%v-01-01", [max([1970, next_year(year)])]))
}

next_year(year) := round(year) if {
	round(year) >= year
} else := round(year) + 1
