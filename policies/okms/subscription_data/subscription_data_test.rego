package okms.subscription_data_test

import data.okms.subscription_data

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"account": {"user_count": 2, "users": [
		{"login": "ines", "person": "ines@x.example", "privileged": true},
		{"login": "lukas", "privileged": false},
	]},
	"subscription": {
		"entity": {"name": "Arvella", "legal_form": "SAS", "country": "FR", "registration": "RCS Lyon 1"},
		"company_domains": ["x.example"],
		"contacts": [
		{"role": role, "email": concat("", [role, "@X.example"]), "verified_on": "2026-02-01"} |
			some role in data.params.contact_roles
		],
		"recovery_contact": "ciso@x.example",
		"data_fields": ["name", "email"],
		"data_field_count": 2,
		"processing_record": {"id": "R-1", "reviewed_on": "2026-02-01"},
		"processing_agreement": {"version": "2", "accepted_on": "2025-01-01", "artifact": {"path": "x", "sha256": "00"}},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in subscription_data.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in subscription_data.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in subscription_data.findings; findings != set()} with input as good
	failing == set()
}

test_entity_stated_passes if pointers("entity_stated", good) == set()

test_entity_stated_fails_when_a_field_is_empty if {
	pointers("entity_stated", changed("/subscription/entity/country", "")) == {"/subscription/entity"}
}

test_entity_stated_missing_when_not_registered if {
	evidence := without("/subscription/entity/registration")
	pointers("entity_stated", evidence) == {"/subscription/entity/registration"}
}

test_entity_stated_conditions if {
	conditions("entity_stated", without("/subscription/entity/registration")) == {"incomplete"}
	conditions("entity_stated", changed("/subscription/entity/country", "")) == {"incomplete"}
}

test_entity_stated_fails_when_the_name_has_another_form if {
	every case in [
		["Ormeau SARL", "SAS", {"other_form"}],
		["Ormeau S.A.R.L.", "GmbH", {"other_form"}],
		["Ormeau S.A.R.L.", "sarl", set()],
		["Ormeau SAS", "SASU", set()],
		["Ormeau SARL", "EURL", set()],
		["Ormeau SARL", "corporation", set()],
		["SAS Dupont", "SARL", set()],
		["Ormeau GmbH & Co. KG", "GmbH & Co. KG", set()],
		["Ormeau", "SAS", set()],
	] {
		evidence := json.patch(good, [
			{"op": "replace", "path": "/subscription/entity/name", "value": case[0]},
			{"op": "replace", "path": "/subscription/entity/legal_form", "value": case[1]},
		])
		conditions("entity_stated", evidence) == case[2]
	}
}

test_contacts_current_passes if pointers("contacts_current", good) == set()

test_contacts_current_fails_when_old_or_left_out if {
	late := changed("/subscription/contacts/0/verified_on", "2025-11-19")
	pointers("contacts_current", late) == {"/subscription/contacts/0"}
	pointers("contacts_current", without("/subscription/contacts/3")) == {"/subscription/contacts"}
}

test_contacts_current_fails_when_one_of_two_is_old if {
	old := {"role": "technical", "email": "old@x.example", "verified_on": "2020-01-01"}
	evidence := json.patch(good, [{"op": "add", "path": "/subscription/contacts/-", "value": old}])
	pointers("contacts_current", evidence) == {sprintf("/subscription/contacts/%d", [count(good.subscription.contacts)])}
}

test_contacts_current_missing_when_never_verified if {
	evidence := without("/subscription/contacts/0/verified_on")
	pointers("contacts_current", evidence) == {"/subscription/contacts/0/verified_on"}
}

test_contacts_current_conditions if {
	conditions("contacts_current", without("/subscription/contacts/3")) == {"not_listed"}
	conditions("contacts_current", without("/subscription/contacts/0/verified_on")) == {"incomplete"}
	old := changed("/subscription/contacts/0/verified_on", "2025-11-19")
	conditions("contacts_current", old) == {"verification_not_recent"}
}

test_contacts_organisational_passes if pointers("contacts_organisational", good) == set()

