package okms.backups_test

import data.okms.backups

# Tests name the check whose findings they look at; the fixture is good in every respect, each test changes one thing.

good := {
	"at": "2026-11-20T00:00:00Z",
	"contradictions": {},
	"metadata": {"service": {"id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "region": "eu-west-par"}},
	"keys": {"service_key_count": 3, "service_keys": [
		{"id": "key-a", "name": "imported", "state": "active", "origin": "imported"},
		{
			"id": "key-b", "name": "generated", "state": "active", "origin": "generated", "type": "oct",
			"purpose": "data_encryption", "extractable": false, "labels": ["batch"],
		},
		{"id": "key-c", "name": "old", "state": "destroyed"},
	]},
	"continuity": {"impacts": [
		{"workload": "w1", "rto_hours": 8, "rpo_hours": 0.5},
		{"workload": "w2", "rto_hours": 24, "rpo_hours": 24},
	]},
	"secrets": {"secret_count": 1, "secrets": [{"path": "app/db"}]},
	"sites": {"sites": [{"id": "vault-lyon"}], "key_holders": [
		{"id": "hsm:paris", "keys": ["vault-1"]},
		{"id": "okms:11111111-9a41-4a5e-8f0a-3b1b6a1f5c21", "keys": ["vault-0", "vault-1"]},
	]},
	"kmip": {"object_count": 2, "objects": [
		{"id": "kmip-a", "state": "Active", "extractable": true},
		{"id": "kmip-b", "state": "Destroyed"},
	]},
	"backups": {
		"source": {"collected_at": "2026-11-19T12:00:00Z"},
		"policy": {
			"document": "POL-4", "owner": "julien", "approved_by": "claire", "reviewed_on": "2026-05-04",
			"rpo_hours": 24, "rto_hours": 8,
		},
		"jobs": [{
			"name": "nightly", "after_change": true,
			"scope": ["imported_keys", "secrets", "kmip_objects", "configuration"],
			"key_ids": ["key-a"], "secret_paths": ["app/db"], "kmip_object_ids": ["kmip-a"],
			"last_success_at": "2026-11-19T02:00:00Z",
			"retention_days": 35,
			"encryption": {"algorithm": "AES-256-GCM", "key_id": "vault-1", "key_held_in": "hsm:paris"},
			"copies": [
				{"location": "eu-west-par", "medium": "object_storage", "held_by": "customer", "immutable_days": 0},
				{"location": "eu-west-gra", "medium": "object_storage", "held_by": "customer", "immutable_days": 30},
				{"location": "vault-lyon", "medium": "tape", "held_by": "customer", "immutable_days": 35},
				{"location": "eu-west-sbg", "medium": "block_storage", "held_by": "provider_platform"},
			],
			"failed_runs_30d": 1,
			"failures": [{"failed_at": "2026-11-02T02:00:00Z", "ticket": "OPS-1"}],
			"restore_test": {
				"performed_at": "2026-09-10T08:00:00Z", "performed_by": "ines", "outcome": "success",
				"sample_items": 4, "duration_minutes": 95, "artifact": {"path": "r.pdf", "sha256": "00"},
			},
		}],
		"exceptions": [{
			"object": "key-b", "recovery": "re_encrypt_from_source", "reason": "cannot be exported",
			"requested_by": "ines", "approved_by": "claire", "approved_on": "2026-02-01", "expires_on": "2027-01-31",
		}],
		"access_review": {"reviewed_at": "2026-11-03T10:00:00Z", "reviewer": "lukas"},
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in backups.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in backups.findings[check] with input as evidence
}

changed(operation, path, value) := json.patch(good, [{"op": operation, "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in backups.findings; findings != set()} with input as good
	failing == set()
}

test_policy_owned_passes if pointers("policy_owned", good) == set()

test_policy_owned_fails_when_its_owner_approved_it if {
	evidence := changed("replace", "/backups/policy/approved_by", "Julien ")
	pointers("policy_owned", evidence) == {"/backups/policy"}
}

test_policy_owned_fails_when_the_review_is_old if {
	evidence := changed("replace", "/backups/policy/reviewed_on", "2025-11-19")
	pointers("policy_owned", evidence) == {"/backups/policy"}
}

test_policy_owned_missing_when_there_is_no_objective if {
	pointers("policy_owned", without("/backups/policy/rpo_hours")) == {"/backups/policy/rpo_hours"}
}

test_policy_owned_conditions if {
	conditions("policy_owned", without("/backups/policy/rpo_hours")) == {"incomplete"}
	conditions("policy_owned", changed("replace", "/backups/policy/approved_by", "Julien ")) == {"approved_by_owner"}
	conditions("policy_owned", changed("replace", "/backups/policy/reviewed_on", "2025-11-19")) == {"review_not_recent"}
	conditions("policy_owned", changed("replace", "/backups/policy/rto_hours", 0)) == {"objective_not_positive"}
}

test_objectives_promised_passes if pointers("objectives_promised", good) == set()

test_objectives_promised_fails_when_longer_than_promised if {
	pointers("objectives_promised", changed("replace", "/backups/policy/rto_hours", 8760)) == {"/backups/policy/rto_hours"}
	pointers("objectives_promised", changed("replace", "/backups/policy/rpo_hours", 8760)) == {"/backups/policy/rpo_hours"}
}

test_objectives_promised_missing_when_it_is_not_known_whether_jobs_follow_changes if {
	pointers("objectives_promised", without("/backups/jobs/0/after_change")) == {"/backups/policy/rpo_hours"}
}

test_objectives_promised_conditions if {
	slow := changed("replace", "/backups/policy/rto_hours", 9)
	conditions("objectives_promised", slow) == {"rto_too_long"}
	some finding in backups.findings.objectives_promised with input as slow
	finding.related == ["/continuity/impacts/0/rto_hours"]
	conditions("objectives_promised", without("/backups/jobs/0/after_change")) == {"rpo_too_long"}
	conditions("objectives_promised", changed("replace", "/backups/policy/rpo_hours", 25)) == {"rpo_longer_than_all"}
}

test_scope_complete_passes_when_there_is_nothing_of_a_kind if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/scope", "value": ["configuration"]},
		{"op": "remove", "path": "/backups/jobs/0/secret_paths"},
		{"op": "remove", "path": "/backups/jobs/0/kmip_object_ids"},
		{"op": "replace", "path": "/kmip", "value": {"object_count": 0}},
		{"op": "replace", "path": "/secrets/secret_count", "value": 0},
		{"op": "replace", "path": "/keys/service_keys/0/origin", "value": "generated"},
	])
	pointers("scope_complete", evidence) == set()
}

test_scope_complete_passes if pointers("scope_complete", good) == set()

test_scope_complete_fails_when_a_kind_is_left_out if {
	evidence := changed("replace", "/backups/jobs/0/scope", ["imported_keys", "secrets", "kmip_objects"])
	pointers("scope_complete", evidence) == {"/backups/jobs"}
}

test_scope_complete_missing_when_no_job_says_its_scope if {
	pointers("scope_complete", without("/backups/jobs/0/scope")) == {"/backups/jobs", "/backups/jobs/0/scope"}
}

test_scope_complete_conditions if {
	conditions("scope_complete", changed("replace", "/backups/jobs/0/scope/3", "secrets")) == {"kind_left_out"}
	every i in [0, 1, 2] {
		other := {"scope": ["imported_keys", "secrets", "kmip_objects", "configuration"]}
		evidence := json.patch(good, [
			{"op": "add", "path": "/backups/jobs/-", "value": other},
			{"op": "remove", "path": sprintf("/backups/jobs/0/scope/%d", [i])},
		])
		conditions("scope_complete", evidence) == {"outside_scope"}
	}
}

test_scope_complete_passes_when_a_generated_key_is_in_a_job_for_secrets if {
	other := {"scope": ["secrets"], "key_ids": ["key-b"], "secret_paths": ["app/db"]}
	pointers("scope_complete", changed("add", "/backups/jobs/-", other)) == set()
}

test_keys_covered_passes if pointers("keys_covered", good) == set()

test_keys_covered_fails_when_no_job_holds_the_key if {
	pointers("keys_covered", without("/backups/jobs/0/key_ids/0")) == {"/keys/service_keys/0"}
}

test_keys_covered_fails_when_the_exception_has_expired if {
	evidence := changed("replace", "/backups/exceptions/0/expires_on", "2026-11-19")
	pointers("keys_covered", evidence) == {"/keys/service_keys/1"}
}

test_keys_covered_passes_through_the_last_day_of_the_exception if {
	evidence := changed("replace", "/backups/exceptions/0/expires_on", "2026-11-20")
	pointers("keys_covered", evidence) == set()
}

test_keys_covered_missing_when_the_key_has_no_state if {
	evidence := json.patch(good, [
		{"op": "remove", "path": "/keys/service_keys/0/state"},
		{"op": "remove", "path": "/backups/jobs/0/key_ids"},
	])
	pointers("keys_covered", evidence) == {"/keys/service_keys/0/state"}
}

test_keys_covered_conditions if {
	conditions("keys_covered", without("/backups/jobs/0/key_ids/0")) == {"uncovered"}
	conditions("keys_covered", without("/keys/service_keys/0/id")) == {"incomplete"}
}

test_secrets_covered_passes if pointers("secrets_covered", good) == set()

test_secrets_covered_fails_when_no_job_holds_the_secret if {
	pointers("secrets_covered", without("/backups/jobs/0/secret_paths/0")) == {"/secrets/secrets/0"}
}

test_secrets_covered_missing_when_the_secret_has_no_path if {
	pointers("secrets_covered", without("/secrets/secrets/0/path")) == {"/secrets/secrets/0/path"}
}

test_secrets_covered_conditions if {
	conditions("secrets_covered", without("/backups/jobs/0/secret_paths/0")) == {"uncovered"}
	conditions("secrets_covered", without("/secrets/secrets/0/path")) == {"incomplete"}
}

test_kmip_objects_covered_passes if pointers("kmip_objects_covered", good) == set()

test_kmip_objects_covered_fails_when_no_job_holds_the_object if {
	pointers("kmip_objects_covered", without("/backups/jobs/0/kmip_object_ids/0")) == {"/kmip/objects/0"}
}

test_kmip_objects_covered_missing_when_the_object_has_no_id if {
	pointers("kmip_objects_covered", without("/kmip/objects/0/id")) == {"/kmip/objects/0/id"}
}

test_kmip_objects_covered_conditions if {
	conditions("kmip_objects_covered", without("/backups/jobs/0/kmip_object_ids/0")) == {"uncovered"}
	conditions("kmip_objects_covered", without("/kmip/objects/0/id")) == {"incomplete"}
}

selected(selector) := json.patch(good, [
	{"op": "remove", "path": "/backups/exceptions/0/object"},
	{"op": "add", "path": "/backups/exceptions/0/selector", "value": selector},
])

test_keys_covered_passes_when_a_selection_covers_the_key if {
	every selector in [
		{"origin": "generated"}, {"type": "oct"}, {"purpose": "data_encryption"}, {"label": "batch"},
		{"origin": "generated", "type": "oct", "label": "batch"},
	] {
		pointers("keys_covered", selected(selector)) == set()
		pointers("exceptions_valid", selected(selector)) == set()
	}
}

test_keys_covered_fails_when_no_selection_covers_the_key if {
	every selector in [{"origin": "imported"}, {"type": "oct", "label": "other"}, {}] {
		pointers("keys_covered", selected(selector)) == {"/keys/service_keys/1"}
	}
	extractable := json.patch(selected({"type": "oct"}), [{
		"op": "replace", "path": "/keys/service_keys/1/extractable", "value": true,
	}])
	pointers("keys_covered", extractable) == {"/keys/service_keys/1"}
}

test_copies_possible_passes if pointers("copies_possible", good) == set()

test_copies_possible_fails_when_an_object_cannot_leave if {
	key := changed("add", "/backups/jobs/0/key_ids/-", "key-b")
	pointers("copies_possible", key) == {"/backups/jobs/0/key_ids/1"}
	object := changed("replace", "/kmip/objects/0/extractable", false)
	pointers("copies_possible", object) == {"/backups/jobs/0/kmip_object_ids/0"}
}

test_copies_possible_missing_when_extraction_is_not_known if {
	evidence := json.patch(without("/keys/service_keys/1/extractable"), [{
		"op": "add", "path": "/backups/jobs/0/key_ids/-", "value": "key-b",
	}])
	pointers("copies_possible", evidence) == {"/backups/jobs/0/key_ids/1"}
}

test_copies_possible_conditions if {
	key := changed("add", "/backups/jobs/0/key_ids/-", "key-b")
	conditions("copies_possible", key) == {"key_cannot_leave"}
	some finding in backups.findings.copies_possible with input as key
	finding.related == ["/keys/service_keys/1"]
	object := changed("replace", "/kmip/objects/0/extractable", false)
	conditions("copies_possible", object) == {"object_cannot_leave"}
}

test_exceptions_few_passes if pointers("exceptions_few", good) == set()

test_exceptions_few_fails_when_most_are_left_out if {
	evidence := without("/backups/jobs/0/key_ids/0")
	pointers("exceptions_few", evidence) == {"/backups/jobs"}
	some finding in backups.findings.exceptions_few with input as evidence
	finding.values == {"left_out": 1, "objects": 3, "percent": 20}
	finding.related == []
}

test_exceptions_few_names_the_exceptions if {
	evidence := json.patch(without("/backups/jobs/0/key_ids/0"), [{
		"op": "replace", "path": "/backups/exceptions/0/object", "value": "key-a",
	}])
	some finding in backups.findings.exceptions_few with input as evidence
	finding.related == ["/backups/exceptions/0"]
}

test_exceptions_few_does_not_count_what_cannot_leave if {
	held := changed("replace", "/kmip/objects/0/extractable", false)
	unheld := json.patch(held, [{"op": "remove", "path": "/backups/jobs/0/kmip_object_ids"}])
	pointers("exceptions_few", unheld) == set()
}

test_exceptions_few_missing_when_no_job_lists_anything if {
	pointers("exceptions_few", without("/backups/jobs")) == {"/backups/jobs"}
}

test_exceptions_valid_passes if pointers("exceptions_valid", good) == set()

test_exceptions_valid_fails_when_the_loss_is_merely_accepted if {
	evidence := changed("replace", "/backups/exceptions/0/recovery", "accept_loss")
	pointers("exceptions_valid", evidence) == {"/backups/exceptions/0"}
}

test_exceptions_valid_missing_when_nobody_approved if {
	pointers("exceptions_valid", without("/backups/exceptions/0/approved_by")) == {"/backups/exceptions/0/approved_by"}
}

test_exceptions_valid_conditions if {
	conditions("exceptions_valid", selected({})) == {"object_and_selector"}
	both := changed("add", "/backups/exceptions/0/selector", {"type": "oct"})
	conditions("exceptions_valid", both) == {"object_and_selector"}
	unfit := changed("replace", "/backups/exceptions/0/recovery", "re_issue")
	conditions("exceptions_valid", unfit) == {"recovery_unfit"}
	every selector in [{"type": "EC"}, {"purpose": "authentication"}] {
		conditions("exceptions_valid", selected(selector)) == {"recovery_unfit"}
		some finding in backups.findings.exceptions_valid with input as selected(selector)
		finding.values.expected == "re_issue or recreate"
	}
	every selector in [{"type": "oct"}, {"purpose": "master"}] {
		selection := json.patch(selected(selector), [{
			"op": "replace", "path": "/backups/exceptions/0/recovery", "value": "re_issue",
		}])
		conditions("exceptions_valid", selection) == {"recovery_unfit"}
	}
	late := json.patch(selected({"type": "oct", "label": "batch"}), [{
		"op": "replace", "path": "/backups/exceptions/0/expires_on", "value": "2026-11-18",
	}])
	some finding in backups.findings.exceptions_valid with input as late
	finding.values.object == "keys with label batch, type oct"
	conditions("exceptions_valid", without("/backups/exceptions/0/reason")) == {"incomplete"}
	every field, value_and_condition in {
		"recovery": ["accept_loss", "no_recovery"],
		"approved_by": ["Ines", "approved_by_requester"],
		"approved_on": ["2026-11-21", "approved_in_future"],
		"expires_on": ["2026-11-19", "expired"],
	} {
		[value, condition] := value_and_condition
		evidence := changed("replace", concat("/", ["/backups/exceptions/0", field]), value)
		conditions("exceptions_valid", evidence) == {condition}
	}
	conditions("exceptions_valid", changed("replace", "/backups/exceptions/0/expires_on", "2027-02-02")) == {"too_long"}
}

test_recent_success_passes if pointers("recent_success", good) == set()

test_recent_success_fails_when_older_than_the_objective if {
	evidence := changed("replace", "/backups/policy/rpo_hours", 4)
	pointers("recent_success", evidence) == {"/backups/jobs/0/last_success_at"}
}

test_recent_success_fails_when_in_the_future if {
	evidence := changed("replace", "/backups/jobs/0/last_success_at", "2026-11-19T12:00:01Z")
	pointers("recent_success", evidence) == {"/backups/jobs/0/last_success_at"}
}

test_recent_success_missing_when_there_is_no_time if {
	pointers("recent_success", without("/backups/jobs/0/last_success_at")) == {"/backups/jobs/0/last_success_at"}
}

# A weekly job of what the nightly one saves.
weekly(more) := json.patch(good, [{"op": "add", "path": "/backups/jobs/-", "value": object.union(
	object.union(good.backups.jobs[0], {"last_success_at": "2026-11-14T02:00:00Z", "interval_hours": 168}),
	more,
)}])

test_recent_success_passes_when_a_weekly_job_adds_copies if pointers("recent_success", weekly({})) == set()

test_recent_success_fails_when_a_weekly_job_is_late_or_alone if {
	every more in [
		{"last_success_at": "2026-11-11T02:00:00Z"},
		{"secret_paths": ["app/db", "app/other"]},
		{"scope": [], "key_ids": [], "secret_paths": [], "kmip_object_ids": []},
	] {
		pointers("recent_success", weekly(more)) == {"/backups/jobs/1/last_success_at"}
	}
	alone := json.patch(weekly({}), [{"op": "remove", "path": "/backups/jobs/0"}])
	pointers("recent_success", alone) == {"/backups/jobs/0/last_success_at"}
	without_interval := json.patch(weekly({}), [{"op": "remove", "path": "/backups/jobs/1/interval_hours"}])
	pointers("recent_success", without_interval) == {"/backups/jobs/1/last_success_at"}
}

test_objectives_promised_passes_when_a_job_adds_copies_of_what_follows_changes if {
	evidence := weekly({"after_change": false})
	good.continuity.impacts[_].rpo_hours < good.backups.policy.rpo_hours
	pointers("objectives_promised", evidence) == set()
	every more in [
		{"secret_paths": ["app/db", "app/other"]},
		{"scope": [], "key_ids": [], "secret_paths": [], "kmip_object_ids": []},
	] {
		alone := weekly(object.union({"after_change": false}, more))
		conditions("objectives_promised", alone) == {"rpo_too_long"}
	}
}

# A weekly job that ran last night.
lucky(more) := weekly(object.union({"last_success_at": "2026-11-19T02:00:00Z", "after_change": false}, more))

test_recent_success_fails_when_the_only_job_is_weekly_and_ran_last_night if {
	alone := json.patch(lucky({}), [{"op": "remove", "path": "/backups/jobs/0"}])
	pointers("recent_success", alone) == {"/backups/jobs/0/interval_hours"}
	conditions("recent_success", alone) == {"runs_seldom"}
	unsaid := json.patch(alone, [{"op": "remove", "path": "/backups/jobs/0/after_change"}])
	conditions("recent_success", unsaid) == {"runs_seldom"}
	never := json.patch(alone, [{"op": "remove", "path": "/backups/jobs/0/last_success_at"}])
	conditions("recent_success", never) == {"no_success"}
}

test_recent_success_passes_when_a_weekly_job_is_not_alone_or_follows_changes if {
	pointers("recent_success", lucky({})) == set()
	every fit in [{"after_change": true}, {"interval_hours": 24}] {
		alone := json.patch(lucky(fit), [{"op": "remove", "path": "/backups/jobs/0"}])
		pointers("recent_success", alone) == set()
	}
}

# The only job, which also runs after each change, and so many hours between its runs.
after_change(scope, items, hours) := json.patch(
	object.union(good, {
		"keys": {"service_keys": [{"id": "k", "created_at": "2026-11-14T01:00:00Z"}]},
		"secrets": {"secrets": [{"path": "s", "current_version_created_at": "2026-11-14T02:00:01Z"}]},
		"kmip": {"objects": [{"id": "o", "created_at": "2026-01-01T00:00:00Z"}, {"id": "old"}]},
	}),
	[{"op": "replace", "path": "/backups/jobs", "value": [object.union(items, {
		"name": "weekly", "scope": scope, "after_change": true, "interval_hours": hours, "retention_days": 30,
		"last_success_at": "2026-11-14T02:00:00Z",
	})]}],
)

test_recent_success_passes_when_nothing_has_changed_since if {
	saved := after_change(["imported_keys", "kmip_objects"], {"key_ids": ["k"], "kmip_object_ids": ["o"]}, 168)
	pointers("recent_success", saved) == set()
}

test_recent_success_fails_when_something_changed_or_copies_are_not_kept if {
	every evidence in [
		after_change(["secrets"], {"secret_paths": ["s"]}, 168),
		after_change(["kmip_objects"], {"kmip_object_ids": ["old"]}, 168),
		after_change(["imported_keys", "configuration"], {"key_ids": ["k"]}, 168),
		after_change(["imported_keys"], {"key_ids": ["k"]}, 100),
		after_change(["imported_keys"], {"key_ids": ["k"]}, 721),
		after_change([], {}, 168),
		json.patch(after_change(["imported_keys"], {"key_ids": ["k"]}, 168), [
			{"op": "replace", "path": "/backups/jobs/0/after_change", "value": false},
		]),
	] {
		pointers("recent_success", evidence) == {"/backups/jobs/0/last_success_at"}
	}
}

test_recent_success_conditions if {
	conditions("recent_success", without("/backups/jobs/0/last_success_at")) == {"no_success"}
	conditions("recent_success", changed("replace", "/backups/policy/rpo_hours", 4)) == {"success_not_recent"}
}

test_encrypted_apart_passes if pointers("encrypted_apart", good) == set()

test_encrypted_apart_fails_when_in_clear if {
	evidence := changed("replace", "/backups/jobs/0/encryption/algorithm", "none")
	pointers("encrypted_apart", evidence) == {"/backups/jobs/0/encryption"}
}

test_encrypted_apart_fails_when_the_key_is_in_the_domain if {
	evidence := changed("replace", "/backups/jobs/0/encryption/key_id", "key-b")
	pointers("encrypted_apart", evidence) == {"/backups/jobs/0/encryption"}
}

test_encrypted_apart_fails_when_the_key_is_held_by_the_domain if {
	evidence := changed("replace", "/backups/jobs/0/encryption/key_held_in", "okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21")
	pointers("encrypted_apart", evidence) == {"/backups/jobs/0/encryption"}
}

test_encrypted_apart_fails_however_the_domain_or_its_key_is_named if {
	every key_id in [
		"KEY-B", "generated ", "kmip-a", "urn:v1:eu:resource:okms:7d0c0f2e/serviceKey/key-b", "okms key-b",
	] {
		evidence := changed("replace", "/backups/jobs/0/encryption/key_id", key_id)
		pointers("encrypted_apart", evidence) == {"/backups/jobs/0/encryption"}
	}
	every place in [
		"OKMS:7D0C0F2E-9A41-4A5E-8F0A-3B1B6A1F5C21", "okms", "the OVHcloud KMS", "this domain",
		upper(good.metadata.service.id),
	] {
		evidence := changed("replace", "/backups/jobs/0/encryption/key_held_in", place)
		pointers("encrypted_apart", evidence) == {"/backups/jobs/0/encryption"}
	}
	cipher := changed("replace", "/backups/jobs/0/encryption/algorithm", "AES-256-CBC")
	pointers("encrypted_apart", cipher) == {"/backups/jobs/0/encryption"}
}

test_encrypted_apart_passes_with_another_cipher_or_domain if {
	cipher := changed("replace", "/backups/jobs/0/encryption/algorithm", "chacha20-poly1305")
	pointers("encrypted_apart", cipher) == set()
	place := "okms:11111111-9a41-4a5e-8f0a-3b1b6a1f5c21"
	pointers("encrypted_apart", changed("replace", "/backups/jobs/0/encryption/key_held_in", place)) == set()
}

test_encrypted_apart_missing_when_nothing_is_said if {
	pointers("encrypted_apart", without("/backups/jobs/0/encryption")) == {"/backups/jobs/0/encryption/algorithm"}
}

test_encrypted_apart_conditions if {
	conditions("encrypted_apart", without("/backups/jobs/0/encryption")) == {"incomplete"}
	conditions("encrypted_apart", changed("replace", "/backups/jobs/0/encryption/algorithm", "none")) == {"not_encrypted"}
	held_in_domain := changed("replace", "/backups/jobs/0/encryption/key_held_in", good.metadata.service.id)
	conditions("encrypted_apart", held_in_domain) == {"key_held_in_domain"}
	key_of_domain := changed("replace", "/backups/jobs/0/encryption/key_id", "key-b")
	conditions("encrypted_apart", key_of_domain) == {"key_of_domain"}
	key_unknown := changed("replace", "/backups/jobs/0/encryption/key_id", "unencrypted")
	conditions("encrypted_apart", key_unknown) == {"key_unknown"}
}

test_encrypted_apart_fails_when_no_holder_has_the_key if {
	every change in [
		["/backups/jobs/0/encryption/key_id", "vault-0"], ["/backups/jobs/0/encryption/key_held_in", "hsm:lyon"],
		["/sites/key_holders/0/id", "hsm:lyon"], ["/sites/key_holders/0/keys", []],
	] {
		conditions("encrypted_apart", changed("replace", change[0], change[1])) == {"key_unknown"}
	}
}

test_encrypted_apart_passes_in_another_spelling_of_the_key if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/encryption/key_id", "value": " Vault-1"},
		{"op": "replace", "path": "/backups/jobs/0/encryption/key_held_in", "value": "HSM:Paris"},
	])
	pointers("encrypted_apart", evidence) == set()
}

