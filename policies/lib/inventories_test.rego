package lib_test

import data.lib

test_former_objects_count_from_the_day_they_ended if {
	evidence := {"import_export": {"former_objects": [
		{"id": "a", "kind": "secret", "ended_on": "2026-10-01"},
		{"id": "b", "kind": "secret", "ended_on": "2026-09-30"},
		{"id": "c", "kind": "kmip_object", "ended_on": "2026-10-02"},
	]}}
	lib.former("secret", "2026-10-01") == 1 with input as evidence
	lib.former("secret", "2026-09-30") == 2 with input as evidence
	lib.former("secret", "2026-10-02") == 0 with input as evidence
	lib.former("secret", "2026-10-02") == 0 with input as {}
}
