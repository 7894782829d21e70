package {{root}}.{{name}}_test

import data.{{root}}.{{name}}

# Evidence in which the policy finds nothing: raci-check test spoils it place by place, and the check has to notice.
good := {
	"at": "2026-11-20T00:00:00Z",
	"{{name}}": {"rules": [{"owner": "ines", "reviewer": "hugo", "reviewed_on": "2026-11-20"}]},
}

pointers(evidence) := {finding.pointer |
	some finding in {{name}}.findings.reviewed with input as evidence with data.params.{{parameter}} as 365
}

test_fixture_is_good if {{name}}.findings.reviewed == set() with input as good with data.params.{{parameter}} as 365

test_reviewed_passes if pointers(good) == set()

test_reviewed_passes_at_the_edge if {
	pointers(json.patch(good, [{"op": "replace", "path": "/{{name}}/rules/0/reviewed_on", "value": "2025-11-20"}])) == set()
}

test_reviewed_fails_when_too_long_ago if {
	evidence := json.patch(good, [{"op": "replace", "path": "/{{name}}/rules/0/reviewed_on", "value": "2025-11-19"}])
	pointers(evidence) == {"/{{name}}/rules/0"}
}

test_reviewed_fails_when_the_owner_reviews if {
	evidence := json.patch(good, [{"op": "replace", "path": "/{{name}}/rules/0/reviewer", "value": "ines"}])
	pointers(evidence) == {"/{{name}}/rules/0"}
}

test_reviewed_missing_when_a_field_is_absent if {
	every field in ["owner", "reviewer", "reviewed_on"] {
		path := concat("/", ["/{{name}}/rules/0", field])
		pointers(json.patch(good, [{"op": "remove", "path": path}])) == {path}
	}
}
