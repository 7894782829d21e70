package okms.control_panel_access_test

import data.okms.control_panel_access

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"people": {"person_count": 6, "people": [
		person("claire", {}),
		person("julien", {}),
		person("ines@x", {"logins": ["ines"]}),
		person("hugo@x", {"logins": ["hugo"]}),
		person("lukas@x", {}),
		person("old@x", {"logins": ["old"], "active_until": "2026-06-30"}),
	]},
	"network": {"allow_list": [{"range": "198.51.100.16/28"}]},
	"account": {
		"user_count": 4,
		"users": [
			{
				"login": "ines", "person": "ines@x", "kind": "human", "status": "enabled", "mfa": "webauthn",
				"privileged": true, "last_login_at": "2026-11-18T08:00:00Z",
			},
			{
				"login": "hugo", "person": "hugo@x", "kind": "human", "status": "enabled", "mfa": "totp",
				"privileged": false, "last_login_at": "2026-11-18T08:00:00Z",
			},
			{"login": "old", "person": "old@x", "kind": "human", "status": "disabled"},
			{
				"login": "ci", "person": "ines@x", "kind": "technical", "status": "enabled", "privileged": false,
				"last_login_at": "2026-11-18T08:00:00Z",
			},
		],
		"root": {
			"mfa": "u2f", "last_used_on": "2026-01-01", "sealed_by": ["claire", "julien"],
			"ip_ranges": ["198.51.100.16/29"],
		},
		"leaver_count_365d": 1,
		"leavers": [{"person": "old@x", "left_at": "2026-06-30T16:00:00Z", "disabled_at": "2026-07-01T16:00:00Z"}],
		"review": {"reviewed_on": "2026-08-01", "reviewer": "lukas@x", "removals_decided": 2, "removals_done": 2},
		"password_min_length": 12,
	},
}

person(id, more) := object.union(
	{"id": id, "name": id, "employer": "Arvella", "role": "staff", "active_from": "2020-01-01"},
	more,
)

pointers(check, evidence) := {finding.pointer |
	some finding in control_panel_access.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in control_panel_access.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in control_panel_access.findings; findings != set()} with input as good
	failing == set()
}

test_users_named_passes if pointers("users_named", good) == set()

# Ines has a second user; value is what it states of its privileges.
second_user(privileged) := json.patch(good, [
	{"op": "replace", "path": "/account/users/1/person", "value": "Ines@x"},
	{"op": "replace", "path": "/account/users/1/privileged", "value": privileged},
])

test_users_named_fails_when_a_person_has_two_of_a_kind if {
	pointers("users_named", second_user(true)) == {"/account/users/0", "/account/users/1"}
	unsaid := json.remove(second_user(false), ["/account/users/1/privileged"])
	pointers("users_named", unsaid) == {"/account/users/0", "/account/users/1"}
}

# A separate user for administration is normal practice.
test_users_named_passes_when_one_of_two_is_for_administration if {
	pointers("users_named", second_user(false)) == set()
}

test_users_named_fails_when_a_login_is_shared if {
	evidence := changed("/account/users/1/login", "ines")
	pointers("users_named", evidence) == {"/account/users/0", "/account/users/1"}
	conditions("users_named", evidence) == {"shared_login"}
}

test_users_named_missing_when_it_is_nobodys if {
	pointers("users_named", without("/account/users/3/person")) == {"/account/users/3/person"}
}

test_users_named_conditions if {
	conditions("users_named", without("/account/users/3/person")) == {"no_person"}
	conditions("users_named", changed("/account/users/1/login", "ines")) == {"shared_login"}
	conditions("users_named", second_user(true)) == {"several_users"}
}

test_users_named_relates_the_other_user if {
	every evidence in [second_user(true), changed("/account/users/1/login", "ines")] {
		{related |
			some finding in control_panel_access.findings.users_named with input as evidence
			some related in finding.related
		} == {"/account/users/0", "/account/users/1"}
	}
}

test_users_named_does_not_judge_a_user_without_login if {
	pointers("users_named", without("/account/users/1/login")) == set()
}

test_users_listed_passes if pointers("users_listed", good) == set()

test_users_listed_fails_when_one_is_left_out if {
	pointers("users_listed", changed("/account/user_count", 5)) == {"/account/user_count"}
	pointers("users_listed", without("/account/users/2")) == {"/account/user_count"}
}

