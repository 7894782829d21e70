# Addresses, and the ranges that the customer allows.
package lib

# METADATA
# description: An address or a range is within a range of the allow-list.
allowed(range) if {
	some entry in input.network.allow_list
	net.cidr_contains(entry.range, range)
}
