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
#   A written deviation is valid: a reason, an approver who is not the requester, approved in the past, not expired
#   (it is valid through its last day), and no longer than so many days.
accepted(exception, max_days) if {
	exception.reason != ""
	distinct(exception.requested_by, exception.approved_by)
	past(exception.approved_on)
	ns(exception.expires_on) > days_ago(1)
	ns(exception.expires_on) - ns(exception.approved_on) <= days_ns(max_days)
}
