package okms

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/formtest"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
)

// What the API's description does not allow, an API may answer still.
func TestWordsThatAreNew(t *testing.T) {
	form := formtest.Form(t)
	in := interpreter{vocabulary.New(form, Fills)}
	facts := in.key(Key{ID: "1", Type: "ML-KEM", Curve: "X25519", Operations: []string{"sign", "deriveKey"}})
	if diff := cmp.Diff(vocabulary.Key{ID: "1"}, facts); diff != "" {
		t.Error(diff)
	}
	notes := strings.Join(in.words.Notes(), "\n")
	for _, want := range []string{`/type is left out of 1 items: the API gives an unknown value, such as "ML-KEM" of 1`, `such as "X25519"`, `such as ["sign","deriveKey"]`} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
}

// Whether a key can be exported is told where the API tells it (API 2.17), and only then.
func TestWhetherKeysCanBeExported(t *testing.T) {
	const key = `{"id":"1","type":"oct"`
	yes, no := true, false
	for name, test := range map[string]struct {
		key  string
		want vocabulary.Key
		note string
	}{
		"an API before 2.17": {key + `}`, vocabulary.Key{ID: "1", Type: "oct"}, ""},
		"generated to stay": {key + `,"class":"SECRET_KEY","attributes":{"extractable":false,"never_extractable":true}}`,
			vocabulary.Key{ID: "1", Type: "oct", Class: "secret_key", Extractable: &no, NeverWas: &yes, Origin: "generated"}, ""},
		"imported": {key + `,"class":"SECRET_KEY","attributes":{"extractable":true,"never_extractable":false}}`,
			vocabulary.Key{ID: "1", Type: "oct", Class: "secret_key", Extractable: &yes, NeverWas: &no}, ""},
		"a class that is new":  {key + `,"class":"KEY_SHARE"}`, vocabulary.Key{ID: "1", Type: "oct"}, `/class is left out of 1 items: the API gives an unknown value, such as "key_share" of 1`},
		"an answer that is no": {key + `,"attributes":{"extractable":"maybe"}}`, vocabulary.Key{ID: "1", Type: "oct"}, `/extractable is left out of 1 items: the API gives an unknown value, such as "maybe" of 1`},
	} {
		t.Run(name, func(t *testing.T) {
			answer := reader.Answer{Origin: "https://okms", Body: json.RawMessage(`[` + test.key + `]`)}
			part, err := read(reader.Request{Section: "keys", Form: formtest.Form(t), Answers: []reader.Answer{answer}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]vocabulary.Key{test.want}, part.Fields["service_keys"]); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(part.Notes, "\n"); !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	form := formtest.Form(t)
	list := reader.Answer{Origin: "https://okms", Body: json.RawMessage(`[{"id": 3}]`)}
	for name, test := range map[string]struct {
		section string
		answers []reader.Answer
		says    string
	}{
		"another section":     {"people", []reader.Answer{list}, "tells nothing of the section people"},
		"too many answers":    {"keys", []reader.Answer{list, list}, "expected are [1] answers, there are 2"},
		"no answer":           {"secrets", nil, "expected are [2 3] answers, there are 0"},
		"an id that is none":  {"keys", []reader.Answer{list}, "the answer of https://okms: id is a JSON number, which is not expected"},
		"settings are a list": {"secrets", []reader.Answer{list, list}, "JSON array, which is not expected"},
	} {
		t.Run(name, func(t *testing.T) {
			part, err := read(reader.Request{Section: test.section, Form: form, Answers: test.answers})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, %+v", err, part)
			}
		})
	}
}

func FuzzFacts(f *testing.F) {
	f.Add(`{"id": "1", "type": "oct", "attributes": {"state": "ACTIVE", "activation_date": 3}}`, `{"path": "a", "metadata": {"currentVersion": 1, "deactivateVersionAfter": "1d"}, "version": {"id": 1}}`)
	form := formtest.Form(f)
	in := interpreter{vocabulary.New(form, Fills)}
	f.Fuzz(func(t *testing.T, key, secret string) {
		var k Key
		if json.Unmarshal([]byte(key), &k) == nil {
			facts := in.key(k)
			if facts.State != "" && !slices.Contains(in.words.Of("/keys/service_keys/*/state"), facts.State) {
				t.Errorf("state %q", facts.State)
			}
		}
		var s Secret
		if json.Unmarshal([]byte(secret), &s) == nil {
			facts := in.secret(s, nil, Settings{})
			if facts.Hours != nil && *facts.Hours < 0 {
				t.Errorf("hours %d", *facts.Hours)
			}
		}
	})
}