test_encrypted_apart_names_the_key_of_the_domain if {
	evidence := changed("replace", "/backups/jobs/0/encryption/key_id", "key-b")
	some finding in backups.findings.encrypted_apart with input as evidence
	finding.related == ["/keys/service_keys/1"]
}

test_retention_passes if pointers("retention", good) == set()

test_retention_fails_when_short if {
	evidence := changed("replace", "/backups/jobs/0/retention_days", 29)
	pointers("retention", evidence) == {"/backups/jobs/0/retention_days"}
}

test_retention_missing_when_there_is_none if {
	pointers("retention", without("/backups/jobs/0/retention_days")) == {"/backups/jobs/0/retention_days"}
}

test_retention_conditions if {
	conditions("retention", without("/backups/jobs/0/retention_days")) == {"incomplete"}
	conditions("retention", changed("replace", "/backups/jobs/0/retention_days", 29)) == {"too_short"}
}

test_copies_separated_passes if pointers("copies_separated", good) == set()

test_copies_separated_fails_when_the_vault_is_at_the_other_place if {
	vault := {"id": "vault-lyon", "region": "eu-west-gra", "operator": "OVH SAS", "country": "FR"}
	evidence := json.patch(good, [
		{"op": "replace", "path": "/sites/sites", "value": [vault]},
		{"op": "replace", "path": "/backups/jobs/0/copies/0/location", "value": "GRA11"},
	])
	pointers("copies_separated", evidence) == {"/backups/jobs/0/copies"}
}

