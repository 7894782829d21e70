package okms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var (
	must   = testhelp.Must
	format = collecttest.Format
)

// waits are the times that a client would have waited.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) backoff(low, high time.Duration, attempt int, response *http.Response) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, httpget.Backoff(low, high, attempt, response))
	return 0
}

// opened is a source that asks an endpoint as the client of a PKI, and does not wait.
func opened(t *testing.T, endpoint string, p *collecttest.PKI) (*source, *waits) {
	t.Helper()
	_, form := format(t)
	values := collect.Values{"endpoint": {endpoint}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}
	s, err := open(values, collect.Env{Form: form})
	must(t, err)
	waited := &waits{}
	s.options.Backoff = waited.backoff
	s.limits.Pages, s.limits.Items = 50, 5000
	return s, waited
}

func read(t *testing.T, s *source) (collect.Result, error) {
	t.Helper()
	return s.Collect(t.Context(), collect.Request{ServiceID: domain, At: at, Progress: func(string) {}})
}

// told is the fields of a section as JSON.
func told(t *testing.T, result collect.Result, section string) string {
	t.Helper()
	encoded, err := json.Marshal(part(t, result, section).Fields)
	must(t, err)
	return string(encoded)
}

func part(t *testing.T, result collect.Result, section string) collect.Part {
	t.Helper()
	i := slices.IndexFunc(result.Parts, func(p collect.Part) bool { return p.Section == section })
	if i < 0 {
		t.Fatalf("no part %s; failed: %v", section, result.Failed)
	}
	return result.Parts[i]
}

func whole(t *testing.T, s *source) collect.Result {
	t.Helper()
	result, err := read(t, s)
	if err != nil || len(result.Failed) > 0 {
		t.Fatalf("%v, %v", err, result.Failed)
	}
	return result
}

