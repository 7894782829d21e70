package okms.cmk_access_policy_test

import data.okms.cmk_access_policy

user := "urn:v1:eu:identity:user:xx1-ovh/ines"

app := "urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1"

domain := "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

good := {
	"at": "2026-11-20T00:00:00Z",
	"location": {"workloads": [{"id": "w1"}]},
	"account": {"users": [{"login": "ines", "kind": "human", "status": "enabled", "mfa": "webauthn"}]},
	"iam": {
		"policy_count": 2,
		"policies": [
			{
				"id": "p1", "name": "admin", "owner": "julien", "identity_kind": "human", "identities": [user],
				"identity_count": 1, "allow": ["okms:apiovh:serviceKey/create", "okms:apiovh:serviceKey/delete"],
				"action_count": 2, "resources": [domain], "resource_count": 1, "break_glass": true,
				"expires_at": "2027-02-20T00:00:00Z",
			},
			{
				"id": "p2", "name": "app", "owner": "hugo", "identity_kind": "service", "identities": [app],
				"identity_count": 1, "allow": ["okms:apikms:serviceKey/encrypt"], "action_count": 1,
				"resources": [concat("/", [domain, "serviceKey", "k"])], "resource_count": 1, "break_glass": false,
			},
		],
		"review": {"reviewed_on": "2026-09-01", "reviewer": "lukas", "removals_decided": 1, "removals_done": 1},
	},
	"credentials": {
		"source": {"artifact": {"path": "x", "sha256": "00"}},
		"certificate_count": 2,
		"certificates": [
			{
				"id": "c1", "name": "c1", "identity_urns": [app], "from_csr": true, "created_at": "2026-10-01T00:00:00Z",
				"expires_at": "2026-12-30T00:00:00Z", "environment": "production", "workload": "w1",
				"last_used_at": "2026-11-18T00:00:00Z",
			},
			{"id": "c2", "name": "c2", "identity_urns": [app], "workload": "w1", "revoked_at": "2026-10-02T00:00:00Z"},
		],
	},
}

pointers(check, evidence) := {finding.pointer |
	some finding in cmk_access_policy.findings[check] with input as evidence
}

conditions(check, evidence) := {finding.condition |
	some finding in cmk_access_policy.findings[check] with input as evidence
}

