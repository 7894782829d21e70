# What texts of the evidence mean by the reference data: ciphers, ways to wrap keys, validations of modules.
package lib

# METADATA
# description: The classes of data, from the least to the most protected.
class_ranks := {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}

# METADATA
# description: By class of data, the ids of the service keys for data of a lower class.
keys_below := {class: ids |
	some class, rank in class_ranks
	ids := {key.id | some key in input.keys.service_keys; class_ranks[key.data_class] < rank}
}

# METADATA
# description: The name that the reference data gives to a cipher for data at rest, from any of its spellings.
cipher_name(text) := min(cipher_names[condensed(text)])

# A customer's own row may have a spelling of a shipped one.
cipher_names[condensed(spelling)] contains name if {
	some name, cipher in data.reference.data_ciphers
	some spelling in array.concat([name], object.get(cipher, "other_spellings", []))
}

# What stands between letters and digits makes no difference.
condensed(text) := regex.replace(lower(text), "[-_+ ]", "")

# METADATA
# description: >-
#   The text names a way to wrap keys that is accepted, in any of its spellings, and no weaker than a symmetric key of
#   so many bits. A way that wraps by a key pair is accepted for keys of any size.
wrapping_accepted(text, bits) if accepted_wrappings[lower(trim_space(text))] >= bits

accepted_wrappings := {lower(spelling): object.get(wrapping, "strength_bits", 256) |
	some name, wrapping in data.reference.wrapping_algorithms
	wrapping.accepted == true
	some spelling in array.concat([name], object.get(wrapping, "other_spellings", []))
}

# METADATA
# description: >-
#   The text says that a module is validated by a scheme of the reference data. Either the level is accepted, or the
#   scheme implies it, or the text names no level and has the number of a certificate. Nothing in it takes that back.
module_validated(text) if {
	not denied(text)
	some scheme in data.reference.validation_schemes
	regex.match(scheme.pattern, text)
	level_accepted(scheme, text)
}

denied(text) if {
	regex.match(`^(?is:.*\b(not|none|never|without|pending|in process|planned|expired|revoked|withdrawn)\b.*)$`, text)
}

level_accepted(scheme, text) if {
	accepted := {upper(accepted_level) | some accepted_level in scheme.accepted_levels}
	upper(level(scheme.level_pattern, text)) in accepted
}

level_accepted(scheme, text) if {
	not has_level(scheme, text)
	object.get(scheme, "implied_level", "") != ""
}

level_accepted(scheme, text) if {
	not has_level(scheme, text)
	regex.match(scheme.certificate_pattern, text)
}

has_level(scheme, text) if level(scheme.level_pattern, text)

level(pattern, text) := replace(groups[0], " ", "") if {
	match := regex.find_all_string_submatch_n(pattern, text, 1)[0]
	groups := [group |
		some i, group in match
		i > 0
		group != ""
	]
}
