package derive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/schema"
)

const (
	users = `account:
  source:
    method: export
    collected_at: 2026-11-18T06:50:00Z
    collected_by: inventory
    artifact: {path: exports/users.csv, sha256: DIGEST, derivation: {mapping: mappings/m.yaml}}
  user_count: 2
  users:
    - {login: ines, status: enabled, mfa: webauthn, last_login_at: 2026-11-17T08:02:00Z}
    - {login: hugo, status: enabled}
`
	usersMapping = `api_version: raci-check/v1
kind: Mapping
input: {format: csv}
fills:
  - {section: account, list: users, items: "$[*]", fields: {login: $.login, status: $.status, mfa: $.mfa, last_login_at: $.seen}}
  - {section: account, fields: {user_count: {count: "$[*]"}}}
`
	people = `people:
  source:
    method: export
    collected_at: 2026-11-18T06:50:00Z
    artifact: {path: exports/people.csv, sha256: DIGEST, derivation: {mapping: mappings/m.yaml}}
  people:
    - {id: ines, logins: [ines, ines.b, root]}
    - {id: hugo, logins: [Hugo]}
`
	peopleMapping = `api_version: raci-check/v1
kind: Mapping
input: {format: csv}
fills:
  - {section: people, list: people, items: "$[*]", fields: {id: $.id, logins: {path: $.logins, split: ;}}}
`
	job = `backups:
  jobs:
    - name: nightly
      restore_test:
        performed_at: 2026-11-01T10:00:00Z
        outcome: success
        artifact: {path: exports/restore.json, sha256: DIGEST, derivation: {mapping: mappings/m.yaml}}
    - {name: weekly}
`
	jobMapping = `api_version: raci-check/v1
kind: Mapping
input: {format: json}
fills:
  - {section: backups, list: jobs, items: "$.tests[*]", fields: {name: $.job, restore_test/outcome: $.outcome, restore_test/performed_at: $.at}}
`
)