test_copies_separated_fails_when_one_copy_is_the_platforms if {
	evidence := changed("replace", "/backups/jobs/0/copies/0/held_by", "provider_platform")
	pointers("copies_separated", evidence) == {"/backups/jobs/0/copies"}
}

test_copies_separated_fails_when_all_lie_in_the_region if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/copies/1/location", "value": "eu-west-par"},
		{"op": "replace", "path": "/backups/jobs/0/copies/2/location", "value": "eu-west-par"},
	])
	pointers("copies_separated", evidence) == {"/backups/jobs/0/copies"}
}

test_copies_separated_fails_when_all_are_at_one_place_or_in_a_zone_of_the_region if {
	room := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/copies/0/location", "value": "vault-lyon"},
		{"op": "replace", "path": "/backups/jobs/0/copies/1/location", "value": "Vault-Lyon "},
	])
	pointers("copies_separated", room) == {"/backups/jobs/0/copies"}
	zones := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/copies/1/location", "value": "eu-west-par-a"},
		{"op": "replace", "path": "/backups/jobs/0/copies/2/location", "value": "EU_WEST_PAR_B"},
	])
	pointers("copies_separated", zones) == {"/backups/jobs/0/copies"}
}

test_copies_separated_missing_when_there_are_none if {
	pointers("copies_separated", without("/backups/jobs/0/copies")) == {"/backups/jobs/0/copies"}
}

