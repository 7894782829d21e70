# Where a named place is: a region of OKMS or of Public Cloud, a site of the provider, or a site of the customer's own
# register (the section sites). Names are compared without case, and "_" is "-". An unknown place is in no country.
package lib

# METADATA
# description: >-
#   The country of a place. The provider's names come first, so that no site of a customer's own can stand for one of
#   them; a number that Public Cloud's list does not have (GRA13) is at the site of the others.
country_of(name) := country if {
	country := data.reference.region_countries[region_key(name)]
} else := country if {
	country := data.reference.public_cloud_regions[place_key(name)].country
} else := country if {
	country := data.reference.provider_sites[short_site(name)].country
} else := country if {
	country := data.reference.region_countries[lower(without_zone(name))]
} else := country if {
	country := own_site_countries[place_key(name)]
}

# METADATA
# description: Two names stand for the same place, such as eu-west-gra and GRA11.
same_place(first, second) if place_key(first) == place_key(second)

same_place(first, second) if provider_site(first) == provider_site(second)

provider_site(name) := site if {
	site := data.reference.public_cloud_regions[place_key(name)].site
} else := site if {
	data.reference.region_countries[region_key(name)]
	parts := split(place_key(name), "-")
	site := parts[count(parts) - 1]
	data.reference.provider_sites[site]
} else := site if {
	site := short_site(name)
	data.reference.provider_sites[site]
} else := site if {
	data.reference.region_countries[lower(without_zone(name))]
	parts := split(without_zone(name), "-")
	site := parts[count(parts) - 1]
	data.reference.provider_sites[site]
}

# The region of an availability zone, such as eu-west-par-a.
without_zone(name) := substring(key, 0, count(key) - 2) if {
	key := place_key(name)
	count(key) > 2
	substring(key, count(key) - 2, 2) in {"-A", "-B", "-C", "-D"}
}

# METADATA
# description: >-
#   The one name of a place, of whatever spelling. It is the provider's site. A site of the customer's own has the name
#   of the provider's site that its region is at, or its town and operator: two rooms of one operator in one town are
#   one place. Any other place has its own name.
place_name(name) := site if {
	site := provider_site(name)
} else := place if {
	place := own_site_places[place_key(name)]
} else := place_key(name)

own_site_places := least({[place_key(site.id), own_place(site)] | some site in input.sites.sites})

own_place(site) := place if {
	place := provider_site(site.region)
} else := concat(", ", [place_key(site.region), place_key(site.operator)])

short_site(name) := substring(place_key(name), 0, 3) if {
	regex.match(`^[A-Z]{3}([0-9]{1,2}|-[A-Z])?$`, place_key(name))
}

# METADATA
# description: A region's name as the tables of regions have it.
region_key(name) := lower(place_key(name))

place_key(name) := upper(replace(trim_space(name), "_", "-"))

# METADATA
# description: >-
#   The operator of a site is the provider: a word of its name is one of the provider's names in the reference data.
run_by_provider(site) if {
	some name in data.reference.provider_names
	regex.match(sprintf(`^(?is:(?:.*[^a-z0-9])?%s(?:[^a-z0-9].*)?)$`, [name]), site.operator)
}

own_site_countries := least({[place_key(site.id), site.country] | some site in input.sites.sites})