// open writes evidence with one artifact, and reads it.
func open(t *testing.T, sections, artifact, mapping string) *evidence.Set {
	t.Helper()
	folder := t.TempDir()
	_, name, _ := strings.Cut(sections, "artifact: {path: ")
	name, _, _ = strings.Cut(name, ",")
	head := "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}\n"
	for file, text := range map[string]string{
		"evidence.yaml":   head + strings.ReplaceAll(sections, "DIGEST", `"`+safefile.Sum([]byte(artifact))+`"`),
		name:              artifact,
		"mappings/m.yaml": mapping,
	} {
		path := filepath.Join(folder, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	format, _ := collecttest.Format(t)
	form, err := schema.Compile("evidence", format.Schema)
	if err != nil {
		t.Fatal(err)
	}
	sets, _, err := (&evidence.Reader{Schema: form, Limits: document.DefaultLimits}).Read([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	return sets[0]
}

func newDeriver(t *testing.T) *derive.Deriver {
	_, form := collecttest.Format(t)
	return &derive.Deriver{Form: func() (*evidence.Form, error) { return form, nil }}
}

// said is the result in a line each.
func said(r *derive.Result) []string {
	lines := []string{}
	for _, fact := range r.Facts {
		lines = append(lines, fmt.Sprintf("derived %s: %s %s", fact.Pointer, fact.Artifact, fact.Place))
	}
	for _, c := range r.Contradictions {
		lines = append(lines, fmt.Sprintf("%s %s %v", c.Condition, c.Pointer, c.Values))
	}
	for _, artifact := range r.Broken {
		lines = append(lines, fmt.Sprintf("broken %s: %s", artifact.Pointer, artifact.Message))
	}
	return lines
}

func TestDerive(t *testing.T) {
	deriver := newDeriver(t)
	for name, test := range map[string]struct {
		sections, artifact, mapping string
		want                        []string
	}{
		"the same": {users, "login,status,mfa,seen\nines,enabled,webauthn,2026-11-17T09:02:00+01:00\nhugo,Enabled,,\n", usersMapping, []string{
			"derived /account/users/1/login: exports/users.csv row 2, column login",
			"derived /account/users/1/status: exports/users.csv row 2, column status",
			"derived /account/users/0/last_login_at: exports/users.csv row 1, column seen",
			"derived /account/users/0/login: exports/users.csv row 1, column login",
			"derived /account/users/0/mfa: exports/users.csv row 1, column mfa",
			"derived /account/users/0/status: exports/users.csv row 1, column status",
			"derived /account/user_count: exports/users.csv the whole file",
		}},
		"another value, one that is withheld, an item more and one less": {users, "login,status,mfa\nhugo,disabled,none\nlena,enabled,totp\n", usersMapping, []string{
			"derived /account/users/1/login: exports/users.csv row 1, column login",
			"derived /account/user_count: exports/users.csv the whole file",
			"withheld /account/users/1/mfa map[artifact:exports/users.csv field:mfa found:none place:row 1, column mfa]",
			"other_in_artifact /account/users/1/status map[artifact:exports/users.csv field:status found:disabled place:row 1, column status value:enabled]",
			"only_in_artifact /account/users map[artifact:exports/users.csv place:row 2 text:lena]",
			"not_in_artifact /account/users/0 map[artifact:exports/users.csv text:ines]",
		}},
		"a file of another form": {users, "login,status\nines,enabled\n", strings.Replace(usersMapping, "csv", "json", 1), []string{
			"broken /account/source/artifact: the artifact exports/users.csv, read by mappings/m.yaml, cannot be read: exports/users.csv:1:1: invalid character 'l' looking for beginning of value",
		}},
		"items that cannot be told apart": {users, "login,status\nines,enabled\nines,enabled\n", usersMapping, []string{
			"derived /account/user_count: exports/users.csv the whole file",
			`broken /account/source/artifact: the artifact exports/users.csv, read by mappings/m.yaml, does not give /account: two items have the login "ines"`,
		}},
		"a record": {job, `{"tests": [{"job": "nightly", "outcome": "success", "at": "2026-11-01T10:00:00Z"}]}`, jobMapping, []string{
			"derived /backups/jobs/0/name: exports/restore.json /tests/0/job",
			"derived /backups/jobs/0/restore_test/outcome: exports/restore.json /tests/0/outcome",
			"derived /backups/jobs/0/restore_test/performed_at: exports/restore.json /tests/0/at",
		}},
		"a record of something else": {job, `{"tests": [{"job": "other", "outcome": "success"}]}`, jobMapping, []string{
			"broken /backups/jobs/0/restore_test/artifact: the artifact exports/restore.json, read by mappings/m.yaml, does not mention /backups/jobs/0/restore_test",
		}},
		"a record that failed": {job, `{"tests": [{"job": "nightly", "outcome": "failure"}]}`, jobMapping, []string{
			"derived /backups/jobs/0/name: exports/restore.json /tests/0/job",
			"other_in_artifact /backups/jobs/0/restore_test/outcome map[artifact:exports/restore.json field:outcome found:failure place:/tests/0/outcome value:success]",
		}},
		"names that only people know": {people, "id,logins\nines,ines;ines.b\nhugo,hugo\n", peopleMapping, []string{
			"derived /people/people/1/id: exports/people.csv row 2, column id",
			"derived /people/people/1/logins: exports/people.csv row 2, column logins",
			"derived /people/people/0/id: exports/people.csv row 1, column id",
		}},
		"a fact of nothing": {users, "login,status\nines,enabled\nhugo,enabled\n", strings.Replace(usersMapping, "mfa: $.mfa", `mfa: {path: $.login, extract: "()", map: {"": webauthn}}`, 1), []string{
			"derived /account/user_count: exports/users.csv the whole file",
			"broken /account/source/artifact: the artifact exports/users.csv, read by mappings/m.yaml, does not give /account: mappings/m.yaml:5:107: $.login: extract reads an empty text of the value (item 1 of the export)",
		}},
		"a list of another section": {users + "people: {people: [{id: ines}]}\n", "login,status\nines,enabled\nhugo,enabled\n",
			usersMapping + `  - {section: people, list: people, items: "$[*]", fields: {id: $.login}}` + "\n", []string{
				"derived /account/users/1/login: exports/users.csv row 2, column login",
				"derived /account/users/1/status: exports/users.csv row 2, column status",
				"derived /account/users/0/login: exports/users.csv row 1, column login",
				"derived /account/users/0/status: exports/users.csv row 1, column status",
				"derived /account/user_count: exports/users.csv the whole file",
				"derived /people/people/0/id: exports/users.csv row 1, column login",
				"only_in_artifact /people/people map[artifact:exports/users.csv place:row 2 text:hugo]",
			}},
		"an export without what is read": {job, `{"results": [{"job": "nightly"}]}`, jobMapping, []string{
			"broken /backups/jobs/0/restore_test/artifact: the artifact exports/restore.json, read by mappings/m.yaml, does not give /backups: mappings/m.yaml:5:43: $.tests[*]: it finds nothing in the export; if that is allowed, set may_be_empty: true",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := deriver.Of(open(t, test.sections, test.artifact, test.mapping))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, said(result)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A mapping that is wrong is an error of the input, with its place: nothing is derived without a word.
func TestMappingsThatAreRefused(t *testing.T) {
	for mapping, want := range map[string]string{
		"kind: Mapping\n": "mappings/m.yaml:1:1",
		strings.Replace(usersMapping, "list: users", "list: user", 1):                `mappings/m.yaml:5:24: unknown list of account "user", did you mean "users"?`,
		strings.Replace(usersMapping, `count: "$[*]"`, `count: "$[*]", times: 2`, 1): "mappings/m.yaml:6:33: times, divided_by, map and format belong to path",
		strings.Replace(usersMapping, "status: $.status", "status: \"$.[\"", 1):      "mappings/m.yaml:5:",
	} {
		_, err := newDeriver(t).Of(open(t, users, "login\nines\n", mapping))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
}

// What changed after it was listed is not read.
func TestAnArtifactThatChangesMeanwhile(t *testing.T) {
	set := open(t, users, "login\nines\nhugo\n", usersMapping)
	set.Derivations = slices.Clone(set.Derivations)
	set.Derivations[0].Artifact.SHA256 = strings.Repeat("0", 64)
	result, err := newDeriver(t).Of(set)
	if err != nil || len(result.Facts) > 0 || len(result.Broken) != 1 {
		t.Errorf("%v, %v", result, err)
	}
}