test_immutable_copy_passes if pointers("immutable_copy", good) == set()

test_immutable_copy_fails_when_all_can_be_deleted if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/copies/1/immutable_days", "value": 29},
		{"op": "replace", "path": "/backups/jobs/0/copies/2/immutable_days", "value": 0},
	])
	pointers("immutable_copy", evidence) == {"/backups/jobs/0/copies"}
}

test_immutable_copy_missing_when_there_are_no_copies if {
	pointers("immutable_copy", without("/backups/jobs/0/copies")) == {"/backups/jobs/0/copies"}
}

test_immutable_copy_conditions if {
	conditions("immutable_copy", without("/backups/jobs/0/copies")) == {"no_own_copy"}
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/copies/1/immutable_days", "value": 29},
		{"op": "remove", "path": "/backups/jobs/0/copies/2"},
	])
	conditions("immutable_copy", evidence) == {"lock_too_short"}
	{finding.values.longest | some finding in backups.findings.immutable_copy with input as evidence} == {29}
}

test_restore_tested_passes if pointers("restore_tested", good) == set()

test_restore_tested_fails_when_only_partial if {
	evidence := changed("replace", "/backups/jobs/0/restore_test/outcome", "partial")
	pointers("restore_tested", evidence) == {"/backups/jobs/0/restore_test"}
}

