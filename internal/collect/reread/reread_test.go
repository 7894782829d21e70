package reread_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/reader/kmip"
	"github.com/raci-check/raci-check/internal/collect/reader/okms"
	"github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
	"github.com/raci-check/raci-check/internal/collect/reread"
)

var at = time.Date(2026, 11, 19, 6, 30, 0, 0, time.UTC)

// stored are the files of raw answers of the worked example, by name.
func stored(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../../../evidence/saas/collected/*.json")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Whatever stands in place of an answer, reading gives facts or says why not.
func TestAnswersOfAnyForm(t *testing.T) {
	_, form := collecttest.Format(t)
	refused := 0
	for name, content := range stored(t) {
		kept, err := reader.DecodeKept(name, content)
		if err != nil {
			t.Fatal(err)
		}
		for i := range kept.Answers {
			body := kept.Answers[i].Body
			for _, odd := range []string{"null", "3", `"x"`, "[]", "{}", "[null]", "[[]]", "[{}]", `[{"id": null, "attributes": null, "permissions": {}}]`, `"[redacted]"`} {
				kept.Answers[i].Body = json.RawMessage(odd)
				section, err := reread.Read(kept, at, form)
				if (section == nil) == (err == nil) {
					t.Errorf("%s, answer %d is %s: %v, %v", name, i, odd, section, err)
				}
				if err != nil {
					refused++
				}
			}
			kept.Answers[i].Body = body
		}
		if section, err := reread.Read(kept, at, form); err != nil || len(section.Fields) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if refused < 100 {
		t.Errorf("only %d answers were refused", refused)
	}
}

func FuzzKept(f *testing.F) {
	_, form := collecttest.Format(f)
	for _, content := range stored(f) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		kept, err := reader.DecodeKept("kept.json", content)
		if err != nil {
			return
		}
		if section, err := reread.Read(kept, at, form); (section == nil) == (err == nil) {
			t.Errorf("%v, %v", section, err)
		}
	})
}

func TestWhatIsNotRead(t *testing.T) {
	_, form := collecttest.Format(t)
	for says, kept := range map[string]*reader.Kept{
		"there is no section doors":                    {Section: "doors"},
		"the answers of vault-2: no reader reads them": {Section: "keys", Answers: []reader.KeptAnswer{{Source: "vault-2"}}},
		"the answers of terraform: a state tells nothing of the section people": {Section: "people", Answers: []reader.KeptAnswer{
			{Source: "terraform", Answer: reader.Answer{Body: json.RawMessage("[]")}},
		}},
		"the answers of ovhcloud: there is no answer of GET /v1/me": {Section: "subscription", Answers: []reader.KeptAnswer{
			{Source: "ovhcloud", Answer: reader.Answer{Origin: "https://eu.api.ovh.com/v1/me/identity/user", Body: json.RawMessage("[]")}},
		}},
	} {
		if section, err := reread.Read(kept, at, form); err == nil || err.Error() != says {
			t.Errorf("%v, %v, expected %q", section, err, says)
		}
	}
}

// What is kept of the answers of an API has a field for each thing that is known, and no room for another. Two fields are open: their
// content is chosen by name before it is kept.
func TestAnswersHaveNoRoomForMore(t *testing.T) {
	chosen := []string{"Key.Attributes", "Policy.Conditions"} // okms.KeepAttributes, ovhterms.KeepConditions
	var seen []string
	var look func(of reflect.Type, at string)
	look = func(of reflect.Type, at string) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			look(of.Elem(), at)
		case reflect.Struct:
			for i := range of.NumField() {
				field := of.Field(i)
				look(field.Type, of.Name()+"."+field.Name)
			}
		case reflect.Map, reflect.Interface:
			seen = append(seen, at)
		}
	}
	for _, answer := range []any{
		kmip.Inventory{}, okms.Key{}, okms.Secret{}, okms.Versions{}, okms.Settings{},
		ovhcloud.User{}, ovhcloud.Group{}, ovhcloud.Provider{}, ovhcloud.Restriction{}, ovhcloud.IPRestriction{}, ovhcloud.DefaultRule{}, ovhcloud.Nichandle{},
		ovhcloud.Policy{}, ovhcloud.PermissionsGroup{}, ovhcloud.Subscription{}, ovhcloud.LogKind{}, ovhcloud.Stream{}, ovhcloud.Retention{},
		ovhcloud.OAuth2Client{}, ovhcloud.APICredential{}, ovhcloud.UserToken{}, ovhcloud.ServiceKey{}, ovhcloud.Credential{},
	} {
		look(reflect.TypeOf(answer), "")
	}
	slices.Sort(seen)
	if !slices.Equal(seen, chosen) {
		t.Errorf("open are %v, expected are %v", seen, chosen)
	}
}
