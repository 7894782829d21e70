package authoring_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
)

const head = "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}\n"

// at is a place in a file of an example.
func at(t *testing.T, files authoring.Files, name, pointer string) document.Position {
	t.Helper()
	return parse(t, name, files[name]).ValuePosition(pointer)
}

func TestHover(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	files["waivers.yaml"] = []byte("api_version: raci-check/v1\nkind: Waivers\nwaivers:\n  - check: backups.immutable_copy\n    requested_by: ines.benali\n    pointers: [/backups/jobs/0/encryption]\n")
	files["params.yaml"] = []byte("api_version: raci-check/v1\nkind: Parameters\nparameters:\n  access_review_max_age_days: 90\n")
	files["mapping.yaml"] = []byte("kind: Mapping\ninput:\n  format: json\nfills:\n  - section: backups\n")
	files["fields.yaml"] = []byte("kind: Mapping\nfills:\n  - section: backups\n    list: jobs\n    fields:\n      encryption/algorithm: $.cipher\n")
	files["collect.yaml"] = []byte("kind: Collect\nsources:\n  - source: terraform\n")
	files["bare.yaml"] = []byte("iam:\n  policies:\n    - owner: julien.faure\n") // it says no kind
	for _, hover := range []struct {
		file, pointer string
		key           bool
		says          []string
	}{
		{"iam.yaml", "/iam", true, []string{"**iam** — a mapping", "IAM policies", "31 days", "`inventory_evidence_max_age_days`"}},
		{"iam.yaml", "/iam", true, []string{"Read by checks of `cmk_access_policy` ("}},
		{"keys.yaml", "/keys/service_keys/0/name", true, []string{"A name of a key: other fields"}},
		{"keys.yaml", "/metadata/prepared_by", true, []string{"No check reads it; it is shown in reports."}},
		{"iam.yaml", "/iam/source/method", true, []string{"One of: `api`, `export`", "api: read from"}},
		{"iam.yaml", "/iam/source/collected_at", true, []string{"a time", "31 days"}},
		{"iam.yaml", "/iam/policies/0/owner", false, []string{"person, `people.yaml`", "Julien Faure", "Names a person", "Person responsible"}},
		{"iam.yaml", "/iam/policies/0/identity_kind", true, []string{"Read by", "cmk_access_policy."}},
		{"iam.yaml", "/iam/policies/0/identities/0", false, []string{"identity, `account.yaml`", "ines.benali"}},
		{"iam.yaml", "/iam/policies/0/name", true, []string{"No check reads it; it names it for the reader"}},
		{"iam.yaml", "/iam/policies/0/id", true, []string{"The id of a policy: other fields name it by this."}},
		{"backups.yaml", "/backups/policy/rpo_hours", true, []string{"a number of hours"}},
		{"waivers.yaml", "/waivers/0/check", false, []string{"**backups.immutable_copy** (", "Fix: "}},
		{"waivers.yaml", "/waivers/0/pointers/0", false, []string{"**/backups/jobs/0/encryption** — a mapping", "How the copies are encrypted"}},
		{"waivers.yaml", "/waivers/0/requested_by", false, []string{"person, `people.yaml`", "Ines Benali"}},
		{"params.yaml", "/parameters/access_review_max_age_days", true, []string{"**access_review_max_age_days**", "source: ", "stricter: lower", "days"}},
		{"mapping.yaml", "/fills/0/section", false, []string{"section **backups**"}},
		{"mapping.yaml", "/input/format", true, []string{"One of: `json`"}},
		{"fields.yaml", "/fills/0/fields/encryption~1algorithm", true, []string{"**encryption/algorithm** — a text", "Cipher of the copies", "Read by", "backups."}},
		{"collect.yaml", "/sources/0/source", true, []string{"Kind of source"}},
		{"bare.yaml", "/iam/policies/0/owner", false, []string{"Julien Faure"}},
	} {
		doc := parse(t, hover.file, files[hover.file])
		place := doc.ValuePosition(hover.pointer)
		if hover.key {
			place = doc.Position(hover.pointer)
		}
		text, span, ok := l.Hover(files, hover.file, place)
		if !ok || span.File != hover.file || span.Start.Line != place.Line {
			t.Errorf("%s %s: %v %v", hover.file, hover.pointer, span, ok)
		}
		for _, part := range hover.says {
			if !strings.Contains(text, part) {
				t.Errorf("%s %s: %q is not in\n%s", hover.file, hover.pointer, part, text)
			}
		}
	}
	for _, text := range []string{"# com|ment\n" + head, head + "|\n", head + "unknown: |x\n", "a: |b\n"} {
		text, place := marked(t, text)
		if says, _, ok := l.Hover(authoring.Files{"x.yaml": []byte(text)}, "x.yaml", place); ok {
			t.Errorf("%q: %s", text, says)
		}
	}
}