test_users_listed_missing_when_not_described if {
	every field in ["kind", "status"] {
		pointer := concat("/", ["/account/users/0", field])
		pointers("users_listed", without(pointer)) == {pointer}
	}
}

test_users_listed_conditions if {
	conditions("users_listed", without("/account/users/0/kind")) == {"incomplete"}
	conditions("users_listed", changed("/account/user_count", 5)) == {"users_left_out"}
}

test_users_listed_counts_what_is_listed if {
	some finding in control_panel_access.findings.users_listed with input as changed("/account/user_count", 5)
	finding.values == {"listed": 4, "counted": 5}
}

test_mfa_passes if pointers("mfa", good) == set()

test_mfa_fails_when_weak if {
	pointers("mfa", changed("/account/users/1/mfa", "sms")) == {"/account/users/1"}
	conditions("mfa", changed("/account/users/1/mfa", "sms")) == {"no_second_factor"}
	pointers("mfa", changed("/account/users/0/mfa", "totp")) == {"/account/users/0"}
}

test_mfa_missing_when_not_known if {
	pointers("mfa", without("/account/users/1/mfa")) == {"/account/users/1/mfa"}
}

federation := {
	"provider": "Entra ID", "mfa_required": true, "mfa_methods": ["webauthn"], "artifact": {"path": "x", "sha256": "00"},
}

group := {"name": "admins", "federated": true, "members": ["ines@x"], "member_count": 1}

federated := json.patch(good, [
	{"op": "replace", "path": "/account/users", "value": []},
	{"op": "replace", "path": "/account/user_count", "value": 0},
	{"op": "add", "path": "/account/groups", "value": [group]},
	{"op": "add", "path": "/account/federation", "value": federation},
])

test_mfa_passes_when_the_identity_provider_asks_for_it if {
	pointers("mfa", federated) == set()
	strong := json.patch(federated, [{"op": "add", "path": "/account/groups/0/mfa_methods", "value": ["u2f"]}])
	pointers("mfa", strong) == set()
}

test_mfa_fails_when_the_identity_provider_does_not if {
	asks := json.patch(federated, [{"op": "replace", "path": "/account/federation/mfa_required", "value": false}])
	pointers("mfa", asks) == {"/account/federation"}
	conditions("mfa", asks) == {"not_required"}
	weak := json.patch(federated, [{"op": "replace", "path": "/account/federation/mfa_methods", "value": ["sms"]}])
	pointers("mfa", weak) == {"/account/federation"}
	conditions("mfa", weak) == {"weak_rule"}
	weaker := json.patch(federated, [{"op": "add", "path": "/account/groups/0/mfa_methods", "value": ["sms"]}])
	pointers("mfa", weaker) == {"/account/groups/0/mfa_methods"}
	without_mfa := object.union(federation, {"mfa_required": false})
	unused := json.patch(good, [{"op": "add", "path": "/account/federation", "value": without_mfa}])
	pointers("mfa", unused) == {"/account/federation"}
}

test_mfa_fails_when_users_are_left_out if {
	pointers("mfa", changed("/account/user_count", 5)) == {"/account/user_count"}
	conditions("mfa", changed("/account/user_count", 5)) == {"users_left_out"}
}

test_mfa_missing_when_nothing_shows_how_people_log_in if {
	local := json.remove(federated, ["/account/groups", "/account/federation"])
	pointers("mfa", local) == {"/account/groups"}
	conditions("mfa", local) == {"nobody"}
	undescribed := json.patch(federated, [{"op": "remove", "path": "/account/federation"}])
	pointers("mfa", undescribed) == {"/account/federation/provider"}
	conditions("mfa", undescribed) == {"federation_incomplete"}
}

test_inactive_disabled_passes if pointers("inactive_disabled", good) == set()

test_inactive_disabled_fails_when_not_seen_for_long if {
	evidence := changed("/account/users/0/last_login_at", "2026-08-21T00:00:00Z")
	pointers("inactive_disabled", evidence) == {"/account/users/0"}
}

test_inactive_disabled_missing_when_not_known if {
	evidence := without("/account/users/0/last_login_at")
	pointers("inactive_disabled", evidence) == {"/account/users/0/last_login_at"}
}

# A user of somebody who joined on a day and has not logged in yet.
newcomer(day) := json.patch(good, [
	{"op": "remove", "path": "/account/users/1/last_login_at"},
	{"op": "replace", "path": "/people/people/3/active_from", "value": day},
])

