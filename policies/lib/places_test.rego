package lib_test

import data.lib

own_sites := {"sites": {"sites": [
	{"id": "vault-lyon", "country": "FR"},
	{"id": "eu-west-par", "country": "DE"},
	{"id": "x"},
]}}

test_country_of_each_kind_of_place if {
	every name, country in {
		"eu-west-par": "FR", "EU-WEST-LIM": "DE", "eu_west_eri": "GB", "GRA11": "FR", "GRA13": "FR", "RBX-A": "FR",
		"US-EAST-VA-1": "US", "WAW": "PL", "Vault-Lyon ": "FR",
	} {
		lib.country_of(name) == country with input as own_sites
	}
}

test_country_of_an_availability_zone if lib.country_of("eu-west-par-b") == "FR"

test_country_of_unknown_places if {
	every name in ["eu-north-new", "eu-north-par", "XXX1", "GRA111", "x", "", "-"] {
		not lib.country_of(name) with input as own_sites
	}
	not lib.country_of("vault-lyon") with input as {}
}

test_same_place if {
	lib.same_place("eu-west-gra", "GRA11")
	lib.same_place("GRA11", "GRA9")
	lib.same_place("GRA13", "eu_west_gra")
	lib.same_place("us-east-vin", "US-EAST-VA-1")
	lib.same_place("vault-lyon", "Vault-Lyon")
	lib.same_place("eu-west-par", "EU_WEST-PAR-A")
	not lib.same_place("eu-west-par-a", "eu-west-gra")
	not lib.same_place("vault-a", "vault-b")
	not lib.same_place("eu-west-gra", "eu-west-sbg")
	not lib.same_place("vault-lyon", "eu-west-gra")
	not lib.same_place("eu-north-gra", "eu-west-gra")
}

test_place_name if {
	lib.place_name("GRA11") == lib.place_name("eu-west-gra")
	lib.place_name(" Vault-Lyon") == "VAULT-LYON"
	lib.place_name("eu-west-gra") != lib.place_name("eu-west-sbg")
}

test_one_place_has_one_name if {
	every text in {"eu-west-par", "eu-west-par-a", "EU_WEST_PAR", "PAR", "par1", "PAR-A", " EU-WEST-PAR"} {
		lib.place_name(text) == "PAR"
	}
	lib.place_name("US-EAST-VA") == "VIN"
	lib.place_name("abc") == "ABC"
}

test_place_of_an_own_site if {
	rooms := {"sites": {"sites": [
		{"id": "Vault", "region": "EU_WEST_PAR", "operator": "Vaults"},
		{"id": "a", "region": "Lyon", "operator": "Ours"}, {"id": "b", "region": " LYON", "operator": "ours "},
		{"id": "c", "region": "Lyon", "operator": "Theirs"}, {"id": "d", "region": "Lyon"},
	]}}
	lib.place_name("vault") == "PAR" with input as rooms
	lib.place_name("a") == "LYON, OURS" with input as rooms
	lib.place_name("B") == lib.place_name("a") with input as rooms
	lib.place_name("c") != lib.place_name("a") with input as rooms
	lib.place_name("d") == "D" with input as rooms
}

test_provider_runs_a_site if {
	every operator in ["OVHcloud", "ovh", "OVH SAS", "OVH Groupe S.A.", "sites of OVHcloud, Paris"] {
		lib.run_by_provider({"operator": operator})
	}
	every site in [{"operator": "Coffre Rhone"}, {"operator": "Novhar"}, {"operator": ""}, {}] {
		not lib.run_by_provider(site)
	}
}

test_region_key if lib.region_key(" EU_WEST-Gra") == "eu-west-gra"
