package {{.Root}}.{{.Name}}_test

import data.{{.Root}}.{{.Name}}

# Evidence in which the policy finds nothing: raci-check test spoils it place by place, and the check has to notice.
good := {
	"at": "2026-11-20T00:00:00Z",
	"{{.Name}}": {"rules": [{"owner": "ines", "reviewer": "hugo", "reviewed_on": "2026-11-20"}]},
}

pointers(evidence) := {finding.pointer |
	some finding in {{.Name}}.findings.reviewed with input as evidence with data.params.{{.Parameter}} as 365
}

test_fixture_is_good if {{.Name}}.findings.reviewed == set() with input as good with data.params.{{.Parameter}} as 365

test_reviewed_passes if pointers(good) == set()

test_reviewed_passes_at_the_edge if {
	pointers(json.patch(good, [{"op": "replace", "path": "/{{.Name}}/rules/0/reviewed_on", "value": "2025-11-20"}])) == set()
}

test_reviewed_fails_when_too_long_ago if {
	evidence := json.patch(good, [{"op": "replace", "path": "/{{.Name}}/rules/0/reviewed_on", "value": "2025-11-19"}])
	pointers(evidence) == {"/{{.Name}}/rules/0"}
}

test_reviewed_fails_when_the_owner_reviews if {
	evidence := json.patch(good, [{"op": "replace", "path": "/{{.Name}}/rules/0/reviewer", "value": "ines"}])
	pointers(evidence) == {"/{{.Name}}/rules/0"}
}

test_reviewed_missing_when_a_field_is_absent if {
	every field in ["owner", "reviewer", "reviewed_on"] {
		path := concat("/", ["/{{.Name}}/rules/0", field])
		pointers(json.patch(good, [{"op": "remove", "path": path}])) == {path}
	}
}