func TestKeysInTheWordsOfEvidence(t *testing.T) {
	attributes := func(more ...string) map[string]any {
		all := map[string]any{"original_creation_date": "2026-01-02T05:04:05.5+02:00"}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	key := func(fields map[string]any) map[string]any {
		all := map[string]any{"id": keyID(1), "name": "k", "type": "oct", "protectionLevel": "HSM"}
		for name, value := range fields {
			all[name] = value
		}
		return all
	}
	const id = `"id":"00000000-0000-4000-8000-000000000001","name":"k","type":`
	for name, test := range map[string]struct {
		key         map[string]any
		want, notes string
	}{
		"a symmetric key": {
			key(map[string]any{"size": 256, "operations": []any{"wrapKey", "unwrapKey"}, "attributes": attributes("state", "active", "activation_date", "2026-01-03T00:00:00Z")}),
			`"oct","size":256,"operations":["wrapKey","unwrapKey"],"state":"active","created_at":"2026-01-02T03:04:05Z","activated_at":"2026-01-03T00:00:00Z"`, ""},
		"an elliptic curve": {
			key(map[string]any{"type": "EC", "curve": "P-384", "operations": []any{"sign", "verify"}, "attributes": attributes()}),
			`"EC","curve":"P-384","operations":["sign","verify"],"created_at":"2026-01-02T03:04:05Z"`, ""},
		"no attributes":     {key(map[string]any{"attributes": nil}), `"oct"`, ""},
		"state in capitals": {key(map[string]any{"attributes": map[string]any{"state": "DEACTIVATED"}}), `"oct","state":"deactivated"`, ""},
		"an empty date":     {key(map[string]any{"attributes": map[string]any{"activation_date": ""}}), `"oct"`, ""},
		"a state that is new": {key(map[string]any{"attributes": map[string]any{"state": "archived"}}), `"oct"`,
			`/keys/service_keys/*/state is left out of 1 items: the API gives an unknown value, such as "archived" of ` + keyID(1)},
		"a state that is no text": {key(map[string]any{"attributes": map[string]any{"state": 3}}), `"oct"`, `/keys/service_keys/*/state is left out of 1 items`},
		"a date that is none":     {key(map[string]any{"attributes": map[string]any{"activation_date": "yesterday"}}), `"oct"`, `/activated_at is left out of 1 items`},
		"a date that is zero":     {key(map[string]any{"attributes": map[string]any{"compromise_date": "0001-01-01T00:00:00Z"}}), `"oct"`, `/compromised_at is left out of 1 items`},
		"compromised": {
			key(map[string]any{"attributes": attributes("state", "compromised", "activation_date", "2026-01-03T00:00:00Z", "deactivation_date", "2026-03-03T01:00:00Z", "compromise_date", "2026-03-03T00:00:00Z")}),
			`"oct","state":"compromised","created_at":"2026-01-02T03:04:05Z","activated_at":"2026-01-03T00:00:00Z","deactivated_at":"2026-03-03T01:00:00Z","compromised_at":"2026-03-03T00:00:00Z"`, ""},
		"active, and planned to be deactivated": {
			key(map[string]any{"attributes": attributes("state", "active", "activation_date", "2026-01-03T00:00:00Z", "deactivation_date", "2030-01-01T00:00:00Z")}),
			`"oct","state":"active","created_at":"2026-01-02T03:04:05Z","activated_at":"2026-01-03T00:00:00Z"`, ""},
		"planned to be active": {
			key(map[string]any{"attributes": attributes("state", "pre_active", "activation_date", "2030-01-03T00:00:00Z")}),
			`"oct","state":"pre_active","created_at":"2026-01-02T03:04:05Z"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.keys = []map[string]any{test.key}
			s, _ := opened(t, f.start(t, p).URL, p)
			result := whole(t, s)
			const protection = `,"protection_level":"HSM"` // of every key here
			before, after, has := strings.Cut(told(t, result, "keys"), protection)
			if !has {
				t.Error("the protection level is not told")
			}
			if diff := cmp.Diff(`{"service_key_count":1,"service_keys":[{`+id+test.want+`}]}`, before+after); diff != "" {
				t.Error(diff)
			}
			notes := strings.Join(result.Notes[1:], "\n")
			if !strings.Contains(notes, test.notes) || test.notes == "" && notes != "" {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

func TestSecretsInTheWordsOfEvidence(t *testing.T) {
	meta := func(fields map[string]any) map[string]any {
		secret := apiSecret("app/db", 3)
		for name, value := range fields {
			secret["metadata"].(map[string]any)[name] = value
		}
		return secret
	}
	bare := func() map[string]any {
		return map[string]any{"path": "app/db", "metadata": map[string]any{"currentVersion": 3, "casRequired": nil, "maxVersions": nil, "deactivateVersionAfter": nil}}
	}
	const made = `"current_version_created_at":"2026-03-01T00:00:00Z"`
	for name, test := range map[string]struct {
		secret, config map[string]any
		want, notes    string
	}{
		"one that says all":      {meta(nil), map[string]any{"casRequired": false, "maxVersions": 3}, `,"max_versions":10,"deactivate_version_after_hours":720,"cas_required":true`, ""},
		"one that says nothing":  {bare(), map[string]any{}, ``, ""},
		"what the domain says":   {bare(), map[string]any{"casRequired": true, "maxVersions": 7, "deactivateVersionAfter": "2d"}, `,"max_versions":7,"deactivate_version_after_hours":48,"cas_required":true`, ""},
		"the domain wants more":  {meta(map[string]any{"casRequired": false}), map[string]any{"casRequired": true}, `,"max_versions":10,"deactivate_version_after_hours":720,"cas_required":true`, ""},
		"the domain wants less":  {meta(map[string]any{"casRequired": false}), map[string]any{"casRequired": false}, `,"max_versions":10,"deactivate_version_after_hours":720,"cas_required":false`, ""},
		"versions never end":     {meta(map[string]any{"deactivateVersionAfter": "0s"}), map[string]any{"deactivateVersionAfter": "1h"}, `,"max_versions":10,"deactivate_version_after_hours":0,"cas_required":true`, ""},
		"no whole hours":         {meta(map[string]any{"deactivateVersionAfter": "10h30m10s"}), map[string]any{}, `,"max_versions":10,"cas_required":true`, `deactivate_version_after_hours is left out of 1 items: the API gives an unknown value, such as "10h30m10s" of app/db`},
		"a duration that is not": {meta(map[string]any{"deactivateVersionAfter": "soon"}), map[string]any{}, `,"max_versions":10,"cas_required":true`, `such as "soon"`},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.secrets, f.config = []map[string]any{test.secret}, test.config
			f.versions["app/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z"), apiVersion(3, "2026-03-01T01:00:00+01:00"), apiVersion(2, "2026-02-01T00:00:00Z")}
			s, _ := opened(t, f.start(t, p).URL, p)
			result := whole(t, s)
			if diff := cmp.Diff(`{"secret_count":1,"secrets":[{"path":"app/db",`+made+test.want+`}]}`, told(t, result, "secrets")); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(result.Notes[1:], "\n"); !strings.Contains(notes, test.notes) || test.notes == "" && notes != "" {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// A list that tells the current version is believed, and only then are no versions asked for.
func TestVersionsAreAskedForWhereTheyAreNotTold(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	listed, old := apiSecret("listed", 2), apiSecret("old", 2)
	listed["version"], old["version"] = apiVersion(2, "2026-02-02T00:00:00Z"), apiVersion(1, "2026-01-01T00:00:00Z")
	gone := apiSecret("gone", 9)
	f.secrets = []map[string]any{old, listed, gone, {"path": "new"}}
	f.page = 1
	f.versions["old"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z"), apiVersion(2, "2026-02-03T00:00:00Z")}
	f.versions["gone"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	s, _ := opened(t, f.start(t, p).URL, p)
	var got struct {
		Count   int `json:"secret_count"`
		Secrets []struct {
			Path    string `json:"path"`
			Created string `json:"current_version_created_at"`
		} `json:"secrets"`
	}
	must(t, json.Unmarshal([]byte(told(t, whole(t, s), "secrets")), &got))
	made := map[string]string{}
	for _, secret := range got.Secrets {
		made[secret.Path] = secret.Created
	}
	want := map[string]string{"listed": "2026-02-02T00:00:00Z", "old": "2026-02-03T00:00:00Z", "gone": "", "new": ""}
	if diff := cmp.Diff(want, made); diff != "" || got.Count != 4 {
		t.Errorf("count %d, %s", got.Count, diff)
	}
	if requests := f.asked(); slices.ContainsFunc(requests, func(request string) bool {
		return strings.Contains(request, "/listed/") || strings.Contains(request, "/new/")
	}) {
		t.Errorf("asked %q", requests)
	}
}

func TestPaths(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	paths := []string{"a/b", "a/version/3", "a%2Fb", "../x", "x:y=z@-_.", "a/b/"}
	for _, path := range paths {
		f.secrets = append(f.secrets, apiSecret(path, 1))
		f.versions[path] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	}
	s, _ := opened(t, f.start(t, p).URL, p)
	if got := strings.Count(told(t, whole(t, s), "secrets"), `"2026-01-01T00:00:00Z"`); got != len(paths) {
		t.Errorf("%d of %d paths are asked for as they are named: %q", got, len(paths), f.asked())
	}
	for _, path := range []string{"..", ".", "a b", "a?includeData=true", "a#b", "é", "a\nb"} {
		f.secrets = []map[string]any{apiSecret(path, 1)}
		result, err := read(t, s)
		if err != nil || result.Failed["secrets"] == nil || !strings.Contains(result.Failed["secrets"].Error(), "not the path of a secret") {
			t.Errorf("path %q gives %v, %v", path, err, result.Failed)
		}
	}
}

// routes are all that the source may ask for.
var routes = regexp.MustCompile(`^GET /v1/servicekey\?(continuation-token=[\w-]+&)?max=100&state=all$|^GET /v2/secretConfig$|^GET /v2/secret$|^GET /v2/secret/[^/?]+/version$`)

// No request could answer a secret's value, key material, or change anything; and the program has no words to ask for that.
func TestNoSecretIsAskedFor(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.page = 10
	f.keys = manyKeys(35)
	for i := range 25 {
		path := fmt.Sprintf("app/%d/version/1", i)
		f.secrets = append(f.secrets, apiSecret(path, 1))
		f.versions[path] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	}
	s, _ := opened(t, f.start(t, p).URL, p)
	whole(t, s)
	requests := f.asked()
	if len(requests) != 4+1+3+25 {
		t.Errorf("%d requests", len(requests))
	}
	for _, request := range requests {
		if !routes.MatchString(request) {
			t.Errorf("asked %s", request)
		}
	}
	files, err := fs.Glob(os.DirFS("."), "*.go")
	must(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(name)
		must(t, err)
		for _, word := range []string{"includeData", "getData", "secret/data", "subkeys", "version/%", "MethodP", "MethodDelete", "jwk"} {
			if strings.Contains(strings.ToLower(string(content)), strings.ToLower(word)) {
				t.Errorf("%s has %q", name, word)
			}
		}
	}
}

// An API that answers secrets without being asked for them: nothing of them is kept.
func TestSecretsThatComeUnasked(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	secret := apiSecret("app/db", 2)
	current := apiVersion(1, "2026-01-01T00:00:00Z")
	current["data"] = map[string]any{"user": "geheim"}
	secret["version"] = current
	secret["metadata"].(map[string]any)["customMetadata"] = map[string]any{"note": "geheim"}
	f.secrets = []map[string]any{secret}
	f.versions["app/db"] = []map[string]any{{"id": 2, "state": "active", "createdAt": "2026-01-01T00:00:00Z", "data": map[string]any{"user": "geheim"}}}
	key := apiKey(1, "active")
	key["keys"] = []any{map[string]any{"kid": "1", "kty": "oct", "k": "geheim"}}
	key["attributes"].(map[string]any)["private_key"] = "geheim"
	f.keys = []map[string]any{key}
	s, _ := opened(t, f.start(t, p).URL, p)
	result := whole(t, s)
	encoded, err := json.Marshal(result.Parts)
	must(t, err)
	if strings.Contains(string(encoded), "geheim") {
		t.Errorf("a secret is kept: %s", encoded)
	}
}

// Raw answers do not change while the facts do not, in whatever pages they come, and are as the evidence's digests want them:
// names in order.
func TestRawAnswers(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.keys, f.secrets = manyKeys(30), []map[string]any{apiSecret("b", 1), apiSecret("a", 1)}
	s, _ := opened(t, f.start(t, p).URL, p)
	first := whole(t, s)
	f.page = 10
	slices.Reverse(f.keys)
	slices.Reverse(f.secrets)
	second := whole(t, s)
	if diff := cmp.Diff(first.Parts, second.Parts); diff != "" {
		t.Error(diff)
	}
	for _, part := range first.Parts {
		for _, answer := range part.Answers {
			encoded, err := json.Marshal(answer.Body)
			must(t, err)
			var plain any
			must(t, json.Unmarshal(encoded, &plain))
			ordered, err := json.Marshal(plain)
			must(t, err)
			if string(encoded) != string(ordered) || !strings.HasPrefix(answer.Origin, s.endpoint+"/api/"+domain+"/v") {
				t.Errorf("%s: %s", answer.Origin, encoded)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	for _, n := range []int{0, 1, 10, 99, 100, 101, 250} {
		f, p := newFake(t), collecttest.NewPKI(t)
		f.keys = manyKeys(n)
		f.keys = append(f.keys, apiKey(n, "destroyed"), apiKey(n+1, "pre_active"))
		s, _ := opened(t, f.start(t, p).URL, p)
		result := whole(t, s)
		fields := part(t, result, "keys").Fields
		if fields["service_key_count"] != n+2 || len(fields["service_keys"].([]vocabulary.Key)) != n+2 {
			t.Errorf("%d keys give %v", n+2, fields["service_key_count"])
		}
		if want := `{"secret_count":0,"secrets":[]}`; told(t, result, "secrets") != want {
			t.Errorf("no secrets give %s", told(t, result, "secrets"))
		}
	}
}

func TestCanceled(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	s, _ := opened(t, f.start(t, p).URL, p)
	_, err := s.Collect(ctx, collect.Request{ServiceID: domain, At: at, Progress: func(string) {}})
	if !errors.Is(err, context.Canceled) || len(f.asked()) != 1 {
		t.Errorf("%v after %d requests", err, len(f.asked()))
	}
}

// keyPages answers n keys without holding them, and measures what the process holds meanwhile.
type keyPages struct {
	n    int
	peak uint64
}

func (k *keyPages) answer(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/servicekey") {
		_, _ = w.Write([]byte(map[bool]string{true: "{}", false: "[]"}[strings.HasSuffix(r.URL.Path, "Config")]))
		return
	}
	start := 0
	_, _ = fmt.Sscanf(r.URL.Query().Get("continuation-token"), "t%d", &start)
	var keys []map[string]any
	for i := start; i < min(start+100, k.n); i++ {
		keys = append(keys, apiKey(i, "active"))
	}
	if start%(k.n/10) == 0 {
		k.peak = max(k.peak, held())
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"objects_list": keys, "is_truncated": start+100 < k.n, "continuation_token": fmt.Sprintf("t%d", start+100)})
}

// held is what the process holds, in bytes.
func held() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// A large domain is read page by page: what is held is what is told, and no more than about a kilobyte and a half a key.
func TestLargeDomain(t *testing.T) {
	testhelp.Long(t, "collects 100,000 keys")
	const n, perKey = 100_000, 1500
	f, p := newFake(t), collecttest.NewPKI(t)
	pages := &keyPages{n: n}
	f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool { pages.answer(w, r); return true }
	s, _ := opened(t, f.start(t, p).URL, p)
	s.limits = httpget.DefaultLimits
	before := held()
	result := whole(t, s)
	after := max(pages.peak, held())
	if fields := part(t, result, "keys").Fields; fields["service_key_count"] != n {
		t.Errorf("%v keys", fields["service_key_count"])
	}
	t.Logf("%d MiB for %d keys, %d bytes a key", (after-before)>>20, n, (after-before)/n)
	if after-before > n*perKey {
		t.Errorf("%d bytes a key are held, wanted are at most %d", (after-before)/n, perKey)
	}
}
