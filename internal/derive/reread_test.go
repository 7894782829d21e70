package derive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	service = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	keys    = `keys:
  source:
    method: api
    collected_at: 2026-11-18T06:50:00Z
    collected_by: raci-check
    artifact: {path: collected/keys.json, sha256: DIGEST, derivation: {reader: okms}}
  service_key_count: 2
  service_keys:
    - {id: a, type: oct, size: 256, state: active, owner: ines}
    - {id: b, type: EC, state: deactivated}
`
	keysKept = `{"version": 2, "service": "` + service + `", "section": "keys", "facts": {"service_key_count": 2}, "answers": [
  {"source": "okms", "origin": "https://okms", "body": [
    {"id": "a", "type": "oct", "size": 256, "attributes": {"state": "ACTIVE"}},
    {"id": "b", "type": "EC", "attributes": {"state": "deactivated", "password": "[redacted]"}}]}
]}`
	register = `,
  {"source": "file", "origin": "register.csv", "fill": {"section": "keys", "list": "service_keys", "items": "$[*]", "only_adds": true, "fields": {"id": "$.key", "owner": "$.who"}},
   "body": [{"key": "z", "who": "lena"}, {"key": "a", "who": "ines"}]}
]}`
	restores = `backups:
  source: {method: export, collected_at: 2026-11-18T06:50:00Z, collected_by: raci-check, read_from: [{source: file, origin: x, sha256: DIGEST}]}
  jobs:
    - name: nightly
      restore_test:
        outcome: success
        artifact: {path: collected/restore.json, sha256: DIGEST, derivation: {reader: file}}
    - {name: weekly}
`
	restoresKept = `{"version": 2, "service": "` + service + `", "section": "backups", "facts": {"jobs": [{"name": "nightly"}]}, "answers": [
  {"source": "file-2", "origin": "restores.json", "fill": {"section": "backups", "list": "jobs", "items": "$[*]", "fields": {"name": "$.job", "restore_test/outcome": "$.outcome"}},
   "body": [{"job": "nightly", "outcome": "success"}]}
]}`
)