test_restore_tested_fails_when_long_ago if {
	evidence := changed("replace", "/backups/jobs/0/restore_test/performed_at", "2025-11-19T00:00:00Z")
	pointers("restore_tested", evidence) == {"/backups/jobs/0/restore_test"}
}

test_restore_tested_passes_when_all_of_few_were_restored if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/backups/jobs/0/restore_test/sample_items", "value": 1},
		{"op": "replace", "path": "/backups/jobs/0/scope", "value": ["secrets"]},
		{"op": "replace", "path": "/backups/jobs/0/key_ids", "value": []},
		{"op": "replace", "path": "/backups/jobs/0/kmip_object_ids", "value": []},
	])
	pointers("restore_tested", evidence) == set()
}

test_restore_tested_missing_when_never if {
	pointers("restore_tested", without("/backups/jobs/0/restore_test")) == {"/backups/jobs/0/restore_test/performed_at"}
}

# The restore test restored so many items, and the inventories are changed.
restored(items, changes) := json.patch(good, array.concat(
	[{"op": "replace", "path": "/backups/jobs/0/restore_test/sample_items", "value": items}],
	changes,
))

test_restore_tested_counts_what_was_there_then if {
	deleted := [
		{"op": "add", "path": "/import_export", "value": {"former_objects": [
			{"id": "app/old", "kind": "secret", "ended_on": "2026-09-10"},
			{"id": "app/older", "kind": "secret", "ended_on": "2026-09-09"},
			{"id": "w9", "kind": "workload", "ended_on": "2026-10-01"},
		]}},
		{"op": "add", "path": "/keys/service_keys/2/destroyed_at", "value": "2026-10-01T00:00:00Z"},
	]
	pointers("restore_tested", restored(6, deleted)) == set()
	conditions("restore_tested", restored(7, deleted)) == {"sample_too_large"}
	only_secrets := array.concat(deleted, [
		{"op": "replace", "path": "/backups/jobs/0/scope", "value": ["secrets"]},
		{"op": "replace", "path": "/backups/jobs/0/key_ids", "value": []},
		{"op": "replace", "path": "/backups/jobs/0/kmip_object_ids", "value": []},
	])
	pointers("restore_tested", restored(2, only_secrets)) == set()
	conditions("restore_tested", restored(3, only_secrets)) == {"sample_too_large"}
}

