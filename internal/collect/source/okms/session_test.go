package okms

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// collection is oneection by the source, which does not wait.
func collection(values collect.Values) collect.Config {
	kind := Kind
	kind.New = func(values collect.Values, env collect.Env) (collect.Source, error) {
		s, err := open(values, env)
		if err == nil {
			s.options.Backoff = (&waits{}).backoff
		}
		return s, err
	}
	if values["endpoint"] == nil {
		values["endpoint"] = []string{"https://eu-west-par.okms.ovh.net"}
	}
	return collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: kind, Values: values}}}
}

// domainWith is a domain with lists of several pages, and a secret whose versions are asked for.
func domainWith(f *fake) {
	f.keys, f.page = manyKeys(23), 10
	f.keys[3]["name"], f.keys[4]["id"] = "payments wrapping key", "bdaee862-6fe1-408f-a53a-18050cf887f6"
	f.secrets = []map[string]any{apiSecret("ledger/db", 1), apiSecret("ledger/api", 2)}
	f.versions["ledger/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	f.versions["ledger/api"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z"), apiVersion(2, "2026-03-01T00:00:00Z")}
}

// Whatever credential is shown, a session has none, and gives the same facts without a network and without a credential.
func TestSessions(t *testing.T) {
	certificate := func(t *testing.T) (collect.Env, collect.Values, []string) {
		f := newFake(t)
		domainWith(f)
		p := collecttest.NewPKI(t)
		server := f.start(t, p)
		private, err := os.ReadFile(p.Client.Key)
		must(t, err)
		body := strings.Split(string(private), "\n")[1]
		return collect.Env{}, collect.Values{"endpoint": {server.URL}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}, []string{body, filepath.Base(p.Client.Cert)}
	}
	byToken := func(t *testing.T) (collect.Env, collect.Values, []string) {
		c := newCloud(t, userToken)
		domainWith(c.fake)
		return c.env, collect.Values{"token_file": {secretFile(t, userToken)}}, []string{userToken, strings.Split(userToken, ".")[2]}
	}
	byAccount := func(t *testing.T) (collect.Env, collect.Values, []string) {
		c := newCloud(t, issuedToken)
		domainWith(c.fake)
		return c.env, collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, clientSecret)}}, []string{clientID, clientSecret, issuedToken}
	}
	for name, test := range map[string]struct {
		world func(*testing.T) (collect.Env, collect.Values, []string)
		has   string // in the session
	}{
		"certificate":     {certificate, `"credential": "certificate"`},
		"token":           {byToken, `"Authorization"`},
		"service account": {byAccount, `"client_secret": "[redacted]"`},
	} {
		t.Run(name, func(t *testing.T) {
			env, values, secrets := test.world(t)
			if env.Getenv == nil {
				env.Getenv = func(string) string { return "" }
			}
			recording := collecttest.Record(t, env, collection(values), at)
			if o := recording.Outcomes[0]; o.Err != nil || len(o.Result.Parts) != 2 {
				t.Fatalf("%v, %+v", o.Err, o.Result.Failed)
			}
			if n := collecttest.Lacks(t, recording.Folder, append(secrets, domain, "ledger", "wrapping", "bdaee862")...); n < 7 {
				t.Errorf("the session has %d files", n)
			}
			if !strings.Contains(sessionText(t, recording.Folder), test.has) {
				t.Errorf("the session does not have %s", test.has)
			}
			outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
			recording.Same(t, outcomes)
		})
	}
}

// sessionText is all of a session.
func sessionText(t *testing.T, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	must(t, err)
	var all strings.Builder
	for _, name := range append(names, filepath.Join(folder, "session.json")) {
		content, err := os.ReadFile(name)
		must(t, err)
		all.Write(content)
	}
	return all.String()
}

