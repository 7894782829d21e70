# What findings say, and where they point.
package lib

# METADATA
# description: >-
#   What a message calls an object: its name, else its id, else its path, else "unnamed". Never undefined, so that an
#   object without a name cannot swallow the finding about it.
label(item) := names[0] if {
	names := [text |
		some field in ["name", "id", "path"]
		text := item[field]
		filled(text)
	]
	names != []
} else := "unnamed"

# METADATA
# description: >-
#   A field of an object as a sentence shows it: a text that is not blank, a number, a truth value or a list; "unknown"
#   for whatever else it is, and where it is absent.
shown(item, field) := value if {
	value := item[field]
	showable(value)
} else := "unknown"

showable(value) if is_number(value)

showable(value) if is_boolean(value)

showable(value) if {
	is_string(value)
	trim_space(value) != ""
}

showable(value) if {
	is_array(value)
	value != []
}

# METADATA
# description: >-
#   Those of the named fields that an object does not have, or has blank or empty, in their order. Where the object
#   itself may be absent, pass object.get(parent, name, {}).
absent(item, fields) := [field |
	some field in fields
	object.get(item, field, null) in {null, "", [], {}}
]

# METADATA
# description: >-
#   The condition of a finding about an object: the first of the two names where one of the fields is absent, blank or
#   empty, else the second.
problem(item, fields, incomplete, other) := incomplete if {
	absent(item, fields) != []
} else := other

# METADATA
# description: >-
#   Where a finding about an object points: the first of the named fields that is absent (the engine then calls the
#   evidence missing), else to the object itself.
place(pointer, item, fields) := sprintf("%s/%s", [pointer, missing[0]]) if {
	missing := [field |
		some field in fields
		not field in object.keys(item)
	]
	missing != []
} else := pointer
