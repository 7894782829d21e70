# What is to be done after a test or an exercise.
package lib

# METADATA
# description: >-
#   No fix is open after the test or exercise of a day; or the last one is due on a day that is not past, and at most so
#   many days after the test.
actions_done(test, _, _) if test.open_actions == 0

actions_done(test, performed_on, most_days) if {
	test.open_actions > 0
	day_not_over(test.actions_due_on)
	ns(test.actions_due_on) - ns(performed_on) <= days_ns(most_days)
}
