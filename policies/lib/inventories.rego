# Objects that were there in the past, and are in no inventory any more.
package lib

# METADATA
# description: >-
#   How many objects of a kind ended on a day or after it, by the list of those that are in no inventory any more.
former(kind, day) := count([ended |
	some ended in object.get(object.get(input, "import_export", {}), "former_objects", [])
	ended.kind == kind
	ended.ended_on >= day
])