changed(path, value) := json.patch(good, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(good, [{"op": "remove", "path": path}])

test_fixture_is_good if {
	failing := {check | some check, findings in cmk_access_policy.findings; findings != set()} with input as good
	failing == set()
}

test_policies_listed_passes if pointers("policies_listed", good) == set()

test_policies_listed_fails_when_something_is_left_out if {
	pointers("policies_listed", changed("/iam/policies/0/action_count", 3)) == {"/iam/policies/0"}
	pointers("policies_listed", changed("/iam/policy_count", 3)) == {"/iam/policy_count"}
}

test_policies_listed_missing_when_nobody_owns_it if {
	pointers("policies_listed", without("/iam/policies/0/owner")) == {"/iam/policies/0/owner"}
}

test_policies_listed_conditions if {
	conditions("policies_listed", without("/iam/policies/0/owner")) == {"incomplete"}
	conditions("policies_listed", changed("/iam/policies/0/action_count", 3)) == {"not_whole"}
	conditions("policies_listed", changed("/iam/policy_count", 3)) == {"policies_left_out"}
}

test_policies_listed_counts_what_is_listed if {
	evidence := changed("/iam/policies/0/action_count", 3)
	some finding in cmk_access_policy.findings.policies_listed with input as evidence
	[finding.values.actions, finding.values.action_count] == [2, 3]
}

test_no_wildcards_passes if pointers("no_wildcards", good) == set()

test_no_wildcards_fails_when_it_allows_everything if {
	pointers("no_wildcards", changed("/iam/policies/1/allow", ["okms:*"])) == {"/iam/policies/1"}
	pointers("no_wildcards", changed("/iam/policies/1/resources", ["*"])) == {"/iam/policies/1"}
	pointers("no_wildcards", changed("/iam/policies/1/allow", [])) == {"/iam/policies/1"}
}

test_no_wildcards_missing_when_not_known if {
	pointers("no_wildcards", without("/iam/policies/1/resources")) == {"/iam/policies/1/resources"}
}

test_no_wildcards_conditions if {
	conditions("no_wildcards", without("/iam/policies/1/resources")) == {"incomplete"}
	conditions("no_wildcards", changed("/iam/policies/1/allow", ["okms:*"])) == {"not_narrow"}
}

test_no_wildcards_lists_what_is_too_wide if {
	evidence := json.patch(good, [
		{"op": "replace", "path": "/iam/policies/1/allow", "value": ["okms:*", "okms:apikms:serviceKey/sign"]},
		{"op": "replace", "path": "/iam/policies/1/resources", "value": ["*"]},
	])
	some finding in cmk_access_policy.findings.no_wildcards with input as evidence
	finding.values.wide == ["okms:*", "*"]
}

test_duties_separated_passes if pointers("duties_separated", good) == set()

test_duties_separated_fails_when_one_does_both if {
	pointers("duties_separated", changed("/iam/policies/1/identities", [user])) == {"/iam/policies/0", "/iam/policies/1"}
}

# A policy without its actions cannot be held against others: policies_listed and no_wildcards call it missing.
test_duties_separated_missing_when_not_known if {
	pointers("policies_listed", without("/iam/policies/0/allow")) == {"/iam/policies/0/allow"}
}

test_destroyers_have_mfa_passes if pointers("destroyers_have_mfa", good) == set()

test_destroyers_have_mfa_fails_when_weak_or_a_program if {
	pointers("destroyers_have_mfa", changed("/account/users/0/mfa", "totp")) == {"/iam/policies/0/identities/0"}
	pointers("destroyers_have_mfa", changed("/iam/policies/0/identities", [app])) == {"/iam/policies/0/identities/0"}
}

test_destroyers_have_mfa_missing_when_not_known if {
	pointers("destroyers_have_mfa", without("/account/users/0/mfa")) == {"/iam/policies/0/identities/0"}
}

test_destroyers_have_mfa_conditions if {
	conditions("destroyers_have_mfa", changed("/iam/policies/0/identities", [app])) == {"not_a_user"}
	conditions("destroyers_have_mfa", changed("/account/users/0/login", "hugo")) == {"unknown_user"}
	conditions("destroyers_have_mfa", changed("/account/users/0/kind", "technical")) == {"not_a_person"}
	conditions("destroyers_have_mfa", changed("/account/users/0/status", "disabled")) == {"not_enabled"}
	conditions("destroyers_have_mfa", changed("/account/users/0/mfa", "totp")) == {"weak_factor"}
}

test_break_glass_ends_passes if pointers("break_glass_ends", good) == set()

test_break_glass_ends_fails_when_late_or_past if {
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2027-02-21T00:00:00Z")) == {"/iam/policies/0"}
	pointers("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-11-01T00:00:00Z")) == {"/iam/policies/0"}
}

test_break_glass_ends_missing_when_it_has_no_end if {
	pointers("break_glass_ends", without("/iam/policies/0/expires_at")) == {"/iam/policies/0/expires_at"}
}

test_break_glass_ends_conditions if {
	conditions("break_glass_ends", without("/iam/policies/0/break_glass")) == {"unknown_use"}
	conditions("break_glass_ends", without("/iam/policies/0/expires_at")) == {"no_end"}
	conditions("break_glass_ends", changed("/iam/policies/0/expires_at", "2026-11-20T00:00:00Z")) == {"ended"}
	conditions("break_glass_ends", changed("/iam/policies/0/expires_at", "2027-02-21T00:00:00Z")) == {"ends_late"}
}

test_policies_reviewed_passes if pointers("policies_reviewed", good) == set()

test_policies_reviewed_fails_when_by_an_owner_or_not_done if {
	pointers("policies_reviewed", changed("/iam/review/reviewer", "Hugo")) == {"/iam/review"}
	pointers("policies_reviewed", changed("/iam/review/removals_done", 0)) == {"/iam/review"}
}

test_policies_reviewed_missing_when_never if {
	pointers("policies_reviewed", without("/iam/review/reviewed_on")) == {"/iam/review/reviewed_on"}
}

test_policies_reviewed_conditions if {
	conditions("policies_reviewed", without("/iam/review/reviewer")) == {"incomplete"}
	conditions("policies_reviewed", changed("/iam/review/reviewed_on", "2025-01-01")) == {"review_not_recent"}
	conditions("policies_reviewed", changed("/iam/review/reviewer", "Hugo")) == {"reviewed_by_owner"}
	conditions("policies_reviewed", changed("/iam/review/removals_done", 0)) == {"removals_not_done"}
}

test_policies_reviewed_names_the_policies_of_the_reviewer if {
	evidence := changed("/iam/review/reviewer", "Hugo")
	some finding in cmk_access_policy.findings.policies_reviewed with input as evidence
	finding.related == ["/iam/policies/1"]
}

test_certificates_single_passes if pointers("certificates_single", good) == set()