test_contacts_organisational_fails_when_private_or_shared if {
	evidence := changed("/subscription/contacts/0/email", "a@x.example.com")
	pointers("contacts_organisational", evidence) == {"/subscription/contacts/0"}
	nobody := changed("/subscription/contacts/3/email", "@x.example")
	pointers("contacts_organisational", nobody) == {"/subscription/contacts/3"}
	same := changed("/subscription/contacts/0/email", "technical@x.example")
	pointers("contacts_organisational", same) == {"/subscription/contacts"}
}

test_contacts_organisational_missing_when_there_is_no_address if {
	evidence := without("/subscription/contacts/4/email")
	pointers("contacts_organisational", evidence) == {"/subscription/contacts/4/email"}
}

test_contacts_organisational_conditions if {
	public := changed("/subscription/company_domains", ["x.example", "gmail.com"])
	conditions("contacts_organisational", public) == {"public_domain"}
	conditions("contacts_organisational", without("/subscription/contacts/4/email")) == {"incomplete"}
	private := changed("/subscription/contacts/0/email", "a@mail.example")
	conditions("contacts_organisational", private) == {"outside_organisation"}
	same := changed("/subscription/contacts/0/email", "technical@x.example")
	conditions("contacts_organisational", same) == {"mailbox_shared"}
}

test_contacts_organisational_fails_when_the_domain_is_public if {
	every domain in ["gmail.com", "GMAIL.com", "mail.gmail.com"] {
		evidence := json.patch(good, [{"op": "add", "path": "/subscription/company_domains/-", "value": domain}])
		pointers("contacts_organisational", evidence) == {"/subscription/company_domains/1"}
		conditions("contacts_organisational", evidence) == {"public_domain"}
	}
	only := json.patch(good, [
		{"op": "add", "path": "/subscription/company_domains/-", "value": "gmail.com"},
		{"op": "replace", "path": "/subscription/contacts/0/email", "value": "x@gmail.com"},
	])
	conditions("contacts_organisational", only) == {"public_domain", "outside_organisation"}
	own := json.patch(good, [{"op": "add", "path": "/subscription/company_domains/-", "value": "notgmail.com"}])
	pointers("contacts_organisational", own) == set()
}

test_contacts_organisational_fails_when_only_a_tag_differs if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/subscription/contacts/0/email", "value": "ops+admin@x.example"},
		{"op": "replace", "path": "/subscription/contacts/1/email", "value": "ops@x.example"},
	])
	conditions("contacts_organisational", evidence) == {"mailbox_shared"}
}

test_recovery_separate_fails_when_only_a_tag_differs if {
	evidence := changed("/subscription/recovery_contact", "Technical+root@x.example")
	conditions("recovery_separate", evidence) == {"everyday_mailbox"}
}

test_recovery_separate_passes if pointers("recovery_separate", good) == set()

test_recovery_separate_fails_when_the_same if {
	evidence := changed("/subscription/recovery_contact", "Administrative@x.example")
	pointers("recovery_separate", evidence) == {"/subscription/recovery_contact"}
}

test_recovery_separate_fails_when_private_technical_or_an_administrators if {
	every address in ["a@mail.example", "technical@x.example", "Ines@x.example", "@x.example", ""] {
		evidence := changed("/subscription/recovery_contact", address)
		pointers("recovery_separate", evidence) == {"/subscription/recovery_contact"}
	}
}

test_recovery_separate_passes_when_the_user_has_no_rights if {
	every user in [
		{"person": "lukas@x.example", "privileged": false},
		{"privileged": false},
		{"login": "old", "status": "disabled"},
	] {
		evidence := json.patch(changed("/subscription/recovery_contact", "lukas@x.example"), [
			{"op": "replace", "path": "/account/users/1", "value": object.union({"login": "lukas"}, user)},
		])
		pointers("recovery_separate", evidence) == set()
	}
}

test_recovery_separate_passes_when_nobody_has_a_user_of_the_account if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/account/user_count", "value": 0},
		{"op": "remove", "path": "/account/users"},
	])
	pointers("recovery_separate", evidence) == set()
}

test_recovery_separate_fails_when_users_are_left_out if {
	every path in ["/account/users", "/account/users/1", "/account/user_count"] {
		pointers("recovery_separate", without(path)) == {"/account/user_count"}
		conditions("recovery_separate", without(path)) == {"users_left_out"}
	}
}