test_restore_tested_does_not_count_what_came_later if {
	keys_only := [
		{"op": "replace", "path": "/backups/jobs/0/scope", "value": ["imported_keys"]},
		{"op": "replace", "path": "/backups/jobs/0/key_ids", "value": ["key-a", "key-d"]},
		{"op": "replace", "path": "/backups/jobs/0/secret_paths", "value": []},
		{"op": "replace", "path": "/backups/jobs/0/kmip_object_ids", "value": []},
	]
	conditions("restore_tested", restored(1, keys_only)) == {"sample_too_small"}
	imported := array.concat(keys_only, [{"op": "add", "path": "/keys/service_keys/-", "value": {
		"id": "key-d", "state": "active", "created_at": "2026-09-10T08:00:01Z",
	}}])
	pointers("restore_tested", restored(1, imported)) == set()
	conditions("restore_tested", restored(2, imported)) == {"sample_too_large"}
	later := [
		{"op": "add", "path": "/secrets/secrets/0/created_at", "value": "2026-10-01T00:00:00Z"},
		{"op": "add", "path": "/kmip/objects/0/created_at", "value": "2026-10-01T00:00:00Z"},
	]
	pointers("restore_tested", restored(2, later)) == set()
	conditions("restore_tested", restored(3, later)) == {"sample_too_large"}
}

