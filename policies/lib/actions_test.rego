package lib_test

import data.lib

test_actions_are_done_or_due_in_time if {
	today := {"at": "2026-11-20T12:00:00Z"}
	lib.actions_done({"open_actions": 0}, "2020-01-01", 92) with input as today
	every due_on in ["2026-11-20", "2027-01-01"] {
		lib.actions_done({"open_actions": 2, "actions_due_on": due_on}, "2026-10-01", 92) with input as today
	}
	every due_on in ["2026-11-18", "2027-01-02"] {
		not lib.actions_done({"open_actions": 2, "actions_due_on": due_on}, "2026-10-01", 92) with input as today
	}
	not lib.actions_done({"open_actions": 2}, "2026-10-01", 92) with input as today
	not lib.actions_done({"actions_due_on": "2027-01-01"}, "2026-10-01", 92) with input as today
}