// What went wrong goes wrong in the same way when it is replayed, without a network and without waiting.
func TestFaultsAreReplayed(t *testing.T) {
	for name, test := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request, n int) bool
		token string // that the domain accepts
		class string // of what failed; empty where nothing did
		says  string
	}{
		"a refusal": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			return refuse(w, 403, authorization<<12, "ines.moreau@corp.example of 51.77.33.9 may not use urn:v1:eu:resource:okms:"+domain)
		}, userToken, httpget.ClassRefused, "may not use urn:v1:eu:resource:okms:00000000"},
		"a token that is not known": {nil, "another-token-0123456789", httpget.ClassRefused, "status 401"},
		"a server that is away": {func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n < 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n < 2
		}, userToken, "", ""},
		"a server that stays away": {func(http.ResponseWriter, *http.Request, int) bool { panic(http.ErrAbortHandler) }, userToken, "", "(asked 6 times)"},
		"another shape": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte(`{"objects_list": "geheim", "is_truncated": false}`))
			return true
		}, userToken, "", "has a JSON string"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte(`<html>geheim`))
			return true
		}, userToken, "", "is not valid JSON"},
		"JSON that is cut": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte(`{"objects_list": [{"id": "geheim`))
			return true
		}, userToken, "", "truncated (asked 6 times)"},
		"a redirect": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Location", "https://login.corp.example/geheim?token=geheim")
			w.WriteHeader(http.StatusFound)
			return true
		}, userToken, httpget.ClassBroken, "a redirect to https://host-00001.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, test.token)
			c.fault = test.fault
			recording := collecttest.Record(t, c.env, collection(collect.Values{"token_file": {secretFile(t, userToken)}}), at)
			collecttest.Lacks(t, recording.Folder, userToken, domain, "ines", "corp.example", "51.77", "geheim")
			outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
			recording.Same(t, outcomes)
			all := func(o collect.Outcome) error { return errors.Join(o.Err, o.Result.Failed["keys"]) }
			before, after := all(recording.Outcomes[0]), all(outcomes[0])
			if test.says == "" {
				if before != nil || after != nil {
					t.Errorf("%v; replayed %v", before, after)
				}
				return
			}
			if before == nil || after == nil || !strings.Contains(after.Error(), test.says) {
				t.Fatalf("%v; replayed %v", before, after)
			}
			_, class, _ := httpget.Class(before)
			_, again, _ := httpget.Class(after)
			if class != test.class || again != test.class {
				t.Errorf("the class is %q, and %q when it is replayed", class, again)
			}
		})
	}
}

// A service account whose secret is wrong is refused in a replay as well.
func TestARefusedAccountIsReplayed(t *testing.T) {
	c := newCloud(t, issuedToken)
	recording := collecttest.Record(t, c.env, collection(collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, "short-geheim")}}), at)
	collecttest.Lacks(t, recording.Folder, "geheim", clientID)
	outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
	recording.Same(t, outcomes)
	if err := outcomes[0].Err; err == nil || !strings.Contains(err.Error(), "request a token from https://www.ovh.com/auth/oauth2/token: the API answers with status 401") {
		t.Errorf("%v, collected %v", err, recording.Outcomes[0].Err)
	}
}

// Of fields that are not known, a session keeps the names: a replay says them, too.
func TestUnknownFieldsAreNamedInSessions(t *testing.T) {
	var before, after heard[interpret.Key]
	must(t, json.Unmarshal([]byte(`{"id": "k1", "name": "n", "newField": {"a": "geheim"}, "keys": ["geheim"], "attributes": {"state": "active", "new_attribute": "geheim"}}`), &before))
	encoded, err := json.Marshal(before)
	must(t, err)
	if strings.Contains(string(encoded), "geheim") {
		t.Errorf("a value is kept: %s", encoded)
	}
	must(t, json.Unmarshal(encoded, &after))
	_, unknown := interpret.KeepAttributes(after.item.Attributes)
	if after.item.ID != "k1" || !slices.Equal(after.unknown, []string{"newField"}) || !slices.Equal(unknown, []string{"new_attribute"}) {
		t.Errorf("%+v, %v of %s", after, unknown, encoded)
	}
	var secret heard[interpret.Secret]
	must(t, json.Unmarshal([]byte(`{"path": "a", "metadata": {"maxVersions": 3, "owner": "geheim", "customMetadata": {"a": "geheim"}}}`), &secret))
	encoded, err = json.Marshal(secret)
	must(t, err)
	if text := string(encoded); strings.Contains(text, "geheim") || !strings.Contains(text, `"owner":null`) || !strings.Contains(text, `"maxVersions":3`) {
		t.Errorf("%s", text)
	}
}