test_restore_tested_conditions if {
	conditions("restore_tested", without("/backups/jobs/0/restore_test")) == {"not_tested"}
	conditions("restore_tested", without("/backups/jobs/0/restore_test/performed_by")) == {"incomplete"}
	too_many := changed("replace", "/backups/jobs/0/restore_test/sample_items", 9999)
	conditions("restore_tested", too_many) == {"sample_too_large"}
	conditions("restore_tested", without("/backups/jobs/0/restore_test/artifact/path")) == {"no_record"}
	every field, value_and_condition in {
		"outcome": ["partial", "not_successful"],
		"sample_items": [2, "sample_too_small"],
		"performed_at": ["2025-11-19T00:00:00Z", "test_not_recent"],
	} {
		[value, condition] := value_and_condition
		evidence := changed("replace", concat("/", ["/backups/jobs/0/restore_test", field]), value)
		conditions("restore_tested", evidence) == {condition}
	}
}

test_restore_within_rto_passes if pointers("restore_within_rto", good) == set()

test_restore_within_rto_fails_when_slower if {
	evidence := changed("replace", "/backups/policy/rto_hours", 1.5)
	pointers("restore_within_rto", evidence) == {"/backups/jobs/0/restore_test/duration_minutes"}
}

test_restore_within_rto_missing_when_not_measured if {
	evidence := without("/backups/jobs/0/restore_test/duration_minutes")
	pointers("restore_within_rto", evidence) == {"/backups/jobs/0/restore_test/duration_minutes"}
}

