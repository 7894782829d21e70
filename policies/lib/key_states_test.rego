package lib_test

import data.lib

all_states := {"pre_active", "active", "deactivated", "compromised", "destroyed", "destroyed_compromised"}

test_states_of_keys if {
	{state | some state in all_states; lib.active({"state": state})} == {"active"}
	{state | some state in all_states; lib.pre_active({"state": state})} == {"pre_active"}
	{state | some state in all_states; lib.usable({"state": state})} == {"active", "pre_active"}
	{state | some state in all_states; lib.retired({"state": state})} == all_states - {"active", "pre_active"}
	{state | some state in all_states; lib.deactivated({"state": state})} == {"deactivated"}
	{state | some state in all_states; lib.held({"state": state})} == all_states - {"destroyed", "destroyed_compromised"}
	{state | some state in all_states; lib.compromised({"state": state})} == {"compromised", "destroyed_compromised"}
	{state | some state in all_states; lib.destroyed({"state": state})} == {"destroyed", "destroyed_compromised"}
}

test_an_unknown_state_is_none if {
	every key in [{}, {"state": "other"}] {
		not lib.active(key)
		not lib.usable(key)
		not lib.retired(key)
		not lib.deactivated(key)
		not lib.held(key)
		not lib.compromised(key)
		not lib.destroyed(key)
		not lib.kmip_destroyed(key)
		not lib.kmip_active(key)
		not lib.kmip_deactivated(key)
	}
}

test_states_of_kmip_objects if {
	lib.kmip_destroyed({"state": "Destroyed"})
	lib.kmip_destroyed({"state": "DestroyedCompromised"})
	not lib.kmip_destroyed({"state": "Active"})
	lib.kmip_active({"state": "Active"})
	lib.kmip_deactivated({"state": "Deactivated"})
}

test_extractable_is_what_the_attribute_says if {
	lib.extractable({"extractable": true})
	not lib.extractable({"extractable": false})
	not lib.extractable({})
	not lib.extractable({"extractable": true, "class": "public_key"})
}
