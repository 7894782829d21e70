package lib_test

import data.lib

test_filled_is_more_than_space if {
	lib.filled("x")
	lib.filled(["x"])
	not lib.filled("  ")
	not lib.filled([])
	not lib.filled({})
}

test_complete_counts_ids_once if {
	lib.complete([{"id": "a"}, {"id": "b"}], "id", 2)
	not lib.complete([{"id": "a"}, {"id": "a"}], "id", 2)
	not lib.complete([{"id": "a"}, {"name": "b"}], "id", 2)
	lib.complete([], "id", 0)
}

test_listed_counts_ids_once if {
	lib.listed([{"id": "a"}, {"id": "a"}, {"id": "b"}, {}], "id") == 2
	lib.listed([], "id") == 0
}

test_least_and_greatest_by_name if {
	pairs := {["b", 2], ["a", 9], ["a", 10], ["b", 1], ["a", 3]}
	lib.least(pairs) == {"a": 3, "b": 1}
	lib.greatest(pairs) == {"a": 10, "b": 2}
	lib.least(set()) == {}
	lib.greatest({["a", 1]}) == {"a": 1}
}

test_the_largest_of_none_is_0 if {
	lib.largest({3, 7}) == 7
	lib.largest(set()) == 0
}
