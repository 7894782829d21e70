package lib_test

import data.lib

test_ciphers_have_several_spellings if {
	lib.cipher_name("CHACHA20_POLY1305 ") == "ChaCha20-Poly1305"
	lib.cipher_name("aes-xts-plain64-512") == "AES-256-XTS"
	lib.cipher_name("aes256gcm") == "AES-256-GCM"
	lib.cipher_name("AES-256-CBC-HMAC-SHA-512") == "AES-256-CBC-HMAC"
	lib.cipher_name("AES-256-CTR+Poly1305-AES") == "AES-256-CTR-Poly1305-AES"
	not lib.cipher_name("rot13")
	not lib.cipher_name("AES-GCM")
}

test_a_spelling_of_two_ciphers_is_of_the_first_by_name if {
	ciphers := {"b": {"other_spellings": ["X-1"]}, "a": {"other_spellings": ["x1"]}}
	lib.cipher_name("x_1") == "a" with data.reference.data_ciphers as ciphers
}

test_wrapping_is_accepted_in_any_spelling if {
	lib.wrapping_accepted("rsa-oaep-256", 256)
	lib.wrapping_accepted("CKM_AES_KEY_WRAP", 256)
	lib.wrapping_accepted("A128KW", 128)
	lib.wrapping_accepted("A128KW", 0)
	not lib.wrapping_accepted("A128KW", 192)
	not lib.wrapping_accepted("RSA1_5", 0)
	not lib.wrapping_accepted("3DES", 0)
	not lib.wrapping_accepted("zip with a password", 0)
}

test_validations_by_scheme_level_and_certificate if {
	every text in {
		"PCI PTS HSM v3", "CC EAL4+ (EN 419221-5)", "NIST CMVP #4301 (FIPS 140-2 L3)", "EN 419 221-5",
		"FIPS 140-3 certificate 4735", "FIPS 140-2 Level 3, certificate no. 3980", "Common Criteria EAL4+",
	} {
		lib.module_validated(text)
	}
}

test_validations_that_say_too_little_or_the_opposite if {
	every text in {
		"none", "FIPS", "FIPS 140-3", "FIPS 140-2 level 1", "Common Criteria", "CC EAL2",
		"not FIPS 140-2 level 3", "FIPS 140-3 level 3, pending", "FIPS 140-2 L3 (expired)", "PCI PTS HSM v1",
	} {
		not lib.module_validated(text)
	}
}

test_examples_of_the_reference_data_are_read if {
	every scheme in data.reference.validation_schemes {
		every example in scheme.examples {
			lib.module_validated(example.text)
			object.get(example, "level", "none") == found_level(scheme, example.text)
		}
	}
}

found_level(scheme, text) := lib.level(scheme.level_pattern, text) if {
	lib.has_level(scheme, text)
} else := "none"