test_inactive_disabled_passes_when_a_newcomer_has_not_logged_in if {
	pointers("inactive_disabled", newcomer("2026-11-16")) == set()
	pointers("inactive_disabled", newcomer("2026-08-21")) == {"/account/users/1/last_login_at"}
}

test_inactive_disabled_conditions if {
	conditions("inactive_disabled", without("/account/users/0/last_login_at")) == {"no_login"}
	late := changed("/account/users/0/last_login_at", "2026-08-21T00:00:00Z")
	conditions("inactive_disabled", late) == {"login_not_recent"}
}

test_leavers_removed_passes if pointers("leavers_removed", good) == set()

test_leavers_removed_fails_when_late_or_still_there if {
	late := changed("/account/leavers/0/disabled_at", "2026-07-01T16:00:01Z")
	pointers("leavers_removed", late) == {"/account/leavers/0"}
	pointers("leavers_removed", changed("/account/users/2/status", "enabled")) == {"/account/leavers/0"}
	pointers("leavers_removed", without("/account/leavers")) == {
		"/account/leaver_count_365d", "/people/people/5/active_until",
	}
}

test_leavers_removed_missing_when_not_disabled if {
	evidence := without("/account/leavers/0/disabled_at")
	pointers("leavers_removed", evidence) == {"/account/leavers/0/disabled_at"}
}

directory(until) := object.union(good, {"people": {"people": [
	{"id": "Hugo@x", "active_until": until},
	{"id": "old@x", "active_until": "2026-06-30"},
	{"id": "ines@x"},
	{"id": "eve@x", "active_until": "2026-06-30"},
]}})

test_leavers_removed_fails_when_the_directory_shows_another if {
	every until in ["2026-11-18", "2025-11-20"] {
		pointers("leavers_removed", directory(until)) == {"/people/people/0/active_until"}
	}
	every until in ["2026-11-20", "2025-11-18", "2027-01-01"] {
		pointers("leavers_removed", directory(until)) == set()
	}
}

# Somebody left at a time; the access has not ended, and the users were read at noon of the 18th.
leaving(moment) := json.patch(good, [
	{"op": "add", "path": "/account/source", "value": {"collected_at": "2026-11-18T12:00:00Z"}},
	{"op": "replace", "path": "/account/leavers/0", "value": {"person": "old@x", "left_at": moment}},
])

test_leavers_removed_waits_for_the_term if {
	pointers("leavers_removed", leaving("2026-11-17T12:00:00Z")) == set()
	conditions("leavers_removed", leaving("2026-11-17T11:59:59Z")) == {"incomplete"}
	conditions("leavers_removed", leaving("2026-11-18T12:00:01Z")) == {"incomplete"}
}

test_leavers_removed_conditions if {
	conditions("leavers_removed", directory("2026-11-18")) == {"leaver_not_listed"}
	path := "/account/leavers/0/disabled_at"
	conditions("leavers_removed", without(path)) == {"incomplete"}
	conditions("leavers_removed", changed(path, "2026-11-21T00:00:00Z")) == {"ended_in_future"}
	conditions("leavers_removed", changed(path, "2026-07-01T16:00:01Z")) == {"ended_late"}
	conditions("leavers_removed", changed("/account/users/2/status", "enabled")) == {"still_enabled"}
	conditions("leavers_removed", without("/account/leavers")) == {"leavers_left_out", "leaver_not_listed"}
}

# Neither a person who left before the window nor one who is listed twice makes up for another leaver.
test_leavers_removed_fails_when_the_list_is_filled_up if {
	before := json.patch(good, [
		{"op": "replace", "path": "/account/leavers/0/left_at", "value": "2025-11-19T16:00:00Z"},
		{"op": "replace", "path": "/account/leavers/0/disabled_at", "value": "2025-11-19T16:00:00Z"},
	])
	conditions("leavers_removed", before) == {"outside_window"}
	read := {"account": {"source": {"collected_at": "2026-11-18T00:00:00Z"}}}
	pointers("leavers_removed", object.union(before, read)) == set()
	again := json.patch(good, [
		{"op": "replace", "path": "/account/leaver_count_365d", "value": 2},
		{"op": "add", "path": "/account/leavers/-", "value": good.account.leavers[0]},
	])
	conditions("leavers_removed", again) == {"leavers_left_out"}
}

test_leavers_removed_relates_the_enabled_user if {
	evidence := changed("/account/users/2/status", "enabled")
	some finding in control_panel_access.findings.leavers_removed with input as evidence
	finding.related == ["/account/users/2"]
}

