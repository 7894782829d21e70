package lib_test

import data.lib

test_label_is_never_undefined if {
	lib.label({"name": "a", "id": "b"}) == "a"
	lib.label({"name": "", "id": "b"}) == "b"
	lib.label({"path": "c"}) == "c"
	lib.label({}) == "unnamed"
}

test_shown_is_never_undefined if {
	every value in [0, 1.5, "a", false, true, ["a"]] {
		lib.shown({"x": value}, "x") == value
	}
	every value in [null, "", " ", [], {}, {"a": 1}] {
		lib.shown({"x": value}, "x") == "unknown"
	}
	lib.shown({}, "x") == "unknown"
}

test_absent_lists_what_is_not_said_in_order if {
	lib.absent({"a": "", "b": 0, "c": false, "d": []}, ["e", "d", "c", "b", "a"]) == ["e", "d", "a"]
	lib.absent({}, ["a"]) == ["a"]
	lib.absent({"a": 1}, ["a"]) == []
}

test_place_is_the_first_absent_field if {
	lib.place("/a", {"x": 1, "z": 1}, ["x", "y", "z"]) == "/a/y"
	lib.place("/a", {"x": false}, ["x"]) == "/a"
}

test_problem_is_the_first_where_a_field_is_absent if {
	lib.problem({"x": ""}, ["x"], "incomplete", "other") == "incomplete"
	lib.problem({"x": 0}, ["x"], "incomplete", "other") == "other"
}