test_recovery_separate_missing_when_there_is_none if {
	pointers("recovery_separate", without("/subscription/recovery_contact")) == {"/subscription/recovery_contact"}
}

test_recovery_separate_missing_when_a_user_is_not_known if {
	every field in ["person", "privileged"] {
		pointer := concat("/", ["/account/users/0", field])
		pointers("recovery_separate", without(pointer)) == {pointer}
	}
}

test_recovery_separate_conditions if {
	conditions("recovery_separate", without("/account/users/0/person")) == {"user_unknown"}
	conditions("recovery_separate", without("/subscription/recovery_contact")) == {"incomplete"}
	private := changed("/subscription/recovery_contact", "a@mail.example")
	conditions("recovery_separate", private) == {"outside_organisation"}
	technical := changed("/subscription/recovery_contact", "technical@x.example")
	conditions("recovery_separate", technical) == {"everyday_mailbox"}
}

test_recovery_separate_relates_contact_and_user if {
	every address, place in {
		"technical@x.example": "/subscription/contacts/1",
		"Ines@x.example": "/account/users/0",
	} {
		evidence := changed("/subscription/recovery_contact", address)
		some finding in subscription_data.findings.recovery_separate with input as evidence
		finding.related == [place]
	}
}

test_processing_agreed_passes if pointers("processing_agreed", good) == set()

test_processing_agreed_fails_when_not_yet if {
	evidence := changed("/subscription/processing_agreement/accepted_on", "2026-12-01")
	pointers("processing_agreed", evidence) == {"/subscription/processing_agreement"}
}

test_processing_agreed_missing_when_not_on_file if {
	evidence := without("/subscription/processing_agreement/artifact")
	pointers("processing_agreed", evidence) == {"/subscription/processing_agreement/artifact"}
}

test_processing_agreed_conditions if {
	conditions("processing_agreed", without("/subscription/processing_agreement/artifact")) == {"incomplete"}
	early := changed("/subscription/processing_agreement/accepted_on", "2026-12-01")
	conditions("processing_agreed", early) == {"accepted_in_future"}
}

test_processing_recorded_passes if pointers("processing_recorded", good) == set()

test_processing_recorded_fails_when_old if {
	evidence := changed("/subscription/processing_record/reviewed_on", "2025-11-19")
	pointers("processing_recorded", evidence) == {"/subscription/processing_record"}
}

test_processing_recorded_missing_when_there_is_no_entry if {
	evidence := without("/subscription/processing_record/id")
	pointers("processing_recorded", evidence) == {"/subscription/processing_record/id"}
}

test_processing_recorded_conditions if {
	conditions("processing_recorded", without("/subscription/processing_record/id")) == {"incomplete"}
	old := changed("/subscription/processing_record/reviewed_on", "2025-11-19")
	conditions("processing_recorded", old) == {"review_not_recent"}
}

test_data_minimised_passes if pointers("data_minimised", good) == set()

test_data_minimised_fails_when_more_was_given if {
	pointers("data_minimised", changed("/subscription/data_fields/0", "birth_day")) == {"/subscription/data_fields/0"}
	pointers("data_minimised", changed("/subscription/data_fields/0", "email")) == {"/subscription/data_field_count"}
	pointers("data_minimised", without("/subscription/data_fields/0")) == {"/subscription/data_field_count"}
}

test_data_minimised_missing_when_not_counted if {
	pointers("data_minimised", without("/subscription/data_field_count")) == {"/subscription/data_field_count"}
}

test_data_minimised_conditions if {
	conditions("data_minimised", changed("/subscription/data_fields/0", "birth_day")) == {"not_needed"}
	conditions("data_minimised", changed("/subscription/data_field_count", 3)) == {"fields_left_out"}
}

test_data_minimised_counts_what_is_listed if {
	some finding in subscription_data.findings.data_minimised with input as changed("/subscription/data_field_count", 3)
	finding.values == {"listed": 2, "counted": 3}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	subscription_data.findings.evidence_consistent == set() with input as good
	subscription_data.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/subscription/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"subscription": [found]}})
	subscription_data.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/subscription", "values": {}},
	}
	subscription_data.findings.evidence_consistent == found with input as evidence
}
