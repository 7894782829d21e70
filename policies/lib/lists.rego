# Lists and texts that must not be empty, and lists that must be whole.
package lib

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
# description: The list holds as many items with different ids as the source counted. The id is that field of an item.
complete(items, field, counted) if counted == count({item[field] | some item in items})

# METADATA
# description: How many items with different ids a list holds; 0 for none.
listed(items, field) := count({item[field] | some item in items})

# METADATA
# description: The greatest of some numbers; 0 of none.
largest(numbers) := max(numbers) if {
	count(numbers) > 0
} else := 0

# METADATA
# description: Of a set of pairs of a name and a value, the least value by name.
least(pairs) := {pair[0]: pair[1] |
	sorted := sort(pairs)
	some i, pair in sorted
	begins(sorted, i)
}

# METADATA
# description: Of a set of pairs of a name and a value, the greatest value by name.
greatest(pairs) := {pair[0]: pair[1] |
	sorted := sort(pairs)
	some i, pair in sorted
	begins_after(sorted, i)
}

begins(_, 0)

begins(sorted, i) if sorted[i - 1][0] != sorted[i][0]

begins_after(sorted, i) if i == count(sorted) - 1

begins_after(sorted, i) if sorted[i + 1][0] != sorted[i][0]
