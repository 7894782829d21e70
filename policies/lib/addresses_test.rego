package lib_test

import data.lib

test_a_range_is_allowed_within_one_of_the_list if {
	evidence := {"network": {"allow_list": [{"range": "198.51.100.0/28"}]}}
	lib.allowed("198.51.100.3") with input as evidence
	lib.allowed("198.51.100.0/29") with input as evidence
	not lib.allowed("198.51.100.0/27") with input as evidence
	not lib.allowed("203.0.113.1") with input as evidence
}
