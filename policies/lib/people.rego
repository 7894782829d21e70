# Persons, and what they decide.
package lib

# METADATA
# description: Two named persons or roles who are not the same; case and surrounding space do not make a difference.
distinct(first, second) if {
	first_name := lower(trim_space(first))
	second_name := lower(trim_space(second))
	first_name != ""
	second_name != ""
	first_name != second_name
}

# METADATA
# description: >-
#   A written deviation is valid: a reason, an approver who is not the requester, approved in the past, not expired (it
#   is valid through its last day), and no longer than so many days.
accepted(exception, max_days) if {
	exception.reason != ""
	approved_by_another(exception)
	approved_before(exception)
	unexpired(exception)
	ns(exception.expires_on) - ns(exception.approved_on) <= days_ns(max_days)
}

approved_by_another(exception) if distinct(exception.requested_by, exception.approved_by)

approved_before(exception) if past(exception.approved_on)

unexpired(exception) if day_not_over(exception.expires_on)

# METADATA
# description: >-
#   What is wrong with a written deviation that is not accepted: incomplete, approved_by_requester, approved_in_future,
#   expired or too_long, the first that holds.
acceptance_problem(exception) := "incomplete" if {
	absent(exception, acceptance_fields) != []
} else := "approved_by_requester" if {
	not approved_by_another(exception)
} else := "approved_in_future" if {
	not approved_before(exception)
} else := "expired" if {
	not unexpired(exception)
} else := "too_long"

# METADATA
# description: The fields that a written deviation needs.
acceptance_fields := ["reason", "requested_by", "approved_by", "approved_on", "expires_on"]
