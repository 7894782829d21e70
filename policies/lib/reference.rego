# What texts of the evidence mean by the reference data: ciphers, ways to wrap keys, validations of modules, places.
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
condensed(text) := replace(replace(replace(replace(lower(text), "-", ""), "_", ""), "+", ""), " ", "")

# METADATA
# description: The text names a way to wrap keys that is accepted, in any of its spellings.
wrapping_accepted(text) if lower(trim_space(text)) in accepted_wrappings

accepted_wrappings contains lower(spelling) if {
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

# METADATA
# description: >-
#   The site of the provider that a place is at, so that two spellings of one place are equal. A place is a region, a
#   zone of one, a region of Public Cloud, or a site of the customer's own. Any other text stands for itself, in lower
#   case.
site(text) := parts[2] if {
	parts := split(spelled(text), "-")
	concat("-", array.slice(parts, 0, 3)) in region_names
} else := lower(data.reference.public_cloud_regions[upper(spelled(text))].site) if {
	data.reference.public_cloud_regions[upper(spelled(text))]
} else := substring(spelled(text), 0, 3) if {
	regex.match(`^[a-z]{3}([0-9]+|-[a-z])?$`, spelled(text))
	data.reference.provider_sites[upper(substring(spelled(text), 0, 3))]
} else := place if {
	place := own_site_places[place_key(text)]
} else := spelled(text)

own_site_places := least({[place_key(site.id), lower(provider_site(site.region))] | some site in input.sites.sites})

spelled(text) := replace(lower(trim_space(text)), "_", "-")

region_names := {name | some name, _ in data.reference.region_countries}