// with is a text in which each of the first of two texts stands for the second.
func with(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("the text lacks " + pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func TestReread(t *testing.T) {
	joined := with(keysKept, "\n]}", register)
	readers := with(keys, "{reader: okms}", "{readers: [file, okms]}")
	for name, test := range map[string]struct {
		sections, kept string
		want           []string
	}{
		"the same, and a key that people added": {keys + "    - {id: c, state: active}\n", keysKept, []string{
			"derived /keys/service_key_count: collected/keys.json /answers/0/body",
			"derived /keys/service_keys/0/id: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/size: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/state: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/type: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/1/id: collected/keys.json /answers/0/body/1",
			"derived /keys/service_keys/1/state: collected/keys.json /answers/0/body/1",
			"derived /keys/service_keys/1/type: collected/keys.json /answers/0/body/1",
		}},
		"another value, one that is withheld, and a key that is left out": {
			with(keys, "type: oct, size: 256, state: active", "type: oct, state: pre_active", "    - {id: b, type: EC, state: deactivated}\n", ""), keysKept, []string{
				"derived /keys/service_key_count: collected/keys.json /answers/0/body",
				"derived /keys/service_keys/0/id: collected/keys.json /answers/0/body/0",
				"derived /keys/service_keys/0/type: collected/keys.json /answers/0/body/0",
				"withheld /keys/service_keys/0/size map[artifact:collected/keys.json field:size found:256 place:/answers/0/body/0]",
				"other_in_artifact /keys/service_keys/0/state map[artifact:collected/keys.json field:state found:active place:/answers/0/body/0 value:pre_active]",
				"only_in_artifact /keys/service_keys map[artifact:collected/keys.json place:/answers/0/body/1 text:b]",
			}},
		"what is unread": {with(keys, "state: active", "state: pre_active"), with(keysKept, `"answers"`, `"unread": ["/keys/service_keys/*/state", "/keys/service_key_count"], "answers"`), []string{
			"derived /keys/service_keys/0/id: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/size: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/type: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/1/id: collected/keys.json /answers/0/body/1",
			"derived /keys/service_keys/1/type: collected/keys.json /answers/0/body/1",
		}},
		"all of it is unread": {with(keys, "state: active", "state: pre_active"), with(keysKept, `"answers"`, `"unread": ["/keys"], "answers"`), []string{}},
		"a file of version 1": {with(keys, "state: active", "state: pre_active"), with(keysKept, `"version": 2, `, ""), []string{}},
		"two sources, and a key that only the register has": {with(readers, "owner: ines", "owner: hugo", ", state: deactivated", ""), joined, []string{
			"derived /keys/service_key_count: collected/keys.json /answers/0/body",
			"derived /keys/service_keys/0/id: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/size: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/state: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/0/type: collected/keys.json /answers/0/body/0",
			"derived /keys/service_keys/1/id: collected/keys.json /answers/0/body/1",
			"derived /keys/service_keys/1/type: collected/keys.json /answers/0/body/1",
			"other_in_artifact /keys/service_keys/0/owner map[artifact:collected/keys.json field:owner found:ines place:/answers/1/body/1/who value:hugo]",
			"withheld /keys/service_keys/1/state map[artifact:collected/keys.json field:state found:deactivated place:/answers/0/body/1]",
		}},
		"a record": {restores, restoresKept, []string{
			"derived /backups/jobs/0/name: collected/restore.json /answers/0/body/0/job",
			"derived /backups/jobs/0/restore_test/outcome: collected/restore.json /answers/0/body/0/outcome",
		}},
		"a record of something else": {restores, with(restoresKept, "nightly", "monthly"), []string{
			"broken /backups/jobs/0/restore_test/artifact: the artifact collected/restore.json, read by the reader file, does not mention /backups/jobs/0/restore_test",
		}},
		"an answer of another form": {keys, with(keysKept, `{"state": "ACTIVE"}`, "3"), []string{
			"broken /keys/source/artifact: the artifact collected/keys.json, read by the reader okms, cannot be read: the answers of okms: the answer of https://okms: /answers/0/body: attributes is a JSON number, which is not expected",
		}},
		"an answer without a body": {keys, with(keysKept, `"body"`, `"boddy"`), []string{
			"broken /keys/source/artifact: the artifact collected/keys.json, read by the reader okms, cannot be read: /answers/0: the answer has no body",
		}},
		"a key twice": {keys, with(keysKept, `"id": "b"`, `"id": "a"`), []string{
			`broken /keys/source/artifact: the artifact collected/keys.json, read by the reader okms, cannot be read: /keys/service_keys: okms: two items have the id "a"`,
		}},
		"a mapping that is wrong": {readers, with(joined, `"list": "service_keys"`, `"list": "keys"`), []string{
			"broken /keys/source/artifact: the artifact collected/keys.json, read by the reader file, okms, cannot be read: the answers of file: register.csv: /answers/1/fill: " +
				`unknown list of keys "keys", known are service_keys`,
		}},
		"no time of the collection": {with(keys, "    collected_at: 2026-11-18T06:50:00Z\n", ""), keysKept, []string{
			"broken /keys/source/artifact: the artifact collected/keys.json, read by the reader okms, is not read: /keys/source has no collected_at, and what had ended by then is not a fact",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := newDeriver(t).Of(open(t, test.sections, test.kept, usersMapping))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, said(result)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A reader that does not fit the file is an error of the input, with its place.
func TestReadersThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ sections, kept, says string }{
		"the answers of another source": {with(keys, "{reader: okms}", "{reader: ovhcloud}"), keysKept,
			"evidence.yaml:9:119: collected/keys.json has the raw answers of okms: write derivation: {reader: okms}"},
		"one of two sources":  {keys, with(keysKept, "\n]}", register), "has the raw answers of okms, file: write derivation: {readers: [okms, file]}"},
		"no raw answers":      {keys, keysKept[:strings.Index(keysKept, `, "answers"`)] + "}", "has the raw answers of no source: write no derivation"},
		"a later version":     {keys, with(keysKept, `"version": 2`, `"version": 3`), "has the version 3, supported is 2"},
		"some other file":     {keys, `{"keys": [{"id": "a"}]}`, "has no raw answers to read (it is not a file of raw answers that collect wrote): name a mapping that reads it"},
		"some other text":     {with(keys, "collected/keys.json", "exports/keys.txt"), "6 keys, all there", "exports/keys.txt has no raw answers to read ("},
		"another section":     {restores, with(restoresKept, `"section": "backups", "facts"`, `"section": "keys", "facts"`), "has the raw answers for the section keys of " + service},
		"a mapping elsewhere": {restores, with(restoresKept, `"source": "file-2"`, `"source": "okms-2"`), "has the raw answers of okms: write derivation: {reader: okms}"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := newDeriver(t).Of(open(t, test.sections, test.kept, usersMapping))
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "evidence.yaml:") {
				t.Errorf("%v, %v", err, result)
			}
		})
	}
}
