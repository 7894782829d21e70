# METADATA
# title: Helpers that the policies of several duties share
# description: >-
#   Time is input.at, the instant the assessment is made for, never a clock. Every helper that decides is
#   positive: it is true only when the fact is there and holds, so `not helper(x)` also catches an absent x.
package lib

# METADATA
# description: The instant of the assessment, in nanoseconds since 1970 UTC.
at_ns := time.parse_rfc3339_ns(input.at)

# METADATA
# description: Nanoseconds in a day of 24 hours.
day_ns := 86400000000000

# METADATA
# description: Nanoseconds in an hour.
hour_ns := 3600000000000

# METADATA
# description: An RFC 3339 instant, or a date (its first moment in UTC), in nanoseconds since 1970 UTC.
ns(moment) := time.parse_rfc3339_ns(moment) if {
	contains(moment, "T")
} else := time.parse_rfc3339_ns(concat("", [moment, "T00:00:00Z"]))

# METADATA
# description: The instant so many days before the assessment, in nanoseconds since 1970 UTC.
days_ago(days) := at_ns - days_ns(days)

# METADATA
# description: The instant so many days after the assessment, in nanoseconds since 1970 UTC.
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
	instant := ns(moment)
	instant <= at_ns
	instant >= days_ago(days)
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
# description: The moment is at or before the assessment.
past(moment) if ns(moment) <= at_ns

# METADATA
# description: The moment is after the assessment.
ahead(moment) if ns(moment) > at_ns

# METADATA
# description: A text with something in it, or a collection that is not empty.
filled(value) if {
	is_string(value)
	trim_space(value) != ""
}

filled(value) if {
	not is_string(value)
	count(value) > 0
}

# METADATA
# description: Two named persons or roles who are not the same; case and surrounding space do not make a difference.
distinct(one, other) if {
	first := lower(trim_space(one))
	second := lower(trim_space(other))
	first != ""
	second != ""
	first != second
}

# METADATA
# description: >-
#   What a message calls an object: its name, else its id, else its path, else "unnamed". Never undefined, so that
#   an object without a name cannot swallow the finding about it.
label(item) := names[0] if {
	names := [text |
		some field in ["name", "id", "path"]
		text := item[field]
		filled(text)
	]
	names != []
} else := "unnamed"

# METADATA
# description: A field of an object for use in a message; "unknown" when it is absent.
shown(item, field) := object.get(item, field, "unknown")

# METADATA
# description: >-
#   Where a finding about an object points: to the first of the named fields that is absent (the engine then calls the
#   evidence missing), else to the object itself.
place(pointer, item, fields) := sprintf("%s/%s", [pointer, absent[0]]) if {
	absent := [field |
		some field in fields
		not field in object.keys(item)
	]
	absent != []
} else := pointer

# METADATA
# description: >-
#   A written deviation is valid: a reason, an approver who is not the requester, approved in the past, not expired
#   (it is valid through its last day), and no longer than so many days.
accepted(exception, max_days) if {
	exception.reason != ""
	distinct(exception.requested_by, exception.approved_by)
	past(exception.approved_on)
	ns(exception.expires_on) > days_ago(1)
	ns(exception.expires_on) - ns(exception.approved_on) <= days_ns(max_days)
}
