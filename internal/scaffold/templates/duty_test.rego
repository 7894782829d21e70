package {{root}}.{{name}}_test

import data.{{root}}.{{name}}

good := {
	"at": "2026-11-20T00:00:00Z",
	"{{name}}": {"written_on": "2026-11-20"},
}

pointers(check, evidence) := {finding.pointer |
	some finding in {{name}}.findings[check] with input as evidence
}

test_fixture_is_good if {{name}}.findings.written == set() with input as good

test_written_passes if pointers("written", good) == set()

test_written_fails_when_dated_after_the_assessment if {
	evidence := json.patch(good, [{"op": "replace", "path": "/{{name}}/written_on", "value": "2026-11-21"}])
	pointers("written", evidence) == {"/{{name}}/written_on"}
}

test_written_missing_when_not_dated if {
	evidence := json.patch(good, [{"op": "remove", "path": "/{{name}}/written_on"}])
	pointers("written", evidence) == {"/{{name}}/written_on"}
}

test_written_missing_when_there_is_nothing if {
	pointers("written", {"at": good.at}) == {"/{{name}}/written_on"}
}