test_access_reviewed_passes if pointers("access_reviewed", good) == set()

test_access_reviewed_fails_when_by_a_privileged_user_or_not_done if {
	pointers("access_reviewed", changed("/account/review/reviewer", "Ines@x")) == {"/account/review"}
	pointers("access_reviewed", changed("/account/review/removals_done", 1)) == {"/account/review"}
}

test_access_reviewed_missing_when_never if {
	pointers("access_reviewed", without("/account/review/reviewed_on")) == {"/account/review/reviewed_on"}
}

test_access_reviewed_conditions if {
	conditions("access_reviewed", without("/account/review/reviewer")) == {"incomplete"}
	every field, value_and_condition in {
		"reviewed_on": ["2026-05-20", "review_not_recent"],
		"reviewer": ["Ines@x", "reviewed_by_privileged"],
		"removals_done": [1, "removals_not_done"],
	} {
		[value, condition] := value_and_condition
		evidence := changed(concat("/", ["/account/review", field]), value)
		conditions("access_reviewed", evidence) == {condition}
	}
}

test_access_reviewed_relates_the_user_of_the_reviewer if {
	evidence := changed("/account/review/reviewer", "Ines@x")
	some finding in control_panel_access.findings.access_reviewed with input as evidence
	finding.related == ["/account/users/0"]
}

test_root_rests_passes if pointers("root_rests", good) == set()

test_root_rests_fails_when_the_factor_is_weak if {
	pointers("root_rests", changed("/account/root/mfa", "totp")) == {"/account/root"}
	conditions("root_rests", changed("/account/root/mfa", "totp")) == {"weak_factor"}
}

test_root_rests_missing_when_not_known if {
	pointers("root_rests", without("/account/root/mfa")) == {"/account/root/mfa"}
	conditions("root_rests", without("/account/root/mfa")) == {"incomplete"}
}

test_root_sealed_passes if {
	pointers("root_sealed", good) == set()
	every approved_on in ["2026-10-18", "2026-11-01", "2026-11-15"] {
		pointers("root_sealed", root_used(approved_on)) == set()
	}
	pointers("root_sealed", changed("/account/root/sealed_by", ["ines@x", "claire"])) == set()
}

root_used(approved_on) := object.union(good, {"account": {"root": {
	"last_used_on": "2026-11-01", "last_use_ticket": "T-1", "last_use_approved_on": approved_on,
}}})

test_root_sealed_fails_when_used_or_sealed_by_one if {
	pointers("root_sealed", changed("/account/root/last_used_on", "2026-11-01")) == {"/account/root"}
	pointers("root_sealed", changed("/account/root/sealed_by", ["claire"])) == {"/account/root"}
}

test_root_sealed_missing_when_not_known if {
	pointers("root_sealed", without("/account/root/last_used_on")) == {"/account/root/last_used_on"}
	not_approved := json.patch(root_used("2026-11-01"), [{"op": "remove", "path": "/account/root/last_use_approved_on"}])
	pointers("root_sealed", not_approved) == {"/account/root/last_use_approved_on"}
	conditions("root_sealed", not_approved) == {"approval_unknown"}
}

administrators := json.patch(changed("/account/root/sealed_by", ["Ines@x", "hugo@x"]), [
	{"op": "replace", "path": "/account/users/1/privileged", "value": true},
])

test_root_sealed_conditions if {
	conditions("root_sealed", without("/account/root/sealed_by")) == {"incomplete"}
	conditions("root_sealed", changed("/account/root/sealed_by", ["claire", "Claire"])) == {"too_few_sealers"}
	conditions("root_sealed", administrators) == {"sealed_by_administrators"}
	conditions("root_sealed", root_used("2026-10-17")) == {"approved_for_another"}
	conditions("root_sealed", root_used("2026-11-16")) == {"approved_for_another"}
	pointers("root_sealed", root_used("2026-11-16")) == {"/account/root"}
	conditions("root_sealed", changed("/account/root/last_used_on", "2026-11-01")) == {"used_without_ticket"}
}

test_root_sealed_counts_persons if {
	evidence := changed("/account/root/sealed_by", ["claire", "Claire"])
	some finding in control_panel_access.findings.root_sealed with input as evidence
	finding.values.sealers == 1
}

test_root_sealed_relates_the_administrators if {
	some finding in control_panel_access.findings.root_sealed with input as administrators
	finding.values.persons == ["hugo@x", "ines@x"]
	finding.related == ["/account/users/0", "/account/users/1"]
}

