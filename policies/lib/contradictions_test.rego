package lib_test

import data.lib

contradiction := {
	"condition": "unknown_person", "pointer": "/keys/service_keys/0/owner", "related": [],
	"values": {"text": "eve"},
}

test_contradictions_are_those_of_the_sections if {
	held := {"contradictions": {"keys": [contradiction], "iam": [{"condition": "names_itself"}]}}
	lib.contradictions(["keys", "secrets"]) == {contradiction} with input as held
	lib.contradictions(["iam", "keys"]) == {contradiction, {"condition": "names_itself"}} with input as held
	lib.contradictions(["secrets"]) == set() with input as held
}

test_no_contradictions_is_none if {
	lib.contradictions(["keys"]) == set() with input as {"contradictions": {}}
}

test_without_a_comparison_each_section_is_found if {
	found := {"condition": "not_compared", "pointer": "/keys", "values": {}}
	every held in [{}, {"contradictions": null}, {"contradictions": "none"}] {
		lib.contradictions(["keys"]) == {found} with input as held
	}
}