test_restore_within_rto_conditions if {
	conditions("restore_within_rto", without("/backups/jobs/0/restore_test/duration_minutes")) == {"not_measured"}
	conditions("restore_within_rto", changed("replace", "/backups/policy/rto_hours", 1.5)) == {"too_slow"}
}

test_failures_followed_passes if pointers("failures_followed", good) == set()

test_failures_followed_fails_when_a_run_has_no_ticket if {
	evidence := without("/backups/jobs/0/failures/0/ticket")
	pointers("failures_followed", evidence) == {"/backups/jobs/0"}
}

test_failures_followed_missing_when_not_counted if {
	evidence := without("/backups/jobs/0/failed_runs_30d")
	pointers("failures_followed", evidence) == {"/backups/jobs/0/failed_runs_30d"}
}

test_failures_followed_conditions if {
	conditions("failures_followed", without("/backups/jobs/0/failed_runs_30d")) == {"not_counted"}
	conditions("failures_followed", without("/backups/jobs/0/failures/0/ticket")) == {"not_followed"}
}

failed_on(days) := json.patch(good, [
	{"op": "replace", "path": "/backups/jobs/0/failed_runs_30d", "value": 2 * days},
	{"op": "add", "path": "/backups/jobs/0/failures", "value": [failure |
		some day in numbers.range(1, days)
		some hour in [1, 2]
		failure := {"failed_at": sprintf("2026-11-%02dT%02d:00:00Z", [day, hour]), "ticket": "T1"}
	]},
])

# Retries in one night are one bad day.
test_failures_followed_fails_when_a_job_fails_on_most_days if {
	pointers("failures_followed", failed_on(15)) == set()
	conditions("failures_followed", failed_on(16)) == {"fails_mostly"}
}

test_access_reviewed_passes if pointers("access_reviewed", good) == set()

test_access_reviewed_fails_when_the_owner_reviews if {
	evidence := changed("replace", "/backups/access_review/reviewer", "julien")
	pointers("access_reviewed", evidence) == {"/backups/access_review"}
}

test_access_reviewed_missing_when_there_is_no_date if {
	evidence := without("/backups/access_review/reviewed_at")
	pointers("access_reviewed", evidence) == {"/backups/access_review/reviewed_at"}
}

test_access_reviewed_conditions if {
	conditions("access_reviewed", without("/backups/access_review/reviewed_at")) == {"incomplete"}
	conditions("access_reviewed", changed("replace", "/backups/access_review/reviewer", "Julien")) == {"reviewed_by_owner"}
	late := changed("replace", "/backups/access_review/reviewed_at", "2026-10-19T00:00:00Z")
	conditions("access_reviewed", late) == {"review_not_recent"}
}

test_evidence_consistent_passes_when_another_section_contradicts if {
	elsewhere := object.union(good, {"contradictions": {"metadata": [{"condition": "unknown_person"}]}})
	backups.findings.evidence_consistent == set() with input as good
	backups.findings.evidence_consistent == set() with input as elsewhere
}

test_evidence_consistent_fails_when_facts_contradict if {
	found := {
		"condition": "unknown_person", "pointer": "/backups/source/collected_by", "related": [],
		"values": {"text": "eve"},
	}
	here := object.union(good, {"contradictions": {"backups": [found]}})
	backups.findings.evidence_consistent == {found} with input as here
}

test_evidence_consistent_missing_when_it_was_not_compared if {
	evidence := object.remove(good, ["contradictions"])
	found := {
		{"condition": "not_compared", "pointer": "/backups", "values": {}},
	}
	backups.findings.evidence_consistent == found with input as evidence
}