// complete are the completions at the sign | in a text, beside the files of an example.
func complete(t *testing.T, l *authoring.Library, text string) (authoring.Files, []authoring.Completion) {
	t.Helper()
	text, place := marked(t, text)
	files := folder(t, "compliant")
	files["new.yaml"] = []byte(text)
	return files, l.Complete(files, "new.yaml", place)
}

func TestComplete(t *testing.T) {
	l := open(t)
	key, _ := parse(t, "keys.yaml", folder(t, "compliant")["keys.yaml"]).Lookup("/keys/service_keys/0/id")
	firstKey, _ := key.(string)
	policies := head + "iam:\n  policies:\n    - id: x\n"
	keys := head + "keys:\n  service_keys:\n"
	for _, c := range []struct {
		text, label, result string
	}{
		{"|", "kind: Waivers", "api_version: raci-check/v1\nkind: Waivers"},
		{"kind: |\n", "Evidence", "kind: Evidence\n"},
		{"kind:|\n", "Evidence", "kind: Evidence\n"},
		{"# new\n  |\n", "kind: Waivers", "# new\napi_version: raci-check/v1\nkind: Waivers\n"},
		{"# new\n  ki|\n", "kind: Waivers", "# new\napi_version: raci-check/v1\nkind: Waivers\n"},
		{"{| x: 1}\n", "kind: Waivers", "{api_version: raci-check/v1, kind: Waivers, x: 1}\n"},
		{head + "iam:\n  source: {| collected_at: 2026-11-01}\n", "method", "source: {method: , collected_at: 2026-11-01}\n"},
		{head + "iam:\n  source: {collected_by: x, | collected_at: 2026-11-01}\n", "method", "source: {collected_by: x, method: , collected_at: 2026-11-01}\n"},
		{head + "iam:\n  source: {\n    met|\n    collected_at: 2026-11-01}\n", "method", "{\n    method: ,\n    collected_at: 2026-11-01}\n"},
		{head + "iam:\n  source: {\n    met|,\n    collected_at: 2026-11-01}\n", "method", "{\n    method: ,\n    collected_at: 2026-11-01}\n"},
		{"{|}\n", "kind: Waivers", "{api_version: raci-check/v1, kind: Waivers}\n"},
		{"api_version: raci-check/v1\nkind: Evidence\n|\n", "metadata", "metadata:\n  service: {id: 7d0c0f2e"},
		{"api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service:\n    id: |\n", "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "    id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21\n"},
		{"api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {region: eu|}\n", "eu-west-par", "{region: eu-west-par}"},
		{head + "iam:\n  |\n", "source", "iam:\n  source:\n    method: \n"},
		{head + "iam:\n      |\n", "policies", "iam:\n      policies:\n        - id: \n"},
		{head + "iam:\n  policy_count: 3\n    |\n", "policies", "  policy_count: 3\n  policies:\n    - id: \n"},
		{head + "iam:\n  policies:\n    |\n", "- ", "  policies:\n    - id: \n"},
		{head + "iam:\n  so|\n", "source", "iam:\n  source:\n    method: \n"},
		{head + "iam:\n  so|\n  policies: []\n", "source", "iam:\n  source:\n    method: \n  policies"},
		{head + "iam:\n  policies:\n    - na|\n", "name", "    - name: \n"},
		{head + "iam:\n  policies:\n    - na|\n      id: x\n", "name", "    - name: \n      id: x\n"},
		{policies + "      ow|\n", "owner", "      owner: \n"},
		{policies + "      ow|: x\n", "owner", "      owner: x\n"},
		{policies + "      owner: |\n", "ines.benali@arvella.example", "      owner: ines.benali@arvella.example\n"},
		{policies + "      owner:|\n", "ines.benali@arvella.example", "      owner: ines.benali@arvella.example\n"},
		{policies + "      owner: \"ine|s\"\n", "ines.benali@arvella.example", "      owner: \"ines.benali@arvella.example\"\n"},
		{policies + "      break_glass: t|\n", "true", "      break_glass: true\n"},
		{policies + "      identity_kind: |\n", "human", "      identity_kind: human\n"},
		{policies + "      identities: [|]\n", "ines.benali", "      identities: [ines.benali]\n"},
		{policies + "      identities: [| julien.faure]\n", "ines.benali", "      identities: [ines.benali, julien.faure]\n"},
		{policies + "      identities: [x, |\n        julien.faure]\n", "ines.benali", "      identities: [x, ines.benali,\n        julien.faure]\n"},
		{policies + "      identities: [x, |, julien.faure]\n", "ines.benali", "      identities: [x, ines.benali, julien.faure]\n"},
		{policies + "      identities: [x, | # a, b\n        julien.faure]\n", "ines.benali", "      identities: [x, ines.benali, # a, b\n        julien.faure]\n"},
		{policies + "      identities: [x,| julien.faure]\n", "ines.benali", "      identities: [x,ines.benali, julien.faure]\n"},
		{policies + "      identities:\n        |\n", "ines.benali", "      identities:\n        - ines.benali\n"},
		{policies + "      identities:\n        - |\n", "ines.benali", "        - ines.benali\n"},
		{policies + "      resources: [|]\n", "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21/serviceKey/" + firstKey, "resources: [urn:v1:eu:resource:okms:7d0c0f2e"},
		{policies + "      expires_at: |\n", "YYYY-MM-DDThh:mm:ssZ", "      expires_at: YYYY-MM-DDThh:mm:ssZ\n"},
		{head + "iam:\n  review:\n    reviewed_on: |\n", "YYYY-MM-DD", "reviewed_on: YYYY-MM-DD\n"},
		{policies + "      expires_at: |\n", "2026-11-20T09:30:00Z", "      expires_at: 2026-11-20T09:30:00Z\n"},
		{head + "iam:\n  review:\n    reviewed_on: |\n", "2026-11-20", "reviewed_on: 2026-11-20\n"},
		{head + "iam:\n  source: {met|}\n", "method", "source: {method: }\n"},
		{head + "iam:\n  source:\n    method: |\n    artifact: {path: x}\n", "export", "    method: export\n    artifact"},
		{head + "iam:\n  policies:\n    - |\n", "id", "    - id: \n"},
		{head + "iam: |\n", "source", "iam: \n  source:\n    method: \n"},
		{head + "iam:|\n", "policies", "iam:\n  policies:\n    - id: \n"},
		{head + "iam: so|\n", "source", "iam: \n  source:\n    method: \n"},
		{head + "iam:\n  policies: |\n  policy_count: 3\n", "- ", "  policies: \n    - id: \n  policy_count: 3\n"},
		{policies + "      identities: |\n", "ines.benali", "      identities: \n        - ines.benali\n"},
		{head + "iam:\n  policies:\n    - id: x\n      conditions: |\n", "", ""},
		{head + "iam: |\n  source: {}\n", "", ""},
		{keys + "    - type: EC\n      curve: |\n", "P-384", "curve: P-384\n"},
		{keys + "    - type: RSA\n      size: |\n", "3072", "size: 3072\n"},
		{keys + "    - operations: [sign, encrypt]\n      last_used_for: |\n", "sign", "last_used_for: sign\n"},
		{keys + "    - workloads:\n        - |\n", "", ""},
		{head + "not_applicable:\n  - activity: |\n", "4.2.1", "activity: 4.2.1\n"},
		{"kind: Waivers\nwaivers:\n  - check: back|\n", "backups.immutable_copy", "  - check: backups.immutable_copy\n"},
		{"kind: Waivers\nwaivers:\n  - check: backups.immutable_copy\n    pointers: [|]\n", "/backups/jobs", "pointers: [/backups/jobs]\n"},
		{"kind: Waivers\nwaivers:\n  - check: x\n    service: |\n", "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", ""},
		{"kind: Waivers\nwaivers:\n  - check: x\n    approved_by: |\n", "ines.benali@arvella.example", ""},
		{"kind: Waivers\nwaivers:\n  |\n", "- ", "  - check: \"…\"\n    reason: \"…\"\n"},
		{"kind: Parameters\nparameters:\n  access|\n", "access_review_max_age_days", "  access_review_max_age_days: \n"},
		{"kind: Parameters\nparameters:\n  access_review_max_age_days: |\n", "183", "days: 183\n"},
		{"kind: Mapping\ninput:\n  format: |\nfills: []\n", "csv", "format: csv\n"},
		{"kind: Mapping\nfills:\n  - section: |\n", "backups", "section: backups\n"},
		{"kind: Mapping\nfills:\n  - fields:\n      id:\n        |\n", "path", "        path: \n"},
		{"kind: Mapping\nfills:\n  - section: backups\n    list: |\n", "jobs", "list: jobs\n"},
		{"kind: Mapping\nfills:\n  - section: backups\n    list: jobs\n    fields:\n      id: $.id\n      |\n", "encryption/algorithm", "      encryption/algorithm: \n"},
		{"kind: Collect\nsources:\n  - source: |\n", "okms", "source: okms\n"},
	} {
		files, all := complete(t, l, c.text)
		i := slices.IndexFunc(all, func(item authoring.Completion) bool { return item.Label == c.label })
		if i < 0 {
			var labels []string
			for _, item := range all {
				labels = append(labels, item.Label)
			}
			if c.label != "" {
				t.Errorf("%q: no %s in %v", c.text, c.label, labels[:min(len(labels), 20)])
			}
			continue
		}
		changed, err := apply(files, []authoring.Edit{all[i].Edit})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if !strings.Contains(string(changed["new.yaml"]), c.result) {
			t.Errorf("%q: %s makes\n%s", c.text, c.label, changed["new.yaml"])
		}
	}
}

// What is there already is not proposed again, and a section stands in one file of the folder.
func TestCompleteWhatIsAbsent(t *testing.T) {
	l := open(t)
	_, all := complete(t, l, head+"|\n")
	for _, item := range all {
		if item.Kind == authoring.Section || item.Label == "metadata" {
			t.Errorf("%s is proposed, and is there already", item.Label)
		}
	}
	files := authoring.Files{"new.yaml": []byte(head + "\n")}
	proposed := l.Complete(files, "new.yaml", document.Position{Line: 5, Column: 1})
	sections := 0
	for _, item := range proposed {
		if item.Kind == authoring.Section {
			sections++
		}
	}
	if sections < 25 {
		t.Errorf("only %d sections are proposed", sections)
	}
	_, all = complete(t, l, head+"iam:\n  policies:\n    - id: x\n      |\n      owner: y\n")
	for _, item := range all {
		if item.Label == "id" || item.Label == "owner" {
			t.Errorf("%s is proposed, and is there already", item.Label)
		}
	}
	_, all = complete(t, l, head+"iam:\n  source: | # a\n")
	_, comment := complete(t, l, head+"iam: # |\n")
	if len(all) > 0 || len(comment) > 0 {
		t.Errorf("where nothing can stand: %v, %v", all, comment)
	}
}

func TestDefinitionsAndReferences(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	files["waivers.yaml"] = []byte("api_version: raci-check/v1\nkind: Waivers\nwaivers:\n  - check: x\n    pointers: [/iam/policies/0]\n    approved_by: Julien Faure\n    service: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21\n")
	person := at(t, files, "people.yaml", "/people/people/0/id")
	text, _ := parse(t, "people.yaml", files["people.yaml"]).Lookup("/people/people/0/id")
	files["extra.yaml"] = []byte(head + "x:\n  - " + text.(string) + "\n")
	for _, c := range []struct{ file, pointer, to, target string }{
		{"iam.yaml", "/iam/policies/0/owner", "people.yaml", "/people/people/1/id"},
		{"iam.yaml", "/iam/policies/0/identities/0", "account.yaml", "/account/users/0/login"},
		{"waivers.yaml", "/waivers/0/approved_by", "people.yaml", "/people/people/1/name"},
		{"waivers.yaml", "/waivers/0/pointers/0", "iam.yaml", "/iam/policies/0"},
		{"waivers.yaml", "/waivers/0/service", "iam.yaml", "/metadata/service/id"},
		{"people.yaml", "/people/people/0/id", "people.yaml", "/people/people/0/id"},
	} {
		want := at(t, files, c.to, c.target)
		spans := l.Definition(files, c.file, at(t, files, c.file, c.pointer))
		if !slices.ContainsFunc(spans, func(s authoring.Span) bool { return s.File == c.to && s.Start.Line == want.Line }) {
			t.Errorf("%s %s: %v, expected %s:%d", c.file, c.pointer, spans, c.to, want.Line)
		}
	}
	uses := l.References(files, "people.yaml", person, false)
	with := l.References(files, "people.yaml", person, true)
	if len(with) != len(uses)+1 || len(uses) < 5 {
		t.Errorf("%d references, and %d with the definition", len(uses), len(with))
	}
	for _, use := range uses {
		back := l.Definition(files, use.File, use.Start)
		if len(back) != 1 || back[0].File != "people.yaml" {
			t.Errorf("%v leads to %v", use, back)
		}
	}
	files["twice.yaml"] = []byte(head + "people:\n  people:\n    - id: " + text.(string) + "\n")
	if spans := l.Definition(files, "people.yaml", person); len(spans) != 1 {
		t.Errorf("an id leads to itself: %v", spans)
	}
	if spans := l.Definition(files, uses[0].File, uses[0].Start); len(spans) != 2 {
		t.Errorf("two persons have the id: %v", spans)
	}
}

// A pointer into a list that is split over files leads into the file that has the item.
func TestPointersIntoSplitSections(t *testing.T) {
	l := open(t)
	part := func(source, items string) []byte {
		return []byte(head + "keys:\n  source: {" + source + "}\n  service_keys:\n" + items)
	}
	files := authoring.Files{
		"a.yaml": part("part: 2", "    - id: c\n    - id: d\n"), "b.yaml": part("parts: 3", "    - id: a\n    - id: b\n"), "c.yaml": part("part: 3", "    - id: e\n"),
		"w.yaml": []byte("kind: Waivers\nwaivers:\n  - pointers:\n      - /keys/service_keys/1\n      - /keys/service_keys/3/id\n      - /keys/service_keys/4\n      - /keys/service_keys/5\n"),
	}
	for line, want := range map[int]string{4: "b.yaml:9", 5: "a.yaml:9", 6: "c.yaml:8", 7: ""} {
		where := ""
		for _, span := range l.Definition(files, "w.yaml", document.Position{Line: line, Column: 12}) {
			where += span.File + ":" + itoa(span.Start.Line)
		}
		if where != want {
			t.Errorf("line %d leads to %q, expected %q", line, where, want)
		}
	}
}

// Texts that say no kind are recognised by their sections, and edits end lines as the text does.
func TestKindsAndLineEnds(t *testing.T) {
	l := open(t)
	for text, label := range map[string]string{
		"iam:\n  |\n": "policies", "waivers:\n  |\n": "- ", "parameters:\n  |\n": "administrators_max", "fills:\n  |\n": "- ", "sources:\n  |\n": "- ",
		"kind: Nonsense\niam:\n  |\n": "policies",
	} {
		text, place := marked(t, strings.ReplaceAll(text, "\n", "\r\n"))
		files := authoring.Files{"x.yaml": []byte(text)}
		all := l.Complete(files, "x.yaml", place)
		i := slices.IndexFunc(all, func(item authoring.Completion) bool { return item.Label == label })
		if i < 0 {
			t.Errorf("%q: no %s", text, label)
			continue
		}
		if added := all[i].Edit.Text; strings.Count(added, "\n") != strings.Count(added, "\r\n") {
			t.Errorf("%q: %q ends lines in another way", text, added)
		}
	}
}

// A field names the checks that look at it, and not those that look at what the program makes of its section.
func TestReadersOfAField(t *testing.T) {
	files := folder(t, "compliant")
	l := open(t)
	for _, c := range []struct{ file, pointer, reads, other string }{
		{"network.yaml", "/network/allow_list/0/range", "network_access.people_bound_to_addresses", "cmk_access_policy."},
		{"account.yaml", "/account/users/0/privileged", "administration.privileged_users_are_administrators", "cmk_access_policy."},
		{"iam.yaml", "/iam/policies/0/allow", "cmk_access_policy.no_wildcards", "backups."},
	} {
		text, _, _ := l.Hover(files, c.file, parse(t, c.file, files[c.file]).Position(c.pointer))
		if !strings.Contains(text, c.reads) || strings.Contains(text, c.other) {
			t.Errorf("%s is read by %s, and by nothing of %s:\n%s", c.pointer, c.reads, c.other, text)
		}
	}
}

// A source of collect takes the options of its kind, which are explained for that kind.
func TestOptionsOfASource(t *testing.T) {
	l := open(t)
	labels := func(text string) (all []string) {
		_, items := complete(t, l, text)
		for _, item := range items {
			all = append(all, item.Label)
			if strings.Contains(item.Documentation, "kmip: ") {
				t.Errorf("%s is explained for several kinds: %s", item.Label, item.Documentation)
			}
		}
		return all
	}
	if all := labels("kind: Collect\nsources:\n  - source: file\n    |\n"); !slices.Contains(all, "mapping") || slices.Contains(all, "endpoint") {
		t.Errorf("a file is offered %q", all)
	}
	if all := labels("kind: Collect\nsources:\n  - source: okms\n    |\n"); !slices.Contains(all, "endpoint") || slices.Contains(all, "mapping") {
		t.Errorf("okms is offered %q", all)
	}
}

func TestKindsOfFiles(t *testing.T) {
	_, all := complete(t, open(t), "kind: |\n")
	if len(all) != 5 || all[0].Label != "Evidence" || all[0].Detail != "facts about the service" {
		t.Errorf("%+v", all)
	}
}

// A description that only repeats the name of the field is not shown.
func TestHoverRepeatsNothing(t *testing.T) {
	files := folder(t, "compliant")
	text, _, _ := open(t).Hover(files, "account.yaml", parse(t, "account.yaml", files["account.yaml"]).Position("/account/users/0/status"))
	if strings.Contains(text, "\nStatus.\n") || !strings.Contains(text, "One of: `enabled`") {
		t.Error(text)
	}
}
