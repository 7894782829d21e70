package okms.backups_acme_test

import data.okms.backups_acme

good := {
	"at": "2026-11-20T00:00:00Z",
	"backups": {"jobs": [{
		"name": "nightly",
		"copies": [{"location": "eu-west-par"}, {"location": "vault-lyon"}],
	}]},
}

found(evidence) := {finding.condition |
	some finding in backups_acme.findings.places_allowed with input as evidence
		with data.params.acme_backup_places as ["eu-west-par", "vault-lyon"]
}

test_places_allowed_passes if found(good) == set()

test_places_allowed_fails_when_a_copy_lies_elsewhere if {
	evidence := json.patch(good, [{"op": "replace", "path": "/backups/jobs/0/copies/1/location", "value": "us-east"}])
	found(evidence) == {"place_not_allowed"}
}

test_places_allowed_missing_when_a_job_names_no_copies if {
	evidence := json.patch(good, [{"op": "remove", "path": "/backups/jobs/0/copies"}])
	found(evidence) == {"copies_unknown"}
}

test_places_allowed_missing_when_a_copy_names_no_place if {
	evidence := json.patch(good, [{"op": "remove", "path": "/backups/jobs/0/copies/0/location"}])
	found(evidence) == {"copies_unknown"}
}

test_fixture_is_good if {
	backups_acme.findings.places_allowed == set() with input as good with data.params.acme_backup_places as ["eu-west-par", "vault-lyon"]
}