test_certificates_single_fails_when_root_shared_or_left_out if {
	root := ["urn:v1:eu:identity:account:xx1-ovh"]
	path := "/credentials/certificates/0/identity_urns"
	pointers("certificates_single", changed(path, root)) == {"/credentials/certificates/0"}
	pointers("certificates_single", changed(path, [app, user])) == {"/credentials/certificates/0"}
	others := json.patch(good, [
		{"op": "add", "path": "/location/workloads/-", "value": {"id": "w2"}},
		{"op": "replace", "path": "/credentials/certificates/1/workload", "value": "w2"},
	])
	pointers("certificates_single", others) == {"/credentials/certificates/0", "/credentials/certificates/1"}
	pointers("certificates_single", changed("/credentials/certificates/1/id", "c1")) == {"/credentials/certificate_count"}
	pointers("certificates_single", changed("/credentials/certificate_count", 3)) == {"/credentials/certificate_count"}
}

test_certificates_single_missing_when_nobody_uses_it if {
	evidence := without("/credentials/certificates/0/workload")
	pointers("certificates_single", evidence) == {"/credentials/certificates/0/workload"}
}

test_certificates_single_conditions if {
	path := "/credentials/certificates/0/identity_urns"
	conditions("certificates_single", without("/credentials/certificates/0/id")) == {"incomplete", "certificates_left_out"}
	conditions("certificates_single", changed("/credentials/certificates/0/workload", "w9")) == {
		"unknown_workload",
		"shared_identity",
	}
	conditions("certificates_single", changed(path, [app, user])) == {"not_one_identity"}
	conditions("certificates_single", changed(path, ["urn:v1:eu:identity:account:xx1-ovh"])) == {"root_identity"}
	conditions("certificates_single", changed("/credentials/certificate_count", 3)) == {"certificates_left_out"}
}

test_certificates_from_csr_passes if pointers("certificates_from_csr", good) == set()

test_certificates_from_csr_fails_when_made_by_the_provider if {
	evidence := changed("/credentials/certificates/0/from_csr", false)
	pointers("certificates_from_csr", evidence) == {"/credentials/certificates/0"}
}

test_certificates_from_csr_missing_when_not_known if {
	evidence := without("/credentials/certificates/0/from_csr")
	pointers("certificates_from_csr", evidence) == {"/credentials/certificates/0/from_csr"}
}

test_certificates_from_csr_conditions if {
	conditions("certificates_from_csr", without("/credentials/certificates/0/from_csr")) == {"incomplete"}
	conditions("certificates_from_csr", changed("/credentials/certificates/0/from_csr", false)) == {"made_elsewhere"}
}

test_certificates_current_passes if pointers("certificates_current", good) == set()

test_certificates_current_fails_when_long_or_about_to_end if {
	path := "/credentials/certificates/0/expires_at"
	pointers("certificates_current", changed(path, "2026-12-31T00:00:00Z")) == {"/credentials/certificates/0"}
	pointers("certificates_current", changed(path, "2026-12-03T00:00:00Z")) == {"/credentials/certificates/0"}
}

test_certificates_current_missing_when_it_has_no_end if {
	evidence := without("/credentials/certificates/0/expires_at")
	pointers("certificates_current", evidence) == {"/credentials/certificates/0/expires_at"}
}

test_certificates_current_conditions if {
	certificate := "/credentials/certificates/0"
	conditions("certificates_current", without(concat("/", [certificate, "environment"]))) == {"incomplete"}
	every field, value_and_condition in {
		"created_at": ["2026-11-20T00:00:01Z", "made_in_future"],
		"expires_at": ["2026-12-03T00:00:00Z", "ends_soon"],
	} {
		[value, condition] := value_and_condition
		conditions("certificates_current", changed(concat("/", [certificate, field]), value)) == {condition}
	}
	late := changed(concat("/", [certificate, "expires_at"]), "2026-12-31T00:00:00Z")
	conditions("certificates_current", late) == {"valid_too_long"}
}

test_certificates_used_passes if pointers("certificates_used", good) == set()

test_certificates_used_fails_when_not if {
	evidence := changed("/credentials/certificates/0/last_used_at", "2026-10-20T00:00:00Z")
	pointers("certificates_used", evidence) == {"/credentials/certificates/0"}
}

test_certificates_used_missing_when_not_known if {
	evidence := without("/credentials/certificates/0/last_used_at")
	pointers("certificates_used", evidence) == {"/credentials/certificates/0/last_used_at"}
}

test_certificates_used_conditions if {
	conditions("certificates_used", without("/credentials/certificates/0/last_used_at")) == {"incomplete"}
	unused := changed("/credentials/certificates/0/last_used_at", "2026-10-20T00:00:00Z")
	conditions("certificates_used", unused) == {"unused"}
}