test_root_bound_passes if pointers("root_bound", good) == set()

test_root_bound_fails_when_from_anywhere if {
	pointers("root_bound", changed("/account/root/ip_ranges", ["0.0.0.0/0"])) == {"/account/root"}
}

test_root_bound_missing_when_not_restricted if {
	pointers("root_bound", without("/account/root/ip_ranges")) == {"/account/root/ip_ranges"}
}

test_root_bound_conditions if {
	conditions("root_bound", changed("/account/root/ip_ranges", [])) == {"not_bound"}
	conditions("root_bound", changed("/account/root/ip_ranges", ["0.0.0.0/0"])) == {"outside_allow_list"}
}

test_root_bound_lists_the_ranges_outside if {
	evidence := changed("/account/root/ip_ranges", ["198.51.100.16/29", "0.0.0.0/0"])
	some finding in control_panel_access.findings.root_bound with input as evidence
	finding.values.outside == ["0.0.0.0/0"]
}

test_password_length_passes if pointers("password_length", good) == set()

test_password_length_fails_when_short if {
	pointers("password_length", changed("/account/password_min_length", 11)) == {"/account/password_min_length"}
}

test_password_length_missing_when_not_known if {
	pointers("password_length", without("/account/password_min_length")) == {"/account/password_min_length"}
}

test_password_length_conditions if {
	conditions("password_length", without("/account/password_min_length")) == {"incomplete"}
	conditions("password_length", changed("/account/password_min_length", 11)) == {"too_short"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"iam": [{"condition": "unknown_person"}]}})
	control_panel_access.findings.evidence_consistent == set() with input as good
	control_panel_access.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/account/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"account": [found]}})
	control_panel_access.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/account", "values": {}},
		{"condition": "not_compared", "pointer": "/people", "values": {}},
		{"condition": "not_compared", "pointer": "/metadata", "values": {}},
	}
	control_panel_access.findings.evidence_consistent == found with input as evidence
}

test_people_listed_passes if pointers("people_listed", good) == set()

test_people_listed_fails_when_personnel_counts_others if {
	pointers("people_listed", object.union(good, {"people": {"person_count": 2}})) == {"/people/people"}
}

test_people_listed_missing_without_people if {
	pointers("people_listed", without("/people/people")) == {"/people/people"}
}

test_people_described_passes if pointers("people_described", good) == set()

test_people_described_fails_when_an_entry_is_not_described if {
	evidence := object.union(good, {"people": {"people": [{"id": "claire", "name": "Claire"}]}})
	pointers("people_described", evidence) == {"/people/people/0/employer"}
	conditions("people_described", evidence) == {"incomplete"}
}

test_people_described_missing_when_a_field_is_absent if {
	pointers("people_described", without("/people/people/1/role")) == {"/people/people/1/role"}
}

test_people_described_fails_when_an_employee_has_private_addresses_alone if {
	colleague := {"id": "c1", "name": "Cai Lee", "employer": "Club", "role": "clerk", "active_from": "2020-01-01"}
	every addresses, expected in {
		{"anna@gmail.com"}: {"private_addresses"},
		{"anna@gmail.com", "Anna@GMX.de"}: {"private_addresses"},
		{"anna@gmail.com", "anna@club.example"}: set(),
		set(): set(),
	} {
		members := [
			object.union(colleague, {"addresses": ["cai@club.example"]}),
			object.union(colleague, {"id": "a1", "name": "Anna Roy", "addresses": [a | some a in addresses]}),
		]
		in_club(members) == expected
		outside := json.patch(members, [{"op": "replace", "path": "/1/employer", "value": "Roy Consulting"}])
		in_club(outside) == set()
		left := json.patch(members, [{"op": "add", "path": "/1/active_until", "value": "2021-01-01"}])
		in_club(left) == set()
	}
}

in_club(members) := conditions(
	"people_described",
	object.union(good, {"people": {"people": members}}),
)

test_leavers_removed_passes_when_one_came_back if {
	every since, expected in {"2026-09-02": set(), "2026-06-20": {"/account/leavers/0"}} {
		evidence := json.patch(good, [
			{"op": "replace", "path": "/account/users/2/status", "value": "enabled"},
			{"op": "replace", "path": "/people/people/5", "value": person("old@x", {"active_from": since})},
		])
		pointers("leavers_removed", evidence) == expected
	}
}
